"""Who heads whom, who has which role, who holds a task and who did it, and where a record has been, as formulas ask (`HEAD`,
`INROLE`, `HOLDERS`, `HANDLER`, `REACHED`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, FromClause, select

from engine.definitions.model import EVERYONE
from engine.storage import tables

LEVELS = 20
"""How many departments above each other are followed; more must be a circle."""


def answered(
    conn: Connection,
    lent: dict[Any, Any],
    function: str,
    arguments: list[Any],
    acting: Callable[[Any, str], int | None],
    table: Callable[[str], FromClause],
) -> int | bool | list[int] | None:
    """What a function gives: a person's id, several, true or false. `acting(record, state)`: who is acting just now;
    `table(shape)`: where its records are."""
    first = arguments[0]
    if function == "INROLE":
        return first is not None and arguments[1] in roles_of(conn, first.id)
    if function == "REACHED":
        return first is not None and reached(conn, lent, first, arguments[1:], table)
    if first is None:
        return None
    if function == "HEAD":
        level = int(arguments[1]) if len(arguments) > 1 and arguments[1] is not None else 1
        return head_of(conn, first.id, level)
    if function == "HOLDERS":
        return holding(conn, lent, first)
    if function == "HANDLER":
        return acting(first, arguments[1]) or acted(conn, lent, first, arguments[1])
    raise LookupError(function)


def head_of(conn: Connection, person: int, level: int) -> int | None:
    """The head `level` levels above a person: 1 is the head of their department. Whoever heads a department has the
    head of the one above it as their own. None where there is nobody."""
    person_table, department = tables.person, tables.department
    at = conn.execute(select(person_table.c.department).where(person_table.c.id == person)).scalar()
    below, found = person, None
    for _ in range(LEVELS):
        if at is None or level <= 0:
            break
        row = conn.execute(select(department.c.head, department.c.parent).where(department.c.id == at)).first()
        if row is None:
            return None
        if row.head is not None and row.head != below:
            found, below, level = row.head, row.head, level - 1
        at = row.parent
    return found if level <= 0 else None


def holding(conn: Connection, lent: dict[Any, Any], record: Any) -> list[int]:
    """Those whose turn it is in a record's open tasks, each once. `lent` keeps the answers for all records of a form: a
    statement over the form asks for each."""
    found = lent.get(("holders", record.shape))
    if found is None:
        found = lent["holders", record.shape] = {}
        task, holder = tables.task, tables.holder
        query = (
            select(task.c.record, holder.c.person)
            .join(holder, holder.c.task == task.c.id)
            .where(task.c.form == record.shape, task.c.status == "open", holder.c.status == "open")
            .order_by(task.c.id, holder.c.place, holder.c.id)
        )
        for id, person in conn.execute(query):
            found.setdefault(id, {})[person] = None
    return list(found.get(record.id, ()))


def acted(conn: Connection, lent: dict[Any, Any], record: Any, state: str) -> int | None:
    """Who acted last in a state of a record: did its task, else pressed the button that left it. None: nobody. `lent` as
    in `holding`."""
    found = lent.get(("acted", record.shape, state))
    if found is None:
        found = lent["acted", record.shape, state] = {}
        event, task, holder = tables.event, tables.task, tables.holder
        left = select(event.c.record, event.c.actor).where(
            event.c.form == record.shape,
            event.c.from_state == state,
            event.c.action == "act",
            event.c.actor.is_not(None),
        )
        found.update((id, person) for id, person in conn.execute(left.order_by(event.c.id)))
        done = (
            select(task.c.record, holder.c.person)
            .join(holder, holder.c.task == task.c.id)
            .where(task.c.form == record.shape, task.c.state == state, holder.c.status == "done")
            .order_by(holder.c.acted_at, holder.c.id)
        )
        found.update((id, person) for id, person in conn.execute(done))
    person: int | None = found.get(record.id)
    return person


def reached(
    conn: Connection, lent: dict[Any, Any], record: Any, states: list[str], table: Callable[[str], FromClause]
) -> bool:
    """Whether a record is in one of these states or its history has it come to one. `lent` as in `holding`."""
    if getattr(record, "values", {}).get("state") in states:  # in this unit of work, before its history has it
        return True
    found = lent.get(("reached", record.shape))
    if found is None:
        found = lent["reached", record.shape] = {}
        event, records = tables.event, table(record.shape)
        for id, state in conn.execute(select(records.c.id, records.c.state)):
            found[id] = {state}
        came = select(event.c.record, event.c.to_state).where(
            event.c.form == record.shape, event.c.to_state.is_not(None)
        )
        for id, state in conn.execute(came.distinct()):
            found.setdefault(id, set()).add(state)
    return not found.get(record.id, frozenset()).isdisjoint(states)


def roles_of(conn: Connection, person: int) -> frozenset[str]:
    """The roles of a person, `everyone` among them."""
    held = tables.person_role
    found = conn.execute(select(held.c.role).where(held.c.person == person)).scalars().all()
    return frozenset(found) | {EVERYONE}


def holders_of(conn: Connection, role: str) -> list[int]:
    """The ids of the active people who have a role; all active people for `everyone`."""
    person = tables.person
    query = select(person.c.id).where(person.c.active)
    if role != EVERYONE:
        held = tables.person_role
        query = query.where(person.c.id.in_(select(held.c.person).where(held.c.role == role)))
    return list(conn.execute(query.order_by(person.c.id)).scalars().all())


def in_words(name: Any, language: str) -> str:
    """A person's or a department's name; the latter may be kept in several languages."""
    if isinstance(name, dict):
        return str(name.get(language) or next(iter(name.values()), ""))
    return str(name or "")
