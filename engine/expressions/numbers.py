"""Exact arithmetic: the one place where numbers are added, divided and rounded on the server.

A number has at most 8 decimals and is below 10^20. `+` and `-` are exact; `*`, `/` and averages are rounded once, half
away from zero. The contexts are explicit, so no thread's own decimal context matters. Every function takes and gives
numbers that are not None; `divide` and `modulo` give None for a divisor of 0; all raise Refused (OVERFLOW).
The browser's evaluator computes the same with whole numbers of 10^-8.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, ROUND_UP, Context, Decimal
from math import isqrt

from engine.problems import Refused, problem
from engine.problems import expression as wrong

DECIMALS = 8
LIMIT = Decimal(10) ** 20
ZERO = Decimal(0)
_STEP = Decimal(1).scaleb(-DECIMALS)
_STEPS = tuple(Decimal(1).scaleb(-decimals) for decimals in (2, 0, 4, 1, 3, 5, 6, 7, 8))
"""One of the last decimal of numbers that needn't be rounded, the commonest first: to ask is cheaper than to count figures."""

_CONTEXT = Context(prec=110, rounding=ROUND_HALF_UP, Emin=-999999, Emax=999999)
_ONE = 10**60
"""Unity of the fixed-point numbers in which logarithms are computed, alike here and in the browser."""


def number(value: int | str | Decimal) -> Decimal:
    """A number from outside, rounded to 8 decimals."""
    return _kept(value if isinstance(value, Decimal) else Decimal(value))


def _kept(x: Decimal) -> Decimal:
    for step in _STEPS:
        if x.same_quantum(step):
            break
    else:
        exponent = x.as_tuple().exponent
        if not isinstance(exponent, int):
            raise Refused(problem(wrong.OVERFLOW))
        if exponent < -DECIMALS:
            x = x.quantize(_STEP, ROUND_HALF_UP, _CONTEXT)
    if -LIMIT < x < LIMIT:
        return x
    raise Refused(problem(wrong.OVERFLOW))


def add(a: Decimal, b: Decimal) -> Decimal:
    """a + b, exact."""
    return _kept(_CONTEXT.add(a, b))


def subtract(a: Decimal, b: Decimal) -> Decimal:
    """a - b, exact."""
    return _kept(_CONTEXT.subtract(a, b))


def multiply(a: Decimal, b: Decimal) -> Decimal:
    """a * b, rounded to 8 decimals."""
    return _kept(_CONTEXT.multiply(a, b))


def divide(a: Decimal, b: Decimal) -> Decimal | None:
    """a / b, rounded to 8 decimals; None when b is 0."""
    return _kept(_CONTEXT.divide(a, b)) if b else None


def modulo(a: Decimal, b: Decimal) -> Decimal | None:
    """The remainder with the sign of the divisor; None when b is 0."""
    if not b:
        return None
    x, y = units(a), units(b)
    return from_units(x % y)


def total(values: Iterable[Decimal]) -> Decimal:
    """The exact sum; 0 of nothing. Only the result must be within the limits."""
    found = ZERO
    for value in values:
        found = _CONTEXT.add(found, value)
    return _kept(found)


def average(values: list[Decimal]) -> Decimal | None:
    """The mean, rounded once; None of nothing."""
    found = ZERO
    for value in values:
        found = _CONTEXT.add(found, value)
    return divide(found, Decimal(len(values))) if values else None


def _digits(digits: Decimal) -> int:
    return int(max(Decimal(-15), min(Decimal(DECIMALS), digits)))


def _rounded(x: Decimal, digits: Decimal, rounding: str) -> Decimal:
    return _kept(x.quantize(Decimal(1).scaleb(-_digits(digits)), rounding, _CONTEXT) + ZERO)


def round_half(x: Decimal, digits: Decimal = ZERO) -> Decimal:
    """Rounded half away from zero; `digits` after the point, clamped to -15…8."""
    return _rounded(x, digits, ROUND_HALF_UP)


def round_up(x: Decimal, digits: Decimal = ZERO) -> Decimal:
    """Rounded away from zero."""
    return _rounded(x, digits, ROUND_UP)


def round_down(x: Decimal, digits: Decimal = ZERO) -> Decimal:
    """Rounded towards zero."""
    return _rounded(x, digits, ROUND_DOWN)


def floor(x: Decimal) -> Decimal:
    """The next whole number below, as Excel's INT."""
    return x.quantize(Decimal(1), ROUND_FLOOR, _CONTEXT)


def whole(x: Decimal) -> int:
    """The whole part, towards zero: how counts and positions are read."""
    return int(x)


def units(x: Decimal) -> int:
    """How many 10^-8 the number is."""
    return int(x.scaleb(DECIMALS, _CONTEXT))


def from_units(found: int) -> Decimal:
    """The number of that many 10^-8."""
    return _kept(Decimal(found).scaleb(-DECIMALS, _CONTEXT))


def square_root(x: Decimal) -> Decimal | None:
    """Rounded half up to 8 decimals; None below 0."""
    if x < 0:
        return None
    doubled = isqrt(units(x) * 4 * 10**DECIMALS)
    return from_units((doubled + 1) // 2)


def power(x: Decimal, n: Decimal) -> Decimal | None:
    """x to the n, rounded to 8 decimals. None where it has no value: 0 below 0, a fraction of a negative number."""
    if n == int(n) and abs(n) <= 100:
        whole_power = units(x) ** abs(int(n))
        scale = 10 ** (DECIMALS * abs(int(n)))
        if n < 0:
            whole_power, scale = scale, whole_power
        if not scale:
            return None
        return from_units(_half_away(whole_power * 10**DECIMALS, scale))
    if not x:
        return ZERO if n > 0 else None
    if x < 0 and n != int(n):
        return None
    exponent = _logarithm(abs(units(x))) * units(n) // 10**DECIMALS
    if exponent > 47 * _ONE:
        raise Refused(problem(wrong.OVERFLOW))
    found = 0 if exponent < -47 * _ONE else _half_away(_exponential(exponent) * 10**DECIMALS, _ONE)
    return from_units(-found if x < 0 and int(n) % 2 else found)


def _half_away(a: int, b: int) -> int:
    if b < 0:
        a, b = -a, -b
    found = (2 * abs(a) + b) // (2 * b)
    return found if a >= 0 else -found


def _logarithm(scaled: int) -> int:
    """The natural logarithm of a positive number given in 10^-8, in units of 1/_ONE."""
    x = scaled * (_ONE // 10**DECIMALS)
    twos = 0
    while x > 2 * _ONE:
        x //= 2
        twos += 1
    while x < _ONE:
        x *= 2
        twos -= 1
    return _series(x) + twos * _series(2 * _ONE)


def _series(x: int) -> int:
    """ln x = 2 (z + z^3/3 + …) with z = (x-1)/(x+1), for x within 1…2 (in 1/_ONE)."""
    z = (x - _ONE) * _ONE // (x + _ONE)
    square, term, found, k = z * z // _ONE, z, 0, 1
    while term:
        found += term // k
        term = term * square // _ONE
        k += 2
    return 2 * found


def _exponential(x: int) -> int:
    """e^x, both in 1/_ONE; x within -47…47. Divided by 2^32, then squared back."""
    work = _ONE * 10**20
    small = abs(x) * 10**20 >> 32
    term, found, k = work, 0, 1
    while term:
        found += term
        term = term * small // work // k
        k += 1
    for _ in range(32):
        found = found * found // work
    return found // 10**20 if x >= 0 else _ONE * work // found


def text(x: Decimal) -> str:
    """The number in digits, without superfluous zeros: `12.5`, `-3`, `0`."""
    if not x:
        return "0"
    plain = format(x, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return plain
