"""Automations: what happens to records sets off what definitions say, in the same transaction or after it; or a schedule does.

Why: whoever changes a record (a person, an import, an action, a clock) sets off the same automations, at the end of the unit
of work, when all that belongs together has happened. What one automation does sets off the next; a unit that never comes to
rest is refused, loudly. Every run is written down with its cause and what it did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.definitions.model import Automation, Form
from engine.jobs.job import Job
from engine.jobs.table import cancel
from engine.problems import Refused, problem
from engine.problems.record import AUTOMATION_LOOP
from engine.runtime import effects, guards, runs
from engine.runtime.before import Image
from engine.runtime.causes import AUTOMATION, Cause, because
from engine.runtime.effects import Doors
from engine.runtime.record import Record, remembered, scalars
from engine.runtime.work import Work
from engine.storage import tables

RUN, EVERY = "automation", "every"
"""The kinds of jobs: one run for one record (or none), and the coming of a scheduled time."""

ROUNDS = 25
"""How often what automations did may set off automations, in one unit of work, before it is taken for a circle."""

TOLD = 50
"""How many records a run's log names at most."""

LATE = 600
"""Seconds after its time within which a scheduled run isn't taken for a missed one."""


@dataclass(frozen=True)
class Happening:
    """What happened to one record or line since automations last looked: `this` as it is (as it was, when it is gone),
    `old` the record before (None: new)."""

    shape: str
    events: frozenset[str]
    changed: frozenset[str]
    this: Record
    old: Record | None


# -- events ------------------------------------------------------------------------------------------------------------


def react(work: Work, doors: Doors) -> bool:
    """Run what was set off by all that happened in this work since the last call, and by what that does, until nothing
    happens any more. True: something ran."""
    listening = work.catalog.listening
    if not listening:
        return False
    ran = 0
    for _ in range(ROUNDS):
        found = list(_happenings(work, work.images))
        for happening in found:
            for automation in listening.get(happening.shape, ()):
                if _meant(work, automation, happening):
                    ran += 1
                    _set_off(work, doors, automation, happening)
        if not found:
            return ran > 0
    names = ", ".join(sorted({a.name for some in listening.values() for a in some}))
    raise Refused(problem(AUTOMATION_LOOP, limit=ROUNDS, names=names))


def _happenings(work: Work, seen: dict[tuple[str, int], Image]) -> Iterator[Happening]:
    """What happened since the last look; looking counts as having seen."""
    for key in list({**work.happened, **seen}):
        form = work.catalog.forms.get(key[0])
        if form is None or not _listened(work, form):
            continue
        before = seen.get(key)
        if before is None:
            happened = work.happened[key]
            before = Image(happened.before, happened.lines, happened.action != "create")
        record = work.row(*key)
        now = _image(form, record)
        seen[key] = now
        yield from _differences(work, form, key[1], before, now, record)


def _listened(work: Work, form: Form) -> bool:
    listening = work.catalog.listening
    return form.name in listening or any(f"{form.name}.{name}" in listening for name in form.line_forms())


def _image(form: Form, record: Record | None) -> Image:
    if record is None:
        return Image({}, {}, False)
    lines = {
        n: {line.id: remembered(line) for line in record.lines(n) if line.id is not None}
        for n in form.line_forms()
        if n.partition(".")[0] in record.values
    }
    return Image(scalars(record.values), lines, True)


def _differences(
    work: Work, form: Form, id: int, before: Image, now: Image, record: Record | None
) -> Iterator[Happening]:
    old = _old(work, form, id, before) if before.there else None
    kept = (n for n, f in form.fields.items() if f.stored and not f.columns and f.field.column() is not None)
    names = [*kept, "state", "owner"]
    changed = {n for n in names if before.values.get(n) != now.values.get(n)} if before.there and now.there else set()
    lists = {n.partition(".")[0] for n in before.lines if n in now.lines and before.lines[n] != now.lines[n]}
    events: set[str] = set()
    if not before.there and now.there:
        events.add("created")
    elif before.there and not now.there:
        events.add("deleted")
    elif changed | lists:
        events.add("updated")
        if "state" in changed:
            events.add("moved")
    this = record if record is not None else old
    if events and this is not None:
        yield Happening(form.name, frozenset(events), frozenset(changed | lists), this, old)
        yield from _lines(form, before, now, record, old)


def _lines(form: Form, before: Image, now: Image, record: Record | None, old: Record | None) -> Iterator[Happening]:
    for name in form.line_forms():
        was = before.lines.get(name, {} if not before.there else None)
        if was is None:
            continue
        shape = f"{form.name}.{name}"
        there = {line.id: line for line in (record.lines(name) if record is not None else []) if line.id is not None}
        for line_id, line in there.items():
            if line_id not in was:
                yield Happening(shape, frozenset({"created"}), frozenset(), line, old)
                continue
            changed = {n for n, v in scalars(line.values).items() if was[line_id].get(n) != v}
            if changed:
                yield Happening(shape, frozenset({"updated"}), frozenset(changed), line, old)
        for gone in old.lines(name) if old is not None else ():
            if gone.id not in there and gone.id in was:
                yield Happening(shape, frozenset({"deleted"}), frozenset(), gone, old)


def _old(work: Work, form: Form, id: int, before: Image) -> Record:
    """The record as it was; lists that nobody touched are read as they are."""
    old = Record(form.name, id, dict(before.values), work)
    for name, lines in sorted(before.lines.items(), key=lambda one: one[0].count(".")):
        above, _, last = name.rpartition(".")
        for holder in old.lines(above) if above else [old]:
            holder.values[last] = [
                Record(f"{form.name}.{name}", line, _but_parent(values), work, parent=holder)
                for line, values in lines.items()
                if values["parent"] == holder.id
            ]
    return old


def _but_parent(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "parent"}


def _meant(work: Work, automation: Automation, happening: Happening) -> bool:
    if not automation.events & happening.events:
        return False
    if automation.changed and "updated" in happening.events and not happening.changed & set(automation.changed):
        return False
    if not automation.imports and work.actor.channel == "import":
        return False
    return automation.when is None or guards.holds(work, automation.when, happening.this, old=happening.old)


def _set_off(work: Work, doors: Doors, automation: Automation, happening: Happening) -> None:
    event = next(e for e in ("created", "deleted", "moved", "updated") if e in happening.events & automation.events)
    cause = {"event": event, **_named(happening.this), "person": work.actor.id, "channel": work.actor.channel}
    if automation.together:
        run(work, doors, automation, happening.this, cause, old=happening.old)
    else:
        defer(work, automation, cause)


def _named(this: Record) -> dict[str, Any]:
    main = this.main
    line = {"line": this.id} if this.parent is not None else {}
    return {"form": main.shape, "record": main.id, **line}


# -- running -----------------------------------------------------------------------------------------------------------


def defer(work: Work, automation: Automation, cause: Mapping[str, Any], at: datetime | None = None) -> None:
    """One run, to be done after the commit; `at`: as if it were done at that moment."""
    payload = {"automation": automation.name, "cause": dict(cause), "at": at.isoformat() if at is not None else None}
    record = cause.get("record")
    work.defer(RUN, payload, about=f"{cause['form']}/{record}" if record is not None else None)


def run(
    work: Work, doors: Doors, automation: Automation, this: Record, cause: Mapping[str, Any], job: Job | None = None,
    **variables: Any,
) -> None:  # fmt: skip
    """Do what an automation says for this record, and write it down; `job`: it was deferred."""
    work.step(f"automation {automation.name}")
    main = this.parent or this
    why = Cause(AUTOMATION, automation.name, main.shape, main.id, automation.digest)
    with because(work, why):
        effects.run(work, doors, this, automation.do, variables)
    done = [key for key, happened in work.happened.items() if why in happened.causes][:TOLD]
    runs.note(work, automation.name, cause, "done", effects=[list(key) for key in done], job=job)


def run_later(work: Work, doors: Doors, job: Job) -> None:
    """A run that was deferred; nothing when its record is gone, or isn't among those that are meant any more."""
    automation = work.catalog.automations.get(str(job.payload["automation"]))
    if automation is None:
        return
    cause = job.payload["cause"]
    this: Record | None = work.blank("")
    if automation.form:
        wanted = cause.get("line", cause.get("record"))
        this = work.row(automation.form, int(wanted)) if wanted is not None else None
    if this is None or (automation.where is not None and not work.value(automation.where, this)):
        runs.note(work, automation.name, cause, "gone", job=job)
        return
    run(work, doors, automation, this, cause, job)


# -- schedules ---------------------------------------------------------------------------------------------------------


def plan(work: Work) -> None:
    """Let every scheduled automation have its next time, and take back the times of those that are none any more."""
    table = tables.job
    wanted = {_key(a): a for a in work.catalog.automations.values() if a.every is not None}
    there = set(work.conn.execute(select(table.c.key).where(table.c.kind == EVERY, table.c.state == "ready")).scalars())
    for key in there - set(wanted):
        cancel(work.conn, kind=EVERY, key=key)
    for key in sorted(set(wanted) - there):
        _next(work, wanted[key], work.now)


def come(work: Work, job: Job) -> None:
    """A scheduled time has come: its runs are deferred, one for each record, and so is the next time."""
    automation = work.catalog.automations.get(str(job.payload["automation"]))
    if automation is None or automation.every is None or _key(automation) != job.payload["key"]:
        return
    planned = datetime.fromisoformat(job.payload["planned"])
    following = automation.every.after(planned, work.zone)
    missed = following <= work.now
    if automation.catch_up == "last":
        while (after := automation.every.after(planned, work.zone)) <= work.now:
            planned = after
    late = (work.now - planned).total_seconds() > LATE
    if not (automation.catch_up == "skip" and (missed or late)):
        _runs(work, automation, planned, at=planned if automation.catch_up == "each" and late else None)
    _next(work, automation, planned if automation.catch_up == "each" else max(planned, work.now))


def _runs(work: Work, automation: Automation, planned: datetime, at: datetime | None) -> None:
    cause: dict[str, Any] = {"event": "every", "planned": planned.isoformat()}
    if automation.query is None:
        defer(work, automation, {**cause, "form": None, "record": None}, at)
        return
    for row in work.value(automation.query, None):
        defer(work, automation, {**cause, **_named(row)}, at)


def _next(work: Work, automation: Automation, after: datetime) -> None:
    assert automation.every is not None
    planned = automation.every.after(after, work.zone)
    payload = {"automation": automation.name, "planned": planned.isoformat(), "key": _key(automation)}
    work.defer(EVERY, payload, at=planned, key=_key(automation))


def _key(automation: Automation) -> str:
    every = automation.every
    return f"{EVERY}:{automation.name}:{every.fields or every.length if every is not None else ''}"
