"""What a list is sorted by: columns, titles of what is pointed at, formulas, and fields of other records.

Why: names become terms of ORDER BY in one way for lists, pickers and related records, and nobody learns by an order what
they may not see.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.sql.selectable import FromClause

from engine.definitions.model import SYSTEM, Form, FormField, View
from engine.expressions.pointing import member_of
from engine.problems import Refused, nearest, problem
from engine.problems.access import FIELD_CLOSED, NO_SUCH_COLUMN, NOT_SORTABLE
from engine.runtime.access import TITLE, scalar
from engine.runtime.far import askable
from engine.runtime.reads import guard
from engine.runtime.values import Ask
from engine.runtime.work import PEOPLE, Work


def titled(work: Work, shape: str) -> tuple[ColumnElement[int], ColumnElement[str]]:
    """The columns that hold the id and what a record of this shape is called (forms, `person`, `department`), over an
    alias of their own, so that they may stand in any query."""
    table = work.layout.table(shape).alias()
    member = TITLE if shape in work.catalog.forms else "name"
    return table.c.id, work.layout.column(shape, table, member)


def sort_of(work: Work, form: Form, ask: Ask, view: View | None) -> tuple[tuple[str, bool], ...]:
    """The order as names: what is asked for (Refused where it may not be), else the view's as far as it may be used."""
    may_use = askable(work.catalog, form, work.actor)
    if not ask.sort:
        return tuple((n, d) for n, d in (view.sort if view else ()) if n in may_use)
    for name, _ in ask.sort:
        found = form.column(name)
        if found is None and name not in SYSTEM and name != TITLE:
            near = nearest(name, [*form.fields, *form.far, *SYSTEM])
            raise Refused(problem(NO_SUCH_COLUMN, form=form.title, name=name[:80], nearest=near))
        if name not in may_use:
            raise Refused(problem(FIELD_CLOSED, title=found.title if found is not None else name))
    return tuple(ask.sort)


def order_term(work: Work, form: Form, table: FromClause, name: str) -> ColumnElement[Any]:
    """What one name sorts by: its column, the title of what it points at, or its formula."""
    found = form.column(name)
    if found is not None and (found.columns or found.related or not found.field.sortable):
        raise Refused(problem(NOT_SORTABLE, title=found.title))
    if found is not None and not found.stored:
        assert found.formula is not None
        term = scalar(work, form.name, found.formula, table)
        return _far_term(work, form, found, term) if name in form.far else term
    target = PEOPLE.get(name) or (found.field.target() if found is not None else None)
    if found is not None and len(found.field.targets()) > 1:
        ids = ((t, work.layout.column(form.name, table, member_of(name, t))) for t in found.field.targets())
        return func.coalesce(*(_title_of(work, t, id) for t, id in ids))
    if target is None or "." in target:
        return table.c[name]
    return _title_of(work, target, table.c[name])


def _far_term(work: Work, form: Form, found: FormField, term: ColumnElement[Any]) -> ColumnElement[Any]:
    """What a column through references sorts by, where this person may see the record that it is read of."""
    assert found.formula is not None
    if found.field.target() is not None:
        term = _title_of(work, str(found.field.target()), term)
    allowed = guard(work, form, [found.formula])
    return case((and_(*allowed), term)) if allowed else term


def _title_of(work: Work, target: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    id, title = titled(work, target)
    return select(title).where(id == column).scalar_subquery()
