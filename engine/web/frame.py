"""What stands around every page: brand, menu with counts, search, bell, the person's own menu, the phone's bar."""

from __future__ import annotations

from dataclasses import dataclass

from engine.definitions.model import Catalog, Dashboard, Form
from engine.runtime import team
from engine.runtime.access import may
from engine.runtime.values import Actor
from engine.web.visit import Visit

FORM_ICON, DASHBOARD_ICON = "file-text", "chart-bar"


@dataclass(frozen=True)
class Link:
    """One line of the menu. `name` is the count's (None: has none); `count` what waits now."""

    href: str
    icon: str
    title: str
    name: str | None = None
    count: int = 0
    mine: bool = False
    current: bool = False


@dataclass(frozen=True)
class Group:
    """A group of the menu; `title` may be empty."""

    title: str
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Frame:
    """The frame of one page. `brand` is the home pack's title, `who` the person's name and roles in words."""

    brand: str
    groups: tuple[Group, ...]
    bottom: tuple[Link, ...]
    new: str
    unread: int
    who: str
    about: str
    admin: bool
    problems: int


def frame_of(visit: Visit) -> Frame:
    """The frame for whoever is signed in."""
    actor, catalog = visit.actor, visit.catalog
    waiting = visit.engine.counts(actor)
    unread = len(visit.engine.notices(actor, unread=True, limit=100))
    here = visit.request.url.path
    first = _first(visit, here, sum(waiting.values()), unread)
    groups = [Group("", (*first, *_leading(visit, here))), *_menu(visit, waiting, here)]
    groups.append(Group(visit.t("admin"), _running(visit, here)))
    form = str(visit.request.path_params.get("form", ""))
    return Frame(
        brand=visit.text(catalog.title),
        groups=tuple(g for g in groups if g.links),
        bottom=first,
        new=f"/f/{form}/new" if form in catalog.forms and may(catalog.forms[form], actor, "create") else "/new",
        unread=unread,
        who=actor.name,
        about=" · ".join(role_titles(visit, actor.roles)),
        admin=actor.admin,
        problems=sum(p.severity == "error" for p in catalog.problems) if actor.admin else 0,
    )


def own_links(visit: Visit) -> list[Link]:
    """The pages of the frame itself that are this person's business."""
    return [*_first(visit, "", 0, 0), *_leading(visit, ""), *_running(visit, "")]


def role_titles(visit: Visit, roles: frozenset[str]) -> list[str]:
    """The titles of roles, in the pack's order; `everyone` is no word worth saying."""
    known = [visit.text(title) for name, title in visit.catalog.roles.items() if name in roles and name != "everyone"]
    if "admin" in roles and "admin" not in visit.catalog.roles:
        known.append(visit.t("role_admin"))
    return known


def sees(catalog: Catalog, actor: Actor, name: str) -> Form | Dashboard | None:
    """The form or dashboard of that name, if it is any business of this person."""
    form = catalog.forms.get(name)
    if form is not None:
        return form if may(form, actor, "view") or may(form, actor, "create") else None
    dashboard = catalog.dashboards.get(name)
    return dashboard if dashboard is not None and (actor.admin or dashboard.roles & actor.roles) else None


def _first(visit: Visit, here: str, tasks: int, unread: int) -> tuple[Link, ...]:
    """What everybody has, which is also the phone's bar."""
    return (
        Link("/", "layout-dashboard", visit.t("home"), current=here == "/"),
        Link("/tasks", "list-check", visit.t("tasks"), "tasks", tasks, True, here.startswith("/tasks")),
        Link("/notices", "bell", visit.t("notices"), "notices", unread, current=here == "/notices"),
    )


def _leading(visit: Visit, here: str) -> tuple[Link, ...]:
    """What those have who lead others."""
    leads = visit.engine.read(visit.actor, team.leads)
    return (Link("/team", "users-group", visit.t("team"), current=here.startswith("/team")),) if leads else ()


def _running(visit: Visit, here: str) -> tuple[Link, ...]:
    """What those have who run the place."""
    if not visit.actor.admin:
        return ()
    return (
        Link("/people", "users", visit.t("people"), current=here.startswith(("/people", "/departments"))),
        Link("/automations", "bolt", visit.t("runs"), current=here.startswith("/automations")),
    )


def _menu(visit: Visit, waiting: dict[str, int], here: str) -> list[Group]:
    """The packs' groups, and last whatever no group names: a form just written is seen at once."""
    catalog = visit.catalog
    listed = [(visit.text(m.title), m.show) for m in catalog.menu]
    if not listed:
        listed = [("", tuple(catalog.forms)), (visit.t("dashboards"), tuple(catalog.dashboards))]
    named = {name for _, names in listed for name in names}
    rest = tuple(name for name in (*catalog.forms, *catalog.dashboards) if name not in named)
    listed.append((visit.t("other_forms"), rest))
    return [
        Group(title, tuple(link for name in names if (link := _link(visit, name, waiting, here)) is not None))
        for title, names in listed
    ]


def _link(visit: Visit, name: str, waiting: dict[str, int], here: str) -> Link | None:
    found = sees(visit.catalog, visit.actor, name)
    if found is None:
        return None
    if isinstance(found, Form):
        href = f"/f/{name}"
        current = here == href or here.startswith(href + "/")
        return Link(href, found.icon or FORM_ICON, visit.text(found.title), name, waiting.get(name, 0), current=current)
    return Link(f"/d/{name}", found.icon or DASHBOARD_ICON, visit.text(found.title), current=here == f"/d/{name}")
