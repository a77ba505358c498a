"""The first page of a demo: what this is, people to step into with what waits for them, and three short walks.

Why: somebody who has just started the server should be at work after one press, as a person who has something to do.
Nothing here is written for one pack: people, what waits and the walks are read from the catalog and the demo's records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from engine.definitions.model import Form
from engine.engine import ENGINE
from engine.problems import Refused
from engine.runtime.access import may
from engine.runtime.people import Person
from engine.runtime.values import Actor
from engine.texts import LANGUAGES
from engine.web.frame import role_titles, sees
from engine.web.render import plain_page
from engine.web.session import asked_theme, demo_people, remember_looks, safe
from engine.web.visit import Visit, preferred

NAMED = 3
"""How many forms are named in one sentence."""


@dataclass(frozen=True)
class Card:
    """Somebody to step into: roles in words, what waits for them in words, and how much it is."""

    login: str
    name: str
    roles: tuple[str, ...]
    words: str
    count: int


@dataclass(frozen=True)
class Walk:
    """A short walk for one kind of person. `href` is where it begins."""

    title: str
    icon: str
    login: str
    name: str
    steps: tuple[str, ...]
    href: str


@dataclass(frozen=True)
class Player:
    """One of the demo's people, as one who acts, with the counts of what waits for them."""

    person: Person
    actor: Actor
    waiting: dict[str, int]


def show(visit: Visit) -> Response:
    """The page; where there is no demo, the login."""
    players = _players(visit)
    if not players:
        return visit.go("/login")
    if visit.arg("language") in LANGUAGES:
        visit.language = preferred(visit.request)
    response = plain_page(
        visit.language, asked_theme(visit) or visit.theme, "welcome.html", asked=asked_theme(visit),
        brand=visit.text(visit.catalog.title), next=safe(visit.arg("next")),
        facts=visit.t("list_comma").join(_facts(visit)), cards=[_card(visit, one) for one in sorted(players, key=lambda p: p.actor.admin)],
        walks=_walks(visit, players),
    )  # fmt: skip
    remember_looks(visit, response)
    return response


def _players(visit: Visit) -> list[Player]:
    found = []
    for one in demo_people(visit):
        actor = visit.engine.actor(one.id)
        if actor is not None:
            found.append(Player(one, actor, visit.engine.counts(actor)))
    return found


def _menu(visit: Visit) -> list[Form]:
    """The forms in the order of the menu, then the others."""
    names = dict.fromkeys([n for m in visit.catalog.menu for n in m.show] + list(visit.catalog.forms))
    return [visit.catalog.forms[n] for n in names if n in visit.catalog.forms]


def _facts(visit: Visit) -> list[str]:
    """What the demo has most of that people know by a number or name, in the order of the menu."""
    counted = [(visit.engine.count(ENGINE, form.name), form) for form in _menu(visit) if form.key]
    most = sorted(counted, key=lambda pair: -pair[0])[:NAMED]
    return [visit.t("welcome_count", n=n, form=visit.text(f.title)) for n, f in counted if n and (n, f) in most]


def _card(visit: Visit, one: Player) -> Card:
    forms, comma = visit.catalog.forms, visit.t("list_comma")
    total = sum(one.waiting.values())
    waiting = sorted(((n, c) for n, c in one.waiting.items() if c), key=lambda pair: -pair[1])[:NAMED]
    if waiting:
        what = comma.join(visit.t("welcome_count", n=c, form=visit.text(forms[n].title)) for n, c in waiting)
        words = visit.t("welcome_waits", what=what)
    elif one.actor.admin:
        words = visit.t("welcome_all")
    else:
        fills = [visit.text(f.title) for f in _menu(visit) if may(f, one.actor, "create")][:NAMED]
        words = visit.t("welcome_may", what=comma.join(fills)) if fills else visit.t("welcome_nothing")
    roles = tuple(role_titles(visit, frozenset(one.person.roles)))
    return Card(one.person.login, one.person.name, roles, words, total)


def _walks(visit: Visit, players: Sequence[Player]) -> list[Walk]:
    others = [p for p in players if not p.actor.admin]
    staff = _staff(visit, others)
    form = staff.href.split("/")[2] if staff is not None else ""
    head = _head(visit, [p for p in others if staff is None or p.person.login != staff.login], form)
    return [walk for walk in (staff, head, _analyst(visit, players)) if walk is not None]


def _staff(visit: Visit, players: Sequence[Player]) -> Walk | None:
    """Whoever may fill the form whose flow passes the most hands."""
    forms = [f for f in _menu(visit) if f.workflow is not None]
    forms.sort(key=lambda form: -len(_hands(form)))
    for form in forms:
        for one in players:
            if may(form, one.actor, "create") and may(form, one.actor, "view"):
                title = visit.text(form.title)
                steps = (visit.t("walk_fill", form=title), visit.t("walk_submit"), visit.t("walk_next"))
                return _walk(visit, "staff", "user", one, steps, f"/f/{form.name}/new")
    return None


def _head(visit: Visit, players: Sequence[Player], form: str) -> Walk | None:
    """Whoever sees a dashboard and has something to decide, best in the form that staff fill (`form`), and most."""
    able = [p for p in players if any(p.waiting.values()) and _dashboard(visit, p) is not None]
    for one in sorted(able, key=lambda p: (not p.waiting.get(form), -sum(p.waiting.values()))):
        for waiting, row in sorted(visit.engine.waiting(one.actor, 20), key=lambda found: found[0].name != form):
            try:
                opened = visit.engine.open(one.actor, waiting.name, row.record.id or 0)
            except Refused:
                continue
            acts = [visit.text(b.transition.title) for b in opened.buttons if b.closed is None][:NAMED]
            if acts:
                steps = (
                    visit.t("walk_open", form=visit.text(waiting.title)),
                    visit.t("walk_decide", acts=visit.t("list_comma").join(acts)),
                    visit.t("walk_board", board=_dashboard(visit, one) or ""),
                )
                return _walk(visit, "head", "users", one, steps, f"/f/{waiting.name}/{row.record.id}")
    return None


def _analyst(visit: Visit, players: Sequence[Player]) -> Walk | None:
    """An administrator, who changes a definition and sees what comes of it."""
    admins = [p for p in players if p.actor.admin]
    forms = [f for f in _menu(visit) if f.workflow is not None] or _menu(visit)
    if not admins or not forms:
        return None
    form, folder = forms[0], visit.engine.settings.definitions
    file = next(
        (f.relative_to(folder.parent) for f in sorted(folder.rglob(f"{form.name}.yaml")) if "forms" in f.parts), None
    )
    if file is None:
        return None
    title = visit.text(form.title)
    again = "walk_see" if visit.engine.settings.reload else "walk_restart"
    steps = (visit.t("walk_write", file=file.as_posix()), visit.t("walk_check"), visit.t(again, form=title))
    return _walk(visit, "analyst", "code", admins[0], steps, f"/f/{form.name}/new")


def _walk(visit: Visit, kind: str, icon: str, one: Player, steps: tuple[str, ...], href: str) -> Walk:
    return Walk(visit.t(f"walk_{kind}"), icon, one.person.login, one.person.name, steps, href)


def _hands(form: Form) -> frozenset[str]:
    """The roles that a form's flow passes."""
    if form.workflow is None:
        return frozenset()
    tasks = [task for state in form.workflow.states.values() for task in state.tasks.values()]
    people = [t.who for t in form.workflow.transitions.values()] + [p for task in tasks for p in task.assign]
    return frozenset[str]().union(*(one.roles for one in people))


def _dashboard(visit: Visit, one: Player) -> str | None:
    """The title of the first dashboard that somebody sees."""
    for name, dashboard in visit.catalog.dashboards.items():
        if sees(visit.catalog, one.actor, name) is not None:
            return visit.text(dashboard.title)
    return None
