"""Who gets in and what they may: signing in, guessing, coming back to one's page; administrators and people."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.stories.conftest import Person
from tests.stories.desk import Desk
from tests.stories.server import PASSWORD, Server

Visitor = Callable[..., Desk]


def sign_in(desk: Desk, login: str, password: str) -> None:
    """Type both, and press the button."""
    desk.page.get_by_label("账号").fill(login)
    desk.page.get_by_label("密码", exact=True).fill(password)
    desk.page.get_by_role("button", name="登录", exact=True).click()
    desk.rest()


def test_whoever_is_not_signed_in_comes_back_to_their_page(server: Server, visitor: Visitor) -> None:
    desk = visitor(server.url)
    desk.open("/f/contract?view=running&sort=-total")
    assert desk.path.startswith("/login?next=")
    sign_in(desk, "gu_minghua", PASSWORD)
    desk.arrive(r"/f/contract\?view=running&sort=-total$")
    desk.page.get_by_label("我的菜单").click()
    desk.page.get_by_role("button", name="退出").click()
    desk.arrive("/login")
    desk.open("/f/contract")
    assert desk.path.startswith("/login")


def test_guessing_is_slowed_down_and_says_how_often_one_may_still_try(server: Server, visitor: Visitor) -> None:
    desk = visitor(server.url)
    desk.open("/login")
    for left in (4, 3, 2, 1):
        sign_in(desk, "he_jia", "wrong")
        expect(desk.page.get_by_role("alert")).to_contain_text(re.compile(rf"^\D*{left}(?!\d)"))
        expect(desk.page.get_by_label("账号")).to_have_value("he_jia")  # the name is kept
    sign_in(desk, "he_jia", "wrong")
    expect(desk.page.get_by_role("alert")).to_contain_text("秒")
    sign_in(desk, "he_jia", PASSWORD)
    expect(desk.page.get_by_role("alert")).to_contain_text("秒")
    assert desk.path.startswith("/login")  # even the right one has to wait now
    sign_in(desk, "chen_li", PASSWORD)  # others don't
    expect(desk.page).not_to_have_url(re.compile("/login"))


def test_an_administrator_makes_a_person_who_then_works(person: Person, server: Server, visitor: Visitor) -> None:
    admin = person("sun_yue")
    admin.open("/people")
    admin.follow("添加人员")
    admin.page.get_by_label("账号").fill("wu_yue")
    admin.press("保存")
    expect(admin.page.locator("#field-name-error")).to_be_visible()
    expect(admin.page.get_by_label("账号")).to_have_value("wu_yue")
    admin.page.get_by_label("姓名").fill("吴悦")
    admin.page.get_by_label("部门").select_option(label="客户服务部")
    admin.page.locator("label").filter(has_text=re.compile(r"^客服$")).click()
    admin.press("保存")
    shown = admin.page.get_by_text(re.compile("临时密码：")).first.inner_text()
    temporary = re.findall(r"临时密码：(\S+)", shown)[0]

    new = visitor(server.url)
    new.open("/login")
    sign_in(new, "wu_yue", temporary)
    new.open("/me")
    new.sees("这是临时密码，请现在换成自己的。")
    new.page.get_by_label("现在的密码").fill(temporary)
    new.page.get_by_label("新密码", exact=True).fill("correct-horse-9")
    new.page.get_by_label("再输一次新密码").fill("correct-horse-9")
    new.press("修改密码")
    new.toast("密码已修改")
    new.open("/f/return_request/new")
    expect(new.page.locator("#fl-form")).to_be_visible()  # the role holds

    admin.open("/people?q=wu_yue")
    admin.follow("吴悦")
    admin.page.get_by_label("新密码").fill("another-horse-9")
    admin.page.locator("label").filter(has_text=re.compile(r"^客服$")).click()
    admin.page.locator("label").filter(has_text=re.compile(r"^仓库$")).click()
    admin.press("保存")
    new.open("/f/return_request/new")
    assert new.path.startswith("/login")  # a new password ends the sessions
    sign_in(new, "wu_yue", "another-horse-9")
    new.open("/f/return_request/new")
    expect(new.page.locator("#fl-form")).to_have_count(0)  # and so is the role gone


def test_only_administrators_open_the_people_page(person: Person) -> None:
    head = person("gu_minghua")
    for path in ("/people", "/people/new", "/people/1", "/departments/new"):
        head.open(path)
        head.sees("孙悦")  # whom to ask
        assert head.page.locator("main form").count() == 0
    head.open("/")
    assert head.page.get_by_role("link", name="人员").count() == 0
