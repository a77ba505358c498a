"""How records come into a state: under which conditions, and which of their values nobody can change any more there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.definitions.checks.trying import Condition, Trial, negated
from engine.definitions.model import SYSTEM, Effect, Form, State
from engine.expressions.tree import Typed

DEEP = 4
"""Through how many states in which nobody stays conditions are followed."""


@dataclass(frozen=True)
class Arrival:
    """One way into a state, with what held when a record took it."""

    conditions: tuple[Condition, ...]


def arrivals(form: Form, trial: Trial, state: str, depth: int = 0) -> list[Arrival]:
    """The ways into a state. What a way changes is left out of its conditions."""
    flow = form.workflow
    assert flow is not None
    entered = _set(flow.states[state].enter)
    found = [Arrival(())] if state == flow.initial or depth > DEEP else []
    for transition in flow.transitions.values():
        if transition.target == state:
            changed = entered | _set(transition.do) | {n.partition(".")[0] for n in transition.edit}
            held = [(transition.when, True)] if transition.when is not None else []
            found.append(_arrival(trial, held, changed))
    for name, other in flow.states.items():
        found += [Arrival(()) for to in (other.then, *(to for _, to in other.wait)) if to == state]
        for number, (when, to, do) in enumerate(other.choose):
            if to != state:
                continue
            passed = [(before, False) for before, _, _ in other.choose[:number] if before is not None]
            passed += [(when, True)] if when is not None else []
            here = _arrival(trial, passed, entered | _set(do))
            if depth <= DEEP:
                found += [
                    Arrival((*here.conditions, *before.conditions)) for before in arrivals(form, trial, name, depth + 1)
                ]
    return found


def _arrival(trial: Trial, held: Iterable[tuple[Typed, bool]], changed: frozenset[str]) -> Arrival:
    made = []
    for typed, true in held:
        condition = trial.add(typed)
        atoms = trial.named(condition.reads)
        if all(a.settled is not None and not a.settled & changed for a in atoms):
            made.append(condition if true else negated(condition))
    return Arrival(tuple(made))


def _set(effects: Iterable[Effect]) -> frozenset[str]:
    """What these effects change of the record itself, however deep."""
    found: set[str] = set()
    for effect in effects:
        if effect.verb in ("set", "reset", "call"):
            found |= {*effect.values, *effect.fields, *effect.take}
        found |= _set(effect.do)
        for _, do in effect.branches:
            found |= _set(do)
    return frozenset(found)


def closed_fields(form: Form, trial: Trial, state: State, elsewhere: frozenset[str]) -> frozenset[str]:
    """The members that nobody can change while a record is in this state; `elsewhere`: those that actions of others give."""
    flow = form.workflow
    assert flow is not None
    found = {n for n in SYSTEM if n != "owner"}
    sets = [s for s in form.access if "edit" in s.can and _reaches(trial, s.where)]
    stashed = {n.partition(".")[0] for t in state.tasks.values() if "stash" in t.can for n in t.edit}
    for transition in (*flow.transitions.values(), *form.actions.values()):
        if not transition.sources or (state.name in transition.sources and transition.target in (None, state.name)):
            stashed |= {n.partition(".")[0] for n in transition.edit} | _set(transition.do)
    for name, field in form.fields.items():
        editable = field.readonly is not True and any(name not in s.hide | s.readonly for s in sets)
        if not editable and name not in stashed | elsewhere:
            found.add(name)
    return frozenset(found | ({"owner"} - stashed - elsewhere))


def _reaches(trial: Trial, where: Typed | None) -> bool:
    """Whether a set's condition may hold in the state that is tried."""
    if where is None:
        return True
    condition = trial.add(where)
    tried = trial.tried(trial.named(condition.reads))
    return tried is None or any(condition.holds(values) for values in tried)
