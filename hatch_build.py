"""Hatchling's hook: build the browser's bundle before pip links or packs the project.

The bundle is git-ignored, so it must be named as an artifact or the wheel would ship without it.
"""

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent))

from engine import assets


class BundleHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's generic needs its private config type
    """Runs for wheels and editable installs; a source archive carries the sources instead."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundle unless it is fresh; end pip with one sentence when that is impossible."""
        if self.target_name != "wheel":
            return
        try:
            assets.build(Path(self.root) / "web_src")
        except assets.BuildFailed as failure:
            sentence = f"Formloom was not installed. {failure}"
            if note := os.environ.get("FORMLOOM_FAILURE"):  # pip goes on talking after us; make shows this file last
                Path(note).write_text(sentence + "\n", encoding="utf-8")
            print(f"\n{sentence}\n", file=sys.stderr, flush=True)
            raise SystemExit(1) from None
        build_data["artifacts"].append("engine/web/static/**")
        home = Path(self.root) / "definitions"
        if version != "editable" and home.is_dir():  # an installed copy needs something to serve
            build_data["force_include"][str(home)] = "engine/home"
