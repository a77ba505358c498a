"""What a list shows, sorts and filters by of the records that its records point at, for those who may see it there."""

from __future__ import annotations

import pytest

from engine.problems import Refused
from engine.runtime.values import Actor, Ask
from tests.firm import ADMIN, Build, Firm, refused

FILES = {
    "pack.yaml": "title: T\nlanguage: en\nroles: {boss: Boss, clerk: Clerk, guest: Guest, seller: Seller}\n",
    "forms/region.yaml": "fields: {name: {required: true}}\naccess: {everyone: {can: [view]}}\n",
    "forms/customer.yaml": """
fields:
  name: {required: true}
  level: {type: integer}
  secret: {type: integer}
  region: {type: reference, to: region}
  twice: {type: integer, formula: level * 2}
  today: {type: integer, formula: level + YEAR(TODAY()) - YEAR(TODAY())}
access:
  boss: {can: [view]}
  clerk: {can: [view], hide: [secret]}
  seller: {can: [view], where: owner = user}
""",
    "forms/supplier.yaml": "fields: {name: {required: true}, level: {type: integer}}\naccess: {boss: {can: [view]}}\n",
    "forms/deal.yaml": """
title: Deal
fields:
  name: {required: true}
  customer: {type: reference, to: customer}
  about: {type: reference, to: [customer, supplier]}
views:
  all:
    columns: [name, customer.level, customer.region.name, customer.region, customer.secret, about.name, about.supplier.level]
    sort: [-customer.level, name]
  live: {columns: [name, customer.twice, customer.today]}
access:
  boss: {can: [view, export]}
  clerk: {can: [view, export]}
  seller: {can: [view, export]}
  guest: {can: [view]}
""",
}
ALL = ("name", "customer.level", "customer.region.name", "customer.region", "customer.secret", "about.name")


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Both databases."""
    return str(request.param)


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    made: Firm = engine_of(FILES)
    sue = made.person("sue", "seller")
    for login, role in (("bob", "boss"), ("cat", "clerk"), ("gus", "guest")):
        made.person(login, role)
    south = made.new(ADMIN, "region", name="South")
    north = made.new(ADMIN, "region", name="North")
    one = made.new(ADMIN, "customer", name="One", level=1, secret=7, region=south)
    two = made.new(ADMIN, "customer", name="Two", level=2, secret=3, region=north)
    made.engine.store.write(
        lambda conn: conn.exec_driver_sql(f"UPDATE f_customer SET owner = {sue.id} WHERE id = {two}")
    )
    mill = made.new(ADMIN, "supplier", name="Mill", level=9)
    made.new(ADMIN, "deal", name="a", customer=one, about=f"supplier/{mill}")
    made.new(ADMIN, "deal", name="b", customer=two, about=f"customer/{one}")
    made.new(ADMIN, "deal", name="c")
    return made


def shown(firm: Firm, actor: Actor, view: str = "all", **ask: object) -> list[list[object]]:
    """The rows of a view, by its columns."""
    page = firm.engine.page(actor, "deal", Ask(view=view, **ask))  # type: ignore[arg-type]
    names = [c if isinstance(c, str) else c.name for c in page.columns]
    return [[*names], *([row.record.values.get(n) for n in names] for row in page.rows)]


def test_whoever_sees_it_there_sees_it_here_sorted_by_it(firm: Firm) -> None:
    bob = firm.who("bob")
    assert shown(firm, bob) == [
        [*ALL, "about.supplier.level"],
        ["b", 2, "North", 2, 3, "One", None],
        ["a", 1, "South", 1, 7, "Mill", 9],
        ["c", None, None, None, None, None, None],
    ]
    assert shown(firm, bob, "live")[1:] == [["c", None, None], ["b", 4, 2], ["a", 2, 1]]
    by_region = Ask(view="all", sort=(("customer.region", False),))
    assert [r.record.title for r in firm.engine.page(bob, "deal", by_region).rows] == ["c", "b", "a"]
    page = firm.engine.page(bob, "deal", Ask(view="all"))
    assert [c.title.to("en") for c in page.columns if not isinstance(c, str)][1:3] == [
        "Customer · Level", "Customer · Region · Name",
    ]  # fmt: skip


def test_what_is_hidden_in_the_other_form_is_no_column_and_nobody_can_ask_by_it(firm: Firm) -> None:
    cat = firm.who("cat")
    assert shown(firm, cat)[0] == ["name", "customer.level", "customer.region.name", "customer.region"]
    assert refused(lambda: shown(firm, cat, sort=(("customer.secret", False),))) == [("field_closed", None)]
    assert refused(lambda: firm.titles(cat, "deal", "customer.secret = 7")) == [("field_closed", None)]
    assert "Customer · Secret" not in next(iter(firm.engine.export(cat, "deal", Ask(view="all"))))
    gus = firm.who("gus")
    assert shown(firm, gus) == [["name"], ["a"], ["b"], ["c"]]
    with pytest.raises(Refused):
        firm.titles(gus, "deal", "customer.level > 1")


def test_of_a_record_that_one_may_not_see_there_is_neither_value_nor_order(firm: Firm) -> None:
    sue = firm.who("sue")
    rows = shown(firm, sue)
    assert [row[:3] for row in rows[1:]] == [["b", 2, "North"], ["a", None, None], ["c", None, None]]
    assert [row[0] for row in shown(firm, sue, sort=(("customer.level", False),))[1:]] == ["a", "c", "b"]
    assert firm.titles(sue, "deal", "customer.level < 5") == ["b"]
    exported = list(
        firm.engine.export(sue, "deal", Ask(view="all", sort=(("name", False),)), ("name", "customer.level"))
    )
    assert exported == [["Name", "Customer · Level"], ["a", None], ["b", 2], ["c", None]]
