"""The action `transfer`: open tasks are handed over by the definition, when a time is over or a rule says so.

Why: what nobody does must not lie. Each who has a task is looked at by themselves (their head gets it, a role gets it), and
whoever gets it can read from whom it came and what was overdue. A task is never without somebody: where the rule gives
nobody, it goes to whom the task's `nobody` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.definitions.model import ADMIN, HOLDER, Form, People
from engine.runtime import keep, tasks
from engine.runtime.assigning import active, instead
from engine.runtime.effects import people
from engine.runtime.holders import joined
from engine.runtime.record import Record
from engine.runtime.signing import OPEN, follow
from engine.runtime.turns import OpenTask, Turn, Why, add_turn, keep_turn, open_tasks
from engine.runtime.work import Work
from engine.texts import Text, same

LATE = "late:"
"""How actions that run because a time is over know which (`Late`), among the variables that formulas read; none can be
called that."""


@dataclass(frozen=True)
class Late:
    """What is overdue, as people call it; `task`: the one of several whose own time it is (None: all open ones). The time
    ran from `began` to `over`, which is earlier where the definition names a moment that was over already."""

    title: Text
    began: datetime
    over: datetime
    task: str | None = None

    def concerns(self, opened: OpenTask, turn: Turn) -> bool:
        """Whether it is late with this person: they had it while the time ran. Who came to it later isn't late with it."""
        since = turn.since or opened.opened_at
        return self.task in (None, opened.name) and (since < self.over or since <= self.began)


def hand_over(work: Work, form: Form, record: Record, to: People, known: Mapping[str, Any]) -> None:
    """Give the open tasks of a record to others; nothing happens where none is open, or those who have one keep it."""
    late: Late | None = known.get(LATE)
    for opened in list(open_tasks(work, form, record.id)):
        giving = [turn for turn in opened.open if late is None or late.concerns(opened, turn)]
        given = {turn.id: _given(work, form, record, opened, turn, to, known) for turn in giving}
        fresh = _hand(work, opened, given)
        if fresh:
            keep.bump(work, form, record)
            happened = work.note(record, "transfer", from_state=opened.state, task=opened.name)
            happened.people = list(dict.fromkeys((*(happened.people or ()), *fresh)))
            _tell(work, form, record, opened, given, late)


def _given(
    work: Work, form: Form, record: Record, opened: OpenTask, turn: Turn, to: People, known: Mapping[str, Any]
) -> dict[int, list[Why]]:
    """Who gets the part that somebody has in a task, and why; never nobody."""
    late: Late | None = known.get(LATE)
    why: Why = {"by": "rule", "from": turn.person}
    if late is not None:
        why = {"by": "escalated", "from": turn.person, "late": dict(late.title.words)}
    found = people(work, to, record, {**known, HOLDER: work.row("person", turn.person)})
    there = active(work, found)
    chosen = [id for id in found if id in there and id not in opened.excluded]
    if chosen:
        return {id: [why] for id in chosen}
    assert form.workflow is not None
    state = form.workflow.states.get(opened.state)
    task = state.tasks.get(opened.name) if state is not None else None
    nobody = task.nobody if task is not None else People(frozenset({ADMIN}))
    return {one.person: [why, *one.why] for one in instead(work, nobody, record, opened.excluded)}


def _hand(work: Work, opened: OpenTask, given: Mapping[int, Mapping[int, list[Why]]]) -> list[int]:
    """Those who had the task and don't get it have it no more, those who get it have it; gives the new ones."""
    giving = [turn for turn in opened.open if set(given.get(turn.id, (turn.person,))) != {turn.person}]
    for turn in giving:
        if turn.person not in given[turn.id]:
            keep_turn(work, turn, status="handed")
    fresh: list[int] = []
    for turn in giving:
        for person, why in given[turn.id].items():
            if person == turn.person and turn.status == "open":
                continue
            has = next((t for t in opened.turns if t.person == person and t.status in OPEN), None)
            if has is None:
                add_turn(work, opened, person, why, place=turn.place, kind=turn.kind, added_by=turn.added_by)
            else:
                keep_turn(work, has, status="open", why=[*has.why, *why])
            fresh.append(person)
        if turn.status == "handed":
            follow(work, opened, turn.person, next(iter(given[turn.id])))
    return list(dict.fromkeys(fresh))


def _tell(
    work: Work, form: Form, record: Record, opened: OpenTask, given: Mapping[int, Mapping[int, list[Why]]],
    late: Late | None,
) -> None:  # fmt: skip
    """Those who get a task read from whom and why; those who had it, who has it now."""
    title = work.title_of(form.name, record.id or 0)
    before = {"zh": f"“{title}”", "en": f"“{title}”"}
    if late is not None:
        before = {
            "zh": f"“{title}” 在“{late.title.to('zh')}”已超时",
            "en": f"“{title}” is overdue in “{late.title.to('en')}”",
        }
    had = {turn.id: turn.person for turn in opened.turns if turn.id in given}
    for id, to in given.items():
        if set(to) == {had[id]}:
            continue
        others = joined([same(work.title_of("person", person)) for person in to])
        words = {
            "zh": f"{before['zh']}，现在由{others.to('zh')}处理",
            "en": f"{before['en']}: it is with {others.to('en')} now",
        }
        tasks.notice(work, had[id], Text(words), form, record)
    getting: dict[int, list[Text]] = {}
    for id, to in given.items():
        for person in to:
            if person != had[id]:
                getting.setdefault(person, []).append(same(work.title_of("person", had[id])))
    for person, names in getting.items():
        givers = joined(names)
        words = {
            "zh": f"{before['zh']}，由{givers.to('zh')}转给你处理",
            "en": f"{before['en']}: it comes to you from {givers.to('en')}",
        }
        tasks.notice(work, person, Text(words), form, record)
