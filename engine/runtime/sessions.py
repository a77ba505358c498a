"""Who is there: signing in, sessions of browsers, tokens of programs, and the brake on guessing.

Why: only a secret's SHA-256 is kept, so whoever reads the database can't sign in with what they find. A session can be
ended here at any time, unlike a signed cookie. Guessing is slowed down, never locked out: a lock would let anybody keep
anybody else away from their work.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from engine.definitions.model import EVERYONE
from engine.problems import Refused, problem
from engine.problems.people import NO_PERSON, WAIT_LOGIN, WRONG_LOGIN
from engine.runtime import passwords
from engine.runtime.values import Actor
from engine.storage import tables
from engine.storage.store import Store
from engine.texts import LANGUAGES

IDLE, LONGEST = timedelta(days=14), timedelta(days=30)
"""How long a session lasts unused, and at most."""

SEEN = timedelta(minutes=5)
"""How exactly `last_seen` and `last_used` are kept: writing at each request would cost a transaction each."""

FREE, WINDOW = 5, timedelta(hours=1)
"""How many wrong tries a login has within this time before it must wait."""

PER_ADDRESS = 50
"""How many wrong tries one address has within that time: an office may share one."""

FIRST_WAIT, LONGEST_WAIT = 15, 900
"""Seconds to wait after the last free try; doubled with each further one, up to a quarter of an hour."""

TOKEN_PREFIX = "fl_"
"""How every token begins, so that people and scanners of leaked secrets know one when they see it."""


_HOLDER = (
    select(
        tables.token.c.id,
        tables.token.c.expires,
        tables.token.c.last_used,
        tables.person.c.id.label("person"),
        tables.person.c.name,
        tables.person.c.login,
        tables.person.c.department,
        tables.person.c.language,
        tables.person_role.c.role,
    )
    .join(tables.person, tables.person.c.id == tables.token.c.person)
    .outerjoin(tables.person_role, tables.person_role.c.person == tables.person.c.id)
    .where(tables.token.c.sha256 == bindparam("sha256"), tables.person.c.active)
)
"""A token with its person, one row for each of their roles."""


@dataclass(frozen=True)
class Signed:
    """A session that holds. `key` is what it is kept under; `stale`: `touch` is due."""

    key: str
    person: int
    stale: bool


@dataclass(frozen=True)
class Token:
    """A token as people see it, without its secret."""

    id: int
    person: int
    name: str
    created: datetime
    expires: datetime | None
    last_used: datetime | None


def sign_in(
    store: Store, clock: Callable[[], datetime], login: str, password: str, *, address: str | None = None,
    agent: str | None = None,
) -> tuple[int, str]:  # fmt: skip
    """The person and the value of their new session's cookie.

    Each try is counted before the password is looked at, so that many at once gain nothing. Raises Refused:
    `wrong_login` with the tries that are left, `wait_login` with the seconds to wait. Nobody is told whether the
    login exists.
    """
    name = login.strip().lower()[:100]
    failed = store.write(lambda conn: count_try(conn, clock(), name, address))
    with store.read() as conn:
        person = tables.person
        query = select(person.c.id, person.c.password, person.c.active).where(person.c.login == name)
        row = conn.execute(query).first()
    kept = row.password if row is not None and row.active else None
    if not passwords.verify(kept, password) or row is None or kept is None:
        if failed >= FREE:
            raise Refused(problem(WAIT_LOGIN, seconds=_wait(failed, FREE)))
        raise Refused(problem(WRONG_LOGIN, left=FREE - failed))
    renewed = passwords.hashed(password) if passwords.outdated(kept) else None

    def enter(conn: Connection) -> str:
        forget_tries(conn, name)
        if renewed is not None:
            conn.execute(update(tables.person).where(tables.person.c.id == row.id).values(password=renewed))
        return begin(conn, row.id, clock(), agent)

    return row.id, store.write(enter)


def count_try(conn: Connection, now: datetime, login: str, address: str | None) -> int:
    """Count one try, and give how many there are now within the window. Refused when the login or address must wait."""
    table = tables.login_attempt
    conn.execute(delete(table).where(table.c.at < now - WINDOW))
    failed, last = conn.execute(select(func.count(), func.max(table.c.at)).where(table.c.login == login)).one()
    _brake(failed, last, FREE, now)
    if address is not None:
        query = select(func.count(), func.max(table.c.at)).where(table.c.address == address)
        others, latest = conn.execute(query).one()
        _brake(others, latest, PER_ADDRESS, now)
    conn.execute(insert(table).values(login=login, address=address, at=now))
    return int(failed) + 1


def forget_tries(conn: Connection, login: str) -> None:
    """The password was right: the login's own wrong tries are forgotten; others from its address stay counted."""
    conn.execute(delete(tables.login_attempt).where(tables.login_attempt.c.login == login))


def begin(conn: Connection, person: int, now: datetime, agent: str | None = None) -> str:
    """Start a session for a person (also without a password: the demo's people) and give the cookie's value."""
    value = secrets.token_urlsafe(32)
    conn.execute(delete(tables.session).where(tables.session.c.expires < now))
    conn.execute(
        insert(tables.session).values(
            id=digest(value),
            person=person,
            created=now,
            last_seen=now,
            expires=now + LONGEST,
            agent=(agent or "")[:200],
        )
    )
    return value


def session(conn: Connection, value: str, now: datetime) -> Signed | None:
    """The session of a cookie's value; None when there is none, it has ended, or the person was closed."""
    table, person = tables.session, tables.person
    query = select(table.c.id, table.c.person, table.c.last_seen, table.c.expires)
    query = query.join(person, person.c.id == table.c.person).where(table.c.id == digest(value), person.c.active)
    row = conn.execute(query).first()
    if row is None or now >= row.expires or now >= row.last_seen + IDLE:
        return None
    return Signed(row.id, row.person, now >= row.last_seen + SEEN)


def touch(conn: Connection, key: str, now: datetime) -> None:
    """Note that a session was used."""
    conn.execute(update(tables.session).where(tables.session.c.id == key).values(last_seen=now))


def end(conn: Connection, value: str) -> None:
    """Sign out: the session of this cookie's value is gone."""
    conn.execute(delete(tables.session).where(tables.session.c.id == digest(value)))


def end_all(conn: Connection, person: int, *, but: str | None = None) -> int:
    """End all of a person's sessions (but the one of this cookie's value) and say how many."""
    query = delete(tables.session).where(tables.session.c.person == person)
    if but is not None:
        query = query.where(tables.session.c.id != digest(but))
    return int(conn.execute(query).rowcount)


def present(store: Store, value: str, now: datetime) -> int | None:
    """The person behind a cookie's value, or None; notes now and then that the session is used."""
    with store.read() as conn:
        found = session(conn, value, now)
    if found is not None and found.stale:
        store.write(lambda conn: touch(conn, found.key, now))
    return found.person if found is not None else None


def make_token(
    conn: Connection, person: int, name: str, now: datetime, expires: datetime | None = None
) -> tuple[int, str]:
    """A new token for a person: its id, and the token itself, which is shown once and kept nowhere."""
    if conn.execute(select(tables.person.c.id).where(tables.person.c.id == person)).first() is None:
        raise Refused(problem(NO_PERSON))
    value = TOKEN_PREFIX + secrets.token_urlsafe(32)
    made = insert(tables.token).values(
        person=person, name=name.strip()[:100] or "token", sha256=digest(value), created=now, expires=expires
    )
    key = conn.execute(made).inserted_primary_key
    assert key is not None
    return int(key[0]), value


def bearer(store: Store, value: str, now: datetime) -> tuple[Actor, int] | None:
    """Whom a token stands for, with their roles as they are now, and its id; None when it isn't one, has expired, or the
    person was closed. One statement: every request of a program begins with it."""
    if not value.startswith(TOKEN_PREFIX):
        return None
    with store.read() as conn:
        rows = conn.execute(_HOLDER, {"sha256": digest(value)}).all()
    if not rows or (rows[0].expires is not None and now >= rows[0].expires):
        return None
    row, table = rows[0], tables.token
    if row.last_used is None or now >= row.last_used + SEEN:
        store.write(lambda conn: conn.execute(update(table).where(table.c.id == row.id).values(last_used=now)) and None)
    roles = frozenset(r.role for r in rows if r.role is not None) | {EVERYONE}
    language = row.language or LANGUAGES[0]
    return Actor(row.person, row.name, row.login, roles, row.department, language, "api"), row.id


def tokens_of(conn: Connection, person: int | None = None) -> Sequence[Token]:
    """The tokens of a person (None: of all), the newest first."""
    table = tables.token
    query = select(table.c.id, table.c.person, table.c.name, table.c.created, table.c.expires, table.c.last_used)
    if person is not None:
        query = query.where(table.c.person == person)
    return [Token(*row) for row in conn.execute(query.order_by(table.c.id.desc()))]


def revoke(conn: Connection, token: int, person: int | None = None) -> bool:
    """Take a token back (only if it is this person's, when one is named); False when there is none."""
    query = delete(tables.token).where(tables.token.c.id == token)
    if person is not None:
        query = query.where(tables.token.c.person == person)
    return conn.execute(query).rowcount == 1


def digest(value: str) -> str:
    """What a secret is kept as: its SHA-256 in hex (secrets are 256 random bits, so this need not be slow)."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def _brake(failed: int, last: datetime | None, free: int, now: datetime) -> None:
    """Refused when a try comes too soon after so many that failed."""
    if failed < free or last is None:
        return
    left = (last + timedelta(seconds=_wait(failed, free)) - now).total_seconds()
    if left > 0:
        raise Refused(problem(WAIT_LOGIN, seconds=max(1, -int(-left // 1))))


def _wait(failed: int, free: int) -> int:
    """Seconds from the last try until the next one: 15, 30, 60, … at most 900."""
    return int(min(FIRST_WAIT * 2 ** min(failed - free, 10), LONGEST_WAIT))
