"""What comes next for a record: the shortest way from its state to a good end, how sure each step is, and why.

Why: "what happens next, and who does it" is what people ask most. Where a state chooses the way by a condition, the
record's present values answer it, unless somebody may still change what it reads on the way, or the reader may not see it.
Past the first step that isn't sure, all is only likely.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from engine.definitions.model import EVERYONE, Effect, Form, Transition, Workflow
from engine.expressions.tree import Typed
from engine.problems import Refused
from engine.runtime import access, effects, reach
from engine.runtime.because import Because, Holds, deciding
from engine.runtime.record import Record
from engine.runtime.turns import open_tasks
from engine.runtime.work import Work


@dataclass(frozen=True)
class Reached:
    """A state in which a record may come to stay. `sure` False where a condition on the way isn't known."""

    state: str
    sure: bool
    because: tuple[Because, ...]


@dataclass(frozen=True)
class Leg:
    """A step ahead. `who`: those who move it on from there, as names; `roles` where no person is meant."""

    state: str
    sure: bool
    because: tuple[Because, ...]
    who: tuple[str, ...]
    roles: frozenset[str]


def ahead(work: Work, form: Form, record: Record, passed: frozenset[str] = frozenset()) -> tuple[Leg, ...]:
    """The steps ahead of a record, without its present one; () at an end. `passed`: states that it has left: going back
    there is no way on."""
    flow, state = form.workflow, str(record.values.get("state"))
    if flow is None or state not in flow.states or flow.states[state].final:
        return ()
    hidden = access.rights(work, form, record).hidden

    def holds(condition: Typed, changed: frozenset[str]) -> bool | None:
        if _names(condition) & _spread(form, changed) or not reach.knowable(work, form, record, hidden, condition):
            return None
        try:
            return bool(work.value(condition, record))
        except (ArithmeticError, Refused):
            return None

    found = way(flow, state, holds, passed)
    legs = []
    for number, one in enumerate(found):
        following = found[number + 1].state if number + 1 < len(found) else None
        legs.append(Leg(one.state, one.sure, one.because, *movers(work, form, record, one.state, following)))
    return tuple(legs)


def movers(
    work: Work, form: Form, record: Record, state: str, following: str | None = None
) -> tuple[tuple[str, ...], frozenset[str]]:
    """Who moves a record on from a state: names of the people whom formulas give, and roles. `following` is the state
    that is meant to come next (None: any)."""
    assert form.workflow is not None
    flow = form.workflow
    if flow.states[state].tasks:
        return _holders(work, form, record, state)
    on = [t for t in flow.transitions.values() if state in t.sources and t.target and t.target != state and t.who]
    if following is not None:
        on = [t for t in on if any(r.state == following for r in settled(flow, t.target or "", lambda _: None))] or on
    names: dict[str, None] = {}
    for transition in on:
        only = type(transition.who)(frozenset(), transition.who.formulas)
        for id in effects.people(work, only, record, {}):
            names[work.title_of("person", id)] = None
    roles = frozenset(r for t in on for r in t.who.roles if r != EVERYONE)
    return tuple(names), roles


def _holders(work: Work, form: Form, record: Record, state: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Those who hold the tasks of the state that the record is in; of another one, those who would get them."""
    assert form.workflow is not None
    names: dict[str, None] = {}
    roles: set[str] = set()
    opened = [task for task in open_tasks(work, form, record.id) if task.state == state]
    for task in opened:
        for turn in task.open:
            role = next((why["role"] for why in turn.why if why["by"] == "role"), None)
            if role is not None:
                roles.add(role)
            else:
                names[work.title_of("person", turn.person)] = None
    for written in form.workflow.states[state].tasks.values() if not opened else ():
        for people in written.assign:
            roles |= people.roles
            for id in effects.people(work, type(people)(frozenset(), people.formulas), record, {}):
                names[work.title_of("person", id)] = None
    return tuple(names), frozenset(roles - {EVERYONE})


def way(
    flow: Workflow,
    state: str,
    holds: Callable[[Typed, frozenset[str]], bool | None],
    passed: frozenset[str] = frozenset(),
) -> list[Reached]:
    """The shortest way to success, else to any end; [] where there is none. `holds` is asked with the fields that
    may have changed by then."""
    for ends in (frozenset({"success"}), frozenset({"success", "failure"})):
        found = _search(flow, state, ends, holds, passed)
        if found:
            return found
    return []


def onward(flow: Workflow, state: str, holds: Holds) -> list[Reached]:
    """The states in which a record may come to stay next, in the order written, without repetition; those that known
    conditions close are left out."""
    out: dict[str, Reached] = {}
    for transition in flow.transitions.values():
        if state not in transition.sources or transition.target is None or transition.target == state:
            continue
        open_ = holds(transition.when) if transition.when is not None else True
        if open_ is False:
            continue
        for reached in settled(flow, transition.target, holds):
            out.setdefault(reached.state, reached)
    then = flow.states[state].then
    for target in (*((then,) if then else ()), *(to for _, to in flow.states[state].wait)):
        for reached in settled(flow, target, holds):
            out.setdefault(reached.state, reached)
    return list(out.values())


def settled(flow: Workflow, state: str, holds: Holds, because: tuple[Because, ...] = ()) -> list[Reached]:
    """Where a record comes to stay that enters this state: itself, or what its conditions choose."""
    choices = flow.states[state].choose
    if not choices or len(because) > len(flow.states):
        return [Reached(state, True, because)]
    out: list[Reached] = []
    denied: tuple[Because, ...] = ()
    for when, target, _ in choices:
        known = True if when is None else holds(when)
        if known is False and when is not None:
            denied = deciding(when, False, holds)
            continue
        if known and not out:
            reason = deciding(when, True, holds) if when is not None else denied
            return settled(flow, target, holds, because + reason)
        out += [Reached(r.state, False, r.because) for r in settled(flow, target, holds, because)]
        if known:
            break
    return out


# -- inner -------------------------------------------------------------------------------------------------------------


def _search(
    flow: Workflow, start: str, ends: frozenset[str], holds: Callable[[Typed, frozenset[str]], bool | None],
    passed: frozenset[str],
) -> list[Reached]:  # fmt: skip
    queue: deque[tuple[str, list[Reached], frozenset[str]]] = deque([(start, [], frozenset())])
    seen = {start}
    while queue:
        at, path, changed = queue.popleft()
        if path and flow.states[at].final in ends:
            return path
        touched = changed | _touched(flow, at)
        found = onward(flow, at, lambda condition, known=touched: holds(condition, known))  # type: ignore[misc]
        behind = passed | {start} | {r.state for r in path}
        good = [r for r in found if flow.states[r.state].final != "failure" and r.state not in behind]
        for reached in found:
            if reached.state not in seen:
                seen.add(reached.state)
                one = Reached(reached.state, reached.sure and len(good) <= 1, reached.because)
                queue.append((reached.state, [*path, one], touched))
    return []


def _touched(flow: Workflow, state: str) -> frozenset[str]:
    """The fields that may be changed on the way out of a state."""
    out: set[str] = set()
    for transition in flow.transitions.values():
        if state in transition.sources:
            out |= _changed_by(transition.at(state))
    for task in flow.states[state].tasks.values():
        out |= {n.partition(".")[0] for n in (*task.edit, *task.require)}
    out |= _set_by(flow.states[state].leave) | _set_by(flow.states[state].enter)
    return frozenset(out)


def _changed_by(transition: Transition) -> set[str]:
    names = {n.partition(".")[0] for n in (*transition.edit, *transition.require)}
    return names | _set_by(transition.do)


def _set_by(done: tuple[Effect, ...]) -> set[str]:
    out: set[str] = set()
    for one in done:
        if one.verb == "set":
            out |= set(one.values)
        out |= _set_by(one.do)
        for _, branch in one.branches:
            out |= _set_by(branch)
    return out


def _spread(form: Form, changed: frozenset[str]) -> frozenset[str]:
    """The fields and all that is computed from them."""
    found = set(changed)
    computed = [(f.name, _names(f.formula)) for f in form.fields.values() if f.formula is not None]
    while more := {name for name, read in computed if name not in found and read & found}:
        found |= more
    return frozenset(found)


def _names(typed: Typed) -> frozenset[str]:
    """The record's own members that a formula goes out from."""
    return frozenset(r.hops[0].name if r.hops else r.name for r in typed.reads)
