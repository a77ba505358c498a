"""A record's page: what comes next and why, why a number is so, who may do what, and two people who change one record."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Person
from tests.stories.desk import Desk


def a_return(desk: Desk, state: str) -> str:
    """The address of the first return in that state that says what happened."""
    desk.open(f'/f/return_request?view=all&where=state = "{state}" and reason != "unwanted"')
    return str(desk.page.locator("table[data-rows] tbody tr[data-href]").first.get_attribute("data-href"))


def test_a_number_tells_how_it_came_about_and_esc_leads_back(person: Person) -> None:
    lin = person("lin_xiaowen")
    lin.open(a_return(lin, "verify"))
    refund = lin.page.locator("dt:text-is('退款金额') + dd a")
    shown = refund.inner_text().strip()
    refund.click()
    expect(lin.dialog).to_contain_text(f"为什么是 {shown}？")
    expect(lin.dialog).to_contain_text("SUM(退货明细·金额)")
    expect(lin.dialog).to_contain_text("return_request.yaml:")
    assert re.search(r"\d × ¥|\d × \d", lin.dialog.locator(".fl-why-rows td").first.inner_text())
    lin.page.keyboard.press("Escape")
    expect(lin.dialog).to_have_count(0)
    expect(refund).to_be_focused()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_whole_flow_is_a_picture_and_a_text(person: Person, width: int) -> None:
    lin = person("lin_xiaowen", width=width)
    lin.open(a_return(lin, "parcel"))
    lin.page.locator(".fl-flow-more a").click()
    picture = lin.dialog.locator("svg[role=img]")
    expect(picture).to_be_visible()
    expect(picture.locator(".fl-graph-node--now text")).to_have_text("等待寄回")
    assert picture.locator(".fl-graph-edge--taken").count() >= 2
    lin.dialog.get_by_text("文字版").click()
    expect(lin.dialog.locator("[aria-current=step]")).to_contain_text("等待寄回")


def test_without_scripts_all_of_it_are_pages(person: Person) -> None:
    lin = person("lin_xiaowen")
    where = a_return(lin, "verify")
    plain = person("lin_xiaowen", scripts=False)
    for path, words in (
        ("/flow", "客服核实"),
        ("/why?field=refund", "SUM(退货明细·金额)"),
        ("/access", "你对这张单的权限"),
    ):
        plain.page.goto(plain.url + where + path)
        expect(plain.page.locator("main")).to_contain_text(words)


def test_who_may_do_what_is_said_by_the_rules_themselves(person: Person) -> None:
    lin = person("lin_xiaowen")
    where = a_return(lin, "parcel")
    lin.open(where)
    lin.page.locator(".fl-card--link a").click()
    expect(lin.dialog).to_contain_text("要 状态 = “客服核实”")
    expect(lin.dialog.locator("code")).to_have_count(0)
    sun = person("sun_yue")
    sun.open(where)
    sun.page.locator(".fl-card--link a").click()
    expect(sun.dialog).to_contain_text("你是管理员，看和改都不受限制")
    sun.dialog.get_by_text("别的角色").click()
    expect(sun.dialog.locator("code").first).to_contain_text("return_request.yaml:")


def test_related_lists_come_when_they_are_opened(person: Person) -> None:
    wang = person("wang_siyuan")
    wang.open("/f/customer")
    wang.page.locator("table[data-rows] tbody tr[data-href] a").first.click()
    wang.rest()
    assert wang.page.locator("#below table").count() == 0
    wang.page.locator("#below .fl-tab").nth(1).click()
    wang.rest()
    expect(wang.page.locator("#below .fl-tab").nth(1)).to_have_attribute("aria-current", "true")
    expect(wang.page.locator("#below .fl-related")).to_be_visible()


def test_two_who_change_one_record_choose_and_nobody_loses(person: Person) -> None:
    lin, zhou = person("lin_xiaowen"), person("zhou_qiming")
    where = a_return(lin, "verify")
    lin.open(f"{where}/edit")
    zhou.open(f"{where}/edit")
    zhou.put("detail", "外箱有撞痕")
    zhou.put("remark", "周启明的备注")
    zhou.press("保存")
    zhou.arrive(re.escape(where) + "$")
    lin.put("detail", "接线口断裂")
    lin.put("contact", "李建国")
    lin.press("保存")
    expect(lin.dialog).to_contain_text("你编辑时，周启明也改了这张单")
    assert lin.path == f"{where}/edit"
    lin.press("回到编辑")
    expect(lin.dialog).to_have_count(0)
    lin.has("detail", "接线口断裂")
    lin.press("保存")
    lin.dialog.locator("input[value=theirs]").check()
    lin.press("按选择保存")
    lin.arrive(re.escape(where) + "$")
    lin.fact("情况说明", "外箱有撞痕")
    lin.fact("联系人", "李建国")
    lin.fact("备注", "周启明的备注")


def test_on_the_phone_the_way_is_a_line_and_the_answer_comes_from_below(person: Person) -> None:
    lin = person("lin_xiaowen", width=390)
    lin.open(a_return(lin, "verify"))
    lin.sees("第 2 步，共")
    lin.page.locator("dt:text-is('退款金额') + dd a").click()
    box = lin.dialog.bounding_box()
    assert box is not None and (box["x"], box["width"]) == (0, 390)
