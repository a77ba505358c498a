"""Imports by the queue: rehearsed, run, stopped, taken up again, also after a server was killed with -9 in the middle.

Both databases; on PostgreSQL the server that goes on is another one.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.engine import Engine
from engine.jobs.table import release
from engine.problems import Refused
from engine.runtime import importing
from engine.runtime.importing import Plan
from engine.runtime.imports import Import
from engine.runtime.values import Actor, Ask
from engine.settings import Settings
from tests.runtime.house import House

STAFF = """
key: number
fields:
  number: {type: integer, unique: true, title: Staff ID}
  name: {type: text, unique: true}
  badge: {type: serial, pattern: "B-{seq:0000}", gapless: true}
  rest: {type: integer, formula: number - number}
access: {boss: {can: [view, create, edit, import]}}
"""
COUNT = """
aggregate: {all: {from: staff}}
fields: {rest: {type: integer}, people: {type: integer, formula: COUNT(all)}}
access: {boss: {can: [view]}}
"""
FORMS = {"forms/staff.yaml": STAFF, "forms/count.yaml": COUNT}


@pytest.fixture
def office(tmp_path: Path, database: str | None) -> Iterator[House]:
    made = House(tmp_path, FORMS, database)
    yield made
    made.close()


def names(office: House, actor: Actor) -> dict[int, str]:
    page = office.engine.page(actor, "staff", Ask(limit=200), ("number", "name"))
    return {int(r.record.values["number"]): r.record.values["name"] for r in page.rows}


def waited(house: House, actor: Actor, id: int) -> Import:
    house.engine.jobs.run_due()
    return house.engine.imports.one(actor, id)


def test_a_job_is_rehearsed_run_and_gives_its_refused_rows_back(office: House, tmp_path: Path) -> None:
    boss, imports = office.person("bo", "boss", language="en"), office.engine.imports
    content = io.BytesIO(b"Staff ID,Called\n1,Ann\n1,Bob\n2,Cat\n")
    id = imports.begin(boss, "staff", "staff.csv", content)
    assert (imports.one(boss, id).state, imports.one(boss, id).total) == ("new", 3)
    imports.plan(boss, id, Plan(columns=("number", "name")))
    imports.start(boss, id, rehearse=True)
    job = waited(office, boss, id)
    assert (job.state, job.accepted, job.refused) == ("checked", 2, 1) and names(office, boss) == {}
    assert job.report[0]["rows"] == [3] and job.report[0]["code"] == "not_unique"
    imports.start(boss, id, rehearse=False)
    job = waited(office, boss, id)
    assert (job.state, job.accepted, job.refused) == ("done", 2, 1) and names(office, boss) == {1: "Ann", 2: "Cat"}
    assert "Bob" in imports.rejected(boss, id).read_text("utf-8-sig")
    with pytest.raises(Refused):
        imports.one(office.person("cl", "clerk"), id)


def begun(office: House, boss: Actor, rows: int, **plan: Any) -> int:
    """An import of so many people, its columns told."""
    lines = "".join(f"{n},P{n}\n" for n in range(1, rows + 1))
    id = office.engine.imports.begin(boss, "staff", "staff.csv", io.BytesIO(f"number,name\n{lines}".encode()))
    office.engine.imports.plan(boss, id, Plan(**plan))
    return id


def after(imports: Any, monkeypatch: pytest.MonkeyPatch, count: int, do: Callable[[], object]) -> None:
    """Let this happen when so many batches of an import have been told of."""
    said = imports._say
    left = [count + 1]

    def say(words: str) -> None:
        said(words)
        left[0] -= 1
        if left[0] == 0:
            do()

    monkeypatch.setattr(imports, "_say", say)
    monkeypatch.setattr(importing, "BATCH", 2)


def test_a_stopped_job_goes_on_without_making_a_record_twice(office: House, monkeypatch: pytest.MonkeyPatch) -> None:
    boss, imports = office.person("bo", "boss"), office.engine.imports
    id = begun(office, boss, 7)
    after(imports, monkeypatch, 2, lambda: imports.stop(boss, id))
    imports.start(boss, id, rehearse=False)
    with pytest.raises(Refused) as refused:
        imports.start(boss, id, rehearse=False)
    assert refused.value.problems[0].code == "still_running"
    job = waited(office, boss, id)
    assert (job.state, job.accepted) == ("stopped", 4) and len(names(office, boss)) == 4
    imports.start(boss, id, rehearse=False)
    assert waited(office, boss, id).state == "done"
    assert names(office, boss) == {n: f"P{n}" for n in range(1, 8)}
    with pytest.raises(Refused) as refused:
        imports.rejected(boss, id)
    assert refused.value.problems[0].code == "not_found"


@pytest.mark.parametrize("rehearse", [True, False], ids=["rehearsal", "together"])
def test_what_leaves_nothing_behind_can_be_stopped_too(
    office: House, monkeypatch: pytest.MonkeyPatch, rehearse: bool
) -> None:
    """One transaction for all holds up the only writer of SQLite: whoever stops it mustn't wait for its end."""
    boss, imports = office.person("bo", "boss"), office.engine.imports
    id = begun(office, boss, 7, together=True)
    stopping = threading.Thread(target=lambda: imports.stop(boss, id))

    def stop() -> None:
        stopping.start()
        while id not in imports._ended:
            pass

    after(imports, monkeypatch, 2, stop)
    imports.start(boss, id, rehearse=rehearse)
    office.engine.jobs.run_due()
    stopping.join()
    assert imports.one(boss, id).state == ("new" if rehearse else "stopped") and names(office, boss) == {}
    imports.start(boss, id, rehearse=False)
    job = waited(office, boss, id)
    assert (job.state, job.accepted, len(names(office, boss))) == ("done", 7, 7)


def test_a_server_that_closes_leaves_the_rest_to_another(office: House, monkeypatch: pytest.MonkeyPatch) -> None:
    boss, imports = office.person("bo", "boss"), office.engine.imports
    id = begun(office, boss, 5)
    after(imports, monkeypatch, 1, imports.close)
    imports.start(boss, id, rehearse=False)
    job = office.engine.jobs._take()
    assert job is not None
    office.engine.jobs._do(job)
    assert (imports.one(boss, id).state, len(names(office, boss))) == ("running", 2)
    imports._closing = False
    assert waited(office, boss, id).state == "done" and len(names(office, boss)) == 5


def test_what_can_not_be_done_any_more_is_told(office: House) -> None:
    boss, imports = office.person("bo", "boss"), office.engine.imports
    id = begun(office, boss, 2)
    imports.start(boss, id, rehearse=False)
    row = imports._row(boss, id)
    office.engine.files.locate(row["path"]).unlink()
    job = waited(office, boss, id)
    assert (job.state, job.report[0]["code"]) == ("failed", "bad_file") and not imports.heard("something else")


KILLED_AFTER = 3
"""Batches."""


def work(definitions: str, data: str, database: str) -> None:
    """What a server's process does until it is killed: the jobs of the queue, telling of each batch."""
    importing.BATCH = 4
    engine = Engine(Settings(definitions=Path(definitions), data=Path(data), demo=False, database=database or None))
    engine.imports._say = lambda words: print(words, flush=True)
    engine.jobs.run_due()


@pytest.mark.parametrize("together", [False, True], ids=["each", "together"])
def test_a_server_killed_in_the_middle_makes_no_record_twice_and_loses_none(
    tmp_path: Path, database: str | None, together: bool
) -> None:
    house = House(tmp_path, FORMS, database)
    boss = house.person("bo", "boss")
    id = begun(house, boss, 40, together=together)
    house.engine.imports.start(boss, id, rehearse=False)
    place = house.engine.settings
    house.close()
    code = "import sys; from tests.runtime.test_imports import work; work(*sys.argv[1:])"
    command = [sys.executable, "-c", code, str(place.definitions), str(place.data), database or ""]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert running.stdout is not None
    for _ in range(KILLED_AFTER):
        assert running.stdout.readline().startswith("import ")
    os.kill(running.pid, signal.SIGKILL)
    running.stdout.close()
    running.wait()
    house = House(tmp_path, FORMS, database)
    try:
        before = len(names(house, boss))
        assert before == 0 if together else 8 <= before < 40
        assert house.engine.imports.one(boss, id).state == "running"
        jobs = house.engine.jobs
        if jobs._worker is not None:
            jobs._worker._stalled = 0.0  # the dead worker's heart stands still
        else:
            house.engine.store.write(lambda conn: release(conn, jobs._clock()))  # as a server does when it starts
        job = waited(house, boss, id)
        assert (job.state, job.accepted, job.refused) == ("done", 40, 0)
        assert names(house, boss) == {n: f"P{n}" for n in range(1, 41)}
        badges = [r.record.values["badge"] for r in house.engine.page(boss, "staff", Ask(limit=200), ("badge",)).rows]
        assert sorted(badges) == [f"B-{n:04}" for n in range(1, 41)]
        [count] = house.engine.page(boss, "count", Ask(), ("people",)).rows
        assert count.record.values["people"] == 40
    finally:
        house.close()
