"""A form that is sent again because its answer was lost is saved once; what was changed in between is never lost unseen."""

from __future__ import annotations

from tests.firm import Firm
from tests.web.conftest import Browser
from tests.web.test_forms import GOOD
from tests.web.test_pages import SAFE, Page

KEY = {"_key": "k-1"}


def test_a_form_sent_twice_is_saved_once_and_answered_twice(browser: Browser, shop: Firm) -> None:
    client = browser("carl")
    sent = {**GOOD, "_key": Page(client.get("/f/sale/new").text).fields["_key"][-1]}
    for _ in range(2):
        assert client.post("/f/sale/new", data=sent, headers=SAFE).headers["location"] == "/f/sale/1"
        assert "Saved: S-001" in client.get("/f/sale/1").text
    assert shop.engine.count(shop.who("bea"), "sale") == 1


def test_every_form_has_a_key_of_its_own_and_a_refused_one_keeps_it(browser: Browser) -> None:
    client = browser("carl")
    first, second = (Page(client.get("/f/sale/new").text).fields["_key"][-1] for _ in range(2))
    assert first != second
    refused = client.post("/f/sale/new", data={**GOOD, "customer": "", "_key": first}, headers=SAFE)
    assert Page(refused.text).fields["_key"] == [first]
    assert client.post("/f/sale/new", data={**GOOD, "_key": first}, headers=SAFE).status_code == 303


def test_what_was_changed_before_it_was_sent_again_is_asked_not_lost(browser: Browser, shop: Firm) -> None:
    client = browser("carl")
    client.post("/f/sale/new", data={**GOOD, **KEY}, headers=SAFE)
    changed = {**GOOD, "note": "one more word"}
    answer = client.post("/f/sale/new", data={**changed, **KEY}, headers=SAFE)
    assert answer.status_code == 422
    assert "saved already, as &#34;S-001 Ann &amp; Sons&#34;" in answer.text and "one more word" in answer.text
    assert shop.engine.count(shop.who("bea"), "sale") == 1
    key = Page(answer.text).fields["_key"][-1]
    again = client.post("/f/sale/new", data={**changed, "_key": key}, headers=SAFE)
    assert again.headers["location"] == "/f/sale/2"


def test_a_change_sent_twice_is_no_conflict_with_oneself(browser: Browser, shop: Firm, sale: int) -> None:
    client = browser("carl")
    sent = {"_fields": "note", "note": "mine", "version": "1", **KEY}
    for _ in range(2):
        assert client.post(f"/f/sale/{sale}/edit", data=sent, headers=SAFE).headers["location"] == f"/f/sale/{sale}"
    assert shop.engine.open(shop.who("bea"), "sale", sale).record.version == 2
    other = client.post(f"/f/sale/{sale}/edit", data={**sent, "note": "other"}, headers=SAFE)
    assert other.status_code == 409


def test_a_key_is_one_persons(browser: Browser, shop: Firm) -> None:
    for login in ("carl", "ada"):
        assert browser(login).post("/f/sale/new", data={**GOOD, **KEY}, headers=SAFE).status_code == 303
    assert shop.engine.count(shop.who("bea"), "sale") == 2


def test_a_draft_keeps_the_key_of_its_form(browser: Browser) -> None:
    client = browser("carl")
    client.post("/f/sale/draft", data={**GOOD, **KEY}, headers=SAFE)
    assert Page(client.get("/f/sale/new?draft=1").text).fields["_key"] == ["k-1"]
