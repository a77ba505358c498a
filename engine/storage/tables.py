"""The engine's own tables, the same in every installation; those of forms follow from their definitions (`layout`).

Why: people, sessions, history, files and counters exist whatever an analyst writes. The classes declare them; verbs
read and write the plain tables below them (`person`, `event`, …), in the same units of work as records. Long because it
is one list of tables.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Connection, Date, Index, Integer, LargeBinary, Table, Text, inspect, text
from sqlalchemy.schema import CreateColumn
from sqlmodel import AutoString, Field, SQLModel

from engine.columns import WHOLE, WORDS, Instant, Length


class Person(SQLModel, table=True):
    """Somebody who may sign in. `password` is an argon2 hash, None: no password yet. `demo`: came with the demo.
    `letters`: "off" when single letters are no keys for them; `mailing` when they like notices by mail;
    `feed` is the digest of the secret in the link to their calendar."""

    __tablename__ = "sys_person"

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(unique=True)
    name: str
    email: str | None = None
    phone: str | None = None
    department: int | None = Field(default=None, index=True)
    password: str | None = None
    active: bool = True
    language: str | None = None
    theme: str | None = None
    density: str | None = None
    letters: str | None = None
    mailing: str | None = None
    feed: str | None = Field(default=None, index=True)
    created_at: datetime = Field(sa_type=Instant)
    must_change_password: bool = False
    demo: bool = False


class PersonRole(SQLModel, table=True):
    """A person has a role (`everyone` is never kept)."""

    __tablename__ = "sys_person_role"

    person: int = Field(primary_key=True, foreign_key="sys_person.id", ondelete="CASCADE")
    role: str = Field(primary_key=True, index=True)


class Department(SQLModel, table=True):
    """A department. `name` maps languages to its name; `key` names it in definitions; `head` is a person."""

    __tablename__ = "sys_department"

    id: int | None = Field(default=None, primary_key=True)
    name: dict[str, str] = Field(sa_type=JSON)
    key: str | None = Field(default=None, unique=True)
    head: int | None = Field(default=None, index=True)
    parent: int | None = Field(default=None, index=True)


class Session(SQLModel, table=True):
    """Somebody is signed in. `id` is the SHA-256 (hex) of the cookie's value; `agent` their browser's words."""

    __tablename__ = "sys_session"

    id: str = Field(primary_key=True)
    person: int = Field(foreign_key="sys_person.id", ondelete="CASCADE", index=True)
    created: datetime = Field(sa_type=Instant)
    last_seen: datetime = Field(sa_type=Instant)
    expires: datetime = Field(sa_type=Instant, index=True)
    agent: str | None = None


class Token(SQLModel, table=True):
    """A bearer token of the API. `sha256` (hex) is that of the whole token; `expires` None: never."""

    __tablename__ = "sys_token"

    id: int | None = Field(default=None, primary_key=True)
    person: int = Field(foreign_key="sys_person.id", ondelete="CASCADE", index=True)
    name: str
    sha256: str = Field(unique=True)
    created: datetime = Field(sa_type=Instant)
    expires: datetime | None = Field(default=None, sa_type=Instant)
    last_used: datetime | None = Field(default=None, sa_type=Instant)


class LoginAttempt(SQLModel, table=True):
    """A failed sign-in, counted by what was typed as login and by address, for throttling."""

    __tablename__ = "sys_login_attempt"
    __table_args__ = (Index("ix_sys_login_attempt_login_at", "login", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    login: str
    address: str | None = Field(default=None, index=True)
    at: datetime = Field(sa_type=Instant, index=True)


class Event(SQLModel, table=True):
    """One thing that happened to a record: a row of its history, written with the change itself.

    `version` is the record's after it. `actor` None: the engine. `channel`: `browser api import cli demo`. `definition`
    is the digest of the form's definition then. `diff` is JSON, as the runtime writes it; `request` the request's id;
    `confirmed` the warnings that were taken note of, as a list of texts by language. `task` is the task it was done in
    ("" a state's only one), `acting_for` who should have done it; `people` are whom it was handed to, as a list of ids;
    `causes` is JSON, what in the definitions took part (`runtime.causes`); `signature` is a file.
    """

    __tablename__ = "sys_event"
    __table_args__ = (Index("ix_sys_event_form_record", "form", "record"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True)
    form: str
    record: int
    version: int
    at: datetime = Field(sa_type=Instant, index=True)
    actor: int | None = Field(default=None, index=True)
    action: str
    transition: str | None = None
    from_state: str | None = None
    to_state: str | None = None
    opinion: str | None = Field(default=None, sa_type=Text)
    channel: str
    definition: str | None = None
    diff: Any = Field(default=None, sa_type=JSON, nullable=True)
    comment: str | None = Field(default=None, sa_type=Text)
    request: str | None = None
    confirmed: Any = Field(default=None, sa_type=JSON, nullable=True)
    task: str | None = None
    acting_for: int | None = None
    people: Any = Field(default=None, sa_type=JSON, nullable=True)
    causes: Any = Field(default=None, sa_type=JSON, nullable=True)
    signature: int | None = None


class Task(SQLModel, table=True):
    """A task of a record. `name` is the definition's among several of a state, "" for its only one; `round` counts how
    often the state was entered. `status`: `open done ended` (the record left) or `cancelled`.

    `enough` is JSON, the rule as it was when the task was opened; `excluded` a list of persons. `outcome` is the button by
    which it ended, `ended_by` who pressed it (None: nobody, or it is open). `returned_to`: it was sent back to that state
    and comes straight back here when it is moved on from there.
    """

    __tablename__ = "sys_task"
    __table_args__ = (
        Index("ix_sys_task_form_record", "form", "record"),
        Index("ix_sys_task_status_form", "status", "form"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    form: str
    record: int
    state: str
    name: str
    round: int
    status: str
    enough: Any = Field(sa_type=JSON)
    excluded: Any = Field(sa_type=JSON)
    opened_at: datetime = Field(sa_type=Instant, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: int | None = None
    outcome: str | None = None
    returned_to: str | None = None


class Holder(SQLModel, table=True):
    """Somebody's part in a task. `why` is JSON: the reasons, as the runtime writes them. `place` is their turn among those
    who go one after the other. `kind`: `assigned`, or `before after beside` for a signer whom `added_by` asked.

    `status`: `open` (their turn), `waiting` (not yet), `done`, `passed` (no more needed), `handed` (to somebody else).
    `outcome` is the button they pressed, `acted_by` who did it in their place (None: themselves), `version` the record's
    when they did. `stashed` is an opinion that they began. `since`: from when on it is with them: their turn has come, or
    they took it for themselves (None: since the task is open).
    """

    __tablename__ = "sys_holder"
    __table_args__ = (
        Index("ix_sys_holder_task", "task"),
        Index("ix_sys_holder_person_status", "person", "status"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    task: int = Field(foreign_key="sys_task.id", ondelete="CASCADE")
    person: int
    why: Any = Field(sa_type=JSON)
    place: int
    kind: str
    status: str
    added_by: int | None = None
    outcome: str | None = None
    opinion: str | None = Field(default=None, sa_type=Text)
    signature: int | None = None
    acted_at: datetime | None = Field(default=None, sa_type=Instant)
    acted_by: int | None = None
    version: int | None = None
    stashed: str | None = Field(default=None, sa_type=Text)
    since: datetime | None = Field(default=None, sa_type=Instant)


class Deed(SQLModel, table=True):
    """An action that says what undoes it, as it was done for a record since that left its first state. `mark` finds what
    undoes it in the definitions, `kind` and `name` are those of its cause; `made` is the record that it made and named."""

    __tablename__ = "sys_deed"
    __table_args__ = (Index("ix_sys_deed_record", "form", "record"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True)
    form: str
    record: int
    mark: str
    kind: str
    name: str
    made: int | None = None


class Away(SQLModel, table=True):
    """While a person is away, `deputy` does their tasks in their place, from `starts` to `ends`, both days included."""

    __tablename__ = "sys_away"

    person: int = Field(primary_key=True, foreign_key="sys_person.id", ondelete="CASCADE")
    deputy: int = Field(foreign_key="sys_person.id", ondelete="CASCADE", index=True)
    starts: date = Field(sa_type=Date)
    ends: date = Field(sa_type=Date)


class Notice(SQLModel, table=True):
    """Something a person is told in the product. `message` maps languages to text; `record` of `form` is its page; `actor`
    is whose act it comes from, None: nobody's."""

    __tablename__ = "sys_notice"
    __table_args__ = (Index("ix_sys_notice_person_read_at", "person", "read_at", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    person: int = Field(foreign_key="sys_person.id", ondelete="CASCADE")
    at: datetime = Field(sa_type=Instant)
    message: dict[str, str] = Field(sa_type=JSON)
    form: str | None = None
    record: int | None = None
    actor: int | None = None
    read_at: datetime | None = Field(default=None, sa_type=Instant)


class File(SQLModel, table=True):
    """An uploaded file. `type` is what its content is; `form`, `record` and `field` None: not attached to a record yet.

    `path` is where it lies below the folder of files; several rows may share one file (same content).
    """

    __tablename__ = "sys_file"
    __table_args__ = (Index("ix_sys_file_form_record", "form", "record"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True)
    sha256: str = Field(index=True)
    name: str
    size: int
    type: str
    created_by: int | None = None
    created_at: datetime = Field(sa_type=Instant, index=True)
    form: str | None = None
    record: int | None = None
    field: str | None = None
    path: str


class SerialCounter(SQLModel, table=True):
    """The last number given. `scope` and `period` are texts, "" where a serial number has none."""

    __tablename__ = "sys_serial_counter"

    form: str = Field(primary_key=True)
    field: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    value: int


class Applied(SQLModel, table=True):
    """The definition of a form that its tables were last made to fit. `snapshot` is its layout (`storage.snapshot`)."""

    __tablename__ = "sys_applied"

    form: str = Field(primary_key=True)
    digest: str
    snapshot: Any = Field(sa_type=JSON)
    at: datetime = Field(sa_type=Instant)


class Edition(SQLModel, table=True):
    """How often the definitions that tables follow were changed: one row, that a server compares with what it knows."""

    __tablename__ = "sys_edition"

    id: int = Field(primary_key=True)
    number: int


class Setting(SQLModel, table=True):
    """A pack's setting as administrators set it; `value` is JSON."""

    __tablename__ = "sys_setting"

    name: str = Field(primary_key=True)
    value: Any = Field(default=None, sa_type=JSON, nullable=True)


class Draft(SQLModel, table=True):
    """A form that was begun and not sent, one for each person, form and record (None: a new one). `raw` is JSON as the
    page that keeps it understands it."""

    __tablename__ = "sys_draft"
    __table_args__ = (Index("ix_sys_draft_person_form", "person", "form"),)

    id: int | None = Field(default=None, primary_key=True)
    person: int = Field(foreign_key="sys_person.id", ondelete="CASCADE")
    form: str
    record: int | None = None
    raw: Any = Field(sa_type=JSON)
    at: datetime = Field(sa_type=Instant, index=True)


class SavedView(SQLModel, table=True):
    """How one person sees a form's list. `title` None: only the columns (and whether it comes first) of the definition's
    view `name`; else a view of their own over the definition's view `base` (None: over everything).

    `columns` is JSON: [name, width in pixels or null] each (None: as the view has them); `where` conditions as written,
    all must hold; `sort` names with commas, `-` before descending; `first`: opened when no view is asked for.
    """

    __tablename__ = "sys_view"
    __table_args__ = (Index("ix_sys_view_person_form_name", "person", "form", "name", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    person: int = Field(foreign_key="sys_person.id", ondelete="CASCADE")
    form: str
    name: str
    title: str | None = None
    base: str | None = None
    columns: Any = Field(default=None, sa_type=JSON, nullable=True)
    where: Any = Field(default=None, sa_type=JSON, nullable=True)
    q: str | None = None
    sort: str | None = None
    density: str | None = None
    first: bool = False


class Import(SQLModel, table=True):
    """A file that a person is importing. `target` is a form, or a list (`order.items`); `path` and `rejected` lie in the
    folder of files; `plan` is JSON, as the runtime writes it.

    `state`: `new checking checked running stopped done failed`. `total` records are in the file; `taken` has a byte for
    each, 0 until it is accepted, and is written with the records themselves. Of the `accepted` records `changed` were there
    before and `same` were so already. `report` is JSON: the first problems.
    """

    __tablename__ = "sys_import"

    id: int | None = Field(default=None, primary_key=True)
    person: int = Field(foreign_key="sys_person.id", ondelete="CASCADE", index=True)
    target: str
    name: str
    path: str
    plan: Any = Field(default=None, sa_type=JSON, nullable=True)
    state: str = "new"
    total: int = 0
    accepted: int = 0
    changed: int | None = None
    same: int | None = None
    refused: int = 0
    taken: bytes = Field(default=b"", sa_type=LargeBinary)
    report: Any = Field(default=None, sa_type=JSON, nullable=True)
    rejected: str | None = None
    created_at: datetime = Field(sa_type=Instant)
    updated_at: datetime = Field(sa_type=Instant)


class Contribution(SQLModel, table=True):
    """What one row of a source brings to a row of a computed form. `source` is its name in the definition, `row` the id
    of its record or line, `target` the computed row; `amounts` (JSON texts of decimals) what it adds to each term."""

    __tablename__ = "sys_contribution"
    __table_args__ = (Index("ix_sys_contribution_form_target", "form", "target"),)

    form: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    row: int = Field(primary_key=True)
    target: int
    amounts: Any = Field(sa_type=JSON)


class Total(SQLModel, table=True):
    """The sums of all contributions to a row of a computed form: how many rows (`rows`), and each term (`amounts`)."""

    __tablename__ = "sys_total"

    form: str = Field(primary_key=True)
    target: int = Field(primary_key=True)
    rows: int
    amounts: Any = Field(sa_type=JSON)


class Idempotency(SQLModel, table=True):
    """An answer kept so that a repeated request gets it again. `caller` says who asked (`token:7`, `person:3`).

    `request` is the SHA-256 of what was asked; `status` and `body` are the answer, None while it is being worked on.
    """

    __tablename__ = "sys_idempotency"

    caller: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    request: str
    status: int | None = None
    body: str | None = Field(default=None, sa_type=Text)
    at: datetime = Field(sa_type=Instant, index=True)


class Clock(SQLModel, table=True):
    """A time that runs for a record. `name` is "" for the time that its state allows, else the clock's of its workflow.

    `state`: `running` until `due_at`, `paused` with so much working time `left`, `met` or `missed` at `ended_at`.
    """

    __tablename__ = "sys_clock"

    form: str = Field(primary_key=True)
    record: int = Field(primary_key=True)
    name: str = Field(primary_key=True)
    state: str
    due_at: datetime | None = Field(default=None, sa_type=Instant, index=True)
    left: timedelta | None = Field(default=None, sa_type=Length)
    started_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class Run(SQLModel, table=True):
    """One run of an automation. `state`: `done`, `gone` (its record was no more), `late` (an
    answer that came when its record had moved on), `failed` (it comes again), `dead`, `refused` (what another system sent),
    or `nobody` (a mail or notice of it reached nobody, or not all; then `cause` says `by` what kind of thing it was done).

    `cause` is JSON: the event, form and record (and line, person, planned time); `effects`: [form, record] of what it
    touched. `job` is its job while it may be tried again.
    """

    __tablename__ = "sys_run"

    id: int | None = Field(default=None, primary_key=True)
    automation: str = Field(index=True)
    at: datetime = Field(sa_type=Instant, index=True)
    state: str
    cause: Any = Field(sa_type=JSON)
    effects: Any = Field(default=None, sa_type=JSON, nullable=True)
    error: str | None = Field(default=None, sa_type=Text)
    job: int | None = Field(default=None, index=True)
    attempt: int = 1


class Job(SQLModel, table=True):
    """Something to be done after the commit: now, or at a moment. What is done is gone from here.

    `state`: `ready`, or `dead` (given up; `error` says why). `due_at` is when it is to be done, and while somebody is at it
    until when it is theirs (`owner`); `attempt` counts the takings. `key`: no two that are ready have the same. `about` is
    what it is about, such as `lead/7`. `uid` names it to the outside, for ever. `ticket`: its job of `procrastinate`.
    """

    __tablename__ = "sys_job"
    __table_args__ = (
        Index("ix_sys_job_due_at", "due_at", sqlite_where=text("state = 'ready'"), postgresql_where=text("state = 'ready'")),
        Index(
            "ix_sys_job_key", "key", unique=True,
            sqlite_where=text("state = 'ready'"), postgresql_where=text("state = 'ready'"),
        ),
        {"sqlite_autoincrement": True},
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    uid: str
    kind: str
    key: str | None = None
    about: str | None = Field(default=None, index=True)
    payload: Any = Field(sa_type=JSON)
    state: str = "ready"
    due_at: datetime = Field(sa_type=Instant)
    attempt: int = 0
    owner: str | None = None
    error: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=Instant)
    ticket: int | None = None


def _table(model: type[SQLModel]) -> Table:
    """The model's table, its texts and whole numbers as those of forms are."""
    found = SQLModel.metadata.tables[str(model.__tablename__)]
    for column in found.columns:
        if isinstance(column.type, AutoString | Text):
            column.type = WORDS
        elif type(column.type) is Integer:
            column.type = WHOLE
    return found


person = _table(Person)
person_role = _table(PersonRole)
department = _table(Department)
session = _table(Session)
token = _table(Token)
login_attempt = _table(LoginAttempt)
event = _table(Event)
notice = _table(Notice)
file = _table(File)
serial_counter = _table(SerialCounter)
applied = _table(Applied)
edition = _table(Edition)
setting = _table(Setting)
draft = _table(Draft)
view = _table(SavedView)
imports = _table(Import)
idempotency = _table(Idempotency)
contribution = _table(Contribution)
total = _table(Total)
clock = _table(Clock)
run = _table(Run)
job = _table(Job)
task = _table(Task)
holder = _table(Holder)
deed = _table(Deed)
away = _table(Away)

FIXED = (
    person,
    person_role,
    department,
    session,
    token,
    login_attempt,
    event,
    notice,
    file,
    serial_counter,
    applied,
    edition,
    setting,
    draft,
    view,
    imports,
    idempotency,
    contribution,
    total,
    clock,
    run,
    job,
    task,
    holder,
    deed,
    away,
)
"""All of them, those that others point at first."""


def create(conn: Connection) -> None:
    """Make what is missing of the fixed tables: tables, columns that a newer version added (empty), indexes."""
    seen = inspect(conn)
    there = set(seen.get_table_names())
    known = [table.name for table in FIXED if table.name in there]
    columns = {
        name: {c["name"] for c in found} for (_, name), found in seen.get_multi_columns(filter_names=known).items()
    }
    indexes = {
        name: {i["name"] for i in found} for (_, name), found in seen.get_multi_indexes(filter_names=known).items()
    }
    for table in FIXED:
        if table.name not in there:
            table.create(conn, checkfirst=False)
            continue
        for column in table.columns:
            if column.name not in columns[table.name]:
                words = CreateColumn(column).compile(dialect=conn.dialect)
                conn.exec_driver_sql(f'ALTER TABLE "{table.name}" ADD COLUMN {words}')
        for index in table.indexes:
            if index.name not in indexes[table.name]:
                index.create(conn)
