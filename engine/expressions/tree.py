"""The typed tree: what the checker gives and the three executors walk.

Every node knows its type and `at`, the 0-based offset in the formula's text where it begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.expressions.types import Type


@dataclass(frozen=True, slots=True)
class Node:
    """The common part of all nodes."""

    type: Type
    at: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A constant: None, str, bool, Decimal, date, time, datetime or timedelta."""

    value: Any


@dataclass(frozen=True, slots=True)
class Var(Node):
    """A variable of the environment: `this`, `row`, `user`, `ask`, … A query's row has a name of its own, `row`,
    `row2`, … in the order of writing, so that no two frames are confused. In a measure, `rows` is the group's records.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Get(Node):
    """A stored member of a record, its `id` or `parent`, its own lines, or a member of a location; null when `of` is null."""

    of: Node
    name: str


@dataclass(frozen=True, slots=True)
class Pick(Node):
    """A member of a text with names (`state.final`): what `names` says for the text `of`; null for any other text."""

    of: Node
    names: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Within(Node):
    """A member with a formula: `body` is evaluated with the record `of` as `this`; null when `of` is null."""

    of: Node
    body: Typed


@dataclass(frozen=True, slots=True)
class Op(Node):
    """`and or not = != < <= > >= in + - * / &` and `neg`; `not in` is `not` over `in`."""

    op: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function of values. `function` is its name in capitals."""

    function: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """`[a, b, …]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Source(Node):
    """All records of a stored form, or of all its lines (`shape` as in `Type.shape`). `name` as in `Related.source`."""

    shape: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One list of a query's path. `source` gives it (a Source, or a Get that is a list, over an outer frame);
    `frame` is the variable that holds its row."""

    source: Node
    frame: str


@dataclass(frozen=True, slots=True)
class Query(Node):
    """Rows read. `steps` has one list, or several for a path through lists (`items.product.parts`): each further one is
    read for each row before it. `where` and `sort` see all frames; the last is the row that bare names belong to.
    `value` None gives the rows themselves. `sort` holds (node, descending)."""

    steps: tuple[Step, ...]
    where: Node | None
    sort: tuple[tuple[Node, bool], ...]
    value: Node | None


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """A list function over a list: a Query, or any node that gives a list. `function` is in capitals; `args` are its
    further arguments (JOIN's separator)."""

    function: str
    list: Node
    args: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Hop:
    """One step from a record towards what a formula reads, to a record of `shape`. kind: `reference` (member `name`),
    `lines` (own lines `name`), `parent`, or `related` (records of `shape` whose member `name` points here)."""

    kind: str
    name: str
    shape: str


@dataclass(frozen=True, slots=True)
class Read:
    """One member that a formula reads: `name` of `shape`, reached from `this` over `hops` (none: its own member)."""

    hops: tuple[Hop, ...]
    shape: str
    name: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A checked formula.

    `reads`: everything read from `this`, for the order of computing and for keeping stored formulas right.
    `live`: it reads TODAY, NOW or `user`, so its value changes by itself. `whole`: it queries a whole form (and not
    just the records that point at a record read), so it can't be kept. `server`: the browser can't compute it alone (it
    goes through a reference, reads other records, or calls a function over people).
    """

    text: str
    tree: Node
    type: Type
    reads: frozenset[Read]
    live: bool
    whole: bool
    server: bool
