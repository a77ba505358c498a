"""The language of a page is the one that was asked for, and stays it. That all of a page speaks it is looked at on the
tour (`test_everywhere`)."""

from __future__ import annotations

import re
from collections.abc import Callable

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
    assert desk.page.get_by_role("button", name="登录", exact=True).count() == 1
    assert desk.page.locator("html").get_attribute("lang") == "zh"


def test_a_preference_is_kept(person: Person) -> None:
    desk = person("luo_jing", language="zh")
    desk.open("/me")
    desk.page.locator("label").filter(has_text=re.compile("^English$")).click()
    desk.page.locator("form[action='/me']").get_by_role("button").last.click()
    desk.rest()
    desk.open("/f/contract")
    assert desk.page.get_by_role("heading", name="Contracts").count() >= 1
    assert desk.page.locator("html").get_attribute("lang") == "en"
