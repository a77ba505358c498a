"""Two people in one record: nobody's words are lost, and nobody overwrites what they haven't seen."""

from __future__ import annotations

import pytest

from tests.stories.conftest import Person
from tests.stories.desk import Desk


def editing(person: Person, width: int = 1280) -> tuple[Desk, Desk, str]:
    """Two heads of sales with one customer open for editing."""
    gu, luo = person("gu_minghua"), person("luo_jing", width)
    gu.open("/f/customer/new")
    gu.put("name", f"冲突测试有限公司 {width} {gu.page.evaluate('Math.random()')}")
    gu.put("address", "旧地址 1 号")
    gu.press("保存")
    gu.arrive(r"/f/customer/\d+$")
    here = gu.path
    gu.open(f"{here}/edit")
    luo.open(f"{here}/edit")
    return gu, luo, here


@pytest.mark.parametrize("width", [1280, 390])
def test_the_second_chooses_between_both_values_and_nothing_is_lost(person: Person, width: int) -> None:
    gu, luo, here = editing(person, width)
    gu.put("address", "新地址 2 号")
    gu.turn("备注")
    gu.put("remark", "改过地址")
    gu.press("保存")
    gu.arrive(r"/f/customer/\d+$")
    luo.put("address", "新地址 3 号")
    luo.put("short_name", "冲突")
    luo.press("保存")
    luo.sees("顾明华也改了这张单", "新地址 2 号", "新地址 3 号", "旧地址 1 号")
    luo.page.get_by_role("radio", name="新地址 3 号").check()
    luo.press("按选择保存")
    luo.arrive(r"/f/customer/\d+$")
    luo.fact("地址", "新地址 3 号")
    luo.fact("简称", "冲突")
    luo.turn("备注")
    luo.fact("备注", "改过地址")  # what only the other changed is kept
    luo.event("罗静", "新地址 2 号", "新地址 3 号")
    assert luo.path == here


def test_changes_that_do_not_touch_are_saved_together(person: Person) -> None:
    gu, luo, _ = editing(person)
    gu.turn("备注")
    gu.put("remark", "只改备注")
    gu.press("保存")
    gu.arrive(r"/f/customer/\d+$")
    luo.put("short_name", "互不影响")
    luo.press("保存")
    if luo.page.get_by_text("你们改的地方互不影响").count():
        luo.press("一起保存")
    luo.arrive(r"/f/customer/\d+$")
    luo.turn("备注")
    luo.fact("备注", "只改备注")
    luo.fact("简称", "互不影响")


def test_what_was_typed_can_be_given_up(person: Person) -> None:
    gu, luo, _ = editing(person)
    gu.put("address", "先到先得")
    gu.press("保存")
    gu.arrive(r"/f/customer/\d+$")
    luo.put("address", "晚了一步")
    luo.press("保存")
    luo.sees("先到先得", "晚了一步")
    luo.follow("不保存我的")
    luo.arrive(r"/f/customer/\d+$")
    luo.fact("地址", "先到先得")


def test_a_button_pressed_on_an_old_page_says_that_the_record_moved(person: Person) -> None:
    wang, head = person("wang_siyuan"), person("gu_minghua")
    head.open("/f/lead/new")
    for name, value in (("company", "抢单测试厂"), ("name", "马云飞"), ("mobile", "13700001111"), ("source", "电话")):
        head.put(name, value)
    head.press("保存")
    head.arrive(r"/f/lead/\d+$")
    here = head.path
    zhao = person("zhao_yifan")
    wang.open(here)
    zhao.open(here)
    wang.press("领取")
    wang.state("跟进中")
    zhao.press("领取")
    zhao.sees_not("已领取")
    head.open(here)
    head.fact("负责人", "王思远")
