"""Numbers with decimals: weights, rates of exchange, quantities that can be parts."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field as Key

from engine.fields.base import Example, Reader, Words, words
from engine.fields.base_number import Numeric
from engine.problems import value as wrong
from engine.problems.record import TOO_SMALL
from engine.texts import text


class DecimalNumber(Numeric):
    """A number with up to `decimals` decimals (4 unless declared; all are shown only if declared)."""

    name = "decimal"
    summary = text("带小数的数字，如重量、数量", "A number with decimals, such as a weight")
    examples = (
        Example(
            declared={},
            accepts=(
                ("1,234.5", Decimal("1234.5")),
                ("1234.5000", Decimal("1234.5")),
                (".5", Decimal("0.5")),
                ("-0", Decimal(0)),
                (0.1, Decimal("0.1")),
                ("", None),
            ),
            rejects=(
                ("0.12345", wrong.DECIMALS),
                ("１２．５", wrong.FULL_WIDTH_NUMBER),
                ("1,5", wrong.NOT_A_NUMBER),
                ("NaN", wrong.NOT_A_NUMBER),
                (float("inf"), wrong.NOT_A_NUMBER),
                ("100000000000000", wrong.DIGITS),
            ),
            displays=((Decimal("1234567.5000"), "1,234,567.5"), (Decimal("12.0000"), "12"), (None, "")),
            sorts=(Decimal("-0.1"), Decimal("-0.0999"), Decimal(0), Decimal("9.5"), Decimal(10)),
        ),
        Example(
            declared={"decimals": 2, "min": 0, "unit": {"zh": "公斤", "en": "kg"}},
            accepts=(("3", Decimal("3.00")),),
            rejects=(("-0.01", TOO_SMALL), ("1.001", wrong.DECIMALS)),
            displays=((Decimal("1234.5"), "1,234.50 公斤"),),
        ),
    )

    decimals: int | None = Key(None, ge=0, le=8, description="How many decimals; 4 / 小数位数")
    unit: Words | None = Key(None, description="Unit, shown behind / 单位")

    def scale(self) -> int:
        """The declared decimals, else 4."""
        return 4 if self.decimals is None else self.decimals

    def fixed(self) -> bool:
        """All decimals are shown if they were declared."""
        return self.decimals is not None

    def signs(self, reader: Reader) -> tuple[str, str]:
        """The unit."""
        return "", words(self.unit).to(reader.language) if self.unit else ""
