"""Changing a record, and deleting it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from engine.definitions.model import Form
from engine.problems import Refused, problem
from engine.problems.record import CONFLICT, NOT_FOUND
from engine.runtime import access, flow, keep
from engine.runtime.checks import check_fields, check_unique
from engine.runtime.compute import compute
from engine.runtime.reading import read_into
from engine.runtime.record import Record
from engine.runtime.submit import barred
from engine.runtime.uploads import check_files
from engine.runtime.values import Accepted
from engine.runtime.work import Work
from engine.storage import tables


def seen(work: Work, name: str, id: int) -> tuple[Form, Record]:
    """A record that this actor may see, with its form. Refused: there is none, or it isn't theirs to see (the same)."""
    form = work.form(name)
    record = work.row(name, id)
    if record is None or "view" not in access.rights(work, form, record).can:
        raise Refused(problem(NOT_FOUND))
    return form, record


def unchanged(work: Work, form: Form, record: Record, version: int | None) -> None:
    """Refused when somebody changed the record since `version` (None: the caller doesn't mind)."""
    if version is None or version == record.version:
        return
    table = tables.event
    last = work.conn.execute(
        select(table.c.actor, table.c.at)
        .where(table.c.form == form.name, table.c.record == record.id, table.c.version > version)
        .order_by(table.c.id.desc())
    ).first()
    who = work.title_of("person", last.actor) if last is not None and last.actor is not None else "Formloom"
    raise Refused(problem(CONFLICT, who=who, at=last.at if last is not None else work.now, version=record.version))


def change(
    work: Work, name: str, id: int, raw: Mapping[str, Any], *, version: int | None = None,
    confirmed: Collection[str] = (), request: str | None = None,
) -> Accepted:  # fmt: skip
    """Change those fields of a record that `raw` names. Raises Refused: not theirs, changed meanwhile, or wrong
    values."""
    form, record = seen(work, name, id)
    rights = access.rights(work, form, record)
    if "edit" not in rights.can:
        raise Refused(access.forbidden(work.catalog, form, "edit"))
    unchanged(work, form, record, version)
    old = work.before(record)
    work.note(record, "edit")
    given = read_into(work, record, raw, form.fields, blank_rows=work.actor.channel != "browser")
    closed = rights.readonly | rights.hidden
    paths = given.paths - set(given.failed)
    computed = compute(work, form, record, paths, old, closed=closed)
    found = [*given.problems, *computed.problems, *check_files(work, form, record, old)]
    found += barred(form, given, rights.hidden, record)
    failed = {".".join(map(str, p)) for p in given.failed}
    found += [
        p for p in check_fields(work, form, record, computed.visible, old, closed=closed) if p.place.field not in failed
    ]
    found += check_unique(work, form, record)
    found += flow.rules(work, form, record, ("change",), old)
    work.tell(record, flow.refuse(found, confirmed))
    flow.release_lines(work, form, record, old)
    keep.update(work, form, record)
    flow.conclude(work, confirmed, request)
    return Accepted(record, work.open, tuple(work.notes))


def add_lines(
    work: Work, name: str, id: int, list_: str, rows: Sequence[Mapping[str, Any]], *, confirmed: Collection[str] = ()
) -> Accepted:
    """Add lines to a list of a record; those that are there stay as they are. Raises Refused as `change`."""
    _, record = seen(work, name, id)
    there = [{"id": line.id} for line in record.value(list_) or []]
    return change(work, name, id, {list_: [*there, *rows]}, confirmed=confirmed)


def remove(work: Work, name: str, id: int, *, version: int | None = None, request: str | None = None) -> None:
    """Delete a record. Raises Refused: not theirs, changed meanwhile, or something points at it."""
    form, record = seen(work, name, id)
    if "delete" not in access.rights(work, form, record).can:
        raise Refused(access.forbidden(work.catalog, form, "delete"))
    unchanged(work, form, record, version)
    flow.delete(work, form, record)
    flow.conclude(work, request=request)
