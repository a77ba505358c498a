"""What people do with a whole list: tick and act, arrange columns, keep a view, correct a cell, glance at a record."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.stories.conftest import Person
from tests.stories.desk import Desk


def ticks(desk: Desk) -> Locator:
    return desk.page.locator("#list tbody .fl-tick input")


def bar(desk: Desk) -> Locator:
    return desk.page.get_by_role("region", name="对选中的记录")


def test_ticked_records_are_rejected_together(person: Person) -> None:
    lin = person("lin_xiaowen")
    lin.open("/f/return_request?view=all")
    expect(bar(lin)).to_be_hidden()
    verify = lin.page.locator("#list tbody tr").filter(has_text="客服核实")
    done = lin.page.locator("#list tbody tr").filter(has_text="已完成")
    for row in (verify.nth(0), verify.nth(1), done.nth(0)):
        row.locator(".fl-tick input").check()
    expect(bar(lin)).to_contain_text("已选 3 条")
    expect(bar(lin).get_by_role("button", name="驳回")).to_contain_text("2")
    lin.page.locator("[data-sorts] summary").click()
    lin.page.keyboard.press("Escape")  # closes the menu and nothing else
    expect(lin.page.locator("[data-sorts]")).not_to_have_attribute("open", "")
    expect(bar(lin)).to_contain_text("已选 3 条")
    gone = [row.locator("a").first.inner_text() for row in (verify.nth(0), verify.nth(1))]
    bar(lin).get_by_role("button", name="驳回").click()
    dialog = lin.page.get_by_role("dialog", name="驳回：2 条")
    dialog.get_by_role("button", name="驳回").click()
    expect(dialog.get_by_text(re.compile("意见"))).not_to_have_count(0)
    expect(dialog.locator("#field-opinion")).to_have_attribute("aria-invalid", "true")
    dialog.locator("#field-opinion").fill("超过退货期限")
    dialog.get_by_role("button", name="驳回").click()
    lin.sees("驳回：完成 2 条")
    expect(dialog).to_have_count(0)
    expect(bar(lin)).to_be_hidden()
    for title in gone:
        expect(lin.page.locator("#list tbody tr").filter(has_text=title)).to_contain_text("已驳回")


def test_commissions_are_paid_all_or_none(person: Person) -> None:
    he = person("he_jia")
    he.open("/f/commission?view=open")
    rows = he.page.locator("#list tbody tr")
    ready, early = rows.filter(has_text="财务复核").first, rows.filter(has_text="主管确认").first
    number = ready.locator("a").first.inner_text()
    ready.locator(".fl-tick input").check()
    bar(he).get_by_role("button", name="复核通过").click()
    dialog = he.page.get_by_role("dialog")
    dialog.get_by_role("button", name="复核通过").click()
    ready = rows.filter(has_text=number)
    expect(ready).to_contain_text("待发放")
    for row in (ready, early):
        row.locator(".fl-tick input").check()
    expect(bar(he)).to_contain_text("已选 2 条")
    bar(he).get_by_role("button", name="发放").click()
    expect(dialog).to_contain_text("要么全部做，要么一条也不做")
    dialog.get_by_label("发放日期").fill("2026-12-10")
    dialog.get_by_role("button", name="发放").click()
    expect(dialog).to_contain_text("没有做")
    expect(dialog).to_contain_text(early.locator("a").first.inner_text())
    he.page.keyboard.press("Escape")
    expect(ready).to_contain_text("待发放")
    early.locator(".fl-tick input").uncheck()
    expect(bar(he)).to_contain_text("已选 1 条")
    bar(he).get_by_role("button", name="发放").click()
    dialog.get_by_label("发放日期").fill("2026-12-10")
    dialog.get_by_role("button", name="发放").click()
    expect(rows.filter(has_text=number)).to_have_count(0)


def test_all_that_match_are_ticked_and_let_go(person: Person) -> None:
    head = person("gu_minghua")
    head.open("/f/lead?view=all&limit=25")
    head.page.get_by_label("选中本页全部").check()
    expect(bar(head)).to_contain_text("已选 25 条")
    bar(head).get_by_role("button", name="选中符合条件的全部").click()
    expect(bar(head)).to_contain_text("已全部选中")
    head.follow("下一页")
    expect(ticks(head).first).to_be_checked()
    head.page.get_by_role("button", name="取消选择").click()
    expect(bar(head)).to_be_hidden()
    expect(ticks(head).first).not_to_be_checked()


def test_a_view_of_ones_own_is_kept(person: Person) -> None:
    zhou = person("zhou_qiming")
    zhou.open("/f/return_request?view=all")
    zhou.page.get_by_text("筛选", exact=True).click()
    expect(zhou.page.get_by_role("searchbox", name="找字段")).to_be_focused()
    panel = zhou.page.locator("form[data-filter-panel=state]")
    expect(panel.locator(".fl-filter-count").first).to_be_visible()
    panel.get_by_label("已完成").check()
    panel.get_by_role("button", name="应用").click()
    zhou.rest()
    zhou.page.get_by_role("button", name=re.compile("^改筛选：状态")).click()
    expect(panel.get_by_label("已完成")).to_be_checked()
    panel.get_by_label("已驳回").check()
    panel.get_by_role("button", name="应用").click()
    zhou.rest()
    expect(zhou.page).to_have_url(re.compile("^((?!where=).)*where=((?!where=).)*rejected((?!where=).)*$"))
    zhou.page.locator("#list summary", has_text="存入视图").click()
    expect(zhou.page.get_by_label("视图名称")).to_be_focused()
    zhou.page.keyboard.type("办完的")
    zhou.page.keyboard.press("Enter")
    zhou.arrive(r"/f/return_request\?view=my-\d+$")
    expect(zhou.page.locator("#views [aria-current=page]")).to_contain_text("办完的")
    zhou.page.set_viewport_size({"width": 390, "height": 844})
    assert zhou.page.evaluate("document.documentElement.scrollWidth") == 390
    zhou.page.set_viewport_size({"width": 1280, "height": 900})
    zhou.page.locator("[data-columns] > summary").click()
    chooser = zhou.page.locator(".fl-columns")
    chooser.get_by_label("合同", exact=True).uncheck()
    chooser.get_by_role("button", name="退货原因 往前").click()
    chooser.get_by_role("button", name="应用").click()
    zhou.rest()
    expect(zhou.page.locator("#list thead th").filter(has_text=re.compile(r"^\s*合同\s*$"))).to_have_count(0)
    heads = [one.strip() for one in zhou.page.locator("#list thead th").all_inner_texts()]
    assert heads.index("退货原因") < heads.index("退货件数")
    zhou.page.locator("#list").get_by_label("更多").click()
    zhou.page.get_by_role("button", name="删除这个视图").click()
    zhou.page.get_by_role("dialog").get_by_role("button", name="删除").click()
    zhou.arrive(r"/f/return_request\?view=all$")
    expect(zhou.page.locator("#views")).not_to_contain_text("办完的")


def test_a_cell_is_corrected_where_it_stands(person: Person) -> None:
    head = person("gu_minghua")
    head.open("/f/customer?view=-")
    cell = head.page.locator("#list tbody td[data-edit=name], #list tbody td[data-edit=short_name]").first
    before = cell.inner_text()
    cell.dblclick()
    box = cell.locator("input:not([type=hidden])").first
    box.fill("临时名称")
    head.page.keyboard.press("Escape")
    expect(cell).to_have_text(before)
    assert "/f/customer?view=-" in head.page.url
    cell.dblclick()
    cell.locator("input:not([type=hidden])").first.fill("新的名称")
    head.page.keyboard.press("Enter")
    expect(head.page.locator("#list tbody")).to_contain_text("新的名称")
    expect(head.page.locator("[data-cell-form]")).to_have_count(0)
    head.page.reload()
    expect(head.page.locator("#list tbody")).to_contain_text("新的名称")


def test_a_record_is_glanced_at_by_keys_and_left_again(person: Person) -> None:
    zhou = person("zhou_qiming")
    zhou.open("/f/return_request?view=all")
    first, second = (zhou.page.locator("#list tbody tr").nth(i).locator("a").first.inner_text() for i in (0, 1))
    zhou.page.keyboard.press("j")
    zhou.page.keyboard.press("Space")
    drawer = zhou.page.locator(".fl-drawer")
    expect(drawer).to_contain_text(first)
    expect(zhou.page).to_have_url(re.compile(r"/f/return_request/\d+$"))
    zhou.page.keyboard.press("j")
    expect(drawer).to_contain_text(second)
    zhou.page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(zhou.page).to_have_url(re.compile(r"/f/return_request\?view=all$"))
    zhou.page.keyboard.press("x")
    expect(bar(zhou)).to_contain_text("已选 1 条")
    zhou.page.keyboard.press("x")
    zhou.page.keyboard.press("Enter")
    zhou.arrive(r"/f/return_request/\d+$")
    beside = zhou.page.locator(".fl-beside")
    expect(beside).to_contain_text(re.compile(r"2 / \d+"))
    zhou.page.keyboard.press("]")
    expect(zhou.page.locator(".fl-beside")).to_contain_text(re.compile(r"3 / \d+"))


def test_on_the_phone_and_without_scripts_the_list_is_whole(person: Person) -> None:
    phone = person("zhou_qiming", width=390)
    phone.open("/f/return_request?view=all&q=RT&where=refund%20%3E%3D%20100")
    expect(phone.page.locator("[data-sorts] > summary")).to_be_in_viewport()  # beside what is searched and filtered for
    phone.page.locator("#list tbody tr").first.click()
    phone.arrive(r"/f/return_request/\d+$")
    plain = person("zhou_qiming", scripts=False)
    plain.page.goto(plain.url + "/f/return_request?view=all")
    for place in (0, 1):
        ticks(plain).nth(place).check()
    plain.page.get_by_role("button", name="处理选中的记录").click()
    plain.sees("已选 2 条")
    plain.page.go_back()
    plain.page.locator("[data-sorts] > summary").click()
    plain.page.locator("[data-sorts] select").first.select_option("refund")
    plain.page.locator("[data-sorts]").get_by_role("button", name="应用").click()
    expect(plain.page).to_have_url(re.compile("sort=refund"))
