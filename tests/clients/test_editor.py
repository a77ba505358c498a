"""An editor with the published schemas completes definitions and marks what is wrong."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest

from engine.cli import main
from engine.definitions.schema import schema
from tests.clients.conftest import Ask
from tests.stories.server import HOME

KINDS = ("form", "workflow", "dashboard", "pack")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Kind -> the file that `formloom schema KIND` prints."""
    folder = tmp_path_factory.mktemp("schemas")
    for kind in KINDS:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            assert main(["schema", kind]) == 0
        (folder / f"{kind}.json").write_text(printed.getvalue(), encoding="utf-8")
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
    (found,) = script("editor.cjs", published["form"], file, "4:10", "7:7")
    types, keys = found["completions"]
    assert {"text", "money", "lines", "reference"} <= set(types)
    assert any(line == 3 and "maxlength" in words for line, words in found["diagnostics"]), found["diagnostics"]
    assert "options" in keys


def test_an_editor_finds_nothing_in_a_definition_that_ships(script: Ask, published: dict[str, Path]) -> None:
    for kind, name in (("form", "forms/contract"), ("workflow", "workflows/lead"), ("dashboard", "dashboards/returns")):
        (found,) = script("editor.cjs", published[kind], HOME / f"{name}.yaml")
        assert found["diagnostics"] == [], name


def test_what_is_published_is_what_the_catalog_goes_by(published: dict[str, Path]) -> None:
    for kind, file in published.items():
        assert json.loads(file.read_text(encoding="utf-8")) == json.loads(json.dumps(schema(kind))), kind
