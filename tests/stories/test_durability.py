"""What was acknowledged is kept, whatever happens to the server: killed with -9 among sixteen writers, again and again.

Each writer submits a slip with lines and presses its button, through the API of a real server. What the server had
answered when it was killed must be there afterwards; what it hadn't is there whole or not at all: lines, totals, history,
numbers and the sums that other records keep agree. FORMLOOM_KILLS=50 does it fifty times.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import text

from engine.engine import Engine
from engine.runtime import people, sessions
from engine.settings import Settings
from tests.firm import ADMIN, NOW, write
from tests.runtime.test_keep import differences
from tests.stories.server import ROOT, Server, wait

KILLS = int(os.environ.get("FORMLOOM_KILLS", "5"))
WRITERS = 16
FILES = {
    "pack.yaml": "title: Bank\nlanguage: en\nroles: {clerk: Clerk}\n",
    "forms/account.yaml": """
key: name
fields:
  name:  {required: true}
  slips: {type: related, from: slip}
  count: {type: integer, formula: COUNT(from slips)}
  sent:  {type: integer, formula: COUNT(from slips where state = "sent")}
  sum:   {type: money, formula: SUM(total from slips)}
access: {clerk: {can: [view, create]}}
""",
    "forms/slip.yaml": """
key: number
fields:
  number:  {type: serial, pattern: "S{seq:000000}", gapless: true}
  account: {type: reference, to: account, required: true}
  note:    {required: true}
  items:   {type: lines, fields: {what: {}, amount: {type: money}}}
  total:   {type: money, formula: SUM(items.amount)}
  twin:    {type: reference, to: slip}
access: {clerk: {can: [view, create]}}
""",
    "workflows/slip.yaml": """
states: {open: {}, sent: {final: success}}
transitions:
  send: {from: open, to: sent, who: clerk, do: [{create: receipt, set: {slip: =this, total: =total}}]}
""",
    "forms/receipt.yaml": """
fields: {slip: {type: reference, to: slip}, total: {type: money}}
access: {clerk: {can: [view]}}
""",
}


class Ledger:
    """What the server has acknowledged: the numbers of slips with their notes, and those that were sent."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: dict[int, tuple[str, str, str]] = {}
        self.sent: set[int] = set()
        self.enough = threading.Event()
        self.goal = 0

    def keep(self, id: int, number: str, note: str, total: str) -> None:
        with self.lock:
            assert id not in self.kept
            self.kept[id] = (number, note, total)

    def send(self, id: int) -> None:
        with self.lock:
            self.sent.add(id)
            if len(self.sent) >= self.goal:
                self.enough.set()


def writer(ledger: Ledger, port: int, token: str, seed: str) -> None:
    """Submit and send slips until the server is gone."""
    chance, turn = random.Random(seed), 0
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def post(path: str, body: object) -> dict[str, object]:
        link.request("POST", f"/api/forms/slip/records{path}", json.dumps(body), head)
        with link.getresponse() as answer:
            content = answer.read()
        assert answer.status in (200, 201), (answer.status, content)
        return json.loads(content)

    with closing(link), suppress(OSError, http.client.HTTPException):
        while True:
            turn += 1
            note = f"{seed}/{turn}"
            items = [{"what": f"{note}/{n}", "amount": f"{chance.randint(1, 999)}.50"} for n in range(2)]
            made = post("", {"account": chance.randint(1, 3), "note": note, "items": items})
            id = made["id"]
            assert isinstance(id, int)
            ledger.keep(id, str(made["number"]), note, str(made["total"]))
            post(f"/{id}/transitions/send", {})
            ledger.send(id)


@contextmanager
def started(data: Path, definitions: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A server of its own; killed at the end if it still lives."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {"DATA_DIR": str(data), "DEFINITIONS": str(definitions), "HOST": "127.0.0.1", "PORT": str(port), "DEMO": "0"}
    printed = data.parent / "server.log"
    with printed.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "server.py"], cwd=ROOT, env={**os.environ, **own}, stdout=output, stderr=output
        )
    try:
        wait(Server(f"http://127.0.0.1:{port}", data, definitions, printed), lambda: process.poll() is None)
        yield process, port
    finally:
        process.kill()
        process.wait()


def whole(engine: Engine, ledger: Ledger) -> int:
    """Check that everything acknowledged is there and nothing is there by halves; gives how many slips there are."""
    assert differences(engine) == []
    with engine.store.read() as conn:
        assert conn.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert conn.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        ask = lambda sql: conn.execute(text(sql)).all()  # noqa: E731
        layout = engine._edition.layout
        slip, lines, receipt = (layout.table(n).name for n in ("slip", "slip.items", "receipt"))
        slips = {r.id: r for r in ask(f"SELECT id, number, note, total, state FROM {slip}")}
        numbers = sorted(r.number for r in slips.values())
        assert numbers == [f"S{n:06}" for n in range(1, len(slips) + 1)]
        counters = ask("SELECT value FROM sys_serial_counter WHERE form = 'slip'")
        assert [r.value for r in counters] == [len(slips)]
        for id, (number, note, total) in ledger.kept.items():
            assert (slips[id].number, slips[id].note, Decimal(slips[id].total) / 100) == (number, note, Decimal(total))
        assert {id for id in ledger.sent if slips[id].state != "sent"} == set()
        counted = {r.parent_id: r.n for r in ask(f"SELECT parent_id, COUNT(*) n FROM {lines} GROUP BY parent_id")}
        assert counted == dict.fromkeys(slips, 2)
        sent = {id for id, r in slips.items() if r.state == "sent"}
        assert sorted(r.slip for r in ask(f"SELECT slip FROM {receipt}")) == sorted(sent)
        events = ask("SELECT record, action FROM sys_event WHERE form = 'slip'")
        assert sorted((e.record, e.action) for e in events) == sorted(
            [(id, "create") for id in slips] + [(id, "act") for id in sent]
        )
        receipts = ask("SELECT COUNT(*) n FROM sys_event WHERE form = 'receipt'")
        assert receipts[0].n == len(sent)
    return len(slips)


def test_nothing_acknowledged_is_lost_and_nothing_is_half_done(tmp_path: Path) -> None:
    definitions, data = write(tmp_path / "definitions", FILES), tmp_path / "data"
    engine = Engine(Settings(definitions=definitions, data=data, demo=False))
    try:
        for name in "abc":
            engine.submit(ADMIN, "account", {"name": name})
        person = engine.store.write(
            lambda c: people.create_person(c, NOW, ["clerk"], login="ann", name="Ann", roles=["clerk"])
        )
        _, token = engine.store.write(
            lambda c: sessions.make_token(c, person, "t", engine.clock(), engine.clock() + timedelta(days=1))
        )
    finally:
        engine.close()
    ledger, chance = Ledger(), random.Random(7)
    for round_ in range(KILLS):
        ledger.goal = len(ledger.sent) + chance.randint(5, 60)
        ledger.enough.clear()
        with started(data, definitions) as (process, port):
            threads = [
                threading.Thread(target=writer, args=(ledger, port, token, f"{round_}.{n}")) for n in range(WRITERS)
            ]
            for thread in threads:
                thread.start()
            assert ledger.enough.wait(300)
            process.send_signal(signal.SIGKILL)
            for thread in threads:
                thread.join()
        engine = Engine(Settings(definitions=definitions, data=data, demo=False))
        try:
            there = whole(engine, ledger)
        finally:
            engine.close()
    assert len(ledger.kept) <= there <= len(ledger.kept) + KILLS * WRITERS
    print(f"{KILLS} kills: {len(ledger.kept)} acknowledged, {there} there, {len(ledger.sent)} sent")
