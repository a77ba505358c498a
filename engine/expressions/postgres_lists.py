"""Lists in PostgreSQL: a list of values is a JSON array, unnested where it is searched or added up."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Numeric,
    Text,
    and_,
    any_,
    case,
    cast,
    collate,
    column,
    exists,
    false,
    func,
    literal,
    null,
    nulls_first,
    nulls_last,
    select,
    true,
    values,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by

from engine.expressions import python
from engine.expressions.postgres_values import as_json, bound, fl, from_json, sql_type
from engine.expressions.sql_lists import narrowed, row_type
from engine.expressions.sql_terms import Cell, Frames, Reached, Tables
from engine.expressions.sql_values import Compiler
from engine.expressions.tree import Aggregate, ListOf, Node, Query, Var
from engine.expressions.types import Env
from engine.expressions.wire import token_of

GROUP = "rows"
"""The variable that is the records of a group, in a measure."""

EMPTY = literal([], JSONB())


class PostgresLists(Compiler):
    """The part of the compiler that reads rows and lists."""

    def __init__(self, tables: Tables, env: Env, *, kept: bool = False) -> None:
        super().__init__(tables, env, kept=kept)
        self.cells: dict[str, Cell] = {}

    # -- rows ----------------------------------------------------------------------------------------------------------

    def term(self, cell: Cell, descending: bool) -> ColumnElement[Any]:
        """Texts by code point, nulls as the smallest."""
        key = collate(cell.column, "C") if cell.token[0] in "tp" else cell.column
        return nulls_last(key.desc()) if descending else nulls_first(key.asc())

    def members(self, source: Node, shape: str, table: FromClause, frames: Frames) -> Reached:
        """By the JSON list of ids; lines at hand, which may differ from those stored, as they are."""
        if self.fixed(source, frames) and "." in shape:
            return self.at_hand(source, shape, table)
        ids = bound(self.ids(source), "[r") if self.fixed(source, frames) else self.value(source, frames).column
        each = _unnested(ids)
        id = from_json(each.c.value, "r")
        return Reached(table, table.c.id == id, [each.c.key], ids=each)

    def at_hand(self, source: Node, shape: str, table: FromClause) -> Reached:
        """Lines that aren't stored yet, as VALUES."""
        self.known.single = True
        rows = [row for row in python.compile(source)(self.env) if row is not None]
        columns = [each for each in self.tables.table(shape).c if each.name != "position"]
        data = []
        for place, row in enumerate(rows):
            found = [
                _kept(row.id if c.name == "id" else row.value("parent" if c.name == "parent_id" else c.name))
                for c in columns
            ]
            data.append((*found, place))
        if not data:
            return Reached(table, false(), [table.c.id])
        given = (
            values(*(column(each.name, each.type) for each in columns), column("position", Integer)).data(data).alias()
        )
        return Reached(given, None, [given.c.position], given)

    def reached(self, source: Node, shape: str, table: FromClause, frames: Frames) -> Reached:
        """A group's records by their ids, which are an aggregate of the statement around."""
        if isinstance(source, Var) and source.name == GROUP and GROUP in frames.rows:
            ids = func.array_agg(frames.rows[GROUP].c.id, type_=ARRAY(BigInteger))
            return Reached(table, table.c.id == any_(ids), self.natural(table))
        return super().reached(source, shape, table, frames)

    # -- lists as values -----------------------------------------------------------------------------------------------

    def array(self, node: ListOf, frames: Frames) -> Cell:
        """`[a, b]`."""
        items = [as_json(self.value(item, frames)) for item in node.items]
        return Cell(func.jsonb_build_array(*items, type_=JSONB()), token_of(node.type))

    def holds_member(self, many: Cell, given: Cell) -> ColumnElement[bool]:
        """Whether a list has that value."""
        each = _unnested(many.column)
        same = from_json(each.c.value, many.token[1:]).is_not_distinct_from(given.column)
        return exists(select(1).select_from(each).where(same))

    def listed(self, query: Query, frames: Frames) -> Cell:
        """The values as an array, nulls too."""
        rows = self.rows(query, frames)
        cell = self.each(query, rows)
        array = func.jsonb_agg(aggregate_order_by(as_json(cell), *self.ordered(query, rows)), type_=JSONB())
        found = select(func.coalesce(array, EMPTY)).select_from(rows.source).where(*rows.conditions)
        return Cell(self.bound(found, frames).scalar_subquery(), "[" + cell.token)

    # -- list functions ------------------------------------------------------------------------------------------------

    def aggregate(self, node: Aggregate, frames: Frames) -> Cell:
        """A list function over a query, or over a list of values."""
        if isinstance(node.list, Query):
            return super().aggregate(node, frames)
        many = self.value(node.list, frames)
        token = many.token[1:]
        each = _unnested(many.column)
        cell = Cell(from_json(each.c.value, token), token)
        between = self.value(node.args[0], frames).column if node.args else null()
        found = self.over(node.function, cell, [each.c.key], [each.c.key.desc()], between, None)
        return Cell(select(found.column).select_from(each).scalar_subquery(), found.token)

    def any_or_all(self, node: Aggregate, frames: Frames) -> ColumnElement[bool]:
        """Over a list of values too."""
        if isinstance(node.list, Query):
            return super().any_or_all(node, frames)
        return self.aggregate(node, frames).column

    def text_list(self, node: Aggregate, query: Query, frames: Frames) -> Cell:
        """LIST and JOIN over the ordered values."""
        rows = self.rows(query, frames)
        cell = self.each(query, rows)
        between = self.value(node.args[0], frames).column if node.args else null()
        found = self.over(node.function, cell, self.ordered(query, rows), [], between, None)
        statement = select(found.column).select_from(rows.source).where(*rows.conditions)
        return Cell(self.bound(statement, frames).scalar_subquery(), found.token)

    def reduced(self, name: str, cell: Cell, bare: bool, where: ColumnElement[bool] | None = None) -> Cell:
        """Exact sums, refused when they have grown too large."""
        value, token = cell.column, cell.token
        if name == "COUNT":
            return Cell(cast(narrowed(func.count() if bare else func.count(value), where), Numeric), "n")
        if name in ("MIN", "MAX"):
            key = collate(value, "C") if token == "t" else value
            return Cell(narrowed(func.min(key) if name == "MIN" else func.max(key), where), token)
        if token == "t":
            # nothing but bare nulls
            value, token = cast(value, Numeric), "n"
        total = narrowed(func.sum(value, type_=Numeric()), where)
        if name == "SUM":
            total = func.coalesce(total, 0)
            return Cell(
                fl.length(total, type_=BigInteger()) if token == "l" else fl.kept(total, type_=Numeric()), token
            )
        count = narrowed(func.count(value), where)
        if token == "l":
            return Cell(fl.length(fl.half_away(total, count), type_=BigInteger()), token)
        return Cell(fl.kept(fl.divide(total, count), type_=Numeric()), token)

    def over(
        self,
        name: str,
        cell: Cell,
        order: list[ColumnElement[Any]],
        backwards: list[ColumnElement[Any]],
        between: ColumnElement[Any],
        where: ColumnElement[bool] | None,
    ) -> Cell:
        """Any list function as an aggregate over ordered rows; `backwards` is the order from their end."""
        value, token = cell.column, cell.token
        if name in ("FIRST", "LAST"):
            ordered = aggregate_order_by(value, *(order if name == "FIRST" else backwards))
            array = narrowed(func.array_agg(ordered, type_=ARRAY(sql_type(token))), where)
            return Cell(fl.first(array, type_=sql_type(token)), token)
        if name in ("ANY", "ALL"):
            truth = func.bool_or(value) if name == "ANY" else func.bool_and(func.coalesce(value, false()))
            return Cell(func.coalesce(narrowed(truth, where), false() if name == "ANY" else true()), "b")
        if name == "LIST":
            there = _both(where, value.is_not(None))
            array = func.jsonb_agg(aggregate_order_by(as_json(cell), *order), type_=JSONB()).filter(there)
            return Cell(func.coalesce(array, EMPTY), "[" + token)
        if name == "JOIN":
            text = cast(value, Text)
            there = _both(where, text != "")
            joined = func.string_agg(text, aggregate_order_by(between, *order), type_=Text()).filter(there)
            return Cell(case((between.is_not(None), func.coalesce(joined, ""))), "t")
        return self.reduced(name, cell, False, where)

    # -- measures ------------------------------------------------------------------------------------------------------

    def grouped(self, node: Aggregate, table: FromClause) -> Cell:
        """An aggregate with FILTER; over lists of the records, a sub-select over the group's ids."""
        query = node.list
        assert isinstance(query, Query)
        if len(query.steps) > 1:
            return self.aggregate(node, Frames({GROUP: table}, (table,)))
        frames = Frames({query.steps[0].frame: table}, (table,))
        where = None if query.where is None else self.test(query.where, frames, True)
        if query.value is None:
            cell = Cell(table.c.id, token_of(row_type(query)))
        else:
            cell = self.value(query.value, frames)
        if node.function in ("SUM", "AVG", "COUNT", "MIN", "MAX"):
            return self.reduced(node.function, cell, query.value is None, where)
        keys = [(self.value(key, frames), down) for key, down in query.sort]
        natural = self.natural(table)
        order = [self.term(key, down) for key, down in keys] + natural
        backwards = [self.term(key, not down) for key, down in keys] + [each.desc() for each in natural]
        between = self.value(node.args[0], Frames({}, ())).column if node.args else null()
        return self.over(node.function, cell, order, backwards, between, where)


def _both(where: ColumnElement[bool] | None, there: ColumnElement[bool]) -> ColumnElement[bool]:
    return there if where is None else and_(where, there)


def _unnested(many: ColumnElement[Any]) -> Any:
    """The members of a JSON list as rows: `value`, and `key`, which orders them."""
    found = func.jsonb_array_elements(func.coalesce(many, EMPTY))
    return found.table_valued(column("value", JSONB), with_ordinality="key", joins_implicitly=True).render_derived()


def _kept(value: Any) -> Any:
    """A row's value as its column takes it."""
    if isinstance(value, list):
        return tuple(getattr(each, "id", each) for each in value)
    return value.id if hasattr(value, "shape") else value
