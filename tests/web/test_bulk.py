"""Ticked records: the bar counts, buttons run record by record, and what was refused is told with its reason."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from starlette.testclient import TestClient

from tests.firm import Firm
from tests.web.conftest import Browser
from tests.web.test_pages import Page

PART = {"hx-request": "true", "sec-fetch-site": "same-origin"}
SAFE = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def sales(shop: Firm) -> list[int]:
    """Three drafts and a sent one, of 10, 20, 30 and 40."""
    ids = []
    for price in (10, 20, 30, 40):
        raw = {"customer": 1, "items": [{"what": "Bolt", "quantity": 1, "price": price}]}
        ids.append(shop.engine.submit(shop.who("bea"), "sale", raw).record.id or 0)
    shop.engine.act(shop.who("carl"), "sale", ids[3], "send")
    return ids


def post(client: TestClient, path: str, ids: list[int], part: bool = True, **more: Any) -> Any:
    return client.post(path, data={"id": [str(i) for i in ids], **more}, headers=PART if part else SAFE)


def state(shop: Firm, id: int) -> str:
    return str(shop.engine.open(shop.who("bea"), "sale", id).record.values["state"])


def test_the_bar_says_how_many_each_button_can_take(browser: Browser, sales: list[int]) -> None:
    answer = post(browser("carl"), "/f/sale/bulk?view=all", sales)
    assert answer.status_code == 200 and Page(answer.text).wrong == []
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))
    assert "4 ticked" in words and "100.00" in words
    assert re.search(r"Send 3\b", words) and re.search(r"Cancel it 4\b", words) and "Finish" not in words
    assert "Delete" not in words and "Export" not in words
    words = re.sub(r"<[^>]+>", " ", post(browser("bea"), "/f/sale/bulk?view=all", sales).text)
    assert "Delete" in words and "Export" in words and "Finish" in words


def test_all_that_match_are_ticked(browser: Browser, sales: list[int]) -> None:
    answer = browser("carl").post("/f/sale/bulk?view=all&where=total+>+15", data={"all": "1"}, headers=PART)
    assert sorted(map(int, Page(answer.text).fields["id"])) == sales[1:]
    assert "All 3 that match" in answer.text


def test_a_button_that_asks_nothing_runs_at_once(browser: Browser, shop: Firm, sales: list[int]) -> None:
    answer = post(browser("carl"), "/f/sale/bulk/send?view=all", sales)
    assert answer.status_code == 204
    told = json.loads(answer.headers["hx-trigger"])
    assert told["toast"]["text"] == "Send: 3 done; one could not take it" and told["fl:bulk"]["done"] == 3
    assert [state(shop, i) for i in sales] == ["sent"] * 4
    refused = post(browser("carl"), "/f/sale/bulk/send", sales)
    assert refused.status_code == 409 and "No record" in refused.text


def test_what_is_asked_is_asked_once(browser: Browser, shop: Firm, sales: list[int]) -> None:
    carl = browser("carl")
    dialog = post(carl, "/f/sale/bulk/cancel", sales[:2])
    assert dialog.status_code == 200 and "Cancel it: 2 records" in dialog.text and 'name="opinion"' in dialog.text
    assert state(shop, sales[0]) == "draft"
    again = post(carl, "/f/sale/bulk/cancel", sales[:2], _go="1", opinion="  ")
    assert again.status_code == 422 and 'aria-invalid="true"' in again.text and state(shop, sales[0]) == "draft"
    done = post(carl, "/f/sale/bulk/cancel", sales[:2], _go="1", opinion="Not needed")
    assert done.status_code == 204 and [state(shop, i) for i in sales[:2]] == ["off", "off"]
    events = shop.engine.history(shop.who("bea"), "sale", sales[0])
    assert events[0].opinion == "Not needed"


def test_fields_are_asked_once_and_an_empty_box_changes_nothing(browser: Browser, shop: Firm, sales: list[int]) -> None:
    shop.engine.act(shop.who("carl"), "sale", sales[2], "send")
    shop.engine.change(shop.who("bea"), "sale", sales[2], {"note": "kept"})
    bea = browser("bea")
    assert 'name="note"' in post(bea, "/f/sale/bulk/finish", sales).text
    wrong = post(bea, "/f/sale/bulk/finish", [sales[3], sales[2]], _go="1", note="")
    assert wrong.status_code == 422 and "field-note-error" in wrong.text
    mixed = post(bea, "/f/sale/bulk/finish", [sales[2], sales[3]], _go="1", note="")
    assert mixed.status_code == 200 and "Finish: 1 done" in mixed.text and f'href="/f/sale/{sales[3]}"' in mixed.text
    assert (state(shop, sales[2]), state(shop, sales[3])) == ("done", "sent")
    assert shop.engine.open(shop.who("bea"), "sale", sales[2]).record.values["note"] == "kept"


def test_deleting_is_asked_and_done_one_by_one(browser: Browser, shop: Firm, sales: list[int]) -> None:
    bea = browser("bea")
    assert "can not be brought back" in post(bea, "/f/sale/bulk-delete", sales[:2]).text
    assert post(bea, "/f/sale/bulk-delete", sales[:2], _go="1").status_code == 204
    assert bea.get(f"/f/sale/{sales[0]}").status_code == 404
    assert post(browser("carl"), "/f/sale/bulk-delete", sales[2:], _go="1").status_code == 409
    assert state(shop, sales[2]) == "draft"


def test_only_the_ticked_are_exported(browser: Browser, sales: list[int]) -> None:
    answer = post(browser("bea"), "/f/sale/bulk-export?view=all", sales[1:3], part=False)
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.get_sheet_by_index(0).height == 3 and book.sheet_names[1] == "Lines"
    assert post(browser("carl"), "/f/sale/bulk-export", sales[:1], part=False).status_code == 403


def test_without_scripts_the_bar_is_a_page(browser: Browser, shop: Firm, sales: list[int]) -> None:
    carl = browser("carl")
    listed = carl.get("/f/sale?view=all").text
    assert 'form="fl-bulk-plain"' in listed and "With the ticked records" in listed
    page = post(carl, "/f/sale/bulk?view=all", sales[:2], part=False)
    assert page.status_code == 200 and page.text.count("<h1") == 1 and "/f/sale/bulk/send" in page.text
    done = post(carl, "/f/sale/bulk/send?view=all", sales[:2], part=False)
    assert done.status_code == 303 and done.headers["location"] == "/f/sale?view=all"
    assert [state(shop, i) for i in sales[:2]] == ["sent", "sent"]


def test_nobody_acts_on_what_is_not_theirs(browser: Browser, shop: Firm, sales: list[int]) -> None:
    assert post(browser("gus"), "/f/sale/bulk", sales).status_code in (403, 404, 409)
    assert post(browser("gus"), "/f/sale/bulk/send", sales, _go="1").status_code in (403, 404, 409)
    assert post(browser("carl"), "/f/sale/bulk", []).status_code == 409
    many = [str(i) for i in range(1, 1002)]
    answer = browser("carl").post("/f/sale/bulk", data={"id": many}, headers=PART)
    assert answer.status_code == 409 and "1001" in answer.text.replace(",", "")
    assert state(shop, sales[0]) == "draft"
