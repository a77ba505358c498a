"""Kept files that nothing holds any more: which they are, and how they go, each night.

Why: a file is brought before the record is sent, and many a record never is; a deleted record leaves its files behind.
Nothing goes that a record or its history, a draft or an import names, nor what came or was let go in the last week: what
is removed here is removed for good.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, and_, delete, exists, or_, select

from engine.definitions.model import Form, walk
from engine.jobs.table import defer
from engine.runtime.work import Work
from engine.storage import tables
from engine.storage.blobs import Blobs

T = TypeVar("T")

LASTS = timedelta(days=7)
"""For how long a file is kept after it was brought, or its record deleted."""

QUIET = 3600
"""A content that was brought again within so many seconds stays: its row may not be there yet."""

FEW = 100
"""How many contents that nothing names are removed in one night: more than crashes leave is somebody else's."""

HOUR = 3
"""When it is night, in the zone of the settings."""

AT_ONCE = 500
"""How many files are let go in one transaction."""

JOB = "sweep"
"""The kind of job that removes files; its key as well: only one waits."""


class Do(Protocol):
    """Does a unit of work, as `Engine.read` and `Engine.write` for one actor."""

    def __call__(self, unit: Callable[[Work], T]) -> T:
        """See there."""


@dataclass(frozen=True)
class Unheld:
    """A file that nothing holds: its number, name, size in bytes, when it was brought, where it lies. `saved`: a record that
    is gone held it. Without a number it is a content that nothing names: its server ended before it was entered."""

    id: int | None
    name: str
    size: int
    created_at: datetime
    path: str
    saved: bool


def unheld(work: Work) -> tuple[Unheld, ...]:
    """The files that nothing holds and nobody brought or let go lately, the oldest first."""
    found = {one.id: one for one in (*_never_saved(work), *_left_behind(work))}
    named = {*_in_drafts(work), *_in_values(work)} if found else set()
    return tuple(one for id, one in sorted(found.items()) if id not in named)


def nameless(read: Do, blobs: Blobs) -> tuple[Unheld, ...]:
    """The contents that nothing names and nobody brought lately: a server ended between keeping and entering them. Refused
    when the store elsewhere can't be reached."""
    found = list(blobs.brought(time.time() - LASTS.total_seconds()))
    named: set[str] = set()
    for start in range(0, len(found), AT_ONCE):
        named |= read(partial(_named, paths=[one.path for one in found[start : start + AT_ONCE]]))
    return tuple(
        Unheld(None, one.path.rpartition("/")[2], one.size, datetime.fromtimestamp(one.at, UTC), one.path, False)
        for one in found if one.path not in named
    )  # fmt: skip


def sweep(read: Do, write: Do, blobs: Blobs, *, most: int | None = None) -> tuple[Unheld, ...]:
    """Remove these files, and their contents where no other file has the same, then the contents that nothing names; gives
    what was removed. Refused when the store elsewhere can't be reached: the rest stays for the next time.

    Of more than `most` nameless contents all stay (None: however many): the folder may be that of another database.
    """
    before = time.time() - QUIET
    found = read(unheld)
    for start in range(0, len(found), AT_ONCE):
        for path in write(partial(_let_go, some=found[start : start + AT_ONCE])):
            blobs.forget(path, before)
    left = nameless(read, blobs)
    gone = [one for one in left if blobs.forget(one.path, before)] if most is None or len(left) <= most else []
    return (*found, *gone)


def plan(conn: Connection, now: datetime, zone: ZoneInfo) -> None:
    """Let it be done next night; once, however often this is asked."""
    night = now.astimezone(zone).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if night <= now:
        night += timedelta(days=1)
    defer(conn, JOB, {}, now=now, at=night.astimezone(UTC), key=JOB)


def _never_saved(work: Work) -> Iterator[Unheld]:
    table = tables.file
    query = select(table).where(table.c.record.is_(None), table.c.created_at < work.now - LASTS)
    return map(_unheld, work.conn.execute(query).mappings())


def _left_behind(work: Work) -> Iterator[Unheld]:
    """The files of deleted records. Those of a form that can't be read just now stay."""
    table, event, since = tables.file, tables.event, work.now - LASTS
    for name in work.conn.execute(select(table.c.form).where(table.c.record.is_not(None)).distinct()).scalars():
        if name not in work.catalog.forms or name not in work.layout.tables:
            continue
        rows = work.layout.table(name)
        there = exists().where(rows.c.id == table.c.record)
        lately = exists().where(event.c.form == name, event.c.record == table.c.record, event.c.at >= since)
        gone = and_(table.c.form == name, table.c.record.is_not(None), table.c.created_at < since, ~there, ~lately)
        yield from map(_unheld, work.conn.execute(select(table).where(gone)).mappings().all())


def _unheld(row: RowMapping) -> Unheld:
    return Unheld(row["id"], row["name"], row["size"], row["created_at"], row["path"], row["record"] is not None)


def _in_drafts(work: Work) -> Iterator[int]:
    """Whatever number stands in what somebody has begun to fill in: it may be that of a file."""
    for raw in work.conn.execute(select(tables.draft.c.raw)).scalars():
        yield from _numbers(raw)


def _numbers(raw: Any) -> Iterator[int]:
    if isinstance(raw, Mapping):
        raw = list(raw.values())
    if isinstance(raw, list):
        for one in raw:
            yield from _numbers(one)
    elif isinstance(raw, int) or (isinstance(raw, str) and raw.isascii() and raw.isdigit()):
        yield int(raw)


def _in_values(work: Work) -> Iterator[int]:
    for form in work.catalog.forms.values():
        if form.uploading:
            yield from _held_by(work, form)


def _held_by(work: Work, form: Form) -> Iterator[int]:
    for path, found in walk(form.fields):
        if found.field.uploads() is None or not found.stored:
            continue
        column = work.layout.table(".".join((form.name, *path[:-1]))).c[found.name]
        for ids in work.conn.execute(select(column).where(column.is_not(None))).scalars():
            yield from ids or ()


def _let_go(work: Work, some: Sequence[Unheld]) -> set[str]:
    """Forget these files, unless a record holds one by now that was never saved; gives the contents that nothing names."""
    table = tables.file
    saved = table.c.id.in_([one.id for one in some if one.saved])
    gone = table.c.id.in_([one.id for one in some]) & (table.c.record.is_(None) | saved)
    paths = set(work.conn.execute(delete(table).where(gone).returning(table.c.path)).scalars())
    if not paths:
        return paths
    return paths - _named(work, paths)


def _named(work: Work, paths: Collection[str]) -> set[str]:
    """Those of these contents that a file or an import names."""
    table, kept = tables.file, tables.imports
    still = select(table.c.path).where(table.c.path.in_(paths))
    brought = select(kept.c.path, kept.c.rejected).where(or_(kept.c.path.in_(paths), kept.c.rejected.in_(paths)))
    return set(work.conn.execute(still).scalars()) | {path for row in work.conn.execute(brought) for path in row}
