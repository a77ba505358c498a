"""Changing a value where it stands in the list: the cell becomes its control, and is drawn again when it was saved.

Why: correcting a date in ten rows should not need ten pages. It is the same change as on the record's form: the same
rights, rules and version, and what is refused stands under the cell.
"""

from __future__ import annotations

from starlette.responses import Response

from engine.definitions.model import Form
from engine.problems import Problem, Refused, problem
from engine.problems.record import NOT_FOUND, READONLY_FIELD
from engine.runtime.values import Ask
from engine.web.asked import Asked, asked_for
from engine.web.boxes import box
from engine.web.filling import Cell, Filling, by_path
from engine.web.lookups import filled
from engine.web.raw import raw_values
from engine.web.render import fragment
from engine.web.table import changed_in_place, columns_of, rows_of, shown_names
from engine.web.visit import Visit


def ask(visit: Visit) -> Response:
    """The control of one field of one record. Refused: it can't be changed here, with the reason."""
    form, name = visit.form("view"), visit.path("field")
    return _control(visit, form, name, ())


def change(visit: Visit) -> Response:
    """Save the value; the row comes back, or the control with what is wrong."""
    form, name, id = visit.form("view"), visit.path("field"), visit.record_id()
    if name not in changed_in_place(visit, form):
        raise _closed(form, name)
    raw = raw_values(visit.posted.multi_items(), {name: form.fields[name]}, (name,))
    version = int(visit.sent("version")) if visit.sent("version").isdigit() else None
    try:
        visit.engine.change(
            visit.actor, form.name, id, raw, version=version, confirmed=frozenset(visit.sent_all("confirm"))
        )
    except Refused as refused:
        return _control(visit, form, name, refused.problems, raw)
    return _row(visit, form, asked_for(visit, form), id)


def row(visit: Visit) -> Response:
    """One row of the list as it is now."""
    form = visit.form("view")
    return _row(visit, form, asked_for(visit, form), visit.record_id())


def _row(visit: Visit, form: Form, asked: Asked, id: int) -> Response:
    """The row alone; nothing when the record isn't this person's to see any more."""
    where = visit.engine.condition(form.name, f"id = {id}")
    names = shown_names(visit, form, asked)
    view = asked.own.base if asked.own is not None else asked.view
    if names is None and view is not None and view in form.views:
        names = form.views[view].columns
    page = visit.engine.page(visit.actor, form.name, Ask(where=where, limit=1), names)
    columns = columns_of(visit, form, asked, page)
    rows = rows_of(visit, form, columns, page)
    return fragment(visit, "parts/row.html", form=form, asked=asked, rows=rows, may_tick=True)


def _control(
    visit: Visit, form: Form, name: str, problems: tuple[Problem, ...], raw: dict[str, object] | None = None
) -> Response:
    id = visit.record_id()
    if name not in changed_in_place(visit, form):
        raise _closed(form, name)
    draft = filled(visit, form, id=id, raw=raw).draft
    if "edit" not in draft.rights.can or draft.readonly.get(name) or not draft.visible.get(name, True):
        raise _closed(form, name)
    visit.knows([draft.record])
    found = box(Filling(visit, form, draft, raw or {}, by_path([p for p in problems if p.severity == "error"])), name)
    if not isinstance(found, Cell) or found.control is None:
        raise _closed(form, name)
    others = [p for p in problems if p.severity == "error" and p.place.field != name]
    response = fragment(
        visit, "parts/cell.html", 422 if problems else 200, form=form, record=draft.record, cell=found,
        version=visit.sent("version") or draft.record.version, question=asked_for(visit, form).url(),
        others=[p.said(visit.language) for p in others],
        warnings=[(p.facts.get("key", p.code), p.message(visit.language)) for p in problems if p.severity == "warn"],
    )  # fmt: skip
    return response


def _closed(form: Form, name: str) -> Refused:
    field = form.fields.get(name)
    return Refused(problem(READONLY_FIELD, title=field.title) if field is not None else problem(NOT_FOUND))
