"""The typed tree as JSON for the browser's evaluator (`web_src/js/expressions.js`): the source text is never shipped.

A node is a list `[kind of node, kind of value, …]`: `lit value`, `var name`, `get of name`, `pick of names`, `within of body`,
`op operator arguments…`, `call function arguments…`, `list items…`, `query steps where sort value`, `agg function list
arguments…`. A list's kind is `list:` and that of its members. Numbers and lengths (in microseconds) are strings.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.expressions import numbers
from engine.expressions.tree import (
    Aggregate,
    Call,
    Get,
    ListOf,
    Literal,
    Node,
    Op,
    Pick,
    Query,
    Source,
    Typed,
    Var,
    Within,
)
from engine.expressions.types import Type


def to_json(given: Typed | Node) -> list[Any]:
    """The tree of a formula, ready for JSON. A formula marked `server` can be shipped only if its references are given
    as objects and it queries no form; the evaluator raises on what it can't reach."""
    node = given.tree if isinstance(given, Typed) else given
    kind = _kind(node.type)
    match node:
        case Literal():
            return ["lit", kind, _constant(node.value)]
        case Var():
            return ["var", kind, node.name]
        case Get():
            return ["get", kind, to_json(node.of), node.name]
        case Pick():
            return ["pick", kind, to_json(node.of), dict(node.names)]
        case Within():
            return ["within", kind, to_json(node.of), to_json(node.body)]
        case Op():
            return ["op", kind, node.op, *map(to_json, node.args)]
        case Call():
            return ["call", kind, node.function, *map(to_json, node.args)]
        case ListOf():
            return ["list", kind, *map(to_json, node.items)]
        case Source():
            return ["source", kind, node.shape]
        case Query():
            return [
                "query",
                kind,
                [[to_json(step.source), step.frame] for step in node.steps],
                None if node.where is None else to_json(node.where),
                [[to_json(key), down] for key, down in node.sort],
                None if node.value is None else to_json(node.value),
            ]
        case Aggregate():
            return ["agg", kind, node.function, to_json(node.list), *map(to_json, node.args)]
    raise AssertionError(node)


def _kind(type: Type) -> str:
    return f"list:{_kind(type.of)}" if type.of is not None else type.kind


def _constant(value: Any) -> Any:
    if isinstance(value, Decimal):
        return numbers.text(value)
    if isinstance(value, timedelta):
        return str(value // timedelta(microseconds=1))
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("microseconds")
    return value
