"""What a task offers beside its transitions: who may press which of these buttons, and what each does.

Why: they are buttons like all others (`compile_tasks` makes them), so a page, a program and a list of ticked records press
them through the same door. Here a button's verb finds what it does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from engine.definitions.compile_tasks import HOW, REPAIRS, TO, WAY, WHICH
from engine.definitions.model import Form, Transition
from engine.problems import Problem, problem
from engine.problems.record import NOT_YOURS
from engine.problems.task import ADDED_ADDS, ALONE_ALREADY, NOTHING_TAKEN, NUDGED
from engine.runtime import returning, signing, tasks
from engine.runtime.holders import holders, named_holders
from engine.runtime.record import Record
from engine.runtime.turns import OpenTask, Turn, keep_turn, open_tasks, turns_of
from engine.runtime.work import Work
from engine.storage import tables
from engine.texts import Text, text

AGAIN = timedelta(hours=1)
"""How long after a nudge the next one may come."""

CREATOR = text("新建这条记录的人", "whoever created the record")


@dataclass(frozen=True)
class Pressed:
    """A button of a task as it is pressed: the task and the actor's turn in it, where it is about one; the answers."""

    work: Work
    form: Form
    record: Record
    button: Transition
    opened: OpenTask | None
    turn: Turn | None
    ask: Mapping[str, Any]
    opinion: str | None


def closed(work: Work, form: Form, record: Record, button: Transition) -> Problem | None:
    """Why the actor can't press this button of the state that the record is in; None: they can."""
    if button.verb in REPAIRS:
        return None if work.actor.admin else problem(NOT_YOURS, title=button.title, who=work.catalog.roles["admin"])
    if button.verb in ("nudge", "withdraw"):
        if work.actor.id is None or work.actor.id != record.values.get("created_by"):
            return problem(NOT_YOURS, title=button.title, who=CREATOR)
        return returning.late(work, form, record) if button.verb == "withdraw" else _nudged(work, form, record, button)
    opened, turn = _mine(work, form, record, button)
    if opened is None or turn is None:
        return problem(NOT_YOURS, title=button.title, who=named_holders(work, open_tasks(work, form, record.id)))
    if button.verb == "add_signer" and turn.kind != "assigned":
        return problem(ADDED_ADDS)
    if button.verb == "claim" and len([t for t in opened.open if t.kind == "assigned"]) < 2:
        return problem(ALONE_ALREADY)
    if button.verb == "release" and not signing.claimed(turn):
        return problem(NOTHING_TAKEN)
    return None


def run(
    work: Work, form: Form, record: Record, button: Transition, variables: Mapping[str, Any], opinion: str | None
) -> None:
    """Do what the button does; that it may be pressed has been decided."""
    opened, turn = _mine(work, form, record, button)
    if turn is not None:
        happened = work.happened[form.name, record.id or 0]
        happened.task, happened.acting_for = button.task, turn.person if turn.person != work.actor.id else None
    answers = variables["ask"].values
    _VERBS[button.verb](Pressed(work, form, record, button, opened, turn, answers, opinion))


def _mine(work: Work, form: Form, record: Record, button: Transition) -> tuple[OpenTask | None, Turn | None]:
    found = [(t, turn) for t, turn in turns_of(work, form, record.id) if t.name == button.task]
    return found[0] if found else (None, None)


def _nudged(work: Work, form: Form, record: Record, button: Transition) -> Problem | None:
    """Whether there is somebody to nudge, and the last time is long enough ago."""
    if not [id for id in holders(open_tasks(work, form, record.id)) if id != work.actor.id]:
        return problem(NOT_YOURS, title=button.title, who=Text({"zh": "别人", "en": "somebody else"}))
    table = tables.event
    query = select(func.max(table.c.at)).where(
        table.c.form == form.name, table.c.record == record.id, table.c.transition == button.name
    )
    last = work.conn.execute(query).scalar()
    return problem(NUDGED) if last is not None and last > work.now - AGAIN else None


# -- the verbs ---------------------------------------------------------------------------------------------------------


def _transfer(it: Pressed) -> None:
    assert it.opened is not None and it.turn is not None
    signing.transfer(it.work, it.form, it.record, it.opened, it.turn, it.ask[TO])
    _told(it, [it.ask[TO]])


def _add_signer(it: Pressed) -> None:
    assert it.opened is not None and it.turn is not None
    signing.add_signer(it.work, it.form, it.record, it.opened, it.turn, it.ask[TO], it.ask[HOW])
    _told(it, [it.ask[TO]])


def _stash(it: Pressed) -> None:
    assert it.turn is not None
    keep_turn(it.work, it.turn, stashed=it.opinion)


def _claim(it: Pressed) -> None:
    assert it.opened is not None and it.turn is not None
    signing.claim(it.work, it.opened, it.turn)


def _release(it: Pressed) -> None:
    assert it.opened is not None and it.turn is not None
    signing.release(it.work, it.opened, it.turn)


def _return(it: Pressed) -> None:
    assert it.opened is not None and it.turn is not None
    straight = it.ask[WAY] == "straight"
    returning.send_back(
        it.work, it.form, it.record, it.button, it.opened, it.turn, it.ask[TO], straight, it.opinion
    )  # fmt: skip


def _withdraw(it: Pressed) -> None:
    returning.take_back(it.work, it.form, it.record, it.button)


def _move(it: Pressed) -> None:
    returning.lead(it.work, it.form, it.record, it.button, it.ask[TO])


def _nudge(it: Pressed) -> None:
    people = [id for id in holders(open_tasks(it.work, it.form, it.record.id)) if id != it.work.actor.id]
    name = it.record.title or f"#{it.record.id}"
    words = text(f"{it.work.actor.name}催办：{name}", f"{it.work.actor.name} asks you to see to {name}")
    for id in people:
        tasks.notice(it.work, id, words, it.form, it.record)
    _told(it, people)


def _reassign(it: Pressed) -> None:
    found = open_tasks(it.work, it.form, it.record.id)
    opened = next((t for t in found if t.name == it.ask.get(WHICH, t.name)), None)
    if opened is not None:
        signing.reassign(it.work, it.form, it.record, opened, it.ask[TO])
        _told(it, list(it.ask[TO]))


def _told(it: Pressed, people: list[int]) -> None:
    it.work.happened[it.form.name, it.record.id or 0].people = people


_VERBS: Mapping[str, Callable[[Pressed], None]] = {
    "transfer": _transfer,
    "add_signer": _add_signer,
    "stash": _stash,
    "claim": _claim,
    "release": _release,
    "return": _return,
    "withdraw": _withdraw,
    "nudge": _nudge,
    "reassign": _reassign,
    "jump": _move,
    "end": _move,
    "reactivate": _move,
}
