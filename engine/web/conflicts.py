"""Somebody else saved first: who, when, what both changed, and the choice between the two, field by field."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from engine.definitions.model import Form, FormField
from engine.problems import Problem, Refused
from engine.problems.record import CONFLICT
from engine.web import figures
from engine.web.diffs import words_of
from engine.web.lookups import filled
from engine.web.merge import GONE, earlier, merge
from engine.web.render import fragment, respond
from engine.web.rules import values_json
from engine.web.visit import Visit


@dataclass(frozen=True)
class Choice:
    """One value that both changed, in words."""

    path: str
    title: str
    mine: str
    theirs: str
    base: str


def page(
    visit: Visit, form: Form, id: int, raw: Mapping[str, Any], was: int | None, problems: Sequence[Problem]
) -> Response:
    """The choice between what was typed into version `was` and what is there now. Nothing has been saved; everything that
    was typed travels with the page."""
    conflict = next(p for p in problems if p.code == CONFLICT)
    draft = filled(visit, form, id=id).draft
    mine = normal(visit, form.fields, raw)
    theirs = values_json(form.fields, draft.record, draft.rights.hidden)
    base = _base(visit, form, id, theirs, was)
    found = merge(base, mine, theirs, {})
    at = conflict.facts.get("at")
    values = {
        "form": form, "record": draft.record, "who": conflict.facts["who"], "at": figures.moment(at, visit.reader),
        "choices": [
            Choice(c.path, _title(visit, form, c.path, theirs, base), _words(visit, form, c.path, c.mine),
                   _words(visit, form, c.path, c.theirs), _words(visit, form, c.path, c.base))
            for c in found.clashes
        ],
        "only_mine": _titles(visit, form, found.only_mine, theirs, base),
        "only_theirs": _titles(visit, form, found.only_theirs, theirs, base),
        "mine": json.dumps(mine, ensure_ascii=False), "was": was if was is not None else "",
        "version": draft.record.version, "confirmed": visit.sent_all("confirm"),
    }  # fmt: skip
    answer = fragment if visit.partial else respond
    return answer(visit, "parts/conflict.html" if visit.partial else "conflict.html", 409, **values)


def chosen(visit: Visit, form: Form, id: int) -> tuple[dict[str, Any], int | None]:
    """What is to be saved after the choice: the values, and the version they were chosen against."""
    mine = _json(visit.sent("mine"))
    version = whole(visit.sent("version"))
    draft = filled(visit, form, id=id).draft
    if draft.record.version != version:
        return mine, version
    theirs = values_json(form.fields, draft.record, draft.rights.hidden)
    keep = {n.removeprefix("keep."): v for n, v in visit.posted.items() if n.startswith("keep.") and isinstance(v, str)}
    return merge(_base(visit, form, id, theirs, whole(visit.sent("was"))), mine, theirs, keep).raw, version


def again(visit: Visit) -> tuple[dict[str, Any], int | None]:
    """Back to editing: what was typed and the version that it was typed into, so that saving asks again."""
    return _json(visit.sent("mine")), whole(visit.sent("was"))


def whole(text: str) -> int | None:
    """The posted number of a version; None when it is none."""
    return int(text) if text.isdigit() and len(text) < 16 else None


def normal(visit: Visit, fields: Mapping[str, FormField], raw: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed as JSON values, so that it can be compared; what can't be read stays as it was typed."""
    out: dict[str, Any] = {}
    for name, value in raw.items():
        found = fields.get(name)
        if found is None:
            continue
        if found.columns:
            rows = [row for row in value or [] if isinstance(row, Mapping)]
            out[name] = [
                {
                    **normal(visit, found.columns, row),
                    **({"id": int(row["id"])} if str(row.get("id", "")).isdigit() else {}),
                }
                for row in rows
            ]
            continue
        place = visit.place(found, name)
        try:
            out[name] = found.field.to_json(found.field.parse(value, place))
        except Refused:
            out[name] = value
    return out


def _base(visit: Visit, form: Form, id: int, theirs: Mapping[str, Any], was: int | None) -> dict[str, Any]:
    """The values that were being edited; nothing is known of them without their version, so that everything is asked."""
    return earlier(theirs, visit.engine.history(visit.actor, form.name, id), was) if was is not None else {}


def _words(visit: Visit, form: Form, path: str, value: Any) -> str:
    if value == GONE:
        return visit.t("line_gone")
    parts = path.split(".")
    found = form.named(".".join(parts[::2]))
    if found is None or len(parts) % 2:
        return words_of(visit, found, value) or "–"
    shown = [words_of(visit, found.columns[c], v) for c, v in value.items() if c in found.columns and v is not None]
    return visit.t("list_comma").join(s for s in shown if s) or "–"


def _title(visit: Visit, form: Form, path: str, theirs: Mapping[str, Any], base: Mapping[str, Any]) -> str:
    parts, words = path.split("."), []
    sources: list[Mapping[str, Any]] = [theirs, base]
    for deep in range(0, len(parts), 2):
        found = form.named(".".join(parts[: deep + 1 : 2]))
        word = visit.text(found.title) if found is not None else parts[deep]
        if deep + 1 < len(parts):
            id = parts[deep + 1]
            rows = [row for source in sources for row in source.get(parts[deep]) or []]
            ids = [str(row.get("id")) for row in rows]
            word += " +1" if id == "+" else f" {ids.index(id) + 1}" if id in ids else " ?"
            sources = [row for row in rows if str(row.get("id")) == id]
        words.append(word)
    return " · ".join(words)


def _titles(
    visit: Visit, form: Form, paths: Sequence[str], theirs: Mapping[str, Any], base: Mapping[str, Any]
) -> list[str]:
    shown = [p for p in paths if p.split(".")[0] in form.fields and form.fields[p.split(".")[0]].formula is None]
    return list(dict.fromkeys(_title(visit, form, p, theirs, base) for p in shown))


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
