"""Who heads whom and who has which role, as formulas ask (`HEAD`, `INROLE`)."""

from __future__ import annotations

from sqlalchemy import Connection, select

from engine.definitions.model import EVERYONE
from engine.storage import tables

LEVELS = 20
"""How many departments above each other are followed; more must be a circle."""


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
