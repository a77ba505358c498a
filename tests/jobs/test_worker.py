"""`formloom worker`: beside servers on PostgreSQL; with SQLite there is nothing for it to do, and it says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.cli import main
from engine.engine import Engine
from engine.jobs import table
from engine.settings import read_settings
from engine.storage import tables
from engine.storage.store import Store
from tests import postgres
from tests.firm import Build, write


def test_with_sqlite_it_says_that_the_server_does_the_jobs(
    engine_of: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert main(["--language", "en", "worker"]) == 1
    assert "the server does the jobs itself" in capsys.readouterr().err


def test_on_postgresql_it_does_jobs_until_it_is_told_to_stop(cluster: str, tmp_path: Path) -> None:
    pack = write(tmp_path / "pack", {"pack.yaml": "title: T\n", "forms/note.yaml": "fields: {name: {}}\n"})
    with postgres.database(cluster) as address:
        with Store(address) as store:
            store.write(tables.create)
            store.write(lambda conn: table.defer(conn, "unheard of", {}, now=datetime.now(UTC)))
            settings = {"DATABASE_URL": address, "DEFINITIONS": str(pack), "DATA_DIR": str(tmp_path / "data")}
            call = [sys.executable, "-c", "import sys; from engine.cli import main; sys.exit(main(['worker']))"]
            process = subprocess.Popen(call, env={**os.environ, **settings}, cwd=Path(__file__).parents[2])
            while state(store) != "dead":
                assert process.poll() is None
                time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def state(store: Store) -> str:
    with store.read() as conn:
        return str(conn.execute(select(tables.job.c.state).where(tables.job.c.kind == "unheard of")).scalar())


def test_what_was_given_up_is_listed_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = write(tmp_path / "pack", {"pack.yaml": "title: T\n", "forms/note.yaml": "fields: {name: {}}\n"})
    monkeypatch.setenv("DEFINITIONS", str(pack))
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    engine = Engine(read_settings(), exclusive=False)
    engine.store.write(lambda conn: table.defer(conn, "unheard of", {}, now=engine.clock(), about="note/1"))
    before = engine.clock()
    engine.jobs.run_due()
    with engine.store.read() as conn:
        over = conn.execute(select(tables.job.c.due_at).where(tables.job.c.state == "dead")).scalar()
    assert over is not None and before <= over <= engine.clock()
    assert main(["jobs", "list"]) == 0
    assert capsys.readouterr().out.split()[:4] == ["1", "unheard", "of", "note/1"]
    assert main(["jobs", "retry", "1"]) == 0 and state(engine.store) == "ready"
    assert main(["--language", "en", "jobs", "retry", "1"]) == 1
    assert "no job 1" in capsys.readouterr().err
    assert main(["--language", "en", "jobs", "list"]) == 0
    assert capsys.readouterr().out.strip() == f"Nothing was given up ({tmp_path / 'data' / 'formloom.sqlite3'})."
    engine.close()
