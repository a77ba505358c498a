"""Ratings: some of five stars."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from markupsafe import Markup
from pydantic import Field as Key

from engine.fields.base import CHOOSE, Control, Example, Misdeclared, Place, Reader, Value, last, short
from engine.fields.base_input import group
from engine.fields.base_whole import Whole
from engine.markup import icon, tag
from engine.problems import problem
from engine.problems import value as wrong
from engine.problems.record import TOO_LARGE, TOO_SMALL
from engine.texts import text

MOST = 10
_PATH = "M12 2.6l2.9 5.9 6.5.9-4.7 4.6 1.1 6.4-5.8-3-5.8 3 1.1-6.4L2.6 9.4l6.5-.9z"
_NONE = text("不评", "No rating")


class Rating(Whole):
    """One to `max` stars. A whole number, so that it can be averaged."""

    name = "rating"
    todo = CHOOSE
    summary = text("评分，几颗星", "A rating in stars")
    examples = (
        Example(
            declared={},
            accepts=(("4", Decimal(4)), (5, Decimal(5)), (["", "3"], Decimal(3)), ("", None)),
            rejects=(("0", TOO_SMALL), ("6", TOO_LARGE), ("3.5", wrong.NOT_WHOLE), ("好", wrong.NOT_A_NUMBER)),
            displays=((Decimal(4), "★★★★☆"), (None, "")),
            sorts=(Decimal(1), Decimal(3), Decimal(5)),
        ),
        Example(
            declared={"max": 10},
            accepts=(("10", Decimal(10)),),
            rejects=(("11", TOO_LARGE),),
            displays=((Decimal(9), "★★★★★★★★★☆"),),
        ),
    )

    min: Value = Key(1, description="At least so many stars / 最少星数")
    max: Value = Key(5, description="How many stars there are, up to 10 / 星数，最多 10")

    def model_post_init(self, context: Any) -> None:
        """Stars are drawn, so both limits are plain. Raises Misdeclared."""
        super().model_post_init(context)
        for key, bound in zip(("min", "max"), self._bounds, strict=True):
            if bound is None or not 1 <= bound <= MOST:
                raise Misdeclared(problem(wrong.BAD_LIMIT, key=key, given=short(getattr(self, key))))

    def read(self, raw: Any, at: Place) -> Decimal | None:
        """The number of stars; a browser sends it after a blank."""
        return super().read(last(raw, at), at)

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """The stars, which screen readers read as "4 of 5"."""
        if value is None:
            return ""
        of = text(f"{value:f} 星，共 {self.stars} 星", f"{value:f} of {self.stars} stars").to(reader.language)
        drawn = "★" * int(value) + "☆" * (self.stars - int(value))
        return tag("span", {"class": "fl-rated", "role": "img", "aria-label": of}, drawn)

    def input(self, control: Control) -> Markup:
        """One radio for each star, so that arrow keys work; the last one takes the rating away."""
        chosen = str(last(control.value if control.raw is None else control.raw, Place("", control.title)) or "")
        language = control.reader.language
        stars = [
            self._star(control, str(n), chosen, text(f"{n} 星", f"{n} of {self.stars} stars").to(language))
            for n in range(1, self.stars + 1)
        ]
        none = None if control.required else self._star(control, "", chosen, _NONE.to(language))
        return tag("div", group(control, self.kind, "fl-stars", "radiogroup"), *stars, none)

    @property
    def stars(self) -> int:
        """How many there are."""
        return int(self._bounds[1] or MOST)

    def _star(self, control: Control, value: str, chosen: str, words: str) -> Markup:
        radio = {"type": "radio", "name": control.name, "value": value, "checked": value == chosen,
                 "aria-label": words, "disabled": control.readonly}  # fmt: skip
        path = tag("path", {"d": _PATH})
        drawn = tag("svg", {"viewBox": "0 0 24 24", "aria-hidden": "true"}, path) if value else icon("x")
        css = "fl-star" if value else "fl-star fl-star--none"
        return tag("label", {"class": css, "title": words}, tag("input", radio), drawn)
