"""The durable queue: whoever needs something done later writes it down; whoever works takes what is due and does it.

Why: one seam with two engines. On SQLite threads of the server take jobs through its writer; on PostgreSQL procrastinate
wakes workers, in the server or beside it (`formloom worker`). What is done, how often, and what becomes of failures is
the same, and the clock is handed in.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_hex

from sqlalchemy import Connection

from engine.jobs import postgres, table
from engine.jobs.job import LEASE, Failed, GiveUp, Interrupted, Job, Kind, Lost, pause
from engine.problems import Refused
from engine.problems.storage import STORE_CLOSED
from engine.storage.store import Store
from engine.texts import LANGUAGES, Text, kept, text, told

THREADS = 3
"""How many jobs a server on SQLite does at the same time."""

LOOK = 1.0
"""Seconds between looks for what has become due."""

PATIENCE = 25.0
"""Seconds that a worker has for what it has begun when it is told to stop."""

ROUNDS = 10_000
"""How many jobs `run_due` does at most: jobs that keep making jobs would never end."""

log = logging.getLogger("formloom")


class Queue:
    """See the module. `kinds`: what jobs there are and how they are done; to be filled before anything is run. Safe to
    use from several threads."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime], *, chance: Callable[[], float] = random.random,
        heartbeat: float = postgres.HEARTBEAT, stalled: float = postgres.STALLED,
    ) -> None:  # fmt: skip
        self.kinds: dict[str, Kind] = {}
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{token_hex(4)}"
        self._store, self._clock, self._chance = store, clock, chance
        self._threads: list[threading.Thread] = []
        self._news, self._stop = threading.Condition(), False
        self._count = 0
        self._worker: postgres.Worker | None = None
        if store.address is not None:
            self._worker = postgres.Worker(store.address, self, heartbeat=heartbeat, stalled=stalled)

    # -- working -------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Work in the background until `close`. On SQLite this server is the only one: what an earlier one had begun is
        taken up at once."""
        if self._worker is not None:
            self._worker.start()
            return
        self._store.write(lambda conn: table.release(conn, self._clock()))
        for number in range(THREADS):
            thread = threading.Thread(target=self._work, name=f"formloom-jobs-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def wake(self) -> None:
        """Something was deferred and is there now. On PostgreSQL the database tells by itself."""
        with self._news:
            self._news.notify()

    def close(self) -> None:
        """Take no more and finish what was begun; what isn't finished in time is given back. Twice does no harm."""
        with self._news:
            self._stop = True
            self._news.notify_all()
        if self._worker is not None:
            self._worker.stop(PATIENCE)
            return
        for thread in self._threads:
            thread.join(PATIENCE)
        if any(thread.is_alive() for thread in self._threads):
            self._store.write(lambda conn: table.release(conn, self._clock(), self.owner))
        self._threads = []

    def run_due(self) -> int:
        """Do here and now all that is due, and what becomes of it; gives how many jobs were done or tried."""
        before, done = self._count, 0
        while done < ROUNDS:
            if self._worker is not None:
                self._pull()
                self._worker.once()
            else:
                job = self._take()
                if job is not None:
                    self._do(job)
            if self._count - before == done:
                break
            done = self._count - before
        return done

    # -- what a worker of procrastinate asks ---------------------------------------------------------------------------

    def turn(self, id: int) -> timedelta | None:
        """Do the job if it is due. Gives how long until it is to come again, None: not at all."""
        job = self._take(id)
        if job is not None:
            again = self._do(job)
            return again - self._clock() if again is not None else None
        with self._store.read() as conn:
            due = table.due(conn, id)
        return max(due - self._clock(), timedelta(seconds=1)) if due is not None else None

    def giveback(self, id: int) -> None:
        """Its worker died: the job may be taken at once."""
        self._store.write(lambda conn: table.release(conn, self._clock(), id=id))

    def orphans(self) -> None:
        """Give new tickets to jobs that are due and have none."""
        now = self._clock()
        self._store.write(lambda conn: table.renew(conn, postgres.without_ticket(conn, now)))

    # -- inner ---------------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while not self._stop:
            try:
                job = self._take()
                if job is not None:
                    self._do(job)
                    continue
            except Refused as refused:  # the disk is full, or the server is stopping
                if refused.problems[0].code != STORE_CLOSED:
                    log.error("jobs wait: %s", refused.problems[0].message("en"))
            except Exception:
                log.exception("a job could not be taken")
            with self._news:
                if not self._stop:
                    self._news.wait(LOOK)

    def _take(self, id: int | None = None) -> Job | None:
        now = self._clock()
        if id is None:
            with self._store.read() as conn:
                due = table.next_due(conn)
            if due is None or due > now:
                return None
        leases = {name: kind.lease for name, kind in self.kinds.items() if kind.lease != LEASE}
        found = self._store.write(lambda conn: table.claim(conn, now, self.owner, LEASE, id=id, longer=leases))
        return found[0] if found else None

    def _do(self, job: Job) -> datetime | None:
        """Do a job that was taken; gives when it comes again, None: it is over."""
        self._count += 1
        kind = self.kinds.get(job.kind)
        marked = False

        def done(conn: Connection) -> None:
            nonlocal marked
            if not table.finish(conn, job):
                raise Lost
            marked = True

        try:
            if kind is None:
                raise GiveUp(text(f"这里没有办“{job.kind}”类作业的", f"nothing here does jobs of the kind {job.kind}"))
            kind.do(job, done)
            if not marked:
                self._store.write(lambda conn: table.finish(conn, job))
        except Interrupted:
            self._store.write(lambda conn: table.release(conn, self._clock(), self.owner, job.id))
            return self._clock()
        except Lost:
            log.info("job %s (%s) is not ours any more", job.id, job.kind)
        except Exception as error:
            return self._failed(job, kind, error)
        return None

    def _failed(self, job: Job, kind: Kind | None, error: Exception) -> datetime | None:
        words = worded(error)
        over = isinstance(error, GiveUp) or kind is None or job.attempt >= kind.tries
        now = self._clock()
        again = None if over else now + pause(job.attempt, self._chance)
        log.warning("job %s (%s) failed, attempt %s: %s", job.id, job.kind, job.attempt, told(words, "en"))
        if not isinstance(error, Refused | Failed):
            log.debug("job %s", job.id, exc_info=error)

        def unit(conn: Connection) -> None:
            if table.fail(conn, job, words, again, now) and kind is not None:
                kind.failed(conn, job, words, over)

        self._store.write(unit)
        return again

    def _pull(self) -> None:
        now = self._clock()

        self._store.write(lambda conn: postgres.pull(conn, table.tickets(conn, now, ROUNDS)))


def worded(error: BaseException) -> str:
    """An error as it is kept for administrators, each of whom reads it in their language (`texts.told`)."""
    if isinstance(error, Refused):
        return kept(Text({spoken: "; ".join(p.message(spoken) for p in error.problems) for spoken in LANGUAGES}))
    return str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
