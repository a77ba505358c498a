"""The list of records: searched, filtered, sorted, paged, exported; and without a browser's scripts."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Person


def test_a_list_is_searched_filtered_sorted_and_read(person: Person) -> None:
    head = person("gu_minghua")
    head.open("/f/contract?view=all")
    everything = head.total()
    assert everything > 20
    box = head.page.get_by_role("searchbox", name="在合同里搜索")
    box.fill("蓉科传感")
    box.press("Enter")
    head.arrive(r"/f/contract\?.*q=")
    found = head.rows()
    assert 0 < len(found) < everything and all("蓉科传感" in row for row in found)
    head.follow("清空筛选")
    head.arrive(r"/f/contract(?!.*q=)")
    assert head.total() == everything

    head.page.get_by_text("筛选", exact=True).click()
    head.page.get_by_role("button", name="状态").filter(visible=True).click()
    head.page.locator("form[data-filter-panel=state]").get_by_label("执行中").check()
    head.page.locator("form[data-filter-panel=state]").get_by_role("button", name="应用").click()
    head.arrive(r"/f/contract\?.*where=")
    running = head.total()
    assert 0 < running < everything
    assert set(head.column("状态")) == {"执行中"}
    head.sees("执行中")

    head.page.get_by_text("筛选", exact=True).click()
    head.page.get_by_role("button", name="条件").filter(visible=True).click()
    panel = head.page.locator("form[data-filter-panel=':text']")
    assert "signed" in panel.get_by_role("textbox").input_value()  # what was clicked together reads as a formula
    panel.get_by_role("textbox").fill("total > 60000 and not state.final")
    panel.get_by_role("button", name="应用").click()
    head.arrive(r"/f/contract\?.*where=total")
    amounts = [float(re.sub(r"[^\d.]", "", cell)) for cell in head.column("合同金额")]
    assert amounts and min(amounts) > 60000
    head.page.get_by_text("筛选", exact=True).click()
    head.page.get_by_role("button", name="条件").filter(visible=True).click()
    panel.get_by_role("textbox").fill("totl > 60000")
    panel.get_by_role("button", name="应用").click()
    head.rest()
    expect(head.page.get_by_role("alert").filter(has_text="total")).to_be_visible()  # the nearest name that there is

    head.open("/f/contract?view=all")
    for descending in (True, False):
        head.page.locator("#list thead").get_by_role("link", name="合同金额").click()
        head.arrive(rf"/f/contract\?.*sort={'-' if descending else ''}total")
        amounts = [float(re.sub(r"[^\d.]", "", cell)) for cell in head.column("合同金额")]
        assert amounts == sorted(amounts, reverse=descending)
    foot = head.page.locator("#list tfoot").inner_text()
    assert f"{sum(amounts):,.2f}" in foot  # all fit on one page, so the foot is their sum

    head.page.route("**/f/contract?*sort=*", lambda route: None)
    head.page.locator("#list thead").get_by_role("link", name="合同金额").click()
    expect(head.page.locator("#list")).to_have_css(
        "opacity", "0.6"
    )  # the old rows stay, paler, until the answer is here
    assert head.column("合同金额")


def test_a_long_list_is_paged(person: Person) -> None:
    head = person("gu_minghua")
    head.open("/f/lead?view=all&limit=25")
    everything = head.total()
    assert everything > 25
    first = head.rows()
    head.follow("下一页")
    head.arrive(r"/f/lead\?.*page=2")
    second = head.rows()
    assert len(first) == 25 and len(second) == min(25, everything - 25)
    assert not set(first) & set(second)
    head.page.go_back()
    head.arrive(r"/f/lead\?view=all&limit=25$")
    assert head.rows() == first


def test_a_list_is_exported_as_it_is_shown(person: Person, tmp_path: Path) -> None:
    head = person("gu_minghua")
    head.open("/f/contract?view=running")
    shown = head.rows()
    head.page.locator("#list").get_by_label("更多").click()
    with head.page.expect_download() as download:
        head.page.get_by_role("link", name="导出 CSV").click()
    file = tmp_path / "contract.csv"
    download.value.save_as(file)
    body = file.read_bytes()
    assert body.startswith(b"\xef\xbb\xbf")  # so that Excel reads Chinese
    read = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert len(read) == len(shown) + 1
    assert {row[0] for row in read[1:]} == {row.split(" ")[0] for row in shown}


def test_nothing_that_matches_says_which_condition_to_drop(person: Person) -> None:
    head = person("gu_minghua")
    head.open("/f/contract?where=total+%3E+99999999")
    head.sees("没有符合条件的合同")
    head.follow("清空筛选")
    assert head.rows()


@pytest.mark.parametrize("width", [1280, 390])
def test_without_scripts_lists_filter_and_forms_are_sent(person: Person, width: int) -> None:
    head = person("gu_minghua", width, scripts=False)
    head.page.goto(f"{head.url}/f/contract?view=all")
    head.page.get_by_role("navigation", name="视图").get_by_role("link", name="执行中").click()
    head.page.get_by_text("筛选", exact=True).click()
    head.page.locator("form[data-filter-panel=state]").get_by_label("草稿").check()
    head.page.locator("form[data-filter-panel=state]").get_by_role("button", name="应用").click()
    head.arrive(r"/f/contract\?.*where=")
    head.page.goto(f"{head.url}/f/customer/new")
    head.page.get_by_label("客户名称").fill(f"无脚本机械 {width}")
    head.page.get_by_label("税号").fill("中文税号")
    head.page.get_by_role("button", name="保存").click()
    expect(head.page.get_by_text("只有数字和大写字母").first).to_be_visible()
    expect(head.page.get_by_label("客户名称")).to_have_value(f"无脚本机械 {width}")
    head.page.get_by_label("税号").fill("91330000MA27")
    head.page.get_by_role("button", name="保存").click()
    head.page.wait_for_url(re.compile(r"/f/customer/\d+$"))
    expect(head.page.get_by_role("heading", name=f"无脚本机械 {width}").first).to_be_visible()
