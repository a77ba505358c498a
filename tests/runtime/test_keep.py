"""Stored formulas are what computing them anew from what is stored would give, whatever people did in between.

Random people create, change, move and delete contracts, shipments and returns of the shipped pack; after every few
steps all stored formulas and titles of all records are computed anew and compared with their columns.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from engine.engine import Engine
from engine.problems import Refused
from engine.runtime.compute import formulas
from engine.runtime.work import Work
from engine.texts import LANGUAGES
from tests.conftest import HOME
from tests.firm import ADMIN, Firm

FORMS = ("product", "customer", "contract", "shipment", "quality_check", "return_request")


def differences(engine: Engine) -> list[tuple[str, int, str, Any, Any]]:
    """Every stored formula and title that isn't what computing it anew gives: form, id, path, stored, computed."""

    def unit(work: Work) -> list[tuple[str, int, str, Any, Any]]:
        found: list[tuple[str, int, str, Any, Any]] = []
        for form in work.catalog.forms.values():
            table = work.layout.table(form.name)
            for id in work.conn.execute(select(table.c.id)).scalars().all():
                fresh = Work(work.conn, work.catalog, work.layout, work.actor, work.now, work.zone)
                record = fresh.row(form.name, id)
                assert record is not None
                stored = fresh.before(record)
                formulas(fresh, form, record)
                title = fresh.render(form.record_title, LANGUAGES[0], record).strip()
                if title != stored.title:
                    found.append((form.name, id, "title", stored.title, title))
                for path in form.order:
                    for line, was in pairs(record, stored, path):
                        if line.values.get(path[-1]) != was.values.get(path[-1]):
                            found.append(
                                (form.name, id, ".".join(path), was.values.get(path[-1]), line.values.get(path[-1]))
                            )
        return found

    return engine.read(ADMIN, unit)


def pairs(record: Any, stored: Any, path: tuple[str, ...]) -> Iterator[tuple[Any, Any]]:
    if len(path) == 1:
        yield record, stored
    else:
        yield from zip(record.value(path[0]), stored.value(path[0]), strict=True)


class Life:
    """What people do to a firm, chosen by chance; what the rules refuse is refused and counted."""

    def __init__(self, firm: Firm, chance: random.Random) -> None:
        self.firm, self.chance, self.done = firm, chance, Counter[str]()

    def any(self, form: str, *states: str) -> int:
        """The id of a record, in one of these states; 0: there is none."""
        table = self.firm.engine._edition.layout.table(form)
        query = select(table.c.id).where(table.c.state.in_(states)) if states else select(table.c.id)
        with self.firm.engine.store.read() as conn:
            return self.chance.choice(list(conn.execute(query).scalars()) or [0])

    def lines(self, columns: Any) -> list[dict[str, Any]]:
        return [columns() for _ in range(self.chance.randint(1, 3))]

    def rows(self, form: str, id: int, change: Any) -> list[dict[str, Any]]:
        """The lines of a record, some changed, some dropped, maybe one more."""
        found: list[dict[str, Any]] = []
        for line in self.firm.get(form, id)["items"] if id else []:
            if self.chance.random() < 0.8:
                more = change() if self.chance.random() < 0.5 else {}
                found.append({"id": line["id"], **more})
        return found + ([change()] if self.chance.random() < 0.4 else [])

    def step(self) -> None:
        name = self.chance.choice([n for n in dir(self) if n.startswith("do_")])
        try:
            getattr(self, name)()
            self.done[name] += 1
        except Refused:
            self.done["refused"] += 1

    # -- what may happen -----------------------------------------------------------------------------------------------

    def sold(self) -> dict[str, Any]:
        return {
            "product": self.any("product"), "quantity": self.chance.randint(1, 9),
            "price": self.chance.choice(["1.10", "20", "999.99"]), "discount": self.chance.choice(["", "5%"]),
        }  # fmt: skip

    def do_product(self) -> None:
        price = str(self.chance.randint(1, 300))
        self.firm.engine.change(ADMIN, "product", self.any("product"), {"sale_price": price, "name": f"P{price}"})

    def do_customer(self) -> None:
        self.firm.engine.change(ADMIN, "customer", self.any("customer"), {"name": f"客户{self.chance.random()}"})

    def do_contract(self) -> None:
        raw = {"customer": self.any("customer"), "delivery_on": "2027-01-01", "items": self.lines(self.sold)}
        self.firm.new(ADMIN, "contract", **raw)

    def do_contract_change(self) -> None:
        id = self.any("contract")
        raw: dict[str, Any] = {"items": self.rows("contract", id, self.sold)}
        if self.chance.random() < 0.4:
            raw["customer"] = self.any("customer")
        self.firm.engine.change(ADMIN, "contract", id, raw, confirmed=["rule:credit"])

    def do_contract_move(self) -> None:
        self.act("contract", self.chance.choice(["submit", "submit", "approve", "terminate", "cancel"]))

    def do_contract_delete(self) -> None:
        self.firm.engine.remove(ADMIN, "contract", self.any("contract", "draft", "approving", "signed"))

    def shipped(self) -> dict[str, Any]:
        return {"product": self.any("product"), "quantity": self.chance.randint(1, 4)}

    def do_shipment(self) -> None:
        id = self.any("contract", "signed")
        raw: dict[str, Any] = {"contract": id}
        if self.chance.random() < 0.6:
            raw["items"] = [
                {"product": line["product"], "contract_item": line["id"], "quantity": self.chance.randint(1, 4)}
                for line in self.firm.get("contract", id)["items"]
            ]
        self.firm.new(ADMIN, "shipment", **raw)

    def do_shipment_change(self) -> None:
        id = self.any("shipment")
        raw: dict[str, Any] = {"items": self.rows("shipment", id, lambda: {"quantity": self.chance.randint(1, 4)})}
        if self.chance.random() < 0.2:
            raw["contract"] = self.any("contract", "signed")
        self.firm.engine.change(ADMIN, "shipment", id, raw)

    def do_shipment_move(self) -> None:
        today = self.firm.clock().date().isoformat()
        self.act(
            "shipment", self.chance.choice(["inspect", "inspect", "ship", "ship", "deliver", "deliver", "refuse", "cancel"]),
            delivered_on=today, carrier="sf", tracking_no="1",
        )  # fmt: skip

    def do_shipment_delete(self) -> None:
        self.firm.engine.remove(ADMIN, "shipment", self.any("shipment", "draft", "cancelled"))

    def do_check(self) -> None:
        self.act("quality_check", self.chance.choice(["pass", "pass", "concede", "fail"]), defect="look")

    def do_return(self) -> None:
        contract = self.any("contract", "signed", "completed")
        items = [
            {"product": line["product"], "sold": line["id"], "quantity": 1}
            for line in self.firm.get("contract", contract)["items"]
            if line["shipped"]
        ]
        raw = {"contract": contract, "reason": "unwanted", "items": items, "contact": "x", "phone": "13800138000"}
        self.firm.new(ADMIN, "return_request", **raw)

    def do_return_move(self) -> None:
        today = self.firm.clock().date().isoformat()
        name = self.chance.choice(["accept", "receive", "inspect", "pay", "resend", "approve", "reject"])
        id = self.any("return_request", "inspecting") if name == "inspect" else None
        more: dict[str, Any] = {}
        if name == "inspect" and id:
            items = self.firm.get("return_request", id)["items"]
            more["items"] = [{"id": line["id"], "result": "good"} for line in items]
        self.act(
            "return_request", name, id, parcel_no="1", received_on=today, paid_on=today, payment_no="1",
            resent_on=today, resent_no="1", **more,
        )  # fmt: skip

    def act(self, form: str, name: str, id: int | None = None, **raw: Any) -> None:
        """Press a button as somebody who may, with those of the values that it asks for."""
        transition = self.firm.engine.catalog.forms[form].button(name)
        assert transition is not None
        id = id or self.any(form, *transition.sources)
        asked = {n.partition(".")[0] for n in (*transition.edit, *transition.require)}
        roles = sorted(transition.who.roles)
        actor = self.firm.who(BY_ROLE[self.chance.choice(roles)]) if roles else ADMIN
        for person in (actor, *(self.firm.who(login) for login in OWNERS)):
            try:
                self.firm.engine.act(
                    person, form, id, name, raw={n: v for n, v in raw.items() if n in asked}, opinion="x"
                )
                return
            except Refused as refused:
                if {p.code for p in refused.problems} <= {"not_yours", "not_found"}:
                    continue
                raise


BY_ROLE: dict[str, str] = {}
OWNERS: list[str] = []


@pytest.mark.parametrize("seed", range(2))
def test_random_lives_leave_every_stored_formula_right(demo: Firm, seed: int) -> None:
    people = demo.engine.catalog.demo.people
    BY_ROLE.update({role: login for login, person in people.items() for role in person.roles})
    OWNERS[:] = [login for login, person in people.items() if set(person.roles) & {"sales", "service", "sales_head"}]
    life = Life(demo, random.Random(seed))
    for turn in range(160):
        life.step()
        if turn % 40 == 39:
            assert differences(demo.engine) == [], f"seed {seed}, after {turn + 1} steps: {life.done}"
    assert sum(life.done.values()) - life.done["refused"] > 80, life.done


def test_the_shipped_demo_is_computed_as_stored(demo: Firm) -> None:
    assert differences(demo.engine) == [] and HOME.is_dir()
