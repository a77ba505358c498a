"""The workbench: what waits for a person, what they started, did and were told of, narrowed, and done many at a time.

Why: the day's work is one list, whatever forms it comes from. Ticked tasks are handed to the bar that lists have, form by
form, so what is pressed there is what is pressed anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from engine.definitions.model import Form
from engine.problems import problem
from engine.problems.bulk import NOTHING_TICKED
from engine.runtime.access import may
from engine.runtime.bulk import MOST, titles
from engine.runtime.workbench import STARTED, TABS, TOLD, WAITING, Narrowed, bench, number_of
from engine.web import bulk
from engine.web.render import respond
from engine.web.tasks import tasks_in
from engine.web.toasts import toast
from engine.web.visit import Visit

SHOWN = 60
"""How many the page lists: more would make it heavy on a phone; the filter finds the rest."""


def show(visit: Visit) -> Response:
    """The page with one tab, narrowed by form, state, lateness and words."""
    tab = tab_of(visit)
    values = tab_values(visit, tab, "/tasks", SHOWN)
    chosen = values["narrowed"].form
    return respond(
        visit, "tasks.html", **values, forms=_forms(visit, tab, values), states=_states(visit, chosen),
        tickable=tab == WAITING and bool(values["tasks"]), address=lambda **more: _address(tab, values["narrowed"], more),
    )  # fmt: skip


def several(visit: Visit) -> Response:
    """The ticked tasks, form by form, each with what can be done with how many of them."""
    ticked: dict[str, list[int]] = {}
    for path in visit.sent_all("task")[:MOST]:
        name, _, id = path.partition("/")
        if name in visit.catalog.forms and id.isascii() and id.isdigit() and len(id) < 16:
            ticked.setdefault(name, []).append(int(id))
    if not ticked:
        return toast(visit.go("/tasks"), problem(NOTHING_TICKED).said(visit.language))
    forms = [(form, ids) for name, ids in ticked.items() if may(form := visit.catalog.forms[name], visit.actor, "view")]
    called = [visit.engine.read(visit.actor, lambda w, f=form, i=ids: titles(w, f, i)) for form, ids in forms]  # type: ignore[misc]
    parts = [{**bulk.bar_values(visit, f, tuple(ids)), "titles": t} for (f, ids), t in zip(forms, called, strict=True)]
    return respond(visit, "tasks_bulk.html", parts=parts, chosen=sum(len(ids) for ids in ticked.values()))


def tab_of(visit: Visit) -> str:
    """The tab that is asked for; what waits, where none is."""
    asked = visit.arg("tab")
    return asked if asked in TABS else WAITING


def tab_values(visit: Visit, tab: str, base: str, most: int) -> dict[str, Any]:
    """What the tabs and the list below them show; `base` is the page that they stand on."""
    form = visit.catalog.forms.get(visit.arg("form"))
    states: Mapping[str, Any] = form.workflow.states if form is not None and form.workflow is not None else {}
    state = visit.arg("state")
    narrowed = Narrowed(
        form.name if form is not None else None, state if state in states else None, visit.arg("late") == "1",
        visit.arg("q").strip(),
    )  # fmt: skip
    found = visit.engine.read(visit.actor, lambda w: bench(w, tab, narrowed, most))
    counts = visit.engine.read(visit.actor, lambda w: {name: number_of(w, name) for name in (STARTED, TOLD)})
    counts[WAITING] = sum(visit.engine.counts(visit.actor).values())
    return {
        "tab": tab, "base": base, "tabs": [(name, visit.t(f"tab_{name}"), counts.get(name)) for name in TABS],
        "tasks": tasks_in(visit, found.items), "total": counts[WAITING], "found": found.total, "narrowed": narrowed,
        "narrow": narrowed != Narrowed(), "bench": found,
    }  # fmt: skip


def _forms(visit: Visit, tab: str, values: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """The forms that have some, in the menu's words, each with how many."""
    counts: dict[str, int] = values["bench"].forms
    chosen = values["narrowed"].form
    names = [n for n in visit.catalog.forms if counts.get(n) or n == chosen]
    return [(n, visit.text(visit.catalog.forms[n].title), counts.get(n, 0)) for n in names]


def _states(visit: Visit, chosen: str | None) -> list[tuple[str, str]]:
    form: Form | None = visit.catalog.forms.get(chosen or "")
    if form is None or form.workflow is None:
        return []
    return [(name, visit.text(state.title)) for name, state in form.workflow.states.items()]


def _address(tab: str, narrowed: Narrowed, more: Mapping[str, Any]) -> str:
    """The page with these parts of the question changed; what is empty is left out."""
    now = {
        "tab": tab,
        "form": narrowed.form,
        "state": narrowed.state,
        "late": "1" if narrowed.late else "",
        "q": narrowed.q,
    }
    return "/tasks?" + urlencode({name: value for name, value in {**now, **more}.items() if value})
