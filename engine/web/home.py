"""What a person's day begins with: what to create, what waits for them, what they were told and last did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from engine.definitions.model import Form
from engine.runtime.access import may
from engine.web import figures
from engine.web.frame import FORM_ICON
from engine.web.render import fragment, headline, respond
from engine.web.tasks import serial_of, tasks_of
from engine.web.visit import Visit
from engine.web.workbench import tab_of, tab_values

TILES = 5
WAITING = 10


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
        tiles=[_tile(visit, f) for f in creatable(visit)[:TILES]], started=tasks_of(visit, visit.engine.started(visit.actor, 4)),
        notices=visit.engine.notices(visit.actor, unread=True, limit=6),
        recent=latest(visit), **values,
    )  # fmt: skip


def chooser(visit: Visit) -> Response:
    """All forms in which this person may make something new, by the menu's groups."""
    left = {form.name: form for form in creatable(visit)}
    groups = [(visit.text(m.title), [left.pop(n) for n in m.show if n in left]) for m in visit.catalog.menu]
    groups.append((visit.t("other_forms") if groups else "", list(left.values())))
    shown = [(title, [_tile(visit, f) for f in forms]) for title, forms in groups if forms]
    return respond(visit, "chooser.html", groups=shown)


def latest(visit: Visit) -> list[tuple[str, str, str, str, datetime]]:
    """The records that this person last dealt with: where, icon, title, what they are, when."""
    return [
        (
            f"/f/{form.name}/{row.id}", form.icon or FORM_ICON,
            headline(row.title, serial_of(visit, form, row)) or f"#{row.id}", visit.text(form.title), at,
        )
        for form, row, at in visit.engine.recent(visit.actor, 6)
    ]  # fmt: skip


def creatable(visit: Visit) -> list[Form]:
    """The forms in which this person may make something new, in the menu's order, those with a workflow first."""
    names = list(dict.fromkeys([n for m in visit.catalog.menu for n in m.show] or visit.catalog.forms))
    forms = [f for n in names if (f := visit.catalog.forms.get(n)) is not None and may(f, visit.actor, "create")]
    return sorted(forms, key=lambda f: f.workflow is None)


def _tile(visit: Visit, form: Form) -> Tile:
    one = visit.one(form.title)
    return Tile(f"/f/{form.name}/new", form.icon or FORM_ICON, one[:1].upper() + one[1:])
