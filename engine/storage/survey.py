"""What the records there are say about a change: how many it touches, and what of them would be lost.

Why: a plan speaks of records, not of tables ("would lose its value in 12 records"). Everything here reads the tables as
they are before the change, by the names they have then, and changes nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, TableClause, func, literal_column, select, type_coerce
from sqlalchemy import column as named_column
from sqlalchemy import table as named_table
from sqlalchemy.types import TypeEngine

from engine.storage import words


def rows(conn: Connection, table: str) -> int:
    """How many rows a table has."""
    return conn.execute(select(func.count()).select_from(named_table(table))).scalar_one()


def filled(conn: Connection, table: str, column: str) -> int:
    """How many rows have a value in a column."""
    there, read = _column(table, column)
    return conn.execute(select(func.count(read)).select_from(there)).scalar_one()


def starting(conn: Connection, table: str, column: str, head: str) -> int:
    """How many rows have a value that begins so in a column of texts."""
    there, read = _column(table, column)
    query = select(func.count()).select_from(there).where(func.substr(read, 1, len(head)) == head)
    return conn.execute(query).scalar_one()


def holding(conn: Connection, table: str, column: str, head: str) -> int:
    """How many rows have a text that begins so in a column of lists of texts, none of which has quotes."""
    there, read = _column(table, column)
    query = (
        select(func.count())
        .select_from(there)
        .where(func.replace(read, '["' + head, ',"' + head).contains(',"' + head))
    )
    return conn.execute(query).scalar_one()


def values(conn: Connection, table: str, column: str, *, several: bool = False) -> dict[str, int]:
    """The values of a column of names, with how many rows have each. `several`: it keeps lists of names as JSON."""
    there, read = _column(table, column)
    found = conn.execute(select(read, func.count()).select_from(there).where(read.is_not(None)).group_by(read)).all()
    if not several:
        return {str(value): number for value, number in found}
    counted: Counter[str] = Counter()
    for value, number in found:
        for name in json.loads(value):
            counted[name] += number
    return dict(counted)


def titled(conn: Connection, table: str, column: str, value: str, most: int) -> str:
    """What the records with this value are called (`a #1, b #7`), the first `most` of them, then `…`."""
    columns: list[Any] = [named_column(name) for name in ("id", "_title", column)]
    there = named_table(table, *columns)
    query = select(there.c.id, there.c["_title"]).where(there.c[column] == value).order_by(there.c.id).limit(most + 1)
    found = [f"{title or ''} #{id}".strip() for id, title in conn.execute(query)]
    return ", ".join([*found[:most], *(["…"] if len(found) > most else [])])


def misfits(conn: Connection, table: str, column: str, old: int, new: int) -> tuple[int, str]:
    """How many numbers kept with `old` decimals can't be kept with `new`, and one of them; (0, "") when all can."""
    there, read = _column(table, column)
    bad = words.unfit(conn, read, old, new)
    count, example = conn.execute(select(func.count(), func.max(read)).select_from(there).where(bad)).one()
    return count, "" if example is None else str(words.number(conn, example, old))


def duplicates(
    conn: Connection, table: str, columns: Sequence[str], types: Mapping[str, TypeEngine[Any]]
) -> tuple[int, str]:
    """How many combinations of values occur more than once, and up to three of them in words; (0, "") for none.

    Rows where one of the columns is empty don't count. `types` says how the columns are read.
    """
    there = named_table(table, *(named_column(name) for name in columns))
    reads = [there.c[name] for name in columns]
    twice = select(*reads).where(*(read.is_not(None) for read in reads)).group_by(*reads).having(func.count() > 1)
    number = conn.execute(select(func.count()).select_from(twice.subquery())).scalar_one()
    if not number:
        return 0, ""
    shown = select(*(type_coerce(literal_column(f'"{name}"'), types[name]) for name in columns)).select_from(there)
    shown = shown.where(*(read.is_not(None) for read in reads)).group_by(*reads).having(func.count() > 1).limit(3)
    return number, "; ".join(" + ".join(str(value) for value in row) for row in conn.execute(shown))


def _column(table: str, column: str) -> tuple[TableClause, ColumnElement[Any]]:
    read: Any = named_column(column)
    return named_table(table, read), read
