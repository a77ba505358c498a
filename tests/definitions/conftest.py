"""Small packs, written as an analyst would."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from engine.definitions.catalog import Loaded, load

Packed = Callable[[Mapping[str, str]], Loaded]


@pytest.fixture
def packed(tmp_path: Path) -> Packed:
    """Write files (path -> text) into a folder and load it."""

    def write(files: Mapping[str, str]) -> Loaded:
        for name, text in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text), encoding="utf-8")
        return load(tmp_path)

    return write


@pytest.fixture
def sound(packed: Packed) -> Packed:
    """The same, and nothing may be wrong with it."""

    def write(files: Mapping[str, str]) -> Loaded:
        loaded = packed(files)
        assert [(p.code, p.place.file, p.place.line) for p in loaded.errors] == []
        return loaded

    return write
