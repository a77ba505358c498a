"""A workflow as a whole: a picture that the browser arranges, and the same as text for everybody else.

Why: the strip on a record shows one way; who wants to know all ways, who may go them and what decides, looks here. The
picture's data stands in the page, so that it needs no further question; the text says all that the picture says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from engine.definitions.model import EVERYONE, Form, People, Workflow, is_moment
from engine.problems import Refused, problem
from engine.problems.record import NO_FLOW
from engine.runtime.values import Event, Opened
from engine.web.formulas import worded
from engine.web.frame import role_titles
from engine.web.lookups import opened
from engine.web.render import fragment, respond
from engine.web.visit import Visit


@dataclass(frozen=True)
class Way:
    """A way on: the button's title ("" for what a condition chooses), who may press it, the condition in words, the state
    it leads to ("" stays), and how often this record went it."""

    source: str
    target: str
    title: str
    who: str
    why: str
    taken: int


@dataclass(frozen=True)
class Stop:
    """A state. `kind` is that of its badge, `choice` where nobody stays; `final`: `success failure` or "". `passed`: the
    record was there; `now`: it is."""

    name: str
    title: str
    kind: str
    final: str
    passed: bool
    now: bool
    initial: bool
    ways: tuple[Way, ...]


def of_form(visit: Visit) -> Response:
    """The workflow of a form, as it is defined."""
    return _answer(visit, visit.form("view"), None)


def of_record(visit: Visit) -> Response:
    """The same, with the way that a record has gone and where it stands."""
    form = visit.form("view")
    return _answer(visit, form, opened(visit, form, visit.record_id()).opened)


def _answer(visit: Visit, form: Form, found: Opened | None) -> Response:
    if form.workflow is None:
        raise Refused(problem(NO_FLOW, form=form.title))
    stops = stops_of(visit, form, form.workflow, found)
    values: dict[str, Any] = {
        "form": form, "record": found.record if found is not None else None, "stops": stops,
        "title": visit.t("flow_of", form=visit.text(form.title)), "picture": _picture(stops),
    }  # fmt: skip
    if visit.partial:
        return fragment(visit, "parts/flow.html", whole=False, **values)
    return respond(visit, "flow.html", whole=True, **values)


def stops_of(visit: Visit, form: Form, flow: Workflow, found: Opened | None) -> list[Stop]:
    """The states in the order written, each with its ways on."""
    state = found.record.values.get("state") if found is not None else None
    steps = taken(flow, found.history if found is not None else ())
    been = {a for a, _, _ in steps} | {b for _, b, _ in steps} | ({flow.initial} if found is not None else set())
    return [
        Stop(
            name, visit.text(one.title), "choice" if one.choose else one.kind, one.final or "",
            name in been and name != state, name == state, name == flow.initial, _ways(visit, flow, name, steps),
        )
        for name, one in flow.states.items()
    ]  # fmt: skip


def taken(flow: Workflow, events: Iterable[Event]) -> list[tuple[str, str, str]]:
    """The steps that a record went: (from, to, transition), choices that were passed through included ("" for those)."""
    out: list[tuple[str, str, str]] = []
    for event in reversed(list(events)):
        if not event.from_state or not event.to_state or event.from_state == event.to_state:
            continue
        button = flow.transitions.get(event.transition or "")
        target = button.target if button is not None and button.target else event.to_state
        out.append((event.from_state, target, event.transition or ""))
        for one, other in _through(flow, target, event.to_state):
            out.append((one, other, ""))
    return out


# -- inner -------------------------------------------------------------------------------------------------------------


def _through(flow: Workflow, start: str, end: str) -> list[tuple[str, str]]:
    """The choices from `start` to where the record came to stay."""
    if start == end or start not in flow.states:
        return []
    for _, target, _ in flow.states[start].choose:
        rest = _through(flow, target, end)
        if target == end or rest:
            return [(start, target), *rest]
    return []


def _ways(visit: Visit, flow: Workflow, state: str, steps: list[tuple[str, str, str]]) -> tuple[Way, ...]:
    out = []
    for transition in flow.transitions.values():
        if state in transition.sources:
            target = transition.target or ""
            went = sum(1 for a, _, t in steps if a == state and t == transition.name)
            why = worded(visit.catalog, transition.when, visit.language) if transition.when is not None else ""
            held = flow.states[state].tasks.values() if state in transition.held else ()
            people = [people for task in held for people in task.assign] or [transition.who]
            out.append(Way(state, target, visit.text(transition.title), _who(visit, people), why, went))
    for when, target, _ in flow.states[state].choose:
        why = worded(visit.catalog, when, visit.language) if when is not None else visit.t("flow_else")
        out.append(Way(state, target, "", "", why, sum(1 for a, b, t in steps if (a, b, t) == (state, target, ""))))
    then = flow.states[state].then
    if then is not None:
        tasks = visit.t("list_comma").join(visit.text(task.title) for task in flow.states[state].tasks.values())
        out.append(
            Way(
                state,
                then,
                "",
                "",
                visit.t("flow_then", tasks=tasks),
                sum(1 for a, b, _ in steps if (a, b) == (state, then)),
            )
        )
    for until, target in flow.states[state].wait:
        words = worded(visit.catalog, until, visit.language)
        why = visit.t("flow_moment", at=words) if is_moment(until) else words
        out.append(Way(state, target, "", "", why, sum(1 for a, b, t in steps if (a, b, t) == (state, target, ""))))
    return (*out, *_back(visit, flow, state, steps))


def _back(visit: Visit, flow: Workflow, state: str, steps: list[tuple[str, str, str]]) -> Iterator[Way]:
    """Where those who hold a task of the state may send the record back to."""
    for button in flow.verbs.values():
        task = flow.states[state].tasks.get(button.task or "") if state in button.sources else None
        for to in task.return_to if task is not None and button.verb == "return" else ():
            went = sum(1 for step in steps if step == (state, to, button.name))
            yield Way(
                state, to, visit.text(button.title), _who(visit, task.assign if task is not None else ()), "", went
            )


def _who(visit: Visit, several: Sequence[People]) -> str:
    if not any(several):
        return visit.t("flow_system")
    if any(EVERYONE in people.roles for people in several):
        return visit.t("role_everyone")
    words = [title for people in several for title in role_titles(visit, people.roles)]
    words += [worded(visit.catalog, f, visit.language) for people in several for f in people.formulas]
    return visit.t("list_comma").join(dict.fromkeys(words))


def _picture(stops: list[Stop]) -> dict[str, Any]:
    """What the browser draws: states, and one edge for all ways between the same two states."""
    edges: dict[tuple[str, str], dict[str, Any]] = {}
    for stop in stops:
        for way in stop.ways:
            if not way.target or way.target == stop.name:
                continue
            edge = edges.setdefault(
                (stop.name, way.target), {"from": stop.name, "to": way.target, "labels": [], "taken": False}
            )
            edge["labels"].append([way.title or way.why, way.who])
            edge["taken"] = edge["taken"] or way.taken > 0
    states = [
        {"name": s.name, "title": s.title, "kind": s.kind, "now": s.now, "passed": s.passed, "final": s.final} for s in stops
    ]  # fmt: skip
    return {"states": states, "edges": list(edges.values())}
