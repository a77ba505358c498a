"""A record's page: what it is, where it stands, what may be done with it, what happened.

Why: it is read far more often than it is changed, so everything is in place at once; fields and lists that this person
may not see are not there at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from engine.definitions.model import Form, FormField
from engine.problems import Refused
from engine.runtime.access import may
from engine.runtime.record import Record
from engine.runtime.values import Ask, Opened
from engine.web.activity import SHOWN, deeds
from engine.web.boxes import added, summed_columns
from engine.web.lists import system_value
from engine.web.lookups import Read, opened
from engine.web.render import fragment, query, respond, state_badge
from engine.web.strip import strip_of
from engine.web.toasts import toast
from engine.web.visit import Visit

RELATED_SHOWN = 10
SIDE = ("owner", "created_by", "created_at", "updated_by", "updated_at", "state_since")


@dataclass(frozen=True)
class Fact:
    """One field of the record. `width` in quarters."""

    title: str
    shown: Markup | str
    width: int
    numeric: bool
    computed: bool
    help: str


@dataclass(frozen=True)
class LineFacts:
    """The record's lines as a table: (title, numeric) heads, rows of cells, a foot ("" where nothing is added up)."""

    title: str
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[Markup | str, ...], ...]
    foot: tuple[Markup | str, ...]


@dataclass(frozen=True)
class Part:
    """A card of the record."""

    title: str
    icon: str | None
    note: str
    facts: tuple[Fact, ...]
    lines: tuple[LineFacts, ...]


@dataclass(frozen=True)
class Related:
    """Records that point here. `new` is the address of a new one (None: may not be made), `all` that of the list."""

    name: str
    title: str
    total: int
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, tuple[Markup | str, ...]], ...]
    new: str | None
    all: str | None


@dataclass(frozen=True)
class Act:
    """A button. `why` is not empty when it can't be pressed now; `asks`: it opens a dialog first. `tone`: `danger
    primary` or ""."""

    name: str
    title: str
    icon: str | None
    why: str
    asks: bool
    tone: str


def show(visit: Visit) -> Response:
    """The record's page."""
    form = visit.form("view")
    read = opened(visit, form, visit.record_id())
    return respond(visit, "record.html", **page_values(visit, form, read))


def page_values(visit: Visit, form: Form, read: Read) -> dict[str, Any]:
    """What the page shows; also its parts that are swapped alone."""
    found, record = read.opened, read.opened.record
    visit.knows([record])
    state, rights = record.values.get("state"), found.rights
    related = _related(visit, form, found)
    key = form.key if form.key and form.key not in rights.hidden else None
    serial = visit.words(form.fields[key], record.values.get(key)) if key else ""
    return {
        "form": form, "record": record, "title": record.title or f"#{record.id}",
        "serial": serial if serial != record.title else "",
        "badge_now": state_badge(form, state, visit.language, mine=read.mine), "mine": read.mine,
        "acts": acts_of(visit, found),
        "strip": strip_of(visit, form, state, record.values.get("state_since"), found.history),
        "parts": _parts(visit, form, found, read), "related": related,
        "side": [
            (visit.t(f"sys_{n}"), v) for n in SIDE
            if (v := system_value(visit, form, record, n)) and not _goes_without_saying(form, record, n)
        ],
        "may_edit": "edit" in rights.can, "may_delete": "delete" in rights.can,
        "may_copy": "copy" in rights.can and may(form, visit.actor, "create"), "may_comment": form.comments,
        "tab": visit.arg("tab"), **activity_values(visit, form, found),
    }  # fmt: skip


def activity(visit: Visit) -> Response:
    """The history alone: filtered, or all of it."""
    form = visit.form("view")
    read = opened(visit, form, visit.record_id())
    values: dict[str, Any] = {"form": form, "record": read.opened.record, "may_comment": form.comments}
    if not visit.partial:
        return respond(visit, "record.html", **page_values(visit, form, read))
    return fragment(visit, "parts/activity.html", **values, **activity_values(visit, form, read.opened))


def activity_values(visit: Visit, form: Form, found: Opened) -> dict[str, Any]:
    """The history's deeds, the first ones unless all are asked for."""
    show = visit.arg("show")
    told = deeds(visit, form, found.history, show)
    limit = None if visit.arg("all") else SHOWN
    return {
        "deeds": told[:limit],
        "more": 0 if limit is None else max(0, len(told) - limit),
        "show": show,
        "told": len(told),
    }


def comment(visit: Visit) -> Response:
    """Say something; the activity comes back with it."""
    form, id = visit.form("view"), visit.record_id()
    visit.engine.comment(visit.actor, form.name, id, visit.sent("text"))
    if visit.partial:
        return activity(visit)
    return visit.go(f"/f/{form.name}/{id}#activity")


def delete(visit: Visit) -> Response:
    """Delete the record; what points at it may keep it from that."""
    form, id = visit.form("view"), visit.record_id()
    version = int(visit.sent("version")) if visit.sent("version").isdigit() else None
    title = opened(visit, form, id).opened.record.title or f"#{id}"
    visit.engine.remove(visit.actor, form.name, id, version=version)
    return toast(visit.go(f"/f/{form.name}"), visit.t("deleted", title=title))


def acts_of(visit: Visit, found: Opened) -> list[Act]:
    """The buttons in order: closed ones, those that end badly, others, and last the one that leads on."""
    made = []
    language = visit.language
    states = found.form.workflow.states if found.form.workflow is not None else {}
    for button in found.buttons:
        transition = button.transition
        why = ""
        if button.closed is not None:
            why = " ".join(filter(None, (button.closed.message(language), button.closed.remedy(language))))
        target = states.get(transition.target or "")
        bad = target is not None and target.final == "failure"
        fields = (*transition.edit, *transition.require, *transition.ask)
        asks = bool(fields) or transition.opinion != "none" or transition.confirm is not None
        tone = "" if why else "danger" if bad else "lead" if transition.target else ""
        made.append(Act(transition.name, visit.text(transition.title), transition.icon, why, asks, tone))
    leads = [a for a in made if a.tone == "lead"]
    first = leads[0].name if leads else None
    order = {"closed": 0, "danger": 1, "": 2, "lead": 3, "primary": 4}
    out = [
        Act(a.name, a.title, a.icon or ("check" if a.name == first else None), a.why, a.asks,
            "primary" if a.name == first else "" if a.tone == "lead" else a.tone)
        for a in made
    ]  # fmt: skip
    return sorted(out, key=lambda a: order["closed" if a.why else a.tone])


# -- inner -------------------------------------------------------------------------------------------------------------


def _parts(visit: Visit, form: Form, found: Opened, read: Read) -> list[Part]:
    """The cards; one in which nothing is filled yet is left out, and so is the number that stands in the head."""
    shown_above = form.key if form.key and form.fields[form.key].numbering is not None else None
    made = []
    for number, section in enumerate(form.layout):
        facts, lines = [], []
        for name in section.fields:
            field = form.fields.get(name)
            if (
                field is None
                or name in found.rights.hidden
                or name == shown_above
                or not found.visible.get(name, True)
                or field.related is not None
            ):
                continue
            if field.columns:
                table = _lines(visit, form, field, found)
                if table.rows:
                    lines.append(table)
            else:
                facts.append(_fact(visit, field, found.record))
        if lines or any(f.shown for f in facts):
            note = read.notes.get(number, "")
            made.append(Part(visit.text(section.title), section.icon, note, tuple(facts), tuple(lines)))
    return made


def _fact(visit: Visit, field: FormField, record: Record) -> Fact:
    shown = field.field.display(record.values.get(field.name), visit.reader)
    width = 4 if field.field.full_width else field.field.width or 1
    return Fact(
        visit.text(field.title), shown, width, field.field.numeric, field.formula is not None, visit.text(field.help)
    )


def _lines(visit: Visit, form: Form, field: FormField, found: Opened) -> LineFacts:
    name = field.name
    columns = [
        c for n, c in field.columns.items() if f"{name}.{n}" not in found.rights.hidden and c.visible is not False
    ]  # fmt: skip
    lines: list[Record] = found.record.values.get(name) or []
    used = [c for c in columns if any(line.values.get(c.name) is not None for line in lines)]
    rows = tuple(tuple(c.field.display(line.values.get(c.name), visit.reader) for c in used) for line in lines)
    summed = summed_columns(form, name)
    foot = tuple(c.field.display(added(c, lines), visit.reader) if c.name in summed else "" for c in used)
    heads = tuple((visit.text(c.title), c.field.numeric) for c in used)
    return LineFacts(visit.text(field.title), heads, rows, foot if any(foot) else ())


def _goes_without_saying(form: Form, record: Record, name: str) -> bool:
    """Never changed since it was created, or without states."""
    values = record.values
    if name == "state_since":
        return form.workflow is None
    return name in ("updated_by", "updated_at") and values.get("updated_at") == values.get("created_at")


def _related(visit: Visit, form: Form, found: Opened) -> list[Related]:
    made = []
    for field in form.fields.values():
        if field.related is None or field.name in found.rights.hidden or not found.visible.get(field.name, True):
            continue
        target = visit.catalog.forms.get(field.related.shape)
        if target is not None and may(target, visit.actor, "view"):
            one = _related_list(visit, field, target, found.record)
            if one is not None:
                made.append(one)
    return made


def _related_list(visit: Visit, field: FormField, target: Form, record: Record) -> Related | None:
    """The first records of a live list; None when it can't be shown as a list (it reads more than this person
    may see)."""
    assert field.related is not None
    via = field.related.via
    if via is None:
        return None
    where = f"{via}.id = {record.id}"
    text = f"({where}) and ({field.related.where.text})" if field.related.where is not None else where
    columns = tuple(n for n in field.related_columns if n in target.fields or n == "state") or None
    try:
        typed = visit.engine.condition(target.name, text)
        page = visit.engine.page(
            visit.actor, target.name, Ask(where=typed, sort=field.sort, limit=RELATED_SHOWN), columns
        )
    except Refused:
        return None
    visit.knows([record, *(r.record for r in page.rows)])
    heads = tuple(
        (visit.t(f"sys_{c}"), False) if isinstance(c, str) else (visit.text(c.title), c.field.numeric)
        for c in page.columns
    )
    rows = tuple(
        (
            f"/f/{target.name}/{row.record.id}",
            tuple(
                system_value(visit, target, row.record, c) if isinstance(c, str)
                else c.field.display(row.record.values.get(c.name), visit.reader)
                for c in page.columns
            ),
        )
        for row in page.rows
    )  # fmt: skip
    new = None
    if may(target, visit.actor, "create"):
        new = f"/f/{target.name}/new" + query(**{via: record.id, "back": f"/f/{record.shape}/{record.id}"})
    return Related(
        field.name, visit.text(field.title), page.total, heads, rows, new, f"/f/{target.name}" + query(where=text)
    )
