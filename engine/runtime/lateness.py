"""Until when what somebody has to do is due: the time that the state allows, and those of the tasks that they hold.

Why: the workbench, the calendar, the team's page and lists must agree on what is late. It is asked of the database.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, literal, or_, select

from engine.definitions.model import Form
from engine.runtime.task_times import ENDS, MARK
from engine.runtime.timers import has_times
from engine.runtime.times import MISSED, OWN, RUNNING
from engine.runtime.work import Work
from engine.storage import tables


def due(work: Work, form: Form, people: Collection[int]) -> ScalarSelect[Any]:
    """When what these people have to do with a record of the form's table is due first; null: never."""
    clock = tables.clock
    mine = select(func.min(clock.c.due_at)).where(clock.c.record == work.layout.table(form.name).c.id)
    return mine.where(_allowed(form), _theirs(form, people)).correlate(work.layout.table(form.name)).scalar_subquery()


def due_among(work: Work, form: Form, ids: Collection[int]) -> dict[int, datetime]:
    """When what is to be done with these records is due first, as far as their states and the actor's tasks say; without
    those where that is open."""
    if not ids or not has_times(form):
        return {}
    table = work.layout.table(form.name)
    query = select(table.c.id, due(work, form, {work.actor.id or 0}).label("due")).where(table.c.id.in_(ids))
    return {id: at for id, at in work.conn.execute(query) if at is not None}


def ends_among(work: Work, form: Form, ids: Collection[int], people: Collection[int]) -> dict[int, datetime]:
    """When the first of the tasks that these people have of these records ends by itself; without those where none does."""
    states = form.workflow.states.values() if form.workflow is not None else ()
    if not ids or not any(task.ends is not None for state in states for task in state.tasks.values()):
        return {}
    clock = tables.clock
    query = select(clock.c.record, func.min(clock.c.due_at).label("ends")).where(
        clock.c.form == form.name, clock.c.record.in_(ids), clock.c.state == RUNNING,
        clock.c.name.in_(_held(form, people, ENDS).correlate(clock)),
    ).group_by(clock.c.record)  # fmt: skip
    return {row.record: row.ends for row in work.conn.execute(query)}


def late(work: Work, form: Form, people: Collection[int]) -> ColumnElement[bool]:
    """The records of which something is late that these people have to do, as a condition over the form's table."""
    clock = tables.clock
    over = select(clock.c.record).where(_allowed(form), _theirs(form, people), clock.c.due_at <= work.now)
    return work.layout.table(form.name).c.id.in_(over)


def due_of_task(work: Work, form: Form) -> ScalarSelect[Any]:
    """When a task (of the table of tasks, joined to the form's) is due: by itself, or with its state."""
    clock, task, table = tables.clock, tables.task, work.layout.table(form.name)
    its_own = or_(clock.c.name == OWN, clock.c.name == literal(MARK) + task.c.name)
    query = select(func.min(clock.c.due_at)).where(clock.c.record == table.c.id, _allowed(form), its_own)
    return query.correlate(table, task).scalar_subquery()


def overdue(work: Work, form: Form) -> ColumnElement[bool]:
    """The records of a form that aren't done and of which a time is over, whosever it is: of the state, a task or a clock."""
    clock, table = tables.clock, work.layout.table(form.name)
    ended = [s.name for s in form.workflow.states.values() if s.final is not None] if form.workflow is not None else []
    over = select(clock.c.record).where(_allowed(form), clock.c.due_at <= work.now)
    return and_(table.c.id.in_(over), table.c.state.not_in(ended))


def first(work: Work, form: Form) -> ScalarSelect[Any]:
    """When the first of a record's times is, or was, over; null: never."""
    clock, table = tables.clock, work.layout.table(form.name)
    query = select(func.min(clock.c.due_at)).where(clock.c.record == table.c.id, _allowed(form))
    return query.correlate(table).scalar_subquery()


def _allowed(form: Form) -> ColumnElement[bool]:
    """Times that run, and those that are over and weren't met."""
    clock = tables.clock
    return and_(clock.c.form == form.name, clock.c.state.in_((RUNNING, MISSED)))


def _theirs(form: Form, people: Collection[int]) -> ColumnElement[bool]:
    clock = tables.clock
    states = form.workflow.states.values() if form.workflow is not None else ()
    if not any(state.parts_timed for state in states):
        return clock.c.name == OWN
    return or_(clock.c.name == OWN, clock.c.name.in_(_held(form, people).correlate(clock)))


def _held(form: Form, people: Collection[int], what: str = "") -> Select[Any]:
    """The names of the times of the open tasks of a record (the clock's) that are with these people."""
    clock, task, holder = tables.clock, tables.task, tables.holder
    return (
        select(literal(MARK) + task.c.name + literal(what))
        .join(holder, holder.c.task == task.c.id)
        .where(task.c.form == form.name, task.c.record == clock.c.record, task.c.status == "open")
        .where(holder.c.status == "open", holder.c.person.in_(people))
    )
