"""A real server for stories: a process of its own, on a free port, over a prepared demo.

Why: loading the demo replays a year of work and takes seconds, so it is done once for a whole test run (also when several
workers share it) and copied for each server. The server is started as a user starts it: `python server.py`.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
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
        "PYTHONUNBUFFERED": "1", "TIME_ZONE": "Asia/Shanghai", "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    with printed.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [sys.executable, "server.py"],
            cwd=ROOT,
            env={**os.environ, **settings, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        server = Server(f"http://127.0.0.1:{port}", data, definitions, printed)
        _wait(server, process)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{server.url}/healthz", timeout=5) as answer:
            answer.read()
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{server.said()}")
