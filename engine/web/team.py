"""Who has how much to do, for those who lead: by person, with what is late, and each person's tasks."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from engine.problems import Refused, problem
from engine.problems.record import NOT_FOUND
from engine.problems.web import NO_TEAM
from engine.runtime import team
from engine.web import figures
from engine.web.render import respond
from engine.web.tasks import tasks_in
from engine.web.visit import Visit


def show(visit: Visit) -> Response:
    """Everybody whom this person leads. Refused for those who lead nobody."""
    if not visit.engine.read(visit.actor, team.leads):
        raise Refused(problem(NO_TEAM))
    loads = visit.engine.read(visit.actor, team.loads)

    def waited(since: datetime | None) -> str:
        if since is None:
            return "–"
        words, number = figures.since(since, visit.reader)
        return visit.t(f"waited{words.removeprefix('stay')}", n=number)

    totals = {"open": sum(one.open for one in loads), "late": sum(one.late for one in loads)}
    return respond(visit, "team.html", loads=loads, waited=waited, **totals)


def person(visit: Visit) -> Response:
    """What one of them has to do."""
    id = int(visit.path("id"))
    found = visit.engine.read(
        visit.actor, lambda w: (id in team.led(w), w.title_of("person", id), team.tasks_of(w, id))
    )
    if not found[0]:
        raise Refused(problem(NOT_FOUND))
    return respond(visit, "team_person.html", name=found[1], tasks=tasks_in(visit, found[2]), base="/team")
