"""A person's due tasks as an iCalendar feed, behind a link that only they know and can have renewed.

Why: people plan their day in the calendar of their phone, which can't sign in. The link's secret is kept only as its digest,
opens nothing but this list, and the old link is dead as soon as there is a new one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event
from sqlalchemy import Connection, select, update

from engine.runtime.sessions import digest
from engine.runtime.work import Work
from engine.runtime.workbench import WAITING, Item, Narrowed, bench
from engine.storage import tables
from engine.texts import text

BEFORE = timedelta(minutes=30)
"""How long before a task is due the calendar reminds of it."""

MOST = 500
"""How many tasks a feed has."""

PREFIX = "fld_"
"""How the secret of a feed begins, so that people and scanners of leaked secrets know one when they see it."""

_NAME = text("待办", "To do")


def renew(conn: Connection, person: int, secret: str) -> None:
    """From now on this is the person's secret, and no other."""
    conn.execute(update(tables.person).where(tables.person.c.id == person).values(feed=digest(secret)))


def end(conn: Connection, person: int) -> None:
    """There is no link any more."""
    conn.execute(update(tables.person).where(tables.person.c.id == person).values(feed=None))


def has(conn: Connection, person: int) -> bool:
    """Whether a person has a link."""
    return conn.execute(select(tables.person.c.feed).where(tables.person.c.id == person)).scalar() is not None


def whose(conn: Connection, secret: str) -> int | None:
    """The active person whose secret this is."""
    table = tables.person
    if not secret.startswith(PREFIX):
        return None
    found: int | None = conn.execute(select(table.c.id).where(table.c.feed == digest(secret), table.c.active)).scalar()
    return found


def dated(work: Work, most: int = MOST) -> tuple[Item, ...]:
    """What waits for the actor and has a time, the next first."""
    return tuple(item for item in bench(work, WAITING, Narrowed(), most).items if item.due is not None)


def written(items: Iterable[Item], language: str, address: str, now: datetime) -> bytes:
    """These tasks as RFC 5545 has it: an event at the moment when each is due, with a reminder half an hour before.
    `address`: where links lead, "": nowhere."""
    made = Calendar()
    made.add("prodid", "-//Formloom//tasks//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", _NAME.to(language))
    made.add("refresh-interval", timedelta(hours=1), parameters={"value": "DURATION"})
    for item in items:
        made.add_component(_event(item, language, address, now))
    return bytes(made.to_ical())


def _event(item: Item, language: str, address: str, now: datetime) -> Event:
    record, form = item.row.record, item.form
    state = form.workflow.states.get(str(record.values.get("state"))) if form.workflow is not None else None
    words = " · ".join(part for part in (form.title.to(language), state.title.to(language) if state else "") if part)
    assert item.due is not None
    event, bell = Event(), Alarm()
    event.add("uid", f"{form.name}-{record.id}@formloom")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", item.due.astimezone(UTC))
    event.add("summary", record.title or f"#{record.id}")
    event.add("description", words)
    if address:
        event.add("url", f"{address}/f/{form.name}/{record.id}")
    bell.add("action", "DISPLAY")
    bell.add("description", words)
    bell.add("trigger", -BEFORE)
    event.add_component(bell)
    return event
