"""What an analyst is told about names and types, and what the house learns of a formula."""

from __future__ import annotations

import pytest

from engine.expressions.check import check
from engine.expressions.elsewhere import ELSEWHERE
from engine.expressions.functions import FUNCTIONS
from engine.expressions.parse import parse
from engine.expressions.types import BOOLEAN, DATE, NUMBER, TEXT, Scope, Type, list_of, record
from engine.problems import Refused
from tests.expressions.world import ORDER, SHAPES

WIDGET = Scope(SHAPES, bare="order")
MEASURE = Scope(SHAPES, bare="order", measure=True)
LINE = Scope(SHAPES, this="order.items")

REFUSED = [
    ("totl * 2", [("formula_unknown_name_near", 1)]),
    ("zzz", [("formula_unknown_name", 1)]),
    ("customer.nam", [("formula_unknown_name_near", 10)]),
    ("totl + custmer.level", [("formula_unknown_name_near", 1), ("formula_unknown_name_near", 8)]),
    ("totl + 1 > 2 and zzz.x", [("formula_unknown_name_near", 1), ("formula_unknown_name", 18)]),
    ("total.x", [("formula_no_members", 7)]),
    ("row.total", [("formula_row_outside", 1)]),
    ("SUM(price from items where total > 1)", [("formula_unknown_name_near", 28)]),
    ("RUOND(total)", [("formula_unknown_function_near", 1)]),
    ("AVERAGE(items.price)", [("formula_function_elsewhere", 1)]),
    ("WORKDAY(day, 1, 'wrk')", [("formula_unknown_calendar", 17)]),
    ('PERIOD(day, "hour")', [("formula_argument_choice", 13)]),
    ("QQQQ(1)", [("formula_unknown_function", 1)]),
    ("HANDLER('x')", [("formula_argument_choice", 9)]),
    ("EVAL(note, this)", [("formula_wrong_type", 6)]),
    ("WORKDAY(day, 1, note)", [("formula_wrong_type", 17)]),
    ("state = 'wonn'", [("formula_unknown_option_near", 9)]),
    ("state = 'zzzzzz'", [("formula_unknown_option", 9)]),
    ("state in ['won', 'lots']", [("formula_unknown_option_near", 18)]),
    ("SWITCH(state, 'wom', 1)", [("formula_unknown_option_near", 15)]),
    ("state = won", [("formula_option_unquoted", 9)]),
    ("total + 'a'", [("formula_wrong_type", 9)]),
    ("note + 'a'", [("formula_wrong_type", 1)]),
    ("note & total", [("formula_wrong_type", 8)]),
    ("day + 2h", [("formula_wrong_type", 7)]),
    ("day + day", [("formula_wrong_type", 7)]),
    ("total and flag", [("formula_wrong_type", 1)]),
    ("IF(total, 1, 2)", [("formula_wrong_type", 4)]),
    ("ROUND(note)", [("formula_wrong_type", 7)]),
    ("YEAR(total)", [("formula_wrong_type", 6)]),
    ("note in 'abc'", [("formula_wrong_type", 9)]),
    ("total = '5'", [("formula_not_comparable", 9)]),
    ("day = made", [("formula_not_comparable", 7)]),
    ("day > '2024-13-01'", [("formula_not_comparable", 7)]),
    ("customer = 'C001'", [("formula_not_comparable", 12)]),
    ("customer = this", [("formula_not_comparable", 12)]),
    ("customer < customer", [("formula_no_order", 1)]),
    ("FIRST(from items sort product)", [("formula_no_order", 23)]),
    ("flag = null", [("formula_never_empty", 1)]),
    ("IF(flag, 1, 'a')", [("formula_mixed", 1)]),
    ("[1, 'a']", [("formula_mixed", 1)]),
    ("items + 1", [("formula_list_as_value", 1)]),
    ("items.price > 1", [("formula_list_as_value", 1)]),
    ("SUM(total)", [("formula_not_a_list", 5)]),
    ("SUM(items)", [("formula_list_value", 1)]),
    ("SUM(from items)", [("formula_list_value", 1)]),
    ("SUM(price where ready)", [("formula_from_missing", 1)]),
    ("COUNT()", [("formula_from_missing", 1)]),
    ("COUNT(items.ready)", [("formula_count_condition", 1)]),
    ("COUNT(from itmes)", [("formula_unknown_source_near", 12)]),
    ("COUNT(from total)", [("formula_not_a_list", 12)]),
    ("COUNT(from tags)", [("formula_not_a_list", 12)]),
    ("LEN(from items)", [("formula_query_place", 5)]),
    ("ROUND()", [("formula_arguments", 1)]),
    ("TODAY(1)", [("formula_arguments", 1)]),
    ("IFS(flag)", [("formula_arguments", 1)]),
    ("TEXT(total, 'yyyy')", [("formula_format", 13)]),
    ("TEXT(day, 'HH:mm')", [("formula_format", 11)]),
    ("TEXT(total, note)", [("formula_wrong_type", 13)]),
    ("PERIOD(day, 'moth')", [("formula_argument_choice", 13)]),
    ("state < 3 and\n  totl > 2", [("formula_not_comparable", 9), ("formula_unknown_name_near", 3)]),
]


def codes(text: str, scope: Scope, expect: Type | None = None) -> list[tuple[str, int | None]]:
    with pytest.raises(Refused) as refused:
        check(text, scope, expect)
    for problem in refused.value.problems:
        for language in ("zh", "en"):
            assert problem.message(language)
            assert "{" not in problem.message(language) + problem.remedy(language)
    return [(p.code, p.place.column) for p in refused.value.problems]


@pytest.mark.parametrize(("text", "expected"), REFUSED)
def test_a_wrong_formula_is_told_all_its_mistakes(text: str, expected: list[tuple[str, int]]) -> None:
    assert codes(text, ORDER) == expected


def test_the_nearest_name_is_proposed() -> None:
    with pytest.raises(Refused) as refused:
        check("SUM(price from items where total > 1)", ORDER)
    assert refused.value.problems[0].facts["right"] == "this.total"


@pytest.mark.parametrize(
    ("text", "needed", "expected"),
    [
        ("total", BOOLEAN, [("formula_result", 1)]),
        ("note", NUMBER, [("formula_result", 1)]),
        ("items.price", NUMBER, [("formula_list_as_value", 1)]),
        ("customer", record("person"), [("formula_result", 1)]),
        ("'wan'", Type("text", options=frozenset({"won"})), [("formula_unknown_option_near", 1)]),
        ("null", BOOLEAN, [("formula_result", 1)]),
    ],
)
def test_the_result_must_be_what_is_needed(text: str, needed: Type, expected: list[tuple[str, int]]) -> None:
    assert codes(text, ORDER, needed) == expected


@pytest.mark.parametrize(
    ("text", "scope", "type"),
    [
        ("total * 2", ORDER, NUMBER),
        ("null", ORDER, Type("null")),
        ("customer.level > 1", ORDER, BOOLEAN),
        ("items.product.name", ORDER, list_of(TEXT)),
        ("FIRST(from order where state = 'won')", ORDER, record("order")),
        ("parent.day", LINE, DATE),
        ("this.parent.customer.name", LINE, TEXT),
        ("state = 'won' and row.total > 1", WIDGET, BOOLEAN),
        ("COUNT(where state = 'won') / COUNT()", MEASURE, NUMBER),
        ("SUM(items.price)", MEASURE, NUMBER),
        ("SUM(price * quantity from items)", MEASURE, NUMBER),
        ("IF(flag, day, null)", ORDER, DATE),
    ],
)
def test_what_a_formula_gives(text: str, scope: Scope, type: Type) -> None:
    assert check(text, scope).type == type


def test_a_measure_needs_one_value_for_the_group() -> None:
    assert codes("total", MEASURE) == [("formula_measure_bare", 1)]
    assert codes("this.total", WIDGET) == [("formula_no_this", 1)]


READS = [
    ("total * 2", {"total"}, ""),
    ("double + 1", {"total"}, ""),
    ("customer.level", {"customer", "customer>level"}, "server"),
    ("grade", {"customer", "customer>level"}, "server"),
    ("SUM(price * quantity from items)", {"items", "items>price", "items>quantity"}, ""),
    ("SUM(items.product.price)", {"items", "items>product", "items>product>price"}, "server"),
    ("ANY(parent.flag from items)", {"items", "items>parent", "items>parent>flag"}, ""),
    (
        "SUM(customer.orders.total)",
        {"customer", "customer>orders.customer>customer", "customer>orders.customer>total"},
        "server",
    ),
    (
        "COUNT(from order where customer = this.customer and total > 1)",
        {"customer", "customer>orders.customer>customer", "customer>orders.customer>total"},
        "server",
    ),
    ("COUNT(from order where total > 1)", set(), "server whole"),
    ("day < TODAY()", {"day"}, "live"),
    ("user = null", set(), "live"),
    ("INROLE(user, 'sales')", set(), "live server"),
    ("state.final", {"state"}, ""),
]


@pytest.mark.parametrize(("text", "reads", "marks"), READS)
def test_what_a_formula_reads_and_who_can_compute_it(text: str, reads: set[str], marks: str) -> None:
    typed = check(text, ORDER)
    names = {"related": "orders.{}", "reference": "{}", "lines": "{}", "parent": "{}"}
    found = {">".join([*(names[h.kind].format(h.name) for h in r.hops), r.name]) for r in typed.reads}
    assert found == reads
    given = {"live": typed.live, "server": typed.server, "whole": typed.whole}
    assert " ".join(sorted(name for name, held in given.items() if held)) == marks


def test_a_field_hides_no_form_after_from() -> None:
    # `customer` is a reference of the order and a form as well
    assert check("COUNT(from customer where level > 1)", ORDER).whole


def test_a_path_of_lists_goes_before_all_lines_of_a_form() -> None:
    scope = Scope(SHAPES, this="order.items", variables={"order": record("order")})
    assert not check("COUNT(from order.items)", scope).whole
    assert check("COUNT(from order.items)", ORDER).whole


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_a_function_of_another_tool_is_answered_with_what_to_write(name: str) -> None:
    with pytest.raises(Refused) as refused:
        check(f"{name}(total)", ORDER)
    [told] = refused.value.problems
    assert told.code == "formula_function_elsewhere"
    assert ELSEWHERE[name] in told.remedy("en")
    assert name not in FUNCTIONS


@pytest.mark.parametrize("said", sorted(set(ELSEWHERE.values())))
def test_what_is_proposed_can_be_parsed(said: str) -> None:
    parse(said.replace("…", "a"))
