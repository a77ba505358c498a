"""The syntax tree: what was written, before any name is looked up. Every part knows where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Part:
    """The common part: offsets of its first character and behind its last."""

    at: int
    end: int


@dataclass(frozen=True, slots=True)
class Constant(Part):
    """A number, text, length, true, false or null."""

    value: Decimal | str | bool | timedelta | None


@dataclass(frozen=True, slots=True)
class Word(Part):
    """One name of a path."""

    name: str


@dataclass(frozen=True, slots=True)
class Path(Part):
    """`customer.level`: one name or more."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The path as written, without blanks."""
        return ".".join(w.name for w in self.words)


@dataclass(frozen=True, slots=True)
class Unary(Part):
    """`not x` or `-x` (op `neg`)."""

    op: str
    of: Part


@dataclass(frozen=True, slots=True)
class Binary(Part):
    """Two sides and the operator between them (`and or = != < <= > >= in + - * / &`); `sign` is where that stands."""

    op: str
    left: Part
    right: Part
    sign: int


@dataclass(frozen=True, slots=True)
class Bracketed(Part):
    """`[a, b]`."""

    items: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Order(Part):
    """One entry of `sort`."""

    path: Path
    descending: bool


@dataclass(frozen=True, slots=True)
class Asked(Part):
    """`[formula] [from path] [where formula] [sort path, …]` within a list function; at least one of the last three."""

    value: Part | None
    source: Path | None
    where: Part | None
    sort: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class Function(Part):
    """A function and its arguments; `name` in capitals. An `Asked` can only be the last one."""

    name: str
    arguments: tuple[Part, ...]
