"""The way of a record through its workflow in at most six steps: where it was, where it is, where it goes from here.

Why: it stands on every record, so it must be read at a glance; what comes is told by `runtime.ahead`, what was by the
history. All else of the workflow is in the whole picture (`flows`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.definitions.model import Form, State, Workflow
from engine.expressions.tree import Get
from engine.expressions.walk import everything
from engine.runtime.ahead import Leg
from engine.runtime.because import Because
from engine.runtime.values import Event
from engine.web import figures
from engine.web.formulas import start_of, worded
from engine.web.frame import role_titles
from engine.web.visit import Visit

LONGEST = 6


@dataclass(frozen=True)
class Step:
    """A step. `kind`: `done now next maybe`; `note` is who and when, or who will; `why` why it is sure; `final`: the last
    one."""

    title: str
    note: str
    why: str
    kind: str
    final: bool


@dataclass(frozen=True)
class Strip:
    """The steps shown, and the number (from 1) of the present one among them; the next one's title and who does it ("" at
    the end); `before` counts the first steps that found no room, `total` all; `who` is whom the record waits for."""

    steps: tuple[Step, ...]
    now: int
    next: str
    next_who: str
    before: int
    total: int
    who: str


def strip_of(
    visit: Visit, form: Form, state: str | None, since: datetime | None, events: Sequence[Event],
    legs: Sequence[Leg], waits: tuple[Sequence[str], frozenset[str]],
) -> Strip | None:  # fmt: skip
    """The strip of a record in this state; None for a form without a workflow. `waits`: who moves it on from here."""
    if form.workflow is None or state is None or state not in form.workflow.states:
        return None
    flow = form.workflow
    present = flow.states[state]
    room = LONGEST - 1 - min(len(legs), LONGEST - 3)
    past = _past(visit, flow, state, events)
    before = max(0, len(past) - room)
    past = past[before:]
    who = "" if present.final else _who(visit, *waits)
    key, number = figures.since(since, visit.reader)
    stay = visit.t(key, n=number) if not present.final else figures.moment(since, visit.reader)
    note = " · ".join(filter(None, (who, stay)))
    steps = [
        *past,
        Step(visit.text(present.title), note, "", "done" if present.final else "now", present.final is not None),
    ]
    total = before + len(steps) + len(legs)
    forked, left = False, len(legs) - (LONGEST - len(steps))
    for number, leg in enumerate(legs):
        forked = forked or not leg.sure
        if left > 0 and len(steps) == LONGEST - 1 and number < len(legs) - 1:
            continue  # no room: the last step stands for those before it
        found = flow.states[leg.state]
        why = "" if forked else _because(visit, form, leg.because)
        note = "" if found.final else _who(visit, leg.who, leg.roles)
        if left > 0 and number == len(legs) - 1:
            note = visit.t("between_n", n=left)
        steps.append(Step(visit.text(found.title), note, why, "maybe" if forked else "next", found.final is not None))
    first = legs[0] if legs else None
    return Strip(
        tuple(steps), len(past) + 1,
        visit.text(flow.states[first.state].title) if first else "",
        _who(visit, first.who, first.roles) if first and not flow.states[first.state].final else "", before, total, who,
    )  # fmt: skip


def _because(visit: Visit, form: Form, because: Sequence[Because]) -> str:
    """Why the next step is sure: 因退款金额 > 5,000. Settings stand by their values."""
    said = []
    for typed, holds in because:
        values = {}
        for node in everything(typed.tree):
            if isinstance(node, Get) and node.of.type.shape == "settings" and node.name in visit.catalog.settings:
                found = visit.catalog.settings[node.name]
                value = visit.engine.read(visit.actor, lambda w, n=node.name: w.settings().values.get(n))  # type: ignore[misc]
                values[start_of(typed, node)] = visit.words(found, value)
        said.append(worded(visit.catalog, typed, visit.language, values, denied=not holds))
    return visit.t("because", why=visit.t("list_comma").join(said)) if said else ""


def _past(visit: Visit, flow: Workflow, state: str, events: Sequence[Event]) -> list[Step]:
    """The creation and the states that were left, oldest first; a state that was come back to stands once, at
    its last."""
    made = next((e for e in events if e.action == "create"), None)
    steps = [] if made is None else [Step(visit.t("step_created"), _told(visit, made), "", "done", False)]
    for name, event in passed(state, events).items():
        found: State | None = flow.states.get(name)
        steps.append(Step(visit.text(found.title) if found else name, _told(visit, event), "", "done", False))
    return steps


def passed(state: str, events: Sequence[Event]) -> dict[str, Event]:
    """The states that a record has left and not come back to, in the order of leaving, with the event that left them."""
    left: dict[str, Event] = {}
    for event in reversed(events):
        if event.from_state and event.to_state and event.from_state != event.to_state:
            left.pop(event.from_state, None)
            left[event.from_state] = event
            left.pop(event.to_state, None)
    left.pop(state, None)
    return left


def _told(visit: Visit, event: Event) -> str:
    return f"{event.actor_name} {figures.moment(event.at, visit.reader)}".strip()


def _who(visit: Visit, who: Sequence[str], roles: frozenset[str]) -> str:
    """The people who are meant, else the roles; two at most."""
    return visit.t("list_comma").join((list(who) or role_titles(visit, roles))[:2])
