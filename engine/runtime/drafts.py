"""Forms that were begun and not sent: kept for the person who filled them, offered again when they come back.

Why: a phone rings, a browser closes, somebody goes on at another desk. A draft is what was typed, as it was posted,
nothing of it is checked or computed; nobody else sees it, and it goes when the form is sent, thrown away or a month old.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, insert, select

from engine.problems import Refused
from engine.runtime import access
from engine.runtime.change import seen
from engine.runtime.work import Work
from engine.storage import tables

LASTS = timedelta(days=30)
"""How long a draft is kept after it was last typed into."""

EACH = 50
"""How many drafts one person may have; the oldest makes room."""


@dataclass(frozen=True)
class Unsent:
    """A draft: what was typed (JSON, as the page that keeps it understands it), and when last."""

    raw: Any
    at: datetime


def keep(work: Work, name: str, id: int | None, raw: Any) -> None:
    """Keep what the actor has typed into a new record's form (`id` None) or that of a record, in place of what was
    kept before. Refused: they may not create or change it."""
    form = work.form(name)
    action = "create" if id is None else "edit"
    can = access.may(form, work.actor, action)
    if id is not None:
        _, record = seen(work, name, id)
        can = action in access.rights(work, form, record).can
    if not can:
        raise Refused(access.forbidden(work.catalog, form, action))
    table = tables.draft
    drop(work, name, id)
    work.conn.execute(delete(table).where(table.c.at < work.now - LASTS))
    work.conn.execute(insert(table).values(person=work.actor.id, form=name, record=id, raw=raw, at=work.now))
    mine = (
        select(table.c.id).where(table.c.person == work.actor.id).order_by(table.c.id.desc()).offset(EACH).limit(EACH)
    )
    work.conn.execute(delete(table).where(table.c.id.in_(list(work.conn.execute(mine).scalars()))))


def kept(work: Work, name: str, id: int | None) -> Unsent | None:
    """The actor's draft for this form and record, unless it is too old; None when there is none."""
    table = tables.draft
    query = select(table.c.raw, table.c.at).where(_of(work, name, id), table.c.at >= work.now - LASTS)
    row = work.conn.execute(query).first()
    return Unsent(row.raw, row.at) if row is not None else None


def drop(work: Work, name: str, id: int | None) -> None:
    """Forget the actor's draft; none is no harm."""
    work.conn.execute(delete(tables.draft).where(_of(work, name, id)))


def _of(work: Work, name: str, id: int | None) -> ColumnElement[bool]:
    table = tables.draft
    mine = and_(table.c.person == work.actor.id, table.c.form == name)
    return and_(mine, table.c.record.is_(None) if id is None else table.c.record == id)
