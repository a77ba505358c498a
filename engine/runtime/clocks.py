"""What formulas read of a record's clocks: `clocks.promise.due_at`, `.left` and `.state`, as they are at this moment.

Why: a clock's row says until when it runs; how much time is left changes by itself, so it is reckoned when it is read.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.definitions.shapes import CLOCK, CLOCKS
from engine.runtime.record import Record
from engine.runtime.worktime import WorkTime
from engine.storage import tables

if TYPE_CHECKING:
    from engine.runtime.work import Work


def clocks_of(work: Work, this: Record | None) -> Record | None:
    """The row that `clocks` is for this record; None where its form has none."""
    main = this.main if this is not None else None
    form = work.catalog.forms.get(main.shape) if main is not None else None
    if main is None or form is None or form.workflow is None or not form.workflow.clocks:
        return None
    return Record(CLOCKS + form.name, main.id, {}, work)


def clock(work: Work, of: Record, name: str) -> Record:
    """One clock of a record: all empty when it hasn't started."""
    form = work.form(of.shape.removeprefix(CLOCKS))
    assert form.workflow is not None
    table = tables.clock
    wanted = (table.c.form == form.name, table.c.record == of.id, table.c.name == name)
    row = work.conn.execute(select(table).where(*wanted)).first() if of.id is not None else None
    values: dict[str, Any] = {"due_at": None, "left": None, "state": None}
    if row is not None:
        values = {"due_at": row.due_at, "left": row.left, "state": row.state}
        if row.state == "running" and row.due_at is not None:
            calendar = form.workflow.clocks[name].due.calendar
            working = worktime(work, calendar, min(work.now, row.due_at))
            values["left"] = working.between(work.now, row.due_at)
    return Record(CLOCK, None, values, work)


def worktime(work: Work, calendar: str | None, start: datetime) -> WorkTime:
    """Working time of this calendar from `start` on; None: round the clock."""
    found = work.catalog.calendars.get(calendar) if calendar is not None else None
    holidays: frozenset[date] = frozenset()
    if found is not None and found.holidays is not None:
        form, field = found.holidays
        column = work.layout.table(form).c[field]
        first = start.astimezone(work.zone).date() - timedelta(days=1)
        holidays = frozenset(work.conn.execute(select(column).where(column >= first)).scalars())
    return WorkTime(found, holidays, work.zone)
