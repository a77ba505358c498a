"""From the contract to the last delivery: totals while typing, approval by amount, part shipments, inspection."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.stories.conftest import Person
from tests.stories.desk import Desk


def lines(desk: Desk) -> list[list[str]]:
    """The cells of the record's lines, as they are read."""
    rows = desk.page.get_by_role("region", name="合同明细").locator("tbody tr")
    return [[cell.strip() for cell in row.locator("td").all_inner_texts()] for row in rows.all()]


def test_totals_follow_what_is_typed_and_a_typed_price_stays(person: Person) -> None:
    zhao = person("zhao_yifan")
    zhao.open("/f/contract/new")
    zhao.sees("合同金额超过 200,000 元，或有一行折扣超过 10%，要销售主管审批。")
    zhao.put("customer", "常州凯润新能源有限公司")
    zhao.chosen("payment", "月结 30 天")  # follows the customer
    zhao.put("payment", "款到发货")
    zhao.put("customer", "宁波海拓机电有限公司")
    expect(zhao.form.locator("[name=delivery_address]")).to_have_value("浙江省宁波市北仑区富春江路 9 号")
    zhao.chosen("payment", "款到发货")  # once chosen, it doesn't follow
    zhao.press("添加一行")
    zhao.put("items.0.product", "压力传感器")
    zhao.has("items.0.price", re.compile(r"^2,?150(\.00)?$"))
    zhao.put("items.0.quantity", "10")
    zhao.reckoned("items.0.amount", "21,500.00")
    zhao.reckoned("total", re.compile(r"21,500\.00"))
    zhao.put("items.0.price", "2000")
    zhao.reckoned("items.0.amount", "20,000.00")
    zhao.put("items.0.product", "EV-48")
    zhao.has("items.0.price", re.compile(r"^2,?000(\.00)?$"))  # typed, so it stays
    zhao.press("添加一行")
    zhao.put("items.1.product", "控制面板")
    zhao.put("items.1.quantity", "3")
    zhao.put("items.1.discount", "5")
    zhao.rest()
    zhao.has("items.1.discount", "5%")  # a phone's numeric keys have no such sign
    zhao.reckoned("items.1.amount", "9,918.00")
    zhao.reckoned("total", re.compile(r"29,918\.00"))
    zhao.reckoned("in_words", "贰万玖仟玖佰壹拾捌元整")
    zhao.put("items.1.product", "信号线缆")
    zhao.has("items.1.price", re.compile(r"^120(\.00)?$"))  # nobody typed it, so it follows
    assert zhao.path == "/f/contract/new"
    expect(zhao.page.locator("[data-draft-note]")).to_contain_text("草稿已保存")
    zhao.open("/f/contract/new?draft=1")
    zhao.put("customer", "常州凯润新能源有限公司")
    expect(zhao.form.locator("[name=delivery_address]")).to_have_value(re.compile("常州"))
    zhao.has("items.0.price", re.compile(r"^2,?000(\.00)?$"))  # what was typed is typed still, a day later
    zhao.has("items.1.discount", "5%")


def test_a_contract_is_approved_shipped_in_parts_and_completes(person: Person) -> None:
    zhao = person("zhao_yifan")
    zhao.open("/f/contract/new")
    zhao.put("customer", "常州凯润新能源有限公司")
    zhao.press("保存")  # nothing else filled in yet
    zhao.fault("delivery_on")
    zhao.picked("customer", "常州凯润新能源有限公司")
    zhao.put("delivery_on", "2000-01-01")
    zhao.press("添加一行")
    zhao.put("items.0.product", "数据采集模块")
    zhao.put("items.0.quantity", "22")
    zhao.press("保存")
    zhao.sees("交货日期不能早于签订日期")
    zhao.put("delivery_on", "2099-12-31")
    zhao.press("添加一行")
    zhao.put("items.1.product", "信号线缆")
    zhao.put("items.1.quantity", "10")
    zhao.press("保存")
    zhao.arrive(r"/f/contract/\d+$")
    contract = zhao.path
    zhao.fact("合同金额", re.compile(r"216,800\.00"))
    zhao.press("提交")
    zhao.state("主管审批")
    zhao.closed("同意", "顾明华")

    head = person("gu_minghua")
    head.open("/notices")
    head.sees("常州凯润新能源有限公司，216,800.00 元）等你审批")
    head.open(contract)
    head.press("退回修改")
    head.press("退回修改")  # not without saying why
    head.fault("opinion")
    head.put("opinion", "单价再核一遍")
    head.press("退回修改")
    head.state("草稿")
    head.event("顾明华", "退回修改", "单价再核一遍")
    zhao.open(contract)
    zhao.press("提交")
    head.open(contract)
    head.press("同意")
    head.press("同意")
    head.state("执行中")
    head.event("顾明华", "同意", "主管审批", "执行中")

    chen = person("chen_li")
    chen.open(contract)
    chen.sees_not("216,800.00")  # the warehouse doesn't see money
    chen.press("安排发货")
    chen.arrive(r"/f/shipment/\d+$")
    first = chen.path
    chen.follow("修改")
    chen.put("items.0.quantity", "23")
    chen.press("保存")
    chen.fault("items.0.quantity", "22")
    chen.has("items.0.quantity", "23")
    chen.put("items.0.quantity", "12")
    chen.press("保存")
    chen.arrive(r"/f/shipment/\d+$")
    chen.event("陈立", "本次发货", "22", "12")
    chen.press("送检")
    chen.state("待发货")
    chen.closed("发货", "还没有合格的质检单，不能发货")

    shen = person("shen_wei")
    shen.open("/f/quality_check?view=open")
    shen.page.locator("tbody tr").filter(has_text="常州凯润新能源有限公司").get_by_role("link").first.click()
    shen.rest()
    check = shen.path
    shen.press("判合格")
    shen.put("items.0.bad", "1")
    shen.press("判合格")
    shen.sees("有 1 件不合格，不能判合格。可以判让步接收或不合格")
    shen.has("items.0.bad", "1")
    shen.put("items.0.bad", "0")
    shen.press("判合格")
    shen.state("合格")
    shen.fact("检验员", re.compile("沈薇"))

    chen.open(first)
    chen.press("发货")
    chen.put("tracking_no", "SF1234567890")
    chen.press("发货")
    chen.fault("carrier")
    chen.has("tracking_no", "SF1234567890")
    chen.put("carrier", "顺丰速运")
    chen.press("发货")
    chen.state("在途")
    chen.press("签收")
    chen.put("delivered_on", "2099-01-01")
    chen.press("签收")
    chen.sees("签收日期不能晚于今天")
    chen.put("delivered_on", chen.page.evaluate("new Date().toLocaleDateString('sv')"))
    chen.press("签收")
    chen.state("已签收")
    chen.event("陈立", "签收", "在途", "已签收")

    zhao.open(contract)
    zhao.state("执行中")
    table = lines(zhao)
    assert [row[-3:] for row in table] == [["12", "10", "0"], ["10", "0", "0"]], table
    zhao.press("安排发货")
    zhao.arrive(r"/f/shipment/\d+$")
    second = zhao.path
    zhao.follow("修改")
    expect(zhao.form.locator("tr[data-row]")).to_have_count(1)  # what is all arranged isn't offered again
    zhao.has("items.0.quantity", "10")
    zhao.follow("取消")
    chen.open(second)
    chen.press("送检")
    shen.open("/f/quality_check?view=open")
    shen.page.locator("tbody tr").filter(has_text="常州凯润新能源有限公司").get_by_role("link").first.click()
    shen.rest()
    expect(shen.page).not_to_have_url(shen.url + check)
    shen.press("判合格")
    shen.press("判合格")
    chen.open(second)
    chen.press("发货")
    chen.put("carrier", "德邦快递")
    chen.put("tracking_no", "DP99887766")
    chen.press("发货")
    chen.press("签收")
    chen.put("delivered_on", chen.page.evaluate("new Date().toLocaleDateString('sv')"))
    chen.press("签收")
    chen.state("已签收")
    zhao.open(contract)
    zhao.state("已完成")
    zhao.fact("发货进度", "100%")
    zhao.page.get_by_label("更多").filter(visible=True).first.click()
    with zhao.page.expect_popup() as opened:
        zhao.page.get_by_role("button", name="打印合同书", exact=True).click()
    paper = opened.value
    expect(paper.get_by_text("常州凯润新能源有限公司").first).to_be_visible()
    expect(paper.get_by_text("216,800.00").first).to_be_visible()
    paper.close()
    with zhao.page.expect_download() as sent:
        zhao.page.get_by_role("button", name=re.compile("合同书（Word）")).click()
    assert sent.value.suggested_filename.endswith(".docx")


def test_a_failed_inspection_sends_the_shipment_back(person: Person) -> None:
    chen, shen = person("chen_li"), person("shen_wei")
    chen.open("/f/contract?view=running&q=%E6%99%AE%E7%91%9E%E5%8C%85%E8%A3%85")
    chen.page.locator("tbody").get_by_role("link").first.click()
    chen.rest()
    chen.press("安排发货")
    chen.arrive(r"/f/shipment/\d+$")
    shipment = chen.path
    chen.press("送检")
    shen.open("/f/quality_check?view=open")
    shen.page.locator("tbody tr").filter(has_text="嘉兴普瑞包装有限公司").get_by_role("link").first.click()
    shen.rest()
    shen.press("判不合格")
    shen.put("items.0.bad", "2")
    shen.press("判不合格")
    shen.fault("defect")
    shen.fault("opinion")
    shen.has("items.0.bad", "2")
    shen.put("defect", "包装")
    shen.put("opinion", "外箱受潮，换箱再送")
    shen.press("判不合格")
    shen.state("不合格")
    shen.event("沈薇", "判不合格", "外箱受潮，换箱再送")
    chen.open(shipment)
    chen.state("备货")


def test_a_new_shipment_shows_what_is_left_to_ship(person: Person) -> None:
    chen = person("chen_li")
    chen.open("/f/shipment/new")
    chen.sees_not("质检合格", "按期送达")  # nothing to say of them yet
    chen.press("保存")
    chen.fault("contract")
    chen.put("contract", "HT-2026-0002")
    chen.rest()
    chen.reckoned("items.0.available", re.compile(r"^\d+$"))  # lines that came by themselves are computed too
    chen.reckoned("items.1.available", re.compile(r"^\d+$"))
    expect(chen.form.locator("[id='field-contract-error']")).to_have_count(0)
    expect(chen.form.locator("[data-field='items'] > .fl-error")).to_have_count(
        0
    )  # what a default filled is no longer wrong
