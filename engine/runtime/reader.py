"""How one person reads values: names of what they point at, links they may follow, files' names.

Why: a page shows hundreds of references. Their names are looked up together once, and what is asked for beyond that is
remembered for the request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine.definitions.model import FormField
from engine.fields.base import Reader
from engine.runtime import access
from engine.runtime.record import Record
from engine.runtime.values import Actor
from engine.runtime.work import Work
from engine.storage import tables

T = TypeVar("T")


class Reading(Protocol):
    """Does a unit of work that only reads."""

    def __call__(self, actor: Actor, unit: Callable[[Work], T]) -> T:
        """What the unit gave."""
        ...


def reader(read: Reading, actor: Actor, now: datetime, zone: ZoneInfo, records: Iterable[Record] = ()) -> Reader:
    """A reader for this actor, the names that `records` need looked up already."""
    names: dict[tuple[str, int], str] = {}
    links: dict[str, bool] = {}
    files: dict[int, tuple[str, int, str] | None] = {}
    read(actor, lambda work: _prime(work, list(records), names, links, files))

    def title_of(shape: str, id: int) -> str:
        if (shape, id) not in names:
            names[shape, id] = read(actor, lambda work: work.title_of(shape, id))
        return names[shape, id]

    def href_of(shape: str, id: int) -> str | None:
        form, _, lines = shape.partition(".")
        return f"/f/{form}/{id}" if links.get(form) and not lines else None

    def file_of(id: int) -> tuple[str, int, str] | None:
        if id not in files:
            read(actor, lambda work: _files(work, {id}, files))
        return files.get(id)

    return Reader(actor.language, zone, now.astimezone(zone).date(), now, title_of, href_of, file_of=file_of)


def _prime(
    work: Work, records: list[Record], names: dict[tuple[str, int], str], links: dict[str, bool],
    files: dict[int, tuple[str, int, str] | None],
) -> None:  # fmt: skip
    links.update({form.name: access.may(form, work.actor, "view") for form in work.catalog.forms.values()})
    wanted: dict[str, set[int]] = {}
    uploaded: set[int] = set()
    for record in records:
        _gather(work, record, wanted, uploaded)
    for shape, ids in wanted.items():
        work.rows(shape, ids)
        names.update({(shape, id): work.title_of(shape, id) for id in ids})
    _files(work, uploaded, files)


def _gather(work: Work, record: Record, wanted: dict[str, set[int]], uploaded: set[int]) -> None:
    for name, value in record.values.items():
        if value is None:
            continue
        if isinstance(value, list):
            for line in value:
                if isinstance(line, Record):
                    _gather(work, line, wanted, uploaded)
            continue
        found: FormField | None = work.catalog.field(record.shape, name)
        pointed = work.pointed(record.shape, name, value)
        for shape, id in pointed:
            wanted.setdefault(shape, set()).add(id)
        if not pointed and found is not None and found.field.uploads() is not None:
            uploaded.update(value)


def _files(work: Work, ids: set[int], files: dict[int, tuple[str, int, str] | None]) -> None:
    if not ids:
        return
    table = tables.file
    query = select(table.c.id, table.c.name, table.c.size, table.c.type).where(table.c.id.in_(ids))
    found: dict[int, Any] = {row.id: (row.name, row.size, row.type) for row in work.conn.execute(query)}
    files.update({id: found.get(id) for id in ids})
