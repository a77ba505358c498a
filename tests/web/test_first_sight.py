"""What a new user meets first: forms that ask for nothing they can't know, words that name the act, a button that leads on."""

from __future__ import annotations

import pytest

from engine.web.fresh import silent
from tests.firm import Build, Firm
from tests.web.conftest import FILES, Browser
from tests.web.test_pages import SAFE

CUSTOMER = """\
  met_on:  {type: date, title: {zh: 首次见面, en: Met on}, required: true}
  size:    {type: choice, title: {zh: 规模, en: Size}, options: {big: {zh: 大, en: Big}}, required: true}
  code:    {type: text, title: {zh: 代号, en: Code}, readonly: true}
  deals:   {type: integer, title: {zh: 成交, en: Deals}, formula: COUNT(sales)}
  rank:    {type: integer, title: {zh: 等级, en: Rank}, formula: deals * 2}
  sales:"""
ACTIONS = """\
actions:
  again:
    title: {zh: 再来一单, en: Sell again}
    who: clerk
    when: state = "done"
    do: [{create: sale, as: next, set: {customer: =customer, items: [{what: Tea, quantity: 1}]}}, {open: =next}]
  note:  {title: {zh: 记一笔, en: Note it}, who: clerk, do: [{set: {note: noted}}]}
access:
"""


@pytest.fixture
def shop(engine_of: Build) -> Firm:
    """The shop, whose customers have figures, and whose sales lead to further sales."""
    customer = FILES["forms/customer.yaml"].replace("  sales:", CUSTOMER, 1)
    sale = FILES["forms/sale.yaml"].replace("access:\n", ACTIONS)
    sale = sale.replace(
        "views:\n", 'views:\n  hush: {title: {zh: 密, en: Hush}, columns: [number], where: secret = "x"}\n'
    )
    found = engine_of({**FILES, "forms/customer.yaml": customer, "forms/sale.yaml": sale})
    opened_with = {"met_on": "2026-11-01", "size": "big", "name": "Ann & Sons"}
    for login, role in (("carl", "clerk"), ("bea", "boss")):
        found.person(login, role)
    found.engine.submit(found.who("bea"), "customer", opened_with)
    return found


def test_a_new_records_form_has_no_box_for_what_comes_later(browser: Browser, shop: Firm) -> None:
    assert silent(shop.engine.catalog.forms["customer"]) == {"code", "deals", "rank"}
    client = browser("carl")
    fresh, later = client.get("/f/customer/new").text, client.get("/f/customer/1/edit").text
    for name in ("code", "deals", "rank"):
        assert f'data-field="{name}"' not in fresh and f'data-field="{name}"' in later


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", ("请填写“名称”", "请选择“首次见面”", "请选择“规模”")), ("en", ("Fill in", "Choose", "Choose"))],
)
def test_what_lacks_is_asked_for_in_the_word_that_fits(browser: Browser, language: str, words: tuple[str, ...]) -> None:
    client = browser("carl", language)
    page = client.post("/f/customer/new", data={"_fields": "name met_on size"}, headers=SAFE).text
    for name, said in zip(("name", "met_on", "size"), words, strict=True):
        assert said in page.partition(f'id="field-{name}-error">')[2].partition("</p>")[0]


def test_a_day_is_asked_for_in_the_readers_language(browser: Browser) -> None:
    for language, shape in (("zh", "年-月-日"), ("en", "YYYY-MM-DD")):
        assert f'placeholder="{shape}"' in browser("carl", language).get("/f/customer/new").text


def test_where_no_step_is_left_the_next_paper_is_the_button(browser: Browser, shop: Firm) -> None:
    raw = {"customer": 1, "items": [{"what": "Tea", "quantity": 1}]}
    shop.engine.submit(shop.who("carl"), "sale", raw)
    shop.engine.act(shop.who("carl"), "sale", 1, "send")
    client = browser("carl")
    assert 'fl-btn--primary">Note it' not in client.get("/f/sale/1").text
    shop.engine.act(shop.who("bea"), "sale", 1, "finish", raw={"note": "done"})
    page = client.get("/f/sale/1").text
    button = page.partition("/act/again")[2].partition("</form>")[0]
    assert "fl-btn--primary" in button and "Sell again" in button


def test_a_view_that_is_chosen_by_what_somebody_may_not_see_is_not_theirs_and_closes_no_list(browser: Browser) -> None:
    assert "Hush" in browser("bea").get("/f/sale").text
    page = browser("carl").get("/f/sale")
    assert page.status_code == 200 and "Hush" not in page.text


def test_what_is_wrong_with_a_line_stands_in_lines_of_its_own(browser: Browser) -> None:
    typed = {
        "_fields": "customer items",
        "customer": "1",
        "items.0.what": "",
        "items.0.quantity": "0",
        "items.0.price": "x",
    }
    page = browser("carl").post("/f/sale/new", data=typed, headers=SAFE).text
    said = page.partition('id="row-error-items-0">')[2].partition("</p>")[0].rpartition("</svg>")[2]
    assert [title in line for title, line in zip(("What", "Quantity", "Price"), said.splitlines(), strict=True)] == [
        True
    ] * 3


def test_to_create_is_to_save(browser: Browser) -> None:
    page = browser("carl", "zh").get("/f/sale/new").text
    assert "保存 <kbd" in page and "提交" not in page
