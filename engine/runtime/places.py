"""A view as a map: where the records of a view are, in one question, and the rows of those that are looked at.

Why: markers need nothing but a place, so thousands are read as cheaply as a page of a list is; what is told in words
beside the map is read for the part that is in sight.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from engine.columns import Location
from engine.definitions.model import Form, FormField, View
from engine.expressions import sql
from engine.problems import Refused, problem
from engine.problems.access import FIELD_CLOSED
from engine.runtime.access import executed, usable
from engine.runtime.ask import columns_of, listed, question
from engine.runtime.values import Ask, Listed
from engine.runtime.work import Work

MOST = 5000
"""How many records a map holds; the rest is only counted."""


@dataclass(frozen=True)
class Spot:
    """A record's place: degrees north and east."""

    id: int
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Places:
    """The records that have a place, in the view's order, and the `rows` of those chosen. `left`: how many were too many
    to be shown; `without`: how many have no place."""

    form: Form
    shown: tuple[FormField | str, ...]
    spots: tuple[Spot, ...]
    rows: tuple[Listed, ...]
    left: int
    without: int


def places(
    work: Work, form: Form, view: View, ask: Ask, choose: Callable[[Sequence[Spot]], Sequence[int]], most: int = MOST
) -> Places:
    """Where the records are; `choose` says of which the rows are wanted, by their ids.

    Raises Refused: the form may not be viewed; a filter, or the field that says where, is hidden from the actor.
    """
    by = view.by or ""
    if by not in usable(form, work.actor):
        raise Refused(problem(FIELD_CLOSED, title=form.fields[by].title))
    asked = question(work, form, ask)
    column = asked.table.c[by]
    order = [sql.ordered(term, down) for term, down in asked.order]
    query = select(asked.table.c.id, column).where(*asked.where, column.is_not(None)).order_by(*order).limit(most)
    spots = tuple(_spot(*tuple(row)) for row in executed(work, query))
    counted = select(func.count(), func.count(column)).select_from(asked.table).where(*asked.where)
    total, placed = tuple(executed(work, counted).one())
    flow = ("state",) if form.workflow is not None else ()
    shown = columns_of(work, form, ask, tuple(dict.fromkeys((*view.columns, *flow))))
    rows = listed(work, form, list(choose(spots)), shown)
    fields = tuple(form.column(n) or n for n in shown)
    return Places(form, fields, spots, rows, placed - len(spots), total - placed)


def _spot(id: int, place: Location) -> Spot:
    return Spot(id, float(place.latitude), float(place.longitude))
