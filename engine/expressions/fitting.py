"""Which type fits where another is needed, and the small turns that make it fit: a date in quotes, a null, a record that is
one of several forms'."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from engine.expressions.pointing import narrowed, pointer
from engine.expressions.syntax import Constant
from engine.expressions.tree import Get, Literal, Node, Pick
from engine.expressions.types import (
    BOOLEAN,
    DATE,
    INSTANT,
    LENGTH,
    NULL,
    NUMBER,
    TEXT,
    TIME,
    Type,
    forms_of,
    list_of,
)

UNKNOWN = Type("unknown")
ORDERED = frozenset({"number", "text", "date", "time", "instant", "length"})


def constant(part: Constant) -> Node:
    """The literal of a constant."""
    kinds: Mapping[type, Type] = {str: TEXT, bool: BOOLEAN, Decimal: NUMBER, timedelta: LENGTH, type(None): NULL}
    return Literal(kinds[type(part.value)], part.at, part.value)


def fits(given: Type, needed: Type) -> bool:
    """Whether a value of the one type can stand where the other is needed. Null fits all but a condition."""
    if UNKNOWN in (given, needed):
        return True
    if given.kind == "null":
        return needed.kind not in ("boolean", "list")
    if given.kind != needed.kind:
        return False
    if given.kind == "list":
        return given.of is None or needed.of is None or given.of.kind == "null" or fits(given.of, needed.of)
    if forms_of(given) or forms_of(needed):
        return bool(forms_of(given)) and set(forms_of(given)) <= set(forms_of(needed))
    return same_record(given, needed)


def ordered(type: Type) -> bool:
    """Whether one value of it can be less than another."""
    return type.kind in ORDERED | {"null", "unknown"} and not forms_of(type)


def meeting(node: Node, other: Type) -> Node:
    """A record that is compared with what points at a record of one of several forms: as what points at it."""
    points = node.type.kind == "record" and node.type.shape in forms_of(other)
    return pointer(node, other) if points else node


def among(node: Node, listed: Type) -> Node:
    """What is looked for in a list of records, or of what points at records, as such a one."""
    if listed.kind == "record" and listed.shape in forms_of(node.type):
        return narrowed(node, listed.shape or "") or node
    return meeting(node, listed)


def strange(left: Node, right: Node) -> bool:
    """Whether only one of two texts points at a record, and the other isn't written out either."""
    points = [bool(forms_of(node.type)) for node in (left, right)]
    return points[0] != points[1] and not any(isinstance(node, Literal) for node in (left, right))


def same_record(left: Type, right: Type) -> bool:
    """Whether two records, if both are such, are of one form."""
    return left.kind != "record" or left.shape is None or right.shape is None or left.shape == right.shape


def unify(types: list[Type]) -> Type | None:
    """The type of a value that is one of these; None when they differ. Null joins any type."""
    found = NULL
    for given in types:
        if given == UNKNOWN:
            return UNKNOWN
        if found.kind == "null":
            found = given
        elif given.kind == "null":
            continue
        elif found.kind != given.kind or not same_record(found, given):
            return None
        elif found.kind == "list" and found.of and given.of:
            of = unify([found.of, given.of])
            if of is None:
                return None
            found = list_of(of)
        elif found != given:
            known = found.options | given.options if found.options and given.options else None
            found = Type(found.kind, _joined_shape(found, given), None, known)
    return found


def _joined_shape(one: Type, other: Type) -> str | None:
    """The shape of a value that is of one of two types: the same, or of all forms that either may point at."""
    both = (*forms_of(one), *forms_of(other))
    return (
        "|".join(dict.fromkeys(both))
        if forms_of(one) and forms_of(other)
        else one.shape
        if one.shape == other.shape
        else None
    )


def differing(nodes: tuple[Node, ...]) -> tuple[Type, Type]:
    """Two types of these that differ, for the problem that says so."""
    for node in nodes:
        if unify([nodes[0].type, node.type]) is None:
            return nodes[0].type, node.type
    return nodes[0].type, nodes[-1].type


def typed_null(node: Node, type: Type) -> Node:
    """A bare null as null of that type; for a condition it is false."""
    if isinstance(node, Literal) and node.type.kind == "null":
        return Literal(type, node.at, False if type.kind == "boolean" else None)
    return node


def as_date(node: Node, needed: Type) -> Node:
    """`"2024-05-01"` beside a date is that date, `"09:00"` beside a time that time, `"2024-05-01T09:00Z"` beside a moment
    that moment."""
    if isinstance(node, Literal) and isinstance(node.value, str) and needed.kind in ("date", "time", "instant"):
        try:
            if needed.kind == "time" and re.fullmatch(r"[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?", node.value):
                return Literal(TIME, node.at, time.fromisoformat(node.value))
            if needed.kind == "date" and len(node.value) == 10:
                return Literal(DATE, node.at, date.fromisoformat(node.value))
            if needed.kind == "instant" and len(node.value) > 10:
                moment = datetime.fromisoformat(node.value)
                if moment.tzinfo is not None:
                    return Literal(INSTANT, node.at, moment.astimezone(UTC))
        except (ValueError, OverflowError):
            return node
    return node


def replace_type(node: Node, type: Type) -> Node:
    """The same node under another type, for wording only."""
    return Get(type, node.at, node, "") if not isinstance(node, Pick) else replace(node, type=type)
