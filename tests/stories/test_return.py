"""A return: not more than was shipped, pictures of damage, approval above the limit, and the ends it may come to.

Walked at a desk and on a phone: customers call, and service answers wherever they stand.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import NamedTuple

import pytest
from playwright.sync_api import FilePayload, expect

from tests.stories.conftest import Person


class Case(NamedTuple):
    """A customer with one contract, of which `shipped` can be returned; `pieces` of them are worth `refund`."""

    width: int
    customer: str
    product: str
    shipped: str
    pieces: str
    refund: str


DESK = Case(1280, "杭州云栖生物科技有限公司", "温湿度变送器", "40", "10", "5,865.00")
PHONE = Case(390, "合肥澄源水务有限公司", "电磁流量计", "9", "2", "8,600.00")
TODAY = "new Date().toLocaleDateString('sv')"


def picture(name: str) -> FilePayload:
    """A real PNG, one grey dot: the server looks into files, not at their names."""

    def part(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    body = b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(b"\0\x80")) + part(b"IEND", b"")
    return {"name": name, "mimeType": "image/png", "buffer": body}


@pytest.mark.parametrize("case", [DESK, PHONE], ids=["desk", "phone"])
def test_a_large_return_of_damaged_goods_is_approved_inspected_and_refunded(person: Person, case: Case) -> None:
    lin = person("lin_xiaowen", case.width)
    lin.open("/f/return_request/new")
    lin.put("contract", case.customer)
    expect(lin.form.locator("[name=phone]")).not_to_have_value("")  # the contact came with the contract
    lin.put("reason", "运损")
    lin.put("detail", "外箱压坏，有几台外壳开裂")
    lin.press("添加一行")
    lin.put("items.0.product", case.product)
    lin.put("items.0.quantity", "500")
    lin.put("phone", "13805")
    lin.press("保存")
    lin.fault("items.0.quantity", case.shipped)
    lin.fault("phone", "少了 6 位")
    lin.has("phone", "13805")
    lin.put("phone", "13805123347")
    lin.has("items.0.quantity", "500")
    lin.has("detail", "外箱压坏，有几台外壳开裂")
    lin.put("items.0.quantity", case.pieces)
    lin.reckoned("refund", re.compile(re.escape(case.refund)))
    lin.press("保存")
    lin.arrive(r"/f/return_request/\d+$")
    here = lin.path
    lin.state("客服核实")
    lin.press("核实通过")
    lin.press("核实通过")
    lin.sees("运损要有照片，或者写上承运方说明")
    lin.attach("photos", picture("外箱.png"))
    lin.press("核实通过")
    lin.state("主管审批")  # because of the amount
    expect(lin.page.get_by_role("img", name="外箱.png")).to_be_visible()

    zhou = person("zhou_qiming", case.width)
    zhou.open("/notices")
    zhou.sees(f"退款 {case.refund} 元，等你审批")
    zhou.open(here)
    zhou.press("不同意")
    zhou.press("不同意")
    zhou.fault("opinion")  # a no needs its reason
    zhou.press("取消")
    zhou.press("同意")
    zhou.put("opinion", "照片清楚，同意退")
    zhou.press("同意")
    zhou.state("等待寄回")
    zhou.event("周启明", "同意", "照片清楚，同意退", "主管审批", "等待寄回")
    zhou.closed("收货", "仓库")

    chen = person("chen_li", case.width)
    chen.open(here)
    chen.sees_not(case.refund)  # the warehouse doesn't see money
    chen.press("收货")
    chen.put("received_on", chen.page.evaluate(TODAY))
    chen.press("收货")
    chen.fault("parcel_no")
    chen.put("parcel_no", "JD0012345")
    chen.press("收货")
    chen.state("质检")

    shen = person("shen_wei", case.width)
    shen.open(here)
    shen.press("检验完成")  # its lines stand in the card, so there is nothing to open first
    shen.sees("还没有检验结果")
    shen.put("items.0.result", "可修")
    shen.press("检验完成")
    shen.state("待退款")
    shen.event("沈薇", "检验完成", "可修")

    he = person("he_jia", case.width)
    he.open(here)
    he.press("退款")
    he.put("paid_on", he.page.evaluate(TODAY))
    he.put("payment_no", "PAY-01")
    he.press("退款")
    he.state("已完成")
    he.event("何佳", "退款", "待退款", "已完成")
    assert he.open_buttons() == []
    lin.open("/notices")
    lin.sees("已办完")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_small_return_needs_no_approval_and_is_replaced(person: Person, width: int) -> None:
    customer = "深圳拓新自动化有限公司" if width == 1280 else "广州粤海医疗器械有限公司"
    product = "大口径电磁阀" if width == 1280 else "电磁阀"
    tang = person("tang_min", width)
    tang.open("/f/return_request/new")
    tang.put("contract", customer)
    tang.put("reason", "不需要")
    expect(tang.form.locator("[data-field=photos]")).to_be_hidden()  # nothing to photograph
    expect(tang.form.locator("[data-field=detail]")).to_be_hidden()
    tang.put("want", "换货")
    tang.press("添加一行")
    tang.put("items.0.product", product)
    tang.put("items.0.quantity", "1")
    tang.press("保存")
    tang.arrive(r"/f/return_request/\d+$")
    here = tang.path
    tang.press("核实通过")
    tang.press("核实通过")
    tang.state("等待寄回")
    chen, shen = person("chen_li", width), person("shen_wei", width)
    chen.open(here)
    chen.press("收货")
    chen.put("received_on", chen.page.evaluate(TODAY))
    chen.put("parcel_no", "SF-77")
    chen.press("收货")
    shen.open(here)
    shen.put("items.0.result", "完好")
    shen.press("检验完成")
    shen.state("待换货")
    chen.open(here)
    chen.press("换货发出")
    chen.put("resent_on", chen.page.evaluate(TODAY))
    chen.put("resent_no", "SF-78")
    chen.press("换货发出")
    chen.state("已完成")


def test_a_rejection_needs_an_opinion_and_everybody_concerned_reads_it(person: Person) -> None:
    tang = person("tang_min")
    tang.open("/f/return_request?view=verify")
    tang.page.locator("tbody tr").filter(has_text="佛山德陶机械有限公司").get_by_role("link").first.click()
    tang.rest()
    here = tang.path
    tang.press("驳回")
    tang.press("驳回")
    tang.fault("opinion")
    tang.put("opinion", "照片里不是我们的型号")
    tang.press("驳回")
    tang.state("已驳回")
    sales = person("li_na")  # whose contract it was
    sales.open("/notices")
    sales.sees("被驳回")
    sales.open(here)
    sales.event("唐敏", "驳回", "照片里不是我们的型号")
