"""The records, or lines, that a record's related list holds, as far as its reader may see them.

Why: which they are is the definition's word (`via`, `where`, which may read the record itself); which of them one
person sees is access. Lines are read by their records' rights, and only those of their columns that every set shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from engine.columns import holding
from engine.definitions.model import Form, FormField
from engine.expressions import sql
from engine.runtime.access import compiled, condition, executed, may, usable, within
from engine.runtime.ask import LIMIT, columns_of, listed
from engine.runtime.record import Record
from engine.runtime.sorting import order_term
from engine.runtime.values import Ask
from engine.runtime.work import Work


@dataclass(frozen=True)
class Shown:
    """The first of a list's records (or lines, each with its record as `parent`), with the columns shown."""

    columns: tuple[FormField | str, ...]
    rows: tuple[Record, ...]


def open_to(work: Work, field: FormField) -> bool:
    """Whether the actor may look at what the list is made of at all."""
    if field.related is None:
        return False
    form, lines = _form(work, field)
    return may(form, work.actor, "view") and (not lines or lines in usable(form, work.actor))


def count(work: Work, record: Record, field: FormField) -> int:
    """How many of the list's records the actor may see. The list must be `open_to` them."""
    table = work.layout.table(_shape(field))
    query = select(func.count()).select_from(table).where(*_where(work, record, field))
    return int(executed(work, query).scalar_one())


def shown(work: Work, record: Record, field: FormField, limit: int) -> Shown:
    """The first records of the list in its order, at most `limit`. The list must be `open_to` the actor."""
    form, lines = _form(work, field)
    table = work.layout.table(_shape(field))
    query = select(table.c.id).where(*_where(work, record, field))
    order: list[tuple[ColumnElement[Any], bool]]
    if lines:
        order = [(table.c[name], down) for name, down in field.sort] or [
            (table.c.parent_id, True),
            (table.c.position, False),
        ]
    else:
        may_use = usable(form, work.actor)
        order = [(order_term(work, form, table, name), down) for name, down in field.sort if name in may_use]
    query = query.order_by(*(sql.ordered(term, down) for term, down in order), table.c.id.desc())
    ids = list(executed(work, query.limit(min(limit, LIMIT))).scalars())
    if lines:
        return _lines(work, form, lines, field, ids)
    names = columns_of(work, form, Ask(), [n for n in field.related_columns if form.column(n) or n == "state"])
    rows = tuple(one.record for one in listed(work, form, ids, names))
    return Shown(tuple(form.column(n) or n for n in names), rows)


# -- inner -------------------------------------------------------------------------------------------------------------


def _shape(field: FormField) -> str:
    assert field.related is not None
    return field.related.shape


def _form(work: Work, field: FormField) -> tuple[Form, str]:
    name, _, lines = _shape(field).partition(".")
    return work.form(name), lines


def _where(work: Work, record: Record, field: FormField) -> list[ColumnElement[bool]]:
    related = field.related
    assert related is not None and record.id is not None
    form, lines = _form(work, field)
    table, where = work.layout.table(related.shape), []
    if related.via is not None:
        column = table.c[related.via]
        via = (form.line_forms()[lines].columns if lines else form.fields)[related.via].field
        given = via.pointer(record.shape, record.id)
        where.append(holding(column, given) if via.several else column == given)
    if related.where is not None:
        where.append(compiled(work, related.shape, related.where, this=record))
    allowed = condition(work, form, work.actor, "view")
    if allowed is not None and lines:
        parents = work.layout.table(form.name)
        allowed = within(work, related.shape, table, select(parents.c.id).where(allowed))
    return where if allowed is None else [*where, allowed]


def _lines(work: Work, form: Form, lines: str, field: FormField, ids: list[int]) -> Shown:
    columns, may_use = form.line_forms()[lines].columns, usable(form, work.actor)
    names = [n for n in field.related_columns if n in columns and f"{lines}.{n}" in may_use]
    known = {row.id: row for row in work.rows(_shape(field), ids)}
    rows = []
    for line in (known[id] for id in ids if id in known):
        values = {n: _value(work, line, columns[n]) for n in names}
        rows.append(Record(line.shape, line.id, values, work, parent=line.parent))
    return Shown(tuple(columns[n] for n in names), tuple(rows))


def _value(work: Work, line: Record, found: FormField) -> Any:
    if found.stored or found.formula is None:
        return line.values.get(found.name)
    value = work.value(found.formula, line)
    return value.id if isinstance(value, Record) else found.field.rounded(value)
