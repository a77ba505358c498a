"""The SQLite way: every expression that is more than a column is one call of the Python executor's own closure, so it means
the same by construction. Values travel as `wire.py` says; exact sums and ordered lists are aggregates of ours.
"""

from __future__ import annotations

import json
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    String,
    and_,
    case,
    column,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.types import NullType

from engine.expressions import sqlite_periods
from engine.expressions.functions import PEOPLE
from engine.expressions.lazy import needed_for
from engine.expressions.refusing import may_refuse
from engine.expressions.sql_lists import narrowed, row_type
from engine.expressions.sql_terms import Cell, Frames, Reached
from engine.expressions.sql_values import Compiler
from engine.expressions.sqlite_functions import keep, lend, lend_clock
from engine.expressions.tree import Aggregate, Call, Get, Literal, Node, Op, Query, Source, Var, Within
from engine.expressions.types import Type
from engine.expressions.walk import Change, everything, free, rebuild
from engine.expressions.wire import NEVER, OFFSET, Wire, encoder, token_of

CLOCKED = frozenset({"YEAR", "MONTH", "DAY", "WEEKDAY", "WEEKNUM", "HOUR", "MINUTE", "SECOND", "PERIOD", "TEXT"})
"""Functions whose result depends on the time zone when they are given a moment, as a date plus a time does."""
MOST_ARGUMENTS = 100
NOTHING = f"{OFFSET:029d}"
"""The computed number 0."""
_BIG = 2**63


class SqliteCompiler(Compiler):
    """Compiles the parts of a formula for one environment."""

    certain = True

    # -- values and conditions -----------------------------------------------------------------------------------------

    def bind(self, value: Any, token: str) -> Cell:
        """A value that is known now."""
        raw = encoder(token)(value)
        kind = BigInteger() if isinstance(raw, int) else String()
        return Cell(literal(raw, kind), token)

    def column(self, node: Get, shape: str, table: Any) -> Cell:
        """A column as it is kept."""
        found: ColumnElement[Any] = table.c.id if node.name == "id" else self.tables.column(shape, table, node.name)
        scale = getattr(found.type, "scale", None) or 0
        # the bare value, whatever the column's own type would make of it
        return Cell(type_coerce(found, NullType()), token_of(node.type, scale))

    def result(self, cell: Cell) -> ColumnElement[Any]:
        """Decoded by the type."""
        return type_coerce(cell.column, Wire(cell.token))

    def term(self, cell: Cell, descending: bool) -> ColumnElement[Any]:
        """SQLite's own order of nulls."""
        return cell.column.desc() if descending else cell.column.asc()

    def flag(self, test: ColumnElement[bool]) -> Cell:
        """0 or 1."""
        return Cell(type_coerce(self.truth(test), Integer), "b")

    def truth(self, test: ColumnElement[bool]) -> ColumnElement[Any]:
        """A condition as something that `not` doesn't rewrite."""
        return func.coalesce(test, 0)

    def sure(self, test: ColumnElement[bool], positive: bool) -> ColumnElement[bool]:
        """COALESCE, where it matters."""
        return test if positive else type_coerce(self.truth(test), Integer) == 1

    def is_true(self, cell: Cell, positive: bool) -> ColumnElement[bool]:
        """A 0 or 1 (or NULL) as a condition."""
        return self.sure(type_coerce(cell.column, Integer) == 1, positive)

    def comparable(self, node: Node, frames: Frames) -> bool:
        """Whether SQL reads it without a computation, so that it can be compared as it is kept."""
        return isinstance(node, Var | Get | Aggregate | Within) and self.native(node, frames)

    def alike(self, one: Cell, other: Cell) -> bool:
        """Whether they have the same encoding."""
        return one.token == other.token

    def with_constant(self, op: str, cell: Cell, value: Any, positive: bool) -> ColumnElement[bool]:
        """A scaled number is compared with a whole one, so that its index is used."""
        column, token = cell.column, cell.token
        if token[0] == "n" and token != "n":
            scaled = Decimal(value).scaleb(int(token[1:]))
            whole = int(scaled.to_integral_value(ROUND_FLOOR))
            if abs(whole) >= _BIG:
                # no column reaches so far
                smaller = (op in ("<", "<=")) == (value > 0) and op not in ("=", "!=")
                return true() if op == "!=" else column.is_not(None) if smaller else false()
            if scaled != whole:
                if op in ("=", "!="):
                    return true() if op == "!=" else false()
                op = "<=" if op in ("<", "<=") else ">"
            return self.native_compare(op, column, literal(whole, BigInteger), positive, known=True)
        return self.native_compare(op, column, self.bind(value, token).column, positive, known=True)

    def one_of(self, cell: Cell, values: list[Any], positive: bool) -> ColumnElement[bool]:
        """IN over known values; null is found by null."""
        encode, found = encoder(cell.token), []
        for value in values:
            try:
                raw = encode(value)
            except ValueError:
                continue
            if raw is not None and (not isinstance(raw, int) or abs(raw) < _BIG) and raw != NEVER:
                found.append(raw)
        column = type_coerce(cell.column, BigInteger if found and isinstance(found[0], int) else String)
        test = self.sure(column.in_(found), positive) if found else false()
        return or_(test, cell.column.is_(None)) if None in values else test

    # -- lists -----------------------------------------------------------------------------------------------------------

    def members(self, source: Node, shape: str, table: FromClause, frames: Frames) -> Reached:
        """By the JSON list of ids."""
        ids = (
            self.value(source, frames).column
            if self.native(source, frames)
            else literal(json.dumps(self.ids(source)), String)
        )
        each = func.json_each(ids).table_valued(column("key", Integer), column("value", Integer)).alias()
        return Reached(table, table.c.id == each.c.value, [each.c.key], ids=each)

    def listed(self, query: Query, frames: Frames) -> Cell:
        """The values as a JSON array."""
        statement, token = self.statement(query, frames)
        inner = statement.subquery()
        array = select(func.json_group_array(inner.c.v)).select_from(inner)
        return Cell(self.bound(array, frames).scalar_subquery(), "[" + token)

    def reduced(self, name: str, cell: Cell, bare: bool, where: ColumnElement[bool] | None = None) -> Cell:
        """SUM of scaled numbers is SQLite's own, of others ours."""
        value, token = cell.column, cell.token
        if name == "COUNT":
            return Cell(narrowed(func.count() if bare else func.count(value), where), "n0")
        if name in ("MIN", "MAX"):
            best = func.min(value) if name == "MIN" else func.max(value)
            return Cell(narrowed(best, where), token)
        made = "l" if token == "l" else "n"
        if name == "AVG":
            return Cell(narrowed(func.fl_avg(token, value, type_=String), where), made)
        if token != "n":
            return Cell(func.coalesce(narrowed(func.sum(value), where), 0), token if token != "t" else "n0")
        return Cell(func.coalesce(narrowed(func.fl_sum(token, value, type_=String), where), NOTHING), made)

    def text_list(self, node: Aggregate, query: Query, frames: Frames) -> Cell:
        """LIST and JOIN over the ordered values."""
        statement, token = self.statement(query, frames)
        inner = statement.subquery()
        between = self.value(node.args[0], frames).column if node.args else null()
        # the rows come ordered, so there is no key
        picked = func.fl_pick(literal(node.function, String), between, "", inner.c.v, type_=String)
        found = self.bound(select(picked).select_from(inner), frames).scalar_subquery()
        return Cell(
            func.coalesce(found, *_nothing(node.function, between)), "[" + token if node.function == "LIST" else "t"
        )

    # -- what Python computes ------------------------------------------------------------------------------------------

    def computed(self, node: Node, frames: Frames) -> Cell:
        """One call of the node's closure; its parts that SQL reads are the arguments."""
        arguments = _Arguments(self, frames)
        tree = arguments.replaced(node, frozenset())
        if len(arguments.cells) > MOST_ARGUMENTS:
            arguments = _Arguments(self, frames)
            tree = arguments.each(node)
        cell = self.combined(tree, arguments.cells)
        period = sqlite_periods.asked(node)
        if period is None or not self.native(period[0], frames):
            return cell
        given, unit = period
        zone = self.env.zone if given.type.kind == "instant" else None
        return Cell(sqlite_periods.first_day(self.value(given, frames).column, unit, zone, cell.column), cell.token)

    def combined(self, tree: Node, cells: list[Cell]) -> Cell:
        """The call of a tree whose variables `$0`, `$1`, … are these expressions."""
        result = token_of(tree.type)
        expression = keep(tree, tuple(cell.token for cell in cells), result)
        self.known.expressions.append(expression)
        lent = self.lent(_needed(tree))
        kind = Integer() if result in ("b", "l") or result.startswith("r:") else String()
        return Cell(func.fl_value(expression.id, lent, *(cell.column for cell in cells), type_=kind), result)

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
            truths = self.truth(self.test(query.value, frames, False))
            best = func.max if name == "ANY" else func.min
            return Cell(func.coalesce(narrowed(best(truths), where), int(name == "ALL")), "b")
        shape = row_type(query)
        cell = Cell(table.c.id, token_of(shape)) if query.value is None else self.value(query.value, frames)
        if name not in ("FIRST", "LAST", "LIST", "JOIN"):
            return self.reduced(name, cell, query.value is None, where)
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
            return Cell(func.coalesce(column, *_nothing(name, between)), "[" + token if name == "LIST" else "t")
        return Cell(column, token)

    def lent(self, needed: str) -> ColumnElement[int]:
        """The environment for functions: `all` of it, its `clock`, or nothing."""
        if needed == "all":
            self.known.single = True
            return lend(self.env)
        return lend_clock(self.env) if needed == "clock" else literal(0, Integer)


def _nothing(name: str, between: ColumnElement[Any]) -> tuple[Any, ...]:
    """What LIST or JOIN gives for no rows; JOIN by null is null."""
    if name == "LIST":
        return ("[]",)
    return (func.iif(between.is_(None), null(), literal("", String)), null())


def _needed(tree: Node) -> str:
    """What a kept tree reads beside its arguments: `all` (variables, the reader), the `clock`, or nothing."""
    own = {step.frame for part in everything(tree) if isinstance(part, Query) for step in part.steps}
    found = ""
    for part in everything(tree):
        match part:
            case Var():
                if not part.name.startswith("$") and part.name not in own:
                    return "all"
            case Call():
                if part.function in PEOPLE:
                    return "all"
                if part.function in CLOCKED and part.args[0].type.kind == "instant":
                    found = "clock"
            case Op(op="+"):
                if part.type.kind == "instant" and "time" in (side.type.kind for side in part.args):
                    found = "clock"
            case Within() | Source():
                return "all"
    return found


class _Arguments:
    """Replaces the parts of a tree that SQL reads, or that are known now, by variables `$0`, `$1`, …"""

    def __init__(self, compiler: SqliteCompiler, frames: Frames) -> None:
        self.compiler, self.frames = compiler, frames
        self.cells: list[Cell] = []
        self.seen: dict[Any, Var] = {}
        self.guards: list[Node] = []

    def argument(self, node: Node, cell: Cell) -> Node:
        """The variable that stands for the node."""
        key = (node.of.name, node.name) if isinstance(node, Get) and isinstance(node.of, Var) else None
        if key is not None and key in self.seen:
            return self.seen[key]
        found = Var(node.type, 0, f"${len(self.cells)}")
        self.cells.append(cell)
        if key is not None:
            self.seen[key] = found
        return found

    def replaced(self, node: Node, local: frozenset[str]) -> Node:
        """The tree with arguments; `local` are the frames of queries that stay inside."""
        compiler, frames = self.compiler, self.frames
        if isinstance(node, Literal):
            return node
        inside = bool(free(node) & local)
        if not inside and compiler.fixed(node, frames):
            if _plain(node.type):
                return self.argument(node, compiler.value(node, frames))
            return node
        if not inside and isinstance(node, Var | Get | Within | Query | Aggregate) and compiler.native(node, frames):
            return self.argument(node, self.guarded(node))
        if isinstance(node, Query):
            local = local | {step.frame for step in node.steps}
        return self.parts(node, local, lambda part: self.replaced(part, local))

    def each(self, node: Node) -> Node:
        """The node with every direct part an argument."""
        return self.parts(node, frozenset(), lambda part: self.argument(part, self.guarded(part)))

    def parts(self, node: Node, local: frozenset[str], change: Change) -> Node:
        """The node with its direct parts changed, each behind the condition on which it is computed."""
        conditions = iter(needed_for(node))

        def changed(part: Node) -> Node:
            condition = next(conditions, None)
            if condition is None or free(condition) & local:
                return change(part)
            self.guards.append(condition)
            found = change(part)
            self.guards.pop()
            return found

        return rebuild(node, changed)

    def guarded(self, node: Node) -> Cell:
        """The node's expression; where it may refuse, computed only when Python would come to it."""
        cell = self.compiler.value(node, self.frames)
        if not self.guards or not may_refuse(node):
            return cell
        tests = [self.compiler.test(guard, self.frames, False) for guard in self.guards]
        return Cell(case((and_(*tests), cell.column)), cell.token)


def _plain(type: Type) -> bool:
    """Whether values of the type can be bound: all but records at hand and lists of them."""
    if type.kind == "list":
        return type.of is not None and type.of.kind not in ("record", "list")
    return type.kind != "record"
