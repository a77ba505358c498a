"""Notices by mail: at once, once a day, or never, as each person likes.

Why: who isn't at the desk must hear of what waits, and who is must not hear of everything twice. What was read meanwhile
isn't sent. One job for each unit of work looks who is to be written to; one for each person gathers their day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from engine.jobs.job import Job
from engine.runtime import mail
from engine.runtime.values import DEMO
from engine.runtime.work import Work
from engine.storage import tables
from engine.texts import LANGUAGES, text

NOTICES, DIGEST = "notices", "digest"
"""Kinds of jobs: look who is to be written to; write to a person once for the day."""

NOW, DAILY, NEVER = "now", "daily", "never"
LIKINGS = (NOW, DAILY, NEVER)
"""When a person likes to get notices by mail; the first is what they get who chose nothing."""

MORNING = time(8, 0)
"""When the day's mail is written, in the organisation's zone."""

SINGLY = 5
"""How many mails of their own one transaction's notices are worth to a person; more (an import's) come in one."""

LONGEST = 120
"""How many characters of a notice stand in a mail's subject."""

IN_MAIL = 100
"""How many notices stand in one mail."""

_TODAY = text("{count} 条未读消息", "{count} unread notices")
_MORE = text("还有 {count} 条，见消息页。", "And {count} more on the page of notices.")
_HOW = text("什么时候发邮件，可以在偏好设置里改。", "Your preferences say when notices are mailed.")


def defer(works: Iterable[Work]) -> None:
    """Have what these units of work of one transaction told people looked at after the commit, if mails can be sent; a demo
    tells nobody outside."""
    told = [work for work in works if work.mails and work.noticed and work.actor.channel != DEMO]
    if told:
        told[-1].defer(NOTICES, {"notices": [id for work in told for id in work.noticed]})


def look(work: Work, job: Job, address: str) -> None:
    """Write to those who like it at once, and put down the others' day. `address`: where links lead, "": nowhere."""
    found = _rows(work, tables.notice.c.id.in_(job.payload["notices"]))
    at_once: dict[int, list[dict[str, Any]]] = {}
    for row in found:
        if row["mailing"] in (None, NOW):
            at_once.setdefault(row["person"], []).append(row)
        elif row["mailing"] == DAILY:
            payload = {"person": row["person"], "since": row["id"]}
            work.defer(DIGEST, payload, at=_morning(work), key=f"{DIGEST}:{row['person']}")
    for rows in at_once.values():
        if len(rows) > SINGLY:
            _together(work, rows, address)
            continue
        for row in rows:
            language = _language(row["language"])
            words = _words(row, language)
            parts = [words, _link(row, address), _end(language, address)]
            mail.send(work, row["email"], _short(words), "\n\n".join(p for p in parts if p), language, _about(row))


def gather(work: Work, job: Job, address: str) -> None:
    """Write a person what they were told since, and haven't read; nothing when there is nothing."""
    table = tables.notice
    rows = _rows(work, table.c.person == job.payload["person"], table.c.id >= job.payload["since"])
    if rows and rows[0]["mailing"] != NEVER:
        _together(work, rows, address)


def _together(work: Work, rows: list[dict[str, Any]], address: str) -> None:
    """One mail with several notices of one person."""
    language = _language(rows[0]["language"])
    subject = _TODAY.to(language).format(count=len(rows))
    parts = ["\n".join(p for p in (f"· {_words(row, language)}", _link(row, address)) if p) for row in rows[:IN_MAIL]]
    if len(rows) > IN_MAIL:
        parts.append(_MORE.to(language).format(count=len(rows) - IN_MAIL))
    mail.send(work, rows[0]["email"], subject, "\n\n".join([*parts, _end(language, address)]), language, None)


def _rows(work: Work, *which: Any) -> list[dict[str, Any]]:
    """Unread notices, oldest first, each with its person's address, language and liking; of active people with one."""
    notice, person = tables.notice, tables.person
    columns: Iterable[Any] = (*notice.c, person.c.email, person.c.language, person.c.mailing)
    query = select(*columns).join(person, person.c.id == notice.c.person)
    query = query.where(*which, notice.c.read_at.is_(None), person.c.active, person.c.email.is_not(None))
    return [dict(row) for row in work.conn.execute(query.order_by(notice.c.id)).mappings()]


def _morning(work: Work) -> datetime:
    """The next one."""
    here = work.now.astimezone(work.zone)
    day = here.date() if here.time() < MORNING else here.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, work.zone)


def _language(liked: str | None) -> str:
    return liked or LANGUAGES[0]


def _words(row: Mapping[str, Any], language: str) -> str:
    message = row["message"] or {}
    return str(message.get(language) or next(iter(message.values()), ""))


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _about(row: Mapping[str, Any]) -> str | None:
    return f"{row['form']}/{row['record']}" if row["form"] and row["record"] else None


def _link(row: Mapping[str, Any], address: str) -> str:
    about = _about(row)
    return f"{address}/f/{about}" if about and address else ""


def _end(language: str, address: str) -> str:
    return f"— Formloom\n{_HOW.to(language)}" + (f"\n{address}/me" if address else "")
