"""What a card of a board tells at a glance: title, a tag, two facts, an amount, somebody, a day.

Why: an analyst names the view's columns and nothing else; which of them is the title, which the amount and which the
day follows from their types, as on the phone's cards of a list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from engine.definitions.model import Form, FormField, View
from engine.markup import person
from engine.runtime.values import Listed
from engine.web.figures import MONTHS
from engine.web.render import state_badge
from engine.web.visit import Visit

PERSON = "person"
FACTS = 2


@dataclass(frozen=True)
class Due:
    """A day on a card. `kind`: `over` (late), `today` or ""; `title` is the field's, `exact` the whole date."""

    words: str
    kind: str
    title: str
    exact: str


@dataclass(frozen=True)
class Card:
    """One card. `tag` and `badge` may be empty; `who` is somebody's picture and name, or that it is nobody's; `side`
    stands across from the amount."""

    id: int
    href: str
    title: str
    tag: Markup | str
    facts: tuple[str, ...]
    amount: str
    side: str
    who: Markup | str
    due: Due | None
    badge: Markup | str
    mine: bool


@dataclass(frozen=True)
class Plan:
    """Which field of a view is what on its cards; None where none fits. `rest` are those that may become facts."""

    title: FormField | None
    tag: FormField | None
    measure: FormField | None
    who: str | None
    due: FormField | None
    rest: tuple[FormField, ...]


def plan_of(form: Form, view: View, shown: Iterable[FormField | str], measure: FormField | None) -> Plan:
    """What each of the shown columns is on the cards of this view."""
    fields = [f for f in shown if not isinstance(f, str) and f.name in view.columns and not f.columns]
    names = [f if isinstance(f, str) else f.name for f in shown]
    free = [f for f in fields if f.name != view.by and f is not measure]
    people = [f for f in free if f.field.target() == PERSON]
    days = [f for f in free if f.type.kind in ("date", "instant")]
    tag = next((f for f in free if f.field.kind == "choice" and any(o.color for o in f.options.values())), None)
    due = next((f for f in days if f.name == view.end), days[0] if days else None)
    plain = [
        f for f in free
        if f not in people and f not in days and f is not tag and f.numbering is None and f.name != form.key
        and f.field.kind not in ("files", "none")
    ]  # fmt: skip
    keyed = [f for f in free if f.name == form.key and f.numbering is None]
    title = keyed[0] if keyed else next((f for f in plain if not f.field.numeric), None)
    who = people[0].name if people else "owner" if "owner" in names else None
    return Plan(title, tag, measure, who, due, tuple(f for f in plain if f is not title))


def card_of(visit: Visit, form: Form, view: View, plan: Plan, row: Listed, mine: Collection[int]) -> Card:
    """A record as a card."""
    record, id = row.record, row.record.id or 0
    state = form.workflow.states.get(str(record.values.get("state"))) if form.workflow is not None else None
    told = [w for f in plan.rest if (w := _words(visit, row, f))]
    across = told[FACTS] if len(told) > FACTS else ""
    return Card(
        id,
        f"/f/{form.name}/{id}",
        (_words(visit, row, plan.title) if plan.title is not None else "") or record.title or f"#{id}",
        _shown(visit, row, plan.tag) if plan.tag is not None else "",
        tuple(told[:FACTS]),
        whole(_words(visit, row, plan.measure)) if plan.measure is not None else "",
        across,
        _who(visit, view, row, plan.who),
        _due(visit, row, plan.due, view.end, state is not None and state.final is not None),
        state_badge(form, record.values.get("state"), visit.language, mine=id in mine) if view.by != "state" else "",
        id in mine,
    )


def whole(words: str) -> str:
    """An amount without the decimals that say nothing: ¥120,000.00 -> ¥120,000."""
    return words.removesuffix(".00")


def near_day(visit: Visit, day: date) -> str:
    """今天 / 明天 / 11-25 / 2027-01-08; today / tomorrow / 25 Nov / 8 Jan 2027."""
    away = (day - visit.reader.today).days
    if away in (-1, 0, 1):
        return visit.t({-1: "yesterday", 0: "today", 1: "tomorrow"}[away])
    if visit.language == "zh":
        return f"{day:%m-%d}" if day.year == visit.reader.today.year else day.isoformat()
    year = "" if day.year == visit.reader.today.year else f" {day.year}"
    return f"{day.day} {MONTHS[day.month - 1]}{year}"


def _value(row: Listed, name: str) -> Any:
    return None if name in row.hidden else row.record.values.get(name)


def _words(visit: Visit, row: Listed, field: FormField) -> str:
    value = _value(row, field.name)
    return "" if value is None else visit.words(field, value)


def _shown(visit: Visit, row: Listed, field: FormField) -> Markup | str:
    value = _value(row, field.name)
    return "" if value is None else field.field.listed(value, visit.reader)


def _who(visit: Visit, view: View, row: Listed, name: str | None) -> Markup | str:
    if name is None or name in row.hidden:
        return ""
    value = row.record.values.get(name)
    if value is not None:
        return person(visit.reader.title_of(PERSON, value))
    return visit.t("nobody") if name in view.columns else ""


def _due(visit: Visit, row: Listed, field: FormField | None, end: str | None, finished: bool) -> Due | None:
    value = _value(row, field.name) if field is not None else None
    if field is None or value is None:
        return None
    moment = isinstance(value, datetime)
    day = value.astimezone(visit.reader.zone).date() if moment else value
    kind = ""
    if field.name == end and not finished:
        late = value < visit.reader.now if moment else day < visit.reader.today
        kind = "over" if late else "today" if day == visit.reader.today else ""
    return Due(near_day(visit, day), kind, visit.text(field.title), day.isoformat())
