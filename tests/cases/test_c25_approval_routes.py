"""Approval by another person, and a route that depends on the record (re-told from public Frappe workflows)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from engine.problems import Refused
from tests.firm import Firm, refused, why


@pytest.fixture
def firm(case: Callable[..., Firm]) -> Firm:
    made = case("c25")
    made.person("ann", "purchase_user")
    for manager in ("max", "mia"):
        made.person(manager, "purchase_manager")
    made.person("sam", "stock_user")
    for manager in ("sue", "sol"):
        made.person(manager, "stock_manager")
    return made


def order(firm: Firm, creator: str, submitter: str | None = None) -> int:
    id = firm.new(firm.who(creator), "purchase_order", supplier="S", total=10)
    firm.engine.act(firm.who(submitter or creator), "purchase_order", id, "submit")
    return id


def issue(firm: Firm, purpose: str) -> int:
    return firm.new(firm.who("sam"), "stock_issue", purpose=purpose)


# -- A. purchase order -------------------------------------------------------------------------------------------------


def test_a_manager_who_created_it_may_not_approve_it(firm: Firm) -> None:
    id = order(firm, "max")
    assert firm.buttons(firm.who("max"), "purchase_order", id) == []
    for button in ("approve", "reject"):
        status, _ = why(lambda: firm.engine.act(firm.who("max"), "purchase_order", id, button))  # noqa: B023
        assert status == 403
    assert firm.get("purchase_order", id)["state"] == "pending"


def test_nor_one_who_only_submitted_it(firm: Firm) -> None:
    id = order(firm, "ann", submitter="max")
    assert firm.buttons(firm.who("max"), "purchase_order", id) == []
    assert why(lambda: firm.engine.act(firm.who("max"), "purchase_order", id, "approve"))[0] == 403
    assert firm.buttons(firm.who("mia"), "purchase_order", id) == ["approve", "reject"]


def test_a_user_may_not_approve_at_all(firm: Firm) -> None:
    id = order(firm, "ann")
    assert firm.buttons(firm.who("ann"), "purchase_order", id) == []
    assert why(lambda: firm.engine.act(firm.who("ann"), "purchase_order", id, "approve")) == (
        403, '"Approve" is for Purchase manager',
    )  # fmt: skip


def test_another_manager_approves_and_nobody_changes_it_any_more(firm: Firm) -> None:
    id = order(firm, "max")
    firm.engine.act(firm.who("mia"), "purchase_order", id, "approve")
    assert firm.get("purchase_order", id)["state"] == "approved"
    for person in ("ann", "max", "mia"):
        assert why(lambda: firm.engine.change(firm.who(person), "purchase_order", id, {"total": 1}))[0] == 403  # noqa: B023
        assert firm.buttons(firm.who(person), "purchase_order", id) == []
        assert "edit" not in firm.engine.open(firm.who(person), "purchase_order", id).rights.can


def test_a_pending_order_is_read_only_too(firm: Firm) -> None:
    id = order(firm, "ann")
    assert why(lambda: firm.engine.change(firm.who("ann"), "purchase_order", id, {"total": 1}))[0] == 403


def test_who_submitted_can_not_be_typed(firm: Firm) -> None:
    mia = firm.who("mia")
    call = lambda: firm.new(firm.who("max"), "purchase_order", supplier="S", total=1, submitted_by=mia.id)  # noqa: E731
    assert refused(call) == [("readonly_field", "submitted_by")]


def test_those_who_can_act_next_are_told(firm: Firm) -> None:
    order(firm, "ann")
    assert [len(firm.engine.notices(firm.who(p))) for p in ("max", "mia", "ann", "sue")] == [1, 1, 0, 0]
    assert firm.engine.counts(firm.who("mia")).get("purchase_order") == 1
    assert firm.engine.counts(firm.who("ann")).get("purchase_order", 0) == 0


# -- B. stock issue ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("purpose", "offered", "other"), [("transfer", "submit", "request"), ("issue", "request", "submit")]
)
def test_only_the_route_for_its_purpose_is_offered(firm: Firm, purpose: str, offered: str, other: str) -> None:
    id = issue(firm, purpose)
    assert firm.buttons(firm.who("sam"), "stock_issue", id) == [offered]
    assert refused(lambda: firm.engine.act(firm.who("sam"), "stock_issue", id, other)) == [("guard_closed", None)]
    firm.engine.act(firm.who("sam"), "stock_issue", id, offered)
    assert firm.get("stock_issue", id)["state"] == {"submit": "approved", "request": "pending"}[offered]


def test_a_purpose_that_changes_after_the_request_is_no_way_around(firm: Firm) -> None:
    id = issue(firm, "issue")
    firm.engine.act(firm.who("sam"), "stock_issue", id, "request")
    assert why(lambda: firm.engine.change(firm.who("sam"), "stock_issue", id, {"purpose": "transfer"}))[0] == 403
    assert refused(lambda: firm.engine.change(firm.who("sue"), "stock_issue", id, {"what": "x"})) == [
        ("readonly_field", "what")
    ]
    firm.engine.change(firm.who("sue"), "stock_issue", id, {"purpose": "transfer"})
    assert firm.buttons(firm.who("sam"), "stock_issue", id) == []
    assert refused(lambda: firm.engine.act(firm.who("sam"), "stock_issue", id, "submit")) == [("wrong_state", None)]
    assert firm.buttons(firm.who("sue"), "stock_issue", id) == ["approve", "reject"]
    firm.engine.act(firm.who("sue"), "stock_issue", id, "reject")
    assert firm.get("stock_issue", id)["state"] == "draft"
    firm.engine.change(firm.who("sam"), "stock_issue", id, {"purpose": "issue"})
    assert firm.buttons(firm.who("sam"), "stock_issue", id) == ["request"]


def test_two_managers_at_once_one_wins(firm: Firm) -> None:
    id = issue(firm, "issue")
    firm.engine.act(firm.who("sam"), "stock_issue", id, "request")
    version = firm.get("stock_issue", id)["version"]
    start = Barrier(2)

    def approve(name: str) -> str:
        actor = firm.who(name)
        start.wait(10)
        try:
            firm.engine.act(actor, "stock_issue", id, "approve", version=version)
        except Refused as refusal:
            return f"{refusal.problems[0].status} {refusal.problems[0].code}"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(approve, ("sue", "sol"))) == ["409 handled_by_another", "done"]
    assert firm.history("stock_issue", id) == ["create", "act:request", "act:approve"]
