"""Signing in and out, and who a request comes from.

Why: a session is kept on the server under the digest of the cookie's value, so it can be ended at any time and
nothing can be read from the cookie. While the demo is there, its people can be stepped into without a password.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from engine.engine import Engine
from engine.problems import Problem, Refused, problem
from engine.problems.people import EMPTY_LOGIN, NO_PERSON, NOT_SIGNED_IN
from engine.runtime import people, sessions
from engine.runtime.values import Actor
from engine.texts import LANGUAGES
from engine.web.render import plain_page
from engine.web.visit import Visit, preferred

THEMES = ("light", "dark", "system")
SHOWN = 10
"""How many of the demo's people are offered."""

YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Known:
    """Who a request comes from. `actor` None: nobody; `theme`, `density` and `letters` (single letters are keys) are
    theirs, else what the browser kept. `temporary`: their password is one that somebody else knows."""

    actor: Actor | None
    theme: str
    density: str
    letters: bool = True
    temporary: bool = False


def identify(engine: Engine, request: Request) -> Known:
    """The person behind the request's cookie."""
    theme = request.cookies.get("fl_theme", "system")
    theme = theme if theme in THEMES else "system"
    value = request.cookies.get(cookie_name(engine, request))
    if not value:
        return Known(None, theme, "normal")
    person = sessions.present(engine.store, value, engine.clock())
    if person is None:
        return Known(None, theme, "normal")
    with engine.store.read() as conn:
        actor = people.actor(conn, person, "browser", preferred(request))
        if actor is None:
            return Known(None, theme, "normal")
        kept = people.person_of(conn, person)
    temporary = kept.must_change_password
    return Known(actor, kept.theme or theme, kept.density or "normal", kept.letters != "off", temporary)


def login_page(visit: Visit) -> Response:
    """The page to sign in; where there is a demo, with the way to its people."""
    if visit.someone is not None:
        return visit.go(safe(visit.arg("next")))
    return _login(visit, None, "")


def sign_in(visit: Visit) -> Response:
    """Name and password; wrong ones are counted and slowed down."""
    request, engine = visit.request, visit.engine
    name, password = visit.sent("name"), visit.sent("password")
    if not name.strip() or not password:
        return _login(visit, problem(EMPTY_LOGIN), name)
    address = request.client.host if request.client is not None else None
    try:
        person, value = sessions.sign_in(
            engine.store, engine.clock, name, password, address=address, agent=request.headers.get("user-agent")
        )
    except Refused as refused:
        return _login(visit, refused.problems[0], name)
    with engine.store.read() as conn:
        temporary = people.person_of(conn, person).must_change_password
    return _enter(visit, person, value, "/me" if temporary else safe(visit.sent("next") or visit.arg("next")))


def step_in(visit: Visit) -> Response:
    """Become one of the demo's people; only while the demo is on, and only people who came with it."""
    engine = visit.engine
    if not engine.settings.demo:
        raise Refused(problem(NO_PERSON))
    with engine.store.read() as conn:
        id = people.find_person(conn, visit.sent("as"))
        found = people.person_of(conn, id) if id is not None else None
    if found is None or not found.demo or not found.active:
        raise Refused(problem(NO_PERSON))
    agent = visit.request.headers.get("user-agent")
    person = found.id
    value = engine.store.write(lambda conn: sessions.begin(conn, person, engine.clock(), agent))
    return _enter(visit, person, value, safe(visit.sent("next")))


def sign_out(visit: Visit) -> Response:
    """End the session; the cookie is forgotten."""
    name = cookie_name(visit.engine, visit.request)
    value = visit.request.cookies.get(name)
    if value:
        visit.engine.store.write(lambda conn: sessions.end(conn, value))
        visit.engine.live.sign_out(sessions.digest(value))
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(name, path="/", secure=is_secure(visit.engine, visit.request), httponly=True, samesite="lax")
    return response


def turned_away(visit: Visit) -> Response:
    """Nobody is signed in: on to the login, and back here afterwards."""
    request = visit.request
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if target == "/" and visit.request.method == "GET" and not visit.partial and demo_people(visit):
        return RedirectResponse("/welcome", status_code=303)
    url = "/login" if target == "/" or request.method != "GET" else f"/login?next={_quoted(target)}"
    if visit.partial:
        return Response(status_code=401, headers={"HX-Redirect": "/login"})
    if request.method == "GET" and "text/html" in request.headers.get("accept", "text/html"):
        return RedirectResponse(url, status_code=303)
    raise Refused(problem(NOT_SIGNED_IN))


def cookie_name(engine: Engine, request: Request) -> str:
    """`__Host-` binds the cookie to this very host; browsers take that name over https only."""
    return "__Host-fl_session" if is_secure(engine, request) else "fl_session"


def is_secure(engine: Engine, request: Request) -> bool:
    """Whether people reach the server over https."""
    return engine.settings.secure or request.url.scheme == "https"


def safe(target: str) -> str:
    """An address of this site to go on to; home for anything else."""
    return target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/"


def remember(response: Response, name: str, value: str) -> None:
    """Keep a preference in the browser, for pages before anyone is known."""
    response.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="lax", path="/")


def asked_theme(visit: Visit) -> str:
    """The theme that was chosen on a page for nobody in particular; "" for none."""
    asked = visit.sent("theme") or visit.arg("theme")
    return asked if asked in THEMES else ""


def remember_looks(visit: Visit, response: Response) -> None:
    """The browser keeps the language and theme that were chosen before anyone was known."""
    for name, known in (("language", LANGUAGES), ("theme", THEMES)):
        if visit.arg(name) in known:
            remember(response, f"fl_{name}", visit.arg(name))


# -- inner -------------------------------------------------------------------------------------------------------------


def _enter(visit: Visit, person: int, value: str, target: str) -> Response:
    asked = asked_theme(visit)
    if asked:
        visit.engine.store.write(lambda conn: people.update_person(conn, person, {"theme": asked}))
    response = RedirectResponse(target, status_code=303)
    secure = is_secure(visit.engine, visit.request)
    age = int(sessions.LONGEST.total_seconds()) if visit.sent("stay") or visit.sent("as") else None
    response.set_cookie(
        cookie_name(visit.engine, visit.request),
        value,
        max_age=age,
        path="/",
        httponly=True,
        samesite="lax",
        secure=secure,
    )
    return response


def _login(visit: Visit, refusal: Problem | None, name: str) -> Response:
    language = visit.language
    response = plain_page(
        language, asked_theme(visit) or visit.theme, "login.html", refusal.status if refusal is not None else 200,
        asked=asked_theme(visit),
        brand=visit.text(visit.catalog.title), refusal=refusal, name=name, demo=bool(demo_people(visit)),
        next=safe(visit.sent("next") or visit.arg("next")), admins=_admins(visit),
    )  # fmt: skip
    remember_looks(visit, response)
    return response


def demo_people(visit: Visit) -> list[people.Person]:
    """The demo's people, the first of each role, in the order of their definition; none once the demo is off."""
    if not visit.engine.settings.demo:
        return []
    with visit.engine.store.read() as conn:
        found = people.persons(conn, active=True)
    order = {login: i for i, login in enumerate(visit.catalog.demo.people)} if visit.catalog.demo is not None else {}
    demo = sorted((p for p in found if p.demo), key=lambda p: order.get(p.login, len(order)))
    seen: set[str] = set()
    chosen = []
    for one in demo:
        if not set(one.roles) <= seen:
            seen.update(one.roles)
            chosen.append(one)
    return chosen[:SHOWN]


def _admins(visit: Visit) -> str:
    """Whom to ask for an account."""
    with visit.engine.store.read() as conn:
        names = [p.name for p in people.persons(conn, active=True) if "admin" in p.roles]
    return visit.t("list_comma").join(names[:3])


def _quoted(target: str) -> str:
    return target.replace("%", "%25").replace("&", "%26").replace("#", "%23").replace("+", "%2B").replace("?", "%3F")
