"""The column types that a field may name, so that a value means the same on every database.

Why: SQLite keeps neither exact decimals nor time zones. There a number is a whole number scaled by ten to its decimals,
an instant a UTC text of fixed width; both sort and compare as what they are. PostgreSQL keeps both as themselves, and
texts in the order of their code points as SQLite does. The formula compiler is the only place that computes with these
columns (a scaled column times 3 is not three times the value).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Dialect,
    Integer,
    Numeric,
    Select,
    String,
    TableValuedAlias,
    Text,
    cast,
    literal,
    literal_column,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

POSTGRESQL = "postgresql"
"""The name of the dialect whose types differ."""

WORDS = String().with_variant(Text(collation="C"), POSTGRESQL)
"""A text: ordered and compared by code points, whatever the database's own order is."""

WHOLE = Integer().with_variant(BigInteger(), POSTGRESQL)
"""The engine's own whole numbers (ids, versions): SQLite counts ids by itself only in a column that says INTEGER."""

INSTANT_FORMAT = "%Y-%m-%dT%H:%M:%S.%f"
"""How an instant is kept: UTC, microseconds, no zone suffix, so that text order is time order."""

DIGITS = 18
"""How many digits a stored number may have, decimals included: what fits a 64-bit integer."""


_BEYOND = 10**DIGITS


@lru_cache(maxsize=256)
def instant_text(value: datetime) -> str:
    """An aware datetime as INSTANT_FORMAT says. Not by strftime: it writes the year 999 in three digits."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


class Dec(TypeDecorator[Decimal]):
    """An exact decimal of `scale` decimals, kept as a scaled 64-bit integer, on PostgreSQL as NUMERIC.

    Refuses a value with more decimals: rounding is the formula layer's work, never the driver's.
    """

    impl = BigInteger
    cache_ok = True

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale = scale

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """BIGINT, or NUMERIC(18, scale)."""
        native = dialect.name == POSTGRESQL
        return dialect.type_descriptor(Numeric(DIGITS, self.scale) if native else BigInteger())

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | Decimal | None:
        """Decimal -> as it is kept; ValueError when it has more than `scale` decimals or over 18 digits."""
        if value is None:
            return None
        scaled = value.scaleb(self.scale) if value.__class__ is Decimal else Decimal(value).scaleb(self.scale)
        whole = int(scaled)
        if whole != scaled or not -_BEYOND < whole < _BEYOND:
            raise ValueError(f"{value} doesn't fit {DIGITS} digits with {self.scale} decimals")
        return Decimal(whole).scaleb(-self.scale) if dialect.name == POSTGRESQL else whole

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """As it is kept -> Decimal with exactly `scale` decimals."""
        if value is None:
            return None
        if dialect.name == POSTGRESQL:
            return Decimal(value).quantize(Decimal(1).scaleb(-self.scale))
        return Decimal(value).scaleb(-self.scale)


class Instant(TypeDecorator[datetime]):
    """A moment, kept as UTC text of fixed width, on PostgreSQL as timestamptz. Refuses a datetime without a zone."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """VARCHAR, or TIMESTAMP WITH TIME ZONE."""
        return dialect.type_descriptor(DateTime(timezone=True) if dialect.name == POSTGRESQL else String())

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | datetime | None:
        """Aware datetime -> as it is kept."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC) if dialect.name == POSTGRESQL else instant_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """As it is kept -> aware datetime in UTC."""
        if value is None:
            return None
        if dialect.name == POSTGRESQL:
            return value.astimezone(UTC)  # type: ignore[no-any-return]
        return datetime.fromisoformat(value).replace(tzinfo=UTC)


class Length(TypeDecorator[timedelta]):
    """A length of time, kept as whole microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        """timedelta -> microseconds."""
        return None if value is None else value // timedelta(microseconds=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> timedelta | None:
        """Microseconds -> timedelta."""
        return None if value is None else timedelta(microseconds=value)


@dataclass(frozen=True, slots=True)
class Location:
    """A place on earth: degrees north and east (south and west below zero), with at most 6 decimals, and what people call
    it ("" when it has no name). An expression reads `latitude`, `longitude` and `address`."""

    latitude: Decimal
    longitude: Decimal
    address: str = ""

    def value(self, name: str) -> Decimal | str | None:
        """A member as an expression reads it; an empty address is None."""
        return {"latitude": self.latitude, "longitude": self.longitude}.get(name, self.address or None)

    def text(self) -> str:
        """How it is kept: `["31.230400","121.473700","人民广场"]`. Equal places have equal texts."""
        degrees = (format(round(Decimal(x), 6), ".6f") for x in (self.latitude, self.longitude))
        return json.dumps([*degrees, self.address], ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Location:
        """The place whose text this is."""
        latitude, longitude, address = json.loads(text)
        return cls(Decimal(latitude), Decimal(longitude), address)

    def __str__(self) -> str:
        return self.address or f"{self.latitude.normalize():f}, {self.longitude.normalize():f}"


class Spot(TypeDecorator[Location]):
    """A place, kept as its text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Location -> text."""
        return None if value is None else value.text()

    def process_result_value(self, value: Any, dialect: Dialect) -> Location | None:
        """Text -> Location."""
        return None if value is None else Location.read(value)


class Several(TypeDecorator[tuple[Any, ...]]):
    """Several plain values of one field, in their order, kept as the JSON text of a list; None when there are none."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Tuple -> JSON text; an empty one is kept as nothing."""
        return json.dumps(list(value), ensure_ascii=False, separators=(",", ":")) if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[Any, ...] | None:
        """JSON text -> tuple."""
        return None if value is None else tuple(json.loads(value))


class Names(Several):
    """The names of the options chosen: tuple[str, ...]."""

    cache_ok = True


class Ids(Several):
    """Ids of files, records or people: tuple[int, ...]."""

    cache_ok = True


class _Alike(FunctionElement[bool]):
    """A text that is like a pattern; see `alike`."""

    name = "alike"
    type = Boolean()
    inherit_cache = True


@compiles(_Alike)
def _alike_sqlite(element: _Alike, compiler: Any, **more: Any) -> str:
    text, wanted = element.clauses
    return f"({compiler.process(text, **more)} LIKE {compiler.process(wanted, **more)} ESCAPE '\\')"


@compiles(_Alike, POSTGRESQL)
def _alike_postgresql(element: _Alike, compiler: Any, **more: Any) -> str:
    text, wanted = element.clauses
    return f"({compiler.process(text, **more)} ILIKE {compiler.process(wanted, **more)} ESCAPE '\\')"


def alike(column: ColumnElement[Any], wanted: str) -> ColumnElement[bool]:
    """Whether a text is like the pattern, whose escape character is \\, whatever the case of its letters (SQLite knows
    the case of ASCII letters only). SQLAlchemy's `ilike` would lower both for each row, which takes twice as long."""
    return _Alike(column, literal(wanted))


class _Each(FunctionElement[Any]):
    """The values of a column of `Several` as rows; see `each`."""

    name = "each_of_several"
    inherit_cache = True


@compiles(_Each)
def _each_sqlite(element: _Each, compiler: Any, **more: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **more)})"


@compiles(_Each, POSTGRESQL)
def _each_postgresql(element: _Each, compiler: Any, **more: Any) -> str:
    return f"jsonb_array_elements_text(CAST({compiler.process(element.clauses, **more)} AS jsonb))"


class _Narrowed(FunctionElement[Any]):
    """The ids among the values of a column of `Names`; see `ids_after`."""

    name = "narrowed"
    type = Ids()
    inherit_cache = True


@compiles(_Narrowed)
def _narrowed_sqlite(element: _Narrowed, compiler: Any, **more: Any) -> str:
    values, head = (compiler.process(one, **more) for one in element.clauses)
    ids = f"SELECT json_group_array(CAST(substr(value, length({head}) + 1) AS INTEGER))"
    return f"NULLIF(({ids} FROM json_each({values}) WHERE substr(value, 1, length({head})) = {head}), '[]')"


@compiles(_Narrowed, POSTGRESQL)
def _narrowed_postgresql(element: _Narrowed, compiler: Any, **more: Any) -> str:
    values, head = (compiler.process(one, **more) for one in element.clauses)
    ids = f"SELECT CAST(jsonb_agg(CAST(substr(one, length({head}) + 1) AS bigint)) AS text)"
    return f"({ids} FROM jsonb_array_elements_text(CAST({values} AS jsonb)) one WHERE starts_with(one, {head}))"


def ids_after(column: ColumnElement[Any], head: str) -> ColumnElement[Any]:
    """The ids of those values of a column of `Names` that begin with `head` (`customer/7`), as a column of `Ids`; null for
    none."""
    return _Narrowed(column, literal_column("'" + head + "'", String()))


def each(column: ColumnElement[Any]) -> TableValuedAlias:
    """The values of a column of `Several` as a table of one column `value` (a text on PostgreSQL); no rows for null."""
    return _Each(column).table_valued("value", name="one")


def ids_in(column: ColumnElement[Any]) -> Select[tuple[int]]:
    """The ids that a column of `Ids` holds, as a select of one column."""
    return select(cast(each(column).c.value, BigInteger))


def holding(column: ColumnElement[Any], one: int | str) -> ColumnElement[bool]:
    """Whether a column of `Several` holds this value."""
    return literal(one).in_(ids_in(column) if isinstance(one, int) else select(cast(each(column).c.value, String)))
