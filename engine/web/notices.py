"""What a person has been told, and the live counts beside the menu."""

from __future__ import annotations

from starlette.responses import Response

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
    waiting = visit.engine.counts(visit.actor)
    unread = len(visit.engine.notices(visit.actor, unread=True, limit=100))
    shown = {n: c for n, c in waiting.items() if sees(visit.catalog, visit.actor, n) is not None}
    return visit.json({**shown, "tasks": sum(waiting.values()), "notices": unread})
