"""A record's place in a list: which one of how many it is, and the records before and after it.

Why: somebody who works through a list goes from record to record without going back to it. The list's question is asked
again, so the answer is of this moment; a record that has left the list meanwhile has no place any more.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from engine.definitions.model import Form
from engine.expressions import sql
from engine.runtime.access import executed
from engine.runtime.ask import question
from engine.runtime.values import Ask
from engine.runtime.work import Work


@dataclass(frozen=True)
class Beside:
    """Place `at` (from 1) of `of`; the ids `before` and `after`, None at the ends."""

    at: int
    of: int
    before: int | None
    after: int | None


def beside(work: Work, form: Form, ask: Ask, id: int) -> Beside | None:
    """The record's place among those that are asked for; None when it isn't among them. Raises Refused as `ask.page`."""
    asked = question(work, form, ask)
    order = [sql.ordered(term, down) for term, down in asked.order]
    own = asked.table.c.id
    row = func.row_number().over(order_by=order)
    inner = (
        select(
            own.label("own"), row.label("at"), func.count().over().label("of"),
            func.lag(own).over(order_by=order).label("before"), func.lead(own).over(order_by=order).label("after"),
        )
        .where(*asked.where)
        .subquery()
    )  # fmt: skip
    query = select(inner.c["at"], inner.c["of"], inner.c.before, inner.c.after).where(inner.c.own == id)
    found = executed(work, query).first()
    return Beside(*tuple(found)) if found is not None else None
