"""Stored formulas follow all that they read: each way by its name, on both databases."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.firm import ADMIN, Build, Firm

FILES = {
    "forms/region.yaml": """
fields:
  name: {}
  factor: {type: decimal}
  above: {type: reference, to: region, tree: true}
  below: {type: related, from: region}
  depth: {type: integer, formula: 'COALESCE(above.depth + 1, 0)'}
  size: {type: integer, formula: SUM(below.size) + 1}
access: {boss: {can: [view]}}
""",
    "forms/product.yaml": "fields: {name: {}, price: {type: money}}\naccess: {boss: {can: [view]}}\n",
    "forms/customer.yaml": """
fields:
  name: {}
  level: {type: integer}
  region: {type: reference, to: region, on_delete: clear}
  orders: {type: related, from: order}
  open: {type: related, from: order, where: not paid}
  bought: {type: related, from: order.items, via: buyer}
  spent: {type: money, formula: SUM(orders.total)}
  owing: {type: integer, formula: COUNT(open)}
  pieces: {type: integer, formula: SUM(bought.quantity)}
access: {boss: {can: [view]}}
""",
    "forms/order.yaml": """
fields:
  customer: {type: reference, to: customer, on_delete: clear}
  paid: {type: boolean}
  discount: {type: money}
  level: {type: integer, formula: customer.level}
  factor: {type: decimal, formula: customer.region.factor}
  total: {type: money, formula: 'SUM(items.amount) - COALESCE(discount, 0)'}
  twice: {type: money, formula: total * 2}
  siblings: {type: integer, formula: COUNT(customer.orders)}
  items:
    type: lines
    fields:
      product: {type: reference, to: product}
      buyer: {type: reference, to: customer}
      quantity: {type: integer}
      price: {type: money, formula: product.price}
      amount: {type: money, formula: price * quantity}
      part: {type: percent, decimals: 2, formula: amount / parent.total}
access: {boss: {can: [view]}}
""",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Both databases."""
    return str(request.param)


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    """Two customers in a region; the first has an order of two lines, and one that is empty."""
    made: Firm = engine_of(FILES)
    made.new(ADMIN, "region", name="North", factor="1.5")
    made.new(ADMIN, "product", name="Bolt", price="10")
    for name, level in (("A", 1), ("B", 2)):
        made.new(ADMIN, "customer", name=name, level=level, region=1)
    lines = [{"product": 1, "quantity": 3, "buyer": 2}, {"product": 1, "quantity": 1}]
    made.new(ADMIN, "order", customer=1, items=lines)
    made.new(ADMIN, "order", customer=1, paid=True)
    return made


def state(firm: Firm) -> dict[str, Any]:
    """What is stored of the order, its lines and the customers."""
    order, a, b = firm.get("order", 1), firm.get("customer", 1), firm.get("customer", 2)
    found = {n: order[n] for n in ("level", "factor", "total", "twice", "siblings")}
    found["parts"] = [line["part"] for line in order["items"]]
    return found | {"spent": (a["spent"], b["spent"]), "owing": (a["owing"], b["owing"]), "pieces": b["pieces"]}


START = {
    "level": 1, "factor": Decimal("1.5"), "total": 40, "twice": 80, "siblings": 2, "parts": [Decimal("0.75"), Decimal("0.25")],
    "spent": (40, 0), "owing": (1, 0), "pieces": 3,
}  # fmt: skip


def lines(firm: Firm, *changed: dict[str, Any]) -> list[dict[str, Any]]:
    """The order's lines with these changes, in order; None leaves a line out."""
    ids = [line["id"] for line in firm.get("order", 1)["items"]]
    return [{"id": id, **more} for id, more in zip(ids, changed, strict=False)] + list(changed[len(ids) :])


WAYS: dict[str, tuple[Any, dict[str, Any]]] = {
    "another field": (
        lambda f: f.engine.change(ADMIN, "order", 1, {"discount": "8"}),
        {"total": 32, "twice": 64, "parts": [Decimal("0.9375"), Decimal("0.3125")], "spent": (32, 0)},
    ),
    "a line that changes": (
        lambda f: f.engine.change(ADMIN, "order", 1, {"items": lines(f, {"quantity": 1}, {})}),
        {"total": 20, "twice": 40, "parts": [Decimal("0.5"), Decimal("0.5")], "spent": (20, 0), "pieces": 1},
    ),
    "a line that goes": (
        lambda f: f.engine.change(ADMIN, "order", 1, {"items": lines(f, {})[:1]}),
        {"total": 30, "twice": 60, "parts": [1], "spent": (30, 0)},
    ),
    "a record that is pointed at": (lambda f: f.engine.change(ADMIN, "customer", 1, {"level": "7"}), {"level": 7}),
    "a record that a line points at": (
        lambda f: f.engine.change(ADMIN, "product", 1, {"price": "5"}),
        {"total": 20, "twice": 40, "spent": (20, 0)},
    ),
    "a record two references away": (
        lambda f: f.engine.change(ADMIN, "region", 1, {"factor": "3"}), {"factor": Decimal(3)},
    ),
    "a reference on the way that changes": (
        lambda f: f.engine.change(ADMIN, "customer", 1, {"region": None}), {"factor": None},
    ),
    "another record that is pointed at": (
        lambda f: f.engine.change(ADMIN, "order", 1, {"customer": 2}),
        {"level": 2, "siblings": 1, "spent": (0, 40), "owing": (0, 1)},
    ),
    "a record that points here and is new": (
        lambda f: f.new(ADMIN, "order", customer=1, items=[{"product": 1, "quantity": 1}]),
        {"siblings": 3, "spent": (50, 0), "owing": (2, 0)},
    ),
    "a record that points here and is deleted": (
        lambda f: f.engine.remove(ADMIN, "order", 2), {"siblings": 1},
    ),
    "a condition of a related list": (
        lambda f: f.engine.change(ADMIN, "order", 2, {"paid": False}), {"owing": (2, 0)},
    ),
    "a line that points at another": (
        lambda f: f.engine.change(ADMIN, "order", 1, {"items": lines(f, {"buyer": 1}, {"buyer": 2})}), {"pieces": 1},
    ),
    "a record that is pointed at and is deleted": (
        lambda f: f.engine.remove(ADMIN, "region", 1), {"factor": None},
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_stored_formula_follows(firm: Firm, way: str) -> None:
    assert state(firm) == START
    act, changed = WAYS[way]
    act(firm)
    assert state(firm) == START | changed


def test_along_a_tree_a_formula_reads_itself_and_follows_a_branch_that_is_moved(firm: Firm) -> None:
    for name, above in (("East", None), ("Coast", 1), ("Town", 3)):
        firm.new(ADMIN, "region", name=name, above=above)

    def tree() -> list[tuple[int, int]]:
        return [(r["depth"], r["size"]) for r in (firm.get("region", id) for id in range(1, 5))]

    assert tree() == [(0, 3), (0, 1), (1, 2), (2, 1)]
    firm.engine.change(ADMIN, "region", 3, {"above": 2})
    assert tree() == [(0, 1), (0, 3), (1, 2), (2, 1)]
    firm.engine.change(ADMIN, "region", 2, {"above": 1})
    assert tree() == [(0, 4), (1, 3), (2, 2), (3, 1)]
