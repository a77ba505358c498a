"""Times of records: how long they may stay in a state, and the clocks of their workflow.

Why: what is allowed is reckoned when a record arrives and kept with it, so that lists can ask for it; a timer in the same
transaction rings when it is over, and is taken back in the transaction that leaves. Whoever rings looks again whether the
time still runs, so a timer that comes late or twice does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, delete, select, update

from engine.definitions.model import ADMIN, Clock, Due, Effect, Form
from engine.expressions.tree import Typed
from engine.jobs.table import cancel
from engine.runtime import effects, task_times, tasks
from engine.runtime.causes import CLOCK, STATE, Cause, because, of_form
from engine.runtime.clocks import worktime
from engine.runtime.effects import Doors
from engine.runtime.escalating import LATE, Late
from engine.runtime.organisation import holders_of
from engine.runtime.record import Record
from engine.runtime.times import (
    MET,
    MISSED,
    OWN,
    PAUSED,
    RUNNING,
    TIMER,
    Bell,
    clear,
    id_of,
    key,
    moment,
    put,
    rows,
    table,
    value_of,
    which,
)  # fmt: skip
from engine.runtime.turns import open_tasks
from engine.runtime.work import Work
from engine.texts import LANGUAGES, Text, text

ROUNDS = 20
"""How often the clocks of one unit of work are looked at until nothing changes any more."""

REMINDER = text("“{title}” 在“{state}”已超时", "“{title}” is overdue in “{state}”")
FAILED = text(
    "“{title}” 已超时，但自动动作没有做成：{reason}",
    "“{title}” is overdue, but what should be done then was refused: {reason}",
)


def has_times(form: Form) -> bool:
    """Whether records of this form have times at all."""
    flow = form.workflow
    return flow is not None and (
        bool(flow.clocks) or any(state.due is not None or state.parts_timed for state in flow.states.values())
    )


# -- arriving and leaving ----------------------------------------------------------------------------------------------


def left(work: Work, form: Form, record: Record) -> None:
    """A record leaves its state: its time there is over."""
    state = _state_due(form, record)
    if state is not None and record.id is not None:
        clear(work, form, record.id, OWN)


def arrived(work: Work, form: Form, record: Record) -> None:
    """A record has come into a state: its time there begins."""
    due = _state_due(form, record)
    if due is not None:
        clear(work, form, id_of(record), OWN)
        at = moment(work, due, record)
        if at is not None:
            put(work, form, record, OWN, state=RUNNING, due_at=at, started_at=work.now)


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
    running = [
        n for n, s in states.items() if s.final is None and (s.due is not None or s.parts_timed or form.workflow.clocks)
    ]
    for row in work.conn.execute(select(table).where(table.c.form == form.name)).all():
        record = work.row(form.name, row.record)
        due = _state_due(form, record) if record is not None else None
        if task_times.is_one(row.name):
            if record is None or row.name not in task_times.wanted(work, form, record):
                clear(work, form, row.record, row.name)
            continue
        if record is None or (due is None if row.name == OWN else row.name not in form.workflow.clocks):
            clear(work, form, row.record, row.name)
        elif row.name == OWN and due is not None and row.state == RUNNING:
            at = moment(work, due, record, row.started_at)
            if at is not None and at != row.due_at:
                put(work, form, record, OWN, state=RUNNING, due_at=at, started_at=row.started_at)
    for id in work.conn.execute(select(source.c.id).where(source.c.state.in_(running)).order_by(source.c.id)).scalars():
        record = work.row(form.name, id)
        kept = rows(work, form, id) if record is not None else {}
        if record is not None and OWN not in kept:
            arrived(work, form, record)
        if record is not None:
            task_times.review(work, form, record, kept, anew=True)
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
    kept = rows(work, form, id_of(record))
    due = _state_due(form, record)
    own = kept.get(OWN)
    if due is not None and due.moment is not None and (own is None or own.state == RUNNING):
        at = moment(work, due, record, own.started_at if own is not None else work.now)
        if at != (own.due_at if own is not None else None):
            clear(work, form, id_of(record), OWN)
            if at is not None:
                started = own.started_at if own is not None else work.now
                put(work, form, record, OWN, state=RUNNING, due_at=at, started_at=started)
    task_times.review(work, form, record, kept)
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
        put(work, form, record, clock.name, state=RUNNING, due_at=at, started_at=work.now)
        kept = rows(work, form, id_of(record))[clock.name]
    if kept.state in (MET, MISSED) or (kept.state == RUNNING and kept.due_at <= work.now):
        return False  # what is over is its timer's: nobody's own deed is refused for what should be done then
    if _stops(work, form, clock, record):
        return _met(work, doors, form, record, clock)
    pauses = clock.pause is not None and _holds(work, clock.pause, record)
    working = worktime(work, clock.due.calendar, work.now)
    if pauses and kept.state == RUNNING:
        clear(work, form, id_of(record), clock.name)
        left_over = working.between(work.now, kept.due_at)
        put(work, form, record, clock.name, state=PAUSED, left=left_over, started_at=kept.started_at)
    elif not pauses and kept.state == PAUSED:
        at = working.later(work.now, 0, kept.left)
        clear(work, form, id_of(record), clock.name)
        put(work, form, record, clock.name, state=RUNNING, due_at=at, started_at=kept.started_at)
    return False


def _stops(work: Work, form: Form, clock: Clock, record: Record) -> bool:
    if clock.stop is not None:
        return _holds(work, clock.stop, record)
    assert form.workflow is not None
    return form.workflow.states[str(record.values["state"])].final is not None


def _met(work: Work, doors: Doors, form: Form, record: Record, clock: Clock) -> bool:
    cancel(work.conn, kind=TIMER, key=key(form.name, id_of(record), clock.name))
    work.conn.execute(
        update(table).where(which(form.name, id_of(record), clock.name)).values(state=MET, ended_at=work.now)
    )
    with because(work, of_form(CLOCK, clock.name, form, record)):
        effects.run(work, doors, record, clock.met, {})
    return bool(clock.met)


# -- ringing -----------------------------------------------------------------------------------------------------------


def ring(work: Work, doors: Doors, bell: Bell, refused: Text | None = None) -> None:
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
    work.conn.execute(
        update(table).where(which(bell.form, bell.record, bell.clock)).values(state=MISSED, ended_at=work.now)
    )
    if refused is None and task_times.ends(bell.clock):
        task_times.end(work, form, record, bell.clock)
        return
    doing, late = _doing(form, record, bell.clock), _late(form, record, kept)
    title = work.title_of(form.name, bell.record)
    if refused is not None:
        remind(work, form, record, FAILED, title=title, reason=refused, admins=True)
    elif doing is None:
        remind(work, form, record, REMINDER, title=title, state=late.title, task=late.task)
    else:
        with because(work, _cause(form, record, bell.clock)):
            effects.run(work, doors, record, doing, {LATE: late})


def _late(form: Form, record: Record, kept: Row[Any]) -> Late:
    """What is overdue when this time is over."""
    assert form.workflow is not None
    clock = form.workflow.clocks.get(kept.name)
    if clock is not None:
        return Late(clock.title, kept.started_at, kept.due_at)
    task = task_times.defined(form, record, kept.name) if task_times.is_one(kept.name) else None
    if task is not None:
        return Late(task.title, kept.started_at, kept.due_at, task.name)
    return Late(form.workflow.states[str(record.values["state"])].title, kept.started_at, kept.due_at)


def _cause(form: Form, record: Record, name: str) -> Cause:
    own = name == OWN or task_times.is_one(name)
    return of_form(STATE, str(record.values["state"]), form, record) if own else of_form(CLOCK, name, form, record)


def _doing(form: Form, record: Record, name: str) -> Sequence[Effect] | None:
    assert form.workflow is not None
    if name == OWN:
        return form.workflow.states[str(record.values["state"])].overdue
    if task_times.is_one(name):
        task = task_times.defined(form, record, name)
        return task.overdue if task is not None else ()
    clock = form.workflow.clocks.get(name)
    return clock.overdue if clock is not None else ()


def remind(
    work: Work, form: Form, record: Record, words: Text, *, admins: bool = False, task: str | None = None, **facts: Any
) -> None:  # fmt: skip
    """Tell those whose turn it is (and the administrators); `task`: in the task of this name only."""
    message = {
        lang: words.to(lang).format(**{k: v.to(lang) if isinstance(v, Text) else v for k, v in facts.items()})
        for lang in LANGUAGES
    }
    for person in dict.fromkeys((*turn(work, form, record, task), *(holders_of(work.conn, ADMIN) if admins else ()))):
        tasks.notice(work, person, Text(message), form, record)


def turn(work: Work, form: Form, record: Record, only: str | None = None) -> list[int]:
    """Whose turn it is: those who hold a task (`only`: the one of this name); without any, those who may press a button
    that counts in the record's state; where none does, any button."""
    assert form.workflow is not None
    holders = [
        turn.person for task in open_tasks(work, form, record.id) if only in (None, task.name) for turn in task.open
    ]
    if holders:
        return list(dict.fromkeys(holders))
    here = [t for t in form.workflow.transitions.values() if record.values.get("state") in t.sources]
    meant = [t for t in here if t.counts] or here
    return list(dict.fromkeys(id for t in meant for id in effects.people(work, t.who, record, {})))


# -- inner -------------------------------------------------------------------------------------------------------------


def _state_due(form: Form, record: Record) -> Due | None:
    state = form.workflow.states.get(str(record.values.get("state"))) if form.workflow is not None else None
    return state.due if state is not None else None


def _holds(work: Work, condition: Typed, record: Record) -> bool:
    return bool(value_of(work, condition, record))
