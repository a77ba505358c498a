"""Boards: the records of a view in columns, with the count and the sum of each, some cards at a time.

Why: a board is one question to the database for all counts and sums and a short one for each column's first cards, so
it costs the same with a hundred records as with a hundred thousand. Where a card may go is told by `moves`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from engine.definitions.model import Form, FormField, View
from engine.expressions import sql
from engine.problems import Refused, problem
from engine.problems.access import FIELD_CLOSED
from engine.problems.board import NO_SUCH_PLACE
from engine.runtime.access import executed, usable
from engine.runtime.ask import Question, columns_of, listed, question
from engine.runtime.values import Ask, Listed
from engine.runtime.work import Work
from engine.texts import same

NOTHING = None
"""The column of the records in which nothing is chosen."""


@dataclass(frozen=True)
class Column:
    """One column. `value`: the state's or option's name, None: nothing is chosen. `count` of all its records, `sum` of
    the board's measure over them (None: it has none); `rows` from `start` on, as many as were asked for."""

    value: str | None
    count: int
    sum: Any
    rows: tuple[Listed, ...]
    start: int = 0

    @property
    def left(self) -> int:
        """How many cards come after these."""
        return max(0, self.count - self.start - len(self.rows))


@dataclass(frozen=True)
class Board:
    """The columns in the workflow's order (or the options'), what is added up in them, and what the cards read."""

    form: Form
    by: str
    measure: FormField | None
    shown: tuple[FormField | str, ...]
    columns: tuple[Column, ...]

    @property
    def total(self) -> int:
        """How many records there are on it."""
        return sum(column.count for column in self.columns)


def board(work: Work, form: Form, view: View, ask: Ask, cards: int) -> Board:
    """The board with the first `cards` cards of each column.

    Raises Refused: the form may not be viewed, a filter or the columns' own field is hidden from the actor.
    """
    asked, by = _asked(work, form, view, ask)
    measure = _measure(work, form, view)
    counts = _counts(work, asked, by, measure)
    shown = _shown(work, form, view, ask)
    ids = {value: _ids(work, asked, by, value, 0, cards) for value in counts if counts[value][0]}
    rows = {r.record.id: r for r in listed(work, form, [i for some in ids.values() for i in some], shown)}
    columns = tuple(
        Column(value, *counts.get(value, (0, None)), tuple(rows[i] for i in ids.get(value, ()) if i in rows))
        for value in _places(form, by, counts)
    )
    return Board(form, by, measure, tuple(form.column(n) or n for n in shown), columns)


def column(work: Work, form: Form, view: View, ask: Ask, value: str | None, start: int, cards: int) -> Board:
    """The board with one column only, its cards from `start` on. Raises Refused as `board`, or: no such column."""
    asked, by = _asked(work, form, view, ask)
    measure = _measure(work, form, view)
    counts = _counts(work, asked, by, measure)
    if value not in _places(form, by, counts):
        raise Refused(problem(NO_SUCH_PLACE, name=same(value or "–")))
    shown = _shown(work, form, view, ask)
    count, total = counts.get(value, (0, None))
    rows = listed(work, form, _ids(work, asked, by, value, start, cards), shown)
    found = Column(value, count, total, rows, start)
    return Board(form, by, measure, tuple(form.column(n) or n for n in shown), (found,))


def places(form: Form, by: str) -> tuple[str | None, ...]:
    """What a board of this form always has a column for, in order: states where a record may stay; options."""
    if by == "state" and form.workflow is not None:
        return tuple(name for name, state in form.workflow.states.items() if not state.choose)
    field = form.fields[by]
    return tuple(field.options) if field.required is True else (NOTHING, *field.options)


def measure_of(view: View, fields: Mapping[str, FormField]) -> FormField | None:
    """The first number among the view's columns, of these fields, that is kept and can be added up."""
    for name in view.columns:
        found = fields.get(name)
        if found is not None and found.stored and found.field.numeric and not found.field.share:
            return found
    return None


def _places(form: Form, by: str, counts: Iterable[str | None]) -> tuple[str | None, ...]:
    """The same with what records hold beside it: options that are no more, nothing where something is required."""
    always = places(form, by)
    found = set(counts)
    stray = sorted(v for v in found if v is not None and v not in always)
    empty = () if None in always or None not in found else (NOTHING,)
    return (*empty, *always, *stray)


def _asked(work: Work, form: Form, view: View, ask: Ask) -> tuple[Question, str]:
    by = view.by or "state"
    if by not in usable(form, work.actor):
        raise Refused(problem(FIELD_CLOSED, title=form.fields[by].title if by in form.fields else same(by)))
    return question(work, form, ask), by


def _measure(work: Work, form: Form, view: View) -> FormField | None:
    """What is added up: only what the actor sees in every record."""
    may_use = usable(form, work.actor)
    return measure_of(view, {n: f for n, f in form.fields.items() if n in may_use})


def _shown(work: Work, form: Form, view: View, ask: Ask) -> tuple[str, ...]:
    """What the cards read: the view's columns, and what every card may tell."""
    flow = ("state", "state_since") if form.workflow is not None else ()
    names = dict.fromkeys((*view.columns, *flow, "owner"))
    return columns_of(work, form, ask, tuple(names))


def _counts(
    work: Work, asked: Question, by: str, measure: FormField | None
) -> Mapping[str | None, tuple[int, Any]]:  # fmt: skip
    """Column -> how many records, and the measure over them. An empty text counts as nothing chosen."""
    key = _key(asked, by)
    total: ColumnElement[Any] = func.count()
    parts = [key, total] if measure is None else [key, total, func.sum(asked.table.c[measure.name])]
    found: dict[str | None, tuple[int, Any]] = {}
    for row in executed(work, select(*parts).where(*asked.where).group_by(key)):
        value, count, *added = tuple(row)
        found[value] = (int(count), None if measure is None else added[0] or 0)
    return found


def _key(asked: Question, by: str) -> ColumnElement[Any]:
    return func.nullif(asked.table.c[by], "")


def _ids(work: Work, asked: Question, by: str, value: str | None, start: int, cards: int) -> list[int]:
    here = asked.table.c[by]
    fits = _key(asked, by).is_(None) if value is None else here == value
    order = [sql.ordered(term, down) for term, down in asked.order]
    query = select(asked.table.c.id).where(*asked.where, fits).order_by(*order).limit(cards).offset(start)
    return list(executed(work, query).scalars())
