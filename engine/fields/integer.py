"""Whole numbers: quantities, counts, days."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from markupsafe import Markup
from pydantic import Field as Key

from engine.columns import DIGITS
from engine.fields.base import Control, Example, Place, Reader, Words, refuse, words
from engine.fields.base_number import Numeric
from engine.problems import value as wrong
from engine.problems.record import TOO_LARGE, TOO_SMALL
from engine.texts import text

_MOST = 10**DIGITS - 1


class Integer(Numeric):
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

    def parse(self, raw: Any, at: Place) -> Decimal | None:
        """As all numbers; a program sends a JSON integer (1.0 is one)."""
        if not at.json or raw is None:
            return super().parse(raw, at)
        if isinstance(raw, bool) or not (isinstance(raw, int) or (isinstance(raw, float) and raw.is_integer())):
            refuse(wrong.WRONG_KIND, at, expected=text("整数", "a whole number"))
        value = self.fit(Decimal(int(raw)), raw, at)
        self._limit(value, at)
        return value

    def to_json(self, value: Any) -> Any:
        """A JSON integer."""
        return None if value is None else int(value)

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """An integer with its bounds."""
        low, high = self._bounds
        return {
            "type": "integer",
            "minimum": -_MOST if low is None else int(low),
            "maximum": _MOST if high is None else int(high),
        }

    def input(self, control: Control) -> Markup:
        """The number's line; on phones with plus and minus, which the browser adds."""
        return Markup(str(super().input(control)).replace('inputmode="decimal"', 'inputmode="numeric"', 1))

    def signs(self, reader: Reader) -> tuple[str, str]:
        """The unit."""
        return "", words(self.unit).to(reader.language) if self.unit else ""

    def _too_fine(self, given: str, has: int, at: Place) -> None:
        refuse(wrong.NOT_WHOLE, at, given=given)
