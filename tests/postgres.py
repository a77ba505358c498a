"""A throw-away PostgreSQL of a test run's own, shared by its workers; each test gets a database that is a copy.

Why: tests must need nothing that somebody set up, and disturb nothing. The first worker that asks starts a server in a
new folder; a keeper process beside it ends the server and removes the folder when the run is over, however it ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from engine.jobs.postgres import install
from engine.storage import tables
from engine.storage.store import Store

OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "max_wal_size": "4GB",
    "listen_addresses": "",
}
TEMPLATE = "formloom_template"


def binaries() -> Path:
    """The folder of initdb and postgres."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path:
        return Path(on_path).parent
    raise RuntimeError("no PostgreSQL server programs were found; .ci/postgres (make postgres) gets them")


def keep(folder: Path, run: int) -> None:
    """What the keeper process does: start the server in `folder`, tell when it answers, end it when `run` has ended."""
    user = _unprivileged()
    data, programs = folder / "data", binaries()
    as_user: dict[str, Any] = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    initdb: list[str | Path] = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "formloom",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "-N",
    ]
    subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **as_user)
    options = [f"-c{name}={value}" for name, value in OPTIONS.items()]
    command: list[str | Path] = [programs / "postgres", "-D", data, "-k", folder, *options]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **as_user)
    try:
        while server.poll() is None and _alive(run):
            if not (folder / "ready").exists() and _answers(folder):
                (folder / "ready").touch()
            time.sleep(0.05 if not (folder / "ready").exists() else 1)
    finally:
        server.terminate() if not _alive(run) else server.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(2)
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def cluster(shared: Path) -> str:
    """The folder of the run's server (its socket lies there), which is started when there is none; `shared` is a folder
    that all workers of the run know."""
    place = shared / "postgres"
    with (shared / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            folder = Path(tempfile.mkdtemp(prefix="formloom-pg-"))
            folder.chmod(0o755)
            user = _unprivileged()
            if user:
                shutil.chown(folder, user)
            run = os.getppid() if os.environ.get("PYTEST_XDIST_WORKER") else os.getpid()
            with (folder / "keeper").open("w") as log:
                call = [sys.executable, "-m", "tests.postgres", str(folder), str(run)]
                root = Path(__file__).parents[1]
                keeper = subprocess.Popen(call, stdout=log, stderr=log, cwd=root, start_new_session=True)
            while not (folder / "ready").exists():
                if keeper.poll() is not None:
                    raise RuntimeError(f"PostgreSQL didn't start: {folder}")
                time.sleep(0.02)
            keeper.returncode = 0  # it outlives us, on purpose
            with _maintenance(folder) as conn:
                conn.execute(f"CREATE DATABASE {TEMPLATE}")
            with Store(address(str(folder), TEMPLATE)) as store:  # what every database has is in the template
                store.write(install)
                store.write(tables.create)
            place.write_text(str(folder))
    return place.read_text()


@contextlib.contextmanager
def database(folder: str, template: str = TEMPLATE) -> Iterator[str]:
    """The address of a new database, a copy of `template`; it is gone afterwards."""
    name = f"t_{secrets.token_hex(6)}"
    copy(folder, name, template)
    try:
        yield address(folder, name)
    finally:
        drop(folder, name)


def copy(folder: str, name: str, template: str = TEMPLATE) -> None:
    """Make a database as a copy of another, to which nobody may be connected."""
    with _maintenance(folder) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")


def drop(folder: str, name: str) -> None:
    """Remove a database, whoever is connected to it."""
    with _maintenance(folder) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


def address(folder: str, name: str) -> str:
    """The address of a database of the run's server."""
    return f"postgresql://formloom@/{name}?host={folder}"


def _maintenance(folder: str | Path) -> psycopg.Connection:
    return psycopg.connect(f"postgresql://formloom@/postgres?host={folder}", autocommit=True)


def _unprivileged() -> str | None:
    """Whom the server runs as when we are root, which it refuses; None: as whom we are."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise RuntimeError(f"PostgreSQL doesn't run as {getpass.getuser()}, and there is nobody else")


def _answers(folder: Path) -> bool:
    try:
        _maintenance(folder).close()
    except psycopg.OperationalError:
        return False
    return True


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    keep(Path(sys.argv[1]), int(sys.argv[2]))
