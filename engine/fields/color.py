"""Colours, written as on the web: #0b7a75."""

from __future__ import annotations

import re

from markupsafe import Markup

from engine.fields.base import (
    CHOOSE,
    DIFFERENT,
    EMPTY,
    EQUAL,
    FILLED,
    Control,
    Example,
    Operator,
    Place,
    Reader,
    refuse,
)
from engine.fields.base_input import line, scripted
from engine.fields.base_text import Written
from engine.markup import tag
from engine.problems import value as wrong
from engine.texts import text

_SHORT = re.compile("#?([0-9a-f])([0-9a-f])([0-9a-f])")
_LONG = re.compile("#?[0-9a-f]{6}")
_HINT = text("应像 #0b7a75", "write it like #0b7a75")


class Color(Written):
    """A colour of red, green and blue; kept as # and six small hexadecimal digits."""

    name = "color"
    todo = CHOOSE
    summary = text("颜色，写成 #0b7a75", "A colour, written #0b7a75")
    longest = 7
    shape = "#[0-9a-f]{6}"
    searchable = False
    examples = (
        Example(
            declared={},
            accepts=(("#0B7A75", "#0b7a75"), (" 0b7a75 ", "#0b7a75"), ("#f80", "#ff8800"), ("", None)),
            rejects=(("teal", wrong.PATTERN), ("#12345", wrong.PATTERN), ("#１２３４５６", wrong.PATTERN)),
            displays=(("#0b7a75", "#0b7a75"), (None, "")),
            sorts=("#000000", "#0b7a75", "#ffffff"),
        ),
    )

    def tidy(self, given: str, at: Place) -> str:
        """Small letters, six digits; three digits are doubled. Refused when it is no colour."""
        found = given.lower()
        short = _SHORT.fullmatch(found)
        if short is not None:
            return "#" + "".join(one * 2 for one in short.groups())
        if not _LONG.fullmatch(found):
            refuse(wrong.PATTERN, at, hint=_HINT)
        return "#" + found.removeprefix("#")

    def display(self, value: object, reader: Reader) -> Markup | str:
        """A swatch and how it is written. Drawn as a picture: the pages' policy allows no style attributes."""
        if value is None:
            return ""
        square = tag("rect", {"width": 16, "height": 16, "rx": 3, "fill": value})
        drawn = tag("svg", {"class": "fl-swatch", "viewBox": "0 0 16 16", "aria-hidden": "true"}, square)
        return tag("span", {"class": "fl-color"}, drawn, value)

    def input(self, control: Control) -> Markup:
        """One line to type in; the script puts a palette beside it."""
        more = {"maxlength": 7, "spellcheck": "false", "autocapitalize": "off", "placeholder": "#0b7a75"}
        typed = line(control, self.kind, control.value or "", "fl-code", fits="#?(?:[0-9A-Fa-f]{3}){1,2}",
                     misfit=_HINT.to(control.reader.language), **more)  # fmt: skip
        return scripted("color", typed, control, pick=text("选颜色", "Choose a colour"))

    def operators(self) -> tuple[Operator, ...]:
        """That colour or not."""
        return (EQUAL, DIFFERENT, EMPTY, FILLED)
