"""Reading definitions: YAML 1.2's core only, every value with its place, traps refused in an analyst's words."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.problems import Refused
from engine.problems import yaml as codes
from engine.source import DEPTH, LIMIT, parse, read


def refused(text: str | bytes) -> list[tuple[str, int | None, int | None]]:
    with pytest.raises(Refused) as caught:
        parse(text, "forms/case.yaml")
    return [(p.code, p.place.line, p.place.column) for p in caught.value.problems]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("True", "True"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("+3", 3),
        ("012", "012"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("3.10", Decimal("3.10")),
        (".5", Decimal("0.5")),
        ("1e3", Decimal("1e3")),
        ("1e999", "1e999"),
        (".inf", ".inf"),
        ("2026-01-02", "2026-01-02"),
        ("=", "="),
        ("10%", "10%"),
        ('"12"', "12"),
        ("'true'", "true"),
        ("9" * 50, "9" * 50),
        ("你好，世界", "你好，世界"),
    ],
)
def test_a_scalar_means_what_it_says(written: str, value: Any) -> None:
    found = parse(f"key: {written}\n", "f").value["key"]
    assert found == value
    assert type(found) is type(value)


def test_every_value_has_a_place() -> None:
    source = parse("title: 案例\nfields:\n  name: {type: text, was: [a, b]}\n  empty:\n", "f")
    assert source.value == {"title": "案例", "fields": {"name": {"type": "text", "was": ["a", "b"]}, "empty": None}}
    place = source.place(("fields", "name", "was", 1))
    assert (place.file, place.line, place.column) == ("f", 3, 31)
    assert place.excerpt == "  name: {type: text, was: [a, b]}"
    key = source.place(("fields", "name", "type"), key=True)
    assert (key.line, key.column) == (3, 10)
    assert source.place(("fields", "name", "nothing", "there")).column == 9
    assert (source.place(("fields", "empty")).line, source.place(("fields", "empty")).column) == (4, 3)


@pytest.mark.parametrize(
    ("text", "offset", "line", "column"),
    [
        ("k: abc + d\n", 6, 1, 10),
        ("k: 'it''s x'\n", 5, 1, 11),
        ('k: "a\\"b c"\n', 4, 1, 10),
        ('k: "\\u4f60x"\n', 1, 1, 11),
        ("k: |\n  first\n  second x\n", 13, 3, 10),
        ("k: |\n  first\n    deeper\n", 8, 3, 5),
        ("k: >-\n  first\n  second\n", 6, 3, 3),
        ("k: one\n  two\n", 4, 2, 3),
        ("k: 一二三 x\n", 4, 1, 8),
        ("a: 1\r\nk: b\r\n", 0, 2, 4),
    ],
)
def test_a_place_inside_of_a_text(text: str, offset: int, line: int, column: int) -> None:
    place = parse(text, "f").inside(("k",), offset)
    assert (place.line, place.column) == (line, column)


def test_what_was_typed_is_kept() -> None:
    source = parse("version: 1.10\nname: 'x'\n", "f")
    assert source.written(("version",)) == "1.10"
    assert source.written(("name",)) is None


def test_all_duplicates_are_told_with_the_first_line() -> None:
    with pytest.raises(Refused) as caught:
        parse("a: 1\nb: 2\na: 3\nb: 4\n", "f")
    assert [(p.code, p.facts["key"], p.facts["first"]) for p in caught.value.problems] == [
        (codes.DUPLICATE_KEY, "a", 1),
        (codes.DUPLICATE_KEY, "b", 2),
    ]


def test_what_is_not_utf8_is_refused_at_its_line() -> None:
    assert refused(b"title: x\n" + "名称: y\n".encode("gb18030"))[0][:2] == (codes.NOT_UTF8, 2)


def test_a_byte_order_mark_is_no_matter() -> None:
    assert parse("\ufefftitle: x\n".encode(), "f").value == {"title": "x"}


def test_large_files_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_text("a: " + "x" * LIMIT, encoding="utf-8")
    with pytest.raises(Refused) as caught:
        read(file)
    assert caught.value.problems[0].code == codes.TOO_BIG
    assert refused(b"a: " + b"x" * LIMIT)[0][0] == codes.TOO_BIG


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        read(tmp_path / "nothing.yaml")
    assert caught.value.problems[0].code == codes.UNREADABLE


def test_depth_is_limited_without_recursion() -> None:
    assert parse("a: " + "[" * (DEPTH - 1) + "]" * (DEPTH - 1), "f").value
    assert refused("a: " + "[" * 900)[0][0] == codes.TOO_DEEP


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: >\n b\nc\n", codes.COLON_MISSING),
        ("a: - b\n", codes.SYNTAX),
        ("a:\n- b\nc\n", codes.COLON_MISSING),
        ("a: 'x' 'y'\n", codes.AFTER_QUOTE),
        ("{a: b}}\n", codes.BRACKET_CLOSE),
        ("a: !<x\n", codes.TAG),
        ("? [a]\n: b\n", codes.KEY_NOT_TEXT),
        ("null: a\n", codes.KEY_NOT_TEXT),
        ("a: b\u2028c\n", codes.CONTROL_CHARACTER),
        ("a:\tb\n", codes.TAB),
        ("- a\n", codes.NOT_A_MAPPING),
        ("# nothing\n", codes.EMPTY_FILE),
        ("f: [a，b]\n", codes.FULL_WIDTH),
        ("f: {type：text}\n", codes.FULL_WIDTH),
        ("a: {b: 1\nc: 2\n", codes.BRACKET_OPEN),
    ],
)
def test_a_trap_has_its_own_code(text: str, code: str) -> None:
    assert [found[0] for found in refused(text)] == [code]


def test_full_width_punctuation_in_a_sentence_is_a_sentence() -> None:
    assert parse("a: {title: 请先收货，再检验：谢谢, b: c}\n", "f").value["a"]["title"] == "请先收货，再检验：谢谢"


def test_a_place_of_another_encoding_of_lines() -> None:
    assert parse("a: b\r\nc: d\r", "f").value == {"a": "b", "c": "d"}
