"""The schemas that editors use accept what the catalog accepts, and mark what it refuses."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.definitions.schema import FILES, schema
from engine.fields import FIELDS
from engine.source import parse, read

HOME = Path(__file__).parents[2] / "definitions"
SOUND = Path(__file__).parents[1] / "broken" / "sound"


def plain(value: Any) -> Any:
    """As an editor's JSON: decimals are numbers."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, list) else value


@cache
def validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(schema(kind))


def errors(kind: str, value: Any) -> list[str]:
    return [e.message for e in validator(kind).iter_errors(plain(value))]


@pytest.mark.parametrize("kind", sorted(FILES))
def test_it_is_a_schema(kind: str) -> None:
    Draft202012Validator.check_schema(schema(kind))
    assert schema(kind)["additionalProperties"] is False


@pytest.mark.parametrize("folder", [HOME, SOUND], ids=["home", "sound"])
@pytest.mark.parametrize("kind", sorted(FILES))
def test_correct_files_are_accepted(folder: Path, kind: str) -> None:
    files = [folder / "pack.yaml"] if kind == "pack" else sorted((folder / f"{kind}s").glob("*.yaml"))
    assert files or kind == "fragment"  # a pack needs none
    for file in files:
        assert errors(kind, read(file).value) == [], file.name


@pytest.mark.parametrize(
    "text",
    [
        "titel: x\nfields: {a: {type: text}}\n",
        "fields: {a: {type: text, requred: true}}\n",
        "fields: {a: {type: txt}}\n",
        "fields: {a: {type: choice}}\n",
        "fields: {A: {type: text}}\n",
        "fields: {a: {type: lines, fields: {b: {type: txt}}}}\n",
        "fields: {a: {type: text}}\nrules: {r: {chek: a}}\n",
        "title: x\n",
    ],
)
def test_wrong_files_are_marked(text: str) -> None:
    assert errors("form", parse(text, "f").value)


def test_a_field_without_a_type_is_a_text() -> None:
    assert errors("form", parse("fields: {a: {required: true}, b: {}, c: }\n", "f").value) == []


def test_every_type_is_offered_with_its_keys_described() -> None:
    made = schema("form")
    offered = {part["$ref"].rpartition("/")[2] for part in made["$defs"]["AnyField"]["oneOf"]}
    assert offered == {f"{name}_field" for name in FIELDS.names()}
    for name in FIELDS.names():
        part = made["$defs"][f"{name}_field"]
        assert part["properties"]["type"] == {"const": name}
        assert part["properties"]["required"]["description"] == "Must be filled / 必填"
