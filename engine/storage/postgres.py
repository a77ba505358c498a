"""PostgreSQL as a server's database: each unit of work a serializable transaction of its own, readers beside them.

Why: several servers may work on one database, so there is no writer thread and no lock on the whole. A unit that lost a
race (it read what another has changed meanwhile) is done again from its beginning; who loses again waits in a line, so
that the losers don't disturb each other for ever. A unit may therefore run several times and must change nothing but the
database. Readers can't write and see one moment.
"""

from __future__ import annotations

import logging
import re
import secrets
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import orjson
import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from engine.columns import POSTGRESQL
from engine.expressions import sql
from engine.problems import Refused, problem
from engine.problems.settings import BAD_DATABASE
from engine.problems.storage import (
    STORE_AWAY,
    STORE_BUSY,
    STORE_CLOSED,
    STORE_ENCODING,
    STORE_FAILED,
    STORE_OLD,
    STORE_RIGHTS,
    STORE_UNSURE,
)
from engine.storage import channel
from engine.storage.serials import BESIDE, Beside, Pretended

T = TypeVar("T")

LEAST = 14
"""The oldest PostgreSQL that is used: what is older gets no fixes any more."""

STATEMENTS = 8192
"""How many compiled statements are kept: about eight for each of a thousand forms."""

WRITERS = 16
"""How many units of work run at once in one server; a further one waits for its turn."""

PATIENCE = 30
"""Seconds that a unit or a reader waits for a connection, and a unit in line for its turn."""

FREELY, IN_LINE = 2, 24
"""How often a unit that loses races is tried beside the others, and then with the other losers waiting."""

ALONE, LINE = 0x464D_0001, 0x464D_0002
"""Advisory locks: of what only one server may do at a time, and of the line of those that lost a race."""

LOST_RACE = frozenset({"40001", "40P01"})
TAKEN = "23505"
"""A value that must be unique is there: of a unit that ran freely perhaps because of another that it hadn't seen yet."""

BUSY = frozenset({"55P03", "57014", "53300"})
GONE = frozenset({"57P01", "57P02", "57P03", "57P05"})
STALE_PLAN = "0A000"
"""A statement was prepared before a table was changed; it is prepared anew the next time."""

SESSION = "SET TIME ZONE 'UTC'; SET lock_timeout = '10s'; SET jit = off; SET client_min_messages = warning"

SAY = text("SELECT pg_notify(:channel, :said)")

log = logging.getLogger("formloom")

_KEY = re.compile(r"\((?P<columns>.*?)\)=\(")


class Postgres:
    """The strategy for a PostgreSQL database; `url` is a checked `postgresql://…`."""

    dialect, shared = POSTGRESQL, True

    def __init__(self, url: str, readers: int) -> None:
        address = _address(url)
        self._name = f"{address.host or address.query.get('host', 'localhost')}/{address.database}"
        write, read = psycopg.IsolationLevel.SERIALIZABLE, psycopg.IsolationLevel.REPEATABLE_READ
        self._writing = _engine(address, write, pool_size=WRITERS)
        self._reading = _engine(address, read, read_only=True, pool_size=readers)
        self._aside = _engine(address, None, pool_size=8)
        self._address = address
        self.address: str | None = _for_driver(self._aside.dialect, address)
        self._channel: channel.Channel | None = None
        self._me = secrets.token_hex(4)
        self._gate = threading.Condition()
        self._open, self._running = True, 0
        self._line = threading.Lock()
        self._inside = threading.local()
        try:
            with self._aside.connect() as connection:
                self._check(connection, address)
            self.write(sql.install_postgres, alone=True)
        except DBAPIError as error:
            self.close()
            raise self.failure(error) from error
        except BaseException:
            self.close()
            raise

    def write(self, unit: Callable[[Connection], T], *, alone: bool = False) -> T:
        """See `Store.write`."""
        if getattr(self._inside, "unit", False):
            raise RuntimeError("a unit of work can't start another: use the connection it was given")
        with self._gate:
            if not self._open:
                raise Refused(problem(STORE_CLOSED))
            self._running += 1
        self._inside.unit = True
        try:
            return self._tried(unit, alone)
        except (DBAPIError, PoolTimeout) as error:
            worded = self.failure(error)
            if worded is error:
                raise
            raise worded from error
        finally:
            self._inside.unit = False
            with self._gate:
                self._running -= 1
                self._gate.notify_all()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """See `Store.read`."""
        try:
            with self._reading.connect() as connection:
                yield connection
        except (DBAPIError, PoolTimeout) as error:
            worded = self.failure(error)
            if worded is error:
                raise
            raise worded from error

    def rehearse(self, unit: Callable[[Connection], T]) -> T:
        """See `Store.rehearse`: a transaction that is taken back."""
        try:
            return self._taken_back(unit)
        except (DBAPIError, PoolTimeout) as error:
            worded = self.failure(error)
            if worded is error:
                raise
            raise worded from error

    def listen(self, heard: Callable[[str | None], None]) -> None:
        """See `Store.listen`."""
        if self._channel is None:
            address = self.address or ""
            self._channel = channel.Channel(lambda: psycopg.connect(address, autocommit=True), self._other(heard))

    def tell(self, said: str) -> None:
        """See `Store.tell`."""
        try:
            with self._aside.connect() as connection:
                connection.execute(SAY, {"channel": channel.NAME, "said": f"{self._me}:{said}"})
        except (DBAPIError, PoolTimeout):
            log.warning("other servers could not be told what happened")

    def _other(self, heard: Callable[[str | None], None]) -> Callable[[str | None], None]:
        """Leaves out what this server said itself."""

        def other(said: str | None) -> None:
            who, _, words = (said or "").partition(":")
            if who != self._me:
                heard(None if said is None else words)

        return other

    def close(self) -> None:
        """See `Store.close`."""
        with self._gate:
            self._open = False
            self._gate.wait_for(lambda: self._running == 0)
        if self._channel is not None:
            self._channel.close()
        for engine in (self._reading, self._writing, self._aside):
            engine.dispose()

    def failure(self, error: BaseException) -> BaseException:
        """What a caller is told of an error that isn't theirs: Refused when the database is busy, away or broken.

        Anything else is given back as it is.
        """
        if isinstance(error, PoolTimeout):
            worded = Refused(problem(STORE_BUSY))
        elif not isinstance(error, DBAPIError):
            return error
        elif _code(error) in LOST_RACE | BUSY | {STALE_PLAN}:
            worded = Refused(problem(STORE_BUSY))
        elif _away(error):
            worded = Refused(problem(STORE_AWAY, database=self._name, reason=_reason(error)))
        elif _code(error)[:2] in ("53", "58") or _code(error) in ("25006", "42501", "XX001", "XX002"):
            worded = Refused(problem(STORE_FAILED, reason=_reason(error)))
        else:
            return error
        worded.__cause__ = error
        return worded

    def _tried(self, unit: Callable[[Connection], T], alone: bool) -> T:
        beside = Beside(self._aside.connect)
        for _ in range(0 if alone else FREELY):
            try:
                return self._once(unit, beside)
            except DBAPIError as error:
                if _code(error) not in LOST_RACE | {STALE_PLAN, TAKEN}:
                    raise
        with self._locked(ALONE if alone else LINE):
            for _ in range(IN_LINE):
                try:
                    return self._once(unit, beside)
                except DBAPIError as error:
                    if _code(error) not in LOST_RACE | {STALE_PLAN}:
                        raise
        raise Refused(problem(STORE_BUSY))

    def _once(self, unit: Callable[[Connection], T], beside: Beside) -> T:
        beside.again()
        with self._writing.connect() as connection, connection.begin() as transaction:
            connection.execution_options(**{BESIDE: beside})
            result = unit(connection)
            try:
                transaction.commit()
            except DBAPIError as error:
                if _away(error):
                    raise Refused(problem(STORE_UNSURE)) from error
                raise
            return result

    def _taken_back(self, unit: Callable[[Connection], T]) -> T:
        with self._writing.connect() as connection, connection.begin() as transaction:
            connection.execution_options(**{BESIDE: Pretended(self._aside.connect)})
            try:
                return unit(connection)
            finally:
                transaction.rollback()

    @contextmanager
    def _locked(self, key: int) -> Iterator[None]:
        """With an advisory lock of the database, held by one thread of this process at a time."""
        if not self._line.acquire(timeout=PATIENCE):
            raise Refused(problem(STORE_BUSY))
        try:
            with self._aside.connect() as connection:
                connection.exec_driver_sql(f"SET lock_timeout = '{PATIENCE}s'")
                connection.exec_driver_sql(f"SELECT pg_advisory_lock({key})")
                try:
                    yield
                finally:
                    _unlock(connection, key)
        finally:
            self._line.release()

    def _check(self, connection: Connection, address: URL) -> None:
        """The server is new enough, keeps texts in UTF-8, and lets us make tables."""
        version, encoding, user, schema, may = connection.exec_driver_sql(
            "SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding'),"
            " current_user, current_schema(), has_schema_privilege(current_schema(), 'CREATE')"
        ).one()
        if version < LEAST:
            raise Refused(problem(STORE_OLD, database=self._name, version=version, least=LEAST))
        if encoding != "UTF8":
            raise Refused(problem(STORE_ENCODING, database=self._name, encoding=encoding))
        if not may:
            raise Refused(problem(STORE_RIGHTS, database=self._name, user=user, schema=schema or "public"))


def duplicate_columns(error: IntegrityError) -> tuple[str, tuple[str, ...]] | None:
    """The table and columns whose values must be unique and weren't; None when the error is about something else."""
    if not isinstance(error.orig, psycopg.errors.UniqueViolation):
        return None
    found = _KEY.search(error.orig.diag.message_detail or "")
    columns = found["columns"].split(", ") if found else []
    return error.orig.diag.table_name or "", tuple(name.strip('"') for name in columns)


def _address(url: str) -> URL:
    try:
        return make_url(url).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):
        raise Refused(problem(BAD_DATABASE)) from None


def _code(error: BaseException) -> str:
    """PostgreSQL's five characters behind an error, "" when there are none."""
    return getattr(error.orig, "sqlstate", None) or "" if isinstance(error, DBAPIError) else ""


def _away(error: DBAPIError) -> bool:
    """The server can't be reached, turned us away, or hung up."""
    code = _code(error)
    if error.connection_invalidated or code in GONE or code[:2] in ("08", "28", "3D"):
        return True
    return not code and isinstance(error.orig, psycopg.OperationalError)


def _reason(error: DBAPIError) -> str:
    """The first line of what the driver says."""
    return (str(error.orig).strip().splitlines() or [type(error.orig).__name__])[0]


def _unlock(connection: Connection, key: int) -> None:
    """Give an advisory lock back; a lost connection has given it back already."""
    try:
        connection.exec_driver_sql(f"SELECT pg_advisory_unlock({key})")
        connection.exec_driver_sql("SET lock_timeout = '10s'")
    except DBAPIError:
        connection.invalidate()


def _for_driver(dialect: Dialect, address: URL) -> str:
    """The address as the driver reads it: SQLAlchemy's own spelling leaves blanks of a password as they are."""
    arguments = dialect.create_connect_args(address)[1]
    return make_conninfo("", **{name: value for name, value in arguments.items() if name != "context"})


def _engine(address: URL, level: psycopg.IsolationLevel | None, *, pool_size: int, read_only: bool = False) -> Engine:
    """An engine whose connections are as they must be; `level` None: every statement stands for itself."""
    engine = create_engine(
        address,
        query_cache_size=STATEMENTS,
        json_serializer=lambda value: orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode(),
        json_deserializer=orjson.loads,
        connect_args={"connect_timeout": 10, "application_name": "formloom", "client_encoding": "utf8"},
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=PATIENCE,
        pool_use_lifo=True,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: psycopg.Connection, _record: Any) -> None:
        connection.autocommit = True
        connection.execute(SESSION)
        if level is None:  # a number is durable as soon as the record that got it is
            connection.execute("SET synchronous_commit = off")
        connection.isolation_level, connection.read_only = level, read_only
        connection.autocommit = level is None

    @event.listens_for(engine, "checkout")
    def alive(connection: psycopg.Connection, _record: Any, _proxy: Any) -> None:
        """A server that went away has hung up or said so: then there is something to read before we asked anything."""
        if connection.closed or select.select([connection.fileno()], [], [], 0)[0]:
            raise DisconnectionError("the server has hung up")

    return engine
