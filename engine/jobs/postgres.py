"""Jobs on PostgreSQL: `procrastinate` wakes a worker for each, on whichever server has one; its only user.

Why: a job's row (`table`) says what is to be done and is the only truth about it. Its ticket, a job of procrastinate's,
is deferred on the record's own connection and in its transaction, so both are there or neither; a ticket that comes twice
finds the row gone. What workers that died had begun is given back by their missing heartbeat.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import psycopg
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as Ticket
from procrastinate.jobs import Status
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

TASK = QUEUE = "formloom"

AT_ONCE = 4
"""How many jobs one worker does at the same time."""

HEARTBEAT, STALLED = 10.0, 30.0
"""Seconds between a worker's signs of life, and after how many without one its jobs are given to others."""

AWAY = 2.0
"""Seconds until a worker that lost the database tries again."""

log = logging.getLogger("formloom")
logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # what fails is told by the row and by our own log

_deferring = App(connector=SyncPsycopgConnector())


class Again(Exception):
    """The ticket is to come again at this moment (of the database's clock)."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at)
        self.at = at


class Retry(BaseRetryStrategy):
    """Comes again when the job's row says so, and only then."""

    def get_retry_decision(self, *, exception: BaseException, job: Ticket) -> RetryDecision | None:
        """See the class."""
        return RetryDecision(retry_at=exception.at) if isinstance(exception, Again) else None


class Taking(Protocol):
    """What the worker asks of the queue."""

    def turn(self, id: int) -> timedelta | None:
        """Do the job if it is due. Gives how long until it is to come again, None: not at all."""

    def giveback(self, id: int) -> None:
        """Its worker died: the job may be taken at once."""

    def orphans(self) -> None:
        """Give new tickets to jobs that are due and have none."""


def install(conn: Connection) -> None:
    """Make procrastinate's tables where there are none; the caller is alone."""
    if conn.execute(text("SELECT to_regclass('procrastinate_jobs')")).scalar() is None:
        _driver(conn).execute(SchemaManager.get_schema())


def issue(conn: Connection, id: int, wait: timedelta) -> int:
    """A ticket for a job, in the transaction of `conn`; gives its number. It comes after `wait`: by the database's clock,
    whatever clock the job's moment was told by."""
    at = datetime.now(UTC) + wait if wait else None
    deferrer = _deferring.configure_task(TASK, queue=QUEUE, schedule_at=at, connection=_driver(conn))
    try:
        return deferrer.defer(job=id)
    except ConnectorException as error:
        raise _worded(error) from error


def withdraw(conn: Connection, ticket: int | None) -> None:
    """Take a ticket back; one that a worker has already finds no job."""
    if ticket is not None:
        try:
            _deferring.job_manager.cancel_job_by_id(ticket, delete_job=True, connection=_driver(conn))
        except ConnectorException as error:
            raise _worded(error) from error


def pull(conn: Connection, tickets: list[int]) -> None:
    """These tickets come now: the clock that jobs are told by has moved on faster than the database's."""
    conn.execute(
        text("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE id = ANY(:ids) AND status = 'todo'"),
        {"ids": tickets},
    )


def without_ticket(conn: Connection, now: datetime) -> list[int]:
    """Jobs that are due and whose ticket is lost: they came with a copy of another database."""
    found = text(
        "SELECT j.id FROM sys_job j LEFT JOIN procrastinate_jobs t ON t.id = j.ticket AND t.status IN ('todo', 'doing')"
        " WHERE j.state = 'ready' AND j.due_at <= :now AND t.id IS NULL ORDER BY j.due_at LIMIT 1000 FOR UPDATE OF j"
    )
    return list(conn.execute(found, {"now": now}).scalars())


class Worker:
    """Runs procrastinate's worker on a database; `address` is that of psycopg. Safe to start and stop from any thread."""

    def __init__(self, address: str, taking: Taking, *, heartbeat: float = HEARTBEAT, stalled: float = STALLED) -> None:
        self._address, self._taking = address, taking
        self._heartbeat, self._stalled = heartbeat, stalled
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._end: Callable[[], None] = lambda: None

    def once(self) -> None:
        """Do what is due, in a thread of its own, and come back."""
        failed: list[BaseException] = []

        def run() -> None:
            try:
                asyncio.run(self._work(wait=False))
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=run, name="formloom-jobs")
        thread.start()
        thread.join()
        if failed:
            raise failed[0]

    def start(self) -> None:
        """Work in the background until `stop`, however often the database is away."""
        self._thread = threading.Thread(target=self._forever, name="formloom-jobs", daemon=True)
        self._thread.start()

    def stop(self, patience: float) -> None:
        """Take no more, finish what was begun, at most so many seconds. Twice does no harm."""
        self._stop.set()
        self._end()
        if self._thread is not None:
            self._thread.join(patience)

    def _forever(self) -> None:
        while not self._stop.is_set():
            try:
                asyncio.run(self._work(wait=True))
            except Exception as error:
                log.warning("jobs wait: the database can't be used (%s)", type(error).__name__)
            self._stop.wait(AWAY)

    async def _work(self, *, wait: bool) -> None:
        connector = PsycopgConnector(
            conninfo=self._address, min_size=1, max_size=3, kwargs={"application_name": "formloom"}
        )
        app = self._app(connector)
        async with app.open_async():
            await self._housekeeping(app)
            run = asyncio.ensure_future(
                app.run_worker_async(
                    queues=[QUEUE], wait=wait, listen_notify=wait, concurrency=AT_ONCE if wait else 1,
                    install_signal_handlers=False, delete_jobs="successful", shutdown_graceful_timeout=20,
                    update_heartbeat_interval=self._heartbeat, stalled_worker_timeout=self._stalled,
                )
            )  # fmt: skip
            loop = asyncio.get_running_loop()
            self._end = lambda: None if loop.is_closed() else _soon(loop, run)
            if self._stop.is_set():
                run.cancel()
            try:
                await run
            except asyncio.CancelledError:
                pass
            finally:
                self._end = lambda: None

    def _app(self, connector: PsycopgConnector) -> App:
        app = App(connector=connector)

        @app.task(name=TASK, queue=QUEUE, retry=Retry())
        def turn(job: int) -> None:
            wait = self._taking.turn(job)
            if wait is not None:
                raise Again(datetime.now(UTC) + wait)

        @app.periodic(cron="* * * * *")
        @app.task(name="housekeeping", queue=QUEUE, queueing_lock="housekeeping")
        async def housekeeping(timestamp: int) -> None:
            await self._housekeeping(app)

        return app

    async def _housekeeping(self, app: App) -> None:
        for stalled in await app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=self._stalled):
            job = stalled.task_kwargs.get("job")
            if isinstance(job, int):
                await asyncio.to_thread(self._taking.giveback, job)
                await app.job_manager.retry_job(stalled)
            else:  # housekeeping itself: the next waits already, and two that wait are refused
                await app.job_manager.finish_job(stalled, Status.FAILED, delete_job=True)
        await asyncio.to_thread(self._taking.orphans)


def _soon(loop: asyncio.AbstractEventLoop, run: asyncio.Future[Any]) -> None:
    try:
        loop.call_soon_threadsafe(run.cancel)
    except RuntimeError:
        return  # it has just ended by itself


def _driver(conn: Connection) -> psycopg.Connection[Any]:
    found = conn.connection.driver_connection
    assert isinstance(found, psycopg.Connection)
    return found


def _worded(error: ConnectorException) -> BaseException:
    """The database's own error, as whoever runs units of work knows it: one that lost a race is run again."""
    cause = error.__cause__
    if isinstance(cause, psycopg.Error):
        kind = OperationalError if isinstance(cause, psycopg.OperationalError) else DBAPIError
        return kind("procrastinate", {}, cause)
    return error
