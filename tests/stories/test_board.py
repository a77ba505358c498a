"""A board at work: cards are dragged, refused with a reason, moved by keys, and on the phone by their menu."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.stories.conftest import Person
from tests.stories.desk import Desk


def lane(desk: Desk, key: str) -> Locator:
    return desk.page.locator(f"[data-lane='{key}']")


def card(desk: Desk, words: str) -> Locator:
    return desk.page.locator("[data-card]:not(.fl-ticket--flying)").filter(has_text=words).first


def count(desk: Desk, key: str) -> int:
    return int(lane(desk, key).locator(".fl-lane-count").inner_text())


def counts(desk: Desk, key: str, wanted: int) -> None:
    """The column soon tells this number: it is asked anew after a card has moved."""
    expect(lane(desk, key).locator(".fl-lane-count")).to_have_text(str(wanted))


def lift(desk: Desk, words: str, key: str) -> None:
    """Drag a card over a column, and hold it there."""
    start, end = card(desk, words).bounding_box(), lane(desk, key).bounding_box()
    assert start is not None and end is not None
    mouse = desk.page.mouse
    mouse.move(start["x"] + 60, start["y"] + 50)
    expect(desk.page.locator(".fl-ticket--grab").first).to_be_visible()  # what drags has come
    mouse.down()
    mouse.move(start["x"] + 75, start["y"] + 60, steps=3)
    expect(desk.page.locator(".fl-lane--takes, .fl-lane--refuses").first).to_be_visible()
    mouse.move(end["x"] + end["width"] / 2, end["y"] + 240, steps=10)


def release(desk: Desk) -> None:
    desk.page.mouse.up()
    desk.rest()


def test_a_card_is_dragged_to_a_column_that_takes_it_and_counts_and_sums_follow(person: Person) -> None:
    wang = person("wang_siyuan")
    wang.open("/f/lead?view=all")
    wang.page.get_by_role("link", name="看板", exact=True).click()
    wang.page.wait_for_url(re.compile("view=board"))
    wang.rest()
    pool, mine = count(wang, "pool"), count(wang, "following")
    sums = lane(wang, "pool").locator(".fl-lane-sum").inner_text()
    words = lane(wang, "pool").locator(".fl-ticket-title").first.inner_text()
    lift(wang, words, "following")
    expect(lane(wang, "following")).to_have_class(re.compile("fl-lane--takes"))
    release(wang)
    wang.toast("移到了“跟进中”")
    expect(lane(wang, "following").locator("[data-card]").filter(has_text=words)).to_be_visible()
    counts(wang, "pool", pool - 1)
    counts(wang, "following", mine + 1)
    expect(lane(wang, "pool").locator(".fl-lane-sum")).not_to_have_text(sums)
    expect(wang.page.locator("#views").get_by_role("link", name=re.compile("公海"))).to_contain_text(str(pool - 1))
    expect(card(wang, words).locator("a")).to_be_focused()


def test_a_column_says_why_it_refuses_before_the_drop_and_the_card_flies_back(person: Person) -> None:
    wang = person("wang_siyuan")
    wang.open("/f/lead?view=board")
    words = lane(wang, "following").locator(".fl-ticket-title").first.inner_text()
    before = count(wang, "following")
    lift(wang, words, "converted")
    expect(lane(wang, "converted").locator("[data-lane-why]")).to_contain_text("先移到“有效”")
    expect(lane(wang, "qualified")).to_have_class(re.compile("fl-lane--takes|fl-lane--refuses"))
    release(wang)
    wang.toast("放回了“跟进中”")
    expect(lane(wang, "following").locator("[data-card]").filter(has_text=words)).to_be_visible()
    expect(wang.page.locator(".fl-lane--refuses, .fl-lane--takes")).to_have_count(0)
    assert count(wang, "following") == before


def test_a_transition_that_asks_opens_its_dialog_and_moves_when_it_is_answered(person: Person) -> None:
    wang = person("wang_siyuan")
    wang.open("/f/lead?view=board")
    before, invalid = count(wang, "qualified"), count(wang, "invalid")
    words = lane(wang, "qualified").locator(".fl-ticket-title").first.inner_text()
    lift(wang, words, "invalid")
    release(wang)
    expect(wang.dialog).to_be_visible()
    wang.press("取消")
    expect(lane(wang, "qualified").locator("[data-card]").filter(has_text=words)).to_be_visible()
    assert count(wang, "qualified") == before
    lift(wang, words, "invalid")
    release(wang)
    wang.press("标为无效")
    wang.fault("invalid_reason", "无效原因")  # refused: it stays open, with what is wrong
    wang.put("invalid_reason", "没有预算")
    wang.press("标为无效")
    wang.toast("已标为无效")
    expect(wang.dialog).to_have_count(0)
    expect(lane(wang, "invalid").locator("[data-card]").filter(has_text=words)).to_be_visible()
    counts(wang, "qualified", before - 1)
    counts(wang, "invalid", invalid + 1)
    assert "view=board" in wang.path


def test_a_card_is_found_and_moved_with_keys_alone(person: Person) -> None:
    wang = person("wang_siyuan", language="en")
    wang.open("/f/lead?view=board")
    lane(wang, "pool").locator("[data-card] a").first.focus()
    wang.page.keyboard.press("ArrowDown")
    moved = lane(wang, "pool").locator("[data-card]").nth(1)
    expect(moved.locator("a")).to_be_focused()
    words = moved.locator(".fl-ticket-title").inner_text()
    wang.page.keyboard.press("m")
    expect(wang.dialog.get_by_role("heading")).to_contain_text(words)
    expect(wang.dialog).to_contain_text("first")  # the places that refuse say what comes first
    expect(wang.dialog.get_by_role("button", name=re.compile("Following"))).to_be_focused()
    wang.page.keyboard.press("Enter")
    wang.rest()
    expect(lane(wang, "following").locator("[data-card]").filter(has_text=words)).to_be_visible()
    expect(card(wang, words).locator("a")).to_be_focused()
    wang.page.keyboard.press("m")
    expect(wang.dialog).to_be_visible()
    wang.page.keyboard.press("Escape")
    expect(wang.dialog).to_have_count(0)
    expect(card(wang, words).locator("a")).to_be_focused()


def test_on_the_phone_columns_are_swiped_and_cards_moved_by_their_menu(person: Person) -> None:
    wang = person("wang_siyuan", width=390)
    wang.open("/f/lead?view=board")
    words = lane(wang, "pool").locator(".fl-ticket-title").first.inner_text()
    before = count(wang, "pool")
    card(wang, words).get_by_role("button").tap()
    wang.rest()
    wang.dialog.get_by_role("button", name=re.compile("跟进中")).tap()
    wang.rest()
    wang.toast("移到了“跟进中”")
    counts(wang, "pool", before - 1)
    assert wang.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_without_scripts_a_board_and_a_calendar_can_be_read_and_followed(person: Person) -> None:
    gu = person("gu_minghua", scripts=False)
    gu.page.goto(gu.url + "/f/opportunity?view=board")
    gu.page.get_by_role("link", name="秦科仪器 冷库温湿度监测").first.click()
    gu.page.wait_for_url(re.compile(r"/f/opportunity/\d+$"))
    gu.page.goto(gu.url + "/f/contract?view=calendar")
    here = gu.page.locator("#fl-month").inner_text()
    gu.page.get_by_role("link", name="下个月").click()
    expect(gu.page.locator("#fl-month")).not_to_have_text(here)
    gu.page.wait_for_load_state()
    assert gu.page.locator("td.fl-monthday").count() in (28, 35, 42)


@pytest.mark.parametrize("width", [1280, 390])
def test_what_somebody_else_moves_moves_on_an_open_board(person: Person, width: int) -> None:
    head, li = person("gu_minghua", width), person("li_na")
    head.open("/f/lead?view=board")
    with head.page.expect_request(re.compile("/live")):
        pass
    words = lane(head, "pool").locator(".fl-ticket-title").first.inner_text()
    kept = card(head, lane(head, "pool").locator(".fl-ticket-title").nth(2).inner_text()).locator("a")
    kept.focus()
    read = head.reading()
    before = count(head, "pool")
    li.open("/f/lead?view=board")
    card(li, words).locator("a").focus()
    li.page.keyboard.press("m")
    li.dialog.get_by_role("button", name=re.compile("跟进中")).click()
    li.toast("移到了“跟进中”")
    expect(lane(head, "following").locator("[data-card]").filter(has_text=words)).to_have_count(1)
    counts(head, "pool", before - 1)
    assert head.reading() == read
    expect(kept).to_be_focused()
