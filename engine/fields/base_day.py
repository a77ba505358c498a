"""What dates and moments have in common: reading what people type, and the words for days that are near."""

from __future__ import annotations

import re
from datetime import date, timedelta

from engine.fields.base import Place, Reader, refuse, short
from engine.problems import value as wrong

DAY = r"(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
"""A day as programs write it, years 0001 to 9999; that it exists is what `format: date` says."""

_TYPED = re.compile(r"([0-9]{4})(?:-|/|\.|年)([0-9]{1,2})(?:-|/|\.|月)([0-9]{1,2})日?")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def read_day(given: str, at: Place, code: str = wrong.NOT_A_DATE, original: str | None = None) -> date:
    """2026-01-05, 2026/1/5, 2026.1.5, 2026年1月5日 -> date. Raises Refused: `code`, or that there is no such day."""
    found = _TYPED.fullmatch(given)
    if found is None:
        refuse(code, at, given=short(original or given))
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return refuse(wrong.NO_SUCH_DAY, at, given=short(given))


def near(day: date, reader: Reader) -> str | None:
    """Today and yesterday as words, a day of this year without the year; None for all others."""
    zh = reader.language == "zh"
    if day == reader.today:
        return "今天" if zh else "today"
    if day == reader.today - timedelta(days=1):
        return "昨天" if zh else "yesterday"
    if day.year != reader.today.year:
        return None
    return f"{day:%m-%d}" if zh else f"{day.day} {_MONTHS[day.month - 1]}"
