"""The shipped pack, read once by the process that all servers of the stories are forks of."""

from __future__ import annotations

from pathlib import Path

from engine.definitions.catalog import load

load(Path(__file__).resolve().parents[2] / "definitions")
