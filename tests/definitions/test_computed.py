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


FLEETING = {
    "forms/part.yaml": "fields: {of: {type: reference, to: part}}\naccess: {clerk: {can: [view]}}\n",
    "forms/parts.yaml": "walk: {from: part, start: of, next: row}\naccess: {clerk: {can: [view]}}\n",
    "forms/sums.yaml": "dataset: {moves: {from: move}}\nfields: {product: {type: text}}\naccess: {clerk: {can: [view]}}\n",
}


def wrong(folder: Path, automation: str) -> list[tuple[str, int, int]]:
    """Each error of an automation over these forms, and where it is."""
    loaded = load(write(folder, {**FILES, **FLEETING, "automations/case.yaml": automation}))
    return [(p.code, p.place.line or 0, p.place.column or 0) for p in loaded.errors]


@pytest.mark.parametrize("form", ["parts", "sums"])
def test_nothing_happens_to_rows_that_are_computed_when_read(tmp_path: Path, form: str) -> None:
    told = f"form: {form}\nevent: updated\ndo: [{{notify: clerk, message: x}}]\n"
    assert wrong(tmp_path, told) == [("computed_eventless", 2, 1)]


@pytest.mark.parametrize(
    ("automation", "errors"),
    [
        ("event: updated\nchanged: on_hand\nwhen: on_hand > old.on_hand\ndo: [{notify: clerk, message: x}]\n", []),
        ("every: day\ndo: [{notify: clerk, message: x}]\n", []),
        ("event: moved\ndo: [{notify: clerk, message: x}]\n", [("event_stateless", 2, 8)]),
        ("event: updated\nchanged: state\ndo: [{notify: clerk, message: x}]\n", [("no_such_field", 3, 10)]),
        ("event: updated\ndo: [{set: {product: x}}]\n", [("computed_written", 3, 12)]),
        ("event: updated\ndo: [{reset: [product]}]\n", [("computed_written", 3, 14)]),
        ("event: updated\ndo: [{create: move, set: {product: =product}}]\n", [("automation_circle", 3, 1)]),
        ("event: updated\nchanged: product\ndo: [{create: move, set: {product: =product}}]\n", []),
        ("event: deleted\ndo: [{create: move, set: {product: =product}}]\n", []),
    ],
)
def test_what_an_automation_over_an_aggregate_may_say(
    tmp_path: Path, automation: str, errors: list[tuple[str, int, int]]
) -> None:
    assert wrong(tmp_path, "form: stock\n" + automation) == errors
