"""Why a value is what it is, what comes next, and which sets give what: never more than the asker may see."""

from __future__ import annotations

import pytest

from engine.problems import Refused
from engine.runtime.ahead import ahead
from engine.runtime.granted import granted
from engine.runtime.reach import name_at
from engine.runtime.values import Actor
from engine.runtime.why import Why, why
from tests.runtime.house import House

PRICE = """
title: Price
fields:
  name: {type: text}
  cost: {type: money}
access:
  boss: {can: [view, edit]}
  clerk: {can: [view], hide: [cost]}
"""
ORDER = """
title: Order
key: number
fields:
  number: {type: serial, pattern: "O-{seq:000}"}
  price:  {type: reference, to: price}
  kind:   {type: choice, options: {plain: Plain, rush: Rush}, default: plain}
  note:   {type: text, default: =price.name}
  margin: {type: money, formula: total - price.cost}
  items:
    type: lines
    fields:
      what:     {type: text}
      quantity: {type: integer}
      each:     {type: money}
      amount:   {type: money, formula: quantity * each}
  total:  {type: money, formula: SUM(items.amount)}
access:
  boss:  {can: [view, create, edit]}
  clerk: {can: [view, create], hide: [margin]}
  sales: {can: [view, edit], where: owner = user, readonly: [note]}
  guest: {can: [view], hide: [total]}
"""
FLOW = """
initial: draft
states:
  draft: {}
  gate:  {choose: [{when: total > 100, to: check}, {to: ready}]}
  check: {}
  ready: {}
  done:  {final: success}
  off:   {final: failure}
transitions:
  send:   {from: draft, to: gate, who: clerk}
  allow:  {from: check, to: ready, who: boss}
  ship:   {from: ready, to: done, who: sales}
  cancel: {from: [draft, check], to: off, who: boss}
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    files = {"forms/price.yaml": PRICE, "forms/order.yaml": ORDER, "workflows/order.yaml": FLOW}
    return House(tmp_path_factory.mktemp("why"), files)


@pytest.fixture(scope="module")
def boss(house: House) -> Actor:
    return house.person("boss", "boss")


@pytest.fixture(scope="module")
def order(house: House, boss: Actor) -> int:
    price = house.put("price", name="List", cost=30)
    lines = [{"what": "nut", "quantity": 2, "each": "40"}, {"what": "bolt", "quantity": 1, "each": "15"}]
    id = house.engine.submit(boss, "order", {"price": price, "items": lines}).record.id
    assert id is not None
    ids = [line.id for line in house.engine.open(boss, "order", id).record.value("items")]
    changed = [{"id": ids[0], "quantity": 3}, {"id": ids[1]}]
    house.engine.change(boss, "order", id, {"items": changed})
    return id


def asked(house: House, who: Actor, order: int, path: str) -> Why:
    found: Why = house.do(who, lambda work: why(work, "order", order, path))
    return found


def test_a_sum_tells_its_lines_and_who_changed_it(house: House, boss: Actor, order: int) -> None:
    found = asked(house, boss, order, "total")
    assert (found.source, found.value, found.times) == ("formula", 135, 2)
    assert [(r.title, r.value) for r in found.sums[0].rows] == [("nut", 120), ("bolt", 15)]
    assert [[p.value for p in r.parts] for r in found.sums[0].rows] == [[3, 40], [1, 15]]
    assert [t.event.action for t in found.turns] == ["edit", "create"]
    assert any(c.path[2:] == ("quantity",) and (c.old, c.new) == (2, 3) for c in found.turns[0].causes)


def test_a_line_is_asked_by_its_id(house: House, boss: Actor, order: int) -> None:
    line = house.engine.open(boss, "order", order).record.value("items")[0]
    found = asked(house, boss, order, f"items.{line.id}.amount")
    assert (found.line, found.value, [p.value for p in found.parts]) == (1, 120, [3, 40])
    with pytest.raises(Refused):
        asked(house, boss, order, "items.999.amount")


def test_where_typed_values_come_from(house: House, boss: Actor, order: int) -> None:
    assert asked(house, boss, order, "number").source == "number"
    assert asked(house, boss, order, "kind").source == "default"
    note = asked(house, boss, order, "note")
    assert (note.source, note.kept, [p.value for p in note.parts]) == ("default", True, ["List"])


def test_the_place_is_that_of_the_definition(house: House, boss: Actor, order: int) -> None:
    at = asked(house, boss, order, "total").found.place
    assert at.file is not None and at.file.endswith("forms/order.yaml")
    assert at.line is not None and ORDER.splitlines()[at.line - 1].strip().startswith("total:")


def test_what_is_hidden_is_not_told(house: House, order: int) -> None:
    clerk = house.person("clerk", "clerk")
    with pytest.raises(Refused):
        asked(house, clerk, order, "margin")
    guest = house.person("mixed", "guest")
    with pytest.raises(Refused):
        asked(house, guest, order, "note.x")
    margin = asked(house, guest, order, "margin")
    assert not any(p.told for p in margin.parts)  # neither the hidden total nor a cost that isn't theirs
    assert all(p.value is None for p in margin.parts)


def test_a_known_condition_makes_the_next_step_sure(house: House, boss: Actor, order: int) -> None:
    form = house.engine.catalog.forms["order"]
    legs = house.do(boss, lambda work: ahead(work, form, work.row("order", order)))
    assert [(leg.state, leg.sure) for leg in legs] == [("check", True), ("ready", True), ("done", True)]
    assert [(typed.text, holds) for typed, holds in legs[0].because] == [("total > 100", True)]
    assert legs[0].roles == {"boss"}


def test_a_condition_over_hidden_values_stays_open(house: House, order: int) -> None:
    guest = house.person("onlooker", "guest")
    form = house.engine.catalog.forms["order"]
    legs = house.do(guest, lambda work: ahead(work, form, work.row("order", order)))
    assert legs and not legs[0].sure and legs[0].because == ()


def test_each_set_says_whether_it_is_mine_and_holds(house: House, order: int) -> None:
    sales = house.person("sally", "sales", "clerk")
    found = house.do(sales, lambda work: granted(work, "order", order, "note"))
    assert {g.one.name: (g.mine, g.holds) for g in found.sets} == {
        "boss": (False, True), "clerk": (True, True), "sales": (True, False), "guest": (False, True),
    }  # fmt: skip
    assert found.field is not None and found.field.closed and not found.field.open
    assert found.field.others == ("Boss",)
    total = house.do(sales, lambda work: granted(work, "order", order, "total")).field
    assert total is not None and total.fixed == "computed" and total.others == ()


def test_names_end_where_signs_begin() -> None:
    assert (name_at("a_1+b", 0), name_at("a_1+b", 3), name_at("单价*2", 0)) == ("a_1", "", "单价")
