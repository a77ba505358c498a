"""The language of a page is the one that was asked for, and stays it. That all of a page speaks it is looked at on the
tour (`test_everywhere`)."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.stories.conftest import Person
from tests.stories.desk import Desk
from tests.stories.server import Server
from tests.stories.words import OURS, chinese, data


def test_the_login_page_speaks_the_language_that_is_asked_for(server: Server, visitor: Callable[..., Desk]) -> None:
    desk = visitor(server.url, language="en")
    desk.open("/login")
    assert chinese(desk.page, data() | OURS) == []
    desk.page.get_by_role("link", name="中文").click()
    desk.rest()
    expect(desk.page.get_by_role("button", name="登录", exact=True)).to_have_count(1)
    expect(desk.page.locator("html")).to_have_attribute("lang", "zh")


def test_a_preference_is_kept(person: Person) -> None:
    desk = person("luo_jing", language="zh")
    desk.open("/me")
    desk.page.locator("label").filter(has_text=re.compile("^English$")).click()
    desk.page.locator("form[action='/me']").get_by_role("button").last.click()
    expect(desk.page.locator("html")).to_have_attribute("lang", "en")
    desk.open("/f/contract")
    expect(desk.page.get_by_role("heading", name="Contracts").first).to_be_attached()
    expect(desk.page.locator("html")).to_have_attribute("lang", "en")
