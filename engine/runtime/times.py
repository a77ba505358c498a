"""The times of records as they are kept and reckoned: a row for each with its state, and a timer in the same transaction.

Why: what is allowed is reckoned when it begins and kept with the record, so that lists can ask for it; nobody sets or takes
back the one without the other. What begins and ends them, and what is done then, is told in `timers` and `task_times`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, and_, delete, insert, select

from engine.definitions.model import Due, Form
from engine.expressions.tree import Typed
from engine.jobs.table import cancel
from engine.problems import Refused
from engine.runtime.clocks import worktime
from engine.runtime.record import Record
from engine.runtime.work import Work
from engine.storage import tables

TIMER = "timer"
"""The kind of job that rings."""

OWN = ""
"""The name, among a record's clocks, of the time that its state allows."""

AWAITED = ":wait"
"""The name of the next moment that its state waits for; no clock can be called that."""

RUNNING, PAUSED, MET, MISSED = "running", "paused", "met", "missed"

table = tables.clock


@dataclass(frozen=True)
class Bell:
    """What a timer is about: a record, and which of its times is over."""

    form: str
    record: int
    clock: str

    def payload(self) -> dict[str, Any]:
        """As a job carries it."""
        return {"form": self.form, "record": self.record, "clock": self.clock}


def moment(work: Work, due: Due, record: Record, start: datetime | None = None) -> datetime | None:
    """When a time is over that begins at `start` (None: now); None: never, or it can't be told."""
    start = start or work.now
    days, rest = due.days, due.rest
    if due.moment is not None:
        value = value_of(work, due.moment, record)
        if value is None:
            return None
        if isinstance(value, datetime):
            return value
        if isinstance(value, date):
            return datetime.combine(value + timedelta(days=1), time(), work.zone)
        days, rest = value.days, value - timedelta(days=value.days)
    return worktime(work, due.calendar, start).later(start, days, rest)


def rows(work: Work, form: Form, id: int) -> Mapping[str, Row[Any]]:
    """A record's times by name."""
    found = work.conn.execute(select(table).where(table.c.form == form.name, table.c.record == id))
    return {row.name: row for row in found}


def key(form: str, id: int, name: str) -> str:
    """The key of a timer's job: each of a record's times has one at most."""
    return f"{TIMER}:{form}/{id}/{name}"


def put(work: Work, form: Form, record: Record, name: str, **values: Any) -> None:
    """Set one of a record's times, in place of what it was, with its timer if it has a `due_at`."""
    id = id_of(record)
    cancel(work.conn, kind=TIMER, key=key(form.name, id, name))
    work.conn.execute(delete(table).where(which(form.name, id, name)))
    work.conn.execute(insert(table).values(form=form.name, record=id, name=name, **values))
    if values.get("due_at") is not None:
        work.defer(
            TIMER, Bell(form.name, id, name).payload(), at=values["due_at"], key=key(form.name, id, name),
            about=f"{form.name}/{id}",
        )  # fmt: skip


def clear(work: Work, form: Form, id: int, name: str) -> None:
    """Take one of a record's times back."""
    cancel(work.conn, kind=TIMER, key=key(form.name, id, name))
    work.conn.execute(delete(table).where(which(form.name, id, name)))


def which(form: str, id: int, name: str) -> Any:
    """The row of one time, as a condition."""
    return and_(table.c.form == form, table.c.record == id, table.c.name == name)


def value_of(work: Work, formula: Typed, record: Record) -> Any:
    """What a formula gives; None where it can't be computed."""
    try:
        return work.value(formula, record)
    except (ArithmeticError, Refused):
        return None


def id_of(record: Record) -> int:
    """The id of a stored record."""
    assert record.id is not None
    return record.id
