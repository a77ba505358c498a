"""How values travel between SQL and the formulas' own functions: one plain value that sorts and compares as what it means.

A token names the encoding: `n2` a whole number scaled by 10^2 (a stored column), `n` a computed number as 29 digits (10^-8
units, moved up by 10^28, so that text order is number order), `t` text, `b` 0/1, `d` ISO date, `i` UTC text of fixed width,
`l` microseconds, `c` a time of day `HH:MM:SS.ffffff`, `p` a location's text, `r:SHAPE` the id of a record, and `[` before
any of these a JSON array.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.types import String, TypeDecorator

from engine.columns import Location, instant_text
from engine.expressions import numbers
from engine.expressions.types import Type

OFFSET = 10**28
NEVER = -1
"""The id of a record that isn't stored: no row has it."""
TOKENS = {
    **{"number": "n", "text": "t", "boolean": "b", "date": "d", "instant": "i", "length": "l", "null": "t"},
    **{"time": "c", "location": "p"},
}
_MICRO = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Ref:
    """A record known by its id only. It equals the row of the same shape and id; its members can't be read."""

    shape: str
    id: int | None

    def value(self, name: str) -> Any:
        """Raises LookupError: only the id came along."""
        raise LookupError(name)


def token_of(type: Type, scale: int | None = None) -> str:
    """The encoding of a type's values; `scale` for a stored number."""
    if type.kind == "list":
        return "[" + token_of(type.of or Type("null"))
    if type.kind == "record":
        return f"r:{type.shape}"
    return f"n{scale}" if type.kind == "number" and scale is not None else TOKENS[type.kind]


@lru_cache(maxsize=1000)
def encoder(token: str) -> Callable[[Any], Any]:
    """Value -> what SQL sees. A number that a scaled token can't keep exactly raises ValueError."""
    if token.startswith("["):
        inner = encoder(token[1:])
        return lambda values: json.dumps([inner(value) for value in values], ensure_ascii=False)
    encode = _encoder(token)
    return lambda value: None if value is None else encode(value)


def _encoder(token: str) -> Callable[[Any], Any]:
    if token == "n":
        return lambda x: f"{numbers.units(x) + OFFSET:029d}"
    if token.startswith("n"):
        return lambda x: _scaled(x, int(token[1:]))
    if token.startswith("r:"):
        return lambda row: row if isinstance(row, int) else NEVER if row.id is None else row.id
    found: dict[str, Callable[[Any], Any]] = {
        "t": str,
        "b": int,
        "d": date.isoformat,
        "i": instant_text,
        "l": lambda length: length // _MICRO,
        "c": lambda at: at.isoformat("microseconds"),
        "p": Location.text,
    }
    return found[token]


def _scaled(value: Decimal, scale: int) -> int:
    scaled = value.scaleb(scale)
    if scaled != int(scaled):
        raise ValueError(value)
    return int(scaled)


@lru_cache(maxsize=1000)
def decoder(token: str) -> Callable[[Any], Any]:
    """What SQL gives -> value; NULL is None, false for a condition, [] for a list."""
    if token.startswith("["):
        inner = decoder(token[1:])
        return lambda text: [] if text is None else [inner(value) for value in json.loads(text)]
    if token == "b":
        return bool
    decode = _decoder(token)
    return lambda raw: None if raw is None else decode(raw)


def _decoder(token: str) -> Callable[[Any], Any]:
    if token == "n":
        return lambda text: Decimal(int(text) - OFFSET).scaleb(-numbers.DECIMALS)
    if token == "n0":
        return Decimal
    if token.startswith("n"):
        scale = -int(token[1:])
        return lambda whole: Decimal(whole).scaleb(scale)
    if token.startswith("r:"):
        shape = token[2:]
        return lambda id: Ref(shape, id)
    found: dict[str, Callable[[Any], Any]] = {
        "t": str,
        "d": date.fromisoformat,
        "i": lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC),
        "l": lambda micros: timedelta(microseconds=micros),
        "c": time.fromisoformat,
        "p": Location.read,
    }
    return found[token]


class Wire(TypeDecorator[Any]):
    """The type of a compiled expression: a result comes as its value (a record as its id), a value is bound encoded."""

    impl = String
    cache_ok = True

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Value -> what SQL sees; what is encoded already stays, None is NULL."""
        return value if value is None or isinstance(value, str | int) else encoder(self.token)(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """What SQL gives -> value."""
        return value if self.token.startswith("r:") else decoder(self.token)(value)
