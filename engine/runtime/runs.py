"""The log of automations and calls: what ran, what set it off, what it touched, and why it failed.

Why: what happens by itself must be as easy to follow as what people do. A job has one row, whatever its attempts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select

from engine.definitions.model import Automation
from engine.jobs import table as jobs
from engine.jobs.job import Job
from engine.problems import Refused, problem
from engine.problems.web import ADMINS_READ
from engine.runtime.work import Work
from engine.storage import tables
from engine.texts import Text, kept


def note(
    work: Work,
    name: str,
    cause: Mapping[str, Any],
    state: str,
    *,
    effects: Any = None,
    job: Job | None = None,
    error: str | None = None,
) -> None:
    """A row of the log: how it ended (`STATES`), and the `error` (as `texts.kept`) where there is one."""
    table = tables.run
    if job is not None:
        work.conn.execute(delete(table).where(table.c.job == job.id))
    work.conn.execute(
        insert(table).values(
            automation=name, at=work.now, state=state, cause=dict(cause), effects=effects, error=error,
            job=job.id if job is not None else None, attempt=job.attempt if job is not None else 1,
        )
    )  # fmt: skip


def note_unreached(work: Work, event: str, form: str, record: int | None, why: Text) -> None:
    """A `mail` or `notify` (the event) of what is being done reached nobody, or not all: the log says whom not, and why."""
    cause = work.cause
    found = {
        "event": event,
        "form": form,
        "record": record,
        "person": work.actor.id,
        "by": cause.kind if cause else None,
    }
    note(work, cause.name if cause else "", found, "nobody", error=kept(why))


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


# -- reading -----------------------------------------------------------------------------------------------------------

STATES = ("done", "failed", "dead", "refused", "nobody", "gone", "late")
"""How a run may have ended: it did; it failed and comes again; it was given up; what another system sent was refused; a mail
or notice of it reached nobody, or not all; its record was gone; its answer came too late to be kept."""


@dataclass(frozen=True)
class Run:
    """A run of an automation, or a call. `cause` and `effects` as in `tables.Run`; `job` is the job that can be tried
    again (None: there is none)."""

    id: int
    automation: str
    at: datetime
    state: str
    cause: Mapping[str, Any]
    effects: Sequence[Sequence[Any]]
    error: str
    attempt: int
    job: int | None


@dataclass(frozen=True)
class Dead:
    """A job that was given up. `kind` and `about` as in `tables.Job`."""

    id: int
    kind: str
    about: str
    error: str
    attempt: int
    at: datetime


def log(work: Work, *, automation: str = "", state: str = "", limit: int = 100) -> tuple[Run, ...]:
    """The latest runs, the newest first; for administrators."""
    _admin(work)
    table, job = tables.run, tables.job
    dead = select(job.c.id).where(job.c.id == table.c.job, job.c.state == jobs.DEAD).scalar_subquery()
    query = select(*(c for c in table.c if c.name != "job"), dead.label("job")).order_by(
        table.c.at.desc(), table.c.id.desc()
    )
    if automation:
        query = query.where(table.c.automation == automation)
    if state:
        query = query.where(table.c.state == state)
    rows = work.conn.execute(query.limit(limit)).mappings()
    return tuple(map(_run, rows))


@dataclass(frozen=True)
class Known:
    """An automation: when it comes next (None: it isn't by the clock, or not planned yet), and its latest run (None: none)."""

    automation: Automation
    next: datetime | None
    last: Run | None


def known(work: Work) -> tuple[Known, ...]:
    """All automations, as the catalog has them; for administrators."""
    _admin(work)
    table, job = tables.run, tables.job
    planned = select(job.c.payload, job.c.due_at).where(job.c.kind == "every", job.c.state == jobs.READY)
    next = {row.payload["automation"]: row.due_at for row in work.conn.execute(planned)}
    latest = select(func.max(table.c.id)).where(table.c.state != "nobody").group_by(table.c.automation)
    rows = work.conn.execute(select(table).where(table.c.id.in_(latest))).mappings()
    last = {row["automation"]: _run(row) for row in rows}
    return tuple(Known(one, next.get(name), last.get(name)) for name, one in work.catalog.automations.items())


def _run(row: RowMapping) -> Run:
    return Run(**{**row, "effects": row["effects"] or [], "error": row["error"] or ""})


def counts(work: Work) -> dict[str, int]:
    """State -> how many runs ended so; for administrators."""
    _admin(work)
    table = tables.run
    return dict(work.conn.execute(select(table.c.state, func.count()).group_by(table.c.state)).all())


def given_up(work: Work) -> tuple[Dead, ...]:
    """The jobs that were given up, the newest first; for administrators."""
    _admin(work)
    job = tables.job
    query = select(job.c.id, job.c.kind, job.c.about, job.c.error, job.c.attempt, job.c.due_at.label("at"))
    rows = work.conn.execute(query.where(job.c.state == jobs.DEAD).order_by(job.c.id.desc()).limit(100)).mappings()
    return tuple(Dead(**{**row, "about": row["about"] or "", "error": row["error"] or ""}) for row in rows)


def retry(work: Work, job: int) -> bool:
    """Have a job that was given up tried again, from the first attempt; False when there is none. For administrators."""
    _admin(work)
    found = jobs.revive(work.conn, job, work.now)
    work.deferred = work.deferred or found
    return found


def _admin(work: Work) -> None:
    if not work.actor.admin:
        raise Refused(problem(ADMINS_READ))
