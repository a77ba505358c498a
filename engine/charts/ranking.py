"""A ranking: who or what comes first, with a bar for how far the others are behind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from markupsafe import Markup

from engine.charts.base import Answer, Cell, Chart, ChartExample, Frame, Point
from engine.charts.base_series import answer_json, bar, nothing, percent_of, region
from engine.markup import tag
from engine.texts import text

PLACES = 10
"""How many places are shown unless `limit` says otherwise."""

OTHERS = text("其余 {count} 个没有列出", "{count} more are not listed")


class Ranking(Chart):
    """One place for each group, the largest first measure on top; further measures stand beside it."""

    name = "ranking"
    summary = text("排名：谁在前面，差多少", "A ranking: who is ahead, and by how much")
    examples: ClassVar[tuple[ChartExample, ...]] = (
        ChartExample(
            {
                "type": "ranking", "from": "contract", "by": "owner",
                "measure": {"amount": "SUM(total)", "deals": "COUNT()"},
            },
            Answer(
                (
                    Point(
                        (Cell(1, "王思远"),),
                        {"amount": Cell(Decimal(500), "500.00"), "deals": Cell(Decimal(2), "2")}, 2, "/f/contract?a=1",
                    ),
                    Point(
                        (Cell(2, "赵一帆"),),
                        {"amount": Cell(Decimal(2000), "2,000.00"), "deals": Cell(Decimal(5), "5")}, 5, "/f/contract?a=2",
                    ),
                    Point(
                        (Cell(3, "李娜"),),
                        {"amount": Cell(Decimal(500), "500.00"), "deals": Cell(Decimal(1), "1")}, 1, None,
                    ),
                ),
                {"amount": "金额", "deals": "单数"},
            ),
            (
                '<th class="fl-rank-place" scope="row">1</th><td><a href="/f/contract?a=2">赵一帆</a>', 'width="100%"',
                'width="25%"', "单数", '<th class="fl-rank-place" scope="row">2</th><td><a href="/f/contract?a=1">王思远',
                '<th class="fl-rank-place" scope="row">2</th><td>李娜',
            ),
        ),
    )  # fmt: skip

    def draw(self, answer: Answer, frame: Frame) -> Markup:
        """A table: place, name, bar, figures. Equal amounts share a place."""
        measure = next(iter(answer.measures), "")
        points = sorted(
            (p for p in answer.points if isinstance(p.measures[measure].value, Decimal)),
            key=lambda p: -p.measures[measure].value,
        )
        if not points:
            return nothing(frame)
        shown = points[: self.limit or PLACES]
        most = shown[0].measures[measure].value
        rows, place = [], 0
        for number, point in enumerate(shown, 1):
            if number == 1 or point.measures[measure].value != shown[number - 2].measures[measure].value:
                place = number
            rows.append(_row(point, place, measure, most))
        head = [tag("th", {"scope": "col", "colspan": "3"}, frame.by or frame.title)]
        head += [tag("th", {"scope": "col", "class": "fl-num"}, title) for title in answer.measures.values()]
        inner = tag(
            "table", {"class": "fl-table fl-table--small fl-ranking"},
            tag("thead", None, tag("tr", None, *head)), tag("tbody", None, *rows),
        )  # fmt: skip
        left = len(points) - len(shown)
        note = tag("p", {"class": "fl-note"}, OTHERS.to(frame.language).format(count=left)) if left else Markup("")
        return region(frame, inner) + note

    def data(self, answer: Answer) -> dict[str, Any]:
        """The groups as JSON."""
        return answer_json(answer)


def _row(point: Point, place: int, measure: str, most: Decimal) -> Markup:
    name = " · ".join(k.label for k in point.keys)
    fill = bar("fl-rank-fill", percent_of(point.measures[measure].value, most))
    figures = [tag("td", {"class": "fl-num"}, cell.label or "–") for cell in point.measures.values()]
    return tag(
        "tr", {"data-href": point.href},
        tag("th", {"class": "fl-rank-place", "scope": "row"}, place),
        tag("td", None, tag("a", {"href": point.href}, name) if point.href else name),
        tag("td", {"class": "fl-rank-bar", "aria-hidden": "true"}, tag("span", {"class": "fl-rank-track"}, fill)),
        *figures,
    )  # fmt: skip
