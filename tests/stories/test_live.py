"""Two people at once: what one does, the other sees without reloading, and without being disturbed."""

from __future__ import annotations

import itertools
import re

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.stories.conftest import Person
from tests.stories.desk import Desk

CONNECTED = """async () => {
  for (let turn = 0; turn < 400; turn += 1) {
    if (document.querySelector(".fl-live")) return true;
    await new Promise((go) => setTimeout(go, 25));
  }
  return false;
}"""


def listening(desk: Desk) -> Desk:
    """Wait until the page's scripts listen; what happened since the page was made is told then."""
    assert desk.page.evaluate(CONNECTED)
    return desk


def count(desk: Desk, name: str) -> Locator:
    """The number beside a line of the menu."""
    return desk.page.locator(f".fl-sidebar [data-count='{name}']")


NUMBERS = itertools.count(13900001000)
"""Mobile numbers: one is known once only."""


def lead(desk: Desk, company: str) -> str:
    """A new lead in the pool; its path."""
    desk.open("/f/lead/new")
    mobile = str(next(NUMBERS))
    for name, value in (("company", company), ("name", "陆文"), ("mobile", mobile), ("source", "官网表单")):
        desk.put(name, value)
    desk.press("保存")
    desk.arrive(r"/f/lead/\d+$")
    return desk.path


@pytest.mark.parametrize("width", [1280, 390])
def test_counts_and_lists_follow_what_others_do(person: Person, width: int) -> None:
    gu, wang = person("gu_minghua", width), person("wang_siyuan")
    path = lead(wang, "绍兴澜石科技有限公司")
    gu.open("/f/lead?view=-&sort=-created_at")
    listening(gu)
    before = int(count(gu, "lead").text_content() or 0)
    row = gu.page.locator(f"tr[data-href='{path}']")
    expect(row).to_contain_text("公海")
    gu.page.evaluate("window.flSame = document.querySelector('#list table')")

    second = lead(wang, "绍兴青田仪表有限公司")
    expect(count(gu, "lead")).to_have_text(str(before + 1))
    expect(gu.page.locator(f"tr[data-href='{second}']")).to_be_visible()  # nobody pointed at the list

    gu.page.locator("#list table").hover()
    wang.open(path)
    wang.press("领取")
    expect(row).to_contain_text("跟进中")  # a row changes in its place, also under the pointer
    expect(count(gu, "lead")).to_have_text(str(before))

    gu.page.locator("#list tbody tr").last.scroll_into_view_if_needed()
    row.locator("a").first.evaluate("link => link.focus({ preventScroll: true })")
    read = gu.reading()
    assert max(read) > 100
    third = lead(wang, "绍兴越州电气有限公司")
    bar = gu.page.locator(".fl-live")
    expect(bar).to_contain_text(re.compile(r"\d 条有更新"))
    expect(gu.page.locator(f"tr[data-href='{third}']")).to_have_count(0)
    expect(row.locator("a").first).to_be_focused()
    assert gu.reading() == read
    bar.get_by_role("button", name="刷新").click()
    expect(gu.page.locator(f"tr[data-href='{third}']")).to_be_visible()
    expect(bar).to_be_empty()
    assert gu.page.evaluate("window.flSame === document.querySelector('#list table')")


@pytest.mark.parametrize("width", [1280, 390])
def test_an_open_record_follows_and_typing_is_left_alone(person: Person, width: int) -> None:
    gu, wang = person("gu_minghua", width), person("wang_siyuan")
    path = lead(wang, f"台州海澜泵业有限公司 {width}")
    gu.open(path)
    listening(gu)
    box = gu.page.locator(".fl-comment input[name=text]")
    box.fill("谁来领取")
    box.focus()
    top = box.bounding_box()
    wang.press("领取")
    gu.state("跟进中")
    gu.event("王思远", "领取", "公海", "跟进中")
    expect(box).to_be_focused()
    expect(box).to_have_value("谁来领取")
    now = box.bounding_box()
    assert top is not None
    assert now is not None
    assert abs(now["y"] - top["y"]) < 2, "what is typed into stays where it is"

    gu.page.get_by_label("更多").filter(visible=True).first.click()
    wang.page.locator(".fl-comment input[name=text]").fill("我来联系")
    wang.page.locator(".fl-comment button").click()
    bar = gu.page.locator(".fl-live")
    expect(bar).to_contain_text("王思远刚评论了这条记录")
    gu.sees_not("我来联系")
    gu.page.keyboard.press("Escape")
    bar.get_by_role("button", name="查看").click()
    gu.event("王思远", "我来联系")
    expect(bar).to_be_empty()
    expect(box).to_have_value("谁来领取")


def test_whoever_edits_is_only_told(person: Person) -> None:
    gu, wang = person("gu_minghua"), person("wang_siyuan")
    path = lead(wang, "湖州南浔电机有限公司")
    wang.press("领取")
    gu.open(f"{path}/edit")
    listening(gu)
    gu.put("need", "两台变频器")
    wang.open(f"{path}/edit")
    wang.put("job", "采购")
    wang.press("保存")
    wang.arrive(re.escape(path) + "$")
    bar = gu.page.locator(".fl-live")
    expect(bar).to_contain_text("王思远刚改了这条记录")
    gu.has("need", "两台变频器")
    gu.has("job", "")


def test_naming_somebody_reaches_them(person: Person) -> None:
    gu, wang = person("gu_minghua"), person("wang_siyuan", language="zh")
    path = lead(wang, "宁波甬江阀门有限公司")
    wang.press("领取")
    gu.open("/")
    listening(gu)
    before = int(count(gu, "notices").text_content() or 0)
    box = wang.page.locator(".fl-comment input[name=text]")
    late: list[Route] = []
    # a slow network: the script comes after the letters
    wang.page.route("**/mentions*.js", lambda route: late.append(route))
    box.click()
    box.press_sequentially("请 @顾")
    late[0].continue_()
    options = wang.page.get_by_role("listbox", name="可以提到的人")
    expect(options.get_by_role("option")).to_have_count(1)
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("Enter")
    expect(box).to_have_value("请 @顾明华 ")
    expect(options).to_be_hidden()
    box.press_sequentially("看看 <b>价格</b>")
    box.press("Enter")
    expect(wang.page.locator(".fl-mention")).to_have_text("@顾明华")
    wang.event("王思远", "请 @顾明华 看看 <b>价格</b>")
    expect(count(gu, "notices")).to_have_text(str(before + 1))
    expect(gu.page.locator("#main")).to_contain_text("王思远 在评论里提到你：请 @顾明华 看看 <b>价格</b>")
    gu.open(path)
    gu.event("王思远", "请 @顾明华")


def test_a_draft_waits_on_the_server_for_another_desk(person: Person) -> None:
    desk, phone = person("tang_min"), person("tang_min", 390)
    desk.open("/f/lead/new")
    desk.put("company", "丽水云和木玩有限公司")
    desk.put("source", "官网表单")
    expect(desk.page.locator("[data-draft-note]")).to_contain_text("草稿已保存")
    phone.open("/f/lead/new")
    phone.sees("有没填完的草稿")
    phone.has("company", "")
    phone.follow("继续填写")
    phone.has("company", "丽水云和木玩有限公司")
    phone.put("name", "叶青")
    phone.put("mobile", str(next(NUMBERS)))
    phone.press("保存")
    phone.arrive(r"/f/lead/\d+$")
    phone.open("/f/lead/new")
    phone.sees_not("有没填完的草稿")


def test_an_older_draft_is_not_lost_before_it_is_thrown_away(person: Person) -> None:
    tang = person("tang_min")
    tang.open("/f/lead/new")
    tang.put("company", "衢州开化纸业有限公司")
    expect(tang.page.locator("[data-draft-note]")).to_contain_text("草稿已保存")
    tang.open("/f/lead/new")
    tang.put("company", "另一家")
    expect(tang.page.locator("[data-draft-note]")).to_contain_text("草稿已存在本机")
    tang.sees("有没填完的草稿")
    tang.page.get_by_role("button", name="丢弃").click()
    tang.sees_not("有没填完的草稿")
    expect(tang.page.locator("[data-draft-note]")).to_contain_text("草稿已保存")
    tang.has("company", "另一家")
