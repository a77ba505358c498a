"""Related lists: which records and lines stand beneath a record, for whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.runtime import related
from engine.runtime.values import Actor
from engine.runtime.work import Work
from tests.firm import ADMIN, Build, Firm, write

PACK = {
    "pack.yaml": "title: {en: Shop, zh: 店}\nroles: {sales: {en: Sales, zh: 销售}, store: {en: Store, zh: 库}}\n",
    "forms/product.yaml": """
title: {en: Product, zh: 产品}
fields:
  code: {title: {en: Code, zh: 码}}
  family: {title: {en: Family, zh: 系}}
  sold: {type: related, from: sale.items, via: product, columns: [quantity, price, worth], where: quantity > 1}
  alike: {type: related, from: product, via: none, where: family = this.family and row != this, sort: -code, limit: 2}
  sales: {type: related, from: sale, via: main, create: false}
access:
  sales: {can: [view]}
  store: {can: [view]}
""",
    "forms/sale.yaml": """
title: {en: Sale, zh: 售}
fields:
  buyer: {title: {en: Buyer, zh: 买}}
  main: {type: reference, to: product}
  items:
    type: lines
    fields:
      product: {type: reference, to: product}
      quantity: {type: integer}
      price: {type: money}
      worth: {type: money, formula: quantity * settings.rate}
access:
  sales: {can: [view, create], where: buyer != "secret"}
  store: {can: [view], hide: [items.price]}
""",
}


@pytest.fixture
def firm(engine_of: Build, tmp_path: Path) -> Firm:
    pack = {**PACK, "pack.yaml": PACK["pack.yaml"] + "settings: {rate: {type: decimal, default: 2}}\n"}
    return engine_of(write(tmp_path / "pack", pack))


def shown(firm: Firm, who: Actor, name: str, id: int = 1, limit: int = 10) -> list[dict[str, object]]:
    form = firm.engine.catalog.forms["product"]

    def unit(work: Work) -> list[dict[str, object]]:
        record = work.row("product", id)
        assert record is not None
        found = related.shown(work, record, form.fields[name], limit)
        assert related.count(work, record, form.fields[name]) >= len(found.rows)
        names = [c if isinstance(c, str) else c.name for c in found.columns]
        return [{n: row.values.get(n) for n in names} for row in found.rows]

    return firm.engine.read(who, unit)


def test_lines_of_other_records_are_listed_as_far_as_their_records_may_be_seen(firm: Firm) -> None:
    seller, keeper = firm.person("sam", "sales"), firm.person("kim", "store")
    firm.new(ADMIN, "product", code="A")
    for buyer, quantity in (("one", 3), ("secret", 5), ("few", 1)):
        firm.new(ADMIN, "sale", buyer=buyer, items=[{"product": 1, "quantity": quantity, "price": "2.50"}])
    assert [row["quantity"] for row in shown(firm, ADMIN, "sold")] == [5, 3]
    assert [(row["quantity"], str(row["price"]), row["worth"]) for row in shown(firm, seller, "sold")] == [
        (3, "2.50", 6)
    ]
    assert [set(row) for row in shown(firm, keeper, "sold")] == [{"quantity", "worth"}] * 2


def test_a_list_that_nothing_points_from_is_made_by_its_condition_alone(firm: Firm) -> None:
    for code, family in (("A", "x"), ("B", "x"), ("C", "y"), ("D", "x"), ("E", "x")):
        firm.new(ADMIN, "product", code=code, family=family)
    assert [row["code"] for row in shown(firm, ADMIN, "alike", limit=2)] == ["E", "D"]
    assert shown(firm, ADMIN, "alike", id=3) == []
