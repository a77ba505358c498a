"""Areas: how parts and their sum go on over time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from markupsafe import Markup

from engine.charts.base import Answer, Cell, Chart, ChartExample, Frame, Point
from engine.charts.base_series import answer_json, drawn, spread
from engine.texts import text


class Area(Chart):
    """One band for each series, one upon the other where there are several and nothing is compared."""

    name = "area"
    summary = text("随时间的走势，各部分叠起来看总量", "How parts and their sum go on over time")
    continuous = True
    examples: ClassVar[tuple[ChartExample, ...]] = (
        ChartExample(
            {"type": "area", "from": "lead", "by": "PERIOD(created_at, 'month')", "split": "source"},
            Answer(
                (
                    Point(
                        (Cell(date(2026, 1, 1), "2026-01", "1月"), Cell("web", "官网")),
                        {"measure": Cell(Decimal(4), "4")}, 4, "/f/lead?w=1",
                    ),
                    Point(
                        (Cell(date(2026, 2, 1), "2026-02", "2月"), Cell("fair", "展会")),
                        {"measure": Cell(Decimal(7), "7")}, 7, None,
                    ),
                ),
                {"measure": "线索"},
            ),
            ('"type":"area"', '"stacked":true', '"values":["4",null]', '"ticks":["1月","2月"]', "官网"),
        ),
        ChartExample(
            {"type": "area", "from": "lead", "by": "PERIOD(created_at, 'month')"},
            Answer(
                (Point((Cell(date(2026, 1, 1), "2026-01"),), {"measure": Cell(Decimal(4), "4")}, 4, None),),
                {"measure": "线索"},
            ),
            ('"stacked":false', '"values":["4"]'),
        ),
    )  # fmt: skip

    def draw(self, answer: Answer, frame: Frame) -> Markup:
        """A box for the drawing and its table."""
        categories, series = spread(answer, self.split is not None)
        stacked = len(series) > 1 and answer.previous is None
        return drawn(self, answer, frame, {"stacked": stacked}, categories, series)

    def data(self, answer: Answer) -> dict[str, Any]:
        """The groups as JSON."""
        return answer_json(answer)
