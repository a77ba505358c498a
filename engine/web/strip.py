"""The way of a record through its workflow in at most six steps: where it was, where it is, where it goes from here.

Why: "what happens next, and who does it" is what people ask most. What was is taken from the history; what comes is the
shortest way to a good end. Past the first fork it is only likely, and drawn so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.definitions.model import EVERYONE, Form, State, Workflow
from engine.runtime.values import Event
from engine.web import figures
from engine.web.frame import role_titles
from engine.web.visit import Visit

LONGEST = 6


@dataclass(frozen=True)
class Step:
    """A step. `kind`: `done now next maybe`; `note` is who and when, how long, or who will; `final`: the last one."""

    title: str
    note: str
    kind: str
    final: bool


@dataclass(frozen=True)
class Strip:
    """The steps, the number (from 1) of the present one, and the title of the next ("" at the end)."""

    steps: tuple[Step, ...]
    now: int
    next: str


def strip_of(
    visit: Visit, form: Form, state: str | None, since: datetime | None, events: Sequence[Event]
) -> Strip | None:
    """The strip of a record in this state; None for a form without a workflow."""
    if form.workflow is None or state is None or state not in form.workflow.states:
        return None
    flow = form.workflow
    present = flow.states[state]
    ahead = () if present.final else tuple(way(flow, state))
    room = LONGEST - 1 - min(len(ahead), LONGEST - 3)
    past = _past(visit, flow, state, events)[-room:]
    key, number = figures.since(since, visit.reader)
    note = visit.t(key, n=number) if not present.final else figures.moment(since, visit.reader)
    steps = [
        *past,
        Step(visit.text(present.title), note, "done" if present.final else "now", present.final is not None),
    ]
    forked = False
    for name, sure in ahead[: LONGEST - len(steps)]:
        forked = forked or not sure
        found = flow.states[name]
        steps.append(
            Step(
                visit.text(found.title), _who(visit, flow, name), "maybe" if forked else "next", found.final is not None
            )
        )
    return Strip(tuple(steps), len(past) + 1, visit.text(flow.states[ahead[0][0]].title) if ahead else "")


def way(flow: Workflow, state: str) -> list[tuple[str, bool]]:
    """The states of the shortest way to success (else to any end), each with whether it is the only way on.

    States in which nobody stays are passed through.
    """
    for ends in (("success",), ("success", "failure")):
        found = _search(flow, state, frozenset(ends))
        if found:
            sure = [
                sum(_leads(flow, t, frozenset({"failure"})) for t in onward(flow, at)) <= 1 for at in [state, *found]
            ]
            return list(zip(found, sure, strict=False))
    return []


def onward(flow: Workflow, state: str) -> list[str]:
    """The states in which a record may come to stay next, in the order written, without repetition."""
    out: dict[str, None] = {}
    for transition in flow.transitions.values():
        if state in transition.sources and transition.target is not None and transition.target != state:
            for reached in _settled(flow, transition.target):
                out.setdefault(reached)
    return list(out)


def _settled(flow: Workflow, state: str, depth: int = 0) -> list[str]:
    choices = flow.states[state].choose
    if not choices or depth > len(flow.states):
        return [state]
    return [reached for _, target, _ in choices for reached in _settled(flow, target, depth + 1)]


def _leads(flow: Workflow, state: str, bad: frozenset[str]) -> bool:
    return flow.states[state].final not in bad


def _search(flow: Workflow, start: str, ends: frozenset[str]) -> list[str]:
    queue: deque[list[str]] = deque([[start]])
    seen = {start}
    while queue:
        path = queue.popleft()
        if path[-1] != start and flow.states[path[-1]].final in ends:
            return path[1:]
        for reached in onward(flow, path[-1]):
            if reached not in seen:
                seen.add(reached)
                queue.append([*path, reached])
    return []


def _past(visit: Visit, flow: Workflow, state: str, events: Sequence[Event]) -> list[Step]:
    """The creation and the states that were left, oldest first; a state that was come back to stands once, at
    its last."""
    left: dict[str, Event] = {}
    made: Event | None = None
    for event in reversed(events):
        if event.action == "create":
            made = event
        if event.from_state and event.to_state and event.from_state != event.to_state:
            left.pop(event.from_state, None)
            left[event.from_state] = event
            left.pop(event.to_state, None)
    left.pop(state, None)
    steps = [] if made is None else [Step(visit.t("step_created"), _told(visit, made), "done", False)]
    for name, event in left.items():
        found: State | None = flow.states.get(name)
        steps.append(Step(visit.text(found.title) if found else name, _told(visit, event), "done", False))
    return steps


def _told(visit: Visit, event: Event) -> str:
    return f"{event.actor_name} {figures.moment(event.at, visit.reader)}".strip()


def _who(visit: Visit, flow: Workflow, state: str) -> str:
    """The roles that may move it on from there."""
    if flow.states[state].final:
        return ""
    roles = frozenset(
        r
        for t in flow.transitions.values()
        if state in t.sources and t.target != state
        for r in t.who.roles
        if r != EVERYONE
    )
    return visit.t("list_comma").join(role_titles(visit, roles)[:2])
