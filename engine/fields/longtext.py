"""Several lines of text: descriptions, remarks."""

from __future__ import annotations

from markupsafe import Markup, escape

from engine.fields.base import CONTAINS, EMPTY, FILLED, Control, Example, Operator, Reader
from engine.fields.base_input import attributes, typed
from engine.fields.base_text import Written
from engine.markup import tag
from engine.problems import value as wrong
from engine.texts import text


class LongText(Written):
    """Several lines of plain text; line breaks are kept as LF."""

    name = "longtext"
    summary = text("多行文字，如说明、备注", "Several lines of text, such as a description")
    longest = 100_000
    multiline = True
    full_width = True
    sortable = False
    examples = (
        Example(
            declared={},
            accepts=(("第一行\r\n第二行\n", "第一行\n第二行"), ("\n \n", None), ("a\rb", "a\nb"), (" \t缩进", "缩进")),
            rejects=(("a\0b", wrong.NUL), ("x" * 100_001, wrong.TOO_LONG), ({"a": 1}, wrong.WRONG_KIND)),
            displays=(("一\n二", "一二"), ("<b>", "<b>"), (None, "")),
            sorts=("a\nb", "b"),
        ),
        Example(declared={"max_length": 3}, accepts=(("a\r\nb", "a\nb"),), rejects=(("四个字吧", wrong.TOO_LONG),)),
    )

    def display(self, value: object, reader: Reader) -> Markup | str:
        """The lines one below the other."""
        if value is None:
            return ""
        return Markup("<br>").join(escape(part) for part in str(value).split("\n"))

    def operators(self) -> tuple[Operator, ...]:
        """Nobody compares a whole description."""
        return (CONTAINS, EMPTY, FILLED)

    def input(self, control: Control) -> Markup:
        """A box of three lines that grows; in a table cell of one."""
        shown = typed(control, control.value or "")
        more = attributes(control, self.kind, "fl-input fl-textarea", rows=1 if control.bare else 3)
        more |= {"maxlength": self.max_length, "placeholder": control.placeholder or None, "readonly": control.readonly}
        return tag("textarea", more, Markup("\n"), shown)
