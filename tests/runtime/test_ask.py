"""Lists: what is asked for comes in order, page by page, and a long list is as quick as a short one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from engine.problems import Refused
from engine.runtime import ask as asking
from engine.runtime.exporting import export, export_lines, safe, texts
from engine.runtime.values import Actor, Ask
from engine.runtime.work import Work
from tests.runtime.house import NOW, House

DEAL = """
title: Deal
key: name
record_title: "{name}"
fields:
  name: {type: text}
  phone: {type: phone}
  total: {type: money}
  buyer: {type: reference, to: buyer}
  due: {type: date}
  late: {type: boolean, formula: due < TODAY()}
  left: {type: integer, formula: due - TODAY()}
  items: {type: lines, fields: {what: {type: text}, amount: {type: money}}}
views:
  open: {columns: [name, buyer, total, late], where: state != "won", sort: [-total]}
access:
  sales: {can: [view, export], where: owner = user}
  watch: {role: sales, can: [view], hide: [phone, items.amount]}
  boss: {can: [view, create, edit, export]}
"""
FLOW = """
states: {offer: {title: Offer}, talk: {title: Talk}, won: {title: Won, final: success}}
transitions:
  go: {from: offer, to: talk, who: sales, when: total > 5}
  win: {from: talk, to: won, who: =owner}
"""
BUYER = """
title: Buyer
key: name
record_title: "{name}"
fields: {name: {type: text}}
access: {sales: {can: [view]}, boss: {can: [view]}}
"""


@pytest.fixture
def house(tmp_path: Path, database: str | None) -> Iterator[House]:
    made = House(tmp_path, {"forms/deal.yaml": DEAL, "workflows/deal.yaml": FLOW, "forms/buyer.yaml": BUYER}, database)
    yield made
    made.close()


@pytest.fixture
def boss(house: House) -> Actor:
    return house.person("bo", "boss")


def titles(house: House, actor: Actor, **more: Any) -> list[str]:
    return [r.record.title for r in house.engine.page(actor, "deal", Ask(**more)).rows]


def test_pages_are_stable_and_one_behind_the_last_is_the_last(house: House, boss: Actor) -> None:
    for i in range(23):
        house.put("deal", name=f"d{i:02}", total=Decimal(i % 3))
    sort = (("total", True),)
    pages = [house.engine.page(boss, "deal", Ask(sort=sort, page=n, limit=10)) for n in (1, 2, 3, 9)]
    seen = [r.record.id for p in pages[:3] for r in p.rows]
    assert len(seen) == len(set(seen)) == 23 and [p.total for p in pages] == [23] * 4
    assert pages[3].page == 3 and [r.record.id for r in pages[3].rows] == [r.record.id for r in pages[2].rows]
    assert house.engine.page(boss, "deal", Ask(limit=0)).limit == 1
    assert house.engine.page(boss, "deal", Ask(limit=9999)).limit == 200


def test_an_empty_list_has_one_page(house: House, boss: Actor) -> None:
    found = house.engine.page(boss, "deal", Ask(page=7))
    assert (found.rows, found.total, found.page) == ((), 0, 1)


def test_a_view_brings_its_condition_columns_and_order(house: House, boss: Actor) -> None:
    for name, total, state in (("a", 1, "offer"), ("b", 3, "offer"), ("c", 9, "won")):
        house.put("deal", name=name, total=Decimal(total), state=state, phone="13900001111")
    found = house.engine.page(boss, "deal", Ask(view="open"))
    assert [r.record.title for r in found.rows] == ["b", "a"]
    assert set(found.rows[0].record.values) == {"name", "buyer", "total", "late", "state"}
    assert titles(house, boss) == ["c", "b", "a"]


def test_references_sort_and_search_by_their_titles(house: House, boss: Actor) -> None:
    one, two = house.put("buyer", name="Zebra"), house.put("buyer", name="Ant 100%_\\")
    house.put("deal", name="first", buyer=one)
    house.put("deal", name="second", buyer=two)
    assert titles(house, boss, sort=(("buyer", False),)) == ["second", "first"]
    assert titles(house, boss, q="zeb") == ["first"]
    assert titles(house, boss, q="100%_\\") == ["second"]
    assert titles(house, boss, q="first zeb") == ["first"] and titles(house, boss, q="first ant") == []
    assert titles(house, boss, q="%") == ["second"]


@pytest.mark.parametrize("q", ["'", '"', "\\", "%", "_", "' or 1=1 --", "\x00", "💥", "a" * 5000, "( ) [ ]", "NULL"])
def test_no_search_breaks(house: House, boss: Actor, q: str) -> None:
    house.put("deal", name="plain")
    assert titles(house, boss, q=q) == []


def test_a_formula_computed_when_read_is_shown_sorted_and_filtered(house: House, boss: Actor) -> None:
    today = NOW.date()
    for name, days in (("old", -2), ("new", 3), ("none", None)):
        house.put("deal", name=name, due=today + timedelta(days=days) if days is not None else None)
    rows = house.engine.page(boss, "deal", Ask(sort=(("left", False),)), ("name", "late", "left")).rows
    assert [(r.record.title, r.record.values["late"], r.record.values["left"]) for r in rows] == [
        ("none", False, None), ("old", True, -2), ("new", False, 3),
    ]  # fmt: skip
    assert titles(house, boss, where=house.where("deal", "left > 0")) == ["new"]


def test_unknown_columns_and_sorts_are_named_with_the_nearest(house: House, boss: Actor) -> None:
    for call in (
        lambda: house.engine.page(boss, "deal", Ask(sort=(("totla", True),))),
        lambda: house.engine.page(boss, "deal", Ask(), ("totla",)),
    ):
        with pytest.raises(Refused) as refused:
            call()
        (found,) = refused.value.problems
        assert found.code == "no_such_column" and found.facts["nearest"] == "total"
    with pytest.raises(Refused) as refused:
        house.engine.page(boss, "deal", Ask(sort=(("items", False),)))
    assert refused.value.problems[0].code == "not_sortable"


def test_totals_are_over_all_pages_and_exact(house: House, boss: Actor) -> None:
    for _ in range(30):
        house.put("deal", name="x", total=Decimal("0.10"))
    assert house.engine.sums(boss, "deal", Ask(limit=1), ["total", "name"]) == {"total": Decimal("3.00")}


def test_what_waits_is_what_a_person_may_press_now(house: House) -> None:
    ann, bob = house.person("ann", "sales"), house.person("bob", "sales")
    house.put("deal", name="small", total=Decimal(1), state="offer")
    house.put("deal", name="large", total=Decimal(9), state="offer", state_since=NOW)
    house.put("deal", name="anns", state="talk", owner=ann.id, state_since=NOW - timedelta(days=1))
    house.put("deal", name="won", state="won", owner=ann.id)
    assert house.engine.counts(ann)["deal"] == 2 and house.engine.counts(bob)["deal"] == 1
    assert [r.record.title for _, r in house.engine.waiting(ann)] == ["anns", "large"]
    assert "deal" not in {f.name for f, _ in house.engine.waiting(house.person("zoe", "boss"))}


def test_an_export_has_just_what_the_person_may_export_and_no_formula(house: House) -> None:
    ann = house.person("ann", "sales")
    mine = house.put("deal", name="=cmd|'/c calc'!A1", phone="+86 139", total=Decimal("-5.5"), owner=ann.id)
    house.put("deal", name="theirs", owner=99)
    layout = house.engine._edition.layout
    line = {"parent_id": mine, "what": "@x", "amount": Decimal("2.5"), "position": 0}
    house.engine.store.write(lambda c: c.execute(layout.table("deal.items").insert().values(**line)))
    columns = ("name", "phone", "total", "state")
    rows = house.do(ann, lambda w: list(texts(export(w, w.form("deal"), Ask(), columns))))
    assert rows[1:] == [["'=cmd|'/c calc'!A1", "'+86 139", "-5.50", ""]]
    lines = house.do(ann, lambda w: list(texts(export_lines(w, w.form("deal"), "items", Ask()))))
    assert lines[1:] == [["'=cmd|'/c calc'!A1", "'@x", "2.50"]]


@pytest.mark.parametrize(
    ("words", "out"),
    [("=1+1", "'=1+1"), ("-5", "-5"), ("+86", "+86"), ("-1,234.5%", "-1,234.5%"), ("-2+3", "'-2+3"), ("@a", "'@a"),
     ("\t=1", "'\t=1"), ("\r=1", "'\r=1"), ("plain", "plain"), ("", ""), ("－", "－")],
)  # fmt: skip
def test_a_cell_that_would_run_is_made_harmless(words: str, out: str) -> None:
    assert safe(words) == out


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_page_of_a_hundred_thousand_needs_no_sorting_and_no_full_read(house: House, boss: Actor) -> None:
    """Not timed: the database's own plan says whether it goes by an index."""
    seen: list[str] = []

    def unit(work: Work) -> None:
        asked = asking.question(work, work.form("deal"), Ask(view="open"))
        engine = work.conn.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            asking._ids(work, asking.question(work, work.form("deal"), Ask(sort=(("total", True),))), 0, 50)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        assert asked.sort == (("total", True),)
        plan = " ".join(str(r) for r in work.conn.execute(text("EXPLAIN QUERY PLAN " + seen[-1]), {}))
        assert "USING COVERING INDEX" in plan and "TEMP B-TREE" not in plan

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        written = statement
        for value in parameters:
            written = written.replace("?", str(value), 1)
        seen.append(written)

    house.do(boss, unit)
