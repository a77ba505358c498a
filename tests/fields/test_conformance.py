"""Every type keeps what its examples promise: one test over the whole family; a new type is tested by being there."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from markupsafe import Markup
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, select

from engine.expressions.types import Type
from engine.fields import FIELDS
from engine.fields.base import Control, Example, Field, Misdeclared, Place, Reader
from engine.fields.choice import Choice
from engine.problems import CATALOGUE, Refused
from engine.problems import value as wrong
from engine.problems.record import TOO_LARGE, TOO_SMALL
from engine.texts import same

KINDS = "text number boolean date time instant length location address choice choices record records list files none"
FORMATS = FormatChecker()
BEYOND_SCHEMA = {"x-minimum": TOO_SMALL, "x-maximum": TOO_LARGE, "x-check": wrong.CHECK_DIGIT, "x-most": wrong.TOO_LONG}
"""What JSON Schema can't say of a string, and the code that says it."""

TYPED, PROGRAM = Place("items.1.x", same("X")), Place("items.1.x", same("X"), json=True)


def rows() -> Iterator[Any]:
    for type_ in FIELDS:
        for number, example in enumerate(type_.examples):
            yield pytest.param(type_.model_validate(dict(example.declared)), example, id=f"{type_.name}-{number}")


every_example = pytest.mark.parametrize(("field", "example"), list(rows()))
every_type = pytest.mark.parametrize("type_", list(FIELDS), ids=lambda t: t.name)


def codes(field: Field, raw: Any, place: Place = TYPED) -> list[str]:
    with pytest.raises(Refused) as refused:
        field.parse(raw, place)
    assert all(p.place.field == place.path for p in refused.value.problems)
    for problem in refused.value.problems:
        for language in ("zh", "en"):
            assert problem.message(language) and "{" not in problem.message(language).replace(str(raw), "")
            problem.remedy(language)
    return [p.code for p in refused.value.problems]


def read_aloud(made: Markup) -> str:
    return Markup(re.sub(r"<(\w+)[^>]*aria-hidden.*?</\1>", "", made)).striptags()


def test_the_family_is_found_in_its_folder() -> None:
    assert {"text", "money", "lines", "reference", "file"} <= set(FIELDS.names())
    assert FIELDS.nearest("integr") == "integer"


@every_type
def test_a_type_without_examples_fails(type_: type[Field]) -> None:
    assert type_.examples
    accepted = [pair for example in type_.examples for pair in example.accepts]
    rejected = [pair for example in type_.examples for pair in example.rejects]
    shown = [pair for example in type_.examples for pair in example.displays]
    assert accepted and rejected and shown
    if type_.model_validate(dict(type_.examples[0].declared)).column() is not None:
        assert any(example.sorts for example in type_.examples)


@every_type
def test_a_type_says_what_it_is_in_both_languages(type_: type[Field]) -> None:
    assert {"zh", "en"} <= set(type_.summary.words) and type_.__doc__
    assert type_.kind in KINDS.split()
    for name, key in type_.model_fields.items():
        if name not in ("type",):
            assert key.description and " / " in key.description, name


@every_type
def test_an_unknown_key_is_refused(type_: type[Field]) -> None:
    with pytest.raises(ValueError, match="extra_forbidden"):
        type_.model_validate({**type_.examples[0].declared, "colour": 1})


@every_example
def test_what_is_accepted_becomes_the_value(field: Field, example: Example) -> None:
    for raw, value in example.accepts:
        found = field.parse(raw, TYPED)
        assert found == value and type(found) is type(value), raw


@every_example
def test_what_is_rejected_has_its_code_and_its_place(field: Field, example: Example) -> None:
    for raw, code in example.rejects:
        assert codes(field, raw) == [code], raw
        assert code in CATALOGUE


@every_example
def test_values_are_displayed(field: Field, example: Example, zh: Reader, en: Reader) -> None:
    for value, shown in example.displays:
        made = field.display(value, zh)
        assert (read_aloud(made) if isinstance(made, Markup) else made) == shown
        field.display(value, en)
        assert isinstance(field.cell(value, zh), str)
    assert field.display(None, zh) == "" and field.cell(None, zh) == "" and field.to_json(None) is None


@every_example
def test_values_sort_in_a_table_and_come_back_unchanged(field: Field, example: Example) -> None:
    type_ = field.column()
    values = [v for v in example.sorts if v is not None] + [v for _, v in example.accepts if v is not None]
    if type_ is None:
        return
    engine = create_engine("sqlite://")
    table = Table("t", MetaData(), Column("id", Integer, primary_key=True), Column("v", type_))
    table.create(engine)
    with engine.begin() as connection:
        for value in values:
            row = connection.execute(insert(table).values(v=value)).inserted_primary_key
            assert row is not None
            back = connection.execute(select(table.c.v).where(table.c.id == row[0])).scalar_one()
            assert back == value and type(back) is type(value)
        connection.execute(table.delete())
        connection.execute(insert(table), [{"v": v} for v in reversed(example.sorts)]) if example.sorts else None
        assert tuple(connection.execute(select(table.c.v).order_by(table.c.v)).scalars()) == example.sorts


@every_example
def test_values_survive_json(field: Field, example: Example) -> None:
    schema = field.schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=FORMATS)
    for value in [v for _, v in example.accepts if v is not None] + list(example.sorts):
        sent = json.loads(json.dumps(field.to_json(value)))
        assert validator.is_valid(sent), sent
        assert field.parse(sent, PROGRAM) == value


@every_example
def test_an_exported_cell_can_be_read_in_again(field: Field, example: Example, zh: Reader) -> None:
    if field.kind in ("record", "records", "files", "list", "none") or not field.whole_cell:
        return  # their cells are names, which the runtime looks up
    for _, value in example.accepts:
        assert field.parse(field.cell(value, zh), TYPED) == value


@every_example
def test_its_type_in_formulas_fits(field: Field, example: Example) -> None:
    own = ("number", "boolean", "date", "time", "instant", "length", "location", "record")
    kinds = {kind: kind for kind in own if kind != "record" or len(field.targets()) == 1}
    wanted = kinds.get(field.kind, "list" if field.kind in ("choices", "records", "list", "files", "none") else "text")
    found = field.value_type("form.items")
    assert isinstance(found, Type) and found.kind == wanted
    assert field.numeric == (wanted == "number")


@every_example
def test_the_control_is_tied_to_label_and_error_and_shows_what_was_typed(
    field: Field, example: Example, zh: Reader
) -> None:
    if field.kind in ("list", "none"):
        return
    options = field.known(None) or {} if isinstance(field, Choice) else {}
    value = next((v for _, v in example.accepts if v is not None), None)
    control = Control("x", "f-x", value, zh, same("标题"), required=True, invalid=True, described_by="f-x-e",
                      options=options, source="/s")  # fmt: skip
    made = str(field.input(control))
    assert 'id="f-x"' in made and 'aria-invalid="true"' in made and 'aria-required="true"' in made
    assert 'aria-describedby="f-x-e"' in made and 'name="x"' in made and f'data-kind="{field.kind}"' in made
    assert "style=" not in made and "<script" not in made and " required" not in made
    if field.kind in ("text", "number", "date", "instant"):
        bad = '"><script>alert(1)</script>'
        kept = str(field.input(Control("x", "f-x", None, zh, same("标题"), raw=bad, invalid=True)))
        assert "<script>" not in kept and ("&lt;script&gt;" in kept or 'type="radio"' in kept)


@every_example
def test_a_filter_is_an_operator_and_a_literal(field: Field, example: Example) -> None:
    for operator in field.operators():
        assert "{field}" in operator.formula and operator.value == ("{value}" in operator.formula)
        for _, value in example.accepts:
            if operator.value and value is not None:
                assert field.literal(value)


# -- the schema and the parser agree on whatever a program may send ---------------------------------------------------

PIECES = (
    "1 12 -1 0 -0 00 1.5 1.50 1.500 1e5 +1 1, １ ٣ % . - + 2026-01-05 2026-02-30 0000-01-01 T Z +08:00 17:20:00 :60 "
    "T17:20:00Z .123456 .1234567 24:00 0001 9999 13805123347 +86 +44 0512 -801 400 010 a @ example.com b.cn https:// "
    "http:// / ? # : a@b.cn www. 例 quality damaged a b AB1234 \n \r \t \x00 \u200b \ufeff \u3000 \x85 \u2028 😀 é "
    "javascript: // [ ] \\ \" ' {"
)
SCRAPS = st.sampled_from([" ", *PIECES.split(" ")])
TEXTS = st.one_of(
    st.text(max_size=12), st.lists(SCRAPS, max_size=6).map("".join), st.sampled_from(["", " ", "x" * 300])
)
NUMBERS = st.one_of(
    st.integers(), st.integers(-(10**19), 10**19), st.integers(-3, 12),
    st.floats(allow_nan=False, allow_infinity=False), st.integers(-9, 9).map(float),
)  # fmt: skip
SCALARS = st.one_of(st.booleans(), NUMBERS, TEXTS)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(["id", "x", "1"]), inner, max_size=2)
    ),
    max_leaves=5,
)


@every_example
@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data())
def test_schema_and_parser_agree(field: Field, example: Example, data: st.DataObject) -> None:
    schema = field.schema()
    if schema.get("readOnly") and field.kind == "none":
        return
    known = [field.to_json(v) for _, v in example.accepts if v is not None]
    known += [raw for raw, _ in example.accepts + example.rejects if plain_json(raw)]
    near = st.sampled_from(known) if known else JSON
    raw = data.draw(st.one_of(JSON, near, near.flatmap(changed)))
    valid = Draft202012Validator(schema, format_checker=FORMATS).is_valid(raw)
    if field.kind == "list" and valid != accepted(field, raw):
        assert isinstance(raw, list) and any(set(row) - {"id"} or row for row in raw if isinstance(row, dict))
        return  # rows are read by the runtime
    beyond = {BEYOND_SCHEMA[key] for key in schema if key in BEYOND_SCHEMA}
    if valid and beyond and not accepted(field, raw):
        assert codes(field, raw, PROGRAM)[0] in beyond
        return
    assert accepted(field, raw) == valid, raw


def changed(raw: Any) -> st.SearchStrategy[Any]:
    """The same text with a scrap somewhere; the same list with one more."""
    if isinstance(raw, str):
        return st.builds(lambda at, scrap: raw[:at] + scrap + raw[at:], st.integers(0, len(raw)), SCRAPS)
    if isinstance(raw, list):
        return SCALARS.map(lambda more: [*raw, more])
    return st.just(raw)


def accepted(field: Field, raw: Any) -> bool:
    try:
        field.parse(raw, PROGRAM)
    except Refused:
        return False
    return True


def plain_json(raw: Any) -> bool:
    if isinstance(raw, float):
        return math.isfinite(raw)
    if isinstance(raw, list):
        return all(map(plain_json, raw))
    if isinstance(raw, str):
        return not any("\ud800" <= c <= "\udfff" for c in raw)
    return isinstance(raw, bool | int) and raw is not None


# -- declarations -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "declared", "code"),
    [
        ("text", {"pattern": "["}, "field_pattern"),
        ("text", {"pattern": "(?P<a>x)"}, "field_pattern"),
        ("text", {"pattern": r"\Ax"}, "field_pattern"),
        ("text", {"pattern": "a++"}, "field_pattern"),
        ("text", {"format": "0.00"}, "field_format"),
        ("decimal", {"min": "viel"}, "field_limit"),
        ("decimal", {"min": 2, "max": 1}, "field_range"),
        ("integer", {"min": 1.5}, "field_limit"),
        ("money", {"currency": "RMB"}, "field_currency"),
        ("money", {"format": "0.00.0"}, "field_format"),
        ("date", {"max": "2026-02-30"}, "field_limit"),
        ("datetime", {"min": "soon"}, "field_limit"),
        ("file", {"max_size": "big"}, "field_size"),
        ("serial", {"pattern": "RT-0001"}, "field_sequence"),
        ("serial", {"pattern": "{seq:00}{seq:00}"}, "field_sequence"),
        ("lines", {"fields": {}, "min_rows": 3, "max_rows": 2}, "field_range"),
    ],
)
def test_a_wrong_key_is_a_problem_of_ours(type_: str, declared: dict[str, Any], code: str) -> None:
    found = FIELDS.get(type_)
    assert found is not None
    with pytest.raises(ValueError) as refused:
        found.model_validate(declared)
    error = refused.value.errors()[0]["ctx"]["error"]  # type: ignore[attr-defined]
    assert isinstance(error, Misdeclared) and error.problem.code == code
    assert error.problem.message("zh") and error.problem.message("en")
    error.problem.remedy("zh"), error.problem.remedy("en")


@pytest.mark.parametrize("type_", ["integer", "decimal", "percent", "money", "date", "datetime"])
def test_a_limit_that_is_a_formula_is_left_to_the_engine(type_: str) -> None:
    found = FIELDS.get(type_)
    assert found is not None
    field = found.model_validate({"min": "=TODAY()", "max": "=sold.shipped"})
    assert field.limits() == {"min": "=TODAY()", "max": "=sold.shipped"}
    assert "x-minimum" not in field.schema()
