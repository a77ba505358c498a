"""Which part of a condition decided: of `a or b` that holds the first part that does, of `a and b` that doesn't the first that
doesn't.

Why: told whole, a condition names reasons that aren't true of the record (“because the amount is over 200,000 or there are
special terms”), and nobody can tell which one it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.expressions.lexer import Token, tokens
from engine.expressions.tree import Call, Node, Op, Typed

Because = tuple[Typed, bool]
"""A condition that decided, and whether it holds."""

Holds = Callable[[Typed], bool | None]
"""Whether a condition holds; None: not known yet, or not for the reader."""


def deciding(typed: Typed, known: bool, holds: Holds) -> tuple[Because, ...]:
    """What decided that a condition turned out as is `known`. The parts keep their places in the text."""
    tree = typed.tree
    if not isinstance(tree, Op) or tree.op not in ("and", "or", "not"):
        return ((typed, known),)
    sides = _sides(typed, tree)
    if tree.op == "not":
        return deciding(sides[0], not known, holds) if sides else ((typed, known),)
    if known == (tree.op == "or"):
        sides = [side for side in sides if holds(side) is known][:1]
    return tuple(one for side in sides for one in deciding(side, known, holds)) or ((typed, known),)


def _sides(typed: Typed, tree: Op) -> list[Typed]:
    """What an `and`, `or` or `not` joins, each as a condition of its own; [] where the text doesn't show them plainly."""
    found = _bare([one for one in tokens(typed.text) if one.kind != "end"])
    starts, depth = [0], 0
    for number, one in enumerate(found):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(str(one.value), 0) if one.kind == "sign" else 0
        if depth == 0 and one.kind == tree.op:
            starts.append(number + 1)
    parts = [tree.args[0]] if tree.op == "not" else _joined(tree, tree.op)
    blank = isinstance(parts[0], Call) and parts[0].function == "ISBLANK"
    if tree.op == "not" and (starts != [0, 1] or blank):  # what is filled has words of its own
        return []
    starts = starts[1:] if tree.op == "not" else starts
    if len(starts) != len(parts):
        return []
    ends = [start - 1 for start in starts[1:]] + [len(found)]
    return [_cut(typed, found[a:b], part) for a, b, part in zip(starts, ends, parts, strict=True)]


def _joined(node: Node, op: str) -> list[Node]:
    if isinstance(node, Op) and node.op == op:
        return [part for side in node.args for part in _joined(side, op)]
    return [node]


def _bare(found: list[Token]) -> list[Token]:
    """Without brackets around the whole."""
    while len(found) > 2 and found[0].value == "(" and _closing(found) == len(found) - 1:
        found = found[1:-1]
    return found


def _closing(found: list[Token]) -> int:
    """Which one closes the bracket that is the first."""
    depth = 0
    for number, one in enumerate(found):
        depth += {"(": 1, ")": -1}.get(str(one.value), 0) if one.kind == "sign" else 0
        if depth == 0:
            return number
    return -1


def _cut(typed: Typed, found: list[Token], tree: Node) -> Typed:
    start, end = found[0].at, found[-1].end
    text = " " * start + typed.text[start:end] + " " * (len(typed.text) - end)
    return replace(typed, text=text, tree=tree)
