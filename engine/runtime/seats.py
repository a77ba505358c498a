"""A record's open tasks as people read them: who holds each and why, who has acted, whose turn it is, what is needed.

Why: the page of a record and a program ask the same: who is this waiting for. Names and reasons come in words here; how
they look is the page's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.definitions.model import Enough, Form
from engine.runtime.assigning import reasons
from engine.runtime.record import Record
from engine.runtime.turns import OpenTask, Turn, open_tasks, turn_in
from engine.runtime.work import Work
from engine.texts import Text


@dataclass(frozen=True)
class Seat:
    """Somebody's part. `status`: `open waiting done passed left handed`; `button` is what they pressed (None: nothing yet),
    `by` who did it in their place (""), `mine`: it is the reader's turn here. `formula`: the formula that gives them, as it
    is written ("": they aren't there by one alone)."""

    person: int
    name: str
    why: Text
    formula: str
    kind: str
    status: str
    button: Text | None
    opinion: str | None
    at: datetime | None
    by: str
    mine: bool


@dataclass(frozen=True)
class Seats:
    """An open task. `name` is "" for a state's only one; `stem` begins its buttons' names; `stashed` the opinion that the
    reader began."""

    name: str
    stem: str
    title: Text
    round: int
    enough: Enough
    opened_at: datetime
    seats: tuple[Seat, ...]
    stashed: str | None


def seats(work: Work, form: Form, record: Record) -> tuple[Seats, ...]:
    """The open tasks of a record, by the order in which they were opened. Whoever sees the record may know them."""
    return tuple(_seats(work, form, task) for task in open_tasks(work, form, record.id))


def _seats(work: Work, form: Form, task: OpenTask) -> Seats:
    assert form.workflow is not None
    state = form.workflow.states.get(task.state)
    found = state.tasks.get(task.name) if state is not None else None
    title = found.title if found is not None else Text({"zh": task.stem})
    mine = turn_in(work, task)
    made = tuple(_seat(work, form, turn, mine is turn) for turn in task.turns)
    stashed = mine.stashed if mine is not None else None
    return Seats(task.name, task.stem, title, task.round, task.enough, task.opened_at, made, stashed)


def _seat(work: Work, form: Form, turn: Turn, mine: bool) -> Seat:
    button = form.button(turn.outcome) if turn.outcome is not None else None
    only = turn.why[0] if len(turn.why) == 1 else {}
    return Seat(
        turn.person, work.title_of("person", turn.person), reasons(work, turn), str(only.get("text", "")), turn.kind,
        turn.status, button.title if button is not None else None, turn.opinion, turn.acted_at,
        work.title_of("person", turn.acted_by) if turn.acted_by is not None else "", mine,
    )  # fmt: skip
