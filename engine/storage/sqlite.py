"""SQLite as a server's database: write-ahead log, full durability, one writer, a pool of readers.

Why: these settings were measured together. Python's driver begins no transaction by itself (`isolation_level=None`), so
that changes of tables roll back like changes of rows; a writer begins IMMEDIATE, a reader plainly and can't write.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool, StaticPool

from engine.expressions import sql
from engine.problems import Refused, problem
from engine.problems.storage import STORE_BUSY, STORE_FAILED, STORE_FOREIGN
from engine.storage.writer import Writer

T = TypeVar("T")

STATEMENTS = 8192
"""How many compiled statements are kept: about eight for each of a thousand forms."""

BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
BROKEN = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
}
"""Results that are the disk's fault, not the statement's."""

_UNIQUE = re.compile(r"UNIQUE constraint failed: (?P<columns>[^ ].*)")


class Sqlite:
    """The strategy for a SQLite file: units of work go to one writer thread, readers have connections of their own."""

    dialect, shared = "sqlite", False
    address: str | None = None

    def __init__(self, path: Path, readers: int) -> None:
        self._path = path
        self._writing = _engine(path, "BEGIN IMMEDIATE", "query_only=OFF", poolclass=StaticPool)
        self._reading = _engine(
            path,
            "BEGIN",
            "query_only=ON",
            poolclass=QueuePool,
            pool_size=readers,
            max_overflow=0,
            pool_timeout=30,
            pool_use_lifo=True,
        )
        try:
            with self._writing.connect() as connection:
                connection.exec_driver_sql("SELECT COUNT(*) FROM sqlite_master").scalar()
        except DBAPIError as error:
            self._writing.dispose()
            if _code(error) in BUSY:
                raise failure(error) from error
            raise Refused(problem(STORE_FOREIGN, file=str(path), reason=str(error.orig))) from error
        self._writer = Writer(self._writing, failure)

    def write(self, unit: Callable[[Connection], T], *, alone: bool = False) -> T:
        """See `Store.write`; every unit is alone."""
        try:
            return self._writer.write(unit)
        except DBAPIError as error:
            worded = failure(error)
            if worded is error:
                raise
            raise worded from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """See `Store.read`."""
        try:
            with self._reading.connect() as connection:
                yield connection
        except (DBAPIError, PoolTimeout) as error:
            worded = failure(error)
            if worded is error:
                raise
            raise worded from error

    def rehearse(self, unit: Callable[[Connection], T]) -> T:
        """See `Store.rehearse`: on a copy of the file, since there is only one writer."""
        with tempfile.TemporaryDirectory(prefix=".rehearsal-", dir=self._path.parent) as folder:
            copy = Path(folder) / self._path.name
            self._copy(copy)
            engine = _engine(copy, "BEGIN IMMEDIATE", "synchronous=OFF", poolclass=StaticPool)
            try:
                with engine.connect() as connection:
                    return unit(connection)
            except DBAPIError as error:
                worded = failure(error)
                if worded is error:
                    raise
                raise worded from error
            finally:
                engine.dispose()

    def _copy(self, target: Path) -> None:
        with self._reading.connect() as connection, contextlib.closing(sqlite3.connect(target)) as there:
            source = connection.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            source.backup(there)

    def listen(self, heard: Callable[[str | None], None]) -> None:
        """There is nobody else to be heard."""

    def tell(self, said: str) -> None:
        """There is nobody else to be told."""

    def close(self) -> None:
        """See `Store.close`."""
        self._writer.close()
        self._reading.dispose()
        self._writing.dispose()


def failure(error: BaseException) -> BaseException:
    """What a caller is told of an error that isn't theirs: Refused when the database is busy or the disk fails.

    Anything else is given back as it is.
    """
    if isinstance(error, PoolTimeout) or _code(error) in BUSY:
        worded = Refused(problem(STORE_BUSY))
    elif _code(error) in BROKEN and isinstance(error, DBAPIError):
        worded = Refused(problem(STORE_FAILED, reason=str(error.orig)))
    else:
        return error
    worded.__cause__ = error
    return worded


def duplicate_columns(error: IntegrityError) -> tuple[str, tuple[str, ...]] | None:
    """The table and columns whose values must be unique and weren't; None when the error is about something else."""
    found = _UNIQUE.search(str(error.orig))
    if not found:
        return None
    pairs = [pair.strip().rpartition(".") for pair in found["columns"].split(",")]
    return pairs[0][0], tuple(column for _, _, column in pairs)


def _code(error: BaseException) -> int | None:
    """SQLite's primary result code behind an error, or None."""
    extended = getattr(error.orig, "sqlite_errorcode", None) if isinstance(error, DBAPIError) else None
    return extended & 0xFF if extended is not None else None


def _replaced(given: str | None, pattern: str, by: str, flags: str) -> str | None:
    """PostgreSQL's function of that name, as far as search asks for it: everywhere (`g`), with a plain replacement."""
    return None if given is None else re.sub(pattern, lambda _: by, given, count=0 if "g" in flags else 1)


def _engine(path: Path, begin: str, access: str, **pool: Any) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        query_cache_size=STATEMENTS,
        json_serializer=lambda value: orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode(),
        json_deserializer=orjson.loads,
        connect_args={"isolation_level": None, "check_same_thread": False, "cached_statements": 512},
        **pool,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        for pragma in (
            "busy_timeout=10000",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "journal_size_limit=67108864",
            "temp_store=MEMORY",
            access,
        ):
            connection.execute(f"PRAGMA {pragma}")
        sql.install(connection)
        connection.create_function("regexp_replace", 4, _replaced, deterministic=True)

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
