"""Working days of a calendar: which days of the week are worked, less its holidays.

A week is written from Monday, a `1` for each day that is worked: `1111100`. The browser and PostgreSQL count the same way.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from engine.expressions import dates


def later(day: date, days: int, week: str, holidays: Iterable[date]) -> date | None:
    """So many working days later; negative: earlier. None out of range, or when no day of the week is worked."""
    off = {holiday for holiday in holidays if week[holiday.weekday()] == "1"}
    step = 1 if days > 0 else -1
    here: date | None = day
    while days and here is not None:
        before, here = here, _weekdays_later(here, days, week)
        if here is not None:
            # what was counted though it is a holiday comes on top
            days = step * sum(
                min(before, here) <= holiday <= max(before, here) and holiday != before for holiday in off
            )
    return here


def between(start: date, end: date, week: str, holidays: Iterable[date]) -> int:
    """How many working days there are, both ends included; negative when end is earlier."""
    if end < start:
        return -between(end, start, week, holidays)
    weeks, rest = divmod((end - start).days + 1, 7)
    worked = weeks * week.count("1") + sum(week[(start.weekday() + i) % 7] == "1" for i in range(rest))
    return worked - len({h for h in holidays if start <= h <= end and week[h.weekday()] == "1"})


def _weekdays_later(day: date, days: int, week: str) -> date | None:
    each = week.count("1")
    if not each:
        return None
    step = 1 if days > 0 else -1
    weeks, rest = divmod(abs(days) - 1, each)
    shift, rest = 0, rest + 1
    while rest:
        shift += step
        rest -= week[(day.weekday() + shift) % 7] == "1"
    return dates.later(day, step * weeks * 7 + shift)
