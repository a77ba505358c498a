"""What people read: refusals that say what would be right, values in their language, controls."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup

from engine.fields.base import Control, Option, Place, Reader
from engine.fields.base_file import size_in_words
from engine.fields.base_number import Numeric
from engine.fields.boolean import Boolean
from engine.fields.choice import Choice
from engine.fields.choices import Choices
from engine.fields.date import Date
from engine.fields.datetime import Moment
from engine.fields.decimal import DecimalNumber
from engine.fields.file import File
from engine.fields.image import Image
from engine.fields.integer import Integer
from engine.fields.lines import Lines
from engine.fields.member import Member, initials
from engine.fields.money import Money
from engine.fields.percent import Percent
from engine.fields.phone import Phone
from engine.fields.reference import Reference
from engine.fields.url import Url
from engine.problems import Refused
from engine.texts import same, text

PLACE = Place("x", text("电话", "Phone"))


def said(field: Any, raw: Any, language: str = "zh", place: Place = PLACE) -> str:
    with pytest.raises(Refused) as refused:
        field.parse(raw, place)
    return refused.value.problems[0].message(language)


@pytest.mark.parametrize(
    ("field", "raw", "zh", "en"),
    [
        (Phone(), "1380 512 33", "手机号少了 2 位，应为 11 位数字", "2 digits are missing: a mobile number has 11"),
        (Phone(), "1380512334", "手机号少了 1 位，应为 11 位数字", "One digit is missing: a mobile number has 11"),
        (DecimalNumber(decimals=2), "1.234", "最多 2 位小数，“1.234”有 3 位", 'At most 2 decimals; "1.234" has 3'),
        (Percent(), "10", "请写百分号：10% 还是 1000%？", "Write the percent sign: 10% or 1000%?"),
        (Integer(max=4), "5", "“电话”最多是 4", '"Phone" is at most 4'),
        (Money(min=0), "-1", "“电话”最少是 ¥0.00", '"Phone" is at least ¥0.00'),
        (Integer(), "１２", "请用半角数字：12", "Use ordinary digits: 12"),
        (
            Choice(options={"a": {"zh": "甲", "en": "First"}, "b": "乙"}),
            "丙",
            "没有“丙”这个选项，可以选：甲、乙",
            'There is no option "丙"; choose from: First, 乙',
        ),
    ],
)
def test_a_refusal_says_what_would_be_right(field: Any, raw: Any, zh: str, en: str) -> None:
    assert said(field, raw) == zh
    assert said(field, raw, "en") == en


def test_a_program_learns_how_to_write_a_moment_and_a_number() -> None:
    place = Place("x", same("X"), json=True)
    assert "时区" in said(Moment(), "2026-01-05T17:20:00", place=place)
    assert '"12.50"' in said(Money(), 12.5, place=place)


def test_a_time_without_a_zone_is_meant_where_the_organisation_is() -> None:
    berlin = Place("x", same("X"), zone=ZoneInfo("Europe/Berlin"))
    assert Moment().parse("2026-07-05 10:00", berlin) == datetime(2026, 7, 5, 8, tzinfo=UTC)
    limited = Moment(min="2026-07-05 10:00")
    assert limited.parse("2026-07-05T08:00:00Z", berlin) is not None
    assert "2026-07-05 10:00" in said(limited, "2026-07-05 09:59", place=berlin)


def test_near_days_have_words_in_english_too(en: Reader) -> None:
    shown = [Markup(Date().display(d, en)).striptags() for d in (date(2026, 11, 23), date(2026, 11, 22))]
    assert shown == ["today", "yesterday"]
    assert Markup(Date().display(date(2026, 3, 5), en)).striptags() == "5 Mar"
    moment = datetime(2026, 11, 2, 9, 20, tzinfo=UTC)
    assert Markup(Moment().display(moment, en)).striptags() == "2 Nov 17:20"
    assert 'title="2026-11-02 17:20"' in Moment().display(moment, en)


def test_a_declared_format_is_how_it_is_shown(zh: Reader) -> None:
    assert Money(format="#,##0").display(Decimal("8640.5"), zh) == "8,641"
    assert Markup(Date(format="yyyy/MM/dd").display(date(2026, 1, 5), zh)).striptags() == "2026/01/05"
    assert Money(format="#,##0").cell(Decimal("8640.5"), zh) == "8640.50"


def test_money_has_the_sign_of_its_currency(zh: Reader, en: Reader) -> None:
    assert Money().display(Decimal("8640"), en) == "¥8,640.00"
    assert Money(currency="EUR").display(Decimal("-8640"), zh) == "-€8,640.00"
    assert Money(currency="CHF", decimals=0).parse("CHF 1,200", PLACE) == Decimal(1200)


@pytest.mark.parametrize(
    ("field", "computed", "kept"),
    [
        (Money(), "1.005", "1.01"),
        (Money(), "-1.005", "-1.01"),
        (Integer(), "2.5", "3"),
        (Percent(decimals=0), "0.125", "0.13"),
        (DecimalNumber(), "0.00004", "0.0000"),
    ],
)
def test_computed_values_are_rounded_half_away_from_zero(field: Numeric, computed: str, kept: str) -> None:
    assert str(field.rounded(Decimal(computed))) == kept
    assert field.rounded(None) is None


def test_a_pack_s_options_come_from_outside(zh: Reader) -> None:
    field = Choice(options="industry")
    assert field.choices() == "industry"
    food = {"food": Option(text("食品", "Food"), "green")}
    assert field.parse("食品", Place("x", same("X"), options=food)) == "food"
    known = field.having(food)
    assert known.schema()["enum"] == ["food"] and known.value_type("").options == frozenset({"food"})
    assert known.display("food", zh) == '<span class="fl-tag" data-color="green">食品</span>'
    with pytest.raises(Refused):
        known.parse("iron", PLACE)


def test_declared_options_are_given_as_written() -> None:
    written = {"a": "甲", "b": {"zh": "乙", "en": "B"}, "c": {"title": "丙", "was": ("x",), "when": "true"}}
    assert Choice(options=written).choices() == written
    assert Choice(options=["low", "high"]).choices() == {"low": None, "high": None}


def test_a_wrong_colour_or_key_of_an_option_is_refused() -> None:
    for keys in ({"title": "甲", "color": "pinkish"}, {"title": "甲", "colour": "red"}):
        with pytest.raises(ValueError):
            Choice(options={"a": keys})


def draw(field: Any, reader: Reader, **more: Any) -> str:
    return str(field.input(Control("x", "f-x", more.pop("value", None), reader, same("标题"), **more)))


def test_few_options_are_buttons_and_many_a_drop_down(zh: Reader) -> None:
    few = Choice(options=["a", "b"])
    made = draw(few, zh, value="a", options=few.known(None))
    assert 'role="radiogroup"' in made and 'aria-labelledby="f-x-label"' in made and made.count('type="radio"') == 2
    assert made.count(" checked") == 1
    many = Choice(options=[f"o{n}" for n in range(6)])
    assert draw(many, zh, options=many.known(None)).startswith("<select")
    assert draw(few, zh, options=few.known(None), bare=True).startswith("<select")


def test_a_chosen_option_that_is_no_longer_offered_is_still_shown(zh: Reader) -> None:
    field = Choice(options=["a", "b"])
    made = draw(field, zh, value="b", options={"a": Option(same("A"))})
    assert 'value="b" checked' in made
    several = Choices(options=["a", "b"])
    assert 'value="b" checked' in draw(several, zh, value=("b",), options={"a": Option(same("A"))})


def test_a_cell_of_the_line_table_has_its_own_name(zh: Reader) -> None:
    assert 'aria-label="标题"' in draw(Integer(unit="件"), zh, bare=True)
    assert "fl-unit" not in draw(Integer(unit="件"), zh, bare=True)
    assert "fl-unit" in draw(Integer(unit="件"), zh)


def test_a_picker_shows_whom_it_points_at(zh: Reader) -> None:
    made = draw(Reference(to="customer"), zh, value=7, source="/f/contract/options/customer")
    assert 'data-src="/f/contract/options/customer"' in made
    assert '<option value="7" selected>customer 7</option>' in made


def test_a_tick_says_no_when_it_is_not_ticked(zh: Reader) -> None:
    made = draw(Boolean(), zh, value=True)
    assert 'type="hidden" name="x" value="false"' in made and " checked" in made
    assert " checked" not in draw(Boolean(), zh, value=False) and " checked" not in draw(Boolean(), zh, raw="maybe")


def test_files_are_tiles_with_their_names(zh: Reader) -> None:
    made = draw(File(accept=[".pdf"]), zh, value=(3,))
    assert 'data-accept=".pdf"' in made and 'name="x" value="3"' in made and "file-3.pdf" in made and "2.1 MB" in made
    assert 'name="x.upload"' in made and "选择文件" in made
    assert "拍照或选择" in draw(Image(), zh)
    assert File(max_size="5MB").uploads() == {"max_files": 10, "max_size": 5 << 20, "accept": ()}
    assert 'src="/files/3?thumb"' in Image().display((3,), zh)
    assert "文件已不在" in File().cell((300,), zh)


@pytest.mark.parametrize(("size", "shown"), [(0, "0 B"), (1024, "1 KB"), (2_202_009, "2.1 MB"), (5 << 30, "5 GB")])
def test_sizes_have_units(size: int, shown: str) -> None:
    assert size_in_words(size) == shown


@pytest.mark.parametrize(
    ("name", "short"), [("李娜", "李"), ("Anna de Vries", "AV"), ("admin", "a"), ("", ""), ("欧阳 娜娜", "欧")]
)
def test_initials_fit_the_circle(name: str, short: str) -> None:
    assert initials(name) == short


def test_who_may_not_open_it_reads_the_title_alone(zh: Reader) -> None:
    assert Reference(to="customer").display(7, zh) == '<a class="fl-link" href="/customer/7">customer 7</a>'
    assert Reference(to="customer").display(700, zh) == "customer 700"
    assert "fl-avatar" in Member().display(3, zh)


def test_only_web_addresses_become_links(zh: Reader) -> None:
    made = Url().display("https://a.com/?a=1&b=%22", zh)
    assert 'rel="noopener noreferrer"' in made and "&amp;" in made


def test_lines_know_their_columns_once_they_are_built() -> None:
    written = Lines.model_validate({"fields": {"quantity": {"type": "integer"}}})
    assert written.lines() == {} and written.lines() is not None
    built = written.holding({"quantity": Integer(min=1)})
    quantity = built.schema()["items"]["properties"]["quantity"]
    assert quantity["anyOf"][0]["minimum"] == 1 and built.schema()["items"]["additionalProperties"] is False
    assert built.lines() == {"quantity": Integer(min=1)}
