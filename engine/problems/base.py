"""The shape of a problem and of its entry in the catalogue; the entries themselves stand in the sibling files."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.texts import Text

CATALOGUE: dict[str, Kind] = {}
"""Every code that the product can answer with. Filled by the sibling modules, which `engine.problems.all` imports."""

_NEAREST = re.compile(r"[^。.]*\{nearest\}[^。.]*[。.]?\s*")


@dataclass(frozen=True, slots=True)
class Kind:
    """One entry of the catalogue.

    `status` is the HTTP status of an answer that carries it. `message` and `remedy` are texts with `{name}` places that
    the problem's `facts` fill; an empty remedy means that the message already says what to do.
    """

    code: str
    status: int
    message: Text
    remedy: Text


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is wrong: in a definition (`file`, 1-based `line` and `column`) or in a submission (`field`).

    `field` is a dotted path with 0-based row numbers: `phone`, `items.1.quantity`. None means that it isn't known or
    doesn't apply. `excerpt` is the source line.
    """

    file: str | None = None
    line: int | None = None
    column: int | None = None
    field: str | None = None
    excerpt: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is refused or worth a word.

    `facts` fill the places of the kind's texts; a fact that is a `Text` is worded in the reader's language.
    `severity` is `error` (refused), `warn` (may be confirmed by the person) or `info`.
    """

    code: str
    place: Place = Place()
    facts: Mapping[str, Any] = field(default_factory=dict)
    severity: str = "error"

    @property
    def status(self) -> int:
        """The HTTP status that fits this problem when it is the answer."""
        return CATALOGUE[self.code].status

    def message(self, language: str) -> str:
        """What is wrong, in one sentence."""
        return _fill(CATALOGUE[self.code].message, self.facts, language)

    def remedy(self, language: str) -> str:
        """What to do about it; empty when the message already says it. A `nearest` of "" is none: its sentence is left out."""
        remedy = CATALOGUE[self.code].remedy
        if self.facts.get("nearest") == "":
            remedy = Text({spoken: _NEAREST.sub("", words) for spoken, words in remedy.words.items()})
        return _fill(remedy, self.facts, language)

    def said(self, language: str) -> str:
        """What is wrong and what to do about it, as sentences that can stand in a row."""
        message, remedy = self.message(language), self.remedy(language)
        if not remedy:
            return message
        stop = "" if message.endswith(tuple("。？！.?!")) else "。" if language == "zh" else "."
        return f"{message}{stop}{remedy}" if language == "zh" else f"{message}{stop} {remedy}"

    def at(self, **place: Any) -> Problem:
        """The same problem at a place that is known better now."""
        return replace(self, place=replace(self.place, **place))


class Refused(Exception):
    """Work was refused for these problems; nothing has happened. Never empty."""

    def __init__(self, problems: Iterable[Problem] | Problem) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("; ".join(p.code for p in self.problems))


def define(code: str, status: int, zh: str, en: str, *, fix_zh: str = "", fix_en: str = "") -> str:
    """Enter a kind into the catalogue and give its code, so that `X = define("x", …)` reads as a constant."""
    if code in CATALOGUE:
        raise ValueError(f"problem code defined twice: {code}")
    CATALOGUE[code] = Kind(code, status, Text({"zh": zh, "en": en}), Text({"zh": fix_zh, "en": fix_en}))
    return code


def problem(code: str, *, field: str | None = None, severity: str = "error", **facts: Any) -> Problem:
    """A problem of this code, in a submission's field if one is named."""
    return Problem(code, Place(field=field), facts, severity)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like `word`, or "" when none is near."""
    found = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.55)
    return found[0] if found else ""


def _fill(text: Text, facts: Mapping[str, Any], language: str) -> str:
    words = {k: v.to(language) if isinstance(v, Text) else v for k, v in facts.items()}
    return text.to(language).format_map(words)
