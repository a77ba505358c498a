from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from engine.problems import Refused
from engine.storage import tables
from engine.storage.serials import next_number, reach
from engine.storage.store import Store, duplicate_columns
from tests.storage.building import NOW
from tests.storage.live import columns, index_names, table_names


def put(name: str) -> Callable[[Connection], Any]:
    return lambda conn: conn.execute(insert(tables.setting).values(name=name, value=name))


def names(store: Store) -> list[str]:
    with store.read() as conn:
        return list(conn.execute(select(tables.setting.c.name).order_by(tables.setting.c.name)).scalars())


def test_sixteen_threads_get_every_number_once(store: Store) -> None:
    def many(_: int) -> list[int]:
        return [store.write(lambda conn: next_number(conn, "lead", "number")) for _ in range(20)]

    with ThreadPoolExecutor(16) as pool:
        found = [number for some in pool.map(many, range(16)) for number in some]
    assert sorted(found) == list(range(1, 321))


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
        conn.execute(text("ALTER TABLE sys_setting ADD COLUMN extra INTEGER"))
        raise LookupError

    with pytest.raises(LookupError):
        store.write(unit)
    assert "t" not in table_names(store)
    assert columns(store, "sys_setting") == ["name", "value"]


def test_a_unit_cannot_start_another(store: Store) -> None:
    with pytest.raises(RuntimeError):
        store.write(lambda conn: store.write(put("x")))


def test_what_must_be_unique_says_which_columns(store: Store) -> None:
    def person(login: str) -> Callable[[Connection], Any]:
        return lambda conn: conn.execute(insert(tables.person).values(login=login, name="Li", created_at=NOW))

    store.write(person("li"))
    with pytest.raises(IntegrityError) as raised:
        store.write(person("li"))
    assert duplicate_columns(raised.value) == ("sys_person", ("login",))
    with pytest.raises(IntegrityError) as raised:
        store.write(lambda conn: conn.execute(text("INSERT INTO sys_person_role VALUES (99, 'x')")))
    assert duplicate_columns(raised.value) is None


def test_it_can_be_opened_again_after_closing(store: Store, place: Path | str) -> None:
    store.close()
    store.close()
    with pytest.raises(Refused) as refused:
        store.write(put("x"))
    assert refused.value.problems[0].code == "store_closed"
    with Store(place) as again:
        again.write(put("x"))


WRITING = """
import sys, threading
from pathlib import Path
from sqlalchemy import insert
from engine.storage import tables
from engine.storage.store import Store

store = Store(sys.argv[1] if "://" in sys.argv[1] else Path(sys.argv[1]))
store.write(tables.create, alone=True)
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


def test_killing_a_writing_process_loses_no_acknowledged_write_and_leaves_no_half(place: Path | str) -> None:
    acknowledged: set[str] = set()
    for run in range(5):
        process = subprocess.Popen([sys.executable, "-c", WRITING, place, str(run)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(100)]
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
        process.stdout.close()
        process.wait()
        complete = "".join(lines) + rest
        acknowledged |= set(complete[: complete.rfind("\n")].split("\n"))
    with Store(place) as store:
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


def test_a_gapless_number_is_not_used_up_by_a_failing_unit(store: Store) -> None:
    def unit(conn: Connection) -> None:
        next_number(conn, "lead", "number", gapless=True)
        raise LookupError

    with pytest.raises(LookupError):
        store.write(unit)
    assert store.write(lambda conn: next_number(conn, "lead", "number", gapless=True)) == 1


def test_a_rehearsal_gets_the_numbers_that_would_be_given_and_moves_no_counter(store: Store) -> None:
    def unit(conn: Connection) -> list[int]:
        found = [next_number(conn, "lead", "number", gapless=gapless) for gapless in (False, True)]
        reach(conn, "lead", "number", 9)
        return [*found, next_number(conn, "lead", "number")]

    store.write(lambda conn: next_number(conn, "lead", "number"))
    assert store.rehearse(unit) == [2, 3, 10]
    assert store.write(lambda conn: next_number(conn, "lead", "number")) == 2


def test_fixed_tables_grow_with_the_product(store: Store) -> None:
    def older(conn: Connection) -> None:
        conn.execute(text("ALTER TABLE sys_person DROP COLUMN density"))
        conn.execute(text("DROP INDEX ix_sys_event_form_record"))
        conn.execute(text("DROP TABLE sys_notice"))

    store.write(put("kept"))
    store.write(older)
    store.write(tables.create)
    store.write(tables.create)
    assert "ix_sys_event_form_record" in index_names(store, "sys_event")
    assert "ix_sys_notice_person_read_at" in index_names(store, "sys_notice")
    assert "density" in columns(store, "sys_person")
    assert names(store) == ["kept"]


def test_a_rehearsal_sees_what_is_there_and_leaves_nothing_behind(store: Store) -> None:
    table = tables.setting
    store.write(lambda conn: conn.execute(table.insert().values(name="kept", value=1)))

    def unit(conn: Connection) -> list[str]:
        conn.execute(table.insert().values(name="tried", value=2))
        with conn.begin_nested():
            conn.execute(table.insert().values(name="tried too", value=3))
        return sorted(conn.execute(select(table.c.name)).scalars())

    assert store.rehearse(unit) == ["kept", "tried", "tried too"]
    with store.read() as conn:
        assert conn.execute(select(table.c.name)).scalars().all() == ["kept"]
    with pytest.raises(ZeroDivisionError):
        store.rehearse(lambda conn: 1 / 0)
