"""The network is slow, breaks and comes back while somebody works: nothing typed is lost, and the page says what happens.

Why: people save in lifts, in warehouses and over a VPN that drops. Whoever is told nothing presses again, or types it all a
second time. That a form sent twice is saved once, and that a failing server loses nothing, stands in `test_lines.py`.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.stories.conftest import Person
from tests.stories.desk import Desk


def told(desk: Desk) -> Locator:
    """What the page says of a failure."""
    return desk.page.get_by_role("alert")


def lost(desk: Desk) -> None:
    """What the browser and htmx write about lost connections is no complaint here."""
    desk.errors = [error for error in desk.errors if not re.search(r"net::ERR_|^htmx:", error)]


def without_network(desk: Desk) -> None:
    """The cable is out."""
    desk.page.context.set_offline(True)


def with_network(desk: Desk) -> None:
    """The cable is in again."""
    desk.page.context.set_offline(False)


def test_a_draft_goes_to_the_server_when_the_network_is_back(person: Person) -> None:
    tang = person("tang_min", 390)
    tang.open("/f/lead/new")
    without_network(tang)
    tang.put("company", "地下车库泵业有限公司")
    tang.put("name", "陆文")
    note = tang.page.locator("[data-draft-note]")
    expect(note).to_contain_text("已留在这台设备，联网后再保存")
    tang.button("保存").first.click()
    expect(told(tang)).to_contain_text("现在连不上服务器，内容还在")
    tang.has("company", "地下车库泵业有限公司")
    with_network(tang)
    expect(note).to_contain_text("草稿已保存")
    tang.put("mobile", "13911112222")
    tang.put("source", "电话")
    told(tang).get_by_role("button", name="再试一次").click()
    tang.arrive(r"/f/lead/\d+$")
    tang.sees("地下车库泵业有限公司")
    lost(tang)


def test_a_draft_that_this_device_kept_comes_back_with_its_lines(person: Person) -> None:
    wang = person("wang_siyuan")
    page = wang.page
    page.route("**/f/contract/draft*", lambda route: route.abort())
    wang.open("/f/contract/new")
    wang.put("items.0.quantity", "7")
    wang.press("添加一行")
    wang.put("items.1.price", "12.50")
    expect(page.locator("[data-draft-note]")).to_contain_text("草稿已存在本机")
    wang.open("/f/contract/new")
    expect(page.locator("[name='items.1.price']")).to_have_count(0)
    page.get_by_role("button", name="恢复草稿").click()
    wang.has("items.0.quantity", "7")
    wang.has("items.1.price", "12.50")
    lost(wang)


def test_a_slow_answer_is_spoken_of_and_waited_for(person: Person) -> None:
    tang = person("tang_min")
    page = tang.page
    page.clock.install()
    tang.open("/f/lead/new")
    for name, value in (("company", "慢网络有限公司"), ("name", "陆文"), ("mobile", "13911113333"), ("source", "电话")):
        tang.put(name, value)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/f/lead/new", hold, times=1)
    with page.expect_request("**/f/lead/new"):
        tang.button("保存").first.click()
    page.clock.fast_forward(9000)
    expect(page.get_by_role("status").get_by_text("还在保存：网络很慢，填的内容都在。")).to_be_visible()
    expect(tang.button("保存").first).to_have_class(re.compile("busy"))
    held[0].continue_()
    tang.arrive(r"/f/lead/\d+$")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_filter_and_a_button_are_tried_again(person: Person, width: int) -> None:
    wang = person("wang_siyuan", width)
    page = wang.page
    wang.open("/f/lead?view=all")
    rows = wang.rows()
    page.locator("summary", has_text="筛选").click()
    page.locator("[data-filter-panel=state]").get_by_label("公海").check()
    without_network(wang)
    page.locator("[data-filter-panel=state]").get_by_role("button", name="应用").click()
    expect(told(wang)).to_contain_text("现在连不上服务器")
    assert wang.rows() == rows
    with_network(wang)
    told(wang).get_by_role("button", name="再试一次").click()
    expect(page.locator(".fl-chip").filter(has_text="公海")).to_be_visible()
    assert len(wang.rows()) < len(rows)

    wang.open("/f/lead?view=mine")
    page.locator("#list tbody tr", has_text="跟进中").first.get_by_role("link").first.click()
    wang.rest()
    wang.press("记跟进")
    wang.put("ask.method", "电话")
    wang.put("ask.content", "电梯里记的")
    without_network(wang)
    wang.button("记跟进").first.click()
    expect(wang.dialog.get_by_role("alert")).to_contain_text(
        "现在连不上服务器"
    )  # within the dialog, which shuts the rest
    wang.has("ask.content", "电梯里记的")
    with_network(wang)
    wang.dialog.get_by_role("button", name="再试一次").click()
    expect(wang.dialog).to_have_count(0)
    wang.event("王思远", "记跟进")
    lost(wang)


def test_a_card_of_a_dashboard_that_did_not_come_is_asked_for_again(person: Person) -> None:
    wang = person("wang_siyuan")
    page = wang.page
    page.route("**/d/sales_funnel/w/signed*", lambda route: route.abort(), times=1)
    wang.open("/d/sales_funnel")
    card = page.locator("#w-signed")
    expect(card).to_contain_text("现在连不上服务器")
    expect(page.locator("#w-weighted b")).to_be_visible()  # the others stand
    card.get_by_role("button", name="再试一次").click()
    expect(card.locator("b")).to_be_visible()
    lost(wang)
