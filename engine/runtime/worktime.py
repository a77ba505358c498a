"""Working time: moments that lie so many working days and hours later, and how much working time lies between two.

Why: "one day" to answer means until tomorrow at this hour, or until Monday if tomorrow is free; "four hours" at the end of
the day run on in the morning. Days count as working days and the rest as working hours; what begins outside working time
begins with the next working moment. Without a calendar time runs round the clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.definitions.model import Calendar
from engine.expressions import workdays

FARTHEST = 4000
"""How many days are looked through; a calendar without work in all of them has no such moment."""

DAY = timedelta(days=1)


@dataclass(frozen=True)
class WorkTime:
    """A calendar with its holidays, in the organisation's zone; `calendar` None: round the clock. Moments are aware."""

    calendar: Calendar | None
    holidays: frozenset[date]
    zone: ZoneInfo

    def later(self, start: datetime, days: int, rest: timedelta) -> datetime | None:
        """So many (working) days and then so much (working) time after `start`; None: that never comes."""
        if self.calendar is None:
            return start + days * DAY + rest
        here = self._first(start)
        if here is None:
            return None
        if days:
            local = here.astimezone(self.zone)
            day = workdays.later(local.date(), days, self.calendar.week, self.holidays)
            if day is None:
                return None
            here = datetime.combine(day, local.time(), self.zone).astimezone(UTC)
        return self._after(here, rest) if rest else here

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much (working) time lies between two moments; negative when `end` is earlier."""
        if end < start:
            return -self.between(end, start)
        if self.calendar is None:
            return end - start
        found = timedelta()
        for begins, ends in self._spans(start):
            if begins >= end:
                break
            found += max(min(ends, end) - max(begins, start), timedelta())
        return found

    def _first(self, moment: datetime) -> datetime | None:
        return next((max(begins, moment) for begins, _ in self._spans(moment)), None)

    def _after(self, here: datetime, rest: timedelta) -> datetime | None:
        for begins, ends in self._spans(here):
            begins = max(begins, here)
            if rest <= ends - begins:
                return begins + rest
            rest -= ends - begins
        return None

    def _spans(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The working spans from the one that `moment` lies in, or the next one, on; in UTC."""
        assert self.calendar is not None
        first = moment.astimezone(self.zone).date()
        for number in range(FARTHEST):
            day = first + number * DAY
            if self.calendar.week[day.weekday()] != "1" or day in self.holidays:
                continue
            for begins, ends in self.calendar.hours or ((time.min, time.max),):
                end = self._at(day + DAY, time.min) if ends == time.max else self._at(day, ends)
                if end > moment:
                    yield self._at(day, begins), end

    def _at(self, day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, self.zone).astimezone(UTC)
