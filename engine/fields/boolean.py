"""Yes or no."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from sqlalchemy import Boolean as BooleanColumn
from sqlalchemy.types import TypeEngine

from engine.expressions.types import BOOLEAN, Type
from engine.fields.base import EQUAL, Control, Example, Field, Operator, Place, Reader, last, refuse, short
from engine.fields.base_input import attributes
from engine.markup import icon, tag
from engine.problems import Refused
from engine.problems import value as wrong
from engine.texts import text

_WORDS = {
    True: ("true", "1", "on", "yes", "y", "是", "✓"),
    False: ("false", "0", "off", "no", "n", "否", "✗"),
}
_READ = {word: value for value, words in _WORDS.items() for word in words}
YES, NO = text("是", "Yes"), text("否", "No")


class Boolean(Field):
    """A tick. Empty (never answered) is None, which formulas read as false."""

    name = "boolean"
    summary = text("是或否", "Yes or no")
    kind = "boolean"
    todo = text("勾选", "Tick")
    examples = (
        Example(
            declared={},
            accepts=(
                ("on", True),
                ("true", True),
                ("1", True),
                ("是", True),
                ("YES", True),
                ("false", False),
                ("否", False),
                ("0", False),
                (["false", "on"], True),
                (["false"], False),
                (True, True),
                (False, False),
                ("", None),
            ),
            rejects=(("也许", wrong.NOT_BOOLEAN), ("2", wrong.NOT_BOOLEAN), (1.5, wrong.NOT_BOOLEAN)),
            displays=((True, "是"), (False, "否"), (None, "")),
            sorts=(False, True),
        ),
    )

    def value_type(self, shape: str) -> Type:
        """A boolean."""
        return BOOLEAN

    def column(self) -> TypeEngine[Any] | None:
        """A boolean column: 0 or 1 on SQLite."""
        return BooleanColumn(create_constraint=False)

    def parse(self, raw: Any, at: Place) -> bool | None:
        """A browser's or a CSV file's words, or true and false."""
        if raw is None or isinstance(raw, bool):
            return raw
        if at.json:
            refuse(wrong.WRONG_KIND, at, expected=text("true 或 false", "true or false"))
        given = last(raw, at)
        if given is None:
            return None
        found = _READ.get(str(given).strip().lower())
        return refuse(wrong.NOT_BOOLEAN, at, given=short(given)) if found is None else found

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """true or false."""
        return {"type": "boolean"}

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """A tick and the word, or the word alone."""
        if value is None:
            return ""
        body = (YES if value else NO).to(reader.language)
        if not value:
            return tag("span", {"class": "fl-no"}, body)
        return tag("span", {"class": "fl-yes"}, icon("check"), body)

    def cell(self, value: Any, reader: Reader) -> str:
        """The word."""
        return "" if value is None else (YES if value else NO).to(reader.language)

    def input(self, control: Control) -> Markup:
        """A checkbox; the hidden part says no when it isn't ticked."""
        given = control.value if control.raw is None else control.raw
        try:
            ticked = bool(self.parse(given, Place(control.name, control.title)))
        except Refused:
            ticked = False
        more = attributes(control, self.kind, "fl-checkbox", type="checkbox", value="true", checked=ticked)
        hidden = tag("input", {"type": "hidden", "name": control.name, "value": "false"})
        return (
            Markup("") + (hidden if not control.readonly else "") + tag("input", more | {"disabled": control.readonly})
        )

    def operators(self) -> tuple[Operator, ...]:
        """Is yes, is no."""
        return (EQUAL,)

    def literal(self, value: Any) -> str:
        """true or false"""
        return "true" if value else "false"
