"""How values stand in PostgreSQL: each kind as its own type, lists as JSON, and what a result is turned back into."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Numeric,
    Text,
    Time,
    cast,
    func,
    literal,
    literal_column,
    null,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

from engine.columns import Location
from engine.expressions.postgres_functions import SCHEMA
from engine.expressions.sql_terms import Cell
from engine.expressions.wire import NEVER, Ref

fl: Any = getattr(func, SCHEMA)
"""The functions of ours."""

_MICRO = timedelta(microseconds=1)

TYPES: dict[str, Callable[[], TypeEngine[Any]]] = {
    "n": Numeric, "t": Text, "b": Boolean, "d": Date, "i": lambda: DateTime(timezone=True), "l": BigInteger,
    "c": Time, "p": Text, "r": BigInteger, "[": JSONB,
}  # fmt: skip
"""The first letter of a token -> the type of its expressions."""


def sql_type(token: str) -> TypeEngine[Any]:
    """The type of expressions of that token."""
    return TYPES[token[0]]()


def raw(value: Any, token: str) -> Any:
    """A value as a parameter."""
    if value is None:
        return None
    match token[0]:
        case "[":
            return [_member(each, token[1:]) for each in value]
        case "l":
            return value // _MICRO
        case "p":
            return value.text()
        case "r":
            return value if isinstance(value, int) else NEVER if value.id is None else value.id
        case "i":
            return value.astimezone(UTC)
    return value


def bound(value: Any, token: str) -> ColumnElement[Any]:
    """A value as an expression."""
    if value is None:
        return cast(null(), sql_type(token))
    return literal(raw(value, token), sql_type(token))


def _member(value: Any, token: str) -> Any:
    found = raw(value, token)
    if isinstance(found, Decimal):
        return format(found, "f")
    return found.isoformat() if isinstance(found, date | time) else found


def as_json(cell: Cell) -> ColumnElement[Any]:
    """The expression as a member of a list."""
    if cell.token == "n":
        return func.to_jsonb(fl.number_text(cell.column), type_=JSONB())
    if cell.token[0] in "tp":
        return func.to_jsonb(cast(cell.column, Text), type_=JSONB())
    return func.to_jsonb(cell.column, type_=JSONB())


def from_json(member: ColumnElement[Any], token: str) -> ColumnElement[Any]:
    """A member of a list as an expression."""
    plain = member.op("#>>")(literal_column("'{}'"))
    return cast(plain, sql_type(token))


class Native(TypeDecorator[Any]):
    """The type of a selected expression: a result comes as its value, a record as its id."""

    impl = Text
    cache_ok = True

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The expression's own type."""
        return dialect.type_descriptor(sql_type(self.token))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Value -> parameter; what is one already stays."""
        return value if isinstance(value, int | str) else raw(value, self.token)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """What comes -> value; NULL is None, false for a condition, [] for a list."""
        return _value(value, self.token)


def _value(given: Any, token: str) -> Any:
    kind = token[0]
    if kind == "[":
        members = json.loads(given) if isinstance(given, str) else given
        return [_read(member, token[1:]) for member in members or ()]
    if kind == "b":
        return bool(given)
    if given is None:
        return None
    if kind == "l":
        return timedelta(microseconds=given)
    if kind == "i":
        return given.astimezone(UTC)
    return Location.read(given) if kind == "p" else given


def _read(member: Any, token: str) -> Any:
    if member is None:
        return False if token == "b" else None
    readers: dict[str, Callable[[Any], Any]] = {
        "n": lambda x: Decimal(str(x)),
        "d": date.fromisoformat,
        "i": lambda x: datetime.fromisoformat(x).astimezone(UTC),
        "c": time.fromisoformat,
        "p": Location.read,
        "l": lambda x: timedelta(microseconds=x),
        "r": lambda x: Ref(token[2:], x),
    }
    return readers.get(token[0], lambda x: x)(member)
