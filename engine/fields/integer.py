"""Whole numbers: quantities, counts, days."""

from __future__ import annotations

from decimal import Decimal

from markupsafe import Markup
from pydantic import Field as Key

from engine.fields.base import Control, Example, Reader, Words, words
from engine.fields.base_whole import Whole
from engine.problems import value as wrong
from engine.problems.record import TOO_LARGE, TOO_SMALL
from engine.texts import text


class Integer(Whole):
    """A whole number of at most 18 digits. Programs send and get a JSON integer."""

    name = "integer"
    summary = text("整数，如数量、天数", "A whole number, such as a quantity")
    examples = (
        Example(
            declared={},
            accepts=(("1,234", Decimal(1234)), (" 7 ", Decimal(7)), ("7.0", Decimal(7)), (-3, Decimal(-3)), ("", None)),
            rejects=(
                ("1.5", wrong.NOT_WHOLE),
                ("１２", wrong.FULL_WIDTH_NUMBER),
                ("1e5", wrong.NOT_A_NUMBER),
                ("1,23", wrong.NOT_A_NUMBER),
                ("十", wrong.NOT_A_NUMBER),
                (True, wrong.NOT_A_NUMBER),
                ("1" * 19, wrong.DIGITS),
            ),
            displays=((Decimal(1234567), "1,234,567"), (Decimal(0), "0"), (Decimal(-5), "-5"), (None, "")),
            sorts=(Decimal(-10), Decimal(-9), Decimal(0), Decimal(9), Decimal(10)),
        ),
        Example(
            declared={"min": 1, "max": 4, "unit": "件"},
            accepts=((1, Decimal(1)), ("4", Decimal(4))),
            rejects=((0, TOO_SMALL), ("5", TOO_LARGE)),
            displays=((Decimal(4), "4 件"),),
        ),
    )

    unit: Words | None = Key(None, description="Unit, shown behind / 单位")

    def input(self, control: Control) -> Markup:
        """The number's line; on phones with plus and minus, which the browser adds."""
        return Markup(str(super().input(control)).replace('inputmode="decimal"', 'inputmode="numeric"', 1))

    def signs(self, reader: Reader) -> tuple[str, str]:
        """The unit."""
        return "", words(self.unit).to(reader.language) if self.unit else ""
