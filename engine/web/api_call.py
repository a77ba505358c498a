"""One call of the API: who asks, what was sent, and how an answer or a refusal becomes JSON.

Why: the replies beside this file are plain functions `call -> Response` in a worker thread. Reading the body, finding the
person behind a token or a session, choosing the method, and wording problems happen around them, once for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson
from jsonschema import Draft202012Validator
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from engine.definitions.model import Form
from engine.engine import Engine
from engine.problems import Problem, Refused, nearest, problem
from engine.problems.api import (
    BAD_TOKEN,
    BROKEN_JSON,
    NO_METHOD,
    NO_TOKEN,
    NOT_AN_OBJECT,
    UNKNOWN_PARAMETER,
    WRONG_TYPE,
)
from engine.problems.record import NO_FORM, NOT_FOUND
from engine.problems.web import BAD_BODY
from engine.runtime import sessions
from engine.runtime.access import may
from engine.runtime.values import Actor
from engine.texts import LANGUAGES
from engine.web.api_problems import PROBLEM, document
from engine.web.errors import failure
from engine.web.session import identify
from engine.web.visit import preferred

JSON, MULTIPART = "application/json", "multipart/form-data"
MOST = 2**63 - 1
"""The largest id there can be."""

Reply = Callable[["Call"], Response]
FORMATS = Draft202012Validator.FORMAT_CHECKER


class Call:
    """A request to the API. `caller` names who asks for the repeat guard (`token:7`, `person:3`); `raw` is the JSON object
    that was sent, once the reply has read it; `echo` the same with the record's fields at the top, where they are not
    there already; `contract` the JSON Schema it had to fit. `unfit`: what was asked is well-formed, but doesn't fit the definitions."""

    def __init__(
        self, request: Request, engine: Engine, actor: Actor, caller: str, body: bytes, posted: FormData | None
    ) -> None:
        self.request, self.engine, self.caller, self.body, self.posted = request, engine, caller, body, posted
        self.catalog = engine.catalog
        self.actor = actor
        self.raw: Mapping[str, Any] = {}
        self.echo: Mapping[str, Any] | None = None
        self.contract: Mapping[str, Any] | None = None
        self.unfit = False

    @property
    def language(self) -> str:
        """The language that answers are worded in."""
        return self.actor.language

    def path(self, name: str) -> str:
        """A part of the address."""
        return str(self.request.path_params[name])

    def form(self) -> Form:
        """The form that the address names. Refused when there is none, or nothing in it is this person's business: of one
        whose records bring tasks, any record may be."""
        name = self.path("form")
        found = self.catalog.forms.get(name)
        if found is None or not (found.tasked or concerns(found, self.actor)):
            raise Refused(problem(NO_FORM, name=name[:80]))
        return found

    def id(self, name: str = "id") -> int:
        """The number in the address. Refused with `not_found` when it is none that a record could have."""
        given = self.path(name)
        if not given.isascii() or not given.isdigit() or len(given) > 19 or not 1 <= int(given) <= MOST:
            raise Refused(problem(NOT_FOUND))
        return int(given)

    def query(self, known: Iterable[str]) -> dict[str, str]:
        """The query parameters, of which only `known` ones may be there, each once."""
        names = list(known)
        found: dict[str, str] = {}
        for name, value in self.request.query_params.multi_items():
            if name not in names or name in found:
                near = nearest(name, names) or "–"
                raise Refused(problem(UNKNOWN_PARAMETER, field=name[:80], name=name[:80], nearest=near))
            found[name] = value
        return found

    def json(self, *, empty: bool = False) -> Mapping[str, Any]:
        """The JSON object that was sent; `empty`: nothing at all counts as {}. Refused: 400 or 415."""
        if not self.body and empty:
            return self.raw
        given = self.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if given != JSON and not (given.startswith("application/") and given.endswith("+json")):
            raise Refused(problem(WRONG_TYPE, expected=JSON, given=given[:80] or "–"))
        try:
            read = orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise Refused(problem(BROKEN_JSON, reason=str(error)[:200])) from None
        if not isinstance(read, dict):
            raise Refused(problem(NOT_AN_OBJECT))
        self.raw = read
        return read


def concerns(form: Form, actor: Actor) -> bool:
    """Whether anything in this form is this person's business."""
    return may(form, actor, "view") or may(form, actor, "create")


def answer(value: Any, status: int = 200, **headers: str) -> Response:
    """JSON with headers (`_` stands for `-`)."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(orjson.dumps(value), status, named, JSON)


class Resource:
    """The methods of one address. Also an ASGI application, so that the router leaves all methods to it."""

    def __init__(self, **methods: Reply) -> None:
        self.methods = {name.upper(): reply for name, reply in methods.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read what is sent, then answer from a worker thread."""
        request = Request(scope, receive)
        if request.method in ("GET", "HEAD", "OPTIONS"):
            response = await run_in_threadpool(self.respond, request, b"", None)
        elif request.headers.get("content-type", "").startswith(MULTIPART):
            try:
                posted = await request.form(max_files=1, max_fields=20)
                response = await run_in_threadpool(self.respond, request, b"", posted)
            except HTTPException:
                response = self._told(request, None, [problem(BAD_BODY)])
            finally:
                await request.close()
        else:
            response = await run_in_threadpool(self.respond, request, await request.body(), None)
        await response(scope, receive, send)

    def respond(self, request: Request, body: bytes, posted: FormData | None) -> Response:
        """The reply, or the problem document of what it refused or failed at."""
        engine: Engine = request.app.state.engine
        call: Call | None = None
        try:
            actor, caller = who(engine, request)
            call = Call(request, engine, actor, caller, body, posted)
            reply = self.methods.get("GET" if request.method == "HEAD" else request.method)
            if reply is None:
                raise Refused(problem(NO_METHOD, method=request.method[:20], allowed=", ".join(self.methods)))
            return reply(call)
        except Refused as refused:
            return self._told(request, call, refused.problems)
        except Exception as error:  # the last line of defence: logged with its trace under a number
            return self._told(request, call, [failure(request.url.path, error)])

    def _told(self, request: Request, call: Call | None, problems: Iterable[Problem]) -> Response:
        found = list(problems)
        language = call.language if call is not None else preferred(request)
        raw = (call.raw if call.echo is None else call.echo) if call is not None else {}
        made = document(found, language, request.url.path, raw, status_of(found, call))
        headers = {}
        if made["status"] == 405:
            headers["allow"] = ", ".join(self.methods)
        if made["status"] == 401:
            headers["www-authenticate"] = "Bearer" + (' error="invalid_token"' if found[0].code == BAD_TOKEN else "")
        return Response(orjson.dumps(made), made["status"], headers, PROBLEM)


def who(engine: Engine, request: Request) -> tuple[Actor, str]:
    """The actor behind a token, else behind a session; and what to call them. Refused with 401 when there is none.

    With an Authorization header cookies are not looked at.
    """
    header = request.headers.get("authorization")
    if header is None:
        known = identify(engine, request).actor
        if known is None:
            raise Refused(problem(NO_TOKEN))
        return spoken(replace(known, channel="api"), request), f"person:{known.id}"
    scheme, _, value = header.partition(" ")
    found = sessions.bearer(engine.store, value.strip(), engine.clock()) if scheme.lower() == "bearer" else None
    if found is None:
        raise Refused(problem(BAD_TOKEN))
    return spoken(found[0], request), f"token:{found[1]}"


def spoken(actor: Actor, request: Request) -> Actor:
    """The actor in the language that the request asks for, else in their own."""
    for part in request.headers.get("accept-language", "").split(","):
        language = part.split(";")[0].strip().lower().split("-")[0]
        if language in LANGUAGES:
            return replace(actor, language=language)
    return actor


# -- problems ----------------------------------------------------------------------------------------------------------


def status_of(problems: list[Problem], call: Call | None) -> int:
    """The status of an answer with these problems.

    422 says that the body doesn't fit its JSON Schema. A body that does fit, and is refused for the data as they are now
    (a reference to nothing, a rule, a field that doesn't apply), gets 409.
    """
    status = problems[0].status
    if call is not None and call.unfit and status in (400, 422):
        return 409
    if status != 422 or call is None or call.contract is None:
        return status
    return 409 if fits(call.contract, call.raw) else 422


def fits(contract: Mapping[str, Any], raw: Any) -> bool:
    """Whether a value fits a JSON Schema, formats included."""
    return bool(_validator(orjson.dumps(contract)).is_valid(raw))


@lru_cache(maxsize=256)
def _validator(contract: bytes) -> Draft202012Validator:
    return Draft202012Validator(orjson.loads(contract), format_checker=FORMATS)
