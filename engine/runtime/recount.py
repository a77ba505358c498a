"""All of an aggregate at once: computed anew from its sources, or compared with them.

Why: a new or changed definition, and an operator who doubts, need the whole truth, which is counted from the sources'
records alone and never from what was kept before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select

from engine.definitions.model import Form, Source
from engine.expressions import numbers
from engine.runtime import walks
from engine.runtime.aggregates import (
    CHUNK,
    Sum,
    blank,
    computed_of,
    enter,
    recompute,
    texts,
    totals_of,
    vanish,
)
from engine.runtime.compute import field_value
from engine.runtime.record import Record
from engine.runtime.shares import Key, Share, Shares
from engine.runtime.storing import Touch
from engine.runtime.work import Work
from engine.storage import tables
from engine.texts import LANGUAGES


def rows_of(work: Work, source: Source) -> Iterator[Record]:
    """Every record, or line, of a source's form, read in pieces that are forgotten again."""
    form, _, lines = source.shape.partition(".")
    table = work.layout.table(form)
    ids = work.conn.execute(select(table.c.id).order_by(table.c.id)).scalars().all()
    for start in range(0, len(ids), CHUNK):
        piece = Work(work.conn, work.catalog, work.layout, work.actor, work.now, work.zone)
        for record in piece.rows(form, ids[start : start + CHUNK]):
            if lines:
                yield from record.lines(lines)
            else:
                yield record


def rebuild(work: Work, form: Form) -> list[Touch]:
    """Compute all of an aggregate anew from its sources; rows whose key is still there keep their ids."""
    computed = computed_of(form)
    if computed.kind == "walk":
        [source] = computed.sources.values()
        return walks.rebuild(work, form, rows_of(work, source))
    for kept in (tables.contribution, tables.total):
        work.conn.execute(delete(kept).where(kept.c.form == form.name))
    totals: dict[Key, Sum] = {}
    brought: list[tuple[str, int, Share]] = []
    for source in computed.sources.values():
        shares = Shares(work, form, source)
        for record in rows_of(work, source):
            found = shares.of(record)
            if found is not None and record.id is not None:
                totals.setdefault(found.key, Sum(0, [numbers.ZERO for _ in computed.terms])).add(found.amounts, 1)
                brought.append((source.name, record.id, found))
    targets, touches = {}, []
    for record in _all(work, form):
        key = tuple(record.values.get(name) for name in computed.keys)
        if key in totals and key not in targets:
            targets[key] = record.id
        else:
            touches += vanish(work, form, record)
    fresh = sorted(totals.keys() - targets.keys(), key=repr)
    for key, record in zip(fresh, enter(work, form, [blank(work, form, key) for key in fresh]), strict=True):
        targets[key] = record.id
    _insert(work, form, brought, totals, targets)
    for key, target in targets.items():
        row = work.row(form.name, target or 0)
        assert row is not None
        touches += recompute(work, form, row, totals[key].amounts)
    return touches


def _insert(
    work: Work, form: Form, brought: Iterable[tuple[str, int, Share]], totals: Mapping[Key, Sum],
    targets: Mapping[Key, int | None],
) -> None:  # fmt: skip
    shares = [
        {"form": form.name, "source": s, "row": id, "target": targets[b.key], "amounts": texts(b.amounts)}
        for s, id, b in brought
    ]
    sums = [
        {"form": form.name, "target": targets[key], "rows": total.rows, "amounts": texts(total.amounts)}
        for key, total in totals.items()
    ]
    for table, rows in ((tables.contribution, shares), (tables.total, sums)):
        for start in range(0, len(rows), CHUNK):
            work.conn.execute(insert(table), rows[start : start + CHUNK])


def _all(work: Work, form: Form) -> list[Record]:
    table = work.layout.table(form.name)
    ids = work.conn.execute(select(table.c.id).order_by(table.c.id)).scalars().all()
    return work.rows(form.name, ids)


@dataclass(frozen=True)
class Drift:
    """Where an aggregate differs from its sources: the row's title, the field's name (empty: the row itself is missing
    or should not be there), what is kept and what is right."""

    row: str
    field: str
    kept: Any
    right: Any


def verify(work: Work, form: Form) -> list[Drift]:
    """Every difference between an aggregate's rows and its sources, counted from scratch. Empty: all is right."""
    computed = computed_of(form)
    if computed.kind == "walk":
        shape = walks.steps_of(computed).shape
        return [
            Drift(work.title_of(shape, s), "", list(much), list(less)) for s, much, less in walks.drifts(work, form)
        ]
    counts: dict[Key, int] = {}
    for source in computed.sources.values():
        shares = Shares(work, form, source)
        for record in rows_of(work, source):
            found = shares.of(record)
            if found is not None:
                counts[found.key] = counts.get(found.key, 0) + 1
    drifts, seen = [], set()
    kept = _all(work, form)
    totals = totals_of(work, form, [record.id for record in kept if record.id is not None])
    for record in kept:
        key = tuple(record.values.get(name) for name in computed.keys)
        seen.add(key)
        rows = totals[record.id or 0].rows
        if counts.get(key) != rows:
            drifts.append(Drift(record.title, "", rows, counts.get(key, 0)))
            continue
        drifts += _drifts(work, form, record)
    for key in sorted(counts.keys() - seen, key=repr):
        title = work.render(form.record_title, LANGUAGES[0], blank(work, form, key)).strip()
        drifts.append(Drift(title, "", 0, counts[key]))
    return drifts


def _drifts(work: Work, form: Form, record: Record) -> list[Drift]:
    """The stored fields of one row that aren't what their formulas give, each computed from those before it."""
    right, found = record.copy(), []
    for path in form.order:
        field = form.fields[path[0]]
        if field.formula is None or not field.stored:
            continue
        value = right.values[field.name] = field_value(work, field, field.formula, right)
        if value != record.values.get(field.name):
            found.append(Drift(record.title, field.name, record.values.get(field.name), value))
    return found
