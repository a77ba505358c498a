"""Texts with formulas in braces."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.expressions.template import template
from engine.expressions.tree import Typed
from engine.problems import Refused
from tests.expressions.world import ORDER, Held, World


def an_order() -> Held:
    world = World(0)
    values = {
        "number": "C-1",
        "total": Decimal("1234.5"),
        "state": "won",
        "customer": world.rows["customer"][1],
        "items": [],
    }
    return Held("order", 1, values)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("{number}: {total:#,##0.00}", "C-1: 1,234.50"),
        ("{{{number}}}", "{C-1}"),
        ("a }} {{ b", "a } { b"),
        ("{total}", "1234.5"),
        ("{note}|", "|"),
        ("{IF(flag, 'a:b', '}')}", "}"),
        ("{TODAY():yyyy年M月}", "2024年5月"),
        ("{NOW():yyyy-MM-dd HH:mm}", "2024-05-01 12:30"),
        ("{customer.level:0000}", "0003"),
    ],
)
def test_formulas_are_filled_in(text: str, shown: str) -> None:
    world = World(0)
    order = an_order()
    order.values["customer"].values["level"] = Decimal(3)
    assert template(text, ORDER).render(world.env(order)) == shown


def test_values_without_a_format_may_be_worded_by_the_reader() -> None:
    def show(value: object, formula: Typed) -> str | None:
        return "赢单" if formula.type.options else None

    assert template("{state} {total}", ORDER).render(World(0).env(an_order()), show) == "赢单 1234.5"


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("abc {totl}", "formula_unknown_name_near", 1, 6),
        ("a\nb {total + note}", "formula_wrong_type", 2, 12),
        ("a {total", "template_brace", 1, 3),
        ("a } b", "template_brace", 1, 3),
        ("{items}", "formula_list_as_value", 1, 2),
        ("x {total:yyyy}", "formula_format", 1, 10),
        ("x {note:0}", "formula_format", 1, 9),
        ("{}", "formula_empty", 1, 2),
        ("{total + }", "formula_unfinished", 1, 8),
    ],
)
def test_a_mistake_is_placed_in_the_whole_text(text: str, code: str, line: int, column: int) -> None:
    with pytest.raises(Refused) as refused:
        template(text, ORDER)
    problem = refused.value.problems[0]
    assert (problem.code, problem.place.line, problem.place.column) == (code, line, column)


def test_all_its_formulas_are_told() -> None:
    with pytest.raises(Refused) as refused:
        template("{totl} {zzz}", ORDER)
    assert [p.place.column for p in refused.value.problems] == [2, 9]


def test_what_it_reads() -> None:
    found = template("{number} {customer.name} {{x}}", ORDER)
    assert {read.name for read in found.reads} == {"number", "customer", "name"}
    assert (found.live, found.server, found.whole) == (False, True, False)
