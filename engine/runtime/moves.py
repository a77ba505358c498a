"""Where a card may go: for every column of a board the buttons that lead there, or why it takes the card not.

Why: people see before they drop who accepts and who refuses. What they are told is asked of the same functions that
decide when the button is pressed; what only shows on pressing (fields asked for, rules over them) is decided there.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from engine.definitions.model import Form, FormField, Transition, Workflow
from engine.expressions.tree import Typed
from engine.problems import Problem, Refused, problem
from engine.problems.board import (
    BY_ITSELF,
    FIELD_FIXED,
    LEADS_ELSEWHERE,
    MUST_BE_SET,
    NO_WAY,
    NOT_DRAGGED,
    NOT_YET_THERE,
    OPTION_NOT_OFFERED,
)
from engine.runtime import access
from engine.runtime.act import closed
from engine.runtime.boards import places
from engine.runtime.change import seen
from engine.runtime.checks import check_rules
from engine.runtime.holders import joined
from engine.runtime.record import Record
from engine.runtime.work import Work
from engine.texts import Text, same

CHOICES_LIMIT = 50
"""How many states in a row may lead on by themselves before it is taken for a circle."""


@dataclass(frozen=True)
class Move:
    """One column. `buttons` that lead there (empty for a choice: the field is set); `reason` why it can't go there
    (None: it can). `first` is a button that can be pressed now and is the first step of the way there."""

    value: str | None
    buttons: tuple[Transition, ...] = ()
    reason: Problem | None = None
    first: Transition | None = None


@dataclass(frozen=True)
class Moves:
    """Where one record is, its version, and where it may go from there: each other column of the board, in order."""

    record: Record
    now: str | None
    to: tuple[Move, ...]


def moves(work: Work, name: str, id: int, by: str) -> Moves:
    """Where this record may go on a board by state or by a choice. Refused: it isn't there for this actor."""
    form, record = seen(work, name, id)
    if by == "state" and form.workflow is not None:
        now = record.values.get("state")
        return Moves(record, now, tuple(_state(work, form, record, s) for s in places(form, by) if s != now))
    field = form.fields[by]
    now = record.values.get(by) or None
    fixed = _fixed(work, form, record, field)
    return Moves(record, now, tuple(_option(work, record, field, v, fixed) for v in places(form, by) if v != now))


# -- states ------------------------------------------------------------------------------------------------------------


def _state(work: Work, form: Form, record: Record, to: str | None) -> Move:
    """What a column of a state says to this record."""
    assert form.workflow is not None and to is not None
    flow, now = form.workflow, str(record.values.get("state"))
    leading = [t for t in flow.transitions.values() if now in t.sources and to in _ends(flow, t.target)]
    if not leading:
        return _far(work, form, record, now, to)
    open_, reasons = [], []
    for transition in leading:
        reason = _refusal(work, form, record, transition, to)
        if reason is None:
            open_.append(transition)
        else:
            reasons.append(reason)
    return Move(to, tuple(open_)) if open_ else Move(to, reason=reasons[0])


def _refusal(work: Work, form: Form, record: Record, transition: Transition, to: str) -> Problem | None:
    """Why this button doesn't take the record to that state now."""
    assert form.workflow is not None
    if not transition.who and record.values.get("state") not in transition.held:
        return problem(BY_ITSELF, to=form.workflow.states[to].title)
    reason = closed(work, form, record, transition)
    if reason is not None:
        return reason
    if not transition.drag:
        return problem(NOT_DRAGGED, title=transition.title)
    broken = _broken(work, form, record, transition)
    if broken is not None:
        return broken
    lands = _lands(work, form.workflow, record, transition)
    if lands is not None and lands != to:
        return problem(LEADS_ELSEWHERE, title=transition.title, lands=form.workflow.states[lands].title)
    return None


def _broken(work: Work, form: Form, record: Record, transition: Transition) -> Problem | None:
    """The first rule of this transition that fails already, and that nothing asked for could still mend."""
    pressed = transition.at(record.values.get("state"))
    asked = {n.partition(".")[0] for n in (*pressed.edit, *pressed.require)}
    rules = tuple(
        r for r in form.rules
        if transition.name in r.at and r.level == "error" and r.each is None and not r.unique
        and r.check is not None and not asked & {x.hops[0].name if x.hops else x.name for x in r.check.reads}
    )  # fmt: skip
    if not rules:
        return None
    found = check_rules(work, replace(form, rules=rules), record, (transition.name,), work.before(record))
    return found[0] if found else None


def _lands(work: Work, flow: Workflow, record: Record, transition: Transition) -> str | None:
    """The state in which the record would come to stay, as its values are now; None: that can't be told."""
    name = transition.target
    for _ in range(CHOICES_LIMIT):
        if name is None or not flow.states[name].choose:
            return name
        name = next((t for when, t, _ in flow.states[name].choose if when is None or _holds(work, record, when)), None)
    return None


def _holds(work: Work, record: Record, when: Typed) -> bool:
    try:
        return bool(work.value(when, record))
    except (ArithmeticError, Refused):
        return False


def _far(work: Work, form: Form, record: Record, now: str, to: str) -> Move:
    """Why a state that no button reaches from here refuses: what comes first, or that there is no way."""
    assert form.workflow is not None
    flow = form.workflow
    way = _way(flow, now, to)
    titles = {n: s.title for n, s in flow.states.items()}
    if not way:
        return Move(to, reason=problem(NO_WAY, now=titles.get(now, same(now)), to=titles[to]))
    steps = [t for t in flow.transitions.values() if now in t.sources and way[0] in _ends(flow, t.target)]
    first = next((t for t in steps if _refusal(work, form, record, t, way[0]) is None), None)
    quoted = joined([Text({"zh": f"“{titles[n].to('zh')}”", "en": f'"{titles[n].to("en")}"'}) for n in way[:1]])
    return Move(
        to, reason=problem(NOT_YET_THERE, now=titles.get(now, same(now)), to=titles[to], next=quoted), first=first
    )


def _way(flow: Workflow, now: str, to: str) -> list[str]:
    """The shortest way by buttons of people, as the states between and the last one; empty: there is none."""
    queue: deque[list[str]] = deque([[now]])
    known = {now}
    while queue:
        path = queue.popleft()
        if path[-1] == to:
            return path[1:]
        for transition in flow.transitions.values():
            if path[-1] not in transition.sources:
                continue
            for reached in _ends(flow, transition.target):
                if reached not in known:
                    known.add(reached)
                    queue.append([*path, reached])
    return []


def _ends(flow: Workflow, state: str | None, depth: int = 0) -> tuple[str, ...]:
    """The states in which a record may come to stay when it is led to this one."""
    if state is None or depth > CHOICES_LIMIT:
        return ()
    choices = flow.states[state].choose
    if not choices:
        return (state,)
    return tuple(dict.fromkeys(reached for _, target, _ in choices for reached in _ends(flow, target, depth + 1)))


# -- choices -----------------------------------------------------------------------------------------------------------


def _fixed(work: Work, form: Form, record: Record, field: FormField) -> Problem | None:
    """Why this actor can't change the field of this record at all."""
    rights = access.rights(work, form, record)
    if "edit" not in rights.can:
        return access.forbidden(work.catalog, form, "edit")
    shut = field.name in rights.readonly | rights.hidden or field.formula is not None
    if shut or bool(work.value(field.readonly, record)) or not bool(work.value(field.visible, record)):
        return problem(FIELD_FIXED, title=field.title)
    return None


def _option(work: Work, record: Record, field: FormField, value: str | None, fixed: Problem | None) -> Move:
    if fixed is not None:
        return Move(value, reason=fixed)
    if value is None:
        needed = bool(work.value(field.required, record))
        return Move(value, reason=problem(MUST_BE_SET, title=field.title) if needed else None)
    when = field.option_when.get(value)
    if when is not None and not _holds(work, record, when):
        return Move(value, reason=problem(OPTION_NOT_OFFERED, option=field.options[value].title))
    return Move(value)
