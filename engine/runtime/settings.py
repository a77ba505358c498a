"""The packs' settings as formulas read them: one row, of what administrators set and else of what is declared."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from engine.definitions.model import Catalog
from engine.fields.base import Place
from engine.problems import Refused
from engine.runtime.record import Record, Rows


def settings_row(catalog: Catalog, stored: dict[str, Any], rows: Rows, zone: ZoneInfo) -> Record:
    """The settings' record: stored JSON where there is some (a value its field can't read any more gives the
    default)."""
    values: dict[str, Any] = {}
    for name, setting in catalog.settings.items():
        raw = stored.get(name)
        default = getattr(setting.default, "value", None)
        if raw is None:
            values[name] = default
            continue
        try:
            values[name] = setting.field.parse(
                raw, Place(name, setting.title, zone=zone, options=setting.options or None)
            )
        except Refused:
            values[name] = default
    return Record("settings", 0, values, rows)
