"""Lists of hundreds of lines: few are drawn, the others travel along, and none is ever lost."""

from __future__ import annotations

import gzip
import html
import json
import re
from typing import Any

from starlette.testclient import TestClient

from tests.firm import Firm
from tests.web.conftest import Browser
from tests.web.test_forms import GOOD
from tests.web.test_pages import SAFE, Page

COLUMNS = ["id", "what", "quantity", "price"]


def long_sale(count: int, **more: Any) -> dict[str, Any]:
    """What a page sends of so many lines, of which none stood as inputs."""
    rows = [[None, f"Tea {i}", i % 60 + 1, "3.50"] for i in range(count)]
    plain = {n: v for n, v in GOOD.items() if not n.startswith("items.")}
    return {**plain, "items.rows": json.dumps({"columns": COLUMNS, "rows": rows}), **more}


def made(client: TestClient, count: int) -> str:
    """The address of a new sale of so many lines."""
    done = client.post("/f/sale/new", data=long_sale(count), headers=SAFE)
    assert done.status_code == 303, done.text
    return str(done.headers["location"])


def carried(page: str) -> dict[str, Any]:
    """What a page carries along."""
    found = re.search(r'<textarea name="items.rows"[^>]*>(.*?)</textarea>', page, re.S)
    assert found is not None
    return dict(json.loads(html.unescape(found[1])))


def drawn(page: str) -> list[int]:
    """The numbers of the lines that stand as inputs."""
    return [int(n) for n in re.findall(r'name="items\.(\d+)\.what"', page)]


def test_carried_lines_are_kept_in_order_with_those_that_stand_as_inputs(browser: Browser, shop: Firm) -> None:
    sent = long_sale(3, **{"items.1.what": "Cake", "items.1.quantity": "9", "items.1.price": "1"})
    assert browser("carl").post("/f/sale/new", data=sent, headers=SAFE).status_code == 303
    lines = shop.engine.open(shop.who("bea"), "sale", 1).record.values["items"]
    assert [line.values["what"] for line in lines] == ["Tea 0", "Cake", "Tea 2"]


def test_of_a_long_list_few_lines_are_drawn_and_what_comes_back_unchanged_changes_nothing(
    browser: Browser, shop: Firm
) -> None:
    client = browser("carl")
    there = made(client, 60)
    page = client.get(f"{there}/edit").text
    assert drawn(page) == list(range(30))
    rows = carried(page)["rows"]
    assert rows[:30] == [None] * 30
    assert rows[59][1:] == ["Tea 59", 60, "3.50"]
    before = shop.engine.open(shop.who("bea"), "sale", 1).record
    fields = {n: v[-1] for n, v in Page(page).fields.items()}
    plain = {n: v for n, v in GOOD.items() if not n.startswith("items.")}
    sent = {**fields, **plain, "items.rows": json.dumps(carried(page))}
    answer = client.post(f"{there}/edit", data=sent, headers=SAFE)
    assert answer.status_code == 303
    after = shop.engine.open(shop.who("bea"), "sale", 1).record
    assert [line.id for line in after.values["items"]] == [line.id for line in before.values["items"]]
    assert after.version == before.version


def test_what_is_wrong_in_a_line_that_is_not_drawn_is_told_with_what_was_typed(browser: Browser) -> None:
    sent = long_sale(60)
    rows = json.loads(sent["items.rows"])
    rows["rows"][45][2] = "many"
    answer = browser("carl").post("/f/sale/new", data={**sent, "items.rows": json.dumps(rows)}, headers=SAFE)
    assert answer.status_code == 422
    assert 'href="#field-items-45-quantity"' in answer.text
    assert carried(answer.text)["rows"][45][2] == "many"
    rules = json.loads(re.findall(r'id="fl-form-rules">(.*?)</script>', answer.text)[0])
    assert rules["faults"]["items"]["45"]["columns"] == ["quantity"]
    assert rules["faults"]["items"]["45"]["raw"] == ["quantity"]
    assert "Quantity" in rules["faults"]["items"]["45"]["words"]


def test_what_can_not_be_read_of_a_list_is_refused_and_never_taken_for_emptied(browser: Browser, shop: Firm) -> None:
    client = browser("carl")
    there = made(client, 60)
    for broken in ("[", "{}", '{"columns": ["id"], "rows": [[1, 2]]}', '{"columns": 1, "rows": 2}'):
        fields = {n: v[-1] for n, v in Page(client.get(f"{there}/edit").text).fields.items()}
        answer = client.post(f"{there}/edit", data={**fields, "items.rows": broken}, headers=SAFE)
        assert answer.status_code == 422, broken
    assert len(shop.engine.open(shop.who("bea"), "sale", 1).record.values["items"]) == 60


def test_without_scripts_a_long_list_is_turned_and_lines_come_and_go(browser: Browser) -> None:
    client = browser("carl")

    def press(page: str, what: str) -> str:
        fields = {n: v[-1] for n, v in Page(page).fields.items() if n != "_rows"}
        fields |= {"items.rows": json.dumps(carried(page)), "_rows": what}
        return str(client.post("/f/sale/new", data=fields, headers=SAFE).text)

    first = client.post("/f/sale/new", data=long_sale(70, _rows="items at 0"), headers=SAFE).text
    second = press(first, "items at 30")
    assert drawn(second) == list(range(30, 60))
    longer = press(second, "items add")
    assert drawn(longer) == list(range(60, 71))
    shorter = press(longer, "items drop 60")
    assert len(carried(shorter)["rows"]) == 70
    assert carried(shorter)["rows"][45][1] == "Tea 45"


def test_a_record_shows_its_lines_in_parts(browser: Browser) -> None:
    client = browser("carl")
    there = made(client, 100)
    first = client.get(there).text
    assert "Lines 1–50 of 100" in first
    assert "Tea 49" in first
    assert "Tea 50" not in first
    last = client.get(f"{there}?lines=items.50").text
    assert "Lines 51–100 of 100" in last
    assert "Tea 99" in last
    assert "Further lines" not in last
    assert client.get(f"{there}?lines=items.x").status_code == 200


def test_the_form_of_a_thousand_lines_is_light(browser: Browser) -> None:
    client = browser("carl")
    done = client.post("/f/sale/new", data=long_sale(1000, confirm="rule:large"), headers=SAFE)
    page = client.get(f"{done.headers['location']}/edit").text
    assert len(carried(page)["rows"]) == 1000
    weight = len(gzip.compress(page.encode(), 6))
    assert weight < 20 * 1024


def test_what_two_people_changed_in_a_long_list_is_told_apart_by_its_history(browser: Browser, shop: Firm) -> None:
    client = browser("carl")
    there = made(client, 60)
    page = client.get(f"{there}/edit").text
    lines = shop.engine.open(shop.who("bea"), "sale", 1).record.values["items"]
    theirs = [{"id": line.id} for line in lines]
    theirs[40] |= {"quantity": "7"}
    theirs[41] |= {"quantity": "8"}
    del theirs[59]
    shop.engine.change(shop.who("bea"), "sale", 1, {"items": theirs}, version=1)
    rows = carried(page)
    rows["rows"][41][2] = 9
    rows["rows"][42][2] = 10
    fields = {n: v[-1] for n, v in Page(page).fields.items()}
    plain = {n: v for n, v in GOOD.items() if not n.startswith("items.")}
    answer = client.post(f"{there}/edit", data={**fields, **plain, "items.rows": json.dumps(rows)}, headers=SAFE)
    assert answer.status_code == 409
    assert re.findall(r'name="(keep[^"]+)" value="mine"', answer.text) == [f"keep.items.{lines[41].id}.quantity"]
    kept = {n: v[-1] for n, v in Page(answer.text).fields.items() if not n.startswith("keep.")}
    done = client.post(f"{there}/edit", data={**kept, f"keep.items.{lines[41].id}.quantity": "mine"}, headers=SAFE)
    assert done.status_code == 303, done.text
    after = shop.engine.open(shop.who("bea"), "sale", 1).record.values["items"]
    assert len(after) == 59
    assert [line.values["quantity"] for line in after[40:43]] == [7, 9, 10]
