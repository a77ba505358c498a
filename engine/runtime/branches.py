"""A view as a tree: the records that stand beneath nothing, and beneath each those that name it as the one above.

Why: a tree may be large, so only what is open is read, with the number beneath each branch in one question. Whoever may
not see a record sees what stands beneath it at the top: nothing is lost, and nothing is told of the one above.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select

from engine.definitions.model import Form, FormField, View
from engine.expressions import sql
from engine.problems import Refused, problem
from engine.problems.access import FIELD_CLOSED
from engine.runtime.access import executed, usable
from engine.runtime.ask import Question, columns_of, count_of, listed, question
from engine.runtime.values import Ask, Listed
from engine.runtime.work import Work

MOST = 200
"""How many records are read beneath one branch, or found, at once; the rest is only counted."""

DEEPEST = 60
"""How many records above each other are followed upwards."""


@dataclass(frozen=True)
class Branch:
    """A record with what stands beneath it: `count` records, `beneath` those read (None: it isn't open), `left` that were
    too many to be read. `found`: it is what was searched for, not only on the way to it."""

    row: Listed
    count: int
    found: bool = True
    beneath: tuple[Branch, ...] | None = None
    left: int = 0

    @property
    def id(self) -> int:
        """The record's id."""
        return self.row.record.id or 0


@dataclass(frozen=True)
class Tree:
    """What stands at the top, in the view's order. `searched`: it is made of what was found (`total` records) and the ways
    to it; `left`: how many at the top (or found) were too many to be read."""

    form: Form
    shown: tuple[FormField | str, ...]
    branches: tuple[Branch, ...]
    searched: bool
    total: int
    left: int


def tree(work: Work, form: Form, view: View, ask: Ask, opened: Collection[int]) -> Tree:
    """The view's tree with these branches open; where something is searched for, what is found with the ways to it.

    Raises Refused: the form may not be viewed; a filter, or the field by which the tree is made, is hidden from the actor.
    """
    grown = _Grown(work, form, view, ask)
    if ask.where is not None or ask.q:
        return grown.found(ask)
    ids, left = grown.ids(*grown.top())
    total = count_of(work, form, Ask(view=ask.view))
    return Tree(form, grown.columns(), grown.branches(ids, opened), False, total, left)


def beneath(work: Work, form: Form, view: View, ask: Ask, above: int) -> Tree:
    """What stands beneath one record, as a tree of its own. Raises Refused as `tree`."""
    grown = _Grown(work, form, view, ask)
    ids, left = grown.ids(grown.above == above)
    return Tree(form, grown.columns(), grown.branches(ids, ()), False, len(ids) + left, left)


# -- inner -------------------------------------------------------------------------------------------------------------


class _Grown:
    """One view's records, and which stands above which."""

    def __init__(self, work: Work, form: Form, view: View, ask: Ask) -> None:
        by = view.by or ""
        if by not in usable(form, work.actor):
            raise Refused(problem(FIELD_CLOSED, title=form.fields[by].title))
        self.work, self.form, self.view, self.ask = work, form, view, ask
        self.asked: Question = question(work, form, Ask(view=ask.view, sort=ask.sort))
        self.above: ColumnElement[int] = self.asked.table.c[by]

    def columns(self) -> tuple[FormField | str, ...]:
        """What the rows show."""
        return tuple(self.form.column(n) or n for n in self._shown())

    def top(self) -> tuple[ColumnElement[bool], ...]:
        """The condition of what stands beneath nothing that is in the view for this person."""
        if not self.asked.where:
            return (self.above.is_(None),)
        inside = select(self.asked.table.c.id).where(*self.asked.where).correlate(None)
        return (or_(self.above.is_(None), self.above.not_in(inside)),)

    def ids(self, *conditions: ColumnElement[bool]) -> tuple[list[int], int]:
        """The first records that fulfil these, in order, and how many more do."""
        where = (*self.asked.where, *conditions)
        found = list(
            executed(
                self.work, select(self.asked.table.c.id).where(*where).order_by(*self._order()).limit(MOST + 1)
            ).scalars()
        )
        if len(found) <= MOST:
            return found, 0
        query = select(func.count()).select_from(self.asked.table).where(*where)
        return found[:MOST], int(executed(self.work, query).scalar_one()) - MOST

    def branches(self, ids: list[int], opened: Collection[int]) -> tuple[Branch, ...]:
        """These records as branches, those that are `opened` with what stands beneath them, and so on."""
        counts = self._counts(ids)
        made = []
        for row in listed(self.work, self.form, ids, self._shown()):
            id = row.record.id or 0
            beneath: tuple[Branch, ...] | None = None
            left = 0
            if id in opened and counts.get(id):
                inner, left = self.ids(self.above == id)
                beneath = self.branches(inner, set(opened) - {id})
            made.append(Branch(row, counts.get(id, 0), True, beneath, left))
        return tuple(made)

    def way(self, ids: Iterable[int]) -> dict[int, int | None]:
        """These records and all above them that the person may see: id -> the one above (None: none that is seen)."""
        known: dict[int, int | None] = {}
        wanted = set(ids)
        for _ in range(DEEPEST):
            if not wanted:
                break
            query = select(self.asked.table.c.id, self.above).where(
                *self.asked.where, self.asked.table.c.id.in_(wanted)
            )
            found: dict[int, int | None] = dict(tuple(row) for row in executed(self.work, query))
            known |= found
            wanted = {above for above in found.values() if above is not None} - known.keys()
        return {id: above if above in known else None for id, above in known.items()}

    def found(self, ask: Ask) -> Tree:
        """The tree of what is searched for."""
        asked = question(self.work, self.form, ask)
        query = select(asked.table.c.id).where(*asked.where).order_by(*self._order()).limit(MOST)
        hits = list(executed(self.work, query).scalars())
        total = len(hits) if len(hits) < MOST else count_of(self.work, self.form, ask)
        above = self.way(hits)
        ordered = select(asked.table.c.id).where(asked.table.c.id.in_(above)).order_by(*self._order())
        ids = list(executed(self.work, ordered).scalars()) if above else []
        rows = {r.record.id: r for r in listed(self.work, self.form, ids, self._shown())}
        under: dict[int | None, list[int]] = {}
        for id in ids:
            under.setdefault(above[id], []).append(id)
        made = _grown(None, under, rows, frozenset(hits))
        return Tree(self.form, self.columns(), made, True, total, total - len(hits))

    def _shown(self) -> tuple[str, ...]:
        flow = ("state",) if self.form.workflow is not None else ()
        return columns_of(self.work, self.form, self.ask, tuple(dict.fromkeys((*self.view.columns, *flow))))

    def _order(self) -> list[ColumnElement[object]]:
        return [sql.ordered(term, down) for term, down in self.asked.order]

    def _counts(self, ids: list[int]) -> dict[int, int]:
        """How many records stand beneath each of these."""
        if not ids:
            return {}
        query = select(self.above, func.count()).where(*self.asked.where, self.above.in_(ids)).group_by(self.above)
        return dict(tuple(row) for row in executed(self.work, query))


def _grown(
    above: int | None, under: Mapping[int | None, list[int]], rows: Mapping[int | None, Listed], hits: frozenset[int]
) -> tuple[Branch, ...]:
    made = []
    for id in under.get(above, ()):
        if id in rows:
            inner = _grown(id, under, rows, hits)
            made.append(Branch(rows[id], len(inner), id in hits, inner or None))
    return tuple(made)
