"""The parts of a record's page: strip, whole flow, why, access, tabs, activity, copies, the way back from a conflict."""

from __future__ import annotations

import json
import re

import pytest

from engine.runtime.reach import parts
from engine.web.flows import taken
from engine.web.formulas import part_words, worded
from tests.firm import Firm
from tests.web.conftest import Browser
from tests.web.test_pages import PART, SAFE, Page

PARTS = (
    "/flow", "/why?field=total", "/why?field=note", "/access", "/access?field=note", "/access?field=note&beside=1",
    "/history?show=comments",
)  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PARTS)
def test_each_part_is_a_page_too_and_keeps_the_policy(browser: Browser, sale: int, path: str, language: str) -> None:
    client = browser("carl", language)
    page = client.get(f"/f/sale/{sale}{path}")
    part = client.get(f"/f/sale/{sale}{path}", headers=PART)
    assert (page.status_code, part.status_code) == (200, 200)
    assert Page(page.text).wrong == [] == Page(part.text).wrong
    assert page.text.count("<h1") == 1 and "<html" not in part.text


def test_who_may_change_a_value_stands_where_it_was_asked_why_it_is_so(browser: Browser, sale: int) -> None:
    client = browser("carl", "en")
    why = client.get(f"/f/sale/{sale}/why?field=note", headers=PART).text
    assert 'hx-get="/f/sale/' in why and 'access?field=note&amp;beside=1" hx-target="#fl-why-box"' in why
    card = client.get(f"/f/sale/{sale}/access?field=note&beside=1", headers=PART).text
    assert 'id="fl-why-box"' in card and 'id="fl-why-title"' in card and "<dialog" not in card
    assert "<dialog" in client.get(f"/f/sale/{sale}/access?field=note", headers=PART).text


def test_the_flow_of_a_form_and_of_a_record(browser: Browser, sale: int) -> None:
    client = browser("carl", "en")
    whole = client.get("/f/sale/flow").text
    assert '"Send" to Sent' in re.sub(r"&#34;|&quot;", '"', whole)
    found = re.search(
        r'<script type="application/json">(\{"states".*?)</script>', client.get(f"/f/sale/{sale}/flow").text
    )
    assert found is not None
    picture = json.loads(found[1])
    assert [s["name"] for s in picture["states"] if s["now"]] == ["draft"]
    assert ["draft", "sent"] in [[e["from"], e["to"]] for e in picture["edges"]]
    assert client.get("/f/customer/flow").status_code == 404


def test_a_hidden_field_has_no_answer(browser: Browser, sale: int) -> None:
    for path in ("why?field=secret", "why?field=nothing", "why?field=items.1.nothing", "access?field=secret"):
        assert browser("carl").get(f"/f/sale/{sale}/{path}").status_code == 404


def test_the_formula_stands_in_words_with_its_place(browser: Browser, sale: int) -> None:
    page = browser("carl", "en").get(f"/f/sale/{sale}/why?field=total", headers=PART).text
    assert "SUM(Lines › Amount)" in page
    assert re.search(r"Rule at sale\.yaml:\d+ · version [0-9a-f]{8}", page)


def test_places_in_yaml_are_for_administrators(browser: Browser, sale: int) -> None:
    assert "sale.yaml" not in browser("carl").get(f"/f/sale/{sale}/access", headers=PART).text
    assert re.search(r"sale\.yaml:\d+", browser("ada").get(f"/f/sale/{sale}/access", headers=PART).text)


def test_tabs_are_counted_and_lists_come_when_opened(browser: Browser, sale: int) -> None:
    client = browser("carl")
    page = client.get("/f/customer/1").text
    assert 'href="/f/customer/1/related/sales"' in page and f'href="/f/sale/{sale}"' not in page
    part = client.get("/f/customer/1/related/sales", headers={**PART, "hx-target": "below"}).text
    assert f'href="/f/sale/{sale}"' in part and "<html" not in part
    assert "/f/sale/new?customer=1" in part


def test_more_of_the_activity_comes_in_pages(browser: Browser, sale: int) -> None:
    client = browser("carl")
    for number in range(23):
        client.post(f"/f/sale/{sale}/comment", data={"text": f"word {number}"}, headers=SAFE)
    first = client.get(f"/f/sale/{sale}/history?show=comments", headers=PART).text
    assert first.count('class="fl-event"') == 20 and "n=40" in first
    more = client.get(f"/f/sale/{sale}/history?show=comments&n=40", headers=PART).text
    assert more.count('class="fl-event"') == 23 and "n=60" not in more


def test_a_copy_needs_the_right_to_copy(browser: Browser, sale: int) -> None:
    assert browser("carl").get(f"/f/sale/new?copy={sale}").status_code == 403
    assert "new?copy=" not in browser("carl").get(f"/f/sale/{sale}").text


def test_the_way_back_from_a_conflict_keeps_what_was_typed(browser: Browser, sale: int) -> None:
    client = browser("carl")
    back = {"_again": "1", "was": "1", "version": "2", "mine": json.dumps({"note": "typed by me"})}
    page = client.post(f"/f/sale/{sale}/edit", data=back, headers=SAFE)
    assert page.status_code == 200 and "typed by me" in page.text
    assert Page(page.text).fields["version"] == ["1"]


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ('kind = "web" and total >= 5', "类型 = “网店” 且 合计 ≥ 5", 'Kind = "Web" and Total ≥ 5'),
        ('state not in ["draft", "done"]', "状态 不属于 [“草稿”, “完成”]", 'State not in ["Draft", "Done"]'),
        ("not state.final", "非 已结束", "not finished"),
        ('customer.name = "Ann"', "客户·名称 = “Ann”", 'Customer › Name = "Ann"'),
        (
            "ISBLANK(note) or not ISBLANK(customer.name)",
            "备注为空 或 客户·名称不为空",
            "Note is empty or Customer › Name is filled",
        ),
        (
            "ANY(amount > 9 from items) or total > 1",
            "明细里有“金额 > 9”的 或 合计 > 1",
            "Lines have one with Amount > 9 or Total > 1",
        ),
        (
            "ANY(amount > 9 from items where quantity > 1)",
            "ANY(金额 > 9 来自 明细 其中 数量 > 1)",
            "ANY(Amount > 9 from Lines where Quantity > 1)",
        ),
        ("SUM(items.amount) * 2 != 4", "SUM(明细·金额) × 2 ≠ 4", "SUM(Lines › Amount) × 2 ≠ 4"),
    ],
)
def test_formulas_are_worded(shop: Firm, text: str, zh: str, en: str) -> None:
    typed = shop.engine.condition("sale", text)
    assert (worded(shop.engine.catalog, typed, "zh"), worded(shop.engine.catalog, typed, "en")) == (zh, en)


def test_a_denied_comparison_is_turned_and_figures_stand_for_names(shop: Firm) -> None:
    catalog = shop.engine.catalog
    assert worded(catalog, shop.engine.condition("sale", "total > 5"), "zh", denied=True) == "合计 ≤ 5"
    either = shop.engine.condition("sale", "total > 5 or total < 1")
    assert worded(catalog, either, "zh", denied=True) == "合计 ≤ 5 且 合计 ≥ 1"
    assert worded(catalog, either, "en", denied=True) == "Total ≤ 5 and Total ≥ 1"
    filled = shop.engine.condition("sale", 'not ISBLANK(note) and (kind != "web" and ISBLANK(total))')
    assert worded(catalog, filled, "en", denied=True) == 'Note is empty or (Kind = "Web" or Total is filled)'
    mixed = shop.engine.condition("sale", "total > 5 and (total < 9 or ISBLANK(note))")
    assert worded(catalog, mixed, "zh", denied=True) == "并非“合计 > 5 且 (合计 < 9 或 备注为空)”"
    assert worded(catalog, mixed, "en", denied=True) == "it isn't true that Total > 5 and (Total < 9 or Note is empty)"
    lines = shop.engine.condition("sale", "ANY(amount > 9 from items)")
    assert worded(catalog, lines, "zh", denied=True) == "明细里没有“金额 > 9”的"
    assert worded(catalog, lines, "en", denied=True) == "Lines have none with Amount > 9"
    amount = catalog.forms["sale"].fields["items"].columns["amount"].formula
    assert amount is not None
    assert worded(catalog, amount, "zh", {0: "3", 11: "4.00"}) == "3 × 4.00"
    assert [part_words(catalog, amount, "en", node) for node in parts(amount)] == ["Quantity", "Price"]


def test_the_way_that_was_taken_leads_through_choices(shop: Firm) -> None:
    flow = shop.engine.catalog.forms["sale"].workflow
    assert flow is not None and taken(flow, ()) == []
