"""Which parts of a formula may refuse, because a number could grow too large.

Why: what isn't come to must not refuse (`IF(rare, a * b, 0)`, `safe and a * b > 1`), but databases compute the parts of a
statement in any order. Only what may refuse needs a CASE around it, and the others keep their indexes.
"""

from __future__ import annotations

from engine.expressions.tree import Aggregate, Call, Get, Literal, Node, Op, Within
from engine.expressions.types import Type
from engine.expressions.walk import everything

STORED = 18
"""Digits before the point that a stored number may have."""

MOST = 20
"""Digits before the point that any number may have."""

LENGTHS = 18
"""Digits of a length in microseconds, likewise."""

SMALL = {
    **{"LEN": 10, "FIND": 10, "YEAR": 4, "MONTH": 2, "DAY": 2, "WEEKDAY": 1, "WEEKNUM": 2, "HOUR": 2, "MINUTE": 2},
    **{"SECOND": 2, "DATEDIF": 7, "NETWORKDAYS": 7},
}
"""Functions whose numbers are small."""

REFUSING = frozenset({"ROUND", "ROUNDUP", "ROUNDDOWN", "POWER", "NUMBER", "RMBCAP", "EVAL"})
"""Functions that may refuse by themselves."""


def may_refuse(node: Node) -> bool:
    """Whether computing it may refuse, in formula members too."""
    return any(_refuses(part) for part in everything(node))


def digits(node: Node) -> int:
    """At most how many digits before the point the number has, if it has not been refused."""
    if isinstance(node, Literal):
        return len(str(abs(int(node.value)))) if node.value is not None and node.type.kind == "number" else 0
    if isinstance(node, Get):
        return STORED
    if isinstance(node, Op) and node.type.kind == "number":
        return min(_of_operator(node), MOST)
    if isinstance(node, Call) and node.function in SMALL:
        return SMALL[node.function]
    return MOST


def _of_operator(node: Op) -> int:
    if node.op == "neg":
        return digits(node.args[0])
    left, right = node.args
    if left.type.kind != "number" or right.type.kind != "number":
        return LENGTHS + 8 if node.op == "/" else 7
    if node.op in ("+", "-"):
        return max(digits(left), digits(right)) + 1
    if node.op == "*":
        return digits(left) + digits(right)
    return digits(left) + (0 if isinstance(right, Literal) and right.value and abs(right.value) >= 1 else 8)


def grows(node: Op) -> bool:
    """Whether an operator's number could grow too large."""
    return _of_operator(node) > MOST


def _refuses(node: Node) -> bool:
    match node:
        case Op():
            kinds = {node.type.kind, *(arg.type.kind for arg in node.args)}
            if node.op not in ("+", "-", "*", "/") or kinds & {"date", "time", "instant"}:
                return False
            return node.type == Type("length") or grows(node)
        case Call():
            return node.function in REFUSING
        case Aggregate():
            return node.function in ("SUM", "AVG")
        case Within():
            return may_refuse(node.body.tree)
    return False
