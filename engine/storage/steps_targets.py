"""Steps that concern what points at a record of one of several forms: its values say which form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnClause, Connection, String, cast, func, literal, select, update
from sqlalchemy import column as named_column
from sqlalchemy import table as named_table

from engine.columns import Ids, Names
from engine.expressions.pointing import written
from engine.storage.step import Change
from engine.storage.steps_tables import add_column, drop_column
from engine.storage.words import quote
from engine.texts import Text, same


@dataclass(frozen=True, kw_only=True)
class RenameTarget(Change):
    """One of the forms that a field points at has another name: values point at it by its new one."""

    column: Column[Any]
    field: Text
    old: str
    new: str

    def sentence(self) -> Text:
        """See `Change`."""
        zh = "表单“{0}”的字段“{1}”中指向 {2} 的 {rows} 个值改为指向 {3}，它改名了"
        en = 'In the field "{1}" of the form "{0}", {rows} values that point at {2} point at {3}, as it is called now'
        return self.say(zh, en, self.field, same(self.old), same(self.new))

    def apply(self, conn: Connection) -> None:
        """See `Change`."""
        head = written(self.old, "")
        if isinstance(self.column.type, Names):
            _each(
                conn,
                self.column,
                self.column,
                lambda one: written(self.new, one.removeprefix(head)) if one.startswith(head) else one,
            )
            return
        moved = literal(written(self.new, "")) + func.substr(self.column, len(head) + 1)
        there = func.substr(self.column, 1, len(head)) == head
        conn.execute(update(self.column.table).where(there).values({self.column.name: moved}))


@dataclass(frozen=True, kw_only=True)
class WidenTarget(Change):
    """A field that points at one form may point at others too (`to`): its values say the form `target` now."""

    column: Column[Any]
    field: Text
    target: str
    to: tuple[str, ...]

    def sentence(self) -> Text:
        """See `Change`."""
        zh = "表单“{0}”的字段“{1}”可以指向 {2}，已有的 {rows} 个值仍指向 {3}"
        en = 'The field "{1}" of the form "{0}" may point at {2}; its {rows} values still point at {3}'
        return self.say(zh, en, self.field, same(", ".join(self.to)), same(self.target))

    def apply(self, conn: Connection) -> None:
        """See `Change`."""
        table, name = self.column.table, self.column.name
        before = f"{name}.was"
        names = f"{quote(conn, name)} TO {quote(conn, before)}"
        conn.exec_driver_sql(f"ALTER TABLE {quote(conn, table.name)} RENAME COLUMN {names}")
        add_column(conn, self.column)
        if isinstance(self.column.type, Names):
            there = named_table(
                table.name, named_column("id", BigInteger()), named_column(before, Ids()), named_column(name, Names())
            )
            _each(conn, there.c[before], there.c[name], lambda one: written(self.target, one))
            drop_column(conn, table.name, before)
            return
        ids: ColumnClause[Any] = named_column(before, BigInteger())
        there = named_table(table.name, ids, named_column(name, String()))
        moved = literal(written(self.target, "")) + cast(ids, String())
        conn.execute(update(there).where(ids.is_not(None)).values({name: moved}))
        drop_column(conn, table.name, before)


def _each(conn: Connection, before: Any, after: Any, moved: Callable[[Any], str]) -> None:
    """Let each of what a column of several holds be another, in another column or the same."""
    id = before.table.c.id
    for row, values in conn.execute(select(id, before).where(before.is_not(None))).all():
        conn.execute(update(before.table).where(id == row).values({after.name: tuple(map(moved, values))}))
