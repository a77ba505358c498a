"""The twin: what a programmer would write by hand for one form — Starlette, raw sqlite3, pydantic, orjson.

Why: "fast" means nothing alone. The twin does the same work as the form `order` of the benchmark and nothing more: a token
is looked up, the person's right is checked, the body is validated, the record and a row of its history are written in one
durable transaction. It knows one table, no definitions, no rules, no formulas.
"""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import orjson
import uvicorn
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

COLUMNS = ("name", "customer", "status", "amount", "quantity", "due", "note")
TABLES = """
CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, role TEXT);
CREATE TABLE token (sha256 TEXT PRIMARY KEY, person INTEGER);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY, version INTEGER, name TEXT, customer TEXT, status TEXT, amount INTEGER, quantity INTEGER,
  due TEXT, note TEXT, owner INTEGER, created_at TEXT, updated_at TEXT
);
CREATE INDEX orders_status ON orders (status, amount);
CREATE TABLE history (
  id INTEGER PRIMARY KEY, record INTEGER, version INTEGER, at TEXT, person INTEGER, action TEXT, diff TEXT
);
CREATE INDEX history_record ON history (record);
"""


class Order(BaseModel):
    """The body of a new order, and with `exclude_unset` of a change."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=80)
    customer: str = Field(max_length=80)
    status: Literal["new", "open", "late", "done"]
    amount: Decimal = Field(ge=0, decimal_places=2, max_digits=18)
    quantity: int = Field(ge=1)
    due: str | None = Field(default=None, pattern=r"^\d{4}-\d\d-\d\d$")
    note: str | None = Field(default=None, max_length=2000)


class Change(Order):
    """A change: any of the fields."""

    name: str = Field(default="", max_length=80)
    customer: str = Field(default="", max_length=80)
    status: Literal["new", "open", "late", "done"] = "new"
    amount: Decimal = Field(default=Decimal(0), ge=0, decimal_places=2, max_digits=18)
    quantity: int = Field(default=1, ge=1)


class Refusal(Exception):
    """An answer that isn't a good one."""

    def __init__(self, status: int, detail: Any) -> None:
        self.status, self.detail = status, detail


def connect(path: Path) -> sqlite3.Connection:
    made = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    made.row_factory = sqlite3.Row
    made.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;")
    return made


def seed(path: Path, rows: int, token: str) -> None:
    """A database of so many orders, as the benchmark puts them into the other one."""
    conn = connect(path)
    conn.executescript(TABLES)
    conn.execute("BEGIN")
    conn.execute("INSERT INTO person VALUES (1, 'Bench', 'admin')")
    conn.execute("INSERT INTO token VALUES (?, 1)", (hashlib.sha256(token.encode()).hexdigest(),))
    now = stamp()
    conn.executemany(
        "INSERT INTO orders VALUES (?, 1, ?, ?, ?, ?, ?, ?, NULL, 1, ?, ?)",
        (
            (n, f"Order {n}", f"Customer {n % 997}", ("new", "open", "late", "done")[n % 4], n * 137 % 1000003,
             n % 50 + 1, "2026-12-01", now, now)
            for n in range(1, rows + 1)
        ),
    )  # fmt: skip
    conn.execute("COMMIT")
    conn.execute("ANALYZE")
    conn.close()


def stamp() -> str:
    return datetime.now(UTC).isoformat()


def actor(conn: sqlite3.Connection, request: Request, action: str) -> int:
    """Who asks, if they may."""
    value = request.headers.get("authorization", "").removeprefix("Bearer ")
    digest = hashlib.sha256(value.encode()).hexdigest()
    row = conn.execute(
        "SELECT p.id, p.role FROM token t JOIN person p ON p.id = t.person WHERE t.sha256 = ?", (digest,)
    ).fetchone()
    if row is None:
        raise Refusal(401, "no token")
    if row["role"] not in ("admin", "clerk" if action != "delete" else "admin"):
        raise Refusal(403, "forbidden")
    return int(row["id"])


def shown(row: sqlite3.Row) -> dict[str, Any]:
    found = dict(row)
    found["amount"] = f"{Decimal(found['amount']).scaleb(-2):f}"
    return found


def get(conn: sqlite3.Connection, request: Request, body: bytes) -> tuple[int, Any]:
    actor(conn, request, "view")
    row = conn.execute("SELECT * FROM orders WHERE id = ?", (int(request.path_params["id"]),)).fetchone()
    if row is None:
        raise Refusal(404, "not found")
    return 200, shown(row)


def listing(conn: sqlite3.Connection, request: Request, body: bytes) -> tuple[int, Any]:
    actor(conn, request, "view")
    status, limit = request.query_params["status"], min(int(request.query_params.get("limit", "50")), 200)
    rows = conn.execute(
        "SELECT * FROM orders WHERE status = ? ORDER BY amount DESC LIMIT ?", (status, limit)
    ).fetchall()
    total = conn.execute("SELECT COUNT(*) FROM orders WHERE status = ?", (status,)).fetchone()[0]
    return 200, {"records": [shown(r) for r in rows], "total": total}


def create(conn: sqlite3.Connection, request: Request, body: bytes) -> tuple[int, Any]:
    person = actor(conn, request, "create")
    values = Order.model_validate_json(body).model_dump(mode="python")
    values["amount"] = int(values["amount"].scaleb(2))
    now = stamp()
    conn.execute("BEGIN IMMEDIATE")
    try:
        made = conn.execute(
            "INSERT INTO orders (version, name, customer, status, amount, quantity, due, note, owner, created_at, updated_at)"
            " VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*(values[c] for c in COLUMNS), person, now, now),
        )
        history(conn, made.lastrowid or 0, 1, person, "create", values)
        row = conn.execute("SELECT * FROM orders WHERE id = ?", (made.lastrowid,)).fetchone()
        conn.execute("COMMIT")
    except BaseException:
        conn.execute("ROLLBACK")
        raise
    return 201, shown(row)


def change(conn: sqlite3.Connection, request: Request, body: bytes) -> tuple[int, Any]:
    person, id = actor(conn, request, "edit"), int(request.path_params["id"])
    given = Change.model_validate_json(body).model_dump(exclude_unset=True)
    if "amount" in given:
        given["amount"] = int(given["amount"].scaleb(2))
    wanted = request.headers.get("if-match")
    conn.execute("BEGIN IMMEDIATE")
    try:
        row = conn.execute("SELECT * FROM orders WHERE id = ?", (id,)).fetchone()
        if row is None:
            raise Refusal(404, "not found")
        if wanted != "*" and wanted != f'"{row["version"]}"':
            raise Refusal(412, "changed meanwhile")
        names = ", ".join(f"{n} = ?" for n in given)
        conn.execute(
            f"UPDATE orders SET {names}, version = version + 1, updated_at = ? WHERE id = ?",
            (*given.values(), stamp(), id),
        )
        diff = {n: [row[n], v] for n, v in given.items() if row[n] != v}
        history(conn, id, row["version"] + 1, person, "edit", diff)
        row = conn.execute("SELECT * FROM orders WHERE id = ?", (id,)).fetchone()
        conn.execute("COMMIT")
    except BaseException:
        conn.execute("ROLLBACK")
        raise
    return 200, shown(row)


def history(conn: sqlite3.Connection, record: int, version: int, person: int, action: str, diff: Any) -> None:
    conn.execute(
        "INSERT INTO history (record, version, at, person, action, diff) VALUES (?, ?, ?, ?, ?, ?)",
        (record, version, stamp(), person, action, orjson.dumps(diff, default=str).decode()),
    )


def main(path: Path, port: int) -> None:
    """Serve until stopped. All work is done on the event loop: nothing is faster on one core."""
    conn = connect(path)

    def answered(work: Any) -> Any:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            try:
                status, value = work(conn, request, body)
            except Refusal as refusal:
                status, value = refusal.status, {"detail": refusal.detail}
            except ValidationError as error:
                status, value = 422, {"detail": error.errors(include_url=False, include_context=False)}
            return Response(orjson.dumps(value), status, media_type="application/json")

        return endpoint

    routes = [
        Route("/orders", answered(listing), methods=["GET"]),
        Route("/orders", answered(create), methods=["POST"]),
        Route("/orders/{id:int}", answered(get), methods=["GET"]),
        Route("/orders/{id:int}", answered(change), methods=["PATCH"]),
    ]

    @asynccontextmanager
    async def life(app: Starlette) -> Any:
        yield
        conn.close()

    uvicorn.run(Starlette(routes=routes, lifespan=life), port=port, log_level="error", access_log=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
