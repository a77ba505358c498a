"""Workers killed with -9 in mid-job, again and again: no job is lost, what happens in the database happens exactly once.

A few kills each time; FORMLOOM_KILLS=100 does as many as the promise says.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, func, insert, select

from engine.jobs import table
from engine.jobs.job import Done, Job, Kind
from engine.jobs.postgres import install
from engine.jobs.queue import Queue
from engine.storage import tables
from engine.storage.store import Store

KILLS = int(os.environ.get("FORMLOOM_KILLS", "2"))
EACH = 6
"""After how many of its jobs each worker is killed."""

MADE = Table("made", MetaData(), Column("id", Integer, primary_key=True), Column("name", Text))
EFFECTS = Table("effect", MetaData(), Column("id", Integer, primary_key=True), Column("name", Text))


def now() -> datetime:
    return datetime.now(UTC)


def prepare(conn: Connection) -> None:
    tables.create(conn)
    if conn.dialect.name == "postgresql":
        install(conn)
    MADE.create(conn)
    EFFECTS.create(conn)


def queue_of(store: Store, calls: Path, room: threading.Semaphore, stalled: float = 2.0) -> Queue:
    """A queue that says on standard output what it has done, and gives room for another job."""
    queue = Queue(store, now, heartbeat=0.3, stalled=stalled)

    def note(job: Job, done: Done) -> None:
        def unit(conn: Connection) -> None:
            conn.execute(insert(EFFECTS).values(name=job.payload["name"]))
            done(conn)

        store.write(unit)
        print("noted", flush=True)
        room.release()

    def call(job: Job, done: Done) -> None:
        with calls.open("a") as file:
            file.write(f"{job.payload['name']} {job.uid}\n")
        print("called", flush=True)
        room.release()

    queue.kinds |= {"note": Kind(note), "call": Kind(call)}
    return queue


def work(place: str, calls: str) -> None:
    """What a worker's process does until it is killed: it makes jobs and does them."""
    store = Store(place if "://" in place else Path(place))
    room = threading.Semaphore(20)
    queue = queue_of(store, Path(calls), room)
    queue.start()
    for number in range(100_000):
        room.acquire()
        name = f"{os.getpid()}-{number}"

        def unit(conn: Connection, name: str = name, number: int = number) -> None:
            conn.execute(insert(MADE).values(name=name))
            table.defer(conn, "call" if number % 4 == 0 else "note", {"name": name}, now=now())

        store.write(unit)
        queue.wake()


def start(place: str, calls: Path) -> subprocess.Popen[str]:
    code = "import sys; from tests.jobs.test_killed import work; work(*sys.argv[1:])"
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", code, place, str(calls)], stdout=subprocess.PIPE, text=True, cwd=root
    )


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_killed_workers_lose_nothing_and_do_nothing_twice(tmp_path: Path, database: str | None, kind: str) -> None:
    """One process on SQLite, three at once on PostgreSQL."""
    place, calls = database or str(tmp_path / "jobs.sqlite3"), tmp_path / "calls"
    with Store(database or Path(place)) as store:
        store.write(prepare, alone=True)
    killed, at_once = 0, 3 if kind == "postgresql" else 1
    while killed < KILLS:
        running = [start(place, calls) for _ in range(at_once)]
        for process in running:
            assert process.stdout is not None
            for _ in range(EACH):
                assert process.stdout.readline()
            os.kill(process.pid, signal.SIGKILL)
            process.stdout.close()
            process.wait()
            killed += 1
    with Store(database or Path(place)) as store:
        queue = queue_of(store, calls, threading.Semaphore(), stalled=0.0)
        store.write(lambda conn: table.release(conn, now()))
        queue.run_due()
        queue.close()
        with store.read() as conn:
            made = set(conn.execute(select(MADE.c.name)).scalars())
            effects = Counter(conn.execute(select(EFFECTS.c.name)).scalars())
            left = conn.execute(select(func.count()).select_from(tables.job)).scalar()
    said = [line.split() for line in calls.read_text().splitlines()]
    called = {name for name, _ in said}
    assert left == 0 and len(effects) + len(said) >= EACH * killed, "what a worker said it had done is there"
    assert set(effects.values()) == {1}
    assert effects.keys() | called == made and not effects.keys() & called
    assert len({(name, uid) for name, uid in said}) == len(called)
