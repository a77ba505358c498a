"""The functions of the language in PostgreSQL; what is null of null is so by the database's own strict functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy import Boolean, ColumnElement, Numeric, Text, case, cast, collate, extract, func, or_

from engine.expressions import postgres_formats, postgres_people
from engine.expressions.functions import PEOPLE
from engine.expressions.postgres_values import fl, sql_type
from engine.expressions.sql_terms import Cell, Frames
from engine.expressions.tree import Call, Literal, Node
from engine.expressions.types import Env
from engine.expressions.wire import token_of

E = ColumnElement[Any]


class Compiles(Protocol):
    """What functions need of the compiler."""

    env: Env

    def value(self, node: Node, frames: Frames) -> Cell:
        """A node as an expression."""

    def test(self, node: Node, frames: Frames, positive: bool) -> ColumnElement[bool]:
        """A node as a condition."""

    def native_compare(self, op: str, left: E, right: E, positive: bool, *, known: bool = False) -> ColumnElement[bool]:
        """A comparison, null-safe."""


def call(compiler: Compiles, node: Call, frames: Frames) -> E:
    """A function as an expression."""
    name = node.function
    if name in LAZY:
        return LAZY[name](compiler, node, frames)
    if name in PEOPLE:
        return postgres_people.answered(compiler, node, frames)
    if name == "TEXT":
        return postgres_formats.written(compiler.value(node.args[0], frames), node, compiler.env)
    if name == "ISBLANK":
        return _blank(compiler.value(node.args[0], frames))
    args = [compiler.value(arg, frames).column for arg in node.args]
    if name in ("MIN", "MAX"):
        return _extreme(name, args, node)
    if name == "JOIN":
        texts = [func.nullif(arg, "", type_=Text()) for arg in args[1:]]
        return case((args[0].is_not(None), func.concat_ws(args[0], *texts, type_=Text())))
    if name == "PERIOD" and node.type.kind == "instant":
        began: E = fl.clock_period(args[0], _unit(args[1]), str(compiler.env.zone), type_=sql_type("i"))
        return began
    if name in OF_DAYS and node.args[0].type.kind == "instant":
        args[0] = cast(local(args[0], compiler.env), sql_type("d"))
    if name in OF_CLOCKS and node.args[0].type.kind == "instant":
        args[0] = local(args[0], compiler.env)
    found = RULES[name](*args)
    if any(arg.type.kind == "null" for arg in node.args):
        # of a NULL without type the database makes a result of a type of its own choice (`floor(NULL)` is a double)
        return cast(found, sql_type(token_of(node.type)))
    return found


def local(moment: E, env: Env) -> Any:
    """A moment on the organisation's clock, without zone."""
    return fl.local(moment, str(env.zone))


# -- computed only as far as needed ------------------------------------------------------------------------------------


def _then(compiler: Compiles, node: Node, frames: Frames) -> E:
    return compiler.value(node, frames).column


def _if(compiler: Compiles, node: Call, frames: Frames) -> E:
    condition, *values = node.args
    found = [_then(compiler, value, frames) for value in values]
    return case((compiler.test(condition, frames, True), found[0]), else_=found[1] if len(found) > 1 else None)


def _ifs(compiler: Compiles, node: Call, frames: Frames) -> E:
    pairs = zip(node.args[::2], node.args[1::2], strict=True)
    return case(*((compiler.test(c, frames, True), _then(compiler, v, frames)) for c, v in pairs))


def _switch(compiler: Compiles, node: Call, frames: Frames) -> E:
    given, *rest = node.args
    value = _then(compiler, given, frames)
    pairs = zip(rest[::2], rest[1::2], strict=False)
    cases = [
        (compiler.native_compare("=", value, _then(compiler, each, frames), False), _then(compiler, then, frames))
        for each, then in pairs
    ]
    return case(*cases, else_=_then(compiler, rest[-1], frames) if len(rest) % 2 else None)


def _coalesce(compiler: Compiles, node: Call, frames: Frames) -> E:
    cells = [compiler.value(arg, frames) for arg in node.args]
    return func.coalesce(*(cell.column for cell in cells), type_=sql_type(cells[0].token))


LAZY: dict[str, Callable[[Compiles, Call, Frames], E]] = {
    "IF": _if, "IFS": _ifs, "SWITCH": _switch, "COALESCE": _coalesce,
}  # fmt: skip


# -- all arguments are computed ----------------------------------------------------------------------------------------


def _blank(cell: Cell) -> E:
    if cell.token == "t":
        return or_(cell.column.is_(None), cell.column == "")
    if cell.token[0] == "[":
        return func.coalesce(func.jsonb_array_length(cell.column), 0) == 0
    return cell.column.is_(None)


def _extreme(name: str, args: list[E], node: Call) -> E:
    """The smallest or greatest; null when one is null."""
    if node.type.kind == "text":
        args = [collate(arg, "C") for arg in args]
    best = func.least(*args) if name == "MIN" else func.greatest(*args)
    return case((or_(*(arg.is_(None) for arg in args)), None), else_=best)


def _n(column: E) -> E:
    return cast(column, Numeric)


def _kept(column: E) -> Any:
    return fl.kept(column, type_=Numeric())


def _count(n: Any, least: int = 0) -> Any:
    return fl.counted(n, least)


def _digits(n: Any) -> Any:
    return fl.digits(n)


def _day(function: Any) -> Any:
    function.type = sql_type("d")
    return function


def _unit(unit: E) -> E:
    return func.lower(unit)


SMALL, CAPITALS = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
OF_DAYS = frozenset({"YEAR", "MONTH", "DAY", "WEEKDAY", "WEEKNUM", "PERIOD"})
OF_CLOCKS = frozenset({"HOUR", "MINUTE", "SECOND"})

RULES: dict[str, Callable[..., E]] = {
    "ABS": lambda x: func.abs(x, type_=Numeric()),
    "ROUND": lambda x, n=0: _kept(func.round(x, _digits(n))),
    "ROUNDUP": lambda x, n=0: _kept(fl.round_up(x, _digits(n))),
    "ROUNDDOWN": lambda x, n=0: _kept(func.trunc(x, _digits(n))),
    "INT": lambda x: func.floor(x, type_=Numeric()),
    "MOD": lambda a, b: fl.modulo(a, b, type_=Numeric()),
    "POWER": lambda x, n: fl.power(x, n, type_=Numeric()),
    "SQRT": lambda x: fl.square_root(x, type_=Numeric()),
    "RMBCAP": lambda x: fl.capitals(x, type_=Text()),
    "LEN": lambda t: _n(func.char_length(t)),
    "LEFT": lambda t, n=1: func.left(t, _count(n), type_=Text()),
    "RIGHT": lambda t, n=1: func.right(t, _count(n), type_=Text()),
    "MID": lambda t, start, n: func.substr(t, _count(start, 1), _count(n), type_=Text()),
    "FIND": lambda part, t, start=1: fl.find(part, t, _count(start, 1), type_=Numeric()),
    "CONTAINS": lambda t, part: func.strpos(t, part) > 0,
    "STARTSWITH": lambda t, part: func.starts_with(t, part, type_=Boolean()),
    "TRIM": lambda t: func.btrim(t, " ", type_=Text()),
    "UPPER": lambda t: func.translate(t, SMALL, CAPITALS, type_=Text()),
    "LOWER": lambda t: func.translate(t, CAPITALS, SMALL, type_=Text()),
    "SUBSTITUTE": lambda t, old, new: func.replace(t, old, new, type_=Text()),
    "NUMBER": lambda t: fl.read_number(t, type_=Numeric()),
    "DATE": lambda y, m, d: _day(fl.made(y, m, d)),
    "TIME": lambda h, m, s=0: fl.time_of(h, m, s, type_=sql_type("c")),
    "YEAR": lambda d: _n(extract("year", d)),
    "MONTH": lambda d: _n(extract("month", d)),
    "DAY": lambda d: _n(extract("day", d)),
    "WEEKDAY": lambda d, kind=1: fl.weekday(d, kind, type_=Numeric()),
    "WEEKNUM": lambda d, kind=1: fl.week_number(d, kind, type_=Numeric()),
    "HOUR": lambda t: _n(extract("hour", t)),
    "MINUTE": lambda t: _n(extract("minute", t)),
    "SECOND": lambda t: func.trunc(_n(extract("second", t)), type_=Numeric()),
    "EDATE": lambda d, n: _day(fl.months_later(d, n)),
    "EOMONTH": lambda d, n: _day(fl.month_end(d, n)),
    "DATEDIF": lambda a, b, unit: fl.dates_between(a, b, _unit(unit), type_=Numeric()),
    "PERIOD": lambda d, unit: _day(fl.period(d, _unit(unit))),
    "WORKDAY": lambda d, n, *by: _day((fl.worked_later if by else fl.workdays_later)(d, n, *by)),
    "DISTANCE": lambda a, b: fl.distance(a, b, type_=Numeric()),
    "NETWORKDAYS": lambda a, b, *by: (fl.worked_between if by else fl.workdays)(a, b, *by, type_=Numeric()),
}


def is_text(node: Node) -> str | None:
    """The text that a literal is."""
    return node.value if isinstance(node, Literal) and isinstance(node.value, str) else None
