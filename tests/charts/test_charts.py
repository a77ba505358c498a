"""Each chart type keeps what its examples promise, in both languages, and never lets a value become markup."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest

import engine.charts
from engine.charts.base import Answer, Cell, Chart, ChartExample, Frame, Point
from engine.registry import Registry

TYPES = Registry(engine.charts, Chart)
CASES = [(t, e) for t in TYPES for e in t.examples]
NASTY = "</script><img src=x onerror=alert(1)> \u2028 \"'&"


def frame(language: str = "zh") -> Frame:
    return Frame(language, "标题", lambda key: key, lambda value, format: f"{value}")


def test_all_six_types_of_the_first_release_are_there() -> None:
    assert {"number", "bar", "line", "pie", "funnel", "table"} <= set(TYPES.names())


@pytest.mark.parametrize("kind", list(TYPES), ids=lambda t: t.name)
def test_every_type_has_examples_and_a_summary(kind: type[Chart]) -> None:
    assert kind.examples
    assert kind.summary.to("zh") and kind.summary.to("en")


@pytest.mark.parametrize(("kind", "example"), CASES, ids=[f"{t.name}-{i}" for i, (t, _) in enumerate(CASES)])
def test_a_drawing_shows_what_its_example_says(kind: type[Chart], example: ChartExample) -> None:
    chart = kind.model_validate(example.declared)
    drawn = str(chart.draw(example.answer, frame()))
    for words in example.shows:
        assert words in drawn


@pytest.mark.parametrize(("kind", "example"), CASES, ids=[f"{t.name}-{i}" for i, (t, _) in enumerate(CASES)])
def test_a_drawing_needs_no_inline_style_or_script(kind: type[Chart], example: ChartExample) -> None:
    drawn = str(kind.model_validate(example.declared).draw(example.answer, frame("en")))
    assert not re.search(r"\s(style|on\w+)=", drawn)
    assert all("application/json" in found for found in re.findall(r"<script[^>]*>", drawn))
    for found in re.findall(r"<script[^>]*>(.*?)</script>", drawn, re.S):
        json.loads(found)


@pytest.mark.parametrize(("kind", "example"), CASES, ids=[f"{t.name}-{i}" for i, (t, _) in enumerate(CASES)])
def test_data_is_json_with_numbers_as_text(kind: type[Chart], example: ChartExample) -> None:
    data = kind.model_validate(example.declared).data(example.answer)
    read = json.loads(json.dumps(data))
    for point in read["points"]:
        for cell in point["measures"].values():
            assert cell["value"] is None or isinstance(cell["value"], str)


@pytest.mark.parametrize("kind", list(TYPES), ids=lambda t: t.name)
def test_no_label_becomes_markup(kind: type[Chart]) -> None:
    point = Point((Cell(NASTY, NASTY),), {"m": Cell(Decimal(1), NASTY)}, 1, "/f/x?where=\"'><b>")
    answers = (
        Answer((point,), {"m": NASTY}),
        Answer((), {}, columns=((NASTY, False),), rows=(("/f/x/1", (NASTY,)),)),
    )
    chart = kind.model_validate({"type": kind.name, "from": "x", "by": "name"})
    for answer in answers:
        drawn = str(chart.draw(answer, frame()))
        assert "<img" not in drawn and "</script><" not in drawn.replace("</script></div>", "")


@pytest.mark.parametrize("kind", list(TYPES), ids=lambda t: t.name)
def test_no_records_is_said_in_words_and_never_an_error(kind: type[Chart]) -> None:
    chart = kind.model_validate({"type": kind.name, "from": "x"})
    for language in ("zh", "en"):
        assert re.sub(r"<[^>]+>", "", str(chart.draw(Answer((), {"m": "M"}), frame(language)))).strip()


def test_a_change_from_nothing_is_not_called_a_percentage() -> None:
    chart = TYPES.get("number").model_validate({"type": "number", "from": "x", "compare": "previous_period"})
    now = (Point((), {"m": Cell(Decimal(5), "5")}, 5, None),)
    before = (Point((), {"m": Cell(Decimal(0), "0")}, 0, None),)
    drawn = str(chart.draw(Answer(now, {"m": "M"}, previous=before), frame()))
    assert "%" not in drawn and "比上一期 0" in drawn
