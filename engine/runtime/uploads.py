"""Which files a record may hold: those that its author uploaded and its field takes, or that it holds already.

Why: a file's number is easy to guess. Whoever could put any number into a record of their own could read any file. And
what a field takes is checked where the file arrives in a record, whichever door it came through.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.definitions.model import Form, FormField
from engine.fields.base_file import size_in_words
from engine.problems import Problem, problem
from engine.problems.record import NO_SUCH_FILE
from engine.problems.value import FILE_KIND, FILE_TOO_LARGE
from engine.runtime.compute import places
from engine.runtime.reading import dotted
from engine.runtime.record import Record
from engine.runtime.work import Work
from engine.storage import tables


def check_files(work: Work, form: Form, record: Record, old: Record | None) -> list[Problem]:
    """Problems for file numbers that this actor may not put here."""
    found: list[Problem] = []
    if not form.uploading:
        return found
    held = {id for _, item, holder in places(form, old) for id in _files(item, holder)} if old is not None else set()
    for path, item, holder in places(form, record):
        new = [id for id in _files(item, holder) if id not in held]
        if not new:
            continue
        kept = _own(work, new)
        if set(kept) != set(new):
            found.append(problem(NO_SUCH_FILE, field=dotted(path), title=item.title))
        found += [p.at(field=dotted(path)) for id in kept for p in _fits(item.field.uploads() or {}, *kept[id])]
    return found


def _fits(limits: Mapping[str, Any], name: str, size: int, kind: str) -> list[Problem]:
    """A file that is too large for the field, or not of a kind that it takes (`.pdf` by its name, `image/*` by what it
    is)."""
    most, accept = limits.get("max_size"), limits.get("accept") or ()
    if most is not None and size > most:
        return [problem(FILE_TOO_LARGE, name=name, limit=size_in_words(most))]
    if accept and not any(_is(one.lower(), name.lower(), kind) for one in accept):
        return [problem(FILE_KIND, name=name, accept=", ".join(accept))]
    return []


def _is(wanted: str, name: str, kind: str) -> bool:
    if wanted.startswith("."):
        return name.endswith(wanted)
    return kind == wanted or (wanted.endswith("/*") and kind.startswith(wanted[:-1]))


def _files(item: FormField, holder: Record) -> tuple[int, ...]:
    return tuple(holder.values.get(item.name) or ()) if item.field.uploads() is not None else ()


def _own(work: Work, ids: list[int]) -> dict[int, tuple[str, int, str]]:
    """Those of these files that the actor brought and no record holds: name, size in bytes and media type by number."""
    table = tables.file
    query = select(table.c.id, table.c.name, table.c.size, table.c.type).where(
        table.c.id.in_(ids), table.c.created_by == work.actor.id, table.c.record.is_(None)
    )
    return {row.id: (row.name, row.size, row.type) for row in work.conn.execute(query)}
