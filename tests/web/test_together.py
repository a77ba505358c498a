"""Ticked records that are taken all or none: the bar, the dialog with every reason, without scripts, and a program."""

from __future__ import annotations

import pytest

from tests.firm import Build, Firm
from tests.web.conftest import FILES, FLOW, Browser, opened
from tests.web.programs import Desk
from tests.web.test_bulk import post, state

SHIP = """
  ship:
    title: {zh: 一起发货, en: Ship}
    from: sent
    to: done
    who: clerk
    bulk: together
    ask: {by: {type: text, title: Carrier, required: true}}
    do: [{update: =selected, set: {note: '=ask.by & " " & JOIN(" ", number from selected)'}}]
"""


@pytest.fixture
def shop(engine_of: Build) -> Firm:
    return opened(engine_of({**FILES, "workflows/sale.yaml": FLOW + SHIP}))


@pytest.fixture
def sales(shop: Firm) -> list[int]:
    """Two that were sent, and a draft."""
    line = {"what": "Bolt", "quantity": 1, "price": 10}
    ids = [shop.new(shop.who("bea"), "sale", customer=1, items=[line]) for _ in range(3)]
    for id in ids[:2]:
        shop.engine.act(shop.who("carl"), "sale", id, "send")
    return ids


def test_the_bar_takes_all_or_none_and_tells_why(browser: Browser, shop: Firm, sales: list[int]) -> None:
    carl = browser("carl")
    assert "/f/sale/bulk/ship" in post(carl, "/f/sale/bulk?view=all", sales).text
    dialog = post(carl, "/f/sale/bulk/ship", sales).text
    assert "Ship: 3 records" in dialog and "All of them or none." in dialog and 'name="ask.by"' in dialog
    empty = post(carl, "/f/sale/bulk/ship", sales[:2], _go="1")
    assert empty.status_code == 422 and "Carrier" in empty.text
    told = post(carl, "/f/sale/bulk/ship", sales, True, **{"_go": "1", "ask.by": "SF"})
    assert told.status_code == 200 and "nothing was done" in told.text and told.text.count("fl-bulk-left") == 1
    assert "hx-trigger-after-swap" not in told.headers  # what is ticked stays ticked
    assert f'href="/f/sale/{sales[2]}"' in told.text and f'href="/f/sale/{sales[0]}"' not in told.text
    assert [state(shop, id) for id in sales] == ["sent", "sent", "draft"]
    assert post(carl, "/f/sale/bulk/ship", sales[:2], True, **{"_go": "1", "ask.by": "SF"}).status_code == 204
    assert [shop.get("sale", id)["note"] for id in sales[:2]] == ["SF S-001 S-002"] * 2
    assert "the button Ship" not in carl.get(f"/f/sale/{sales[0]}").text  # the history says it once


def test_without_scripts_and_by_a_program(browser: Browser, shop: Firm, sales: list[int]) -> None:
    carl, program = browser("carl"), Desk(shop).of("carl")
    plain = post(carl, "/f/sale/bulk/ship?view=all", [*sales[:1], sales[2]], False, **{"_go": "1", "ask.by": "SF"})
    assert plain.status_code == 200 and plain.text.count("<h1") == 1 and "nothing was done" in plain.text
    address = "/forms/sale/transitions/ship"
    rows = [{"id": id, "version": shop.get("sale", id)["version"]} for id in sales]
    assert program.why("POST", address, json={"records": rows, "ask": {"by": "SF"}}) == (
        409, [("wrong_state", f"records.{sales[2]}")],
    )  # fmt: skip
    stale = [{"id": sales[0], "version": 1}, rows[1]]
    assert program.why("POST", address, json={"records": stale, "ask": {"by": "SF"}})[1] == [
        ("conflict", f"records.{sales[0]}")
    ]
    for wrong in ([], [rows[0], rows[0]], [{"id": "1"}], [3], None):
        assert program.why("POST", address, json={"records": wrong})[1] == [("bad_member", "records")]
    assert program.why("POST", "/forms/sale/transitions/send", json={"records": rows})[1] == [("not_together", None)]
    assert program.why("POST", "/forms/sale/transitions/sip", json={"records": rows})[1][0][0] == "no_button"
    body = {"records": rows[:2], "ask": {"by": "SF"}}
    answers = [
        program.call("POST", f"/api{address}", json=body, headers={"idempotency-key": "once"}).json() for _ in range(2)
    ]
    assert answers[0] == answers[1] and [r["state"] for r in answers[0]["records"]] == ["done", "done"]
    paths = program.get("/openapi.json")["paths"]
    assert "/api/forms/sale/transitions/ship" in paths and "/api/forms/sale/transitions/send" not in paths
