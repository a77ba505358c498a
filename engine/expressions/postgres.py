"""The PostgreSQL way: every part of a formula is an expression of the database, each kind of value in its own type.

Numbers are rounded where the Python executor rounds and refused where it refuses; what isn't come to stands in a CASE.
Functions are in `postgres_calls.py`, lists in `postgres_lists.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Cast,
    ColumnElement,
    Integer,
    Numeric,
    String,
    Text,
    case,
    cast,
    collate,
    false,
    func,
    literal,
    null,
    or_,
    type_coerce,
)

from engine.expressions import postgres_calls
from engine.expressions.postgres_lists import PostgresLists
from engine.expressions.postgres_values import Native, bound, fl, from_json, raw, sql_type
from engine.expressions.refusing import grows
from engine.expressions.sql_terms import Cell, Frames
from engine.expressions.tree import Call, Get, ListOf, Node, Op, Pick, Var, Within
from engine.expressions.walk import free, reads_forms
from engine.expressions.wire import NEVER, token_of

PLACES = {"latitude": 0, "longitude": 1, "address": 2}
"""Where a location's members stand in its text."""

_BIG = 2**63


class PostgresCompiler(PostgresLists):
    """Compiles the parts of a formula for one environment."""

    # -- values --------------------------------------------------------------------------------------------------------

    def fixed(self, node: Node, frames: Frames) -> bool:
        """Not what stands for an aggregate of a measure."""
        return not (free(node) & self.cells.keys()) and super().fixed(node, frames)

    def hopeless(self, node: Node, frames: Frames) -> bool:
        """Whether it doesn't depend on the rows, and computing it refuses."""
        if free(node) & (frames.rows.keys() | self.cells.keys()):
            return False
        return (self.env.reader is not None or not reads_forms(node)) and self.refused(node)

    def value(self, node: Node, frames: Frames) -> Cell:
        """What is bound to be refused refuses only where the statement comes to it."""
        if self.hopeless(node, frames):
            token = token_of(node.type)
            return Cell(cast(cast(fl.refuse(), Text), sql_type(token)), token)
        if node.type.kind == "null":
            # of no type, so that it can stand beside any
            return Cell(null(), token_of(node.type))
        return super().value(node, frames)

    def test(self, node: Node, frames: Frames, positive: bool) -> ColumnElement[bool]:
        """Likewise."""
        if self.hopeless(node, frames):
            return func.coalesce(fl.refuse(type_=Numeric()) > 0, false())
        return super().test(node, frames, positive)

    def native(self, node: Node, frames: Frames) -> bool:
        """Whatever depends on the rows."""
        match node:
            case Var():
                return node.name in frames.rows
            case Get() if node.of.type.kind == "location":
                return False
            case Get() | Within():
                return bool(free(node.of) & frames.rows.keys())
        return True

    def bind(self, value: Any, token: str) -> Cell:
        """A parameter of its type."""
        return Cell(bound(value, token), token)

    def column(self, node: Get, shape: str, table: Any) -> Cell:
        """A column in the type of its kind."""
        found: ColumnElement[Any] = table.c.id if node.name == "id" else self.tables.column(shape, table, node.name)
        token = token_of(node.type)
        if token[0] == "[" or (token == "n" and isinstance(found.type, Integer)):
            return Cell(cast(found, sql_type(token)), token)
        return Cell(type_coerce(found, sql_type(token)), token)

    def result(self, cell: Cell) -> ColumnElement[Any]:
        """Read by the type; a text sorts by code point."""
        found = collate(cell.column, "C") if cell.token == "t" else cell.column
        return type_coerce(found, Native(cell.token))

    def combined(self, tree: Node, cells: list[Cell]) -> Cell:
        """The tree with these expressions in it."""
        self.cells = {f"${i}": cell for i, cell in enumerate(cells)}
        return self.value(tree, Frames({}, ()))

    def computed(self, node: Node, frames: Frames) -> Cell:
        """Operators, functions, members of places, lists of values."""
        token = token_of(node.type)
        match node:
            case Var():
                return self.cells[node.name]
            case Op(op="in"):
                return Cell(self.found_in(node, frames), "b")
            case Op():
                return Cell(self.operator(node, frames), token)
            case Call():
                return Cell(postgres_calls.call(self, node, frames), token)
            case ListOf():
                return self.array(node, frames)
            case Get():
                part = cast(self.value(node.of, frames).column, sql_type("[")).op("->")(PLACES[node.name])
                return Cell(func.nullif(from_json(part, token), "") if token == "t" else from_json(part, token), token)
            case Pick():
                given = self.value(node.of, frames).column
                cases = [(given == name, bound(held, token)) for name, held in node.names]
                return Cell(case(*cases), token)
        raise AssertionError(node)

    # -- conditions ----------------------------------------------------------------------------------------------------

    def truth(self, test: ColumnElement[bool]) -> ColumnElement[Any]:
        """COALESCE."""
        return func.coalesce(test, false())

    def sure(self, test: ColumnElement[bool], positive: bool) -> ColumnElement[bool]:
        """COALESCE, where it matters."""
        return test if positive else self.truth(test)

    def flag(self, test: ColumnElement[bool]) -> Cell:
        """A boolean."""
        return Cell(self.truth(test), "b")

    def is_true(self, cell: Cell, positive: bool) -> ColumnElement[bool]:
        """A boolean is a condition."""
        return self.sure(cell.column, positive)

    def comparable(self, node: Node, frames: Frames) -> bool:
        """Every expression is."""
        return True

    def alike(self, one: Cell, other: Cell) -> bool:
        """The checker saw to it."""
        return True

    def native_compare(
        self, op: str, left: ColumnElement[Any], right: ColumnElement[Any], positive: bool, *, known: bool = False
    ) -> ColumnElement[bool]:
        """Texts are ordered by code point."""
        if op not in ("=", "!=") and isinstance(left.type, String):
            left = collate(left, "C")
        return super().native_compare(op, left, right, positive, known=known)

    def with_constant(self, op: str, cell: Cell, value: Any, positive: bool) -> ColumnElement[bool]:
        """A whole column is compared as one, so that its index is used."""
        whole = isinstance(cell.column, Cast) and isinstance(cell.column.clause.type, Integer)
        if whole and cell.token == "n" and value == int(value) and abs(value) < _BIG:
            same = literal(int(value), BigInteger())
            return self.native_compare(op, cell.column.clause, same, positive, known=True)
        return self.native_compare(op, cell.column, bound(value, cell.token), positive, known=True)

    def one_of(self, cell: Cell, values: list[Any], positive: bool) -> ColumnElement[bool]:
        """IN; NULL beside it."""
        found = [one for value in values if (one := raw(value, cell.token)) is not None]
        if cell.token[0] == "r":
            found = [one for one in found if one != NEVER]
        if cell.token == "b":
            return or_(*(self.truth(cell.column) == bound(value, "b") for value in found), false())
        test = self.sure(cell.column.in_([bound(one, cell.token) for one in found]), positive) if found else false()
        return or_(test, cell.column.is_(None)) if None in values else test

    def found_in(self, node: Op, frames: Frames) -> ColumnElement[bool]:
        """`in` a list that depends on the rows."""
        given, many = self.value(node.args[0], frames), node.args[1]
        if isinstance(many, ListOf):
            items = [self.value(item, frames).column for item in many.items]
            return or_(*(given.column.is_not_distinct_from(item) for item in items), false())
        return self.holds_member(self.value(many, frames), given)

    # -- operators -----------------------------------------------------------------------------------------------------

    def operator(self, node: Op, frames: Frames) -> Any:
        """Arithmetic and `&`."""
        sides = [self.value(arg, frames).column for arg in node.args]
        if node.op == "neg":
            return -sides[0]
        left, right = sides
        if node.op == "&":
            return func.coalesce(left, "").concat(func.coalesce(right, ""))
        kinds = (node.args[0].type.kind, node.op, node.args[1].type.kind)
        if "date" in kinds and "time" in kinds:
            day, at = (left, right) if kinds[0] == "date" else (right, left)
            return fl.moment(day, at, str(self.env.zone), type_=sql_type("i"))
        made = OPERATORS[kinds](left, right)
        return fl.kept(made, type_=Numeric()) if node.type.kind == "number" and grows(node) else made


def _number(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(column, Numeric)


def _length(micros: ColumnElement[Any]) -> Any:
    return fl.length(micros, type_=BigInteger())


def _later(day: Any, days: Any) -> Any:
    return fl.later(day, days, type_=sql_type("d"))


def _after(moment: Any, micros: Any) -> Any:
    return fl.after(moment, micros, type_=sql_type("i"))


def _clock(at: Any, micros: Any) -> Any:
    return fl.clock(fl.clock_micros(at, type_=Numeric()) + micros, type_=sql_type("c"))


_UNIT = 100_000_000

OPERATORS: dict[tuple[str, str, str], Callable[[Any, Any], ColumnElement[Any]]] = {
    ("number", "+", "number"): lambda a, b: a + b,
    ("number", "-", "number"): lambda a, b: a - b,
    ("number", "*", "number"): lambda a, b: func.round(a * b, 8, type_=Numeric()),
    ("number", "/", "number"): lambda a, b: fl.divide(a, b, type_=Numeric()),
    ("date", "+", "number"): _later,
    ("number", "+", "date"): lambda n, d: _later(d, n),
    ("date", "-", "number"): lambda d, n: _later(d, -n),
    ("date", "-", "date"): lambda a, b: cast(a.op("-", return_type=Integer())(b), Numeric),
    ("instant", "+", "length"): lambda t, x: _after(t, _number(x)),
    ("length", "+", "instant"): lambda x, t: _after(t, _number(x)),
    ("instant", "-", "length"): lambda t, x: _after(t, -_number(x)),
    ("instant", "-", "instant"): lambda a, b: cast(
        fl.micros(a, type_=Numeric()) - fl.micros(b, type_=Numeric()), BigInteger
    ),
    ("time", "-", "time"): lambda a, b: cast(
        fl.clock_micros(a, type_=Numeric()) - fl.clock_micros(b, type_=Numeric()), BigInteger
    ),
    ("time", "+", "length"): lambda t, x: _clock(t, _number(x)),
    ("length", "+", "time"): lambda x, t: _clock(t, _number(x)),
    ("time", "-", "length"): lambda t, x: _clock(t, -_number(x)),
    ("length", "+", "length"): lambda a, b: _length(_number(a) + _number(b)),
    ("length", "-", "length"): lambda a, b: _length(_number(a) - _number(b)),
    ("length", "*", "number"): lambda x, n: _length(func.round(_number(x) * n, type_=Numeric())),
    ("number", "*", "length"): lambda n, x: _length(func.round(_number(x) * n, type_=Numeric())),
    ("length", "/", "number"): lambda x, n: _length(fl.half_away(_number(x) * _UNIT, n * _UNIT)),
    ("length", "/", "length"): lambda a, b: fl.divide(_number(a), _number(b), type_=Numeric()),
}
"""Arithmetic by the kinds of its sides; null of null."""
