"""A list as one person wants it: columns, views of their own, filters, a cell that is changed, a glance at a record."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.firm import Firm
from tests.web.conftest import Browser
from tests.web.test_pages import Page

PART = {"hx-request": "true", "sec-fetch-site": "same-origin"}
SAFE = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def sales(shop: Firm) -> list[int]:
    """Sales of 10, 20, 30."""
    ids = []
    for price in (10, 20, 30):
        raw = {"customer": 1, "items": [{"what": "Bolt", "quantity": 1, "price": price}], "note": "old"}
        ids.append(shop.engine.submit(shop.who("bea"), "sale", raw).record.id or 0)
    return ids


def keep(client: TestClient, do: str, **more: Any) -> Any:
    return client.post("/f/sale/views", data={"do": do, **more}, headers=SAFE)


def heads(text: str) -> list[str]:
    head = text[text.index("<thead") : text.index("</thead>")]
    return [re.sub(r"<[^>]+>", "", one).strip() for one in re.findall(r"<th[^>]*>(.*?)</th>", head, re.S)][1:]


def test_columns_are_chosen_ordered_and_forgotten(browser: Browser, sales: list[int]) -> None:
    carl = browser("carl")
    assert heads(carl.get("/f/sale?view=all").text) == ["Number", "Customer", "Total (¥)", "State"]
    answer = keep(carl, "columns", view="all", c=["total", "number", "kind", "secret", "no_such"])
    assert answer.status_code == 303 and answer.headers["location"] == "/f/sale?view=all"
    assert heads(carl.get("/f/sale?view=all").text) == ["Total (¥)", "Number", "Kind"]
    keep(carl, "columns", view="all", c=["total", "number", "kind"], up="kind")
    assert heads(carl.get("/f/sale?view=all").text) == ["Total (¥)", "Kind", "Number"]
    keep(carl, "widths", view="all", **{"w.total": "140", "w.kind": "9", "w.number": "99999999"})
    page = carl.get("/f/sale?view=all").text
    assert '<col data-column="total" width="140">' in page and '<col data-column="kind" width="48">' in page
    assert heads(browser("bea").get("/f/sale?view=all").text) == ["Number", "Customer", "Total (¥)", "State"]
    keep(carl, "columns", view="all", c=["state", "kind", "number"])  # what leads to the record is no badge
    assert re.search(
        r'fl-badge[^>]*>.*?<a class="fl-serial" href="/f/sale/\d+">S-\d+</a>', carl.get("/f/sale?view=all").text, re.S
    )
    keep(carl, "columns", view="all", reset="1")
    assert heads(carl.get("/f/sale?view=all").text) == ["Number", "Customer", "Total (¥)", "State"]


def test_a_view_is_saved_opened_changed_and_deleted(browser: Browser, sales: list[int]) -> None:
    carl = browser("carl")
    changed = carl.get("/f/sale", params={"view": "all", "where": "total > 15", "sort": "-total"}).text
    assert "Save to view" in changed and "Save to view" not in carl.get("/f/sale?view=all").text
    answer = keep(carl, "save", view="all", title="Large", where=["total > 15"], sort="-total", first="1")
    url = answer.headers["location"]
    name = url.removeprefix("/f/sale?view=")
    page = carl.get(url).text
    assert "1–2 of 2" in page and "Large" in page and "Save to view" not in page and Page(page).wrong == []
    assert 'aria-current="page"' in page[page.index("Large") - 400 : page.index("Large")]
    assert "1–2 of 2" in carl.get("/f/sale").text  # it comes first now
    without = carl.get(f"/f/sale?view={name}&edited=1").text
    assert "1–3 of 3" in without and "Update &#34;Large&#34;" in without
    assert "Large" not in browser("bea").get("/f/sale").text
    assert browser("bea").get(url).status_code == 200  # a name that isn't theirs is no view
    keep(carl, "rename", view=name, title="Larger")
    keep(carl, "update", view=name, edited="1", where=["total > 25"])
    page = carl.get(url).text
    assert "Larger" in page and "1–1 of 1" in page
    assert keep(carl, "drop", view=name).headers["location"] == "/f/sale?view=all"
    assert "Larger" not in carl.get("/f/sale").text
    for do, more in (("save", {"title": ""}), ("save", {"title": "x", "where": ["secret = 1"]}), ("nothing", {})):
        assert keep(carl, do, **more).status_code >= 400


def test_several_orders_and_the_density(browser: Browser, sales: list[int]) -> None:
    carl = browser("carl")
    page = carl.get("/f/sale?view=all&sort=state&sort=&sort=-total").text
    assert page.count("aria-sort=") == 2 and '<small class="fl-sort-place">2</small>' in page
    assert keep(carl, "density", view="all", density="compact").status_code == 303
    assert 'data-density="compact"' in carl.get("/f/sale").text


def test_values_are_offered_with_counts_and_a_chip_is_replaced(browser: Browser, sales: list[int]) -> None:
    carl = browser("carl")
    values = carl.get("/f/sale/values?field=customer&view=all", headers=PART).text
    assert "Ann &amp; Sons" in values and 'data-n="3"' in values
    assert "checked" in carl.get("/f/sale/values?field=kind&view=all&chosen=web", headers=PART).text
    assert carl.get("/f/sale/values?field=secret", headers=PART).status_code == 409
    old = "total >= 15"
    asked = {"view": "all", "where": [old, "customer.id = 1"], "f": "total", "op": "ge", "v": "25", "swap": old}
    location = carl.get("/f/sale", params=asked).headers["location"]
    assert "25" in location and "15" not in location and location.count("where=") == 2
    chips = carl.get("/f/sale", params={"view": "all", "where": 'state in ["draft"]'}).text
    assert 'data-chip="state"' in chips and "&#34;draft&#34;" in chips
    wrong = carl.get("/f/sale", params={"where": "totl > 1"})
    assert wrong.status_code == 422 and 'id="fl-where-error"' in wrong.text and "totl &gt; 1</textarea>" in wrong.text


def test_an_empty_list_names_what_to_drop(browser: Browser, sales: list[int]) -> None:
    carl = browser("carl")
    page = carl.get("/f/sale", params={"view": "all", "where": ["total > 15", "total > 900"]}).text
    assert "Remove &#34;Total &gt; 900&#34;" in page[page.index("fl-empty-acts") :]
    assert "Bolted" in carl.get("/f/sale?view=all&q=Bolted").text


def test_a_cell_is_changed_in_place(browser: Browser, shop: Firm, sales: list[int]) -> None:
    carl = browser("carl")
    keep(carl, "columns", view="all", c=["number", "note", "total"])
    page = carl.get("/f/sale?view=all").text
    assert page.count('data-edit="note"') == 3 and 'data-edit="total"' not in page and 'data-edit="number"' not in page
    url = f"/f/sale/{sales[0]}/cell/note?view=all"
    control = carl.get(url, headers=PART).text
    assert "old</textarea>" in control and Page(control).wrong == []
    row = carl.post(url, data={"note": "new", "version": "1"}, headers=PART)
    assert row.status_code == 200 and row.text.strip().startswith("<tr") and "new" in row.text
    late = carl.post(url, data={"note": "mine", "version": "1"}, headers=PART)
    assert late.status_code == 422 and "Carl" in late.text
    assert shop.engine.open(shop.who("bea"), "sale", sales[0]).record.values["note"] == "new"
    for name in ("total", "number", "secret", "items", "nothing"):
        assert carl.get(f"/f/sale/{sales[0]}/cell/{name}", headers=PART).status_code == 409
        assert carl.post(f"/f/sale/{sales[0]}/cell/{name}", data={name: "1"}, headers=PART).status_code == 409
    assert browser("gus").get(url, headers=PART).status_code == 409
    empty = carl.post(f"/f/sale/{sales[0]}/cell/customer", data={"customer": "", "version": "2"}, headers=PART)
    assert empty.status_code == 422 and "field-customer-error" in empty.text


def test_a_glance_and_the_place_in_the_list(browser: Browser, sales: list[int]) -> None:
    carl = browser("carl")
    peek = carl.get(f"/f/sale/{sales[1]}/peek", headers=PART).text
    assert "Ann &amp; Sons" in peek and "secret" not in peek.lower() and f"/f/sale/{sales[1]}/act/send" in peek
    assert Page(peek).wrong == []
    place = carl.get(f"/f/sale/{sales[1]}/beside?view=all&sort=total").json()
    assert (place["at"], place["of"]) == (2, 3) and place["words"] == "2 / 3"
    assert (place["before"], place["after"]) == (f"/f/sale/{sales[0]}", f"/f/sale/{sales[2]}")
    assert place["list"] == "/f/sale?view=all&sort=total"
    gone = carl.get(f"/f/sale/{sales[0]}/beside", params={"view": "all", "where": "total > 15"}).json()
    assert gone["at"] == 0
    assert carl.get(f"/f/sale/{sales[0]}/beside?where=((").json()["at"] == 0


def test_a_long_list_adds_up_later(browser: Browser, sales: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.web.lists.COUNTED", 2)
    page = browser("carl").get("/f/sale?view=all").text
    assert 'hx-get="/f/sale/totals?view=all&amp;n=3"' in page and "60.00" not in page
    foot = browser("carl").get("/f/sale/totals?view=all&n=3", headers=PART).text
    assert "60.00" in foot and "Total of 3 records" in foot


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (
            '(state != "draft") and ((created_at >= "2025-12-31T16:00:00Z") and (created_at < "2026-01-02T01:30:00Z"))',
            "State ≠ &#34;Draft&#34;|Created ≥ 2026-01-01|Created &lt; 2026-01-02 09:30",
        ),
        ("total > 15 or total < 3", "Total &gt; 15 or Total &lt; 3"),
        ("((total > 15))", "Total &gt; 15"),
    ],
)
def test_where_a_chart_leads_to_reads_in_words(browser: Browser, sales: list[int], where: str, words: str) -> None:
    page = browser("carl").get("/f/sale", params={"view": "all", "where": where}).text
    for one in words.split("|"):
        assert f"<b>{one}</b>" in page
