"""A day's work in a browser that runs no scripts: signing in, filtering, a contract with lines, buttons, figures.

Why: behind a strict proxy, on an old office machine or when the bundle fails to load, whoever has work to do can still do
it. Nothing here is drawn, computed or swapped by a script: each step is a link or a form.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.stories.conftest import Person
from tests.stories.desk import Desk
from tests.stories.server import PASSWORD, Server


def line(page: Page | Locator, name: str, words: str) -> None:
    """Type into a control by its name."""
    page.locator(f"input[name='{name}']:not([type=hidden]), textarea[name='{name}']").filter(visible=True).fill(words)


def test_one_signs_in_chooses_language_and_theme_and_signs_out(server: Server, visitor: Callable[..., Desk]) -> None:
    desk = visitor(server.url, 390, scripts=False)
    page = desk.page
    desk.open("/f/lead?view=all")
    desk.follow("English")
    line(page, "name", "wang_siyuan")
    line(page, "password", "wrong")
    desk.press("Sign in")
    expect(page.get_by_role("alert")).to_contain_text("Tries left: 4")
    line(page, "password", PASSWORD)
    desk.press("Sign in")
    desk.arrive(r"/f/lead\?view=all")
    page.get_by_role("button", name="Menu", exact=True).click()  # the phone's menu opens by its address alone
    page.locator("#fl-sidebar").get_by_role("link", name="Home").click()
    page.locator(".fl-menu", has=page.get_by_label("My menu")).locator("summary").click()
    desk.press("Dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    desk.open("/me")
    page.locator("input[name=language][value=zh] + span").click()
    page.locator("input[name=theme][value=light] + span").click()
    desk.press("Save")
    desk.open("/")
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    page.locator(".fl-menu", has=page.get_by_label("我的菜单")).locator("summary").click()
    desk.press("退出")
    desk.arrive("/login")


def test_a_list_is_filtered_by_any_field_sorted_and_turned(person: Person) -> None:
    gu = person("gu_minghua", scripts=False)
    gu.open("/f/contract?view=all")
    whole = gu.total()
    gu.page.locator("summary", has_text="筛选").click()
    panel = gu.page.locator("[data-filter-panel=total]")  # not the first: all stand there, one beneath the other
    line(gu.page.locator("[data-filter-panel=total]"), "v", "100000")
    panel.get_by_role("combobox").select_option(label="大于等于")
    panel.get_by_role("button", name="应用").click()
    assert 0 < gu.total() < whole
    gu.sees("100,000")
    gu.page.locator("thead").get_by_role("link", name="合同金额").click()
    assert "sort=" in gu.path
    gu.open("/f/contract?view=all&limit=25")
    first = gu.rows()[0]
    gu.page.get_by_label("下一页").click()
    gu.arrive(".*page=2")
    assert gu.rows()[0] != first


def test_a_contract_with_two_lines_is_refused_kept_and_saved(person: Person) -> None:
    wang = person("wang_siyuan", scripts=False)
    page = wang.page
    wang.open("/f/contract/new")
    line(page, "customer~", "没有这个客户")
    line(page, "items.0.product~", "PS-310")
    line(page, "items.0.quantity", "2")
    wang.press("添加一行")
    line(page, "items.1.product~", "PS-310")
    line(page, "items.1.quantity", "many")
    wang.press("保存")
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.locator("#field-customer-error")).to_contain_text("没有这个客户")
    expect(page.locator("input[name='items.1.quantity']")).to_have_value("many")
    expect(page.locator("input[name='items.0.quantity']")).to_have_value("2")
    line(page, "customer~", "长春一东汽配有限公司")
    line(page, "delivery_on", "2026-12-31")
    line(page, "items.1.quantity", "3")
    for number in (0, 1):
        line(page, f"items.{number}.price", "100")
    wang.press("保存")
    wang.arrive(r"/f/contract/\d+$")
    wang.sees("长春一东汽配有限公司")
    wang.fact("合同金额", re.compile("500.00"))


def test_a_card_leads_to_its_buttons_and_a_button_asks_on_a_page(person: Person) -> None:
    wang = person("wang_siyuan", scripts=False)
    page = wang.page
    wang.open("/f/lead?view=board")
    expect(page.locator("[data-move]").first).to_be_hidden()  # what only a script can do isn't offered
    page.locator("[data-lane='following'] [data-card] a").first.click()
    wang.arrive(r"/f/lead/\d+$")
    record = wang.path
    wang.press("记跟进")
    wang.press("记跟进")
    expect(page.locator("[id='field-ask-content-error']")).to_be_visible()
    page.locator("label", has_text=re.compile(r"^\s*电话\s*$")).click()
    line(page, "ask.content", "约了下周看样")
    wang.press("记跟进")
    assert wang.path == record
    wang.event("王思远", "记跟进")


def test_a_dashboard_shows_its_figures(person: Person) -> None:
    wang = person("wang_siyuan", scripts=False)
    wang.open("/d/sales_funnel")
    wang.arrive(r"/d/sales_funnel\?.*plain=1")
    cards = wang.page.locator(".fl-number")
    assert all(re.search(r"\d", words) for words in cards.all_inner_texts())
    months = wang.page.locator("#w-monthly table")
    expect(months.get_by_role("link").first).to_be_visible()
    expect(months).to_contain_text("¥")
    expect(wang.page.locator("#w-stages .fl-funnel-fill").first).to_have_js_property("clientHeight", 26)
    wang.follow("去年")
    wang.arrive(r"/d/sales_funnel\?.*period=last_year.*plain=1")
    wang.page.locator("#w-monthly table").get_by_role("link").first.click()
    wang.arrive(r"/f/contract\?where=")
