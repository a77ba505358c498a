"""Amounts of money in one currency."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.numbers import get_currency_symbol
from pydantic import Field as Key
from pydantic import field_validator

from engine.expressions.rmb import capitals
from engine.fields.base import Example, Misdeclared, Place, Reader, short
from engine.fields.base_number import BARE, Numeric, read
from engine.problems import problem
from engine.problems import value as wrong
from engine.problems.record import TOO_SMALL
from engine.texts import text

_CURRENCIES = frozenset(Locale("en").currencies)
_OWN = {"CNY": "¥", "JPY": "JP¥"}
"""The yuan sign means the same to readers of both languages."""


class Money(Numeric):
    """An amount. Two decimals unless declared; the currency is the field's, not the value's."""

    name = "money"
    summary = text("金额，默认人民币、两位小数", "An amount of money")
    examples = (
        Example(
            declared={},
            accepts=(
                ("¥8,640.00", Decimal("8640.00")),
                ("￥8640", Decimal("8640.00")),
                ("8640 元", Decimal("8640.00")),
                ("￥1 234", Decimal("1234.00")),
                ("-¥12.5", Decimal("-12.50")),
                ("CNY 12", Decimal("12.00")),
                (5000, Decimal("5000.00")),
                ("", None),
            ),
            rejects=(
                ("12.345", wrong.DECIMALS),
                ("$12", wrong.NOT_A_NUMBER),
                ("¥", wrong.NOT_A_NUMBER),
                ("5万", wrong.NOT_A_NUMBER),
                ("９９", wrong.FULL_WIDTH_NUMBER),
            ),
            displays=((Decimal("8640"), "¥8,640.00"), (Decimal("-12.5"), "-¥12.50"), (None, "")),
            sorts=(Decimal("-1.00"), Decimal("9.99"), Decimal("10.00"), Decimal("100.00")),
        ),
        Example(
            declared={"currency": "USD", "min": 0, "decimals": 4},
            accepts=(("$1,265,793.0395", Decimal("1265793.0395")),),
            rejects=(("-1", TOO_SMALL),),
            displays=((Decimal("1265793.0395"), "US$1,265,793.0395"),),
        ),
    )

    currency: str = Key("CNY", description="Three letters / 货币代码")
    decimals: int = Key(2, ge=0, le=8, description="How many decimals / 小数位数")

    @field_validator("currency")
    @classmethod
    def _known(cls, given: str) -> str:
        if given not in _CURRENCIES:
            raise Misdeclared(problem(wrong.BAD_CURRENCY, given=short(given)))
        return given

    def scale(self) -> int:
        """The declared decimals."""
        return self.decimals

    def fixed(self) -> bool:
        """Money always shows all decimals."""
        return True

    def symbol(self, language: str) -> str:
        """The currency's sign: ¥, US$, …"""
        return _OWN.get(self.currency) or _sign(self.currency, "zh_CN")

    def signs(self, reader: Reader) -> tuple[str, str]:
        """The currency's sign before the input."""
        return self.symbol(reader.language), ""

    def marks(self) -> Mapping[str, str]:
        """Its currency, whose signs may be typed."""
        return {"data-currency": self.currency}

    def spelled(self, value: Decimal | None, reader: Reader) -> str | None:
        """Yuan in capital numerals, for Chinese readers; nothing for nothing."""
        if self.currency != "CNY" or reader.language != "zh" or self.format is not None:
            return None
        return capitals(value) if value else ""

    def typed(self, given: str, at: Place) -> Decimal:
        """The currency's sign, letters or 元 may stand beside the number."""
        if BARE.fullmatch(given):
            return read(given, at)
        minus = "-" if given.startswith("-") else ""
        bare = given[len(minus) :].strip()
        for sign in self._accepted():
            if bare.startswith(sign):
                bare = bare[len(sign) :].lstrip()
                break
            if bare.endswith(sign):
                bare = bare[: -len(sign)].rstrip()
                break
        return read(minus + bare if bare else given, at)

    def grouped(self, value: Decimal) -> str:
        """-¥1,234.50"""
        body = super().grouped(value)
        sign = self.symbol("zh")
        return f"-{sign}{body[1:]}" if body.startswith("-") else f"{sign}{body}"

    def _accepted(self) -> tuple[str, ...]:
        narrow = _sign(self.currency, "en_US" if self.currency == "USD" else "zh_CN")
        own = ("￥", "元") if self.currency == "CNY" else ()
        return (self.symbol("zh"), self.currency, narrow, *own)


@cache
def _sign(currency: str, locale: str) -> str:
    """A currency's sign in that locale; looking it up costs a hundred times more than reading an amount."""
    return get_currency_symbol(currency, locale)
