"""Working time as a clerk counts it: lunch, evenings, weekends and holidays don't count."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.definitions.model import Calendar
from engine.runtime.worktime import WorkTime

ZONE = ZoneInfo("Asia/Shanghai")
WEEK = Calendar("1111100", ((time(9), time(12)), (time(13, 30), time(18))), None)
OFFICE = WorkTime(WEEK, frozenset({date(2026, 11, 26)}), ZONE)
CLOCK = WorkTime(None, frozenset(), ZONE)


def at(words: str, zone: ZoneInfo = ZONE) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "days", "hours", "end"),
    [
        ("2026-11-23 10:00", 0, 1, "2026-11-23 11:00"),
        ("2026-11-23 11:00", 0, 2, "2026-11-23 14:30"),  # over lunch
        ("2026-11-23 11:00", 0, 1, "2026-11-23 12:00"),
        ("2026-11-23 17:00", 0, 4, "2026-11-24 12:00"),  # over night
        ("2026-11-25 17:00", 0, 2, "2026-11-27 10:00"),  # over a holiday
        ("2026-11-27 17:30", 0, 1, "2026-11-30 09:30"),  # over a weekend
        ("2026-11-23 10:00", 1, 0, "2026-11-24 10:00"),
        ("2026-11-25 10:00", 1, 0, "2026-11-27 10:00"),
        ("2026-11-27 15:00", 1, 4, "2026-12-01 10:00"),
        ("2026-11-28 15:00", 1, 0, "2026-12-01 09:00"),  # on a Saturday: as if on Monday at nine
        ("2026-11-23 20:00", 0, 1, "2026-11-24 10:00"),
        ("2026-11-23 12:30", 0, 1, "2026-11-23 14:30"),
    ],
)
def test_so_much_working_time_later(start: str, days: int, hours: int, end: str) -> None:
    found = OFFICE.later(at(start), days, timedelta(hours=hours))
    assert found == at(end)


def test_the_end_of_a_day_is_its_last_working_moment() -> None:
    assert OFFICE.later(at("2026-11-23 13:30"), 0, timedelta(hours=4.5)) == at("2026-11-23 18:00")


def test_without_a_calendar_time_runs_round_the_clock() -> None:
    assert CLOCK.later(at("2026-11-28 22:00"), 2, timedelta(hours=3)) == at("2026-12-01 01:00")
    assert CLOCK.between(at("2026-11-28 22:00"), at("2026-11-29 22:00")) == timedelta(days=1)


def test_nobody_works_so_it_never_comes() -> None:
    idle = WorkTime(Calendar("0000000", (), None), frozenset(), ZONE)
    assert idle.later(at("2026-11-23 10:00"), 1, timedelta()) is None
    assert idle.later(at("2026-11-23 10:00"), 0, timedelta(hours=1)) is None


def test_the_hour_that_summer_time_takes_is_not_worked() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    always = WorkTime(Calendar("1111111", (), None), frozenset(), berlin)
    assert always.between(at("2026-03-29 00:00", berlin), at("2026-03-30 00:00", berlin)) == timedelta(hours=23)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda m: m.replace(tzinfo=UTC))


@given(moments, st.integers(0, 200))
def test_what_is_added_is_what_lies_between(start: datetime, half_hours: int) -> None:
    rest = timedelta(minutes=30 * half_hours)
    end = OFFICE.later(start, 0, rest)
    assert end is not None and OFFICE.between(start, end) == rest
    assert OFFICE.between(end, start) == -rest
