"""A ring: shares of a whole, for a handful of parts."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from markupsafe import Markup

from engine.charts.base import Answer, Cell, Chart, ChartExample, Frame, Point
from engine.charts.base_series import answer_json, box, nothing, sentence, spread, table
from engine.texts import text

PARTS = 5
"""How many parts a ring may have and still be read; what is smaller goes into one more."""

OTHER = text("其他", "Other")


class Pie(Chart):
    """One part for each group, by the first measure."""

    name = "pie"
    summary = text("各部分占多少", "Shares of a whole")
    examples: ClassVar[tuple[ChartExample, ...]] = (
        ChartExample(
            {"type": "pie", "from": "lead", "by": "source"},
            Answer(
                tuple(
                    Point((Cell(n, n),), {"measure": Cell(Decimal(v), str(v))}, v, f"/f/lead?s={n}")
                    for n, v in (("a", 50), ("b", 20), ("c", 10), ("d", 10), ("e", 6), ("f", 4))
                ),
                {"measure": "线索"},
            ),
            (
                '"values":["50","20","10","10","10"]',
                '"labels":["50%","20%","10%","10%","10%"]',
                "其他",
                '"total":"100"',
            ),
        ),
    )

    def draw(self, answer: Answer, frame: Frame) -> Markup:
        """A box for the drawing with shares as labels, and a table with all groups. What isn't above 0 is not drawn."""
        measure = next(iter(answer.measures), "")
        parts = [p for p in answer.points if (p.measures[measure].value or 0) > 0]
        if not parts:
            return nothing(frame)
        parts.sort(key=lambda p: -p.measures[measure].value)
        shown, rest = (parts, []) if len(parts) <= PARTS else (parts[: PARTS - 1], parts[PARTS - 1 :])
        rows = [(" · ".join(k.label for k in p.keys), p.measures[measure].value, p.href, p.records) for p in shown]
        if rest:
            amount = sum((p.measures[measure].value for p in rest), Decimal(0))
            rows.append((OTHER.to(frame.language), amount, None, sum(p.records or 0 for p in rest)))
        whole = sum((value for _, value, _, _ in rows), Decimal(0))
        categories, series = spread(answer, self.split is not None)
        label = sentence(frame, answer, categories)
        data = {
            "type": self.name,
            "label": label,
            "categories": [name for name, _, _, _ in rows],
            "series": [
                {
                    "name": answer.measures[measure],
                    "values": [format(value, "f") for _, value, _, _ in rows],
                    "labels": [share(value, whole) for _, value, _, _ in rows],
                    "hrefs": [href for _, _, href, _ in rows],
                    "counts": [count for _, _, _, count in rows],
                }
            ],
            "total": frame.number(whole, self.format),
            "unit": frame.of if frame.of and self.counts else answer.measures[measure],
        }
        return box(frame, label, data) + table(self, frame, categories, series)

    @property
    def counts(self) -> bool:
        """Whether its parts are numbers of records."""
        return "".join(str(self.measure or "COUNT()").split()).upper() == "COUNT()"

    def data(self, answer: Answer) -> dict[str, Any]:
        """The groups as JSON."""
        return answer_json(answer)


def share(value: Decimal, whole: Decimal) -> str:
    """A part of a whole in percent, without decimals; under one percent as such."""
    percent = value * 100 / whole
    return "<1%" if percent < 1 else f"{percent.quantize(Decimal(1), ROUND_HALF_UP)}%"
