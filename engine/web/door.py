"""How a request becomes a visit, and what a page refuses or fails at becomes an answer.

Why: pages are plain functions. Here, once for all of them, the body is read, the person is found, whoever isn't
signed in is sent to the login, the work is done in a worker thread, and nothing that goes wrong reaches anybody as
a stack trace.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from engine.engine import Engine
from engine.problems import Refused
from engine.web.errors import failure, refused
from engine.web.guard import MB
from engine.web.session import identify, turned_away
from engine.web.toasts import forget_toast, waiting_toast
from engine.web.visit import Page, Visit

FIELDS = 50_000
"""How many names a posted form may have: a line table of a thousand rows and forty columns fits."""

FILES = 100
"""How many files may come with one form."""

Endpoint = Callable[[Request], Awaitable[Response]]


def page(show: Page, *, open: bool = False) -> Endpoint:
    """The endpoint of a page. `open`: also for those who aren't signed in."""

    async def endpoint(request: Request) -> Response:
        if request.method != "POST":
            return await run_in_threadpool(answer, show, request, FormData(), open)
        async with request.form(max_files=FILES, max_fields=FIELDS, max_part_size=8 * MB) as posted:
            return await run_in_threadpool(answer, show, request, posted, open)

    return endpoint


def answer(show: Page, request: Request, posted: FormData, open: bool) -> Response:
    """What the page answers, or what is said of its refusal."""
    engine: Engine = request.app.state.engine
    known = identify(engine, request)
    visit = Visit(request, engine, known.actor, known.theme, posted, known.density, known.letters)
    try:
        if known.actor is None and not open:
            return turned_away(visit)
        if known.temporary and not open and _is_page(visit):
            return visit.go("/me")
        response = show(visit)
    except Refused as found:
        return refused(visit, found.problems)
    except Exception as error:
        return refused(visit, [failure(request.url.path, error)])
    if visit.shows_toast and waiting_toast(request):
        forget_toast(response)
    return response


def _is_page(visit: Visit) -> bool:
    """Whether a whole page is asked for, other than that on which a password is chosen."""
    request = visit.request
    whole = request.method == "GET" and not visit.partial and "text/html" in request.headers.get("accept", "")
    return whole and request.url.path != "/me"
