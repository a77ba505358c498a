"""Leads and deals as a CRM has them (re-told from Frappe CRM): every row of the brief's table, and its rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from engine.runtime.values import Actor
from tests.firm import ADMIN, Firm, refused


@pytest.fixture
def firm(case: Callable[..., Firm]) -> Firm:
    made = case("c01")
    for name in ("Other", "Price"):
        made.new(ADMIN, "lost_reason", name=name)
    return made


@pytest.fixture
def ann(firm: Firm) -> Actor:
    return firm.person("ann", "sales_user")


def test_a_lead_without_first_name_is_refused_on_that_field(firm: Firm, ann: Actor) -> None:
    assert refused(lambda: firm.new(ann, "lead", last_name="Li")) == [("required", "first_name")]


def test_lost_notes_are_mandatory_only_for_another_reason(firm: Firm, ann: Actor) -> None:
    assert refused(lambda: firm.new(ann, "lead", first_name="A", lost_reason=1)) == [("required", "lost_notes")]
    firm.new(ann, "lead", first_name="A", lost_reason=1, lost_notes="moved away")
    id = firm.new(ann, "lead", first_name="A", lost_reason=2)
    lose = lambda **raw: firm.engine.act(ann, "lead", id, "lose", raw=raw)  # noqa: E731
    assert refused(lambda: lose(lost_reason=1)) == [("required", "lost_notes")]
    lose(lost_reason=1, lost_notes="moved away")
    assert firm.get("lead", id)["state"] == "unqualified"


def test_lines_add_up(firm: Firm, ann: Actor) -> None:
    lines = [{"product": "a", "quantity": 2, "rate": 100, "discount": "10%"}, {"product": "b", "rate": 50}]
    deal = firm.get("deal", firm.new(ann, "deal", items=lines))
    assert [(r["amount"], r["discount_amount"], r["net"]) for r in deal["items"]] == [(200, 20, 180), (50, 0, 50)]
    assert (deal["total"], deal["net_total"]) == (250, 230)
    assert (deal["exchange_rate"], deal["items"][1]["quantity"]) == (1, 1)
    assert refused(lambda: firm.new(ann, "deal", items=[{"product": "c"}])) == [("required", "items.0.rate")]
    assert refused(lambda: firm.new(ann, "deal", net_total="1")) == [("computed_field", "net_total")]


def test_the_foreign_id_is_unique_but_may_be_empty(firm: Firm, ann: Actor) -> None:
    for _ in range(2):
        firm.new(ann, "lead", first_name="A", facebook_lead_id="")
    firm.new(ann, "lead", first_name="A", facebook_lead_id="f1")
    assert refused(lambda: firm.new(ann, "lead", first_name="B", facebook_lead_id="f1")) == [
        ("not_unique", "facebook_lead_id")
    ]


def test_the_forecast_weighs_by_the_stage(firm: Firm, ann: Actor) -> None:
    ids = [firm.new(ann, "deal", value=1000) for _ in range(3)]
    firm.engine.act(ann, "deal", ids[1], "negotiate")
    firm.engine.act(ann, "deal", ids[2], "win")
    assert [firm.get("deal", id)["probability"] for id in ids] == [Decimal("0.10"), Decimal("0.70"), Decimal("1.00")]
    (point,) = firm.engine.widget(ann, "pipeline", "forecast", {}).points
    assert point.measures["measure"].value == Decimal(1800)


def test_every_stage_brings_its_probability_until_somebody_knows_better(firm: Firm, ann: Actor) -> None:
    id = firm.new(ann, "deal")
    found = [firm.get("deal", id)["probability"]]
    for step in ("show", "propose", "negotiate", "prepare", "win"):
        firm.engine.act(ann, "deal", id, step)
        found.append(firm.get("deal", id)["probability"])
    assert found == [Decimal(n) / 100 for n in (10, 25, 50, 70, 90, 100)]
    id = firm.new(ann, "deal", probability="33%")
    assert firm.get("deal", id)["probability"] == Decimal("0.33")
    firm.engine.act(ann, "deal", id, "lose", raw={"lost_reason": 2})
    assert firm.get("deal", id)["probability"] == 0


def test_numbers_go_on_within_the_year_and_never_repeat(firm: Firm, ann: Actor) -> None:
    firm.clock.now = datetime(2026, 12, 30, tzinfo=UTC)
    found = []
    for _ in range(3):
        found.append(firm.get("lead", firm.new(ann, "lead", first_name="A"))["number"])
        firm.clock.later(days=1)
    assert found == ["CRM-LEAD-2026-00001", "CRM-LEAD-2026-00002", "CRM-LEAD-2027-00001"]


def test_every_change_of_stage_is_logged_with_who_when_and_how_long(firm: Firm, ann: Actor) -> None:
    id = firm.new(ann, "deal")
    firm.clock.later(days=2)
    firm.engine.act(ann, "deal", id, "show")
    firm.clock.later(hours=5)
    firm.engine.act(ann, "deal", id, "win")
    events = firm.engine.history(ann, "deal", id)[::-1]
    assert [(e.from_state, e.to_state, e.actor_name) for e in events] == [
        (None, "qualification", "Ann"), ("qualification", "demo", "Ann"), ("demo", "won", "Ann"),
    ]  # fmt: skip
    assert [b.at - a.at for a, b in pairwise(events)] == [timedelta(days=2), timedelta(hours=5)]


def test_formats_and_social_links(firm: Firm, ann: Actor) -> None:
    wrong = {"first_name": "A", "email": "a@", "mobile": "12", "employees": "7", "revenue": "-1"}
    assert {field for _, field in refused(lambda: firm.engine.submit(ann, "lead", wrong))} == {
        "email", "mobile", "employees", "revenue",
    }  # fmt: skip
    id = firm.new(ann, "lead", first_name="A")
    assert not firm.engine.open(ann, "lead", id).visible["facebook"]
    id = firm.new(ann, "lead", first_name="A", facebook="https://example.org/a")
    assert firm.engine.open(ann, "lead", id).visible["facebook"]
    assert firm.get("lead", id)["facebook"] == "https://example.org/a"


@pytest.mark.parametrize("role", ["sales_user", "sales_manager", "system_manager"])
def test_each_role_may_do_everything_and_others_nothing(firm: Firm, role: str) -> None:
    someone, nobody = firm.person("someone", role), firm.person("nobody")
    id = firm.new(someone, "lead", first_name="A")
    firm.engine.change(someone, "lead", id, {"first_name": "B"})
    firm.engine.act(someone, "lead", id, "qualify")
    opened = firm.engine.act(someone, "lead", id, "convert").open
    assert opened == ("deal", 1) and firm.get("lead", id)["converted"]
    assert refused(lambda: firm.new(nobody, "lead", first_name="A")) == [("forbidden", None)]
    assert refused(lambda: firm.engine.open(nobody, "lead", id)) == [("not_found", None)]
    firm.engine.remove(someone, "deal", 1)
    firm.engine.remove(someone, "lead", id)
