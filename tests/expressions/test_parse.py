"""What a slip of the keyboard is told, and that nothing at all makes the parser fail otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.expressions.check import check
from engine.expressions.parse import parse
from engine.problems import Refused
from tests.expressions.world import ORDER

REFUSED = [
    ("", "formula_empty", 1, 1),
    ("  \n", "formula_empty", 1, 1),
    ("a == 1", "formula_operator", 1, 3),
    ("a <> 1", "formula_operator", 1, 3),
    ("a && b", "formula_operator", 1, 3),
    ("a || b", "formula_operator", 1, 3),
    ("!a", "formula_operator", 1, 1),
    ("a ^ 2", "formula_operator", 1, 3),
    ("7 % 2", "formula_operator", 1, 3),
    ("IF(a; b)", "formula_operator", 1, 5),
    ("AND(a, b)", "formula_operator", 1, 1),
    ("a < b < c", "formula_chained", 1, 7),
    ("a = b = c", "formula_chained", 1, 7),
    ("（a）", "formula_full_width", 1, 1),
    ("a，b", "formula_full_width", 1, 2),
    ("a = “x”", "formula_full_width", 1, 5),
    ("a ≥ 1", "formula_full_width", 1, 3),
    ("a # b", "formula_character", 1, 3),
    ("a ? b : c", "formula_character", 1, 3),
    ("{a}", "formula_character", 1, 1),
    ('"abc', "formula_quote", 1, 1),
    ("a = 'x", "formula_quote", 1, 5),
    ("(a + b", "formula_bracket", 1, 1),
    ("ROUND(a, 2", "formula_bracket", 1, 6),
    ("[1, 2", "formula_bracket", 1, 1),
    ("a + b)", "formula_bracket", 1, 6),
    ("(a]", "formula_bracket", 1, 1),
    ("a +", "formula_unfinished", 1, 3),
    ("a and", "formula_unfinished", 1, 5),
    ("a + * b", "formula_value_missing", 1, 5),
    ("ROUND(a,)", "formula_value_missing", 1, 9),
    ("a b", "formula_unexpected", 1, 3),
    ("a,\nb", "formula_unexpected", 1, 2),
    ("a +\n  b c", "formula_unexpected", 2, 5),
    ("1.123456789", "formula_number", 1, 1),
    ("100000000000000000000", "formula_number", 1, 1),
    ("3kg", "formula_number", 1, 1),
    ("price from items", "formula_query_place", 1, 7),
    ("a where b", "formula_query_place", 1, 3),
    ("FIRST(items).price", "formula_path_after_call", 1, 13),
    ("a" * 2001, "formula_too_long", 1, 2001),
    ("(" * 65 + "a" + ")" * 65, "formula_too_deep", 1, 65),
    ("not " * 70 + "a", "formula_too_deep", 1, 257),
    ("1" + "+1" * 101, "formula_too_deep", 1, 202),
    ("[" + "1," * 500 + "1]", "formula_too_big", 1, 1000),
]


@pytest.mark.parametrize(("text", "code", "line", "column"), REFUSED)
def test_a_mistake_in_writing_is_named_where_it_stands(text: str, code: str, line: int, column: int) -> None:
    with pytest.raises(Refused) as refused:
        parse(text)
    (problem,) = refused.value.problems
    assert (problem.code, problem.place.line, problem.place.column) == (code, line, column)
    assert problem.place.excerpt == text.split("\n")[line - 1]
    for language in ("zh", "en"):
        assert problem.message(language)
        assert problem.remedy(language)


SAME = [
    ("a or b and c", "a or (b and c)"),
    ("not a = b", "not (a = b)"),
    ("a - b - c", "(a - b) - c"),
    ("a * -b", "a * (-b)"),
    ("a AND NOT b Or c", "(a and (not b)) or c"),
    ("a not in [1]", "not (a in [1])"),
    ("sum(items.price)", "SUM(items.price)"),
    ("10%", "0.1"),
    ("7d", "1w"),
    ("'a'", '"a"'),
    ("total . note", "total.note"),
]


@pytest.mark.parametrize(("text", "meant"), SAME)
def test_two_ways_to_write_the_same(text: str, meant: str) -> None:
    assert bones(parse(text)) == bones(parse(meant))


def bones(part: object) -> object:
    """A syntax tree without its places."""
    if isinstance(part, tuple):
        return tuple(bones(each) for each in part)
    if hasattr(part, "__slots__") and hasattr(part, "at"):
        names = [name for cls in type(part).__mro__ for name in getattr(cls, "__slots__", ())]
        return type(part).__name__, tuple(bones(getattr(part, n)) for n in names if n not in ("at", "end", "sign"))
    return part


def test_names_may_be_chinese_and_are_composed() -> None:
    assert bones(parse("客户.名称")) == bones(parse("客户 . 名称"))
    assert bones(parse("e\u0301")) == bones(parse("\u00e9"))


def test_a_long_chain_is_not_a_deep_one() -> None:
    check(" or ".join(["flag"] * 240), ORDER)
    check(" & ".join(["note"] * 240), ORDER)


TOKENS = ["a", "total", "items", ".", "(", ")", "[", "]", ",", "+", "-", "*", "/", "&", "=", "<", "in", "not", "and", "from",
          "where", "sort", "SUM(", "IF(", "COUNT(", "1", "10%", "4h", '"x"', "'", "null", "this", "row", " ", "，", "\n"]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(TOKENS), max_size=25).map("".join)))
def test_any_text_is_either_a_formula_or_refused(text: str) -> None:
    try:
        check(text, ORDER)
    except Refused as refused:
        for problem in refused.problems:
            assert problem.place.line
            assert problem.place.column
            assert problem.message("zh")
            assert problem.message("en")
            assert problem.remedy("en") is not None
