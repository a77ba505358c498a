"""Bars: one for each group, side by side for each series; the first choice for comparing amounts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from markupsafe import Markup

from engine.charts.base import Answer, Cell, Chart, ChartExample, Frame, Point
from engine.charts.base_series import answer_json, drawn, spread, width_of
from engine.texts import text

ROOM = 96
"""How many Latin letters' width of labels fit under standing bars of a half row; with more of them the bars lie down."""

LONG = 16
"""From which width of a single label on bars lie down."""


class Bar(Chart):
    """One bar for each group and series."""

    name = "bar"
    summary = text("每组一根柱子，比较大小", "One bar for each group, to compare amounts")
    continuous = True
    examples: ClassVar[tuple[ChartExample, ...]] = (
        ChartExample(
            {"type": "bar", "from": "contract", "by": "kind", "measure": "SUM(total)"},
            Answer(
                (
                    Point(
                        (Cell("new", "新签"),), {"measure": Cell(Decimal("1200.5"), "1,200.50")}, 3, "/f/contract?a=1"
                    ),
                    Point((Cell(None, "（空）"),), {"measure": Cell(Decimal("0"), "0.00")}, 1, None),
                ),
                {"measure": "金额"},
            ),
            ('"type":"bar"', '"values":["1200.5","0"]', '"counts":[3,1]', "新签", "1,200.50", 'href="/f/contract?a=1"'),
        ),
        ChartExample(
            {"type": "bar", "from": "contract", "by": "month", "split": "kind", "compare": "last_year"},
            Answer(
                (
                    Point((Cell("2026-01", "1月"), Cell("a", "甲")), {"measure": Cell(Decimal(2), "2")}, 2, None),
                    Point(
                        (Cell("2026-02", "2月"), Cell("b", "</script>")), {"measure": Cell(Decimal(5), "5")}, 5, None
                    ),
                ),
                {"measure": "数量"},
                previous=(
                    Point((Cell("2026-01", "1月"), Cell("a", "甲")), {"measure": Cell(Decimal(1), "1")}, 1, None),
                ),
            ),
            ('"values":["2",null]', '"values":["1",null]', '"previous":true', "\\u003c/script\\u003e", "去年同期"),
        ),
    )

    def draw(self, answer: Answer, frame: Frame) -> Markup:
        """A box for the drawing and its table; bars lie down when labels are long."""
        categories, series = spread(answer, self.split is not None)
        longest = max((width_of(c.short or c.label) for c in categories), default=0)
        lying = longest > LONG or longest * len(categories) > ROOM * (self.width or self.quarters) // 2
        lying = lying and not any(isinstance(c.value, date) for c in categories)  # time runs to the right
        return drawn(self, answer, frame, {"stacked": False, "horizontal": lying}, categories, series)

    def data(self, answer: Answer) -> dict[str, Any]:
        """The groups as JSON."""
        return answer_json(answer)
