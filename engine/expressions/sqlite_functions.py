"""The functions that every SQLite connection gets: formulas computed by the very closures of the Python executor.

`fl_value(expression, environment, arguments…)` computes a kept tree whose variables `$0`, `$1`, … are the arguments. The
aggregates keep sums exact and order what SQL can't. A refusal inside a function reaches SQLAlchemy as an OperationalError;
`refusal` gives it back.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, cast
from weakref import WeakValueDictionary, ref
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, bindparam, literal

from engine.expressions import lists
from engine.expressions.python import compile
from engine.expressions.tree import Node
from engine.expressions.types import Env, Reader
from engine.expressions.wire import decoder, encoder
from engine.problems import Refused

MOST_EXPRESSIONS = 20_000


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Expression:
    """A kept tree: its closure, how its arguments are read and its result is written."""

    id: int
    run: Callable[[Env], Any]
    names: tuple[str, ...]
    decoders: tuple[Callable[[Any], Any], ...]
    encode: Callable[[Any], Any]


class _Local:
    """What an expression is computed in, lighter than an Env."""

    __slots__ = ("now", "reader", "today", "variables", "zone")

    def __init__(
        self, variables: dict[str, Any], reader: Reader | None, today: date, now: datetime, zone: ZoneInfo
    ) -> None:
        self.variables, self.reader, self.today, self.now, self.zone = variables, reader, today, now, zone

    def having(self, **more: Any) -> _Local:
        return _Local({**self.variables, **more}, self.reader, self.today, self.now, self.zone)


_UTC = ZoneInfo("UTC")
_ids = itertools.count(1)
_lock = threading.Lock()
_by_tree: OrderedDict[tuple[Any, ...], Expression] = OrderedDict()
_by_id: dict[int, ref[Expression]] = {}
_environments: WeakValueDictionary[int, Env] = WeakValueDictionary()
_clocks: dict[str, Env] = {}
_failed = threading.local()


def keep(tree: Node, tokens: tuple[str, ...], result: str) -> Expression:
    """The expression over arguments so encoded; the same tree gives the same one. The least recently compiled are
    forgotten beyond 20,000, so a statement that is kept for long holds on to its expressions."""
    key = (tree, tokens, result)
    with _lock:
        found = _by_tree.get(key)
        if found is not None:
            _by_tree.move_to_end(key)
            return found
        id = next(_ids)
        names = tuple(f"${i}" for i in range(len(tokens)))
        found = Expression(id, compile(tree), names, tuple(decoder(t) for t in tokens), encoder(result))
        _by_id[id] = ref(found, lambda _: _by_id.pop(id, None))
        _by_tree[key] = found
        if len(_by_tree) > MOST_EXPRESSIONS:
            _by_tree.popitem(last=False)
        return found


def lend(env: Env) -> ColumnElement[int]:
    """A parameter by which functions find the environment; the statement that has it keeps the environment alive."""
    return bindparam(None, callable_=lambda: _lent(env), type_=BigInteger(), unique=True)


def lend_clock(env: Env) -> ColumnElement[int]:
    """The same, where only the time zone is needed; nothing of the environment is kept alive."""
    zone = str(env.zone)
    clock = _clocks.setdefault(zone, Env({}, None, date.min, datetime.min.replace(tzinfo=UTC), env.zone))
    return literal(_lent(clock), BigInteger())


def _lent(env: Env) -> int:
    _environments[id(env)] = env
    return id(env)


def refusal() -> Refused | None:
    """Why the last statement of this thread failed inside a formula, once; None when it was something else."""
    found: Refused | None = getattr(_failed, "refused", None)
    _failed.refused = None
    return found


def install(connection: Any) -> None:
    """Register all functions on a new DB-API connection of SQLite."""
    connection.create_function("fl_value", -1, _value, deterministic=True)
    for name, made in (("fl_sum", _Sum), ("fl_avg", _Average), ("fl_pick", _Pick), ("fl_many", _Many)):
        connection.create_aggregate(name, -1, made)


def _value(id: int, environment: int, *raw: Any) -> Any:
    kept = _by_id[id]()
    if kept is None:
        raise LookupError(f"expression {id} was forgotten")
    variables = {name: decode(x) for name, decode, x in zip(kept.names, kept.decoders, raw, strict=True)}
    if environment:
        env = _environments[environment]
        local = _Local({**env.variables, **variables}, env.reader, env.today, env.now, env.zone)
    else:
        local = _Local(variables, None, date.min, datetime.min.replace(tzinfo=UTC), _UTC)
    try:
        return kept.encode(kept.run(cast(Env, local)))
    except Refused as refused:
        _failed.refused = refused
        raise


class _Gathered:
    """Values of one group, computed at its end."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []

    def step(self, *row: Any) -> None:
        self.rows.append(row)

    def finalize(self) -> Any:
        try:
            return self.result()
        except Refused as refused:
            _failed.refused = refused
            raise

    def result(self) -> Any:
        raise NotImplementedError


class _Reduced(_Gathered):
    """`(token, value)`: SUM or AVG of exact values."""

    function = ""

    def result(self) -> Any:
        if not self.rows:
            return None
        token = self.rows[0][0]
        decode = decoder(token)
        return _reduced(self.function, token, [decode(row[1]) for row in self.rows])


def _reduced(function: str, token: str, values: list[Any]) -> Any:
    kind = "length" if token == "l" else "number"
    return encoder("l" if token == "l" else "n")(lists.reduce(function, values, kind))


class _Sum(_Reduced):
    function = "SUM"


class _Average(_Reduced):
    function = "AVG"


class _Pick(_Gathered):
    """`(function, between, descending, value, key…)`: FIRST, LAST, LIST or JOIN of values ordered by their keys;
    `descending` has a 0 or 1 for each key."""

    def result(self) -> Any:
        if not self.rows:
            return None
        function, between, descending = self.rows[0][:3]
        for i in range(len(descending) - 1, -1, -1):
            self.rows.sort(key=_by(4 + i), reverse=descending[i] == "1")
        return _picked(function, [row[3] for row in self.rows], between)


def _by(i: int) -> Callable[[tuple[Any, ...]], tuple[bool, Any]]:
    return lambda row: (False, 0) if row[i] is None else (True, row[i])


def _picked(function: str, values: list[Any], between: str | None) -> Any:
    found = lists.reduce(function, values, "text", between)
    return json.dumps(found, ensure_ascii=False) if function == "LIST" else found


class _Many(_Gathered):
    """`(function, token, between, descending, JSON array, place…)`: a list function over the lists of all rows. Each member
    is `[value, key, …]`; without keys the order is that of the rows' places."""

    def result(self) -> Any:
        if not self.rows:
            return None
        function, token, between, descending = self.rows[0][:4]
        self.rows.sort(key=lambda row: row[5:])
        members = [member for row in self.rows for member in json.loads(row[4])]
        for i in range(len(descending) - 1, -1, -1):
            members.sort(key=_by(1 + i), reverse=descending[i] == "1")
        raw = [member[0] for member in members]
        if function in ("FIRST", "LAST", "LIST", "JOIN"):
            return _picked(function, raw, between)
        if function in ("SUM", "AVG"):
            return _reduced(function, token, [decoder(token)(value) for value in raw])
        if function in ("MIN", "MAX"):
            return lists.reduce(function, raw, "text")
        if function == "COUNT":
            return sum(value is not None for value in raw)
        return int(lists.reduce(function, [bool(value) for value in raw], "boolean"))
