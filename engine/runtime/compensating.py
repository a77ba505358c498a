"""What was done for a record on its way and how it is undone when its creator takes it back.

Why: a lock on stock must not outlive a request that nobody makes any more, and what a courier was sent for can't be called
back. An action says so itself (`compensate`); here is kept that it was done. It counts until the record is in its first
state again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, delete, insert, select

from engine.definitions.model import Compensation, Effect, Form
from engine.problems import Problem, problem
from engine.problems.task import DONE_FOR_GOOD
from engine.runtime.causes import AUTOMATION, Cause, title_of
from engine.runtime.record import Record
from engine.runtime.work import Work
from engine.storage import tables

table = tables.deed


def note(work: Work, this: Record, effect: Effect, made: Record | None) -> None:
    """An action that can be undone, or never, was done for a record; `made`: the record that it made and named."""
    form, cause = work.form(this.shape), work.cause
    assert form.workflow is not None and cause is not None
    if cause.kind == AUTOMATION and this.values.get("state") == form.workflow.initial:
        return
    work.conn.execute(
        insert(table).values(
            form=form.name, record=this.id, mark=effect.mark, kind=cause.kind, name=cause.name,
            made=made.id if made is not None else None,
        )
    )  # fmt: skip


def barred(work: Work, form: Form, record: Record) -> Problem | None:
    """Why what was done for a record can't be undone; None: it can. What its definition knows no more can't either."""
    known = work.catalog.compensations.get(form.name)
    for row in _deeds(work, form, record) if known is not None else ():
        found = known.get(row.mark) if known is not None else None
        if found is None or found.do is None:
            cause = Cause(row.kind, row.name, form.name, record.id, form.digest)
            return problem(DONE_FOR_GOOD, what=title_of(work.catalog, cause))
    return None


def owed(work: Work, this: Record) -> Iterator[tuple[Compensation, Record | None]]:
    """What undoes all that was done for a record, the latest first, each with the record that was made, if it is still
    there."""
    form = work.form(this.shape)
    known = work.catalog.compensations.get(form.name, {})
    for row in _deeds(work, form, this) if known else ():
        found = known[row.mark]
        yield found, work.row(found.form, row.made) if found.form is not None and row.made is not None else None


def forget(work: Work, form: Form, record: Record) -> None:
    """Nothing of what was done counts any more: the record is in its first state again, or gone."""
    if form.name in work.catalog.compensations:
        work.conn.execute(delete(table).where(table.c.form == form.name, table.c.record == record.id))


def _deeds(work: Work, form: Form, record: Record) -> Sequence[Row[Any]]:
    query = select(table).where(table.c.form == form.name, table.c.record == record.id)
    return work.conn.execute(query.order_by(table.c.id.desc())).all()
