"""What happens by itself, for administrators: each run with its cause, what it touched and why it failed, and what was
given up, to be tried again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from engine.problems import Refused, problem
from engine.problems.web import NO_JOB
from engine.runtime import runs
from engine.runtime.causes import AUTOMATION, Cause, title_of
from engine.runtime.work import Work
from engine.texts import told
from engine.web import automations, figures
from engine.web.render import respond
from engine.web.toasts import toast
from engine.web.visit import Visit

JOBS = ("timer", "mail", "notices", "digest", "call", "automation", "every")
"""Kinds of jobs that have words of their own."""

EFFECTS = 5
"""How many of the records that a run touched are named."""


@dataclass(frozen=True)
class Line:
    """A run in words. `effects` has (address, title)."""

    name: str
    title: str
    event: str
    href: str
    about: str
    person: str
    state: str
    kind: str
    error: str
    attempt: int
    effects: tuple[tuple[str, str], ...]
    at: str
    job: int | None


def show(visit: Visit) -> Response:
    """The log and what was given up. Refused for all but administrators."""
    state, automation = visit.arg("state"), visit.arg("automation")
    state = state if state in runs.STATES else ""

    def unit(work: Work) -> tuple[Any, ...]:
        found = runs.log(work, automation=automation, state=state)
        known = [] if state or automation else automations.lines(visit, work)
        return [_line(visit, work, run) for run in found], runs.counts(work), runs.given_up(work), known

    lines, counts, dead, known = visit.engine.read(visit.actor, unit)
    states = [
        ("", visit.t("all"), 0),
        *((s, visit.t(f"run_{s}"), counts.get(s, 0)) for s in runs.STATES if counts.get(s)),
    ]
    return respond(
        visit, "runs.html", runs=lines, dead=[_dead(visit, job) for job in dead], states=states, state=state,
        automation=automation, known=known,
    )  # fmt: skip


def retry(visit: Visit) -> Response:
    """Have a job tried again. Refused for all but administrators, and when there is none."""
    id = int(visit.path("id"))
    if not visit.engine.write(visit.actor, lambda work: runs.retry(work, id)):
        raise Refused(problem(NO_JOB))
    return toast(visit.go("/automations"), visit.t("job_again"))


# -- inner -------------------------------------------------------------------------------------------------------------


def _line(visit: Visit, work: Work, run: runs.Run) -> Line:
    cause = run.cause
    form, record, person = str(cause.get("form") or "").partition(".")[0], cause.get("record"), cause.get("person")
    event = str(cause.get("event") or "")
    return Line(
        name=run.automation, title=_named(visit, run, form),
        event=visit.t(f"cause_{event}") if event in CAUSES else event, href=_href(form, record),
        about=_title(work, form, record), person=work.title_of("person", int(person)) if person else "",
        state=visit.t(f"run_{run.state}"), kind=automations.KINDS.get(run.state, "void"),
        error=told(run.error, visit.language), attempt=run.attempt,
        effects=tuple(_effects(work, run.effects)), at=figures.moment(run.at, visit.reader), job=run.job,
    )  # fmt: skip


def _named(visit: Visit, run: runs.Run, form: str) -> str:
    """What did it, as people call it: an automation, or a button, a state or a clock of the form."""
    kind = str(run.cause.get("by") or AUTOMATION)
    return visit.text(title_of(visit.catalog, Cause(kind, run.automation, form, None, ""))) or visit.t("run_person")


CAUSES = ("created", "updated", "deleted", "moved", "every", "call", "webhook", "mail", "notify")
"""What may set a run off, each with words of its own."""


def _effects(work: Work, effects: Sequence[Sequence[Any]]) -> list[tuple[str, str]]:
    known = [(str(form), int(id)) for form, id in effects if id is not None]
    return [(_href(form, id), _title(work, form, id)) for form, id in list(dict.fromkeys(known))[:EFFECTS]]


def _title(work: Work, form: str, record: Any) -> str:
    if not form or record is None or form not in work.catalog.forms:
        return ""
    return work.title_of(form, int(record)) or f"#{record}"


def _href(form: str, record: Any) -> str:
    return f"/f/{form}/{record}" if form and record is not None else ""


def _dead(visit: Visit, job: runs.Dead) -> dict[str, Any]:
    form, _, record = job.about.partition("/")
    known = form in visit.catalog.forms and record.isdigit()
    return {
        "id": job.id, "what": visit.t(f"job_{job.kind}") if job.kind in JOBS else job.kind, "about": job.about,
        "href": _href(form, record) if known else "", "error": told(job.error, visit.language), "at": figures.moment(job.at, visit.reader),
    }  # fmt: skip
