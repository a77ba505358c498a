"""Steps that change tables: forms, lists of lines, fields and indexes that come, go or get another name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Index, Table, delete, update
from sqlalchemy.schema import CreateColumn, CreateTable

from engine.storage import tables
from engine.storage.step import Change
from engine.storage.words import make_index, quote
from engine.texts import Text, same

NAMED = (tables.event, tables.notice, tables.file, tables.serial_counter)
"""The engine's tables that name a form in `form`."""


def make_table(conn: Connection, table: Table) -> None:
    """A new table with its indexes."""
    conn.execute(CreateTable(table))
    for index in sorted(table.indexes, key=lambda one: str(one.name)):
        make_index(conn, index)


@dataclass(frozen=True, kw_only=True)
class AddTable(Change):
    """A new form, or (with `lines`, their title) new lines of one; its indexes come with it."""

    table: Table
    lines: Text | None = None

    def sentence(self) -> Text:
        """See `Change`."""
        if self.lines is None:
            return self.say("新增表单“{0}”", 'The form "{0}" is new')
        return self.say("表单“{0}”新增明细“{1}”", 'The form "{0}" gets the lines "{1}"', self.lines)

    def apply(self, conn: Connection) -> None:
        """See `Change`."""
        make_table(conn, self.table)


@dataclass(frozen=True, kw_only=True)
class DropTable(Change):
    """A form without records, or (with `lines`, their title) a list without lines, goes away. `table` is its name."""

    table: str
    lines: Text | None = None

    def sentence(self) -> Text:
        """See `Change`."""
        if self.lines is None:
            return self.say("删除表单“{0}”，它没有记录", 'The form "{0}" goes away; it has no records')
        zh, en = "表单“{0}”去掉明细“{1}”，里面没有数据", 'The form "{0}" loses the lines "{1}", which are empty'
        return self.say(zh, en, self.lines)

    def apply(self, conn: Connection) -> None:
        """See `Change`."""
        conn.exec_driver_sql(f"DROP TABLE {quote(conn, self.table)}")


@dataclass(frozen=True, kw_only=True)
class RemakeTable(Change):
    """A form that is, or was, computed as a whole gets another table (None: goes away). What its rows say is computed
    again by who applies the change. `old` is the name of the table there is."""

    old: str
    table: Table | None

    def sentence(self) -> Text:
        """See `Change`."""
        if self.table is None:
            return self.say("去掉算出来的表单“{0}”", 'The computed form "{0}" goes away')
        return self.say("表单“{0}”重新计算", 'The form "{0}" is computed anew')

    def apply(self, conn: Connection) -> None:
        """See `Change`."""
        conn.exec_driver_sql(f"DROP TABLE {quote(conn, self.old)}")
        for kept in (tables.contribution, tables.total):
            conn.execute(delete(kept).where(kept.c.form == self.form))
        if self.table is not None:
            make_table(conn, self.table)


@dataclass(frozen=True, kw_only=True)
class RenameForm(Change):
    """A form gets another name; its records, history, files and numbers come with it.

    `tables` holds (old name, new name) of each of its tables.
    """

    old: str
    tables: tuple[tuple[str, str], ...]

    def sentence(self) -> Text:
        """See `Change`."""
        zh = "表单“{0}”由 {1} 改名为 {2}，保留 {rows} 条记录"
        en = 'The form "{0}" is renamed from {1} to {2}; its {rows} records are kept'
        return self.say(zh, en, same(self.old), same(self.form))

    def apply(self, conn: Connection) -> None:
        """See `Change`."""
        for old, new in self.tables:
            conn.exec_driver_sql(f"ALTER TABLE {quote(conn, old)} RENAME TO {quote(conn, new)}")
        for kept in (*NAMED, tables.contribution, tables.total):
            conn.execute(update(kept).where(kept.c.form == self.old).values(form=self.form))


@dataclass(frozen=True, kw_only=True)
class RenameLines(Change):
    """Lines get another name. `old` and `table` are their table's names."""

    old: str
    table: str
    lines: Text

    def sentence(self) -> Text:
        """See `Change`."""
        zh = "表单“{0}”的明细改名为“{1}”，保留 {rows} 行"
        en = 'Lines of the form "{0}" are renamed to "{1}"; their {rows} rows are kept'
        return self.say(zh, en, self.lines)

    def apply(self, conn: Connection) -> None:
        """See `Change`."""
        conn.exec_driver_sql(f"ALTER TABLE {quote(conn, self.old)} RENAME TO {quote(conn, self.table)}")


@dataclass(frozen=True, kw_only=True)
class AddColumn(Change):
    """A new field: empty in the records there are; a computed one is filled by who applies the change."""

    shape: str
    column: Column[Any]
    field: Text
    computed: bool = False

    def sentence(self) -> Text:
        """See `Change`."""
        if self.computed or not self.rows:
            return self.say("表单“{0}”新增字段“{1}”", 'The form "{0}" gets the field "{1}"', self.field)
        zh = "表单“{0}”新增字段“{1}”，已有的 {rows} 条记录里它是空的"
        en = 'The form "{0}" gets the field "{1}"; it is empty in the {rows} records there are'
        return self.say(zh, en, self.field)

    def apply(self, conn: Connection) -> None:
        """See `Change`."""
        add_column(conn, self.column)


@dataclass(frozen=True, kw_only=True)
class DropColumn(Change):
    """A field goes away that nobody has filled, or that was computed."""

    table: str
    name: str
    field: Text

    def sentence(self) -> Text:
        """See `Change`."""
        zh, en = "表单“{0}”去掉字段“{1}”，没有数据会丢失", 'The form "{0}" loses the field "{1}"; no data is lost'
        return self.say(zh, en, self.field)

    def apply(self, conn: Connection) -> None:
        """See `Change`."""
        drop_column(conn, self.table, self.name)


@dataclass(frozen=True, kw_only=True)
class RenameColumn(Change):
    """A field gets another name and keeps its values. `list` is "" for a field of the form itself."""

    table: str
    old: str
    new: str
    field: Text
    list: str = ""

    def sentence(self) -> Text:
        """See `Change`."""
        zh = "表单“{0}”的字段“{1}”由 {2} 改名为 {3}，保留 {rows} 个值"
        en = 'The field "{1}" of the form "{0}" is renamed from {2} to {3}; its {rows} values are kept'
        return self.say(zh, en, self.field, same(self.old), same(self.new))

    def apply(self, conn: Connection) -> None:
        """See `Change`."""
        names = f"{quote(conn, self.old)} TO {quote(conn, self.new)}"
        conn.exec_driver_sql(f"ALTER TABLE {quote(conn, self.table)} RENAME COLUMN {names}")
        for kept in (tables.serial_counter, tables.file) if not self.list else ():
            here = (kept.c.form == self.form, kept.c.field == self.old)
            conn.execute(update(kept).where(*here).values(field=self.new))


@dataclass(frozen=True, kw_only=True)
class ChangeType(Change):
    """A field is kept in another way: nobody has filled it, or it is computed anew by who applies the change.

    `old` and `new` are its types as in YAML.
    """

    shape: str
    column: Column[Any]
    field: Text
    old: str
    new: str

    def sentence(self) -> Text:
        """See `Change`."""
        zh = "表单“{0}”的字段“{1}”从 {2} 变成 {3}，没有数据会丢失"
        en = 'The field "{1}" of the form "{0}" changes from {2} to {3}; no data is lost'
        return self.say(zh, en, self.field, same(self.old), same(self.new))

    def apply(self, conn: Connection) -> None:
        """See `Change`."""
        drop_column(conn, self.column.table.name, self.column.name)
        add_column(conn, self.column)


@dataclass(frozen=True, kw_only=True)
class AddIndex(Change):
    """An index; a unique one lets no two records have the same values."""

    index: Index

    def sentence(self) -> Text:
        """See `Change`."""
        words = same(", ".join(c.name for c in self.index.columns))
        if self.index.unique:
            return self.say("表单“{0}”的 {1} 不允许重复", '{1} of the form "{0}" must be unique', words)
        return self.say("表单“{0}”为 {1} 建索引", 'The form "{0}" gets an index on {1}', words)

    def apply(self, conn: Connection) -> None:
        """See `Change`."""
        make_index(conn, self.index)


@dataclass(frozen=True, kw_only=True)
class DropIndex(Change):
    """An index that is no longer wanted goes away."""

    name: str
    columns: tuple[str, ...]
    unique: bool

    def sentence(self) -> Text:
        """See `Change`."""
        words = same(", ".join(self.columns))
        if self.unique:
            return self.say("表单“{0}”的 {1} 允许重复了", '{1} of the form "{0}" need not be unique any more', words)
        return self.say("表单“{0}”去掉 {1} 的索引", 'The form "{0}" loses the index on {1}', words)

    def apply(self, conn: Connection) -> None:
        """See `Change`."""
        conn.exec_driver_sql(f"DROP INDEX {quote(conn, self.name)}")


def add_column(conn: Connection, added: Column[Any]) -> None:
    """A new column of a table that is there, empty."""
    words = CreateColumn(added).compile(dialect=conn.dialect)
    conn.exec_driver_sql(f"ALTER TABLE {quote(conn, added.table.name)} ADD COLUMN {words}")


def drop_column(conn: Connection, table: str, name: str) -> None:
    """A column goes, with what it holds."""
    conn.exec_driver_sql(f"ALTER TABLE {quote(conn, table)} DROP COLUMN {quote(conn, name)}")
