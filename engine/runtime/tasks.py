"""The tasks of a state: opened when a record comes to stay in it, done by a rule, ended when the record leaves.

Why: the record has one state, and only the machine changes it; what several people do meanwhile are rows beside it. This
is what arriving in and leaving a state does with them, and when their answers suffice. Pressing is told in `deciding`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING
from typing import Any

from sqlalchemy import delete, func, select, update

from engine.definitions.model import Effect, Form, State, Task, Transition
from engine.expressions.tree import Typed
from engine.runtime import skipping, telling
from engine.runtime.assigning import Given, assigned
from engine.runtime.record import Record
from engine.runtime.turns import OpenTask, Turn, add_task, add_turn, end_task, keep_turn, open_tasks
from engine.runtime.work import Work
from engine.storage import tables
from engine.texts import LANGUAGES, Text


@dataclass(frozen=True)
class Onward:
    """Where a record goes on to at once, and what is done on the way."""

    state: str
    doing: Sequence[Effect] = ()


@dataclass(frozen=True)
class Asks:
    """What opening tasks asks of the flow: whether a condition holds or a moment has come, and whether a transition could be fired now."""

    holds: Callable[[Typed], bool]
    fits: Callable[[Transition], bool]


def leave(work: Work, form: Form, record: Record, cause: str | None) -> None:
    """The record leaves its state: what is still open of its tasks is ended by `cause`, the button pressed."""
    for task in list(open_tasks(work, form, record.id)):
        end_task(work, form, record, task, "ended", cause, work.actor.id)
    if form.tasked:
        table = tables.task
        mine = (table.c.form == form.name, table.c.record == record.id, table.c.returned_to.is_not(None))
        work.conn.execute(update(table).where(*mine).values(returned_to=None))


def stay(work: Work, form: Form, record: Record, state: State, asks: Asks) -> Onward | None:
    """The record came to stay in a state: its tasks are opened. Gives where it goes on at once, None: it stays."""
    to = awaited(state, asks.holds)
    if to is not None:
        return Onward(to)
    if not state.tasks:
        return None
    only = work.straight.pop((form.name, record.id or 0), None)
    number = _round(work, form, record, state)
    for task in state.tasks.values():
        if task.when is None or asks.holds(task.when):
            _open(work, form, record, state, task, number, only)
    if state.then is not None:
        for opened in list(open_tasks(work, form, record.id)):
            settled(work, form, record, opened, state.tasks[opened.name])
        return Onward(state.then) if finished(work, form, record, state) else None
    return _skipped(work, form, record, state, asks)


def awaited(state: State, holds: Callable[[Typed], bool]) -> str | None:
    """Where a record that waits in this state goes on to now: by the first condition that is true or moment that has come;
    None: it waits on."""
    return next((to for until, to in state.wait if holds(until)), None)


def passed(work: Work, form: Form, record: Record, state: State) -> str | None:
    """Where a record goes on to as none of its state's tasks is open any more that must be done; None: it stays."""
    return state.then if state.tasks and finished(work, form, record, state) else None


def gone(work: Work, form: Form, record: Record) -> None:
    """The record is deleted, and with it its tasks."""
    if form.tasked:
        table = tables.task
        work.conn.execute(delete(table).where(table.c.form == form.name, table.c.record == record.id))
        work.tasks.pop((form.name, record.id or 0), None)


def finished(work: Work, form: Form, record: Record, state: State) -> bool:
    """Whether none of the state's tasks is open that must be done."""
    return all(t.name in state.tasks and state.tasks[t.name].optional for t in open_tasks(work, form, record.id))


def settled(work: Work, form: Form, record: Record, opened: OpenTask, task: Task) -> str | None:
    """End a task if the answers suffice; gives what they amount to, None: others are still to act."""
    outcome = verdict(opened, task.agree or (opened.stem,))
    if outcome is not None:
        end_task(work, form, record, opened, "done", outcome, work.actor.id)
    return outcome


def answer(
    work: Work, form: Form, record: Record, opened: OpenTask, turn: Turn, outcome: str, opinion: str | None
) -> None:
    """Enter what somebody pressed, for themselves or in another's place, and let those who come next act."""
    by = work.actor.id if work.actor.id != turn.person else None
    version = record.version + (0 if (form.name, record.id) in work.bumped else 1)
    keep_turn(
        work, turn, status="done", outcome=outcome, opinion=opinion, acted_at=work.now, acted_by=by, version=version,
        stashed=None, signature=work.happened[form.name, record.id or 0].signature,
    )  # fmt: skip
    for other in advance(work, opened, turn):
        tell(work, form, record, other)


def advance(work: Work, opened: OpenTask, turn: Turn) -> list[Turn]:
    """Somebody has acted: open the turns that follow; gives them."""
    ready = [t for t in opened.turns if t.status == "waiting" and t.kind == "after" and t.added_by == turn.person]
    if turn.kind == "before":
        ready += [t for t in opened.turns if t.status == "waiting" and t.person == turn.added_by]
    if opened.enough.rule == "in_order":
        for other in opened.open:
            if turn.kind == other.kind == "assigned" and other.place == turn.place and other is not turn:
                keep_turn(work, other, status="passed")
        here = [t for t in opened.turns if t.place == turn.place]
        if not ready and all(t.status not in ("open", "waiting") for t in here):
            following = [t.place for t in opened.turns if t.status == "waiting" and t.place > turn.place]
            ready += [t for t in opened.turns if t.status == "waiting" and t.place == min(following, default=-1)
                      and t.kind == "assigned"]  # fmt: skip
    for other in ready:
        keep_turn(work, other, status="open")
    return ready


def verdict(opened: OpenTask, agree: Sequence[str]) -> str | None:
    """What the answers amount to by the task's rule: one of `agree`, the first of which says yes; None: others are still
    to act. Where all have acted and none of it was reached, one who didn't say yes decides. Added signers must act too.
    """
    there = [t for t in opened.turns if t.kind == "assigned" and t.status != "handed"]
    answers = [t.outcome for t in there if t.status == "done"]
    reached = next((name for name in agree if answers.count(name) >= _needed(opened, there)), None)
    if reached is None:
        if not answers or any(t.status in ("open", "waiting") for t in there):
            return None
        against = [name for name in agree[1:] if name in answers]
        reached = max(against, key=lambda name: (answers.count(name), -agree.index(name)), default=agree[0])
    added = [t for t in opened.turns if t.kind != "assigned" and t.status != "handed"]
    if any(t.status in ("open", "waiting") for t in added):
        return None
    return next((t.outcome for t in added if t.status == "done" and t.outcome in agree[1:]), reached)


def _needed(opened: OpenTask, there: Sequence[Turn]) -> int:
    """How many must say the same."""
    rule, number = opened.enough.rule, opened.enough.number
    if rule == "any":
        return 1
    if rule == "in_order":
        return len({t.place for t in there})
    if rule == "all" or number is None:
        return len(there)
    if rule == "at_least":
        return min(int(number), len(there))
    return max(1, int((number * len(there)).to_integral_value(ROUND_CEILING)))


def tell(work: Work, form: Form, record: Record, turn: Turn) -> None:
    """Say to somebody that it is their turn; not to who did it just now, nor to whom the state itself has told it."""
    assert form.workflow is not None
    if turn.person == work.actor.id or _told(work, form, record, turn.person):
        return
    title = form.workflow.states[str(record.values["state"])].title
    name = record.title or f"#{record.id}"
    notice(work, turn.person, Text({"zh": f"{title.to('zh')}：{name} 等你处理", "en": f"{title.to('en')}: {name} waits for you"}),
           form, record)  # fmt: skip


def _told(work: Work, form: Form, record: Record, person: int) -> bool:
    table = tables.notice
    query = select(table.c.id).where(
        table.c.person == person, table.c.form == form.name, table.c.record == record.id, table.c.at == work.now
    )
    return person in work.told and work.conn.execute(query.limit(1)).first() is not None


def notice(work: Work, person: int, words: Text, form: Form, record: Record) -> None:
    """A notice about a record."""
    telling.tell(work, person, {language: words.to(language) for language in LANGUAGES}, form.name, record.id)


# -- opening -----------------------------------------------------------------------------------------------------------


def _round(work: Work, form: Form, record: Record, state: State) -> int:
    table = tables.task
    query = select(func.max(table.c.round)).where(
        table.c.form == form.name, table.c.record == record.id, table.c.state == state.name
    )
    return int(work.conn.execute(query).scalar() or 0) + 1


def _open(
    work: Work, form: Form, record: Record, state: State, task: Task, number: int, only: tuple[str, int] | None
) -> OpenTask:
    """Open a task and give everybody their part. `only`: it came straight back here, to this one person's task."""
    given, excluded = assigned(work, task, record)
    if only is not None and only[0] == task.name and only[1] not in excluded:
        given = [Given(only[1], [{"by": "returned"}], 0)]
    opened = add_task(work, form, record, task, state.name, number, excluded)
    first = min((one.place for one in given), default=0)
    for one in given:
        waits = task.enough.rule == "in_order" and one.place > first
        turn = add_turn(work, opened, one.person, one.why, place=one.place, status="waiting" if waits else "open")
        if not waits:
            tell(work, form, record, turn)
    return opened


def _skipped(work: Work, form: Form, record: Record, state: State, asks: Asks) -> Onward | None:
    """Let those who agreed before agree again by themselves, and go on if that suffices."""
    assert form.workflow is not None
    task = state.tasks.get("")
    if task is None or task.skip is None or not task.agree:
        return None
    opened = open_tasks(work, form, record.id)[0]
    transition = form.workflow.transitions[task.agree[0]]
    while True:
        turns = [t for t in opened.open if skipping.agreed_before(work, form, record, opened, t.person, task.skip)]
        if not turns or transition.target is None or transition.together or not asks.fits(transition):
            return None
        for turn in turns:
            values: dict[str, Any] = {"status": "done", "outcome": transition.name, "acted_at": work.now}
            keep_turn(work, turn, why=[*turn.why, {"by": "skipped"}], version=record.version, **values)
            for other in advance(work, opened, turn):
                tell(work, form, record, other)
        if settled(work, form, record, opened, task) == transition.name:
            return Onward(transition.target, transition.do)
