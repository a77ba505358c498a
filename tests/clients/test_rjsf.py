"""A form renderer that knows nothing of Formloom draws every form from its published schema."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import Ask
from tests.stories.server import HOME, ROOT, prepared, running


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """What a program of the head of sales gets: form -> the schema of a new record."""
    data = tmp_path_factory.mktemp("rjsf") / "data"
    shutil.copytree(prepared(tmp_path_factory), data)
    made = subprocess.run(
        [sys.executable, "-m", "engine", "token", "create", "sun_yue", "--name", "rjsf"],
        cwd=ROOT, env={**os.environ, "DATA_DIR": str(data), "DEFINITIONS": str(HOME)}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    token = next(word for word in made.stdout.split() if word.startswith("fl_"))

    with running(data) as server:

        def get(path: str) -> Any:
            request = urllib.request.Request(server.url + path, headers={"Authorization": f"Bearer {token}"})
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)

        names = [form["name"] for form in get("/api/forms")["forms"]]
        yield {
            f"{n}-{purpose}": get(f"/api/forms/{n}/schema?for={purpose}")
            for n in names
            for purpose in ("create", "record")
        }


def test_every_form_is_rendered_from_its_schema(
    schemas: dict[str, dict[str, Any]], script: Ask, tmp_path: Path
) -> None:
    for name, schema in schemas.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(schema), encoding="utf-8")
    drawn_forms = script("rjsf.cjs", tmp_path, given=json.dumps([f"{name}.json" for name in schemas]))
    found = {one["name"].removesuffix(".json"): one for one in drawn_forms}
    assert set(found) == set(schemas) and len(found) >= 20
    for name, schema in schemas.items():
        drawn = found[name]
        assert not drawn["unsupported"], name
        assert drawn["said"] == [], (name, drawn["said"])
        titles = {part["title"] for part in schema["properties"].values() if "title" in part}
        assert titles <= set(drawn["labels"]), (name, titles - set(drawn["labels"]))
        assert drawn["inputs"] >= 1
        if name.endswith("-create"):
            missing = {error.lstrip(".") for error in drawn["errors"] if error}
            assert set(schema.get("required", ())) <= missing, name
