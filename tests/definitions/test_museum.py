"""The museum of mistakes: each wrong file gives exactly the problem that its first line promises, and nothing else."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from engine.definitions.catalog import load
from engine.definitions.report import as_json, as_text
from engine.problems import CATALOGUE, computed, definition, expression, yaml

MUSEUM = Path(__file__).parent.parent / "broken"
SOUND = MUSEUM / "sound"
PLACES = {
    "forms": "forms/case.yaml",
    "workflows": "workflows/ticket.yaml",
    "automations": "automations/case.yaml",
    "dashboards": "dashboards/case.yaml",
    "packs": "pack.yaml",
    "languages": "languages/en.yaml",
}
PIECES = sorted(p for p in MUSEUM.rglob("*.yaml") if SOUND not in p.parents)


def promise(piece: Path) -> dict[str, str]:
    """`# code: tab  line: 4  column: 1` -> its parts."""
    first = piece.read_text(encoding="utf-8").split("\n")[0]
    return dict(re.findall(r"(\w+): (\S+)", first))


def hung(piece: Path, folder: Path) -> Path:
    """The sound pack with this mistake in it."""
    pack = folder / "pack"
    shutil.copytree(SOUND, pack)
    place = pack / promise(piece).get("as", PLACES.get(piece.parent.name, ""))
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(piece, place)
    return pack


def test_the_sound_pack_has_no_mistakes() -> None:
    loaded = load(SOUND)
    assert loaded.errors == ()
    assert set(loaded.catalog.forms) == {"customer", "ticket", "visit"}
    assert set(loaded.catalog.dashboards) == {"overview"}


@pytest.mark.parametrize("piece", PIECES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_one_mistake_gives_one_problem(piece: Path, tmp_path: Path) -> None:
    promised = promise(piece)
    severity = promised.get("severity", "error")
    loaded = load(hung(piece, tmp_path))
    found = [p for p in loaded.problems if p.severity == "error" or p.code == promised["code"]]
    assert [(p.code, p.severity) for p in found] == [(promised["code"], severity)]
    place = found[0].place
    assert (place.line, place.column) == (int(promised["line"]), int(promised["column"]))
    for language in ("zh", "en"):
        assert found[0].message(language)
        assert not re.search(r"\{[a-z_]+\}", found[0].remedy("en")) or promised["code"].startswith("brace")
        assert promised["code"] in as_text(found, language)
    assert as_json(found, "en")[0]["line"] == int(promised["line"])


def test_the_museum_is_large_enough() -> None:
    assert len(PIECES) >= 60


def test_every_code_of_definitions_is_provoked_somewhere() -> None:
    shown = {promise(piece)["code"] for piece in PIECES}
    tests = "\n".join(
        p.read_text(encoding="utf-8") for p in MUSEUM.parent.rglob("*.py") if p.name != Path(__file__).name
    )
    lacking = Counter(
        {
            code: 1
            for module in (yaml, definition, expression, computed)
            for name, code in vars(module).items()
            if name.isupper() and code in CATALOGUE
            if code not in shown and not re.search(rf"\b({name}|{code})\b", tests)
        }
    )
    assert not lacking, f"no museum piece or test provokes {sorted(lacking)}"
