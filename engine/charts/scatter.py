"""Points in a field: how two figures of the same groups go together."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from markupsafe import Markup

from engine.charts.base import Answer, Cell, Chart, ChartExample, Frame, Point
from engine.charts.base_series import SEPARATOR, answer_json, as_json, box, nothing, spread, table
from engine.texts import text

TWO = text("散点图要两个指标，例如 measure: {x: …, y: …}", "A scatter chart takes two measures, such as measure: {x: …, y: …}")  # fmt: skip
LABEL = text("{title}：{count} 个点，横轴 {x}，纵轴 {y}", "{title}: {count} points, {x} by {y}")


class Scatter(Chart):
    """One point for each group: the first measure to the right, the second upwards; `split` gives it its colour."""

    name = "scatter"
    summary = text("散点：两个数字之间有没有关系", "Points: how two figures go together")
    examples: ClassVar[tuple[ChartExample, ...]] = (
        ChartExample(
            {"type": "scatter", "from": "contract", "by": "owner", "measure": {"deals": "COUNT()", "amount": "SUM(total)"}},
            Answer(
                (
                    Point(
                        (Cell(1, "王思远"),),
                        {"deals": Cell(Decimal(2), "2"), "amount": Cell(Decimal("10.5"), "10.50")}, 2, "/f/contract?a",
                    ),
                    Point((Cell(2, "李娜"),), {"deals": Cell(Decimal(1), "1"), "amount": Cell(None, "")}, 1, None),
                ),
                {"deals": "单数", "amount": "金额"},
            ),
            ('"type":"scatter"', '"points":[["2","10.5"]]', '"hrefs":["/f/contract?a"]', '"axes":["单数","金额"]', "1 个点"),
        ),
        ChartExample(
            {"type": "scatter", "from": "contract", "by": "owner"},
            Answer((Point((Cell(1, "甲"),), {"m": Cell(Decimal(2), "2")}, 2, None),), {"m": "单数"}),
            ("散点图要两个指标",),
        ),
    )  # fmt: skip

    def draw(self, answer: Answer, frame: Frame) -> Markup:
        """A box for the drawing and a table of all groups. What lacks one of the figures is only in the table."""
        if not answer.points:
            return nothing(frame)
        if len(answer.measures) < 2:
            return nothing(frame, TWO)
        (x, x_title), (y, y_title) = list(answer.measures.items())[:2]
        split = self.split is not None
        series: dict[str, dict[str, Any]] = {}
        for point in answer.points:
            across, up = point.measures[x], point.measures[y]
            if not isinstance(across.value, Decimal) or not isinstance(up.value, Decimal):
                continue
            one = series.setdefault(
                point.keys[-1].label if split else "",
                {"points": [], "names": [], "labels": [], "hrefs": [], "counts": []},
            )
            one["points"].append([as_json(across.value), as_json(up.value)])
            one["names"].append(SEPARATOR.join(k.label for k in (point.keys[:-1] if split else point.keys)))
            one["labels"].append([across.label, up.label])
            one["hrefs"].append(point.href)
            one["counts"].append(point.records)
        count = sum(len(one["points"]) for one in series.values())
        label = LABEL.to(frame.language).format(title=frame.title, count=count, x=x_title, y=y_title)
        data = {
            "type": self.name, "label": label, "axes": [x_title, y_title],
            "series": [{"name": name or frame.title, **one} for name, one in series.items()],
        }  # fmt: skip
        categories, columns = spread(answer, split)
        return box(frame, label, data) + table(self, frame, categories, columns)

    def data(self, answer: Answer) -> dict[str, Any]:
        """The groups as JSON."""
        return answer_json(answer)
