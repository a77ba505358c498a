"""The engine: the present catalog, the store and the clock, and every verb that pages, API and CLI may use.

Why: there is one door. Whoever serves people or programs holds an Engine and calls its verbs; a verb takes the present
catalog once, opens one unit of work, and everything in it happens or nothing does. How a verb works is told in
`engine/runtime`, a file each.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, BinaryIO, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from engine.charts.base import Answer
from engine.columns import POSTGRESQL
from engine.definitions.model import Catalog, Form, View
from engine.expressions.tree import Typed
from engine.fields.base import Reader
from engine.jobs import postgres as tickets
from engine.jobs.queue import Queue
from engine.problems import Problem, Refused
from engine.runtime import act as acting
from engine.runtime import ask as asking
from engine.runtime import (
    automations,
    boards,
    calendars,
    exporting,
    flow,
    mailed,
    opening,
    people,
    reads,
    submit,
    waiting,
    widgets,
)
from engine.runtime import change as changing
from engine.runtime import files as filing
from engine.runtime import mentions as naming
from engine.runtime import moves as moving
from engine.runtime import notices as noticing
from engine.runtime.afterwards import ROBOT, kinds
from engine.runtime.checks import twin
from engine.runtime.demo import empty, load_demo
from engine.runtime.edition import CHANGED, Edition, Editions
from engine.runtime.imports import Imports
from engine.runtime.live import Live
from engine.runtime.options import options, picks
from engine.runtime.passwords import hashed
from engine.runtime.reader import reader
from engine.runtime.record import Record
from engine.runtime.values import Accepted, Actor, Ask, Draft, Event, Listed, Notice, Opened, Page, Pick
from engine.runtime.work import Work
from engine.settings import Settings
from engine.storage import tables
from engine.storage.blobs import Blobs
from engine.storage.copying import Copied, copy
from engine.storage.store import Store

T = TypeVar("T")
log = logging.getLogger("formloom")

ENGINE = Actor(None, "Formloom", "", frozenset({"admin"}), channel="engine")
"""Who acts when nobody does."""


def system_clock() -> datetime:
    """The present moment, aware."""
    return datetime.now(UTC)


class Engine:
    """See the module. Safe to use from several threads."""

    def __init__(
        self, settings: Settings, *, clock: Callable[[], datetime] = system_clock, exclusive: bool = True
    ) -> None:
        """Open the store, read the definitions and make the tables fit.

        Raises Refused: another server has the data folder, or the definitions would lose data (with every sentence).
        Definitions that are wrong are left out; `problems` has what is wrong with them.
        """
        self.settings, self.clock, self.files = settings, clock, Blobs(settings.data / "files", settings.files)
        self.store = Store(settings.database or settings.data / "formloom.sqlite3", exclusive=exclusive)
        self.live, self.jobs = Live(self.store.tell), Queue(self.store, clock)
        told = (self._works, self._tell, self.store.tell, self.jobs.wake)
        self.imports = Imports(self.store, self.files, clock, *told)
        self.jobs.kinds |= kinds(self.write, self.read, settings, clock, self.files) | self.imports.kinds()
        try:
            self.store.write(tables.create, alone=True)
            if self.store.dialect == POSTGRESQL:
                self.store.write(tickets.install, alone=True)
            self._editions = Editions(self.store, settings.definitions, ENGINE, clock, settings.zone)
            if exclusive:
                self.store.listen(self._heard)
        except BaseException:
            self.store.close()
            raise
        self._plan()

    def close(self) -> None:
        """Stop what works in the background, and let go of the database."""
        self.imports.close()
        self.jobs.close()
        self.store.close()

    # -- the catalog ---------------------------------------------------------------------------------------------------

    @property
    def _edition(self) -> Edition:
        return self._editions.present

    @property
    def catalog(self) -> Catalog:
        """The present catalog. Take it once for a request and keep it."""
        return self._edition.catalog

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the definitions as last read; those with errors are left out."""
        return self._edition.catalog.problems

    def reload(self) -> tuple[Problem, ...]:
        """Read the definitions anew and swap the catalog; gives what is wrong with them.

        Raises Refused, with the old catalog kept, when the new definitions would lose data.
        """
        found = self._editions.reload()
        self._plan()
        return found

    def _plan(self) -> None:
        """Let scheduled automations have their next times."""
        if any(automation.every is not None for automation in self.catalog.automations.values()):
            self.write(ROBOT, automations.plan)

    def _heard(self, said: str | None) -> None:
        """What another server on the database tells; None: something may have been missed."""
        if said is None or said == CHANGED:
            if said is None:
                self.live.miss()
            self._editions.look()
        elif not self.imports.heard(said):
            self.live.hear(said)

    # -- units of work -------------------------------------------------------------------------------------------------

    def write(self, actor: Actor, unit: Callable[[Work], T], at: datetime | None = None) -> T:
        """Do a unit of work that may change data, and tell who listens; `at` is when it counts as done (None: now)."""
        now = at or self.clock()

        def done(conn: Connection, present: Edition) -> tuple[Work, T]:
            work = Work(conn, present.catalog, present.layout, actor, now, self.settings.zone)
            work.mails = self.settings.mail is not None
            result = flow.completed(work, unit)
            mailed.defer([work])
            return work, result

        work, result = self._write(done)
        self._tell([work])
        return result

    def _write(self, unit: Callable[[Connection, Edition], T]) -> T:
        """As `Editions.write`; what the database refuses to keep twice is told in words."""
        try:
            return self._editions.write(unit)
        except IntegrityError as error:
            raise Refused(twin(self.catalog, error)) from error

    def read(self, actor: Actor, unit: Callable[[Work], T]) -> T:
        """Do a unit of work that only reads; it sees one moment."""
        present = self._edition
        with self.store.read() as conn:
            return unit(Work(conn, present.catalog, present.layout, actor, self.clock(), self.settings.zone))

    def _works(self) -> tuple[Catalog, Callable[[Connection, Actor], Work]]:
        """The present catalog, and what makes a unit of work on a connection of one's own."""
        edition, now = self._edition, self.clock()

        def made(conn: Connection, actor: Actor) -> Work:
            work = Work(conn, edition.catalog, edition.layout, actor, now, self.settings.zone)
            work.mails = self.settings.mail is not None
            return work

        return edition.catalog, made

    def _tell(self, works: Iterable[Work]) -> None:
        """Tell who listens what these units of work did."""
        done = list(works)
        self.live.publish([one for w in done for one in w.written], {id for w in done for id in w.told})
        if any(w.deferred for w in done):
            self.jobs.wake()

    def load_demo(self, password: str, begins: Callable[[], None] = lambda: None) -> int:
        """Put the demo into an empty installation, all or nothing, after `begins`; gives how many records it made."""
        present, now, kept = self._edition, self.clock(), hashed(password)

        def unit(conn: Connection) -> int:
            if not empty(conn):
                return 0
            begins()

            def works(actor: Actor, at: datetime) -> Work:
                return Work(conn, present.catalog, present.layout, actor, at, self.settings.zone)

            return load_demo(conn, present.catalog, works, now, kept)

        return self.store.write(unit, alone=True)

    def copy_to(self, address: str) -> tuple[Copied, ...]:
        """Copy everything into the empty PostgreSQL database of that address, or nothing; gives what was copied.

        Raises Refused: a definition has an error (its tables aren't known), or as `copying.copy`. Uploaded files stay.
        """
        wrong = [p for p in self.problems if p.severity == "error"]
        if wrong:
            raise Refused(wrong)
        with Store(address, exclusive=False) as target, self.store.read() as source:
            return target.write(lambda conn: copy(source, conn, self._edition.layout), alone=True)

    def actor(self, person: int, channel: str = "browser") -> Actor | None:
        """A person as an actor, with their roles as they are now; None: gone or not active."""
        with self.store.read() as conn:
            return people.actor(conn, person, channel)

    # -- verbs that write: all raise Refused, and then nothing has happened --------------------------------------------

    def submit(
        self, actor: Actor, form: str, raw: Mapping[str, Any], *, confirmed: Collection[str] = (),
        request: str | None = None,
    ) -> Accepted:  # fmt: skip
        """Create a record."""
        return self.write(actor, lambda w: submit.submit(w, form, raw, confirmed=confirmed, request=request))

    def change(
        self, actor: Actor, form: str, id: int, raw: Mapping[str, Any], *, version: int | None = None,
        confirmed: Collection[str] = (), request: str | None = None,
    ) -> Accepted:  # fmt: skip
        """Change those fields of a record that `raw` names; `version` is the one that was being edited."""
        return self.write(
            actor,
            lambda w: changing.change(w, form, id, raw, version=version, confirmed=confirmed, request=request),
        )

    def act(
        self, actor: Actor, form: str, id: int, button: str, *, raw: Mapping[str, Any] | None = None,
        ask: Mapping[str, Any] | None = None, opinion: str | None = None, version: int | None = None,
        confirmed: Collection[str] = (), request: str | None = None,
    ) -> Accepted:  # fmt: skip
        """Press a button of a record."""
        return self.write(
            actor,
            lambda w: acting.act(
                w, form, id, button, raw=raw, ask=ask, opinion=opinion, version=version, confirmed=confirmed,
                request=request,
            ),
        )  # fmt: skip

    def remove(self, actor: Actor, form: str, id: int, *, version: int | None = None) -> None:
        """Delete a record."""
        self.write(actor, lambda w: changing.remove(w, form, id, version=version))

    def comment(self, actor: Actor, form: str, id: int, text: str) -> None:
        """Say something about a record; whom it names is told."""
        self.write(actor, lambda w: naming.comment(w, form, id, text))

    def keep_file(self, actor: Actor, name: str, content: BinaryIO, accept: Collection[str] = ()) -> int:
        """Keep an uploaded file and give its id; it belongs to nobody else until a record holds it."""
        blob = filing.put(self.files, content)
        return self.write(actor, lambda w: filing.enter(w, blob, name, accept))

    def read_notices(self, actor: Actor, ids: Collection[int] | None = None) -> None:
        """Mark notices as read; None: all of them."""
        self.write(actor, lambda w: noticing.mark_read(w, ids))

    def set_setting(self, actor: Actor, name: str, raw: Any) -> None:
        """Change a pack's setting; administrators only."""
        self.write(actor, lambda w: noticing.set_setting(w, name, raw))

    # -- verbs that read -----------------------------------------------------------------------------------------------

    def open(self, actor: Actor, form: str, id: int) -> Opened:
        """A record with everything its page shows. Refused: there is none for this actor."""
        return self.read(actor, lambda w: opening.open_record(w, form, id))

    def history(self, actor: Actor, form: str, id: int) -> tuple[Event, ...]:
        """A record's history, the newest first."""
        return self.read(actor, lambda w: opening.history(w, form, id))

    def draft(
        self, actor: Actor, form: str, *, raw: Mapping[str, Any] | None = None, id: int | None = None,
        button: str | None = None, touched: frozenset[str] | None = None,
    ) -> Draft:  # fmt: skip
        """A form as it stands while it is being filled."""
        return self.read(actor, lambda w: opening.draft(w, form, raw=raw, id=id, button=button, touched=touched))

    def page(self, actor: Actor, form: str, ask: Ask, columns: tuple[str, ...] | None = None) -> Page:
        """A page of a list."""
        return self.read(actor, lambda w: asking.page(w, w.form(form), ask, columns))

    def count(self, actor: Actor, form: str, where: Typed | None = None) -> int:
        """How many records fit."""
        return self.read(actor, lambda w: asking.count(w, w.form(form), where))

    def sums(self, actor: Actor, form: str, ask: Ask, columns: Iterable[str]) -> dict[str, Any]:
        """Totals of number columns over all pages."""
        return self.read(actor, lambda w: asking.sums(w, w.form(form), ask, columns))

    def condition(self, form: str, text: str) -> Typed:
        """A `where=` expression, checked for this form. Refused with its column."""
        return reads.condition_of(self.catalog, form, text)

    def options(
        self, actor: Actor, form: str, path: str, q: str = "", raw: Mapping[str, Any] | None = None,
        rows: Sequence[int] = (),
    ) -> tuple[Pick, ...]:  # fmt: skip
        """Records, people or departments offered for a reference."""
        return self.read(actor, lambda w: options(w, form, path, q, raw or {}, rows))

    def picks(self, actor: Actor, shape: str, ids: Iterable[int]) -> dict[int, Pick]:
        """What chosen records are called."""
        return self.read(actor, lambda w: picks(w, shape, ids))

    def board(self, actor: Actor, form: str, view: View, ask: Ask, cards: int) -> boards.Board:
        """A view's board: its columns with counts and sums, and the first `cards` cards of each."""
        return self.read(actor, lambda w: boards.board(w, w.form(form), view, ask, cards))

    def board_column(
        self, actor: Actor, form: str, view: View, ask: Ask, value: str | None, start: int, cards: int
    ) -> boards.Board:
        """The same with one column only, its cards from `start` on."""
        return self.read(actor, lambda w: boards.column(w, w.form(form), view, ask, value, start, cards))

    def moves(self, actor: Actor, form: str, id: int, by: str) -> moving.Moves:
        """Where a record may go on a board, and why not elsewhere."""
        return self.read(actor, lambda w: moving.moves(w, form, id, by))

    def days(
        self, actor: Actor, form: str, view: View, ask: Ask, first: date, last: date, most: int = calendars.MOST
    ) -> calendars.Days:
        """The records of a calendar or a gantt that touch these days, at most so many."""
        return self.read(actor, lambda w: calendars.days(w, w.form(form), view, ask, first, last, most))

    def widget(self, actor: Actor, dashboard: str, name: str, filters: Mapping[str, str]) -> Answer:
        """What a widget shows this actor."""
        return self.read(actor, lambda w: widgets.answer(w, dashboard, name, filters))

    def counts(self, actor: Actor) -> dict[str, int]:
        """Form -> how many of its records wait for this actor."""
        return self.read(actor, waiting.counts)

    def waiting(self, actor: Actor, limit: int = 20) -> tuple[tuple[Any, Listed], ...]:
        """The records that wait for this actor, the longest first."""
        return self.read(actor, lambda w: waiting.waiting(w, limit))

    def recent(self, actor: Actor, limit: int = 8) -> tuple[tuple[Form, Record, datetime], ...]:
        """The records that this actor last did something to, with when."""
        return self.read(actor, lambda w: noticing.recent(w, limit))

    def started(self, actor: Actor, limit: int = 8) -> tuple[tuple[Any, Listed], ...]:
        """The records that this actor created and that aren't finished, the newest first."""
        return self.read(actor, lambda w: noticing.started(w, limit))

    def notices(self, actor: Actor, unread: bool = False, limit: int = 50) -> tuple[Notice, ...]:
        """What this actor has been told, the newest first."""
        return self.read(actor, lambda w: noticing.notices(w, unread, limit))

    def file(self, actor: Actor, id: int, *, small: bool = False) -> filing.Kept:
        """A file, or the small picture of it. Refused unless the actor uploaded it or may see a field that holds it."""
        kept = self.read(actor, lambda w: filing.file(w, self.files, id))
        return filing.small(kept) if small else kept

    def export(self, actor: Actor, form: str, ask: Ask, columns: tuple[str, ...] | None = None) -> Iterator[list[Any]]:
        """Records as rows of cells, the first with the titles; for those who may export."""
        present = self._edition
        with self.store.read() as conn:
            work = Work(conn, present.catalog, present.layout, actor, self.clock(), self.settings.zone)
            yield from exporting.export(work, work.form(form), ask, columns)

    def export_sheets(
        self, actor: Actor, form: str, ask: Ask, columns: tuple[str, ...] | None = None
    ) -> Iterator[tuple[str, Iterator[list[Any]]]]:
        """The same as sheets of a workbook, (title, rows) each: the records, then each list's lines."""
        edition = self._edition
        with self.store.read() as conn:
            work = Work(conn, edition.catalog, edition.layout, actor, self.clock(), self.settings.zone)
            yield from exporting.export_sheets(work, work.form(form), ask, columns)

    def reader(self, actor: Actor, records: Iterable[Record] = ()) -> Reader:
        """How this actor reads values; the names that `records` need are looked up at once."""
        return reader(self.read, actor, self.clock(), self.settings.zone, records)


__all__ = ["ENGINE", "Edition", "Engine", "Refused"]
