"""People named in comments: `@login`, or `@name` where one person alone is called so.

Why: a comment that asks somebody something must reach them. What is kept is always `@login`, which stays true when two
people share a name or one changes theirs; pages show the name. Only those may be named who may view the record, so
that nobody is led to a page that is shut to them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from engine.definitions.model import Form
from engine.problems import Refused, problem
from engine.problems.record import NO_COMMENTS, NOTHING_SAID
from engine.runtime import people
from engine.runtime.change import seen
from engine.runtime.history import remark
from engine.runtime.record import Record
from engine.runtime.telling import tell
from engine.runtime.work import Work
from engine.storage import tables

ADDRESS = re.compile(r"[A-Za-z0-9._+-]")
"""Before an @, this makes it part of an address (`ann@example.org` names nobody)."""

OFFERED, LOOKED_AT = 8, 60
"""How many people are offered, and how many that fit the letters are asked for their rights at most."""

EXCERPT = 80


@dataclass(frozen=True)
class Named:
    """Somebody who may be named. `words` is what stands after the @ while it is being written: their name, or their
    login where the name isn't theirs alone."""

    id: int
    login: str
    name: str
    words: str


def comment(work: Work, name: str, id: int, text: str) -> None:
    """Say something about a record that one may see, and tell those whom it names.

    Refused: there is no such record for them, its form takes no comments, or nothing is said.
    """
    form, record = seen(work, name, id)
    if not form.comments:
        raise Refused(problem(NO_COMMENTS, form=form.title))
    words = text.strip()
    if not words:
        raise Refused(problem(NOTHING_SAID, field="comment"))
    everybody = _everybody(work)
    kept = canonical(words, everybody)
    remark(work, form, record, kept)
    _tell(work, form, record, kept, everybody)


def offered(work: Work, name: str, id: int, q: str) -> tuple[Named, ...]:
    """People who may view the record and whose name or login begins so (or holds it), the actor left out."""
    form, record = seen(work, name, id)
    wanted = q.strip().lower()
    fits = [one for one in _everybody(work) if wanted in one.name.lower() or wanted in one.login]
    fits.sort(key=lambda one: (not one.name.lower().startswith(wanted), not one.login.startswith(wanted)))
    found: list[Named] = []
    for one in fits[:LOOKED_AT]:
        if one.id != work.actor.id and _may_view(work, form, record, one.id):
            found.append(one)
        if len(found) == OFFERED:
            break
    return tuple(found)


def names(work: Work, texts: Iterable[str]) -> dict[str, str]:
    """Login -> name of everybody, also who is gone, for `pieces`; empty when nobody can be named in these texts."""
    if not any("@" in text for text in texts):
        return {}
    table = tables.person
    return {row.login: row.name for row in work.conn.execute(select(table.c.login, table.c.name))}


def pieces(text: str, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The text in pieces: (words, "") and, for each who is named, (name, login). `known`: login -> name."""
    end = 0
    for start, stop, login in _marked(text, known):
        yield text[end:start], ""
        yield known[login], login
        end = stop
    yield text[end:], ""


def canonical(text: str, everybody: Iterable[Named]) -> str:
    """The text with `@name` as `@login`; `@login` stays."""
    logins = {one.words.lower(): one.login for one in everybody}
    logins |= {one.login: one.login for one in everybody}
    out, end = [], 0
    for start, stop, words in _marked(text, logins):
        gap = " " if text[stop : stop + 1].isascii() and text[stop : stop + 1].isalnum() else ""
        out += [text[end:start], "@", logins[words], gap]
        end = stop
    return "".join(out) + text[end:]


def _marked(text: str, known: Collection[str]) -> Iterator[tuple[int, int, str]]:
    """Where an @ stands before one of these words (in small letters), the longest that fits: from, to, which."""
    words = sorted(known, key=len, reverse=True) if "@" in text else []
    at = text.find("@")
    while at >= 0:
        found = None
        if not (at and ADDRESS.match(text[at - 1])):
            found = next((w for w in words if w and _stands(text, at + 1, w)), None)
        if found is not None:
            yield at, at + 1 + len(found), found
        at = text.find("@", at + 1 + len(found or ""))


def _stands(text: str, at: int, word: str) -> bool:
    """Whether the word stands there and doesn't go on: `@ann` isn't in `@anna`; Chinese needs no space behind it."""
    after = text[at + len(word) : at + len(word) + 1]
    goes_on = word[-1:].isascii() and word[-1:].isalnum() and after.isascii() and (after.isalnum() or after == "_")
    return text[at : at + len(word)].lower() == word and not goes_on


def _everybody(work: Work) -> list[Named]:
    """All active people, by name."""
    table = tables.person
    rows = work.conn.execute(
        select(table.c.id, table.c.login, table.c.name).where(table.c.active).order_by(table.c.name, table.c.id)
    ).all()
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.name] = counts.get(row.name, 0) + 1
    return [Named(r.id, r.login, r.name, r.name if counts[r.name] == 1 else r.login) for r in rows]


def _may_view(work: Work, form: Form, record: Record, person: int) -> bool:
    """Whether somebody else may view the record."""
    who = people.actor(work.conn, person, work.actor.channel)
    if who is None or record.id is None:
        return False
    theirs = Work(work.conn, work.catalog, work.layout, who, work.now, work.zone)
    try:
        seen(theirs, form.name, record.id)
    except Refused:
        return False
    return True


def _tell(work: Work, form: Form, record: Record, text: str, everybody: Iterable[Named]) -> None:
    known = {one.login: one for one in everybody}
    parts = list(pieces(text, {login: one.name for login, one in known.items()}))
    plain = "".join(f"@{words}" if login else words for words, login in parts)
    excerpt = plain if len(plain) <= EXCERPT else plain[: EXCERPT - 1] + "…"
    named = {login: known[login] for _, login in parts if login}
    for one in named.values():
        if one.id == work.actor.id or not _may_view(work, form, record, one.id):
            continue
        message = {
            "zh": f"{work.actor.name} 在评论里提到你：{excerpt}",
            "en": f"{work.actor.name} mentioned you: {excerpt}",
        }
        tell(work, one.id, message, form.name, record.id)
