"""New and edited records: the page with the form, what is computed while it is typed into, and saving it.

Why: the same form is drawn from a draft whether it is fresh, was refused, or is being changed; what was typed is kept
until the engine accepts it. A colleague's change in between is shown and never overwritten (`conflicts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from engine.definitions.model import Constant, Form, FormField
from engine.problems import Problem, Refused, problem
from engine.problems.record import COMPUTED_FIELD, CONFLICT, NOT_VISIBLE, READONLY_FIELD, SAVED_BEFORE
from engine.runtime import change as changing
from engine.runtime import submit as submitting
from engine.runtime.access import forbidden
from engine.runtime.record import Record
from engine.runtime.values import Accepted, Draft, Twin
from engine.runtime.work import Work
from engine.web import conflicts, drafts
from engine.web.boxes import Cell, Filling, LineTable, added, by_path, field_id, open_names, sections, summed_columns
from engine.web.lookups import Filled, filled
from engine.web.once import KEY, Saved, SavedOtherwise, new_key, once
from engine.web.raw import raw_values
from engine.web.render import fragment, respond
from engine.web.rules import rules_of, values_json
from engine.web.toasts import toast
from engine.web.visit import Visit

EXPECTED = "_fields"
"""The hidden input that names what the page offered: an unticked box posts nothing."""

OUTDATED = frozenset({READONLY_FIELD, NOT_VISIBLE, COMPUTED_FIELD})
"""Refusals that only say that a page without scripts posted what its own conditions had closed meanwhile."""


def new(visit: Visit) -> Response:
    """An empty form; its parameters fill fields beforehand (`?customer=7`), `copy=3` takes a record's values."""
    form = visit.form("create")
    begun = drafts.begun(visit, form, None) if visit.arg("draft") else None
    if begun is not None:
        return _page(visit, filled(visit, form, raw=begun.raw), begun.raw, (), begun=begun)
    prefill: dict[str, Any] = {n: v for n, v in visit.request.query_params.items() if n in form.fields}
    copied = visit.arg("copy")
    if copied.isdigit():
        prefill = {**copy_of(visit, form, int(copied)), **prefill}
    return _page(visit, filled(visit, form, raw=prefill), {}, ())


def create(visit: Visit) -> Response:
    """Save a new record; what is refused is shown beside its fields."""
    form = visit.form("create")
    if "_rows" in visit.posted:
        return _rearranged(visit, form, None, None)
    raw, confirmed = posted(visit, form.fields), frozenset(visit.sent_all("confirm"))

    def save(work: Work, given: Mapping[str, Any]) -> Saved:
        done = submitting.submit(work, form.name, given, confirmed=confirmed)
        title = done.record.title or f"#{done.record.id}"
        target, id = done.open or (form.name, done.record.id or 0)
        back = visit.sent("back")
        url = back if back.startswith("/f/") else f"/f/{target}/{id}"
        return Saved(url, noted(visit, visit.t("created", title=title), done), title)

    try:
        saved = _saved(visit, form, raw, None, save)
    except SavedOtherwise as other:
        twice = problem(SAVED_BEFORE, title=other.saved.title)
        return _page(visit, filled(visit, form, raw=raw), raw, (twice,), key=new_key())
    except Refused as refused:
        return _page(visit, filled(visit, form, raw=raw), raw, refused.problems)
    drafts.forget(visit, form, None)
    return toast(visit.go(saved.url), saved.words)


def edit(visit: Visit) -> Response:
    """A record's form."""
    form, id = visit.form("edit"), visit.record_id()
    begun = drafts.begun(visit, form, id) if visit.arg("draft") else None
    if begun is not None:
        found = filled(visit, form, raw=begun.raw, id=id)
        return _page(visit, found, begun.raw, (), version=begun.version, begun=begun)
    return _page(visit, filled(visit, form, id=id), {}, ())


def change(visit: Visit) -> Response:
    """Save a changed record. Somebody else's change since it was opened leads to the choice between both."""
    form, id = visit.form("edit"), visit.record_id()
    version = conflicts.whole(visit.sent("version"))
    if "_rows" in visit.posted:
        return _rearranged(visit, form, id, version)
    raw, confirmed = posted(visit, form.fields), frozenset(visit.sent_all("confirm"))
    if "_again" in visit.posted:
        mine, was = conflicts.again(visit)
        return _page(visit, filled(visit, form, raw=mine, id=id), mine, (), version=was)
    was = version
    if "mine" in visit.posted:
        raw, version = conflicts.chosen(visit, form, id)
        was = conflicts.whole(visit.sent("was"))

    def save(work: Work, given: Mapping[str, Any]) -> Saved:
        done = changing.change(work, form.name, id, given, version=version, confirmed=confirmed)
        target, there = done.open or (form.name, id)
        return Saved(f"/f/{target}/{there}", noted(visit, visit.t("saved"), done), done.record.title or f"#{id}")

    try:
        try:
            saved = _saved(visit, form, raw, id, save)
        except SavedOtherwise:  # the record is newer than this form now: the choice between both is asked
            saved = visit.engine.write(visit.actor, lambda work: save(work, raw))
    except Refused as refused:
        if any(p.code == CONFLICT for p in refused.problems):
            return conflicts.page(visit, form, id, raw, was, refused.problems)
        return _page(visit, filled(visit, form, raw=raw, id=id), raw, refused.problems, version=version)
    drafts.forget(visit, form, id)
    return toast(visit.go(saved.url), saved.words)


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
    for path, found, holder in _paths(fields, draft.record, draft.rights.hidden):
        value = holder.values.get(found.name)
        display[path] = visit.words(found, value)
        if found.field.several and found.field.target() is not None:
            picked[path] = [visit.reader.title_of(shape, id) for shape, id in found.field.pointed(value)]
    for name, found in fields.items():
        for column in summed_columns(draft.form, name) if found.columns else ():
            inner = found.columns[column]
            display[f"{name}.{column}"] = visit.words(inner, added(inner, draft.record.value(name) or []))
    return {
        "values": values_json(fields, draft.record, draft.rights.hidden),
        "display": display,
        "picked": picked,
        "visible": dict(draft.visible),
        "required": dict(draft.required),
        "readonly": dict(draft.readonly),
        "rows": {n: len(draft.record.value(n) or []) for n, f in fields.items() if f.columns},
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
    number."""
    form, path = visit.form("view"), visit.path("path")
    given = visit.posted if visit.request.method == "POST" else visit.request.query_params
    raw = {**raw_values(given.multi_items(), form.fields, ()), "id": given.get("_id")}
    q, row = str(given.get("_q", "")), str(given.get("_row", ""))
    picks = visit.engine.options(visit.actor, form.name, path, q, raw, int(row) if row.isdigit() else None)
    found = [{"value": str(p.id), "label": p.title, "facts": list(p.facts)} for p in picks]
    return visit.json({"options": found, "more": False})


def posted(visit: Visit, fields: Mapping[str, FormField], *, blank: bool = False) -> dict[str, Any]:
    """The raw values of the posted form; what the page offered and isn't there was emptied.

    New rows into which nothing was typed are left out, so that what is said of row 2 stands at row 2 of the page that
    comes back; `blank` keeps them (the page that goes on being filled counts them).
    """
    raw = raw_values(visit.posted.multi_items(), fields, visit.sent(EXPECTED).split())
    if not blank:
        for name, found in fields.items():
            if found.columns and isinstance(raw.get(name), list):
                raw[name] = [row for row in raw[name] if _typed_into(visit, found, row)]
    return raw


def _typed_into(visit: Visit, found: FormField, row: Mapping[str, Any]) -> bool:
    """Whether a row has more than what its plain defaults put there."""
    if row.get("id"):
        return True
    for name, value in row.items():
        column = found.columns.get(name)
        if column is None or value in (None, "", []):
            continue
        default = column.default.value if isinstance(column.default, Constant) else None
        try:
            given = column.field.parse(value, visit.place(column, f"{found.name}.{name}"))
            if given != default and not (given is False and default is None):  # an unticked box says nothing
                return True
        except Refused:
            return True
    return False


def copy_of(visit: Visit, form: Form, id: int) -> dict[str, Any]:
    """A record's values for a new one: what may be copied and isn't computed. Refused: it may not be copied."""
    opened = visit.engine.open(visit.actor, form.name, id)
    if "copy" not in opened.rights.can:
        raise Refused(forbidden(visit.catalog, form, "copy"))
    fields = {
        n: f for n, f in form.fields.items()
        if f.field.copy_ and f.formula is None and f.numbering is None and n not in opened.rights.hidden
    }  # fmt: skip
    values = values_json(fields, opened.record, opened.rights.hidden)
    for name, found in fields.items():
        for line in values.get(name) or [] if found.columns else []:
            line.pop("id", None)
            for column, inner in found.columns.items():
                if inner.formula is not None or not inner.field.copy_ or f"{name}.{column}" in opened.rights.hidden:
                    line.pop(column, None)
    return {n: v for n, v in values.items() if n in fields}


# -- inner -------------------------------------------------------------------------------------------------------------


def _page(
    visit: Visit, found: Filled, raw: Mapping[str, Any], problems: Sequence[Problem], *,
    version: int | None = None, begun: drafts.Begun | None = None,
    starts: Mapping[str, int] | None = None, key: str = "",
) -> Response:  # fmt: skip
    draft = found.draft
    form, record = draft.form, draft.record
    errors = [p for p in problems if p.severity == "error"]
    visit.knows([record])
    made = sections(Filling(visit, form, draft, raw, by_path(errors), found.notes, starts or {}))
    url = f"/f/{form.name}/new" if record.id is None else f"/f/{form.name}/{record.id}/edit"
    values = {
        "form": form, "record": record, "sections": made, "url": url, "expected": " ".join(open_names(made)),
        "rules": filling_rules(rules_of(visit, draft, found.settings), (b for s in made for b in s.boxes)),
        "summary": summary(visit, form, errors),
        "warnings": warnings_of(visit, problems),
        "confirmed": frozenset(visit.sent_all("confirm")),
        "version": version if version is not None else record.version,
        "back": visit.arg("back") or visit.sent("back"),
        "key": key or (begun.key if begun is not None else visit.sent(KEY)) or new_key(),
        "draft_at": drafts.clock(visit, begun.at) if begun is not None else "",
        "has_draft": begun is not None or bool(visit.sent("_draft")),
        "offer": drafts.offer(visit, form, record.id) if begun is None and visit.request.method == "GET" else None,
    }  # fmt: skip
    status = 422 if problems else 200
    if visit.partial:
        return fragment(visit, "parts/form.html", status, **values)
    return respond(visit, "form.html", status, **values)


def filling_rules(rules: dict[str, Any], boxes: Iterable[Cell | LineTable]) -> dict[str, Any]:
    """The rules of a page with these boxes: of carried rows only what they don't carry themselves, what is wrong in them,
    and what their values are called."""
    for one in boxes:
        carried = one.carried if isinstance(one, LineTable) else None
        if carried is None or not isinstance(one, LineTable):
            continue
        away, name = {"id", *carried.columns}, one.cell.name
        rules["values"][name] = [
            line if row is None else {n: v for n, v in line.items() if n not in away}
            for line, row in zip(rules["values"][name], carried.rows, strict=True)
        ]
        rules["faults"] = {**rules.get("faults", {}), name: carried.faults}
        rules["titles"] = {**rules.get("titles", {}), **{f"{name}.{c}": t for c, t in carried.titles.items() if t}}
    return rules


def warnings_of(visit: Visit, problems: Sequence[Problem]) -> list[tuple[str, str, str]]:
    """The warnings to be confirmed: what confirms each, its words, and the fields whose change takes that back."""
    return [
        (p.facts.get("key", p.code), p.message(visit.language), p.facts.get("reads", ""))
        for p in problems if p.severity == "warn"
    ]  # fmt: skip


def noted(visit: Visit, words: str, done: Accepted) -> str:
    """What is said of something done: with it what rules think worth a word."""
    return " ".join([words, *(note.message(visit.language) for note in done.notes)])


def summary(visit: Visit, form: Form, errors: Sequence[Problem]) -> list[tuple[str, str]]:
    """What stands on top: (link, words) for each field, "" as link for what concerns the whole form."""
    out: list[tuple[str, str]] = []
    for one in errors:
        path = one.place.field
        if not path or path.split(".")[0] not in form.fields:
            out.append(("", " ".join(filter(None, (one.message(visit.language), one.remedy(visit.language))))))
            continue
        line = ("#" + field_id(path), path_title(visit, form, path))
        if line not in out:
            out.append(line)
    return out


def path_title(visit: Visit, form: Form, path: str) -> str:
    """items.1.quantity -> 退货明细第 2 行 数量."""
    name, _, rest = path.partition(".")
    title = visit.text(form.fields[name].title)
    number, _, column = rest.partition(".")
    if not number.isdigit():
        return title
    inner = form.fields[name].columns.get(column)
    words = visit.text(inner.title) if inner is not None else ""
    return visit.t("line_field", title=title, line=int(number) + 1, column=words).strip()


def _rearranged(visit: Visit, form: Form, id: int | None, version: int | None) -> Response:
    """Without scripts a line is added or taken away, or a long list turned, by the server: `items add`, `items drop 3`,
    `items at 30`. The page comes back with everything that was typed."""
    raw, starts = rearranged(visit, form)
    found = filled(visit, form, raw=raw, id=id)
    return _page(visit, found, raw, (), version=version, starts=starts)


def rearranged(visit: Visit, form: Form) -> tuple[dict[str, Any], dict[str, int]]:
    """What was typed, after what the pressed button of a list does; and the first line to be drawn, by list."""
    raw = posted(visit, form.fields, blank=True)
    name, _, what = visit.sent("_rows").partition(" ")
    what, _, number = what.partition(" ")
    at = int(number) if number.isdigit() and len(number) < 6 else 0
    starts: dict[str, int] = {}
    if name in form.fields and form.fields[name].columns:
        rows = raw.setdefault(name, [])
        if what == "add":
            rows.append({})
            starts[name] = len(rows) - 1
        elif what == "drop":
            del rows[at : at + 1]
        else:
            starts[name] = at
    return raw, starts


def _saved(
    visit: Visit, form: Form, raw: dict[str, Any], id: int | None, save: Callable[[Work, Mapping[str, Any]], Saved]
) -> Saved:
    """Save what was typed, once; without what its own conditions closed while the page stood, if that is all."""
    try:
        return once(visit, raw, lambda work: save(work, raw))
    except Refused as refused:
        kept = _without_closed(visit, form, raw, refused, id)
        return once(visit, raw, lambda work: save(work, kept))


def _without_closed(visit: Visit, form: Form, raw: dict[str, Any], refused: Refused, id: int | None) -> dict[str, Any]:
    """The values without those that their own conditions closed while the page stood; raises what was refused
    if none."""
    if not any(p.code in OUTDATED for p in refused.problems):
        raise refused
    draft = visit.engine.draft(visit.actor, form.name, raw=raw, id=id)
    closed = {p for p, shown in draft.visible.items() if not shown} | {p for p, shut in draft.readonly.items() if shut}
    kept: dict[str, Any] = {}
    for name, value in raw.items():
        if name in closed:
            continue
        if form.fields[name].columns and isinstance(value, list):
            value = [{c: v for c, v in row.items() if f"{name}.{i}.{c}" not in closed} for i, row in enumerate(value)]
        kept[name] = value
    if kept == raw:
        raise refused
    return kept


def _paths(
    fields: Mapping[str, FormField], record: Record, hidden: frozenset[str]
) -> list[tuple[str, FormField, Record]]:
    found = []
    for name, one in fields.items():
        if not one.columns:
            found.append((name, one, record))
            continue
        for number, line in enumerate(record.value(name) or []):
            found += [(f"{name}.{number}.{c}", f, line) for c, f in one.columns.items() if f"{name}.{c}" not in hidden]
    return found


def _limit(fields: Mapping[str, FormField], path: str, value: Any) -> Any:
    if value is None:
        return None
    parts = path.split(".")
    found = fields.get(parts[0])
    if found is not None and len(parts) == 3:
        found = found.columns.get(parts[2])
    return found.field.to_json(value) if found is not None else str(value)
