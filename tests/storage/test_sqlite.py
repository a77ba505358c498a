"""What only a SQLite file promises: one server on it, one writer that commits many units at once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from engine.problems import Refused
from engine.storage import tables
from engine.storage.sqlite import failure
from engine.storage.store import Store
from tests.storage.test_store import names, put


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store(path) as made:
        made.write(tables.create)
        yield made


def hold(store: Store) -> tuple[threading.Event, threading.Thread]:
    """Keep the writer busy until the event is set, so that what comes next waits and is committed as one group."""
    begun, release = threading.Event(), threading.Event()

    def unit(conn: Connection) -> None:
        begun.set()
        release.wait(10)

    thread = threading.Thread(target=store.write, args=(unit,))
    thread.start()
    begun.wait(10)
    return release, thread


def queued(store: Store) -> int:
    return int(store._strategy._writer._queue.qsize())  # type: ignore[attr-defined]


def test_a_connection_is_durable_and_checks_foreign_keys(store: Store) -> None:
    def look(conn: Connection) -> list[object]:
        return [conn.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "synchronous", "foreign_keys")]

    assert store.write(look) == ["wal", 2, 1]
    with store.read() as conn:
        assert look(conn) == ["wal", 2, 1]


def test_one_failing_unit_among_many_takes_back_only_its_own_work(store: Store) -> None:
    def unit(index: int) -> Callable[[Connection], int]:
        def work(conn: Connection) -> int:
            put(f"{index:02}")(conn)
            if index % 10 == 3:
                raise LookupError(str(index))
            return index

        return work

    def attempt(index: int) -> int | str:
        try:
            return store.write(unit(index))
        except LookupError as error:
            return f"failed {error}"

    release, thread = hold(store)
    with ThreadPoolExecutor(50) as pool:
        futures = [pool.submit(attempt, index) for index in range(50)]
        while queued(store) < 50:
            pass
        release.set()
        found = [future.result() for future in futures]
    thread.join()
    assert found == [f"failed {i}" if i % 10 == 3 else i for i in range(50)]
    assert names(store) == [f"{i:02}" for i in range(50) if i % 10 != 3]


def test_a_failed_commit_fails_everybody_in_the_group_and_keeps_nothing(store: Store) -> None:
    store.write(lambda conn: conn.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY)")))
    deferred = "CREATE TABLE b (a INTEGER REFERENCES a(id) DEFERRABLE INITIALLY DEFERRED)"
    store.write(lambda conn: conn.execute(text(deferred)))
    release, thread = hold(store)
    outcome: dict[str, BaseException] = {}

    def attempt(name: str, work: Callable[[Connection], Any]) -> None:
        try:
            store.write(work)
        except Exception as error:
            outcome[name] = error

    threads = [threading.Thread(target=attempt, args=("good", put("good")))]
    threads.append(
        threading.Thread(target=attempt, args=("bad", lambda c: c.execute(text("INSERT INTO b VALUES (7)"))))
    )
    for one in threads:
        one.start()
    while queued(store) < 2:
        pass
    release.set()
    for one in (*threads, thread):
        one.join()
    assert set(outcome) == {"good", "bad"}
    assert names(store) == []
    store.write(put("later"))
    assert names(store) == ["later"]


def test_a_mistake_in_a_statement_is_not_taken_for_a_broken_disk(store: Store) -> None:
    with pytest.raises(OperationalError) as raised:
        store.write(lambda conn: conn.execute(text("SELECT nothing FROM nowhere")))
    assert failure(raised.value) is raised.value


OPENING = """
import sys
from pathlib import Path
from engine.problems import Refused
from engine.storage.store import Store

try:
    Store(Path(sys.argv[1]))
except Refused as refused:
    print(refused.problems[0].code, refused.problems[0].facts["pid"])
"""


def test_a_second_server_on_the_folder_is_refused_and_told_by_whom(store: Store, path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", OPENING, path], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["store_taken", str(os.getpid())]


def test_a_command_may_write_beside_the_server(store: Store, path: Path) -> None:
    with Store(path, exclusive=False) as beside:
        beside.write(put("beside"))
        store.write(put("server"))
    assert names(store) == ["beside", "server"]


def test_what_waits_when_closing_is_still_written(store: Store, path: Path) -> None:
    release, thread = hold(store)
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(store.write, put("waiting"))
        while queued(store) < 1:
            pass
        closing = pool.submit(store.close)
        release.set()
        waiting.result()
        closing.result()
    thread.join()
    with Store(path) as again:
        assert names(again) == ["waiting"]


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_bytes(b"not a database" * 100)
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            Store(path)
        assert refused.value.problems[0].code == "store_foreign"
    assert path.read_bytes() == b"not a database" * 100
