"""A single figure, with how it has changed and how far it is from its goal."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from markupsafe import Markup
from pydantic import Field as Key

from engine.charts.base import Answer, Cell, Chart, ChartExample, Frame, Point
from engine.charts.base_series import answer_json
from engine.markup import icon, tag
from engine.texts import text

AGAINST = {
    "previous_period": text("比上一期 {value}", "vs. {value} before"),
    "last_year": text("比去年同期 {value}", "vs. {value} last year"),
}
GOAL = text("目标 {goal} 的 {share}%", "{share}% of the goal {goal}")
GOAL_LABEL = text("目标完成 {share}%", "{share}% of the goal reached")
POINTS = text("{change} 个百分点", "{change} pp")
NONE_YET = text("这段时间还没有", "Nothing in this time")


class Number(Chart):
    """One figure: the first measure over all records."""

    name = "number"
    summary = text("一个数字，和上一期比、和目标比", "One figure, compared with before and with its goal")
    quarters = 1
    css = "fl-number"
    less_is_better: bool = Key(False, description="Falling is good, as of complaints / 越少越好")
    examples: ClassVar[tuple[ChartExample, ...]] = (
        ChartExample(
            {"type": "number", "from": "contract", "measure": "SUM(total)", "compare": "last_year", "goal": 400},
            Answer(
                (Point((), {"measure": Cell(Decimal(318), "318")}, 7, "/f/contract"),),
                {"measure": "金额"},
                previous=(Point((), {"measure": Cell(Decimal(283), "283")}, 6, None),),
                goal=Cell(Decimal(400), "400"),
            ),
            ("<b>318</b>", "+12.4%", "比去年同期 283", "fl-trend--good", 'value="80"', "目标 400 的 80%"),
        ),
        ChartExample(
            {
                "type": "number",
                "from": "opportunity",
                "measure": "COUNT()",
                "format": "0.0%",
                "compare": "previous_period",
                "less_is_better": True,
            },
            Answer(
                (Point((), {"measure": Cell(Decimal("0.312"), "31.2%")}, 7, None),),
                {"measure": "驳回率"},
                previous=(Point((), {"measure": Cell(Decimal("0.333"), "33.3%")}, 6, None),),
            ),
            ("31.2<small>%</small>", "-2.1 个百分点", "fl-trend--good", "trending-down"),
        ),
        ChartExample(
            {"type": "number", "from": "contract"},
            Answer((Point((), {"measure": Cell(None, "")}, 0, None),), {"measure": "平均"}),
            ("<b>–</b>", "这段时间还没有"),
        ),
    )

    def draw(self, answer: Answer, frame: Frame) -> Markup:
        """The figure, a bar towards the goal, and the change. The card around it (and its link) is the page's."""
        cell = _first(answer.points)
        if cell is None or cell.value is None:
            return tag("b", None, "–") + tag("p", None, NONE_YET.to(frame.language))
        unit = "%" if cell.label.endswith("%") else ""
        parts = [
            tag(
                "b",
                None,
                cell.label.removesuffix(unit) if unit else cell.label,
                tag("small", None, unit) if unit else None,
            )
        ]
        if answer.goal is not None and answer.goal.value and isinstance(cell.value, Decimal):
            parts.append(_towards(cell.value, answer.goal, frame))
        before = _first(answer.previous or ())
        if self.compare and before is not None and before.label:
            words = AGAINST[self.compare].to(frame.language).format(value=before.label)
            parts.append(tag("p", None, self._trend(cell.value, before.value, bool(unit), frame.language), " ", words))
        return Markup("").join(parts)

    def data(self, answer: Answer) -> dict[str, Any]:
        """The figure as JSON, as one group without keys."""
        return answer_json(answer)

    def _trend(self, now: Any, before: Any, percent: bool, language: str) -> Markup | None:
        """How it has changed: in percent of what it was, or in points where it is a percentage itself. None: no telling."""
        if not isinstance(now, Decimal) or not isinstance(before, Decimal):
            return None
        change = now - before
        if percent:
            words = POINTS.to(language).format(change=f"{_one(change * 100):+}")
        elif before == 0:
            return None
        else:
            words = f"{_one(change * 100 / abs(before)):+}%"
        if change == 0:
            return tag("span", {"class": "fl-trend"}, "±0")
        tone = "good" if (change > 0) != self.less_is_better else "bad"
        picture = icon("trending-up" if change > 0 else "trending-down")
        return tag("span", {"class": f"fl-trend fl-trend--{tone}"}, picture, words)


def _first(points: tuple[Point, ...]) -> Cell | None:
    return next(iter(points[0].measures.values()), None) if points else None


def _one(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def _towards(value: Decimal, goal: Cell, frame: Frame) -> Markup:
    share = int((value * 100 / goal.value).quantize(Decimal(1), ROUND_HALF_UP))
    bar = {"class": "fl-progress", "max": "100", "value": max(0, min(share, 100))}
    bar["aria-label"] = GOAL_LABEL.to(frame.language).format(share=share)
    return tag("progress", bar) + tag("p", None, GOAL.to(frame.language).format(share=share, goal=goal.label))
