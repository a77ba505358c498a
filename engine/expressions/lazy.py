"""Which arguments are computed only sometimes, and on which condition: IF, IFS, SWITCH, COALESCE, and, or.

Why: SQL may compute the parts of an expression before the expression itself. A part that may refuse is put behind the
condition on which Python would come to it.
"""

from __future__ import annotations

from engine.expressions.functions import LAZY
from engine.expressions.tree import Call, Literal, Node, Op
from engine.expressions.types import BOOLEAN, NULL


def needed_for(node: Node) -> list[Node | None]:
    """For each direct part of an operator or a function, the condition on which it is computed; None: always."""
    if isinstance(node, Op) and node.op in ("and", "or"):
        left = node.args[0]
        return [None, left if node.op == "and" else _not(left)]
    if not isinstance(node, Call) or node.function not in LAZY:
        return [None] * len(node.args) if isinstance(node, Op | Call) else []
    return _RULES[node.function](node.args)


def _not(node: Node) -> Node:
    return Op(BOOLEAN, node.at, "not", (node,))


def _all(parts: list[Node]) -> Node | None:
    found: Node | None = None
    for part in parts:
        found = part if found is None else Op(BOOLEAN, part.at, "and", (found, part))
    return found


def _if(args: tuple[Node, ...]) -> list[Node | None]:
    return [None, args[0], _not(args[0])][: len(args)]


def _ifs(args: tuple[Node, ...]) -> list[Node | None]:
    found: list[Node | None] = []
    before: list[Node] = []
    for condition in args[::2]:
        found += [_all(before), _all([*before, condition])]
        before.append(_not(condition))
    return found


def _switch(args: tuple[Node, ...]) -> list[Node | None]:
    found: list[Node | None] = [None]
    before: list[Node] = []
    rest = args[1:]
    for case in rest[: len(rest) // 2 * 2 : 2]:
        same = Op(BOOLEAN, case.at, "=", (args[0], case))
        found += [_all(before), _all([*before, same])]
        before.append(_not(same))
    return [*found, _all(before)] if len(rest) % 2 else found


def _coalesce(args: tuple[Node, ...]) -> list[Node | None]:
    empty = [_empty(arg) for arg in args]
    return [_all(empty[:i]) for i in range(len(args))]


def _empty(node: Node) -> Node:
    if node.type.kind in ("boolean", "list"):
        return Literal(BOOLEAN, node.at, False)
    return Op(BOOLEAN, node.at, "=", (node, Literal(NULL, node.at, None)))


_RULES = {"IF": _if, "IFS": _ifs, "SWITCH": _switch, "COALESCE": _coalesce}
