"""What several chart types do alike: groups as categories and series, the box for the drawing, the table beside it,
JSON.

Why: bar, line and pie differ in how the browser draws them, not in what they are told. The table says the same in
words, for those who can't see the drawing or want the figures.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from unicodedata import east_asian_width

from markupsafe import Markup

from engine.charts.base import Answer, Cell, Chart, Frame, Point
from engine.markup import icon, spoken, tag
from engine.texts import Text, text

NOTHING = text("这里还没有可以画的记录", "There are no records to draw here")
RECORDS = {"zh": "{count} 条记录", "en": "{count} records"}
TOTAL = text("合计", "Total")
EMPTY = text("（空）", "(empty)")
PREVIOUS = {
    "previous_period": text("上一期", "Previous period"),
    "last_year": text("去年同期", "Last year"),
}
"""What the compared figures are called."""

SEPARATOR = " · "
"""Between the labels of a group of several keys."""


@dataclass(frozen=True)
class Series:
    """One row of marks: a point or None for each category. `measure` is the name of the measure shown."""

    name: str
    measure: str
    points: tuple[Point | None, ...]
    previous: bool = False


def key_text(value: Any) -> str:
    """A group's value as a text that tells it from all others."""
    return json.dumps(as_json(value), ensure_ascii=False, sort_keys=True)


def spread(answer: Answer, split: bool) -> tuple[list[Cell], list[Series]]:
    """The answer as categories (the groups of `by`, in order) and series: one for each value of `split` and measure.

    With `previous` in the answer each series has a twin of the period before, ahead of it.
    """
    categories: dict[str, Cell] = {}
    for point in answer.points:
        cell = _category(point, split)
        categories.setdefault(key_text(cell.value), cell)
    series: list[Series] = []
    for measure, title in answer.measures.items():
        now = _rows(answer.points, split)
        then = _rows(answer.previous or (), split)
        for key, (label, found) in now.items():
            name = label if split and len(answer.measures) == 1 else SEPARATOR.join(w for w in (label, title) if w)
            if answer.previous is not None:
                before = then.get(key, ("", {}))[1]
                twin = name if split or len(answer.measures) > 1 else ""
                series.append(Series(twin, measure, tuple(before.get(c) for c in categories), previous=True))
            series.append(Series(name, measure, tuple(found.get(c) for c in categories)))
    return list(categories.values()), series


def _category(point: Point, split: bool) -> Cell:
    keys = point.keys[:-1] if split else point.keys
    if len(keys) == 1:
        return keys[0]
    return Cell([as_json(k.value) for k in keys], SEPARATOR.join(k.label for k in keys))


def _rows(points: Sequence[Point], split: bool) -> dict[str, tuple[str, dict[str, Point]]]:
    """Series key -> its label, and its points by category."""
    rows: dict[str, tuple[str, dict[str, Point]]] = {}
    for point in points:
        key = key_text(point.keys[-1].value) if split else ""
        label = point.keys[-1].label if split else ""
        rows.setdefault(key, (label, {}))[1][key_text(_category(point, split).value)] = point
    return rows


def drawn(chart: Chart, answer: Answer, frame: Frame, options: dict[str, Any], categories: list[Cell],
          series: list[Series]) -> Markup:  # fmt: skip
    """The box whose JSON the browser draws, and the same as a table. Says so when there is nothing to draw."""
    if not answer.points:
        return nothing(frame)
    label = sentence(frame, answer, categories)
    data = {
        "type": chart.name,
        "label": label,
        "categories": [c.label for c in categories],
        **({"ticks": [c.short or c.label for c in categories]} if any(c.short for c in categories) else {}),
        **options,
        "series": [_marks(chart, s, frame) for s in series],
    }
    return box(frame, label, data) + table(chart, frame, categories, series)


def box(frame: Frame, label: str, data: dict[str, Any]) -> Markup:
    """Where the browser draws `data`; nothing where it runs no scripts. `label` says what is seen."""
    if frame.plain:
        return Markup("")
    return tag("div", {"class": "fl-chart", "data-chart": True, "role": "img", "aria-label": label}, script(data))


def sentence(frame: Frame, answer: Answer, categories: list[Cell]) -> str:
    """What the chart shows, for those who can't see it: title, number of groups, the largest one."""
    measure = next(iter(answer.measures), "")
    known = [p for p in answer.points if isinstance(p.measures.get(measure, Cell(None, "")).value, Decimal)]
    if not known:
        return frame.title
    top = max(known, key=lambda p: p.measures[measure].value)
    name = SEPARATOR.join(k.label for k in top.keys)
    words = text(
        f"{frame.title}：{len(categories)} 组，最大的是 {name}，{top.measures[measure].label}",
        f"{frame.title}: {len(categories)} groups; the largest is {name}, {top.measures[measure].label}",
    )
    return words.to(frame.language)


def table(chart: Chart, frame: Frame, categories: list[Cell], series: list[Series]) -> Markup:
    """The figures as a table, hidden until somebody asks for it (which takes a script); cells lead to their records."""
    titles = [series_title(chart, s, frame) for s in series]
    head = tag("tr", None, tag("th", {"scope": "col"}, frame.by or frame.title),
               *(tag("th", {"class": "fl-num", "scope": "col"}, t) for t in titles))  # fmt: skip
    rows = []
    for number, category in enumerate(categories):
        cells = [figure(s.points[number], s.measure) for s in series]
        rows.append(tag("tr", None, tag("th", {"scope": "row"}, category.label), *cells))
    inner = tag("table", {"class": "fl-table fl-table--small"}, tag("thead", None, head), tag("tbody", None, *rows))
    return tag("div", {"class": "fl-table-box", "data-chart-table": True, "hidden": not frame.plain}, inner)


def figure(point: Point | None, measure: str) -> Markup:
    """A cell with one measure, a link to its records where they may be opened."""
    cell = point.measures.get(measure) if point is not None else None
    if point is None or cell is None:
        return tag("td", {"class": "fl-num"}, tag("span", {"class": "fl-none"}, "–"))
    words = cell.label or "–"
    return tag("td", {"class": "fl-num"}, tag("a", {"href": point.href}, words) if point.href else words)


def series_title(chart: Chart, series: Series, frame: Frame) -> str:
    """What a series is called."""
    if not series.previous:
        return series.name or frame.title
    words = PREVIOUS[chart.compare or "previous_period"].to(frame.language)
    return f"{series.name} ({words})" if series.name else words


def _marks(chart: Chart, series: Series, frame: Frame) -> dict[str, Any]:
    cells = [p.measures.get(series.measure) if p is not None else None for p in series.points]
    return {
        "name": series_title(chart, series, frame),
        "previous": series.previous,
        "values": [as_json(c.value) if c is not None else None for c in cells],
        "labels": [c.label if c is not None else "" for c in cells],
        "hrefs": [p.href if p is not None else None for p in series.points],
        "counts": [p.records if p is not None else None for p in series.points],
    }


def percent_of(value: Decimal, whole: Decimal) -> int:
    """Which part of the whole a value is, from 0 to 100; 0 where there is no whole."""
    return int((max(value, Decimal(0)) * 100 / whole).quantize(Decimal(1), ROUND_HALF_UP)) if whole > 0 else 0


def bar(css: str, percent: int) -> Markup:
    """A bar of that length, from 0 to 100; an attribute says it, for styles can't stand in a page."""
    return tag("svg", {"class": css, "width": f"{min(percent, 100)}%", "aria-hidden": "true"})


def width_of(words: str) -> int:
    """How wide words are, in Latin letters: a Chinese character takes two."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in words)


def region(frame: Frame, inner: Markup, attributes: dict[str, Any] | None = None) -> Markup:
    """A box that scrolls by itself, and by the keyboard too: `attributes` in place of a table's class."""
    chosen = {"class": "fl-table-box"} if attributes is None else attributes
    return tag("div", {**chosen, "tabindex": "0", "role": "region", "aria-label": frame.title}, inner)


def nothing(frame: Frame, words: Text = NOTHING) -> Markup:
    """What stands in place of a drawing that has nothing to show."""
    return tag(
        "div",
        {"class": "fl-empty"},
        tag("span", {"class": "fl-empty-icon"}, icon("filter")),
        tag("p", None, words.to(frame.language)),
    )


def script(data: Any) -> Markup:
    """JSON in a page that no text in it can break out of."""
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        written = written.replace(char, f"\\u{ord(char):04x}")
    return tag("script", {"type": "application/json"}, Markup(written))


def as_json(value: Any) -> Any:
    """A value of the answer as JSON: numbers as decimal strings, dates and moments ISO, lengths as seconds."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal):
        written = format(Decimal(value), "f")
        return written.rstrip("0").rstrip(".") if "." in written else written
    if isinstance(value, timedelta):
        return str(value.total_seconds())
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [as_json(v) for v in value]
    return str(value)


def answer_json(answer: Answer) -> dict[str, Any]:
    """The whole answer as JSON, the same for all chart types."""
    return {
        "measures": answer.measures,
        "points": [_point_json(p) for p in answer.points],
        "previous": None if answer.previous is None else [_point_json(p) for p in answer.previous],
        "goal": None if answer.goal is None else _cell_json(answer.goal),
        "columns": [title for title, _ in answer.columns],
        "rows": [{"href": href, "cells": [_plain(c) for c in cells]} for href, cells in answer.rows],
        "total": answer.total,
    }


def _point_json(point: Point) -> dict[str, Any]:
    return {
        "keys": [_cell_json(k) for k in point.keys],
        "measures": {name: _cell_json(cell) for name, cell in point.measures.items()},
        "records": point.records,
        "href": point.href,
    }


def _cell_json(cell: Cell) -> dict[str, Any]:
    return {"value": as_json(cell.value), "label": cell.label}


def _plain(cell: Markup | str) -> str:
    return spoken(cell) if isinstance(cell, Markup) else cell
