"""Work without a mouse: lists, boards, forms, records and dashboards by keys alone, and always seen where one is.

Why: whoever enters orders all day keeps the hands on the keys, and some people have nothing else. Whatever has the focus
lies within the window and is marked (`focused`), and closing a dialog leads back to where it was opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Person
from tests.stories.desk import Desk
from tests.stories.server import Server

FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return "nothing has the focus";
  const box = at.getBoundingClientRect();
  const middle = document.elementFromPoint(box.x + Math.min(box.width, 40) / 2, box.y + box.height / 2);
  const here = at.outerHTML.slice(0, 120);
  const seen = box.bottom >= 0 && box.top <= innerHeight && box.right >= 0 && box.left <= innerWidth;
  if (!seen) return `out of the window: ${here}`;
  if (!at.checkVisibility({ visibilityProperty: true })) return `not to be seen: ${here}`;
  const marks = (one) => {
    const style = getComputedStyle(one);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    return outlined || / 0px 0px 0px [1-9]/.test(style.boxShadow); // a ring, not what lifts it
  };
  const places = [at, at.closest("label"), at.nextElementSibling, at.firstElementChild,
    at.closest("tr, [data-card], .fl-task, .fl-notice"), at.parentElement].filter(Boolean);
  if (!places.some(marks)) return `not marked: ${here}`;
  const over = (one) => at.contains(one) || one.contains(at) || one.closest("label");
  return middle && over(middle) ? "" : `covered: ${here}`;
}"""
"""What is wrong with the place of the focus; empty: it is seen."""


def speak(desk: Desk, language: str) -> None:
    """Take another language for all pages of this person."""
    answer = desk.page.context.request.post(f"{desk.url}/me", form={"language": language}, headers={"Origin": desk.url})
    assert answer.ok


def keys(desk: Desk, *names: str) -> None:
    """Press keys, one after another."""
    for name in names:
        desk.page.keyboard.press(name)
    desk.rest()


def focused(desk: Desk) -> str:
    """The words of what has the focus, which is seen."""
    assert desk.page.evaluate(FOCUS) == ""
    words = "document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || ''"
    return str(desk.page.evaluate(words)).strip()


@pytest.mark.parametrize(
    ("language", "title", "word"), [("zh", "键盘快捷键", "下一行"), ("en", "Keyboard shortcuts", "Next row")]
)
def test_a_question_mark_lists_the_keys(person: Person, language: str, title: str, word: str) -> None:
    gu = person("gu_minghua", language=language)
    speak(gu, language)
    gu.open("/f/contract?view=all")
    keys(gu, "j")
    before = focused(gu)
    keys(gu, "?")
    expect(gu.dialog.get_by_role("heading", name=title)).to_be_visible()
    expect(gu.dialog.locator("dt", has_text=re.compile(f"^{word}$"))).to_be_visible()
    assert all(words.strip() for words in gu.dialog.locator("dt, dd, h3").all_inner_texts())
    assert gu.dialog.locator("dt").count() >= 20
    focused(gu)
    keys(gu, "Escape")
    expect(gu.dialog).to_have_count(0)
    assert focused(gu) == before
    speak(gu, "zh")  # the people of this server are shared by its stories


def test_a_list_is_worked_through_by_keys(visitor: Callable[..., Desk], server: Server) -> None:
    gu = visitor(server.url)
    sign_in(gu, "gu_minghua")
    tab_to(gu, "工作台")
    keys(gu, "End", "Home", "ArrowDown")
    assert focused(gu).startswith("待办")  # the menu is walked by arrows, too
    tab_to(gu, "合同")
    keys(gu, "Enter")
    gu.arrive("/f/contract$")
    skip(gu, "跳到内容")
    tab_to(gu, "全部")
    keys(gu, "Enter")
    gu.arrive(r"/f/contract\?view=all$")
    keys(gu, "j", "j", "k")
    assert focused(gu)
    row = gu.page.locator("tr.fl-row--at")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(gu.rows()[0].split()[0])
    keys(gu, "x")
    expect(row.locator(".fl-tick input")).to_be_checked()
    keys(gu, "x", "/")
    focused(gu)
    gu.page.keyboard.type("jkx")  # signs that are typed are no keys
    expect(gu.page.locator("[data-search]")).to_have_value(re.compile("jkx$"))
    gu.open("/f/contract?view=all")
    keys(gu, "j", "Enter")
    gu.arrive(r"/f/contract/\d+$")
    first = gu.path
    keys(gu, "]")
    gu.arrive(r"/f/contract/\d+$")
    expect(gu.page).not_to_have_url(gu.url + first)
    gu.rest()
    keys(gu, "[")
    gu.arrive(f"{first}$")
    keys(gu, "g", "h")
    gu.arrive("/$")
    keys(gu, "g", "t")
    gu.arrive("/tasks$")
    keys(gu, "g", "n")
    gu.arrive("/notices$")
    keys(gu, "Control+k")
    expect(gu.dialog.get_by_role("combobox")).to_be_focused()
    expect(gu.dialog.get_by_role("option").first).to_be_visible()  # what was looked at last, which is no answer
    gu.page.keyboard.type("lead 看板")  # in either language
    keys(gu, "Enter")  # before the answer is there
    gu.arrive(r"/f/lead\?view=board$")


def test_single_letters_can_be_switched_off_and_stay_off(person: Person) -> None:
    chen = person("chen_li")
    chen.open("/me")
    chen.page.locator("input[name=letters][value=off] + span").click()
    chen.press("保存")
    chen.open("/tasks")
    keys(chen, "g", "h")
    keys(chen, "?")
    assert chen.path == "/tasks"
    expect(chen.dialog).to_have_count(0)
    keys(chen, "Control+k")
    expect(chen.dialog.get_by_role("combobox")).to_be_focused()
    keys(chen, "Escape")
    chen.page.get_by_label("键盘快捷键").click()  # without its key
    expect(chen.dialog.get_by_role("heading", name="键盘快捷键")).to_be_visible()
    keys(chen, "Escape")
    assert focused(chen) == "键盘快捷键"


def test_a_card_is_moved_by_keys(visitor: Callable[..., Desk], server: Server) -> None:
    wang = visitor(server.url)
    sign_in(wang, "wang_siyuan")
    tab_to(wang, "线索")
    keys(wang, "Enter")
    wang.arrive("/f/lead")
    skip(wang, "跳到内容")
    tab_to(wang, "线索看板")
    keys(wang, "Enter")
    wang.arrive(r"/f/lead\?view=board$")
    pool = wang.page.locator("[data-lane=pool]")
    before = int(pool.locator(".fl-lane-count").inner_text())
    skip(wang, "跳到记录")
    tab_to(wang, pool.locator("[data-card] a").first.inner_text())
    keys(wang, "ArrowDown")
    words = focused(wang)
    keys(wang, "m")
    expect(wang.dialog).to_be_visible()
    keys(wang, "Escape")
    assert focused(wang) == words
    keys(wang, "m")
    for _ in range(8):
        if focused(wang).startswith("跟进中"):
            break
        keys(wang, "Tab")
    keys(wang, "Enter")
    wang.toast("移到了“跟进中”")
    expect(pool.locator(".fl-lane-count")).to_have_text(str(before - 1))
    assert focused(wang) == words  # the card keeps the focus in its new place


def test_a_filter_and_a_button_with_questions_by_keys(person: Person) -> None:
    wang = person("wang_siyuan")
    wang.open("/f/lead?view=mine")
    whole = len(wang.rows())
    wang.page.locator("summary", has_text="筛选").focus()
    keys(wang, "Enter")
    expect(wang.page.get_by_role("searchbox", name="找字段")).to_be_focused()
    keys(wang, "Tab", "Enter")  # the first field, which leads to its condition
    focused(wang)
    ticked = wang.page.locator("[data-filter-panel=state] input[value=following]")
    for _ in range(6):
        keys(wang, "Tab")
        focused(wang)
        if ticked.evaluate("box => box === document.activeElement"):
            break
    keys(wang, "Space", "Enter")
    expect(wang.page.locator(".fl-chip").filter(has_text="跟进中")).to_be_visible()
    assert 0 < len(wang.rows()) <= whole
    keys(wang, "j", "Enter")
    wang.arrive(r"/f/lead/\d+$")
    wang.button("记跟进").first.focus()
    keys(wang, "Enter")
    expect(wang.dialog.locator("[name='ask.method']:focus")).to_have_count(1)  # where the dialog begins
    focused(wang)
    keys(wang, "Space", "Tab")
    wang.dialog.locator("[name='ask.content']").focus()
    wang.page.keyboard.type("键盘记的")
    keys(wang, "Control+s")
    expect(wang.dialog).to_have_count(0)
    wang.event("王思远", "记跟进")


def test_a_form_is_filled_and_sent_by_keys(person: Person) -> None:
    gu = person("gu_minghua")
    gu.open("/f/customer?view=all")
    keys(gu, "n")
    gu.arrive("/f/customer/new")
    gu.page.locator("[name=name]").focus()
    gu.page.keyboard.type("键盘客户")
    for _ in range(14):  # through the form: each place is seen
        keys(gu, "Tab")
        focused(gu)
    keys(gu, "Control+s")
    gu.arrive(r"/f/customer/\d+")
    gu.sees("键盘客户")
    keys(gu, "e")
    gu.arrive(r"/f/customer/\d+/edit")


def sign_in(desk: Desk, login: str) -> None:
    """From the sign-in page on, by keys alone."""
    desk.open("/login")
    desk.page.keyboard.type(login)
    keys(desk, "Tab")
    desk.page.keyboard.type("formloom-demo")
    keys(desk, "Enter")
    desk.arrive("/$")


def skip(desk: Desk, name: str) -> None:
    """Take one of the links before everything else that lead past the menu."""
    tab_to(desk, name)
    keys(desk, "Enter")


def tab_to(desk: Desk, name: str) -> None:
    """Go on by Tab until the focus is in the field, or on the button, of that name; each place on the way is seen."""
    here = (
        "(name) => { const at = document.activeElement; const field = at.closest('[data-field]')?.dataset.field;"
        " return field === name || at.innerText?.trim().split('\\n')[0] === name; }"
    )
    for _ in range(60):
        if desk.page.evaluate(here, name):
            return
        keys(desk, "Tab")
        focused(desk)
    raise AssertionError(f"Tab does not lead to {name}")


def pick_by_keys(desk: Desk, words: str) -> None:
    """Search in the picker that has the focus, and take the first hit."""
    desk.page.keyboard.type(words)
    expect(desk.page.locator("[role=listbox]:visible [role=option]").first).to_contain_text(words)
    keys(desk, "Enter")


def test_from_the_sign_in_page_to_a_contract_with_lines_by_keys(visitor: Callable[..., Desk], server: Server) -> None:
    zhao = visitor(server.url)
    sign_in(zhao, "zhao_yifan")
    zhao.page.goto(f"{zhao.url}/f/contract")  # the way by search is walked in another story
    zhao.rest()
    keys(zhao, "n")
    zhao.arrive("/f/contract/new")
    tab_to(zhao, "customer")
    pick_by_keys(zhao, "宁波海拓")
    tab_to(zhao, "delivery_on")
    zhao.page.keyboard.type("2099-12-31")
    tab_to(zhao, "product")
    pick_by_keys(zhao, "数据采集模块")
    tab_to(zhao, "quantity")
    zhao.page.keyboard.type("2")
    keys(zhao, "Control+Enter")
    pick_by_keys(zhao, "信号线缆")
    tab_to(zhao, "quantity")
    zhao.page.keyboard.type("3")
    keys(zhao, "Enter", "Control+s")
    zhao.arrive(r"/f/contract/\d+$")
    zhao.sees("信号线缆", "数据采集模块")
    tab_to(zhao, "提交")
    keys(zhao, "Enter")
    zhao.state("执行中")


def test_a_record_and_a_dashboard_are_walked_by_tab(person: Person) -> None:
    gu = person("gu_minghua")
    for path in ("/f/contract/1", "/d/sales_funnel"):
        gu.open(path)
        for _ in range(20):
            gu.page.keyboard.press("Tab")
            focused(gu)


def test_a_tree_is_walked_opened_and_left_by_keys_and_a_marker_opens_its_record_beside_the_map(person: Person) -> None:
    gu = person("gu_minghua")
    gu.open("/f/customer?view=groups&q=普瑞包装")
    expect(gu.page.get_by_role("treeitem")).to_have_count(3)  # with the two above it
    gu.open("/f/customer?view=groups")
    top = gu.page.get_by_role("treeitem", name="苏州禾川电子有限公司")
    top.focus()
    keys(gu, "ArrowRight")
    expect(top).to_have_attribute("aria-expanded", "true")
    keys(gu, "ArrowRight", "ArrowDown")
    expect(gu.page).to_have_url(re.compile("open="))
    assert "无锡明锐光学有限公司" in focused(gu)
    keys(gu, "ArrowLeft", "ArrowLeft")
    expect(top).to_have_attribute("aria-expanded", "false")
    keys(gu, "Enter")
    gu.arrive(r"/f/customer/\d+$")
    gu.open("/f/customer?view=map&at=30.1,120.3,9")
    gu.page.locator("a[data-pin]").first.click()
    expect(gu.page.locator(".fl-drawer")).to_be_visible()
