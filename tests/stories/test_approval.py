"""An approval between two screens, one at a desk and one in a hand: taken back, sent back, put right, another signer, handed
over, agreed to; what one does, the other sees without reloading."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Person
from tests.stories.desk import Desk
from tests.stories.test_live import listening


def aside(desk: Desk, name: str) -> None:
    """Press what a task offers besides its buttons."""
    desk.page.locator(".fl-acts .fl-menu > summary").click()
    desk.page.locator(".fl-acts .fl-menu-list").get_by_text(name, exact=True).click()
    desk.rest()


def todo(desk: Desk, *words: str) -> None:
    """The card of what waits for this person says so."""
    for one in words:
        expect(desk.page.locator("#fl-todo")).to_contain_text(one)


@pytest.mark.parametrize(("at_desk", "in_hand"), [(1280, 390), (390, 1280)])
def test_an_approval_goes_back_and_forth(person: Person, at_desk: int, in_hand: int) -> None:
    zhao, gu = person("zhao_yifan", at_desk), person("gu_minghua", in_hand)
    zhao.open("/f/contract/new")
    zhao.put("customer", "宁波海拓机电有限公司")
    zhao.put("delivery_on", "2099-12-31")
    zhao.put("items.0.product", "数据采集模块")
    zhao.put("items.0.quantity", "25")
    zhao.press("保存")
    zhao.arrive(r"/f/contract/\d+$")
    here = zhao.path
    gu.open(here)
    listening(zhao)
    listening(gu)

    zhao.press("提交")
    todo(gu, "等你办：主管审批", "赵一帆 提交")
    aside(zhao, "撤回")
    zhao.press("撤回")
    expect(gu.page.locator("#fl-todo")).to_have_count(0)
    gu.state("草稿")

    zhao.press("提交")
    gu.state("主管审批")
    gu.press("退回修改")
    gu.press("退回修改")
    gu.fault("opinion")  # nobody is sent back without a word
    gu.put("opinion", "单价再谈一谈")
    gu.press("退回修改")
    todo(zhao, "等你办：草稿", "单价再谈一谈")
    zhao.follow("修改")
    zhao.put("items.0.price", "9500")
    zhao.press("保存")
    zhao.arrive(r"/f/contract/\d+$")
    listening(zhao)
    zhao.press("提交")
    todo(gu, "你上次退回修改后", "9,800.00", "9,500.00", "单价再谈一谈")

    aside(gu, "加签")
    gu.put("ask.to", "何佳")
    gu.put("ask.how", "在我之前")
    gu.press("加签")
    gu.sees("还没轮到")
    he = person("he_jia", in_hand)
    he.open(here)
    todo(he, "等你办：主管审批")
    he.press("同意")
    he.put("opinion", "账期没有问题")
    he.press("同意")
    todo(gu, "等你办：主管审批")
    zhao.event("何佳", "同意", "账期没有问题")

    aside(gu, "转交")
    gu.put("ask.to", "孙悦")
    gu.press("转交")
    sun = person("sun_yue", at_desk)
    sun.open(here)
    todo(sun, "等你办：主管审批")
    sun.press("同意")
    sun.press("同意")
    zhao.state("执行中")
    gu.state("执行中")
    zhao.event("顾明华", "转交", "孙悦")
