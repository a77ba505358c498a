"""Lines within lines on pages and by API: an outer line is a card with the table of its own lines, also without scripts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.firm import Build, Firm
from tests.runtime.test_nested import FILES as SHIPMENT
from tests.web.conftest import FILES, Browser, opened
from tests.web.test_pages import SAFE

FORM = {
    "_fields": "name rate parcels", "name": "One", "rate": "2",
    "parcels.0.label": "A", "parcels.0.items": "", "parcels.0.items.0.what": "nails", "parcels.0.items.0.weight": "1.5",
    "parcels.1.label": "B", "parcels.1.items": "", "parcels.1.items.0.weight": "1", "parcels.1.items.1.weight": "2",
    "parcels.1.items.2.what": "heavy", "parcels.1.items.2.weight": "",
}  # fmt: skip


@pytest.fixture
def shop(engine_of: Build) -> Firm:
    form = SHIPMENT["forms/shipment.yaml"].replace("  clerk:", "  boss:", 1).replace("who: clerk", "who: boss")
    return opened(engine_of({**FILES, **SHIPMENT, "pack.yaml": FILES["pack.yaml"], "forms/shipment.yaml": form}))


def test_a_page_without_scripts_adds_drops_refuses_and_saves_inner_lines(browser: Browser, shop: Firm) -> None:
    client = browser("bea")
    refused = client.post("/f/shipment/new", data=FORM, headers=SAFE)
    assert refused.status_code == 422
    assert 'href="#field-parcels-1-items-2-weight">Parcels, line 2, Items, line 3, Weight<' in refused.text
    assert re.search(r'name="parcels\.1\.items\.2\.what"[^>]*value="heavy"', refused.text)
    more = client.post("/f/shipment/new", data={**FORM, "_rows": "parcels.0.items add"}, headers=SAFE).text
    assert 'name="parcels.0.items.1.weight"' in more
    less = client.post("/f/shipment/new", data={**FORM, "_rows": "parcels.1.items drop 2"}, headers=SAFE).text
    assert 'name="parcels.1.items.2.weight"' not in less
    assert (
        client.post("/f/shipment/new", data={**FORM, "parcels.1.items.2.weight": "4"}, headers=SAFE).status_code == 303
    )
    page = client.get("/f/shipment/1").text
    assert page.count("fl-below-title") == 2
    assert "heavy" in page
    emptied = {"_fields": "parcels", "version": "1", "parcels.0.id": "1", "parcels.0.items": "", "parcels.1.id": "2"}
    assert client.post("/f/shipment/1/edit", data=emptied, headers=SAFE).status_code == 303
    parcels = shop.engine.open(shop.who("bea"), "shipment", 1).record.value("parcels")
    assert [len(parcel.value("items")) for parcel in parcels] == [0, 3]
    history = client.get("/f/shipment/1").text
    assert "Parcels · Items · Line removed" in history or "Parcels · Items" in history


def test_a_draft_brings_inner_lines_back_as_they_were_typed(browser: Browser, shop: Firm) -> None:
    """What can't be read too, and at which of the inner lines; a list that was emptied stays empty."""
    client = browser("bea")
    typed = {**FORM, "parcels.1.items.1.weight": "many", "parcels.2.label": "C", "parcels.2.items": "", "_touched": ""}
    assert client.post("/f/shipment/draft", data=typed, headers=SAFE).status_code == 200
    page = client.get("/f/shipment/new?draft=1").text
    for name, value in (
        ("0.items.0.what", "nails"),
        ("1.items.1.weight", "many"),
        ("1.items.2.what", "heavy"),
        ("2.label", "C"),
    ):
        assert re.search(rf'name="parcels\.{name}"[^>]*value="{value}"', page), name
    assert 'name="parcels.2.items.0.weight"' not in page and 'name="parcels.0.items.1.weight"' not in page
    assert 'href="#field-parcels-1-items-1-weight"' in page
    rows = [{"label": "A", "items": [{"what": "nails", "weight": "1"}, {"what": "glue", "weight": "2"}]}]
    id = shop.new(shop.who("bea"), "shipment", name="One", parcels=rows)
    change = {
        "_fields": "parcels", "version": "1", "parcels.0.id": "1", "parcels.0.label": "A", "parcels.0.items": "",
        "parcels.0.items.0.id": "2", "parcels.0.items.0.what": "gum", "parcels.0.items.0.weight": "2", "_touched": "",
    }  # fmt: skip
    assert client.post("/f/shipment/draft", data={**change, "_id": str(id)}, headers=SAFE).status_code == 200
    page = client.get(f"/f/shipment/{id}/edit?draft=1").text
    assert re.search(r'name="parcels\.0\.items\.0\.what"[^>]*value="gum"', page) and 'value="nails"' not in page


def test_programs_read_and_write_both_levels_with_their_ids(browser: Browser, shop: Firm) -> None:
    client = browser("bea")
    json: dict[str, Any] = {"headers": {**SAFE, "accept": "application/json"}}
    sent = {"name": "One", "parcels": [{"label": "A", "items": [{"what": "nails", "weight": "1.5"}]}]}
    made = client.post("/api/forms/shipment/records", json=sent, **json)
    assert made.status_code == 201, made.text
    found = client.get("/api/forms/shipment/records/1", **json).json()
    [parcel] = found["parcels"]
    [item] = parcel["items"]
    assert (parcel["id"], item["id"], item["weight"], parcel["weight"]) == (1, 1, "1.5000", "1.5000")
    change: dict[str, Any] = {
        "parcels": [{"id": 1, "items": [{"id": 1, "weight": "2"}, {"weight": "x", "colour": "red"}]}]
    }
    wrong = client.patch("/api/forms/shipment/records/1", json=change, headers={**json["headers"], "if-match": "*"})
    assert wrong.status_code == 422, wrong.text
    assert {one["field"] for one in wrong.json()["problems"]} >= {"parcels.0.items.1.colour"}
    del change["parcels"][0]["items"][1]
    assert (
        client.patch(
            "/api/forms/shipment/records/1", json=change, headers={**json["headers"], "if-match": "*"}
        ).status_code
        == 200
    )
    assert client.get("/api/forms/shipment/records/1", **json).json()["weight"] == "2.0000"


def test_two_people_change_inner_lines_of_one_record(browser: Browser, shop: Firm) -> None:
    client, bea = browser("bea"), shop.who("bea")
    rows = [{"label": "A", "items": [{"what": "nails", "weight": "1"}, {"what": "glue", "weight": "2"}]}]
    shop.new(bea, "shipment", name="One", parcels=rows)
    sent = {
        "_fields": "parcels", "version": "1", "parcels.0.id": "1", "parcels.0.label": "A", "parcels.0.items": "",
        "parcels.0.items.0.id": "1", "parcels.0.items.0.what": "nails", "parcels.0.items.0.weight": "5",
        "parcels.0.items.1.id": "2", "parcels.0.items.1.what": "glue", "parcels.0.items.1.weight": "2",
    }  # fmt: skip
    theirs = [{"id": 1, "items": [{"id": 1}, {"id": 2, "weight": "7"}, {"what": "wire", "weight": "1"}]}]
    shop.engine.change(bea, "shipment", 1, {"parcels": theirs})
    told = client.post("/f/shipment/1/edit", data=sent, headers=SAFE)
    assert told.status_code == 409
    assert "Parcels 1 · Items 2 · Weight" in told.text
    clash = {**sent, "parcels.0.items.1.weight": "8"}
    asked = client.post("/f/shipment/1/edit", data=clash, headers=SAFE)
    assert asked.status_code == 409
    assert "Parcels 1 · Items 2 · Weight" in asked.text
