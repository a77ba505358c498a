"""What others do reaches open pages, and only what their person may see: streams of a real server, read as browsers do."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest
import uvicorn

from engine.problems import Refused
from engine.runtime import live, people, sessions
from engine.runtime.live import Live, Written
from engine.web.app import create_app
from tests.firm import Build, Firm
from tests.web.conftest import FILES

OWN = """
title: {zh: 便签, en: Notes}
fields:
  words: {type: text, title: {zh: 内容, en: Words}, required: true}
access:
  clerk: {can: [view, create, edit, delete], where: owner = user}
  boss:  {can: [view, create, edit, delete]}
"""


class Stream:
    """An open stream; `event()` waits for the next one that has a name."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.answer, self.mark = answer, ""
        self._lines = answer.iter_lines()

    def event(self) -> tuple[str, Any]:
        name = ""
        for line in self._lines:
            if line.startswith("id: "):
                self.mark = line[4:]
            elif line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                return name, json.loads(line[6:])
        return "closed", None

    def news(self) -> dict[str, Any]:
        name, data = self.event()
        assert name == "news", (name, data)
        return dict(data)


Listen = Callable[..., Stream]


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    firm = engine_of({**FILES, "forms/jotting.yaml": OWN})
    for login, role in (("carl", "clerk"), ("cleo", "clerk"), ("bea", "boss"), ("gus", "guest")):
        firm.person(login, role)
    firm.engine.submit(firm.who("bea"), "customer", {"name": "Ann & Sons"})
    return firm


@pytest.fixture
def server(firm: Firm) -> Iterator[str]:
    """The address of a server of this firm, in a thread."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(create_app(firm.engine), port=port, log_level="error", timeout_graceful_shutdown=2)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    firm.engine.live.stop()
    running.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


@pytest.fixture
def cookie(firm: Firm) -> Callable[[str], str]:
    """A session of somebody: the cookie's value."""

    def begin(login: str) -> str:
        id = firm.who(login).id
        assert id is not None
        return firm.engine.store.write(lambda conn: sessions.begin(conn, id, firm.clock()))

    return begin


@pytest.fixture
def listen(server: str, cookie: Callable[[str], str]) -> Iterator[Listen]:
    """Opens a stream as somebody; it is up when it comes back. Everything after `since` is told."""
    with ExitStack() as stack:

        def open_stream(login: str, signed: str | None = None, **asked: str) -> Stream:
            client = stack.enter_context(httpx2.Client(timeout=20, cookies={"fl_session": signed or cookie(login)}))
            return Stream(stack.enter_context(client.stream("GET", f"{server}/live", params=asked)))

        yield open_stream


def sold(firm: Firm, who: str = "carl") -> int:
    raw = {"customer": "1", "kind": "shop", "items": [{"what": "Tea", "quantity": "2", "price": "3.50"}]}
    return firm.engine.submit(firm.who(who), "sale", raw).record.id or 0


def test_an_event_arrives_for_somebody_who_may_see_the_record(firm: Firm, listen: Listen) -> None:
    bea = listen("bea", since=firm.engine.live.mark())
    id = sold(firm)
    found = bea.news()
    assert found["changes"] == [
        {"form": "sale", "record": id, "version": 1, "kind": "create", "who": "Carl", "mine": False}
    ]
    assert not found["missed"]
    assert found["counts"] == {"sale": 0, "tasks": 0, "notices": 0}


def test_what_one_did_oneself_is_told_as_ones_own(firm: Firm, listen: Listen) -> None:
    carl = listen("carl", since=firm.engine.live.mark())
    sold(firm)
    assert carl.news()["changes"][0]["mine"]


def test_counts_follow_what_waits(firm: Firm, listen: Listen) -> None:
    id = sold(firm)
    mark = firm.engine.live.mark()
    bea, carl = listen("bea", since=mark), listen("carl", since=mark)
    firm.engine.act(firm.who("carl"), "sale", id, "send")
    assert bea.news()["counts"] == {"sale": 1, "tasks": 1, "notices": 0}
    assert carl.news()["counts"] == {"sale": 0, "tasks": 0, "notices": 0}


def test_nobody_hears_of_a_record_that_they_may_not_see(firm: Firm, listen: Listen) -> None:
    mark = firm.engine.live.mark()
    cleo, bea = listen("cleo", since=mark), listen("bea", since=mark)
    hidden = firm.new(firm.who("carl"), "jotting", words="mine")
    assert [one["record"] for one in bea.news()["changes"]] == [hidden]
    seen = sold(firm)
    changes = [one for found in [cleo.news()] for one in found["changes"]]
    while not any(one["form"] == "sale" for one in changes):
        changes += cleo.news()["changes"]
    assert [(one["form"], one["record"]) for one in changes] == [("sale", seen)]


def test_nobody_hears_of_forms_that_are_not_theirs(firm: Firm, listen: Listen) -> None:
    gus = listen("gus", since=firm.engine.live.mark())
    id = sold(firm)
    firm.engine.act(firm.who("carl"), "sale", id, "send")
    found = gus.news()
    assert found["changes"] == []
    assert found["counts"] == {"tasks": 0, "notices": 0}


def test_after_a_rollback_nothing_is_told(firm: Firm, listen: Listen) -> None:
    carl = firm.who("carl")
    mark = firm.engine.live.mark()
    bea = listen("bea", since=mark)

    def half(work: Any) -> None:
        work.written.append(Written("customer", 1, 2, "edit", carl.id))
        raise ValueError("not to be")

    with pytest.raises(ValueError, match="not to be"):
        firm.engine.write(carl, half)
    with pytest.raises(Refused):
        firm.engine.submit(carl, "sale", {"customer": "1"})
    assert firm.engine.live.mark() == mark
    id = sold(firm)
    assert [(one["form"], one["record"]) for one in bea.news()["changes"]] == [("sale", id)]


def test_a_record_that_is_gone_is_told_to_those_who_look_at_it(firm: Firm, listen: Listen) -> None:
    mine = firm.new(firm.who("carl"), "jotting", words="a")
    mark = firm.engine.live.mark()
    looking = listen("carl", form="jotting", record=str(mine), since=mark)
    stranger = listen("cleo", form="jotting", record=str(mine), since=mark)
    firm.engine.remove(firm.who("bea"), "jotting", mine)
    assert [one["kind"] for one in looking.news()["changes"]] == ["gone"]
    sold(firm)
    assert all(one["form"] == "sale" for one in stranger.news()["changes"])


def test_a_comment_is_told_without_a_new_version(firm: Firm, listen: Listen) -> None:
    id = sold(firm)
    bea = listen("bea", since=firm.engine.live.mark())
    firm.engine.comment(firm.who("carl"), "sale", id, "Please look")
    (told,) = bea.news()["changes"]
    assert (told["kind"], told["version"]) == ("comment", 1)


def test_what_happened_while_nobody_was_connected_comes_later(firm: Firm, listen: Listen) -> None:
    first = listen("bea", since=firm.engine.live.mark())
    before = sold(firm)
    assert first.news()["changes"][0]["record"] == before
    after = sold(firm)
    again = listen("bea", since=first.mark)
    assert [one["record"] for one in again.news()["changes"]] == [after]


@pytest.mark.parametrize("since", ["elsewhere-3", "nonsense"])
def test_a_mark_of_another_run_means_that_something_was_missed(firm: Firm, listen: Listen, since: str) -> None:
    assert listen("bea", since=since).news()["missed"]


def test_a_stream_ends_with_its_session(firm: Firm, listen: Listen, cookie: Callable[[str], str], server: str) -> None:
    signed = cookie("bea")
    one, other = listen("bea", signed, since=firm.engine.live.mark()), listen("bea", since=firm.engine.live.mark())
    httpx2.post(f"{server}/logout", cookies={"fl_session": signed})
    assert one.event() == ("end", {"why": "signed_out"})
    sold(firm)
    assert other.news()["changes"]


def test_a_stream_ends_when_its_person_is_closed(firm: Firm, listen: Listen) -> None:
    id = firm.who("bea").id
    assert id is not None
    bea = listen("bea", since=firm.engine.live.mark())
    firm.engine.store.write(lambda conn: people.update_person(conn, id, {"active": False}))
    sold(firm)
    assert bea.event() == ("end", {"why": "signed_out"})


def test_the_oldest_stream_of_a_person_makes_room(firm: Firm, listen: Listen) -> None:
    oldest = listen("bea")
    others = [listen("bea") for _ in range(live.EACH)]
    assert oldest.event() == ("end", {"why": "full"})
    sold(firm)
    assert others[-1].news()["changes"]


def test_streams_end_when_the_server_stops(firm: Firm, listen: Listen) -> None:
    bea = listen("bea")
    firm.engine.live.stop()
    assert bea.event() == ("end", {"why": "stopped"})


def test_a_stream_that_left_is_forgotten(firm: Firm, server: str, cookie: Callable[[str], str]) -> None:
    with (
        httpx2.Client(timeout=20, cookies={"fl_session": cookie("bea")}) as client,
        client.stream("GET", f"{server}/live") as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()  # kept: a generator that is thrown away closes the stream
        assert next(lines).startswith("retry:")
        assert len(firm.engine.live) == 1
    sold(firm)
    for _ in range(500):
        if not len(firm.engine.live):
            break
        httpx2.get(f"{server}/healthz")
    assert len(firm.engine.live) == 0


def test_nobody_listens_without_being_signed_in(server: str) -> None:
    assert httpx2.get(f"{server}/live").status_code == 401
    assert httpx2.get(f"{server}/live", cookies={"fl_session": "forged"}).status_code == 401


# -- the hub alone -----------------------------------------------------------------------------------------------------


def wrote(id: int, version: int = 1, form: str = "sale") -> Written:
    return Written(form, id, version, "edit", 1)


def test_a_listener_keeps_the_newest_of_each_record() -> None:
    hub, rung = Live(), []
    one = hub.listen(1, "s", lambda: rung.append(1))
    hub.publish([wrote(1), wrote(2)])
    hub.publish([wrote(1, 2)])
    assert hub.take(one).written == (wrote(2), wrote(1, 2))
    assert hub.take(one).written == ()
    assert len(rung) == 2


def test_a_slow_listener_holds_no_more_than_so_much() -> None:
    hub = Live()
    one = hub.listen(1, "s", lambda: None)
    for id in range(live.WAITING + 5):
        hub.publish([wrote(id)])
    taken = hub.take(one)
    assert taken.missed
    assert len(taken.written) <= live.WAITING


def test_a_mark_too_far_back_means_that_something_was_missed() -> None:
    hub = Live()
    mark = hub.mark()
    for id in range(live.KEPT + 1):
        hub.publish([wrote(id)])
    assert hub.take(hub.listen(1, "s", lambda: None, mark)).missed
    hub.publish([wrote(1, 7)])
    later = hub.listen(2, "s", lambda: None, hub.mark())
    assert hub.take(later).written == ()


def test_only_those_who_were_told_something_wake_for_notices() -> None:
    hub, rung = Live(), []
    hub.listen(1, "a", lambda: rung.append(1))
    hub.listen(2, "b", lambda: rung.append(2))
    hub.publish([], [2])
    assert rung == [2]


def test_a_listener_whose_loop_is_gone_harms_nobody() -> None:
    loop = asyncio.new_event_loop()
    hub = Live()
    one = hub.listen(1, "s", lambda: [loop.call_soon_threadsafe(print)].clear())
    loop.close()
    hub.publish([wrote(1)])
    assert one.ended == live.STOPPED
