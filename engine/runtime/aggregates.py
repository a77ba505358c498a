"""Keeping aggregates: each record of a source brings its share to one row, in the transaction that writes the record.

Why: stock, claims of a day, what is open of a contract must be right at every moment and for everybody at once. What
each record brought last is remembered (`sys_contribution`), so a change takes the old share back and adds the new one,
whatever made it change: the record itself, a state, a record it refers to. Sums and counts follow by that difference;
other formulas are computed anew for the one row. Rows are locked before they are read, lowest id first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select, update

from engine.columns import POSTGRESQL
from engine.definitions.compile_computed import total_name
from engine.definitions.model import Computed, Form
from engine.expressions import numbers
from engine.runtime.before import Image, Kept
from engine.runtime.compute import field_value
from engine.runtime.record import Record
from engine.runtime.shares import Key, Share, Shares
from engine.runtime.storing import ALWAYS, Touch, Writes, columns, gone, store
from engine.runtime.work import Work
from engine.storage import records, tables
from engine.storage.putting import put

Row = tuple[str, int]
"""A row of a source: the source's name, the id of its record or line."""

CHUNK = 500


class Had(NamedTuple):
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
        change = numbers.add if sign > 0 else numbers.subtract
        self.amounts = [change(a, b) for a, b in zip(self.amounts, amounts, strict=True)]


def again(work: Work, form: Form, record: Record) -> list[Touch]:
    """Run the formulas of one computed row: something that they read elsewhere has changed."""
    assert record.id is not None
    return recompute(work, form, record, totals_of(work, form, [record.id])[record.id].amounts)


# -- one change --------------------------------------------------------------------------------------------------------


def take_in(work: Work, form: Form, rows: set[Row], fresh: Collection[Row] = ()) -> list[Touch]:
    """Take back what these rows brought, add what they bring now, and compute the targets anew. Those of them that are
    `fresh` have just come to be, so they brought nothing."""
    computed = computed_of(form)
    ordered = sorted(rows)
    had = _had(work, form, [row for row in ordered if row not in fresh])
    _read(work, computed, ordered)
    now = _shares(work, form, ordered)
    keys = {share.key for share in now.values()}
    targets = _find(work, form, keys)
    known = sorted({*targets.values(), *(h.target for h in had.values())})
    _lock(work, form, known)
    totals = totals_of(work, form, known)
    fresh = sorted(keys - targets.keys(), key=repr)
    for key, record in zip(fresh, enter(work, form, [blank(work, form, key) for key in fresh]), strict=True):
        assert record.id is not None
        targets[key] = record.id
        totals[record.id] = Sum(0, [numbers.ZERO for _ in computed.terms])
    there = {target for target, total in totals.items() if total.rows}
    changed = _note(work, form, ordered, had, now, targets)
    for old in had.values():
        totals[old.target].add(old.amounts, -1)
    for share in now.values():
        totals[targets[share.key]].add(share.amounts, 1)
    work.rows(form.name, sorted(totals))
    _keep(work, form, {target: totals[target] for target in changed}, there)
    writes = Writes()
    touches = [touch for target in sorted(totals) for touch in _settle(work, form, target, totals[target], writes)]
    writes.write(work)
    return touches


def _read(work: Work, computed: Computed, rows: Iterable[Row]) -> None:
    """Let the work know these rows of the sources, read together."""
    ids: dict[str, list[int]] = {}
    for source, id in rows:
        ids.setdefault(computed.sources[source].shape, []).append(id)
    for shape, some in ids.items():
        if len(some) > 1 and "." not in shape:
            work.rows(shape, some)


def _settle(work: Work, form: Form, target: int, total: Sum, writes: Writes) -> list[Touch]:
    """Compute a target anew, or remove it when nothing brings anything any more."""
    record = work.row(form.name, target)
    assert record is not None
    return vanish(work, form, record) if total.rows == 0 else recompute(work, form, record, total.amounts, writes)


def _keep(work: Work, form: Form, totals: Mapping[int, Sum], there: Collection[int]) -> None:
    """Write totals that have changed; those of `there` have been written before."""
    table = tables.total
    which = (table.c.form == form.name, table.c.target == bindparam("the_target"))
    gone = [{"the_target": target} for target, total in totals.items() if not total.rows]
    new = [
        {"form": form.name, "target": target, "rows": total.rows, "amounts": texts(total.amounts)}
        for target, total in totals.items() if total.rows and target not in there
    ]  # fmt: skip
    moved = [
        {"the_target": target, "the_rows": total.rows, "the_amounts": texts(total.amounts)}
        for target, total in totals.items() if total.rows and target in there
    ]  # fmt: skip
    values = {"rows": bindparam("the_rows"), "amounts": bindparam("the_amounts", type_=table.c.amounts.type)}
    put(work.conn, table, new)
    for statement, some in ((delete(table).where(*which), gone), (update(table).where(*which).values(values), moved)):
        if some:
            work.conn.execute(statement, some)


def _note(
    work: Work,
    form: Form,
    rows: Iterable[Row],
    had: Mapping[Row, Had],
    now: Mapping[Row, Share],
    targets: Mapping[Key, int],
) -> set[int]:
    """Remember what the rows bring now; gives the targets whose totals change."""
    table = tables.contribution
    changed: set[int] = set()
    gone: list[dict[str, Any]] = []
    fresh: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    for row in rows:
        old, share = had.get(row), now.get(row)
        new = Had(targets[share.key], share.amounts) if share is not None else None
        if old == new:
            continue
        changed.update(found.target for found in (old, new) if found is not None)
        which = {"the_source": row[0], "the_row": row[1]}
        if new is None:
            gone.append(which)
        elif old is None:
            fresh.append({"source": row[0], "row": row[1], "target": new.target, "amounts": texts(new.amounts)})
        else:
            moved.append({**which, "the_target": new.target, "the_amounts": texts(new.amounts)})
    this = (
        table.c.form == form.name, table.c.source == bindparam("the_source"), table.c.row == bindparam("the_row"),
    )  # fmt: skip
    values = {"target": bindparam("the_target"), "amounts": bindparam("the_amounts", type_=table.c.amounts.type)}
    put(work.conn, table, fresh, {"form": form.name})
    for statement, some in ((delete(table).where(*this), gone), (update(table).where(*this).values(values), moved)):
        if some:
            work.conn.execute(statement, some)
    return changed


def recompute(
    work: Work, form: Form, record: Record, amounts: Iterable[Decimal], writes: Writes | None = None
) -> list[Touch]:
    """Run the stored formulas with these totals and store what changed (or leave it to `writes`); the row's rules are to
    be checked."""
    assert record.id is not None
    before = dict(record.values)
    _run(work, form, record, amounts)
    if record.values != before:
        record.values["updated_at"] = work.now
    _moving(work, form, record.id)
    new = not work.kept[form.name, record.id].values
    touches = store(work, form, record, writes=writes)
    return [touch._replace(names=touch.names | {"id"}) for touch in touches] if new else touches


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


def enter(work: Work, form: Form, new: Sequence[Record]) -> Sequence[Record]:
    """Store new rows with their keys, and give them; their formulas are still to be run."""
    names = (*ALWAYS, *columns(form.fields))
    rows = [
        {**{name: record.values.get(name) for name in names}, "version": 1, "_title": "", "_definition": form.digest}
        for record in new
    ]
    ids = records.insert_first(work.conn, work.layout, form.name, rows, computed_of(form).keys)
    for record, id in zip(new, ids, strict=True):
        record.id, record.version = id, 1
        work.enter(record)
        work.kept[form.name, id] = Kept({}, {}, "")
    return new


def vanish(work: Work, form: Form, record: Record) -> list[Touch]:
    """Remove a row that nothing brings anything to."""
    assert record.id is not None
    touch = gone(form.name, record, form.fields)
    _moving(work, form, record.id)
    records.delete(work.conn, work.layout, form.name, record.id)
    work.lose(form.name, record.id)
    return [touch]


def _moving(work: Work, form: Form, id: int) -> None:
    """A row changes, comes or goes: its rules are to be checked, and automations to see how it stood before."""
    work.moved[form.name, id] = None
    if form.name in work.catalog.listening:
        values = dict(work.kept[form.name, id].values)
        work.images.setdefault((form.name, id), Image(values, {}, bool(values)))


# -- shares ------------------------------------------------------------------------------------------------------------


def _shares(work: Work, form: Form, rows: Iterable[Row]) -> dict[Row, Share]:
    """What these rows bring; those that are gone, or bring nothing, aren't in it."""
    sources = computed_of(form).sources
    shares = {name: Shares(work, form, source) for name, source in sources.items()}
    found: dict[Row, Share] = {}
    for row in rows:
        record = work.row(sources[row[0]].shape, row[1])
        share = shares[row[0]].of(record) if record is not None else None
        if share is not None:
            found[row] = share
    return found


def bringing(work: Work, rows: Iterable[Row], form: Form) -> set[int]:
    """The ids of this form's records that bring something to these rows of computed forms, themselves or by their lines.
    Empty when that isn't all: something else brings to one of them."""
    targets: dict[str, list[int]] = {}
    for name, id in rows:
        targets.setdefault(name, []).append(id)
    found: set[int] = set()
    table = tables.contribution
    for name, ids in targets.items():
        for source in computed_of(work.form(name)).sources.values():
            of, _, lines = source.shape.partition(".")
            if of != form.name or "." in lines:
                return set()
            which = (table.c.form == name, table.c.source == source.name)
            brought = records.related(work.conn, table.c.row, table.c.target, ids, *which)
            lined = work.layout.table(source.shape) if lines else None
            found |= brought if lined is None else records.related(work.conn, lined.c.parent_id, lined.c.id, brought)
    return found


def _had(work: Work, form: Form, rows: Iterable[Row]) -> dict[Row, Had]:
    """What these rows brought until now."""
    table, found = tables.contribution, {}
    by_source: dict[str, list[int]] = {}
    for source, id in rows:
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


def _find(work: Work, form: Form, keys: Iterable[Key]) -> dict[Key, int]:
    """The ids of the rows with these keys, those that are there."""
    return records.find_many(work.conn, work.layout, form.name, computed_of(form).keys, sorted(keys, key=repr))


def _lock(work: Work, form: Form, ids: list[int]) -> None:
    """Let nobody else change these rows until this transaction ends, on databases where several may write."""
    table = work.layout.table(form.name)
    for start in range(0, len(ids), CHUNK) if work.conn.dialect.name == POSTGRESQL else ():
        some = ids[start : start + CHUNK]
        work.conn.execute(select(table.c.id).where(table.c.id.in_(some)).order_by(table.c.id).with_for_update())


def texts(amounts: Iterable[Decimal]) -> list[str]:
    """Amounts as they are kept."""
    return [format(amount, "f") for amount in amounts]


def computed_of(form: Form) -> Computed:
    """How the form is computed."""
    assert form.computed is not None
    return form.computed
