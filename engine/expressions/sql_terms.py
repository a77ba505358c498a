"""What the SQL executors speak of: tables, expressions with their encoding, rows in view, and what was known beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import BigInteger, ColumnElement, FromClause, bindparam

from engine.expressions import python
from engine.expressions.sqlite_functions import Expression
from engine.expressions.tree import Node
from engine.expressions.types import Env
from engine.expressions.wire import NEVER

CLOCKS = "clocks"
"""The variable that is the clocks of the record in view: in SQL, that record's table."""


class Tables(Protocol):
    """Who knows the tables of the stored shapes (storage's layout)."""

    @property
    def dialect(self) -> str:
        """Which database they are in: `sqlite` or `postgresql`."""

    def table(self, shape: str) -> FromClause:
        """The table; it can be aliased."""

    def column(self, shape: str, selectable: FromClause, member: str) -> ColumnElement[Any]:
        """A stored member, read from the table or an alias of it. The column's type has `scale` if it is a scaled
        number; a line's `parent` is its record's id."""


@dataclass(frozen=True, slots=True)
class Cell:
    """An expression in SQL and the encoding of what it gives (see `wire`)."""

    column: ColumnElement[Any]
    token: str


@dataclass(frozen=True, slots=True)
class Frames:
    """The rows that SQL reads: variable -> its table; `around` are all tables that a sub-select may refer to."""

    rows: Mapping[str, FromClause]
    around: tuple[FromClause, ...]

    def having(self, name: str, table: FromClause) -> Frames:
        """With one more row."""
        return Frames({**self.rows, name: table}, (*self.around, table))

    def only(self, name: str, table: FromClause) -> Frames:
        """With that row alone in view, for the formula of a member."""
        return Frames({name: table}, self.around if table in self.around else (*self.around, table))


@dataclass(frozen=True, slots=True)
class Rows:
    """A query's rows: what to select from, on which conditions, seen by which variables, in which order without `sort`."""

    source: FromClause
    conditions: tuple[ColumnElement[bool], ...]
    frames: Frames
    order: tuple[ColumnElement[Any], ...]


class Known:
    """What a statement takes from its environment, so that it can serve another one (`sql_kept`).

    `pointers`: parameter's name -> the record whose id it is; `relied`: parts whose very values the statement was made
    for; `single` True: it can't be used again; `expressions`: what its functions call. Only a statement that is kept has
    parameters: a condition stands beside others in a statement of someone else's, where their names would meet.
    """

    def __init__(self, env: Env, kept: bool) -> None:
        self.env, self.kept, self.single = env, kept, False
        self.expressions: list[Expression] = []
        self.pointers: dict[str, Node] = {}
        self.relied: list[tuple[Node, Any]] = []

    def value(self, node: Node) -> Any:
        """A part's value, which the statement will be made for."""
        found = python.compile(node)(self.env)
        parts = found if isinstance(found, list) else [found]
        self.single = self.single or any(hasattr(part, "shape") for part in parts)
        self.relied.append((node, found))
        return found

    def pointer(self, node: Node) -> ColumnElement[Any] | None:
        """A parameter for a record's id (`NEVER` while it isn't stored); None when there is no such record just now."""
        if not self.kept or node.type.kind != "record":
            return None
        found = python.compile(node)(self.env)
        if found is None:
            return None
        name = f"known_{len(self.pointers)}"
        self.pointers[name] = node
        return bindparam(name, pointed(found), BigInteger())


def pointed(record: Any) -> int:
    """What a statement's parameter that points at a record holds: its id, which no stored record has before it is stored."""
    return NEVER if record.id is None else int(record.id)


@dataclass(frozen=True, slots=True)
class Reached:
    """One list as SQL reads it: what is selected from, which of its rows are members (None: all), their own order; `row` is
    what gives a row's members (None: the table that was asked for). `ids`: the members' ids as rows, joined before the
    rows themselves (a join in brackets doesn't see what stands before it)."""

    source: FromClause
    on: ColumnElement[bool] | None
    order: list[ColumnElement[Any]]
    row: FromClause | None = None
    ids: FromClause | None = None
