"""A manager's dashboard: figures with comparison, charts, periods, and the records behind a bar."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Person


@pytest.mark.parametrize("width", [1280, 390])
def test_a_dashboard_draws_every_card(person: Person, width: int) -> None:
    head = person("gu_minghua", width)
    for name in ("sales_funnel", "leads", "service", "returns", "fulfilment"):
        head.open(f"/d/{name}")
        expect(head.page.locator("[aria-busy=true]")).to_have_count(0)
        assert head.page.locator("[id^='w-']").count() >= 8
        assert head.page.get_by_text("这张图没算出来").count() == 0
        expect(head.page.locator(".fl-dash svg[width], .fl-dash .fl-chart svg").first).to_be_visible()


def test_a_period_narrows_and_a_bar_opens_exactly_its_records(person: Person) -> None:
    head = person("gu_minghua")
    head.open("/d/sales_funnel")
    signed = head.page.locator("#w-new_leads")
    this_year = signed.inner_text()
    head.follow("全部")
    head.arrive(r"/d/sales_funnel\?.*period=all")
    expect(signed).not_to_have_text(this_year, use_inner_text=True)
    all_time = signed.inner_text()
    head.page.locator("#w-new_leads").click()
    head.arrive(r"/f/lead\?")
    shown = head.total()
    assert re.search(rf"\b{shown}\b", all_time)

    head.open("/d/sales_funnel?period=all")
    card = head.page.locator("#w-lost")
    card.get_by_label("更多").click()
    card.get_by_role("button", name="看表格").click()
    row = card.locator("table tbody tr").first
    words, number = row.locator("td, th").first.inner_text().strip(), row.locator("td").last.inner_text().strip()
    row.get_by_role("link").first.click()
    head.arrive(r"/f/opportunity\?")
    assert head.total() == int(number)
    assert words and set(head.column("状态")) == {"输单"}


BARS = """(box) => [...box.querySelectorAll("svg path")]
    .map((path) => [getComputedStyle(path).fill, path.getBoundingClientRect()])
    .filter(([fill, at]) => fill !== "none" && at.width > 12 && at.height > 12 && at.width < 200)
    .map(([, at]) => [at.x + at.width / 2, at.y + at.height / 2])"""


def test_a_click_on_a_bar_itself_opens_its_records(person: Person) -> None:
    head = person("gu_minghua")
    head.open("/d/fulfilment?period=all")
    chart = head.page.locator("#w-contracts [data-chart]")
    expect(chart.locator("svg").first).to_be_visible()
    chart.scroll_into_view_if_needed()
    head.rest()
    x, y = max(chart.evaluate(BARS), key=lambda middle: -middle[1])  # the tallest bar's middle is the highest
    head.page.mouse.move(x, y)
    head.page.mouse.click(x, y)
    head.arrive(r"/f/contract\?where=")
    head.sees("已完成")
    assert head.total() > 10


def test_a_dashboard_shows_only_what_one_may_see(person: Person) -> None:
    engineer = person("xu_tao")
    engineer.open("/d/service")
    expect(engineer.page.locator("[aria-busy=true]")).to_have_count(0)
    engineer.refusals.add(404)
    engineer.open("/d/sales_funnel")
    engineer.sees("没有找到")
    assert engineer.page.locator("[id^='w-']").count() == 0


def test_a_chart_is_kept_as_a_picture_with_its_title_and_time(person: Person, tmp_path: Path) -> None:
    head = person("gu_minghua")
    head.open("/d/sales_funnel?period=all")
    card = head.page.locator("#w-monthly")
    expect(card.locator("svg").first).to_be_visible()
    for kind, begins in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        card.get_by_label("更多").click()
        with head.page.expect_download() as coming:
            card.get_by_role("button", name=f"下载图片 {kind}").click()
        assert coming.value.suggested_filename == f"每月签约金额.{kind.lower()}"
        file = tmp_path / f"chart.{kind}"
        coming.value.save_as(file)
        assert file.read_bytes().startswith(begins)
    drawing = (tmp_path / "chart.SVG").read_text(encoding="utf-8")
    assert "每月签约金额" in drawing and "销售漏斗 · 全部" in drawing


def test_what_others_do_changes_the_figures_but_not_the_card_in_hand(person: Person) -> None:
    head, seller = person("gu_minghua"), person("wang_siyuan")
    head.open("/d/sales_funnel?period=all")
    expect(head.page.locator("[aria-busy=true]")).to_have_count(0)
    figure = head.page.locator("#w-new_leads b")
    before = int(figure.inner_text())
    head.page.locator("#w-stages").hover()
    seller.open("/f/lead/new")
    for name, value in (("company", "看板刷新测试厂"), ("name", "钱进"), ("mobile", "13700002222"), ("source", "电话")):
        seller.put(name, value)
    seller.press("保存")
    seller.arrive(r"/f/lead/\d+$")
    expect(figure).to_have_text(str(before + 1), timeout=20_000)
