"""Drafts on the server: kept while typing, offered to the same person only, put back into the form, gone when sent."""

from __future__ import annotations

import json
import re

import pytest

from engine.engine import Engine
from engine.runtime import drafts
from engine.runtime.drafts import Unsent
from tests.firm import Firm, refused
from tests.web.conftest import Browser

SAFE = {"sec-fetch-site": "same-origin"}
TYPED = {
    "_fields": "customer kind gift note items", "customer": "1", "kind": "web", "note": "ring <twice> & wait",
    "items.0.what": "Tea", "items.0.quantity": "2", "items.0.price": "3.50", "items.1.what": "Cups", "evil": "x",
    "_touched": "customer", "items.1.nonsense": "y",
}  # fmt: skip


def kept(firm: Firm, who: str, id: int | None = None) -> Unsent | None:
    return firm.engine.read(firm.who(who), lambda work: drafts.kept(work, "sale", id))


def test_what_is_typed_is_kept_and_offered_again(browser: Browser, shop: Firm) -> None:
    client = browser("carl")
    answer = client.post("/f/sale/draft", data=TYPED, headers=SAFE)
    assert answer.json() == {"at": "12:00"}
    page = client.get("/f/sale/new").text
    assert "There is an unfinished draft, kept at 12:00" in page
    assert 'href="/f/sale/new?draft=1"' in page
    assert "ring &lt;twice&gt;" not in page
    filled = client.get("/f/sale/new?draft=1").text
    assert "ring &lt;twice&gt; &amp; wait" in filled
    assert 'value="Cups"' in filled
    assert "Draft saved 12:00" in filled
    assert "There is an unfinished draft" not in filled
    assert 'name="_draft" value="1"' in filled


@pytest.mark.parametrize("lines", [2, 90])
def test_what_can_not_be_read_is_kept_and_marked(browser: Browser, lines: int) -> None:
    client = browser("carl")
    typed = {"_fields": "customer items", "customer": "Nobody", "_touched": ""}
    typed |= {f"items.{n}.{c}": v for n in range(lines) for c, v in (("what", f"Tea {n}"), ("quantity", "2"))}
    client.post("/f/sale/draft", data={**typed, f"items.{lines - 1}.quantity": "many"}, headers=SAFE)
    page = client.get("/f/sale/new?draft=1")
    assert page.status_code == 200
    assert "2 things to fix" in page.text
    assert "many" in page.text and f'href="#field-items-{lines - 1}-quantity"' in page.text


def test_only_fields_of_the_form_are_kept(browser: Browser, shop: Firm) -> None:
    browser("carl").post("/f/sale/draft", data=TYPED, headers=SAFE)
    found = kept(shop, "carl")
    assert found is not None
    names = [name for name, _ in found.raw["pairs"]]
    assert "evil" not in names
    assert "_touched" not in names
    assert names.count("items.0.what") == 1


def test_what_was_decided_stays_decided(browser: Browser, shop: Firm) -> None:
    """No default may take the place of a value that its person chose, neither after coming back nor after a refusal."""
    client = browser("carl")

    def touched(page: str) -> list[str]:
        found = re.search(r'id="fl-form-rules"[^>]*>(.*?)</script>', page, re.DOTALL)
        assert found is not None
        return list(json.loads(found[1])["touched"])

    assert touched(client.get("/f/sale/new").text) == []
    assert touched(client.get("/f/sale/new?kind=web").text) == ["kind"]
    for said, expected in (("kind items.1.price", ["items.1.price", "kind"]), ("", [])):
        client.post("/f/sale/draft", data={**TYPED, "_touched": said}, headers=SAFE)
        assert touched(client.get("/f/sale/new?draft=1").text) == expected
    unsaid = {name: value for name, value in TYPED.items() if name != "_touched"}
    client.post("/f/sale/draft", data=unsaid, headers=SAFE)
    assert touched(client.get("/f/sale/new?draft=1").text) == ["kind"]
    wrong = {
        "_fields": "customer kind items",
        "items.0.what": "",
        "items.1.what": "Tea",
        "_touched": "kind items.1.what",
    }
    page = client.post("/f/sale/new", data=wrong, headers=SAFE)
    assert page.status_code == 422
    assert touched(page.text) == ["items.0.what", "kind"]  # the empty row went, and the other moved up


def test_nobody_else_sees_a_draft(browser: Browser, shop: Firm) -> None:
    browser("carl").post("/f/sale/draft", data=TYPED, headers=SAFE)
    shop.person("cleo", "clerk")
    other = browser("cleo")
    assert "There is an unfinished draft" not in other.get("/f/sale/new").text
    assert "ring" not in other.get("/f/sale/new?draft=1").text
    assert kept(shop, "cleo") is None


def test_the_next_draft_takes_the_place_of_the_last(browser: Browser, shop: Firm) -> None:
    client = browser("carl")
    for note in ("one", "two"):
        client.post("/f/sale/draft", data={**TYPED, "note": note}, headers=SAFE)
    page = client.get("/f/sale/new?draft=1").text
    assert "two" in page
    with shop.engine.store.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM sys_draft").scalar_one() == 1


def test_a_submitted_form_leaves_no_draft(browser: Browser, shop: Firm) -> None:
    client = browser("carl")
    client.post("/f/sale/draft", data=TYPED, headers=SAFE)
    sent = {**TYPED, "items.1.quantity": "1", "_draft": "1"}
    assert client.post("/f/sale/new", data=sent, headers=SAFE).status_code == 303
    assert kept(shop, "carl") is None


def test_a_refused_form_keeps_its_draft(browser: Browser, shop: Firm) -> None:
    client = browser("carl")
    client.post("/f/sale/draft", data=TYPED, headers=SAFE)
    refused_page = client.post("/f/sale/new", data={**TYPED, "_draft": "1"}, headers=SAFE)
    assert refused_page.status_code == 422
    assert 'name="_draft" value="1"' in refused_page.text
    assert kept(shop, "carl") is not None


def test_a_form_sent_without_taking_up_the_draft_leaves_it(browser: Browser, shop: Firm) -> None:
    client = browser("carl")
    client.post("/f/sale/draft", data=TYPED, headers=SAFE)
    assert client.post("/f/sale/new", data={**TYPED, "items.1.quantity": "1"}, headers=SAFE).status_code == 303
    assert kept(shop, "carl") is not None


@pytest.mark.parametrize(("how", "status"), [("1", 303), ("quietly", 200)])
def test_a_draft_is_thrown_away(browser: Browser, shop: Firm, how: str, status: int) -> None:
    client = browser("carl")
    client.post("/f/sale/draft", data=TYPED, headers=SAFE)
    assert client.post("/f/sale/draft", data={"_drop": how}, headers=SAFE).status_code == status
    assert kept(shop, "carl") is None
    assert "There is an unfinished draft" not in client.get("/f/sale/new").text


def test_a_records_draft_is_its_own_and_remembers_what_it_began_with(browser: Browser, shop: Firm, sale: int) -> None:
    client = browser("carl")
    data = {"_id": str(sale), "_fields": "note", "note": "mine", "version": "1"}
    assert client.post("/f/sale/draft", data=data, headers=SAFE).status_code == 200
    assert "There is an unfinished draft" in client.get(f"/f/sale/{sale}/edit").text
    assert "There is an unfinished draft" not in client.get("/f/sale/new").text
    shop.engine.change(shop.who("bea"), "sale", sale, {"note": "theirs"}, version=1)
    page = client.get(f"/f/sale/{sale}/edit?draft=1").text
    assert "mine" in page
    assert 'name="version" value="1"' in page
    saved = client.post(f"/f/sale/{sale}/edit", data={**data, "_draft": "1"}, headers=SAFE)
    assert saved.status_code == 409
    assert kept(shop, "carl", sale) is not None


def test_a_saved_record_leaves_no_draft(browser: Browser, shop: Firm, sale: int) -> None:
    client = browser("carl")
    data = {"_id": str(sale), "_fields": "note", "note": "mine", "version": "1"}
    client.post("/f/sale/draft", data=data, headers=SAFE)
    assert client.post(f"/f/sale/{sale}/edit", data={**data, "_draft": "1"}, headers=SAFE).status_code == 303
    assert kept(shop, "carl", sale) is None


def test_a_draft_lasts_for_a_month(browser: Browser, shop: Firm) -> None:
    browser("carl").post("/f/sale/draft", data=TYPED, headers=SAFE)
    shop.clock.later(days=29)
    assert kept(shop, "carl") is not None
    shop.clock.later(days=2)
    assert kept(shop, "carl") is None
    shop.engine.write(shop.who("bea"), lambda work: drafts.keep(work, "sale", None, {"pairs": []}))
    with shop.engine.store.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM sys_draft").scalar_one() == 1


def test_a_person_has_so_many_drafts_and_no_more(shop: Firm, sale: int) -> None:
    bea = shop.who("bea")
    ids = [shop.new(bea, "customer", name=f"C{n}") for n in range(drafts.EACH + 2)]
    for id in ids:
        shop.engine.write(bea, lambda work, id=id: drafts.keep(work, "customer", id, {}))
    first, last = (
        shop.engine.read(bea, lambda work, id=id: drafts.kept(work, "customer", id)) for id in (ids[0], ids[-1])
    )
    assert first is None
    assert last is not None


def test_only_who_may_fill_a_form_keeps_a_draft_of_it(browser: Browser, shop: Firm, sale: int) -> None:
    assert browser("gus").post("/f/sale/draft", data=TYPED, headers=SAFE).status_code == 404
    assert browser().post("/f/sale/draft", data=TYPED, headers=SAFE).status_code == 401
    assert refused(lambda: shop.engine.write(shop.who("gus"), lambda work: drafts.keep(work, "sale", sale, {}))) == [
        ("not_found", None)
    ]


def test_a_draft_goes_with_its_person(shop: Firm) -> None:
    carl = shop.who("carl")
    shop.engine.write(carl, lambda work: drafts.keep(work, "sale", None, {"pairs": []}))
    shop.engine.store.write(lambda conn: conn.exec_driver_sql("DELETE FROM sys_person WHERE login = 'carl'") and None)
    with shop.engine.store.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM sys_draft").scalar_one() == 0


def test_an_installation_from_before_gets_the_table(shop: Firm) -> None:
    shop.engine.store.write(lambda conn: conn.exec_driver_sql("DROP TABLE sys_draft") and None)
    settings = shop.engine.settings
    shop.close()
    again = Engine(settings, clock=shop.clock)
    with again.store.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM sys_draft").scalar_one() == 0
    again.close()
