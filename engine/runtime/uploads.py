"""Which files a record may hold: those that its author uploaded, or that it holds already.

Why: a file's number is easy to guess. Whoever could put any number into a record of their own could read any file.
"""

from __future__ import annotations

from sqlalchemy import select

from engine.definitions.model import Form, FormField
from engine.problems import Problem, problem
from engine.problems.record import NO_SUCH_FILE
from engine.runtime.compute import places
from engine.runtime.reading import dotted
from engine.runtime.record import Record
from engine.runtime.work import Work
from engine.storage import tables


def check_files(work: Work, form: Form, record: Record, old: Record | None) -> list[Problem]:
    """Problems for file numbers that this actor may not put here."""
    found: list[Problem] = []
    held = {id for _, item, holder in places(form, old) for id in _files(item, holder)} if old is not None else set()
    for path, item, holder in places(form, record):
        new = [id for id in _files(item, holder) if id not in held]
        if new and not _own(work, new):
            found.append(problem(NO_SUCH_FILE, field=dotted(path), title=item.title))
    return found


def _files(item: FormField, holder: Record) -> tuple[int, ...]:
    return tuple(holder.values.get(item.name) or ()) if item.field.uploads() is not None else ()


def _own(work: Work, ids: list[int]) -> bool:
    table = tables.file
    query = select(table.c.id).where(table.c.id.in_(ids), table.c.created_by == work.actor.id, table.c.record.is_(None))
    return set(work.conn.execute(query).scalars().all()) == set(ids)
