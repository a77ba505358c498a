"""Orders with three lines come in from a file: how much faster than saved one by one.

Why: records with lines are what most files of a firm hold. A line follows its product's price and is checked against it, the order
adds its lines up and is checked against its customer, and a computed form adds up what was sold. An import must be
twenty times as fast as saving one by one, with every one of these rules.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.engine import Engine
from engine.runtime.importing import Plan
from engine.runtime.spreadsheets import csv_bytes
from engine.runtime.values import Actor, Ask
from engine.settings import Settings

PACK = {
    "pack.yaml": "title: Bench\nlanguage: en\nroles: {keeper: Keeper}\n",
    "forms/customer.yaml": """
title: Customers
key: code
record_title: "{code}"
fields:
  code: {title: Code, required: true, unique: true}
  limit: {type: money, title: Limit}
access: {keeper: {can: [view, create]}}
""",
    "forms/product.yaml": """
title: Products
key: code
record_title: "{code}"
fields:
  code: {title: Code, required: true, unique: true}
  price: {type: money, title: Price}
  most: {type: integer, title: At most}
access: {keeper: {can: [view, create]}}
""",
    "forms/order.yaml": """
title: Orders
key: name
record_title: "{number}"
fields:
  number: {type: serial, title: Number, pattern: "O-{seq:000000}"}
  name: {title: Name, required: true}
  customer: {type: reference, to: customer, title: Customer, required: true}
  day: {type: date, title: Day, required: true}
  items:
    type: lines
    title: Items
    min_rows: 1
    fields:
      product: {type: reference, to: product, title: Product, required: true}
      quantity: {type: integer, title: Quantity, min: 1, required: true}
      price: {type: money, title: Price, default: =product.price, min: 0, required: true}
      amount: {type: money, title: Amount, formula: quantity * price}
  total: {type: money, title: Total, formula: SUM(items.amount)}
rules:
  fair: {from: items, check: quantity <= product.most, message: "{product.code}: at most {product.most}"}
  credit: {check: total <= customer.limit, message: Too much}
access: {keeper: {can: [view, create, import]}}
""",
    "forms/sold.yaml": """
title: Sold
aggregate: {items: {from: order.items}}
fields:
  product: {type: reference, to: product, title: Product}
  sold: {type: decimal, title: Sold, formula: SUM(items.quantity)}
rules: {enough: {check: sold < 1000000, message: Not enough}}
access: {keeper: {can: [view]}}
""",
}
HEADER = ("Name", "Customer", "Day", "Items.Product", "Items.Quantity", "Items.Price")
CUSTOMERS, PRODUCTS, LINES = 50, 100, 3
ONE_BY_ONE = 200
"""How many orders are saved one by one."""

KEEPER = Actor(None, "Keeper", "", frozenset({"keeper", "everyone"}), channel="import", language="en")


def run(place: Path, orders: int, database: str | None = None) -> str:
    """Bring so many orders in, and some one by one; gives what each took as a line of text. `database` as in `imports.run`.

    Raises RuntimeError when anything was refused, or what was sold isn't what came in.
    """
    for name, words in PACK.items():
        (place / "definitions" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "definitions" / name).write_text(words)
    file = place / "orders.csv"
    with file.open("wb") as out:
        out.writelines(csv_bytes([HEADER, *(row for n in range(orders) for row in rows(n))]))
    engine = Engine(Settings(definitions=place / "definitions", data=place / "data", demo=False, database=database))
    try:
        for n in range(CUSTOMERS):
            engine.submit(KEEPER, "customer", {"code": f"C{n}", "limit": "100000"})
        for n in range(PRODUCTS):
            engine.submit(KEEPER, "product", {"code": f"P{n}", "price": f"{n + 1}.50", "most": "100"})
        many, many_worked = timed(lambda: bring(engine, file, orders))
        single, single_worked = timed(lambda: save(engine))
    finally:
        engine.close()
    faster, worked = (
        (one / ONE_BY_ONE) / (all / orders) for one, all in ((single, many), (single_worked, many_worked))
    )
    return (
        f"{orders:,} orders with {LINES} lines: {many:.2f} s, {many / orders * 1000:.2f} ms each; one by one "
        f"{single / ONE_BY_ONE * 1000:.1f} ms each\nimport / one by one: {faster:.1f} (target 20), in time of the processor "
        f"alone {worked:.1f}"
    )


def timed(work: Any) -> tuple[float, float]:
    """The seconds that it took, and those of this process's processor."""
    begun, worked = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begun, time.process_time() - worked


def rows(n: int) -> Iterator[tuple[str, ...]]:
    """The rows of an order; every second line leaves its price to the product."""
    for place, (product, quantity, price) in enumerate(lines(n)):
        own = (f"Order {n}", f"C{n % CUSTOMERS}", f"2026-01-{n % 28 + 1:02}") if place == 0 else ("", "", "")
        yield *own, f"P{product}", str(quantity), price or ""


def lines(n: int) -> list[tuple[int, int, str | None]]:
    """The product, quantity and price of each line of an order."""
    numbers = range(n * LINES, n * LINES + LINES)
    return [(one % PRODUCTS, n % 7 + 1, f"{one * 37 % 90 + 1}.25" if one % 2 else None) for one in numbers]


def bring(engine: Engine, file: Path, orders: int) -> None:
    """Import the file, and see that all of it has come."""
    done = engine.imports.bring_in(KEEPER, "order", file, Plan())
    sold = engine.sums(KEEPER, "sold", Ask(), ("sold",))["sold"]
    wanted = sum(quantity for n in range(orders) for _, quantity, _ in lines(n))
    if done.refused or sold != wanted:
        raise RuntimeError(f"{len(done.refused)} orders were refused, {sold} sold instead of {wanted}")


def save(engine: Engine) -> None:
    """Save such orders one by one."""
    for n in range(ONE_BY_ONE):
        items = [
            {"product": product + 1, "quantity": str(quantity), **({"price": price} if price else {})}
            for product, quantity, price in lines(n)
        ]  # fmt: skip
        own = {"name": f"Single {n}", "customer": n % CUSTOMERS + 1, "day": f"2026-01-{n % 28 + 1:02}"}
        engine.submit(KEEPER, "order", {**own, "items": items})
