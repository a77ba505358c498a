"""A service work order: planned, done, signed (re-told from OCA's field service): every sentence of "Expected"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest

from engine.runtime.values import Actor, Ask
from tests.firm import ADMIN, Clock, Firm, refused, why

SCRIBBLE = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\xdac\xfc\xcf\xc0\xf0\x1f\x00\x05\x05\x02\x00_\xc8\xf1\xd2\x00\x00\x00\x00IEND\xaeB`\x82"
)
"""One pixel: a customer in a hurry."""


def at(text: str) -> datetime:
    """A moment in Shanghai, where this firm is."""
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


@pytest.fixture
def firm(case: Callable[..., Firm]) -> Firm:
    made = case("c18", Clock(at("2024-05-01 08:00:37")))
    made.new(ADMIN, "team", name="North")
    made.new(ADMIN, "team", name="East")
    made.new(ADMIN, "location", name="Mill", address="1 Mill Rd", phone="021-5555 1234", territory="N", team=1)
    made.new(ADMIN, "location", name="Farm")
    made.new(ADMIN, "equipment", name="Pump")
    made.new(ADMIN, "template", name="Check", instructions="Look, listen, measure")
    return made


@pytest.fixture
def desk(firm: Firm) -> Actor:
    return firm.person("dora", "dispatcher")


def order(firm: Firm, desk: Actor, **raw: Any) -> dict[str, Any]:
    id = firm.new(desk, "work_order", location=1, **raw)
    return {"id": id, **firm.get("work_order", id)}


def test_the_place_brings_its_address_and_team_else_the_first_team(firm: Firm, desk: Actor) -> None:
    made = order(firm, desk)
    assert [made[n] for n in ("number", "address", "territory", "team")] == ["WO-0001", "1 Mill Rd", "N", 1]
    assert made["phone"].replace(" ", "").endswith("55551234")
    assert firm.get("work_order", firm.new(desk, "work_order", location=2))["team"] == 2
    assert refused(lambda: firm.new(desk, "work_order")) == [("required", "location")]


@pytest.mark.parametrize(
    ("priority", "latest"),
    [(0, "2024-05-04 08:00"), (1, "2024-05-03 08:00"), (2, "2024-05-02 08:00"), (3, "2024-05-01 16:00")],
)
def test_the_latest_request_follows_from_the_priority(firm: Firm, desk: Actor, priority: int, latest: str) -> None:
    made = order(firm, desk, earliest="2024-05-01 08:00", priority=priority)
    assert made["latest"] == at(latest)


def test_the_earliest_request_is_now(firm: Firm, desk: Actor) -> None:
    """The original also cuts the seconds; no formula can do that yet, people read and type minutes."""
    made = order(firm, desk)
    assert made["earliest"].replace(second=0) == at("2024-05-01 08:00")
    firm.engine.change(desk, "work_order", made["id"], {"priority": 3})
    assert firm.get("work_order", made["id"])["latest"].replace(second=0) == at("2024-05-01 16:00")


def test_of_start_duration_and_end_two_give_the_third(firm: Firm, desk: Actor) -> None:
    id = order(firm, desk, start="2024-05-02 08:00", hours=10)["id"]
    assert firm.get("work_order", id)["end"] == at("2024-05-02 18:00")
    plan = lambda **ask: firm.engine.act(desk, "work_order", id, "plan", ask=ask)  # noqa: E731
    plan(end="2024-05-02 20:00")
    found = firm.get("work_order", id)
    assert (found["start"], found["hours"], found["end"]) == (at("2024-05-02 10:00"), 10, at("2024-05-02 20:00"))
    plan(start="2024-05-03 09:00", end="2024-05-03 10:30")
    assert firm.get("work_order", id)["hours"] == Decimal("1.5")
    plan(start="2024-05-04 09:00", hours=2)
    assert firm.get("work_order", id)["end"] == at("2024-05-04 11:00")
    plan(end="2024-05-04 12:00", hours=3)
    assert firm.get("work_order", id)["start"] == at("2024-05-04 09:00")
    assert why(plan) == (409, "Say when it starts or when it ends")
    call = lambda: firm.engine.change(desk, "work_order", id, {"end": "2024-05-04 08:00"})  # noqa: E731
    assert why(call) == (409, "It ends before it starts")


def test_the_actual_duration_is_computed(firm: Firm, desk: Actor) -> None:
    made = order(firm, desk, began="2024-05-01 09:15", ended="2024-05-01 11:00")
    assert made["took"] == Decimal("1.75")


def sign(firm: Firm, actor: Actor, id: int) -> None:
    file = firm.engine.keep_file(actor, "signature.png", BytesIO(SCRIBBLE))
    raw = {"signature": [file], "signer": "Mr Mill", "resolution": "oiled"}
    firm.engine.act(actor, "work_order", id, "complete", raw=raw)


def test_a_card_can_not_be_dragged_to_completed_only_the_action_leads_there(firm: Firm, desk: Actor) -> None:
    wim = firm.person("wim", "worker")
    id = order(firm, desk, worker=wim.id)["id"]
    to = {m.value: m for m in firm.engine.moves(wim, "work_order", id, "state").to}
    assert to["completed"].reason is not None and to["completed"].reason.code == "not_dragged"
    call = lambda: firm.engine.act(wim, "work_order", id, "complete")  # noqa: E731
    assert why(call) == (409, "The customer has to sign first")
    sign(firm, wim, id)
    done = firm.get("work_order", id)
    assert (done["state"], done["signer"], done["signed_at"]) == ("completed", "Mr Mill", firm.clock())


def test_what_is_signed_stays_as_it_is(firm: Firm, desk: Actor) -> None:
    id = order(firm, desk)["id"]
    sign(firm, desk, id)
    for name, value in (("signer", "Somebody"), ("signature", [])):
        call = lambda: firm.engine.change(desk, "work_order", id, {name: value})  # noqa: B023, E731
        assert refused(call) == [("readonly_field", name)]
    assert firm.get("work_order", id)["signer"] == "Mr Mill" and firm.get("work_order", id)["signature"]


def test_a_template_brings_instructions_and_leaves_the_description(firm: Firm, desk: Actor) -> None:
    id = order(firm, desk, description="It squeaks")["id"]
    firm.engine.change(desk, "work_order", id, {"template": 1})
    found = firm.get("work_order", id)
    assert (found["instructions"], found["description"]) == ("Look, listen, measure", "It squeaks")


def test_without_any_team_there_is_a_clear_message(case: Callable[..., Firm]) -> None:
    firm = case("c18")
    firm.new(ADMIN, "location", name="Mill")
    desk = firm.person("dora", "dispatcher")
    assert why(lambda: firm.new(desk, "work_order", location=1)) == (409, "There is no team yet. Create one first")


def test_stages_have_their_colour_and_their_own_place(firm: Firm) -> None:
    boss = firm.person("mo", "manager")
    firm.new(boss, "stage", name="Waiting", step=5, color="#FF8800")
    assert [f for _, f in refused(lambda: firm.new(boss, "stage", name="X", step=6, color="FF8800"))] == ["color"]
    assert refused(lambda: firm.new(boss, "stage", name="X", step=5)) == [("not_unique", "step")]


def test_only_new_orders_may_be_deleted(firm: Firm, desk: Actor) -> None:
    one, two = order(firm, desk)["id"], order(firm, desk)["id"]
    firm.engine.act(desk, "work_order", two, "cancel")
    firm.engine.remove(desk, "work_order", one)
    assert why(lambda: firm.engine.remove(desk, "work_order", two))[0] == 403


def test_workers_see_and_change_their_own_orders_and_no_equipment(firm: Firm, desk: Actor) -> None:
    wim, wes = firm.person("wim", "worker"), firm.person("wes", "worker")
    mine = order(firm, desk, worker=wim.id, equipment=[{"thing": 1}])["id"]
    both = order(firm, desk, worker=wes.id, helpers=[{"person": wim.id}])["id"]
    theirs = order(firm, desk, worker=wes.id)["id"]
    assert sorted(r.record.id for r in rows(firm, wim)) == [mine, both]
    firm.engine.change(wim, "work_order", mine, {"resolution": "done"})
    assert refused(lambda: firm.engine.open(wim, "work_order", theirs)) == [("not_found", None)]
    assert refused(lambda: firm.engine.change(wim, "work_order", mine, {"equipment": []})) == [
        ("readonly_field", "equipment")
    ]
    assert why(lambda: firm.new(wim, "work_order", location=1))[0] == 403
    assert why(lambda: firm.engine.remove(wim, "work_order", mine))[0] == 403
    assert why(lambda: firm.new(wim, "equipment", name="Mine"))[0] == 403
    assert why(lambda: firm.new(desk, "team", name="Mine"))[0] == 403
    assert refused(lambda: order(firm, desk, worker=desk.id)) == [("reference_excluded", "worker")]


def rows(firm: Firm, actor: Actor) -> list[Any]:
    return list(firm.engine.page(actor, "work_order", Ask()).rows)
