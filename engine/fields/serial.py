"""Numbers that the engine gives: RT-202611-0033."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from markupsafe import Markup
from pydantic import Field as Key
from pydantic import field_validator

from engine.fields.base import Control, Example, Misdeclared, Names, Reader, Says
from engine.fields.base_input import line
from engine.fields.base_text import Written
from engine.markup import tag
from engine.problems import problem
from engine.problems import value as wrong
from engine.texts import text

_SEQUENCE = re.compile(r"\{\s*seq\s*(?::[^{}]*)?\}")


class Serial(Written):
    """A serial number, made of `pattern` when the record is created or a transition gives it; never typed.

    Only an import brings numbers of its own.
    """

    name = "serial"
    summary = text("流水号，由系统生成", "A serial number that the engine gives")
    longest = 100
    examples = (
        Example(
            declared={"pattern": "RT-{TODAY():yyyyMM}-{seq:0000}", "reset": "month"},
            accepts=(("RT-202611-0033", "RT-202611-0033"), ("", None)),
            rejects=(("x" * 101, wrong.TOO_LONG), ("a\nb", wrong.LINE_BREAK)),
            displays=(("RT-202611-0033", "RT-202611-0033"), (None, "")),
            sorts=("RT-202611-0033", "RT-202611-0034", "RT-202612-0001"),
        ),
        Example(declared={}, accepts=(("000001", "000001"),)),
    )

    pattern: Annotated[str | None, Says("text", template=True)] = Key(
        "{seq:000000}", description="Text with one {seq:0000} / 编号规则"
    )
    reset: Literal["day", "week", "month", "year", "never"] = Key("never", description="Starts anew each / 重新计数")
    scope: Names = Key((), description="Fields with a counter each / 分别计数的字段")
    gapless: bool = Key(False, description="No number is left out / 不跳号")
    given: str | None = Key(None, description="The transition that gives it; creation / 何时给号")

    @field_validator("pattern")
    @classmethod
    def _portable(cls, given: str | None) -> str | None:
        count = len(_SEQUENCE.findall(given or ""))
        if count != 1:
            raise Misdeclared(problem(wrong.BAD_SEQUENCE, count=count))
        return given

    @cached_property
    def _matcher(self) -> None:
        """Its pattern makes numbers, it doesn't check them."""

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """A string that programs get."""
        return {**self._any_line(), "readOnly": True}

    def display(self, value: object, reader: Reader) -> Markup | str:
        """Figures of equal width."""
        return "" if value is None else tag("span", {"class": "fl-serial"}, value)

    def input(self, control: Control) -> Markup:
        """Shows the number, or that it comes when the record is saved."""
        later = text("保存后自动生成", "Given when saved").to(control.reader.language)
        return line(control, self.kind, control.value or "", "fl-serial", placeholder=later, readonly=True)

    def numbering(self) -> Mapping[str, Any] | None:
        """Its keys."""
        return {key: getattr(self, key) for key in ("pattern", "reset", "scope", "gapless", "given")}
