"""Storing a record and keeping right whatever depends on it, in the same transaction.

Why: a stored formula may add up another form's lines or follow a reference. Whoever writes a record therefore finds,
from the catalog's dependencies, the records that read what was changed, and runs their formulas, and so on until
nothing changes any more. Nothing else in the engine writes to a form's tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from engine.definitions.model import Dependency, Form, FormField
from engine.expressions.tree import Hop
from engine.problems import Refused, problem
from engine.problems.record import LOOP
from engine.runtime.compute import formulas
from engine.runtime.record import Record
from engine.runtime.work import Kept, Work
from engine.storage import records
from engine.texts import LANGUAGES

ROUNDS_LIMIT = 200
"""How many waves of dependent records one change may set off before it is taken for a loop."""

ALWAYS = ("state", "state_since", "owner", "created_by", "created_at", "updated_by", "updated_at")
"""System members that are stored with every record."""


@dataclass(frozen=True)
class Touch:
    """A stored row that changed: which of its members, and their values before and after (for inverse references).

    `parent` is the id of the record that holds the line, None for a record.
    """

    shape: str
    id: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    names: frozenset[str]
    parent: int | None = None


def insert(work: Work, form: Form, record: Record) -> None:
    """Store a new record with its lines; its title and the formulas that need its id follow."""
    now = {n: record.values.get(n) for n in (*ALWAYS, *_columns(form.fields))}
    record.id = records.insert(
        work.conn, work.layout, form.name, {**now, "version": 1, "_title": "", "_definition": form.digest}
    )
    record.version = 1
    work.enter(record)
    work.kept[form.name, record.id] = Kept(dict(now), {n: {} for n in form.line_forms()}, "")
    work.bumped.add((form.name, record.id))
    touches = [Touch(form.name, record.id, {}, now, frozenset((*now, "id", "_title")))]
    for name, found in form.line_forms().items():
        touches.extend(_store_lines(work, record, name, found))
    formulas(work, form, record)
    spread(work, [*touches, *store(work, form, record)])


def update(work: Work, form: Form, record: Record) -> bool:
    """Store what changed of a record and spread it; False when nothing did. The version grows once in a work."""
    assert record.id is not None
    work.kept.setdefault((form.name, record.id), Kept({}, {}, ""))
    touches = store(work, form, record, bump=True)
    spread(work, touches)
    return bool(touches)


def bump(work: Work, form: Form, record: Record) -> None:
    """Let the version grow if it hasn't in this work: something was done to the record, whatever it changed."""
    assert record.id is not None
    key = (form.name, record.id)
    if key not in work.bumped:
        work.bumped.add(key)
        record.version += 1
        records.update(work.conn, work.layout, form.name, record.id, {"version": record.version})


def delete(work: Work, form: Form, record: Record) -> None:
    """Delete a record and its lines; what read it is computed anew."""
    assert record.id is not None
    touches = [_gone(form.name, record, form.fields, None)]
    for name, found in form.line_forms().items():
        for line in record.value(name) or []:
            touches.append(_gone(f"{form.name}.{name}", line, found.columns, record.id))
    owners = _owners(work, touches)
    records.delete(work.conn, work.layout, form.name, record.id)
    for touch in touches:
        work.lose(touch.shape, touch.id)
    spread(work, [], {o for o in owners if o != (form.name, record.id)})


def store(work: Work, form: Form, record: Record, *, bump: bool = False) -> list[Touch]:
    """Write a stored record's changed columns, lines and title; give what changed. Doesn't spread."""
    assert record.id is not None
    key = (form.name, record.id)
    kept = work.kept[key]
    touches: list[Touch] = []
    for name, found in form.line_forms().items():
        if name in record.values:
            touches.extend(_store_lines(work, record, name, found))
    title = work.render(form.record_title, LANGUAGES[0], record).strip()
    now = {n: record.values.get(n) for n in (*ALWAYS, *_columns(form.fields))}
    changed = {n: v for n, v in now.items() if kept.values.get(n) != v}
    if not changed and not touches and title == kept.title:
        return []
    if bump and (changed or touches) and key not in work.bumped:
        work.bumped.add(key)
        record.version += 1
        record.values["updated_at"] = changed["updated_at"] = work.now
        record.values["updated_by"] = changed["updated_by"] = work.actor.id
    written = {**changed, "version": record.version, "_definition": form.digest}
    if title != kept.title:
        written["_title"] = record.title = title
    records.update(work.conn, work.layout, form.name, record.id, written)
    names = frozenset((*changed, *(("_title",) if title != kept.title else ())))
    touches.append(Touch(form.name, record.id, dict(kept.values), {**kept.values, **changed}, names))
    kept.values.update(changed)
    kept.title = title
    return touches


def _store_lines(work: Work, record: Record, name: str, found: FormField) -> list[Touch]:
    assert record.id is not None
    shape = f"{record.shape}.{name}"
    lines: list[Record] = record.value(name) or []
    known = work.kept[record.shape, record.id].lines.setdefault(name, {})
    happened = work.happened.get((record.shape, record.id))
    if happened is not None:
        happened.lines.setdefault(name, {id: dict(values) for id, values in known.items()})
    touches: list[Touch] = []
    columns = _columns(found.columns)
    staying = {line.id for line in lines if line.id is not None}
    for id in [i for i in known if i not in staying]:
        records.delete(work.conn, work.layout, shape, id)
        before = known.pop(id)
        work.lose(shape, id)
        touches.append(Touch(shape, id, before, {}, frozenset((*columns, "id", "parent")), record.id))
    order = list(known)
    for position, line in enumerate(lines):
        now = {n: line.values.get(n) for n in columns}
        line.parent = record
        if line.id is None:
            values = {**now, "parent_id": record.id, "position": position}
            line.id = records.insert(work.conn, work.layout, shape, values)
            work.enter(line)
            touches.append(Touch(shape, line.id, {}, now, frozenset((*columns, "id", "parent")), record.id))
        else:
            work.enter(line)
            before = known[line.id]
            changed = {n: v for n, v in now.items() if before.get(n) != v}
            if position >= len(order) or order[position] != line.id:
                changed["position"] = position
            if not changed:
                continue
            records.update(work.conn, work.layout, shape, line.id, changed)
            touches.append(Touch(shape, line.id, before, now, frozenset(changed), record.id))
        known[line.id] = now
    return touches


def _gone(shape: str, row: Record, fields: Mapping[str, FormField], parent: int | None) -> Touch:
    assert row.id is not None
    names = _columns(fields)
    before = {n: row.values.get(n) for n in (*ALWAYS, *names)}
    return Touch(shape, row.id, before, {}, frozenset((*before, "id", "parent", "_title")), parent)


def _columns(fields: Mapping[str, FormField]) -> list[str]:
    """The names of the fields that have a column."""
    return [n for n, f in fields.items() if f.stored and f.field.column() is not None]


def refresh(work: Work, form: Form) -> None:
    """Run the formulas of all records of a form: one of them is new, or is kept in another way."""
    table = work.layout.table(form.name)
    for id in work.conn.execute(select(table.c.id).order_by(table.c.id)).scalars().all():
        record = work.row(form.name, id)
        if record is not None:
            formulas(work, form, record)
            spread(work, store(work, form, record))
            work.forget(record)


# -- what depends on it ------------------------------------------------------------------------------------------------


def spread(work: Work, touches: Iterable[Touch], owners: set[tuple[str, int]] | None = None) -> None:
    """Run the formulas of all records that read what was touched, wave by wave, until nothing changes.

    Raises Refused when it doesn't come to rest.
    """
    waiting = set(owners or ()) | _owners(work, touches)
    for _ in range(ROUNDS_LIMIT):
        if not waiting:
            return
        found: list[Touch] = []
        for shape, id in sorted(waiting):
            record = work.row(shape, id)
            if record is None:
                continue
            form = work.form(shape)
            formulas(work, form, record)
            found.extend(store(work, form, record, bump=(shape, id) in work.happened))
        waiting = _owners(work, found)
    raise Refused(problem(LOOP, limit=ROUNDS_LIMIT, what=", ".join(sorted({s for s, _ in waiting}))))


def _owners(work: Work, touches: Iterable[Touch]) -> set[tuple[str, int]]:
    """The records whose stored formulas read what was touched."""
    found: set[tuple[str, int]] = set()
    for touch in touches:
        for name in touch.names:
            for dependency in work.catalog.dependents.get((touch.shape, name), ()):
                found |= _walk_back(work, dependency, touch)
    return found


def _walk_back(work: Work, dependency: Dependency, touch: Touch) -> set[tuple[str, int]]:
    """From a touched row against the hops to the records that the formula belongs to."""
    shapes = _shapes(work, dependency)
    at, ids = touch.shape, {touch.id}
    changed: Touch | None = touch
    for hop, owner in zip(reversed(dependency.hops), reversed(shapes[:-1]), strict=True):
        ids = _back(work, hop, owner, at, ids, changed)
        at, changed = owner, None
        if not ids:
            return set()
    form, _, lines = at.partition(".")
    if lines:
        table = work.layout.table(at)
        ids = set(work.conn.execute(select(table.c.parent_id).where(table.c.id.in_(ids))).scalars().all())
    return {(form, id) for id in ids}


def _shapes(work: Work, dependency: Dependency) -> list[str]:
    """The shape before each hop, and at last the one that is read."""
    shapes = [dependency.shape]
    for hop in dependency.hops:
        at = shapes[-1]
        if hop.kind == "reference":
            shapes.append(work.target(at, hop.name) or hop.shape)
        elif hop.kind == "lines":
            shapes.append(f"{at}.{hop.name}")
        elif hop.kind == "parent":
            shapes.append(at.partition(".")[0])
        else:
            shapes.append(hop.shape)
    return shapes


def _back(work: Work, hop: Hop, owner: str, at: str, ids: set[int], changed: Touch | None) -> set[int]:
    table = work.layout.table(owner)
    if hop.kind == "reference":
        return set(work.conn.execute(select(table.c.id).where(table.c[hop.name].in_(ids))).scalars().all())
    if hop.kind == "parent":
        return set(work.conn.execute(select(table.c.id).where(table.c.parent_id.in_(ids))).scalars().all())
    if hop.kind == "lines":
        if changed is not None and changed.parent is not None:
            return {changed.parent}
        lines = work.layout.table(at)
        return set(work.conn.execute(select(lines.c.parent_id).where(lines.c.id.in_(ids))).scalars().all())
    if changed is not None:
        return {v for v in (changed.before.get(hop.name), changed.after.get(hop.name)) if v is not None}
    target = work.layout.table(at)
    query = select(target.c[hop.name]).where(target.c.id.in_(ids))
    return {v for v in work.conn.execute(query).scalars().all() if v is not None}
