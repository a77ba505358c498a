"""Texts come back as they were written, whatever they hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, select

from engine.fields.base import Field, Place, Reader
from engine.fields.longtext import LongText
from engine.fields.text import Line
from engine.problems import Refused
from engine.texts import same

NAUGHTY = json.loads((Path(__file__).parents[1] / "data" / "naughty-strings.json").read_text("utf-8"))["strings"]
PLACE, PROGRAM = Place("x", same("X")), Place("x", same("X"), json=True)


@pytest.mark.parametrize("type_", [Line, LongText])
def test_naughty_strings_survive_but_for_blanks_at_their_ends(type_: type[Field], zh: Reader) -> None:
    field = type_()
    engine = create_engine("sqlite://")
    table = Table("t", MetaData(), Column("id", Integer, primary_key=True), Column("v", field.column()))
    table.create(engine)
    with engine.begin() as connection:
        for number, naughty in enumerate(NAUGHTY, 1):
            value = field.parse(naughty, PLACE)
            assert value == (naughty.strip() or None)
            assert field.parse(naughty, PROGRAM) == value
            connection.execute(insert(table).values(id=number, v=value))
            back = connection.execute(select(table.c.v).where(table.c.id == number)).scalar_one()
            assert back == value
            assert json.loads(json.dumps(field.to_json(back))) == value
            shown = str(field.display(back, zh)).replace("<br>", "") if isinstance(field, LongText) else ""
            assert "<" not in shown


def test_composed_and_decomposed_letters_stay_two_texts() -> None:
    assert Line().parse("é", PLACE) != Line().parse("e\u0301", PLACE)


@pytest.mark.parametrize(
    ("written", "means"),
    [
        (r"\d{3}", "[0-9]{3}"),
        (r"[\d-]+", "[0-9-]+"),
        (r"\w\W", "[A-Za-z0-9_][^A-Za-z0-9_]"),
        (r"a\-b\@c", "a-b@c"),
        (r"\+86[\-\d]", r"\+86[\-0-9]"),
        (r"[A-Z]+\+", r"[A-Z]+\+"),
    ],
)
def test_patterns_mean_the_same_in_every_engine(written: str, means: str) -> None:
    assert Line(pattern=written).pattern == means


def test_the_hint_says_what_the_pattern_wants() -> None:
    field = Line(pattern="[A-Z]{2}", hint={"zh": "两个大写字母", "en": "two capital letters"})
    with pytest.raises(Refused) as refused:
        field.parse("abc", PLACE)
    assert refused.value.problems[0].message("zh") == "格式不对：两个大写字母"
    assert refused.value.problems[0].message("en") == "This does not fit: two capital letters"
