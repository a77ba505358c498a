"""What a person's day begins with: what to create, what waits for them, what they were told and last did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from engine.definitions.model import Form
from engine.runtime.access import may
from engine.runtime.record import Record
from engine.runtime.values import Ask, Listed
from engine.web import figures
from engine.web.frame import DASHBOARD_ICON, FORM_ICON, sees
from engine.web.render import fragment, headline, respond, state_badge
from engine.web.visit import Visit

TILES = 5
WAITING, ALL_WAITING = 10, 100
FOUND = 5

PATIENCE = timedelta(days=3)
"""What has waited longer is marked."""


@dataclass(frozen=True)
class Task:
    """A record in a list of the home page. `serial` and `amount` are "" where the form has none; `waited` says how long it
    is in its state, `long` that this is longer than `PATIENCE`."""

    href: str
    icon: str
    title: str
    serial: str
    state: str
    form: str
    facts: tuple[Markup | str, ...]
    amount: Markup | str
    badge: Markup
    since: datetime | None
    waited: str
    long: bool


@dataclass(frozen=True)
class Tile:
    """A form in which something new can be made, or which can be opened."""

    href: str
    icon: str
    title: str


def home(visit: Visit) -> Response:
    """The home page."""
    key = figures.greeting(visit.engine.clock(), visit.reader)
    waiting = visit.engine.waiting(visit.actor, WAITING)
    started = visit.engine.started(visit.actor, 50)
    total = sum(visit.engine.counts(visit.actor).values())
    tab = "started" if visit.arg("tab") == "started" else "waiting"
    shown = started[:WAITING] if tab == "started" else waiting
    values: dict[str, Any] = {
        "tab": tab,
        "tasks": tasks_of(visit, shown),
        "total": total,
        "started_count": len(started),
    }
    if visit.partial and visit.request.headers.get("hx-target") == "tasks":
        return fragment(visit, "parts/tasks.html", **values)
    return respond(
        visit, "home.html", greeting=visit.t(key, name=visit.actor.name),
        day=figures.today_words(visit.reader.today, visit.language),
        tiles=creatable(visit)[:TILES], started=tasks_of(visit, started[:4]),
        notices=visit.engine.notices(visit.actor, unread=True, limit=6),
        recent=[(f"/f/{f.name}/{r.id}", f.icon or FORM_ICON, headline(r.title, _serial(visit, f, r)) or f"#{r.id}", at)
                for f, r, at in visit.engine.recent(visit.actor, 6)],
        **values,
    )  # fmt: skip


def tasks(visit: Visit) -> Response:
    """Everything that waits for this person."""
    found = visit.engine.waiting(visit.actor, ALL_WAITING)
    total = sum(visit.engine.counts(visit.actor).values())
    return respond(visit, "tasks.html", tasks=tasks_of(visit, found), total=total)


def chooser(visit: Visit) -> Response:
    """All forms in which this person may make something new."""
    return respond(visit, "chooser.html", tiles=creatable(visit))


def search(visit: Visit) -> Response:
    """Forms and dashboards whose title holds the words, and the first records of each form that fit."""
    q = visit.arg("q").strip()
    places, found = [], []
    if q:
        for name in (*visit.catalog.forms, *visit.catalog.dashboards):
            place = sees(visit.catalog, visit.actor, name)
            if place is not None and q.lower() in visit.text(place.title).lower():
                is_form = isinstance(place, Form)
                icon = place.icon or (FORM_ICON if is_form else DASHBOARD_ICON)
                places.append(Tile(f"/{'f' if is_form else 'd'}/{name}", icon, visit.text(place.title)))
        for form in visit.catalog.forms.values():
            if may(form, visit.actor, "view"):
                page = visit.engine.page(visit.actor, form.name, Ask(q=q, limit=FOUND))
                if page.total:
                    rows = tasks_of(visit, [(form, r) for r in page.rows])
                    found.append((visit.text(form.title), f"/f/{form.name}", page.total, rows))
    return respond(visit, "search.html", q=q, places=places, found=found)


def creatable(visit: Visit) -> list[Tile]:
    """The forms in which this person may make something new, in the menu's order, those with a workflow first."""
    names = list(dict.fromkeys([n for m in visit.catalog.menu for n in m.show] or visit.catalog.forms))
    forms = [f for n in names if (f := visit.catalog.forms.get(n)) is not None and may(f, visit.actor, "create")]
    forms.sort(key=lambda f: f.workflow is None)
    return [Tile(f"/f/{f.name}/new", f.icon or FORM_ICON, visit.text(f.title)) for f in forms]


def tasks_of(visit: Visit, rows: Sequence[tuple[Any, Listed]]) -> list[Task]:
    """Records as lines of a list."""
    visit.knows(row.record for _, row in rows)
    return [_task(visit, form, row) for form, row in rows]


def _task(visit: Visit, form: Form, row: Listed) -> Task:
    record = row.record
    state = record.values.get("state")
    known = form.workflow.states.get(state) if form.workflow is not None and state else None
    facts: list[Markup | str] = []
    amount: Markup | str = ""
    serial = _serial(visit, form, record) if form.key not in row.hidden else ""
    for name, value in record.values.items():
        found = form.fields.get(name)
        if found is None or name == form.key or value is None or found.columns or name in row.hidden:
            continue
        shown = found.field.listed(value, visit.reader)
        if found.field.numeric:
            amount = shown
        elif str(shown):
            words = visit.words(found, value)
            if words not in record.title:
                facts.append(words)
    since = record.values.get("state_since")
    words, number = figures.since(since, visit.reader)
    return Task(
        href=f"/f/{form.name}/{record.id}", icon=form.icon or FORM_ICON,
        title=headline(record.title, serial) or f"#{record.id}", serial=serial,
        state=visit.text(known.title) if known is not None else "", form=visit.text(form.title),
        facts=tuple(facts[:2]), amount=amount, badge=state_badge(form, state, visit.language),
        since=since, waited=visit.t(f"waited{words.removeprefix('stay')}", n=number),
        long=since is not None and visit.reader.now - since > PATIENCE,
    )  # fmt: skip


def _serial(visit: Visit, form: Form, record: Record) -> str:
    """The record's number; "" for a form that doesn't count its records."""
    key = form.fields.get(form.key or "")
    return visit.words(key, record.values.get(key.name)) if key is not None and key.numbering is not None else ""
