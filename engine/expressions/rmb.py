"""Amounts of money in Chinese capital numerals, as every contract and receipt has them: 1234.5 -> 壹仟贰佰叁拾肆元伍角整."""

from __future__ import annotations

from decimal import Decimal

from engine.expressions import numbers

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")


def capitals(amount: Decimal) -> str:
    """The amount, rounded to cents."""
    cents = numbers.units(numbers.round_half(amount, Decimal(2))) // 10**6
    sign, cents = ("负" if cents < 0 else ""), abs(cents)
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    words = _whole(yuan) + "元" if yuan else ""
    if jiao:
        words += DIGITS[jiao] + "角"
    elif yuan and fen:
        words += "零"
    words += DIGITS[fen] + "分" if fen else "整"
    return sign + words if cents else "零元整"


def _whole(n: int) -> str:
    for unit, name in ((10**8, "亿"), (10**4, "万")):
        if n >= unit:
            high, low = divmod(n, unit)
            gap = "零" if 0 < low < unit // 10 else ""
            return _whole(high) + name + gap + (_whole(low) if low else "")
    words, waiting = "", False
    for place in range(3, -1, -1):
        digit = n // 10**place % 10
        if digit:
            words += ("零" if waiting and words else "") + DIGITS[digit] + PLACES[place]
        waiting = not digit
    return words
