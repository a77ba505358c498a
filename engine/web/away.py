"""Being away: who does one's tasks meanwhile, said on the page of one's preferences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from starlette.responses import Response

from engine.problems import Problem, Refused
from engine.runtime import delegating, people
from engine.web.render import respond
from engine.web.toasts import toast
from engine.web.visit import Visit


def show(visit: Visit) -> Response:
    """The page on which one says it."""
    return _page(visit, ())


def keep(visit: Visit) -> Response:
    """Keep who acts and when; or, with `back`, that one is there again."""
    if visit.sent("back"):
        visit.engine.write(visit.actor, delegating.come_back)
        return toast(visit.go("/me/away"), visit.t("away_back_done"))
    deputy = int(visit.sent("deputy")) if visit.sent("deputy").isdigit() else None
    starts, ends = _day(visit.sent("starts")), _day(visit.sent("ends"))
    try:
        visit.engine.write(visit.actor, lambda work: delegating.go_away(work, deputy, starts, ends))
    except Refused as refused:
        return _page(visit, refused.problems)
    return toast(visit.go("/me/away"), visit.t("saved"))


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _page(visit: Visit, problems: Sequence[Problem]) -> Response:
    person = visit.actor.id
    assert person is not None
    with visit.engine.store.read() as conn:
        kept = delegating.away_of(conn, person)
        others = [(str(p.id), p.name) for p in people.persons(conn, active=True) if p.id != person]
    errors: dict[str, list[Problem]] = {}
    for one in problems:
        errors.setdefault(one.place.field or "", []).append(one)
    typed: dict[str, Any] = {n: visit.sent(n) for n in ("deputy", "starts", "ends")} if problems else {}
    values = typed or {
        "deputy": str(kept.deputy) if kept is not None else "",
        "starts": kept.starts.isoformat() if kept is not None else "",
        "ends": kept.ends.isoformat() if kept is not None else "",
    }
    return respond(visit, "away.html", 422 if problems else 200, kept=kept, others=others, values=values, errors=errors)
