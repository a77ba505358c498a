"""A gauge: how far a figure is on its way to its goal."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from markupsafe import Markup

from engine.charts.base import Answer, Cell, Chart, ChartExample, Frame, Point
from engine.charts.base_series import answer_json, nothing
from engine.markup import tag
from engine.texts import text

SWEEP = 100
"""How long the arc is, in its own units: one for each percent."""

ARC = "M 20 110 A 90 90 0 0 1 200 110"
"""Half a ring in a picture of 220 by 124."""

LABEL = text("{title}：{value}，目标 {goal} 的 {share}%", "{title}: {value}, {share}% of the goal {goal}")
BARE = text("{title}：{value}", "{title}: {value}")
OF_GOAL = text("目标 {goal}", "Goal {goal}")
LEFT = text("还差 {left}", "{left} to go")
REACHED = text("已达成", "Reached")


class Gauge(Chart):
    """One figure on a half ring: the first measure against `goal`; without a goal, a share against 100%."""

    name = "gauge"
    summary = text("仪表：离目标还有多远", "A gauge: how far it is to the goal")
    quarters = 1
    examples: ClassVar[tuple[ChartExample, ...]] = (
        ChartExample(
            {"type": "gauge", "from": "contract", "measure": "SUM(total)", "goal": 400},
            Answer(
                (Point((), {"measure": Cell(Decimal(318), "318")}, 7, "/f/contract"),),
                {"measure": "金额"},
                goal=Cell(Decimal(400), "400"),
            ),
            ('stroke-dasharray="80 100"', "80%", ">318<", "目标 400", 'href="/f/contract"', 'role="img"'),
        ),
        ChartExample(
            {"type": "gauge", "from": "contract", "measure": "SUM(total)", "goal": 400},
            Answer(
                (Point((), {"measure": Cell(Decimal(500), "500")}, 7, None),),
                {"measure": "金额"},
                goal=Cell(Decimal(400), "400"),
            ),
            ('stroke-dasharray="100 100"', "125%", "fl-gauge-fill--reached", "已达成"),
        ),
        ChartExample(
            {"type": "gauge", "from": "opportunity", "measure": "COUNT(where won) / COUNT()", "format": "0%"},
            Answer((Point((), {"measure": Cell(Decimal("0.312"), "31%")}, 7, None),), {"measure": "赢单率"}),
            ('stroke-dasharray="31 100"', ">31%<"),
        ),
    )

    def draw(self, answer: Answer, frame: Frame) -> Markup:
        """The half ring as SVG, the figure in words beneath; a link where the records may be opened."""
        point = answer.points[0] if answer.points else None
        cell = next(iter(point.measures.values()), None) if point is not None else None
        if point is None or cell is None or not isinstance(cell.value, Decimal):
            return nothing(frame)
        whole = answer.goal.value if answer.goal is not None else Decimal(1)
        share = int((cell.value * 100 / whole).quantize(Decimal(1), ROUND_HALF_UP)) if whole else 0
        goal = answer.goal.label if answer.goal is not None else ""
        words = LABEL if goal else BARE
        label = words.to(frame.language).format(title=frame.title, value=cell.label, goal=goal, share=share)
        body = _ring(share, label) + tag("b", {"class": "fl-gauge-value"}, cell.label)
        if answer.goal is not None:
            left = whole - cell.value
            rest = (LEFT if left > 0 else REACHED).to(frame.language).format(left=frame.number(left, self.format))
            body += tag("p", None, f"{OF_GOAL.to(frame.language).format(goal=goal)} · {rest}")
        return tag("a" if point.href else "div", {"class": "fl-gauge", "href": point.href}, body)

    def data(self, answer: Answer) -> dict[str, Any]:
        """The figure as JSON, as one group without keys, with its goal."""
        return answer_json(answer)


def _ring(share: int, label: str) -> Markup:
    reached = " fl-gauge-fill--reached" if share >= SWEEP else ""
    track = tag("path", {"class": "fl-gauge-track", "d": ARC, "pathLength": SWEEP})
    length = f"{max(0, min(share, SWEEP))} {SWEEP}"
    fill = tag("path", {"class": f"fl-gauge-fill{reached}", "d": ARC, "pathLength": SWEEP, "stroke-dasharray": length})
    said = tag("text", {"class": "fl-gauge-share", "x": "110", "y": "104", "text-anchor": "middle"}, f"{share}%")
    box = {"class": "fl-gauge-ring", "viewBox": "0 0 220 124", "role": "img", "aria-label": label}
    return tag("svg", box, track, fill, said)
