"""Who has how much to do: the open tasks of the people somebody leads, by person, and what of it is late.

Why: a head sees who is overloaded before anybody complains. Only what the head may see of the records counts: a number
must not tell what a list hides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from engine.definitions.model import Form
from engine.runtime import lateness, waiting
from engine.runtime.access import condition, executed, may
from engine.runtime.ask import listed
from engine.runtime.organisation import in_words
from engine.runtime.timers import has_times
from engine.runtime.work import Work
from engine.runtime.workbench import Item
from engine.storage import tables

LISTED = 200
"""How many tasks of a person are listed."""


@dataclass(frozen=True)
class Load:
    """What a person has to do: how many records, how many of them over their time, since when the oldest waits (None:
    nothing does). `department` in words, "" for none."""

    person: int
    name: str
    department: str
    active: bool
    open: int
    late: int
    oldest: datetime | None


def led(work: Work) -> frozenset[int]:
    """The people whom the actor leads: of the departments that they head and all below; of administrators, everybody."""
    person, department = tables.person, tables.department
    if work.actor.admin:
        return frozenset(work.conn.execute(select(person.c.id)).scalars())
    parents = dict(work.conn.execute(select(department.c.id, department.c.parent)).all())
    headed = set(work.conn.execute(select(department.c.id).where(department.c.head == work.actor.id)).scalars())
    below = {id for id in parents if _within(id, parents, headed)}
    return frozenset(work.conn.execute(select(person.c.id).where(person.c.department.in_(below))).scalars())


def leads(work: Work) -> bool:
    """Whether the page has anybody for this actor."""
    head = select(tables.department.c.id).where(tables.department.c.head == work.actor.id).limit(1)
    return work.actor.admin or work.conn.execute(head).first() is not None


def loads(work: Work) -> tuple[Load, ...]:
    """Everybody whom the actor leads, who has most that is late first, then most to do; those who are closed only if
    something is left with them."""
    people = led(work)
    found: dict[int, list[Any]] = {id: [0, 0, None] for id in people}
    for form, query in _open(work, people):
        late = case((lateness.due_of_task(work, form) <= work.now, 1), else_=0)
        counted = query.add_columns(
            tables.holder.c.person, func.count(), func.sum(late), func.min(tables.task.c.opened_at)
        )
        answered: Any = executed(work, counted.group_by(tables.holder.c.person)).all()
        for id, number, over, oldest in answered:
            mine = found[id]
            mine[0] += number
            mine[1] += int(over or 0)
            mine[2] = min(filter(None, (mine[2], oldest)), default=None)
    rows = work.conn.execute(
        select(tables.person.c.id, tables.person.c.name, tables.person.c.active, tables.department.c.name)
        .outerjoin(tables.department, tables.department.c.id == tables.person.c.department)
        .where(tables.person.c.id.in_(people))
    )
    made = [
        Load(id, name, in_words(department, work.actor.language), active, *found[id])
        for id, name, active, department in rows
        if active or found[id][0]
    ]
    return tuple(sorted(made, key=lambda one: (-one.late, -one.open, one.name)))


def tasks_of(work: Work, person: int) -> tuple[Item, ...]:
    """What a person whom the actor leads has to do, what is due first."""
    if person not in led(work):
        return ()
    found: list[tuple[Form, int, datetime | None, datetime]] = []
    for form, query in _open(work, frozenset({person})):
        table = work.layout.table(form.name)
        due_at = func.min(lateness.due_of_task(work, form))
        asked = query.add_columns(table.c.id, due_at, func.min(tables.task.c.opened_at))
        answered: Any = executed(work, asked.group_by(table.c.id).limit(LISTED)).all()
        for id, due, since in answered:
            found.append((form, id, due, since))
    found.sort(key=lambda one: (one[2] is None, one[2] or one[3], one[1]))
    rows = {}
    for form in {form.name: form for form, *_ in found}.values():
        names = ("state", "state_since", *waiting.told(form, waiting.shown(work, form)))
        for row in listed(work, form, [id for f, id, *_ in found if f is form], names):
            rows[form.name, row.record.id] = row
    return tuple(
        Item(form, rows[form.name, id], due, since) for form, id, due, since in found if (form.name, id) in rows
    )


def late_records(work: Work) -> tuple[tuple[Form, int], ...]:
    """Forms with records that the actor may see and of which a time is over (of their state, a task or a clock), with or
    without a task, and how many."""
    found = []
    for form in work.catalog.forms.values():
        where = _late(work, form)
        if where is not None:
            table = work.layout.table(form.name)
            number = int(executed(work, select(func.count()).select_from(table).where(*where)).scalar_one())
            found += [(form, number)] if number else []
    return tuple(sorted(found, key=lambda one: -one[1]))


def late_of(work: Work, form: Form) -> tuple[Item, ...]:
    """Those of one form, what is late longest first."""
    where = _late(work, form)
    if where is None:
        return ()
    table, due = work.layout.table(form.name), lateness.first(work, form).label("due")
    query = select(table.c.id, due).where(*where).order_by(due, table.c.id).limit(LISTED)
    dues: dict[int, datetime | None] = dict(executed(work, query).all())  # type: ignore[arg-type]
    names = ("state", "state_since", *waiting.told(form, waiting.shown(work, form)))
    rows = {row.record.id: row for row in listed(work, form, list(dues), names)}
    return tuple(Item(form, rows[id], dues[id], rows[id].record.values.get("state_since")) for id in dues if id in rows)


def _late(work: Work, form: Form) -> list[ColumnElement[bool]] | None:
    if not has_times(form) or not may(form, work.actor, "view"):
        return None
    seen = condition(work, form, work.actor, "view")
    return [lateness.overdue(work, form), *([] if seen is None else [seen])]


def _open(work: Work, people: frozenset[int]) -> Iterator[tuple[Form, Any]]:
    """For each form with tasks, the open parts that these people have in records the actor may see, to be counted."""
    task, holder = tables.task, tables.holder
    for form in work.catalog.forms.values():
        if not form.tasked or not may(form, work.actor, "view"):
            continue
        table = work.layout.table(form.name)
        query = (
            select()
            .select_from(holder.join(task, task.c.id == holder.c.task).join(table, table.c.id == task.c.record))
            .where(task.c.form == form.name, task.c.status == "open", holder.c.status == "open")
            .where(holder.c.person.in_(people))
        )
        seen = condition(work, form, work.actor, "view")
        yield form, query if seen is None else query.where(seen)


def _within(id: int, parents: dict[int, int | None], headed: set[int]) -> bool:
    """Whether a department is one of these, or below one."""
    seen: set[int] = set()
    here: int | None = id
    while here is not None and here not in seen:
        if here in headed:
            return True
        seen.add(here)
        here = parents.get(here)
    return False
