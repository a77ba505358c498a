"""Keeping walks: what can be reached from each record, written anew for those whose way a change touches.

Why: rows that lead on form a net; a change of one touches what is reached from its start, and from whatever leads there.
Which row leads where is remembered (`sys_contribution`: from `target` to the first of `amounts`, then the factors), so
every door and every cause is seen. A row that would close a circle is refused: nothing could be counted on a circle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, select, update

from engine.definitions.model import Computed, Form, Steps
from engine.expressions import numbers
from engine.problems import Refused, problem
from engine.problems.computed import WALK_CIRCLE, WALK_LONG
from engine.runtime.aggregates import CHUNK, Row, computed_of
from engine.runtime.before import Kept
from engine.runtime.compute import formulas
from engine.runtime.record import Record
from engine.runtime.storing import ALWAYS, Touch, columns, gone
from engine.runtime.work import Work
from engine.storage import records, tables
from engine.texts import LANGUAGES

MOST = 20_000
"""How many ways may lead on from one record."""

Factor = Decimal | None
Way = tuple[int, int, bool, tuple[Factor, ...]]
"""What is reached, how deep, whether nothing follows, and the factors multiplied until there."""


@dataclass(frozen=True)
class Edge:
    """A row of the source: it leads from one record to another."""

    start: int
    next: int
    factors: tuple[Factor, ...]


def take_in(work: Work, form: Form, rows: set[Row]) -> list[Touch]:
    """Follow changed rows of the source; gives what changed of the walk's rows. Refused when they close a circle."""
    had, now = _had(work, form, rows), {row: edge for row in rows if (edge := _edge(work, form, row)) is not None}
    starts: set[int] = set()
    for row in sorted(rows):
        old, new = had.get(row), now.get(row)
        if old != new:
            starts |= {edge.start for edge in (old, new) if edge is not None}
            _note(work, form, row, old, new)
    table = work.layout.table(form.name)
    leading = records.related(work.conn, table.c.start, table.c.reached, starts) - starts
    order = [*sorted(starts), *sorted(leading)]
    return [touch for start in order for touch in _write(work, form, start, _ways(work, form, start))]


def rebuild(work: Work, form: Form, rows: Iterable[Record]) -> list[Touch]:
    """Walk everything anew; a row that would close a circle leads nowhere."""
    table, contribution = work.layout.table(form.name), tables.contribution
    work.conn.execute(delete(contribution).where(contribution.c.form == form.name))
    source, computed = next(iter(computed_of(form).sources)), computed_of(form)
    starts = set(work.conn.execute(select(table.c.start).distinct()).scalars())
    for row in rows:
        edge = _leads(work, computed, row)
        if edge is not None and row.id is not None:
            _note(work, form, (source, row.id), None, edge)
            starts.add(edge.start)
    touches = []
    for start in sorted(starts):
        touches += _write(work, form, start, _ways(work, form, start, strict=False))
    return touches


def drifts(work: Work, form: Form) -> Iterator[tuple[int, Counter[Way], Counter[Way]]]:
    """The starts from which other rows are kept than follow from the source: what is kept too much, what is missing."""
    table = work.layout.table(form.name)
    contribution = tables.contribution
    known = select(contribution.c.target).where(contribution.c.form == form.name).distinct()
    starts = {*work.conn.execute(select(table.c.start).distinct()).scalars(), *work.conn.execute(known).scalars()}
    for start in sorted(starts):
        kept = Counter(way for _, way in _stored(work, form, start))
        right = Counter(_ways(work, form, start, strict=False))
        if kept != right:
            yield start, kept - right, right - kept


# -- rows that lead on -------------------------------------------------------------------------------------------------


def _edge(work: Work, form: Form, row: Row) -> Edge | None:
    computed = computed_of(form)
    record = work.row(computed.sources[row[0]].shape, row[1])
    return None if record is None else _leads(work, computed, record)


def _leads(work: Work, computed: Computed, record: Record) -> Edge | None:
    """Where a record (or line) of the source leads; None: nowhere."""
    [source], steps = computed.sources.values(), steps_of(computed)
    if source.where is not None and not work.value(source.where, None, row=record):
        return None
    start, following = (work.value(typed, None, row=record) for typed in (steps.start, steps.next))
    if start is None or following is None:
        return None
    return Edge(start.id, following.id, tuple(work.value(typed, None, row=record) for typed in steps.factors.values()))


def steps_of(computed: Computed) -> Steps:
    """How a walk goes on."""
    assert computed.steps is not None
    return computed.steps


def _had(work: Work, form: Form, rows: Iterable[Row]) -> dict[Row, Edge]:
    table, found = tables.contribution, {}
    ids = sorted(id for _, id in rows)
    for start in range(0, len(ids), CHUNK):
        query = select(table.c.source, table.c.row, table.c.target, table.c.amounts)
        query = query.where(table.c.form == form.name, table.c.row.in_(ids[start : start + CHUNK]))
        for one in work.conn.execute(query):
            found[one.source, one.row] = _read(one.target, one.amounts)
    return found


def _read(start: int, amounts: list[str | None]) -> Edge:
    factors = tuple(None if text is None else Decimal(text) for text in amounts[1:])
    return Edge(start, int(amounts[0] or 0), factors)


def _note(work: Work, form: Form, row: Row, old: Edge | None, new: Edge | None) -> None:
    table = tables.contribution
    which = (table.c.form == form.name, table.c.source == row[0], table.c.row == row[1])
    if new is None:
        work.conn.execute(delete(table).where(*which))
        return
    factors = [None if factor is None else format(factor, "f") for factor in new.factors]
    values = {"target": new.start, "amounts": [str(new.next), *factors]}
    if old is None:
        work.conn.execute(insert(table).values(form=form.name, source=row[0], row=row[1], **values))
    else:
        work.conn.execute(update(table).where(*which).values(values))


def _following(work: Work, form: Form, starts: Iterable[int], known: dict[int, list[Edge]]) -> None:
    """Read where these records lead into `known`, level by level until the end."""
    table, waiting = tables.contribution, {id for id in starts if id not in known}
    while waiting:
        ids = sorted(waiting)[:CHUNK]
        known.update({id: [] for id in ids})
        query = select(table.c.target, table.c.amounts).where(table.c.form == form.name, table.c.target.in_(ids))
        for one in work.conn.execute(query.order_by(table.c.source, table.c.row)):
            known[one.target].append(_read(one.target, one.amounts))
        waiting = {edge.next for edges in known.values() for edge in edges if edge.next not in known}


def _ways(work: Work, form: Form, start: int, *, strict: bool = True) -> list[Way]:
    """All ways on from a record. Refused when one comes back to where it was; not `strict`: it ends there."""
    known: dict[int, list[Edge]] = {}
    _following(work, form, [start], known)
    shape, found = steps_of(computed_of(form)).shape, []
    one: tuple[Factor, ...] = tuple(Decimal(1) for _ in steps_of(computed_of(form)).factors)
    waiting: list[tuple[int, tuple[int, ...], tuple[Factor, ...]]] = [(start, (start,), one)]
    while waiting:
        at, path, factors = waiting.pop()
        for edge in known[at]:
            if edge.next in path:
                if strict:
                    chain = [*path[path.index(edge.next) :], edge.next]
                    raise Refused(problem(WALK_CIRCLE, chain=" → ".join(work.title_of(shape, id) for id in chain)))
                continue
            reached = tuple(_times(a, b) for a, b in zip(factors, edge.factors, strict=True))
            found.append((edge.next, len(path), not known[edge.next], reached))
            if len(found) > MOST:
                raise Refused(problem(WALK_LONG, start=work.title_of(shape, start), most=MOST))
            waiting.append((edge.next, (*path, edge.next), reached))
    return found


def _times(one: Factor, other: Factor) -> Factor:
    return None if one is None or other is None else numbers.multiply(one, other)


# -- what is kept ------------------------------------------------------------------------------------------------------


def _stored(work: Work, form: Form, start: int) -> list[tuple[int, Way]]:
    table = work.layout.table(form.name)
    names = tuple(steps_of(computed_of(form)).factors)
    query = select(table.c.id, table.c.reached, table.c.depth, table.c.last, *(table.c[name] for name in names))
    rows = work.conn.execute(query.where(table.c.start == start).order_by(table.c.id))
    return [(row[0], (row[1], int(row[2]), bool(row[3]), tuple(row[4:]))) for row in rows]


def _write(work: Work, form: Form, start: int, ways: Iterable[Way]) -> list[Touch]:
    """Let the kept rows of a start be these ways; those that are the same stay."""
    wanted, touches = Counter(ways), []
    for id, way in _stored(work, form, start):
        if wanted[way] > 0:
            wanted[way] -= 1
            continue
        record = work.row(form.name, id)
        assert record is not None
        touches.append(gone(form.name, record, form.fields))
        records.delete(work.conn, work.layout, form.name, id)
        work.lose(form.name, id)
        work.moved[form.name, id] = None
    for way in sorted(wanted.elements(), key=repr):
        touches.append(_enter(work, form, start, way))
    return touches


def _enter(work: Work, form: Form, start: int, way: Way) -> Touch:
    reached, depth, last, factors = way
    record = work.blank(form.name)
    values: dict[str, Any] = {"start": start, "reached": reached, "depth": Decimal(depth), "last": last}
    names = steps_of(computed_of(form)).factors
    record.values.update(dict.fromkeys(ALWAYS), created_at=work.now, updated_at=work.now)
    record.values.update(values, **dict(zip(names, factors, strict=True)))
    formulas(work, form, record)
    record.title = work.render(form.record_title, LANGUAGES[0], record).strip()
    now = {name: record.values.get(name) for name in (*ALWAYS, *columns(form.fields))}
    more = {"version": 1, "_title": record.title, "_definition": form.digest}
    record.id, record.version = records.insert(work.conn, work.layout, form.name, {**now, **more}), 1
    work.enter(record)
    work.kept[form.name, record.id] = Kept(dict(now), {}, record.title)
    work.moved[form.name, record.id] = None
    return Touch(form.name, record.id, {}, now, frozenset((*now, "id", "_title")))
