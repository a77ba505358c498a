"""Calls to other systems: written down with what they say, done after the commit, and what their answers bring.

Why: another system may be slow or away; the record's transaction must not wait for it. An answer is kept only while the
record is where it was when the question was asked: one that comes too late changes nothing, and the log says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from http.client import HTTPException
from typing import Any, Protocol
from urllib.parse import quote

from engine.definitions.model import Connection, Effect
from engine.expressions.tree import Typed
from engine.jobs.job import Done, Failed, GiveUp, Job, Kind
from engine.jobs.queue import worded
from engine.problems import Refused
from engine.runtime import calling, robots, runs
from engine.runtime.causes import CALL, because, of_form
from engine.runtime.reading import read_into
from engine.runtime.record import Record
from engine.runtime.work import Work
from engine.settings import Settings
from engine.texts import LANGUAGES, Text, text, told

JOB = "call"
"""The kind of job that calls; its payload has `url secret method body take` (for a robot `robot key subject message`), and what
it is about."""

ANSWER_LOST = text("它的回答存不进去：{why}", "its answer can't be kept: {why}")


class Keep(Protocol):
    """Stores what an answer brings to a record, through all rules, and concludes the work."""

    def __call__(self, work: Work, record: Record, given: set[Any], old: Record) -> None:
        """`given`: the paths of the values put into the record; `old`: the record before."""


def defer(work: Work, effect: Effect, this: Record, known: Mapping[str, Any]) -> None:
    """Write a call down: it is worded now, and made after the commit."""
    connection = work.catalog.connections[str(effect.connection)]
    sent = {name: plain(work, work.value(formula, this, **known)) for name, formula in effect.names.items()}
    main = this.main
    cause = {"event": "call", "form": main.shape or None, "record": main.id}
    if connection.robot is not None:
        _defer_saying(work, effect, connection, this, known, cause)
        return
    payload = {
        "automation": f"call {effect.connection}", "cause": cause, "url": f"{connection.url}/{_path(work, effect, this, known)}",
        "secret": connection.secret, "method": effect.method, "take": dict(effect.take),
        "body": json.dumps(sent, ensure_ascii=False, separators=(",", ":")) if effect.method != "GET" else "",
    }  # fmt: skip
    work.defer(JOB, payload, about=f"{main.shape}/{main.id}")


def _defer_saying(
    work: Work, effect: Effect, connection: Connection, this: Record, known: Mapping[str, Any], cause: dict[str, Any]
) -> None:  # fmt: skip
    """The same for a robot: it is worded now, and signed when it is sent."""
    assert effect.message is not None
    language = connection.language
    payload = {
        "automation": f"call {effect.connection}", "cause": cause, "robot": connection.robot, "url": connection.url,
        "key": connection.key, "secret": connection.secret, "take": {},
        "subject": work.render(effect.subject, language, this, **known) if effect.subject is not None else "",
        "message": work.render(effect.message, language, this, **known),
    }  # fmt: skip
    work.defer(JOB, payload, about=f"{cause['form']}/{cause['record']}")


def kind(
    write: Callable[[Callable[[Work], Any]], Any], settings: Settings, clock: Callable[[], datetime], keep: Keep
) -> Kind:
    """How calls are made; `write` does a unit of work for the engine."""

    def do(job: Job, done: Done) -> None:
        answer = _asked(job, settings, clock())
        write(lambda work: _answered(work, job, done, answer, keep))

    def failed(conn: Any, job: Job, error: str, dead: bool) -> None:
        runs.note_failure(conn, job, error, "dead" if dead else "failed")

    return Kind(do, failed=failed)


def _asked(job: Job, settings: Settings, now: datetime) -> Any:
    payload, moment = job.payload, int(now.timestamp())
    secret = _secret(settings, payload["secret"])
    robot: str | None = payload.get("robot")
    if robot is not None:
        url, key = payload["url"], _secret(settings, payload["key"]) or ""
        post = robots.post(robot, url, key, secret, payload["subject"], _linked(payload, settings), moment)
        request, secret = calling.Request("POST", post.url, post.body), None
    else:
        request = calling.Request(payload["method"], payload["url"], payload["body"])
    try:
        answer = calling.send(request, f"msg_{job.uid}", moment, secret, settings.calls)
    except HTTPException as error:
        why = text("它的回答读不懂", "its answer can't be read")
        raise Failed(Text({n: f"{words} ({type(error).__name__})" for n, words in why.words.items()})) from error
    if robot is not None:
        robots.judge(robot, answer)
    return answer


def _secret(settings: Settings, name: str | None) -> str | None:
    """What the operator keeps under that name; None when none is named."""
    if name is None:
        return None
    found = settings.secrets.get(name.lower())
    if found is None:
        raise GiveUp(
            text(f"没有设置密钥 SECRET_{name.upper()}", f"the secret {name} is not set: SECRET_{name.upper()}")
        )
    return found


def _linked(payload: Mapping[str, Any], settings: Settings) -> str:
    """What a robot says, with the way to the record."""
    cause = payload["cause"]
    there = bool(settings.address and cause["form"] and cause["record"])
    return str(payload["message"]) + (f"\n{settings.address}/f/{cause['form']}/{cause['record']}" if there else "")


def _answered(work: Work, job: Job, done: Done, answer: Any, keep: Keep) -> None:
    done(work.conn)
    cause, name = job.payload["cause"], job.payload["automation"]
    take: Mapping[str, str] = job.payload["take"]
    form = work.catalog.forms.get(cause["form"] or "")
    record = work.row(form.name, cause["record"]) if form is not None and cause["record"] is not None else None
    if not take:
        runs.note(work, name, cause, "done", job=job)
        return
    since = record.values.get("state_since") if record is not None else None
    if form is None or record is None or (since is not None and since > job.created_at):
        runs.note(work, name, cause, "late", job=job)
        return
    old = work.before(record)
    found = {field: calling.picked(answer, path) for field, path in take.items()}
    given = read_into(work, record, found, form.fields)
    runs.note(work, name, cause, "done", effects=[[form.name, record.id]], job=job)
    try:
        if given.problems:
            raise Refused(given.problems)
        with because(work, of_form(CALL, name.removeprefix("call "), form, record)):
            keep(work, record, given.paths, old)
    except Refused as refused:
        raise GiveUp(Text({n: ANSWER_LOST.to(n).format(why=told(worded(refused), n)) for n in LANGUAGES})) from refused


def _path(work: Work, effect: Effect, this: Record, known: Mapping[str, Any]) -> str:
    """The path with what it names of the record, which can't lead out of its place in it."""
    assert effect.path is not None

    def show(value: Any, typed: Typed) -> str:
        return quote(str(plain(work, value) if value is not None else ""), safe="")

    return effect.path.render(work.env(this, **known), show).lstrip("/")


def plain(work: Work, value: Any) -> Any:
    """A value as JSON has it: whole numbers and decimals as numbers where nothing is lost, else as text; records by what
    they are called; moments with their zone."""
    if isinstance(value, Decimal):
        if value == value.to_integral_value():
            return int(value)
        return float(value) if Decimal(repr(float(value))) == value else str(value)
    if isinstance(value, datetime):
        return value.astimezone(work.zone).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, list | tuple):
        return [plain(work, one) for one in value]
    if isinstance(value, Record):
        return work.title_of(value.shape, value.id) if value.id is not None else None
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)
