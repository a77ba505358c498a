"""What all types have in common whose value is the name of one option."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from sqlalchemy import String
from sqlalchemy.types import TypeEngine

from engine.expressions.types import Type
from engine.fields.base import (
    AMONG,
    DIFFERENT,
    EMPTY,
    EQUAL,
    FILLED,
    Control,
    Operator,
    Place,
    Reader,
    last,
    plain,
)
from engine.fields.base_choice import Chosen
from engine.fields.base_input import drop_down, group
from engine.markup import tag

BUTTONS = 5
"""Up to so many options are visible buttons, more are a drop-down."""


class OneOf(Chosen):
    """A field whose value is the name of one option."""

    kind = "choice"

    def value_type(self, shape: str) -> Type:
        """A text that is one of the names."""
        return Type("text", options=self.names())

    def column(self) -> TypeEngine[Any] | None:
        """A text column with the name."""
        return String()

    def parse(self, raw: Any, at: Place) -> str | None:
        """An option's name; typed also its title."""
        given = last(raw, at)
        if given is None:
            return None
        return self.one(given, at)

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """The names, as far as they are known here."""
        options = self.known(None)
        return {"type": "string"} if options is None else {"type": "string", "enum": list(options)}

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """Its title, as a tag when it has a colour."""
        return "" if value is None else self.tagged(value, reader)

    def cell(self, value: Any, reader: Reader) -> str:
        """Its title."""
        return "" if value is None else self.called(value, reader)

    def operators(self) -> tuple[Operator, ...]:
        """Any of several first."""
        return (AMONG, EQUAL, DIFFERENT, EMPTY, FILLED)

    def literal(self, value: Any) -> str:
        """The quoted name."""
        return plain(value)

    def input(self, control: Control) -> Markup:
        """Up to five options are buttons, more a drop-down; in a table cell always a drop-down."""
        chosen = str(last(control.value if control.raw is None else control.raw, Place("", control.title)) or "")
        offered = [(name, option.title.to(control.reader.language)) for name, option in control.options.items()]
        if chosen and chosen not in control.options:
            offered.append((chosen, self.called(chosen, control.reader)))
        if control.bare or len(offered) > BUTTONS:
            return drop_down(control, self.kind, offered, chosen)
        buttons = [
            tag(
                "label",
                {"class": "fl-option", "hidden": name in control.withheld and name != chosen},
                tag(
                    "input",
                    {
                        "type": "radio",
                        "name": control.name,
                        "value": name,
                        "checked": name == chosen,
                        "disabled": control.readonly,
                    },
                ),
                tag("span", {}, title),
            )
            for name, title in offered
        ]
        hidden = None if control.readonly else tag("input", {"type": "hidden", "name": control.name, "value": ""})
        return tag("div", group(control, self.kind, "fl-choice", "radiogroup"), hidden, *buttons)
