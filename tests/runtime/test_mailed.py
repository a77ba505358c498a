"""Notices by mail: at once, in the morning, or never, and not what was read meanwhile. A real mail server takes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.runtime import people
from engine.runtime.importing import Plan
from tests.firm import Build, Firm
from tests.mailbox import Mailbox

CAME = """
form: order
event: created
when: STARTSWITH(what, "货")
do: [{notify: boss, message: "“{what}”到了"}]
"""
FORMS = {
    "automations/came.yaml": CAME,
    "languages/en.yaml": "“{what}”到了: '{what} is here'\n",
    "forms/order.yaml": """
title: 订单
record_title: "{what}"
fields: {what: {type: text, title: 货品, required: true}}
actions:
  tell: {title: 说, who: boss, do: [{notify: boss, message: "“{what}”到了"}, {notify: boss, message: "“{what}”到了"}]}
  bell: {title: 铃, who: boss, do: [{notify: boss, message: "“{what}”到了"}]}
access: {boss: {can: [view, create, edit, import]}}
""",
    "pack.yaml": "title: Test\nlanguage: zh\nroles: {boss: Boss}\n",
}


@pytest.fixture
def firm(engine_of: Build, box: Mailbox) -> Firm:
    """Bo reads English at once, An Chinese once a day, Cy never, Di has no address."""
    firm = engine_of(FORMS, mail=box.server(), address="https://forms.example")
    for login, language, mailing in (
        ("bo", "en", None),
        ("an", "zh", "daily"),
        ("cy", "zh", "never"),
        ("di", "zh", "now"),
    ):
        id = firm.person(login, "boss").id or 0
        changes = {"language": language, "mailing": mailing, "email": f"{login}@x.example" if login != "di" else ""}
        firm.engine.store.write(lambda conn, id=id, changes=changes: people.update_person(conn, id, changes))
    return firm


def press(firm: Firm, what: str, button: str = "bell", who: str = "cy") -> int:
    id = firm.new(firm.who(who), "order", what=what)
    firm.engine.act(firm.who(who), "order", id, button)
    return id


def test_who_likes_it_at_once_gets_it_after_the_commit_with_the_record(firm: Firm, box: Mailbox) -> None:
    id = press(firm, "tea")
    assert box.take() == []
    firm.engine.jobs.run_due()
    (got,) = box.take()
    assert (got.to, got.subject) == ("bo@x.example", "tea is here")
    assert f"https://forms.example/f/order/{id}\n" in got.text and "https://forms.example/me" in got.text
    assert "Your preferences" in got.text


def test_who_likes_it_once_a_day_gets_one_mail_in_the_morning(firm: Firm, box: Mailbox) -> None:
    first, second = press(firm, "茶"), press(firm, "米", "tell")
    firm.engine.jobs.run_due()
    firm.clock.later(hours=12)
    firm.engine.jobs.run_due()
    assert "an@x.example" not in [got.to for got in box.take()]
    firm.clock.later(hours=8)  # eight in the morning in Shanghai
    firm.engine.jobs.run_due()
    (got,) = box.take()
    assert (got.to, got.subject) == ("an@x.example", "3 条未读消息")
    assert got.text.index("“茶”到了") < got.text.index("“米”到了")
    assert f"/f/order/{first}\n" in got.text and got.text.count(f"/f/order/{second}\n") == 2
    press(firm, "糖")
    firm.engine.jobs.run_due()
    box.take()
    firm.clock.later(days=1)
    firm.engine.jobs.run_due()
    assert [(got.to, got.subject) for got in box.take()] == [("an@x.example", "1 条未读消息")]


def test_what_was_read_meanwhile_is_not_sent(firm: Firm, box: Mailbox) -> None:
    press(firm, "tea")
    for login in ("an", "bo"):
        firm.engine.read_notices(firm.who(login))
    firm.engine.jobs.run_due()
    firm.clock.later(days=1)
    firm.engine.jobs.run_due()
    assert box.take() == []


def test_who_changed_their_mind_is_left_in_peace(firm: Firm, box: Mailbox) -> None:
    press(firm, "tea")
    firm.engine.jobs.run_due()
    box.take()
    id = firm.who("an").id or 0
    firm.engine.store.write(lambda conn: people.update_person(conn, id, {"mailing": "never"}))
    firm.clock.later(days=1)
    firm.engine.jobs.run_due()
    assert box.take() == []


def test_what_an_import_tells_is_mailed_as_people_like_it(firm: Firm, box: Mailbox, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("货品\n" + "".join(f"货{n}\n" for n in range(7)), encoding="utf-8")
    assert firm.engine.imports.bring_in(firm.who("cy"), "order", tmp_path / "orders.csv", Plan()).accepted == 7
    firm.engine.jobs.run_due()
    firm.engine.jobs.run_due()
    assert [(got.to, got.subject) for got in box.take()] == [("bo@x.example", "7 unread notices")]
    firm.clock.later(hours=20)
    firm.engine.jobs.run_due()
    assert ("an@x.example", "7 条未读消息") in [(got.to, got.subject) for got in box.take()]


def test_without_a_mail_server_notices_stay_in_the_product(engine_of: Build) -> None:
    firm = engine_of(FORMS)
    firm.person("bo", "boss")
    press(firm, "tea", who="bo")
    assert firm.engine.jobs.run_due() == 0 and len(firm.engine.notices(firm.who("bo"))) == 1
