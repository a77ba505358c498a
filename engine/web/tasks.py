"""Records as lines of a list for a person: what, where it stands, until when, and how much.

Why: the workbench, the home page and the search show records of any form side by side; each says the same few things of
itself, whatever its form is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from engine.definitions.model import Form
from engine.markup import icon, tag
from engine.runtime.record import Record
from engine.runtime.values import Listed
from engine.runtime.waiting import is_money
from engine.runtime.workbench import Item
from engine.web import figures
from engine.web.cards import near_day
from engine.web.frame import FORM_ICON
from engine.web.render import headline, state_badge
from engine.web.visit import Visit

PATIENCE = timedelta(days=3)
"""What has waited longer is marked."""


@dataclass(frozen=True)
class Due:
    """Until when something is to be done: in words, exactly, and `over`, `today` or "" for later. `short` says it where
    there is little room; "" for later."""

    words: str
    exact: str
    kind: str
    short: str = ""


@dataclass(frozen=True)
class Task:
    """A record in a list. `path` names it (`lead/7`); `serial` and `amount` are "" where the form has none; `waited` says
    how long it is in its state, `long` that this is longer than `PATIENCE`; `at` is when what the list is about happened;
    `onward` when it moves on by itself, `ends` when the reader's task of it ends by itself."""

    href: str
    path: str
    icon: str
    title: str
    serial: str
    state: str
    form: str
    facts: tuple[Markup | str, ...]
    amount: Markup | str
    badge: Markup
    since: datetime | None
    waited: str
    long: bool
    due: Due | None
    at: datetime | None
    onward: Due | None = None
    ends: Due | None = None


def tasks_of(visit: Visit, rows: Sequence[tuple[Form, Listed]]) -> list[Task]:
    """Records as lines of a list."""
    return tasks_in(visit, [Item(form, row, None, None) for form, row in rows])


def tasks_in(visit: Visit, items: Iterable[Item]) -> list[Task]:
    """Items of the workbench as lines of a list."""
    found = list(items)
    visit.knows(item.row.record for item in found)
    return [_task(visit, item) for item in found]


def due_of(visit: Visit, at: datetime | None) -> Due | None:
    """When a time ends: how long ago, today at, or the day. None where there is none."""
    if at is None:
        return None
    reader, exact = visit.reader, figures.exact(at, visit.reader)
    if at <= reader.now:
        words, number = figures.since(at, reader)
        length = words.removeprefix("stay")
        return Due(visit.t(f"over{length}", n=number), exact, "over", visit.t(f"over_short{length}", n=number))
    day = at.astimezone(reader.zone).date()
    if day == reader.today:
        return Due(figures.moment(at, reader), exact, "today", f"{at.astimezone(reader.zone):%H:%M}")
    return Due(near_day(visit, day), exact, "")


def pressing(visit: Visit, at: datetime | None) -> Markup:
    """When a time ends, as rows of a list mark it; empty where it is open, or neither over nor today."""
    due = due_of(visit, at)
    if due is None or not due.kind:
        return Markup("")
    shape = {"class": f"fl-due fl-due--{due.kind}", "title": due.exact, "data-short": due.short}
    return tag("span", shape, icon("alarm"), due.words)


def serial_of(visit: Visit, form: Form, record: Record) -> str:
    """The record's number; "" for a form that doesn't count its records."""
    key = form.fields.get(form.key or "")
    return visit.words(key, record.values.get(key.name)) if key is not None and key.numbering is not None else ""


def _task(visit: Visit, item: Item) -> Task:
    form, row = item.form, item.row
    record = row.record
    state = record.values.get("state")
    known = form.workflow.states.get(state) if form.workflow is not None and state else None
    facts: list[Markup | str] = []
    amount: Markup | str = ""
    serial = serial_of(visit, form, record) if form.key not in row.hidden else ""
    for name, value in record.values.items():
        found = form.fields.get(name)
        if found is None or name == form.key or value is None or found.columns or name in row.hidden:
            continue
        shown = found.field.listed(value, visit.reader)
        if is_money(found):
            amount = shown
        elif str(shown):
            words = visit.words(found, value)
            if words not in record.title:
                facts.append(words)
    since = record.values.get("state_since")
    words, number = figures.since(since, visit.reader)
    over = known is not None and known.final is not None
    return Task(
        href=f"/f/{form.name}/{record.id}", path=f"{form.name}/{record.id}", icon=form.icon or FORM_ICON,
        title=headline(record.title, serial) or f"#{record.id}", serial=serial,
        state=visit.text(known.title) if known is not None else "", form=visit.text(form.title),
        facts=tuple(facts[:2]), amount=amount, badge=state_badge(form, state, visit.language),
        since=since, waited=visit.t(f"waited{words.removeprefix('stay')}", n=number),
        long=since is not None and visit.reader.now - since > PATIENCE,
        due=None if over else due_of(visit, item.due), at=item.at, onward=due_of(visit, item.onward),
        ends=due_of(visit, item.ends),
    )  # fmt: skip
