"""The times that run for a record, as its page tells them: until when its state is to be left, those of single tasks, and its
workflow's clocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from engine.definitions.model import Form, is_moment
from engine.runtime.record import Record
from engine.runtime.task_times import ENDS, name_of
from engine.runtime.times import AWAITED, TIMER, key
from engine.runtime.work import Work
from engine.storage import tables
from engine.texts import Text, text


@dataclass(frozen=True)
class Ticking:
    """A time. `title` None: it is what the record's state allows. `state`: `running` until `due_at`, `paused` with so much
    working time `left`, `met` or `missed`."""

    title: Text | None
    state: str
    due_at: datetime | None
    left: timedelta | None


def onward(work: Work, form: Form, record: Record) -> datetime | None:
    """When the record moves on by itself unless something happens before; None: its state waits for no moment."""
    return onwards(work, form, [record.id or 0]).get(record.id or 0)


def onwards(work: Work, form: Form, ids: Iterable[int]) -> dict[int, datetime]:
    """The same of several records of a form; those that move on at no moment are left out."""
    states = form.workflow.states.values() if form.workflow is not None else ()
    if not any(is_moment(until) for state in states for until, _ in state.wait):
        return {}
    job, bells = tables.job, {key(form.name, id, AWAITED): id for id in ids}
    mine = (job.c.kind == TIMER, job.c.key.in_(bells), job.c.state == "ready")
    return {bells[row.key]: row.due_at for row in work.conn.execute(select(job.c.key, job.c.due_at).where(*mine))}


def ticking(work: Work, form: Form, record: Record) -> tuple[Ticking, ...]:
    """The times of a record, the state's own first, then its tasks', then the clocks as the workflow writes them; those that
    never started are left out."""
    if form.workflow is None or record.id is None:
        return ()
    table = tables.clock
    query = select(table.c.name, table.c.state, table.c.due_at, table.c.left)
    found = work.conn.execute(query.where(table.c.form == form.name, table.c.record == record.id))
    kept = {row.name: row for row in found}
    state = form.workflow.states.get(str(record.values.get("state")))
    parts: dict[str, Text | None] = {"": None}
    for task in state.tasks.values() if state is not None else ():
        zh, en = task.title.to("zh"), task.title.to("en")
        parts[name_of(task.name)] = task.title
        parts[name_of(task.name) + ENDS] = text(f"{zh}到时自动结束", f"{en} ends by itself")
    titles = {**parts, **{name: clock.title for name, clock in form.workflow.clocks.items()}}
    return tuple(
        Ticking(title, kept[name].state, kept[name].due_at, kept[name].left)
        for name, title in titles.items() if name in kept
    )  # fmt: skip
