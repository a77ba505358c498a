"""Many who write at once, on both databases: nobody's work is lost, nobody is told an error that isn't theirs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from engine.engine import Engine
from engine.problems import Refused
from engine.runtime.values import Ask
from engine.settings import Settings
from tests.firm import ADMIN, write

PACK = "title: Test\nlanguage: en\nroles: {clerk: Clerk}\n"
ORDER = """
title: Orders
fields:
  number: {type: serial, pattern: "O-{seq:000}"}
  strict: {type: serial, pattern: "S-{seq:000}", gapless: true}
  name:   {type: text}
  count:  {type: integer}
rules:
  short: {check: name != "refused", level: error, message: No}
access: {clerk: {can: [view, create, edit]}}
"""


MOVE = "fields: {what: {}, quantity: {type: integer}}\n"
STOCK = """
aggregate: {moves: {from: move}}
fields: {what: {}, left: {type: integer, formula: SUM(moves.quantity)}}
rules: {enough: {check: left >= 0, message: "{what} is out"}}
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def definitions(tmp_path: Path) -> Path:
    forms = {"forms/order.yaml": ORDER, "forms/move.yaml": MOVE, "forms/stock.yaml": STOCK}
    return write(tmp_path / "definitions", {"pack.yaml": PACK, **forms})


@pytest.fixture
def opened(definitions: Path, tmp_path: Path, database: str | None) -> Iterator[Callable[[], Engine]]:
    made: list[Engine] = []

    def another() -> Engine:
        made.append(Engine(Settings(definitions=definitions, data=tmp_path / "data", demo=False, database=database)))
        return made[-1]

    yield another
    for engine in made:
        engine.close()


def kept(engine: Engine, name: str) -> list[Any]:
    rows = engine.page(ADMIN, "order", Ask(limit=10_000), (name,)).rows
    return sorted(row.record.values[name] for row in rows)


def test_sixty_four_writers_get_only_declared_conflicts_and_lose_no_update(opened: Callable[[], Engine]) -> None:
    engine = opened()
    shared = engine.submit(ADMIN, "order", {"name": "shared", "count": "0"}).record.id
    assert shared is not None

    def writer(place: int) -> int:
        """Makes an order; every fourth then adds one to the shared order's count until it is taken."""
        engine.submit(ADMIN, "order", {"name": f"of {place}"})
        conflicts = 0
        while place % 4 == 0:
            record = engine.open(ADMIN, "order", shared).record
            raw = {"count": str(int(record.values["count"]) + 1)}
            try:
                engine.change(ADMIN, "order", shared, raw, version=record.version)
                return conflicts
            except Refused as refused:
                assert [p.status for p in refused.problems] == [409]
                conflicts += 1
        return conflicts

    with ThreadPoolExecutor(64) as pool:
        for done in [pool.submit(writer, place) for place in range(64)]:
            done.result()
    record = engine.open(ADMIN, "order", shared).record
    assert (record.values["count"], record.version) == (16, 17)
    assert kept(engine, "strict") == [f"S-{n:03}" for n in range(1, 66)]
    assert len(set(kept(engine, "number"))) == 65


def test_a_refused_record_uses_up_no_strict_number(opened: Callable[[], Engine]) -> None:
    engine = opened()

    def writer(place: int) -> None:
        try:
            engine.submit(ADMIN, "order", {"name": "refused" if place % 3 == 0 else f"of {place}"})
        except Refused as refused:
            assert [p.code for p in refused.problems] == ["rule_broken"]

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(writer, range(30)))
    assert kept(engine, "strict") == [f"S-{n:03}" for n in range(1, 21)]


def test_of_sixty_four_who_take_the_last_pieces_just_so_many_get_one(opened: Callable[[], Engine]) -> None:
    engine = opened()
    engine.submit(ADMIN, "move", {"what": "bolt", "quantity": "40"})

    def take(place: int) -> int:
        try:
            engine.submit(ADMIN, "move", {"what": "bolt", "quantity": "-1"})
        except Refused as refused:
            assert [p.code for p in refused.problems] == ["rule_broken"]
            return 0
        return 1

    with ThreadPoolExecutor(64) as pool:
        assert sum(pool.map(take, range(64))) == 40
    [row] = engine.page(ADMIN, "stock", Ask(), ("left",)).rows
    assert row.record.values["left"] == 0 and engine.count(ADMIN, "move") == 41


WRITING = """
import sys, threading
from pathlib import Path
from engine.engine import Engine
from engine.settings import Settings
from tests.firm import ADMIN

definitions, data, database = sys.argv[1:4]
engine = Engine(Settings(definitions=Path(definitions), data=Path(data), demo=False, database=database or None))
out = threading.Lock()

def work(thread):
    for number in range(1000):
        record = engine.submit(ADMIN, "order", {"name": f"{thread}-{number}"}).record
        with out:
            print(record.values["strict"], record.values["number"], flush=True)

for thread in range(8):
    threading.Thread(target=work, args=(thread,)).start()
"""


def start(definitions: Path, data: Path, database: str | None) -> subprocess.Popen[str]:
    call = [sys.executable, "-c", WRITING, str(definitions), str(data), database or ""]
    return subprocess.Popen(call, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])


def test_killed_servers_leave_no_gap_and_no_double_number(
    opened: Callable[[], Engine], definitions: Path, tmp_path: Path, database: str | None, kind: str
) -> None:
    """Three servers at once on PostgreSQL, one after the other on SQLite; each is killed amid its writing."""
    rounds = [3] if kind == "postgresql" else [1, 1]
    acknowledged: list[list[str]] = []
    for servers in rounds:
        running = [start(definitions, tmp_path / "data", database) for _ in range(servers)]
        for process in running:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(15)]
            os.kill(process.pid, signal.SIGKILL)
            whole = ("".join(lines) + process.stdout.read()).splitlines(keepends=True)
            acknowledged += [line.split() for line in whole if line.endswith("\n")]
            process.stdout.close()
            process.wait()
    engine = opened()
    engine.submit(ADMIN, "order", {"name": "after"})
    strict = kept(engine, "strict")
    assert len(acknowledged) >= 15 * sum(rounds)
    assert {one[0] for one in acknowledged} <= set(strict)
    assert strict == sorted(f"S-{n:03}" for n in range(1, len(strict) + 1))
    numbers = kept(engine, "number")
    assert len(set(numbers)) == len(numbers)


def test_servers_on_one_database_hear_each_other(
    opened: Callable[[], Engine], database: str | None, kind: str
) -> None:  # fmt: skip
    if kind == "sqlite":
        opened()
        with pytest.raises(Refused) as raised:
            opened()
        assert raised.value.problems[0].code == "store_taken"
        return
    one, other = opened(), opened()
    heard = threading.Event()
    listener = other.live.listen(1, "session", heard.set)
    one.submit(ADMIN, "order", {"name": "news"})
    assert heard.wait(20)
    taken = other.live.take(listener)
    assert [(w.form, w.action) for w in taken.written] == [("order", "create")]
    heard.clear()
    one.live.sign_out("session")
    assert heard.wait(20)
    assert listener.ended == "signed_out"


def test_a_server_follows_newer_definitions_or_says_that_its_own_are_older(
    opened: Callable[[], Engine], definitions: Path, tmp_path: Path, database: str | None, kind: str
) -> None:
    if kind == "sqlite":
        return
    old = opened()
    newer = write(
        tmp_path / "newer",
        {
            "pack.yaml": PACK,
            "forms/move.yaml": MOVE,
            "forms/stock.yaml": STOCK,
            "forms/order.yaml": ORDER.replace("  count:", "  extra:  {type: text}\n  count:"),
        },
    )
    firm = Engine(Settings(definitions=newer, data=tmp_path / "data", demo=False, database=database))
    try:
        with pytest.raises(Refused) as raised:
            old.submit(ADMIN, "order", {"name": "late"})
        assert raised.value.problems[0].code == "store_outdated"
        write(definitions, {"forms/order.yaml": (newer / "forms/order.yaml").read_text()})
        made = old.submit(ADMIN, "order", {"name": "now", "extra": "new"}).record
        assert made.id is not None
        assert firm.open(ADMIN, "order", made.id).record.values["extra"] == "new"
    finally:
        firm.close()
