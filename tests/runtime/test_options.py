"""What a reference offers: only what the person may see and the definition allows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.problems import Refused
from engine.runtime.values import Actor
from tests.runtime.house import House

ORDER = """
title: Order
key: number
fields:
  number: {type: text}
  customer: {type: reference, to: customer}
  contact: {type: reference, to: contact, where: customer = this.customer, sort: -name}
  seller: {type: member, among: sales}
  area: {type: department}
  items:
    type: lines
    fields:
      contact: {type: reference, to: contact, where: customer = this.parent.customer}
actions:
  call: {title: Call, who: sales, ask: {by: {type: member, among: boss}}}
access: {boss: {can: [view, create, edit]}, sales: {can: [view, create]}}
"""
CUSTOMER = """
title: Customer
key: name
record_title: "{name}"
fields: {name: {type: text}, city: {type: text}, secret: {type: text}, size: {type: integer}}
views: {all: {columns: [name, secret, city, size]}}
access: {boss: {can: [view]}, sales: {can: [view], where: owner = user, hide: [secret]}}
"""
CONTACT = """
title: Contact
key: name
record_title: "{name}"
fields: {name: {type: text}, customer: {type: reference, to: customer}}
access: {boss: {can: [view]}, sales: {can: [view]}}
"""


@pytest.fixture
def house(tmp_path: Path, database: str | None) -> Iterator[House]:
    made = House(
        tmp_path, {"forms/order.yaml": ORDER, "forms/customer.yaml": CUSTOMER, "forms/contact.yaml": CONTACT}, database
    )
    yield made
    made.close()


@pytest.fixture
def sales(house: House) -> Actor:
    return house.person("ann", "sales", name="Ann")


def offered(house: House, actor: Actor, path: str, q: str = "", **more: Any) -> list[str]:
    return [p.title for p in house.engine.options(actor, "order", path, q, **more)]


def test_only_records_that_the_person_may_see_with_facts_they_may_see(house: House, sales: Actor) -> None:
    house.put("customer", name="Mine 100%", city="Suzhou", secret="s3", size=7, owner=sales.id)
    house.put("customer", name="Theirs", city="Wuxi", owner=99)
    (found,) = house.engine.options(sales, "order", "customer", "")
    assert (found.title, found.facts) == ("Mine 100%", ("Suzhou", "7"))
    assert offered(house, sales, "customer", "100%") == ["Mine 100%"]
    assert offered(house, sales, "customer", "The") == []
    boss = house.person("bo", "boss")
    assert offered(house, boss, "customer") == ["Mine 100%", "Theirs"]
    assert house.engine.picks(sales, "customer", [2])[2].facts == ()


def test_they_are_found_by_their_key_too(tmp_path: Path, database: str | None) -> None:
    """A supplier's code is what a buyer types where titles show names only; who doesn't see it doesn't find by it."""
    files = {"forms/order.yaml": ORDER, "forms/contact.yaml": CONTACT}
    found = CUSTOMER.replace("key: name", "key: size").replace("hide: [secret]", "hide: [secret, size]")
    firm = House(tmp_path, {**files, "forms/customer.yaml": found}, database)
    try:
        boss, ann = firm.person("bo", "boss"), firm.person("ann", "sales")
        for name, size in (("Alpha", 4711), ("Beta", 815)):
            firm.put("customer", name=name, size=size, owner=ann.id)
        for typed, hits in (("471", ["Alpha"]), ("beta 815", ["Beta"]), ("9", []), ("a", ["Alpha", "Beta"])):
            assert offered(firm, boss, "customer", typed) == hits
        assert offered(firm, ann, "customer", "471") == []
    finally:
        firm.close()


def test_a_condition_reads_what_is_being_typed_in_a_line_too(house: House, sales: Actor) -> None:
    for name, customer in (("a", 1), ("b", 1), ("c", 2)):
        house.put("contact", name=name, customer=customer)
    for name in ("one", "two"):
        house.put("customer", name=name, owner=sales.id)
    assert offered(house, sales, "contact", raw={"customer": "1"}) == ["b", "a"]
    assert offered(house, sales, "contact", raw={}) == []
    raw = {"customer": "2", "items": [{}]}
    assert offered(house, sales, "items.contact", raw=raw, rows=[0]) == ["c"]


def test_people_are_those_that_the_field_is_among(house: House, sales: Actor) -> None:
    house.person("bob", "boss", name="Bob")
    assert offered(house, sales, "seller") == ["Ann"]
    assert offered(house, sales, "seller", "ann") == ["Ann"] and offered(house, sales, "seller", "x") == []
    assert offered(house, sales, "ask:call.by") == ["Bob"]


@pytest.mark.parametrize("path", ["number", "nothing", "items.nothing", "ask:call.nothing", "ask:x.by", "items", ""])
def test_no_such_field_is_said(house: House, sales: Actor, path: str) -> None:
    with pytest.raises(Refused) as refused:
        offered(house, sales, path)
    assert refused.value.problems[0].code == "no_options"
