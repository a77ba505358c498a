"""Shares: discounts, rates, probabilities. Ten percent is 0.1 and written 10%."""

from __future__ import annotations

from decimal import Decimal
from typing import NoReturn

from pydantic import Field as Key

from engine.fields.base import Example, Place, refuse, short
from engine.fields.base_number import Numeric, read, trimmed
from engine.problems import value as wrong
from engine.problems.record import TOO_LARGE
from engine.texts import text


class Percent(Numeric):
    """A share. Typed with the sign; without it a number up to 1 is what it says (0.1 is 10%), and one above 1 is
    refused because nobody knows what was meant. Numbers of definitions and programs are always what they say."""

    name = "percent"
    share = True
    summary = text("百分比，10% 就是 0.1", "A share; 10% is 0.1")
    examples = (
        Example(
            declared={},
            accepts=(
                ("10%", Decimal("0.1")),
                ("10 %", Decimal("0.1")),
                ("0.1", Decimal("0.1")),
                ("12.34%", Decimal("0.1234")),
                ("150%", Decimal("1.5")),
                (2, Decimal(2)),
                ("", None),
            ),
            rejects=(
                ("10", wrong.PERCENT_SIGN),
                ("12.345%", wrong.DECIMALS),
                ("10％", wrong.FULL_WIDTH_NUMBER),
                ("%", wrong.NOT_A_NUMBER),
                ("10%%", wrong.NOT_A_NUMBER),
            ),
            displays=(
                (Decimal("0.1000"), "10%"),
                (Decimal("0.1234"), "12.34%"),
                (Decimal("12.5"), "1,250%"),
                (None, ""),
            ),
            sorts=(Decimal("-0.5"), Decimal("0.0999"), Decimal("0.1"), Decimal(1)),
        ),
        Example(
            declared={"decimals": 1, "max": "100%"},
            accepts=(("5%", Decimal("0.05")),),
            rejects=(("100.1%", TOO_LARGE), ("0.01%", wrong.DECIMALS)),
            displays=((Decimal("0.05"), "5.0%"),),
        ),
    )

    decimals: int | None = Key(None, ge=0, le=6, description="Decimals of the percentage; 2 / 百分数的小数位数")

    def scale(self) -> int:
        """Two more than the percentage has."""
        return 2 + (2 if self.decimals is None else self.decimals)

    def fixed(self) -> bool:
        """All decimals are shown if they were declared."""
        return self.decimals is not None

    def typed(self, given: str, at: Place) -> Decimal:
        """With the sign a hundredth; without it see the class."""
        if given.endswith("%"):
            return read(given[:-1].rstrip(), at).scaleb(-2)
        value = read(given, at)
        if abs(value) > 1:
            refuse(wrong.PERCENT_SIGN, at, given=short(given), hundredfold=f"{value.scaleb(2):f}")
        return value

    def written(self, value: Decimal) -> str:
        """12.34%"""
        return f"{self._hundredths(value):f}%"

    def grouped(self, value: Decimal) -> str:
        """1,250%"""
        return f"{self._hundredths(value):,f}%"

    def _hundredths(self, value: Decimal) -> Decimal:
        share: Decimal = self.rounded(value).scaleb(2)
        return share if self.fixed() else trimmed(share)

    def _too_fine(self, given: str, has: int, at: Place) -> NoReturn:
        refuse(wrong.DECIMALS, at, decimals=self.scale() - 2, given=given, has=has - 2)
