"""What points at a record that is deleted lets go of it: by each reference's `on_delete` it refuses, is emptied, or goes too."""

from __future__ import annotations

from sqlalchemy import func, select

from engine.columns import holding
from engine.definitions.model import Form, FormField, walk
from engine.problems import Refused, problem
from engine.problems.record import STILL_USED
from engine.runtime import access
from engine.runtime.effects import Doors
from engine.runtime.work import Work


def release(work: Work, doors: Doors, shape: str, id: int, gone: tuple[str, int]) -> None:
    """See to everything that points at a row that goes: refuse, empty the reference, or delete along."""
    for other in work.catalog.forms.values():
        if other.computed is not None:
            continue  # its rows go when their sources go
        for _, found in walk(other.fields):
            if shape in found.field.targets() and found.stored:
                _of(work, doors, other, found, shape, id, gone)


def _of(work: Work, doors: Doors, other: Form, found: FormField, shape: str, id: int, gone: tuple[str, int]) -> None:
    holder, name = found.shape, found.name
    table = work.layout.table(holder)
    several, column = found.field.several, table.c[name]
    pointer = found.field.pointer(shape, id)
    pointing = holding(column, pointer) if several else column == pointer
    query = select(table.c.id).where(pointing)
    if holder != other.name and other.name == gone[0]:
        query = query.where(~access.within(work, holder, table, [gone[1]]))
    elif holder == gone[0]:
        query = query.where(table.c.id != gone[1])
    policy = str(getattr(found.field, "on_delete", "refuse"))
    if policy == "refuse":
        count = work.conn.execute(select(func.count()).select_from(query.subquery())).scalar() or 0
        if count:
            first = work.conn.execute(query.limit(1)).scalar_one()
            example = work.title_of(holder, first)
            raise Refused(problem(STILL_USED, count=count, form=other.title, example=example))
        return
    for found_id in work.conn.execute(query).scalars().all():
        row = work.row(holder, found_id)
        if row is None:
            continue
        main = row.main
        left = tuple(i for i in row.values[name] if i != pointer) or None if several else None
        along = policy == "cascade" and left is None
        if along and row is main:
            doors.delete(work, other, main)
            continue
        old = work.before(main)
        if along:
            (row.parent or main).value(holder.rpartition(".")[2]).remove(row)
        else:
            row.values[name] = left
        doors.settle(work, other, main, set(), old)
