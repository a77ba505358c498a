"""Who may be named in a comment, and how comments show whom they name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from markupsafe import Markup, escape
from starlette.responses import Response

from engine.markup import tag
from engine.runtime import mentions, people
from engine.runtime.values import Event
from engine.runtime.work import Work
from engine.web.frame import role_titles
from engine.web.render import joined
from engine.web.visit import Visit


def offered(visit: Visit) -> Response:
    """People for the letters after an @ (`q`), as JSON: `name`, `about` (their roles), and `words` to put in."""
    form, id, q = visit.form("view"), visit.record_id(), visit.arg("q")

    def unit(work: Work) -> list[tuple[mentions.Named, frozenset[str]]]:
        found = []
        for one in mentions.offered(work, form.name, id, q):
            who = people.actor(work.conn, one.id)
            found.append((one, who.roles if who is not None else frozenset[str]()))
        return found

    comma = visit.t("list_comma")
    return visit.json(
        {
            "people": [
                {"name": one.name, "words": one.words, "about": comma.join(role_titles(visit, roles))}
                for one, roles in visit.engine.read(visit.actor, unit)
            ]
        }
    )


def names_in(visit: Visit, events: Iterable[Event]) -> dict[str, str]:
    """Login -> name, for the comments of these events."""
    texts = [event.comment for event in events if event.comment]
    return visit.engine.read(visit.actor, lambda work: mentions.names(work, texts)) if texts else {}


def shown(text: str, known: Mapping[str, str]) -> Markup:
    """A comment with whom it names as chips; all else in it is text."""
    parts = [
        tag("span", {"class": "fl-mention", "title": login}, "@", words) if login else escape(words)
        for words, login in mentions.pieces(text, known)
    ]
    return joined(parts, "")
