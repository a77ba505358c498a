"""Files that people import: kept, mapped, rehearsed, run in the background, stopped, taken up again.

Why: a file of a hundred thousand rows takes longer than a request, and a server may be stopped in the middle. What was
accepted is written down in the same transaction as the records themselves, so that taking an import up again never
makes a record twice; a rehearsal goes through every rule and leaves nothing behind.
"""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, RowMapping, insert, select, update

from engine.definitions.model import Catalog, Form
from engine.problems import Problem, Refused, problem
from engine.problems.access import STILL_RUNNING
from engine.problems.record import NO_FORM, NOT_FOUND
from engine.runtime import access
from engine.runtime.importing import Incoming, Plan, incoming, take, told
from engine.runtime.sheet import guessed
from engine.runtime.spreadsheets import Sheet, csv_bytes, read, xlsx_bytes
from engine.runtime.values import Actor
from engine.runtime.work import Work
from engine.storage import tables
from engine.storage.blobs import Blobs
from engine.storage.store import Store

log = logging.getLogger("formloom")

LARGEST = 100 * 1024 * 1024
"""The largest file that is taken, in bytes."""

CHANNEL = "import"
"""How history says that a record came with a file."""

REPORTED = 200
"""How many different problems a report has at most; the file of rejected rows has all."""

NEW, CHECKING, CHECKED, RUNNING, STOPPED, DONE, FAILED = (
    "new", "checking", "checked", "running", "stopped", "done", "failed",
)  # fmt: skip

Progress = Callable[[int, int], None]
"""Told (records decided, records in all)."""


@dataclass(frozen=True)
class Job:
    """An import as its page shows it: `target` is the form or list, `plan` None until the columns are mapped.

    `report` has the first problems, each {rows, count, field, code, message: {language: …}, remedy: {…}}; `alive` False: it
    says that it runs, but no server is at it any more.
    """

    id: int
    person: int
    target: str
    name: str
    plan: Plan | None
    state: str
    total: int
    accepted: int
    refused: int
    report: tuple[Mapping[str, Any], ...]
    rejected: str | None
    created_at: datetime
    alive: bool


@dataclass
class _Run:
    """A job that a thread of this server is at."""

    stop: threading.Event
    done: int = 0
    total: int = 0


class _Stopped(Exception):
    """Somebody asked to stop."""


class _AllOrNothing(Exception):
    """Something was refused, so nothing may stay."""


class Imports:
    """See the module. `edition` gives the present catalog with a maker of units of work; `publish` tells listeners."""

    def __init__(
        self, store: Store, folder: Path, clock: Callable[[], datetime],
        edition: Callable[[], tuple[Catalog, Callable[[Connection, Actor], Work]]],
        publish: Callable[[list[Work]], None],
    ) -> None:  # fmt: skip
        self._store, self._folder, self._clock, self._edition = store, folder, clock, edition
        self._publish = publish
        self._runs: dict[int, _Run] = {}
        self._gate = threading.Lock()

    def close(self) -> None:
        """Stop what runs, after the batch it is at; it can be taken up again."""
        with self._gate:
            runs = list(self._runs.values())
        for run in runs:
            run.stop.set()
        for thread in threading.enumerate():
            if thread.name.startswith("formloom-import-") and thread is not threading.current_thread():
                thread.join(30)

    # -- jobs ----------------------------------------------------------------------------------------------------------

    def begin(self, actor: Actor, target: str, name: str, content: BinaryIO) -> int:
        """Keep a file that is to be imported, and give the job's id. Refused: not theirs, or no spreadsheet."""
        form, lines = self._target(target)
        self._permit(actor, form)
        blob = Blobs(self._folder).keep(content, LARGEST)
        sheet = read(Blobs(self._folder).locate(blob.path))
        guessed(form, sheet.header, lines)
        now = self._clock()

        def unit(conn: Connection) -> int:
            made = conn.execute(
                insert(tables.imports).values(
                    person=actor.id, target=target, name=name[:200], path=blob.path, total=len(sheet.rows),
                    created_at=now, updated_at=now,
                )
            )  # fmt: skip
            key = made.inserted_primary_key
            assert key is not None
            return int(key[0])

        return self._store.write(unit)

    def job(self, actor: Actor, id: int) -> Job:
        """A job of this actor (administrators: anybody's). Refused: there is none."""
        with self._store.read() as conn:
            row = conn.execute(select(tables.imports).where(tables.imports.c.id == id)).mappings().first()
        if row is None or (row["person"] != actor.id and "admin" not in actor.roles):
            raise Refused(problem(NOT_FOUND))
        return self._told(row)

    def jobs(self, actor: Actor, target: str, limit: int = 5) -> tuple[Job, ...]:
        """This actor's imports into a form, the newest first."""
        table = tables.imports
        query = select(table).where(table.c.person == actor.id, table.c.target == target)
        with self._store.read() as conn:
            rows = conn.execute(query.order_by(table.c.id.desc()).limit(limit)).mappings().all()
        return tuple(self._told(row) for row in rows)

    def sheet(self, actor: Actor, id: int) -> Sheet:
        """What the job's file says."""
        return read(Blobs(self._folder).locate(self._row(actor, id)["path"]))

    def plan(self, actor: Actor, id: int, plan: Plan) -> None:
        """Say how the file comes in. Refused when its columns don't fit, or it runs already."""
        row = self._idle(actor, id)
        form, _ = self._target(row["target"])
        self._incoming(actor, form, self.sheet(actor, id), plan)
        self._write(id, plan=asdict(plan), state=NEW, accepted=0, refused=0, taken=b"", report=None, rejected=None)

    def start(self, actor: Actor, id: int, *, rehearse: bool) -> None:
        """Rehearse the import, or run it (or take it up again), in the background."""
        row = self._idle(actor, id)
        actor = replace(actor, channel=CHANNEL)
        form, _ = self._target(row["target"])
        plan = Plan(**_tupled(row["plan"]))
        file = self._incoming(actor, form, self.sheet(actor, id), plan)
        if not rehearse and len(row["taken"]) == len(file.groups):
            file.taken[:] = row["taken"]
        run = _Run(threading.Event(), file.accepted, len(file.groups))
        with self._gate:
            self._runs[id] = run
        self._write(id, state=CHECKING if rehearse else RUNNING, total=len(file.groups), report=None, refused=0)
        work = threading.Thread(
            target=self._work, args=(actor, id, file, run, rehearse), name=f"formloom-import-{id}", daemon=True
        )
        work.start()

    def stop(self, actor: Actor, id: int) -> None:
        """Stop a job after the batch it is at; also one that another server is at."""
        self._row(actor, id)
        with self._gate:
            run = self._runs.get(id)
        if run is not None:
            run.stop.set()
        else:
            self._write(id, state=STOPPED)

    def done(self, id: int) -> tuple[int, int]:
        """How far a job of this server is: records decided, and in all; (0, 0) when it doesn't run here."""
        with self._gate:
            run = self._runs.get(id)
        return (run.done, run.total) if run is not None else (0, 0)

    def rejected(self, actor: Actor, id: int) -> Path:
        """The file of rows that were refused. Refused: there is none."""
        row = self._row(actor, id)
        if row["rejected"] is None:
            raise Refused(problem(NOT_FOUND))
        return Blobs(self._folder).locate(row["rejected"])

    # -- bringing it in ------------------------------------------------------------------------------------------------

    def bring_in(
        self, actor: Actor, target: str, path: Path, plan: Plan, *, rehearse: bool = False,
        progress: Progress = lambda done, total: None,
    ) -> Incoming:  # fmt: skip
        """Bring a file in now, from the beginning, and give what became of it. Raises Refused when it can't be read or
        may not be imported: then nothing is done."""
        form, lines = self._target(target)
        actor = replace(actor, channel=CHANNEL)
        file = self._incoming(actor, form, read(path), Plan(**{**asdict(plan), "lines": lines or plan.lines}))
        if rehearse:
            return self._rehearsed(actor, file, progress)
        if plan.together:
            return self._together(actor, file, progress, lambda conn, file: None)
        self._each(actor, file, progress, lambda conn: None)
        return file

    def _each(self, actor: Actor, file: Incoming, progress: Progress, note: Callable[[Connection], None]) -> None:
        """A transaction for each batch; `note` writes down in the same one how far it is."""
        for places in file.batches():

            def unit(conn: Connection, places: list[int] = places) -> tuple[list[Sequence[Problem]], list[Work]]:
                _, work = self._edition()
                answers, done = take(lambda: work(conn, actor), file, places)
                for place, problems in zip(places, answers, strict=True):
                    file.taken[place] = not problems
                note(conn)
                return answers, done

            answers, done = self._store.write(unit)
            self._publish(done)
            file.tell(places, answers)
            progress(file.done, len(file.groups))

    def _together(
        self, actor: Actor, file: Incoming, progress: Progress, note: Callable[[Connection, Incoming], None]
    ) -> Incoming:
        """One transaction for all of it; nothing stays when anything was refused."""
        refused: list[Incoming] = []

        def unit(conn: Connection) -> tuple[Incoming, list[Work]]:
            tried = file.again()
            done = self._through(conn, actor, tried, progress)
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

    def _rehearsed(self, actor: Actor, file: Incoming, progress: Progress) -> Incoming:
        def unit(conn: Connection) -> Incoming:
            tried = file.again()
            self._through(conn, actor, tried, progress)
            return tried

        return self._store.rehearse(unit)

    def _through(self, conn: Connection, actor: Actor, file: Incoming, progress: Progress) -> list[Work]:
        _, work = self._edition()
        done: list[Work] = []
        for places in file.batches():
            answers, works = take(lambda: work(conn, actor), file, places)
            file.tell(places, answers)
            done += works
            progress(file.done, len(file.groups))
        return done

    # -- in the background ---------------------------------------------------------------------------------------------

    def _work(self, actor: Actor, id: int, file: Incoming, run: _Run, rehearse: bool) -> None:
        def progress(done: int, total: int) -> None:
            run.done, run.total = done, total
            if run.stop.is_set():
                raise _Stopped

        def note(conn: Connection, noted: Incoming = file) -> None:
            state = conn.execute(select(tables.imports.c.state).where(tables.imports.c.id == id)).scalar_one()
            if state != RUNNING:
                raise _Stopped
            values = {"taken": bytes(noted.taken), "accepted": noted.accepted, "updated_at": self._clock()}
            conn.execute(update(tables.imports).where(tables.imports.c.id == id).values(**values))

        try:
            if rehearse:
                file = self._rehearsed(actor, file, progress)
            elif file.plan.together:
                file = self._together(actor, file, progress, note)
            else:
                self._each(actor, file, progress, note)
            state = CHECKED if rehearse or (file.plan.together and file.refused) else DONE
            self._finish(actor, id, file, state)
        except _Stopped:
            self._finish(actor, id, file, NEW if rehearse else STOPPED)
        except Refused as refused:
            self._write(id, state=FAILED, report=[told([], p) for p in refused.problems])
        except Exception:
            log.exception("import %s failed", id)
            self._write(id, state=FAILED, report=[])
        finally:
            with self._gate:
                self._runs.pop(id, None)

    def _finish(self, actor: Actor, id: int, file: Incoming, state: str) -> None:
        report = file.report(REPORTED)
        rejected = self._rejected(actor, id, file) if file.refused else None
        values = {"taken": bytes(file.taken)} if state in (DONE, STOPPED) else {"taken": b""}
        self._write(
            id, state=state, accepted=file.accepted, refused=len(file.refused), report=report, rejected=rejected,
            **values,
        )  # fmt: skip

    def _rejected(self, actor: Actor, id: int, file: Incoming) -> str:
        rows = file.rejected(actor.language)
        name = self._row(actor, id)["name"].lower()
        pieces = xlsx_bytes([(file.form.title.to(actor.language), rows)]) if name.endswith(".xlsx") else csv_bytes(rows)
        return Blobs(self._folder).keep(io.BytesIO(b"".join(pieces))).path

    # -- inner ---------------------------------------------------------------------------------------------------------

    def _target(self, target: str) -> tuple[Form, str | None]:
        catalog, _ = self._edition()
        name, _, lines = target.partition(".")
        form = catalog.forms.get(name)
        if form is None or (lines and lines not in form.line_forms()):
            raise Refused(problem(NO_FORM, name=target[:80]))
        return form, lines or None

    def _permit(self, actor: Actor, form: Form) -> None:
        if not access.may(form, actor, "import"):
            raise Refused(access.forbidden(self._edition()[0], form, "import"))

    def _incoming(self, actor: Actor, form: Form, sheet: Sheet, plan: Plan) -> Incoming:
        _, work = self._edition()
        with self._store.read() as conn:
            return incoming(work(conn, actor), form, sheet, plan)

    def _row(self, actor: Actor, id: int) -> RowMapping:
        self.job(actor, id)
        with self._store.read() as conn:
            return conn.execute(select(tables.imports).where(tables.imports.c.id == id)).mappings().one()

    def _idle(self, actor: Actor, id: int) -> RowMapping:
        row = self._row(actor, id)
        with self._gate:
            if id in self._runs:
                raise Refused(problem(STILL_RUNNING))
        return row

    def _write(self, id: int, **values: Any) -> None:
        written = update(tables.imports).where(tables.imports.c.id == id).values(**values, updated_at=self._clock())
        self._store.write(lambda conn: conn.execute(written))

    def _told(self, row: RowMapping) -> Job:
        with self._gate:
            alive = row["id"] in self._runs
        return Job(
            id=row["id"], person=row["person"], target=row["target"], name=row["name"],
            plan=Plan(**_tupled(row["plan"])) if row["plan"] else None, state=row["state"], total=row["total"],
            accepted=row["accepted"], refused=row["refused"], report=tuple(row["report"] or ()),
            rejected=row["rejected"], created_at=row["created_at"], alive=alive,
        )  # fmt: skip


def _tupled(plan: Mapping[str, Any] | None) -> dict[str, Any]:
    found = dict(plan or {})
    if found.get("columns") is not None:
        found["columns"] = tuple(found["columns"])
    return found
