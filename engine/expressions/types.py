"""What an expression can be about: types of values, shapes of records, and the scope in which names are looked up.

Why: expressions stand below forms and storage, yet are checked against them. Whoever knows the forms (the catalog)
describes them here as shapes with members; whoever holds records (storage, runtime) gives them as rows through a
reader. The checker and the three executors know nothing else of the house.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from engine.expressions.tree import Aggregate, Query, Typed


@dataclass(frozen=True, slots=True)
class Type:
    """The type of a value.

    kind: `number text boolean date time instant length location record list null`. `time` is a time of day, `instant` a
    moment, `length` how long something takes. `record` has a `shape` (`contract`,
    `contract.items`, `person`, `department`, `settings`, …); `list` has the type `of` its members. A text that is one
    of known names (a choice, a state, a role) has `options`, so that a wrong name in a comparison is found; if its
    names have members of their own (`state.final`), `shape` names the shape that has them. A record of one of several
    forms is a text too, whose `shape` has the forms with `|` between (`one_of`).
    """

    kind: str
    shape: str | None = None
    of: Type | None = None
    options: frozenset[str] | None = None


NUMBER, TEXT, BOOLEAN = Type("number"), Type("text"), Type("boolean")
DATE, INSTANT, LENGTH, NULL = Type("date"), Type("instant"), Type("length"), Type("null")
TIME, LOCATION = Type("time"), Type("location")

PLACE: Mapping[str, Type] = {"latitude": NUMBER, "longitude": NUMBER, "address": TEXT}
"""The members of a location."""


def record(shape: str) -> Type:
    """A record (or line, person, department) of that shape; its value is a Row or None."""
    return Type("record", shape=shape)


def list_of(of: Type) -> Type:
    """A list; its value is a Python list, never None."""
    return Type("list", of=of)


def one_of(shapes: Iterable[str]) -> Type:
    """A record of one of several forms: the text FORM/ID, as `pointing.py` says."""
    return Type("text", shape="|".join(shapes))


FORMULA = "formula:"
"""How the shape of a text begins that holds a formula; what it is about and what it gives follow."""


def formula_text(about: str, gives: Type) -> Type:
    """A text that holds a formula about records of a shape, which gives a value of that type."""
    return Type("text", shape=f"{FORMULA}{about}:{gives.kind}")


def formula_of(type: Type) -> tuple[str, Type] | None:
    """What the formula in such a text is about, and what it gives; None for every other type."""
    if type.kind != "text" or not (type.shape or "").startswith(FORMULA):
        return None
    _, about, gives = (type.shape or "").split(":")
    return about, Type(gives)


def forms_of(type: Type) -> tuple[str, ...]:
    """The forms of one of which a value of this type is a record; () for every other type."""
    return tuple(type.shape.split("|")) if type.kind == "text" and type.shape and "|" in type.shape else ()


@dataclass(frozen=True, slots=True)
class Related:
    """A live list of records of `shape` whose member `via` is the record that owns the list and that fulfil `where`.

    `via` None: only `where` decides. `where` is checked with the owner as `this` and `bare` = `shape`: in it a bare
    name is a member of the record read, the variable `row`. `source`: it is this source of a form computed as a whole,
    whose keeping sees to it that what reads the list stays right.
    """

    shape: str
    via: str | None
    where: Typed | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One name of a shape.

    Exactly one way leads to its value: a stored column (the default); `formula`, computed whenever it is read, with the
    record as `this`; `related`; `lines`, the record's own lines (type list of record of the line shape); or `names`,
    for a member of a text with names: option -> value (`state.final`: {"won": True, …}).
    `scale` is the number of decimals that a stored number keeps. A stored list of records (`members`) is the JSON list of
    their ids; its value is a list of Row.
    """

    name: str
    type: Type
    scale: int = 0
    formula: Typed | None = None
    related: Related | None = None
    lines: bool = False
    names: Mapping[str, Any] | None = None


class Shape(Protocol):
    """What the members of one kind of record are. `name` as in `Type.shape`.

    A line's shape is named FORM.LIST and has the member `parent`; every stored shape has the member `id` (number).
    """

    @property
    def name(self) -> str:
        """As in `Type.shape`."""

    def member(self, name: str) -> Member | None:
        """The member of that name, or None."""

    def names(self) -> Iterable[str]:
        """The names of all members."""


@dataclass(frozen=True)
class Scope:
    """Where names are looked up when an expression is checked.

    `shapes`: all shapes of the catalog, by name. `this`: the shape of the record that asks, or None. `bare`: the shape
    whose members bare names are, when it isn't that of `this` (the query of a widget or an access rule; its row is the
    variable `row`). `variables`: further names with their types (`user`, `old`, `ask`, `settings`, what `let` and `as`
    named). `measure`: True where a list function without `from` reads the surrounding query's records (`COUNT()`,
    `COUNT(where state = "won")`, `SUM(total)`), whose shape is `bare`.
    """

    shapes: Mapping[str, Shape]
    this: str | None = None
    bare: str | None = None
    variables: Mapping[str, Type] = field(default_factory=dict)
    measure: bool = False


Value = Any
"""What an expression gives: number Decimal, time a `time` without zone on the organisation's clock, instant an aware
datetime in UTC, length timedelta, location a `Location`, record Row, list."""


class Row(Protocol):
    """A record as an expression meets it, stored or still being typed. Two rows are equal if shape and id are."""

    @property
    def shape(self) -> str:
        """As in `Type.shape`."""

    @property
    def id(self) -> int | None:
        """None: not stored yet; such a row equals itself only."""

    def value(self, name: str) -> Any:
        """The value of a stored member or of the record's own lines (a list of Row); a reference is a Row or None."""


class Reader(Protocol):
    """Who fetches what the expression reads beyond the rows at hand, on the transaction's connection."""

    def row(self, shape: str, id: int) -> Row | None:
        """The record of that id, or None."""

    def select(self, query: Query, env: Env) -> list[Any]:
        """The rows of a query over a stored form (or what its `value` gives for each), in its order."""

    def aggregate(self, call: Aggregate, env: Env) -> Any:
        """The value of a list function over such a query."""

    def call(self, function: str, arguments: list[Any]) -> Any:
        """Functions over people: HEAD, INROLE, UNDER, CANSEE, HOLDERS, HANDLER, REACHED."""


@dataclass(frozen=True)
class Env:
    """What an expression is evaluated in. `variables` holds `this`, `user`, `old`, … by name.

    `today` and `now` are fixed once for each request; `now` is aware, in UTC; `zone` is the organisation's.
    """

    variables: Mapping[str, Any]
    reader: Reader | None
    today: date
    now: datetime
    zone: ZoneInfo

    def having(self, **more: Any) -> Env:
        """The same with these variables too."""
        return Env({**self.variables, **more}, self.reader, self.today, self.now, self.zone)
