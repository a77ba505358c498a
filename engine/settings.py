"""What the surroundings say: folders, address, time zone. Read once at the start, a bad value answered by a
sentence."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

from engine.assets import home_pack
from engine.problems import Problem, Refused, problem
from engine.problems.settings import BAD_ADDRESS, BAD_DATABASE, BAD_MAIL, BAD_PORT, BAD_TILES, BAD_ZONE
from engine.texts import LANGUAGES

DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")

PORTS = {"tls": 465, "starttls": 587, "none": 25}
"""How a connection to the mail server is encrypted -> the usual port."""


@dataclass(frozen=True)
class MailServer:
    """Who takes our mails. `security`: `tls` from the start, `starttls` (insisted on) or `none`; `sender` is the address
    that mails come from; `user` None: no sign-in. The password is in no repr."""

    host: str
    port: int
    security: str
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Settings:
    """`definitions`: the home pack's folder. `data`: where files and, unless `database` names a PostgreSQL database, the
    SQLite database are kept. `demo`: load and offer the pack's demo people and records. `reload`: read definitions anew
    when their files change. `worker`: this server also does jobs (on SQLite it always does). `database` may hold a
    password: it is in no repr. `mail` None: no mails leave. `address` is where people reach the server, for links in
    mails (https://forms.example.com, without a slash at its end; "": not known). `secrets`: name -> secret, for calls;
    `calls`: hosts (or host:port) of the own network that may be called. `files` is the address of a store of files such as s3://bucket/prefix
    ("": the data folder). `map_tiles` is the address of the tiles that lie
    beneath maps, with {z}, {x} and {y} ("": none), `map_credit` who is to be named for them. Secrets are in no repr."""

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
    mail: MailServer | None = None
    address: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    calls: frozenset[str] = frozenset()
    map_tiles: str = ""
    files: str = field(default="", repr=False)
    map_credit: str = ""


def terminal_language(environ: Mapping[str, str] = os.environ) -> str:
    """The language of what a terminal is told: as LC_ALL, LC_MESSAGES or LANG say. A language that we don't speak: en;
    none said (nothing, C, POSIX, as in containers): zh, as in the browser."""
    said = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "C")
    tongue = re.split(r"[_.@-]", said.lower())[0]
    return LANGUAGES[0] if tongue in ("c", "posix") else tongue if tongue in LANGUAGES else "en"


def read_settings(environ: Mapping[str, str] = os.environ, *, reload: bool = False) -> Settings:
    """Settings from the environment: DEFINITIONS, DATA_DIR, DATABASE_URL, HOST, PORT, TIME_ZONE, DEMO (1 or 0), HTTPS
    (1: cookies only over https), WORKER (0: others do the jobs), SMTP_URL and MAIL_FROM (who takes mails), PUBLIC_URL,
    SECRET_NAME (one for each secret), CALL_ALLOW, MAP_TILES, MAP_CREDIT and FILES_URL.
    The demo is on by default only where just this machine can reach the server.

    Raises Refused for a port, zone, database, mail server or address that is none.
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
        mail=read_mail(environ.get("SMTP_URL", ""), environ.get("MAIL_FROM", "")),
        address=read_address(environ.get("PUBLIC_URL", "")),
        secrets={k.removeprefix("SECRET_").lower(): v for k, v in environ.items() if k.startswith("SECRET_")},
        calls=frozenset(environ.get("CALL_ALLOW", "").replace(",", " ").split()),
        files=environ.get("FILES_URL", "").strip(),
        map_tiles=read_tiles(environ.get("MAP_TILES", "")),
        map_credit=environ.get("MAP_CREDIT", "").strip(),
    )


def read_database(given: str) -> str | None:
    """The address of a PostgreSQL database, `postgresql://…`, as given; None for "": SQLite in the data folder.

    Raises Refused when it is none. What is wrong is said without the address, for that may hold a password.
    """
    if not given.strip():
        return None
    parts, port = _taken_apart(given, problem(BAD_DATABASE))
    named = parts.path.strip("/") and "/" not in parts.path.strip("/")
    if parts.scheme not in ("postgresql", "postgres") or not named or port == 0:
        raise Refused(problem(BAD_DATABASE))
    return given.strip()


def read_mail(given: str, sender: str) -> MailServer | None:
    """The mail server of an address such as `smtp://user:password@host:587`; None for "".

    `smtp:` insists on STARTTLS, `smtps:` is encrypted from the start, `smtp:…?security=none` isn't encrypted at all (then
    no sign-in). `sender` may be left out when the user is an address. Raises Refused, without the address's words.
    """
    if not given.strip():
        return None
    parts, port = _taken_apart(given, problem(BAD_MAIL))
    security = _security(parts)
    user = unquote(parts.username) if parts.username else None
    comes_from = sender.strip() or user or ""
    if security is None or not parts.hostname or port == 0 or comes_from.count("@") != 1:
        raise Refused(problem(BAD_MAIL))
    if security == "none" and user is not None:
        raise Refused(problem(BAD_MAIL))
    password = unquote(parts.password) if parts.password else None
    return MailServer(parts.hostname, port or PORTS[security], security, comes_from, user, password)


def _taken_apart(given: str, wrong: Problem) -> tuple[SplitResult, int | None]:
    """An address's parts and its port; refused with `wrong` when it can't be read."""
    try:
        parts = urlsplit(given.strip())
        return parts, parts.port
    except ValueError:
        raise Refused(wrong) from None


def _security(parts: SplitResult) -> str | None:
    """How the connection is to be encrypted; None when the address doesn't say it rightly."""
    if parts.scheme not in ("smtp", "smtps") or parts.path not in ("", "/"):
        return None
    default = "tls" if parts.scheme == "smtps" else "starttls"
    asked = parse_qs(parts.query, keep_blank_values=True)
    if asked.keys() - {"security"}:
        return None
    said = asked.get("security", [default])[-1]
    return said if said in (default, "none") else None


def read_address(given: str) -> str:
    """Where people reach the server, without a slash at the end; "" for "". Raises Refused when it is no web address."""
    if not given.strip():
        return ""
    parts, _ = _taken_apart(given, problem(BAD_ADDRESS, value=given))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise Refused(problem(BAD_ADDRESS, value=given))
    return f"{parts.scheme}://{parts.netloc}"


def read_tiles(given: str) -> str:
    """The address of map tiles, `https://tiles.example.com/{z}/{x}/{y}.png`; "" for "". Raises Refused when it is none."""
    if not given.strip():
        return ""
    parts, _ = _taken_apart(given, problem(BAD_TILES, value=given))
    host = re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]+)?", parts.netloc)
    if parts.scheme not in ("http", "https") or not host or not all(one in given for one in ("{z}", "{x}", "{y}")):
        raise Refused(problem(BAD_TILES, value=given))
    return given.strip()


def default_definitions() -> str:
    """The folder `definitions` here, else the pack that ships."""
    here = Path("definitions")
    return str(here if here.is_dir() else home_pack())
