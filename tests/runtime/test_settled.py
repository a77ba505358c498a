"""A stored formula runs again when something that it reads has changed, and isn't asked otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine as SqlEngine
from sqlalchemy import event

from tests.firm import ADMIN, Build, Firm

FILES = {
    "forms/order.yaml": """
title: Order
fields:
  name: {type: text, title: Name}
  note: {type: text, title: Note}
  items:
    type: lines
    title: Items
    fields:
      part: {type: text, title: Part}
      count: {type: integer, title: Count}
      sent: {type: integer, title: Sent, formula: "SUM(count from shipment where item = this)"}
      open: {type: integer, title: Open, formula: "count - COALESCE(sent, 0)"}
  all: {type: integer, title: All, formula: "SUM(items.open)"}
access: {clerk: {can: [view, create, edit]}}
""",
    "forms/shipment.yaml": """
title: Shipment
fields:
  item: {type: reference, title: Item, to: order.items}
  count: {type: integer, title: Count}
access: {clerk: {can: [view, create, edit]}}
""",
}


@contextmanager
def asked(table: str) -> Iterator[list[str]]:
    """The statements that add up this table's rows."""
    found: list[str] = []

    def hear(*what: Any) -> None:
        if re.match(rf"SELECT[^;]*\bsum\([^;]*FROM {table}\b", what[2], re.IGNORECASE):
            found.append(what[2])

    event.listen(SqlEngine, "before_cursor_execute", hear)
    try:
        yield found
    finally:
        event.remove(SqlEngine, "before_cursor_execute", hear)


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    firm = engine_of(FILES)
    order = firm.new(ADMIN, "order", name="A", items=[{"part": "x", "count": 5}, {"part": "y", "count": 7}])
    first, _ = firm.get("order", order)["items"]
    firm.new(ADMIN, "shipment", item=first["id"], count=2)
    return firm


def save(firm: Firm, **raw: Any) -> None:
    firm.engine.change(ADMIN, "order", 1, raw)


def test_another_field_leaves_the_sums_alone(firm: Firm) -> None:
    with asked("l_order__items") as own, asked("f_shipment") as found:
        save(firm, note="urgent")
    assert found == own == []
    assert firm.get("order", 1)["all"] == 10


def test_what_a_column_reads_sets_off_what_follows(firm: Firm) -> None:
    lines = firm.get("order", 1)["items"]
    with asked("f_shipment") as found:
        save(
            firm,
            items=[{"id": lines[0]["id"], "part": "x", "count": 9}, {"id": lines[1]["id"], "part": "y", "count": 7}],
        )
    assert found == []
    assert [line["open"] for line in firm.get("order", 1)["items"]] == [7, 7]
    assert firm.get("order", 1)["all"] == 14


def test_a_line_more_has_its_own_sum(firm: Firm) -> None:
    lines = [{"id": line["id"], "part": line["part"], "count": line["count"]} for line in firm.get("order", 1)["items"]]
    with asked("f_shipment") as found:
        save(firm, items=[*lines, {"part": "z", "count": 1}])
    assert len(found) <= 2  # that line's, before and after it has an id
    assert firm.get("order", 1)["all"] == 11


def test_a_shipment_sets_off_the_sum_of_its_line_alone(firm: Firm) -> None:
    second = firm.get("order", 1)["items"][1]["id"]
    with asked("f_shipment") as found:
        firm.new(ADMIN, "shipment", item=second, count=3)
    assert len(found) == 1
    assert [line["sent"] for line in firm.get("order", 1)["items"]] == [2, 3]
    assert firm.get("order", 1)["all"] == 7


def test_a_changed_definition_holds_at_the_next_change(firm: Firm) -> None:
    file = next(firm.engine.settings.definitions.glob("forms/order.yaml"))
    file.write_text(file.read_text().replace("count - COALESCE(sent, 0)", "2 * count - COALESCE(sent, 0)"))
    firm.engine.reload()
    save(firm, note="again")
    assert firm.get("order", 1)["all"] == 22
