"""Who has how much to do, for those who lead: by person, with what is late, and each person's tasks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from starlette.responses import Response

from engine.problems import Refused, problem
from engine.problems.record import NOT_FOUND
from engine.problems.web import NO_TEAM
from engine.runtime import team
from engine.runtime.workbench import Item
from engine.web import figures
from engine.web.render import respond
from engine.web.tasks import tasks_in
from engine.web.visit import Visit


def show(visit: Visit) -> Response:
    """Everybody whom this person leads. Refused for those who lead nobody."""
    if not visit.engine.read(visit.actor, team.leads):
        raise Refused(problem(NO_TEAM))
    loads = visit.engine.read(visit.actor, team.loads)
    late = visit.engine.read(visit.actor, team.late_records)

    def waited(since: datetime | None) -> str:
        if since is None:
            return "–"
        words, number = figures.since(since, visit.reader)
        return visit.t(f"waited{words.removeprefix('stay')}", n=number)

    totals = {"open": sum(one.open for one in loads), "late": sum(one.late for one in loads)}
    return respond(visit, "team.html", loads=loads, waited=waited, records=late, **totals)


def records(visit: Visit) -> Response:
    """The records of one form of which a time is over."""
    form = visit.form("view")
    leads, items = visit.engine.read(visit.actor, lambda w: (team.leads(w), team.late_of(w, form)))
    if not leads:
        raise Refused(problem(NO_TEAM))
    heading = visit.t("team_late_of", form=visit.text(form.title))
    return _listed(visit, heading, visit.t("team_none_late"), items)


def person(visit: Visit) -> Response:
    """What one of them has to do."""
    id = int(visit.path("id"))
    found = visit.engine.read(
        visit.actor, lambda w: (id in team.led(w), w.title_of("person", id), team.tasks_of(w, id))
    )
    if not found[0]:
        raise Refused(problem(NOT_FOUND))
    return _listed(visit, visit.t("team_of", name=found[1]), visit.t("team_nothing", name=found[1]), found[2])


def _listed(visit: Visit, heading: str, nothing: str, items: Sequence[Item]) -> Response:
    tasks = tasks_in(visit, items)
    return respond(visit, "team_person.html", heading=heading, nothing=nothing, tasks=tasks, base="/team")
