"""What a checked formula reads and what follows from it: when it must be computed anew, and who can compute it.

A record that the formula reaches has origins: the ways (hops) from `this` that lead to it. A query over a whole form whose
condition says that a record's reference is one of known origin (`product = this.product`) is a hop like any related list;
so is none that reads a source of a form computed as a whole, which is kept in another way. Any other query over a form is
`whole`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.expressions.functions import LAZY, PEOPLE
from engine.expressions.pointing import field_of, member_of, pointed
from engine.expressions.tree import Aggregate, Call, Get, Hop, Node, Op, Query, Read, Source, Var, Within
from engine.expressions.types import forms_of
from engine.expressions.walk import children, conjuncts, everything

Way = tuple[Hop, ...]
Ways = frozenset[Way]
HERE: Ways = frozenset({()})
NOWHERE: Ways = frozenset()


@dataclass
class Facts:
    """Filled while a tree is walked; as in `Typed`."""

    reads: set[Read] = field(default_factory=set)
    live: bool = False
    whole: bool = False
    server: bool = False


def facts(tree: Node, of: str = "this") -> Facts:
    """The facts of a tree; reads start at the record that is the variable `of`."""
    found = Facts()
    _walk(tree, {of: HERE}, found)
    return found


def source_reads(tree: Node, name: str) -> frozenset[Read]:
    """What a formula of a form computed as a whole reads from the rows of its source `name`, reached from such a row."""
    found: set[Read] = set()
    for part in everything(tree):
        if isinstance(part, Query):
            for step in part.steps:
                if isinstance(step.source, Source) and step.source.name == name:
                    inner = Facts()
                    _query(part, {step.frame: HERE}, inner)
                    found |= inner.reads
        elif isinstance(part, Within):
            found |= source_reads(part.body.tree, name)
    return frozenset(found)


def _walk(node: Node, frames: dict[str, Ways], found: Facts) -> None:
    match node:
        case Var(name="user"):
            found.live = True
        case Var(name="clocks"):
            found.live = found.server = True
        case Call():
            found.live |= node.function in ("TODAY", "NOW", "CANSEE", "HOLDERS", "HANDLER", "REACHED", "EVAL")
            found.server |= node.function in PEOPLE
        case Get():
            _get(node, frames, found)
        case Within():
            _within(node, frames, found)
        case Query():
            _query(node, dict(frames), found)
            return
        case Source():
            found.whole = found.server = True
    for part in children(node):
        _walk(part, frames, found)


def _get(node: Get, frames: dict[str, Ways], found: Facts) -> None:
    if node.of.type.kind == "location":
        return
    shape = node.of.type.shape or ""
    for way in _ways(node.of, frames):
        found.reads.add(Read(way, shape, field_of(node.name)))
    if not isinstance(node.of, Var) and not (isinstance(node.of, Get) and node.of.name == "parent"):
        found.server = True


def _within(node: Within, frames: dict[str, Ways], found: Facts) -> None:
    for way in _ways(node.of, frames):
        for read in node.body.reads:
            found.reads.add(Read(way + read.hops, read.shape, read.name))
    found.live |= node.body.live
    found.whole |= node.body.whole
    found.server |= node.body.server or not isinstance(node.of, Var)


def _query(node: Query, frames: dict[str, Ways], found: Facts) -> None:
    conditions = conjuncts(node.where)
    for step in node.steps:
        if isinstance(step.source, Source):
            found.server = True
            if step.source.name is not None:
                frames.setdefault(step.frame, NOWHERE)
                continue
            frames[step.frame] = _pointing(step.source.shape, step.frame, conditions, frames)
            found.whole |= not frames[step.frame]
        else:
            _walk(step.source, frames, found)
            frames[step.frame] = _ways(step.source, frames)
            found.server |= _pointed(step.source) and any(_reads(part, step.frame) for part in _inside(node))
    for part in _inside(node):
        _walk(part, frames, found)


def _inside(node: Query) -> list[Node]:
    """What is computed for each row of a query."""
    return [part for part in (node.where, *(key for key, _ in node.sort), node.value) if part is not None]


def _pointed(source: Node) -> bool:
    """Whether a list holds records that stand elsewhere: the browser has only their ids."""
    return isinstance(source, Get) and _hop(source).kind != "lines"


def _reads(node: Node, frame: str) -> bool:
    """Whether a member of that row is read."""
    return any(
        isinstance(part, Get | Within) and isinstance(part.of, Var) and part.of.name == frame
        for part in everything(node)
    )


def _pointing(shape: str, frame: str, conditions: list[Node], frames: dict[str, Ways]) -> Ways:
    """The ways to the records of a form that a condition `frame.via = record of known origin` allows, or
    `record of known origin in frame.via`."""
    for condition in conditions:
        if not (isinstance(condition, Op) and condition.op in ("=", "in")):
            continue
        if condition.op == "in":
            given, many = condition.args
            if isinstance(many, Query) and many.where is None and many.value is None and len(many.steps) == 1:
                source = many.steps[0].source
                if isinstance(source, Get) and isinstance(source.of, Var) and source.of.name == frame:
                    return frozenset((*way, Hop("related", source.name, shape)) for way in _ways(given, frames))
            continue
        for mine, other in (condition.args, condition.args[::-1]):
            if not (isinstance(mine, Get) and isinstance(mine.of, Var) and mine.of.name == frame):
                continue
            record = pointed(other) if forms_of(mine.type) else other if mine.type.kind == "record" else None
            if record is not None and (ways := _ways(record, frames)):
                name = mine.name if record is other else member_of(mine.name, record.type.shape or "")
                return frozenset((*way, Hop("related", name, shape)) for way in ways)
    return NOWHERE


def _ways(node: Node, frames: dict[str, Ways]) -> Ways:
    """The ways to the record (or to the records of the list) that a node gives; none when they aren't reached from `this`."""
    match node:
        case Var():
            return frames.get(node.name, NOWHERE)
        case Get():
            return frozenset((*way, _hop(node)) for way in _ways(node.of, frames))
        case Within():
            inner = _ways(node.body.tree, {"this": HERE})
            return frozenset(outer + way for outer in _ways(node.of, frames) for way in inner)
        case Query():
            return _query_ways(node, dict(frames))
        case Aggregate(function="FIRST" | "LAST" | "LIST"):
            return _ways(node.list, frames)
        case Call() if node.function in LAZY:
            return frozenset().union(*(_ways(a, frames) for a in node.args))
    return NOWHERE


def _query_ways(node: Query, frames: dict[str, Ways]) -> Ways:
    conditions = conjuncts(node.where)
    for step in node.steps:
        if isinstance(step.source, Source) and step.source.name is not None:
            frames.setdefault(step.frame, NOWHERE)
        elif isinstance(step.source, Source):
            frames[step.frame] = _pointing(step.source.shape, step.frame, conditions, frames)
        else:
            frames[step.frame] = _ways(step.source, frames)
    if node.value is not None:
        return _ways(node.value, frames)
    return frames[node.steps[-1].frame]


def _hop(node: Get) -> Hop:
    if node.type.kind == "list":
        shape = node.type.of.shape if node.type.of else None
        owner = node.of.type.shape or ""
        kind = "lines" if shape == f"{owner}.{node.name}" else "reference"
        return Hop(kind, node.name, shape or "")
    return Hop("parent" if node.name == "parent" else "reference", node.name, node.type.shape or "")
