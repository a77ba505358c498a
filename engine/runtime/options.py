"""What a reference may point at, searched while a person types: records, people, departments.

Why: only what the person may see and what the definition allows is offered. The same search serves a form's field, a
line's column and what a button asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from markupsafe import escape
from sqlalchemy import ColumnElement, Text, cast, or_, select

from engine.definitions.model import Form, FormField
from engine.expressions import sql
from engine.expressions.tree import Get, Op, Var
from engine.expressions.walk import conjuncts
from engine.fields.base import Reader
from engine.markup import spoken
from engine.problems import Refused, problem
from engine.problems.access import NO_OPTIONS
from engine.runtime import access, keys
from engine.runtime.among import among
from engine.runtime.ask import WORDS, listed, pattern
from engine.runtime.compute import assigned
from engine.runtime.reader import reader as reader_of
from engine.runtime.reading import read_into
from engine.runtime.record import Record
from engine.runtime.sorting import order_term, titled
from engine.runtime.values import Pick
from engine.runtime.waiting import facts
from engine.runtime.work import Work
from engine.storage import tables
from engine.texts import Text as Words
from engine.texts import spoken_order

HITS = 20
"""How many are offered at a time."""

CANDIDATES = 500
"""How many lines of records are looked through for a search: their titles are not kept in a column."""


def options(
    work: Work, form: str, path: str, q: str = "", raw: Mapping[str, Any] | None = None, rows: Sequence[int] = ()
) -> tuple[Pick, ...]:
    """What may be chosen for a field: `customer`, `items.product` (of line `rows[0]` from 0), `ask:BUTTON.name`.

    `raw` is the form as typed so far, which conditions of the field may read. Raises Refused when it is no such field.
    """
    found, record = _field(work, work.form(form), path, raw or {}, rows)
    targets = found.field.targets()
    if not targets:
        raise Refused(problem(NO_OPTIONS, path=path[:80]))
    if len(targets) > 1:
        return _of_each(work, found, targets, q, record)
    target = targets[0]
    if target == "person":
        return _people(work, found, q, record)
    if target == "department":
        return _departments(work, found, q, record)
    if "." in target:
        return _lines(work, found, target, q, record)
    return _records(work, found, target, q, record)


def meant(
    work: Work, form: str, path: str, words: str, raw: Mapping[str, Any] | None = None, rows: Sequence[int] = ()
) -> Pick | None:
    """Which of the `options` of a field somebody means who types `words`: the one of that title, the one of that key, or
    the only hit. None when it is none of them, or several."""
    field = _field(work, work.form(form), path, raw or {}, rows)[0].field
    named, words = keys.form_named(work, field.targets(), words)
    found = [p for p in options(work, form, path, words, raw, rows) if p.shape in (*named, "")]
    exact = [p for p in found if p.title == words]
    hit = exact[0] if exact and (len(exact) == 1 or len(named) == 1) else found[0] if len(found) == 1 else None
    for target in named if hit is None and not exact else ():
        id = keys.find(work, target, words)
        if id is not None:
            titled_so = options(work, form, path, work.title_of(target, id), raw, rows)
            hit = hit or next((p for p in titled_so if p.id == id and p.shape in (target, "")), None)
    return hit


def fitting(
    work: Work, form: str, path: str, raw: Mapping[str, Any] | None = None, rows: Sequence[int] = ()
) -> dict[str, Any]:
    """What a new record must hold to be one that may be chosen for the field, by name, as programs send it: for
    `where: customer = this.customer` the customer that was typed. {} where the condition says nothing so plain, and
    without what the person didn't type: that may be hidden from them."""
    found, record = _field(work, work.form(form), path, raw or {}, rows)
    typed: list[Any] = [raw or {}]
    for name, row in zip(path.split(".")[:-1], rows, strict=False):
        lines = typed[-1].get(name)
        typed.append(lines[row] if isinstance(lines, list) and 0 <= row < len(lines) else {})
    out: dict[str, Any] = {}
    if found.where is None:
        return out
    for part in conjuncts(found.where.tree):
        match part:
            case Op(op="=", args=(Get(of=Var(name="row"), name=name), Get(of=of, name=source) as wanted)):
                above = 0
                while isinstance(of, Get) and of.name == "parent":
                    of, above = of.of, above + 1
                mine = isinstance(of, Var) and of.name == "this" and above < len(typed)
                held = typed[-1 - above] if mine else {}
                target = [f.fields[name] for t in found.field.targets() if name in (f := work.form(t)).fields]
                if source in held and target:
                    value = assigned(work, replace(found.where, tree=wanted, type=wanted.type), target[0], record)
                    out[name] = target[0].field.to_json(value)
    return {name: value for name, value in out.items() if value is not None}


def lacking(
    work: Work, form: str, path: str, raw: Mapping[str, Any] | None = None, rows: Sequence[int] = ()
) -> tuple[Words, ...]:
    """What has to be filled in before anything can be chosen there: the titles of the empty fields that the reference's
    `where` compares with, as the form is typed so far."""
    found, record = _field(work, work.form(form), path, raw or {}, rows)
    empty: list[Words] = []
    for read in sorted(found.where.reads if found.where is not None else (), key=lambda r: (len(r.hops), r.name)):
        holder: Record | None = record
        for hop in read.hops:
            holder = holder.parent if holder is not None and hop.kind == "parent" else None
        item = work.catalog.field(read.shape, read.name) if holder is not None else None
        if holder is not None and item is not None and holder.value(read.name) in (None, "", []):
            empty.append(item.title)
    return tuple(empty)


def own_line(found: FormField) -> bool:
    """Whether what a reference may point at depends on the very line it stands in."""
    return any(
        not read.hops and read.name != "parent" for read in (found.where.reads if found.where is not None else ())
    )


def picks(work: Work, shape: str, ids: Iterable[int]) -> dict[int, Pick]:
    """What chosen records are called, with facts where the person may see the record. Ids that don't exist are left
    out."""
    wanted = list(dict.fromkeys(ids))
    if shape in ("person", "department") or "." in shape:
        known = [r.id for r in work.rows(shape, wanted) if r.id is not None]
        return {id: Pick(id, work.title_of(shape, id), ()) for id in known}
    form = work.form(shape)
    known = [r.id for r in work.rows(shape, wanted) if r.id is not None]
    return {p.id: p for p in _with_facts(work, form, known)}


# -- inner -------------------------------------------------------------------------------------------------------------


def _field(work: Work, form: Form, path: str, raw: Mapping[str, Any], rows: Sequence[int]) -> tuple[FormField, Record]:
    """The field that a path names, and the record or line that it stands in, as typed so far."""
    if path.startswith("ask:"):
        button, _, name = path.removeprefix("ask:").partition(".")
        pressed = form.button(button)
        if pressed is not None and name in pressed.ask:
            return pressed.ask[name], _typed(work, form, raw)
        raise Refused(problem(NO_OPTIONS, path=path[:80]))
    record = _typed(work, form, raw)
    found = form.named(path)
    *lists, _ = path.split(".")
    for deep, name in enumerate(lists if found is not None else ()):
        lines, row = record.value(name) or [], rows[deep] if deep < len(rows) else None
        shape = f"{record.shape}.{name}"
        record = lines[row] if row is not None and 0 <= row < len(lines) else work.blank(shape, record)
    if found is None:
        raise Refused(problem(NO_OPTIONS, path=path[:80]))
    return found, record


def _typed(work: Work, form: Form, raw: Mapping[str, Any]) -> Record:
    """The record as typed so far; an existing one (`id` in raw) that the person may see with its own values beneath."""
    id = str(raw.get("id") or "")
    stored = work.row(form.name, int(id)) if id.isascii() and id.isdigit() and len(id) < 19 else None
    if stored is not None and "view" not in access.rights(work, form, stored).can:
        stored = None
    record = stored.copy() if stored is not None else work.blank(form.name)
    read_into(work, record, raw, form.fields)
    for name, found in form.fields.items():
        if stored is None and name not in record.values and not found.columns and found.default is not None:
            record.values[name] = assigned(work, found.default, found, record)
    return record


def _of_each(work: Work, found: FormField, targets: Sequence[str], q: str, record: Record) -> tuple[Pick, ...]:
    """Records of each of the forms that the person may see, a like share of each; a pick says its form first."""
    made = [_records(work, found, target, q, record) for target in targets]
    share = max(1, HITS // max(1, sum(bool(m) for m in made)))
    return tuple(
        Pick(p.id, p.title, (work.form(target).title.to(work.actor.language), *p.facts)[:2], target)
        for target, picks_ in zip(targets, made, strict=True)
        for p in picks_[:share]
    )


def _records(work: Work, found: FormField, target: str, q: str, record: Record) -> tuple[Pick, ...]:
    form = work.form(target)
    if not access.may(form, work.actor, "view"):
        return ()
    table = work.layout.table(target)
    usable = access.usable(form, work.actor)
    called = [table.c[access.TITLE], *([cast(table.c[form.key], Text)] if form.key in usable else ())]
    where: list[ColumnElement[bool]] = [or_(*(c.ilike(p, escape="\\") for c in called)) for p in _patterns(q)]
    seen = access.condition(work, form, work.actor, "view")
    if seen is not None:
        where.append(seen)
    if found.where is not None:
        where.append(access.compiled(work, target, found.where, this=record))
    terms = [(order_term(work, form, table, n), down) for n, down in found.sort if n in usable]
    terms = terms or [(table.c[access.TITLE], False)]
    order = [sql.ordered(t, down) for t, down in terms]
    ids = work.conn.execute(select(table.c.id).where(*where).order_by(*order, table.c.id).limit(HITS)).scalars().all()
    return _with_facts(work, form, ids)


def _with_facts(work: Work, form: Form, ids: Sequence[int]) -> tuple[Pick, ...]:
    """Picks with up to two facts as text; without facts for records that the person may not see."""
    table = work.layout.table(form.name)
    seen = access.condition(work, form, work.actor, "view")
    query = select(table.c.id).where(table.c.id.in_(ids))
    allowed = set(work.conn.execute(query if seen is None else query.where(seen)).scalars()) if ids else set()
    names = facts(form, access.usable(form, work.actor))
    rows = {r.record.id: r.record for r in listed(work, form, [i for i in ids if i in allowed], names)}
    reader = _reader(work, list(rows.values()))
    made = []
    for id in ids:
        title = work.title_of(form.name, id)
        shown = rows.get(id)
        texts = [_fact(form, n, shown, reader) for n in names] if shown is not None else []
        made.append(Pick(id, title, tuple(t for t in texts if t and t not in title)[:2]))
    return tuple(made)


def _fact(form: Form, name: str, record: Record, reader: Reader) -> str:
    return (
        spoken(escape(form.fields[name].field.listed(record.values.get(name), reader))) if name in record.values else ""
    )


def _reader(work: Work, records: list[Record]) -> Reader:
    """How this person reads values, on this work's connection."""
    return reader_of(lambda actor, unit: unit(work), work.actor, work.now, work.zone, records)


def _people(work: Work, found: FormField, q: str, record: Record) -> tuple[Pick, ...]:
    person = tables.person
    query = select(person.c.id, person.c.name).where(person.c.active)
    for p in _patterns(q):
        query = query.where(or_(person.c.name.ilike(p, escape="\\"), person.c.login.ilike(p, escape="\\")))
    allowed = among(work, found, record)
    if allowed is not None:
        query = query.where(person.c.id.in_(allowed))
    rows = work.conn.execute(query.order_by(person.c.name, person.c.id).limit(HITS)).all()
    departments = {r.id: r.department for r in work.conn.execute(
        select(person.c.id, person.c.department).where(person.c.id.in_([row.id for row in rows]))
    )}  # fmt: skip
    made = []
    for row in sorted(rows, key=lambda r: (spoken_order(r.name), r.id)):
        at = departments.get(row.id)
        made.append(Pick(row.id, row.name, (work.title_of("department", at),) if at is not None else ()))
    return tuple(made)


def _departments(work: Work, found: FormField, q: str, record: Record) -> tuple[Pick, ...]:
    id, name = titled(work, "department")
    query = select(id, name).where(*(name.ilike(p, escape="\\") for p in _patterns(q)))
    allowed = among(work, found, record)
    if allowed is not None:
        query = query.where(id.in_(allowed))
    return tuple(Pick(row[0], row[1] or f"#{row[0]}", ()) for row in work.conn.execute(query.order_by(id).limit(HITS)))


def _lines(work: Work, found: FormField, target: str, q: str, record: Record) -> tuple[Pick, ...]:
    """Lines of records that the person may see; searched by their titles, which are made as they are read."""
    name, _, lines = target.partition(".")
    form = work.form(name)
    if not access.may(form, work.actor, "view") or lines not in access.usable(form, work.actor):
        return ()
    table, parents = work.layout.table(target), work.layout.table(name)
    query = select(table.c.id)
    seen = access.condition(work, form, work.actor, "view")
    if seen is not None:
        query = query.where(access.within(work, target, table, select(parents.c.id).where(seen)))
    if found.where is not None:
        query = query.where(access.compiled(work, target, found.where, this=record))
    query = query.order_by(table.c.parent_id.desc(), table.c.position, table.c.id).limit(CANDIDATES if q else HITS)
    words = q.casefold().split()[:WORDS]
    made: list[Pick] = []
    for id in work.conn.execute(query).scalars().all():
        title = work.title_of(target, id)
        if all(word in title.casefold() for word in words):
            made.append(Pick(id, title, ()))
        if len(made) == HITS:
            break
    return tuple(made)


def _patterns(q: str) -> list[str]:
    return [pattern(word) for word in q.split()[:WORDS]]
