"""From order to delivery: freight, partial deliveries and their invoices, a return (facts of a case of Tryton's)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from engine.runtime.values import Actor
from tests.firm import ADMIN, Firm


class Shop:
    """A sale on its way, step by step."""

    def __init__(self, firm: Firm) -> None:
        self.firm = firm
        self.seller, self.store = firm.person("sam", "sales"), firm.person("sue", "store")

    def press(self, who: Actor, form: str, id: int, *buttons: str) -> None:
        for button in buttons:
            self.firm.engine.act(who, form, id, button)

    def sell(self, quantity: str, **more: Any) -> int:
        items = [{"what": "Product", "quantity": quantity, "price": "20"}]
        return self.firm.new(self.seller, "sale", items=items, **more)

    def ship(self, id: int, quantity: str | None = None) -> None:
        self.press(self.store, "shipment", id, "assign")
        [line] = self.firm.get("shipment", id)["items"]
        raw = {"items": [{"id": line["id"], "quantity": quantity}]} if quantity else {}
        self.firm.engine.act(self.store, "shipment", id, "pick", raw=raw)
        self.press(self.store, "shipment", id, "pack", "send")

    def totals(self, form: str) -> list[Decimal]:
        return [self.firm.get(form, n)["total"] for n in range(1, self.firm.engine.count(ADMIN, form) + 1)]


@pytest.fixture
def shop(case: Callable[..., Firm]) -> Shop:
    return Shop(case("c15"))


def test_freight_per_shipment_and_a_delivery_in_two_parts(shop: Shop) -> None:
    sale = shop.sell("5", freight="shipment")
    shop.press(shop.seller, "sale", sale, "quote")
    quoted = shop.firm.get("sale", sale)
    assert [(c["quantity"], c["price"]) for c in quoted["charges"]] == [(1, 3)]
    assert quoted["untaxed"] == 103
    shop.press(shop.seller, "sale", sale, "confirm", "process")
    assert shop.firm.get("sale", sale)["state"] == "processing"
    assert shop.totals("invoice") == []
    shop.ship(1, "4")
    assert shop.totals("invoice") == [83]
    assert [(i["quantity"]) for i in shop.firm.get("shipment", 2)["items"]] == [1]
    assert shop.firm.get("shipment", 2)["state"] == "waiting"
    shop.ship(2)
    assert shop.totals("invoice") == [83, 23]
    assert shop.firm.engine.count(ADMIN, "shipment") == 2
    done = shop.firm.get("sale", sale)
    assert (done["invoiced"], done["items"][0]["shipped"], done["items"][0]["open"]) == (106, 5, 0)


def test_freight_per_order_invoiced_at_once_and_taken_back(shop: Shop) -> None:
    sale = shop.sell("3", freight="order", invoice_on="order")
    shop.press(shop.seller, "sale", sale, "quote", "confirm", "process")
    assert shop.totals("invoice") == [63]
    shop.ship(1)
    assert shop.totals("invoice") == [63]
    shop.press(shop.seller, "sale", sale, "give_back")
    back = shop.firm.get("sale", 2)
    assert (back["state"], back["untaxed"]) == ("draft", -63)
    shop.press(shop.seller, "sale", 2, "quote")
    assert shop.firm.get("sale", 2)["untaxed"] == -63


def test_without_freight_the_invoice_waits_for_the_delivery(shop: Shop) -> None:
    sale = shop.sell("1")
    shop.press(shop.seller, "sale", sale, "quote", "confirm", "process")
    assert len(shop.firm.get("sale", sale)["items"]) == 1
    assert shop.totals("invoice") == []
    shop.ship(1)
    assert shop.totals("invoice") == [20]


def test_tax_skips_comments_and_people_are_remembered(shop: Shop) -> None:
    items = [
        {"what": "Product", "quantity": "2", "price": "10"},
        {"kind": "comment", "what": "and also"},
        {"what": "Product", "quantity": "3", "price": "10"},
    ]
    sale = shop.firm.new(shop.seller, "sale", items=items, tax_rate="10%")
    shop.press(shop.seller, "sale", sale, "quote", "confirm")
    found = shop.firm.get("sale", sale)
    assert (found["untaxed"], found["tax"], found["total"]) == (50, 5, 55)
    assert (found["quoted_by"], found["confirmed_by"]) == (shop.seller.id, shop.seller.id)
