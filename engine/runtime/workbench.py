"""A person's workbench: what waits for them, what they started, what they did, what they were told of; narrowed and counted.

Why: people don't think in forms. All records with a workflow stand in one list, and it is asked of the database form by
form, with the rights that their lists have; what waits for them stands by when it is due.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, nulls_last, or_, select

from engine.definitions.model import Form
from engine.runtime import lateness, waiting
from engine.runtime.access import condition, executed, may
from engine.runtime.ask import listed, searched
from engine.runtime.ticking import onwards
from engine.runtime.turns import represented, taken_part
from engine.runtime.values import Listed
from engine.runtime.work import Work
from engine.storage import tables

WAITING, STARTED, DONE, TOLD = "waiting", "started", "done", "told"
TABS = (WAITING, STARTED, DONE, TOLD)
"""What waits for a person; what they created; where they pressed a button; what they were told of without a part in it."""


@dataclass(frozen=True)
class Narrowed:
    """What of a tab is asked for: None and "" narrow nothing. `late`: only what is over its time."""

    form: str | None = None
    state: str | None = None
    late: bool = False
    q: str = ""


@dataclass(frozen=True)
class Item:
    """A record of the workbench. `due` is when what the actor has to do with it is due (None: never); `at` when what the
    tab is about happened: it came to wait, was created, was acted on, was told of; `onward` when it moves on by itself
    unless somebody acts before, `ends` when a task of it that the actor has ends by itself (None: at no moment)."""

    form: Form
    row: Listed
    due: datetime | None
    at: datetime | None
    onward: datetime | None = None
    ends: datetime | None = None


@dataclass(frozen=True)
class Bench:
    """A tab: its first items, how many there are, and for the filter how many each form has without it (form -> number)."""

    items: tuple[Item, ...]
    total: int
    forms: dict[str, int]


def bench(work: Work, tab: str, narrowed: Narrowed, limit: int) -> Bench:
    """The first `limit` items of a tab: what waits by when it is due and how long it has waited, else the newest first."""
    found: list[tuple[tuple[Any, ...], Form, int, datetime | None, datetime | None]] = []
    counts: dict[str, int] = {}
    total = 0
    for form, where, at in _parts(work, tab):
        wanted = [where, *_narrowing(work, form, narrowed)]
        number = _count(work, form, wanted)
        if number:
            counts[form.name] = number
        if number and narrowed.form in (None, form.name):
            total += number
            for id, due, moment in _first(work, form, wanted, at, tab == WAITING, limit):
                found.append((_place(tab, due, moment, id), form, id, due, moment))
    found.sort(key=lambda one: one[0], reverse=tab != WAITING)
    return Bench(_items(work, found[:limit]), total, counts)


def number_of(work: Work, tab: str) -> int:
    """How many a tab has; of what a person was told, only what they haven't read."""
    unread = tables.notice.c.read_at.is_(None)
    return sum(_count(work, form, [where]) for form, where, _ in _parts(work, tab, unread if tab == TOLD else None))


# -- inner -------------------------------------------------------------------------------------------------------------


def _parts(
    work: Work, tab: str, notices: ColumnElement[bool] | None = None
) -> list[tuple[Form, ColumnElement[bool], Any]]:
    """Each form that can have some: which records, and the moment that the tab is about. `notices`: only because of these."""
    found: list[tuple[Form, ColumnElement[bool], Any]] = []
    for form in work.catalog.forms.values():
        if form.workflow is None or work.actor.id is None:
            continue
        table = work.layout.table(form.name)
        if tab == WAITING:
            where = waiting.waits(work, form)
            if where is not None:
                found.append((form, where, table.c.state_since))
            continue
        part = taken_part(work, form)
        if part is None and not may(form, work.actor, "view"):
            continue
        seen = condition(work, form, work.actor, "view")
        which, at = _which(work, form, tab, notices)
        found.append((form, which if seen is None else and_(which, seen), at))
    return found


def _which(work: Work, form: Form, tab: str, notices: ColumnElement[bool] | None) -> tuple[ColumnElement[bool], Any]:
    table, event, notice = work.layout.table(form.name), tables.event, tables.notice
    if tab == STARTED:
        return table.c.created_by == work.actor.id, table.c.created_at
    if tab == DONE:
        mine = and_(event.c.form == form.name, event.c.actor == work.actor.id, event.c.transition.is_not(None))
        last = select(func.max(event.c.at)).where(mine, event.c.record == table.c.id).scalar_subquery()
        return table.c.id.in_(select(event.c.record).where(mine)), last
    told = and_(notice.c.form == form.name, notice.c.person == work.actor.id, notice.c.record.is_not(None))
    if notices is not None:
        told = and_(told, notices)
    last = select(func.max(notice.c.at)).where(told, notice.c.record == table.c.id).scalar_subquery()
    which = and_(
        table.c.id.in_(select(notice.c.record).where(told)),
        or_(table.c.created_by.is_(None), table.c.created_by != work.actor.id),
    )
    part = taken_part(work, form)
    return (which if part is None else and_(which, table.c.id.not_in(part))), last


def _narrowing(work: Work, form: Form, narrowed: Narrowed) -> list[ColumnElement[bool]]:
    table = work.layout.table(form.name)
    found = searched(work, form, narrowed.q) if narrowed.q.strip() else []
    if narrowed.state is not None and narrowed.form == form.name:
        found.append(table.c.state == narrowed.state)
    if narrowed.late:
        found.append(lateness.late(work, form, _us(work)))
    return found


def _us(work: Work) -> frozenset[int]:
    """The actor, and those whom they stand in for."""
    return represented(work) | {work.actor.id or 0}


def _count(work: Work, form: Form, where: Sequence[ColumnElement[bool]]) -> int:
    table = work.layout.table(form.name)
    return int(executed(work, select(func.count()).select_from(table).where(*where)).scalar_one())


def _first(
    work: Work, form: Form, where: Sequence[ColumnElement[bool]], at: Any, by_due: bool, limit: int
) -> list[tuple[int, datetime | None, datetime | None]]:
    table, due = work.layout.table(form.name), lateness.due(work, form, _us(work)).label("due")
    moment = at if at is not None else literal(None)
    query = select(table.c.id, due, moment.label("at")).where(*where)
    order = [nulls_last(due.asc()), moment, table.c.id] if by_due else [moment.desc(), table.c.id.desc()]
    rows: Sequence[Any] = executed(work, query.order_by(*order).limit(limit)).all()
    return [(id, due, when) for id, due, when in rows]


def _place(tab: str, due: datetime | None, at: datetime | None, id: int) -> tuple[Any, ...]:
    """What an item sorts by among those of other forms."""
    moment = at.timestamp() if at is not None else 0.0
    if tab == WAITING:
        return due is None, due.timestamp() if due is not None else 0.0, moment, id
    return moment, id


def _items(work: Work, found: Sequence[tuple[Any, Form, int, datetime | None, datetime | None]]) -> tuple[Item, ...]:
    rows: dict[tuple[str, int], Listed] = {}
    moving: dict[tuple[str, int], datetime] = {}
    ending: dict[tuple[str, int], datetime] = {}
    for form in {form.name: form for _, form, *_ in found}.values():
        ids = [id for _, f, id, *_ in found if f.name == form.name]
        names = ("state", "state_since", *waiting.told(form, waiting.shown(work, form)))
        for row in listed(work, form, ids, names):
            rows[form.name, row.record.id or 0] = row
        moving.update({(form.name, id): at for id, at in onwards(work, form, ids).items()})
        ending.update({(form.name, id): at for id, at in lateness.ends_among(work, form, ids, _us(work)).items()})
    return tuple(
        Item(form, rows[form.name, id], due, at, moving.get((form.name, id)), ending.get((form.name, id)))
        for _, form, id, due, at in found
        if (form.name, id) in rows
    )
