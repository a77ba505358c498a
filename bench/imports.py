"""A workbook of 100,000 deliveries comes in: how long each stage takes, beside a loader written by hand and one-by-one saves.

Why: an import goes through every rule, and that must not cost a night. The form has what real ones have: a reference that
the file names by its key, a formula, a rule that reads the reference, a serial number, and an aggregate (the stock) with a
rule of its own. The loader (`loader`) does the same for these very rows and nothing else. A third of its speed is the
aim, and twenty times that of saving one by one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

from bench import loader
from engine.engine import Engine
from engine.runtime import finding, flow, imports, keep, many, outright
from engine.runtime.importing import Plan
from engine.runtime.spreadsheets import csv_bytes, xlsx_bytes
from engine.runtime.values import Actor, Ask
from engine.settings import Settings

PACK = {
    "pack.yaml": "title: Bench\nlanguage: en\nroles: {keeper: Keeper}\n",
    "forms/product.yaml": """
title: Products
key: code
record_title: "{code}"
fields:
  code: {title: Code, required: true, unique: true}
  name: {title: Name, required: true}
  ceiling: {type: money, title: Ceiling}
access: {keeper: {can: [view, create]}}
""",
    "forms/delivery.yaml": """
title: Deliveries
record_title: "{number}"
fields:
  number: {type: serial, title: Number, pattern: "D-{seq:000000}"}
  product: {type: reference, to: product, title: Product, required: true}
  quantity: {type: integer, title: Quantity, required: true}
  price: {type: money, title: Price, min: 0, required: true}
  day: {type: date, title: Day, required: true}
  note: {type: text, title: Note, max_length: 80}
  amount: {type: money, title: Amount, formula: quantity * price}
rules:
  fair: {check: price <= product.ceiling, message: "{product.name} costs at most {product.ceiling}"}
access: {keeper: {can: [view, create, import, export]}}
""",
    "forms/stock.yaml": """
title: Stock
aggregate: {moves: {from: delivery}}
fields:
  product: {type: reference, to: product, title: Product}
  left: {type: decimal, title: Left, formula: SUM(moves.quantity)}
rules: {enough: {check: left >= 0, message: "{product.name}: not enough"}}
access: {keeper: {can: [view]}}
""",
}
HEADER = ("Product", "Quantity", "Price", "Day", "Note")
PRODUCTS = 500
ONE_BY_ONE = 400
"""How many records are saved one by one."""

FIRST = date(2026, 1, 1)
KEEPER = Actor(None, "Keeper", "", frozenset({"keeper", "everyone"}), language="en")

Row = tuple[str, Decimal, Decimal, date, str]


def row(n: int) -> Row:
    """The delivery of this number: every seventh takes out again what came in."""
    quantity = Decimal(-1) if n > PRODUCTS and n % 7 == 0 else Decimal(n % 9 + 1)
    return (
        f"P{n % PRODUCTS:04}", quantity, Decimal(n * 37 % 9900 + 100).scaleb(-2), FIRST + timedelta(days=n % 300),
        f"Delivery {n}",
    )  # fmt: skip


def run(place: Path, rows: int, database: str | None = None) -> str:
    """Bring so many deliveries in by the loader, by an import, and some one by one; gives what was measured as a table.

    `database`: the address of an empty PostgreSQL database; None: SQLite.

    Raises RuntimeError when anything was refused, or the stock isn't what came in.
    """
    for name, words in PACK.items():
        (place / "definitions" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "definitions" / name).write_text(words)
    file = place / "deliveries.xlsx"
    with file.open("wb") as out:
        out.writelines(xlsx_bytes([("Deliveries", (HEADER, *(row(n) for n in range(1, rows + 1))))]))
    engine = Engine(Settings(definitions=place / "definitions", data=place / "data", demo=False, database=database))
    try:
        products = [(id, code, name, 20000) for id, code, name in (made(engine, n) for n in range(PRODUCTS))]
        begun = time.process_time()
        theirs = loader.load(file, database or place / "loader.sqlite3", products)
        between = time.process_time()
        ours, whole = imported(engine, file)
        worked = (between - begun, time.process_time() - between)
        check(engine, rows)
        slow = one_by_one(engine, products)
        lines = ["| what | s | rows/s |", "|---|--:|--:|"]
        lines += [f"| loader: {name} | {took:.2f} | {rows / took:,.0f} |" for name, took in theirs.items()]
        lines += [f"| import: {name} | {took:.2f} | {rows / took:,.0f} |" for name, took in ours.items() if took]
        by_hand = sum(theirs.values())
        lines += [
            f"| **loader** | {by_hand:.2f} | {rows / by_hand:,.0f} |", f"| **import** | {whole:.2f} | {rows / whole:,.0f} |",
            f"| **one by one** ({ONE_BY_ONE}) | {slow * ONE_BY_ONE:.2f} | {1 / slow:,.0f} |",
        ]  # fmt: skip
        lines += ["", f"import / loader: {by_hand / whole:.3f} (target 0.33)"]
        lines += [f"the same in time of the processor alone: {worked[0] / worked[1]:.3f}"]
        lines += [f"import / one by one: {slow * rows / whole:.1f} (target 20)", exported(engine, rows)]
        return "\n".join(lines)
    finally:
        engine.close()


def made(engine: Engine, n: int) -> tuple[int, str, str]:
    """A product of which the price may be 200 at most: its id, code and name."""
    code, name = f"P{n:04}", f"Product {n}"
    id = engine.submit(KEEPER, "product", {"code": code, "name": name, "ceiling": "200"}).record.id
    assert id is not None
    return id, code, name


STAGES = (
    ("read the file", imports, "read"),
    ("columns and records", imports, "incoming"),
    ("what the cells name", finding.Names, "resolve"),
    ("values and formulas", outright.Outright, "record"),
    ("limits and rules", outright.Outright, "sound"),
    ("what isn't plain", many, "_judged"),
    ("numbers", flow, "_numbered"),
    ("store", keep, "insert_many"),
    ("stock", keep, "spread"),
    ("the stock's rules", flow, "settled"),
    ("history", flow, "journal"),
)
"""What is timed of an import, and where it is done; `stock` is a part of `store`."""


def imported(engine: Engine, file: Path) -> tuple[dict[str, float], float]:
    """The seconds of each stage of an import, and of all of it."""
    took = dict.fromkeys((name for name, _, _ in STAGES), 0.0)

    def watched(name: str, work: object) -> object:
        def inner(*args: object, **more: object) -> object:
            begun = time.perf_counter()
            found = work(*args, **more)  # type: ignore[operator]
            took[name] += time.perf_counter() - begun
            return found

        return inner

    begun = time.perf_counter()
    with ExitStack() as stack:
        for name, home, what in STAGES:
            stack.enter_context(patch.object(home, what, watched(name, getattr(home, what))))
        done = engine.imports.bring_in(KEEPER, "delivery", file, Plan())
    whole = time.perf_counter() - begun
    if done.refused:
        raise RuntimeError(f"{len(done.refused)} rows were refused: {done.report(1)}")
    took["store"] -= took["stock"]
    took["the rest, and the commits"] = whole - sum(took.values())
    return took, whole


def check(engine: Engine, rows: int) -> None:
    """The stock is what came in, and every delivery has a number of its own."""
    wanted = sum(int(row(n)[1]) for n in range(1, rows + 1))
    left = engine.sums(KEEPER, "stock", Ask(), ("left",))["left"]
    last = engine.page(KEEPER, "delivery", Ask(sort=(("number", True),), limit=1), ("number",)).rows[0].record
    if left != wanted or last.values["number"] != f"D-{rows:06}":
        raise RuntimeError(f"the stock is {left}, not {wanted}; the last number is {last.values['number']}")


def one_by_one(engine: Engine, products: list[tuple[int, str, str, int]]) -> float:
    """The seconds that saving one delivery takes."""
    begun = time.perf_counter()
    for n in range(1, ONE_BY_ONE + 1):
        _, quantity, price, day, note = row(n)
        raw = {"product": products[n % PRODUCTS][0], "quantity": str(quantity), "price": str(price)}
        engine.submit(KEEPER, "delivery", {**raw, "day": day.isoformat(), "note": note})
    return (time.perf_counter() - begun) / ONE_BY_ONE


def exported(engine: Engine, rows: int) -> str:
    """How long streaming everything as CSV takes, and how much memory more it holds after each tenth of the rows."""
    before, begun, size = memory(), time.perf_counter(), 0
    curve: list[str] = []

    def streamed() -> Iterator[list[str]]:
        for number, cells in enumerate(engine.export(KEEPER, "delivery", Ask())):
            if number % max(1, rows // 10) == 0:
                curve.append(f"{memory() - before:.1f}")
            yield words(cells)

    for piece in csv_bytes(streamed()):
        size += len(piece)
    took = time.perf_counter() - begun
    return f"export: {rows / took:,.0f} rows/s, {size / 1e6:.1f} MB; memory more, by tenths of the rows: {' '.join(curve)} MB"


def words(cells: list[object]) -> list[str]:
    return ["" if cell is None else str(cell) for cell in cells]


def memory() -> float:
    """What this process holds in memory, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
