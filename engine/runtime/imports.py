"""Files that people import: kept, mapped, rehearsed, brought in by a job of the queue, stopped, taken up again.

Why: a file of a hundred thousand rows takes longer than a request, and a server may be killed in the middle. What was
accepted is written down in the same transaction as the records themselves, so whoever takes the job up, on whichever
server, never makes a record twice; a rehearsal goes through every rule and leaves nothing behind.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, RowMapping, insert, select, update

from engine.definitions.model import Form
from engine.jobs.job import Done, Interrupted, Job, Kind
from engine.jobs.table import cancel, defer, held
from engine.problems import Refused, problem
from engine.problems.access import INNER_LINES, STILL_RUNNING
from engine.problems.record import NO_FORM, NOT_FOUND
from engine.runtime import access, people
from engine.runtime.bringing import Bringing, Edition, Progress
from engine.runtime.importing import Incoming, Plan, incoming, told, undisturbed
from engine.runtime.sheet import guessed, sheet_titles
from engine.runtime.spreadsheets import Sheet, csv_bytes, read, xlsx_bytes
from engine.runtime.values import Actor
from engine.runtime.work import Work
from engine.storage import tables
from engine.storage.blobs import Blobs
from engine.storage.store import Store
from engine.texts import LANGUAGES

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

COUNTS = {"accepted": 0, "changed": 0, "same": 0, "refused": 0}
"""What is counted of a file, before anything is tried."""

MOVING = (CHECKING, RUNNING)
"""The states of an import that the queue has."""

JOB = "import"
"""The kind of job that brings a file in."""

TRIES = 3
LONGEST = timedelta(hours=12)
"""How often it is tried, and how long it may take before its server is taken for dead."""

SAID = "import "
"""How what servers tell each other about imports begins."""


@dataclass(frozen=True)
class Import:
    """An import as its page shows it: `target` is the form or list, `plan` None until the columns are mapped.

    Of the `accepted` records `changed` were there and changed, `same` were so already, the others are new. `report` has the
    first problems, each {rows, count, field, code, message: {language: …}, remedy: {…}}.
    """

    id: int
    person: int
    target: str
    name: str
    plan: Plan | None
    state: str
    total: int
    accepted: int
    changed: int
    same: int
    refused: int
    report: tuple[Mapping[str, Any], ...]
    rejected: str | None
    created_at: datetime

    @property
    def moving(self) -> bool:
        """Whether it waits for the queue, or a server is at it."""
        return self.state in MOVING


class _Stopped(Exception):
    """Somebody asked to stop."""


class Imports:
    """See the module. `edition` as for `Bringing`; `publish` tells listeners what was done, `say` other servers how far
    it is; `wake`: a job was written down."""

    def __init__(
        self, store: Store, blobs: Blobs, clock: Callable[[], datetime], edition: Edition,
        publish: Callable[[list[Work]], None], say: Callable[[str], None], wake: Callable[[], None],
    ) -> None:  # fmt: skip
        self._store, self._blobs, self._clock, self._edition = store, blobs, clock, edition
        self._publish, self._say, self._wake = publish, say, wake
        self._far: dict[int, tuple[int, int]] = {}
        self._ended: set[int] = set()
        self._closing = False

    def kinds(self) -> dict[str, Kind]:
        """How the queue does the jobs of imports."""
        return {JOB: Kind(self._do, tries=TRIES, failed=self._failed, lease=LONGEST)}

    def close(self) -> None:
        """Let go of what runs here after the batch it is at; another server, or the next one, goes on."""
        self._closing = True

    def heard(self, said: str) -> bool:
        """What another server says. False: it isn't about an import."""
        if not said.startswith(SAID):
            return False
        id, done, total = map(int, said.removeprefix(SAID).split())
        self._far[id] = (done, total)
        return True

    # -- imports -------------------------------------------------------------------------------------------------------

    def begin(self, actor: Actor, target: str, name: str, content: BinaryIO) -> int:
        """Keep a file that is to be imported, and give its number. Refused: not theirs, or no spreadsheet."""
        form, lines = self._target(target)
        self._permit(actor, form)
        blob = self._blobs.keep(content, LARGEST)
        sheet = read(self._blobs.locate(blob.path), sheet_titles(form, lines))
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

    def one(self, actor: Actor, id: int) -> Import:
        """An import of this actor (administrators: anybody's). Refused: there is none."""
        with self._store.read() as conn:
            row = conn.execute(select(tables.imports).where(tables.imports.c.id == id)).mappings().first()
        if row is None or (row["person"] != actor.id and "admin" not in actor.roles):
            raise Refused(problem(NOT_FOUND))
        return self._told(row)

    def recent(self, actor: Actor, target: str, limit: int = 5) -> tuple[Import, ...]:
        """This actor's imports into a form, the newest first."""
        table = tables.imports
        query = select(table).where(table.c.person == actor.id, table.c.target == target)
        with self._store.read() as conn:
            rows = conn.execute(query.order_by(table.c.id.desc()).limit(limit)).mappings().all()
        return tuple(self._told(row) for row in rows)

    def sheet(self, actor: Actor, id: int) -> Sheet:
        """What its file says."""
        return self._sheet(self._row(actor, id))

    def plan(self, actor: Actor, id: int, plan: Plan) -> None:
        """Say how the file comes in. Refused when its columns don't fit, or it runs already."""
        row = self._idle(actor, id)
        form, _ = self._target(row["target"])
        self._incoming(actor, form, self.sheet(actor, id), plan)
        values = {"plan": asdict(plan), "state": NEW, "taken": b"", "report": None} | COUNTS
        self._store.write(lambda conn: self._set(conn, id, **values, rejected=None))

    def start(self, actor: Actor, id: int, *, rehearse: bool) -> None:
        """Have the import rehearsed, or run (or taken up again), by the queue."""
        row = self._idle(actor, id)
        form, _ = self._target(row["target"])
        self._permit(actor, form)
        payload = {"import": id, "person": actor.id, "language": actor.language, "rehearse": rehearse}

        def unit(conn: Connection) -> None:
            state = CHECKING if rehearse else RUNNING
            self._set(conn, id, state=state, report=None, refused=0)
            now = self._clock()
            if defer(conn, JOB, payload, now=now, key=_key(id), about=_key(id)) is None:
                raise Refused(problem(STILL_RUNNING))

        self._ended.discard(id)
        self._far.pop(id, None)
        self._store.write(unit)
        self._wake()

    def stop(self, actor: Actor, id: int) -> None:
        """Stop an import, after the batch it is at, whichever server is at it."""
        self._row(actor, id)
        self._ended.add(id)  # one transaction for all holds up the only writer of SQLite: it must learn of it before

        def unit(conn: Connection) -> None:
            state = conn.execute(select(tables.imports.c.state).where(tables.imports.c.id == id)).scalar_one()
            if state in MOVING:
                self._set(conn, id, state=NEW if state == CHECKING else STOPPED)
                cancel(conn, kind=JOB, key=_key(id))

        self._store.write(unit)

    def done(self, id: int) -> tuple[int, int]:
        """How far a job is: records decided, and in all; (0, 0) when that isn't known yet."""
        return self._far.get(id, (0, 0))

    def rejected(self, actor: Actor, id: int) -> Path:
        """The file of rows that were refused. Refused: there is none."""
        row = self._row(actor, id)
        if row["rejected"] is None:
            raise Refused(problem(NOT_FOUND))
        return self._blobs.locate(row["rejected"])

    # -- bringing it in ------------------------------------------------------------------------------------------------

    def bring_in(
        self, actor: Actor, target: str, path: Path, plan: Plan, *, rehearse: bool = False,
        progress: Progress = lambda done, total: None,
    ) -> Incoming:  # fmt: skip
        """Bring a file in now, from the beginning, and give what became of it. Raises Refused when it can't be read or
        may not be imported: then nothing is done."""
        form, lines = self._target(target)
        actor = replace(actor, channel=CHANNEL)
        with undisturbed():
            file = self._incoming(actor, form, read(path), Plan(**{**asdict(plan), "lines": lines or plan.lines}))
        bringing = Bringing(self._store, self._edition, self._publish, actor, progress)
        if rehearse:
            return bringing.rehearsed(file)
        return bringing.together(file) if plan.together else bringing.each(file)

    # -- by the queue --------------------------------------------------------------------------------------------------

    def _do(self, job: Job, done: Done) -> None:
        """Bring a file in, from where it was left. Raises Interrupted: the server closes and another goes on."""
        id, rehearse = int(job.payload["import"]), bool(job.payload["rehearse"])
        with self._store.read() as conn:
            row = conn.execute(select(tables.imports).where(tables.imports.c.id == id)).mappings().first()
            spoken = job.payload.get("language", LANGUAGES[0])
            actor = people.actor(conn, int(job.payload["person"]), CHANNEL, spoken)
        if row is None or actor is None or row["state"] not in MOVING:
            return

        def progress(decided: int, total: int) -> None:
            self._far[id] = (decided, total)
            self._say(f"{SAID}{id} {decided} {total}")
            if self._closing:
                raise Interrupted
            if id in self._ended or self._state(id) not in MOVING:
                raise _Stopped

        def note(conn: Connection, noted: Incoming) -> None:
            state = conn.execute(select(tables.imports.c.state).where(tables.imports.c.id == id)).scalar_one()
            if state != RUNNING or not held(conn, job):
                raise _Stopped
            over = {"state": DONE} if noted.plan.together else {}
            self._set(conn, id, taken=bytes(noted.taken), total=len(noted.groups), **noted.counts(), **over)
            if over:
                done(conn)

        try:
            form, _ = self._target(row["target"])
            with undisturbed():
                file = self._incoming(actor, form, self._sheet(row), Plan(**_tupled(row["plan"])))
        except Refused as refused:
            wrong = [told([], p) for p in refused.problems]

            def refuse(conn: Connection) -> None:
                self._set(conn, id, state=FAILED, report=wrong)
                done(conn)

            self._store.write(refuse)
            return
        if not rehearse and len(row["taken"]) == len(file.groups):
            file.taken[:] = row["taken"]
        bringing = Bringing(self._store, self._edition, self._publish, actor, progress)
        try:
            progress(file.accepted, len(file.groups))
            if rehearse:
                file = bringing.rehearsed(file)
            else:
                file = bringing.together(file, note) if file.plan.together else bringing.each(file, note)
        except _Stopped:
            self._finish(actor, row, file, STOPPED, lambda conn: None)
            return
        if file.plan.together and not rehearse and not file.refused:
            return  # that is written down with the records
        over = CHECKED if rehearse or file.plan.together else DONE
        self._finish(actor, row, file, over, done)

    def _failed(self, conn: Connection, job: Job, error: str, dead: bool) -> None:
        """What can't be done is told to whoever waits for it; until it is given up it runs."""
        log.error("import %s: %s", job.payload["import"], error)
        if dead:
            self._set(conn, int(job.payload["import"]), state=FAILED, report=[])

    def _finish(self, actor: Actor, row: RowMapping, file: Incoming, state: str, done: Done) -> None:
        """Write down what became of a file, together with its job's mark; what was stopped and begun anew meanwhile is
        another's."""
        rejected = self._rejected(actor, row["name"], file) if file.refused else None
        values = {
            "state": state, "report": file.report(REPORTED), "rejected": rejected,
            "taken": bytes(file.taken) if state in (DONE, STOPPED) else b"", "total": len(file.groups), **file.counts(),
        }  # fmt: skip

        def unit(conn: Connection) -> None:
            now = conn.execute(select(tables.imports.c.state).where(tables.imports.c.id == row["id"])).scalar_one()
            if state != STOPPED or now == STOPPED:
                self._set(conn, row["id"], **values)
            done(conn)

        self._store.write(unit)
        self._far.pop(row["id"], None)

    def _rejected(self, actor: Actor, name: str, file: Incoming) -> str:
        rows = file.rejected(actor.language)
        sheet = name.lower().endswith(".xlsx")
        pieces = xlsx_bytes([(file.form.title.to(actor.language), rows)]) if sheet else csv_bytes(rows)
        return self._blobs.keep(io.BytesIO(b"".join(pieces))).path

    # -- inner ---------------------------------------------------------------------------------------------------------

    def _target(self, target: str) -> tuple[Form, str | None]:
        catalog, _ = self._edition()
        name, _, lines = target.partition(".")
        form = catalog.forms.get(name)
        if form is None or (lines and lines not in form.line_forms()):
            raise Refused(problem(NO_FORM, name=target[:80]))
        if "." in lines:
            outer, _, inner = target.rpartition(".")
            raise Refused(problem(INNER_LINES, target=lines, outer=outer, inner=inner))
        return form, lines or None

    def _permit(self, actor: Actor, form: Form) -> None:
        if not access.may(form, actor, "import"):
            raise Refused(access.forbidden(self._edition()[0], form, "import"))

    def _incoming(self, actor: Actor, form: Form, sheet: Sheet, plan: Plan) -> Incoming:
        _, work = self._edition()
        with self._store.read() as conn:
            return incoming(work(conn, actor), form, sheet, plan)

    def _row(self, actor: Actor, id: int) -> RowMapping:
        self.one(actor, id)
        with self._store.read() as conn:
            return conn.execute(select(tables.imports).where(tables.imports.c.id == id)).mappings().one()

    def _idle(self, actor: Actor, id: int) -> RowMapping:
        row = self._row(actor, id)
        if row["state"] in MOVING:
            raise Refused(problem(STILL_RUNNING))
        return row

    def _sheet(self, row: RowMapping) -> Sheet:
        return read(self._blobs.locate(row["path"]), sheet_titles(*self._target(row["target"])))

    def _state(self, id: int) -> str | None:
        with self._store.read() as conn:
            found: str | None = conn.execute(select(tables.imports.c.state).where(tables.imports.c.id == id)).scalar()
            return found

    def _set(self, conn: Connection, id: int, **values: Any) -> None:
        table = tables.imports
        conn.execute(update(table).where(table.c.id == id).values(**values, updated_at=self._clock()))

    def _told(self, row: RowMapping) -> Import:
        return Import(
            id=row["id"], person=row["person"], target=row["target"], name=row["name"],
            plan=Plan(**_tupled(row["plan"])) if row["plan"] else None, state=row["state"], total=row["total"],
            accepted=row["accepted"], changed=row["changed"] or 0, same=row["same"] or 0,
            refused=row["refused"], report=tuple(row["report"] or ()),
            rejected=row["rejected"], created_at=row["created_at"],
        )  # fmt: skip


def _key(id: int) -> str:
    return f"import:{id}"


def _tupled(plan: Mapping[str, Any] | None) -> dict[str, Any]:
    found = dict(plan or {})
    if found.get("columns") is not None:
        found["columns"] = tuple(found["columns"])
    return found
