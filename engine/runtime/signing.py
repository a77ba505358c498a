"""What those who hold a task may do with their part in it beside deciding: hand it over, ask another to sign, take it for
themselves, put it back; and how an administrator gives it to others.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.definitions.model import Form
from engine.problems import Problem, Refused, problem
from engine.problems.task import EXCLUDED, HOLDS_ALREADY, INACTIVE
from engine.runtime import tasks
from engine.runtime.assigning import active
from engine.runtime.record import Record
from engine.runtime.turns import OpenTask, Turn, add_turn, keep_turn
from engine.runtime.work import Work


def transfer(work: Work, form: Form, record: Record, opened: OpenTask, turn: Turn, to: int) -> None:
    """Somebody else has this part in the place of who had it."""
    _refuse(_unfit(work, opened, [to], "ask.to"))
    keep_turn(work, turn, status="handed", acted_at=work.now, acted_by=_proxy(work, turn))
    why = {"by": "transfer", "from": turn.person}
    made = add_turn(work, opened, to, [why], place=turn.place, kind=turn.kind, added_by=turn.added_by)
    follow(work, opened, turn.person, to)
    tasks.tell(work, form, record, made)


def add_signer(work: Work, form: Form, record: Record, opened: OpenTask, turn: Turn, to: int, how: str) -> None:
    """Ask somebody to sign too: `before` (then it comes back), `after` (when who asks has agreed) or `beside`."""
    _refuse(_unfit(work, opened, [to], "ask.to"))
    why = {"by": "added", "from": turn.person}
    status = "waiting" if how == "after" else "open"
    made = add_turn(work, opened, to, [why], place=turn.place, kind=how, status=status, added_by=turn.person)
    if how == "before":
        keep_turn(work, turn, status="waiting")
    if status == "open":
        tasks.tell(work, form, record, made)


def claim(work: Work, opened: OpenTask, turn: Turn) -> None:
    """One of those who could all do it does it alone."""
    for other in opened.open:
        if other is not turn and other.kind == "assigned":
            keep_turn(work, other, status="left")
    keep_turn(work, turn, why=[*turn.why, {"by": "claimed"}], since=work.now)


def release(work: Work, opened: OpenTask, turn: Turn) -> None:
    """All of them could do it again."""
    for other in opened.turns:
        if other.status == "left":
            keep_turn(work, other, status="open")
    keep_turn(work, turn, why=[why for why in turn.why if why["by"] != "claimed"])


def claimed(turn: Turn) -> bool:
    """Whether somebody took it for themselves."""
    return any(why["by"] == "claimed" for why in turn.why)


def reassign(work: Work, form: Form, record: Record, opened: OpenTask, to: Iterable[int]) -> None:
    """An administrator gives what is still to be done to these people."""
    people = list(dict.fromkeys(to))
    fresh = [id for id in people if all(t.person != id or t.status not in OPEN for t in opened.turns)]
    _refuse(_unfit(work, opened, fresh, "ask.to"))
    for turn in opened.turns:
        if turn.status in OPEN and turn.person not in people:
            keep_turn(work, turn, status="handed", acted_at=work.now)
    place = max((t.place for t in opened.turns), default=0)
    for id in fresh:
        why = {"by": "reassigned", "from": work.actor.id} if work.actor.id is not None else {"by": "nobody"}
        tasks.tell(work, form, record, add_turn(work, opened, id, [why], place=place))
    for turn in opened.turns:
        if turn.status in ("waiting", "left") and turn.person in people:
            keep_turn(work, turn, status="open", kind="assigned")


OPEN = ("open", "waiting", "left")
"""The statuses of those who may still act."""


def _unfit(work: Work, opened: OpenTask, people: list[int], field: str) -> list[Problem]:
    """What keeps these people from the task."""
    there = active(work, people)
    found = []
    for id in people:
        who = work.title_of("person", id)
        if id not in there:
            found.append(problem(INACTIVE, field=field, who=who))
        elif id in opened.excluded:
            found.append(problem(EXCLUDED, field=field, who=who))
        elif any(t.person == id and t.status in OPEN for t in opened.turns):
            found.append(problem(HOLDS_ALREADY, field=field, who=who))
    return found


def _refuse(found: list[Problem]) -> None:
    if found:
        raise Refused(found)


def follow(work: Work, opened: OpenTask, old: int, new: int) -> None:
    """Signers whom somebody asked come before or after who has the part now."""
    for turn in opened.turns:
        if turn.added_by == old and turn.status in OPEN:
            keep_turn(work, turn, added_by=new)


def _proxy(work: Work, turn: Turn) -> int | None:
    return work.actor.id if work.actor.id != turn.person else None
