"""People named in comments: whom it reaches, who is offered, and what is kept of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.runtime import mentions, people
from engine.runtime.values import Actor
from engine.storage import tables
from tests.firm import ADMIN, Build, Firm, refused

FORMS = {
    "forms/order.yaml": """
title: {zh: 订单, en: Orders}
fields:
  what: {type: text, title: {zh: 什么, en: What}, required: true}
access:
  clerk: {can: [view, create], where: owner = user}
  boss:  {can: [view, create, edit]}
""",
    "forms/quiet.yaml": """
title: {zh: 安静, en: Quiet}
comments: false
fields: {what: {type: text, title: {zh: 什么, en: What}}}
access: {boss: {can: [view, create]}}
""",
}


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    firm = engine_of(FORMS)
    for login, role in (("ann", "clerk"), ("anna", "clerk"), ("bob", "boss"), ("gus", "guest")):
        firm.person(login, role)
    return firm


def called(firm: Firm, login: str, name: str, *roles: str) -> Actor:
    """A person of another name than their login."""
    who = firm.person(login, *roles)
    id = who.id or 0
    firm.engine.store.write(lambda conn: people.update_person(conn, id, {"name": name}))
    return firm.who(login)


def told(firm: Firm) -> list[tuple[str, str]]:
    """Who was told what, in English."""
    table, person = tables.notice, tables.person
    query = select(person.c.login, table.c.message).join(person, person.c.id == table.c.person).order_by(table.c.id)
    with firm.engine.store.read() as conn:
        return [(login, message["en"]) for login, message in conn.execute(query)]


def kept(firm: Firm, id: int) -> str | None:
    return firm.engine.history(ADMIN, "order", id)[0].comment


def test_whoever_is_named_is_told_with_the_record(firm: Firm) -> None:
    id = firm.new(firm.who("ann"), "order", what="tea")
    firm.engine.comment(firm.who("ann"), "order", id, "@bob can you look?")
    assert told(firm) == [("bob", "Ann mentioned you: @Bob can you look?")]
    (notice,) = firm.engine.notices(firm.who("bob"))
    assert (notice.form, notice.record, notice.read) == ("order", id, False)


def test_names_are_kept_as_logins_the_longest_first(firm: Firm) -> None:
    called(firm, "wang", "王思远", "boss")
    called(firm, "wang2", "王思", "boss")
    id = firm.new(firm.who("bob"), "order", what="tea")
    firm.engine.comment(firm.who("bob"), "order", id, "请@王思远看一下，@王思 也看")
    assert kept(firm, id) == "请@wang看一下，@wang2 也看"
    assert [login for login, _ in told(firm)] == ["wang", "wang2"]


def test_a_name_of_two_people_names_nobody_their_logins_do(firm: Firm) -> None:
    called(firm, "lee1", "Lee", "boss")
    called(firm, "lee2", "Lee", "boss")
    id = firm.new(firm.who("bob"), "order", what="tea")
    firm.engine.comment(firm.who("bob"), "order", id, "@Lee or @lee2?")
    assert [login for login, _ in told(firm)] == ["lee2"]
    assert [one.words for one in offered(firm, "bob", id, "lee")] == ["lee1", "lee2"]


@pytest.mark.parametrize("text", ["write to x@bob.example", "@bobby", "@", "@ bob", "bob", "a.@bob"])
def test_what_only_looks_like_a_name_names_nobody(firm: Firm, text: str) -> None:
    id = firm.new(firm.who("ann"), "order", what="tea")
    firm.engine.comment(firm.who("ann"), "order", id, text)
    assert told(firm) == []
    assert kept(firm, id) == text


@pytest.mark.parametrize("text", ["@BOB please", "(@bob)", "@bob.", "@bob@bob", "See\n@bob", "请@bob看"])
def test_a_name_is_found_wherever_it_stands(firm: Firm, text: str) -> None:
    id = firm.new(firm.who("ann"), "order", what="tea")
    firm.engine.comment(firm.who("ann"), "order", id, text)
    assert [login for login, _ in told(firm)] == ["bob"]


def test_nobody_is_led_to_a_record_that_is_shut_to_them(firm: Firm) -> None:
    id = firm.new(firm.who("ann"), "order", what="tea")
    firm.engine.comment(firm.who("bob"), "order", id, "@anna @gus @ann")
    assert [login for login, _ in told(firm)] == ["ann"]


def test_one_does_not_tell_oneself(firm: Firm) -> None:
    id = firm.new(firm.who("bob"), "order", what="tea")
    firm.engine.comment(firm.who("bob"), "order", id, "@bob remember")
    assert told(firm) == []


def test_a_long_comment_is_told_in_short(firm: Firm) -> None:
    id = firm.new(firm.who("ann"), "order", what="tea")
    firm.engine.comment(firm.who("ann"), "order", id, "@bob " + "x" * 500)
    ((_, words),) = told(firm)
    assert words.endswith("…")
    assert len(words) < 120


def offered(firm: Firm, who: str, id: int, q: str) -> tuple[mentions.Named, ...]:
    return firm.engine.read(firm.who(who), lambda work: mentions.offered(work, "order", id, q))


def test_those_are_offered_who_may_view_the_record(firm: Firm) -> None:
    id = firm.new(firm.who("ann"), "order", what="tea")
    assert [one.login for one in offered(firm, "bob", id, "")] == ["ann"]
    assert [one.login for one in offered(firm, "ann", id, "")] == ["bob"]
    assert offered(firm, "ann", id, "zz") == ()


def test_who_may_not_view_the_record_is_offered_nobody(firm: Firm) -> None:
    id = firm.new(firm.who("ann"), "order", what="tea")
    assert refused(lambda: offered(firm, "anna", id, "")) == [("not_found", None)]


def test_closed_people_are_neither_offered_nor_told_but_still_shown(firm: Firm) -> None:
    id = firm.new(firm.who("ann"), "order", what="tea")
    bob = firm.who("bob").id or 0
    firm.engine.store.write(lambda conn: people.update_person(conn, bob, {"active": False}))
    firm.engine.comment(firm.who("ann"), "order", id, "@bob?")
    assert told(firm) == []
    assert offered(firm, "ann", id, "bo") == ()
    names = firm.engine.read(firm.who("ann"), lambda work: mentions.names(work, ["@bob?"]))
    assert list(mentions.pieces("@bob?", names)) == [("", ""), ("Bob", "bob"), ("?", "")]


def test_a_form_may_take_no_comments(firm: Firm) -> None:
    id = firm.new(firm.who("bob"), "quiet", what="x")
    assert refused(lambda: firm.engine.comment(firm.who("bob"), "quiet", id, "hello")) == [("no_comments", None)]


def test_texts_without_an_at_ask_nothing() -> None:
    assert list(mentions.pieces("plain", {})) == [("plain", "")]
    assert mentions.canonical("plain", []) == "plain"
