"""Moving an installation into an empty database of another kind: every row of every table, then counted.

Why: who begins with SQLite must be able to go on with PostgreSQL, and nobody should have to believe that nothing was
lost. Values pass through their column types, JSON as its text; afterwards the rows of each table and, of each column,
what is filled and what it adds up to are compared on both sides, in the transaction that wrote them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    case,
    cast,
    func,
    insert,
    inspect,
    select,
    type_coerce,
)
from sqlalchemy.schema import CreateTable

from engine.columns import Dec, Length, Several
from engine.problems import Refused, problem
from engine.problems.storage import COPY_DIFFERS, COPY_FILLED, COPY_NUL
from engine.storage import tables, words
from engine.storage.layout import Layout
from engine.texts import text

FILES_STAY = text(
    "上传的文件不在数据库里，仍在 {place}：新的服务器请用同一处，或先把它们复制过去。",
    "Uploaded files stay in {place}: start the server with the same, or bring them along first.",
)
"""What whoever moves a database must still know."""

TICKETS = "procrastinate_"
"""How the names of tables begin that hold no data of the installation: those of a worker that was started too early."""

BATCH = 1000
"""How many rows one statement carries."""


@dataclass(frozen=True)
class Copied:
    """A table with how many rows it has, on both sides."""

    table: str
    rows: int


def copy(source: Connection, target: Connection, layout: Layout) -> tuple[Copied, ...]:
    """Copy everything from `source` (SQLite, whose tables are those of `layout`) into the empty database `target`.

    Refused, and nothing may be committed then: the target has tables already, a text holds a NUL character, which
    PostgreSQL can't keep, or something isn't the same afterwards.
    """
    there = sorted(name for name in inspect(target).get_table_names() if not name.startswith(TICKETS))
    if there:
        raise Refused(problem(COPY_FILLED, count=len(there), example=there[0]))
    forms = [table for shape, table in layout.tables.items() if shape not in ("person", "department")]
    everything = [*tables.FIXED, *sorted(forms, key=lambda table: len(table.foreign_keys))]
    tables.create(target)
    for table in forms:
        target.execute(CreateTable(table))
    for table in everything:
        _fill(source, target, table)
    for table in forms:
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            words.make_index(target, index)
    for table in everything:
        _count_on(source, target, table)
    return tuple(Copied(table.name, _same(source, target, table)) for table in everything)


def _fill(source: Connection, target: Connection, table: Table) -> None:
    plain = _plain(table)
    for column in plain.columns:
        if isinstance(column.type, String | Several):
            _no_nul(source, plain, column)
    given = {c.name: bindparam(c.name, type_=c.type) for c in plain.columns}
    values = {
        name: cast(found, JSON) if isinstance(table.c[name].type, JSON) else found for name, found in given.items()
    }
    for rows in _batches(source, plain):
        target.execute(insert(table).values(values), rows)


def _plain(table: Table) -> Table:
    """The table with JSON read and written as the text that it is."""
    columns = (
        Column(c.name, Text() if isinstance(c.type, JSON) else c.type, primary_key=c.primary_key) for c in table.c
    )
    return Table(table.name, MetaData(), *columns)


def _batches(source: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=BATCH)
    with source.execute(query) as found:
        for rows in found.mappings().partitions():
            yield [dict(row) for row in rows]


def _no_nul(source: Connection, table: Table, column: Column[Any]) -> None:
    found = select(func.count()).select_from(table).where(func.instr(cast(column, Text), func.char(0)) > 0)
    count = source.execute(found).scalar_one()
    if count:
        raise Refused(problem(COPY_NUL, table=table.name, column=column.name, count=count))


def _count_on(source: Connection, target: Connection, table: Table) -> None:
    """Let the target give the next id that the source would have given, so that none is given twice."""
    if "id" not in table.c or not isinstance(table.c.id.type, Integer):
        return
    last = target.execute(select(func.max(table.c.id))).scalar() or 0
    if table.dialect_options["sqlite"]["autoincrement"]:
        query = "SELECT seq FROM sqlite_sequence WHERE name = ?"
        last = max(last, source.exec_driver_sql(query, (table.name,)).scalar() or 0)
    if last:
        target.execute(select(func.setval(func.pg_get_serial_sequence(words.quote(target, table.name), "id"), last)))


def _same(source: Connection, target: Connection, table: Table) -> int:
    """How many rows the table has. Refused when they, or what a column holds, aren't the same on both sides."""
    plain = _plain(table)
    parts: list[tuple[str, ColumnElement[Any]]] = [
        ("*", func.count()),
        *(part for column in plain.columns for part in _measured(column)),
    ]
    query = select(*(part for _, part in parts)).select_from(plain)
    before, after = (tuple(conn.execute(query).one()) for conn in (source, target))
    for (name, _), one, other in zip(parts, before, after, strict=True):
        if one != other:
            raise Refused(problem(COPY_DIFFERS, table=table.name, column=name, before=str(one), after=str(other)))
    return int(before[0])


def _measured(column: Column[Any]) -> list[tuple[str, ColumnElement[Any]]]:
    """What says whether a column is the same: how many are filled; the sum of numbers, the length of texts; the first
    and the last."""
    kind = column.type
    parts: list[ColumnElement[Any]] = [func.count(column)]
    if isinstance(kind, Boolean):
        parts.append(func.sum(case((column, 1), else_=0)))
    elif isinstance(kind, LargeBinary):
        parts.append(func.sum(func.length(column)))
    elif isinstance(kind, Length):
        parts.append(func.sum(type_coerce(column, BigInteger())))
    elif isinstance(kind, Dec | Integer):
        parts += [func.sum(column), func.min(column), func.max(column)]
    elif isinstance(kind, String | Several):
        parts.append(func.sum(func.length(cast(column, Text))))
        if type(kind) is not Text:  # what stands for JSON, which has no order
            parts += [func.min(column), func.max(column)]
    else:
        parts += [func.min(column), func.max(column)]
    return [(column.name, part) for part in parts]
