"""A calendar of shades: what a day was like, a column for each week."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from markupsafe import Markup

from engine.charts.base import Answer, Cell, Chart, ChartExample, Frame, Point
from engine.charts.base_series import answer_json, nothing, region, spread, table
from engine.markup import tag
from engine.texts import text

WEEKS = 53
"""The most weeks drawn: the last ones of what was asked for."""

SHADES = 4
SIZE, STEP, LEFT, TOP = 13, 16, 28, 18
"""A day's square, its distance to the next, the room for weekdays and months, in the picture's units."""

BY_DAY = text(
    '日历图按天分组，例如 by: PERIOD(created_at, "day")', 'A calendar is grouped by day: by: PERIOD(created_at, "day")'
)
LABEL = text(
    "{title}：从 {first} 到 {last}，最多的一天是 {day}，{value}",
    "{title}: from {first} to {last}; the most on {day}, {value}",
)
WEEKDAYS = text("一,三,五", "Mon,Wed,Fri")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Calendar(Chart):
    """One square for each day (`by: PERIOD(…, "day")` or a date), the darker the larger its first measure."""

    name = "calendar"
    summary = text("日历热力图：哪些天多、哪些天少", "A calendar of shades: busy and quiet days")
    quarters = 4
    examples: ClassVar[tuple[ChartExample, ...]] = (
        ChartExample(
            {"type": "calendar", "from": "lead", "by": 'PERIOD(created_at, "day")'},
            Answer(
                (
                    Point((Cell(date(2026, 11, 2), "2026-11-02"),), {"m": Cell(Decimal(1), "1")}, 1, "/f/lead?a=1"),
                    Point((Cell(date(2026, 11, 23), "2026-11-23"),), {"m": Cell(Decimal(8), "8")}, 8, "/f/lead?a=2"),
                ),
                {"m": "数量"},
            ),
            ("fl-day-4", "fl-day-1", "fl-day-0", '<title>2026-11-23  8</title>', 'href="/f/lead?a=2"', "最多的一天是 2026-11-23，8"),
        ),
        ChartExample(
            {"type": "calendar", "from": "lead", "by": "source"},
            Answer((Point((Cell("web", "官网"),), {"m": Cell(Decimal(1), "1")}, 1, None),), {"m": "数量"}),
            ("日历图按天分组",),
        ),
    )  # fmt: skip

    def draw(self, answer: Answer, frame: Frame) -> Markup:
        """The squares as SVG, each a link to its day's records, and a table with the same figures."""
        measure = next(iter(answer.measures), "")
        days = {d: p for p in answer.points if p.keys and (d := _day(p.keys[0].value)) is not None}
        if not answer.points:
            return nothing(frame)
        if not days:
            return nothing(frame, BY_DAY)
        last = max(days)
        first = max(min(days), last - timedelta(weeks=WEEKS - 1))
        start = first - timedelta(days=first.weekday())
        amounts = {d: p.measures[measure].value for d, p in days.items()}
        most = max((a for a in amounts.values() if isinstance(a, Decimal)), default=Decimal(0))
        top = max(days, key=lambda d: amounts[d] if isinstance(amounts[d], Decimal) else Decimal(0))
        label = LABEL.to(frame.language).format(
            title=frame.title, first=first, last=last, day=top, value=days[top].measures[measure].label
        )
        squares = []
        for offset in range((last - start).days + 1):
            day = start + timedelta(days=offset)
            if day >= first:
                squares.append(_square(day, offset, days.get(day), measure, most))
        weeks = (last - start).days // 7 + 1
        box = {
            "class": "fl-days", "viewBox": f"0 0 {LEFT + weeks * STEP} {TOP + 7 * STEP}", "role": "group", "aria-label": label,
            "data-weeks": weeks,
        }  # fmt: skip
        picture = tag("svg", box, *_words(start, weeks, frame), *squares)
        scroll = region(frame, picture, {"class": "fl-days-box", "data-chart-static": True})
        categories, series = spread(answer, self.split is not None)
        return scroll + table(self, frame, categories, series)

    def data(self, answer: Answer) -> dict[str, Any]:
        """The groups as JSON."""
        return answer_json(answer)


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def _square(day: date, offset: int, point: Point | None, measure: str, most: Decimal) -> Markup:
    cell = point.measures[measure] if point is not None else None
    shade = 0
    if cell is not None and isinstance(cell.value, Decimal) and cell.value > 0 and most > 0:
        shade = max(1, min(SHADES, int(cell.value * SHADES / most + Decimal("0.5"))))
    words = f"{point.keys[0].label if point is not None else day.isoformat()}  {cell.label if cell is not None else 0}"
    square = tag(
        "rect",
        {"class": f"fl-day fl-day-{shade}", "x": LEFT + offset // 7 * STEP, "y": TOP + offset % 7 * STEP,
         "width": SIZE, "height": SIZE, "rx": 3},
        tag("title", None, words),
    )  # fmt: skip
    return tag("a", {"href": point.href, "aria-label": words}, square) if point is not None and point.href else square


def _words(start: date, weeks: int, frame: Frame) -> list[Markup]:
    """The months above their first week, three weekdays at the side."""
    said = []
    for number, name in enumerate(WEEKDAYS.to(frame.language).split(",")):
        said.append(tag("text", {"class": "fl-days-word", "x": 0, "y": TOP + number * 2 * STEP + SIZE - 2}, name))
    shown = 0
    for week in range(weeks):
        monday = start + timedelta(weeks=week)
        if monday.day <= 7 and monday.month != shown and week < weeks - 1:
            shown = monday.month
            name = f"{monday.month}月" if frame.language == "zh" else MONTHS[monday.month - 1]
            said.append(tag("text", {"class": "fl-days-word", "x": LEFT + week * STEP, "y": TOP - 7}, name))
    return said
