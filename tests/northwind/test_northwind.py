"""Northwind: a real firm's files come in through the importer, and the dashboard shows what the files add up to."""

from __future__ import annotations

import csv
import shutil
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from engine.cli import main
from engine.runtime.importing import Plan
from engine.runtime.values import Ask, Listed
from tests.firm import ADMIN, Firm, refused, why

HERE = Path(__file__).parent
FILES = {
    "customer": "Customers", "supplier": "Suppliers", "category": "Categories", "shipper": "Shippers",
    "employee": "Employees", "product": "Products", "order": "Orders", "order.items": "Order_Details",
}  # fmt: skip


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with everything imported by the command line."""
    folder = tmp_path_factory.mktemp("northwind")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATA_DIR", str(folder / "data"))
        patch.setenv("DEFINITIONS", str(HERE / "definitions"))
        for form, name in FILES.items():
            file = shutil.copy(HERE / "data" / f"{name}.csv", folder)
            assert main(["--language", "en", "import", form, str(file)]) == 0
    assert not list(folder.glob("*.rejected.csv"))
    return folder / "data"


@pytest.fixture
def firm(data: Path, tmp_path: Path) -> Iterator[Firm]:
    shutil.copytree(data, tmp_path / "data")
    made = Firm(HERE / "definitions", tmp_path / "data")
    yield made
    made.close()


def net(row: dict[str, str]) -> Decimal:
    return Decimal(row["UnitPrice"]) * int(row["Quantity"]) * (1 - Decimal(row["Discount"]))


def sums(key: str) -> dict[str, Decimal]:
    """Net by a column of the orders, worked out from the files alone."""
    of = {o["OrderID"]: o for o in rows("Orders")}
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows("Order_Details"):
        found[of[row["OrderID"]][key]] += net(row)
    return found


def shown(firm: Firm, widget: str) -> dict[str, Decimal]:
    points = firm.engine.widget(ADMIN, "sales", widget, {}).points
    return {p.keys[0].label if p.keys else "": p.measures["measure"].value for p in points}


def test_the_dashboard_shows_what_the_files_add_up_to(firm: Firm) -> None:
    lines, orders = rows("Order_Details"), rows("Orders")
    assert shown(firm, "net") == {"": sum(net(r) for r in lines)}
    assert shown(firm, "gross") == {"": sum(Decimal(r["UnitPrice"]) * int(r["Quantity"]) for r in lines)}
    assert shown(firm, "open") == {"": sum(not o["ShippedDate"] for o in orders)}
    assert shown(firm, "late") == {"": sum(o["ShippedDate"] > o["RequiredDate"] for o in orders)}
    assert shown(firm, "open")[""] >= 3 and shown(firm, "late")[""] >= 3
    years: dict[str, Decimal] = defaultdict(Decimal)
    for day, value in sums("OrderDate").items():
        years[day[:4]] += value
    assert shown(firm, "years") == years
    assert shown(firm, "countries") == sums("ShipCountry")
    names = {e["EmployeeID"]: f"{e['FirstName']} {e['LastName']}" for e in rows("Employees")}
    assert shown(firm, "sellers") == {names[id]: value for id, value in sums("EmployeeID").items()}


def test_every_value_arrives_as_it_was(firm: Firm) -> None:
    found = {c.record.values["customer_id"]: c.record for c in pages(firm, "customer")}
    for row in rows("Customers"):
        values = found[row["CustomerID"]].values
        assert [values[n] or "" for n in ("company_name", "address", "city", "region", "phone")] == [
            row[n].strip() for n in ("CompanyName", "Address", "City", "Region", "Phone")
        ]
    boss = next(e.record for e in pages(firm, "employee") if e.record.values["employee_id"] == 1)
    assert boss.values["birth_date"].isoformat() == "1948-12-08"
    assert firm.get("employee", boss.values["reports_to"])["first_name"] == "Andrew"


def pages(firm: Firm, form: str) -> list[Listed]:
    return list(firm.engine.page(ADMIN, form, Ask(limit=200), tuple(firm.engine.catalog.forms[form].fields)).rows)


def test_a_customers_total_is_that_of_their_orders(firm: Firm) -> None:
    expected = sums("CustomerID")
    assert {c.record.values["customer_id"]: c.record.values["bought"] for c in pages(firm, "customer")} == expected


def test_the_same_product_twice_in_one_order_is_refused(firm: Firm) -> None:
    order = pages(firm, "order")[0].record.id
    assert order is not None
    line = firm.get("order", order)["items"][0]
    before = firm.get("order", order)
    again = [*({"id": row["id"]} for row in before["items"]), {"product": line["product"], "quantity": 1}]
    status, words = why(lambda: firm.engine.change(ADMIN, "order", order, {"items": again}))
    assert status == 409 and words.endswith("is in this order already")
    assert firm.get("order", order) == before


def test_a_customer_with_orders_can_not_be_deleted(firm: Firm) -> None:
    status, words = why(lambda: firm.engine.remove(ADMIN, "customer", 1))
    assert status == 409 and '"Order" point at it' in words
    assert refused(lambda: firm.engine.remove(firm.person("sam", "sales"), "customer", 1)) == [("forbidden", None)]


def test_importing_lines_again_is_refused_line_by_line(firm: Firm, tmp_path: Path) -> None:
    file = tmp_path / "more.csv"
    first = rows("Order_Details")[0]
    file.write_text(f"order_id,Product ID,Quantity\n{first['OrderID']},{first['ProductID']},1\n99999,1,1\n", "utf-8")
    found = firm.engine.imports.bring_in(ADMIN, "order.items", file, Plan())
    assert (found.accepted, len(found.refused)) == (0, 2)
    assert [p.code for _, p in found.problems()] == ["rule_broken", "rule_broken", "no_match"]
    assert "is in this order already" in str(list(found.rejected("en")))
