"""Who a field's `among` lets be chosen: one answer for the picker that offers and for the check that refuses."""

from __future__ import annotations

from sqlalchemy import select

from engine.definitions.model import FormField, People
from engine.runtime.organisation import holders_of
from engine.runtime.record import Record
from engine.runtime.work import Work
from engine.storage import tables


def among(work: Work, item: FormField, this: Record) -> frozenset[int] | None:
    """The ids of the people or departments that the field's `among` means; None: it has none, so all may be chosen."""
    if not item.among:
        return None
    if item.field.target() == "department":
        return departments(work, item.among, this)
    return members(work, item.among, this)


def members(work: Work, people: People, this: Record | None) -> frozenset[int]:
    """The ids of the active people that are meant: by their role, and by what the formulas give (people, lists,
    departments)."""
    found: set[int] = set()
    for role in people.roles:
        found.update(holders_of(work.conn, role))
    person = tables.person
    for one in _given(work, people, this):
        if one.shape == "department":
            query = select(person.c.id).where(person.c.department == one.id, person.c.active)
            found.update(work.conn.execute(query).scalars())
        elif one.id is not None and one.values.get("active"):
            found.add(one.id)
    return frozenset(found)


def departments(work: Work, people: People, this: Record | None) -> frozenset[int]:
    """The ids of the departments that the formulas give, and of those in which the people that are meant work."""
    given = _given(work, people, this)
    persons = [id for role in people.roles for id in holders_of(work.conn, role)]
    persons += [one.id for one in given if one.shape == "person" and one.id is not None]
    person = tables.person
    query = select(person.c.department).where(person.c.id.in_(persons), person.c.department.is_not(None))
    there = {id for id in work.conn.execute(query).scalars() if id is not None}
    return frozenset(there | {one.id for one in given if one.shape == "department" and one.id is not None})


def _given(work: Work, people: People, this: Record | None) -> list[Record]:
    found: list[Record] = []
    for formula in people.formulas:
        value = work.value(formula, this)
        found += [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Record)]
    return found
