"""Actions that feed other forms: amounts shared out over stock, requests by supplier linked back, find or create."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.firm import ADMIN, Build, Firm, refused, why

ACCESS = "access: {clerk: {can: [view, create, edit, delete]}}\n"
FILES = {
    "forms/part.yaml": "key: code\nrecord_title: '{code}'\n"
    "fields: {code: {type: text, unique: true}, supplier: {type: text}}\n" + ACCESS,
    "forms/move.yaml": "fields: {part: {type: reference, to: part}, batch: {type: text}, quantity: {type: decimal},"
    " expires_on: {type: date}}\n" + ACCESS,
    "forms/lock.yaml": "fields: {part: {type: reference, to: part}, batch: {type: text}, quantity: {type: decimal},"
    " line: {type: reference, to: slip.needs}}\n" + ACCESS,
    "forms/stock.yaml": """
aggregate: {moves: {from: move}, locks: {from: lock}}
fields:
  part: {type: reference, to: part}
  batch: {type: text}
  available: {type: decimal, formula: SUM(moves.quantity) - SUM(locks.quantity)}
  expires_on: {type: date, formula: MIN(moves.expires_on)}
rules: {enough: {check: available >= 0, message: "{part.code} is short"}}
access: {clerk: {can: [view]}}
""",
    "forms/request.yaml": """
fields:
  supplier: {type: text}
  slip: {type: reference, to: slip}
  items: {type: lines, fields: {part: {type: reference, to: part}, quantity: {type: decimal}}}
"""
    + ACCESS,
    "forms/slip.yaml": """
fields:
  number: {type: text}
  needs:
    type: lines
    fields:
      part: {type: reference, to: part}
      need: {type: decimal}
      locks: {type: related, from: lock, via: line}
      locked: {type: decimal, formula: SUM(locks.quantity)}
      short: {type: decimal, formula: need - locked}
      requested: {type: reference, to: request.items}
      request: {type: reference, to: request}
actions:
  lock:
    who: clerk
    do:
      - for_each: needs
        as: need_line
        where: short > 0
        do:
          - create: lock
            from: stock
            where: part = need_line.part and available > 0
            sort: expires_on
            share_out: {amount: =need_line.short, up_to: available}
            set: {part: =part, batch: =batch, quantity: =share, line: =need_line}
  ask_for:
    who: clerk
    do:
      - create: request
        from: needs
        where: short > 0
        by: part.supplier
        set:
          supplier: =supplier
          slip: =this
          items: {by: {part: part}, set: {part: =part, quantity: =SUM(short)}, link: requested}
        link: request
  book:
    who: clerk
    do:
      - upsert: book
        from: needs
        by: {supplier: part.supplier}
        key: {supplier: =supplier}
        set: {lines: =COUNT(), last: =this.number}
      - upsert: book
        key: {supplier: nobody}
        as: none
        set: {last: =number}
      - notify: =user
        when: not ISBLANK(none)
        message: "{none.supplier}"
"""
    + ACCESS,
    "forms/book.yaml": "fields: {supplier: {type: text}, lines: {type: integer}, last: {type: text}}\n" + ACCESS,
}


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    return engine_of(FILES)


def parts(firm: Firm) -> dict[str, int]:
    pairs = (("A", "east"), ("B", "west"), ("C", "east"))
    return {code: firm.new(ADMIN, "part", code=code, supplier=supplier) for code, supplier in pairs}


def test_an_amount_is_handed_out_in_turn_and_what_is_short_is_asked_for(firm: Firm) -> None:
    clerk, part = firm.person("kai", "clerk"), parts(firm)
    for code, batch, quantity, expires in (
        ("A", "late", "30", "2027-09-01"), ("A", "soon", "4", "2027-01-01"), ("A", "next", "5", "2027-05-01"),
        ("B", "only", "2", "2027-02-01"),
    ):  # fmt: skip
        firm.new(clerk, "move", part=part[code], batch=batch, quantity=quantity, expires_on=expires)
    needs = [{"part": part[c], "need": n} for c, n in (("A", "12"), ("B", "7"), ("C", "3"), ("C", "4"))]
    slip = firm.new(clerk, "slip", number="S1", needs=needs)
    firm.engine.act(clerk, "slip", slip, "lock")
    locks = [firm.get("lock", id) for id in range(1, 5)]
    assert [(lock["batch"], lock["quantity"]) for lock in locks] == [("soon", 4), ("next", 5), ("late", 3), ("only", 2)]
    assert [(n["locked"], n["short"]) for n in firm.get("slip", slip)["needs"]] == [(12, 0), (2, 5), (0, 3), (0, 4)]
    firm.engine.act(clerk, "slip", slip, "ask_for")
    west, east = firm.get("request", 1), firm.get("request", 2)
    assert [(r["supplier"], r["slip"]) for r in (west, east)] == [("west", slip), ("east", slip)]
    assert [(i["part"], i["quantity"]) for i in west["items"] + east["items"]] == [(part["B"], 5), (part["C"], 7)]
    shown = [(n["requested"], n["request"]) for n in firm.get("slip", slip)["needs"]]
    assert shown == [(None, None), (west["items"][0]["id"], 1), *[(east["items"][0]["id"], 2)] * 2]
    firm.engine.act(clerk, "slip", slip, "lock")
    assert len(firm.titles(ADMIN, "lock")) == 4


def test_sharing_out_never_takes_more_than_there_is(firm: Firm) -> None:
    clerk, part = firm.person("kai", "clerk"), parts(firm)
    firm.new(clerk, "move", part=part["A"], batch="x", quantity="1.5")
    for _ in range(3):
        slip = firm.new(clerk, "slip", needs=[{"part": part["A"], "need": "1"}])
        firm.engine.act(clerk, "slip", slip, "lock")
    assert [firm.get("slip", n)["needs"][0]["locked"] for n in (1, 2, 3)] == [1, Decimal("0.5"), 0]


def test_the_record_with_the_key_is_updated_or_else_created(firm: Firm) -> None:
    clerk, part = firm.person("kai", "clerk"), parts(firm)
    known = firm.new(clerk, "book", supplier="east", lines=9, last="S0")
    slip = firm.new(clerk, "slip", number="S1", needs=[{"part": part[c], "need": "1"} for c in "ABC"])
    firm.engine.act(clerk, "slip", slip, "book")
    firm.engine.act(clerk, "slip", slip, "book")
    books = [firm.get("book", n) for n in (1, 2, 3)]
    assert [(b["supplier"], b["lines"], b["last"]) for b in books] == [
        ("east", 2, "S1"),
        ("west", 1, "S1"),
        ("nobody", None, "S1"),
    ]
    assert known == 1
    firm.new(clerk, "book", supplier="west")
    assert refused(lambda: firm.engine.act(clerk, "slip", slip, "book")) == [("upsert_several", None)]
    assert why(lambda: firm.engine.act(clerk, "slip", slip, "book"))[0] == 409
    assert firm.get("book", 2)["lines"] == 1
