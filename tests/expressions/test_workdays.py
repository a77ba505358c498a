"""Working days of calendars, against counting one by one."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.expressions import workdays

DAYS = st.dates(date(2024, 1, 1), date(2024, 3, 1))
WEEKS = st.text("01", min_size=7, max_size=7).filter(lambda week: "1" in week)


@given(DAYS, st.integers(-30, 30), WEEKS, st.lists(DAYS, max_size=9))
def test_working_days_later_are_counted_one_by_one(day: date, days: int, week: str, holidays: list[date]) -> None:
    here, left = day, abs(days)
    while left:
        here += timedelta(1 if days > 0 else -1)
        left -= week[here.weekday()] == "1" and here not in holidays
    assert workdays.later(day, days, week, holidays) == here


@given(DAYS, DAYS, WEEKS, st.lists(DAYS, max_size=9))
def test_working_days_between_are_counted_one_by_one(start: date, end: date, week: str, holidays: list[date]) -> None:
    low, high = min(start, end), max(start, end)
    days = (low + timedelta(i) for i in range((high - low).days + 1))
    worked = sum(week[day.weekday()] == "1" and day not in holidays for day in days)
    assert workdays.between(start, end, week, holidays) == (worked if start <= end else -worked)


def test_who_never_works_has_no_next_working_day() -> None:
    assert workdays.later(date(2024, 1, 1), 1, "0000000", []) is None
