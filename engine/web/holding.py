"""Who holds the tasks of a record, as its page shows it: names, why they have it, and who has acted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from engine.definitions.model import Enough, Form
from engine.expressions.tree import Typed
from engine.markup import person
from engine.runtime.seats import Seat, Seats
from engine.web import figures
from engine.web.formulas import worded
from engine.web.visit import Visit

HIDDEN = frozenset({"passed", "left"})
"""Parts that say nothing any more."""


@dataclass(frozen=True)
class Held:
    """One line: a person, why it is theirs, and how far they are. `kind`: `now done later`."""

    who: Markup | str
    why: str
    note: str
    kind: str
    mine: bool


@dataclass(frozen=True)
class Card:
    """One open task. `title` "" for a state's only one; `rule` says how many must agree ("": one suffices)."""

    title: str
    rule: str
    lines: tuple[Held, ...]
    stashed: str


def cards_of(visit: Visit, form: Form, found: Sequence[Seats]) -> list[Card]:
    """The open tasks of a record."""
    written = _formulas(form)
    return [
        Card(
            visit.text(one.title) if one.name else "", _rule(visit, one),
            tuple(_line(visit, seat, written) for seat in one.seats if seat.status not in HIDDEN), one.stashed or "",
        )
        for one in found
    ]  # fmt: skip


def _line(visit: Visit, seat: Seat, written: dict[str, Typed]) -> Held:
    kind = {"open": "now", "waiting": "later"}.get(seat.status, "done")
    why = visit.text(seat.why)
    if seat.formula in written:
        why = worded(visit.catalog, written[seat.formula], visit.language)
    note = ""
    if kind == "later":
        note = visit.t("turn_later")
    elif seat.status == "handed":
        note = visit.t("turn_handed")
    elif kind == "done":
        said = visit.text(seat.button) if seat.button is not None else ""
        by = visit.t("turn_by", who=seat.by) if seat.by else ""
        note = " · ".join(filter(None, (said, by, figures.moment(seat.at, visit.reader))))
    return Held(person(visit.reader.title_of("person", seat.person)), why, note, kind, seat.mine)


def _rule(visit: Visit, task: Seats) -> str:
    given = sum(seat.kind == "assigned" and seat.status != "handed" for seat in task.seats)
    added = any(seat.kind != "assigned" and seat.status != "handed" for seat in task.seats)
    parts = [_enough(visit, task.enough) if given > 1 else "", visit.t("enough_added") if added else ""]
    return " ".join(filter(None, parts))


def _enough(visit: Visit, enough: Enough) -> str:
    if enough.rule == "at_least" and enough.number is not None:
        return visit.t("enough_at_least", n=int(enough.number))
    if enough.rule == "share" and enough.number is not None:
        return visit.t("enough_share", n=int(enough.number * 100))
    return visit.t(f"enough_{enough.rule}")


def _formulas(form: Form) -> dict[str, Typed]:
    """The formulas by which tasks are given, by their text."""
    states = form.workflow.states.values() if form.workflow is not None else ()
    tasks = [task for state in states for task in state.tasks.values()]
    return {f.text: f for task in tasks for people in task.assign for f in people.formulas}
