"""Any number of several options."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from sqlalchemy.types import TypeEngine

from engine.columns import Names as NamesColumn
from engine.expressions.types import Type, list_of
from engine.fields.base import EMPTY, FILLED, Control, Example, Operator, Place, Reader, plain, refuse, short
from engine.fields.base_choice import Chosen
from engine.fields.base_input import group
from engine.markup import tag
from engine.problems import value as wrong
from engine.texts import text

HAS = Operator("has", text("含有", "has"), "{value} in {field}")


class Choices(Chosen):
    """Several options; the value is a tuple of their names in the order given, None when there are none."""

    name = "choices"
    summary = text("多选", "Any number of several options")
    kind = "choices"
    several = True
    sortable = False
    examples = (
        Example(
            declared={"options": {"a": "甲", "b": {"title": "乙", "color": "blue"}, "c": "丙"}},
            accepts=(
                (["b", "a"], ("b", "a")),
                (["", "a"], ("a",)),
                ("甲、乙", ("a", "b")),
                ("a, c", ("a", "c")),
                ([], None),
                ("", None),
            ),
            rejects=((["d"], wrong.UNKNOWN_OPTION), (["a", "a"], wrong.TWICE), (3, wrong.WRONG_KIND)),
            displays=((("a", "b"), "甲 乙"), (None, "")),
            sorts=(("a",), ("b",)),
        ),
        Example(declared={"options": "industry"}, accepts=((["food"], ("food",)),)),
    )

    def value_type(self, shape: str) -> Type:
        """A list of texts that are names."""
        return list_of(Type("text", options=self.names()))

    def column(self) -> TypeEngine[Any] | None:
        """The JSON text of a list."""
        return NamesColumn()

    def parse(self, raw: Any, at: Place) -> tuple[str, ...] | None:
        """A list of names; typed also names or titles with commas between."""
        if raw is None:
            return None
        given = raw
        if isinstance(raw, str) and not at.json:
            given = raw.replace("、", ",").replace("，", ",").replace(";", ",").split(",")
        if not isinstance(given, list | tuple):
            refuse(wrong.WRONG_KIND, at, expected=text("选项的列表", "a list of options"))
        if not at.json:
            given = [one for one in given if not (isinstance(one, str) and not one.strip())]
        found: list[str] = []
        for one in given:
            name = self.one(one, at)
            if name in found:
                refuse(wrong.TWICE, at, given=short(one))
            found.append(name)
        return tuple(found) or None

    def to_json(self, value: Any) -> Any:
        """A list of names."""
        return None if value is None else list(value)

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """A list of names without duplicates."""
        options = self.known(None)
        one: dict[str, Any] = {"type": "string"} if options is None else {"type": "string", "enum": list(options)}
        return {"type": "array", "items": one, "uniqueItems": True}

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """A tag for each."""
        if not value:
            return ""
        tags = [tag("span", {"class": "fl-tag", "data-color": self._color(name, reader)}, self.called(name, reader))
                for name in value]  # fmt: skip
        return tag("span", {"class": "fl-tags"}, *[part for one in tags for part in (" ", one)][1:])

    def cell(self, value: Any, reader: Reader) -> str:
        """The titles with commas between."""
        return ", ".join(self.called(name, reader) for name in value or ())

    def operators(self) -> tuple[Operator, ...]:
        """Whether one is among them."""
        return (HAS, EMPTY, FILLED)

    def literal(self, value: Any) -> str:
        """The quoted name, for a value of one name."""
        return plain(value[0] if isinstance(value, tuple) else value)

    def input(self, control: Control) -> Markup:
        """A tick for each option; in a table cell too."""
        given = control.value if control.raw is None else control.raw
        chosen = [given] if isinstance(given, str) else list(given or ())
        offered = {name: option.title.to(control.reader.language) for name, option in control.options.items()}
        offered |= {name: self.called(name, control.reader) for name in chosen if name and name not in offered}
        boxes = [
            tag(
                "label",
                {"class": "fl-option", "hidden": name in control.withheld and name not in chosen},
                tag(
                    "input",
                    {
                        "type": "checkbox",
                        "name": control.name,
                        "value": name,
                        "checked": name in chosen,
                        "disabled": control.readonly,
                    },
                ),
                tag("span", {}, title),
            )
            for name, title in offered.items()
        ]
        hidden = None if control.readonly else tag("input", {"type": "hidden", "name": control.name, "value": ""})
        return tag("div", group(control, self.kind, "fl-choice", "group"), hidden, *boxes)

    def _color(self, name: str, reader: Reader) -> str:
        option = (self.known(reader.options) or {}).get(name)
        return (option.color if option else None) or "neutral"
