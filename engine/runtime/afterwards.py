"""What is done after the commit: for each kind of job, how.

Why: whoever defers something only names its kind; here the kinds meet the verbs. What only touches the database marks its
job as done in its own transaction, so it happens exactly once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection

from engine.definitions.model import ADMIN, EVERYONE
from engine.jobs.job import Done, GiveUp, Job, Kind
from engine.jobs.queue import worded
from engine.problems import Refused
from engine.runtime import automations, calls, flow, mail, mailed, moments, printing, runs, smtp, sweeping, timers
from engine.runtime.reading import Path
from engine.runtime.record import Record
from engine.runtime.times import AWAITED, TIMER, Bell
from engine.runtime.values import ANY, Actor
from engine.runtime.work import Work
from engine.settings import Settings
from engine.storage.blobs import Blobs
from engine.texts import LANGUAGES, Text, told

CLOCK = Actor(None, "Formloom", "", frozenset({ADMIN, EVERYONE}), channel="timer")
"""Who acts when a time is over."""

ROBOT = Actor(None, "Formloom", "", frozenset({ADMIN, EVERYONE}), channel="automation")
"""Who acts when an automation does."""

BUSY = 500
"""Problems of this HTTP status or more are the database's: the job is tried again."""


SWEEPING = timedelta(hours=2)
"""How long removing files may take before its server is taken for dead."""


T = TypeVar("T")


class Read(Protocol):
    """Does a unit of work that only reads, as `Engine.read`."""

    def __call__(self, actor: Actor, unit: Callable[[Work], T]) -> T:
        """See `Engine.read`."""


class Write(Protocol):
    """Does a unit of work, as `Engine.write`."""

    def __call__(self, actor: Actor, unit: Callable[[Work], Any], at: datetime | None = None) -> Any:
        """See `Engine.write`."""


def kinds(write: Write, read: Read, settings: Settings, clock: Callable[[], datetime], blobs: Blobs) -> dict[str, Kind]:
    """All kinds of jobs by name."""
    return {
        TIMER: Kind(lambda job, done: _ring(write, job, done)),
        mail.JOB: smtp.kind(settings.mail, lambda job: attached(write, job, blobs)),
        mailed.NOTICES: Kind(
            lambda job, done: _once(write, done, lambda work: mailed.look(work, job, settings.address))
        ),
        mailed.DIGEST: Kind(
            lambda job, done: _once(write, done, lambda work: mailed.gather(work, job, settings.address))
        ),
        calls.JOB: calls.kind(lambda unit: write(ROBOT, unit), settings, clock, _keep),
        automations.RUN: Kind(lambda job, done: _run(write, job, done), failed=_failed),
        automations.EVERY: Kind(lambda job, done: _come(write, job, done)),
        sweeping.JOB: _sweep(write, read, blobs, settings, clock),
    }


def attached(write: Write, job: Job, blobs: Blobs) -> list[printing.Printed]:
    """The prints that go with a mail, as the record is now, in the mail's language; a page as PDF where that can be made."""
    form, _, id = str(job.payload["about"]).partition("/")
    robot = replace(ROBOT, language=str(job.payload["language"]))

    def unit(work: Work) -> list[printing.Printed]:
        made = []
        for name in job.payload["attach"]:
            made.append(printing.sent(printing.printed(work, form, (int(id),), str(name), blobs.open)))
            printing.note(work, form, (int(id),), str(name))
        return made

    try:
        found: list[printing.Printed] = write(robot, unit)
    except Refused as refused:
        if any(p.status >= BUSY for p in refused.problems):
            raise
        raise GiveUp(Text({n: told(worded(refused), n) for n in LANGUAGES})) from refused
    return found


def _keep(work: Work, record: Record, given: set[Path], old: Record) -> None:
    """What an answer brings goes through the door that actions go through."""
    flow.settle(work, work.form(record.shape), record, given, old)
    flow.conclude(work, ANY)


def _once(write: Write, done: Done, unit: Callable[[Work], None]) -> None:
    """What touches only the database: it is done together with its mark."""

    def whole(work: Work) -> None:
        done(work.conn)
        unit(work)

    write(CLOCK, whole)


def _run(write: Write, job: Job, done: Done) -> None:
    """A run of an automation, for one record or none."""

    def unit(work: Work) -> None:
        done(work.conn)
        automations.run_later(work, flow.DOORS, job)
        flow.conclude(work, ANY)

    at = job.payload.get("at")
    write(ROBOT, unit, datetime.fromisoformat(at) if at is not None else None)


def _failed(conn: Connection, job: Job, error: str, dead: bool) -> None:
    """A run has failed: its row of the log says why, until it is tried again."""
    runs.note_failure(conn, job, error, "dead" if dead else "failed")


def _come(write: Write, job: Job, done: Done) -> None:
    """A scheduled time has come."""

    def unit(work: Work) -> None:
        done(work.conn)
        automations.come(work, job)

    write(ROBOT, unit)


def _sweep(write: Write, read: Read, blobs: Blobs, settings: Settings, clock: Callable[[], datetime]) -> Kind:
    """Files that nothing holds are removed. Whatever becomes of it, the next night is planned."""

    def do(job: Job, done: Done) -> None:
        sweeping.sweep(partial(read, CLOCK), partial(write, CLOCK), blobs, most=sweeping.FEW)

        def unit(work: Work) -> None:
            done(work.conn)
            sweeping.plan(work.conn, work.now, work.zone)

        write(CLOCK, unit)

    def failed(conn: Connection, job: Job, error: str, dead: bool) -> None:
        if dead:
            sweeping.plan(conn, clock(), settings.zone)

    return Kind(do, lease=SWEEPING, failed=failed)


def _ring(write: Write, job: Job, done: Done) -> None:
    """A timer rings. What its actions are refused for is told to people: waiting wouldn't make it right."""
    bell = Bell(**job.payload)

    def unit(work: Work, refused: Text | None = None) -> None:
        done(work.conn)
        if bell.clock == AWAITED:
            moments.ring(work, bell, refused)
        else:
            timers.ring(work, flow.DOORS, bell, refused)
        flow.conclude(work, ANY)

    try:
        write(CLOCK, unit)
    except Refused as refused:
        if any(p.status >= BUSY for p in refused.problems):
            raise
        reason = Text({spoken: "; ".join(p.message(spoken) for p in refused.problems) for spoken in LANGUAGES})
        write(CLOCK, lambda work: unit(work, reason))
