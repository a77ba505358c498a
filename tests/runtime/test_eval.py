"""Formulas that people keep in records: checked when they are typed, by every door, and run on other records."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from engine.problems import Refused
from engine.runtime.importing import Plan
from engine.runtime.values import Ask
from tests.firm import ADMIN, Build, Firm, refused, why

RULE = """
title: Rule
fields:
  name: {required: true}
  order: {type: integer}
  condition: {type: expression, about: deal, gives: boolean, required: true, default: total > 0}
  rate: {type: expression, about: deal, gives: number}
  worth: {type: expression, about: deal.items, gives: number}
access: {boss: {can: [view, create, edit, import]}, clerk: {can: [view, create]}}
"""
FILES = {
    "pack.yaml": "title: T\nlanguage: en\nroles: {boss: Boss, clerk: Clerk}\n",
    "forms/rule.yaml": RULE,
    "forms/deal.yaml": """
title: Deal
fields:
  name: {required: true}
  kind: {type: choice, options: [sale, rent]}
  total: {type: money}
  secret: {type: integer}
  signed: {type: date}
  rule: {type: reference, to: rule, default: '=FIRST(from rule where EVAL(condition, this) sort order)'}
  fee: {type: money, default: '=EVAL(rule.rate, this)'}
  fits: {type: boolean, formula: 'EVAL(rule.condition, this)'}
  rules: {type: integer, formula: 'COUNT(from rule where EVAL(condition, this))'}
  items: {type: lines, fields: {price: {type: money}, points: {type: decimal, default: '=EVAL(parent.rule.worth, this)'}}}
views:
  all: {columns: [name, fits, rules]}
access:
  boss: {can: [view, create, edit]}
  clerk: {can: [view, create], hide: [secret]}
""",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Both databases."""
    return str(request.param)


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    made: Firm = engine_of(FILES)
    made.person("bob", "boss")
    made.person("cat", "clerk")
    return made


def test_a_kept_formula_chooses_and_reckons(firm: Firm) -> None:
    bob = firm.who("bob")
    firm.new(
        bob,
        "rule",
        name="big",
        order="1",
        condition='kind = "sale" and total >= 1000',
        rate="ROUND(total * 5%, 2)",
        worth="price * 2",
    )
    firm.new(bob, "rule", name="any", order="2", condition="true", rate="10")
    big = firm.get("deal", firm.new(bob, "deal", name="a", kind="sale", total="2000", items=[{"price": "3"}]))
    assert (big["rule"], big["fee"], big["fits"], big["rules"]) == (1, Decimal("100.00"), True, 2)
    assert big["items"][0]["points"] == 6
    small = firm.get("deal", firm.new(bob, "deal", name="b", kind="rent", total="5"))
    assert (small["rule"], small["fee"], small["rules"]) == (2, Decimal("10.00"), 1)
    rows = firm.engine.page(bob, "deal", Ask(view="all", sort=(("fits", True), ("rules", False)))).rows
    assert [(r.record.title, r.record.values["fits"], r.record.values["rules"]) for r in rows] == [
        ("b", True, 1),
        ("a", True, 2),
    ]
    firm.engine.change(bob, "rule", 2, {"condition": 'kind = "sale"'})
    assert firm.get("deal", 2)["fits"] is False and firm.get("deal", 2)["rules"] == 0


def test_what_is_wrong_is_told_where_it_is_typed_by_every_door(firm: Firm, tmp_path: Path) -> None:
    bob = firm.who("bob")
    for given, code in (
        ("totl > 5", "formula_unknown_name_near"), ("total", "formula_result_type"), ("total >", "formula_unfinished"),
        ('kind = "sail"', "formula_unknown_option_near"), ("NOSUCH(1)", "formula_unknown_function"),
    ):  # fmt: skip
        found = refused(lambda g=given: firm.new(bob, "rule", name="x", condition=g))
        assert found[0][1] == "condition" and found[0][0].startswith(code[:12]), found
    assert (
        refused(lambda: firm.new(firm.who("bob", "api"), "rule", name="x", condition="totl > 5"))[0][1] == "condition"
    )
    file = tmp_path / "in.csv"
    file.write_text("name,condition\nx,totl > 5\ny,total > 5\n", encoding="utf-8")
    report = firm.engine.imports.bring_in(bob, "rule", file, Plan())
    assert report.accepted == 1 and [p.place.field for told in report.refused.values() for p in told] == ["condition"]
    assert firm.get("rule", 1)["condition"] == "total > 5"


def test_nobody_learns_by_a_formula_what_they_may_not_see(firm: Firm) -> None:
    cat = firm.who("cat")
    assert refused(lambda: firm.new(cat, "rule", name="x", condition="secret > 5")) == [("field_closed", "condition")]
    firm.new(firm.who("bob"), "rule", name="x", condition="secret > 5")
    assert refused(lambda: firm.titles(cat, "deal", "EVAL(rule.condition, row)")) == [("kept_closed", None)]


def test_the_demo_brings_formulas_and_says_which_of_them_is_wrong(engine_of: Build) -> None:
    demo = """
demo:
  people: {bob: {name: Bob, roles: [boss]}}
  records: {rule: [{name: big, condition: 'total > 5'}]}
"""
    firm = engine_of(FILES | {"pack.yaml": FILES["pack.yaml"] + demo})
    firm.engine.load_demo("formloom-demo")
    assert firm.get("rule", 1)["condition"] == "total > 5"
    other = engine_of(FILES | {"pack.yaml": FILES["pack.yaml"] + demo.replace("total", "totl")})
    with pytest.raises(Refused) as told:
        other.engine.load_demo("formloom-demo")
    assert told.value.problems[0].code == "demo_refused" and "totl" in told.value.problems[0].message("en")


def test_a_formula_that_no_longer_fits_says_so(firm: Firm) -> None:
    bob = firm.who("bob")
    firm.new(bob, "rule", name="old", condition="total > 5")
    firm.engine.store.write(lambda conn: conn.exec_driver_sql("UPDATE f_rule SET condition = 'gone > 5'"))
    with pytest.raises(Refused) as told:
        firm.new(ADMIN, "deal", name="a")
    assert (
        told.value.problems[0].code == "formula_unfit" and "gone" in why(lambda: firm.new(ADMIN, "deal", name="a"))[1]
    )
