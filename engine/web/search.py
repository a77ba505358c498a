"""Search or jump: the places where one can go, what one can create, and the records that fit what was typed.

Why: whoever knows the name of a thing should be there after a few letters, wherever they are. The same answer comes as a
page, and as the list beneath what one types (`Ctrl K`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from engine.definitions.model import Form
from engine.runtime.access import may
from engine.runtime.ask import views
from engine.runtime.values import Ask
from engine.texts import Text
from engine.web.frame import DASHBOARD_ICON, FORM_ICON, own_links, sees
from engine.web.home import creatable, latest
from engine.web.own import own_of
from engine.web.render import fragment, query, respond
from engine.web.tabs import KIND_ICONS, seen
from engine.web.tasks import Task, tasks_of
from engine.web.visit import Visit

FOUND, FOUND_WHILE_TYPING = 5, 3
"""How many records of a form are shown."""

PLACES_WHILE_TYPING = 8


@dataclass(frozen=True)
class Place:
    """Where one can go. `note` says what it belongs to, "" for nothing; `called` is what else it is found by, its title
    in other languages."""

    href: str
    icon: str
    title: str
    note: str = ""
    called: str = ""

    def fits(self, words: list[str]) -> bool:
        """Whether each word stands in the title, in what it belongs to, or in what else it is called."""
        whole = f"{self.note} {self.title} {self.called}".lower()
        return all(word in whole for word in words)


@dataclass(frozen=True)
class Found:
    """The first records of a form that fit, and how many do."""

    title: str
    href: str
    total: int
    tasks: list[Task]


def search(visit: Visit) -> Response:
    """The page; while somebody types, only what fits."""
    q = visit.arg("q").strip()
    if visit.partial:
        return _while_typing(visit, q)
    places = list(_fitting(_places(visit), q)) if q else []
    return respond(visit, "search.html", q=q, places=places, found=_records(visit, q, FOUND) if q else [])


def _while_typing(visit: Visit, q: str) -> Response:
    """What fits so far; before anything is typed, what one last dealt with."""
    if not q:
        recent = [Place(href, icon, title, form) for href, icon, title, form, _ in latest(visit)]
        return fragment(visit, "parts/jump.html", q="", places=[], makes=_makes(visit), recent=recent, found=[])
    places = sorted(_fitting(_places(visit), q), key=lambda one: not one.title.lower().startswith(q.lower()))
    return fragment(
        visit, "parts/jump.html", q=q, places=places[:PLACES_WHILE_TYPING], makes=list(_fitting(_makes(visit), q)),
        recent=[], found=_records(visit, q, FOUND_WHILE_TYPING),
    )  # fmt: skip


def _fitting(places: list[Place], q: str) -> Iterator[Place]:
    words = q.lower().split()
    return (one for one in places if one.fits(words))


def _places(visit: Visit) -> list[Place]:
    """The frame's own pages, forms with their views, dashboards."""
    found = [Place(link.href, link.icon, link.title) for link in own_links(visit)]
    found.append(Place("/tasks/calendar", "calendar-due", visit.t("tasks_calendar")))
    found.append(Place("/me", "settings", visit.t("preferences")))
    for name in (*visit.catalog.forms, *visit.catalog.dashboards):
        place = sees(visit.catalog, visit.actor, name)
        if isinstance(place, Form):
            found.extend(_form(visit, place))
        elif place is not None:
            found.append(
                Place(f"/d/{name}", place.icon or DASHBOARD_ICON, visit.text(place.title), called=_called(place.title))
            )
    return found


def _form(visit: Visit, form: Form) -> Iterator[Place]:
    title, href = visit.text(form.title), f"/f/{form.name}"
    yield Place(href, form.icon or FORM_ICON, title, called=_called(form.title))
    for view in views(form, visit.actor):
        if seen(visit, form, view):
            yield Place(
                href + query(view=view.name),
                KIND_ICONS.get(view.type, "table"),
                visit.text(view.title),
                title,
                _called(form.title, view.title),
            )
    for one in own_of(visit, form).saved:
        yield Place(href + query(view=one.name), "bookmark", one.title or "", title, _called(form.title))


def _called(*titles: Text) -> str:
    return " ".join(word for title in titles for word in title.words.values())


def _makes(visit: Visit) -> list[Place]:
    return [
        Place(
            f"/f/{form.name}/new", "plus", visit.t("new_record", form=visit.one(form.title)), called=_called(form.title)
        )
        for form in creatable(visit)
    ]


def _records(visit: Visit, q: str, limit: int) -> list[Found]:
    found = []
    for form in visit.catalog.forms.values():
        if may(form, visit.actor, "view"):
            page = visit.engine.page(visit.actor, form.name, Ask(q=q, limit=limit))
            if page.total:
                tasks = tasks_of(visit, [(form, row) for row in page.rows])
                found.append(Found(visit.text(form.title), f"/f/{form.name}" + query(q=q), page.total, tasks))
    return found
