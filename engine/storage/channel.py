"""What servers on one PostgreSQL database tell each other: a thread that listens, however often the connection is lost.

Why: a page on one server should hear at once what was done on another, and a server must know when another has brought
newer definitions. What is said is heard at best once and never kept: after a break the listener is told that it may have
missed something.
"""

from __future__ import annotations

import logging
import os
import select
import threading
from collections.abc import Callable

import psycopg

NAME = "formloom"
"""The channel's name; who isn't on this database doesn't hear it."""

LONGEST = 7900
"""How many bytes one saying may have (PostgreSQL's limit is 8000)."""

PAUSE = 1.0
"""Seconds between tries to connect again."""

log = logging.getLogger("formloom")


class Channel:
    """Listens from its making until `close`. `heard` gets what another said, None: something may have been missed; it is
    called in the channel's own thread, and must be quick."""

    def __init__(self, connect: Callable[[], psycopg.Connection], heard: Callable[[str | None], None]) -> None:
        self._connect, self._heard = connect, heard
        self._ends, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._run, name="formloom-channel", daemon=True)
        self._ready = threading.Event()
        self._thread.start()
        self._ready.wait(5)

    def close(self) -> None:
        """Listen no more. Twice does no harm."""
        if self._thread.is_alive():
            os.write(self._stop, b".")
            self._thread.join()
        for end in (self._ends, self._stop):
            if end >= 0:
                os.close(end)
        self._ends = self._stop = -1

    def _run(self) -> None:
        missed = False
        while True:
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {NAME}")
                    self._ready.set()
                    if missed:
                        self._tell(None)
                    if self._listen(connection):
                        return
            except (psycopg.Error, OSError):
                missed = True
                self._ready.set()
                if select.select([self._ends], [], [], PAUSE)[0]:
                    return

    def _listen(self, connection: psycopg.Connection) -> bool:
        """Hear what is said; True when it is to end."""
        while True:
            there, _, _ = select.select([connection.fileno(), self._ends], [], [])
            if self._ends in there:
                return True
            for said in connection.notifies(timeout=0):
                self._tell(said.payload)

    def _tell(self, said: str | None) -> None:
        try:
            self._heard(said)
        except Exception:
            log.exception("what another server said could not be used")
