from __future__ import annotations

import io
import json
from typing import Any

from starlette.testclient import TestClient

from tests.firm import Firm
from tests.web.conftest import Browser
from tests.web.test_pages import SAFE, Page

GOOD = {
    "_fields": "customer kind gift wish note items", "customer": "1", "kind": "web", "gift": "false",
    "items.0.id": "", "items.0.what": "Tea", "items.0.quantity": "2", "items.0.price": "3.50",
    "items.1.id": "", "items.1.what": "Cake", "items.1.quantity": "1", "items.1.price": "4",
}  # fmt: skip


def posted(client: TestClient, path: str, **more: Any) -> dict[str, Any]:
    """What a browser would send from this page, with something typed over it."""
    fields = {n: v[-1] for n, v in Page(client.get(path).text).fields.items()}
    return {**fields, **more}


def test_a_record_is_made_and_its_page_says_so(browser: Browser, shop: Firm) -> None:
    client = browser("carl")
    done = client.post("/f/sale/new", data=GOOD, headers=SAFE)
    assert done.headers["location"] == "/f/sale/1"
    page = client.get("/f/sale/1").text
    assert "Saved: S-001 Ann &amp; Sons" in page
    assert "¥11.00" in page
    assert "Saved: " not in client.get("/f/sale/1").text
    record = shop.engine.open(shop.who("bea"), "sale", 1).record
    assert [line.values["quantity"] for line in record.values["items"]] == [2, 1]


def test_errors_stand_beside_their_fields_and_what_was_typed_stays(browser: Browser, shop: Firm) -> None:
    typed = {**GOOD, "customer": "", "gift": "true", "items.1.quantity": "many", "note": "<b>keep me</b>"}
    answer = browser("carl").post("/f/sale/new", data=typed, headers=SAFE)
    assert answer.status_code == 422
    assert "3 things to fix" in answer.text
    for link in ("#field-customer", "#field-wish", "#field-items-1-quantity"):
        assert f'href="{link}"' in answer.text
    assert 'value="many"' in answer.text
    assert "&lt;b&gt;keep me&lt;/b&gt;" in answer.text
    assert 'id="field-customer-error"' in answer.text
    assert shop.engine.count(shop.who("bea"), "sale") == 0


def test_an_empty_row_before_a_filled_one_moves_no_error(browser: Browser) -> None:
    typed = {
        **GOOD, "items.0.what": "", "items.0.quantity": "", "items.0.price": "", "items.1.quantity": "many",
    }  # fmt: skip
    answer = browser("carl").post("/f/sale/new", data=typed, headers=SAFE)
    assert answer.status_code == 422
    fields = Page(answer.text).fields
    assert fields["items.0.what"] == ["Cake"]
    assert fields["items.0.quantity"] == ["many"]
    assert 'href="#field-items-0-quantity"' in answer.text
    assert "items.1.what" not in fields


def test_a_warning_is_ticked_and_then_accepted(browser: Browser) -> None:
    client = browser("carl")
    large = {**GOOD, "items.0.price": "9000"}
    asked = client.post("/f/sale/new", data=large, headers=SAFE)
    assert asked.status_code == 422
    assert "That is a lot" in asked.text
    assert 'name="confirm" value="rule:large"' in asked.text
    assert client.post("/f/sale/new", data={**large, "confirm": "rule:large"}, headers=SAFE).status_code == 303


def test_the_form_as_it_stands_is_computed_while_it_is_typed(browser: Browser) -> None:
    client = browser("carl")
    answer = client.post("/f/sale/compute", data={**GOOD, "gift": "true"}, headers=SAFE).json()
    assert answer["values"]["total"] == "11.00"
    assert answer["display"]["total"] == "¥11.00"
    assert answer["display"]["items.amount"] == "¥11.00"
    assert answer["visible"]["wish"] is True
    assert answer["required"]["wish"] is True
    assert answer["rows"] == {"items": 2}
    assert "secret" not in answer["values"]


def test_rules_reach_the_browser_as_trees(browser: Browser) -> None:
    text = browser("carl").get("/f/sale/new").text
    start = text.index('id="fl-form-rules">') + len('id="fl-form-rules">')
    rules = json.loads(text[start : text.index("</script>", start)])
    assert rules["fields"]["wish"]["visible"][0] == "get"
    assert rules["fields"]["total"]["formula"][0] == "agg"
    assert rules["fields"]["items"]["lines"]["fields"]["amount"]["reads"] == ["price", "quantity"]
    assert "secret" not in rules["fields"]
    assert rules["values"]["kind"] == "shop"


def test_a_reference_is_searched(browser: Browser) -> None:
    client = browser("carl")
    found = client.post("/f/sale/options/customer", data={"_q": "ann"}, headers=SAFE).json()
    assert [(o["value"], o["label"]) for o in found["options"]] == [("1", "Ann & Sons")]
    assert client.get("/f/sale/options/customer?_q=zz").json()["options"] == []


def test_an_edited_record_keeps_what_was_not_touched(browser: Browser, shop: Firm, sale: int) -> None:
    client = browser("carl")
    form = posted(client, f"/f/sale/{sale}/edit", note="called", kind="web", customer="1", gift="false")
    assert client.post(f"/f/sale/{sale}/edit", data=form, headers=SAFE).headers["location"] == f"/f/sale/{sale}"
    values = shop.engine.open(shop.who("bea"), "sale", sale).record.values
    assert (values["note"], values["kind"], values["items"][0].values["what"]) == ("called", "web", "Tea")
    page = client.get(f"/f/sale/{sale}").text
    assert "<del>Shop</del>" in page and "<ins>Web</ins>" in page


def test_nobody_overwrites_a_colleague_unseen(browser: Browser, shop: Firm, sale: int) -> None:
    client = browser("carl")
    form = posted(client, f"/f/sale/{sale}/edit", note="mine", kind="web", customer="1", gift="false")
    shop.engine.change(shop.who("bea"), "sale", sale, {"note": "theirs", "secret": "s"})
    answer = client.post(f"/f/sale/{sale}/edit", data=form, headers=SAFE)
    assert answer.status_code == 409
    assert "Bea changed this record" in answer.text
    assert "mine" in answer.text and "theirs" in answer.text
    assert "Kind (you)" in answer.text
    assert shop.engine.open(shop.who("bea"), "sale", sale).record.values["note"] == "theirs"
    chosen = {**{n: v[-1] for n, v in Page(answer.text).fields.items()}, "keep.note": "theirs"}
    assert client.post(f"/f/sale/{sale}/edit", data=chosen, headers=SAFE).status_code == 303
    values = shop.engine.open(shop.who("bea"), "sale", sale).record.values
    assert (values["note"], values["kind"], values["secret"]) == ("theirs", "web", "s")


def test_a_button_without_questions_is_pressed_at_once(browser: Browser, shop: Firm, sale: int) -> None:
    client = browser("carl")
    page = client.get(f"/f/sale/{sale}").text
    assert f'action="/f/sale/{sale}/act/send"' in page
    assert "aria-disabled" not in page.split("fl-acts")[0]
    client.post(f"/f/sale/{sale}/act/send", data={"version": "1"}, headers=SAFE)
    assert shop.engine.open(shop.who("bea"), "sale", sale).record.values["state"] == "sent"
    assert "Boss" in client.get(f"/f/sale/{sale}").text


def test_a_button_asks_for_what_it_needs(browser: Browser, shop: Firm, sale: int) -> None:
    shop.engine.act(shop.who("carl"), "sale", sale, "send")
    client = browser("bea")
    url = f"/f/sale/{sale}/act/finish"
    part = client.get(url, headers={"hx-request": "true"})
    assert "<dialog" in part.text and "<html" not in part.text and 'name="note"' in part.text
    assert 'name="secret"' not in part.text
    form = posted(client, url)
    refused = client.post(url, data={**form, "note": ""}, headers=SAFE)
    assert refused.status_code == 422
    assert 'id="field-note-error"' in refused.text
    done = client.post(url, data={**form, "note": "paid"}, headers={**SAFE, "hx-request": "true"})
    assert (done.status_code, done.headers["hx-redirect"]) == (204, f"/f/sale/{sale}")
    assert shop.engine.open(shop.who("bea"), "sale", sale).record.values["state"] == "done"


def test_an_opinion_is_needed_and_quoted(browser: Browser, sale: int) -> None:
    client = browser("carl")
    url = f"/f/sale/{sale}/act/cancel"
    refused = client.post(url, data=posted(client, url), headers=SAFE)
    assert refused.status_code == 422
    assert "Write an opinion" in refused.text
    client.post(url, data={**posted(client, url), "opinion": "<i>too dear</i>"}, headers=SAFE)
    page = client.get(f"/f/sale/{sale}").text
    assert 'fl-quote--bad">&lt;i&gt;too dear' in page


def test_a_record_is_commented_and_deleted(browser: Browser, shop: Firm, sale: int) -> None:
    client = browser("bea")
    part = client.post(f"/f/sale/{sale}/comment", data={"text": "seen & done"}, headers={**SAFE, "hx-request": "true"})
    assert "seen &amp; done" in part.text and "<html" not in part.text
    assert client.post(f"/f/sale/{sale}/comment", data={"text": " "}, headers=SAFE).status_code == 422
    assert browser("carl").post(f"/f/sale/{sale}/delete", headers=SAFE).status_code == 403
    assert client.post(f"/f/sale/{sale}/delete", headers=SAFE).headers["location"] == "/f/sale"
    assert shop.engine.count(shop.who("bea"), "sale") == 0
    assert client.get(f"/f/sale/{sale}").status_code == 404


def test_related_records_and_a_new_one_from_here(browser: Browser, sale: int) -> None:
    client = browser("carl")
    assert 'href="/f/customer/1/related/sales"' in client.get("/f/customer/1").text
    page = client.get("/f/customer/1?tab=sales").text
    assert f'href="/f/sale/{sale}"' in page
    assert "/f/sale/new?customer=1" in page
    new = client.get("/f/sale/new?customer=1&back=/f/customer/1").text
    assert "Ann &amp; Sons" in new
    done = client.post("/f/sale/new", data={**GOOD, "back": "/f/customer/1"}, headers=SAFE)
    assert done.headers["location"] == "/f/customer/1"


def test_a_file_is_its_uploaders_until_a_record_holds_it(browser: Browser) -> None:
    client = browser("carl")
    file = {"file": ("hallo wörld.html", io.BytesIO(b"<script>alert(1)</script>"), "text/html")}
    answer = client.post("/files", files=file, headers={**SAFE, "accept": "application/json"})
    assert answer.status_code == 201
    url = answer.json()["url"]
    got = client.get(url)
    assert got.headers["content-type"].startswith("text/plain")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert browser("bea").get(url).status_code == 404
    empty = client.post("/files", data={"x": "1"}, headers={**SAFE, "accept": "application/json"})
    assert (empty.status_code, empty.json()["code"]) == (422, "no_file")


def test_a_warning_about_lines_names_each_and_leads_there(browser: Browser) -> None:
    typed = {**GOOD, "items.1.quantity": "700000", "items.1.price": "0", "items.2.id": "", "items.2.what": "Pie",
             "items.2.quantity": "800000", "items.2.price": "0"}  # fmt: skip
    client = browser("carl")
    asked = client.post("/f/sale/new", data=typed, headers=SAFE)
    assert asked.status_code == 422 and asked.text.count('value="rule:heaps"') == 1
    for link, words in (
        ("1", "Lines, line 2</a>: <b>Cake: that many?"),
        ("2", "Lines, line 3</a>: <b>Pie: that many?"),
    ):
        assert f'href="#field-items-{link}-what">{words}' in asked.text
    assert client.post("/f/sale/new", data={**typed, "confirm": "rule:heaps"}, headers=SAFE).status_code == 303
