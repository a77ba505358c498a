"""The parts of a text that is an address: `place.city` is made of functions that all executors have.

Why: an address is kept as one text, its parts apart by a wide space, so that it is searched, sorted and shown as any
text. A part is taken out as one does it in Excel: the gaps are stretched until every part stands in a field of its own.
"""

from __future__ import annotations

from decimal import Decimal

from engine.expressions.tree import Call, Literal, Node
from engine.expressions.types import NUMBER, TEXT, Type

PARTS = ("province", "city", "district", "street", "postcode")

GAP = "\u2003"
"""What stands between two parts: a wide space, which no part has."""

ADDRESS = Type("text", shape="address")
"""A text that has these parts."""

WIDE = 300
"""More characters than an address has."""


def part(of: Node, name: str, at: int) -> Node:
    """The part `name` of an address; "" where it lacks, null where there is no address."""
    start = Decimal(PARTS.index(name) * WIDE + 1)
    stretched = Call(TEXT, at, "SUBSTITUTE", (of, Literal(TEXT, at, GAP), Literal(TEXT, at, " " * WIDE)))
    cut = Call(TEXT, at, "MID", (stretched, Literal(NUMBER, at, start), Literal(NUMBER, at, Decimal(WIDE))))
    return Call(TEXT, at, "TRIM", (cut,))
