"""A cross table: groups down the side, other groups along the top, sums at both ends, the larger the darker."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from markupsafe import Markup

from engine.charts.base import Answer, Cell, Chart, ChartExample, Frame, Point
from engine.charts.base_series import TOTAL, Series, answer_json, figure, nothing, region, spread
from engine.markup import tag
from engine.texts import text

SHADES = 4
"""How many shades tell the amounts of the first measure apart; 0 has none."""


class Pivot(Chart):
    """A row for each group of `by`, a column for each group of `split`; without `split` a column for each measure."""

    name = "pivot"
    summary = text("透视表：行乘列，两边有合计", "A cross table with totals at both ends")
    examples: ClassVar[tuple[ChartExample, ...]] = (
        ChartExample(
            {
                "type": "pivot", "from": "contract", "by": "owner", "split": 'PERIOD(signed_on, "quarter")',
                "measure": "SUM(total)", "format": "#,##0",
            },
            Answer(
                (
                    Point((Cell(1, "王思远"), Cell("q1", "2026 Q1")), {"m": Cell(Decimal(400), "400")}, 2, "/f/contract?a"),
                    Point((Cell(1, "王思远"), Cell("q2", "2026 Q2")), {"m": Cell(Decimal(100), "100")}, 1, None),
                    Point((Cell(2, "<李娜>"), Cell("q2", "2026 Q2")), {"m": Cell(Decimal(200), "200")}, 1, None),
                ),
                {"m": "金额"},
            ),
            (
                "王思远", "&lt;李娜&gt;", "2026 Q2", 'class="fl-num fl-shade-4"', 'class="fl-num fl-shade-1"',
                '<td class="fl-num">700</td>', '<td class="fl-num">300</td>', 'href="/f/contract?a"', "合计",
            ),
        ),
    )  # fmt: skip

    def draw(self, answer: Answer, frame: Frame) -> Markup:
        """The table. Sums stand where adding up means something: for amounts and counts, not for averages or shares."""
        if not answer.points:
            return nothing(frame)
        rows, columns = spread(answer, self.split is not None)
        columns = _in_order(answer, columns) if self.split is not None else columns
        adds = self.split is not None and len(answer.measures) == 1 and self._adds()
        most = max(
            (v for s in columns for p in s.points if (v := _value(p, s.measure)) is not None), default=Decimal(0)
        )
        total = TOTAL.to(frame.language)
        titles = [s.name or frame.title for s in columns] + ([total] if adds else [])
        head = tag(
            "tr",
            None,
            tag("th", {"scope": "col"}, frame.by),
            *(tag("th", {"class": "fl-num", "scope": "col"}, t) for t in titles),
        )
        body = []
        for number, row in enumerate(rows):
            cells = [_shaded(s.points[number], s.measure, most) for s in columns]
            if adds:
                cells.append(self._sum(frame, [(s.points[number], s.measure) for s in columns]))
            body.append(tag("tr", None, tag("th", {"scope": "row"}, row.label), *cells))
        foot = self._foot(frame, columns, total) if adds else None
        parts = (tag("thead", None, head), tag("tbody", None, *body), foot)
        return region(frame, tag("table", {"class": "fl-table fl-table--small fl-pivot"}, *parts))

    def _foot(self, frame: Frame, columns: Sequence[Series], total: str) -> Markup:
        sums = [self._sum(frame, [(p, s.measure) for p in s.points]) for s in columns]
        whole = self._sum(frame, [(p, s.measure) for s in columns for p in s.points])
        return tag("tfoot", None, tag("tr", None, tag("th", {"scope": "row"}, total), *sums, whole))

    def data(self, answer: Answer) -> dict[str, Any]:
        """The groups as JSON."""
        return answer_json(answer)

    def _adds(self) -> bool:
        """Whether the figures of groups may be added up."""
        formula = str(self.measure or "COUNT()").strip().upper()
        return formula.startswith(("COUNT(", "SUM(")) and "/" not in formula

    def _sum(self, frame: Frame, found: Sequence[tuple[Point | None, str]]) -> Markup:
        values = [v for p, m in found if (v := _value(p, m)) is not None]
        words = frame.number(sum(values, Decimal(0)), self.format or "#,##0.##") if values else "–"
        return tag("td", {"class": "fl-num"}, words.removesuffix("."))


def _in_order(answer: Answer, columns: list[Series]) -> list[Series]:
    """The columns in the order of their groups' values where these are days, else as they came."""
    values: dict[str, Any] = {}
    for point in answer.points:
        values.setdefault(point.keys[-1].label, point.keys[-1].value)
    if all(hasattr(v, "isoformat") for v in values.values()):
        return sorted(columns, key=lambda s: values[s.name].isoformat())
    return columns


def _value(point: Point | None, measure: str) -> Decimal | None:
    found = point.measures[measure].value if point is not None else None
    return found if isinstance(found, Decimal) else None


def _shaded(point: Point | None, measure: str, most: Decimal) -> Markup:
    """The cell, the darker the closer it is to the largest."""
    value = _value(point, measure)
    if value is None or value <= 0 or most <= 0:
        return figure(point, measure)
    shade = max(1, min(SHADES, int(value * SHADES / most + Decimal("0.5"))))
    drawn = str(figure(point, measure)).replace('class="fl-num"', f'class="fl-num fl-shade-{shade}"', 1)
    return Markup(drawn)
