"""Bringing a file in: a transaction for each batch, one for all of it, or a rehearsal that leaves nothing behind.

Why: who has a file chooses what becomes of the good rows when others are refused, and may want to know beforehand. All
three go through the same door, batch by batch; what is told meanwhile is how far it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from engine.definitions.model import Catalog
from engine.problems import Problem
from engine.runtime import mailed
from engine.runtime.importing import Incoming, take
from engine.runtime.values import Actor
from engine.runtime.work import Work
from engine.storage.store import Store

Progress = Callable[[int, int], None]
"""Told (records decided, records in all) after each batch; what it raises ends it."""

Note = Callable[[Connection, Incoming], None]
"""Writes down in the same transaction what was accepted."""

Edition = Callable[[], tuple[Catalog, Callable[[Connection, Actor], Work]]]
"""Gives the present catalog, with what makes a unit of work on a connection."""


class _AllOrNothing(Exception):
    """Something was refused, so nothing may stay."""


class Bringing:
    """Brings files in for one actor. `publish` tells who listens what was done."""

    def __init__(
        self, store: Store, edition: Edition, publish: Callable[[list[Work]], None], actor: Actor, progress: Progress
    ) -> None:
        self._store, self._edition, self._publish = store, edition, publish
        self._actor, self._progress = actor, progress

    def each(self, file: Incoming, note: Note = lambda conn, file: None) -> Incoming:
        """A transaction for each batch: what is accepted stays, whatever comes after it."""
        for places in file.batches():

            def unit(conn: Connection, places: list[int] = places) -> tuple[list[Sequence[Problem]], list[Work]]:
                answers, done = take(self._works(conn), file, places)
                mailed.defer(done)
                for place, problems in zip(places, answers, strict=True):
                    file.taken[place] = 0 if problems else file.fate(place)
                note(conn, file)
                return answers, done

            answers, done = self._store.write(unit)
            self._publish(done)
            file.tell(places, answers)
            self._progress(file.done, len(file.groups))
        return file

    def together(self, file: Incoming, note: Note = lambda conn, file: None) -> Incoming:
        """One transaction for all of it; nothing stays when anything was refused."""
        refused: list[Incoming] = []

        def unit(conn: Connection) -> tuple[Incoming, list[Work]]:
            tried = file.again()
            done = self._through(conn, tried)
            if tried.refused:
                refused[:] = [tried]
                raise _AllOrNothing
            note(conn, tried)
            return tried, done

        try:
            tried, done = self._store.write(unit)
        except _AllOrNothing:
            refused[0].taken = bytearray(len(file.groups))
            return refused[0]
        self._publish(done)
        return tried

    def rehearsed(self, file: Incoming) -> Incoming:
        """What would become of it: every rule is asked, nothing stays."""

        def unit(conn: Connection) -> Incoming:
            tried = file.again()
            self._through(conn, tried)
            return tried

        return self._store.rehearse(unit)

    def _through(self, conn: Connection, file: Incoming) -> list[Work]:
        done: list[Work] = []
        for places in file.batches():
            answers, works = take(self._works(conn), file, places)
            file.tell(places, answers)
            done += works
            self._progress(file.done, len(file.groups))
        mailed.defer(done)
        return done

    def _works(self, conn: Connection) -> Callable[[], Work]:
        _, work = self._edition()
        return lambda: work(conn, self._actor)
