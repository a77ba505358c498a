"""Whatever stands in a definition, loading answers with problems and never with a traceback."""

from __future__ import annotations

import copy
import json
import random
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.definitions.catalog import load
from engine.definitions.report import as_text
from engine.source import read

SOUND = Path(__file__).parents[1] / "broken" / "sound"
ODD: tuple[Any, ...] = (
    *(None, True, 5, -1, 1.5, "x", "", "=", "=x", "=this", "=owner", "user", "{", "{name}", "TODAY()", "any", "none"),
    *([], {}, [1], {"a": 1}, ["a"], [{}], [None], {"zh": "甲"}, {"from": "ticket"}, {"when": "x"}, [["a"]]),
    *("state", "parent.x", "a.b", "-x", "ticket", "=LIST(from ticket)", "SUM(parts.price)", "ticket.parts"),
)
KEYS = (
    *("type", "from", "to", "where", "formula", "default", "set", "do", "choose", "by", "sort", "who", "fields", "ask"),
    *("options", "measure", "via", "pattern", "min", "check", "unique", "can", "role", "final", "columns"),
)


def plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, list) else value


def holders(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (mapping or list, key or index) below a value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        yield value, key
        yield from holders(inner)


@pytest.mark.parametrize("seed", range(60))
def test_a_mutilated_pack_is_answered_with_problems(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    pack = tmp_path / "pack"
    shutil.copytree(SOUND, pack)
    for file in sorted(pack.rglob("*.yaml")):
        value = plain(read(file).value)
        holder, key = chance.choice(list(holders(value)))
        if chance.random() < 0.3 and isinstance(holder, dict):
            key = chance.choice(KEYS)
        holder[key] = copy.deepcopy(chance.choice(ODD))
        file.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    problems = load(pack).problems
    assert all(p.place.file for p in problems)
    for language in ("zh", "en"):
        assert as_text(problems, language) or not problems
