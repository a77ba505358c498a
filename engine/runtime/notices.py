"""What a person has been told, what they last did and what they started: the reading half of their home page."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from engine.definitions.model import Form
from engine.fields.base import Place
from engine.problems import Refused, nearest, problem
from engine.problems.record import SETTINGS_CLOSED, UNKNOWN_FIELD
from engine.runtime import access
from engine.runtime.ask import listed
from engine.runtime.checks import blank, lacking
from engine.runtime.record import Record
from engine.runtime.values import Listed, Notice
from engine.runtime.waiting import told
from engine.runtime.work import Work
from engine.storage import tables


def notices(work: Work, unread: bool, limit: int) -> tuple[Notice, ...]:
    """The actor's notices, the newest first; only those not read yet if `unread`."""
    table = tables.notice
    others = tables.person.alias()
    query = (
        select(table, others.c.name.label("by"))
        .outerjoin(others, (others.c.id == table.c.actor) & (others.c.id != table.c.person))
        .where(table.c.person == work.actor.id)
        .order_by(table.c.id.desc())
        .limit(limit)
    )
    if unread:
        query = query.where(table.c.read_at.is_(None))
    found: list[Notice] = []
    for row in work.conn.execute(query).mappings():
        words = row["message"] or {}
        message = str(words.get(work.actor.language) or next(iter(words.values()), ""))
        about = (row["form"], row["record"], _title(work, row))
        found.append(Notice(row["id"], row["at"], message, *about, row["read_at"] is not None, row["by"] or ""))
    return tuple(found)


def _title(work: Work, row: Any) -> str:
    if row["form"] not in work.catalog.forms or row["record"] is None:
        return ""
    return work.title_of(row["form"], row["record"])


def unread_count(work: Work) -> int:
    """How many notices the actor hasn't read."""
    table = tables.notice
    query = select(func.count()).where(table.c.person == work.actor.id, table.c.read_at.is_(None))
    return int(work.conn.execute(query).scalar_one())


def mark_read(work: Work, ids: Collection[int] | None) -> None:
    """Mark the actor's notices as read; None: all of them."""
    table = tables.notice
    query = update(table).where(table.c.person == work.actor.id, table.c.read_at.is_(None)).values(read_at=work.now)
    work.conn.execute(query if ids is None else query.where(table.c.id.in_(list(ids))))
    if work.actor.id is not None:
        work.told.add(work.actor.id)


def recent(work: Work, limit: int) -> tuple[tuple[Form, Record, datetime], ...]:
    """The records that the actor last did something to, each once, with when; what of them is shown is title and number."""
    table = tables.event
    last = func.max(table.c.at).label("last")
    query = (
        select(table.c.form, table.c.record, last)
        .where(table.c.actor == work.actor.id)
        .group_by(table.c.form, table.c.record)
        .order_by(last.desc())
        .limit(limit * 3)
    )
    found: list[tuple[Form, Record, datetime]] = []
    for name, id, at in work.conn.execute(query):
        form = work.catalog.forms.get(name)
        record = work.row(name, id) if form is not None else None
        if form is not None and record is not None and "view" in access.rights(work, form, record).can:
            found.append((form, record, at))
    return tuple(found[:limit])


def started(work: Work, limit: int) -> tuple[tuple[Form, Listed], ...]:
    """The records that the actor created and that are in a state that isn't final, the newest first."""
    first: list[tuple[datetime, int, Form]] = []
    for form in work.catalog.forms.values():
        if form.workflow is None or not access.may(form, work.actor, "view"):
            continue
        running = [name for name, state in form.workflow.states.items() if state.final is None]
        table = work.layout.table(form.name)
        query = select(table.c.created_at, table.c.id).where(
            table.c.created_by == work.actor.id, table.c.state.in_(running)
        )
        allowed = access.condition(work, form, work.actor, "view")
        if allowed is not None:
            query = query.where(allowed)
        first.extend((at, id, form) for at, id in work.conn.execute(query.order_by(table.c.id.desc()).limit(limit)))
    first.sort(key=lambda found: found[0], reverse=True)
    out: list[tuple[Form, Listed]] = []
    for _, id, form in first[:limit]:
        out.extend(
            (form, row)
            for row in listed(work, form, [id], ("state", "state_since", *told(form, access.usable(form, work.actor))))
        )
    return tuple(out)


def set_setting(work: Work, name: str, raw: Any) -> None:
    """Change a pack's setting. Raises Refused: not an administrator, no such setting, or not a value for it."""
    if not work.actor.admin:
        raise Refused(problem(SETTINGS_CLOSED))
    found = work.catalog.settings.get(name)
    if found is None:
        raise Refused(problem(UNKNOWN_FIELD, name=name, nearest=nearest(name, work.catalog.settings)))
    value = found.field.parse(raw, Place(name, found.title, zone=work.zone, options=found.options or None))
    if blank(value) and found.required is True:
        raise Refused(lacking(found, name))
    kept = found.field.to_json(value)
    table = tables.setting
    changed = work.conn.execute(update(table).where(table.c.name == name).values(value=kept)).rowcount
    if not changed:
        work.conn.execute(insert(table).values(name=name, value=kept))
