"""A real server for stories: a process of its own, on a free port, over a prepared demo.

Why: loading the demo replays a year of work and takes seconds, so it is done once for a whole test run (also when several
workers share it) and copied for each server. Reading all the modules takes seconds too: servers are forks of one process
that has read them and the shipped pack (`preloaded`), and go on as `python server.py` does (`test_durability` starts that itself).
"""

from __future__ import annotations

import contextlib
import fcntl
import multiprocessing
import os
import runpy
import shutil
import socket
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.engine import Engine
from engine.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "definitions"
PASSWORD = "formloom-demo"
PATIENCE = 60
"""Seconds after which a server that doesn't answer is given up; never what a test is about."""

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["engine.web.serving", "tests.stories.preloaded"])


@dataclass(frozen=True)
class Server:
    """A running server: its address, its folders, and the file with what it printed."""

    url: str
    data: Path
    definitions: Path
    printed: Path

    def said(self) -> str:
        """Everything that it printed so far."""
        return self.printed.read_text(encoding="utf-8")


def prepared(factory: pytest.TempPathFactory) -> Path:
    """The data folder with the demo in it, made once for all workers of the run; copy it, don't open it."""
    base = factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder, done = shared / "stories-demo", shared / "stories-demo.done"
    with (shared / "stories-demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            engine = Engine(Settings(definitions=HOME, data=folder))
            try:
                engine.load_demo(PASSWORD)
            finally:
                engine.close()
            done.touch()
    return folder


@contextlib.contextmanager
def running(data: Path, definitions: Path = HOME, **environment: str) -> Iterator[Server]:
    """A server over these folders; stopped at the end."""
    data.mkdir(parents=True, exist_ok=True)
    printed = data.parent / f"{data.name}.log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "DATA_DIR": str(data), "DEFINITIONS": str(definitions), "HOST": "127.0.0.1", "PORT": str(port),
        "TIME_ZONE": "Asia/Shanghai",
    }  # fmt: skip
    process = FORKS.Process(target=_serve, args=(printed, {**os.environ, **settings, **environment}))
    process.start()
    try:
        server = Server(f"http://127.0.0.1:{port}", data, definitions, printed)
        wait(server, process.is_alive)
        yield server
    finally:
        process.terminate()
        process.join(10)
        process.kill()
        process.join()


def _serve(printed: Path, environment: dict[str, str]) -> None:
    """What the server's process does, with this environment: `python server.py`, printing into a file."""
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    with printed.open("w", encoding="utf-8", buffering=1) as output, contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(output))
        stack.enter_context(contextlib.redirect_stderr(output))
        sys.argv = ["server.py"]
        runpy.run_path("server.py", run_name="__main__")


def wait(server: Server, alive: Callable[[], bool]) -> None:
    """Until it answers; RuntimeError with what it printed when it ends before, or takes too long."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and alive():
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{server.url}/healthz", timeout=5) as answer:
            answer.read()
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{server.said()}")
