"""Moments that a state waits for: when the first of them has come, the record moves on by itself.

Why: a record that waits is asked whether it goes on now whenever something was stirred that its waiting reads, and it is
just the same when a moment has come: the timer set in the transaction that asked stirs it. So a timer that comes late,
twice, or for a record that has left meanwhile does nothing, and each is taken back in the transaction that leaves.
"""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import select

from engine.definitions.model import Form, State, is_moment
from engine.expressions.tree import Typed
from engine.jobs.table import cancel
from engine.problems import Refused
from engine.runtime.record import Record
from engine.runtime.timers import remind
from engine.runtime.times import AWAITED, TIMER, Bell, key
from engine.runtime.work import Work
from engine.storage import tables
from engine.texts import Text, text

FAILED = text(
    "“{title}” 在“{state}”等到了时候，但没有走成：{reason}",
    "“{title}” should have moved on from “{state}” by now, but that was refused: {reason}",
)


def come(work: Work, moment: Typed, record: Record) -> bool:
    """Whether a moment has come; where the formula gives nothing, or can't be computed, it never does."""
    at = _next(work, moment, record)
    return at is not None and at <= work.now


def watch(work: Work, form: Form, record: Record) -> None:
    """The record stays where it is: set the timer to the next moment that its state waits for, and only to that."""
    state = _state(form, record)
    if state is None or not state.timed:
        return
    left(work, form, record)
    coming = [at for until, _ in state.wait if is_moment(until) and (at := _next(work, until, record)) is not None]
    if coming and record.id is not None:
        work.defer(
            TIMER, Bell(form.name, record.id, AWAITED).payload(), at=min(coming), key=key(form.name, record.id, AWAITED),
            about=f"{form.name}/{record.id}",
        )  # fmt: skip


def left(work: Work, form: Form, record: Record) -> None:
    """A record leaves its state, or is deleted: nothing rings for what it waited for."""
    state = _state(form, record)
    if state is not None and state.timed and record.id is not None:
        cancel(work.conn, kind=TIMER, key=key(form.name, record.id, AWAITED))


def adopt(work: Work, form: Form) -> None:
    """The form's definition has changed: moments that aren't waited for any more don't ring, and every record in a state
    that waits for some is to be asked anew."""
    job, source = tables.job, work.layout.table(form.name)
    assert form.workflow is not None
    set_before = select(job.c.key).where(
        job.c.kind == TIMER,
        job.c.key.startswith(f"{TIMER}:{form.name}/", autoescape=True),
        job.c.key.endswith(f"/{AWAITED}", autoescape=True),
    )
    for found in work.conn.execute(set_before).scalars().all():
        cancel(work.conn, kind=TIMER, key=found)
    timed = [name for name, state in form.workflow.states.items() if state.timed]
    waiting = select(source.c.id).where(source.c.state.in_(timed)).order_by(source.c.id)
    for id in work.conn.execute(waiting).scalars() if timed else ():
        work.stirred[form.name, id] = None


def ring(work: Work, bell: Bell, refused: Text | None = None) -> None:
    """A moment may have come: the record is to be asked. `refused`: it was, and what followed was refused for this reason;
    then people are told instead."""
    form = work.catalog.forms.get(bell.form)
    record = work.row(bell.form, bell.record) if form is not None else None
    state = _state(form, record) if form is not None and record is not None else None
    if form is None or record is None or state is None or not state.timed:
        return
    if refused is None:
        work.stirred[bell.form, bell.record] = None
    else:
        title = work.title_of(form.name, bell.record)
        remind(work, form, record, FAILED, title=title, state=state.title, reason=refused, admins=True)


def _state(form: Form, record: Record) -> State | None:
    return form.workflow.states.get(str(record.values.get("state"))) if form.workflow is not None else None


def _next(work: Work, moment: Typed, record: Record) -> datetime | None:
    try:
        return _at(work, moment, record)
    except (ArithmeticError, Refused):
        return None


def _at(work: Work, moment: Typed, record: Record) -> datetime | None:
    """The moment that a formula gives; a date: its first."""
    value = work.value(moment, record)
    if value is None or isinstance(value, datetime):
        return value
    assert isinstance(value, date)
    return datetime.combine(value, time(), work.zone)
