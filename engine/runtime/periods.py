"""Periods of time by name, as dashboards are filtered by them: first and last day, and the period to compare with."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from engine.problems import Refused, problem
from engine.problems.access import BAD_PERIOD

NAMES = (
    "today", "last_7_days", "last_30_days", "this_month", "last_month", "this_quarter", "last_quarter",
    "this_year", "last_year", "last_12_months", "all",
)  # fmt: skip
"""The periods that have a name; any other is written `2026-01-01..2026-03-31`, either end may be left out."""

_CUSTOM = re.compile(r"(?P<first>\d{4}-\d\d-\d\d)?\.\.(?P<last>\d{4}-\d\d-\d\d)?")


@dataclass(frozen=True)
class Period:
    """From `first` to `last`, both days belong to it; None: open on that side."""

    first: date | None = None
    last: date | None = None


def period(words: str, today: date) -> Period:
    """The period of that name, or the days written. Raises Refused when it is neither."""
    month = today.replace(day=1)
    quarter = month.replace(month=(today.month - 1) // 3 * 3 + 1)
    year = month.replace(month=1)
    known = {
        "today": Period(today, today),
        "last_7_days": Period(today - timedelta(days=6), today),
        "last_30_days": Period(today - timedelta(days=29), today),
        "this_month": Period(month, _before(months_later(month, 1))),
        "last_month": Period(months_later(month, -1), _before(month)),
        "this_quarter": Period(quarter, _before(months_later(quarter, 3))),
        "last_quarter": Period(months_later(quarter, -3), _before(quarter)),
        "this_year": Period(year, _before(months_later(year, 12))),
        "last_year": Period(months_later(year, -12), _before(year)),
        "last_12_months": Period(months_later(month, -11), _before(months_later(month, 1))),
        "all": Period(),
    }
    if words in known:
        return known[words]
    found = _CUSTOM.fullmatch(words.strip())
    try:
        if found is None or not (found["first"] or found["last"]):
            raise ValueError(words)
        ends = [date.fromisoformat(found[n]) if found[n] else None for n in ("first", "last")]
    except ValueError:
        raise Refused(problem(BAD_PERIOD, value=words[:80])) from None
    return Period(*ends)


def compared(now: Period, compare: str, today: date) -> Period | None:
    """The period that this one is compared with: a year earlier, or the one before it. None for an open beginning.

    A period that is still going on is compared with as much of the other as has gone by of it: the first 23 days of
    November with the first 23 of October.
    """
    if now.first is None:
        return None
    last = min(now.last, max(today, now.first)) if now.last is not None else today
    if last < now.first:
        return None
    back = months_back(now, compare)
    if back is None:
        length = (now.last or last) - now.first + timedelta(days=1)
        return Period(now.first - length, last - length)
    first = months_later(now.first, -back)
    end = months_later(last, -back)
    if now.last is not None and last == now.last:
        end = _before(months_later(_after(last), -back))
    return Period(first, end)


def months_back(now: Period, compare: str) -> int | None:
    """How many months earlier the compared period is; None when it isn't a matter of whole months."""
    if compare == "last_year":
        return 12
    if now.first is None or now.last is None or now.first.day != 1 or _after(now.last).day != 1:
        return None
    end = _after(now.last)
    return (end.year - now.first.year) * 12 + end.month - now.first.month


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the month's last day where it has none such."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return date.min if year < 1 else date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _before(day: date) -> date:
    return day - timedelta(days=1)


def _after(day: date) -> date:
    return day + timedelta(days=1) if day < date.max else day
