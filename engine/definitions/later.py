"""What the language has and this version doesn't, by model and key: `check` refuses it in words, nothing ignores it."""

from __future__ import annotations

from engine.texts import Text, text

LATER: dict[str, dict[str, Text]] = {
    "FormDefinition": {
        "public": text("不登录就能填写和查询", "filling and asking without login"),
    },
}
"""Model -> key -> what it would do."""

CHARTS = ("map",)
"""Types of widgets to come, where the family doesn't have them yet."""

FOLDERS = {
    "overlays": text("覆盖层", "overlays"),
}
"""Folders of a pack whose files can't be run yet."""
