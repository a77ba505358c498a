"""People: signing in, the brake on guessing, sessions and tokens that end, the last administrator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.problems import Refused
from engine.runtime import passwords, people, sessions
from engine.storage import tables
from engine.storage.store import Store

START = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
ROLES = ("sales", "boss")
PASSWORD = "correct horse"


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def later(self, **more: float) -> None:
        self.now += timedelta(**more)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, database: str | None) -> Iterator[Store]:
    with Store(database or tmp_path / "x.db") as made:
        made.write(tables.create)
        yield made


@pytest.fixture
def ann(store: Store) -> int:
    hashed = passwords.checked(PASSWORD, "ann")
    return make(store, "Ann", roles=["admin"], password=hashed)


def make(store: Store, login: str, **more: Any) -> int:
    return store.write(
        lambda c: people.create_person(c, START, ROLES, login=login, name=more.pop("name", login), **more)
    )


def change(store: Store, id: int, **changes: Any) -> None:
    store.write(lambda c: people.update_person(c, id, changes, ROLES))


def refused(call: Callable[[], Any]) -> list[tuple[str, dict[str, Any]]]:
    with pytest.raises(Refused) as found:
        call()
    return [(p.code, dict(p.facts)) for p in found.value.problems]


def enter(store: Store, clock: Clock, password: str = PASSWORD, login: str = "ann", **more: Any) -> tuple[int, str]:
    return sessions.sign_in(store, clock, login, password, **more)


def test_the_right_password_opens_a_session_and_only_its_hash_is_kept(store: Store, clock: Clock, ann: int) -> None:
    person, value = enter(store, clock, login=" ANN ")
    assert person == ann and sessions.present(store, value, clock.now) == ann
    with store.read() as conn:
        kept = conn.execute(select(tables.session.c.id)).scalars().all()
        password = conn.execute(select(tables.person.c.password)).scalar()
    assert value not in kept and kept == [sessions.digest(value)]
    assert password is not None and password.startswith("$argon2id$") and "m=19456,t=2,p=1" in password


def test_wrong_tries_are_counted_down_then_must_wait_longer_and_longer(store: Store, clock: Clock, ann: int) -> None:
    left = [refused(lambda: enter(store, clock, "nope-nope"))[0] for _ in range(4)]
    assert left == [("wrong_login", {"left": n}) for n in (4, 3, 2, 1)]
    assert refused(lambda: enter(store, clock, "nope-nope")) == [("wait_login", {"seconds": 15})]
    assert refused(lambda: enter(store, clock))[0][0] == "wait_login"
    clock.later(seconds=16)
    assert refused(lambda: enter(store, clock, "nope-nope")) == [("wait_login", {"seconds": 30})]
    clock.later(seconds=31)
    assert enter(store, clock)[0] == ann
    assert refused(lambda: enter(store, clock, "nope-nope")) == [("wrong_login", {"left": 4})]


def test_who_is_unknown_or_closed_is_answered_like_a_wrong_password(store: Store, clock: Clock, ann: int) -> None:
    bob = make(store, "bob", password=passwords.checked(PASSWORD, "bob"))
    change(store, bob, active=False)
    make(store, "new")
    for login in ("nobody", "bob", "new"):
        assert refused(lambda login=login: enter(store, clock, login=login)) == [("wrong_login", {"left": 4})]


def test_one_address_that_tries_many_logins_must_wait_too(store: Store, clock: Clock, ann: int) -> None:
    for number in range(sessions.PER_ADDRESS):
        store.write(lambda c, n=number: sessions.count_try(c, clock.now, f"x{n}", "10.0.0.1"))
    assert refused(lambda: enter(store, clock, address="10.0.0.1"))[0][0] == "wait_login"
    assert enter(store, clock, address="10.0.0.2")[0] == ann


def test_a_session_ends_unused_and_at_its_latest(store: Store, clock: Clock, ann: int) -> None:
    _, value = enter(store, clock)
    clock.later(days=13)
    assert sessions.present(store, value, clock.now) == ann
    clock.later(days=13)
    assert sessions.present(store, value, clock.now) == ann
    clock.later(days=5)
    assert sessions.present(store, value, clock.now) is None
    _, other = enter(store, clock)
    clock.later(days=14)
    assert sessions.present(store, other, clock.now) is None


def test_being_seen_is_written_at_most_every_five_minutes(store: Store, clock: Clock, ann: int) -> None:
    _, value = enter(store, clock)

    def seen() -> datetime:
        with store.read() as conn:
            return conn.execute(select(tables.session.c.last_seen)).scalar_one()

    clock.later(minutes=4)
    sessions.present(store, value, clock.now)
    assert seen() == START
    clock.later(minutes=2)
    sessions.present(store, value, clock.now)
    assert seen() == clock.now


def test_signing_out_closing_and_a_new_password_end_sessions(store: Store, clock: Clock, ann: int) -> None:
    bob = make(store, "bob", password=passwords.checked(PASSWORD, "bob"))
    _, first = enter(store, clock, login="bob")
    _, second = enter(store, clock, login="bob")
    store.write(lambda c: sessions.end(c, first))
    assert sessions.present(store, first, clock.now) is None and sessions.present(store, second, clock.now) == bob
    fresh = passwords.checked("another one", "bob")
    _, third = enter(store, clock, login="bob")
    store.write(lambda c: people.update_person(c, bob, {"password": fresh}, keep_session=third))
    assert sessions.present(store, second, clock.now) is None and sessions.present(store, third, clock.now) == bob
    change(store, bob, active=False)
    assert sessions.present(store, third, clock.now) is None


def behind(store: Store, value: str, now: datetime) -> tuple[int | None, int] | None:
    """The person and the token behind a value."""
    found = sessions.bearer(store, value, now)
    return None if found is None else (found[0].id, found[1])


def test_a_token_works_until_it_expires_or_is_taken_back(store: Store, clock: Clock, ann: int) -> None:
    id, value = store.write(lambda c: sessions.make_token(c, ann, "ci", clock.now, clock.now + timedelta(days=1)))
    assert value.startswith("fl_") and behind(store, value, clock.now) == (ann, id)
    assert sessions.bearer(store, value + "x", clock.now) is None and sessions.bearer(store, "", clock.now) is None
    clock.later(days=1)
    assert sessions.bearer(store, value, clock.now) is None
    other, lasting = store.write(lambda c: sessions.make_token(c, ann, "", clock.now))
    assert behind(store, lasting, clock.now) == (ann, other)
    assert store.write(lambda c: sessions.revoke(c, other, person=99)) is False
    assert store.write(lambda c: sessions.revoke(c, other, person=ann)) is True
    assert sessions.bearer(store, lasting, clock.now) is None


@pytest.mark.parametrize(
    ("password", "code"),
    [("short", "password_short"), ("li_na.wang", "password_is_login"), ("LI_NA.WANG", "password_is_login"),
     ("x" * 257, "password_long")],
)  # fmt: skip
def test_a_password_that_is_too_easy_is_refused(password: str, code: str) -> None:
    assert refused(lambda: passwords.checked(password, "li_na.wang"))[0][0] == code


def test_a_password_may_have_any_characters() -> None:
    assert passwords.verify(passwords.checked("密码🔑 ' \" \x00 é", "x"), "密码🔑 ' \" \x00 é")
    assert not passwords.verify(None, "") and not passwords.verify("no hash at all", "x")


def test_the_last_administrator_stays(store: Store, ann: int) -> None:
    for changes in ({"active": False}, {"roles": ["sales"]}):
        assert refused(lambda changes=changes: change(store, ann, **changes))[0][0] == "last_admin"
    make(store, "bob", roles=["admin"])
    change(store, ann, roles=["sales"], name="  Anna ")
    with store.read() as conn:
        found = people.person_of(conn, ann)
        actor = people.actor(conn, ann)
    assert found.roles == ("sales",) and found.name == "Anna"
    assert actor is not None and actor.roles == {"sales", "everyone"} and not actor.admin


def test_everything_wrong_with_a_person_is_told_at_once(store: Store, ann: int) -> None:
    found = refused(lambda: make(store, "ann", name=" ", roles=["salse"], department=7, language="xx"))
    assert [code for code, _ in found] == [
        "login_taken", "name_empty", "no_role", "unknown_language", "no_department",
    ]  # fmt: skip
    assert dict(found[2][1])["nearest"] == "sales"
    assert refused(lambda: make(store, "a b"))[0][0] == "login_shape"


def test_departments_are_a_tree_without_circles(store: Store, ann: int) -> None:
    top = store.write(lambda c: people.create_department(c, {"zh": "销售部", "en": "Sales"}, head=ann))
    low = store.write(lambda c: people.create_department(c, "华东", parent=top))
    assert refused(lambda: store.write(lambda c: people.update_department(c, top, {"parent": low})))[0][0] == (
        "department_circle"
    )
    change(store, ann, department=low)
    assert refused(lambda: store.write(lambda c: people.delete_department(c, low)))[0][0] == "department_used"
    with store.read() as conn:
        found = people.departments(conn)
    assert [(d.name.to("en"), d.level, d.people) for d in found] == [("Sales", 0, 0), ("华东", 1, 1)]
    change(store, ann, department=None)
    store.write(lambda c: people.delete_department(c, low))
    with store.read() as conn:
        assert [d.id for d in people.departments(conn)] == [top]


def test_people_are_found_by_name_login_and_phone(store: Store, ann: int) -> None:
    make(store, "bob", name="鲍勃", phone="13900001111")
    with store.read() as conn:
        assert [p.login for p in people.persons(conn, "鲍")] == ["bob"]
        assert [p.login for p in people.persons(conn, "0001")] == ["bob"]
        assert [p.login for p in people.persons(conn, "%")] == []
        assert {p.login for p in people.persons(conn)} == {"ann", "bob"}
