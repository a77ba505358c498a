"""A button with `bulk: together` takes all ticked records or none, and does once what it does."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from engine.runtime.together import Apart, together
from engine.runtime.values import Ask
from tests.firm import ADMIN, Build, Firm, refused

FILES = {
    "pack.yaml": "title: Test\nlanguage: en\nroles: {clerk: Clerk, boss: Boss}\n",
    "forms/payment.yaml": """
fields:
  on: {type: date}
  total: {type: money}
  bills: {type: lines, fields: {bill: {type: reference, to: bill}, amount: {type: money}}}
rules: {most: {check: total < 1000, message: "{total} is too much at once"}}
access: {everyone: {can: [view]}}
""",
    "forms/bill.yaml": """
record_title: "{name}"
fields:
  name: {}
  amount: {type: money, required: true}
  account: {}
  payment: {type: reference, to: payment}
  stamp: {}
rules: {known: {at: pay, check: amount < 500, message: "{name} is to be approved first"},
        vague: {at: pay, check: not ISBLANK(account), level: warn, message: "{name} names no account"}}
access: {clerk: {can: [view, create, edit], where: owner = user}, boss: {can: [view, edit]}}
actions:
  mark: {who: clerk, bulk: together, do: [{update: =selected, set: {stamp: '=JOIN("+", name from selected)'}}]}
""",
    "workflows/bill.yaml": """
states:
  open: {title: Open}
  paid: {title: Paid, enter: [{set: {stamp: '="paid " & name'}}], final: success}
transitions:
  pay:
    from: open
    to: paid
    who: clerk
    when: amount != 13
    edit: [account]
    bulk: together
    ask: {on: {type: date, required: true}}
    do:
      - create: payment
        as: made
        set: {on: =ask.on, total: =SUM(amount from selected), bills: {from: selected, set: {bill: =row, amount: =amount}}}
      - {update: =selected, set: {payment: =made}}
      - {open: =made}
""",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    made = engine_of(FILES)
    for login, role in (("ann", "clerk"), ("art", "clerk"), ("bea", "boss")):
        made.person(login, role)
    return made


def bills(firm: Firm, *amounts: int, who: str = "ann") -> list[int]:
    return [firm.new(firm.who(who), "bill", name=f"b{n}", amount=n, account="a") for n in amounts]


def press(firm: Firm, ids: list[int], button: str = "pay", who: str = "ann", **more: Any) -> Any:
    more = {"ask": {"on": "2026-11-23"} if button == "pay" else {}, **more}
    versions = more.pop("versions", dict.fromkeys(ids))
    return firm.engine.write(firm.who(who), lambda work: together(work, "bill", versions, button, **more))


def reasons(firm: Firm, ids: list[int], **more: Any) -> dict[int, list[tuple[str, str]]]:
    """Why which record can't take it; that then nothing has happened."""
    before = [firm.get("bill", id) for id in ids]
    with pytest.raises(Apart) as raised:
        press(firm, ids, **more)
    assert [firm.get("bill", id) for id in ids] == before and firm.titles(ADMIN, "payment") == []
    return {id: [(p.code, p.severity) for p in found] for id, found in raised.value.reasons.items()}


def test_all_are_taken_and_what_is_done_is_done_once(firm: Firm) -> None:
    ids = bills(firm, 10, 20, 30)
    done = press(firm, [ids[2], ids[0]])
    (payment,) = firm.engine.page(ADMIN, "payment", Ask()).rows
    assert done.open == ("payment", payment.record.id)
    kept = firm.get("payment", payment.record.id or 0)
    assert kept["total"] == 40 and [line["bill"] for line in kept["bills"]] == [ids[2], ids[0]]  # as they were ticked
    paid = firm.get("bill", ids[0])
    assert (paid["state"], paid["payment"], paid["stamp"]) == ("paid", payment.record.id, "paid b10")
    assert firm.get("bill", ids[1])["state"] == "open"
    event = firm.engine.history(ADMIN, "bill", ids[0])[0]
    assert (event.action, event.transition, event.to_state) == ("act", "pay", "paid")
    (made,) = firm.engine.history(ADMIN, "payment", payment.record.id or 0)
    assert [(one.cause.name, one.cause.form, one.cause.record) for one in made.causes] == [("pay", "bill", None)]
    press(firm, [ids[1], *bills(firm, 5)], "mark")
    assert firm.get("bill", ids[1])["stamp"] == "b20+b5"


def test_one_that_cannot_take_it_keeps_all_and_each_reason_is_told(firm: Firm) -> None:
    ids = bills(firm, 10, 13, 600)
    (others,) = bills(firm, 20, who="art")
    assert reasons(firm, [*ids, others]) == {
        ids[1]: [("guard_closed", "error")], others: [("not_found", "error")],
    }  # fmt: skip
    assert reasons(firm, [ids[0], ids[2]]) == {ids[2]: [("rule_broken", "error")]}
    assert reasons(firm, ids[:1], who="bea") == {ids[0]: [("not_yours", "error")]}
    seen = {ids[0]: firm.get("bill", ids[0])["version"]}
    firm.engine.change(firm.who("ann"), "bill", ids[0], {"account": "b"})
    assert reasons(firm, ids[:1], versions=seen) == {ids[0]: [("conflict", "error")]}
    press(firm, ids[:1])
    with pytest.raises(Apart) as raised:
        press(firm, ids[:1])
    assert [(p.code, p.place.field) for p in raised.value.problems] == [("wrong_state", f"records.{ids[0]}")]


def test_what_it_does_is_refused_for_all_and_warnings_are_confirmed_for_all(firm: Firm) -> None:
    ids = bills(firm, 400, 450, 300)
    assert refused(lambda: press(firm, ids))[0][0] == "rule_broken"  # more than a payment may hold
    assert [firm.get("bill", id)["state"] for id in ids] == ["open"] * 3 and firm.titles(ADMIN, "payment") == []
    assert reasons(firm, ids[:2], raw={"account": ""}) == {id: [("rule_broken", "warn")] for id in ids[:2]}
    press(firm, ids[:2], raw={"account": ""}, confirmed={"rule:vague"})
    assert [firm.get("bill", id)["state"] for id in ids] == ["paid", "paid", "open"]
    asked = refused(lambda: press(firm, ids[2:], ask={}))
    assert asked == [("required", f"records.{ids[2]}.ask.on")]


def test_one_alone_and_an_action_take_it_too(firm: Firm) -> None:
    (id,) = bills(firm, 10)
    firm.engine.act(firm.who("ann"), "bill", id, "pay", ask={"on": "2026-11-23"})
    assert firm.get("bill", id)["payment"] is not None and firm.get("bill", id)["state"] == "paid"
    assert refused(lambda: press(firm, [], "mark")) == [("nothing_ticked", None)]
    assert refused(lambda: press(firm, [id], "pya"))[0][0] == "no_button"


def test_two_people_at_once_pay_each_bill_once(firm: Firm) -> None:
    ids = bills(firm, 10, 20)
    orders = [ids, ids[::-1]]
    gate = threading.Barrier(2)
    lost: list[str] = []

    def pay(order: list[int]) -> None:
        gate.wait()
        try:
            press(firm, order)
        except Apart as apart:
            lost.extend(sorted({p.code for p in apart.problems}))

    threads = [threading.Thread(target=pay, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lost == ["wrong_state"] and len(firm.engine.page(ADMIN, "payment", Ask()).rows) == 1
