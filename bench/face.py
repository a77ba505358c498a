"""How long a key takes in a line table: from the key to the repainted total, in a real browser, with 50 and 1,000 lines.

Why: the target is 50 ms at 50 lines, and a list of 1,000 must feel the same. It is measured as a person meets it: the
stored record's form is opened, a quantity in the middle is typed, and the clock stops in the frame after the one that has
painted the new total.
"""

from __future__ import annotations

import statistics
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import sync_playwright

from engine.engine import Engine
from engine.runtime import people, sessions
from engine.settings import Settings
from tests.chromium import chromium

FORM = """
title: Shipments
fields:
  customer: {title: Customer, required: true}
  items:
    type: lines
    title: Items
    fields:
      product:  {title: Product, required: true}
      quantity: {type: integer, title: Quantity, required: true}
      price:    {type: money, title: Price}
      discount: {type: percent, title: Discount}
      ship_on:  {type: date, title: Date}
      note:     {title: Note}
      amount:   {type: money, title: Amount, formula: 'quantity * price * (1 - COALESCE(discount, 0))'}
  pieces: {type: integer, title: Pieces, formula: SUM(items.quantity)}
  total:  {type: money, title: Total, formula: SUM(items.amount)}
access: {clerk: {can: [view, create, edit]}}
"""
SIZES = (50, 1000)
KEYS = 25

TYPE = """async (keys) => {
  const control = document.querySelector("tr[data-row] [name$='.quantity']");
  const total = document.querySelector("[data-calculated='total']");
  control.focus();
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const after = new MessageChannel();
    after.port1.onmessage = done;
    after.port2.postMessage(0);
  }));
  const took = [];
  for (let i = 0; i < keys; i += 1) {
    await new Promise((done) => setTimeout(done, 60));
    const before = total.textContent;
    const begun = performance.now();
    control.value = String(1000 + i * 7);
    control.dispatchEvent(new InputEvent("input", { bubbles: true }));
    const reckoned = performance.now() - begun;
    await painted();
    if (total.textContent === before) throw new Error("the total did not change");
    took.push([reckoned, performance.now() - begun]);
  }
  return [took, document.querySelectorAll("*").length];
}"""


@dataclass(frozen=True)
class Keyed:
    """Milliseconds of one size: `script` until the total was written, `painted` until it was to be seen (medians and the
    slowest), and how many nodes the page has."""

    lines: int
    script: float
    painted: float
    slowest: float
    nodes: int


class Serving(Protocol):
    """Starts the server over a folder; gives its port."""

    def __call__(self, place: Path) -> AbstractContextManager[int]:
        """Formloom as a process."""
        ...


def keys(place: Path, serving: Serving) -> list[Keyed]:
    """Measure all sizes on a server of its own."""
    cookie = shipments(place)
    with serving(place) as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        address = f"http://127.0.0.1:{port}"
        context.add_cookies([{"name": "fl_session", "value": cookie, "url": address}])
        page = context.new_page()
        results = []
        for id, lines in enumerate(SIZES, 1):
            page.goto(f"{address}/f/shipment/{id}/edit")
            page.wait_for_function("document.querySelector('[data-lines]')?.hasAttribute('aria-rowcount')")
            results.append(summed(lines, *page.evaluate(TYPE, KEYS)))
            page.evaluate("addEventListener('beforeunload', (event) => event.stopImmediatePropagation(), true)")
        browser.close()
    return results


def summed(lines: int, took: list[list[float]], nodes: int) -> Keyed:
    """The measurements of one size as medians."""
    scripts, painted = zip(*took, strict=True)
    return Keyed(lines, statistics.median(scripts), statistics.median(painted), max(painted), nodes)


def shipments(place: Path) -> str:
    """A data folder with a shipment of each size; a session's cookie of a clerk."""
    folder = place / "definitions"
    (folder / "forms").mkdir(parents=True)
    (folder / "pack.yaml").write_text("title: Bench\nlanguage: en\nroles: {clerk: Clerk}\n")
    (folder / "forms" / "shipment.yaml").write_text(FORM)
    engine = Engine(Settings(definitions=folder, data=place / "data", demo=False))
    now = engine.clock()
    try:
        clerk = engine.store.write(
            lambda conn: people.create_person(
                conn, now, engine.catalog.roles, login="bench", name="Bench", roles=["clerk"]
            )
        )
        actor = engine.actor(clerk)
        assert actor is not None
        for size in SIZES:
            engine.submit(actor, "shipment", {"customer": f"{size} lines", "items": [line(i) for i in range(size)]})
        return engine.store.write(lambda conn: sessions.begin(conn, clerk, now))
    finally:
        engine.close()


def line(i: int) -> dict[str, Any]:
    """One line of a shipment."""
    return {
        "product": f"Part {i % 97}", "quantity": i % 50 + 1, "price": f"{i % 900 + 1}.50", "discount": "5%" if i % 3 else None,
        "ship_on": "2026-11-23", "note": f"box {i}",
    }  # fmt: skip


def table(results: list[Keyed]) -> str:
    """The results as Markdown."""
    rows = [f"| {r.lines:,} | {r.script:.1f} | {r.painted:.1f} | {r.slowest:.1f} | {r.nodes:,} |" for r in results]
    head = ["| lines | script ms | key to painted total ms | slowest | nodes |", "|--:|--:|--:|--:|--:|"]
    return "\n".join([*head, *rows])
