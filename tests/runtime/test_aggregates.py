"""Aggregates: one row for each key, right in the transaction of whatever its sources went through, rules included."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from engine.problems import Refused
from engine.runtime import keep, recount
from engine.runtime.importing import Plan
from engine.runtime.values import Actor, Ask
from tests.firm import ADMIN, Build, Firm, refused, write

ACCESS = "access: {clerk: {can: [view, create, edit, delete, import]}}\n"
STOCK = """
aggregate:
  moves: {from: stock_move}
  locks: {from: reservation, where: state = "open", by: {product: material}}
fields:
  product: {type: reference, to: product}
  batch: {type: text}
  on_hand: {type: decimal, formula: SUM(moves.quantity)}
  large: {type: integer, formula: COUNT(from moves where quantity >= 10)}
  available: {type: decimal, formula: on_hand - SUM(locks.quantity)}
  expires_on: {type: date, formula: MIN(moves.expires_on)}
  first_note: {type: text, formula: FIRST(moves.note)}
  name: {type: text, formula: product.name}
rules:
  enough: {check: available >= 0, message: "{product.name} is short"}
  low: {check: available >= 5, level: warn, message: "{product.name} is low"}
access: {clerk: {can: [view, export]}}
"""
FILES = {
    "forms/product.yaml": """
key: code
record_title: "{code}"
fields:
  code: {type: text, unique: true}
  name: {type: text}
  stock_left: {type: decimal, formula: SUM(available from stock where product = this)}
"""
    + ACCESS,
    "forms/stock_move.yaml": """
fields:
  product: {type: reference, to: product}
  batch: {type: text}
  quantity: {type: decimal}
  expires_on: {type: date}
  note: {type: text}
"""
    + ACCESS,
    "forms/reservation.yaml": """
fields:
  material: {type: reference, to: product}
  batch: {type: text}
  quantity: {type: decimal, min: 0}
"""
    + ACCESS,
    "workflows/reservation.yaml": """
states: {open: {title: Open}, released: {title: Released, final: failure}}
transitions: {release: {from: open, to: released, who: clerk}}
""",
    "forms/slip.yaml": """
fields:
  product: {type: reference, to: product}
  wanted: {type: decimal}
actions:
  take:
    who: clerk
    do:
      - create: stock_move
        set: {product: =product, batch: A, quantity: =-wanted}
  swap:
    who: clerk
    do:
      - create: stock_move
        set: {product: =product, batch: A, quantity: =-wanted}
      - create: stock_move
        set: {product: =product, batch: A, quantity: =wanted}
"""
    + ACCESS,
    "forms/stock.yaml": STOCK,
}


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    return engine_of(FILES)


def rows(firm: Firm, form: str = "stock") -> dict[str, dict[str, Any]]:
    names = tuple(firm.engine.catalog.forms[form].fields)
    found = firm.engine.page(ADMIN, form, Ask(), names).rows
    return {row.record.title: row.record.values for row in found}


def drifts(firm: Firm, form: str = "stock") -> list[recount.Drift]:
    return firm.engine.read(ADMIN, lambda w: recount.verify(w, w.form(form)))


def start(firm: Firm) -> tuple[Actor, int]:
    clerk = firm.person("kai", "clerk")
    product = firm.new(clerk, "product", code="P1", name="Bolt")
    firm.new(clerk, "stock_move", product=product, batch="A", quantity="12", expires_on="2027-01-01", note="first")
    return clerk, product


def test_a_row_appears_follows_and_vanishes(firm: Firm) -> None:
    clerk, product = start(firm)
    again = firm.new(clerk, "stock_move", product=product, batch="A", quantity="3.5", expires_on="2026-12-01")
    row = rows(firm)["P1 A"]
    assert (row["on_hand"], row["large"], row["available"]) == (Decimal("15.5"), 1, Decimal("15.5"))
    assert (row["expires_on"], row["first_note"], row["name"]) == (date(2026, 12, 1), "first", "Bolt")
    firm.engine.change(clerk, "product", product, {"name": "Bolt M4"})
    firm.engine.change(clerk, "stock_move", again, {"batch": "B", "quantity": "20"})
    assert {t: (r["on_hand"], r["large"], r["name"]) for t, r in rows(firm).items()} == {
        "P1 A": (12, 1, "Bolt M4"),
        "P1 B": (20, 1, "Bolt M4"),
    }
    firm.engine.remove(clerk, "stock_move", again)
    assert set(rows(firm)) == {"P1 A"}
    assert drifts(firm) == []


def test_a_row_without_a_whole_key_counts_nowhere(firm: Firm) -> None:
    clerk, product = start(firm)
    firm.new(clerk, "stock_move", product=product, quantity="5")
    firm.new(clerk, "stock_move", batch="A", quantity="5")
    assert {t: r["on_hand"] for t, r in rows(firm).items()} == {"P1 A": 12}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_lacks_a_key_that_may_be_empty_has_a_row_of_its_own(engine_of: Build, tmp_path: Path) -> None:
    stock = FILES["forms/stock.yaml"].replace("batch: {type: text}", "batch: {type: text, required: false}")
    firm = engine_of({**FILES, "forms/stock.yaml": stock})
    clerk, product = start(firm)
    loose = firm.new(clerk, "stock_move", product=product, quantity="7")
    firm.new(clerk, "stock_move", batch="A", quantity="5")  # without a product it counts nowhere
    file = tmp_path / "moves.csv"
    file.write_text("product,batch,quantity\nP1,,6\nP1,,-30\nP1,B,6\n", encoding="utf-8")
    assert list(firm.engine.imports.bring_in(ADMIN, "stock_move", file, Plan()).taken) == [True, False, True]
    assert {t: r["on_hand"] for t, r in rows(firm).items()} == {"P1": 13, "P1 A": 12, "P1 B": 6}
    assert firm.get("product", product)["stock_left"] == 31
    firm.engine.change(clerk, "stock_move", loose, {"batch": "A"})
    assert {t: r["on_hand"] for t, r in rows(firm).items()} == {"P1": 6, "P1 A": 19, "P1 B": 6}
    firm.engine.change(clerk, "stock_move", loose, {"batch": ""})
    before = rows(firm)
    firm.engine.write(ADMIN, lambda work: keep.rebuild(work, work.form("stock")))
    assert rows(firm) == before
    assert drifts(firm) == []


def test_sources_are_united_and_follow_states(firm: Firm) -> None:
    clerk, product = start(firm)
    lock = firm.new(clerk, "reservation", material=product, batch="A", quantity="7")
    assert rows(firm)["P1 A"]["available"] == 5
    firm.engine.act(clerk, "reservation", lock, "release")
    assert rows(firm)["P1 A"]["available"] == 12
    assert firm.get("product", product)["stock_left"] == 12
    assert drifts(firm) == []


def test_what_would_break_a_rule_is_refused_through_every_door(firm: Firm, tmp_path: Path) -> None:
    clerk, product = start(firm)
    move = firm.new(clerk, "stock_move", product=product, batch="A", quantity="8")
    slip = firm.new(clerk, "slip", product=product, wanted="21")
    doors = [
        lambda: firm.new(clerk, "reservation", material=product, batch="A", quantity="20.5"),
        lambda: firm.new(clerk, "reservation", material=product, batch="C", quantity="1"),
        lambda: firm.engine.change(clerk, "stock_move", move, {"quantity": "-13"}),
        lambda: firm.engine.act(clerk, "slip", slip, "take"),
    ]
    for door in doors:
        with pytest.raises(Refused) as raised:
            door()
        assert [p.message("en") for p in raised.value.problems][:1] == ["Bolt is short"]
    firm.new(clerk, "reservation", material=product, batch="A", quantity="11")
    assert refused(lambda: firm.engine.remove(clerk, "stock_move", move)) == [("rule_broken", None)]
    file = tmp_path / "moves.csv"
    file.write_text("product,batch,quantity\nP1,A,-1\nP1,A,-5\nP1,A,-3\n", encoding="utf-8")
    taken = firm.engine.imports.bring_in(ADMIN, "stock_move", file, Plan())
    assert list(taken.taken) == [True, False, True]
    assert rows(firm)["P1 A"]["available"] == 5
    assert drifts(firm) == []


def test_only_the_end_of_a_verb_counts(firm: Firm) -> None:
    clerk, product = start(firm)
    slip = firm.new(clerk, "slip", product=product, wanted="50")
    firm.engine.act(clerk, "slip", slip, "swap")
    assert rows(firm)["P1 A"]["on_hand"] == 12


def test_a_warning_may_be_confirmed(firm: Firm) -> None:
    clerk, product = start(firm)
    raw = {"material": product, "batch": "A", "quantity": "9"}
    assert refused(lambda: firm.engine.submit(clerk, "reservation", raw)) == [("rule_broken", None)]
    firm.engine.submit(clerk, "reservation", raw, confirmed=["rule:low"])
    assert rows(firm)["P1 A"]["available"] == 3


def test_nobody_writes_its_rows(firm: Firm) -> None:
    clerk, product = start(firm)
    [row] = firm.engine.page(clerk, "stock", Ask()).rows
    id = row.record.id or 0
    for who in (clerk, ADMIN):
        assert refused(lambda who=who: firm.engine.submit(who, "stock", {"product": product})) == [
            ("computed_form", None)
        ]
        assert refused(lambda who=who: firm.engine.change(who, "stock", id, {"batch": "X"})) == [
            ("computed_form", None)
        ]
        assert refused(lambda who=who: firm.engine.remove(who, "stock", id)) == [("computed_form", None)]


def test_two_cannot_take_the_same(firm: Firm) -> None:
    clerk, product = start(firm)
    taken: list[bool] = []

    def take() -> None:
        raw = {"material": product, "batch": "A", "quantity": "1"}
        for _ in range(8):
            try:
                firm.engine.submit(clerk, "reservation", raw, confirmed=["rule:low"])
                taken.append(True)
            except Refused:
                taken.append(False)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (taken.count(True), len(taken)) == (12, 32)
    assert rows(firm)["P1 A"]["available"] == 0
    assert drifts(firm) == []


def test_another_definition_is_computed_from_what_is_there(firm: Firm) -> None:
    clerk, product = start(firm)
    firm.new(clerk, "stock_move", product=product, batch="B", quantity="6")
    write(firm.engine.settings.definitions, {"forms/stock.yaml": STOCK.replace("  batch: {type: text}\n", "")})
    firm.engine.reload()
    assert {t: r["on_hand"] for t, r in rows(firm).items()} == {"P1": 18}
    write(firm.engine.settings.definitions, {"forms/stock.yaml": STOCK.replace("on_hand -", "on_hand * 2 -")})
    firm.engine.reload()
    assert {t: r["available"] for t, r in rows(firm).items()} == {"P1 A": 24, "P1 B": 12}
    assert drifts(firm) == []
    (firm.engine.settings.definitions / "forms/stock.yaml").unlink()
    write(
        firm.engine.settings.definitions, {"forms/product.yaml": "fields: {code: {type: text, unique: true}, name: {}}"}
    )
    firm.engine.reload()
    assert "stock" not in firm.engine.catalog.forms


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_drift_is_found_and_mended(firm: Firm, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    start(firm)

    def spoil(conn: Any) -> None:
        conn.exec_driver_sql("UPDATE f_stock SET on_hand = 1")
        conn.exec_driver_sql('UPDATE sys_total SET amounts = \'["9", "0", "0"]\'')

    firm.engine.store.write(spoil)
    assert [(d.row, d.field, d.right) for d in drifts(firm)] == [("P1 A", "on_hand", 12)]
    monkeypatch.setenv("DATA_DIR", str(firm.engine.settings.data))
    monkeypatch.setenv("DEFINITIONS", str(firm.engine.settings.definitions))
    monkeypatch.setenv("DATABASE_URL", firm.engine.settings.database or "")
    assert main(["aggregate", "verify"]) == 1
    assert main(["aggregate", "rebuild", "stock"]) == 0
    assert main(["aggregate", "verify", "stock"]) == 0
    assert main(["aggregate", "verify", "nothing"]) == 1
    told = capsys.readouterr()
    assert "P1 A on_hand" in told.out and "not_computed" in told.err
    assert drifts(firm) == []


LINES = {
    "forms/customer.yaml": "fields: {name: {type: text}, region: {type: text}}\n" + ACCESS,
    "forms/order.yaml": """
fields:
  customer: {type: reference, to: customer}
  closed: {type: boolean}
  items:
    type: lines
    fields: {product: {type: text}, quantity: {type: integer}, price: {type: money}}
"""
    + ACCESS,
    "forms/demand.yaml": """
aggregate:
  lines: {from: order.items, where: not parent.closed, by: {region: parent.customer.region}}
fields:
  region: {type: text}
  product: {type: text}
  amount: {type: money, formula: SUM(lines.quantity * lines.price)}
  pieces: {type: integer, formula: SUM(lines.quantity)}
  dearest: {type: money, formula: MAX(lines.price)}
"""
    + "access: {clerk: {can: [view]}}\n",
}


def test_lines_follow_their_record_and_what_it_refers_to(engine_of: Build) -> None:
    firm = engine_of({**LINES, "forms/demand.yaml": LINES["forms/demand.yaml"].replace(
        "SUM(lines.quantity * lines.price)", "SUM(quantity * price from lines)")})  # fmt: skip
    clerk = firm.person("kai", "clerk")
    north = firm.new(clerk, "customer", name="N", region="north")
    items = [{"product": "bolt", "quantity": 2, "price": "1.50"}, {"product": "nut", "quantity": 1, "price": "9"}]
    order = firm.new(clerk, "order", customer=north, items=items)
    firm.new(clerk, "order", customer=north, items=items[:1])
    shown = {t: (r["amount"], r["pieces"], r["dearest"]) for t, r in rows(firm, "demand").items()}
    assert shown == {"north bolt": (6, 4, Decimal("1.5")), "north nut": (9, 1, 9)}
    firm.engine.change(clerk, "customer", north, {"region": "south"})
    assert set(rows(firm, "demand")) == {"south bolt", "south nut"}
    firm.engine.change(clerk, "order", order, {"closed": True})
    assert {t: r["amount"] for t, r in rows(firm, "demand").items()} == {"south bolt": 3}
    firm.engine.change(clerk, "order", order, {"closed": False, "items": []})
    firm.engine.remove(clerk, "order", order)
    assert {t: r["amount"] for t, r in rows(firm, "demand").items()} == {"south bolt": 3}
    assert drifts(firm, "demand") == []


CLAIMS = {
    "forms/pool.yaml": "key: name\nfields: {name: {type: text}, per_day: {type: integer}}\n" + ACCESS,
    "forms/claim.yaml": "fields: {person: {type: member}, pool: {type: reference, to: pool}, at: {type: datetime}}\n"
    + ACCESS,
    "forms/claims.yaml": """
aggregate:
  made: {from: claim, by: {day: 'PERIOD(at, "day")'}}
fields:
  person: {type: member}
  pool: {type: reference, to: pool}
  day: {type: date}
  count: {type: integer, formula: COUNT(made)}
rules:
  per_day: {check: count <= pool.per_day, message: "{pool.name}: {pool.per_day} a day"}
access: {clerk: {can: [view]}}
""",
    "forms/lead.yaml": """
fields: {name: {type: text}, pool: {type: reference, to: pool}}
actions:
  claim:
    who: clerk
    do:
      - create: claim
        set: {person: =user, pool: =pool, at: =NOW()}
      - set: {owner: =user}
"""
    + ACCESS,
}


def test_a_day_has_so_many_claims_and_not_one_more(engine_of: Build) -> None:
    firm = engine_of(CLAIMS)
    kai, lin = firm.person("kai", "clerk"), firm.person("lin", "clerk")
    pool = firm.new(ADMIN, "pool", name="North", per_day=2)
    leads = [firm.new(ADMIN, "lead", name=f"L{n}", pool=pool) for n in range(5)]
    for lead in leads[:2]:
        firm.engine.act(kai, "lead", lead, "claim")
    with pytest.raises(Refused) as raised:
        firm.engine.act(kai, "lead", leads[2], "claim")
    assert [p.message("en") for p in raised.value.problems] == ["North: 2 a day"]
    assert firm.get("lead", leads[2])["owner"] != kai.id
    firm.engine.act(lin, "lead", leads[2], "claim")
    firm.clock.later(days=1)
    firm.engine.act(kai, "lead", leads[3], "claim")
    assert sorted(r["count"] for r in rows(firm, "claims").values()) == [1, 1, 2]
    assert drifts(firm, "claims") == []
