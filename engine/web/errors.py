"""What is refused or goes wrong, in a person's words: what, why, what to do, and a number to tell an administrator.

Why: nobody may ever see a stack trace or a bare "forbidden". Everything arrives here as problems of the catalogue; a
failure that nobody foresaw gets a number, which stands in the log beside its trace.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from engine.problems import Problem, problem
from engine.problems.web import BAD_BODY, FAILED, NO_PAGE, TOO_LARGE_BODY, WRONG_METHOD
from engine.web.api_problems import PROBLEM, document
from engine.web.render import fragment, plain_page, respond
from engine.web.visit import Visit, preferred

LOG = logging.getLogger("formloom.web")
BY_STATUS = {404: NO_PAGE, 405: WRONG_METHOD}
ICONS = {403: "lock", 404: "search", 409: "alert-triangle", 413: "upload"}


def wants_json(request: Request) -> bool:
    """Whether a script or program asked, rather than a person's browser for a page."""
    if request.url.path.startswith("/api/"):
        return True
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


def as_json(problems: Sequence[Problem], language: str, path: str = "") -> Response:
    """The problems as one problem document (RFC 9457); `path` is the address that was asked."""
    return JSONResponse(document(problems, language, path, {}), problems[0].status, media_type=PROBLEM)


def refused(visit: Visit, problems: Sequence[Problem]) -> Response:
    """The page, part or document that says why. A part becomes a toast that stays until it is closed."""
    if wants_json(visit.request):
        return as_json(problems, visit.language, visit.request.url.path)
    first, status = problems[0], problems[0].status
    if visit.someone is None:
        return bare(visit.request, first)
    template = "parts/refused.html" if visit.partial else "error.html"
    answer = fragment if visit.partial else respond
    told = 409 if visit.partial and status < 500 else status
    response = answer(visit, template, told, problems=problems, icon_name=ICONS.get(status, "alert-circle"))
    if visit.partial:
        response.headers["HX-Retarget"] = "#fl-dialog"
        response.headers["HX-Reswap"] = "innerHTML"
    return response


def bare(request: Request, refusal: Problem) -> Response:
    """The same for a request of which nobody is known yet."""
    language = preferred(request)
    if wants_json(request):
        return as_json([refusal], language, request.url.path)
    return plain_page(
        language, request.cookies.get("fl_theme", "system"), "error_plain.html", refusal.status,
        problem=refusal, icon_name=ICONS.get(refusal.status, "alert-circle"),
    )  # fmt: skip


def failure(path: str, error: BaseException) -> Problem:
    """Log what nobody foresaw under a new number, and give the problem that names it."""
    number = f"E-{secrets.token_hex(3).upper()}"
    LOG.error("%s %s", number, path, exc_info=error)
    return problem(FAILED, number=number)


async def http_error(request: Request, error: Exception) -> Response:
    """Starlette's own refusals: no such page, wrong method, a body that can't be read."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 413:
        return bare(request, problem(TOO_LARGE_BODY, limit=8))
    code = BY_STATUS.get(status)
    return bare(request, problem(code) if code else problem(BAD_BODY))


async def crash(request: Request, error: Exception) -> Response:
    """Whatever else escaped from a handler."""
    return bare(request, failure(request.url.path, error))
