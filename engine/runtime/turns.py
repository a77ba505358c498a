"""The open tasks of a record and whose turn they are, as they are stored; whom the actor stands in for.

Why: pages, lists, rights and verbs all ask who holds a task. It is kept in two tables, so the database answers it for a
whole list, and one unit of work reads a record's tasks once. How a task is given and done is told elsewhere (`tasks`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, insert, or_, select, update

from engine.definitions.model import AccessSet, Enough, Form, Task, walk
from engine.runtime.record import Record
from engine.runtime.work import Work
from engine.storage import tables

Why = Mapping[str, Any]
"""One reason why a person has a task: `by` says what kind it is, the rest who or what; in words by `reasons`."""


@dataclass
class Turn:
    """Somebody's part in a task; as in `tables.Holder`."""

    id: int
    person: int
    why: list[Why]
    place: int
    kind: str
    status: str
    added_by: int | None = None
    outcome: str | None = None
    opinion: str | None = None
    acted_at: datetime | None = None
    acted_by: int | None = None
    version: int | None = None
    stashed: str | None = None
    signature: int | None = None
    since: datetime | None = None


@dataclass
class OpenTask:
    """A task of a record that is open, with everybody's part in it, in order; as in `tables.Task`."""

    id: int
    state: str
    name: str
    round: int
    enough: Enough
    excluded: frozenset[int]
    opened_at: datetime
    turns: list[Turn]

    @property
    def open(self) -> list[Turn]:
        """Those whose turn it is."""
        return [t for t in self.turns if t.status == "open"]

    @property
    def stem(self) -> str:
        """How its buttons' names begin: `manager`, `settle.pay`."""
        return f"{self.state}.{self.name}" if self.name else self.state


def open_tasks(work: Work, form: Form, id: int | None) -> list[OpenTask]:
    """The open tasks of a record, by the order in which they were opened; the same objects throughout a unit of work."""
    if id is None or not form.tasked:
        return []
    found: list[OpenTask] | None = work.tasks.get((form.name, id))
    if found is None:
        found = work.tasks[form.name, id] = read_tasks(work, form.name, [id]).get(id, [])
    return found


def read_tasks(
    work: Work, form: str, ids: Sequence[int], statuses: Sequence[str] = ("open",)
) -> dict[int, list[OpenTask]]:
    """Record -> its tasks with one of these statuses, oldest first."""
    task, holder = tables.task, tables.holder
    query = select(task).where(task.c.form == form, task.c.record.in_(ids), task.c.status.in_(statuses))
    rows = work.conn.execute(query.order_by(task.c.id)).mappings().all()
    parts: dict[int, list[Turn]] = {row["id"]: [] for row in rows}
    held = select(holder).where(holder.c.task.in_(parts)).order_by(holder.c.place, holder.c.id)
    for row in work.conn.execute(held).mappings() if parts else ():
        parts[row["task"]].append(
            Turn(
                row["id"], row["person"], list(row["why"]), row["place"], row["kind"], row["status"], row["added_by"],
                row["outcome"], row["opinion"], row["acted_at"], row["acted_by"], row["version"], row["stashed"], row["signature"],
                row["since"],
            )
        )  # fmt: skip
    found: dict[int, list[OpenTask]] = {}
    for row in rows:
        found.setdefault(row["record"], []).append(
            OpenTask(
                row["id"], row["state"], row["name"], row["round"], enough(row["enough"]), frozenset(row["excluded"]),
                row["opened_at"], parts[row["id"]],
            )
        )  # fmt: skip
    return found


def enough(kept: Mapping[str, Any]) -> Enough:
    """A stored rule."""
    number = kept.get("number")
    return Enough(kept["rule"], Decimal(number) if number is not None else None)


# -- writing -----------------------------------------------------------------------------------------------------------


def add_task(
    work: Work, form: Form, record: Record, task: Task, state: str, round: int, excluded: Iterable[int]
) -> OpenTask:
    """A new open task of a record, which nobody holds yet."""
    assert record.id is not None
    rule = {"rule": task.enough.rule, "number": str(task.enough.number) if task.enough.number is not None else None}
    key = work.conn.execute(
        insert(tables.task).values(
            form=form.name, record=record.id, state=state, name=task.name, round=round, status="open", enough=rule,
            excluded=sorted(excluded), opened_at=work.now,
        )
    ).inserted_primary_key  # fmt: skip
    assert key is not None
    work.lent.clear()
    made = OpenTask(int(key[0]), state, task.name, round, task.enough, frozenset(excluded), work.now, [])
    open_tasks(work, form, record.id).append(made)
    return made


def add_turn(
    work: Work, task: OpenTask, person: int, why: list[Why], *, place: int, status: str = "open",
    kind: str = "assigned", added_by: int | None = None,
) -> Turn:  # fmt: skip
    """Give a person a part in a task."""
    values: dict[str, Any] = {"person": person, "why": why, "place": place, "kind": kind, "status": status}
    values["since"] = work.now if status == "open" else None
    key = work.conn.execute(
        insert(tables.holder).values(task=task.id, added_by=added_by, **values)
    ).inserted_primary_key  # fmt: skip
    assert key is not None
    made = Turn(int(key[0]), **values, added_by=added_by)
    task.turns.append(made)
    work.lent.clear()
    task.turns.sort(key=lambda t: (t.place, t.id))
    return made


def keep_turn(work: Work, turn: Turn, **values: Any) -> None:
    """Change a part, here and in its table; whose turn comes has it from now on."""
    if values.get("status") == "open" != turn.status:
        values["since"] = work.now
    for name, value in values.items():
        setattr(turn, name, value)
    work.lent.clear()
    work.conn.execute(update(tables.holder).where(tables.holder.c.id == turn.id).values(**values))


def end_task(
    work: Work, form: Form, record: Record, task: OpenTask, status: str, outcome: str | None, by: int | None,
    returned_to: str | None = None,
) -> None:  # fmt: skip
    """An open task is open no more; whoever was still to act needn't."""
    assert record.id is not None
    for turn in task.turns:
        if turn.status in ("open", "waiting"):
            keep_turn(work, turn, status="passed")
    table = tables.task
    work.lent.clear()
    work.conn.execute(
        update(table)
        .where(table.c.id == task.id)
        .values(status=status, ended_at=work.now, ended_by=by, outcome=outcome, returned_to=returned_to)
    )
    open_tasks(work, form, record.id).remove(task)


# -- the actor ---------------------------------------------------------------------------------------------------------


def represented(work: Work) -> frozenset[int]:
    """Those who are away today and whose tasks the actor does."""
    kept: frozenset[int] | None = vars(work).get("_represented")
    if kept is None:
        kept = frozenset[int]()
        if work.actor.id is not None:
            away, person = tables.away, tables.person
            query = select(away.c.person).where(
                away.c.deputy == work.actor.id, away.c.starts <= work.today, away.c.ends >= work.today
            )
            kept = frozenset(work.conn.execute(query.join(person, person.c.id == away.c.person)).scalars())
        vars(work)["_represented"] = kept
    return kept


def turn_in(work: Work, task: OpenTask, statuses: Sequence[str] = ("open",)) -> Turn | None:
    """The actor's own part in a task with one of these statuses, else that of somebody they stand in for."""
    if work.actor.id is None:
        return None
    own = [t for t in task.turns if t.person == work.actor.id and t.status in statuses]
    if own or work.actor.id in task.excluded:
        return own[0] if own else None
    away = represented(work)
    return next((t for t in task.turns if t.person in away and t.status in statuses), None)


def turns_of(work: Work, form: Form, id: int | None) -> list[tuple[OpenTask, Turn]]:
    """The open tasks of a record in which it is the actor's turn."""
    return [(t, turn) for t in open_tasks(work, form, id) if (turn := turn_in(work, t)) is not None]


def held(work: Work, form: Form) -> Select[Any] | None:
    """The ids of the records of a form in which it is the actor's turn; None when they are nobody."""
    if work.actor.id is None:
        return None
    task, holder = tables.task, tables.holder
    mine: ColumnElement[bool] = holder.c.person == work.actor.id
    others = _for_others(work)
    if others:
        mine = or_(mine, holder.c.id.in_(others))
    return (
        select(task.c.record)
        .join(holder, holder.c.task == task.c.id)
        .where(task.c.form == form.name, task.c.status == "open", holder.c.status == "open", mine)
    )


def _for_others(work: Work) -> list[int]:
    """The open turns of those whom the actor stands in for, but not in tasks that exclude the actor."""
    away = represented(work)
    if not away:
        return []
    task, holder = tables.task, tables.holder
    query = (
        select(holder.c.id, task.c.excluded)
        .join(task, task.c.id == holder.c.task)
        .where(holder.c.person.in_(away), holder.c.status == "open", task.c.status == "open")
    )
    return [row.id for row in work.conn.execute(query) if work.actor.id not in row.excluded]


def taken_part(work: Work, form: Form) -> Select[Any] | None:
    """The ids of the records of a form in whose tasks the actor has, or had, a part; None when there can be none."""
    if work.actor.id is None or not form.tasked:
        return None
    task, holder = tables.task, tables.holder
    people = {work.actor.id, *represented(work)}
    return (
        select(task.c.record)
        .join(holder, holder.c.task == task.c.id)
        .where(task.c.form == form.name, holder.c.person.in_(people))
    )


def part_of(
    work: Work, form: Form, record: Record, shown: bool
) -> tuple[AccessSet | None, frozenset[str]]:  # fmt: skip
    """What their tasks let the actor do with a record: to see it, and to edit what an open one asks for; and what open
    ones hide from them. None: they have no part in it. When none of theirs is open any more, they go on seeing what all
    of them together showed, unless their own sets show them the record (`shown`): then these decide.
    """
    if taken_part(work, form) is None or record.id is None or form.workflow is None:
        return None, frozenset()
    mine = _defined(form, ((t.state, t.name) for t, _ in turns_of(work, form, record.id)))
    if mine:
        edit = frozenset(n for task in mine for n in task.edit)
        hide = frozenset(n for task in mine for n in task.hide)
        can = frozenset({"view", *(("edit",) if edit else ())})
        return AccessSet("task", frozenset(), can, None, hide, _others(form, edit)), hide
    past = [] if shown else _defined(form, _past(work, form, record.id))
    if not past:
        return None, frozenset()
    hide = frozenset(past[0].hide).intersection(*(task.hide for task in past))
    return AccessSet("task", frozenset(), frozenset({"view"}), None, hide, _others(form, frozenset())), frozenset()


def concealed(work: Work, form: Form, ids: Collection[int] | None = None) -> dict[int, frozenset[str]]:
    """Record -> the fields that the actor's open tasks hide in it, where they hide any; `ids`: of these records only."""
    found: dict[int, frozenset[str]] = {}
    states = form.workflow.states.values() if form.workflow is not None else ()
    query = held(work, form) if any(task.hide for state in states for task in state.tasks.values()) else None
    if query is None:
        return found
    query = query.add_columns(tables.task.c.state, tables.task.c.name)
    if ids is not None:
        query = query.where(tables.task.c.record.in_(ids))
    for id, state, name in work.conn.execute(query):
        hide = frozenset(n for task in _defined(form, [(state, name)]) for n in task.hide)
        found[id] = found.get(id, frozenset()) | hide
    return found


def _defined(form: Form, names: Iterable[tuple[str, str]]) -> list[Task]:
    """The tasks of these states and names, those left out that the workflow has no more."""
    states = form.workflow.states if form.workflow is not None else {}
    found = (states[state].tasks.get(name) for state, name in names if state in states)
    return [task for task in found if task is not None]


def _past(work: Work, form: Form, id: int) -> list[tuple[str, str]]:
    """States and names of all tasks of a record in which the actor has, or had, a part."""
    kept: dict[tuple[str, int], list[tuple[str, str]]] = vars(work).setdefault("_parts", {})
    part = taken_part(work, form)
    if (form.name, id) not in kept and part is not None:
        task = tables.task
        query = part.with_only_columns(task.c.state, task.c.name).where(task.c.record == id).distinct()
        kept[form.name, id] = [(row.state, row.name) for row in work.conn.execute(query)]
    return kept.get((form.name, id), [])


def _others(form: Form, edit: frozenset[str]) -> frozenset[str]:
    """All fields but these; where only columns of a list are named, its other columns, but not the list."""
    closed: set[str] = set()
    for path, found in walk(form.fields):
        around = {".".join(path[: deep + 1]) for deep in range(len(path))}
        within = {".".join((*path, *inner)) for inner, _ in walk(found.columns)}
        if not edit & (around | within):
            closed.add(".".join(path))
    return frozenset(closed)


def holding(work: Work, form: Form, task: str | None = None) -> ColumnElement[bool] | None:
    """The records of a form in which it is the actor's turn, as a condition over its table; None: there can be none.
    `task`: in the task of this name only."""
    found = held(work, form) if form.tasked else None
    if found is None:
        return None
    if task is not None:
        found = found.where(tables.task.c.name == task)
    return work.layout.table(form.name).c.id.in_(found)
