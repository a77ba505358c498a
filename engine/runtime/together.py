"""Pressing a button with `bulk: together` on several records: all of them take it, or none does.

Why: what is paid, shipped or counted together is one thing. Each record meets the very checks that it meets alone, and
whoever is refused reads of every record that can't take it why; what the button does is done once, for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from engine.problems import Problem, Refused, problem
from engine.problems.bulk import NOT_TOGETHER, NOTHING_TICKED, TOO_MANY_TICKED
from engine.runtime import flow
from engine.runtime.act import Press, approach, fill, fire, known
from engine.runtime.bulk import MOST
from engine.runtime.record import Record
from engine.runtime.values import Together
from engine.runtime.work import Work

T = TypeVar("T")


class Apart(Refused):
    """Some of the records can't take it: `reasons` by their ids. As problems they stand at `records.ID`, and what is wrong
    with a field of one at `records.ID.FIELD`."""

    def __init__(self, reasons: Mapping[int, tuple[Problem, ...]]) -> None:
        self.reasons = reasons
        super().__init__([_placed(id, one) for id, found in reasons.items() for one in found])


def together(
    work: Work, name: str, versions: Mapping[int, int | None], button: str, *, raw: Mapping[str, Any] | None = None,
    ask: Mapping[str, Any] | None = None, opinion: str | None = None, confirmed: Collection[str] = (),
    request: str | None = None,
) -> Together:  # fmt: skip
    """Press a button on these records (id -> the version that the actor saw, None: whatever it is).

    Raises Apart: one of them can't take it; Refused: the button isn't one for several, or what it does was refused. Nothing
    has happened then.
    """
    form = work.form(name)
    transition = known(form, button)
    if not transition.together:
        raise Refused(problem(NOT_TOGETHER, title=transition.title))
    if not versions:
        raise Refused(problem(NOTHING_TICKED))
    if len(versions) > MOST:
        raise Refused(problem(TOO_MANY_TICKED, most=MOST, n=len(versions)))
    work.rows(name, versions)
    ids = sorted(versions)  # one order for everybody, so that two at once wait for each other at the same record

    presses = _all(ids, lambda id: approach(work, name, id, button, versions[id]))
    answers = _all(ids, lambda id: fill(work, presses[id], raw or {}, ask or {}, opinion, confirmed))
    moved: list[Record] = []
    _all(ids, lambda id: fire(work, presses[id], answers[id], opinion, **{flow.FIRED: moved}))
    selected = [presses[id].record for id in versions if presses[id].record in moved]
    if selected:
        flow.joint(work, form, transition, selected, {"ask": answers[next(iter(versions))]})
        _all([r.id or 0 for r in selected], lambda id: _sound(work, presses[id]))
    flow.conclude(work, confirmed, request)
    return Together(tuple(presses[id].record for id in versions), work.open, tuple(work.notes))


def _all(ids: Sequence[int], step: Callable[[int], T]) -> dict[int, T]:
    """Take a step for each record; what all are refused for is told at once."""
    done: dict[int, T] = {}
    reasons: dict[int, tuple[Problem, ...]] = {}
    for id in ids:
        try:
            done[id] = step(id)
        except Refused as refused:
            reasons[id] = refused.problems
    if reasons:
        raise Apart(reasons)
    return done


def _sound(work: Work, press: Press) -> None:
    """What was done for all must leave each of them within its rules."""
    if work.row(press.form.name, press.record.id or 0) is not None:
        broken = flow.rules(work, press.form, press.record, ("change",), press.old)
        flow.refuse([p for p in broken if p.severity == "error"], ())


def _placed(id: int, found: Problem) -> Problem:
    field = found.place.field
    return replace(found, place=replace(found.place, field=f"records.{id}" + (f".{field}" if field else "")))
