"""The catalog that is served, with the tables made for it: taken up at the start, after a change, or from another server.

Why: definitions and tables must fit each other at every moment, also when several servers share a database. Who brings new
definitions makes the tables fit, alone; the others notice by a number that goes up, and go on only if their definitions
are the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from engine.definitions.catalog import load
from engine.definitions.model import Catalog
from engine.problems import Problem, Refused, problem
from engine.problems.storage import STORE_BUSY, STORE_OUTDATED
from engine.runtime import adopting, keep
from engine.runtime.values import Actor
from engine.runtime.work import Work
from engine.storage import changes
from engine.storage.layout import Layout, layout
from engine.storage.step import Change
from engine.storage.store import Store

T = TypeVar("T")

CHANGED = "definitions"
"""What a server tells the others when it may have changed the tables."""

log = logging.getLogger("formloom")


class Outdated(Exception):
    """Another server has made the tables fit other definitions meanwhile."""


@dataclass(frozen=True)
class Edition:
    """A catalog with the tables made for it, taken together by each request; `number` counts the changes before it."""

    catalog: Catalog
    layout: Layout
    number: int


class Editions:
    """The present edition of a store, and how it becomes another. Safe to use from several threads."""

    def __init__(
        self, store: Store, definitions: Path, actor: Actor, clock: Callable[[], datetime], zone: ZoneInfo
    ) -> None:
        """Read the definitions and make the tables fit. Refused, with nothing done, when something would be lost."""
        self._store, self._definitions, self._actor, self._clock, self._zone = store, definitions, actor, clock, zone
        self._loading = Lock()
        self.present = self._adopt(load(definitions).catalog)

    def reload(self) -> tuple[Problem, ...]:
        """Read the definitions anew and make the tables fit; gives what is wrong with them. Refused as at first."""
        with self._loading:
            loaded, present = load(self._definitions), self.present.catalog
            if loaded.catalog.digest != present.digest or loaded.problems != present.problems:
                self.present = self._adopt(loaded.catalog)
            return loaded.problems

    def write(self, unit: Callable[[Connection, Edition], T]) -> T:
        """Do a unit of work on the tables of the present edition; when another server has changed them, follow it first.

        Refused when this server's definitions are the older ones, and as `Store.write`.
        """
        try:
            return self._store.write(self._checked(unit))
        except Outdated:
            self.follow()
        try:
            return self._store.write(self._checked(unit))
        except Outdated:
            raise Refused(problem(STORE_BUSY)) from None

    def follow(self) -> None:
        """Take up tables that another server has changed. Refused when the definitions here don't fit them."""
        with self._loading:
            catalog = load(self._definitions).catalog
            new, left_out = _tables(catalog, self._store.dialect)
            with self._store.read() as conn:
                number = changes.number(conn)
                if number != self.present.number and changes.plan(conn, changes.applied(conn), new, left_out):
                    raise Refused(problem(STORE_OUTDATED))
            self.present = Edition(catalog, new, number)

    def look(self) -> None:
        """Another server may have changed the tables: if so, follow it, or say loudly that this can't be done."""
        with self._store.read() as conn:
            same = changes.number(conn) == self.present.number
        if not same:
            try:
                self.follow()
            except Refused as refused:
                log.error("%s", refused.problems[0].message("en"))

    def _checked(self, unit: Callable[[Connection, Edition], T]) -> Callable[[Connection], T]:
        present = self.present

        def checked(conn: Connection) -> T:
            if self._store.shared and changes.number(conn) != present.number:
                raise Outdated
            return unit(conn, present)

        return checked

    def _adopt(self, catalog: Catalog) -> Edition:
        new, left_out = _tables(catalog, self._store.dialect)
        now = self._clock()

        def unit(conn: Connection) -> tuple[tuple[Change, ...], int]:
            before = {name: one.digest for name, one in changes.applied(conn).items()}
            done = changes.adopt(conn, new, now, left_out)
            work = Work(conn, catalog, new, self._actor, now, self._zone)
            keep.catch_up(work, done, before)
            adopting.adopt(work, before)
            return done, changes.number(conn)

        done, number = self._store.write(unit, alone=True)
        for change in done:
            log.info("%s", change.describe().to("en"))
        self._store.tell(CHANGED)
        return Edition(catalog, new, number)


def _tables(catalog: Catalog, dialect: str) -> tuple[Layout, set[str]]:
    """The catalog's tables, and the forms whose definitions can't be read just now: theirs stay as they are."""
    absent = {p.place.file for p in catalog.problems if p.severity == "error" and p.place.file is not None}
    left_out = {Path(file).stem for file in absent} - set(catalog.forms)
    return layout(catalog.forms, catalog.dashboards, dialect), left_out
