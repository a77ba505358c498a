"""What other definitions can't do with a form that is computed as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.definitions.catalog import load
from tests.firm import write

FILES = {
    "pack.yaml": "title: Test\nlanguage: en\nroles: {clerk: Clerk}\n",
    "forms/move.yaml": "fields: {product: {type: text}, quantity: {type: decimal}}\naccess: {clerk: {can: [view]}}\n",
    "forms/stock.yaml": "aggregate: {moves: {from: move}}\n"
    "fields: {product: {type: text}, on_hand: {type: decimal, formula: SUM(moves.quantity)}}\n"
    "access: {clerk: {can: [view]}}\n",
}


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("stock: {type: reference, to: stock}", "reference_computed"),
        ("items: {type: lines, fields: {stock: {type: reference, to: stock}}}", "reference_computed"),
    ],
)
def test_nothing_refers_to_a_row_that_comes_and_goes(tmp_path: Path, field: str, code: str) -> None:
    files = {
        **FILES,
        "forms/slip.yaml": f"fields: {{number: {{type: text}}, {field}}}\naccess: {{clerk: {{can: [view]}}}}\n",
    }
    assert [p.code for p in load(write(tmp_path, files)).errors] == [code]


@pytest.mark.parametrize(
    "action",
    [
        "create: stock, set: {product: =number}",
        "update: '=FIRST(from stock)', set: {product: =number}",
        "delete: '=FIRST(from stock)'",
    ],
)
def test_no_action_writes_its_rows(tmp_path: Path, action: str) -> None:
    slip = "fields: {number: {type: text}}\naccess: {clerk: {can: [view]}}\n"
    slip += f"actions: {{go: {{who: clerk, do: [{{{action}}}]}}}}\n"
    errors = load(write(tmp_path, {**FILES, "forms/slip.yaml": slip})).errors
    assert [p.code for p in errors] == ["computed_written"]
    assert "move" in errors[0].remedy("en")


def test_no_workflow_moves_its_rows(tmp_path: Path) -> None:
    flow = "states: {open: {title: Open, final: success}}\n"
    errors = load(write(tmp_path, {**FILES, "workflows/stock.yaml": flow})).errors
    assert [p.code for p in errors] == ["not_in_computed"]
