"""Walks: what can be reached over rows that lead on, at every depth, right when a row comes, changes or goes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.runtime import recount, walks
from engine.runtime.values import Ask
from tests.firm import ADMIN, Build, Firm, refused, why, write

ACCESS = "access: {clerk: {can: [view, create, edit, delete]}}\n"
PRODUCT = """
key: code
record_title: "{code}"
fields:
  code: {type: text, unique: true}
  parts: {type: related, from: part_need, via: start, where: last}
  used_in: {type: related, from: part_need, via: reached}
  kinds: {type: integer, formula: COUNT(parts)}
  deepest: {type: integer, formula: MAX(parts.depth)}
"""
FILES = {
    "forms/product.yaml": PRODUCT + ACCESS,
    "forms/bom.yaml": """
fields:
  product: {type: reference, to: product}
  active: {type: boolean, default: true}
  base_quantity: {type: integer, default: 1}
  items:
    type: lines
    fields:
      material: {type: reference, to: product}
      quantity: {type: decimal}
      loss_rate: {type: percent, default: 0}
"""
    + ACCESS,
    "forms/part_need.yaml": """
walk:
  from: bom.items
  where: parent.active
  start: parent.product
  next: material
  multiply: {per_piece: quantity * (1 + loss_rate) / parent.base_quantity}
fields:
  code: {type: text, formula: reached.code}
access: {clerk: {can: [view]}}
""",
    "forms/slip.yaml": """
fields:
  items: {type: lines, fields: {product: {type: reference, to: product}, quantity: {type: integer}}}
  materials: {type: lines, fields: {material: {type: reference, to: product}, need: {type: decimal}}}
rules:
  whole: {at: explode, from: items, check: COUNT(product.parts) > 0, message: "{product.code} has no parts"}
actions:
  explode:
    who: clerk
    do:
      - set:
          materials:
            from: items.product.parts
            by: {material: reached}
            set: {material: =material, need: =SUM(per_piece * items.quantity)}
"""
    + ACCESS,
}


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    return engine_of(FILES)


def products(firm: Firm, *codes: str) -> dict[str, int]:
    return {code: firm.new(ADMIN, "product", code=code) for code in codes}


def bom(firm: Firm, product: int, items: list[tuple[int, str]], **more: Any) -> int:
    lines = [{"material": material, "quantity": quantity} for material, quantity in items]
    return firm.new(ADMIN, "bom", product=product, items=lines, **more)


def needs(firm: Firm) -> set[tuple[Any, ...]]:
    found = firm.engine.page(ADMIN, "part_need", Ask(limit=200), ("start", "code", "depth", "last", "per_piece")).rows
    titles = firm.engine.picks(ADMIN, "product", {r.record.values["start"] for r in found})
    return {
        (titles[v["start"]].title, v["code"], v["depth"], v["last"], v["per_piece"])
        for v in (r.record.values for r in found)
    }


def drifts(firm: Firm) -> list[recount.Drift]:
    return firm.engine.read(ADMIN, lambda w: recount.verify(w, w.form("part_need")))


def test_every_depth_is_reached_and_numbers_are_multiplied(firm: Firm) -> None:
    p = products(firm, "car", "wheel", "bolt", "steel")
    bom(firm, p["car"], [(p["wheel"], "4"), (p["bolt"], "10")])
    bom(firm, p["wheel"], [(p["bolt"], "5")], base_quantity=2)
    assert needs(firm) == {
        ("car", "wheel", 1, False, 4),
        ("car", "bolt", 1, True, 10),
        ("car", "bolt", 2, True, 10),
        ("wheel", "bolt", 1, True, Decimal("2.5")),
    }
    assert [firm.get("product", p[c])["kinds"] for c in ("car", "wheel", "bolt")] == [2, 1, 0]
    under = bom(firm, p["bolt"], [(p["steel"], "0.1")])
    assert {n for n in needs(firm) if n[1] == "steel"} == {
        ("car", "steel", 2, True, 1),
        ("car", "steel", 3, True, 1),
        ("wheel", "steel", 2, True, Decimal("0.25")),
        ("bolt", "steel", 1, True, Decimal("0.1")),
    }
    assert firm.get("product", p["car"])["deepest"] == 3
    firm.engine.change(ADMIN, "bom", under, {"active": False})
    assert {n for n in needs(firm) if n[1] == "steel"} == set()
    assert firm.get("product", p["car"])["deepest"] == 2
    firm.engine.change(ADMIN, "product", p["bolt"], {"code": "screw"})
    assert ("wheel", "screw", 1, True, Decimal("2.5")) in needs(firm)
    assert drifts(firm) == []


def test_a_circle_is_refused_with_its_chain(firm: Firm) -> None:
    p = products(firm, "a", "b", "c")
    bom(firm, p["a"], [(p["b"], "1")])
    bom(firm, p["b"], [(p["c"], "1")])
    before = needs(firm)
    status, told = why(lambda: bom(firm, p["c"], [(p["a"], "1")]))
    assert (status, told) == (422, "This would close a circle: c → a → b → c")
    assert refused(lambda: bom(firm, p["a"], [(p["a"], "1")])) == [("walk_circle", None)]
    off = bom(firm, p["c"], [(p["a"], "1")], active=False)
    assert refused(lambda: firm.engine.change(ADMIN, "bom", off, {"active": True})) == [("walk_circle", None)]
    assert needs(firm) == before
    assert drifts(firm) == []


def test_a_slip_is_exploded_into_the_materials_it_needs(firm: Firm) -> None:
    clerk, p = firm.person("kai", "clerk"), products(firm, "car", "cart", "wheel", "bolt")
    bom(firm, p["car"], [(p["wheel"], "4"), (p["bolt"], "3")])
    bom(firm, p["cart"], [(p["wheel"], "2")])
    bom(firm, p["wheel"], [(p["bolt"], "5")])
    items = [{"product": p["car"], "quantity": 2}, {"product": p["cart"], "quantity": 10}]
    slip = firm.new(clerk, "slip", items=items)
    firm.engine.act(clerk, "slip", slip, "explode")
    found = {line["material"]: line["need"] for line in firm.get("slip", slip)["materials"]}
    assert found == {p["bolt"]: 2 * 4 * 5 + 2 * 3 + 10 * 2 * 5}
    plain = firm.new(clerk, "slip", items=[{"product": p["bolt"], "quantity": 1}])
    assert why(lambda: firm.engine.act(clerk, "slip", plain, "explode"))[1] == "bolt has no parts"


def test_lines_that_go_lead_nowhere_any_more(firm: Firm) -> None:
    p = products(firm, "a", "b", "c")
    first = bom(firm, p["a"], [(p["b"], "1"), (p["c"], "2")])
    [kept, gone] = firm.get("bom", first)["items"]
    firm.engine.change(ADMIN, "bom", first, {"items": [{"id": kept["id"], "quantity": "7"}]})
    assert needs(firm) == {("a", "b", 1, True, 7)}
    firm.engine.remove(ADMIN, "bom", first)
    assert needs(firm) == set()
    assert gone["quantity"] == 2
    assert drifts(firm) == []


def test_a_new_definition_walks_what_is_there_and_leaves_circles_open(engine_of: Build) -> None:
    plain = PRODUCT[: PRODUCT.index("  parts:")] + ACCESS
    firm = engine_of({"forms/product.yaml": plain, "forms/bom.yaml": FILES["forms/bom.yaml"]})
    p = products(firm, "a", "b")
    bom(firm, p["a"], [(p["b"], "1")])
    bom(firm, p["b"], [(p["a"], "1")])
    write(firm.engine.settings.definitions, {n: FILES[n] for n in ("forms/product.yaml", "forms/part_need.yaml")})
    firm.engine.reload()
    assert {(a, b, d) for a, b, d, _, _ in needs(firm)} == {("a", "b", 1), ("b", "a", 1)}
    assert drifts(firm) == []


def test_ways_without_end_are_refused(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walks, "MOST", 3)
    p = products(firm, "a", "b", "c")
    bom(firm, p["b"], [(p["c"], "1")])
    assert refused(lambda: bom(firm, p["a"], [(p["b"], "1"), (p["b"], "2")])) == [("walk_long", None)]
    assert {n[0] for n in needs(firm)} == {"b"}
