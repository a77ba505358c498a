"""Serial numbers given anew: in the order of creation, from a day on, for one counter; told first; all or nothing."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from engine.engine import ENGINE
from engine.problems.storage import NO_SERIAL, RENUMBER_TAKEN
from engine.runtime.renumbering import Plan, lines, renumber
from engine.runtime.work import Work
from engine.storage import tables
from tests.firm import ADMIN, Build, Firm, refused


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Both databases."""
    return str(request.param)


FORMS = {
    "forms/bill.yaml": """
record_title: "{number} {kind}"
fields:
  number: {type: serial, pattern: "B-{kind}-{TODAY():yyyyMM}-{seq:000}", reset: month, scope: kind, gapless: true}
  kind:   {required: true}
  label:  {formula: '"No. " & number'}
access: {boss: {can: [view, create, edit, delete]}}
""",
    "forms/note.yaml": """
fields:
  bill: {type: reference, to: bill}
  of:   {formula: bill.number}
access: {boss: {can: [view, create]}}
""",
}
PACK = "language: en\nroles: {boss: Boss}\n"


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    """Bills a1 a2 a3 b1 in November and a1 in December, of which a1 (November) and a2 are gone or were wrong."""
    firm = engine_of({"pack.yaml": PACK, **FORMS})
    for kind in ("a", "a", "a", "b"):
        firm.new(ADMIN, "bill", kind=kind)
    firm.clock.later(days=10)
    firm.new(ADMIN, "bill", kind="a")
    firm.new(ADMIN, "note", bill=3)
    firm.engine.remove(ADMIN, "bill", 1)
    return firm


def numbers(firm: Firm) -> list[str]:
    return [firm.get("bill", id)["number"] for id in (2, 3, 4, 5)]


def again(firm: Firm, *, since: date | None = None, scope: str | None = None, dry: bool = False) -> Plan:
    if dry:
        return firm.engine.read(ENGINE, lambda w: renumber(w, "bill", None, since, scope, "audit", dry=True))
    return firm.engine.write(ENGINE, lambda w: renumber(w, "bill", None, since, scope, "audit"))


def test_gaps_are_closed_and_all_that_shows_a_number_follows(firm: Firm) -> None:
    assert numbers(firm) == ["B-a-202611-002", "B-a-202611-003", "B-b-202611-001", "B-a-202612-001"]
    assert lines(again(firm, dry=True)) == [
        "B-a-202611-002  →  B-a-202611-001", "B-a-202611-003  →  B-a-202611-002", "2 / 4",
    ]  # fmt: skip
    assert numbers(firm)[0] == "B-a-202611-002"  # nothing happened yet
    again(firm)
    assert numbers(firm) == ["B-a-202611-001", "B-a-202611-002", "B-b-202611-001", "B-a-202612-001"]
    bill = firm.get("bill", 3)
    assert (bill["label"], bill["title"]) == ("No. B-a-202611-002", "B-a-202611-002 a")
    assert firm.get("note", 1)["of"] == "B-a-202611-002"
    event = firm.engine.history(ADMIN, "bill", 3)[0]
    assert event.opinion == "audit" and ("number", "B-a-202611-003", "B-a-202611-002") in [
        (c.path[0], c.old, c.new) for c in event.changes
    ]
    assert len(firm.history("bill", 4)) == 1  # what stays as it is has nothing to tell
    firm.clock.later(days=-10)
    assert firm.get("bill", firm.new(ADMIN, "bill", kind="a"))["number"] == "B-a-202611-003"


def test_a_part_goes_on_after_what_stays(firm: Firm) -> None:
    assert again(firm, since=date(2026, 12, 1)).changes[0].new == "B-a-202612-001"
    assert numbers(firm)[0] == "B-a-202611-002"
    assert [c.id for c in again(firm, scope="b", dry=True).changes] == [4]
    with firm.engine.store.read() as conn:
        table = tables.serial_counter
        kept = conn.execute(select(table.c.value).where(table.c.scope == "a", table.c.period == "2026-11")).scalar_one()
    assert kept == 3


def test_a_number_that_somebody_else_keeps_is_told(firm: Firm) -> None:
    def swap(work: Work) -> None:
        table = work.layout.table("bill")
        for id, number in ((5, "x"), (4, "B-a-202612-001")):
            work.conn.execute(table.update().where(table.c.id == id).values(number=number))

    firm.engine.write(ENGINE, swap)
    assert refused(lambda: again(firm, since=date(2026, 12, 1)))[0][0] == RENUMBER_TAKEN
    assert (
        refused(lambda: firm.engine.read(ENGINE, lambda w: renumber(w, "note", None, None, None, None)))[0][0]
        == NO_SERIAL
    )
