"""Times and sizes in a person's words: 今天 10:31, 22 Nov 17:20, 2.1 MB.

Why: values of fields are shown by their types; these few things belong to no field (when something happened, how
large an upload is).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from engine.fields.base import Reader

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS_ZH = "一二三四五六日"
WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def moment(at: datetime | None, reader: Reader) -> str:
    """今天 10:31 / 昨天 17:20 / 11-22 17:20 / 2025-11-22; today 10:31 / 22 Nov 17:20 / 22 Nov 2025. "" for None."""
    if at is None:
        return ""
    local = at.astimezone(reader.zone)
    day, clock, zh = local.date(), f"{local:%H:%M}", reader.language == "zh"
    ago = (reader.today - day).days
    if ago == 0:
        return f"今天 {clock}" if zh else f"today {clock}"
    if ago == 1:
        return f"昨天 {clock}" if zh else f"yesterday {clock}"
    if day.year == reader.today.year:
        return f"{day:%m-%d} {clock}" if zh else f"{day.day} {MONTHS[day.month - 1]} {clock}"
    return day.isoformat() if zh else f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def exact(at: datetime | None, reader: Reader) -> str:
    """The whole moment, for tooltips and `datetime=`: 2026-11-22T17:20:05+08:00. "" for None."""
    return "" if at is None else at.astimezone(reader.zone).isoformat(timespec="seconds")


def today_words(day: date, language: str) -> str:
    """11月23日 星期一 / Monday 23 Nov."""
    if language == "zh":
        return f"{day.month}月{day.day}日 星期{WEEKDAYS_ZH[day.weekday()]}"
    return f"{WEEKDAYS_EN[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def greeting(now: datetime, reader: Reader) -> str:
    """The key of the greeting that fits the hour."""
    hour = now.astimezone(reader.zone).hour
    if hour < 5 or hour >= 18:
        return "greet_evening"
    return "greet_morning" if hour < 12 else "greet_afternoon"


def since(at: datetime | None, reader: Reader) -> tuple[str, int]:
    """How long ago, as the key of its words and a number: ("minutes", 5), ("hours", 16), ("days", 3)."""
    minutes = 0 if at is None else max(0, int((reader.now - at).total_seconds() // 60))
    if minutes < 1:
        return "stay_new", 0
    if minutes < 60:
        return "stay_minutes", minutes
    if minutes < 48 * 60:
        return "stay_hours", minutes // 60
    return "stay_days", minutes // (24 * 60)


def length(found: timedelta, language: str) -> str:
    """2 天 / 2 days: whole days, else whole hours, else minutes."""
    minutes = int(found.total_seconds() // 60)
    for unit, zh, en in ((24 * 60, "天", "day"), (60, "小时", "hour")):
        if minutes and minutes % unit == 0:
            number = minutes // unit
            return f"{number} {zh}" if language == "zh" else f"{number} {en}" + ("s" if number != 1 else "")
    return f"{minutes} 分钟" if language == "zh" else f"{minutes} min"


def size(count: int) -> str:
    """2048 -> 2 KB; 2202009 -> 2.1 MB."""
    if count < 1024 * 1024:
        return f"{max(1, round(count / 1024))} KB"
    return f"{count / 1024 / 1024:.1f} MB"


def count_words(number: int) -> str:
    """1284 -> 1,284."""
    return f"{number:,}"
