"""The heart of a maker: stock, what is reserved of it, slips that flow through the works, parts, codes, and what is earned."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from engine.problems import Refused
from engine.runtime import recount, related
from engine.runtime.values import Ask
from engine.runtime.work import Work
from tests.firm import ADMIN, Firm, refused, why

pytestmark = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


class Works:
    """A maker of pumps: a pump has a motor and bolts, a motor has bolts of its own."""

    def __init__(self, firm: Firm) -> None:
        self.firm, self.engine = firm, firm.engine
        self.planner, self.keeper = firm.person("pan", "planner"), firm.person("kim", "warehouse")
        self.seller, self.checker = firm.person("sam", "sales"), firm.person("qi", "quality")
        self.supplier = firm.new(ADMIN, "supplier", name="Boltmakers")
        self.products = {
            code: firm.new(ADMIN, "product", code=code, name=code, kind=kind, lead_days=days,
                           sale_price="100", default_supplier=self.supplier)
            for code, kind, days in (("pump", "finished", 0), ("motor", "semi", 5), ("bolt", "raw", 3))
        }  # fmt: skip
        self.house = firm.new(ADMIN, "warehouse", name="Main", keeper=self.keeper.id)
        self.customer = firm.new(ADMIN, "customer", name="Acme", level="A")

    def bom(self, product: str, *parts: tuple[str, str, str], base: int = 1) -> int:
        lines = [{"material": self.products[m], "quantity": q, "loss_rate": loss} for m, q, loss in parts]
        return self.firm.new(self.planner, "bom", product=self.products[product], base_quantity=str(base), items=lines)

    def active_bom(self, product: str, *parts: tuple[str, str, str], base: int = 1) -> int:
        id = self.bom(product, *parts, base=base)
        self.engine.act(self.planner, "bom", id, "activate")
        return id

    def boms(self) -> None:
        self.active_bom("pump", ("motor", "1", "0"), ("bolt", "4", "0"))
        self.active_bom("motor", ("bolt", "10", "10%"), base=2)

    def move(self, product: str, quantity: str, batch: str | None = None, expires: str | None = None) -> int:
        return self.firm.new(
            self.keeper, "stock_move", product=self.products[product], warehouse=self.house, quantity=quantity,
            batch=batch, expires_on=expires, kind="purchase",
        )  # fmt: skip

    def stock(self, product: str) -> dict[str | None, tuple[Any, ...]]:
        """Of each batch: on hand, locked, available."""
        wanted = ("product", "batch", "on_hand", "locked", "available")
        rows = self.engine.page(ADMIN, "stock", Ask(limit=100), wanted).rows
        values = [r.record.values for r in rows if r.record.values["product"] == self.products[product]]
        return {v["batch"]: (v["on_hand"], v["locked"], v["available"]) for v in values}

    def sold(self, quantity: str) -> int:
        items = [{"product": self.products["pump"], "quantity": quantity}]
        id = self.firm.new(self.seller, "contract", customer=self.customer, delivery_on="2026-12-20", items=items)
        self.engine.act(self.seller, "contract", id, "sign")
        return id

    def slip(self, contract: int) -> int:
        """A slip as the contract fills it, exploded into its materials."""
        id = self.firm.new(self.planner, "flow_slip", contract=contract, warehouse=self.house)
        self.engine.act(self.planner, "flow_slip", id, "explode")
        return id

    def sound(self) -> None:
        """What is kept is what a recount gives."""
        for name in ("stock", "part_need", "trace"):
            assert self.engine.read(ADMIN, lambda w, name=name: recount.verify(w, w.form(name))) == []


@pytest.fixture
def works(case: Callable[..., Firm]) -> Works:
    return Works(case("heart"))


def test_stock_adds_up_by_batch_and_refuses_what_isnt_there(works: Works) -> None:
    works.move("bolt", "10", "B1", "2027-03-01")
    late = works.move("bolt", "5", "B1", "2027-01-01")
    works.move("bolt", "-4", "B1")
    works.move("bolt", "7", "B2")
    assert works.stock("bolt") == {"B1": (11, 0, 11), "B2": (7, 0, 7)}
    assert why(lambda: works.move("bolt", "-8", "B2")) == (409, "bolt 在 Main 库存不足")
    assert why(lambda: works.engine.change(ADMIN, "stock_move", late, {"quantity": "-7"}))[0] == 409
    assert (
        works.engine.page(ADMIN, "stock", Ask(sort=(("batch", False),)), ("expires_on",))
        .rows[0]
        .record.values["expires_on"]
        .isoformat()
        == "2027-01-01"
    )
    works.engine.remove(ADMIN, "stock_move", late)
    assert works.stock("bolt")["B1"] == (6, 0, 6)
    works.sound()


def test_a_slip_flows_from_the_contract_to_the_end(works: Works) -> None:
    works.boms()
    works.move("bolt", "30", "late", "2027-06-01")
    works.move("bolt", "50", "soon", "2027-01-01")
    slip = works.slip(works.sold("10"))
    found = works.firm.get("flow_slip", slip)
    assert (found["customer"], str(found["delivery_on"])) == (works.customer, "2026-12-20")
    assert [(i["product"], i["quantity"]) for i in found["items"]] == [(works.products["pump"], 10)]
    [bolt] = found["materials"]
    assert (bolt["material"], bolt["need"], bolt["short"]) == (works.products["bolt"], Decimal(95), 95)
    assert (bolt["supplier"], str(bolt["need_by"])) == (works.supplier, "2026-12-17")
    assert (found["kinds"], found["state"]) == (1, "to_lock")

    works.engine.act(works.planner, "flow_slip", slip, "lock")
    found = works.firm.get("flow_slip", slip)
    assert (found["state"], found["short_kinds"], found["materials"][0]["short"]) == ("short", 1, 15)
    assert works.stock("bolt") == {"soon": (50, 50, 0), "late": (30, 30, 0)}
    request = works.firm.get("purchase_request", 1)
    assert (request["supplier"], request["slip"]) == (works.supplier, slip)
    assert [(i["quantity"], str(i["need_by"])) for i in request["items"]] == [(15, "2026-12-17")]
    assert found["materials"][0]["request_line"] == request["items"][0]["id"]
    assert refused(lambda: works.move("bolt", "-1", "soon")) == [("rule_broken", None)]

    works.move("bolt", "20", "soon")  # what has come is locked by itself
    works.engine.jobs.run_due()
    found = works.firm.get("flow_slip", slip)
    assert (found["state"], found["materials"][0]["locked"], found["short_kinds"]) == ("ready", 95, 0)
    assert works.stock("bolt")["soon"] == (70, 65, 5)

    works.engine.act(works.keeper, "flow_slip", slip, "issue")
    assert works.stock("bolt") == {"soon": (5, 0, 5), "late": (0, 0, 0)}
    assert {works.firm.get("reservation", n)["state"] for n in (1, 2, 3)} == {"consumed"}
    works.engine.act(works.planner, "flow_slip", slip, "finish")
    assert works.firm.get("flow_slip", slip)["state"] == "done"
    works.sound()


def test_a_cancelled_slip_gives_back_what_it_holds_and_time_does_too(works: Works) -> None:
    works.boms()
    works.move("bolt", "200", "B1")
    first, second = works.slip(works.sold("10")), works.slip(works.sold("4"))
    for slip in (first, second):
        works.engine.act(works.planner, "flow_slip", slip, "lock")
    assert works.stock("bolt") == {"B1": (200, 133, 67)}
    works.engine.act(works.planner, "flow_slip", first, "cancel")
    assert works.stock("bolt") == {"B1": (200, 38, 162)}
    works.firm.clock.later(days=31)
    works.engine.jobs.run_due()
    assert works.stock("bolt") == {"B1": (200, 0, 200)}
    assert works.firm.get("reservation", 2)["state"] == "released"
    works.sound()


def test_two_who_lock_at_once_never_hold_more_than_there_is(works: Works) -> None:
    works.boms()
    works.move("bolt", "100", "B1")
    slips = [works.slip(works.sold("10")) for _ in range(2)]
    start, failed = threading.Barrier(2), []

    def lock(slip: int) -> None:
        start.wait()
        try:
            works.engine.act(works.planner, "flow_slip", slip, "lock")
        except Refused as one:
            failed.append([p.code for p in one.problems])

    threads = [threading.Thread(target=lock, args=(slip,)) for slip in slips]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert works.stock("bolt") == {"B1": (100, 100, 0)}
    locked = sorted(works.firm.get("flow_slip", slip)["materials"][0]["locked"] for slip in slips)
    assert locked == [5, 95]
    works.sound()


def test_a_contract_is_shipped_in_parts_and_the_rest_stays_open(works: Works) -> None:
    works.move("pump", "6")
    contract = works.sold("10")
    assert works.firm.get("contract", contract)["total"] == 1000
    lines = [{"contract_item": works.firm.get("contract", contract)["items"][0]["id"], "quantity": "4"}]
    ship = {"contract": contract, "warehouse": works.house, "items": lines, "tracking_no": "T1"}
    first = works.firm.new(works.keeper, "shipment", **ship)
    works.engine.act(works.keeper, "shipment", first, "inspect")
    assert why(lambda: works.engine.act(works.keeper, "shipment", first, "ship"))[1] == "质检未合格，不能发货"
    works.engine.change(works.checker, "quality_check", 1, {"result": "ok"})
    works.engine.act(works.keeper, "shipment", first, "ship")
    [item] = works.firm.get("contract", contract)["items"]
    assert (item["shipped"], item["open_quantity"]) == (4, 6)
    assert works.stock("pump") == {None: (2, 0, 2)}

    rest = works.firm.new(works.keeper, "shipment", contract=contract, warehouse=works.house, tracking_no="T2")
    assert [(i["product"], i["quantity"]) for i in works.firm.get("shipment", rest)["items"]] == [
        (works.products["pump"], 6)
    ]
    works.engine.act(works.keeper, "shipment", rest, "inspect")
    works.engine.change(works.checker, "quality_check", 2, {"result": "concession"})
    assert why(lambda: works.engine.act(works.keeper, "shipment", rest, "ship"))[1] == "pump 在 Main 库存不足"
    assert works.firm.get("contract", contract)["items"][0]["open_quantity"] == 6
    works.move("pump", "4")
    works.engine.act(works.keeper, "shipment", rest, "ship")
    assert works.firm.get("contract", contract)["items"][0]["open_quantity"] == 0
    works.sound()


def test_parts_are_walked_down_and_circles_refused(works: Works) -> None:
    works.boms()
    wanted = ("start", "reached", "depth", "last", "per_piece")
    rows = [r.record.values for r in works.engine.page(ADMIN, "part_need", Ask(limit=50), wanted).rows]
    names = {id: code for code, id in works.products.items()}
    assert {(names[v["start"]], names[v["reached"]], v["depth"], v["last"], v["per_piece"]) for v in rows} == {
        ("pump", "motor", 1, False, 1),
        ("pump", "bolt", 1, True, 4),
        ("pump", "bolt", 2, True, Decimal("5.5")),
        ("motor", "bolt", 1, True, Decimal("5.5")),
    }
    back = works.bom("bolt", ("pump", "1", "0"))
    assert refused(lambda: works.engine.act(works.planner, "bom", back, "activate")) == [("walk_circle", None)]
    price = works.firm.new(works.seller, "contract", customer=works.customer, delivery_on="2026-12-20",
                           items=[{"product": works.products["bolt"], "quantity": "1"}])  # fmt: skip
    works.engine.act(works.seller, "contract", price, "sign")
    slip = works.firm.new(works.planner, "flow_slip", contract=price, warehouse=works.house)
    assert why(lambda: works.engine.act(works.planner, "flow_slip", slip, "explode"))[1] == "bolt 没有启用的物料清单"
    works.sound()


def test_a_code_is_traced_to_what_it_was_made_from_and_who_got_it(works: Works) -> None:
    def code(product: str, level: str, *used: int, **more: Any) -> int:
        lines = [{"code": one, "quantity": "1"} for one in used]
        return works.firm.new(ADMIN, "package_code", product=works.products[product], level=level, line="l1",
                              used=lines, **more)  # fmt: skip

    contract = works.sold("1")
    lines = [{"contract_item": works.firm.get("contract", contract)["items"][0]["id"], "quantity": "1"}]
    sent = works.firm.new(works.keeper, "shipment", contract=contract, warehouse=works.house, items=lines)
    batch = code("bolt", "box")
    motor = code("motor", "piece", batch)
    box = code("pump", "carton")
    pump = code("pump", "piece", motor, inside=box, shipment=sent)
    assert [works.firm.get("package_code", n)["code"] for n in (batch, box, pump)] == [
        "bolt-2648-l1-00001",
        "pump-2648-l1-00001",
        "pump-2648-l1-00002",
    ]

    def traced(list_: str, id: int) -> list[tuple[Any, ...]]:
        def look(work: Work) -> related.Shown:
            code = work.row("package_code", id)
            assert code is not None
            return related.shown(work, code, work.form("package_code").fields[list_], 20)

        found = works.engine.read(ADMIN, look)
        names = [one if isinstance(one, str) else one.name for one in found.columns]
        return sorted((tuple(r.values[n] for n in names) for r in found.rows), key=lambda row: row[-1])

    assert traced("came_from", pump) == [
        (motor, works.products["motor"], works.supplier, 1),
        (batch, works.products["bolt"], works.supplier, 2),
    ]
    assert traced("went_into", batch) == [
        (motor, works.products["motor"], None, 1),
        (pump, works.products["pump"], works.customer, 2),
    ]
    line = works.firm.get("package_code", batch)["used"]
    assert line == []
    circle = {"used": [{"code": pump, "quantity": "1"}]}
    assert refused(lambda: works.engine.change(ADMIN, "package_code", batch, circle)) == [("walk_circle", None)]
    works.sound()


def test_what_a_seller_earns_follows_the_rule_in_force(works: Works) -> None:
    tiers = [{"lower": "0", "upper": "500", "rate": "1%"}, {"lower": "500", "rate": "3%"}]
    works.firm.new(ADMIN, "commission_rule", valid_from="2026-01-01", tiers=tiers)
    contract = works.sold("10")
    paid = works.firm.new(ADMIN, "receipt", contract=contract, amount="800", received_on="2026-11-20")
    works.engine.act(works.seller, "receipt", paid, "post")
    works.firm.new(ADMIN, "sales_target", seller=works.seller.id, month="2026-11-01", amount="1000")
    wanted = ("seller", "month", "signed_total", "received_total", "target", "rate", "commission")
    [row] = works.engine.page(works.seller, "performance", Ask(), wanted).rows
    values = [row.record.values[w] for w in wanted]
    assert values[0] == works.seller.id
    assert values[2:] == [1000, 800, 1000, Decimal("0.8"), 14]
