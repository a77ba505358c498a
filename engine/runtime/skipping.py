"""Whether somebody agreed to a record before, and whether what they agreed to is still the same.

Why: who approved a record as head of the team needn't approve it again as head of sales. But only while nothing in it has
changed since: else a second look is what the second step is for.
"""

from __future__ import annotations

from sqlalchemy import select

from engine.definitions.model import Form
from engine.runtime.history import difference
from engine.runtime.record import Record
from engine.runtime.turns import OpenTask
from engine.runtime.work import Work
from engine.storage import tables


def agreed_before(work: Work, form: Form, record: Record, opened: OpenTask, person: int, skip: str) -> bool:
    """Whether this person said yes in an earlier task of the record (`same_as_previous`: the last one before this, else
    any), in its present course, and nobody else changed a value since."""
    assert form.workflow is not None
    task, holder = tables.task, tables.holder
    query = (
        select(task.c.id, task.c.state, task.c.name, task.c.status, task.c.outcome)
        .where(task.c.form == form.name, task.c.record == record.id, task.c.id != opened.id)
        .order_by(task.c.id.desc())
    )
    for found in work.conn.execute(query).all():
        state = form.workflow.states.get(found.state)
        definition = state.tasks.get(found.name) if state is not None else None
        if found.status != "done" or definition is None:
            return False  # it was sent back or taken back: what was said before counts no more
        agree = definition.agree[:1] or (f"{found.state}.{found.name}",)
        if found.outcome != agree[0]:
            return False
        said = select(holder.c.version).where(
            holder.c.task == found.id,
            holder.c.person == person,
            holder.c.status == "done",
            holder.c.outcome == agree[0],
        )
        version = work.conn.execute(said).scalar()
        if version is not None:
            return not _changed(work, form, record, person, version)
        if skip == "same_as_previous":
            return False
    return False


def _changed(work: Work, form: Form, record: Record, person: int, version: int) -> bool:
    """Whether somebody else changed a value of the record since this version, in this very work too."""
    table = tables.event
    query = select(table.c.actor, table.c.diff).where(
        table.c.form == form.name, table.c.record == record.id, table.c.version > version
    )
    if any(row.actor != person and row.diff for row in work.conn.execute(query)):
        return True
    happened = work.happened.get((form.name, record.id or 0))
    if happened is None or work.actor.id == person:
        return False
    return bool(difference(form, record, happened, {}))
