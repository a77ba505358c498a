"""Calendars and bars over time: the records of a view that touch a range of days, each with its first and last day.

Why: a month is drawn at once, so it is one question for the days shown and no more. A moment counts for its day in the
organisation's zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from engine.definitions.model import Form, FormField, View
from engine.expressions import sql
from engine.problems import Refused, problem
from engine.problems.access import FIELD_CLOSED
from engine.runtime.access import executed, usable
from engine.runtime.ask import columns_of, listed, question
from engine.runtime.values import Ask, Listed
from engine.runtime.work import Work
from engine.texts import same

MOST = 600
"""How many records a calendar shows at once; the rest is only counted."""


@dataclass(frozen=True)
class Span:
    """One record with its first and last day (both are its days), and its time of day where it has one."""

    row: Listed
    first: date
    last: date
    at: datetime | None


@dataclass(frozen=True)
class Days:
    """The records of some days, by their first day; `left` is how many were too many to be shown."""

    form: Form
    shown: tuple[FormField | str, ...]
    spans: tuple[Span, ...]
    left: int


def days(work: Work, form: Form, view: View, ask: Ask, first: date, last: date, most: int = MOST) -> Days:
    """The records that touch the days from `first` to `last`, at most so many.

    Raises Refused: the form may not be viewed, a filter or one of the calendar's fields is hidden from the actor.
    """
    begins = view.start or "created_at"
    ends = view.end or begins
    may_use = usable(form, work.actor)
    for name in (begins, ends):
        if name not in may_use:
            raise Refused(problem(FIELD_CLOSED, title=form.fields[name].title if name in form.fields else same(name)))
    asked = question(work, form, ask)
    start, end = asked.table.c[begins], asked.table.c[ends]
    until = start if ends == begins else func.coalesce(end, start)
    touched: list[ColumnElement[bool]] = [
        *asked.where, start.is_not(None), start < _edge(work, form, begins, last + timedelta(days=1)),
        (until >= _edge(work, form, ends, first)) | (start >= _edge(work, form, begins, first)),
    ]  # fmt: skip
    order = [start, *(sql.ordered(term, down) for term, down in asked.order)]
    ids = list(executed(work, select(asked.table.c.id).where(*touched).order_by(*order).limit(most)).scalars())
    left = 0
    if len(ids) == most:
        query = select(func.count()).select_from(asked.table).where(*touched)
        left = int(executed(work, query).scalar_one()) - most
    flow = ("state",) if form.workflow is not None else ()
    shown = columns_of(work, form, ask, tuple(dict.fromkeys((*view.columns, *flow, begins, ends))))
    rows = listed(work, form, ids, shown)
    spans = tuple(span for row in rows if (span := _span(work, row, begins, ends)) is not None)
    return Days(form, tuple(form.column(n) or n for n in shown), spans, left)


def _edge(work: Work, form: Form, name: str, day: date) -> Any:
    """The beginning of a day as the field keeps it: the day, or its first moment in the organisation's zone."""
    field = form.fields.get(name)
    if field is not None and field.type.kind == "date":
        return day
    return datetime.combine(day, time(), work.zone)


def _span(work: Work, row: Listed, begins: str, ends: str) -> Span | None:
    start = row.record.values.get(begins)
    if start is None:
        return None
    first, last = _day(work, start), _day(work, row.record.values.get(ends) or start)
    return Span(row, first, max(first, last), start if isinstance(start, datetime) else None)


def _day(work: Work, value: date | datetime) -> date:
    return value.astimezone(work.zone).date() if isinstance(value, datetime) else value
