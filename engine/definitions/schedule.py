"""When something comes that comes again and again: by the words of an automation's `every`, in the organisation's zone.

The only user of `croniter`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter

WORDS = {
    "hour": "{minute} * * * *",
    "day": "{minute} {hour} * * *",
    "weekday": "{minute} {hour} * * 1-5",
    "week": "{minute} {hour} * * 1",
    "month": "{minute} {hour} 1 * *",
    "year": "{minute} {hour} 1 1 *",
}
"""Word -> its five cron fields."""

TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
LENGTH = re.compile(r"([0-9]{1,5}) ?(m|h|d|w)")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Schedule:
    """Either five cron `fields`, or a `length` from one time to the next."""

    fields: str = ""
    length: timedelta | None = None

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The first time after this moment; aware."""
        if self.length is not None:
            return moment + self.length
        found: datetime = croniter(self.fields, moment.astimezone(zone)).get_next(datetime)
        return found


def words_of(every: Schedule) -> tuple[str, str]:
    """The word of `WORDS` that a schedule was written with, and its time (09:05); ("", "") where it is another."""
    parts = every.fields.split()
    if len(parts) != 5 or not parts[0].isdigit():
        return "", ""
    hour = parts[1] if parts[1].isdigit() else "0"
    for word, fields in WORDS.items():
        if fields.format(minute=parts[0], hour=hour).split() == parts:
            return word, f"{int(hour):02}:{int(parts[0]):02}"
    return "", ""


def schedule(every: str, time: str) -> Schedule | None:
    """What these words mean; None when they can't be read, or name no time that ever comes."""
    at = TIME.fullmatch(time)
    words = every.strip()
    if at is None:
        return None
    if words in WORDS:
        return Schedule(WORDS[words].format(hour=int(at[1]), minute=int(at[2])))
    length = LENGTH.fullmatch(words)
    if length is not None:
        found = timedelta(**{UNITS[length[2]]: int(length[1])})
        return Schedule(length=found) if found else None
    if len(words.split()) != 5 or not croniter.is_valid(words):
        return None
    return Schedule(words)
