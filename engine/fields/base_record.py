"""What all types that point at one record, person or department have in common: the value is its id."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from sqlalchemy import BigInteger
from sqlalchemy.types import TypeEngine

from engine.expressions.pointing import plainly
from engine.expressions.types import Type, record
from engine.fields.base import CHOOSE, EMPTY, FILLED, Control, Field, Operator, Place, Reader, last, refuse, short
from engine.fields.base_input import picker
from engine.markup import tag
from engine.problems import value as wrong
from engine.texts import text

MOST = 2**63 - 1

IS = Operator("is", text("是", "is"), "{field}.id = {value}")
IS_NOT = Operator("is_not", text("不是", "is not"), "{field}.id != {value}")
IS_AMONG = Operator("in", text("是其中之一", "is any of"), "{field}.id in {value}", many=True)


class Pointing(Field):
    """A field whose value is the id of one record. That it exists and may be chosen is the runtime's to check."""

    kind = "record"
    todo = CHOOSE

    def points_at(self) -> str:
        """The shape of what it points at."""
        raise NotImplementedError(self.name)

    def value_type(self, shape: str) -> Type:
        """A record of that shape."""
        return record(self.points_at())

    def column(self) -> TypeEngine[Any] | None:
        """The id."""
        return BigInteger()

    def parse(self, raw: Any, at: Place) -> Any:
        """An id, typed also as digits. A name from a CSV file is looked up before."""
        given = last(raw, at)
        if given is None:
            return None
        return whole_id(given, at, wrong.NOT_A_RECORD)

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """An id."""
        return {"type": "integer", "minimum": 1, "maximum": MOST}

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """Its title, as a link when the reader may open it."""
        if value is None:
            return ""
        href = reader.href_of(self.points_at(), value)
        return self.titled(value, reader) if href is None else tag(
            "a", {"class": "fl-link", "href": href}, self.titled(value, reader)
        )  # fmt: skip

    def titled(self, value: int, reader: Reader) -> Markup | str:
        """The title inside of the link."""
        return self.cell(value, reader)

    def cell(self, value: Any, reader: Reader) -> str:
        """Its title."""
        return "" if value is None else reader.title_of(self.points_at(), value)

    def input(self, control: Control) -> Markup:
        """A picker."""
        return picker(control, self.points_at())

    def operators(self) -> tuple[Operator, ...]:
        """Is one of several first."""
        return (IS_AMONG, IS, IS_NOT, EMPTY, FILLED)

    def literal(self, value: Any) -> str:
        """The id."""
        return str(value)

    def target(self) -> str | None:
        """The shape of what it points at."""
        return self.points_at()

    def pointed(self, value: Any) -> tuple[tuple[str, int], ...]:
        """The one that it points at."""
        return () if value is None else ((self.points_at(), value),)


def whole_id(given: Any, at: Place, code: str) -> int:
    """An id from 1; typed also as digits. Raises Refused with `code`."""
    found: int | None = None
    if isinstance(given, int) and not isinstance(given, bool):
        found = given
    elif isinstance(given, float) and given.is_integer():
        found = int(given)
    elif isinstance(given, str) and not at.json:
        body = given.strip()
        found = int(body) if body.isascii() and body.isdigit() and len(body) <= 19 else None
    elif hasattr(given, "as_integer_ratio") and not at.json and not isinstance(given, bool | float):
        found = int(given) if given == int(given) else None
    if found is None or not 1 <= found <= MOST:
        refuse(code, at, given=short(plainly(given)))
    return found
