"""What SQLite and PostgreSQL say in different words, once: where the steps of a change and its survey need it.

Why: SQLAlchemy words nearly everything for both. What is left is how a number is kept (scaled there, NUMERIC here) and
where empty values stand in an index; nobody else in this room asks which database it is.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    func,
)
from sqlalchemy.schema import CreateIndex

from engine.columns import DIGITS, POSTGRESQL


def quote(conn: Connection, name: str) -> str:
    """A table's, column's or index's name as it stands in SQL."""
    return conn.dialect.identifier_preparer.quote_identifier(name)


def unfit(conn: Connection, kept: Any, old: int, new: int) -> ColumnElement[bool]:
    """Whether a number kept with `old` decimals can't be kept with `new`."""
    power = 10 ** abs(new - old)
    if conn.dialect.name == POSTGRESQL:
        found = func.abs(kept) >= 10 ** (DIGITS - new) if new > old else kept != func.round(kept, new)
    else:
        found = func.abs(kept) >= 10**DIGITS // power if new > old else kept % power != 0
    return cast(ColumnElement[bool], found)


def number(conn: Connection, kept: Any, scale: int) -> Decimal:
    """A number as it is, read from a column of which nothing is known but its decimals."""
    return Decimal(kept) if conn.dialect.name == POSTGRESQL else Decimal(kept).scaleb(-scale)


def rescale(conn: Connection, column: Column[Any], old: int, new: int) -> None:
    """Let a column keep its numbers with `new` decimals instead of `old`; each must stay what it is."""
    table, name = quote(conn, column.table.name), quote(conn, column.name)
    if conn.dialect.name == POSTGRESQL:
        conn.exec_driver_sql(f"ALTER TABLE {table} ALTER COLUMN {name} TYPE NUMERIC({DIGITS}, {new})")
        return
    scaled = f"{name} {'*' if new > old else '/'} {10 ** abs(new - old)}"
    conn.exec_driver_sql(f"UPDATE {table} SET {name} = {scaled} WHERE {name} IS NOT NULL")


def make_index(conn: Connection, index: Index) -> None:
    """Make an index that answers the order of lists: what is empty comes first, from the end last."""
    if conn.dialect.name != POSTGRESQL or index.unique:
        conn.execute(CreateIndex(index))
        return
    columns = ", ".join(f"{quote(conn, column.name)} NULLS FIRST" for column in index.columns)
    table = quote(conn, str(index.table.name)) if index.table is not None else ""
    conn.exec_driver_sql(f"CREATE INDEX {quote(conn, str(index.name))} ON {table} ({columns})")
