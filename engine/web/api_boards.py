"""Dashboards over the API: each with the data of all its widgets, as this person may see them."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from engine.definitions.model import Catalog, Dashboard, DashboardFilter
from engine.problems import Problem, Refused, problem
from engine.problems.api import BAD_PARAMETER
from engine.problems.web import NO_DASHBOARD
from engine.runtime.access import may
from engine.runtime.periods import NAMES
from engine.runtime.values import Actor
from engine.texts import text
from engine.web.api_call import Call, answer
from engine.web.errors import failure

DAY = r"(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
PERIOD = rf"^(?:{'|'.join(NAMES)}|{DAY}\.\.(?:{DAY})?|\.\.{DAY})$"
"""How a period is written in the document: names, or days, of which the 29th to 31st are taken too where they exist."""

_LENIENT = re.compile(PERIOD.replace("1[0-9]|2[0-8]", "[12][0-9]|3[01]"))


def boards(actor: Actor, catalog: Catalog) -> list[Dashboard]:
    """The dashboards that are for this person."""
    return [b for b in catalog.dashboards.values() if actor.admin or b.roles & actor.roles]


def listing(call: Call) -> Response:
    """The dashboards with their filters and widgets."""
    call.query(())
    return answer({"dashboards": [_head(call, b) for b in boards(call.actor, call.catalog)]})


def read(call: Call) -> Response:
    """One dashboard: every widget's data, narrowed by the filters in the address."""
    name = call.path("name")
    board = next((b for b in boards(call.actor, call.catalog) if b.name == name), None)
    if board is None:
        raise Refused(problem(NO_DASHBOARD, name=name[:80]))
    given = call.query(board.filters)
    for key, value in given.items():
        if is_period(call.catalog, board.filters[key]) and not _LENIENT.fullmatch(value):
            words = text(
                "一个时间范围，如 this_month 或 2026-01-01..2026-03-31",
                "a period, such as this_month or 2026-01-01..2026-03-31",
            )
            raise Refused(problem(BAD_PARAMETER, field=key, name=key, expected=words))
    widgets = {n: _widget(call, board, n, given) for n, w in board.widgets.items() if _seen(call, w.form)}
    return answer({**_head(call, board), "widgets": widgets})


def is_period(catalog: Catalog, one: DashboardFilter) -> bool:
    """Whether a filter narrows days or moments; else it wants a value of the field that it narrows."""
    for shape, name in one.fields.items():
        found = catalog.field(shape, name)
        if found is not None:
            return found.field.kind in ("date", "instant")
    return True


def _seen(call: Call, shape: str) -> bool:
    form = call.catalog.forms.get(shape.partition(".")[0])
    return form is not None and may(form, call.actor, "view")


def _head(call: Call, board: Dashboard) -> dict[str, Any]:
    filters = [
        {"name": f.name, "title": f.title.to(call.language), "period": is_period(call.catalog, f), "default": f.default}
        for f in board.filters.values()
    ]
    names = [n for n, w in board.widgets.items() if _seen(call, w.form)]
    return {"name": board.name, "title": board.title.to(call.language), "filters": filters, "widgets": names}


def _widget(call: Call, board: Dashboard, name: str, filters: dict[str, str]) -> dict[str, Any]:
    """One widget's data, or why there is none: a question that fails doesn't take the others with it."""
    widget = board.widgets[name]
    made: dict[str, Any] = {
        "title": widget.title.to(call.language),
        "type": widget.chart.name,
        "data": None,
        "problem": None,
    }
    try:
        made["data"] = widget.chart.data(call.engine.widget(call.actor, board.name, name, filters))
    except Refused as refused:
        made["problem"] = _told(refused.problems[0], call.language)
    except Exception as error:  # the other widgets go on; logged with its trace under a number
        made["problem"] = _told(failure(call.request.url.path, error), call.language)
    return made


def _told(found: Problem, language: str) -> dict[str, Any]:
    return {"code": found.code, "message": found.message(language), "remedy": found.remedy(language) or None}
