"""The only thing that moves a record's state, and the only user of the `transitions` library.

Why: whatever fires a transition (a button, an action, the demo) goes through one machine with one order of effects, as
SCXML has it: leave, transition, enter. A machine holds no record: it is built once for each version of a workflow and
fires on a throw-away cursor, which is measured to cost as little as calling the guards oneself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock

from transitions import EventData, Machine
from transitions import State as MachineState

from engine.definitions.model import Effect, Form, Transition, Workflow
from engine.expressions.tree import Typed

CHOOSE = "__choose__"
"""The trigger that leads on from a state in which nobody stays."""

GO = "__go__:"
"""The trigger, with a state behind it, that leads there from anywhere: what a task, a condition or a moment sets off."""

CHOICES_LIMIT = 50
"""How many states in a row may lead on by themselves before it is taken for a circle."""

KEPT_MACHINES = 500

_machines: dict[tuple[str, str], Machine] = {}
_lock = Lock()


@dataclass
class Cursor:
    """A record while a transition fires. The library changes `state`; the rest is what the machine calls back.

    `holds` evaluates a guard; `run` runs effects, those of a state or (None) of the button; `arrive` is called when the
    state has changed, before what entering does. `here` tells whether the record still is where this cursor took it: an
    action may have moved it on. `stay` is called when it comes to stay in a state, and gives the state that it goes on to
    at once and what is done on the way, None: it stays. `doing` are the actions of the step that leads to a state by GO.
    """

    state: str
    holds: Callable[[Typed], bool]
    run: Callable[[Sequence[Effect], str | None], None]
    arrive: Callable[[str], None]
    here: Callable[[], bool]
    stay: Callable[[str], tuple[str, Sequence[Effect]] | None]
    doing: Sequence[Effect] = ()


def fire(form: Form, transition: Transition, cursor: Cursor) -> bool:
    """Fire a transition and whatever states lead on by themselves. False: its guard doesn't hold; nothing was done.

    The caller has made sure that the record is in one of the transition's states.
    """
    assert form.workflow is not None
    machine = _machine(form)
    if transition.target is None:
        if transition.when is not None and not cursor.holds(transition.when):
            return False
        cursor.run(transition.each, None)
        return True
    if not machine.events[transition.name].trigger(cursor):
        return False
    _lead_on(machine, form.workflow, cursor)
    return True


def go(form: Form, cursor: Cursor, target: str, doing: Sequence[Effect] = ()) -> None:
    """Lead a record to a state from wherever it is, through leave, these actions and enter, and on from there."""
    assert form.workflow is not None
    machine = _machine(form)
    _go(machine, cursor, target, doing)
    _lead_on(machine, form.workflow, cursor)


def resume(form: Form, cursor: Cursor) -> None:
    """A record comes to stay anew where it stands: its workflow has changed meanwhile."""
    assert form.workflow is not None
    _lead_on(_machine(form), form.workflow, cursor)


def begin(form: Form, cursor: Cursor) -> None:
    """Enter the first state of a new record: its enter actions, and on, if nobody stays there."""
    assert form.workflow is not None
    cursor.arrive(cursor.state)
    cursor.run(form.workflow.states[cursor.state].enter, cursor.state)
    _lead_on(_machine(form), form.workflow, cursor)


def _go(machine: Machine, cursor: Cursor, target: str, doing: Sequence[Effect]) -> None:
    cursor.doing = doing
    machine.events[GO + target].trigger(cursor)
    cursor.doing = ()


def _lead_on(machine: Machine, workflow: Workflow, cursor: Cursor) -> None:
    for _ in range(CHOICES_LIMIT):
        if not cursor.here():
            return
        if workflow.states[cursor.state].choose:
            machine.events[CHOOSE].trigger(cursor)
            continue
        onward = cursor.stay(cursor.state)
        if onward is None:
            return
        _go(machine, cursor, *onward)


def _machine(form: Form) -> Machine:
    key = (form.name, form.digest)
    found = _machines.get(key)
    if found is None:
        with _lock:
            found = _machines.get(key)
            if found is None:
                if len(_machines) >= KEPT_MACHINES:
                    _machines.pop(next(iter(_machines)))
                assert form.workflow is not None
                found = _machines[key] = _build(form.workflow)
    return found


def _build(workflow: Workflow) -> Machine:
    states = [MachineState(name, on_enter=[partial(_entered, state.enter)]) for name, state in workflow.states.items()]
    machine = Machine(model=None, states=states, initial=workflow.initial, auto_transitions=False, send_event=True)
    for name, transition in workflow.transitions.items():
        if transition.target is None:
            continue
        for source in workflow.states:
            if source in transition.sources:
                machine.add_transition(
                    name, source, transition.target,
                    conditions=_guard(transition.when),
                    before=[partial(_ran, workflow.states[source].leave, source), partial(_ran, transition.each, None)],
                )  # fmt: skip
    for name, state in workflow.states.items():
        for when, target, effects in state.choose:
            machine.add_transition(
                CHOOSE, name, target,
                conditions=_guard(when), before=[partial(_ran, state.leave, name), partial(_ran, effects, name)],
            )  # fmt: skip
    for target in workflow.states:
        for source, state in workflow.states.items():
            machine.add_transition(
                GO + target, source, target, before=[partial(_ran, state.leave, source), partial(_doing, source)]
            )
    return machine


def _guard(when: Typed | None) -> Callable[[EventData], bool] | None:
    return None if when is None else partial(_holds, when)


def _holds(when: Typed, event: EventData) -> bool:
    return _cursor(event).holds(when)


def _ran(effects: Sequence[Effect], state: str | None, event: EventData) -> None:
    if effects:
        _cursor(event).run(effects, state)


def _doing(state: str, event: EventData) -> None:
    _ran(_cursor(event).doing, state, event)


def _cursor(event: EventData) -> Cursor:
    assert isinstance(event.model, Cursor)
    return event.model


def _entered(effects: Sequence[Effect], event: EventData) -> None:
    _cursor(event).arrive(_cursor(event).state)
    if effects:
        _cursor(event).run(effects, _cursor(event).state)
