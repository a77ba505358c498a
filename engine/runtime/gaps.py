"""The months (days, weeks, quarters, years) of a chart in which nothing happened.

Why: a month without records is a figure too. Left out, the neighbours of a quiet month look like neighbours of one another
and a line runs straight over the gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from engine.charts.base import Cell, Point
from engine.expressions.tree import Aggregate, Typed
from engine.fields.base import Reader
from engine.runtime.grouping import Key, figure, period_short
from engine.runtime.periods import Period, months_later
from engine.runtime.work import Work

MOST = 120
"""A chart that would get more places than these is left as it is."""

MONTHS = {"month": 1, "quarter": 3, "year": 12}
DAYS = {"day": 1, "week": 7}


def filled(
    work: Work, points: Sequence[Point], keys: Sequence[Key], measures: Mapping[str, Typed], format: str | None,
    wanted: Period, reader: Reader, href: Callable[[Sequence[object]], str | None],
) -> list[Point]:  # fmt: skip
    """The points in the order of time, with those that are missing between the first and the last of `wanted` (its open
    or later ends: of the records, of today). Each series gets all places: nothing for counts and sums is 0, for all else
    it is unknown. `href` tells which list shows a group. The points as they are where their first key is no period of time.
    """
    period = keys[0].period if keys else None
    if period is None or not (period in MONTHS or period in DAYS):
        return list(points)
    known = [p.keys[0].value for p in points if isinstance(p.keys[0].value, date)]
    places = list(_places(period, known, wanted, work.today))
    if len(places) > MOST or not known:
        return list(points)
    zero = {n: figure(work, m, format, Decimal(0), reader) if _adds(m) else Cell(None, "") for n, m in measures.items()}
    series: dict[tuple[object, ...], tuple[Cell, ...]] = {
        tuple(c.value for c in p.keys[1:]): p.keys[1:] for p in points
    }
    have = {tuple(c.value for c in p.keys): p for p in points}
    found = []
    for place in places:
        head = Cell(place, keys[0].label(place, reader))
        for rest, cells in series.items():
            values = (place, *rest)
            found.append(have.pop(values) if values in have else Point((head, *cells), zero, 0, href(values)))
    return [*found, *have.values()]


def shortened(points: Sequence[Point], keys: Sequence[Key], language: str) -> list[Point]:
    """The points whose first key says itself in few words where the years of all are the same: 3月 for 2026-03."""
    period = keys[0].period if keys else None
    if period is None:
        return list(points)
    years = {p.keys[0].value.year for p in points if isinstance(p.keys[0].value, date)}
    if len(years) != 1:
        return list(points)
    out = []
    for point in points:
        first = point.keys[0]
        short = period_short(first.value, period, language) if isinstance(first.value, date) else ""
        out.append(replace(point, keys=(replace(first, short=short), *point.keys[1:])))
    return out


def _places(period: str, known: Sequence[date], wanted: Period, today: date) -> Iterable[date]:
    """The first days of all periods from the first to the last."""
    if not known:
        return
    last = max(known)
    if wanted.last is not None:
        last = max(last, _begin(period, min(wanted.last, today)))
    place = min(known) if wanted.first is None else min(*known, _begin(period, wanted.first))
    for _ in range(MOST + 1):
        if place > last:
            return
        yield place
        step = MONTHS.get(period)
        place = months_later(place, step) if step else place + timedelta(days=DAYS[period])


def _begin(period: str, day: date) -> date:
    if period == "week":
        return day - timedelta(days=day.weekday())
    if period in DAYS:
        return day
    step = MONTHS[period]
    return day.replace(day=1, month=(day.month - 1) // step * step + 1)


def _adds(measure: Typed) -> bool:
    return isinstance(measure.tree, Aggregate) and measure.tree.function in ("COUNT", "SUM")
