"""What all types that point at several records, people or departments have in common: the value is a set of ids.

Why: a set has no order of its own. Its ids are kept in ascending order, so that the same choice is the same value
whoever made it, and every executor of formulas reads the records in one order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup
from sqlalchemy.types import TypeEngine

from engine.columns import Ids
from engine.expressions.types import Type, list_of, record
from engine.fields.base import Control, Operator, Place, Reader, refuse, short
from engine.fields.base_input import picker
from engine.fields.base_record import MOST, Pointing, whole_id
from engine.markup import tag
from engine.problems import value as wrong
from engine.texts import text

FITTING = 200
"""How many records one field holds at most: a longer list is a form of its own."""

COMMAS = {"zh": "、", "en": ", "}
"""What stands between the names of several, by language."""

HAS_ANY = Operator("in", text("含有其中之一", "has any of"), "ANY(id in {value} from {field})", many=True)
HAS = Operator("has", text("含有", "has"), "ANY(id = {value} from {field})")
HAS_NOT = Operator("has_not", text("不含", "doesn't have"), "not ANY(id = {value} from {field})")
NONE = Operator("empty", text("为空", "is empty"), "COUNT({field}) = 0", value=False)
SOME = Operator("filled", text("不为空", "is filled"), "COUNT({field}) > 0", value=False)


class PointingAtMany(Pointing):
    """A field whose value is a tuple of ids in ascending order, None when there are none. That each exists and may be
    chosen is the runtime's to check."""

    kind = "records"
    several = True
    sortable = False

    def value_type(self, shape: str) -> Type:
        """A list of records of that shape."""
        return list_of(record(self.points_at()))

    def column(self) -> TypeEngine[Any] | None:
        """The JSON text of a list of ids."""
        return Ids()

    def parse(self, raw: Any, at: Place) -> tuple[int, ...] | None:
        """A list of ids, typed also as digits with commas between. Names from a CSV file are looked up before."""
        if raw is None:
            return None
        found: set[int] = set()
        for one in pieces(raw, at):
            id = whole_id(one, at, wrong.NOT_A_RECORD)
            if id in found:
                refuse(wrong.TWICE, at, given=short(one))
            found.add(id)
        if len(found) > FITTING:
            refuse(wrong.TOO_MANY, at, limit=FITTING)
        return ordered(found)

    def rounded(self, value: Any) -> Any:
        """What a formula gives, each once, in the order of ids."""
        return ordered(one for one in value or () if one is not None)

    def to_json(self, value: Any) -> Any:
        """A list of ids."""
        return None if value is None else list(value)

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """A list of ids without duplicates."""
        one = {"type": "integer", "minimum": 1, "maximum": MOST}
        return {"type": "array", "items": one, "uniqueItems": True, "maxItems": FITTING}

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """A chip for each, as a link where the reader may open it."""
        if not value:
            return ""
        one = super().display
        chips = [tag("span", {"class": "fl-tag"}, one(id, reader)) for id in value]
        return tag("span", {"class": "fl-tags"}, *[part for chip in chips for part in (" ", chip)][1:])

    def titled(self, value: int, reader: Reader) -> Markup | str:
        """The title of one of them."""
        return reader.title_of(self.points_at(), value)

    def cell(self, value: Any, reader: Reader) -> str:
        """The titles with commas between."""
        return COMMAS[reader.language].join(reader.title_of(self.points_at(), id) for id in value or ())

    def input(self, control: Control) -> Markup:
        """A picker that takes several."""
        return picker(control, self.points_at(), several=True)

    def operators(self) -> tuple[Operator, ...]:
        """Whether it has any of these first."""
        return (HAS_ANY, HAS, HAS_NOT, NONE, SOME)

    def literal(self, value: Any) -> str:
        """The id, for a value of one."""
        return str(value[0] if isinstance(value, tuple) else value)

    def pointed(self, value: Any) -> tuple[tuple[str, int], ...]:
        """Each of them."""
        return tuple((self.points_at(), id) for id in value or ())


def pieces(raw: Any, at: Place) -> list[Any]:
    """What a list holds; typed, what stands between its commas. Raises Refused when it is neither."""
    given = raw
    if isinstance(raw, str) and not at.json:
        given = raw.replace("、", ",").replace("，", ",").replace(";", ",").split(",")
    if not isinstance(given, list | tuple):
        refuse(wrong.WRONG_KIND, at, expected=text("编号的列表", "a list of ids"))
    return list(given) if at.json else [one for one in given if not (isinstance(one, str) and not one.strip())]


def ordered(ids: Iterable[int]) -> tuple[int, ...] | None:
    """The ids, each once, in ascending order; None for none."""
    return tuple(sorted(set(ids))) or None
