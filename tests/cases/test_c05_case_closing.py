"""Closing a support case: two ways to satisfy a guard, and never twice (facts of a case of Corteza's)."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from engine.runtime.values import Actor
from tests.firm import NOW, Firm, why


@pytest.fixture
def firm(case: Callable[..., Firm]) -> Firm:
    return case("c05")


@pytest.fixture
def clerk(firm: Firm) -> Actor:
    return firm.person("sue", "support")


def test_without_a_solution_it_stays_open_and_nothing_changes(firm: Firm, clerk: Actor) -> None:
    id = firm.new(clerk, "case", subject="Broken")
    before = firm.get("case", id)
    status, sentence = why(lambda: firm.engine.act(clerk, "case", id, "close"))
    assert status == 409 and sentence.startswith("Please add a solution name or select")
    assert firm.get("case", id) == before and firm.history("case", id) == ["create"]


def test_a_chosen_solution_is_copied_with_its_note_and_file(firm: Firm, clerk: Actor) -> None:
    file = firm.engine.keep_file(clerk, "how.txt", io.BytesIO(b"turn it on"))
    solution = firm.new(clerk, "solution", name="Restart", note="Turn it off and on", file=str(file))
    id = firm.new(clerk, "case", subject="Broken", solution=solution)
    firm.engine.act(clerk, "case", id, "close")
    found = firm.get("case", id)
    assert (found["state"], found["closed"], found["closed_on"]) == ("closed", True, NOW)
    assert (found["solution_name"], found["solution_note"]) == ("Restart", "Turn it off and on")
    [copy] = found["solution_file"]
    assert copy != file and firm.engine.file(clerk, copy).path.read_bytes() == b"turn it on"
    assert firm.history("case", id) == ["create", "act:close"]
    assert firm.engine.history(clerk, "case", id)[0].to_state == "closed"


def test_a_case_may_become_a_solution_with_the_next_number(firm: Firm, clerk: Actor) -> None:
    firm.new(clerk, "solution", name="Old")
    product = firm.new(clerk, "product", name="Pump")
    id = firm.new(clerk, "case", subject="Broken", product=product, solution_name="New", submit_as_solution=True)
    firm.engine.act(clerk, "case", id, "close")
    made = firm.get("solution", 2)
    assert (made["number"], made["name"], made["published"]) == ("S-0002", "New", True)
    assert (made["case"], made["product"]) == (id, product)


def test_a_closed_case_is_not_closed_again(firm: Firm, clerk: Actor) -> None:
    id = firm.new(clerk, "case", subject="Broken", solution_name="New", submit_as_solution=True)
    firm.engine.act(clerk, "case", id, "close")
    assert why(lambda: firm.engine.act(clerk, "case", id, "close")) == (409, "This case is already closed")
    assert firm.get("solution", firm.new(clerk, "solution", name="Next"))["number"] == "S-0002"
