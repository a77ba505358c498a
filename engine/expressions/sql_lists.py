"""Queries and list functions in SQL: correlated sub-selects, and aggregates over the rows of a group.

A path of lists is a chain of joins. Without a `sort`, rows come in the order of their ids, lines in that of their record and
position. What stands inside them is compiled by `sql_values.py`, which extends the class here.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    column,
    exists,
    func,
    literal,
    null,
    select,
    true,
    type_coerce,
)

from engine.expressions.sql_functions import lend, lend_clock
from engine.expressions.sql_terms import Cell, Frames, Known, Reached, Rows, Tables
from engine.expressions.tree import Aggregate, Get, Node, Query, Source
from engine.expressions.types import Env, Type
from engine.expressions.walk import free
from engine.expressions.wire import OFFSET, Wire, token_of

NOTHING = f"{OFFSET:029d}"
"""The computed number 0."""


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
    def ids(self, node: Node) -> list[int]:
        """The ids of a list of stored rows that doesn't depend on the rows read."""

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
            if joined is None:
                joined = reached.source
                conditions += [reached.on] if reached.on is not None else []
            else:
                joined = joined.join(reached.source, true() if reached.on is None else reached.on)
            inner = inner.having(step.frame, table)
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
        ):
            owner = self.value(source.of, frames).column
            parent = type_coerce(self.tables.column(shape, table, "parent"), Integer)
            return Reached(table, parent == owner, self.natural(table))
        if self.native(source, frames):
            ids = self.value(source, frames).column
        else:
            ids = literal(json.dumps(self.ids(source)), String)
        each = self.members(ids)
        return Reached(each.join(table, table.c.id == each.c.value), None, [each.c.key])

    def members(self, ids: ColumnElement[Any]) -> FromClause:
        """The members of a JSON list of ids as rows: `value`, and `key`, which orders them."""
        return func.json_each(ids).table_valued(column("key", Integer), column("value", Integer)).alias()

    def natural(self, table: FromClause) -> list[ColumnElement[Any]]:
        """The order of rows that nothing sorts."""
        if "parent_id" in table.c and "position" in table.c:
            return [table.c.parent_id, table.c.position, table.c.id]
        return [table.c.id]

    def ordered(self, query: Query, rows: Rows, backwards: bool = False) -> list[ColumnElement[Any]]:
        """The terms of ORDER BY: nulls are the smallest."""
        own = {step.frame for step in query.steps}
        # what doesn't depend on the rows doesn't order them
        terms = [(self.value(key, rows.frames).column, down) for key, down in query.sort if free(key) & own]
        terms += [(column, False) for column in rows.order]
        return [column.desc() if down != backwards else column.asc() for column, down in terms]

    def each(self, query: Query, rows: Rows) -> Cell:
        """What the query gives for each row: its value, or the row's id."""
        if query.value is not None:
            return self.value(query.value, rows.frames)
        last = query.steps[-1]
        of = last.source.type.of
        assert of is not None
        return Cell(type_coerce(rows.frames.rows[last.frame].c.id, Integer), token_of(of))

    def statement(self, query: Query, frames: Frames) -> tuple[Select[Any], str]:
        """The rows' values in order, as a statement of one column `v`."""
        rows = self.rows(query, frames)
        cell = self.each(query, rows)
        found = (
            select(type_coerce(cell.column, Wire(cell.token)).label("v"))
            .select_from(rows.source)
            .where(*rows.conditions)
        )
        return self.bound(found.order_by(*self.ordered(query, rows)), frames), cell.token

    def bound(self, statement: Select[Any], frames: Frames) -> Select[Any]:
        """The statement, told which tables it finds outside."""
        return statement.correlate(*frames.around) if frames.around else statement.correlate(None)

    def listed(self, query: Query, frames: Frames) -> Cell:
        """The values as a JSON array."""
        statement, token = self.statement(query, frames)
        inner = statement.subquery()
        array = select(func.json_group_array(inner.c.v)).select_from(inner)
        return Cell(self.bound(array, frames).scalar_subquery(), "[" + token)

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
        if query.value is not None and not free(query.value) & {step.frame for step in query.steps}:
            # an aggregate of outer columns alone would belong to the outer statement
            inner = select(cell.column.label("v")).select_from(rows.source).where(*rows.conditions)
            each = self.bound(inner, frames).subquery()
            column, token = reduced(name, Cell(each.c.v, cell.token), False)
            return Cell(self.bound(select(column).select_from(each), frames).scalar_subquery(), token)
        column, token = reduced(name, cell, query.value is None)
        found = select(column).select_from(rows.source).where(*rows.conditions)
        return Cell(self.bound(found, frames).scalar_subquery(), token)

    def any_or_all(self, node: Aggregate, frames: Frames) -> ColumnElement[bool]:
        """ANY is that a row with it exists, ALL that none without it does."""
        query = node.list
        assert isinstance(query, Query) and query.value is not None
        rows = self.rows(query, frames)
        if node.function == "ANY":
            hit = self.test(query.value, rows.frames, True)
        else:
            hit = ~truth(self.test(query.value, rows.frames, False))
        found = exists(self.bound(select(1).select_from(rows.source).where(*rows.conditions, hit), frames))
        return found if node.function == "ANY" else ~found

    def text_list(self, node: Aggregate, query: Query, frames: Frames) -> Cell:
        """LIST and JOIN over the ordered values."""
        statement, token = self.statement(query, frames)
        inner = statement.subquery()
        between = self.value(node.args[0], frames).column if node.args else null()
        # the rows come ordered, so there is no key
        picked = func.fl_pick(literal(node.function, String), between, "", inner.c.v, type_=String)
        found = self.bound(select(picked).select_from(inner), frames).scalar_subquery()
        return Cell(
            func.coalesce(found, *nothing(node.function, between)), "[" + token if node.function == "LIST" else "t"
        )

    # -- measures: over the rows of a group ----------------------------------------------------------------------------

    def grouped(self, node: Aggregate, table: FromClause) -> Cell:
        """A list function over the group's records, as an aggregate over the rows of `table`."""
        query = node.list
        assert isinstance(query, Query)
        frames = Frames({query.steps[0].frame: table}, (table,))
        between = self.value(node.args[0], Frames({}, ())).column if node.args else null()
        if len(query.steps) > 1:
            return self.grouped_lists(node, query, frames, table, between)
        name = node.function
        where = None if query.where is None else self.test(query.where, frames, True)
        if name in ("ANY", "ALL"):
            assert query.value is not None
            truths = truth(self.test(query.value, frames, False))
            best = func.max if name == "ANY" else func.min
            return Cell(func.coalesce(narrowed(best(truths), where), int(name == "ALL")), "b")
        shape = table_shape(query)
        cell = Cell(table.c.id, token_of(shape)) if query.value is None else self.value(query.value, frames)
        if name not in ("FIRST", "LAST", "LIST", "JOIN"):
            column, token = reduced(name, cell, query.value is None, where)
            return Cell(column, token)
        keys = [(self.value(key, frames).column, down) for key, down in query.sort]
        keys += [(column, False) for column in self.natural(table)]
        downs = "".join(str(int(down)) for _, down in keys)
        picked = func.fl_pick(
            literal(name, String), between, literal(downs, String), cell.column, *(key for key, _ in keys), type_=String
        )
        return self.finished(name, narrowed(picked, where), cell.token, between)

    def grouped_lists(
        self, node: Aggregate, query: Query, frames: Frames, table: FromClause, between: ColumnElement[Any]
    ) -> Cell:
        """A list function over the lists of the group's records (`SUM(items.amount)`)."""
        rest = Query(query.type, query.at, query.steps[1:], query.where, (), query.value)
        array, token = self.keyed(rest, query.sort, frames)
        downs = "".join(str(int(down)) for _, down in query.sort)
        many = func.fl_many(
            literal(node.function, String), token, between, downs, array, *self.natural(table), type_=String
        )
        name = node.function
        if name in ("SUM", "AVG"):
            made = "l" if token == "l" else "n"
            zero = "0" if made == "l" else NOTHING
            return Cell(func.coalesce(many, zero) if name == "SUM" else many, made)
        if name == "COUNT":
            return Cell(func.coalesce(type_coerce(many, Integer), 0), "n0")
        if name in ("ANY", "ALL"):
            return Cell(func.coalesce(type_coerce(many, Integer), int(name == "ALL")), "b")
        return self.finished(name, many, token, between)

    def keyed(
        self, query: Query, sort: tuple[tuple[Node, bool], ...], frames: Frames
    ) -> tuple[ColumnElement[Any], str]:
        """The values as a JSON array in the rows' own order, each with its sort keys: `[value, key, …]`."""
        rows = self.rows(query, frames)
        cell = self.each(query, rows)
        keys = [self.value(key, rows.frames).column for key, _ in sort]
        each = select(func.json_array(cell.column, *keys).label("v")).select_from(rows.source).where(*rows.conditions)
        inner = self.bound(each.order_by(*self.ordered(query, rows)), frames).subquery()
        array = select(func.json_group_array(func.json(inner.c.v))).select_from(inner)
        return self.bound(array, frames).scalar_subquery(), cell.token

    def finished(self, name: str, column: ColumnElement[Any], token: str, between: ColumnElement[Any]) -> Cell:
        """The result of FIRST, LAST, MIN, MAX, LIST or JOIN over a group."""
        if name in ("LIST", "JOIN"):
            return Cell(func.coalesce(column, *nothing(name, between)), "[" + token if name == "LIST" else "t")
        return Cell(column, token)

    def lent(self, needed: str) -> ColumnElement[int]:
        """The environment for functions: `all` of it, its `clock`, or nothing."""
        if needed == "all":
            self.known.single = True
            return lend(self.env)
        return lend_clock(self.env) if needed == "clock" else literal(0, Integer)


def nothing(name: str, between: ColumnElement[Any]) -> tuple[Any, ...]:
    """What LIST or JOIN gives for no rows; JOIN by null is null."""
    if name == "LIST":
        return ("[]",)
    return (func.iif(between.is_(None), null(), literal("", String)), null())


def reduced(
    name: str, cell: Cell, bare: bool, where: ColumnElement[bool] | None = None
) -> tuple[ColumnElement[Any], str]:
    """SUM, AVG, COUNT, MIN or MAX of an expression, and the encoding of the result. `bare`: rows, not values."""
    column, token = cell.column, cell.token
    if name == "COUNT":
        return narrowed(func.count() if bare else func.count(column), where), "n0"
    if name in ("MIN", "MAX"):
        best = func.min(column) if name == "MIN" else func.max(column)
        return narrowed(best, where), token
    made = "l" if token == "l" else "n"
    if name == "AVG":
        return narrowed(func.fl_avg(token, column, type_=String), where), made
    if token != "n":
        return func.coalesce(narrowed(func.sum(column), where), 0), token if token != "t" else "n0"
    return func.coalesce(narrowed(func.fl_sum(token, column, type_=String), where), NOTHING), made


def narrowed(column: Any, where: ColumnElement[bool] | None) -> Any:
    """The aggregate over the rows that fulfil a condition only."""
    return column if where is None else column.filter(where)


def truth(test: ColumnElement[bool]) -> ColumnElement[Any]:
    """A condition as something that `not` doesn't rewrite."""
    return func.coalesce(test, 0)


def table_shape(query: Query) -> Type:
    """The type of the rows that a query reads last."""
    of = query.steps[-1].source.type.of
    assert of is not None
    return of
