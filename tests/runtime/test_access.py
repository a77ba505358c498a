"""Access: what one set allows never reaches another set's records, and what is hidden can't be found out by asking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.problems import Refused
from engine.runtime.access import may, rights
from engine.runtime.values import Actor, Ask, Rights
from engine.runtime.work import Work
from tests.runtime.house import House

DEAL = """
title: Deal
record_title: "{name}"
key: name
fields:
  name: {type: text, required: true}
  phone: {type: phone}
  margin: {type: decimal}
  gain: {type: decimal, formula: margin * 2}
  region: {type: text}
  buyer: {type: reference, to: buyer}
  items:
    type: lines
    fields: {what: {type: text}, cost: {type: money}, kind: {type: text}}
views:
  all: {columns: [name, phone, margin, region], sort: name}
  bosses: {title: Bosses, columns: [name], role: boss}
access:
  sales: {can: [view, edit], where: owner = user}
  others: {role: sales, can: [view, export], hide: [phone, margin, gain, items.cost]}
  clerk: {can: [create], hide: [margin]}
  boss: {can: [view, create, edit, delete, export]}
"""
BUYER = """
title: Buyer
key: name
fields: {name: {type: text}, level: {type: integer}, secret: {type: text}, deals: {type: related, from: deal}}
access:
  sales: {can: [view], where: owner = user, hide: [secret]}
  boss: {can: [view, edit]}
"""


@pytest.fixture
def house(tmp_path: Path, database: str | None) -> Iterator[House]:
    made = House(tmp_path, {"forms/deal.yaml": DEAL, "forms/buyer.yaml": BUYER}, database)
    yield made
    made.close()


@pytest.fixture
def sales(house: House) -> Actor:
    return house.person("ann", "sales")


def codes(call: Callable[[], Any]) -> list[str]:
    with pytest.raises(Refused) as refused:
        call()
    return [p.code for p in refused.value.problems]


def ask(house: House, actor: Actor, text: str, form: str = "deal") -> list[str]:
    page = house.engine.page(actor, form, Ask(where=house.where(form, text)))
    return [r.record.title for r in page.rows]


def test_a_sets_action_never_reaches_another_sets_records(house: House, sales: Actor) -> None:
    mine, theirs = house.put("deal", name="mine", owner=sales.id), house.put("deal", name="theirs", owner=99)

    def look(work: Work) -> list[Rights]:
        form = work.form("deal")
        return [rights(work, form, record) for record in work.rows("deal", [mine, theirs])]

    own, other = house.do(sales, look)
    assert {"view", "edit"} <= own.can and "edit" not in other.can and "view" in other.can
    assert own.hidden == frozenset() and {"phone", "margin", "items.cost"} <= other.hidden
    assert "name" not in own.readonly and "name" in other.readonly
    assert "phone" not in own.readonly and "items.what" not in own.readonly


def test_a_list_hides_values_row_by_row(house: House, sales: Actor) -> None:
    house.put("deal", name="a", phone="1", margin=5, owner=sales.id)
    house.put("deal", name="b", phone="2", margin=6, owner=99)
    rows = house.engine.page(sales, "deal", Ask(view="all")).rows
    assert [r.record.values.get("phone") for r in rows] == ["1", None]
    assert "phone" not in rows[1].record.values and "phone" in rows[1].hidden


def test_whoever_may_only_create_sees_nothing(house: House) -> None:
    clerk = house.person("carl", "clerk")
    form = house.engine.catalog.forms["deal"]
    assert may(form, clerk, "create") and not may(form, clerk, "view")
    house.put("deal", name="a")
    assert codes(lambda: house.engine.page(clerk, "deal", Ask())) == ["forbidden"]


def test_nobody_without_a_set_sees_a_form_and_admins_see_all(house: House) -> None:
    house.put("deal", name="a", margin=3)
    guest, admin = house.person("gus", "guest"), house.person("root", "admin")
    assert codes(lambda: house.engine.page(guest, "deal", Ask())) == ["forbidden"]
    assert house.engine.page(admin, "deal", Ask(view="all")).rows[0].record.values["margin"] == 3


@pytest.mark.parametrize(
    "text",
    [
        'phone = "1"', "margin > 2", "not (margin > 2)", "ISBLANK(phone)", "gain > 3", 'LEN(phone & "") > 0',
        'region = "x" or margin = 5', "ANY(cost > 3 from items)", "SUM(items.cost) > 3", "IF(margin > 2, true, true)",
    ],
)  # fmt: skip
def test_hidden_fields_can_not_be_filtered_by(house: House, sales: Actor, text: str) -> None:
    house.put("deal", name="b", phone="1", margin=5, owner=99)
    assert codes(lambda: ask(house, sales, text)) == ["field_closed"]


def test_fields_that_all_sets_show_can(house: House, sales: Actor) -> None:
    house.put("deal", name="b", region="x", owner=99)
    assert ask(house, sales, 'region = "x" and ISBLANK(buyer)') == ["b"]
    assert ask(house, sales, "COUNT(items) = 0") == ["b"]


def test_hidden_fields_can_not_be_sorted_by(house: House, sales: Actor) -> None:
    for name in ("margin", "phone", "gain"):
        assert codes(lambda name=name: house.engine.page(sales, "deal", Ask(sort=((name, True),)))) == ["field_closed"]


def test_hidden_fields_are_not_searched(house: House, sales: Actor) -> None:
    house.put("deal", name="b", phone="13900001111", region="north", owner=99)
    assert house.engine.page(sales, "deal", Ask(q="0001")).total == 0
    assert house.engine.page(sales, "deal", Ask(q="nor")).total == 1
    assert house.engine.page(house.person("zoe", "boss"), "deal", Ask(q="0001")).total == 1


def test_a_hidden_field_of_another_form_can_not_be_reached(house: House, sales: Actor) -> None:
    buyer = house.put("buyer", name="B", secret="x", owner=sales.id)
    house.put("deal", name="d", buyer=buyer, owner=sales.id)
    assert codes(lambda: ask(house, sales, 'buyer.secret = "x"')) == ["field_closed"]


def test_a_record_that_one_may_not_see_can_not_be_probed_through_a_reference(house: House, sales: Actor) -> None:
    seen, unseen = (house.put("buyer", name=n, level=7, owner=o) for n, o in (("seen", sales.id), ("unseen", 99)))
    house.put("deal", name="to seen", buyer=seen, owner=sales.id)
    house.put("deal", name="to unseen", buyer=unseen, owner=sales.id)
    assert ask(house, sales, "buyer.level = 7") == ["to seen"]
    assert ask(house, sales, "buyer.level != 7") == []
    assert ask(house, sales, f"buyer.id = {unseen}") == ["to unseen"]
    boss = house.person("bo", "boss")
    assert sorted(ask(house, boss, "buyer.level = 7")) == ["to seen", "to unseen"]


@pytest.mark.parametrize("text", ["COUNT(from buyer where level = 7) > 0", "ANY(level > 1 from buyer)"])
def test_records_that_one_sees_in_part_can_not_be_searched_as_a_whole(house: House, sales: Actor, text: str) -> None:
    house.put("deal", name="d", owner=sales.id)
    assert codes(lambda: ask(house, sales, text)) == ["rows_closed"]


def test_a_view_for_another_role_is_not_there(house: House, sales: Actor) -> None:
    assert codes(lambda: house.engine.page(sales, "deal", Ask(view="bosses"))) == ["no_such_view"]


def test_sums_leave_out_what_is_hidden_in_some_records(house: House, sales: Actor) -> None:
    house.put("deal", name="b", margin=5, owner=99)
    assert house.engine.sums(sales, "deal", Ask(), ["margin"]) == {}
    assert house.engine.sums(house.person("bo", "boss"), "deal", Ask(), ["margin"]) == {"margin": 5}
