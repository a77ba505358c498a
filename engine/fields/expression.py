"""A formula that somebody keeps in a record: a condition of a rule, a rate of a commission, which `EVAL` runs."""

from __future__ import annotations

from typing import Literal

from markupsafe import Markup
from pydantic import Field as Key

from engine.expressions.types import BOOLEAN, DATE, INSTANT, LENGTH, NUMBER, TEXT, TIME, Type, formula_text
from engine.fields.base import CONTAINS, EMPTY, FILLED, Control, Example, Operator, Reader
from engine.fields.base_input import attributes, typed
from engine.fields.base_text import Written
from engine.markup import tag
from engine.problems import value as wrong
from engine.texts import text

GIVES: dict[str, Type] = {
    "boolean": BOOLEAN, "number": NUMBER, "text": TEXT, "date": DATE, "datetime": INSTANT, "time": TIME, "duration": LENGTH,
}  # fmt: skip
"""What a formula may give, as `gives` names it."""


class Expression(Written):
    """Holds a formula. Whether its names and types are right is checked with the definitions, whichever way it comes."""

    name = "expression"
    summary = text(
        "保存在记录里的公式，像定义里的公式一样检查；EVAL(rule.condition, this) 计算它",
        "A formula kept in a record, checked like those of definitions; EVAL(rule.condition, this) runs it",
    )
    longest = 2000
    multiline = True
    full_width = True
    sortable = False
    examples = (
        Example(
            declared={"about": "contract", "gives": "boolean"},
            accepts=(("total > 5000", "total > 5000"), (" kind = 'sale'\n and total > 0 ", "kind = 'sale'\n and total > 0"), ("", None)),
            rejects=(("a\0b", wrong.NUL), ("x" * 2001, wrong.TOO_LONG), ({"a": 1}, wrong.WRONG_KIND)),
            displays=(("total > 5000", "total > 5000"), (None, "")),
            sorts=("a > 1", "b > 1"),
        ),
        Example(declared={"about": "contract.items", "gives": "number"}, accepts=(("price * 5%", "price * 5%"),)),
    )  # fmt: skip

    about: str = Key(description="Form, or form.lines: whose names the formula reads / 公式读哪张表单")
    gives: Literal["boolean", "number", "text", "date", "datetime", "time", "duration"] = Key(
        description="What the formula gives / 公式的结果"
    )

    def value_type(self, shape: str) -> Type:
        """A text that holds a formula."""
        return formula_text(self.about, GIVES[self.gives])

    def holds(self) -> tuple[str, Type] | None:
        """What it is about and gives."""
        return self.about, GIVES[self.gives]

    def display(self, value: object, reader: Reader) -> Markup | str:
        """As code."""
        return "" if value is None else tag("code", {"class": "fl-mono"}, str(value))

    def operators(self) -> tuple[Operator, ...]:
        """By a name that it has."""
        return (CONTAINS, EMPTY, FILLED)

    def input(self, control: Control) -> Markup:
        """A box in the letters of code."""
        more = attributes(
            control, self.kind, "fl-input fl-textarea fl-mono", rows=1 if control.bare else 2, spellcheck="false"
        )
        more |= {"maxlength": self.most(), "placeholder": control.placeholder or None, "readonly": control.readonly}
        return tag("textarea", more, Markup("\n"), typed(control, control.value or ""))
