"""New and edited records: the page with the form, and saving it.

Why: the same form is drawn from a draft whether it is fresh, was refused, or is being changed; what was typed is kept
until the engine accepts it. A colleague's change in between is shown and never overwritten (`conflicts`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from engine.definitions.model import Form, FormField
from engine.problems import Problem, Refused, problem
from engine.problems.record import COMPUTED_FIELD, CONFLICT, NOT_VISIBLE, READONLY_FIELD, SAVED_BEFORE
from engine.runtime import change as changing
from engine.runtime import submit as submitting
from engine.runtime.access import forbidden
from engine.runtime.work import Work
from engine.web import brought, conflicts, drafts
from engine.web.boxes import open_names, sections
from engine.web.filling import Filling, by_path
from engine.web.guard import DRAWER
from engine.web.lookups import Filled, filled
from engine.web.once import KEY, Saved, SavedOtherwise, new_key, once
from engine.web.panes import panes
from engine.web.posted import decided, posted, rearranged, touched
from engine.web.render import fragment, respond
from engine.web.rules import filling_rules, rules_of, values_json
from engine.web.said import noted, summary, warnings_of
from engine.web.toasts import toast
from engine.web.visit import Visit

OUTDATED = frozenset({READONLY_FIELD, NOT_VISIBLE, COMPUTED_FIELD})
"""Refusals that only say that a page without scripts posted what its own conditions had closed meanwhile."""


def new(visit: Visit) -> Response:
    """An empty form; its parameters fill fields beforehand (`?customer=7`), `copy=3` takes a record's values."""
    form = visit.form("create")
    begun = drafts.begun(visit, form, None) if visit.arg("draft") else None
    if begun is not None:
        found = filled(visit, form, raw=begun.raw)
        return _page(visit, found, begun.raw, found.draft.unread, begun=begun)
    prefill: dict[str, Any] = {n: v for n, v in visit.request.query_params.items() if n in form.fields}
    copied = visit.arg("copy")
    if copied.isdigit():
        prefill = {**copy_of(visit, form, int(copied)), **prefill}
    return _page(visit, filled(visit, form, raw=prefill), {}, (), given=prefill)


def create(visit: Visit) -> Response:
    """Save a new record; what is refused is shown beside its fields. Then the browser goes to `back`, where `{id}` stands
    for the new record's."""
    form, lost = visit.form("create"), brought.take(visit)
    if "_rows" in visit.posted:
        return _rearranged(visit, form, None, None, lost)
    raw, confirmed = posted(visit, form.fields), frozenset(visit.sent_all("confirm"))
    if lost:
        return _page(visit, filled(visit, form, raw=raw), raw, lost)

    def save(work: Work, given: Mapping[str, Any]) -> Saved:
        done = submitting.submit(work, form.name, given, confirmed=confirmed)
        title = done.record.title or f"#{done.record.id}"
        target, id = done.open or (form.name, done.record.id or 0)
        back = visit.sent("back")
        url = back.replace("{id}", str(done.record.id)) if back.startswith("/f/") else f"/f/{target}/{id}"
        return Saved(url, noted(visit, visit.t("created", title=title), done), title)

    try:
        saved = _saved(visit, form, raw, None, save)
    except SavedOtherwise as other:
        twice = problem(SAVED_BEFORE, title=other.saved.title)
        return _page(visit, filled(visit, form, raw=raw), raw, (twice,), key=new_key())
    except Refused as refused:
        return _page(visit, filled(visit, form, raw=raw), raw, refused.problems)
    drafts.forget(visit, form, None)
    gone = visit.go(saved.url)
    return gone if visit.in_drawer else toast(gone, saved.words)  # what was filled beside shows that it is there


def edit(visit: Visit) -> Response:
    """A record's form."""
    form, id = visit.form("edit"), visit.record_id()
    begun = drafts.begun(visit, form, id) if visit.arg("draft") else None
    if begun is not None:
        found = filled(visit, form, raw=begun.raw, id=id)
        return _page(visit, found, begun.raw, found.draft.unread, version=begun.version, begun=begun)
    return _page(visit, filled(visit, form, id=id), {}, ())


def change(visit: Visit) -> Response:
    """Save a changed record. Somebody else's change since it was opened leads to the choice between both."""
    form, id = visit.form("edit"), visit.record_id()
    version, lost = conflicts.whole(visit.sent("version")), brought.take(visit)
    if "_rows" in visit.posted:
        return _rearranged(visit, form, id, version, lost)
    raw, confirmed = posted(visit, form.fields), frozenset(visit.sent_all("confirm"))
    if lost:
        return _page(visit, filled(visit, form, raw=raw, id=id), raw, lost, version=version)
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


def copy_of(visit: Visit, form: Form, id: int) -> dict[str, Any]:
    """A record's values for a new one: what may be copied and isn't computed. Refused: it may not be copied."""
    opened = visit.engine.open(visit.actor, form.name, id)
    if "copy" not in opened.rights.can:
        raise Refused(forbidden(visit.catalog, form, "copy"))
    fields = {
        n: f for n, f in form.fields.items()
        if f.copied and n not in opened.rights.hidden
    }  # fmt: skip
    values = values_json(fields, opened.record, opened.rights.hidden)
    _as_new(fields, values)
    return {n: v for n, v in values.items() if n in fields}


def _as_new(fields: Mapping[str, FormField], values: Mapping[str, Any]) -> None:
    """Copied lines are new ones, as are theirs."""
    for name, found in fields.items():
        for line in values.get(name) or [] if found.columns else []:
            line.pop("id", None)
            for column, inner in found.columns.items():
                if not inner.copied:
                    line.pop(column, None)
            _as_new(found.columns, line)


# -- inner -------------------------------------------------------------------------------------------------------------


def _page(
    visit: Visit, found: Filled, raw: Mapping[str, Any], problems: Sequence[Problem], *,
    version: int | None = None, begun: drafts.Begun | None = None,
    starts: Mapping[str, int] | None = None, key: str = "", given: Mapping[str, Any] | None = None,
) -> Response:  # fmt: skip
    """`given`: what fills the form beforehand, where nothing was typed (`raw`) yet."""
    draft = found.draft
    form, record = draft.form, draft.record
    errors = [p for p in problems if p.severity == "error"]
    visit.knows([record])
    made = sections(Filling(visit, form, draft, raw, by_path(errors), found.notes, starts or {}))
    above, tabs = panes(visit, form, made)
    there = f"/f/{form.name}" if record.id is None else f"/f/{form.name}/{record.id}"
    url = there + ("/new" if record.id is None else "/edit") + (f"?{DRAWER}" if visit.in_drawer else "")
    said = begun.touched if begun is not None else touched(visit, form.fields, blank=bool(starts))
    rules = filling_rules(rules_of(visit, draft, found.settings), (b for s in made for b in s.boxes))
    values = {
        "form": form, "record": record, "above": above, "panes": tabs, "url": url, "leave": "about:blank" if visit.in_drawer else there,
        "expected": " ".join(open_names(made)),
        "rules": {**rules, "touched": decided(given or raw, form.fields, said)},
        "summary": summary(visit, form, errors),
        "warnings": warnings_of(visit, form, problems),
        "confirmed": frozenset(visit.sent_all("confirm")),
        "version": version if version is not None else record.version,
        "back": visit.arg("back") or visit.sent("back"),
        "key": key or (begun.key if begun is not None else visit.sent(KEY)) or new_key(),
        "draft_at": drafts.clock(visit, begun.at) if begun is not None else "",
        "has_draft": begun is not None or bool(visit.sent("_draft")),
        "offer": drafts.offer(visit, form, record.id) if begun is None and visit.request.method == "GET" else None,
    }  # fmt: skip
    status = 422 if problems and begun is None else 200
    if visit.partial:
        return fragment(visit, "parts/form.html", status, **values)
    return respond(visit, "form.html", status, **values)


def _rearranged(visit: Visit, form: Form, id: int | None, version: int | None, lost: tuple[Problem, ...]) -> Response:
    """Without scripts a line is added or taken away, a long list turned, or a file taken out by the server: `items add`,
    `items drop 3`, `items at 30`, `photos less 7`. The page comes back with everything that was typed."""
    raw, starts = rearranged(visit, form)
    found = filled(visit, form, raw=raw, id=id)
    return _page(visit, found, raw, lost, version=version, starts=starts)


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
    kept = _but(closed, raw, "")
    if kept == raw:
        raise refused
    return kept


def _but(closed: Collection[str], raw: Mapping[str, Any], above: str) -> dict[str, Any]:
    """Raw values, those of lines too, without the closed paths."""
    kept: dict[str, Any] = {}
    for name, value in raw.items():
        path = above + name
        if path not in closed:
            lines = isinstance(value, list) and all(isinstance(row, dict) for row in value)
            kept[name] = [_but(closed, row, f"{path}.{i}.") for i, row in enumerate(value)] if lines else value
    return kept
