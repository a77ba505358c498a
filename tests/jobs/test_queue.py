"""What is deferred is done: once, in time, whatever fails meanwhile. The same promises on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, func, insert, select

from engine.jobs import table
from engine.jobs.job import Done, GiveUp, Job, Kind, pause
from engine.jobs.postgres import QUEUE, install
from engine.jobs.queue import Queue
from engine.storage import tables
from engine.storage.store import Store
from engine.texts import same
from tests.firm import NOW, Clock

EFFECTS = Table("effect", MetaData(), Column("id", Integer, primary_key=True), Column("name", Text))


class Desk:
    """A store with a queue whose jobs note what they do."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock = store, Clock()
        self.queue = Queue(store, self.clock, chance=lambda: 0.5)
        self.failures: list[tuple[int, bool]] = []
        self.calls: list[str] = []
        self.broken: set[str] = set()

        def unit(conn: Connection) -> None:
            tables.create(conn)
            if store.shared:
                install(conn)
            EFFECTS.create(conn)

        store.write(unit, alone=True)
        self.queue.kinds["note"] = Kind(self.note, tries=3, failed=lambda c, job, e, dead: self.told(job, dead))
        self.queue.kinds["call"] = Kind(self.call, tries=3)

    def told(self, job: Job, dead: bool) -> None:
        self.failures.append((job.attempt, dead))

    def note(self, job: Job, done: Done) -> None:
        """Only touches the database."""

        def unit(conn: Connection) -> None:
            conn.execute(insert(EFFECTS).values(name=job.payload["name"]))
            if job.payload["name"] in self.broken:
                raise ValueError("no ink")
            done(conn)

        self.store.write(unit)

    def call(self, job: Job, done: Done) -> None:
        """Reaches outside."""
        self.calls.append(job.uid)
        if job.payload.get("hopeless"):
            raise GiveUp(same("nobody there"))
        if len(self.calls) < job.payload.get("works_at", 1):
            raise ConnectionError("not yet")

    def defer(self, kind: str, name: str, **more: Any) -> int | None:
        payload = {"name": name, **more.pop("payload", {})}
        return self.store.write(lambda c: table.defer(c, kind, payload, now=self.clock(), **more))

    def write(self, unit: Callable[[Connection], Any]) -> Any:
        return self.store.write(unit)

    def effects(self) -> list[str]:
        with self.store.read() as conn:
            return list(conn.execute(select(EFFECTS.c.name).order_by(EFFECTS.c.id)).scalars())

    def waiting(self, state: str = "ready") -> int:
        with self.store.read() as conn:
            return int(conn.execute(select(func.count()).where(tables.job.c.state == state)).scalar_one())


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def desk(tmp_path: Path, database: str | None) -> Iterator[Desk]:
    with Store(database or tmp_path / "jobs.sqlite3") as store:
        made = Desk(store)
        yield made
        made.queue.close()


def test_what_is_deferred_is_done_once(desk: Desk) -> None:
    desk.defer("note", "first")
    desk.defer("note", "second")
    assert desk.effects() == []
    assert desk.queue.run_due() == 2
    assert desk.effects() == ["first", "second"]
    assert desk.queue.run_due() == 0 and desk.waiting() == 0


def test_what_is_taken_back_with_its_transaction_was_never_deferred(desk: Desk) -> None:
    def unit(conn: Connection) -> None:
        table.defer(conn, "note", {"name": "never"}, now=NOW)
        raise KeyError("changed my mind")

    with pytest.raises(KeyError):
        desk.write(unit)
    assert desk.queue.run_due() == 0 and desk.effects() == []


def test_a_moment_is_kept(desk: Desk) -> None:
    desk.defer("note", "later", at=NOW + timedelta(hours=2))
    desk.defer("note", "sooner", at=NOW + timedelta(hours=1))
    desk.clock.later(minutes=59)
    assert desk.queue.run_due() == 0
    desk.clock.later(minutes=1)
    assert desk.queue.run_due() == 1
    desk.clock.later(days=300)
    desk.queue.run_due()
    assert desk.effects() == ["sooner", "later"]


def test_one_key_waits_once_and_may_come_again(desk: Desk) -> None:
    assert desk.defer("note", "one", key="k") is not None
    assert desk.defer("note", "two", key="k") is None
    desk.queue.run_due()
    assert desk.defer("note", "three", key="k") is not None
    desk.queue.run_due()
    assert desk.effects() == ["one", "three"]


def test_what_is_cancelled_does_not_happen(desk: Desk) -> None:
    later = NOW + timedelta(hours=1)
    desk.defer("note", "by what it is about", about="lead/1", at=later)
    desk.defer("note", "by key", key="k", at=later)
    desk.defer("note", "another's", about="lead/2", at=later)
    assert desk.write(lambda c: table.cancel(c, kind="note", about="lead/1")) == 1
    assert desk.write(lambda c: table.cancel(c, kind="note", key="k")) == 1
    assert desk.write(lambda c: table.cancel(c, kind="call", about="lead/2")) == 0
    desk.clock.later(hours=1)
    desk.queue.run_due()
    assert desk.effects() == ["another's"]


def test_a_failure_leaves_nothing_and_comes_again_later_each_time(desk: Desk) -> None:
    desk.broken.add("blot")
    desk.defer("note", "blot")
    desk.queue.run_due()
    assert desk.effects() == [] and desk.failures == [(1, False)]
    desk.clock.later(seconds=9)
    assert desk.queue.run_due() == 0
    desk.clock.later(seconds=1)
    assert desk.queue.run_due() == 1
    desk.broken.clear()
    desk.clock.later(seconds=39)
    assert desk.queue.run_due() == 0
    desk.clock.later(seconds=1)
    desk.queue.run_due()
    assert desk.effects() == ["blot"] and desk.failures == [(1, False), (2, False)]


def test_who_fails_for_good_is_kept_with_the_reason_and_may_be_tried_again(desk: Desk) -> None:
    desk.broken.add("blot")
    id = desk.defer("note", "blot")
    for _ in range(3):
        desk.queue.run_due()
        desk.clock.later(hours=1)
    assert desk.failures[-1] == (3, True) and desk.waiting("dead") == 1
    with desk.store.read() as conn:
        assert conn.execute(select(tables.job.c.error)).scalar() == "ValueError: no ink"
    desk.broken.clear()
    assert id is not None and desk.write(lambda c: table.revive(c, id, desk.clock()))
    assert not desk.write(lambda c: table.revive(c, id, desk.clock()))
    desk.queue.run_due()
    assert desk.effects() == ["blot"] and desk.waiting("dead") == 0


def test_what_reaches_outside_says_the_same_name_at_each_attempt(desk: Desk) -> None:
    desk.defer("call", "bell", payload={"works_at": 3})
    for _ in range(4):
        desk.queue.run_due()
        desk.clock.later(hours=1)
    assert len(desk.calls) == 3 and len(set(desk.calls)) == 1


def test_hopeless_work_is_given_up_at_once(desk: Desk) -> None:
    desk.defer("call", "bell", payload={"hopeless": True})
    desk.defer("unheard of", "x")
    desk.queue.run_due()
    assert desk.calls and desk.waiting("dead") == 2 and desk.waiting() == 0


def test_who_was_too_slow_or_was_cancelled_leaves_nothing(desk: Desk) -> None:
    def slow(job: Job, done: Done) -> None:
        if job.payload["name"] == "slow":
            desk.clock.later(hours=1)
            other = desk.write(lambda c: table.claim(c, desk.clock(), "somebody else", timedelta(hours=1)))
            assert [o.id for o in other] == [job.id]
        else:
            desk.write(lambda c: table.cancel(c, kind="slow", about="x"))
        desk.note(job, done)

    desk.queue.kinds["slow"] = Kind(slow)
    desk.defer("slow", "slow")
    desk.queue.run_due()
    assert desk.effects() == [] and desk.waiting() == 1
    desk.defer("slow", "cancelled", about="x")
    desk.queue.run_due()
    assert desk.effects() == [] and desk.waiting() == 1


def test_a_copied_database_gets_new_tickets(desk: Desk, kind: str) -> None:
    """Jobs that came from SQLite are done on PostgreSQL, though procrastinate has never heard of them."""
    desk.defer("note", "moved")
    if kind == "postgresql":
        desk.write(lambda c: c.exec_driver_sql("DELETE FROM procrastinate_jobs"))
    desk.queue.run_due()
    assert desk.effects() == ["moved"]


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_worker_killed_while_it_kept_house_holds_up_nobody(desk: Desk) -> None:
    """Its housekeeping is under way for ever, and the next one waits: of those only one may."""
    columns = "queue_name, task_name, queueing_lock, status"
    house = f"INSERT INTO procrastinate_jobs ({columns}) VALUES ('{{}}', 'housekeeping', 'housekeeping', '{{}}')"
    desk.write(lambda c: c.exec_driver_sql(house.format(QUEUE, "doing")))
    desk.write(lambda c: c.exec_driver_sql(house.format(QUEUE, "todo")))
    desk.defer("note", "first")
    desk.queue.run_due()
    assert desk.effects() == ["first"] and desk.waiting() == 0


def test_a_worker_in_the_background_is_woken_and_stops(desk: Desk) -> None:
    seen = threading.Event()
    desk.queue.kinds["seen"] = Kind(lambda job, done: seen.set())
    desk.queue.start()
    desk.defer("seen", "hello")
    desk.queue.wake()
    assert seen.wait(20)
    desk.queue.close()
    assert desk.waiting() == 0


def test_pauses_grow_with_chance_and_have_an_end() -> None:
    plain = [pause(n, lambda: 0.5).total_seconds() for n in range(1, 9)]
    assert plain == [10, 40, 160, 640, 2560, 10240, 21600, 21600]
    assert pause(1, lambda: 0.0) == timedelta(seconds=8) and pause(1, lambda: 0.999).total_seconds() < 12
