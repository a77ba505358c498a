from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from engine.problems import Refused
from engine.storage import tables
from engine.storage.serials import next_number, reach
from engine.storage.sqlite import failure
from engine.storage.store import Store, duplicate_columns
from tests.storage.building import NOW


def put(name: str):
    return lambda conn: conn.execute(insert(tables.setting).values(name=name, value=name))


def names(store: Store) -> list[str]:
    with store.read() as conn:
        return list(conn.execute(select(tables.setting.c.name).order_by(tables.setting.c.name)).scalars())


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
    return store._strategy._writer._queue.qsize()


def test_a_connection_is_durable_and_checks_foreign_keys(store: Store) -> None:
    def look(conn: Connection) -> list[object]:
        return [conn.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "synchronous", "foreign_keys")]

    assert store.write(look) == ["wal", 2, 1]
    with store.read() as conn:
        assert look(conn) == ["wal", 2, 1]


def test_sixteen_threads_get_every_number_once(store: Store) -> None:
    def many(_: int) -> list[int]:
        return [store.write(lambda conn: next_number(conn, "lead", "number")) for _ in range(20)]

    with ThreadPoolExecutor(16) as pool:
        found = [number for some in pool.map(many, range(16)) for number in some]
    assert sorted(found) == list(range(1, 321))


def test_one_failing_unit_among_many_takes_back_only_its_own_work(store: Store) -> None:
    def unit(index: int):
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

    def attempt(name: str, work) -> None:
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


def test_nothing_is_visible_before_the_unit_is_done(store: Store) -> None:
    seen: list[list[str]] = []

    def unit(conn: Connection) -> None:
        put("x")(conn)
        seen.append(names(store))

    store.write(unit)
    assert seen == [[]]
    assert names(store) == ["x"]


def test_a_reader_sees_one_moment(store: Store) -> None:
    count = select(func.count()).select_from(tables.setting)
    with store.read() as conn:
        assert conn.execute(count).scalar_one() == 0
        store.write(put("x"))
        assert conn.execute(count).scalar_one() == 0
    with store.read() as conn:
        assert conn.execute(count).scalar_one() == 1


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(Refused) as refused, store.read() as conn:
        put("x")(conn)
    assert refused.value.problems[0].code == "store_failed"
    assert names(store) == []


def test_a_change_of_tables_rolls_back_too(store: Store) -> None:
    def unit(conn: Connection) -> None:
        conn.execute(text("CREATE TABLE t (id INTEGER)"))
        conn.execute(text("ALTER TABLE sys_setting ADD COLUMN extra"))
        raise LookupError

    with pytest.raises(LookupError):
        store.write(unit)
    with store.read() as conn:
        there = set(conn.execute(text("SELECT name FROM sqlite_master")).scalars())
        columns = [row.name for row in conn.execute(text("PRAGMA table_info(sys_setting)"))]
    assert "t" not in there
    assert columns == ["name", "value"]


def test_a_unit_cannot_start_another(store: Store) -> None:
    with pytest.raises(RuntimeError):
        store.write(lambda conn: store.write(put("x")))


def test_what_must_be_unique_says_which_columns(store: Store) -> None:
    def person(login: str):
        return lambda conn: conn.execute(insert(tables.person).values(login=login, name="Li", created_at=NOW))

    store.write(person("li"))
    with pytest.raises(IntegrityError) as raised:
        store.write(person("li"))
    assert duplicate_columns(raised.value) == ("sys_person", ("login",))
    with pytest.raises(IntegrityError) as raised:
        store.write(lambda conn: conn.execute(text("INSERT INTO sys_person_role VALUES (99, 'x')")))
    assert duplicate_columns(raised.value) is None


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


def test_a_second_server_on_the_folder_is_refused_and_told_by_whom(store: Store, tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", OPENING, store.path], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["store_taken", str(os.getpid())]


def test_a_command_may_write_beside_the_server(store: Store) -> None:
    with Store(store.path, exclusive=False) as beside:
        beside.write(put("beside"))
        store.write(put("server"))
    assert names(store) == ["beside", "server"]


def test_the_folder_is_free_after_closing(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(Refused) as refused:
        store.write(put("x"))
    assert refused.value.problems[0].code == "store_closed"
    with Store(store.path) as again:
        again.write(put("x"))


def test_what_waits_when_closing_is_still_written(store: Store) -> None:
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
    with Store(store.path) as again:
        assert names(again) == ["waiting"]


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    path.write_bytes(b"not a database" * 100)
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            Store(path)
        assert refused.value.problems[0].code == "store_foreign"
    assert path.read_bytes() == b"not a database" * 100


WRITING = """
import sys, threading
from pathlib import Path
from sqlalchemy import insert
from engine.storage import tables
from engine.storage.store import Store

store = Store(Path(sys.argv[1]))
store.write(tables.create)
out = threading.Lock()

def work(thread):
    for number in range(10_000):
        name = f"{sys.argv[2]}-{thread}-{number}"
        def unit(conn):
            for part in "ab":
                conn.execute(insert(tables.setting).values(name=f"{name}-{part}", value=1))
        store.write(unit)
        with out:
            print(name, flush=True)

for thread in range(16):
    threading.Thread(target=work, args=(thread,)).start()
"""


def test_killing_a_writing_process_loses_no_acknowledged_write_and_leaves_no_half(tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    acknowledged: set[str] = set()
    for run in range(5):
        process = subprocess.Popen([sys.executable, "-c", WRITING, path, str(run)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(100)]
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
        process.stdout.close()
        process.wait()
        complete = "".join(lines) + rest
        acknowledged |= set(complete[: complete.rfind("\n")].split("\n"))
    with Store(path) as store:
        kept = set(names(store))
    assert len(acknowledged) >= 500
    assert {f"{name}-{part}" for name in acknowledged for part in "ab"} <= kept
    halves = {name[:-2] for name in kept}
    assert len(kept) == 2 * len(halves)


def test_serial_numbers_count_apart_by_scope_and_period(store: Store) -> None:
    def give(scope: str, period: str) -> int:
        return store.write(lambda conn: next_number(conn, "lead", "number", scope, period, start=5))

    assert [give("a", "2026"), give("a", "2026"), give("b", "2026"), give("a", "2027")] == [5, 6, 5, 5]
    store.write(lambda conn: reach(conn, "lead", "number", 40, "a", "2026"))
    store.write(lambda conn: reach(conn, "lead", "number", 3, "b", "2026"))
    store.write(lambda conn: reach(conn, "lead", "number", 9, "c", "2026"))
    assert [give("a", "2026"), give("b", "2026"), give("c", "2026")] == [41, 6, 10]


def test_a_number_is_not_used_up_by_a_failing_unit(store: Store) -> None:
    def unit(conn: Connection) -> None:
        next_number(conn, "lead", "number")
        raise LookupError

    with pytest.raises(LookupError):
        store.write(unit)
    assert store.write(lambda conn: next_number(conn, "lead", "number")) == 1


def test_fixed_tables_grow_with_the_product(store: Store) -> None:
    def older(conn: Connection) -> None:
        conn.execute(text("ALTER TABLE sys_person DROP COLUMN density"))
        conn.execute(text("DROP INDEX ix_sys_event_form_record"))
        conn.execute(text("DROP TABLE sys_notice"))

    store.write(put("kept"))
    store.write(older)
    store.write(tables.create)
    store.write(tables.create)
    with store.read() as conn:
        there = set(conn.execute(text("SELECT name FROM sqlite_master")).scalars())
        columns = {row.name for row in conn.execute(text("PRAGMA table_info(sys_person)"))}
    assert {"sys_notice", "ix_sys_event_form_record", "ix_sys_notice_person_read_at"} <= there
    assert "density" in columns
    assert names(store) == ["kept"]
