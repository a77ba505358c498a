"""Prints over the API: a record as a Word or Excel file, a page or PDF, entered into its history as in the browser."""

from __future__ import annotations

from starlette.responses import Response

from engine.problems import Refused, problem
from engine.problems.api import BAD_PARAMETER
from engine.texts import text
from engine.web.api_call import Call
from engine.web.prints import made, saved


def make(call: Call) -> Response:
    """Print one record; `as=pdf` of a template that is a page."""
    form, id = call.form(), call.id()
    wanted = call.query(("as",)).get("as", "")
    if wanted not in ("", "pdf"):
        raise Refused(problem(BAD_PARAMETER, field="as", name="as", expected=text("pdf，或不写", "pdf, or nothing")))
    return saved(made(call.engine, call.actor, form.name, (id,), call.path("name"), wanted == "pdf"))
