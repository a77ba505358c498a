"""Queries and list functions in SQL, whatever the database: correlated sub-selects, and aggregates over a group's rows.

A path of lists is a chain of joins. Without a `sort`, rows come in the order of their ids, lines in that of their record and
position, a list of records in its own. What stands inside them is compiled by `sql_values.py`, which extends the class
here; how lists are written and added up is a database's own way (`sqlite.py`, `postgres.py`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, Select, exists, select, true, type_coerce
from sqlalchemy.sql.visitors import iterate

from engine.expressions.sql_terms import Cell, Frames, Known, Reached, Rows, Tables
from engine.expressions.tree import Aggregate, Get, Node, Query, Source
from engine.expressions.types import Env, Type
from engine.expressions.walk import free
from engine.expressions.wire import token_of


class Lists(ABC):
    """Compiles queries and list functions for one environment."""

    def __init__(self, tables: Tables, env: Env, *, kept: bool = False) -> None:
        self.tables, self.env = tables, env
        self.known = Known(env, kept)

    @abstractmethod
    def value(self, node: Node, frames: Frames) -> Cell:
        """A node as a SQL expression."""

    @abstractmethod
    def test(self, node: Node, frames: Frames, positive: bool) -> ColumnElement[bool]:
        """A condition; where `positive`, NULL may stand for false."""

    @abstractmethod
    def native(self, node: Node, frames: Frames) -> bool:
        """Whether a member or a list is read by SQL, and not from rows at hand."""

    @abstractmethod
    def truth(self, test: ColumnElement[bool]) -> ColumnElement[Any]:
        """A condition that is never NULL."""

    @abstractmethod
    def result(self, cell: Cell) -> ColumnElement[Any]:
        """The expression, giving the value it is (Decimal, date, …) when it is selected."""

    @abstractmethod
    def term(self, cell: Cell, descending: bool) -> ColumnElement[Any]:
        """A term of ORDER BY; nulls are the smallest."""

    @abstractmethod
    def members(self, source: Node, shape: str, table: FromClause, frames: Frames) -> Reached:
        """The records of a list that holds ids, or of a list at hand."""

    @abstractmethod
    def reduced(self, name: str, cell: Cell, bare: bool, where: ColumnElement[bool] | None = None) -> Cell:
        """SUM, AVG, COUNT, MIN or MAX of an expression over the rows that fulfil `where`. `bare`: rows, not values."""

    @abstractmethod
    def text_list(self, node: Aggregate, query: Query, frames: Frames) -> Cell:
        """LIST and JOIN over the ordered values."""

    @abstractmethod
    def listed(self, query: Query, frames: Frames) -> Cell:
        """The values of a query as one list."""

    @abstractmethod
    def grouped(self, node: Aggregate, table: FromClause) -> Cell:
        """A list function over the group's records, as an aggregate over the rows of `table`."""

    @abstractmethod
    def combined(self, tree: Node, cells: list[Cell]) -> Cell:
        """A tree whose variables `$0`, `$1`, … are these expressions."""

    # -- rows ----------------------------------------------------------------------------------------------------------

    def rows(self, query: Query, frames: Frames) -> Rows:
        """The rows of a query within these frames."""
        joined: FromClause | None = None
        conditions: list[ColumnElement[bool]] = []
        order: list[ColumnElement[Any]] = []
        inner = frames
        for step in query.steps:
            of = step.source.type.of
            assert of is not None and of.shape is not None
            table = self.tables.table(of.shape).alias()
            reached = self.reached(step.source, of.shape, table, inner)
            if reached.ids is not None:
                joined = reached.ids if joined is None else joined.join(reached.ids, true())
            if joined is None:
                joined = reached.source
                conditions += [reached.on] if reached.on is not None else []
            else:
                joined = joined.join(reached.source, true() if reached.on is None else reached.on)
            inner = inner.having(step.frame, table if reached.row is None else reached.row)
            order += reached.order
        assert joined is not None
        if query.where is not None:
            conditions.append(self.test(query.where, inner, True))
        return Rows(joined, tuple(conditions), inner, tuple(order))

    def reached(self, source: Node, shape: str, table: FromClause, frames: Frames) -> Reached:
        """The rows of the table that are in the list."""
        if isinstance(source, Source):
            return Reached(table, None, self.natural(table))
        if (
            isinstance(source, Get)
            and source.of.type.kind == "record"
            and shape == f"{source.of.type.shape}.{source.name}"
            and self.native(source, frames)
        ):
            owner = self.value(source.of, frames).column
            parent = type_coerce(self.tables.column(shape, table, "parent"), Integer)
            return Reached(table, parent == owner, self.natural(table))
        return self.members(source, shape, table, frames)

    def natural(self, table: FromClause) -> list[ColumnElement[Any]]:
        """The order of rows that nothing sorts."""
        if "parent_id" in table.c and "position" in table.c:
            return [table.c.parent_id, table.c.position, table.c.id]
        return [table.c.id]

    def ordered(self, query: Query, rows: Rows, backwards: bool = False) -> list[ColumnElement[Any]]:
        """The terms of ORDER BY."""
        own = {step.frame for step in query.steps}
        # what doesn't depend on the rows doesn't order them
        keys = [(self.value(key, rows.frames), down) for key, down in query.sort if free(key) & own]
        terms = [self.term(cell, down != backwards) for cell, down in keys]
        return terms + [column.desc() if backwards else column.asc() for column in rows.order]

    def each(self, query: Query, rows: Rows) -> Cell:
        """What the query gives for each row: its value, or the row's id."""
        if query.value is not None:
            return self.value(query.value, rows.frames)
        return Cell(type_coerce(rows.frames.rows[query.steps[-1].frame].c.id, Integer), token_of(row_type(query)))

    def statement(self, query: Query, frames: Frames) -> tuple[Select[Any], str]:
        """The rows' values in order, as a statement of one column `v`."""
        rows = self.rows(query, frames)
        cell = self.each(query, rows)
        found = select(self.result(cell).label("v")).select_from(rows.source).where(*rows.conditions)
        return self.bound(found.order_by(*self.ordered(query, rows)), frames), cell.token

    def bound(self, statement: Select[Any], frames: Frames) -> Select[Any]:
        """The statement, told which tables it finds outside."""
        return statement.correlate(*frames.around) if frames.around else statement.correlate(None)

    def holds(self, query: Query, frames: Frames, given: ColumnElement[Any], skip_null: bool) -> ColumnElement[bool]:
        """Whether a row gives that value; null is found by null, unless nulls are left out."""
        rows = self.rows(query, frames)
        cell = self.each(query, rows)
        same = cell.column == given if skip_null else cell.column.is_not_distinct_from(given)
        return exists(self.bound(select(1).select_from(rows.source).where(*rows.conditions, same), frames))

    # -- list functions ------------------------------------------------------------------------------------------------

    def aggregate(self, node: Aggregate, frames: Frames) -> Cell:
        """A list function over a query of stored rows."""
        query, name = node.list, node.function
        assert isinstance(query, Query)
        if name in ("ANY", "ALL"):
            return Cell(self.any_or_all(node, frames), "b")
        if name in ("LIST", "JOIN"):
            return self.text_list(node, query, frames)
        rows = self.rows(query, frames)
        cell = self.each(query, rows)
        if name in ("FIRST", "LAST"):
            one = select(cell.column).select_from(rows.source).where(*rows.conditions)
            one = one.order_by(*self.ordered(query, rows, name == "LAST")).limit(1)
            return Cell(self.bound(one, frames).scalar_subquery(), cell.token)
        if query.value is not None and not _reads(cell.column, rows.source):
            # an aggregate of outer columns alone would belong to the outer statement
            inner = select(cell.column.label("v")).select_from(rows.source).where(*rows.conditions)
            each = self.bound(inner, frames).subquery()
            found = self.reduced(name, Cell(each.c.v, cell.token), False)
            return Cell(self.bound(select(found.column).select_from(each), frames).scalar_subquery(), found.token)
        found = self.reduced(name, cell, query.value is None)
        statement = select(found.column).select_from(rows.source).where(*rows.conditions)
        return Cell(self.bound(statement, frames).scalar_subquery(), found.token)

    def any_or_all(self, node: Aggregate, frames: Frames) -> ColumnElement[bool]:
        """ANY is that a row with it exists, ALL that none without it does."""
        query = node.list
        assert isinstance(query, Query) and query.value is not None
        rows = self.rows(query, frames)
        if node.function == "ANY":
            hit = self.test(query.value, rows.frames, True)
        else:
            hit = ~self.truth(self.test(query.value, rows.frames, False))
        found = exists(self.bound(select(1).select_from(rows.source).where(*rows.conditions, hit), frames))
        return found if node.function == "ANY" else ~found


def narrowed(column: Any, where: ColumnElement[bool] | None) -> Any:
    """The aggregate over the rows that fulfil a condition only."""
    return column if where is None else column.filter(where)


def _reads(value: ColumnElement[Any], source: FromClause) -> bool:
    """Whether an expression reads a column of these rows: of what is written, parts may be known beforehand."""
    own = {id(each) for each in iterate(source) if isinstance(each, FromClause)}
    return any(id(getattr(each, "table", None)) in own for each in iterate(value))


def row_type(query: Query) -> Type:
    """The type of the rows that a query reads last."""
    of = query.steps[-1].source.type.of
    assert of is not None
    return of
