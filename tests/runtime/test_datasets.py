"""Datasets: sources united on a key, figures worked out when they are read, and nobody writes them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from engine.runtime import recount
from engine.runtime.values import Actor, Ask
from tests.firm import ADMIN, Build, Clock, Firm, refused

ACCESS = "access: {clerk: {can: [view, create, edit, delete]}}\n"
FILES = {
    "forms/contract.yaml": """
fields:
  name: {type: text}
  seller: {type: member}
  signed_on: {type: date}
  total: {type: money}
  paid: {type: money, formula: SUM(received.amount)}
  received: {type: related, from: receipt}
  margins: {type: related, from: contract_margin}
  known: {type: integer, formula: COUNT(margins)}
  worth: {type: money, formula: "SUM(margin from contract_margin where contract = this)"}
"""
    + ACCESS,
    "forms/receipt.yaml": """
fields:
  contract: {type: reference, to: contract}
  received_on: {type: date}
  amount: {type: money}
"""
    + ACCESS,
    "forms/sales_target.yaml": """
fields:
  seller: {type: member}
  month: {type: date}
  amount: {type: money}
"""
    + ACCESS,
    "forms/commission_rule.yaml": """
fields:
  name: {type: text}
  valid_from: {type: date, required: true}
  tiers:
    type: lines
    fields: {lower: {type: money, required: true}, upper: {type: money}, rate: {type: percent, required: true}}
"""
    + ACCESS,
    "forms/performance.yaml": """
dataset:
  signed: {from: contract, by: {month: "PERIOD(signed_on, 'month')"}}
  received: {from: receipt, by: {seller: contract.seller, month: "PERIOD(received_on, 'month')"}}
  targets: {from: sales_target}
record_title: "{seller.name} {month:yyyy-MM}"
fields:
  seller: {type: member}
  month: {type: date}
  signed_total: {type: money, formula: SUM(signed.total)}
  received_total: {type: money, formula: SUM(received.amount)}
  target: {type: money, formula: SUM(targets.amount)}
  rate: {type: percent, formula: received_total / target}
  past: {type: boolean, formula: 'month < PERIOD(TODAY(), "month")'}
  rule: {type: reference, to: commission_rule,
    formula: FIRST(from commission_rule where valid_from <= this.month sort -valid_from)}
  commission:
    type: money
    formula: SUM(MAX(0, MIN(this.received_total, COALESCE(upper, this.received_total)) - lower) * rate from rule.tiers)
access:
  clerk: {can: [view], where: seller = user}
  boss: {can: [view, export]}
""",
    "forms/contract_margin.yaml": """
dataset:
  it: {from: contract, by: {contract: row}}
fields:
  contract: {type: reference, to: contract}
  margin: {type: money, formula: SUM(it.total) - SUM(it.paid)}
access: {boss: {can: [view]}}
""",
    "forms/year.yaml": """
dataset:
  months: {from: performance, by: {year: YEAR(month)}}
fields:
  year: {type: integer}
  received: {type: money, formula: SUM(months.received_total)}
  sellers: {type: integer, formula: COUNT(months)}
access: {boss: {can: [view]}}
""",
    "dashboards/sales.yaml": """
widgets:
  total: {type: number, from: performance, measure: {received: SUM(received_total)}}
  sellers: {type: bar, from: performance, by: {seller: seller}, measure: {commission: SUM(commission)}}
""",
}


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    return engine_of(FILES, Clock())


def rows(firm: Firm, form: str = "performance", who: Actor = ADMIN, **ask: Any) -> dict[str, dict[str, Any]]:
    names = tuple(firm.engine.catalog.forms[form].fields)
    return {r.record.title: r.record.values for r in firm.engine.page(who, form, Ask(**ask), names).rows}


def start(firm: Firm) -> tuple[Actor, Actor, int]:
    """Ann signed 1000 in October and got 300 and 500; Ben has only a target in November."""
    ann, ben = firm.person("ann", "clerk"), firm.person("ben", "clerk")
    contract = firm.new(ann, "contract", name="C1", seller=ann.id, signed_on="2026-10-05", total="1000")
    for day, amount in (("2026-10-09", "300"), ("2026-11-02", "500")):
        firm.new(ann, "receipt", contract=contract, received_on=day, amount=amount)
    firm.new(ben, "sales_target", seller=ben.id, month="2026-11-01", amount="400")
    firm.new(ann, "sales_target", seller=ann.id, month="2026-11-01", amount="1000")
    tiers = [
        {"lower": "0", "upper": "100", "rate": "0.01"},
        {"lower": "100", "upper": "400", "rate": "0.02"},
        {"lower": "400", "rate": "0.05"},
    ]
    firm.new(ann, "commission_rule", name="R", valid_from="2026-01-01", tiers=tiers)
    return ann, ben, contract


def test_sources_are_united_and_a_missing_one_counts_as_nothing(firm: Firm) -> None:
    start(firm)
    found = {
        title: [row[n] for n in ("signed_total", "received_total", "target", "rate", "past", "commission")]
        for title, row in rows(firm).items()
    }
    assert found == {
        "Ann 2026-10": [1000, 300, 0, None, True, 5],
        "Ann 2026-11": [0, 500, 1000, Decimal("0.5"), False, 12],
        "Ben 2026-11": [0, 0, 400, 0, False, 0],
    }
    assert {t: r["month"] for t, r in rows(firm).items()}["Ann 2026-10"] == date(2026, 10, 1)


def test_figures_follow_what_they_read_and_the_day(firm: Firm) -> None:
    ann, _, contract = start(firm)
    [before] = [r.record.id for r in firm.engine.page(ADMIN, "performance", Ask(q="Ann 2026-10")).rows]
    firm.engine.change(ann, "contract", contract, {"total": "1200", "signed_on": "2026-12-01"})
    firm.engine.change(ann, "commission_rule", 1, {"valid_from": "2026-11-01"})
    firm.clock.later(days=30)
    found = rows(firm)
    assert [found["Ann 2026-10"][n] for n in ("signed_total", "rule", "commission")] == [0, None, 0]
    assert found["Ann 2026-12"]["signed_total"] == 1200
    assert found["Ann 2026-11"]["past"] is True
    assert [r.record.id for r in firm.engine.page(ADMIN, "performance", Ask(q="Ann 2026-10")).rows] == [before]
    firm.engine.remove(ann, "receipt", 1)
    assert "Ann 2026-10" not in rows(firm)
    assert firm.engine.read(ADMIN, lambda w: recount.verify(w, w.form("performance"))) == []


def test_lists_filter_sort_and_turn_pages_by_what_is_computed(firm: Firm) -> None:
    start(firm)
    where = "received_total > 0 or target > 500"
    assert firm.titles(ADMIN, "performance", where, sort=(("commission", True),)) == ["Ann 2026-11", "Ann 2026-10"]
    every = [
        firm.titles(ADMIN, "performance", sort=(("received_total", False),), page=n, limit=1)[0] for n in (1, 2, 3)
    ]
    assert every == ["Ben 2026-11", "Ann 2026-10", "Ann 2026-11"]
    assert firm.engine.count(ADMIN, "performance") == 3


def test_one_row_for_each_record_and_what_reads_a_dataset_is_computed_when_read(firm: Firm) -> None:
    _, _, contract = start(firm)
    assert [row["margin"] for row in rows(firm, "contract_margin").values()] == [200]
    assert rows(firm, "contract")["C1"]["worth"] == 200
    assert rows(firm, "contract")["C1"]["known"] == 1
    firm.new(ADMIN, "receipt", contract=contract, received_on="2026-11-03", amount="150")
    assert rows(firm, "contract")["C1"]["worth"] == 50
    firm.engine.remove(ADMIN, "receipt", 3)
    for receipt in (1, 2):
        firm.engine.remove(ADMIN, "receipt", receipt)
    firm.engine.remove(ADMIN, "contract", contract)
    assert rows(firm, "contract_margin") == {}


def test_a_dataset_may_be_computed_from_a_dataset(firm: Firm) -> None:
    ann, _, contract = start(firm)
    firm.new(ann, "receipt", contract=contract, received_on="2025-05-05", amount="70")
    assert {row["year"]: (row["received"], row["sellers"]) for row in rows(firm, "year").values()} == {
        2025: (70, 1),
        2026: (800, 3),
    }
    firm.engine.remove(ann, "receipt", 3)
    assert [row["year"] for row in rows(firm, "year").values()] == [2026]


def test_everybody_sees_their_own_and_nobody_writes(firm: Firm) -> None:
    ann, ben, _ = start(firm)
    boss = firm.person("bea", "boss")
    assert list(rows(firm, who=ben)) == ["Ben 2026-11"]
    assert len(rows(firm, who=boss)) == 3
    [row] = firm.engine.page(ben, "performance", Ask()).rows
    id = row.record.id or 0
    assert firm.get("performance", id, ben)["seller"] == ben.id
    assert refused(lambda: firm.new(boss, "performance", seller=ann.id)) == [("computed_form", None)]
    assert refused(lambda: firm.engine.change(boss, "performance", id, {"seller": ann.id})) == [("computed_form", None)]
    assert refused(lambda: firm.engine.remove(ADMIN, "performance", id)) == [("computed_form", None)]
    exported = list(firm.engine.export(boss, "performance", Ask()))
    assert len(exported) == 4


def test_dashboards_add_it_up(firm: Firm) -> None:
    start(firm)
    assert firm.engine.widget(ADMIN, "sales", "total", {}).points[0].measures["received"].value == 800
    bars = firm.engine.widget(ADMIN, "sales", "sellers", {})
    assert sorted(p.measures["commission"].value for p in bars.points) == [0, 17]
