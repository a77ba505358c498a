"""Quotations: totals computed, signs checked, the number given once (facts of a case of Corteza's)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from engine.problems import Refused
from engine.runtime.values import Actor
from tests.firm import Firm, refused


@pytest.fixture
def firm(case: Callable[..., Firm]) -> Firm:
    return case("c04")


@pytest.fixture
def seller(firm: Firm) -> Actor:
    return firm.person("sam", "sales")


@pytest.mark.parametrize(
    ("subtotal", "discount", "shipping", "tax", "total", "grand"),
    [
        ("1000", "100", "50", "19", "950", "1130.50"),
        ("100", "150", "20", "", "20", "20"),
        ("", "", "7.50", "8", "7.50", "8.10"),
        ("99.99", "0", "0", "7.7", "99.99", "107.69"),
    ],
)
def test_totals_are_computed_to_the_cent_and_empty_counts_as_nothing(
    firm: Firm, seller: Actor, subtotal: str, discount: str, shipping: str, tax: str, total: str, grand: str
) -> None:
    id = firm.new(seller, "quote", subtotal=subtotal, discount=discount, shipping=shipping, tax=tax and f"{tax}%")
    found = firm.get("quote", id)
    assert (found["total"], found["grand_total"]) == (Decimal(total), Decimal(grand))


@pytest.mark.parametrize("name", ["discount", "shipping", "subtotal", "tax"])
def test_nothing_may_be_negative_and_each_says_so_itself(firm: Firm, seller: Actor, name: str) -> None:
    with pytest.raises(Refused) as raised:
        firm.engine.submit(
            seller, "quote", {"subtotal": "10", "discount": "0", "shipping": "0", "tax": "0", name: "-1"}
        )
    assert f"{name.title()}".split()[0] in raised.value.problems[0].message("en")
    assert "negative" in raised.value.problems[0].message("en")


def test_the_number_is_given_at_the_first_save_and_kept(firm: Firm, seller: Actor) -> None:
    assert refused(lambda: firm.new(seller, "quote", discount="-1"))
    id = firm.new(seller, "quote", subtotal="10")
    firm.engine.change(seller, "quote", id, {"subtotal": "20"})
    assert firm.get("quote", id)["number"] == "Q-0001"
    assert firm.get("quote", firm.new(seller, "quote"))["number"] == "Q-0002"


@pytest.mark.parametrize("name", ["total", "grand_total"])
def test_totals_that_a_program_sends_are_never_stored(firm: Firm, seller: Actor, name: str) -> None:
    program = firm.who("sam", channel="api")
    sent: dict[str, Any] = {"subtotal": "10.00", name: "1.00"}
    assert refused(lambda: firm.engine.submit(program, "quote", sent)) == [("computed_field", name)]


def quoted(firm: Firm, seller: Actor, *contacts: tuple[str, bool]) -> dict[str, Any]:
    account = firm.new(seller, "account", name="Alpha")
    for name, primary in contacts:
        firm.new(seller, "contact", name=name, account=account, primary=primary)
    items = [{"product": "A", "price": "10", "quantity": "2"}, {"product": "B", "price": "5"}]
    id = firm.new(seller, "opportunity", name="O", account=account, items=items)
    accepted = firm.engine.act(seller, "opportunity", id, "new_quote")
    assert accepted.open is not None and accepted.open[0] == "quote"
    return firm.get("quote", accepted.open[1])


def test_a_quotation_takes_all_lines_and_the_contact_that_is_meant(firm: Firm, seller: Actor) -> None:
    alone = quoted(firm, seller, ("Only", False))
    assert [(i["product"], i["quantity"], i["total"]) for i in alone["items"]] == [("A", 2, 20), ("B", 1, 5)]
    assert (alone["contact"], alone["subtotal"], alone["grand_total"]) == (1, 25, 25)
    assert quoted(firm, seller, ("One", False), ("Two", True))["contact"] == 3
    assert quoted(firm, seller, ("One", False), ("Two", False))["contact"] is None


def test_without_an_account_there_is_no_quotation(firm: Firm, seller: Actor) -> None:
    id = firm.new(seller, "opportunity", name="O")
    with pytest.raises(Refused) as raised:
        firm.engine.act(seller, "opportunity", id, "new_quote")
    assert "choose an account" in raised.value.problems[0].message("en")
    assert firm.titles(seller, "quote") == []
