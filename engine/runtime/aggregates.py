"""Keeping aggregates: each record of a source brings its share to one row, in the transaction that writes the record.

Why: stock, claims of a day, what is open of a contract must be right at every moment and for everybody at once. What
each record brought last is remembered (`sys_contribution`), so a change takes the old share back and adds the new one,
whatever made it change: the record itself, a state, a record it refers to. Sums and counts follow by that difference;
other formulas are computed anew for the one row. Rows are locked before they are read, lowest id first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, select, update

from engine.definitions.compile_computed import total_name
from engine.definitions.model import Computed, Form, Source, Term
from engine.expressions import numbers
from engine.runtime.compute import field_value, kept_as, plain
from engine.runtime.record import Record
from engine.runtime.storing import ALWAYS, Touch, columns, gone, store
from engine.runtime.work import Kept, Work
from engine.storage import records, tables

Key = tuple[Any, ...]
Row = tuple[str, int]
"""A row of a source: the source's name, the id of its record or line."""

CHUNK = 500


@dataclass(frozen=True)
class Share:
    """What one row of a source brings, and to which key: an amount for each term."""

    key: Key
    amounts: tuple[Decimal, ...]


@dataclass(frozen=True)
class Had:
    """What one row brought until now: the target's id, and the amounts."""

    target: int
    amounts: tuple[Decimal, ...]


@dataclass
class Sum:
    """How the total of one target changes."""

    rows: int
    amounts: list[Decimal]

    def add(self, amounts: Iterable[Decimal], sign: int) -> None:
        """Add a share, or take it back."""
        self.rows += sign
        self.amounts = [numbers.total((a, b * sign)) for a, b in zip(self.amounts, amounts, strict=True)]


def again(work: Work, form: Form, record: Record) -> list[Touch]:
    """Run the formulas of one computed row: something that they read elsewhere has changed."""
    assert record.id is not None
    return recompute(work, form, record, totals_of(work, form, [record.id])[record.id].amounts)


# -- one change --------------------------------------------------------------------------------------------------------


def take_in(work: Work, form: Form, rows: set[Row]) -> list[Touch]:
    """Take back what these rows brought, add what they bring now, and compute the targets anew."""
    computed = computed_of(form)
    had = _had(work, form, rows)
    now = {row: share for row in sorted(rows) if (share := _share(work, form, computed, row)) is not None}
    targets = {key: id for key in {share.key for share in now.values()} if (id := _find(work, form, key)) is not None}
    known = sorted({*targets.values(), *(h.target for h in had.values())})
    _lock(work, form, known)
    totals = totals_of(work, form, known)
    touches: list[Touch] = []
    for key in sorted({share.key for share in now.values()} - targets.keys(), key=repr):
        record = blank(work, form, key)
        targets[key] = enter(work, form, record)
        totals[targets[key]] = Sum(0, [numbers.ZERO for _ in computed.terms])
    changed = _note(work, form, rows, had, now, targets)
    for old in had.values():
        totals[old.target].add(old.amounts, -1)
    for share in now.values():
        totals[targets[share.key]].add(share.amounts, 1)
    for target in sorted({*targets.values(), *(h.target for h in had.values())}):
        touches += _settle(work, form, target, totals[target], target in changed)
    return touches


def _settle(work: Work, form: Form, target: int, total: Sum, moved: bool) -> list[Touch]:
    """Store a target's totals and compute it, or remove it when nothing brings anything any more."""
    table = tables.total
    which = (table.c.form == form.name, table.c.target == target)
    record = work.row(form.name, target)
    assert record is not None
    if total.rows == 0:
        work.conn.execute(delete(table).where(*which))
        return vanish(work, form, record)
    if moved:
        values = {"rows": total.rows, "amounts": texts(total.amounts)}
        if not work.conn.execute(update(table).where(*which).values(values)).rowcount:
            work.conn.execute(insert(table).values(form=form.name, target=target, **values))
    return recompute(work, form, record, total.amounts)


def _note(
    work: Work, form: Form, rows: set[Row], had: Mapping[Row, Had], now: Mapping[Row, Share], targets: Mapping[Key, int]
) -> set[int]:
    """Remember what the rows bring now; gives the targets whose totals change."""
    table = tables.contribution
    changed: set[int] = set()
    for row in sorted(rows):
        old, share = had.get(row), now.get(row)
        new = Had(targets[share.key], share.amounts) if share is not None else None
        if old == new:
            continue
        changed |= {found.target for found in (old, new) if found is not None}
        which = (table.c.form == form.name, table.c.source == row[0], table.c.row == row[1])
        if new is None:
            work.conn.execute(delete(table).where(*which))
            continue
        values = {"target": new.target, "amounts": texts(new.amounts)}
        if old is None:
            work.conn.execute(insert(table).values(form=form.name, source=row[0], row=row[1], **values))
        else:
            work.conn.execute(update(table).where(*which).values(values))
    return changed


def recompute(work: Work, form: Form, record: Record, amounts: Iterable[Decimal]) -> list[Touch]:
    """Run the stored formulas with these totals and store what changed; the row's rules are to be checked."""
    assert record.id is not None
    before = dict(record.values)
    _run(work, form, record, amounts)
    if record.values != before:
        record.values["updated_at"] = work.now
    work.moved[form.name, record.id] = None
    new = not work.kept[form.name, record.id].values
    touches = store(work, form, record)
    return [replace(touch, names=touch.names | {"id"}) for touch in touches] if new else touches


def _run(work: Work, form: Form, record: Record, amounts: Iterable[Decimal]) -> None:
    computed = computed_of(form)
    variables = {total_name(number): amount for number, amount in enumerate(amounts)}
    for path in form.order:
        typed = computed.kept.get(path[0])
        if typed is not None:
            found = form.fields[path[0]]
            record.values[found.name] = field_value(work, found, typed, record, variables)


def blank(work: Work, form: Form, key: Key) -> Record:
    """A row with this key and nothing else, not stored."""
    record = work.blank(form.name)
    record.values.update(dict.fromkeys(ALWAYS))
    record.values.update(created_at=work.now, updated_at=work.now)
    record.values.update(zip(computed_of(form).keys, key, strict=True))
    return record


def enter(work: Work, form: Form, record: Record) -> int:
    """Store a new row with its key; its formulas are still to be run."""
    names = (*ALWAYS, *columns(form.fields))
    values = {name: record.values.get(name) for name in names}
    record.id = records.insert_first(
        work.conn, work.layout, form.name, {**values, "version": 1, "_title": "", "_definition": form.digest}
    )
    record.version = 1
    work.enter(record)
    work.kept[form.name, record.id] = Kept({}, {}, "")
    return record.id


def vanish(work: Work, form: Form, record: Record) -> list[Touch]:
    """Remove a row that nothing brings anything to."""
    assert record.id is not None
    touch = gone(form.name, record, form.fields, None)
    records.delete(work.conn, work.layout, form.name, record.id)
    work.lose(form.name, record.id)
    work.moved[form.name, record.id] = None
    return [touch]


# -- shares ------------------------------------------------------------------------------------------------------------


def _share(work: Work, form: Form, computed: Computed, row: Row) -> Share | None:
    """What a row brings; None when it is gone, isn't among the source's, or one of its key fields is empty."""
    source = computed.sources[row[0]]
    record = work.row(source.shape, row[1])
    return None if record is None else share(work, form, source, record)


def share(work: Work, form: Form, source: Source, record: Record) -> Share | None:
    """What a record (or line) of this source brings; None: nothing."""
    if source.where is not None and not work.value(source.where, None, row=record):
        return None
    key = []
    for name, by in source.by.items():
        value = kept_as(form.fields[name], plain(work.value(by, None, row=record)))
        if value is None:
            return None
        key.append(value)
    return Share(tuple(key), tuple(_amount(work, term, source, record) for term in computed_of(form).terms))


def _amount(work: Work, term: Term, source: Source, record: Record) -> Decimal:
    if term.source != source.name or not all(work.value(test, None, row=record) for test in term.conditions):
        return numbers.ZERO
    if term.value is None:
        return Decimal(1)
    value = work.value(term.value, None, row=record)
    if value is None:
        return numbers.ZERO
    return Decimal(1) if term.function == "COUNT" else Decimal(value)


def _had(work: Work, form: Form, rows: Iterable[Row]) -> dict[Row, Had]:
    """What these rows brought until now."""
    table, found = tables.contribution, {}
    by_source: dict[str, list[int]] = {}
    for source, id in sorted(rows):
        by_source.setdefault(source, []).append(id)
    for source, ids in by_source.items():
        for start in range(0, len(ids), CHUNK):
            some = ids[start : start + CHUNK]
            query = select(table.c.row, table.c.target, table.c.amounts)
            query = query.where(table.c.form == form.name, table.c.source == source, table.c.row.in_(some))
            for one in work.conn.execute(query):
                found[source, one.row] = Had(one.target, tuple(map(Decimal, one.amounts)))
    return found


def totals_of(work: Work, form: Form, targets: Iterable[int]) -> dict[int, Sum]:
    """The totals of these targets, nothing where there are none yet."""
    terms, table = computed_of(form).terms, tables.total
    found = {target: Sum(0, [numbers.ZERO for _ in terms]) for target in targets}
    ids = sorted(found)
    for start in range(0, len(ids), CHUNK):
        query = select(table.c.target, table.c.rows, table.c.amounts)
        query = query.where(table.c.form == form.name, table.c.target.in_(ids[start : start + CHUNK]))
        for one in work.conn.execute(query):
            found[one.target] = Sum(one.rows, list(map(Decimal, one.amounts)))
    return found


def _find(work: Work, form: Form, key: Key) -> int | None:
    found = records.find(work.conn, work.layout, form.name, dict(zip(computed_of(form).keys, key, strict=True)), 1)
    return found[0] if found else None


def _lock(work: Work, form: Form, ids: list[int]) -> None:
    """Let nobody else change these rows until this transaction ends, on databases where several may write."""
    table = work.layout.table(form.name)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        work.conn.execute(select(table.c.id).where(table.c.id.in_(some)).order_by(table.c.id).with_for_update())


def texts(amounts: Iterable[Decimal]) -> list[str]:
    """Amounts as they are kept."""
    return [format(amount, "f") for amount in amounts]


def computed_of(form: Form) -> Computed:
    """How the form is computed."""
    assert form.computed is not None
    return form.computed
