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
from engine.runtime.access import may, sources
from engine.runtime.record import Record
from engine.runtime.values import Opened
from engine.web import figures, todo
from engine.web.activity import SHOWN, SHOWS, deeds
from engine.web.buttons import acts_of, barred
from engine.web.carried import FEW
from engine.web.holding import cards_of
from engine.web.line_tables import added, summed_columns
from engine.web.lookups import Read, opened
from engine.web.panes import panes
from engine.web.prints import offered
from engine.web.related import below, open_tab
from engine.web.render import fragment, headline, respond, state_badge
from engine.web.spelled import spelled
from engine.web.strip import strip_of
from engine.web.table import headed, system_value
from engine.web.tasks import due_of
from engine.web.toasts import toast
from engine.web.visit import Visit

SIDE = ("owner", "created_by", "created_at", "updated_by", "updated_at", "state_since")


@dataclass(frozen=True)
class Fact:
    """One field of the record. `width` in quarters; `spelled`: in words too, where that is the custom."""

    name: str
    title: str
    shown: Markup | str
    width: int
    numeric: bool
    computed: bool
    spelled: str | None


@dataclass(frozen=True)
class LineFacts:
    """The record's lines as a table: (title, numeric) heads, rows of cells (what is shown, the path that says why it is so;
    "" for what was typed), a foot ("" where nothing is added up). Of a long list `rows` are a part, the first of which is
    number `start` of `count`; `before` and `after` are the numbers where the other parts begin (None: there is none).
    `below`: for each row the tables of the line's own lists, those that have lines; () where lines have none."""

    name: str

    title: str
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[tuple[Markup | str, str], ...], ...]
    foot: tuple[Markup | str, ...]
    start: int
    count: int
    before: int | None
    after: int | None
    below: tuple[tuple[LineFacts, ...], ...] = ()


@dataclass(frozen=True)
class Part:
    """A card of the record, by its number in the layout."""

    number: int
    title: str
    icon: str | None
    note: str
    facts: tuple[Fact, ...]
    lines: tuple[LineFacts, ...]
    visible: bool = True
    wrong: int = 0


def show(visit: Visit) -> Response:
    """The record's page."""
    form = visit.form("view")
    read = opened(visit, form, visit.record_id())
    return respond(visit, "record.html", **page_values(visit, form, read))


def page_values(visit: Visit, form: Form, read: Read) -> dict[str, Any]:
    """What the page shows; also its parts that are swapped alone."""
    found, record = read.opened, read.opened.record
    state, rights = record.values.get("state"), found.rights
    task = todo.todo_of(visit, form, read)
    acts = acts_of(visit, read, task.names if task is not None else frozenset())
    ask = todo.card(visit, form, record.id or 0, task.names, {}, ()) if task is not None and task.names else None
    visit.knows([record])
    key = form.key if form.key and form.key not in rights.hidden else None
    above, tabs = panes(visit, form, _parts(visit, form, found, read))
    serial = visit.words(form.fields[key], record.values.get(key)) if key else ""
    return {
        "form": form, "record": record, "title": record.title or f"#{record.id}",
        "headline": headline(record.title, serial) or f"#{record.id}",
        "serial": serial if serial != record.title else "",
        "badge_now": state_badge(form, state, visit.language, mine=read.mine), "mine": read.mine,
        "acts": (shown := [a for a in acts if not a.aside]), "asides": [a for a in acts if a.aside],
        "barred": barred(shown, visit.t("edit") if (may_edit := "edit" in rights.can) else ""),
        "owner": system_value(visit, form, record, "owner"), "tasks": cards_of(visit, form, read.tasks), "todo": task, "ask": ask,
        "due": todo.due(visit, read.times) if form.workflow is not None else None, "clocks": todo.clocks(visit, read.times),
        "onward": due_of(visit, read.onward),
        "strip": strip_of(
            visit, form, state, record.values.get("state_since"), found.history, read.legs, read.waits_for
        ),
        "above": above, "panes": tabs,
        "side": [
            (visit.t(f"sys_{n}"), v) for n in SIDE
            if (v := system_value(visit, form, record, n)) and not _goes_without_saying(form, record, n)
        ],
        "computed_from": visit.text(sources(visit.catalog, form)) if form.computed is not None else "",
        "may_edit": may_edit, "may_delete": "delete" in rights.can,
        "prints": offered(visit, form, rights, record),
        "may_copy": "copy" in rights.can and may(form, visit.actor, "create"), "may_comment": form.comments,
        "printed": figures.moment(visit.reader.now, visit.reader), **below_values(visit, form, found),
    }  # fmt: skip


def activity(visit: Visit) -> Response:
    """The history: alone, filtered, as many as asked for; or with its tabs, where these were pressed."""
    form = visit.form("view")
    read = opened(visit, form, visit.record_id())
    if not visit.partial:
        return respond(visit, "record.html", **page_values(visit, form, read))
    values: dict[str, Any] = {"form": form, "record": read.opened.record, "may_comment": form.comments}
    if visit.request.headers.get("hx-target") == "below":
        return fragment(visit, "parts/below.html", **values, **below_values(visit, form, read.opened))
    return fragment(visit, "parts/activity.html", **values, **activity_values(visit, form, read.opened))


def related(visit: Visit) -> Response:
    """A list of records that point here, below the record."""
    form = visit.form("view")
    read = opened(visit, form, visit.record_id())
    if not visit.partial:
        return respond(visit, "record.html", **page_values(visit, form, read))
    values: dict[str, Any] = {"form": form, "record": read.opened.record, "may_comment": form.comments}
    return fragment(visit, "parts/below.html", **values, **below_values(visit, form, read.opened))


def below_values(visit: Visit, form: Form, found: Opened) -> dict[str, Any]:
    """The tabs under a record and what the open one shows."""
    told = activity_values(visit, form, found)
    return {"below": below(visit, form, found, open_tab(visit), len(found.history)), **told}


def activity_values(visit: Visit, form: Form, found: Opened) -> dict[str, Any]:
    """The history's deeds, a page of them more each time."""
    show = visit.arg("show") if visit.arg("show") in SHOWS else ""
    told = deeds(visit, form, found.record, found.history, show)
    given = visit.arg("n")
    limit = max(SHOWN, int(given)) if given.isdigit() and len(given) < 6 else SHOWN
    return {
        "deeds": told[:limit], "more": min(SHOWN, max(0, len(told) - limit)), "next": limit + SHOWN, "show": show,
    }  # fmt: skip


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
                table = _lines(visit, form, field, found, found.record, name, name)
                if table.rows:
                    lines.append(table)
            else:
                facts.append(_fact(visit, form, field, found.record))
        if lines or any(f.shown for f in facts):
            note = read.notes.get(number, "")
            made.append(Part(number, visit.text(section.title), section.icon, note, tuple(facts), tuple(lines)))
    return made


def _fact(visit: Visit, form: Form, field: FormField, record: Record) -> Fact:
    shown = field.field.display(record.values.get(field.name), visit.reader)
    width = 4 if field.field.full_width and shown else field.field.width or 1
    return Fact(
        field.name,
        visit.text(field.title),
        shown,
        width,
        field.field.numeric,
        field.formula is not None,
        spelled(visit, form, field, record.values.get(field.name)),
    )


def _lines(
    visit: Visit, form: Form, field: FormField, found: Opened, holder: Record, path: str, name: str
) -> LineFacts:
    """The lines that the record, or one of its lines, holds: at `path` (with the ids of the lines around), called `name`."""
    seen = [
        c for n, c in field.columns.items() if f"{name}.{n}" not in found.rights.hidden and c.visible is not False
    ]  # fmt: skip
    columns, inner = [c for c in seen if not c.columns], [c for c in seen if c.columns]
    lines: list[Record] = holder.values.get(field.name) or []
    used = [c for c in columns if any(line.values.get(c.name) is not None for line in lines)]
    asked, _, number = visit.arg("lines").rpartition(".")
    start = min(int(number), len(lines)) // FEW * FEW if asked == path and number.isdigit() and len(number) < 6 else 0
    rows = tuple(
        tuple(
            (c.field.in_column(line.values.get(c.name), visit.reader),
             f"{path}.{line.id}.{c.name}" if c.formula is not None and line.id is not None else "")
            for c in used
        )
        for line in lines[start : start + FEW]
    )  # fmt: skip
    summed = summed_columns(form, name)
    foot = tuple(c.field.in_column(added(c, lines), visit.reader) if c.name in summed else "" for c in used)
    heads = tuple((headed(visit, c), c.field.numeric) for c in used)
    before, after = start - FEW if start else None, start + FEW if start + FEW < len(lines) else None
    title = visit.text(field.title)
    below = tuple(
        tuple(
            _lines(visit, form, c, found, line, f"{path}.{line.id}.{c.name}", f"{name}.{c.name}")
            for c in inner if line.values.get(c.name)
        )
        for line in lines[start : start + FEW]
    )  # fmt: skip
    return LineFacts(
        path, title, heads, rows, foot if any(foot) else (), start, len(lines), before, after, below if inner else ()
    )


def _goes_without_saying(form: Form, record: Record, name: str) -> bool:
    """Never changed since it was created, or without states."""
    values = record.values
    if name == "state_since":
        return form.workflow is None
    return name in ("updated_by", "updated_at") and values.get("updated_at") == values.get("created_at")
