"""What a person's day begins with: what to create, what waits for them, what they were told and last did."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from engine.definitions.model import Form
from engine.runtime.access import may
from engine.runtime.values import Ask
from engine.web import figures
from engine.web.frame import DASHBOARD_ICON, FORM_ICON, sees
from engine.web.render import fragment, headline, respond
from engine.web.tasks import serial_of, tasks_of
from engine.web.visit import Visit
from engine.web.workbench import tab_of, tab_values

TILES = 5
WAITING = 10
FOUND = 5


@dataclass(frozen=True)
class Tile:
    """A form in which something new can be made, or which can be opened."""

    href: str
    icon: str
    title: str


def home(visit: Visit) -> Response:
    """The home page."""
    key = figures.greeting(visit.engine.clock(), visit.reader)
    tab = tab_of(visit)
    values = tab_values(visit, tab, "/", WAITING)
    if visit.partial and visit.request.headers.get("hx-target") == "tasks":
        return fragment(visit, "parts/tasks.html", **values)
    return respond(
        visit, "home.html", greeting=visit.t(key, name=visit.actor.name),
        day=figures.today_words(visit.reader.today, visit.language),
        tiles=creatable(visit)[:TILES], started=tasks_of(visit, visit.engine.started(visit.actor, 4)),
        notices=visit.engine.notices(visit.actor, unread=True, limit=6),
        recent=[(f"/f/{f.name}/{r.id}", f.icon or FORM_ICON, headline(r.title, serial_of(visit, f, r)) or f"#{r.id}", at)
                for f, r, at in visit.engine.recent(visit.actor, 6)],
        **values,
    )  # fmt: skip


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
