"""What SQLite cuts out of days and moments is what Python says, in every zone and up to the last moment of a day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, literal, select

from engine.columns import instant_text
from engine.expressions import dates
from engine.expressions.sqlite_periods import distance, first_day

MOMENTS = [
    datetime(2026, 3, 31, 15, 59, 59, 999999, UTC), datetime(2026, 3, 31, 16, tzinfo=UTC), datetime(2025, 12, 31, 18, 29, 59, 999600, UTC),
    datetime(1992, 1, 2, tzinfo=UTC), datetime(2024, 2, 29, 12, tzinfo=UTC), datetime(2099, 12, 31, 23, 59, 59, 1, UTC),
]  # fmt: skip
UNITS = ("year", "quarter", "month", "day")


def said(kept: str, unit: str, zone: ZoneInfo | None) -> str:
    with create_engine("sqlite://").connect() as conn:
        return str(conn.execute(select(first_day(literal(kept), unit, zone, literal("Python")))).scalar_one())


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "Asia/Kolkata", "Asia/Tokyo"])
def test_a_moment_has_the_day_of_its_zone(zone: str, unit: str) -> None:
    here = ZoneInfo(zone)
    for moment in MOMENTS:
        assert said(instant_text(moment), unit, here) == str(dates.period(moment.astimezone(here).date(), unit)), moment


@pytest.mark.parametrize("unit", UNITS)
def test_a_day_of_each_month_has_its_period(unit: str) -> None:
    for day in [date(2024, month, 29) for month in range(1, 13)] + [date(1, 1, 1), date(9999, 12, 31)]:
        assert said(f"{day:%Y-%m-%d}".rjust(10, "0"), unit, None) == str(dates.period(day, unit))


def test_where_clocks_are_put_forward_python_is_asked() -> None:
    assert distance(ZoneInfo("Europe/Berlin")) is None
    assert said("2026-07-01T22:30:00.000000", "day", ZoneInfo("Europe/Berlin")) == "Python"
    assert said("1988-07-01T15:30:00.000000", "day", ZoneInfo("Asia/Shanghai")) == "Python"
