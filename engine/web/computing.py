"""What a form asks while it is typed into: what is computed from it, and which records a reference may point at now.

Why: the browser computes what it can by itself; what reads other records only the server knows, and it answers with the
same draft that saving makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from starlette.responses import Response

from engine.definitions.model import Form, FormField
from engine.expressions.pointing import written
from engine.runtime.access import may
from engine.runtime.options import fitting
from engine.runtime.record import Record
from engine.runtime.values import Draft, Twin
from engine.web.api_schema import fillable
from engine.web.line_tables import added, summed_columns
from engine.web.named import first
from engine.web.posted import posted
from engine.web.raw import raw_values
from engine.web.render import query
from engine.web.rules import values_json
from engine.web.visit import Visit


def compute(visit: Visit) -> Response:
    """A form as it stands while it is typed into, as JSON: values, how they read, conditions and limits by path."""
    form = visit.form("create")
    id = visit.sent("_id") or visit.arg("id")
    touched = frozenset(visit.sent("_touched").split()) if "_touched" in visit.posted else None
    draft = visit.engine.draft(
        visit.actor, form.name, raw=posted(visit, form.fields, blank=True), id=int(id) if id.isdigit() else None,
        button=visit.sent("_button") or None, touched=touched,
    )  # fmt: skip
    return visit.json(computed(visit, draft))


def computed(visit: Visit, draft: Draft) -> dict[str, Any]:
    """A draft as the browser takes it."""
    fields = {n: f for n, f in draft.form.fields.items() if n not in draft.rights.hidden and f.related is None}
    display: dict[str, str] = {}
    picked: dict[str, list[str]] = {}
    rows: dict[str, int] = {}
    for path, column, found, holder in _paths(fields, draft.record, draft.rights.hidden):
        if found.columns:
            held = holder.value(found.name) or []
            rows[path] = len(held)
            for name in summed_columns(draft.form, column):
                inner = found.columns[name]
                display[f"{path}.{name}"] = visit.words(inner, added(inner, held))
            continue
        value = holder.values.get(found.name)
        display[path] = visit.words(found, value)
        if found.field.several and found.field.targets():
            picked[path] = [visit.reader.title_of(shape, id) for shape, id in found.field.pointed(value)]
    return {
        "values": values_json(fields, draft.record, draft.rights.hidden),
        "display": display,
        "picked": picked,
        "visible": dict(draft.visible),
        "required": dict(draft.required),
        "readonly": dict(draft.readonly),
        "rows": rows,
        "limits": {p: [_limit(fields, p, one) for one in pair] for p, pair in draft.limits.items()},
        "options": {p: list(names) for p, names in draft.options.items()},
        "unfit": {p: visit.t("unfit", title=visit.text(title)) for p, title in draft.unfit.items()},
        "hints": {twin.fields[0]: _hint(visit, draft.form, twin) for twin in draft.hints},
    }


def _hint(visit: Visit, form: Form, twin: Twin) -> dict[str, str | None]:
    """That there is such a record already, as the page tells it beside the field: words, and where it is."""
    there = twin.record
    if there is None:
        return {"text": visit.t("twin_unseen"), "title": None, "href": None}
    return {"text": visit.t("twin"), "title": there.title or f"#{there.id}", "href": f"/f/{form.name}/{there.id}"}


def options(visit: Visit) -> Response:
    """The records that a reference may point at now, as JSON; `_q` is what the person typed, `_row` the line's
    number, within another line behind that line's (`2.0`). Where there are none, `first` says what has to be chosen before."""
    form, path = visit.form("view"), visit.path("path")
    given = visit.posted if visit.request.method == "POST" else visit.request.query_params
    raw = {**raw_values(given.multi_items(), form.fields, ()), "id": given.get("_id")}
    q, row = str(given.get("_q", "")), str(given.get("_row", ""))
    rows = [int(one) for one in row.split(".") if one.isdigit()]
    picks = visit.engine.options(visit.actor, form.name, path, q, raw, rows)
    found = [{"value": p.value, "label": p.title, "facts": list(p.facts)} for p in picks]
    before = "" if picks else visit.engine.read(visit.actor, lambda work: first(visit, work, form, path, raw, rows))
    return visit.json({"options": found, "more": False, "new": _new(visit, form, path, q, raw, rows), "first": before})


# -- inner -------------------------------------------------------------------------------------------------------------


def _new(visit: Visit, form: Form, path: str, q: str, raw: Mapping[str, Any], rows: list[int]) -> list[dict[str, Any]]:
    """Where a new record is made for this reference, named as was typed and such that it may be chosen, one for each form
    that it may be of; none: it may not be made from here. `head` stands before its id in the reference's value."""
    head, _, inner = path.partition(".")
    button = form.button(head.removeprefix("ask:"))
    held = button.ask if head.startswith("ask:") and button is not None else form.fields
    found = held.get(inner) if head.startswith("ask:") else form.named(path)
    if found is None or not getattr(found.field, "create", False):
        return []
    targets = [visit.catalog.forms[t] for t in found.field.targets() if t in visit.catalog.forms]
    makeable = [t for t in targets if may(t, visit.actor, "create")]
    fit = visit.engine.read(visit.actor, lambda w: fitting(w, form.name, path, raw, rows)) if makeable else {}
    return [_made(visit, t, q, fit, len(targets) > 1) for t in makeable]


def _made(visit: Visit, target: Form, q: str, fit: Mapping[str, Any], several: bool) -> dict[str, Any]:
    naming = next(
        (n for n, f in target.fields.items() if f.type.kind == "text" and not f.options and fillable(f)), None
    )
    given = {naming: q.strip()} if naming is not None and q.strip() else {}
    return {
        "href": f"/f/{target.name}/new" + query(**{**fit, **given}),
        "label": visit.t("new_record", form=visit.one(target.title)),
        "head": written(target.name, "") if several else "",
        "facts": list(given.values()),
    }


def _paths(
    fields: Mapping[str, FormField], holder: Record, hidden: frozenset[str], path: str = "", column: str = ""
) -> Iterator[tuple[str, str, FormField, Record]]:
    """What isn't hidden, by its path (`items.0.price`) and its name (`items.price`)."""
    for name, found in fields.items():
        if column + name in hidden:
            continue
        yield path + name, column + name, found, holder
        for number, line in enumerate(holder.value(name) or []) if found.columns else ():
            yield from _paths(found.columns, line, hidden, f"{path}{name}.{number}.", f"{column}{name}.")


def _limit(fields: Mapping[str, FormField], path: str, value: Any) -> Any:
    if value is None:
        return None
    first, *rest = path.split(".")[::2]
    found = fields.get(first)
    for name in rest:
        found = found.columns.get(name) if found is not None else None
    return found.field.to_json(value) if found is not None else str(value)
