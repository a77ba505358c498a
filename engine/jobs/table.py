"""The table of jobs: written in the transaction of whoever needs something done, read by whoever does it.

Why: on both databases one row says what is to be done, and one column when (`due_at`): whoever takes a job moves it
forward, so a worker that dies gives it back by doing nothing. A worker that was too slow is told by owner and attempt.
On PostgreSQL each job has a ticket at `procrastinate`, which wakes a worker on some server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, Row, case, delete, func, literal, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.columns import POSTGRESQL
from engine.jobs import postgres
from engine.jobs.job import Job
from engine.storage.tables import job as table

READY, DEAD = "ready", "dead"

NOTHING: Mapping[str, timedelta] = {}

LONGEST_ERROR = 2000
"""How many characters of an error are kept."""


def defer(
    conn: Connection, kind: str, payload: Mapping[str, Any], *, now: datetime, at: datetime | None = None,
    key: str | None = None, about: str | None = None,
) -> int | None:  # fmt: skip
    """Write down a job, to be done `at` (None: soon), and give its id; it is there when `conn` commits.

    None: one with this `key` is waiting already; that one stands.
    """
    at = max(at or now, now)
    values = {
        "uid": token_hex(16), "kind": kind, "key": key, "about": about, "payload": dict(payload), "state": READY,
        "due_at": at, "attempt": 0, "created_at": now,
    }  # fmt: skip
    insert = postgresql.insert if _shared(conn) else sqlite.insert
    new = insert(table).values(**values)
    if key is not None:
        new = new.on_conflict_do_nothing(index_elements=["key"], index_where=text(f"state = '{READY}'"))
    id: int | None = conn.execute(new.returning(table.c.id)).scalar()
    if id is not None:
        _ticket(conn, id, at - now)
    return id


def cancel(conn: Connection, *, kind: str, about: str | None = None, key: str | None = None) -> int:
    """Take back the jobs of this kind that are about this, or have this key; gives how many. One that somebody is at
    can't finish any more."""
    wanted = [table.c.kind == kind, table.c.state == READY]
    if about is not None:
        wanted.append(table.c.about == about)
    if key is not None:
        wanted.append(table.c.key == key)
    gone = conn.execute(delete(table).where(*wanted).returning(table.c.ticket)).scalars().all()
    if _shared(conn):
        for ticket in gone:
            postgres.withdraw(conn, ticket)
    return len(gone)


def claim(
    conn: Connection, now: datetime, owner: str, lease: timedelta, *, limit: int = 1, id: int | None = None,
    longer: Mapping[str, timedelta] = NOTHING,
) -> list[Job]:  # fmt: skip
    """Take jobs that are due, the earliest first; until the lease ends nobody else gets them. `id`: only that one;
    `longer`: the leases of kinds that have others."""
    due = select(table.c.id).where(table.c.state == READY, table.c.due_at <= now)
    if id is not None:
        due = due.where(table.c.id == id)
    due = due.order_by(table.c.due_at, table.c.id).limit(limit)
    if _shared(conn):
        due = due.with_for_update(skip_locked=True)
    before = {row.id: row.due_at for row in conn.execute(due.add_columns(table.c.due_at))}
    taken = (
        update(table)
        .where(table.c.id.in_(before))
        .values(due_at=_until(now, lease, longer), attempt=table.c.attempt + 1, owner=owner)
        .returning(table)
    )
    rows = conn.execute(taken).all() if before else []
    return sorted((_job(row, before[row.id]) for row in rows), key=lambda job: (job.due_at, job.id))


def held(conn: Connection, job: Job) -> bool:
    """Whether the job is still its owner's."""
    return conn.execute(select(table.c.id).where(*_held(job))).first() is not None


def finish(conn: Connection, job: Job) -> bool:
    """The job is done. False: it isn't its owner's any more."""
    return conn.execute(delete(table).where(*_held(job))).rowcount == 1


def fail(conn: Connection, job: Job, error: str, again: datetime | None, now: datetime) -> bool:
    """The job has failed: it comes `again` then, or is given up `now` (None). False: it isn't its owner's any more."""
    state = {"due_at": again} if again is not None else {"state": DEAD, "due_at": now}
    noted = update(table).where(*_held(job)).values(owner=None, error=error[:LONGEST_ERROR], **state)
    return conn.execute(noted).rowcount == 1


def release(conn: Connection, now: datetime, owner: str | None = None, id: int | None = None) -> int:
    """Give back at once what this owner has taken (None: what anybody has); gives how many."""
    theirs = [table.c.state == READY, table.c.owner == owner if owner is not None else table.c.owner.is_not(None)]
    if id is not None:
        theirs.append(table.c.id == id)
    return conn.execute(update(table).where(*theirs).values(due_at=now, owner=None)).rowcount


def revive(conn: Connection, id: int, now: datetime) -> bool:
    """Try a job again that was given up. False: there is none."""
    again = update(table).where(table.c.id == id, table.c.state == DEAD)
    if conn.execute(again.values(state=READY, due_at=now, attempt=0)).rowcount == 0:
        return False
    _ticket(conn, id, timedelta())
    return True


def given_up(conn: Connection) -> Sequence[Row[Any]]:
    """The jobs that were given up, the oldest first: their `id kind about error`."""
    query = select(table.c.id, table.c.kind, table.c.about, table.c.error).where(table.c.state == DEAD)
    return conn.execute(query.order_by(table.c.id)).all()  # type: ignore[return-value]


def next_due(conn: Connection) -> datetime | None:
    """When the earliest job is due; None: there is none."""
    found: datetime | None = conn.execute(select(func.min(table.c.due_at)).where(table.c.state == READY)).scalar()
    return found


def due(conn: Connection, id: int) -> datetime | None:
    """When this job is due; None: it is done, or given up."""
    wanted = select(table.c.due_at).where(table.c.id == id, table.c.state == READY)
    found: datetime | None = conn.execute(wanted).scalar()
    return found


def tickets(conn: Connection, now: datetime, limit: int) -> list[int]:
    """The tickets of jobs that are due and that nobody has taken."""
    waits = select(table.c.ticket).where(table.c.state == READY, table.c.due_at <= now, table.c.ticket.is_not(None))
    return list(conn.execute(waits.order_by(table.c.due_at).limit(limit)).scalars())


def renew(conn: Connection, ids: Sequence[int]) -> None:
    """Give jobs a new ticket: theirs is lost, or they came with a copy of another database."""
    for id in ids:
        _ticket(conn, id, timedelta())


def _until(now: datetime, lease: timedelta, longer: Mapping[str, timedelta]) -> Any:
    if not longer:
        return now + lease
    ends = {kind: literal(now + more, table.c.due_at.type) for kind, more in longer.items()}
    return case(ends, value=table.c.kind, else_=literal(now + lease, table.c.due_at.type))


def _ticket(conn: Connection, id: int, wait: timedelta) -> None:
    if _shared(conn):
        ticket = postgres.issue(conn, id, wait)
        conn.execute(update(table).where(table.c.id == id).values(ticket=ticket))


def _held(job: Job) -> list[Any]:
    return [
        table.c.id == job.id, table.c.state == READY, table.c.owner == job.owner, table.c.attempt == job.attempt,
    ]  # fmt: skip


def _job(row: Row[Any], due_at: datetime) -> Job:
    return Job(row.id, row.uid, row.kind, row.about, row.payload, row.attempt, row.owner, due_at, row.created_at)


def _shared(conn: Connection) -> bool:
    return conn.dialect.name == POSTGRESQL
