"""What every kind of print template must do: tell the formulas written in it, and give a copy with their values.

Why: a template belongs to its author: fonts, tables and logos stay as Word or Excel have them, and only what stands in
braces is replaced. No kind knows what a formula is: it hands out the words between braces and takes what is to stand
there, so that nothing in a template is ever run but the language's own expressions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from engine.texts import Text


@dataclass(frozen=True)
class Piece:
    """One hole of a template: the words between its braces, the number of the table row it stands in (None: in none), and
    its place in words. `line` is that of a text file, else None."""

    words: str
    row: int | None
    where: Text
    line: int | None = None


@dataclass(frozen=True)
class Picture:
    """A picture that stands in a hole; its width in millimetres. `type` is its media type."""

    content: bytes
    type: str
    width: Decimal


@dataclass(frozen=True)
class Value:
    """What stands in a hole: words, and for a table of figures the number or day itself (None: only words) with its Excel
    format (None: the cell's own)."""

    words: str
    plain: Decimal | date | datetime | None = None
    format: str | None = None


Filling = Callable[[str, int | None, int], "Value | tuple[Picture, ...]"]
"""(the words between braces, the row's number, which of its repetitions) -> what stands there."""


class Unreadable(ValueError):
    """The file isn't what its name says; the words say why."""


class Forbidden(ValueError):
    """A template has something that no print may have (a script, a picture from elsewhere); `line` is where."""

    def __init__(self, what: str, line: int) -> None:
        self.what, self.line = what, line
        super().__init__(what)


class Kind(ABC):
    """One kind of template. `ending` of its files' names; `type` is the media type of what is printed."""

    ending: ClassVar[str]
    type: ClassVar[str]

    @abstractmethod
    def pieces(self, content: bytes) -> Iterator[Piece]:
        """All holes of a template, in its order. Raises Unreadable, Forbidden."""

    @abstractmethod
    def fill(self, content: bytes, rows: Mapping[int, int], fill: Filling) -> bytes:
        """The template with its holes filled; `rows`: number of a table row -> how often it is repeated (0: it goes)."""

    def needs(self, content: bytes) -> tuple[str, ...]:
        """Names of the pictures that stand beside the template's file and belong to it."""
        return ()

    def holding(self, content: bytes, beside: Mapping[str, tuple[bytes, str]]) -> bytes:
        """The template with these pictures (name -> content, media type) in it."""
        return content


@dataclass(frozen=True)
class Span:
    """A part of a text that is replaced: from `start` to before `end`. `words` None: an escaped brace, which becomes `brace`."""

    start: int
    end: int
    words: str | None
    brace: str = ""


def spans(text: str) -> list[Span]:
    """The holes `{…}` of a text and its escaped braces `{{` and `}}`, in order; a brace without its partner is none."""
    found: list[Span] = []
    at = 0
    while at < len(text):
        if text.startswith(("{{", "}}"), at):
            found.append(Span(at, at + 2, None, text[at]))
            at += 2
        elif text[at] == "{" and (end := _closing(text, at)) is not None:
            found.append(Span(at, end + 1, text[at + 1 : end].strip()))
            at = end + 1
        else:
            at += 1
    return found


def _closing(text: str, start: int) -> int | None:
    quote = ""
    for at in range(start + 1, len(text)):
        if quote:
            quote = "" if text[at] == quote else quote
        elif text[at] in "\"'":
            quote = text[at]
        elif text[at] == "}":
            return at
    return None
