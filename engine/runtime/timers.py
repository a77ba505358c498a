"""Times of records: how long they may stay in a state, and the clocks of their workflow.

Why: what is allowed is reckoned when a record arrives and kept with it, so that lists can ask for it; a timer in the same
transaction rings when it is over, and is taken back in the transaction that leaves. Whoever rings looks again whether the
time still runs, so a timer that comes late or twice does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, and_, delete, insert, select, update

from engine.definitions.model import ADMIN, Clock, Due, Effect, Form
from engine.expressions.tree import Typed
from engine.jobs.table import cancel
from engine.runtime import effects, tasks
from engine.runtime.causes import CLOCK, STATE, Cause, because, of_form
from engine.runtime.clocks import worktime
from engine.runtime.effects import Doors
from engine.runtime.organisation import holders_of
from engine.runtime.record import Record
from engine.runtime.turns import open_tasks
from engine.runtime.work import Work
from engine.storage import tables
from engine.texts import LANGUAGES, Text, text

TIMER = "timer"
"""The kind of job that rings."""

OWN = ""
"""The name, among a record's clocks, of the time that its state allows."""

RUNNING, PAUSED, MET, MISSED = "running", "paused", "met", "missed"

ROUNDS = 20
"""How often the clocks of one unit of work are looked at until nothing changes any more."""

REMINDER = text("“{title}” 在“{state}”已超时", "“{title}” is overdue in “{state}”")
FAILED = text(
    "“{title}” 已超时，但自动动作没有做成：{reason}",
    "“{title}” is overdue, but what should be done then was refused: {reason}",
)

table = tables.clock


def has_times(form: Form) -> bool:
    """Whether records of this form have times at all."""
    flow = form.workflow
    return flow is not None and (bool(flow.clocks) or any(state.due is not None for state in flow.states.values()))


# -- arriving and leaving ----------------------------------------------------------------------------------------------


def left(work: Work, form: Form, record: Record) -> None:
    """A record leaves its state: its time there is over."""
    state = _state_due(form, record)
    if state is not None and record.id is not None:
        _clear(work, form, record.id, OWN)


def arrived(work: Work, form: Form, record: Record) -> None:
    """A record has come into a state: its time there begins."""
    due = _state_due(form, record)
    if due is not None:
        _clear(work, form, _id(record), OWN)
        at = moment(work, due, record)
        if at is not None:
            _set(work, form, record, OWN, state=RUNNING, due_at=at, started_at=work.now)


def gone(work: Work, form: Form, record: Record) -> None:
    """A record was deleted: nothing rings for it any more."""
    if has_times(form):
        cancel(work.conn, kind=TIMER, about=f"{form.name}/{record.id}")
        work.conn.execute(delete(table).where(table.c.form == form.name, table.c.record == record.id))


def adopt(work: Work, doors: Doors, form: Form) -> None:
    """The form's definition has changed: times that it allows no more end, those that it allows now begin, and those that
    it allows otherwise are reckoned anew from when they began."""
    assert form.workflow is not None
    states, source = form.workflow.states, work.layout.table(form.name)
    running = [n for n, s in states.items() if s.final is None and (s.due is not None or form.workflow.clocks)]
    for row in work.conn.execute(select(table).where(table.c.form == form.name)).all():
        record = work.row(form.name, row.record)
        due = _state_due(form, record) if record is not None else None
        if record is None or (due is None if row.name == OWN else row.name not in form.workflow.clocks):
            _clear(work, form, row.record, row.name)
        elif row.name == OWN and due is not None and row.state == RUNNING:
            at = moment(work, due, record, row.started_at)
            if at is not None and at != row.due_at:
                _set(work, form, record, OWN, state=RUNNING, due_at=at, started_at=row.started_at)
    for id in work.conn.execute(select(source.c.id).where(source.c.state.in_(running)).order_by(source.c.id)).scalars():
        record = work.row(form.name, id)
        kept = rows(work, form, id) if record is not None else {}
        if record is not None and OWN not in kept:
            arrived(work, form, record)
        for clock in form.workflow.clocks.values() if record is not None else ():
            if clock.name not in kept and record is not None:
                _step(work, doors, form, record, clock, None)


def hush(work: Work) -> None:
    """What is over already will not ring: it was over before anybody could have looked (the demo's past)."""
    over = and_(table.c.state == RUNNING, table.c.due_at <= work.now)
    for row in work.conn.execute(select(table.c.form, table.c.record, table.c.name).where(over)).all():
        cancel(work.conn, kind=TIMER, key=key(row.form, row.record, row.name))
    work.conn.execute(update(table).where(over).values(state=MISSED, ended_at=work.now))


def review(work: Work, doors: Doors) -> None:
    """Look at the times of every record that something happened to: clocks start, stop and pause, and a moment that was
    reckoned from fields is reckoned anew."""
    for _ in range(ROUNDS):
        again = False
        for name, id in list(work.happened):
            form = work.catalog.forms.get(name)
            record = work.row(name, id) if form is not None and has_times(form) else None
            if form is not None and record is not None:
                again |= _review(work, doors, form, record)
        if not again:
            return


def _review(work: Work, doors: Doors, form: Form, record: Record) -> bool:
    """True: something was done that may move other clocks."""
    kept = rows(work, form, _id(record))
    due = _state_due(form, record)
    own = kept.get(OWN)
    if due is not None and due.moment is not None and (own is None or own.state == RUNNING):
        at = moment(work, due, record, own.started_at if own is not None else work.now)
        if at != (own.due_at if own is not None else None):
            _clear(work, form, _id(record), OWN)
            if at is not None:
                started = own.started_at if own is not None else work.now
                _set(work, form, record, OWN, state=RUNNING, due_at=at, started_at=started)
    assert form.workflow is not None
    done = False
    for clock in form.workflow.clocks.values():
        done |= _step(work, doors, form, record, clock, kept.get(clock.name))
    return done


def _step(work: Work, doors: Doors, form: Form, record: Record, clock: Clock, kept: Row[Any] | None) -> bool:
    """Move one clock on; True when it did something to the record."""
    if kept is None:
        if clock.start is not None and not _holds(work, clock.start, record):
            return False
        at = moment(work, clock.due, record)
        if at is None:
            return False
        _set(work, form, record, clock.name, state=RUNNING, due_at=at, started_at=work.now)
        kept = rows(work, form, _id(record))[clock.name]
    if kept.state in (MET, MISSED):
        return False
    late = kept.state == RUNNING and kept.due_at <= work.now
    if late or _stops(work, form, clock, record):
        return _end(work, doors, form, record, clock, MISSED if late else MET)
    pauses = clock.pause is not None and _holds(work, clock.pause, record)
    working = worktime(work, clock.due.calendar, work.now)
    if pauses and kept.state == RUNNING:
        _clear(work, form, _id(record), clock.name)
        left_over = working.between(work.now, kept.due_at)
        _set(work, form, record, clock.name, state=PAUSED, left=left_over, started_at=kept.started_at)
    elif not pauses and kept.state == PAUSED:
        at = working.later(work.now, 0, kept.left)
        _clear(work, form, _id(record), clock.name)
        _set(work, form, record, clock.name, state=RUNNING, due_at=at, started_at=kept.started_at)
    return False


def _stops(work: Work, form: Form, clock: Clock, record: Record) -> bool:
    if clock.stop is not None:
        return _holds(work, clock.stop, record)
    assert form.workflow is not None
    return form.workflow.states[str(record.values["state"])].final is not None


def _end(work: Work, doors: Doors, form: Form, record: Record, clock: Clock, state: str) -> bool:
    cancel(work.conn, kind=TIMER, key=key(form.name, _id(record), clock.name))
    work.conn.execute(
        update(table).where(_one(form.name, _id(record), clock.name)).values(state=state, ended_at=work.now)
    )
    doing = clock.met if state == MET else clock.overdue
    with because(work, of_form(CLOCK, clock.name, form, record)):
        effects.run(work, doors, record, doing, {})
    return bool(doing)


# -- ringing -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bell:
    """What a timer is about: a record, and which of its times is over."""

    form: str
    record: int
    clock: str

    def payload(self) -> dict[str, Any]:
        """As a job carries it."""
        return {"form": self.form, "record": self.record, "clock": self.clock}


def ring(work: Work, doors: Doors, bell: Bell, refused: str | None = None) -> None:
    """A time is over: it is missed, and what the definition says is done; nothing when the time doesn't run any more.

    `refused`: that was tried and refused for this reason; then people are told instead.
    """
    form = work.catalog.forms.get(bell.form)
    record = work.row(bell.form, bell.record) if form is not None else None
    if form is None or form.workflow is None or record is None:
        return
    kept = rows(work, form, bell.record).get(bell.clock)
    if kept is None or kept.state != RUNNING or kept.due_at > work.now:
        return
    work.conn.execute(update(table).where(_one(*_place(bell))).values(state=MISSED, ended_at=work.now))
    doing = _doing(form, record, bell.clock)
    title = work.title_of(form.name, bell.record)
    if refused is not None:
        remind(work, form, record, FAILED, title=title, reason=refused, admins=True)
    elif doing is None:
        state = form.workflow.states[str(record.values["state"])].title
        remind(work, form, record, REMINDER, title=title, state=state)
    else:
        with because(work, _cause(form, record, bell.clock)):
            effects.run(work, doors, record, doing, {})


def _cause(form: Form, record: Record, name: str) -> Cause:
    return (
        of_form(STATE, str(record.values["state"]), form, record) if name == OWN else of_form(CLOCK, name, form, record)
    )


def _doing(form: Form, record: Record, name: str) -> Sequence[Effect] | None:
    assert form.workflow is not None
    if name == OWN:
        return form.workflow.states[str(record.values["state"])].overdue
    clock = form.workflow.clocks.get(name)
    return clock.overdue if clock is not None else ()


def remind(work: Work, form: Form, record: Record, words: Text, *, admins: bool = False, **facts: Any) -> None:
    """Tell those whose turn it is (and the administrators)."""
    message = {
        lang: words.to(lang).format(**{k: v.to(lang) if isinstance(v, Text) else v for k, v in facts.items()})
        for lang in LANGUAGES
    }
    for person in dict.fromkeys((*turn(work, form, record), *(holders_of(work.conn, ADMIN) if admins else ()))):
        tasks.notice(work, person, Text(message), form, record)


def turn(work: Work, form: Form, record: Record) -> list[int]:
    """Whose turn it is: those who hold a task; without any, those who may press a button that counts in the record's
    state; where none does, any button."""
    assert form.workflow is not None
    holders = [
        turn.person for task in open_tasks(work, form, record.id) for turn in task.turns if turn.status == "open"
    ]
    if holders:
        return list(dict.fromkeys(holders))
    here = [t for t in form.workflow.transitions.values() if record.values.get("state") in t.sources]
    meant = [t for t in here if t.counts] or here
    return list(dict.fromkeys(id for t in meant for id in effects.people(work, t.who, record, {})))


# -- reckoning ---------------------------------------------------------------------------------------------------------


def moment(work: Work, due: Due, record: Record, start: datetime | None = None) -> datetime | None:
    """When a time is over that begins at `start` (None: now); None: never, or it can't be told."""
    start = start or work.now
    days, rest = due.days, due.rest
    if due.moment is not None:
        value = _value(work, due.moment, record)
        if value is None:
            return None
        if isinstance(value, datetime):
            return value
        if isinstance(value, date):
            return datetime.combine(value + timedelta(days=1), time(), work.zone)
        days, rest = value.days, value - timedelta(days=value.days)
    return worktime(work, due.calendar, start).later(start, days, rest)


def rows(work: Work, form: Form, id: int) -> Mapping[str, Row[Any]]:
    """A record's times by name."""
    found = work.conn.execute(select(table).where(table.c.form == form.name, table.c.record == id))
    return {row.name: row for row in found}


def key(form: str, id: int, name: str) -> str:
    """The key of a timer's job: each of a record's times has one at most."""
    return f"{TIMER}:{form}/{id}/{name}"


# -- inner -------------------------------------------------------------------------------------------------------------


def _set(work: Work, form: Form, record: Record, name: str, **values: Any) -> None:
    id = _id(record)
    cancel(work.conn, kind=TIMER, key=key(form.name, id, name))
    work.conn.execute(delete(table).where(_one(form.name, id, name)))
    work.conn.execute(insert(table).values(form=form.name, record=id, name=name, **values))
    if values.get("due_at") is not None:
        work.defer(
            TIMER, Bell(form.name, id, name).payload(), at=values["due_at"], key=key(form.name, id, name),
            about=f"{form.name}/{id}",
        )  # fmt: skip


def _clear(work: Work, form: Form, id: int, name: str) -> None:
    cancel(work.conn, kind=TIMER, key=key(form.name, id, name))
    work.conn.execute(delete(table).where(_one(form.name, id, name)))


def _one(form: str, id: int, name: str) -> Any:
    return and_(table.c.form == form, table.c.record == id, table.c.name == name)


def _place(bell: Bell) -> tuple[str, int, str]:
    return bell.form, bell.record, bell.clock


def _state_due(form: Form, record: Record) -> Due | None:
    state = form.workflow.states.get(str(record.values.get("state"))) if form.workflow is not None else None
    return state.due if state is not None else None


def _holds(work: Work, condition: Typed, record: Record) -> bool:
    return bool(_value(work, condition, record))


def _value(work: Work, formula: Typed, record: Record) -> Any:
    try:
        return work.value(formula, record)
    except ArithmeticError:
        return None


def _id(record: Record) -> int:
    assert record.id is not None
    return record.id
