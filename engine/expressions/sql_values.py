"""Values and conditions in SQL. and/or/not, comparisons of a column and `in` are native, so that indexes are used;
every other expression is one call of the Python executor's own closure; what doesn't depend on the rows is computed
beforehand and bound. No SQL is ever made of text.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    String,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.types import NullType

from engine.expressions import python
from engine.expressions.functions import PEOPLE
from engine.expressions.sql_functions import keep
from engine.expressions.sql_lists import Lists, truth
from engine.expressions.sql_terms import Cell, Frames
from engine.expressions.tree import Aggregate, Call, Get, Literal, Node, Op, Pick, Query, Source, Var, Within
from engine.expressions.types import Type
from engine.expressions.walk import everything, free, reads_forms, rebuild
from engine.expressions.wire import NEVER, encoder, token_of

FLIPPED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
CLOCKED = frozenset({"YEAR", "MONTH", "DAY", "WEEKDAY", "WEEKNUM", "HOUR", "MINUTE", "SECOND", "PERIOD", "TEXT"})
"""Functions whose result depends on the time zone when they are given a moment, as a date plus a time does."""
MOST_ARGUMENTS = 100
_BIG = 2**63


class Compiler(Lists):
    """Compiles the parts of a formula for one environment."""

    # -- values --------------------------------------------------------------------------------------------------------

    def fixed(self, node: Node, frames: Frames) -> bool:
        """Whether it doesn't depend on the rows read, so that Python can compute it beforehand."""
        if free(node) & frames.rows.keys():
            return False
        return self.env.reader is not None or not reads_forms(node)

    def bind(self, value: Any, token: str) -> Cell:
        """A value that is known now."""
        raw = encoder(token)(value)
        kind = BigInteger() if isinstance(raw, int) else String()
        return Cell(literal(raw, kind), token)

    def value(self, node: Node, frames: Frames) -> Cell:
        """A node as a SQL expression."""
        if self.fixed(node, frames):
            pointer = self.known.pointer(node)
            if pointer is not None:
                return Cell(pointer, token_of(node.type))
            return self.bind(self.known.value(node), token_of(node.type))
        if node.type.kind == "boolean":
            return Cell(type_coerce(truth(self.test(node, frames, False)), Integer), "b")
        match node:
            case Var():
                return Cell(frames.rows[node.name].c.id, token_of(node.type))
            case Get() if self.native(node, frames):
                return self.member(node, frames)
            case Within() if self.native(node, frames):
                return self.within(node, frames)
            case Query() if self.native(node, frames):
                return self.listed(node, frames)
            case Aggregate() if self.native(node, frames):
                return self.aggregate(node, frames)
        return self.computed(node, frames)

    def native(self, node: Node, frames: Frames) -> bool:
        """Whether a member or a list is read by SQL, and not from rows at hand."""
        match node:
            case Var():
                return node.name in frames.rows
            case Get() if node.of.type.kind == "location":
                return False
            case Get() | Within():
                return self.native(node.of, frames) or (
                    not isinstance(node.of, Var | Get) and bool(free(node.of) & frames.rows.keys())
                )
            case Query():
                first = node.steps[0].source
                return isinstance(first, Source) or self.native(first, frames)
            case Aggregate():
                return isinstance(node.list, Query) and self.native(node.list, frames)
        return False

    def member(self, node: Get, frames: Frames) -> Cell:
        """A stored member of a row, or of a record that a row refers to (then a sub-select)."""
        shape = node.of.type.shape or ""
        if isinstance(node.of, Var):
            return self.column(node, shape, frames.rows[node.of.name])
        owner = self.value(node.of, frames).column
        if node.name == "id":
            return Cell(owner, "n0")
        table = self.tables.table(shape).alias()
        cell = self.column(node, shape, table)
        found = self.bound(select(cell.column).select_from(table).where(table.c.id == owner), frames)
        return Cell(found.scalar_subquery(), cell.token)

    def column(self, node: Get, shape: str, table: Any) -> Cell:
        """A column as it is kept."""
        column: ColumnElement[Any] = table.c.id if node.name == "id" else self.tables.column(shape, table, node.name)
        scale = getattr(column.type, "scale", None) or 0
        # the bare value, whatever the column's own type would make of it
        return Cell(type_coerce(column, NullType()), token_of(node.type, scale))

    def within(self, node: Within, frames: Frames) -> Cell:
        """The formula of a member, with its record as the only row in view."""
        if isinstance(node.of, Var):
            return self.value(node.body.tree, frames.only("this", frames.rows[node.of.name]))
        owner = self.value(node.of, frames).column
        table = self.tables.table(node.of.type.shape or "").alias()
        cell = self.value(node.body.tree, frames.only("this", table))
        found = self.bound(select(cell.column).select_from(table).where(table.c.id == owner), frames)
        return Cell(found.scalar_subquery(), cell.token)

    # -- what Python computes ------------------------------------------------------------------------------------------

    def computed(self, node: Node, frames: Frames) -> Cell:
        """One call of the node's closure; its parts that SQL reads are the arguments."""
        arguments = _Arguments(self, frames)
        tree = arguments.replaced(node, frozenset())
        if len(arguments.cells) > MOST_ARGUMENTS:
            arguments = _Arguments(self, frames)
            tree = rebuild(node, lambda part: arguments.argument(part, self.value(part, frames)))
        return self.call(tree, arguments.cells)

    def call(self, tree: Node, cells: list[Cell]) -> Cell:
        """The call of a tree whose variables `$0`, `$1`, … are these expressions."""
        result = token_of(tree.type)
        expression = keep(tree, tuple(cell.token for cell in cells), result)
        self.known.expressions.append(expression)
        lent = self.lent(_needed(tree))
        kind = Integer() if result in ("b", "l") or result.startswith("r:") else String()
        return Cell(func.fl_value(expression.id, lent, *(cell.column for cell in cells), type_=kind), result)

    def ids(self, node: Node) -> list[int]:
        """The ids of a list of stored rows that doesn't depend on the rows read."""
        self.known.single = True
        rows = python.compile(node)(self.env)
        return [row.id for row in rows if row is not None and row.id is not None]

    # -- conditions ----------------------------------------------------------------------------------------------------

    def test(self, node: Node, frames: Frames, positive: bool) -> ColumnElement[bool]:
        """A condition; where `positive`, NULL may stand for false."""
        if self.fixed(node, frames):
            return true() if self.known.value(node) else false()
        match node:
            case Op(op="and" | "or"):
                sides = [self.test(side, frames, positive) for side in node.args]
                return and_(*sides) if node.op == "and" else or_(*sides)
            case Op(op="not"):
                return ~truth(self.test(node.args[0], frames, False))
            case Op(op="in"):
                return self.among(node, frames, positive)
            case Op():
                return self.compared(node, frames, positive)
            case Pick() if self.direct(node.of, frames):
                names = [name for name, held in node.names if held is True]
                return _sure(self.value(node.of, frames).column.in_(names), positive)
            case Aggregate(function="ANY" | "ALL") if self.native(node, frames):
                return self.any_or_all(node, frames)
            case Within() if isinstance(node.of, Var) and self.native(node, frames):
                return self.test(node.body.tree, frames.only("this", frames.rows[node.of.name]), positive)
            case Get() if self.native(node, frames):
                return self.is_true(self.member(node, frames), positive)
            case Within() if self.native(node, frames):
                return self.is_true(self.within(node, frames), positive)
            case Aggregate() if self.native(node, frames):
                return self.is_true(self.aggregate(node, frames), positive)
        return self.is_true(self.computed(node, frames), True)

    def is_true(self, cell: Cell, positive: bool) -> ColumnElement[bool]:
        """A 0 or 1 (or NULL) as a condition."""
        return _sure(type_coerce(cell.column, Integer) == 1, positive)

    def direct(self, node: Node, frames: Frames) -> bool:
        """Whether SQL reads it without a computation, so that it can be compared as it is kept."""
        return isinstance(node, Var | Get | Aggregate | Within) and self.native(node, frames)

    def compared(self, node: Op, frames: Frames, positive: bool) -> ColumnElement[bool]:
        """`= != < <= > >=`: native for columns, else computed."""
        left, right = node.args
        op = node.op
        if self.fixed(left, frames):
            left, right, op = right, left, FLIPPED[op]
        if not self.direct(left, frames):
            return self.is_true(self.computed(node, frames), True)
        if "boolean" in (left.type.kind, right.type.kind):
            same = truth(self.test(left, frames, False)) == truth(self.test(right, frames, False))
            return same if op == "=" else ~same
        if self.fixed(right, frames):
            cell, pointer = self.value(left, frames), self.known.pointer(right)
            if pointer is not None:
                return _native(op, cell.column, pointer, positive, known=True)
            return self.with_constant(op, cell, self.known.value(right), positive)
        cells = self.value(left, frames), self.value(right, frames)
        if not self.direct(right, frames) or cells[0].token != cells[1].token:
            return self.is_true(self.computed(node, frames), True)
        return _native(op, cells[0].column, cells[1].column, positive)

    def with_constant(self, op: str, cell: Cell, value: Any, positive: bool) -> ColumnElement[bool]:
        """A column compared with a value that is known now."""
        column, token = cell.column, cell.token
        if value is None:
            return column.is_(None) if op == "=" else column.is_not(None) if op == "!=" else false()
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
            return _native(op, column, literal(whole, BigInteger), positive, known=True)
        return _native(op, column, self.bind(value, token).column, positive, known=True)

    # -- in ------------------------------------------------------------------------------------------------------------

    def among(self, node: Op, frames: Frames, positive: bool) -> ColumnElement[bool]:
        """`x in list`: IN for known values, EXISTS for a query, else computed."""
        given, many = node.args
        if given.type.kind == "boolean" or not (self.direct(given, frames) or self.fixed(given, frames)):
            return self.is_true(self.computed(node, frames), True)
        if self.fixed(many, frames):
            return self.one_of(self.value(given, frames), self.known.value(many), positive)
        query = many.list if isinstance(many, Aggregate) else many
        if isinstance(query, Query) and self.native(query, frames):
            cell = self.value(given, frames)
            inner = self.statement(query, frames)[1]
            if inner == cell.token:
                return self.holds(query, frames, cell.column, isinstance(many, Aggregate))
        return self.is_true(self.computed(node, frames), True)

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
        test = _sure(column.in_(found), positive) if found else false()
        return or_(test, cell.column.is_(None)) if None in values else test


def _native(
    op: str, left: ColumnElement[Any], right: ColumnElement[Any], positive: bool, *, known: bool = False
) -> ColumnElement[bool]:
    """A comparison of two columns, null-safe; `known`: the right side isn't null."""
    if op == "=":
        return left == right if known and positive else left.is_not_distinct_from(right)
    if op == "!=":
        return left.is_distinct_from(right)
    found = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[op]
    return _sure(found, positive)


def _sure(test: ColumnElement[bool], positive: bool) -> ColumnElement[bool]:
    return test if positive else type_coerce(truth(test), Integer) == 1


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

    def __init__(self, compiler: Compiler, frames: Frames) -> None:
        self.compiler, self.frames = compiler, frames
        self.cells: list[Cell] = []
        self.seen: dict[Any, Var] = {}

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
            return self.argument(node, compiler.value(node, frames))
        if isinstance(node, Query):
            local = local | {step.frame for step in node.steps}
        return rebuild(node, lambda part: self.replaced(part, local))


def _plain(type: Type) -> bool:
    """Whether values of the type can be bound: all but records at hand and lists of them."""
    if type.kind == "list":
        return type.of is not None and type.of.kind not in ("record", "list")
    return type.kind != "record"
