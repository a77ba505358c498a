"""The workbench over the API: what waits for a person, what they started, did and were told of; and for administrators the
runs of automations and the jobs that were given up.

What can be done with a task is pressed at the address of its button, which each task names.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.responses import Response

from engine.problems import Refused, problem
from engine.problems.api import BAD_PARAMETER
from engine.problems.web import NO_JOB
from engine.runtime import runs
from engine.runtime.act import buttons
from engine.runtime.change import seen
from engine.runtime.work import Work
from engine.runtime.workbench import TABS, WAITING, Item, Narrowed, bench
from engine.texts import text, told
from engine.web.api_call import Call, answer

MOST = 200
"""How many tasks, or runs, one answer has at most."""


def tasks(call: Call) -> Response:
    """A tab of the workbench; with what each task lets the person press."""
    asked = call.query(("tab", "form", "state", "late", "q", "limit"))
    tab, late = asked.get("tab", WAITING), asked.get("late", "false")
    if tab not in TABS:
        raise _bad("tab", " ".join(TABS))
    if late not in ("true", "false"):
        raise _bad("late", "true false")
    form = asked.get("form")
    if form is not None and form not in call.catalog.forms:
        raise _bad("form", " ".join(call.catalog.forms))
    limit = _limit(asked.get("limit"))
    narrowed = Narrowed(form, asked.get("state"), late == "true", asked.get("q", ""))

    def unit(work: Work) -> dict[str, Any]:
        found = bench(work, tab, narrowed, limit)
        return {"tasks": [_task(call, work, item, tab) for item in found.items], "total": found.total}

    return answer(call.engine.read(call.actor, unit))


def log(call: Call) -> Response:
    """The latest runs of automations and calls, the newest first; for administrators."""
    asked = call.query(("automation", "state", "limit"))
    state = asked.get("state", "")
    if state and state not in runs.STATES:
        raise _bad("state", " ".join(runs.STATES))
    found = call.engine.read(
        call.actor,
        lambda w: runs.log(w, automation=asked.get("automation", ""), state=state, limit=_limit(asked.get("limit"))),
    )
    return answer({"runs": [_run(call, one) for one in found]})


def jobs(call: Call) -> Response:
    """The jobs that were given up; for administrators."""
    call.query(())
    found = call.engine.read(call.actor, runs.given_up)
    names = ("id", "kind", "about", "attempt")
    more = [{"error": told(job.error, call.language), "due_at": _at(job.at)} for job in found]
    return answer({"jobs": [{n: getattr(job, n) for n in names} | one for job, one in zip(found, more, strict=True)]})


def retry(call: Call) -> Response:
    """Have one of them tried again; for administrators."""
    call.query(())
    id = call.id()
    if not call.engine.write(call.actor, lambda w: runs.retry(w, id)):
        raise Refused(problem(NO_JOB))
    return answer({"id": id, "state": "ready"}, 202)


def _task(call: Call, work: Work, item: Item, tab: str) -> dict[str, Any]:
    record, form = item.row.record, item.form
    pressable: list[str] = []
    if tab == WAITING:
        _, whole = seen(work, form.name, record.id or 0)
        pressable = [b.transition.name for b in buttons(work, form, whole) if b.closed is None]
    base = f"/api/forms/{form.name}/records/{record.id}"
    return {
        "form": form.name, "id": record.id, "title": record.title, "state": record.values.get("state"),
        "due_at": _at(item.due), "moves_on_at": _at(item.onward), "ends_at": _at(item.ends), "at": _at(item.at), "record": base,
        "transitions": [{"name": name, "href": f"{base}/transitions/{name}"} for name in pressable],
    }  # fmt: skip


def _run(call: Call, run: runs.Run) -> dict[str, Any]:
    return {
        "id": run.id, "automation": run.automation, "at": _at(run.at), "state": run.state, "cause": dict(run.cause),
        "effects": [{"form": form, "id": id} for form, id in run.effects], "error": told(run.error, call.language) or None,
        "attempt": run.attempt, "job": run.job,
    }  # fmt: skip


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment is not None else None


def _limit(given: str | None) -> int:
    if given is None:
        return 50
    if not given.isascii() or not given.isdigit() or len(given) > 4 or not 1 <= int(given) <= MOST:
        raise _bad("limit", f"1 – {MOST}")
    return int(given)


def _bad(name: str, known: str) -> Refused:
    return Refused(problem(BAD_PARAMETER, field=name, name=name, expected=text(known, known)))
