"""Steps that concern values: decimals, options, states, and what references point at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnClause, Connection, String, Table, func, update
from sqlalchemy import column as named_column
from sqlalchemy import table as named_table

from engine.columns import Several
from engine.storage.step import Change
from engine.storage.words import rescale
from engine.texts import Text, same


@dataclass(frozen=True, kw_only=True)
class ChangeScale(Change):
    """A number keeps more or fewer decimals (`old`, `new`); every value stays what it is."""

    column: Column[Any]
    field: Text
    old: int
    new: int

    def sentence(self) -> Text:
        """See `Change`."""
        zh = "表单“{0}”的字段“{1}”从 {2} 位小数改为 {3} 位，{rows} 个值不变"
        en = 'The field "{1}" of the form "{0}" goes from {2} to {3} decimals; its {rows} values stay the same'
        return self.say(zh, en, self.field, same(str(self.old)), same(str(self.new)))

    def apply(self, conn: Connection) -> None:
        """See `Change`."""
        rescale(conn, self.column, self.old, self.new)


@dataclass(frozen=True, kw_only=True)
class RenameOption(Change):
    """An option (of a choice or of several) gets another name, in all records that have it."""

    column: Column[Any]
    field: Text
    old: str
    new: str

    def sentence(self) -> Text:
        """See `Change`."""
        zh = "表单“{0}”的字段“{1}”的选项 {2} 改名为 {3}，涉及 {rows} 条记录"
        en = 'The option {2} of the field "{1}" of the form "{0}" is renamed to {3} in {rows} records'
        return self.say(zh, en, self.field, same(self.old), same(self.new))

    def apply(self, conn: Connection) -> None:
        """See `Change`."""
        # several names are JSON text, ["a","b"]; a name holds no quotes, so "a" stands in it only as itself
        written: ColumnClause[Any] = named_column(self.column.name, String())
        there = named_table(self.column.table.name, written)
        if not isinstance(self.column.type, Several):
            conn.execute(update(there).where(written == self.old).values({written.name: self.new}))
            return
        replaced = func.replace(written, f'"{self.old}"', f'"{self.new}"')
        conn.execute(update(there).where(replaced != written).values({written.name: replaced}))


@dataclass(frozen=True, kw_only=True)
class RemoveOption(Change):
    """An option goes away that records still have: always a loss. There is nothing to do to the tables."""

    option: str

    def apply(self, conn: Connection) -> None:
        """See `Change`."""


@dataclass(frozen=True, kw_only=True)
class RemoveState(Change):
    """A state goes away that records are in: always a loss. There is nothing to do to the tables."""

    state: str

    def apply(self, conn: Connection) -> None:
        """See `Change`."""


@dataclass(frozen=True, kw_only=True)
class ChangeTarget(Change):
    """A reference that has values points at another form: always a loss. There is nothing to do to the tables."""

    def apply(self, conn: Connection) -> None:
        """See `Change`."""


@dataclass(frozen=True, kw_only=True)
class MoveState(Change):
    """Records are in another state without a transition: `old` was renamed, or (None) the form has a workflow now."""

    table: Table
    old: str | None
    new: str
    state: Text

    def sentence(self) -> Text:
        """See `Change`."""
        if self.old is None:
            zh = "表单“{0}”有了流程，已有的 {rows} 条记录进入状态“{1}”"
            en = 'The form "{0}" has a workflow now; {rows} records enter the state "{1}"'
            return self.say(zh, en, self.state)
        zh = "表单“{0}”的状态 {2} 改名为“{1}”，涉及 {rows} 条记录"
        en = 'The state {2} of the form "{0}" is renamed to "{1}" in {rows} records'
        return self.say(zh, en, self.state, same(self.old))

    def apply(self, conn: Connection) -> None:
        """See `Change`."""
        state = self.table.c.state
        if self.old is not None:
            conn.execute(update(self.table).where(state == self.old).values(state=self.new))
            return
        since = func.coalesce(self.table.c.state_since, self.table.c.created_at)
        conn.execute(update(self.table).where(state.is_(None)).values(state=self.new, state_since=since))
