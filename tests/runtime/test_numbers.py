"""Serial numbers: none twice, none left out, begun anew when their period does, apart for each scope."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.problems import Refused
from engine.runtime.importing import Plan
from tests.firm import ADMIN, Build, Clock, Firm

ORDER = """
key: number
fields:
  number: {type: serial, pattern: "O{TODAY():yyMM}-{seq:000}", reset: month}
  house: {type: choice, options: [a, b], default: a}
  own: {type: serial, pattern: "{house}{created_at:yyyy}/{seq}", reset: year, scope: house}
access: {clerk: {can: [view, create, import]}}
"""
TICKET = """
key: number
fields:
  number: {type: serial, pattern: "T{TODAY():yyyy}-{seq:000}", reset: year}
  daily: {type: serial, pattern: "{TODAY():MMdd}/{seq}", reset: day}
  weekly: {type: serial, pattern: "W{seq}", reset: week}
  place: {type: choice, options: [north, south], default: north}
  own: {type: serial, pattern: "{place}-{seq:00}", scope: place}
  title: {type: text, required: true}
rules: {no_seven: {check: title != "7", message: "not 7"}}
access: {clerk: {can: [view, create]}}
"""


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    return engine_of({"forms/ticket.yaml": TICKET})


def numbers(firm: Firm, **raw: str) -> tuple[str, ...]:
    values = firm.get("ticket", firm.new(ADMIN, "ticket", **{"title": "x", **raw}))
    return values["number"], values["daily"], values["weekly"], values["own"]


def test_each_period_begins_anew_by_the_organisations_own_day(firm: Firm) -> None:
    firm.clock.now = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    assert numbers(firm) == ("T2026-001", "1231/1", "W1", "north-01")
    firm.clock.later(minutes=2)
    assert numbers(firm) == ("T2027-001", "0101/1", "W2", "north-02")
    firm.clock.later(days=3)
    assert numbers(firm) == ("T2027-002", "0104/1", "W1", "north-03")


def test_each_scope_has_a_counter_of_its_own(firm: Firm) -> None:
    assert [numbers(firm, place=p)[3] for p in ("north", "south", "north", "south", "south")] == [
        "north-01", "south-01", "north-02", "south-02", "south-03",
    ]  # fmt: skip


def test_sixteen_at_once_get_every_number_once_and_refusals_use_none(engine_of: Build) -> None:
    firm = engine_of({"forms/ticket.yaml": TICKET}, Clock())
    clerks = [firm.person(f"clerk{n}", "clerk") for n in range(16)]

    def many(clerk: int) -> list[str]:
        found = []
        for turn in range(10):
            try:
                found.append(firm.engine.submit(clerks[clerk], "ticket", {"title": str(turn)}).record.values["number"])
            except Refused:
                assert turn == 7
        return found

    with ThreadPoolExecutor(16) as pool:
        found = [number for some in pool.map(many, range(16)) for number in some]
    assert sorted(found) == [f"T2026-{n:03}" for n in range(1, 145)]


def test_a_number_that_tells_its_counter_is_kept_once_whoever_brings_it(engine_of: Build, tmp_path: Path) -> None:
    firm = engine_of({"forms/order.yaml": ORDER, "forms/ticket.yaml": TICKET})
    names = {n: f.numbering.once for form in ("order", "ticket") for n, f in firm.engine.catalog.forms[form].fields.items()
             if f.numbering is not None}  # fmt: skip
    assert names == {"number": True, "own": True, "daily": False, "weekly": False}
    table = firm.engine._edition.layout.table("order")
    unique = {tuple(c.name for c in index.columns) for index in table.indexes if index.unique}
    assert {("number",), ("own",)} <= unique
    firm.new(ADMIN, "order")
    (tmp_path / "o.csv").write_text("number\nO2611-001\nO2611-007\nO2611-007\n", encoding="utf-8")
    done = firm.engine.imports.bring_in(
        firm.person("carl", "clerk", channel="import"), "order", tmp_path / "o.csv", Plan()
    )
    assert done.accepted == 1
    assert {n: [p.code for p in found] for n, found in done.refused.items()} == {0: ["not_unique"], 2: ["not_unique"]}
    assert firm.get("order", firm.new(ADMIN, "order"))["number"] == "O2611-008"
