"""Mails as they are written down: who is written to, in which language, one job of the queue for each.

Why: a mail leaves after the commit or not at all, and what failed for one address must not reach another twice. So each
receiver has a job of their own, written in the record's transaction with the words as they were at that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import func, select

from engine.runtime import runs
from engine.runtime.values import DEMO
from engine.runtime.work import Work
from engine.storage import tables
from engine.texts import LANGUAGES, Text, text

JOB = "mail"
"""The kind of job that sends one mail; its payload has `to subject text language`, and
`about attach` where prints of a record go with it."""

EMPTY = text("to 没有给出任何人", "to gives nobody")
NO_ADDRESS = text("{who} 没有邮箱地址", "{who} has no e-mail address")
GONE = text("{who} 已停用", "{who} is not active any more")
"""Why somebody isn't written to."""

Words = Callable[[str | None], tuple[str, str, str]]
"""What a mail says in a language (None: the definition's own): subject, text and that language."""


def write(
    work: Work, addresses: Iterable[str], persons: Iterable[int], words: Words, about: str | None,
    attach: tuple[str, ...] = (),
) -> None:  # fmt: skip
    """Have a mail sent to each of these addresses and persons, each once, in their language.

    `attach` names prints of the record `about`; they are made when the mail leaves.
    Who has no address, or isn't active any more, is left out, and the log of runs says so; nobody is written to when a demo
    is being made up.
    """
    if work.actor.channel == DEMO:
        return
    found, missed = _receivers(work, addresses, persons)
    if missed or not found:
        form, _, record = (about or "/").partition("/")
        why = Text({n: "; ".join(one.to(n) for one in missed or [EMPTY]) for n in LANGUAGES})
        runs.note_unreached(work, JOB, form, int(record) if record.isdigit() else None, why)
    for address, language in found.items():
        subject, text, spoken = words(language)
        send(work, address, subject, text, spoken, about, attach)


def send(
    work: Work, address: str, subject: str, text: str, language: str, about: str | None, attach: tuple[str, ...] = ()
) -> None:
    """Have one mail sent after the commit."""
    payload: dict[str, Any] = {"to": address, "subject": subject, "text": text, "language": language}
    if attach and about is not None:
        payload |= {"about": about, "attach": list(attach)}
    work.defer(JOB, payload, about=about)


def _receivers(
    work: Work, addresses: Iterable[str], persons: Iterable[int]
) -> tuple[dict[str, str | None], list[Text]]:
    """Address -> language, None where it is nobody's here; and who can't be written to, with why."""
    table = tables.person
    missed: list[Text] = []
    found: dict[str, str | None] = {}
    seen: set[str] = set()
    for given in addresses:
        address = given.strip()
        if not address or address.lower() in seen:
            continue
        seen.add(address.lower())
        theirs = select(table.c.language).where(func.lower(table.c.email) == address.lower(), table.c.active)
        found[address] = work.conn.execute(theirs).scalar()
    for id in persons:
        row = work.conn.execute(select(table.c.email, table.c.language, table.c.active).where(table.c.id == id)).first()
        if row is None or not row.active or not row.email:
            why = NO_ADDRESS if row is not None and row.active else GONE
            missed.append(Text({n: why.to(n).format(who=work.title_of("person", id)) for n in LANGUAGES}))
        elif row.email.lower() not in seen:
            seen.add(row.email.lower())
            found[row.email] = row.language
    return found, missed
