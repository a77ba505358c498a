"""Transactions: the one place where work on the database begins, is committed, and becomes visible.

Why: everything that changes data is a unit of work `fn(connection)`, done entirely or not at all; everything that reads
sees one moment. Which database is behind it, and how many threads write, is a strategy's business: SQLite in the data
folder of one server, or PostgreSQL for one or several.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from engine.storage import postgres, sqlite
from engine.storage.lock import Lock
from engine.storage.postgres import Postgres
from engine.storage.sqlite import Sqlite

__all__ = ["Store", "Strategy", "duplicate_columns"]

T = TypeVar("T")


class Strategy(Protocol):
    """What a kind of database must do; the promises are those of `Store`. `dialect` is its name in SQLAlchemy; `shared`:
    several servers may work on it; `address`: where it is, None: a file."""

    dialect: str
    address: str | None
    shared: bool

    def write(self, unit: Callable[[Connection], T], *, alone: bool = False) -> T:
        """Do a unit of work in a transaction."""

    def read(self) -> AbstractContextManager[Connection]:
        """A connection that sees one moment."""

    def rehearse(self, unit: Callable[[Connection], T]) -> T:
        """Do a unit of work that leaves nothing behind, without holding up others."""

    def listen(self, heard: Callable[[str | None], None]) -> None:
        """Hear what other servers say."""

    def tell(self, said: str) -> None:
        """Say something to other servers."""

    def close(self) -> None:
        """Finish and let go."""


class Store:
    """The database of one installation. May be used from any thread; also a context manager that closes."""

    def __init__(self, place: Path | str, *, exclusive: bool = True, readers: int = 16) -> None:
        """Open (or make) the SQLite file `place`, whose folder is made too; or the PostgreSQL database of that address.

        `exclusive`: this is the server; Refused with `store_taken` when another server has the folder (PostgreSQL lets
        several in). A command beside a running server opens with False and waits up to ten seconds for its turn to
        write. `readers`: how many may read at once; a further one waits up to 30 seconds. Refused with `store_foreign`
        when the file is no database; with `store_away`, `store_old`, `store_encoding` or `store_rights` when the server
        can't be used.
        """
        self._lock = None
        if isinstance(place, str):
            self._strategy: Strategy = Postgres(place, readers)
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock(place.with_name(place.name + ".lock")) if exclusive else None
        try:
            self._strategy = Sqlite(place, readers)
        except BaseException:
            self._release()
            raise

    @property
    def dialect(self) -> str:
        """The kind of database: `sqlite` or `postgresql`."""
        return self._strategy.dialect

    def write(self, unit: Callable[[Connection], T], *, alone: bool = False) -> T:
        """Do `unit` in a transaction and give what it gave, once that is durable.

        The unit must be short, use no network, and neither commit nor roll back; it may be done several times until one
        counts, so it changes nothing but the database. `alone`: while it runs, no other such unit does, on any server.
        Whatever it raises is raised here, and nothing of it has happened. Refused with `store_busy`, `store_failed`,
        `store_away` or `store_closed` when the database can't; `store_unsure` when that can't be known.
        """
        return self._strategy.write(unit, alone=alone)

    def read(self) -> AbstractContextManager[Connection]:
        """A connection that can't write, in a transaction: from its first query on it sees one moment."""
        return self._strategy.read()

    def rehearse(self, unit: Callable[[Connection], T]) -> T:
        """Do `unit` as `write` would, on what is there now, give what it gave, and leave nothing behind.

        It may be long; others write meanwhile. Raises as `write`.
        """
        return self._strategy.rehearse(unit)

    @property
    def address(self) -> str | None:
        """The address of the PostgreSQL database, as its driver understands it (with the password); None: SQLite."""
        return self._strategy.address

    @property
    def shared(self) -> bool:
        """Whether other servers may work on it at the same time."""
        return self._strategy.shared

    def listen(self, heard: Callable[[str | None], None]) -> None:
        """From now on call `heard` with what other servers on this database tell; with None when something may have been
        missed. It is called in a thread of its own and must be quick."""
        self._strategy.listen(heard)

    def tell(self, said: str) -> None:
        """Tell other servers on this database (at most 7900 bytes); heard at best once, and kept by nobody."""
        self._strategy.tell(said)

    def close(self) -> None:
        """Finish what waits to be written, then close. Twice does no harm."""
        self._strategy.close()
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def duplicate_columns(error: IntegrityError) -> tuple[str, tuple[str, ...]] | None:
    """The table and columns whose values must be unique and weren't; None when the error is about something else."""
    return sqlite.duplicate_columns(error) or postgres.duplicate_columns(error)
