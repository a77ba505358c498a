"""Pressing a button of a state with tasks: one person's answer is entered, and the record moves when the answers suffice.

Why: several people may have to agree, one after the other or all at once. Each presses the same button; what they pressed
is kept with their opinion, and only the press that decides fires the transition.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.definitions.model import Form, Transition
from engine.problems import Problem, problem
from engine.problems.record import NOT_YOURS
from engine.problems.task import ACTED_ALREADY, HANDLED, NOT_YOUR_TURN
from engine.runtime import flow, keep, machine, returning, tasks, verbs
from engine.runtime.holders import named_holders
from engine.runtime.numbering import number
from engine.runtime.record import Record
from engine.runtime.turns import OpenTask, Turn, end_task, open_tasks, read_tasks, turn_in, turns_of
from engine.runtime.work import Work


def press(
    work: Work, form: Form, record: Record, transition: Transition, variables: Mapping[str, Any], opinion: str | None
) -> bool:
    """Do what the button does. False: its guard doesn't hold, and nothing was done."""
    if transition.verb and transition.verb != "done":
        verbs.run(work, form, record, transition, variables, opinion)
        return True
    turn = _turn(work, form, record, transition)
    if turn is None:
        return _move(work, form, record, transition, variables)
    opened, mine = turn
    acted(work, record, opened, mine)
    tasks.answer(work, form, record, opened, mine, transition.name, opinion)
    if transition.verb == "done":
        _done(work, form, record, opened)
        return True
    assert form.workflow is not None
    task = form.workflow.states[opened.state].tasks[opened.name]
    if transition.name not in task.agree:
        end_task(work, form, record, opened, "done", transition.name, work.actor.id)
        return _move(work, form, record, transition, variables)
    outcome = tasks.settled(work, form, record, opened, task)
    if outcome is None:
        return True
    fired = form.workflow.transitions[outcome]
    if fired is not transition:
        broken = flow.rules(work, form, record, (outcome,), None)
        flow.refuse([p for p in broken if p.severity == "error"], ())
    return _move(work, form, record, fired, variables)


def acted(work: Work, record: Record, opened: OpenTask, turn: Turn) -> None:
    """History tells in which task something was done, and in whose place."""
    happened = work.happened[record.shape, record.id or 0]
    happened.task = opened.name
    happened.acting_for = turn.person if turn.person != work.actor.id else None


def closed(work: Work, form: Form, record: Record, transition: Transition) -> Problem | None:
    """Why the actor can't press a button that is for those who hold a task; None: they can."""
    if _turn(work, form, record, transition) is not None:
        return None
    opened = _opened(work, form, record, transition)
    first = named_holders(work, opened)
    for task in opened:
        part = turn_in(work, task, ("waiting", "done"))
        if part is not None:
            return problem(NOT_YOUR_TURN if part.status == "waiting" else ACTED_ALREADY, who=first)
    return problem(NOT_YOURS, title=transition.title, who=named_holders(work, opened))


def handled(work: Work, form: Form, record: Record, transition: Transition) -> Problem | None:
    """Somebody else has done the task of which this button is: who and when. None: it isn't so."""
    flow_ = form.workflow
    if flow_ is None or work.actor.id is None or record.id is None:
        return None
    states = transition.held | (transition.sources if transition.verb == "done" else frozenset())
    if not states or _turn(work, form, record, transition) is not None:
        return None
    if record.values.get("state") in transition.sources - states:
        return None  # no task of it is open here: others press it
    for task in reversed(read_tasks(work, form.name, [record.id], ("done", "ended")).get(record.id, [])):
        if task.state not in states or (transition.verb == "done" and task.name != transition.task):
            continue
        mine = turn_in(work, task, ("passed", "left"))
        last = max(
            (t for t in task.turns if t.status == "done" and t.acted_at), key=lambda t: (t.acted_at, t.id), default=None
        )
        if mine is None or last is None or last.acted_at is None:
            return None
        button = form.button(last.outcome or "")
        title = button.title if button is not None else transition.title
        return problem(
            HANDLED, who=work.title_of("person", last.acted_by or last.person), at=last.acted_at, title=title
        )
    return None


def is_open(work: Work, form: Form, record: Record, transition: Transition) -> bool:
    """Whether the one of several tasks of which the button is stands open."""
    return bool(_opened(work, form, record, transition))


# -- inner -------------------------------------------------------------------------------------------------------------


def _opened(work: Work, form: Form, record: Record, transition: Transition) -> list[OpenTask]:
    """The open tasks of which the button is."""
    found = open_tasks(work, form, record.id)
    return [t for t in found if t.name == transition.task] if transition.verb else found


def _turn(work: Work, form: Form, record: Record, transition: Transition) -> tuple[OpenTask, Turn] | None:
    """The actor's turn that pressing this button takes; None: it isn't pressed as holder of a task."""
    if record.values.get("state") not in (transition.held | (transition.sources if transition.verb else frozenset())):
        return None
    found = turns_of(work, form, record.id)
    return next(((t, turn) for t, turn in found if not transition.verb or t.name == transition.task), None)


def _done(work: Work, form: Form, record: Record, opened: OpenTask) -> None:
    """One of several tasks was done by somebody: the record goes on when all are."""
    assert form.workflow is not None
    state = form.workflow.states[opened.state]
    tasks.settled(work, form, record, opened, state.tasks[opened.name])
    if state.then is not None and tasks.finished(work, form, record, state):
        machine.go(form, flow.cursor(work, form, record, {}, opened.stem), state.then)


def _move(work: Work, form: Form, record: Record, transition: Transition, variables: Mapping[str, Any]) -> bool:
    """Fire the transition; a record that was sent back goes straight to who sent it, where they asked for that."""
    flow_ = form.workflow
    target = flow_.states.get(transition.target or "") if flow_ is not None else None
    back = returning.detour(work, form, record) if target is not None and target.final is None else None
    if back is None:
        return flow.move(work, form, record, transition, variables)
    if number(work, form, record, transition.name):
        keep.update(work, form, record)
    machine.go(form, flow.cursor(work, form, record, variables, transition.name), back, transition.each)
    flow.jointly(work, form, record, transition, variables)
    return True
