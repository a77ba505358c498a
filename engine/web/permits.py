"""Who may do what with a record, in plain words: each access set with a tick or a cross, and what one can do instead.

Why: a closed door must say why and who has the key. The rules told are those that the engine asks (`runtime.granted`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from engine.definitions.model import Form, walk
from engine.problems import Place
from engine.runtime import access
from engine.runtime.granted import Asked, Given, Granted, granted
from engine.web.buttons import acts_of
from engine.web.formulas import worded
from engine.web.frame import role_titles
from engine.web.lookups import opened
from engine.web.render import fragment, respond
from engine.web.visit import Visit

ORDER = ("view", "create", "edit", "delete", "copy", "print", "import", "export")


@dataclass(frozen=True)
class Check:
    """A tick or a cross. `notes` are what the rule leaves out; `place` is where it is written, "" for whom it is nothing
    to."""

    good: bool
    words: str
    notes: tuple[str, ...]
    place: str


def show(visit: Visit) -> Response:
    """The card: of the record, or with `?field=` of one field in it."""
    form, id = visit.form("view"), visit.record_id()
    path = visit.arg("field")
    found = visit.engine.read(visit.actor, lambda work: granted(work, form.name, id, path))
    acts = [a for a in acts_of(visit, opened(visit, form, id)) if not a.aside]
    values = {
        "form": form, "record": found.record, "acts": acts, "may_edit": "edit" in found.rights.can,
        **(_field(visit, found, found.field) if found.field is not None else _whole(visit, found)),
    }  # fmt: skip
    if visit.partial:
        return fragment(visit, "parts/access.html", whole=False, beside=bool(visit.arg("beside")), **values)
    return respond(visit, "access.html", whole=True, beside=False, **values)


def _whole(visit: Visit, found: Granted) -> dict[str, Any]:
    form = found.form
    mine = [_check(visit, form, g) for g in found.sets if g.mine and not found.admin]
    if found.admin:
        mine = [Check(True, visit.t("right_admin"), (), "")]
    hidden = _names(visit, form, found.rights.hidden)
    readonly = _names(visit, form, found.rights.readonly - found.rights.hidden) if "edit" in found.rights.can else []
    return {
        "question": visit.t("your_rights"), "checks": mine,
        "others": [_check(visit, form, g) for g in found.sets if not g.mine or found.admin],
        "sum": visit.t("rights_sum", can=_can(visit, found.rights.can)),
        "hidden": hidden, "readonly": readonly, "instead": [], "asked": None,
    }  # fmt: skip


def _field(visit: Visit, found: Granted, asked: Asked) -> dict[str, Any]:
    """What decides about one field, and what can be done."""
    form, title = found.form, visit.text(asked.found.title)
    checks = [Check(True, visit.t("right_admin"), (), "")] if found.admin else [
        _check(visit, form, g) for g in found.sets if g.mine and (access.gives(g.one) & {"view", "edit"})
    ]  # fmt: skip
    place = _place(visit, asked.found.place)
    if asked.fixed:
        checks.append(Check(False, visit.t(f"field_{asked.fixed}"), (), place))
    elif asked.shut:
        checks.append(Check(False, visit.t("field_shut"), (), place))
    elif "edit" not in found.rights.can:
        checks.append(Check(False, visit.t("no_edit"), (), ""))
    elif asked.closed:
        checks.append(Check(False, visit.t("field_closed"), (), ""))
    else:
        checks.append(Check(True, visit.t("field_open"), (), place))
    instead = [("", visit.t("can_by_act", act=visit.text(t.title)), t.name) for t in asked.by]
    if asked.fixed == "computed":
        instead.append(("calculator", visit.t("can_follow"), ""))
    if asked.others:
        instead.append(("user-search", visit.t("can_ask", who=visit.t("list_comma").join(asked.others)), ""))
    return {
        "question": visit.t("why_field" if asked.open else "why_not_field", title=title), "checks": checks,
        "others": [], "sum": "", "hidden": [], "readonly": [], "instead": instead, "asked": asked,
    }  # fmt: skip


def _check(visit: Visit, form: Form, given: Given) -> Check:
    """One set in words, good where it gives something with this record."""
    one = given.one
    roles = visit.t("list_comma").join(role_titles(visit, one.roles)) or visit.t("role_everyone")
    can = _can(visit, access.gives(one))
    words = visit.t("right_role" if given.mine else "right_not_role", role=roles, can=can)
    notes = []
    if one.where is not None:
        where = worded(visit.catalog, one.where, visit.language)
        notes.append(visit.t("right_scope" if given.holds else "right_out", where=where))
    for key in ("hide", "readonly"):
        names = _names(visit, form, getattr(one, key))
        if names:
            notes.append(visit.t(f"right_{key}", fields=visit.t("list_comma").join(names)))
    return Check(given.mine and given.holds, words, tuple(notes), _place(visit, one.place))


def _can(visit: Visit, can: frozenset[str]) -> str:
    words = [access.VERBS[a].to(visit.language) for a in ORDER if a in can and a in access.VERBS]
    return visit.t("list_comma").join(words)


def _names(visit: Visit, form: Form, names: Iterable[str]) -> list[str]:
    """Fields by their titles, in the form's order; a hidden list stands for its columns."""
    given = set(names)
    out = []
    for name, found in form.fields.items():
        if name in given:
            out.append(visit.text(found.title))
            continue
        out += [
            f"{visit.text(found.title)} · {visit.text(c.title)}"
            for path, c in walk(found.columns)
            if ".".join((name, *path)) in given
        ]
    return out


def _place(visit: Visit, at: Place) -> str:
    """Where it is written, for those who may change it there."""
    return f"{at.file.rpartition('/')[2]}:{at.line}" if visit.actor.admin and at.file and at.line else ""
