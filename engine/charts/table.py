"""A table: records themselves, or the figures of groups."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from markupsafe import Markup

from engine.charts.base import Answer, Cell, Chart, ChartExample, Frame, Point
from engine.charts.base_series import answer_json, figure, nothing, region, spread
from engine.markup import tag
from engine.texts import text

MORE = text("还有 {count} 条", "{count} more")


class Table(Chart):
    """With `by`: a row for each group and a column for each measure. Without: the records, with `columns`."""

    name = "table"
    summary = text("记录清单，或分组的数字", "Records, or the figures of groups")
    records = True
    examples: ClassVar[tuple[ChartExample, ...]] = (
        ChartExample(
            {"type": "table", "from": "lead", "columns": ["name", "amount"]},
            Answer(
                (),
                {},
                columns=(("客户", False), ("金额", True)),
                rows=(("/f/lead/1", ("<拓新>", "12,400.00")), (None, ("甲", ""))),
                total=9,
            ),
            ('data-href="/f/lead/1"', "&lt;拓新&gt;", 'class="fl-num"', "还有 7 条"),
        ),
        ChartExample(
            {
                "type": "table",
                "from": "contract",
                "by": "owner",
                "measure": {"deals": "COUNT()", "amount": "SUM(total)"},
            },
            Answer(
                (
                    Point(
                        (Cell(3, "王思远"),),
                        {"deals": Cell(Decimal(2), "2"), "amount": Cell(Decimal(10), "10.00")},
                        2,
                        "/f/contract?where=owner",
                    ),
                ),
                {"deals": "单数", "amount": "金额"},
            ),
            ("王思远", "单数", "10.00", 'href="/f/contract?where=owner"'),
        ),
    )

    def draw(self, answer: Answer, frame: Frame) -> Markup:
        """The rows; what was left out by `limit` is told beneath."""
        if answer.columns:
            return _records(answer, frame) if answer.rows else nothing(frame)
        if not answer.points:
            return nothing(frame)
        categories, series = spread(answer, self.split is not None)
        titles = [s.name or frame.title for s in series]
        head = tag(
            "tr",
            None,
            tag("th", {"scope": "col"}, frame.by),
            *(tag("th", {"class": "fl-num", "scope": "col"}, t) for t in titles),
        )
        rows = [
            tag("tr", None, tag("th", {"scope": "row"}, c.label), *(figure(s.points[i], s.measure) for s in series))
            for i, c in enumerate(categories)
        ]
        return _table(frame, head, rows)

    def data(self, answer: Answer) -> dict[str, Any]:
        """The rows or groups as JSON."""
        return answer_json(answer)


def _records(answer: Answer, frame: Frame) -> Markup:
    heads = [tag("th", {"class": "fl-num" if num else None, "scope": "col"}, title) for title, num in answer.columns]
    rows = []
    for href, cells in answer.rows:
        row = []
        for number, cell in enumerate(cells):
            inner = tag("a", {"href": href}, cell) if href and number == 0 and not isinstance(cell, Markup) else cell
            title, numeric = answer.columns[number]
            row.append(tag("td", {"class": "fl-num" if numeric else None, "data-label": title}, inner))
        rows.append(tag("tr", {"data-href": href}, *row))
    left = answer.total - len(answer.rows)
    words = MORE.to(frame.language).format(count=left)
    more = tag("a", {"href": answer.href}, words) if answer.href else words
    note = tag("p", {"class": "fl-note"}, more) if left > 0 else Markup("")
    return _table(frame, tag("tr", None, *heads), rows, " fl-table--stack") + note


def _table(frame: Frame, head: Markup, rows: list[Markup], kind: str = "") -> Markup:
    """`kind`: a class of its own; `fl-table--stack` makes each row a card on the phone."""
    classes = f"fl-table fl-table--small{kind}"
    inner = tag("table", {"class": classes}, tag("thead", None, head), tag("tbody", None, *rows))
    return region(frame, inner)
