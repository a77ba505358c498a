"""The independent programs, installed once, and JSON from them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.install import HERE, install, node

Ask = Callable[..., Any]


@pytest.fixture(scope="session")
def script() -> Ask:
    """Runs one of the scripts here with Node, and gives the JSON lines that it prints."""
    install()

    def run(name: str, *words: str | Path, given: str = "") -> list[Any]:
        done = subprocess.run(
            [node(), HERE / name, *words], input=given, capture_output=True, text=True, check=False, timeout=400
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run
