"""One's own preferences: language, theme, how dense lists are, notices by mail, password, and where one is signed in."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from engine.problems import Problem, Refused, problem
from engine.problems.people import UNKNOWN_LANGUAGE
from engine.problems.web import PASSWORDS_DIFFER, WRONG_PASSWORD
from engine.runtime import mailed, passwords, people, sessions
from engine.storage import tables
from engine.texts import LANGUAGES
from engine.web import agenda
from engine.web.filling import by_path
from engine.web.frame import role_titles
from engine.web.render import respond
from engine.web.session import THEMES, cookie_name, remember, safe
from engine.web.toasts import toast
from engine.web.visit import Visit

DENSITIES = ("normal", "compact")
LETTERS = ("on", "off")
CHOICES = {"theme": THEMES, "density": DENSITIES, "letters": LETTERS, "mailing": mailed.LIKINGS}
"""Preference -> what may be chosen."""


def show(visit: Visit) -> Response:
    """The preferences."""
    return _page(visit, ())


def keep(visit: Visit) -> Response:
    """Keep language and the other preferences that were sent."""
    language = visit.sent("language")
    changes = {name: chosen for name, known in CHOICES.items() if (chosen := visit.sent(name)) in known}
    if language:
        if language not in LANGUAGES:
            raise Refused(problem(UNKNOWN_LANGUAGE, value=language[:20]))
        changes["language"] = language
    _update(visit, changes)
    visit.language = changes.get("language", visit.language)
    response = toast(visit.go("/me"), visit.t("saved"))
    _remember(response, changes)
    return response


def looks(visit: Visit) -> Response:
    """Language, theme or density alone, from the menu of any page, and back to it."""
    known = {"language": LANGUAGES, "theme": THEMES, "density": DENSITIES}
    changes = {name: chosen for name, all in known.items() if (chosen := visit.sent(name)) in all}
    _update(visit, changes)
    response = visit.go(safe(visit.sent("next") or "/me"))
    _remember(response, changes)
    return response


def password(visit: Visit) -> Response:
    """A new password, for which the present one must be known. Ends one's sessions elsewhere."""
    engine, actor = visit.engine, visit.actor
    with engine.store.read() as conn:
        kept = conn.execute(tables.person.select().where(tables.person.c.id == actor.id)).mappings().one()["password"]
    problems: list[Problem] = []
    if not passwords.verify(kept, visit.sent("present")):
        problems.append(problem(WRONG_PASSWORD, field="present"))
    if visit.sent("password") != visit.sent("again"):
        problems.append(problem(PASSWORDS_DIFFER, field="again"))
    hashed = ""
    try:
        hashed = passwords.checked(visit.sent("password"), actor.login)
    except Refused as refused:
        problems.extend(refused.problems)
    if problems:
        return _page(visit, problems)
    _update(visit, {"password": hashed})
    return toast(visit.go("/me"), visit.t("password_changed"))


def leave_elsewhere(visit: Visit) -> Response:
    """End one's sessions on all other devices."""
    value = visit.request.cookies.get(cookie_name(visit.engine, visit.request))
    person = visit.actor.id
    assert person is not None
    ended = visit.engine.store.write(lambda conn: sessions.end_all(conn, person, but=value))
    return toast(visit.go("/me"), visit.t("sessions_ended", n=ended))


def _update(visit: Visit, changes: dict[str, str]) -> None:
    person = visit.actor.id
    if person is None or not changes:
        return
    value = visit.request.cookies.get(cookie_name(visit.engine, visit.request))
    visit.engine.store.write(lambda conn: people.update_person(conn, person, changes, keep_session=value))


def _remember(response: Response, changes: dict[str, str]) -> None:
    """The browser keeps language and theme too, for the login page."""
    for name in ("language", "theme"):
        if name in changes:
            remember(response, f"fl_{name}", changes[name])


def _page(visit: Visit, problems: Sequence[Problem]) -> Response:
    person = visit.actor.id
    assert person is not None
    with visit.engine.store.read() as conn:
        found = people.person_of(conn, person)
        departments = {d.id: d.name for d in people.departments(conn)}
    name = departments.get(found.department or 0)
    return respond(
        visit, "me.html", 422 if problems else 200, found=found, errors=by_path(problems),
        department=visit.text(name) if name is not None else "", roles=role_titles(visit, visit.actor.roles),
        themes=THEMES, densities=DENSITIES, has_feed=agenda.has_feed(visit, person),
        mails=visit.engine.settings.mail is not None,
    )  # fmt: skip
