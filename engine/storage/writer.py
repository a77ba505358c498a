"""The only thread that writes to SQLite: it commits many callers' units of work at once.

Why: an fsync costs the same for one unit or sixty-four. Each unit has a savepoint of its own, so one that fails takes
back its own work only; nobody is told "done" before the commit is on disk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from engine.problems import Refused, problem
from engine.problems.storage import STORE_CLOSED

T = TypeVar("T")

GROUP = 64
"""How many units one commit takes at most: more would make the first of them wait for nothing."""


class Group(Exception):
    """The whole group was lost: beginning, committing or taking back failed."""


class _Job:
    """One unit with its future, and what came of it until the commit."""

    __slots__ = ("error", "future", "result", "unit")

    def __init__(self, unit: Callable[[Connection], Any]) -> None:
        self.unit, self.future = unit, Future[Any]()
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self, connection: Connection) -> None:
        """Do the unit within a savepoint. Raises Group when its work can't be taken back: the transaction is gone."""
        savepoint = connection.begin_nested()
        try:
            self.result = self.unit(connection)
            savepoint.commit()
        except BaseException as error:
            self.error = error
            try:
                savepoint.rollback()
            except Exception:
                raise Group from error

    def finish(self) -> None:
        """Tell the caller, after the commit."""
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """A thread with one connection and a queue of units.

    `failure` words what goes wrong with the whole group (begin, commit, disk) for each caller.
    """

    def __init__(self, engine: Engine, failure: Callable[[BaseException], BaseException]) -> None:
        self._engine, self._failure = engine, failure
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._open = True
        self._thread = threading.Thread(target=self._work, name="formloom-writer", daemon=True)
        self._thread.start()

    def write(self, unit: Callable[[Connection], T]) -> T:
        """Do `unit` on the writing connection and give what it gave, once that is on disk.

        The unit must be short, use no network, and neither commit nor roll back. What it raises is raised here and only
        its own work is taken back. Refused with `store_closed` after `close`; RuntimeError inside another unit.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("a unit of work can't start another: use the connection it was given")
        job = _Job(unit)
        with self._gate:
            if not self._open:
                raise Refused(problem(STORE_CLOSED))
            self._queue.put(job)
        result: T = job.future.result()
        return result

    def close(self) -> None:
        """Finish what is queued, then stop. Twice does no harm."""
        with self._gate:
            if self._open:
                self._open = False
                self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        more = True
        while more:
            jobs, more = self._next()
            if jobs:
                self._commit(jobs)

    def _next(self) -> tuple[list[_Job], bool]:
        """Wait for a unit, then take those that wait too; False at the end of all work."""
        jobs: list[_Job] = []
        taken = self._queue.get()
        while taken is not None:
            jobs.append(taken)
            if len(jobs) == GROUP:
                return jobs, True
            try:
                taken = self._queue.get_nowait()
            except Empty:
                return jobs, True
        return jobs, False

    def _commit(self, jobs: list[_Job]) -> None:
        try:
            with self._engine.connect() as connection, connection.begin():
                for job in jobs:
                    job.run(connection)
        except BaseException as error:
            cause = error.__cause__ if isinstance(error, Group) and error.__cause__ else error
            for job in jobs:
                job.future.set_exception(self._failure(cause))
            return
        for job in jobs:
            job.finish()
