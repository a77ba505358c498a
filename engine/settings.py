"""What the surroundings say: folders, address, time zone. Read once at the start, a bad value answered by a
sentence."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from engine.assets import home_pack
from engine.problems import Refused, problem
from engine.problems.settings import BAD_DATABASE, BAD_PORT, BAD_ZONE

DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Settings:
    """`definitions`: the home pack's folder. `data`: where files and, unless `database` names a PostgreSQL database, the
    SQLite database are kept. `demo`: load and offer the pack's demo people and records. `reload`: read definitions anew
    when their files change. `worker`: this server also does jobs (on SQLite it always does). `database` may hold a
    password: it is in no repr."""

    definitions: Path
    data: Path
    host: str = "127.0.0.1"
    port: int = 8000
    zone: ZoneInfo = DEFAULT_ZONE
    demo: bool = True
    reload: bool = False
    secure: bool = False
    worker: bool = True
    database: str | None = field(default=None, repr=False)


def read_settings(environ: Mapping[str, str] = os.environ, *, reload: bool = False) -> Settings:
    """Settings from the environment: DEFINITIONS, DATA_DIR, DATABASE_URL, HOST, PORT, TIME_ZONE, DEMO (1 or 0), HTTPS
    (1: cookies only over https), WORKER (0: others do the jobs). The demo is on by default only where just this machine
    can reach the server.

    Raises Refused for a port, zone or database address that is none.
    """
    host = environ.get("HOST", "127.0.0.1")
    port = environ.get("PORT", "8000")
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise Refused(problem(BAD_PORT, value=port))
    zone = environ.get("TIME_ZONE", "Asia/Shanghai")
    try:
        found = ZoneInfo(zone)
    except (ValueError, KeyError, OSError):
        raise Refused(problem(BAD_ZONE, value=zone)) from None
    local = host in ("127.0.0.1", "localhost", "::1")
    return Settings(
        definitions=Path(environ.get("DEFINITIONS", default_definitions())),
        data=Path(environ.get("DATA_DIR", "data")),
        host=host,
        port=int(port),
        zone=found,
        demo=environ.get("DEMO", "1" if local else "0") == "1",
        reload=reload or environ.get("RELOAD") == "1",
        secure=environ.get("HTTPS", "0") == "1",
        worker=environ.get("WORKER", "1") == "1",
        database=read_database(environ.get("DATABASE_URL", "")),
    )


def read_database(given: str) -> str | None:
    """The address of a PostgreSQL database, `postgresql://…`, as given; None for "": SQLite in the data folder.

    Raises Refused when it is none. What is wrong is said without the address, for that may hold a password.
    """
    if not given.strip():
        return None
    try:
        parts = urlsplit(given.strip())
        port = parts.port
    except ValueError:
        raise Refused(problem(BAD_DATABASE)) from None
    named = parts.path.strip("/") and "/" not in parts.path.strip("/")
    if parts.scheme not in ("postgresql", "postgres") or not named or port == 0:
        raise Refused(problem(BAD_DATABASE))
    return given.strip()


def default_definitions() -> str:
    """The folder `definitions` here, else the pack that ships."""
    here = Path("definitions")
    return str(here if here.is_dir() else home_pack())
