"""What list functions make of their values, for all executors on the server. Nulls are skipped, but by FIRST and LAST."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from engine.expressions import dates, numbers
from engine.problems import Refused, problem
from engine.problems import expression as wrong

MICRO = timedelta(microseconds=1)


def reduce(function: str, values: list[Any], kind: str, between: str | None = None) -> Any:
    """The value of a list function. `kind` is that of its result (SUM of no lengths is a length); `between` JOIN's text."""
    if function in ("FIRST", "LAST"):
        return values[0 if function == "FIRST" else -1] if values else None
    if function == "ANY":
        return any(values)
    if function == "ALL":
        return all(values)
    there = [value for value in values if value is not None]
    if function == "COUNT":
        return Decimal(len(there))
    if function == "LIST":
        return there
    if function == "JOIN":
        return None if between is None else between.join(value for value in there if value)
    if function == "MIN":
        return min(there, default=None)
    if function == "MAX":
        return max(there, default=None)
    if kind == "length":
        return _lengths(function, there)
    return numbers.total(there) if function == "SUM" else numbers.average(there)


def _lengths(function: str, there: list[timedelta]) -> timedelta | None:
    micros = sum(value // MICRO for value in there)
    if function == "AVG":
        return length(half_away(micros, len(there))) if there else None
    return length(micros)


def length(micros: int) -> timedelta:
    """A length of so many microseconds; raises Refused (OVERFLOW) when it is too long."""
    if abs(micros) >= dates.MOST_LENGTH // MICRO:
        raise Refused(problem(wrong.OVERFLOW))
    return timedelta(microseconds=micros)


def half_away(a: int, b: int) -> int:
    """a / b rounded half away from zero."""
    if b < 0:
        a, b = -a, -b
    found = (2 * abs(a) + b) // (2 * b)
    return found if a >= 0 else -found
