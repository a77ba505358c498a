"""The lead pipeline: from the pool to a won opportunity and its contract, as sales people do it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Person

COMPANY = "嘉善云帆精机有限公司"


def test_a_lead_is_claimed_followed_qualified_converted_and_won(person: Person) -> None:
    wang = person("wang_siyuan")
    wang.open("/f/lead/new")
    for name, value in (("company", COMPANY), ("name", "陆文"), ("mobile", "13912345678"), ("source", "官网表单")):
        wang.put(name, value)
    wang.press("保存")
    wang.arrive(r"/f/lead/\d+$")
    lead = wang.path
    wang.state("公海")
    wang.closed("分配", "分配要由销售主管来做")
    wang.sees_not("139 1234 5678")  # nobody has claimed it, so nobody sees how to reach them

    wang.press("领取")
    wang.state("跟进中")
    wang.toast("已领取")
    wang.sees("139 1234 5678")
    wang.event("王思远", "领取", "公海", "跟进中")
    wang.closed("判定有效", "还没有跟进记录。先记一次跟进，再判定有效")

    wang.press("记跟进")
    wang.press("记跟进")  # the dialog's own button: nothing was filled in yet
    wang.fault("ask.content")
    wang.put("ask.method", "电话")
    wang.put("ask.content", "要十台压力传感器，月底前定")
    wang.press("记跟进")
    expect(wang.dialog).to_have_count(0)
    wang.state("跟进中")
    tabs = wang.page.get_by_role("navigation", name="动态")
    tabs.get_by_role("link", name="跟进记录").click()
    wang.sees("要十台压力传感器，月底前定")
    tabs.get_by_role("link", name="动态").click()
    wang.rest()

    wang.press("判定有效")
    wang.put("need", "十台压力传感器，新产线用")
    wang.press("判定有效")
    wang.fault("intent")
    wang.fault("industry")
    wang.has("need", "十台压力传感器，新产线用")  # what was typed is kept
    wang.put("intent", "高")
    wang.put("industry", "机械装备")
    wang.press("判定有效")
    wang.state("有效")
    wang.event("王思远", "判定有效", "意向", "高")
    wang.event("王思远", "判定有效", "需求", "十台压力传感器，新产线用")

    wang.press("转为客户")
    wang.has("ask.customer_name", COMPANY)  # asks, and knows the answers it can know
    wang.put("ask.deal_name", "云帆新产线传感器")
    wang.put("ask.amount", "")
    wang.press("转为客户")
    wang.fault("ask.amount")
    wang.has("ask.deal_name", "云帆新产线传感器")
    wang.put("ask.amount", "21500")
    wang.press("转为客户")
    wang.arrive(r"/f/opportunity/\d+$")
    deal = wang.path
    wang.state("初步接触")
    wang.fact("客户", COMPANY)
    wang.open(lead)
    wang.state("已转化")
    wang.fact("转成的商机", "云帆新产线传感器")
    wang.fact("转成的联系人", re.compile("陆文"))

    wang.open(deal)
    wang.press("确认需求")
    wang.press("确认需求")
    wang.state("需求确认")
    wang.fact("赢率", "30%")
    wang.press("输单")
    wang.press("输单")  # no reason, not lost
    wang.fault("lost_reason")
    wang.press("取消")
    wang.state("需求确认")
    wang.follow("修改")
    wang.press("添加一行")
    wang.put("items.0.product", "压力传感器")
    wang.put("items.0.quantity", "12")
    wang.reckoned("items.0.amount", "25,800.00")
    wang.press("保存")
    wang.arrive(r"/f/opportunity/\d+$")
    for act, state in (("提交方案", "方案报价"), ("进入谈判", "商务谈判")):
        wang.press(act)
        wang.press(act)
        wang.state(state)
    wang.press("赢单")
    wang.put("win_reason", "质量")
    wang.press("赢单")
    wang.state("赢单")
    wang.fact("赢率", "100%")

    wang.press("生成合同")
    wang.press("生成合同")
    wang.arrive(r"/f/contract/\d+$")
    wang.state("草稿")
    wang.fact("合同金额", re.compile(r"25,800\.00"))
    wang.fact("金额大写", "贰万伍仟捌佰元整")


def test_an_opportunity_is_lost_for_a_reason_and_its_head_reads_it(person: Person) -> None:
    zhao = person("zhao_yifan")
    zhao.open("/f/opportunity?view=open&q=%E6%B5%B7%E6%8B%93%E6%9C%BA%E7%94%B5")
    zhao.follow("海拓机电 泵站远程监控")
    deal = zhao.path
    zhao.press("输单")
    zhao.put("close_note", "对方选了老供应商")
    zhao.press("输单")
    zhao.fault("lost_reason")
    zhao.has("close_note", "对方选了老供应商")
    zhao.put("lost_reason", "选了竞品")
    zhao.press("输单")
    zhao.state("输单")
    head = person("gu_minghua")
    head.open(deal)
    head.state("输单")
    head.event("赵一帆", "输单", "输单原因", "选了竞品")
    assert head.open_buttons() == []


@pytest.mark.parametrize("width", [1280, 390])
def test_a_customer_and_its_contact_are_made_in_a_drawer_beside_what_is_typed(person: Person, width: int) -> None:
    wang = person("wang_siyuan", width=width)
    company, mobile = f"绍兴越新材料有限公司{width}", f"1370000{width:04}"
    wang.open("/f/opportunity/new")
    wang.put("name", f"越新 产线改造 {width}")
    drawer = wang.page.frame_locator("iframe.fl-drawer-frame")

    def missing(field: str, words: str) -> None:
        """Search for what isn't there yet, and make it."""
        box = wang.page.locator(f"#fl-form .fl-picker:has(select[name='{field}'])").get_by_role("combobox")
        box.click()
        box.fill(words)
        wang.page.get_by_role("option", name=words).filter(has_text="新建").click()

    missing("customer", company)
    expect(drawer.get_by_role("heading", name="新建客户")).to_be_visible()
    expect(drawer.get_by_label("客户名称")).to_be_focused()
    expect(drawer.get_by_label("客户名称")).to_have_value(company)
    expect(drawer.get_by_label("客户名称")).to_be_in_viewport()
    wang.page.keyboard.press("Escape")  # nothing was typed in it, so nothing is asked
    expect(wang.page.locator("iframe")).to_have_count(0)

    missing("customer", company)
    drawer.get_by_label("简称").fill("越新")
    wang.page.keyboard.press("Escape")
    expect(drawer.get_by_role("dialog", name="还有没保存的修改")).to_be_visible()
    drawer.get_by_role("button", name="继续填写").click()
    drawer.get_by_label("客户名称").fill("")
    drawer.get_by_role("button", name="保存").click()
    expect(drawer.locator("#fl-errors")).to_contain_text("客户名称")
    drawer.get_by_label("客户名称").fill(company)
    drawer.get_by_role("button", name="保存").click()
    expect(wang.page.locator("iframe")).to_have_count(0)
    wang.picked("customer", company)
    wang.has("name", f"越新 产线改造 {width}")

    missing("contact", "何越")
    expect(drawer.get_by_label("姓名")).to_have_value("何越")
    expect(drawer.get_by_role("combobox", name="客户")).to_have_value(company)  # else it couldn't be chosen here
    drawer.get_by_label("手机").fill(mobile)
    drawer.get_by_role("button", name="保存").click()
    expect(wang.page.locator("iframe")).to_have_count(0)
    wang.picked("contact", f"何越 {company}")

    wang.put("amount", "120000")
    wang.put("close_on", "2027-01-15")
    wang.press("保存")
    wang.arrive(r"/f/opportunity/\d+$")
    wang.fact("客户", company)
    wang.fact("联系人", f"何越 {company}")
