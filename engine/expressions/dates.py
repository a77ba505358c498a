"""Calendar arithmetic: dates 0001 to 9999, moments in the organisation's time zone. Out of range is None, never an error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOST_LENGTH = timedelta(microseconds=10**18)
"""A length of time is shorter than this."""

PERIODS = ("year", "quarter", "month", "week", "day")
CLOCK_PERIODS = ("hour", "minute")
UNITS = ("y", "m", "d")
WEEKDAY_TYPES, WEEKNUM_TYPES = (1, 2), (1, 2, 21)


def local(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment on the organisation's clock; at the ends of the calendar, where that has no date, on UTC's."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment.astimezone(UTC)


def day_of(value: date, zone: ZoneInfo) -> date:
    """The day of a date, or of a moment on the organisation's clock."""
    return local(value, zone).date() if isinstance(value, datetime) else value


def later(day: date, days: int) -> date | None:
    """So many days later."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def after(moment: datetime, length: timedelta) -> datetime | None:
    """That much later."""
    try:
        return moment + length
    except OverflowError:
        return None


def moment(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """The moment of that day and time on the organisation's clock, in UTC. Where the clock is put forward, a time that it
    leaves out is as long after midnight as if it weren't; a time that comes twice is the second."""
    here = datetime.combine(day, at, zone)
    offset = min(found for found in (here.utcoffset(), here.replace(fold=1).utcoffset()) if found is not None)
    try:
        return here.replace(tzinfo=UTC) - offset
    except OverflowError:
        return None


def clock(hours: int, minutes: int, seconds: int) -> time:
    """The time of its parts; what is beyond their range rolls over, and past midnight the clock begins anew."""
    seconds = (hours * 3600 + minutes * 60 + seconds) % 86400
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)


def clock_after(at: time, length: timedelta) -> time:
    """That much later on the clock, which begins anew at midnight."""
    return (datetime.combine(date(2000, 1, 1), at) + length % timedelta(days=1)).time()


def clock_between(start: time, end: time) -> timedelta:
    """From start to end within a day; negative when end is earlier."""
    return datetime.combine(date.min, end) - datetime.combine(date.min, start)


def made(year: int, month: int, day: int) -> date | None:
    """A date from its parts; a month or day beyond its range rolls over, as in Excel."""
    months = year * 12 + month - 1
    if not 12 <= months < 120000:
        return None
    return later(date(months // 12, months % 12 + 1, 1), day - 1)


def months_later(day: date, months: int) -> date | None:
    """So many months later; the 31st becomes the last day of a shorter month."""
    first = made(day.year, day.month + months, 1)
    return None if first is None else first.replace(day=min(day.day, last_day(first.year, first.month)))


def last_day(year: int, month: int) -> int:
    """The number of days of a month."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def month_end(day: date, months: int) -> date | None:
    """The last day of the month so many months later."""
    first = made(day.year, day.month + months, 1)
    return None if first is None else first.replace(day=last_day(first.year, first.month))


def between(start: date, end: date, unit: str) -> int:
    """Complete years (`y`), months (`m`) or days (`d`) from start to end; negative when end is earlier."""
    if unit == "d":
        return (end - start).days
    if end < start:
        return -between(end, start, unit)
    months = (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
    return months // 12 if unit == "y" else months


def period(day: date, unit: str) -> date | None:
    """The first day of its year, quarter, month or week (Monday), or the day itself."""
    starts: dict[str, Callable[[], date | None]] = {
        "year": lambda: day.replace(month=1, day=1),
        "quarter": lambda: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        "month": lambda: day.replace(day=1),
        "week": lambda: later(day, -day.weekday()),
    }
    return starts.get(unit, lambda: day)()


def clock_period(moment: datetime, unit: str, zone: ZoneInfo) -> datetime | None:
    """Where the moment's hour or minute begins on the organisation's clock."""
    here = local(moment, zone)
    since = timedelta(minutes=here.minute if unit == "hour" else 0, seconds=here.second, microseconds=here.microsecond)
    return after(moment, -since)


def weekday(day: date, kind: int) -> int:
    """1 to 7: from Sunday (kind 1) or from Monday (kind 2)."""
    return (day.weekday() + 1) % 7 + 1 if kind == 1 else day.weekday() + 1


def week_number(day: date, kind: int) -> int:
    """The week of the year: the one with 1 January is the first, weeks start on Sunday (1) or Monday (2); 21 is ISO."""
    if kind == 21:
        return day.isocalendar().week
    first = weekday(day.replace(month=1, day=1), kind) - 1
    return (day.timetuple().tm_yday - 1 + first) // 7 + 1


def workdays_later(day: date, days: int) -> date | None:
    """So many working days (Monday to Friday) later; negative: earlier."""
    if not days:
        return day
    step = 1 if days > 0 else -1
    here = day.weekday()
    if here > 4:
        # from a weekend one counts as from the Friday before, or from the Monday after when going back
        moved = later(day, 4 - here if step > 0 else 7 - here)
        if moved is None:
            return None
        day, here = moved, 4 if step > 0 else 0
    weeks, rest = divmod(abs(days), 5)
    extra = rest + (2 if (here + rest > 4 if step > 0 else here - rest < 0) else 0)
    return later(day, step * (weeks * 7 + extra))


def workdays(start: date, end: date) -> int:
    """How many working days there are, both ends included; negative when end is earlier."""
    if end < start:
        return -workdays(end, start)
    weeks, rest = divmod((end - start).days + 1, 7)
    return weeks * 5 + sum((start.weekday() + i) % 7 < 5 for i in range(rest))
