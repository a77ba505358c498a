"""What all types that hold a text have in common: length, pattern, and which characters are kept.

Why: a text is kept as it was written, character by character (no normalisation, zero-width characters stay), but for
the blanks at its ends and what no database can hold. A program's text is checked exactly as the JSON Schema says.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from markupsafe import Markup
from pydantic import Field as Key
from pydantic import field_validator
from sqlalchemy import String
from sqlalchemy.types import TypeEngine

from engine.expressions.types import TEXT, Type
from engine.fields.base import (
    CONTAINS,
    DIFFERENT,
    EMPTY,
    EQUAL,
    FILLED,
    Control,
    Field,
    Misdeclared,
    Operator,
    Place,
    Words,
    plain,
    refuse,
    short,
    words,
)
from engine.fields.base_input import line
from engine.problems import Refused, problem
from engine.problems import value as wrong
from engine.texts import Text, same, text

END = r"$(?![\s\S])"
"""The end of a text for all engines: Python's `$` alone also matches before a last line break."""

_ODD = re.compile("[\0\n\r\ud800-\udfff]")
"""What isn't taken everywhere."""

_CLASSES = {"d": "0-9", "w": "A-Za-z0-9_"}
_SYNTAX = frozenset("^$\\.*+?()[]{}|/")
_LETTERS = frozenset("dDwWsSbBnrtfvxu0123456789")
_PYTHON_ONLY = re.compile(r"\(\?(?!:|=|!|<=|<!)|[*+?}]\+")
"""Groups and repeats that only Python has; looked for in a pattern without its escapes and classes."""


class Written(Field):
    """A field whose value is a text without blanks at its ends; None when nothing is left.

    A type may have a form of its own: `shape` is its pattern, `tidy` brings what was typed into it.
    """

    searchable = True
    longest: ClassVar[int] = 2000
    """How many characters fit when `max_length` says nothing."""
    multiline: ClassVar[bool] = False
    shape: ClassVar[str | None] = None
    """The type's own pattern of a whole value, without anchors; None: any text."""

    max_length: int | None = Key(None, ge=1, le=100_000, description="At most so many characters / 最多字数")
    pattern: str | None = Key(None, description="Regular expression for the whole value / 正则表达式")
    hint: Words | None = Key(None, description="What the pattern means, in words / 格式说明")

    @field_validator("pattern")
    @classmethod
    def _portable(cls, given: str | None) -> str | None:
        return None if given is None else portable(given)

    @cached_property
    def _matcher(self) -> re.Pattern[str] | None:
        return None if self.pattern is None else re.compile(whole(self.pattern))

    @cached_property
    def _own(self) -> re.Pattern[str] | None:
        return None if self.shape is None else re.compile(whole(self.shape))

    def value_type(self, shape: str) -> Type:
        """A text."""
        return TEXT

    def column(self) -> TypeEngine[Any] | None:
        """A text column; its order is that of the code points."""
        return String()

    def parse(self, raw: Any, at: Place) -> str | None:
        """Typed text, or a bare number of a definition or CSV file -> text. See the class."""
        given = self._text(raw, at)
        if given is None:
            return None
        body = given if at.json else given.strip()
        if not body and not at.json:
            return None
        self._characters(body, at)
        if not at.json:
            body = self.tidy(body, at)
        elif self._own is not None and not self._own.search(body):
            refuse(wrong.NOT_CANONICAL, at, proposal=self.tidy(body.strip(), at) if body.strip() else "…")
        length = self.length(body)
        if length > self.most():
            refuse(wrong.TOO_LONG, at, limit=self.most(), length=length)
        if self._matcher is not None and not self._matcher.search(body):
            refuse(wrong.PATTERN, at, hint=self._hint())
        return self._kept(body.strip(), at)

    def received(self, value: Any) -> Any:
        """Without blanks at its ends, in the type's own form where it can be brought into it."""
        if not isinstance(value, str):
            return value
        body = value.strip()
        try:
            return self.tidy(body, Place("", same(""))) if body else None
        except Refused:
            return body

    def most(self) -> int:
        """How many characters fit."""
        return self.max_length or self.longest

    def length(self, body: str) -> int:
        """How many characters count."""
        return len(body)

    def tidy(self, given: str, at: Place) -> str:
        """What was typed (no blanks at its ends, not empty), in the type's own form; raises Refused."""
        return given

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """A string with its length and patterns."""
        made = self._any_line()
        if self.pattern is not None:
            made["allOf"] = [{"pattern": whole(self.pattern)}]
        return made

    def operators(self) -> tuple[Operator, ...]:
        """Contains first: that is what one looks for in texts."""
        return (CONTAINS, EQUAL, DIFFERENT, EMPTY, FILLED)

    def literal(self, value: Any) -> str:
        """A quoted text."""
        return plain(value)

    def input(self, control: Control) -> Markup:
        """One line."""
        return line(control, self.kind, control.value or "", maxlength=self.max_length)

    def _any_line(self) -> dict[str, Any]:
        characters = self.shape or (r"[^\u0000]*" if self.multiline else r"[^\u0000\n\r]*")
        return {"type": "string", "maxLength": self.most(), "pattern": whole(characters)}

    def _text(self, raw: Any, at: Place) -> str | None:
        if raw is None:
            return None
        if isinstance(raw, str):
            return raw.replace("\r\n", "\n").replace("\r", "\n") if self.multiline and not at.json else raw
        if not at.json and isinstance(raw, int | Decimal) and not isinstance(raw, bool):
            return f"{raw:f}" if isinstance(raw, Decimal) else str(raw)
        return refuse(wrong.WRONG_KIND, at, expected=text("文字", "text"))

    def _kept(self, body: str, at: Place) -> str | None:
        if not body:
            return None
        if at.json and self.multiline:
            return body.replace("\r\n", "\n").replace("\r", "\n")
        return self.tidy(body, at) if at.json and self._own is not None else body

    def _characters(self, given: str, at: Place) -> None:
        if not _ODD.search(given):
            return
        for character in given:
            if character == "\0" or "\ud800" <= character <= "\udfff":
                refuse(wrong.NUL, at, character=f"U+{ord(character):04X}")
            if character in "\n\r" and not self.multiline:
                refuse(wrong.LINE_BREAK, at)

    def _hint(self) -> Text:
        if self.hint is not None:
            return words(self.hint)
        return text(f"应符合 {self.pattern}", f"it should match {self.pattern}")


def whole(pattern: str) -> str:
    """A pattern that has to match a whole text, alike in Python, Rust and the browser."""
    return f"^(?:{pattern}){END}"


def portable(pattern: str) -> str:
    r"""An analyst's pattern in words that all engines read alike (`\d` is 0-9 and nothing else). Raises Misdeclared."""
    bare = re.sub(r"\[(?:\\.|[^\]])*\]", "x", re.sub(r"\\[^\[]", "x", pattern))
    found = _PYTHON_ONLY.search(bare) or re.search(rf"\\(?=[A-Za-z0-9])[^{''.join(_LETTERS)}]", pattern)
    reason = f"“{found.group()}”" if found else ""
    made = _ascii_classes(pattern)
    if not reason:
        try:
            re.compile(made)
            re.compile(whole(made))
        except (re.error, OverflowError) as error:
            reason = str(error)
    if reason:
        raise Misdeclared(problem(wrong.BAD_PATTERN, reason=short(reason)))
    return made


def _ascii_classes(pattern: str) -> str:
    made, inside, at = [], False, 0
    while at < len(pattern):
        sign, following = pattern[at], pattern[at + 1 : at + 2]
        if sign == "\\" and following:
            ranges = _CLASSES.get(following.lower())
            if ranges is None or (inside and following.isupper()):
                needed = following.isalnum() or following in _SYNTAX or (inside and following == "-")
                made.append(sign + following if needed else following)
            else:
                made.append(ranges if inside else f"[{'^' if following.isupper() else ''}{ranges}]")
            at += 2
            continue
        inside = sign == "[" or (inside and sign != "]")
        made.append(sign)
        at += 1
    return "".join(made)
