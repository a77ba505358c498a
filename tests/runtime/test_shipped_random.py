"""The shipped definitions, lived in at random and killed in the middle of it: no record is ever in a state that isn't one, no
task without somebody, nobody stuck, no rule or kept formula untrue, no time that doesn't ring.

A few steps each time; FORMLOOM_STEPS=20000 does as many as the promise says, killed each few hundred.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from engine.engine import Engine
from engine.settings import Settings
from tests import postgres
from tests.conftest import HOME
from tests.firm import NOW

STEPS = int(os.environ.get("FORMLOOM_STEPS", "24"))
EACH = 12 if STEPS < 1000 else 250
"""After about how many steps the process is killed."""
SEED = int(os.environ.get("FORMLOOM_SEED", "1"))
ROOT = Path(__file__).parents[2]


@pytest.fixture
def database(kind: str, request: pytest.FixtureRequest) -> Iterator[str | None]:
    """A database with nothing in it, not even tables: the demo is copied to it. None: SQLite in the data folder."""
    if kind == "sqlite":
        yield None
        return
    with postgres.database(request.getfixturevalue("cluster"), "template1") as address:
        yield address


def born(data: Path, database: str | None, seed: int, steps: int, now: datetime) -> subprocess.Popen[str]:
    """A life in a process of its own."""
    words = [str(HOME), str(data), database or "", str(seed), str(steps), now.isoformat()]
    command = [sys.executable, "-m", "tests.runtime.living", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_random_people_random_days_and_sudden_deaths(
    demo_folder: Path, tmp_path: Path, database: str | None, kind: str
) -> None:
    """The demo's people in the shipped definitions, on both databases."""
    data, chance, now, lived = tmp_path / "data", random.Random(SEED), NOW, 0
    shutil.copytree(demo_folder, data)
    if database is not None:
        engine = Engine(Settings(definitions=HOME, data=data, demo=False), clock=lambda: NOW)
        engine.copy_to(database)
        engine.close()
    while lived < STEPS:
        last = lived + EACH >= STEPS
        process = born(data, database, chance.randrange(10**9), STEPS - lived if last else EACH * 2, now)
        assert process.stdout is not None
        until, told = chance.randint(EACH // 2, EACH), []
        for line in process.stdout:
            if not line.startswith("step "):
                told.append(line.strip())
                continue
            lived += 1
            now = datetime.fromisoformat(line.split()[1])
            if not last and (until := until - 1) == 0:
                os.kill(process.pid, signal.SIGKILL)
                break
        process.stdout.close()
        process.wait()
        ended = (0, ["well"]) if last else (-signal.SIGKILL, [])
        assert (process.returncode, told[:1]) == ended, told
