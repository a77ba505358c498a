"""Import the whole of Northwind and compare what the dashboard shows with what is known: `python -m bench.northwind DIR`.

DIR holds the CSV files of the sample database (Customers.csv, Orders.csv, Order_Details.csv and so on). Prints rows a
second for each file, and exits 1 when a total differs in the last decimal.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from engine.engine import ENGINE, Engine
from engine.runtime.importing import Plan
from engine.runtime.values import Actor
from engine.settings import Settings

DEFINITIONS = Path(__file__).parents[1] / "tests" / "northwind" / "definitions"

FILES = {
    "customer": "Customers", "supplier": "Suppliers", "category": "Categories", "shipper": "Shippers",
    "employee": "Employees", "product": "Products", "order": "Orders", "order.items": "Order_Details",
}  # fmt: skip

KNOWN = {
    ("gross", ""): "1354458.59", ("net", ""): "1265793.0395", ("open", ""): "21", ("late", ""): "37",
    ("years", "1996"): "208083.970", ("years", "1997"): "617085.2035", ("years", "1998"): "440623.8660",
    ("countries", "USA"): "245584.6105", ("sellers", "Margaret Peacock"): "232890.8460",
}  # fmt: skip
"""(widget, group) -> its value to the last decimal. Margaret Peacock is employee 4."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the CSV files are")
    folder = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as place:
        engine = Engine(Settings(definitions=DEFINITIONS, data=Path(place) / "data", demo=False))
        try:
            return 0 if imported(engine, folder, Path(place)) and right(engine) else 1
        finally:
            engine.close()


def imported(engine: Engine, folder: Path, place: Path) -> bool:
    actor = Actor(None, "Import", "", ENGINE.roles, language="en", channel="import")
    good = True
    for form, name in FILES.items():
        file = Path(shutil.copy(folder / f"{name}.csv", place))
        rows = 0

        def count(done: int, total: int) -> None:
            nonlocal rows
            rows = total

        start = time.perf_counter()
        report = engine.imports.bring_in(actor, form, file, Plan(), progress=count)
        took = time.perf_counter() - start
        print(f"{form:<12} {rows:>5} rows  {took:6.2f} s  {rows / took:7.0f} rows/s  {len(report.refused)} refused")
        good = good and not report.refused
    return good


def right(engine: Engine) -> bool:
    good = True
    for (widget, group), expected in KNOWN.items():
        answer = engine.widget(ENGINE, "sales", widget, {})
        found = {p.keys[0].label if p.keys else "": p.measures["measure"].value for p in answer.points}
        same = found.get(group) == Decimal(expected)
        good = good and same
        print(f"{'ok ' if same else 'NOT'}  {widget} {group}: {found.get(group)}, expected {expected}")
    top = {w: engine.widget(ENGINE, "sales", w, {}).points[0].keys[0].label for w in ("countries", "sellers")}
    print(f"first: {top['countries']}, {top['sellers']}")
    return good and top == {"countries": "USA", "sellers": "Margaret Peacock"}


if __name__ == "__main__":
    sys.exit(main())
