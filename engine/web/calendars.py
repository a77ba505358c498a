"""A view as a calendar: a month of days with the records that touch them, drawn by the server.

Why: a month is a table with links, so it needs no script: it works on the phone (as a list of days), on paper and for
screen readers. It stands under the same tabs and filters as the list.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from engine.definitions.model import Form, FormField, View
from engine.markup import STATE_ICONS
from engine.problems import Problem, Refused
from engine.runtime.access import may
from engine.runtime.calendars import Days, Span
from engine.runtime.values import Ask
from engine.web.cards import plan_of
from engine.web.figures import MONTHS, WEEKDAYS_EN, WEEKDAYS_ZH
from engine.web.lists import Asked, ask_of, asked_for, bar_values, narrowed, tabs_values
from engine.web.render import fragment, query, respond
from engine.web.visit import Visit

MONTHS_EN = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
SHOWN = 4
"""How many records a day shows on the desk; the others are behind a link."""

LAST_YEAR = 9998
"""No month after this year is drawn: the days around its ends must exist."""


@dataclass(frozen=True)
class Chip:
    """A record on one of its days: `title` is short, `whole` what the record is called. `kind` is its state's (for the
    colour and the icon), `state` in words; `begins` and `ends` tell whether this is its first and its last day."""

    href: str
    title: str
    whole: str
    clock: str
    kind: str
    icon: str
    state: str
    begins: bool
    ends: bool


@dataclass(frozen=True)
class Day:
    """A day of the grid. `rest` are the chips beyond those shown; `new` is the address of a new record on it (None:
    none may be made)."""

    date: date
    words: str
    out: bool
    today: bool
    chips: tuple[Chip, ...]
    rest: tuple[Chip, ...]
    new: str | None


def show(visit: Visit, form: Form, view: View) -> Response:
    """The month asked for (`month=2026-11`), the present one otherwise. Refused as the engine refuses."""
    asked, bad = narrowed(visit, form, asked_for(visit, form))
    month = month_asked(visit)
    if visit.arg("f") and not visit.partial and bad is None:
        return visit.go(f"/f/{form.name}{asked.url()}&month={month:%Y-%m}")
    weeks = weeks_of(month)
    first, last = weeks[0][0], weeks[-1][-1]
    try:
        found = visit.engine.days(visit.actor, form.name, view, ask_of(visit, form, asked), first, last)
    except Refused as refused:
        if not asked.wheres and not asked.sort:
            raise
        bad = refused.problems[0]
        found = visit.engine.days(visit.actor, form.name, view, Ask(view=asked.view, q=asked.q), first, last)
    values = _values(visit, form, view, asked, month, weeks, found, bad)
    if visit.partial and visit.request.headers.get("hx-target") == "list":
        response = fragment(visit, "parts/calendar.html", 422 if bad else 200, **values)
        response.headers["HX-Push-Url"] = f"/f/{form.name}{asked.url()}&month={month:%Y-%m}"
        return response
    tabs = tabs_values(visit, form, asked)
    return respond(visit, "calendar.html", 422 if bad else 200, **tabs, **values)


# -- inner -------------------------------------------------------------------------------------------------------------


def month_asked(visit: Visit) -> date:
    """The first day of the month asked for (`month=2026-11`), of the present one otherwise."""
    found = MONTH.fullmatch(visit.arg("month"))
    if found is None or not 1 < int(found[1]) <= LAST_YEAR:
        return visit.reader.today.replace(day=1)
    return date(int(found[1]), int(found[2]), 1)


def weeks_of(month: date) -> list[list[date]]:
    """The weeks that the month touches, Monday first."""
    return calendar.Calendar(firstweekday=0).monthdatescalendar(month.year, month.month)


def _values(
    visit: Visit, form: Form, view: View, asked: Asked, month: date, weeks: list[list[date]], found: Days,
    bad: Problem | None,
) -> dict[str, Any]:  # fmt: skip
    visit.knows(span.row.record for span in found.spans)
    visit.reader = replace(visit.reader, href_of=lambda shape, id: None)
    drawn = [[_day(visit, form, view, asked, month, day, found) for day in week] for week in weeks]
    within = sum(_touches(span, month) for span in found.spans)
    before, after = month - timedelta(days=1), (month + timedelta(days=31)).replace(day=1)
    address = f"/f/{form.name}{asked.url()}"
    return {
        **bar_values(visit, form, asked, bad), "view": view, "weeks": drawn, "left": found.left, "within": within,
        "title": month_title(visit, month), "weekdays": weekday_words(visit),
        "before": f"{address}&month={before:%Y-%m}" if before.year > 1 else None,
        "after": f"{address}&month={after:%Y-%m}" if after.year <= LAST_YEAR else None,
        "now": address, "here": month == visit.reader.today.replace(day=1), "month": f"{month:%Y-%m}",
    }  # fmt: skip


def _touches(span: Span, month: date) -> bool:
    after = (month + timedelta(days=31)).replace(day=1)
    return span.first < after and span.last >= month


def _day(visit: Visit, form: Form, view: View, asked: Asked, month: date, day: date, found: Days) -> Day:
    plan = plan_of(form, view, found.shown, None).title
    chips = [_chip(visit, form, plan, span, day) for span in found.spans if span.first <= day <= span.last]
    shown = chips if len(chips) <= SHOWN else chips[: SHOWN - 1]
    rest = chips[len(shown) :]
    return Day(
        day, words_of_day(visit, day), day.month != month.month, day == visit.reader.today, tuple(shown), tuple(rest),
        _new(visit, form, view, asked, day),
    )  # fmt: skip


def month_title(visit: Visit, month: date) -> str:
    """The month and its year."""
    if visit.language == "zh":
        return f"{month.year}年{month.month}月"
    return f"{MONTHS_EN[month.month - 1]} {month.year}"


def weekday_words(visit: Visit) -> list[tuple[str, str]]:
    """The days of a week from Monday, short and whole."""
    if visit.language == "zh":
        return [(f"周{d}", f"星期{d}") for d in WEEKDAYS_ZH]
    return [(d[:3], d) for d in WEEKDAYS_EN]


def words_of_day(visit: Visit, day: date) -> str:
    """The day with its weekday."""
    if visit.language == "zh":
        return f"{day.month}月{day.day}日 星期{WEEKDAYS_ZH[day.weekday()]}"
    return f"{WEEKDAYS_EN[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def _chip(visit: Visit, form: Form, plan: FormField | None, span: Span, day: date) -> Chip:
    record = span.row.record
    name = record.values.get("state")
    state = form.workflow.states.get(str(name)) if form.workflow is not None else None
    clock = ""
    if span.at is not None and span.first == day:
        clock = f"{span.at.astimezone(visit.reader.zone):%H:%M}"
    kind = state.kind if state is not None else ""
    whole = record.title or f"#{record.id}"
    title = visit.words(plan, record.values[plan.name]) if plan is not None and record.values.get(plan.name) else whole
    return Chip(
        f"/f/{form.name}/{record.id}", title, whole, clock, kind, STATE_ICONS.get(kind, ""),
        visit.text(state.title) if state is not None else "", span.first == day, span.last == day,
    )  # fmt: skip


def _new(visit: Visit, form: Form, view: View, asked: Asked, day: date) -> str | None:
    """The form with this day filled in, where it may be typed."""
    field = form.fields.get(view.start or "")
    if field is None or field.formula is not None or field.readonly is True or not may(form, visit.actor, "create"):
        return None
    value = day.isoformat() if field.type.kind == "date" else f"{day.isoformat()} 09:00"
    back = f"/f/{form.name}{asked.url()}&month={day:%Y-%m}"
    return f"/f/{form.name}/new" + query(**{field.name: value, "back": back})
