"""What pages ask of the engine in one unit of work, so that everything on a page is of the same moment.

Why: a draft, the notes of its sections and the question of a button read the same record; the names of fifty
rows are one
query, not fifty. These are questions of pages only, so they stand here and not among the engine's verbs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.definitions.model import Form
from engine.runtime import opening
from engine.runtime.ahead import Leg, ahead, movers
from engine.runtime.answers import suggestions
from engine.runtime.lateness import due_among as dues
from engine.runtime.record import Record
from engine.runtime.seats import Seats, seats
from engine.runtime.ticking import Ticking, onward, ticking
from engine.runtime.values import Draft, Opened
from engine.runtime.waiting import waits
from engine.runtime.work import Work
from engine.web.strip import passed
from engine.web.visit import Visit


@dataclass(frozen=True)
class Filled:
    """A draft with its sections' notes (by the section's number), the words of the button's question ("": none), and what
    the button's own questions are answered with by default."""

    draft: Draft
    notes: Mapping[int, str]
    question: str
    settings: Mapping[str, Any]
    answers: Mapping[str, Any]


@dataclass(frozen=True)
class Read:
    """An opened record with its sections' notes, whether it waits for the reader, the steps ahead of it (`legs`), and who
    moves it on from its state: names of people, and roles; `tasks` are its open ones, `times` those that run for it,
    `onward` when it moves on by itself (None: at no moment)."""

    opened: Opened
    notes: Mapping[int, str]
    mine: bool
    legs: tuple[Leg, ...]
    waits_for: tuple[tuple[str, ...], frozenset[str]]
    tasks: tuple[Seats, ...] = ()
    times: tuple[Ticking, ...] = ()
    onward: datetime | None = None


def filled(
    visit: Visit, form: Form, *, raw: Mapping[str, Any] | None = None, id: int | None = None,
    button: str | None = None, touched: frozenset[str] | None = None,
) -> Filled:  # fmt: skip
    """A form being filled. Refused: not this person's to create, or there is no such record for them."""

    def unit(work: Work) -> Filled:
        draft = opening.draft(work, form.name, raw=raw, id=id, button=button, touched=touched)
        transition = form.button(button) if button else None
        question = ""
        if transition is not None and transition.confirm is not None:
            question = work.render(transition.confirm, visit.language, draft.record)
        settings = {n: f.field.to_json(work.settings().values.get(n)) for n, f in work.catalog.settings.items()}
        answers = suggestions(work, draft.record, transition) if transition is not None else {}
        return Filled(draft, _notes(work, visit, form, draft.record), question, settings, answers)

    return visit.engine.read(visit.actor, unit)


def opened(visit: Visit, form: Form, id: int) -> Read:
    """A record to be read. Refused when there is none for this person."""

    def unit(work: Work) -> Read:
        found = opening.open_record(work, form.name, id)
        state, stored = str(found.record.values.get("state")), work.row(form.name, id)
        legs: tuple[Leg, ...] = ()
        waiting: tuple[tuple[str, ...], frozenset[str]] = ((), frozenset())
        if stored is not None and form.workflow is not None and state in form.workflow.states:
            legs = ahead(work, form, stored, frozenset(passed(state, found.history)))
            waiting = movers(work, form, stored, state, legs[0].state if legs else None)
        held = seats(work, form, stored) if stored is not None else ()
        mine = bool(_waiting(work, form, [id]))
        return Read(
            found,
            _notes(work, visit, form, found.record),
            mine,
            legs,
            waiting,
            held,
            ticking(work, form, found.record),
            onward(work, form, found.record),
        )

    return visit.engine.read(visit.actor, unit)


def waits_among(visit: Visit, form: Form, ids: Sequence[int]) -> frozenset[int]:
    """Those of these records that wait for the reader."""
    return visit.engine.read(visit.actor, lambda work: _waiting(work, form, ids))


def due_among(visit: Visit, form: Form, ids: Sequence[int]) -> dict[int, datetime]:
    """Until when what is to be done with these records is due, or was; without those where that is open."""
    return visit.engine.read(visit.actor, lambda work: dues(work, form, ids))


def _waiting(work: Work, form: Form, ids: Sequence[int]) -> frozenset[int]:
    where = waits(work, form) if ids else None
    if where is None:
        return frozenset()
    table = work.layout.table(form.name)
    query = table.select().with_only_columns(table.c.id).where(table.c.id.in_(ids), where)
    return frozenset(work.conn.execute(query).scalars())


def _notes(work: Work, visit: Visit, form: Form, record: Record) -> dict[int, str]:
    return {i: work.render(s.note, visit.language, record) for i, s in enumerate(form.layout) if s.note is not None}
