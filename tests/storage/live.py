"""What a database really holds, read the same way from every kind: tables, columns, indexes, rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect, text

from engine.storage.layout import Layout
from engine.storage.store import Store


def table_names(store: Store) -> set[str]:
    """The tables there are."""
    with store.read() as conn:
        return set(inspect(conn).get_table_names())


def columns(store: Store, table: str) -> list[str]:
    """A table's columns, in order."""
    with store.read() as conn:
        return [column["name"] for column in inspect(conn).get_columns(table)]


def index_names(store: Store, table: str) -> set[str]:
    """A table's indexes."""
    with store.read() as conn:
        return {str(index["name"]) for index in inspect(conn).get_indexes(table)}


def everything(store: Store) -> list[Any]:
    """All of the database: its tables with columns and indexes, and what is in them."""
    found: list[Any] = []
    with store.read() as conn:
        seen = inspect(conn)
        for table in sorted(set(seen.get_table_names()) - {"sqlite_sequence"}):
            kept = [(c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(table)]
            indexes = sorted((i["name"], i["column_names"], i["unique"]) for i in seen.get_indexes(table))
            found.append((table, kept, indexes, conn.execute(text(f'SELECT * FROM "{table}"')).all()))
    return found


def drift(store: Store, found: Layout) -> list[str]:
    """Where the live tables aren't those of the layout: their columns, types, indexes, and what lines belong to."""
    wrong = []
    with store.read() as conn:
        seen = inspect(conn)
        for table in found.tables.values():
            live = {c["name"]: str(c["type"].compile(conn.dialect)) for c in seen.get_columns(table.name)}
            meant = {c.name: str(c.type.compile(conn.dialect)).split(" COLLATE")[0] for c in table.c}
            indexes = {i["name"] for i in seen.get_indexes(table.name) if "duplicates_constraint" not in i}
            if {n: t.split(" COLLATE")[0] for n, t in live.items()} != meant or indexes != {
                i.name for i in table.indexes
            }:
                wrong.append(f"{table.name}: {live} {meant} {indexes}")
            targets = {k["referred_table"] for k in seen.get_foreign_keys(table.name)}
            if targets != {k.target_fullname.partition(".")[0] for k in table.foreign_keys}:
                wrong.append(f"{table.name} points at {targets}")
    return wrong
