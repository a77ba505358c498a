"""Conditions that read where records of other forms stand, with those standing in given states.

Why: a state waits for another form's record, whose own definition says where that can get to. Here a condition is asked for
one record of each other form, wherever it stands: in a list it is the only one, or one of several.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from engine.definitions.checks.guards import Settings, possible
from engine.definitions.checks.trying import Trial
from engine.definitions.model import Form, is_moment
from engine.expressions.tree import Aggregate, Call, Get, Literal, Node, Op, Query, Typed, Var, Within
from engine.expressions.types import BOOLEAN, NUMBER
from engine.expressions.walk import everything, rebuild

ABSENT = ""
"""There is no record of the form yet."""

DEEP = 20
"""How many formulas within each other are followed."""


@dataclass(frozen=True)
class World:
    """Form -> the state in which its record stands, or ABSENT; `more`: there may be others beside it, standing anywhere."""

    states: Mapping[str, str]
    more: bool = False


def can(form: Form, state: str, until: Typed, world: World, settings: Settings) -> bool:
    """Whether a condition may hold for a record in this state; true where it can't be told."""
    if is_moment(until):
        return True
    trial = Trial(form, settings, state)
    tree = _supposed(form, until.tree, world, 0)
    made = trial.add(replace(until, tree=tree))
    return not made.exact or possible(trial, [made], {})


def _supposed(form: Form, node: Node, world: World, depth: int) -> Node:
    """The same as it is when the records of other forms that it reads stand in these states, one in each list."""
    inner = _formula(form, node) if depth < DEEP else None
    if inner is not None:
        return _supposed(form, inner, world, depth + 1)
    state = world.states.get(_state_of(node) or "")
    if state is not None:
        return Literal(node.type, node.at, state or None)
    node = rebuild(node, lambda part: _supposed(form, part, world, depth))
    if isinstance(node, Op) and node.op == "=" and any(isinstance(a, Var) and a.name == "this" for a in node.args):
        return Literal(BOOLEAN, node.at, value=True)  # the others point here
    if isinstance(node, Aggregate) and isinstance(node.list, Query) and node.list.steps[-1].source.type.of is not None:
        shape = node.list.steps[-1].source.type.of.shape or ""
        if shape in world.states and shape != form.name:
            found = _of_one(node, node.list) if world.states[shape] else _of_none(node)
            return node if found is None or (world.more and node.function != "ALL") else found
    return node


def _of_one(node: Aggregate, query: Query) -> Node | None:
    """What an aggregate over a list with one record is; None: it can't be said."""
    where: Node = query.where or Literal(BOOLEAN, node.at, value=True)
    value = query.value
    if node.function == "COUNT":
        counted = (where, Literal(NUMBER, node.at, Decimal(1)), Literal(NUMBER, node.at, Decimal(0)))
        return Call(NUMBER, node.at, "IF", counted)
    if value is not None and node.function == "ALL":
        return Op(BOOLEAN, node.at, "or", (Op(BOOLEAN, node.at, "not", (where,)), value))
    if value is not None and node.function == "ANY":
        return Op(BOOLEAN, node.at, "and", (where, value))
    return None


def _of_none(node: Aggregate) -> Node | None:
    """The same over a list without records."""
    found = {"ALL": Literal(BOOLEAN, node.at, value=True), "ANY": Literal(BOOLEAN, node.at, value=False)}
    return Literal(NUMBER, node.at, Decimal(0)) if node.function == "COUNT" else found.get(node.function)


def asks(form: Form, until: Typed) -> frozenset[str]:
    """The forms whose records' states a condition reads."""
    return frozenset(read.shape for read in until.reads if read.name == "state" and read.hops) | frozenset(
        name for node in _unrolled(form, until.tree, 0) if (name := _state_of(node)) is not None
    )


def _unrolled(form: Form, node: Node, depth: int) -> Iterator[Node]:
    """All parts of a condition, those of the record's own formulas too."""
    for part in everything(node):
        yield part
        inner = _formula(form, part)
        if inner is not None and depth < DEEP:
            yield from _unrolled(form, inner, depth + 1)


def _formula(form: Form, part: Node) -> Node | None:
    """The formula of the record's own member that is read here; None: it isn't one."""
    if isinstance(part, Within) and isinstance(part.of, Var) and part.of.name == "this":
        return part.body.tree
    if isinstance(part, Get) and isinstance(part.of, Var) and part.of.name == "this":
        field = form.fields.get(part.name)
        return field.formula.tree if field is not None and field.formula is not None else None
    return None


def _state_of(node: Node) -> str | None:
    """The form whose record's state is read here; None: something else, or the record's own."""
    own = isinstance(node, Get) and isinstance(node.of, Var) and node.of.name == "this"
    return node.of.type.shape if isinstance(node, Get) and node.name == "state" and not own else None
