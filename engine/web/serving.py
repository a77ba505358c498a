"""Starting the server: the engine, its demo, the watch over definitions, and the words that a person reads first."""

from __future__ import annotations

import gc
import logging
import socket
import sys
import threading
from pathlib import Path

import uvicorn
import watchfiles

from engine.definitions.model import Catalog
from engine.definitions.report import as_text
from engine.engine import Engine
from engine.problems import Problem, Refused, problem
from engine.problems.settings import PORT_TAKEN
from engine.runtime import sweeping
from engine.settings import Settings, terminal_language
from engine.web.app import create_app

DEMO_PASSWORD = "formloom-demo"
"""The password of all demo people; it is printed, so the demo is off wherever others can reach the server."""

PRINTED = 12
"""How many demo people are printed, one for each role."""

log = logging.getLogger("formloom")


def _loading() -> None:
    print("正在载入演示数据，请稍候…… / loading the demo, one moment ...", flush=True)


def serve(settings: Settings) -> int:
    """Serve until stopped; gives the exit code. Whatever keeps it from starting is told in words."""
    try:
        _free_port(settings)
        print("正在启动…… / starting ...", flush=True)
        engine = Engine(settings)
    except Refused as refused:
        tell(refused.problems)
        return 1
    try:
        tell(engine.problems)
        if settings.demo:
            made = engine.load_demo(DEMO_PASSWORD, _loading)
            if made:
                print(f"演示数据已载入 / demo loaded: {made}", flush=True)
        _greet(settings, engine)
        if settings.worker or settings.database is None:
            engine.store.write(lambda conn: sweeping.plan(conn, engine.clock(), engine.settings.zone))
            engine.jobs.start()
        stop = threading.Event()
        if settings.reload:
            threading.Thread(target=watch, args=(engine, settings.definitions, stop), daemon=True).start()
        config = uvicorn.Config(
            create_app(engine), host=settings.host, port=settings.port, log_level="warning", server_header=False,
            timeout_graceful_shutdown=5,
        )  # fmt: skip
        gc.freeze()  # what is loaded stays; going through it for garbage would make requests wait
        Server(config, engine).run()
        stop.set()
    except Refused as refused:
        tell(refused.problems)
        return 1
    finally:
        engine.close()
    return 0


class Server(uvicorn.Server):
    """Ends the streams of those who listen when it is told to stop, so that it needn't wait for them."""

    def __init__(self, config: uvicorn.Config, engine: Engine) -> None:
        super().__init__(config)
        self._engine = engine

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop: no new connections, those that are there are finished."""
        self._engine.live.stop()
        await super().shutdown(sockets)


def watch(engine: Engine, folder: Path, stop: threading.Event) -> None:
    """Read the definitions anew whenever one of their files changes, and tell what is wrong with them."""
    for _ in watchfiles.watch(folder, stop_event=stop, recursive=True):
        try:
            found = engine.reload()
        except Refused as refused:
            tell(refused.problems)
            print("仍用原来的定义 / the definitions stay as they were", flush=True)
            continue
        tell(found)
        print("定义已重新读取 / definitions read anew", flush=True)


def tell(found: tuple[Problem, ...]) -> None:
    """Print problems for whoever keeps the definitions: errors and warnings, in the terminal's language."""
    worth = [p for p in found if p.severity != "info"]
    if worth:
        print(as_text(worth, terminal_language()), file=sys.stderr, flush=True)


def _free_port(settings: Settings) -> None:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            raise Refused(problem(PORT_TAKEN, host=settings.host, port=settings.port, next=settings.port + 1)) from None


def _greet(settings: Settings, engine: Engine) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    print(f"\nFormloom  http://{host}:{settings.port}\n", flush=True)
    if not settings.demo:
        return
    people = demo_people(engine.catalog)
    if not people:  # a pack without a demo: its people have passwords of their own
        return
    for login, name, roles in people:
        print(f"  {login:<14}{name}  {roles}", flush=True)
    print(f"\n  密码 / password: {DEMO_PASSWORD}\n", flush=True)


def demo_people(catalog: Catalog) -> list[tuple[str, str, str]]:
    """Some of the demo's people, the first of each role: login, name, roles in words."""
    found: list[tuple[str, str, str]] = []
    seen: set[str] = set()
    for login, person in (catalog.demo.people if catalog.demo is not None else {}).items():
        fresh = [r for r in person.roles if r not in seen]
        if fresh and len(found) < PRINTED:
            seen.update(person.roles)
            titles = [catalog.roles[r].to("zh") if r in catalog.roles else r for r in person.roles]
            found.append((login, person.name, "、".join(titles)))
    return found
