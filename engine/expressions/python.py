"""The reference executor: a typed tree becomes closures over an environment.

Null in arithmetic is null, comparisons are two-valued, a condition is never null. Lists at hand (lines still being typed)
are read here; a query whose first list is a stored form is the reader's. Long because it has one closure for each kind of node.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from engine.expressions import dates, lists, numbers
from engine.expressions.functions import FUNCTIONS, PEOPLE
from engine.expressions.lists import MICRO
from engine.expressions.tree import (
    Aggregate,
    Call,
    Get,
    ListOf,
    Literal,
    Node,
    Op,
    Pick,
    Query,
    Source,
    Step,
    Typed,
    Var,
    Within,
)
from engine.expressions.types import Env, Reader, Value
from engine.expressions.walk import conjuncts, free
from engine.problems import Refused, problem
from engine.problems import expression as wrong

Run = Callable[[Env], Any]

_KEPT: dict[int, tuple[Typed, Run]] = {}
_MOST_KEPT = 20_000


def evaluate(typed: Typed, env: Env) -> Value:
    """The value of a checked formula. Raises Refused when a number grows too large, or when records must be read and
    the environment has no reader."""
    return runner(typed)(env)


def runner(typed: Typed) -> Run:
    """What evaluates this formula, for whoever asks it of many environments; made once for each formula."""
    kept = _KEPT.get(id(typed))
    if kept is None or kept[0] is not typed:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        # the formula itself is kept with its closures, so its id can't be another's
        kept = _KEPT[id(typed)] = (typed, compile(typed))
    return kept[1]


def compile(given: Typed | Node) -> Run:
    """The closure that computes a formula, or a part of one."""
    node = given.tree if isinstance(given, Typed) else given
    run = _compile(node)
    if node.type.kind == "boolean" and not isinstance(node, Literal | Op):
        return lambda env: run(env) is True
    return run


def same(a: Any, b: Any) -> bool:
    """Whether two records are the same one; one that isn't stored yet equals itself only."""
    if a is None or b is None:
        return a is b
    return a is b or (a.id is not None and a.id == b.id and a.shape == b.shape)


def _compile(node: Node) -> Run:
    match node:
        case Literal(value=value):
            return lambda env: value
        case Var(name=name):
            return lambda env: env.variables[name]
        case Get():
            return _get(node)
        case Pick():
            of, names = compile(node.of), dict(node.names)
            return lambda env: names.get(of(env))
        case Within():
            return _within(node)
        case Op():
            return _op(node)
        case Call():
            return _call(node)
        case ListOf():
            items = [compile(item) for item in node.items]
            return lambda env: [item(env) for item in items]
        case Query():
            return _query(node)
        case Aggregate():
            return _aggregate(node)
    raise AssertionError(node)


# -- members -----------------------------------------------------------------------------------------------------------


def _get(node: Get) -> Run:
    name, kind = node.name, node.type.kind
    if isinstance(node.of, Var) and kind not in ("boolean", "list"):
        return _get_own(node.of.name, name, number=kind == "number")
    of = compile(node.of)
    if kind == "number":
        return _get_number(of, name)
    if kind == "boolean":

        def flag(env: Env) -> bool:
            row = of(env)
            return row is not None and bool(row.value(name))

        return flag
    if kind == "list":

        def many(env: Env) -> list[Any]:
            row = of(env)
            return [] if row is None else list(row.value(name) or ())

        return many

    def one(env: Env) -> Any:
        row = of(env)
        return None if row is None else row.value(name)

    return one


def _get_own(variable: str, name: str, *, number: bool) -> Run:
    """A member of a variable: what most formulas read most often."""

    def own(env: Env) -> Any:
        row = env.variables[variable]
        return None if row is None else row.value(name)

    def own_number(env: Env) -> Decimal | None:
        row = env.variables[variable]
        if row is None:
            return None
        value = row.id if name == "id" else row.value(name)
        return value if value is None or value.__class__ is Decimal else Decimal(value)

    return own_number if number else own


def _get_number(of: Run, name: str) -> Run:
    def number(env: Env) -> Decimal | None:
        row = of(env)
        if row is None:
            return None
        value = row.id if name == "id" else row.value(name)
        return value if value is None or value.__class__ is Decimal else Decimal(value)

    return number


def _within(node: Within) -> Run:
    of, body = compile(node.of), compile(node.body.tree)
    nothing: Callable[[], Any] = {"boolean": bool, "list": list}.get(node.type.kind, lambda: None)

    def within(env: Env) -> Any:
        row = of(env)
        return nothing() if row is None else body(env.having(this=row))

    return within


# -- operators ---------------------------------------------------------------------------------------------------------


def _op(node: Op) -> Run:
    sides = [compile(arg) for arg in node.args]
    if node.op == "not":
        of = sides[0]
        return lambda env: not of(env)
    if node.op == "neg":
        return _negative(sides[0], node)
    left, right = sides
    if node.op == "and":
        return lambda env: left(env) and right(env)
    if node.op == "or":
        return lambda env: left(env) or right(env)
    if node.op == "&":
        return lambda env: (left(env) or "") + (right(env) or "")
    if node.op in ("=", "!="):
        return _equal(node, left, right)
    if node.op == "in":
        return _in(node, left, right)
    if node.op in _ORDER:
        order = _ORDER[node.op]

        def compared(env: Env) -> bool:
            a, b = left(env), right(env)
            return a is not None and b is not None and order(a, b)

        return compared
    kinds = (node.args[0].type.kind, node.op, node.args[1].type.kind)
    if "date" in kinds and "time" in kinds:
        day, at = (left, right) if kinds[0] == "date" else (right, left)
        return _moment(day, at)
    compute = _ARITHMETIC[kinds]

    def computed(env: Env) -> Any:
        a, b = left(env), right(env)
        return None if a is None or b is None else compute(a, b)

    return computed


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _negative(of: Run, node: Op) -> Run:
    def negative(env: Env) -> Any:
        value = of(env)
        return value.copy_negate() if isinstance(value, Decimal) else None if value is None else -value

    return negative


def _equal(node: Op, left: Run, right: Run) -> Run:
    equal = node.op == "="
    if "record" in (node.args[0].type.kind, node.args[1].type.kind):
        return lambda env: same(left(env), right(env)) is equal
    if equal:
        return lambda env: bool(left(env) == right(env))
    return lambda env: bool(left(env) != right(env))


def _in(node: Op, left: Run, right: Run) -> Run:
    if node.args[0].type.kind == "record":

        def among(env: Env) -> bool:
            row = left(env)
            return any(same(row, other) for other in right(env))

        return among
    return lambda env: left(env) in right(env)


def _longer(length: timedelta, by: Decimal) -> timedelta:
    return lists.length(lists.half_away(length // MICRO * numbers.units(by), 10**numbers.DECIMALS))


def _shorter(length: timedelta, by: Decimal) -> timedelta | None:
    units = numbers.units(by)
    return lists.length(lists.half_away(length // MICRO * 10**numbers.DECIMALS, units)) if units else None


def _moment(day: Run, at: Run) -> Run:
    def moment(env: Env) -> Any:
        a, b = day(env), at(env)
        return None if a is None or b is None else dates.moment(a, b, env.zone)

    return moment


_ARITHMETIC: dict[tuple[str, str, str], Callable[[Any, Any], Any]] = {
    ("number", "+", "number"): numbers.add,
    ("number", "-", "number"): numbers.subtract,
    ("number", "*", "number"): numbers.multiply,
    ("number", "/", "number"): numbers.divide,
    ("date", "+", "number"): lambda d, n: dates.later(d, int(n)),
    ("number", "+", "date"): lambda n, d: dates.later(d, int(n)),
    ("date", "-", "number"): lambda d, n: dates.later(d, -int(n)),
    ("date", "-", "date"): lambda a, b: Decimal((a - b).days),
    ("instant", "+", "length"): dates.after,
    ("length", "+", "instant"): lambda length, t: dates.after(t, length),
    ("instant", "-", "length"): lambda t, length: dates.after(t, -length),
    ("instant", "-", "instant"): lambda a, b: a - b,
    ("time", "-", "time"): lambda a, b: dates.clock_between(b, a),
    ("time", "+", "length"): dates.clock_after,
    ("length", "+", "time"): lambda length, t: dates.clock_after(t, length),
    ("time", "-", "length"): lambda t, length: dates.clock_after(t, -length),
    ("length", "+", "length"): lambda a, b: lists.length((a + b) // MICRO),
    ("length", "-", "length"): lambda a, b: lists.length((a - b) // MICRO),
    ("length", "*", "number"): _longer,
    ("number", "*", "length"): lambda n, length: _longer(length, n),
    ("length", "/", "number"): _shorter,
    ("length", "/", "length"): lambda a, b: numbers.divide(Decimal(a // MICRO), Decimal(b // MICRO)),
}


# -- functions ---------------------------------------------------------------------------------------------------------


def _call(node: Call) -> Run:
    name, args = node.function, [compile(arg) for arg in node.args]
    if name in _LAZY:
        return _LAZY[name](args, node)
    if name in PEOPLE:
        return _people(name, args)
    if name in ("MIN", "MAX"):
        best: Callable[[list[Any]], Any] = min if name == "MIN" else max

        def extreme(env: Env) -> Any:
            values = [arg(env) for arg in args]
            return None if None in values else best(values)

        return extreme
    if name == "JOIN":
        return lambda env: lists.reduce("JOIN", [a(env) for a in args[1:]], "text", args[0](env))
    function = FUNCTIONS[name]
    run = function.run
    assert run is not None
    if not function.strict:
        return lambda env: run(env, *[arg(env) for arg in args])

    def strict(env: Env) -> Any:
        values = [arg(env) for arg in args]
        return None if None in values else run(env, *values)

    return strict


def _people(name: str, args: list[Run]) -> Run:
    def people(env: Env) -> Any:
        values = [arg(env) for arg in args]
        return None if any(value is None for value in values) else reader_of(env).call(name, values)

    return people


def _if(args: list[Run], node: Call) -> Run:
    condition, then = args[:2]
    other: Run = args[2] if len(args) > 2 else lambda env: None
    return lambda env: then(env) if condition(env) else other(env)


def _ifs(args: list[Run], node: Call) -> Run:
    pairs = list(zip(args[::2], args[1::2], strict=True))

    def ifs(env: Env) -> Any:
        return next((value(env) for condition, value in pairs if condition(env)), None)

    return ifs


def _switch(args: list[Run], node: Call) -> Run:
    value, rest = args[0], args[1:]
    other: Run = rest[-1] if len(rest) % 2 else lambda env: None
    pairs = list(zip(rest[::2], rest[1::2], strict=False))
    equal: Callable[[Any, Any], bool] = same if node.args[0].type.kind == "record" else lambda a, b: bool(a == b)

    def switch(env: Env) -> Any:
        given = value(env)
        return next((then for case, then in pairs if equal(given, case(env))), other)(env)

    return switch


def _coalesce(args: list[Run], node: Call) -> Run:
    def coalesce(env: Env) -> Any:
        for arg in args:
            value = arg(env)
            if value is not None:
                return value
        return None

    return coalesce


_LAZY = {"IF": _if, "IFS": _ifs, "SWITCH": _switch, "COALESCE": _coalesce}


# -- lists -------------------------------------------------------------------------------------------------------------


def reader_of(env: Env) -> Reader:
    """The environment's reader; raises Refused when it has none."""
    if env.reader is None:
        raise Refused(problem(wrong.NEEDS_READER))
    return env.reader


def stored(node: Node) -> bool:
    """Whether a list is a query that starts at a stored form."""
    return isinstance(node, Query) and isinstance(node.steps[0].source, Source)


def _aggregate(node: Aggregate) -> Run:
    if stored(node.list):
        return lambda env: reader_of(env).aggregate(node, env)
    values, function, kind = compile(node.list), node.function, node.type.kind
    between = compile(node.args[0]) if node.args else None
    return lambda env: lists.reduce(function, values(env), kind, between(env) if between else None)


def _query(node: Query) -> Run:
    if stored(node):
        return lambda env: reader_of(env).select(node, env)
    rest = conjuncts(node.where)
    steps: list[tuple[str, Run]] = []
    frames: set[str] = set()
    unread = {step.frame for step in node.steps}
    for step in node.steps:
        unread.discard(step.frame)
        fetch, rest = _step(step, rest, frames, unread)
        steps.append((step.frame, fetch))
        frames.add(step.frame)
    value = compile(node.value) if node.value is not None else _compile(_row(node))
    return _Walk(steps, [compile(c) for c in rest], [(compile(key), down) for key, down in node.sort], value).values


def _row(node: Query) -> Var:
    last = node.steps[-1]
    assert last.source.type.of is not None
    return Var(last.source.type.of, node.at, last.frame)


def _step(step: Step, rest: list[Node], frames: set[str], unread: set[str]) -> tuple[Run, list[Node]]:
    """How one list of a path is read, and the conditions that are left; a stored form takes with it those that it can."""
    if not isinstance(step.source, Source):
        return compile(step.source), rest
    mine = [c for c in rest if step.frame in free(c) and not free(c) & unread]
    where = None
    for condition in mine:
        where = condition if where is None else Op(condition.type, condition.at, "and", (where, condition))
    sub = Query(step.source.type, step.source.at, (step,), where, (), None)
    return lambda env: reader_of(env).select(sub, env), [c for c in rest if c not in mine]


class _Walk:
    """Reads the rows of nested lists, filters, sorts and gives a value for each."""

    def __init__(
        self, steps: list[tuple[str, Run]], where: list[Run], sort: list[tuple[Run, bool]], value: Run
    ) -> None:
        self.steps, self.where, self.sort, self.value = steps, where, sort, value

    def values(self, env: Env) -> list[Any]:
        variables = dict(env.variables)
        inner = Env(variables, env.reader, env.today, env.now, env.zone)
        if len(self.steps) == 1 and not self.where and not self.sort:
            return self._all(variables, inner)
        found: list[tuple[list[Any], Any]] = []
        self._read(0, variables, inner, found)
        for i in range(len(self.sort) - 1, -1, -1):
            found.sort(key=_by(i), reverse=self.sort[i][1])
        return [value for _, value in found]

    def _all(self, variables: dict[str, Any], env: Env) -> list[Any]:
        """The same for all rows of one list as they stand."""
        (frame, fetch), value = self.steps[0], self.value
        found: list[Any] = []
        for row in fetch(env):
            if row is not None:
                variables[frame] = row
                found.append(value(env))
        return found

    def _read(self, depth: int, variables: dict[str, Any], env: Env, found: list[tuple[list[Any], Any]]) -> None:
        if depth == len(self.steps):
            if all(condition(env) for condition in self.where):
                found.append(([key(env) for key, _ in self.sort], self.value(env)))
            return
        frame, fetch = self.steps[depth]
        for row in fetch(env):
            if row is None:
                continue
            variables[frame] = row
            self._read(depth + 1, variables, env, found)


def _by(i: int) -> Callable[[tuple[list[Any], Any]], tuple[bool, Any]]:
    """The i-th sort key of a row; nulls come first."""
    return lambda pair: (False, 0) if pair[0][i] is None else (True, pair[0][i])
