"""Addresses: from a sheet, a program and a page; their parts in formulas, filters and charts."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.runtime.importing import Plan
from engine.runtime.values import Actor
from tests.firm import ADMIN, Build, Firm, refused, write

PACK = {
    "pack.yaml": "title: T\nlanguage: en\nroles: {sales: Sales}\n",
    "forms/customer.yaml": """
title: Customer
fields:
  name:    {required: true}
  address: {type: address, required: true}
  town:    {formula: address.city}
views:
  here: {columns: [name, address], where: address.province = "江苏省"}
access: {sales: {can: [view, create, edit, import]}}
""",
    "forms/visit.yaml": """
title: Visit
fields:
  customer: {type: reference, to: customer}
  site:     {type: address, depth: 5, default: =customer.address}
  local:    {type: boolean, formula: site.city = customer.town}
access: {sales: {can: [view, create, edit]}}
""",
}
SUZHOU = "江苏省\u2003苏州市\u2003姑苏区\u2003人民路 1 号"


@pytest.fixture
def firm(engine_of: Build, tmp_path: Path) -> Firm:
    return engine_of(write(tmp_path / "pack", PACK))


@pytest.fixture
def seller(firm: Firm) -> Actor:
    return firm.person("sam", "sales")


def test_an_address_of_a_sheet_is_taken_apart(firm: Firm, seller: Actor, tmp_path: Path) -> None:
    written = (
        "江苏省苏州市姑苏区人民路 1 号",
        "内蒙古自治区锡林郭勒盟锡林浩特市",
        "北京市东城区长安街1号",
        "221B Baker Street",
    )
    rows = [f"{name},{address}" for name, address in zip("ABCD", written, strict=True)]
    (tmp_path / "a.csv").write_text("\n".join(["name,address", *rows]), encoding="utf-8")
    done = firm.engine.imports.bring_in(firm.who("sam", "import"), "customer", tmp_path / "a.csv", Plan())
    assert (done.accepted, done.refused) == (4, {})
    found = [firm.get("customer", n) for n in range(1, 5)]
    assert [c["town"] or "" for c in found] == ["苏州市", "锡林郭勒盟", "市辖区", ""]
    assert found[0]["address"] == SUZHOU
    assert firm.titles(seller, "customer", view="here") == ["A"]
    assert firm.titles(ADMIN, "customer", 'address.street = "221B Baker Street"') == ["D"]
    assert firm.titles(seller, "customer", q="姑苏区") == ["A"]


def test_a_program_sends_parts_and_no_others(firm: Firm, seller: Actor) -> None:
    program = firm.who("sam", "api")
    id = firm.new(program, "customer", name="A", address={"province": "江苏省", "city": "苏州市"})
    assert firm.get("customer", id)["address"] == "江苏省\u2003苏州市"
    for wrong in ({}, {"postcode": "215000"}, {"city": " 苏州市"}, "江苏省苏州市", {"city": 5}):
        raw = {"name": "B", "address": wrong}
        assert refused(lambda raw=raw: firm.engine.submit(program, "customer", raw)) == [("value_pattern", "address")]


def test_an_address_follows_the_customer_and_may_be_another(firm: Firm, seller: Actor) -> None:
    id = firm.new(ADMIN, "customer", name="A", address=SUZHOU)
    visit = firm.new(seller, "visit", customer=id)
    assert (firm.get("visit", visit)["site"], firm.get("visit", visit)["local"]) == (SUZHOU, True)
    firm.engine.change(
        seller, "visit", visit, {"site": "上海市\u2003市辖区\u2003黄浦区\u2003南京东路 1 号\u2003200001"}
    )
    assert firm.get("visit", visit)["local"] is False
