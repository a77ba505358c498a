"""Storing a record and keeping right whatever depends on it, in the same transaction.

Why: a stored formula may add up another form's lines or follow a reference. Whoever writes a record therefore finds,
from the catalog's dependencies, the records that read what was changed, and runs their formulas, and so on until
nothing changes any more. Nothing else in the engine writes to a form's tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select

from engine.definitions.model import Catalog, Form, FormField
from engine.runtime import recount
from engine.runtime.before import Kept
from engine.runtime.compute import formulas
from engine.runtime.record import Record
from engine.runtime.settled import needing_id
from engine.runtime.spread import owners, spread
from engine.runtime.storing import ALWAYS, Touch, columns, gone, put_in_order, store, store_lines
from engine.runtime.work import Work
from engine.storage import records
from engine.storage.step import Change
from engine.storage.steps_tables import AddColumn, ChangeType
from engine.texts import LANGUAGES


def insert(work: Work, form: Form, record: Record) -> None:
    """Store a new record with its lines; its title and the formulas that need its id follow."""
    put_in_order(work, form, record)
    now = {n: record.values.get(n) for n in (*ALWAYS, *columns(form.fields))}
    record.id = records.insert(
        work.conn, work.layout, form.name, {**now, "version": 1, "_title": "", "_definition": form.digest}
    )
    record.version = 1
    work.enter(record)
    work.kept[form.name, record.id] = Kept(dict(now), {n: {} for n in form.line_forms()}, "", form.digest)
    work.bumped.add((form.name, record.id))
    touches = [Touch(form.name, record.id, {}, now, frozenset((*now, "id", "_title")))]
    touches.extend(store_lines(work, form, record))
    formulas(work, form, record, needing_id(form, record))
    spread(work, [*touches, *store(work, form, record)])


def insert_many(work: Work, form: Form, new: Sequence[Record]) -> None:
    """Store new records with their lines, a statement for each table; their titles and formulas must not need their ids."""
    if not new:
        return
    names = (*ALWAYS, *columns(form.fields))
    now = [{n: record.values.get(n) for n in names} for record in new]
    env, variables = work.passing()
    for record in new:
        put_in_order(work, form, record)
        record.version = 1
        variables["this"] = variables["row"] = record
        record.title = work.rendered(form.record_title, LANGUAGES[0], env).strip()
    titles = [record.title for record in new]
    alike = {"version": 1, "_definition": form.digest}
    touches: list[Touch] = []
    touched = frozenset((*names, "id", "_title"))
    ids = records.insert_many(work.conn, work.layout, form.name, now, alike, {"_title": titles})
    for record, values, id in zip(new, now, ids, strict=True):
        record.id = id
        work.enter(record)
        work.kept[form.name, id] = Kept(values, {n: {} for n in form.line_forms()}, record.title)
        touches.append(Touch(form.name, id, {}, values, touched))
    work.bumped.update((form.name, id) for id in ids)
    for name, found in form.line_forms().items():
        touches += _insert_lines(work, form, name, found, new)
    spread(work, touches)


def _insert_lines(work: Work, form: Form, name: str, found: FormField, new: Sequence[Record]) -> list[Touch]:
    shape, names = f"{form.name}.{name}", columns(found.columns)
    above = name.rpartition(".")[0]
    holders = [(record, line) for record in new for line in (record.lines(above) if above else (record,))]
    lines = [
        (record, holder, place, line)
        for record, holder in holders
        for place, line in enumerate(holder.value(found.name) or [])
    ]
    now = [{n: line.values.get(n) for n in names} for _, _, _, line in lines]
    beside: dict[str, list[int | None]] = {
        "parent_id": [holder.id for _, holder, _, _ in lines], "position": [place for _, _, place, _ in lines],
    }  # fmt: skip
    touches: list[Touch] = []
    touched = frozenset((*names, "id", "parent"))
    ids = records.insert_many(work.conn, work.layout, shape, now, beside=beside)
    for id, values, (record, holder, _, line) in zip(ids, now, lines, strict=True):
        assert record.id is not None
        line.id, line.parent = id, holder
        work.enter(line)
        work.kept[form.name, record.id].lines[name][id] = {**values, "parent": holder.id}
        touches.append(Touch(shape, id, {}, values, touched, holder.id, record.id))
    return touches


def update(work: Work, form: Form, record: Record) -> bool:
    """Store what changed of a record and spread it; False when nothing did. The version grows once in a work."""
    assert record.id is not None
    put_in_order(work, form, record)
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
    touches = [gone(form.name, record, form.fields)]
    for name, found in form.line_forms().items():
        for line in record.lines(name):
            touches.append(gone(f"{form.name}.{name}", line, found.columns))
    readers = owners(work, touches)
    records.delete(work.conn, work.layout, form.name, record.id)
    for touch in touches:
        work.lose(touch.shape, touch.id)
    readers.pop((form.name, record.id), None)
    spread(work, touches, readers)


def refresh(work: Work, form: Form) -> None:
    """Run the formulas of all records of a form: one of them is new, or is kept in another way."""
    table = work.layout.table(form.name)
    for id in work.conn.execute(select(table.c.id).order_by(table.c.id)).scalars().all():
        record = work.row(form.name, id)
        if record is not None:
            formulas(work, form, record)
            spread(work, store(work, form, record))
            work.forget(record)


def catch_up(work: Work, done: Iterable[Change], before: Mapping[str, str]) -> None:
    """Compute what changed definitions ask for: stored formulas that are new or kept in another way, and the computed
    forms with another definition of their own or of a source. `before`: the forms' digests as last applied."""
    forms = work.catalog.forms
    stale = {c.form for c in done if isinstance(c, ChangeType) or (isinstance(c, AddColumn) and c.computed)}
    for name in sorted(stale & set(forms)):
        if forms[name].computed is None:
            refresh(work, forms[name])
    for form in forms.values():
        if form.computed is not None and _outdated(work.catalog, form, before):
            rebuild(work, form)


def _outdated(catalog: Catalog, form: Form, before: Mapping[str, str]) -> bool:
    assert form.computed is not None
    names = {form.name, *(source.shape.partition(".")[0] for source in form.computed.sources.values())}
    return any(catalog.forms[name].digest != before.get(name) for name in names if name in catalog.forms)


def rebuild(work: Work, form: Form) -> None:
    """Compute all of an aggregate anew, and what reads it. Neither its rules nor automations are asked: nobody is doing
    anything."""
    spread(work, recount.rebuild(work, form))
    work.moved.clear()
    work.images.clear()
