"""Lines: how something goes on over time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from markupsafe import Markup

from engine.charts.base import Answer, Cell, Chart, ChartExample, Frame, Point
from engine.charts.base_series import answer_json, drawn, spread
from engine.texts import text


class Line(Chart):
    """One line for each series, one mark for each group."""

    name = "line"
    summary = text("随时间的走势", "How something goes on over time")
    continuous = True
    examples: ClassVar[tuple[ChartExample, ...]] = (
        ChartExample(
            {"type": "line", "from": "lead", "by": "PERIOD(created_at, 'month')"},
            Answer(
                (
                    Point((Cell(date(2026, 1, 1), "2026-01"),), {"measure": Cell(Decimal(4), "4")}, 4, "/f/lead?w=1"),
                    Point((Cell(date(2026, 2, 1), "2026-02"),), {"measure": Cell(None, "")}, 0, None),
                ),
                {"measure": "线索"},
            ),
            ('"type":"line"', '"values":["4",null]', '"categories":["2026-01","2026-02"]'),
        ),
    )

    def draw(self, answer: Answer, frame: Frame) -> Markup:
        """A box for the drawing and its table."""
        categories, series = spread(answer, self.split is not None)
        return drawn(self, answer, frame, {}, categories, series)

    def data(self, answer: Answer) -> dict[str, Any]:
        """The groups as JSON."""
        return answer_json(answer)
