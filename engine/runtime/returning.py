"""Ways back: a holder sends a record back, its creator takes it back, an administrator puts it where it belongs.

Why: all of them end the open tasks, and what was said in them counts no more when the record comes that way again: a new
round has new tasks. Each goes through the machine, so leaving and entering do what they always do.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, update

from engine.definitions.model import Effect, Form, Transition
from engine.problems import Problem, problem
from engine.problems.task import TOO_LATE
from engine.runtime import compensating, flow, machine
from engine.runtime.record import Record
from engine.runtime.turns import OpenTask, Turn, end_task, keep_turn, open_tasks
from engine.runtime.work import Work
from engine.storage import tables


def send_back(
    work: Work, form: Form, record: Record, button: Transition, opened: OpenTask, turn: Turn, to: str, straight: bool,
    opinion: str | None,
) -> None:  # fmt: skip
    """Send a record back to a state; `straight`: moved on from there it comes straight back to who sent it."""
    keep_turn(work, turn, status="done", outcome=button.name, opinion=opinion, acted_at=work.now,
              acted_by=work.actor.id if work.actor.id != turn.person else None)  # fmt: skip
    end_task(work, form, record, opened, "ended", button.name, work.actor.id)
    lead(work, form, record, button, to)
    if straight:
        _mark(work, opened, to)


def take_back(work: Work, form: Form, record: Record, button: Transition) -> None:
    """Lead a record back to its first state, and undo what was done on its way, as far as the definitions say how."""
    assert form.workflow is not None
    lead(work, form, record, button, form.workflow.initial, (Effect("compensate", transition=button.name),))


def lead(
    work: Work, form: Form, record: Record, button: Transition, to: str, doing: Sequence[Effect] = ()
) -> None:  # fmt: skip
    """Lead a record to a state through these actions; its open tasks are cancelled."""
    for task in list(open_tasks(work, form, record.id)):
        end_task(work, form, record, task, "cancelled", button.name, work.actor.id)
    machine.go(form, flow.cursor(work, form, record, {}, button.name), to, doing)


def detour(work: Work, form: Form, record: Record) -> str | None:
    """The state to which a record goes straight back when it is moved on from where it was sent back to; None: it goes
    the usual way. Where it does, the task there is for who sent it."""
    if not form.tasked or record.id is None:
        return None
    table, holder = tables.task, tables.holder
    query = (
        select(table.c.id, table.c.state, table.c.name, holder.c.person)
        .join(holder, holder.c.task == table.c.id)
        .where(
            table.c.form == form.name, table.c.record == record.id, table.c.returned_to == record.values.get("state")
        )
        .where(holder.c.status == "done", holder.c.outcome == table.c.outcome)
        .order_by(table.c.id.desc())
    )
    found = work.conn.execute(query.limit(1)).first()
    assert form.workflow is not None
    if found is None or found.name not in form.workflow.states[found.state].tasks:
        return None
    work.straight[form.name, record.id] = (found.name, found.person)
    return str(found.state)


def late(work: Work, form: Form, record: Record) -> Problem | None:
    """Why the creator can't take a record back any more; None: they can."""
    assert form.workflow is not None
    if form.workflow.withdraw == "any":
        return compensating.barred(work, form, record)
    task, holder = tables.task, tables.holder
    acted = (
        select(func.count())
        .select_from(task)
        .join(holder, holder.c.task == task.c.id)
        .where(task.c.form == form.name, task.c.record == record.id, holder.c.acted_at.is_not(None))
        .where(task.c.opened_at >= _began(work, form, record))
    )
    if work.conn.execute(acted).scalar():
        return problem(TOO_LATE)
    return compensating.barred(work, form, record)


def _began(work: Work, form: Form, record: Record) -> object:
    """When the record last left its first state; when it was created, if that can't be known."""
    assert form.workflow is not None
    table = tables.event
    query = select(func.max(table.c.at)).where(
        table.c.form == form.name, table.c.record == record.id, table.c.from_state == form.workflow.initial
    )
    return work.conn.execute(query).scalar() or record.values["created_at"]


def _mark(work: Work, opened: OpenTask, to: str) -> None:
    table = tables.task
    work.conn.execute(update(table).where(table.c.id == opened.id).values(returned_to=to))
