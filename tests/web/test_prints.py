"""Printing in the browser and over the API: from a record's menu and a list's bar, by whoever may, under a strict policy."""

from __future__ import annotations

import hashlib
import importlib
import re
from base64 import b64encode
from typing import Any

import pytest

from tests.firm import Build, Firm
from tests.web.conftest import FILES, Browser, opened
from tests.web.test_pages import PART, SAFE, Page

PRINTS = """
prints:
  slip: {title: {zh: 小票, en: Slip}, template: templates/slip.html}
  list: {title: {zh: 清单, en: Packing list}, template: templates/list.xlsx}
access:
  clerk: {can: [view, create, edit, print], where: kind = "shop", hide: [secret]}
"""
SLIP = "<style>h1 { color: red; }</style><h1>{number} {secret}</h1><table><tr><td>{items.what}</td></tr></table>"
JSON = {"accept": "application/json", **SAFE}


@pytest.fixture
def shop(engine_of: Build) -> Firm:
    form = FILES["forms/sale.yaml"].replace("access:\n  clerk: {can: [view, create, edit], hide: [secret]}\n", PRINTS)
    book = importlib.import_module("openpyxl").Workbook()
    book.active["A1"] = "{items.what}"
    from_io = importlib.import_module("io").BytesIO()
    book.save(from_io)
    files: dict[str, Any] = {"templates/slip.html": SLIP, "templates/list.xlsx": from_io.getvalue()}
    return opened(engine_of({**FILES, **files, "forms/sale.yaml": form}))


def test_the_menu_of_a_record_prints_it(browser: Browser, shop: Firm, sale: int) -> None:
    client = browser("carl")
    menu = client.get(f"/f/sale/{sale}").text
    assert 'action="/f/sale/print/slip" target="_blank"' in menu and "Print: Packing list" in menu
    answer = client.post("/f/sale/print/slip", data={"id": sale}, headers=SAFE)
    assert answer.status_code == 200 and Page(answer.text).wrong == ["<style>"]
    assert "<h1>S-001 </h1>" in answer.text and "<td>Tea</td>" in answer.text.replace("<td>T</td>", "<td>Tea</td>")
    style = re.search(r"<style>(.*?)</style>", answer.text, re.S)
    assert style is not None
    hash = b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert f"style-src 'self' 'sha256-{hash}'" in policy and "default-src 'none'" in policy and "unsafe" not in policy
    file = client.post("/f/sale/print/list", data={"id": sale}, headers=SAFE)
    assert file.content.startswith(b"PK") and "Packing%20list%20S-001" in file.headers["content-disposition"]
    done = client.get(f"/f/sale/{sale}").text
    assert "printed Slip" in done and "printed Packing list" in done
    assert shop.history("sale", sale)[-2:] == ["print:slip", "print:list"]


def test_who_may_not_print_is_offered_nothing_and_refused(browser: Browser, shop: Firm, sale: int) -> None:
    assert "/print/slip" not in browser("bea").get(f"/f/sale/{sale}").text
    for login, status in (("bea", 403), ("gus", 404)):
        assert browser(login).post("/f/sale/print/slip", data={"id": sale}, headers=SAFE).status_code == status
        assert browser(login).post(f"/api/forms/sale/records/{sale}/prints/slip", headers=JSON).status_code == status
    assert browser("carl").post("/f/sale/print/slip", data={}, headers=SAFE).status_code == 422
    assert browser("carl").post("/f/sale/print/nothing", data={"id": sale}, headers=SAFE).status_code == 404
    shop.engine.change(shop.who("ada"), "sale", sale, {"kind": "web"})
    assert browser("carl").post("/f/sale/print/slip", data={"id": sale}, headers=SAFE).status_code == 404
    assert "print:slip" not in shop.history("sale", sale)


def test_ticked_records_are_printed_together(browser: Browser, shop: Firm, sale: int) -> None:
    client = browser("carl")
    raw = {"customer": "1", "kind": "shop", "items": [{"what": "Nut", "quantity": "1", "price": "1"}]}
    other = shop.engine.submit(shop.who("carl"), "sale", raw).record.id
    bar = client.post("/f/sale/bulk?view=all", data={"id": [sale, other]}, headers={**PART, **SAFE}).text
    assert "Print: Slip" in bar and 'formaction="/f/sale/print/list"' in bar
    both = client.post("/f/sale/print/slip", data={"id": [sale, other]}, headers=SAFE).text
    assert both.count("<section>") == 2 and "S-002" in both
    zipped = client.post("/f/sale/print/list", data={"id": [sale, other]}, headers=SAFE)
    assert zipped.headers["content-type"] == "application/zip"


def test_programs_print_too_and_as_pdf(
    browser: Browser, shop: Firm, sale: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser("carl")
    told = client.get("/api/forms/sale", headers=JSON).json()
    assert told["prints"] == [{"name": "slip", "title": "Slip"}, {"name": "list", "title": "Packing list"}]
    address = f"/api/forms/sale/records/{sale}/prints/"
    assert client.post(address + "slip?as=pdf", headers=JSON).content.startswith(b"%PDF")
    assert client.post(address + "list?as=pdf", headers=JSON).json()["code"] == "pdf_only_pages"
    assert client.post(address + "slip?as=gif", headers=JSON).status_code == 400
    described = client.get("/api/openapi.json", headers=JSON).json()["paths"]
    assert "/api/forms/sale/records/{id}/prints/slip" in described

    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr("importlib.import_module", missing)
    refused = client.post(address + "slip?as=pdf", headers=JSON)
    assert refused.json()["code"] == "no_pdf" and "formloom[pdf]" in refused.text
