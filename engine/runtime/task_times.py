"""The times of single tasks, where a state has several: until when each is due, and when it ends by itself.

Why: who pays has a day and who packs has a week, whatever the state allows. A task's time begins when it is opened and is
over in the transaction that ends it; all of it follows from which tasks are open, so it is looked at once, at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from engine.definitions.model import Due, Form, State, Task
from engine.runtime import keep
from engine.runtime.record import Record
from engine.runtime.times import RUNNING, clear, id_of, moment, put
from engine.runtime.turns import OpenTask, end_task, open_tasks
from engine.runtime.work import Work

MARK, ENDS = ".", ":ends"
"""How the names of tasks' times begin, which no clock's can; and how those go on that end the task."""


def is_one(name: str) -> bool:
    """Whether a time of this name is a task's."""
    return name.startswith(MARK)


def ends(name: str) -> bool:
    """Whether it ends the task."""
    return is_one(name) and name.endswith(ENDS)


def name_of(task: str) -> str:
    """The name of the time until when a task is due."""
    return MARK + task


def task_of(name: str) -> str:
    """The task whose time has this name."""
    return name.removeprefix(MARK).removesuffix(ENDS)


def defined(form: Form, record: Record, name: str) -> Task | None:
    """The task whose time has this name, among those of the record's state."""
    state = _state(form, record)
    return state.tasks.get(task_of(name)) if state is not None else None


def wanted(work: Work, form: Form, record: Record) -> dict[str, tuple[Due, OpenTask]]:
    """Name -> the time that an open task of this record allows, and the task."""
    state = _state(form, record)
    found: dict[str, tuple[Due, OpenTask]] = {}
    for opened in open_tasks(work, form, record.id) if state is not None and state.parts_timed else ():
        task = state.tasks.get(opened.name) if state is not None else None
        if task is not None and task.due is not None:
            found[name_of(opened.name)] = (task.due, opened)
        if task is not None and task.ends is not None:
            found[name_of(opened.name) + ENDS] = (task.ends, opened)
    return found


def review(work: Work, form: Form, record: Record, kept: Mapping[str, Row[Any]], *, anew: bool = False) -> None:
    """Let the times of open tasks run and those of others be over; what fields give is reckoned anew. `anew`: so is all
    that runs, as the definition has changed."""
    now = wanted(work, form, record)
    for name in kept:
        if is_one(name) and name not in now:
            clear(work, form, id_of(record), name)
    for name, (due, opened) in now.items():
        own = kept.get(name)
        if own is not None and (own.state != RUNNING or (due.moment is None and not anew)):
            continue
        at = moment(work, due, record, opened.opened_at)
        if at is None and own is not None:
            clear(work, form, id_of(record), name)
        elif at is not None and (own is None or own.due_at != at):
            put(work, form, record, name, state=RUNNING, due_at=at, started_at=opened.opened_at)


def end(work: Work, form: Form, record: Record, name: str) -> None:
    """A task's time to end by itself has come; the record is asked whether it goes on without it."""
    opened = next((t for t in open_tasks(work, form, record.id) if t.name == task_of(name)), None)
    if opened is None or record.id is None:
        return
    work.note(record, "lapse", from_state=opened.state, task=opened.name)
    end_task(work, form, record, opened, "ended", None, None)
    keep.bump(work, form, record)
    work.stirred[form.name, record.id] = None


def _state(form: Form, record: Record) -> State | None:
    return form.workflow.states.get(str(record.values.get("state"))) if form.workflow is not None else None
