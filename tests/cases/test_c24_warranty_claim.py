"""Warranty claims: what a serial number brings, what the dates decide, what a duplicate leaves behind (ERPNext's facts)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from engine.runtime.values import Actor
from tests.firm import Firm, refused


@pytest.fixture
def firm(case: Callable[..., Firm]) -> Firm:
    return case("c24")


@pytest.fixture
def clerk(firm: Firm) -> Actor:
    return firm.person("sue", "service")


def claim(firm: Firm, clerk: Actor, warranty: str | None = None, amc: str | None = None, **more: Any) -> int:
    customer = firm.new(clerk, "customer", name="Alpha", phone="13805123347")
    device = firm.new(
        clerk, "device", number=f"SN{customer}", item="P1", item_name="Pump", description="Pumps", customer=customer,
        warranty_end=warranty, amc_end=amc,
    )  # fmt: skip
    return firm.new(clerk, "claim", issue_date="2024-05-10", device=device, issue="It leaks", **more)


@pytest.mark.parametrize(
    ("warranty", "amc", "state"),
    [
        ("2024-05-10", None, "Under Warranty"),
        ("2024-05-09", None, "Out of Warranty"),
        ("2024-05-10", "2024-05-10", "Under AMC"),
        ("2024-05-09", "2024-05-09", "Out of AMC"),
        ("2024-05-10", "2024-05-09", "Under Warranty"),
        (None, None, "Out of Warranty"),
    ],
)
def test_the_dates_decide_the_warranty(
    firm: Firm, clerk: Actor, warranty: str | None, amc: str | None, state: str
) -> None:
    assert firm.get("claim", claim(firm, clerk, warranty, amc))["warranty"] == state


def test_a_serial_number_brings_what_is_known_of_the_device(firm: Firm, clerk: Actor) -> None:
    found = firm.get("claim", claim(firm, clerk, "2024-05-10", "2025-01-01"))
    assert (found["item"], found["item_name"], found["description"], found["customer"]) == ("P1", "Pump", "Pumps", 1)
    assert (found["warranty_end"], found["amc_end"]) == (date(2024, 5, 10), date(2025, 1, 1))
    assert (found["number"], found["state"], found["contact_phone"]) == ("CI-00001", "open", "13805123347")


def test_without_the_item_its_name_is_neither_shown_nor_stored(firm: Firm, clerk: Actor) -> None:
    id = claim(firm, clerk)
    firm.engine.change(clerk, "claim", id, {"item": ""})
    found = firm.get("claim", id)
    assert (found["item"], found["item_name"], found["description"]) == (None, None, None)


def test_closing_needs_the_details_and_notes_who_and_when(firm: Firm, clerk: Actor) -> None:
    id = claim(firm, clerk)
    assert refused(lambda: firm.engine.act(clerk, "claim", id, "close")) == [("required", "resolution")]
    firm.engine.act(clerk, "claim", id, "close", raw={"resolution": "Sealed"})
    found = firm.get("claim", id)
    assert (found["state"], found["resolved_on"], found["resolved_by"]) == ("closed", date(2026, 11, 23), clerk.id)


def test_a_cancelled_one_is_not_edited(firm: Firm, clerk: Actor) -> None:
    id = claim(firm, clerk)
    firm.engine.act(clerk, "claim", id, "cancel")
    assert refused(lambda: firm.engine.change(clerk, "claim", id, {"contact": "Sue"}))[0][0] == "forbidden"


def test_a_duplicate_is_open_and_keeps_neither_number_nor_issue_nor_resolution(firm: Firm, clerk: Actor) -> None:
    id = claim(firm, clerk, "2024-05-10", contact="Ann")
    firm.engine.act(clerk, "claim", id, "close", raw={"resolution": "Sealed"})
    firm.engine.act(clerk, "claim", id, "duplicate")
    twin = firm.get("claim", id + 1)
    assert (twin["number"], twin["state"], twin["issue"]) == ("CI-00002", "open", "To be written")
    assert (twin["resolution"], twin["resolved_on"], twin["resolved_by"]) == (None, None, None)
    assert (twin["contact"], twin["item_name"], twin["issue_date"]) == ("Ann", "Pump", date(2024, 5, 10))
