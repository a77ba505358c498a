"""Mistakes in formulas come to the analyst with their code and at their column of the file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from engine.definitions.shapes import Known
from engine.expressions.check import check
from engine.expressions.python import evaluate
from engine.expressions.types import NUMBER, Env, Member, Scope
from engine.problems import Refused
from engine.problems import expression as codes
from tests.definitions.conftest import Packed

FORM = """\
fields:
  name: {{type: text}}
  price: {{type: money}}
  day: {{type: date}}
  done: {{type: boolean}}
  kind: {{type: choice, options: [goods, service]}}
  items: {{type: lines, fields: {{amount: {{type: money}}, label: {{type: text}}}}}}
rules:
  holds:
    check: {formula}
access: {{everyone: {{can: [view]}}}}
"""
BEFORE = len("    check: ")


@pytest.mark.parametrize(
    ("formula", "code", "column"),
    [
        ('name = "' + "x" * 2001 + '"', codes.TOO_LONG, 2001),
        ("(" * 70 + "1" + ")" * 70 + " = 1", codes.TOO_DEEP, None),
        ("price in [" + ", ".join(["1"] * 600) + "]", codes.TOO_BIG, None),
        (" ", codes.EMPTY, None),
        ("price $ 1", codes.CHARACTER, 7),
        ("price ＞ 1", codes.FULL_WIDTH, 7),
        ("price == 1 && done", codes.OPERATOR, None),
        ('name = "abc', codes.QUOTE, 8),
        ("(price > 1", codes.BRACKET, 1),
        ("price > * 2", codes.VALUE_MISSING, 9),
        ("price >", codes.VALUE_MISSING_END, None),
        ("price 5", codes.UNEXPECTED, 7),
        ("1 < price < 5", codes.CHAINED, None),
        ("price = 123456789012345678901234567890", codes.NUMBER, None),
        ("FIRST(items).amount > 1", codes.PATH_AFTER_CALL, None),
        ("price > 1 where done", codes.QUERY_NEEDS_LIST_FUNCTION, None),
        ("zzzzzz > 1", codes.UNKNOWN_NAME, 1),
        ("QQQQQQQ(price) > 1", codes.UNKNOWN_FUNCTION, 1),
        ('kind = "xyzzy"', codes.UNKNOWN_OPTION, 8),
        ("kind = goods", codes.OPTION_UNQUOTED, 8),
        ("COUNT(from zzzz) > 1", codes.UNKNOWN_SOURCE, None),
        ("COUNT(from itms) > 1", codes.UNKNOWN_SOURCE_NEAR, None),
        ("SUM(price) > 1", codes.NOT_A_LIST, None),
        ("items > 1", codes.LIST_AS_VALUE, 1),
        ("COUNT([items, items]) > 1", codes.LIST_IN_LIST, None),
        ("price.name > 1", codes.NO_MEMBERS, 7),
        ("row.price > 1", codes.ROW_OUTSIDE, 1),
        ("price + name > 1", codes.WRONG_TYPE, 9),
        ("price = name", codes.NOT_COMPARABLE, None),
        ("done > done", codes.NO_ORDER, None),
        ("done = null", codes.NEVER_EMPTY, 1),
        ("ROUND() > 1", codes.ARGUMENTS, 1),
        ('PERIOD(day, "fortnight") = day', codes.ARGUMENT_CHOICE, None),
        ('TEXT(price, "0.0.0") = name', codes.FORMAT, None),
        ("COUNT(amount > 1 from items) > 1", codes.COUNT_BOOLEAN, None),
        ('price in [1, "a"]', codes.MIXED, 10),
        ("SUM(from items) > 1", codes.VALUE_FOR_FUNCTION, None),
        ("COUNT(where done) > 1", codes.FROM_MISSING, None),
        ("price", codes.RESULT_TYPE, 1),
    ],
)
def test_a_mistake_in_a_formula(packed: Packed, formula: str, code: str, column: int | None) -> None:
    written = "'" + formula.replace("'", "''") + "'"
    loaded = packed({"forms/case.yaml": FORM.format(formula=written)})
    assert [p.code for p in loaded.errors] == [code]
    place = loaded.errors[0].place
    assert place.line == 10
    if column is not None:
        assert place.column == BEFORE + 1 + column
    assert "case" not in loaded.catalog.forms


BOARD = """\
widgets:
  sum: {{type: number, from: case, {key}}}
"""


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("measure: price", codes.MEASURE_BARE),
        ("where: this.price > 1", codes.NO_THIS),
        ("where: 'ISBLANK(name, name)'", codes.ARGUMENTS),
        ("where: 'EVAL(name)'", codes.ARGUMENTS),
        ("where: 'EVAL(name, row)'", codes.WRONG_TYPE),
    ],
)
def test_a_mistake_in_a_widget(packed: Packed, key: str, code: str) -> None:
    form = "fields: {name: {type: text}, price: {type: money}}\naccess: {everyone: {can: [view]}}\n"
    loaded = packed({"forms/case.yaml": form, "dashboards/case.yaml": BOARD.format(key=key)})
    assert [p.code for p in loaded.errors] == [code]
    assert loaded.catalog.dashboards == {}
    assert set(loaded.catalog.forms) == {"case"}


def test_a_brace_without_a_partner(packed: Packed) -> None:
    form = "record_title: 'a {name'\nfields: {name: {type: text}}\naccess: {everyone: {can: [view]}}\n"
    loaded = packed({"forms/case.yaml": form})
    assert [(p.code, p.place.line, p.place.column) for p in loaded.errors] == [(codes.TEMPLATE_BRACE, 1, 18)]


def test_records_need_a_reader() -> None:
    shape = Known("case", [Member("id", NUMBER), Member("price", NUMBER)])
    typed = check("SUM(price from case)", Scope({"case": shape}))
    env = Env({}, None, date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("Asia/Shanghai"))
    with pytest.raises(Refused) as caught:
        evaluate(typed, env)
    assert [p.code for p in caught.value.problems] == [codes.NEEDS_READER]
