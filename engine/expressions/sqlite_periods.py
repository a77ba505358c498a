"""PERIOD of a stored day or moment in SQLite's own words: dashboards group by it, and asking Python for each of a hundred
thousand records would take seconds.

Days are kept as texts of fixed width, so that a period's first day is cut out of them. A moment's day is the organisation's:
SQLite adds the distance from UTC, where that is always the same. What is left (weeks, clocks that are put forward, moments
before 1992) stays with Python.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, String, case, func, literal, null

from engine.expressions.tree import Call, Get, Literal, Node

SINCE = 1992
"""From this year on a zone's distance from UTC is looked at. China's clocks were put forward until 1991."""
UNTIL = 2100
QUARTERS = "010101040404070707101010"
"""The month in which the quarter of a month begins: two signs at 2 * month - 1."""


def asked(node: Node) -> tuple[Get, str] | None:
    """The member and the unit of a PERIOD that can be said natively."""
    if not isinstance(node, Call) or node.function != "PERIOD":
        return None
    given, unit = node.args
    if not isinstance(given, Get) or not isinstance(unit, Literal) or given.type.kind not in ("date", "instant"):
        return None
    word = str(unit.value).lower()
    return (given, word) if word in ("year", "quarter", "month", "day") else None


def first_day(
    kept: ColumnElement[str], unit: str, zone: ZoneInfo | None, otherwise: ColumnElement[str]
) -> ColumnElement[str]:
    """The first day of the period as a text. `zone`: of a moment (None: it is a day). `otherwise`: what Python says,
    for what can't be said here."""
    if zone is None:
        return _began(kept, unit)
    away = distance(zone)
    if away is None:
        return otherwise
    day = func.date(func.substr(kept, 1, 19), f"{away:+d} minutes", type_=String)  # a fraction would be rounded up
    known = kept.between(f"{SINCE:04d}-01-02", f"{UNTIL:04d}-01-01")
    return case((kept.is_(None), null()), (known, _began(day, unit)), else_=otherwise)


@lru_cache(maxsize=64)
def distance(zone: ZoneInfo) -> int | None:
    """Minutes from UTC, if they are the same at all times that are looked at; None: they change."""
    found = set()
    for year in range(SINCE, UNTIL + 1):
        for month in range(1, 13):
            for day in (1, 15):
                away = datetime(year, month, day, tzinfo=UTC).astimezone(zone).utcoffset()
                assert away is not None
                found.add(away.total_seconds() / 60)
        if len(found) > 1:
            return None
    minutes = found.pop()
    return int(minutes) if minutes == int(minutes) else None


def _began(day: ColumnElement[str], unit: str) -> ColumnElement[str]:
    if unit == "day":
        return day
    if unit == "year":
        return func.substr(day, 1, 4, type_=String) + "-01-01"
    if unit == "month":
        return func.substr(day, 1, 7, type_=String) + "-01"
    place = 2 * func.substr(day, 6, 2) - 1
    return func.substr(day, 1, 5, type_=String) + func.substr(literal(QUARTERS), place, 2, type_=String) + "-01"
