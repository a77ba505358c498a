"""The log of automations and calls: what ran, what set it off, what it touched, and why it failed.

Why: what happens by itself must be as easy to follow as what people do. A job has one row, whatever its attempts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert

from engine.jobs.job import Job
from engine.runtime.work import Work
from engine.storage import tables


def note(
    work: Work, name: str, cause: Mapping[str, Any], state: str, *, effects: Any = None, job: Job | None = None
) -> None:
    """A row of the log: `state` is `done`, or `gone` (there was no record to do it for)."""
    table = tables.run
    if job is not None:
        work.conn.execute(delete(table).where(table.c.job == job.id))
    work.conn.execute(
        insert(table).values(
            automation=name, at=work.now, state=state, cause=dict(cause), effects=effects,
            job=job.id if job is not None else None, attempt=job.attempt if job is not None else 1,
        )
    )  # fmt: skip


def note_failure(conn: Connection, job: Job, error: str, state: str) -> None:
    """The row of a run that failed; there is one for each job, whatever the attempt."""
    table = tables.run
    conn.execute(delete(table).where(table.c.job == job.id))
    cause, name = job.payload["cause"], job.payload["automation"]
    values = {
        "automation": name,
        "at": job.due_at,
        "state": state,
        "cause": cause,
        "error": error,
        "attempt": job.attempt,
    }
    conn.execute(insert(table).values(**values, job=job.id))
