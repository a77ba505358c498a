"""What a person has been told, and the live counts beside the menu."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from engine.definitions.model import Catalog
from engine.runtime.news import news
from engine.runtime.values import Actor
from engine.web.frame import sees
from engine.web.render import respond
from engine.web.session import safe
from engine.web.visit import Visit


def show(visit: Visit) -> Response:
    """All notices, the newest first."""
    unread_only = visit.arg("unread") == "1"
    found = visit.engine.notices(visit.actor, unread=unread_only, limit=100)
    return respond(visit, "notices.html", notices=found, unread_only=unread_only)


def read(visit: Visit) -> Response:
    """Mark one (`id`) or all as read; then on to the record of one, or back."""
    id = visit.sent("id")
    visit.engine.read_notices(visit.actor, [int(id)] if id.isdigit() else None)
    return visit.go(safe(visit.sent("next") or "/notices"))


def counts(visit: Visit) -> Response:
    """What waits now, by the names that the page's counts carry."""
    found = visit.engine.read(visit.actor, lambda work: news(work, ()))
    return visit.json(counted(visit.catalog, visit.actor, found.counts, found.unread))


def counted(catalog: Catalog, actor: Actor, waiting: Mapping[str, int], unread: int) -> dict[str, int]:
    """Counts by the names that pages' counts carry: forms, `tasks` (all that waits) and `notices`."""
    shown = {n: c for n, c in waiting.items() if sees(catalog, actor, n) is not None}
    return {**shown, "tasks": sum(waiting.values()), "notices": unread}
