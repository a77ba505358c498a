"""An editor with the published schemas completes definitions and marks what is wrong; all that ships is right by them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from engine.source import read
from tests.clients.conftest import Ask
from tests.stories.server import HOME, ROOT

KINDS = ("form", "workflow", "dashboard", "pack")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Kind -> the file that `formloom schema KIND` prints."""
    folder = tmp_path_factory.mktemp("schemas")
    for kind in KINDS:
        done = subprocess.run(
            [sys.executable, "-m", "engine", "schema", kind], cwd=ROOT, capture_output=True, text=True, check=True
        )
        (folder / f"{kind}.json").write_text(done.stdout, encoding="utf-8")
    return {kind: folder / f"{kind}.json" for kind in KINDS}


FORM = """\
title: Trees
fields:
  name: {type: text, title: Name, maxlength: 5}
  height:
    type: X
  kind:
    type: choice
    opt
""".replace("X", "")


def test_an_editor_completes_types_and_keys_and_marks_unknown_ones(
    script: Ask, published: dict[str, Path], tmp_path: Path
) -> None:
    file = tmp_path / "tree.yaml"
    file.write_text(FORM, encoding="utf-8")
    (types,) = script("editor.cjs", published["form"], file, "4", "10")
    assert {"text", "money", "lines", "reference"} <= set(types["completions"])
    assert any(line == 3 and "maxlength" in words for line, words in types["diagnostics"]), types["diagnostics"]
    (keys,) = script("editor.cjs", published["form"], file, "7", "7")
    assert "options" in keys["completions"]


def test_an_editor_finds_nothing_in_a_definition_that_ships(script: Ask, published: dict[str, Path]) -> None:
    for kind, name in (("form", "forms/contract"), ("workflow", "workflows/lead"), ("dashboard", "dashboards/returns")):
        (found,) = script("editor.cjs", published[kind], HOME / f"{name}.yaml", "0", "0")
        assert found["diagnostics"] == [], name


def shipped() -> list[tuple[str, Path]]:
    """Every definition that ships, with its kind."""
    folders = {"form": "forms", "workflow": "workflows", "dashboard": "dashboards"}
    found = [(kind, file) for kind, folder in folders.items() for file in sorted((HOME / folder).glob("*.yaml"))]
    return [*found, ("pack", HOME / "pack.yaml")]


@pytest.mark.parametrize(("kind", "file"), shipped(), ids=lambda one: one.stem if isinstance(one, Path) else one)
def test_what_ships_is_right_by_the_published_schema(kind: str, file: Path, published: dict[str, Path]) -> None:
    schema: Any = json.loads(published[kind].read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    errors = jsonschema.Draft202012Validator(schema).iter_errors(plain(file))
    assert [(list(error.absolute_path), error.message[:200]) for error in errors] == []


def plain(file: Path) -> Any:
    """The file's values as JSON has them."""
    return json.loads(json.dumps(read(file).value, default=float))
