"""A form's views as tabs with counts, and the ways to see its records: as a table, a board, a calendar, bars, cards, a tree, a map.

Why: they all stand under the same tabs and keep each other's search and filters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.definitions.model import Form, View
from engine.problems import Refused
from engine.runtime import personal
from engine.runtime.access import usable
from engine.runtime.ask import views
from engine.runtime.reads import guard
from engine.web.own import own_of
from engine.web.render import query
from engine.web.visit import Visit

NO_VIEW = "-"
"""What the address says for no view at all."""

KIND_ICONS = {
    "table": "table",
    "kanban": "layout-kanban",
    "calendar": "calendar",
    "gantt": "timeline",
    "gallery": "photo",
    "map": "map-pin",
    "tree": "sitemap",
}


@dataclass(frozen=True)
class Tab:
    """A view; `own`: one that this person saved. `count` None: not counted yet (or it can't be asked any more)."""

    title: str
    href: str
    current: bool
    count: int | None
    own: bool = False


@dataclass(frozen=True)
class Kind:
    """A way to see the records: the first view of that type."""

    title: str
    icon: str
    href: str
    current: bool


def tabs_of(visit: Visit, form: Form, asked: str, *, counted: bool) -> list[Tab]:
    """The views that are for this person, and one of everything where no table has it."""
    known = [v for v in views(form, visit.actor) if seen(visit, form, v)]
    whole = next((v.name for v in known if v.where is None and v.type == "table"), NO_VIEW)
    present = whole if asked == NO_VIEW else asked
    made = [_tab(visit, form, present, v, counted) for v in known]
    if whole == NO_VIEW:
        count = visit.engine.count(visit.actor, form.name, None) if counted else None
        made.append(Tab(visit.t("all_records"), query(view=NO_VIEW), asked == NO_VIEW, count))
    for one in own_of(visit, form).saved:
        count = _number(visit, form, one) if counted else None
        made.append(Tab(one.title or "", query(view=one.name), one.name == asked, count, own=True))
    return made


def kinds_of(visit: Visit, form: Form, asked: str, url: Callable[[str], str]) -> list[Kind]:
    """The ways to see the form's records, where there are several; `url` gives the address of a view."""
    known = [v for v in views(form, visit.actor) if seen(visit, form, v)]
    present = next((v.type for v in known if v.name == asked), "table")
    first: dict[str, str] = {"table": NO_VIEW}
    for view in known:
        if view.type == "table" and view.where is None and first["table"] == NO_VIEW:
            first["table"] = view.name
        elif view.type != "table":
            first.setdefault(view.type, view.name)
    if present in first:
        first[present] = asked
    if len(first) < 2:
        return []
    return [
        Kind(visit.t(f"as_{kind}"), KIND_ICONS.get(kind, "table"), url(name), kind == present)
        for kind, name in first.items()
    ]


def seen(visit: Visit, form: Form, view: View) -> bool:
    """Whether what the view is arranged and chosen by may be seen by this person in every record."""
    if not {view.by, view.start, view.end} - {None} <= usable(form, visit.actor):
        return False
    where = view.where
    try:
        if where is not None:
            visit.engine.read(visit.actor, lambda work: guard(work, form, [where]))
    except Refused:
        return False
    return True


def _tab(visit: Visit, form: Form, present: str, view: View, counted: bool) -> Tab:
    count = visit.engine.count(visit.actor, form.name, view.where) if counted else None
    return Tab(visit.text(view.title), query(view=view.name), view.name == present, count)


def _number(visit: Visit, form: Form, one: personal.Saved) -> int | None:
    """How many records a saved view has; None when the definition has changed so that it can't be asked."""
    try:
        return visit.engine.read(visit.actor, lambda w: personal.number(w, form, one))
    except Refused:
        return None
