"""What every request passes before it is looked at: where it comes from, how large it is, and what the answer must say.

Why: no page can forget it. Three plain ASGI layers, so that streams stay streams; none of them knows of people.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.problems import Problem, problem
from engine.problems.web import FOREIGN_ORIGIN, TOO_LARGE_BODY
from engine.settings import Settings

HOOKS = "/hooks/"
"""Where other systems send messages."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
MB = 1024 * 1024
UPLOAD_MB, BODY_MB = 100, 8
"""How much may be sent where files go (`/files`, `/api/files`, a form's `/import`), and to anything else."""

POLICY = "default-src 'self'; img-src {pictures}; object-src 'none'; base-uri 'none'; frame-ancestors {framed}; form-action 'self'"
DRAWER = "drawer=1"
"""In the address of a page that one of ours shows in a drawer, so in a frame. No other page may be framed, and none by others."""

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


def pictures_from(settings: Settings) -> str:
    """Where the pages' pictures may come from: from here, and the tiles of maps from the server that the settings name."""
    tiles = urlsplit(settings.map_tiles)
    return "'self' data:" + (f" {tiles.scheme}://{tiles.netloc}" if settings.map_tiles else "")


Answer = Callable[[Request, Problem], Response]
"""Words a problem for the person or program that asked."""


def foreign(method: str, headers: Headers) -> bool:
    """Whether an unsafe request was sent by a page of another site.

    Browsers say so themselves (`Sec-Fetch-Site`); older ones send `Origin`. A request with neither comes from
    no browser.
    """
    if method in SAFE:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")


class SameOrigin:
    """Refuses unsafe requests of other sites. A bearer token is no cookie, so such requests pass; so do messages to hooks,
    which prove themselves."""

    def __init__(self, app: ASGIApp, answer: Answer) -> None:
        self.app, self.answer = app, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on, or answer 403."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            bearer = headers.get("authorization", "").lower().startswith("bearer ")
            proven = bearer or scope["path"].startswith(HOOKS)
            if not proven and foreign(scope["method"], headers):
                response = self.answer(Request(scope), problem(FOREIGN_ORIGIN))
                await response(scope, receive, send)
                return
        await self.app(scope, receive, send)


class _TooLarge(Exception):
    """More came than was announced."""


class BodyLimit:
    """Refuses a body that is announced as, or turns out to be, too large."""

    def __init__(self, app: ASGIApp, answer: Answer) -> None:
        self.app, self.answer = app, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on, or answer 413."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        files = scope["path"] in ("/files", "/api/files") or scope["path"].endswith("/import")
        limit = (UPLOAD_MB if files else BODY_MB) * MB
        length = Headers(scope=scope).get("content-length", "")
        refusal = problem(TOO_LARGE_BODY, limit=limit // MB)
        if length.isdigit() and int(length) > limit:
            await self.answer(Request(scope), refusal)(scope, receive, send)
            return
        seen, started = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise _TooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, counted, noted)
        except _TooLarge:
            if started:
                raise
            await self.answer(Request(scope), refusal)(scope, receive, send)


class SafeAnswers:
    """Puts the security headers on every answer, and keeps all but static files out of caches."""

    def __init__(self, app: ASGIApp, *, secure: bool, pictures: str) -> None:
        self.app, self.secure = app, secure
        self.headers = {"content-security-policy": POLICY.format(pictures=pictures, framed="'none'"), **HEADERS}
        self.in_drawer = {**self.headers, "content-security-policy": POLICY.format(pictures=pictures, framed="'self'")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on with more headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        given = self.in_drawer if DRAWER.encode() in scope["query_string"].split(b"&") else self.headers

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in given.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
                if self.secure:
                    headers.setdefault("strict-transport-security", "max-age=31536000")
            await send(message)

        await self.app(scope, receive, dressed)
