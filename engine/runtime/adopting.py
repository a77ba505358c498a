"""Records that were under way when their workflow changed: they get the tasks and times of the state they stand in.

Why: a changed definition holds at once for what is running. Without this a record in a state that has a task only now would
wait for nobody, and one whose task is gone would keep somebody from nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select, update

from engine.definitions.model import Form
from engine.runtime import flow, machine, moments, timers
from engine.runtime.turns import end_task, open_tasks
from engine.runtime.work import Work
from engine.storage import tables


def adopt(work: Work, before: Mapping[str, str]) -> None:
    """See to the records of every form whose definition isn't the one that was last applied; `before`: form -> digest."""
    for form in work.catalog.forms.values():
        if form.workflow is not None and before.get(form.name) not in (None, form.digest):
            _tasks(work, form)
            _records(work, form)
            timers.adopt(work, flow.DOORS, form)
            moments.adopt(work, form)
    flow.conclude(work)


def _tasks(work: Work, form: Form) -> None:
    """Open tasks follow a state that was renamed; those that the workflow has no more are cancelled."""
    assert form.workflow is not None
    task = tables.task
    query = select(task.c.record).where(task.c.form == form.name, task.c.status == "open").distinct()
    for id in work.conn.execute(query).scalars().all():
        record = work.row(form.name, id)
        now = form.workflow.states.get(str(record.values["state"])) if record is not None else None
        kept = form.tasked and record is not None and now is not None
        for opened in list(open_tasks(work, form, id)) if kept else ():
            assert record is not None and now is not None
            if opened.name not in now.tasks:
                end_task(work, form, record, opened, "cancelled", None, None)
            elif opened.state != now.name:
                work.conn.execute(update(task).where(task.c.id == opened.id).values(state=now.name))
                opened.state = now.name
        if not kept:
            gone = (task.c.form == form.name, task.c.record == id, task.c.status == "open")
            work.conn.execute(update(task).where(*gone).values(status="cancelled", ended_at=work.now))


def _records(work: Work, form: Form) -> None:
    """Records in a state with tasks of which none is open, and those that wait, come to stay there anew."""
    assert form.workflow is not None
    resting = [name for name, state in form.workflow.states.items() if state.tasks or state.wait]
    if not resting:
        return
    table, task = work.layout.table(form.name), tables.task
    held = select(task.c.record).where(task.c.form == form.name, task.c.status == "open")
    query = select(table.c.id).where(table.c.state.in_(resting), table.c.id.not_in(held)).order_by(table.c.id)
    for id in work.conn.execute(query).scalars().all():
        record = work.row(form.name, id)
        if record is None:
            continue
        state = str(record.values["state"])
        machine.resume(form, flow.cursor(work, form, record, {}))
        if record.values["state"] != state:
            work.note(record, "wait", from_state=state)
