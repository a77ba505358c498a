"""What others do reaches open pages: one stream of server-sent events for each, of what its person may see.

Why: counts, lists and open records should be of this moment without anybody pressing reload. A stream costs no thread:
it sleeps until something was committed, then asks once, in a worker, what of it this person may hear, at most once a
second. A page names the moment it was made (`since`), so nothing between that and its connection is lost.

`news` {changes: [{form, record, version, kind, who, mine}], missed, counts}; `end` {why: full, signed_out or stopped}.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from engine.engine import Engine
from engine.runtime import news, people, sessions
from engine.runtime.live import SIGNED_OUT, Listener, Taken
from engine.runtime.values import Actor
from engine.web.notices import counted
from engine.web.session import cookie_name
from engine.web.visit import preferred

HEARTBEAT = 15.0
"""Seconds after which a silent stream says that it is alive, and looks whether its session still is."""

PACE = 1.0
"""Seconds between two pieces of news at least."""

RETRY = 3000
"""Milliseconds after which a browser comes back to a stream that broke."""


@dataclass
class Ear:
    """A stream: whose it is, and which record (form, id) the page shows, if its person was allowed to see it."""

    engine: Engine
    cookie: str
    language: str
    watched: frozenset[tuple[str, int]] = frozenset()
    told: dict[str, int] | None = None

    def actor(self) -> Actor | None:
        """Who is signed in with this cookie now, with the roles of now; their session isn't prolonged by listening."""
        with self.engine.store.read() as conn:
            found = sessions.session(conn, self.cookie, self.engine.clock())
            return people.actor(conn, found.person, "browser", self.language) if found is not None else None

    def watch(self, actor: Actor, form: str, record: str) -> None:
        """The page shows this record; forgotten unless the person may see it now."""
        if form and record.isdigit() and len(record) < 16:
            id = int(record)
            if self.engine.read(actor, lambda work: news.watchable(work, form, id)):
                self.watched = frozenset({(form, id)})

    def news(self, taken: Taken) -> dict[str, Any] | None:
        """What the person hears; {} when nothing of it is their business, None when they aren't signed in any more."""
        actor = self.actor()
        if actor is None:
            return None
        found = self.engine.read(actor, lambda work: news.news(work, taken.written, self.watched))
        counts = counted(self.engine.catalog, actor, found.counts, found.unread)
        if not found.heard and not taken.missed and counts == self.told:
            return {}
        self.told = counts
        return {"changes": [asdict(one) for one in found.heard], "missed": taken.missed, "counts": counts}


async def live(request: Request) -> Response:
    """The stream; 401 for those who aren't signed in, which a browser doesn't try again."""
    engine: Engine = request.app.state.engine
    cookie = request.cookies.get(cookie_name(engine, request), "")
    ear = Ear(engine, cookie, preferred(request))
    actor = await run_in_threadpool(ear.actor) if cookie else None
    if actor is None or actor.id is None:
        return Response(status_code=401)
    asked = request.query_params
    await run_in_threadpool(ear.watch, actor, asked.get("form", ""), asked.get("record", ""))
    since = request.headers.get("last-event-id") or asked.get("since", "")
    return StreamingResponse(
        stream(ear, actor.id, since), media_type="text/event-stream", headers={"x-accel-buffering": "no"}
    )


async def stream(ear: Ear, person: int, since: str) -> AsyncIterator[str]:
    """The words of the stream, until the page leaves, its session ends or the server stops."""
    loop, bell = asyncio.get_running_loop(), asyncio.Event()
    listener = ear.engine.live.listen(person, sessions.digest(ear.cookie), partial(_ring, loop, bell), since)
    try:
        yield f"retry: {RETRY}\n\n"
        async for words in _heard(ear, listener, bell):
            yield words
        yield said("end", {"why": listener.ended})
    finally:
        ear.engine.live.leave(listener)


def _ring(loop: asyncio.AbstractEventLoop, bell: asyncio.Event) -> None:
    """Wake the stream, from whatever thread."""
    loop.call_soon_threadsafe(bell.set)


async def _heard(ear: Ear, listener: Listener, bell: asyncio.Event) -> AsyncIterator[str]:
    while not listener.ended:
        try:
            await asyncio.wait_for(bell.wait(), HEARTBEAT)
        except TimeoutError:
            if await run_in_threadpool(ear.actor) is None:
                listener.end(SIGNED_OUT)
            yield ": \n\n"
            continue
        bell.clear()
        if listener.ended:
            return
        taken = ear.engine.live.take(listener)
        found = await run_in_threadpool(ear.news, taken)
        if found is None:
            listener.end(SIGNED_OUT)
            return
        if found:
            yield said("news", found, taken.mark)
        await _pause(listener)


async def _pause(listener: Listener) -> None:
    """A second, cut short when it is over."""
    for _ in range(5):
        if listener.ended:
            return
        await asyncio.sleep(PACE / 5)


def said(event: str, data: Any, mark: str = "") -> str:
    """One event in the words of the format; JSON has no line breaks of its own."""
    head = f"id: {mark}\n" if mark else ""
    return f"{head}event: {event}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"
