"""Telling people: the one way by which a notice comes to be.

Why: whatever tells somebody something (an action, a task, a mention, a time that is over) writes the same row, wakes the
same bell, and lets the same channels know.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import insert

from engine.runtime.work import Work
from engine.storage import tables


def tell(work: Work, person: int, message: Mapping[str, str], form: str, record: int | None) -> None:
    """A notice to a person about a record; `message` maps languages to what they read."""
    table = tables.notice
    about = {"form": form, "record": record, "actor": work.actor.id}
    values = {"person": person, "at": work.now, "message": dict(message), **about}
    work.noticed.append(work.conn.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())
    work.told.add(person)
