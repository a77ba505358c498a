from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from engine.engine import Engine
from engine.settings import Settings
from tests import postgres
from tests.chromium import QUIET, chromium
from tests.firm import NOW, PACKS, Build, Clock, Firm

HOME = Path(__file__).parents[1] / "definitions"
PACK = "title: Test\nlanguage: en\nroles: {clerk: Clerk, boss: Boss, guest: Guest}\n"

MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30
"""Where files lie in memory, and how many bytes must be free there."""


def pytest_configure() -> None:
    """Keep what tests write in memory where there is room: databases wait for disks, and tests for databases.

    Property tests try the same cases each time (`tests.seeds` says why); `--hypothesis-profile=default` tries others.
    """
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # it is asked for anew
    settings.register_profile("same", derandomize=True, deadline=None)
    settings.load_profile("same")


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of a run know."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The run's Chromium: the system's, else Playwright's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def cluster(shared_folder: Path) -> str:
    """The run's own PostgreSQL server."""
    return postgres.cluster(shared_folder)


BOTH = (
    "test_access",
    "test_act",
    "test_aggregates",
    "test_ask",
    "test_boards",
    "test_change",
    "test_datasets",
    "test_effects",
    "test_feeding",
    "test_importing",
    "test_imports",
    "test_moments",
    "test_nested",
    "test_options",
    "test_people",
    "test_personal",
    "test_references",
    "test_related",
    "test_rules",
    "test_submit",
    "test_tasks",
    "test_tasks_random",
    "test_tasks_signing",
    "test_tasks_together",
    "test_walks",
    "test_warnings",
    "test_widgets",
)
"""Modules of `tests/runtime` whose tests are about what databases answer: they run on both."""

ALL = os.environ.get("FORMLOOM_DATABASES") == "both"
"""Whether every test that keeps records runs on both: asked for by hand, since it takes half as long again."""


FIRST = ("test_everywhere", "test_agreement")
"""The longest module that needs the demo, and the longest that doesn't: while one worker makes it, the other waits for
nothing."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys through a browser come first: they are the longest, and two workers shall come to the end together."""
    places = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: (places.get(item.path.stem, len(FIRST)), item.path.parent.name != "stories"))


def pytest_collection_finish() -> None:
    """What is there from now on to the end is not gone through again and again for garbage."""
    gc.collect()
    gc.freeze()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the tests of BOTH, or all of them, each database, unless one says itself which it is about."""
    marks = metafunc.definition.iter_markers("parametrize")
    own = hasattr(metafunc.module, "kind") or any("kind" in mark.args[0] for mark in marks)
    name = metafunc.module.__name__
    chosen = (ALL and "storage" not in name) or ("runtime" in name and name.rpartition(".")[2] in BOTH)
    if "kind" in metafunc.fixturenames and not own and chosen:
        metafunc.parametrize("kind", ["sqlite", "postgresql"])


@pytest.fixture
def kind() -> str:
    """Which database a test's firms are kept in: `sqlite`, or `postgresql` where tests run on both."""
    return "sqlite"


@pytest.fixture
def database(kind: str, request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The address of a new database of that kind; None: SQLite in the data folder."""
    if kind == "sqlite":
        yield None
        return
    with postgres.database(request.getfixturevalue("cluster")) as address:
        yield address


@pytest.fixture(scope="session", autouse=True)
def packs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where the packs lie that tests write."""
    with PACKS.kept_in(tmp_path_factory.mktemp("packs")):
        yield


@pytest.fixture
def engine_of(tmp_path: Path, kind: str, request: pytest.FixtureRequest) -> Iterator[Build]:
    """Makes a firm from files (path below the pack -> YAML) or from a folder of definitions."""
    made: list[Firm] = []
    databases = contextlib.ExitStack()

    def build(pack: Mapping[str, str] | Path, clock: Clock | None = None, **more: Any) -> Firm:
        place = tmp_path / f"firm{len(made)}"
        folder = pack if isinstance(pack, Path) else PACKS.folder({"pack.yaml": PACK, **pack})
        database = None
        if kind == "postgresql":
            database = databases.enter_context(postgres.database(request.getfixturevalue("cluster")))
        made.append(Firm(folder, place / "data", clock, database=database, **more))
        return made[-1]

    with databases:
        yield build
        for firm in made:
            firm.close()


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the shipped pack's demo, made once for all workers of a run; copy it, don't open it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder, done = shared / "demo-data", shared / "demo-data.done"
    with (shared / "demo-data.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            engine = Engine(Settings(definitions=HOME, data=folder), clock=Clock(NOW))
            try:
                engine.load_demo("formloom-demo")
            finally:
                engine.close()
            done.touch()
    return folder


@pytest.fixture
def demo(demo_folder: Path, tmp_path: Path) -> Iterator[Firm]:
    """The shipped pack with its demo, one's own copy."""
    shutil.copytree(demo_folder, tmp_path / "demo")
    firm = Firm(HOME, tmp_path / "demo")
    yield firm
    firm.close()
