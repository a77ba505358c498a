"""A funnel: how many are left from step to step."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from markupsafe import Markup
from pydantic import Field as Key

from engine.charts.base import Answer, Cell, Chart, ChartExample, Frame, Point
from engine.charts.base_series import Series, answer_json, bar, nothing, percent_of, spread, table
from engine.fields.base import plain
from engine.markup import tag
from engine.texts import text

OF_BEFORE = text("前一步的 {share}%", "{share}% of the step before")
OF_ALL = text("全部的 {share}%", "{share}% of all")


class Funnel(Chart):
    """One bar for each step: each measure (`measure: {leads: …, won: …}`), or else each group of `by` in order. With `by:
    state` and `reached: true` a bar has all that ever came so far: to that state, or to one that follows in the workflow."""

    name = "funnel"
    summary = text("一步一步剩下多少", "How many are left from step to step")
    examples: ClassVar[tuple[ChartExample, ...]] = (
        ChartExample(
            {"type": "funnel", "from": "lead", "measure": {"all": "COUNT()", "won": 'COUNT(where state = "won")'}},
            Answer(
                (Point((), {"all": Cell(Decimal(318), "318"), "won": Cell(Decimal(186), "186")}, 318, "/f/lead"),),
                {"all": "线索", "won": "有效"},
            ),
            ("线索", 'width="100%"', 'width="58%"', "58%", "前一步的 58%", 'href="/f/lead"'),
        ),
        ChartExample(
            {"type": "funnel", "from": "lead", "by": "state"},
            Answer(
                (
                    Point((Cell("new", "新"),), {"measure": Cell(Decimal(30), "30")}, 30, "/f/lead?a"),
                    Point((Cell("won", "赢"),), {"measure": Cell(Decimal(10), "10")}, 10, None),
                ),
                {"measure": "数量"},
            ),
            ('width="33%"', "75%", "全部的 25%"),
        ),
        ChartExample(
            {"type": "funnel", "from": "lead", "by": "state", "reached": True},
            Answer(
                (
                    Point((Cell("new", "新"),), {"measure": Cell(Decimal(40), "40")}, 40, "/f/lead?a"),
                    Point((Cell("won", "赢"),), {"measure": Cell(Decimal(10), "10")}, 10, "/f/lead?b"),
                ),
                {"measure": "数量"},
            ),
            ('width="25%"', "前一步的 25%", 'href="/f/lead?b"'),
        ),
    )

    reached: bool = Key(
        False,
        description="With by: state: how many ever came so far, not how many are there / 到过这一步的，不只是现在在的",
    )

    def stages(self, states: Mapping[str, bool]) -> Mapping[str, str]:
        """With `reached` each state that is no failure, as having come to it or to one after it."""
        way = [name for name, failed in states.items() if not failed] if self.reached else []
        return {name: f"REACHED({', '.join(plain(one) for one in way[place:])})" for place, name in enumerate(way)}

    def draw(self, answer: Answer, frame: Frame) -> Markup:
        """A list of bars. Steps that are measures, or that were reached, say which share of the step before is left; groups
        their share of all."""
        steps = _steps(answer)
        amounts = [_amount(cell) for _, cell, _ in steps]
        most = max(amounts, default=Decimal(0))
        if most <= 0:
            return nothing(frame)
        groups = bool(answer.points and answer.points[0].keys)
        shares = groups and not self.reached
        rows = []
        for number, (name, cell, href) in enumerate(steps):
            whole = sum(amounts, Decimal(0)) if shares else amounts[number - 1] if number else Decimal(0)
            last = "" if shares or number < len(steps) - 1 else " fl-funnel-fill--last"
            fill = bar(f"fl-funnel-fill{last}", percent_of(amounts[number], most))
            parts = [
                tag("span", {"class": "fl-funnel-name"}, name),
                tag("span", {"class": "fl-funnel-track"}, fill),
                tag("b", None, cell.label or "–"),
                _share(amounts[number], whole, OF_ALL if shares else OF_BEFORE, frame),
            ]
            rows.append(tag("li", None, tag("a", {"href": href}, *parts)))
        drawing = tag("ol", {"class": "fl-funnel", "data-chart-static": True}, *rows)
        if frame.plain:
            return drawing
        categories, series = spread(answer, False) if groups else ([Cell(None, frame.title)], _measured(answer))
        return drawing + table(self, frame, categories, series)

    def data(self, answer: Answer) -> dict[str, Any]:
        """The steps as JSON."""
        return answer_json(answer)


def _steps(answer: Answer) -> list[tuple[str, Cell, str | None]]:
    """Each step's name, figure and link. Several measures are steps of the one point; else each point is a step."""
    if answer.points and not answer.points[0].keys:
        only = answer.points[0]
        return [(title, only.measures[name], only.href) for name, title in answer.measures.items()]
    measure = next(iter(answer.measures), "")
    return [(" · ".join(k.label for k in p.keys), p.measures[measure], p.href) for p in answer.points]


def _measured(answer: Answer) -> list[Series]:
    """The measures of the one point as columns of a table."""
    return [Series(title, name, (answer.points[0],)) for name, title in answer.measures.items()]


def _amount(cell: Cell) -> Decimal:
    return cell.value if isinstance(cell.value, Decimal) else Decimal(0)


def _share(value: Decimal, whole: Decimal, words: Any, frame: Frame) -> Markup:
    if whole <= 0:
        return tag("small", None, "")
    share = percent_of(value, whole)
    return tag("small", {"title": words.to(frame.language).format(share=share)}, f"{share}%")
