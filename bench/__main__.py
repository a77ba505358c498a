"""`python -m bench`: starts Formloom and the twin with the same 100,000 orders and prints how they compare.

Numbers of a machine mean little elsewhere, so the table gives ratios: ours / the twin's, both measured in turn, several
rounds, the best of each (what disturbs a round only ever makes it slower).
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

from bench import face, imports, orders, pages, scores, twin
from bench.load import Request, Result, measure
from engine.engine import Engine
from engine.runtime import people, sessions
from engine.settings import Settings

FORM = """
title: Orders
record_title: "{name}"
fields:
  name: {type: text, title: Name, required: true, max_length: 80}
  customer: {type: text, title: Customer, required: true, max_length: 80}
  status: {type: choice, title: Status, options: [new, open, late, done], required: true}
  amount: {type: money, title: Amount, min: 0, required: true}
  quantity: {type: integer, title: Quantity, min: 1, required: true}
  due: {type: date, title: Due}
  note: {type: longtext, title: Note}
views:
  late: {title: Late, columns: [name, customer, status, amount, quantity, due], where: status = "late", sort: -amount}
  board: {title: Board, type: kanban, by: status, columns: [name, customer, amount]}
access:
  clerk: {can: [view, create, edit]}
"""
PACK = "title: Bench\nlanguage: en\nroles: {clerk: Clerk}\n"
RECORDS = "/api/forms/order/records"
TARGETS = {"get": 0.35, "create": 0.3, "update": 0.25, "list": 0.4}
STATES = ("new", "open", "late", "done")


def main() -> None:
    """Run everything and print the table."""
    words = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    words.add_argument("--rows", type=int, default=100_000)
    words.add_argument("--seconds", type=float, default=4.0, help="how long each measurement lasts")
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--connections", type=int, default=16)
    words.add_argument("--database", help="address of an empty PostgreSQL database, for the imports (default: SQLite)")
    words.add_argument("--only", choices=["imports", "orders"], help="measure nothing else")
    given = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="formloom-bench-") as folder:
        place = Path(folder)
        if given.only == "orders" or given.database is None:
            print(f"\n{orders.run(place / 'orders', given.rows // 10, given.database)}", flush=True)
        if given.only == "orders":
            return
        print(
            f"\nA workbook of {given.rows:,} rows ({'PostgreSQL' if given.database else 'SQLite'}):\n\n"
            f"{imports.run(place / 'imports', given.rows, given.database)}\n",
            flush=True,
        )
        if given.only:
            return
        begun = time.perf_counter()
        token, cookie = ours(place, given.rows)
        twin.seed(place / "twin.sqlite3", given.rows, token)
        print(f"{given.rows:,} rows in each, {time.perf_counter() - begun:.0f} s to fill", flush=True)
        with formloom(place) as port, handwritten(place) as other:
            results = compare(port, other, token, cookie, given)
            served = pages.pages(port, cookie)
            print(f"memory: {memory(port):.0f} MB (idle after the run)")
        print(table(results))
        print(f"\nThe server's time for a page of {given.rows:,} records (target: {pages.TARGET:.0f} ms):\n")
        print(pages.table(served))
        print("\nA key in a line table (target: 50 ms at 50 lines, and no slower to the hand at 1,000):\n")
        print(face.table(face.keys(place / "face", formloom)))
        print("\nLighthouse, of 100 (its phone is slow and on a slow line):\n")
        print(scores.table(scores.scores(place / "scores", formloom)))


# -- the two servers ---------------------------------------------------------------------------------------------------


def ours(place: Path, rows: int) -> tuple[str, str]:
    """Formloom's data folder with so many orders; a token and a session's cookie of a clerk.

    The rows are put in by SQL, as the twin's are: how fast an import is isn't asked here.
    """
    folder = place / "definitions"
    (folder / "forms").mkdir(parents=True)
    (folder / "pack.yaml").write_text(PACK)
    (folder / "forms" / "order.yaml").write_text(FORM)
    (folder / "dashboards").mkdir()
    (folder / "dashboards" / "orders.yaml").write_text(pages.DASHBOARD)
    engine = Engine(Settings(definitions=folder, data=place / "data", demo=False))
    now = datetime.now(UTC)
    try:
        clerk = engine.store.write(
            lambda conn: people.create_person(
                conn, now, engine.catalog.roles, login="bench", name="Bench", roles=["clerk"]
            )
        )
        token = engine.store.write(lambda conn: sessions.make_token(conn, clerk, "bench", now))[1]
        cookie = engine.store.write(lambda conn: sessions.begin(conn, clerk, now))
        table = engine._edition.layout.table("order")
        engine.store.write(
            lambda conn: conn.execute(table.insert(), [order(n, clerk, now) for n in range(1, rows + 1)]) and None
        )
        engine.store.write(lambda conn: conn.exec_driver_sql("ANALYZE") and None)
    finally:
        engine.close()
    return token, cookie


def order(n: int, owner: int, now: datetime) -> dict[str, object]:
    """The same order that the twin has under this number."""
    return {
        "id": n, "version": 1, "_title": f"Order {n}", "name": f"Order {n}", "customer": f"Customer {n % 997}",
        "status": STATES[n % 4], "amount": Decimal(n * 137 % 1000003).scaleb(-2), "quantity": Decimal(n % 50 + 1),
        "due": now.date(), "owner": owner, "created_by": owner, "updated_by": owner, "created_at": now, "updated_at": now,
        "state_since": now,
    }  # fmt: skip


@contextmanager
def formloom(place: Path) -> Iterator[int]:
    """Formloom as a process; its port."""
    port = free_port()
    environ = {
        **os.environ, "DEFINITIONS": str(place / "definitions"), "DATA_DIR": str(place / "data"), "PORT": str(port),
        "DEMO": "0", "HOST": "127.0.0.1",
    }  # fmt: skip
    with process([sys.executable, "-m", "engine", "serve"], environ, port):
        yield port


@contextmanager
def handwritten(place: Path) -> Iterator[int]:
    """The twin as a process; its port."""
    port = free_port()
    with process([sys.executable, "-m", "bench.twin", str(place / "twin.sqlite3"), str(port)], dict(os.environ), port):
        yield port


@contextmanager
def process(command: list[str], environ: dict[str, str], port: int) -> Iterator[None]:
    """A server, from when it takes connections until it has ended."""
    running = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, cwd=Path(__file__).parents[1])
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if running.poll() is not None:
                raise RuntimeError(f"{command} ended with {running.returncode}")
            time.sleep(0.1)
        PROCESSES[port] = running.pid
        yield
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(20)


PROCESSES: dict[int, int] = {}
"""The process that listens at a port."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory(port: int) -> float:
    """What a server's process holds in memory, in MB."""
    for line in Path(f"/proc/{PROCESSES[port]}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


# -- measuring ---------------------------------------------------------------------------------------------------------

Make = Callable[[int], Request]


def work(token: str, rows: int) -> dict[str, tuple[Make, Make, int]]:
    """What is measured: name -> our requests, the twin's, and the status that all must have."""
    bearer = ("authorization", f"Bearer {token}")
    both, any_version = (bearer,), (bearer, ("if-match", "*"))

    def body(n: int) -> bytes:
        fields = {"name": f"New {n}", "customer": f"Customer {n % 997}", "status": STATES[n % 4]}
        return json.dumps({**fields, "amount": f"{n % 1000}.50", "quantity": n % 50 + 1, "due": "2026-12-24"}).encode()

    def change(n: int) -> bytes:
        return json.dumps({"amount": f"{n % 9973}.25", "note": f"changed {n}"}).encode()

    def id(n: int) -> int:
        return n * 7919 % rows + 1

    where = quote('status = "late"')
    columns = "name,customer,status,amount,quantity,due,note,owner,created_at,updated_at"
    ours_list = f"{RECORDS}?where={where}&sort=-amount&limit=50&columns={columns}"
    return {
        "get": (
            lambda n: Request("GET", f"{RECORDS}/{id(n)}", headers=both),
            lambda n: Request("GET", f"/orders/{id(n)}", headers=both), 200,
        ),
        "create": (
            lambda n: Request("POST", RECORDS, body(n), both), lambda n: Request("POST", "/orders", body(n), both), 201,
        ),
        "update": (
            lambda n: Request("PATCH", f"{RECORDS}/{id(n)}", change(n), any_version),
            lambda n: Request("PATCH", f"/orders/{id(n)}", change(n), any_version), 200,
        ),
        "list": (
            lambda n: Request("GET", ours_list, headers=both),
            lambda n: Request("GET", "/orders?status=late&limit=50", headers=both), 200,
        ),
    }  # fmt: skip


def compare(
    port: int, other: int, token: str, cookie: str, given: argparse.Namespace
) -> dict[str, tuple[Result, Result | None]]:
    """Measure everything in turn, several rounds; the best of each."""
    best: dict[str, tuple[Result, Result | None]] = {}
    page = Request(
        "GET", "/f/order?view=late&limit=50", headers=(("cookie", f"fl_session={cookie}"), ("accept", "text/html"))
    )
    for number in range(given.rounds):
        print(f"round {number + 1} of {given.rounds} ...", flush=True)
        for name, (mine, theirs, status) in work(token, given.rows).items():
            found = (
                measure(port, mine, status, given.seconds, given.connections),
                measure(other, theirs, status, given.seconds, given.connections),
            )
            old = best.get(name)
            best[name] = found if old is None else (faster(old[0], found[0]), faster(old[1], found[1]))
        html = measure(port, lambda n: page, 200, given.seconds, given.connections)
        best["HTML list page"] = (
            html if "HTML list page" not in best else faster(best["HTML list page"][0], html),
            None,
        )
    return best


def faster(one: Result | None, two: Result) -> Result:
    return two if one is None or two.rate > one.rate else one


def table(results: dict[str, tuple[Result, Result | None]]) -> str:
    """The table as Markdown."""
    lines = [
        "| what | ours req/s | ms p50 / p99 | twin req/s | ms p50 / p99 | ratio | target |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, (mine, theirs) in results.items():
        row = [name, f"{mine.rate:,.0f}", f"{mine.median:.1f} / {mine.slow:.1f}"]
        if theirs is None:
            row += ["", "", "", ""]
        else:
            row += [f"{theirs.rate:,.0f}", f"{theirs.median:.1f} / {theirs.slow:.1f}"]
            row += [f"{mine.rate / theirs.rate:.3f}", f"{TARGETS[name]}"]
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
