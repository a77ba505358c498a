"""Ways to go over a typed tree: its children, the same tree with parts replaced, the variables it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from engine.expressions.tree import Aggregate, Call, Get, ListOf, Node, Op, Pick, Query, Source, Step, Var, Within
from engine.expressions.types import BOOLEAN

Change = Callable[[Node], Node]


def children(node: Node) -> Iterator[Node]:
    """The direct parts. A formula member's body is not one: it has a `this` of its own."""
    match node:
        case Get() | Pick() | Within():
            yield node.of
        case Op() | Call():
            yield from node.args
        case ListOf():
            yield from node.items
        case Query():
            yield from (step.source for step in node.steps)
            if node.where is not None:
                yield node.where
            yield from (key for key, _ in node.sort)
            if node.value is not None:
                yield node.value
        case Aggregate():
            yield node.list
            yield from node.args


def rebuild(node: Node, change: Change) -> Node:
    """The same node with each direct part changed."""
    match node:
        case Get() | Pick() | Within():
            return replace(node, of=change(node.of))
        case Op() | Call():
            return replace(node, args=tuple(change(a) for a in node.args))
        case ListOf():
            return replace(node, items=tuple(change(a) for a in node.items))
        case Query():
            return replace(
                node,
                steps=tuple(Step(change(s.source), s.frame) for s in node.steps),
                where=None if node.where is None else change(node.where),
                sort=tuple((change(key), down) for key, down in node.sort),
                value=None if node.value is None else change(node.value),
            )
        case Aggregate():
            return replace(node, list=change(node.list), args=tuple(change(a) for a in node.args))
    return node


def everything(node: Node) -> Iterator[Node]:
    """The node and all below it, bodies of formula members excluded."""
    yield node
    for part in children(node):
        yield from everything(part)


def free(node: Node) -> frozenset[str]:
    """The variables that must be given from outside: all that are read, less the frames of its own queries."""
    match node:
        case Var():
            return frozenset((node.name,))
        case Query():
            own = frozenset(step.frame for step in node.steps)
            return frozenset().union(*(free(part) for part in children(node))) - own
        case Within():
            # the body's other variables (user, settings) come from outside as well
            return free(node.of) | (free(node.body.tree) - {"this"})
    found: frozenset[str] = frozenset()
    for part in children(node):
        found |= free(part)
    return found


def substitute(node: Node, given: Mapping[str, Node], fresh: Callable[[], str]) -> Node:
    """The tree with variables replaced by nodes; its own frames get fresh names, so that none can be confused."""
    if isinstance(node, Var):
        return given.get(node.name, node)
    if isinstance(node, Query):
        inner = dict(given)
        steps = []
        for step in node.steps:
            source = substitute(step.source, inner, fresh)
            name = fresh()
            row = source.type.of
            assert row is not None
            inner[step.frame] = Var(row, step.source.at, name)
            steps.append(Step(source, name))
        return replace(
            node,
            steps=tuple(steps),
            where=None if node.where is None else substitute(node.where, inner, fresh),
            sort=tuple((substitute(key, inner, fresh), down) for key, down in node.sort),
            value=None if node.value is None else substitute(node.value, inner, fresh),
        )
    return rebuild(node, lambda part: substitute(part, given, fresh))


def conjuncts(node: Node | None) -> list[Node]:
    """The conditions that an `and` joins; [] of None."""
    if node is None:
        return []
    if isinstance(node, Op) and node.op == "and":
        return [part for side in node.args for part in conjuncts(side)]
    return [node]


def both(left: Node | None, right: Node | None) -> Node | None:
    """`left and right`, where None is no condition."""
    if left is None or right is None:
        return left or right
    return Op(BOOLEAN, left.at, "and", (left, right))


def reads_forms(node: Node) -> bool:
    """Whether it reads stored records through a query, in formula members too."""
    return any(
        isinstance(part, Source) or (isinstance(part, Within) and reads_forms(part.body.tree))
        for part in everything(node)
    )
