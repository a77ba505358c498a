"""One request as a page sees it: who asks, in which language, of which catalog, and the ways to answer.

Why: a page is a plain function `visit -> Response` that runs in a worker thread; reading the body, finding the person,
and wording what is refused happen around it, once for all pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from markupsafe import Markup, escape
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from engine.definitions.model import Catalog, Form, FormField
from engine.engine import Engine
from engine.fields.base import Place, Reader
from engine.problems import Refused, problem
from engine.problems.record import NO_FORM
from engine.runtime.access import may
from engine.runtime.record import Record
from engine.runtime.values import Actor
from engine.texts import LANGUAGES, Text, one_of
from engine.web.toasts import Said, waiting_toast
from engine.web.words import say

Page = Callable[["Visit"], Response]
"""A page: what is done with one request."""

DECORATION = re.compile(r'<(\w+)[^>]* aria-hidden="true"[^>]*>.*?</\1>', re.DOTALL)
"""An element that isn't read aloud."""


class Visit:
    """A request, and who makes it. `actor` None: nobody is signed in. `posted` is the form that was sent, empty
    for GET. `mark` is the place in what happens that the page is made at; it listens from there on."""

    def __init__(
        self,
        request: Request,
        engine: Engine,
        actor: Actor | None,
        theme: str,
        posted: FormData,
        density: str = "normal",
        letters: bool = True,
    ) -> None:
        self.request, self.engine, self.posted = request, engine, posted
        self.theme, self.density, self.letters = theme, density, letters
        self.shows_toast = False
        self.catalog: Catalog = engine.catalog
        self.mark = engine.live.mark()
        self.someone = actor
        self.language = actor.language if actor is not None else preferred(request)

    @property
    def actor(self) -> Actor:
        """Who is signed in. Only for pages that need it, which are not reached without."""
        assert self.someone is not None
        return self.someone

    @cached_property
    def reader(self) -> Reader:
        """How this person reads values."""
        return self.engine.reader(self.actor)

    def knows(self, records: Iterable[Record]) -> None:
        """Look up together what everything is called that these records point at, before they are shown."""
        self.reader = self.engine.reader(self.actor, records)

    def place(self, found: FormField, path: str) -> Place:
        """Where a value of this field stands while it is read."""
        return Place(path, found.title, zone=self.engine.settings.zone, options=found.options or None)

    def words(self, found: FormField, value: Any) -> str:
        """A value as this person reads it, as plain text: without what is only for the eye, such as a person's initials."""
        shown = escape(found.field.listed(value, self.reader))
        return Markup(DECORATION.sub("", shown)).striptags()

    def t(self, key: str, n: int | None = None, **facts: Any) -> str:
        """Words of the product, by key, in the person's language."""
        return say(self.language, key, n, **facts)

    def text(self, words: Text) -> str:
        """A definition's words in the person's language."""
        return words.to(self.language)

    def one(self, title: Text) -> str:
        """What one record of a form is called."""
        return one_of(self.text(title), self.language)

    def toast(self) -> Said | None:
        """The words about what has just happened, which this page shows and then forgets; None for none."""
        self.shows_toast = True
        return waiting_toast(self.request)

    @property
    def partial(self) -> bool:
        """Whether only a part of the page is asked for (and not a page restored from the browser's history)."""
        headers = self.request.headers
        return headers.get("hx-request") == "true" and headers.get("hx-history-restore-request") != "true"

    @property
    def in_drawer(self) -> bool:
        """Whether the page stands in a drawer beside another one: it has no menu, and where it would leave for says how
        it ended (`js/creating.js`)."""
        return self.arg("drawer") == "1"

    @property
    def here(self) -> str:
        """The address of the page that is looked at; of an answer to something sent, the start page."""
        url = self.request.url
        return "/" if self.request.method != "GET" else url.path + (f"?{url.query}" if url.query else "")

    def path(self, name: str) -> str:
        """A part of the address."""
        return str(self.request.path_params[name])

    def arg(self, name: str, default: str = "") -> str:
        """A parameter after the question mark."""
        return self.request.query_params.get(name, default)

    def args(self, name: str) -> list[str]:
        """All its values."""
        return self.request.query_params.getlist(name)

    def sent(self, name: str, default: str = "") -> str:
        """A posted text."""
        found = self.posted.get(name)
        return found if isinstance(found, str) else default

    def sent_all(self, name: str) -> list[str]:
        """All posted texts of that name."""
        return [v for v in self.posted.getlist(name) if isinstance(v, str)]

    def form(self, action: str = "view") -> Form:
        """The form that the address names. Refused when there is none, or nothing in it is this person's business: of one
        whose records bring tasks, any record may be."""
        name = self.path("form")
        found = self.catalog.forms.get(name)
        if found is None or not (found.tasked or any(may(found, self.actor, a) for a in (action, "view", "create"))):
            raise Refused(problem(NO_FORM, name=name[:80]))
        return found

    def record_id(self) -> int:
        """The record that the address names."""
        return int(self.path("id"))

    # -- answers -------------------------------------------------------------------------------------------------------

    def html(self, body: str, status: int = 200, **headers: str) -> Response:
        """A page or a part of one."""
        return HTMLResponse(body, status, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def json(self, value: Any, status: int = 200) -> Response:
        """Data for a script of ours."""
        return JSONResponse(value, status)

    def go(self, url: str) -> Response:
        """The browser goes there; a part's request makes the whole page go."""
        if self.partial:
            return Response(status_code=204, headers={"HX-Redirect": url})
        return RedirectResponse(url, status_code=303)


def preferred(request: Request) -> str:
    """The language of somebody who isn't signed in: what they chose, else what their browser asks for."""
    chosen = request.query_params.get("language") or request.cookies.get("fl_language") or ""
    if chosen in LANGUAGES:
        return chosen
    for part in request.headers.get("accept-language", "").split(","):
        language = part.split(";")[0].strip().lower().split("-")[0]
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]
