"""Changing and deleting: nobody overwrites a colleague unseen, history tells what changed, references stay sound."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.problems import Refused
from engine.storage import tables
from tests.firm import ADMIN, Build, Firm, refused, why

CUSTOMER = """
key: name
fields:
  name: {type: text, required: true}
  level: {type: integer}
  secret: {type: text, sensitive: true}
  orders: {type: integer, formula: COUNT(from theirs)}
  spent: {type: money, formula: SUM(total from theirs)}
  theirs: {type: related, from: order, via: customer}
rules:
  no_key_customer: {at: delete, check: level != 9, message: "{name} stays"}
access: {clerk: {can: [view, create, edit, delete]}, guest: {can: [view]}}
"""
ORDER = """
record_title: "{customer.name} {note}"
fields:
  customer: {type: reference, to: customer, required: true}
  agent: {type: reference, to: customer, on_delete: clear}
  note: {type: text}
  items:
    type: lines
    fields: {what: {type: text}, price: {type: money}, supplier: {type: reference, to: customer, on_delete: cascade}}
  total: {type: money, formula: SUM(items.price)}
rules:
  cheap: {check: total <= 1000, level: warn, message: "{total:0.00} is dear"}
  odd: {check: note != "odd", level: info, message: "odd"}
  unlucky: {check: note != "13", message: "13 is unlucky"}
access: {clerk: {can: [view, create, edit, delete]}, guest: {can: [view]}}
"""
VISIT = """
fields:
  order: {type: reference, to: order, on_delete: cascade}
  line: {type: reference, to: order.items, on_delete: clear}
access: {clerk: {can: [view, create]}}
"""


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    made = engine_of({"forms/customer.yaml": CUSTOMER, "forms/order.yaml": ORDER, "forms/visit.yaml": VISIT})
    for name in ("ann", "bob"):
        made.person(name, "clerk")
    made.new(ADMIN, "customer", name="East")
    made.new(ADMIN, "customer", name="West")
    return made


def test_the_second_of_two_who_edit_learns_who_was_first(firm: Firm) -> None:
    ann, bob = firm.who("ann"), firm.who("bob")
    id = firm.new(ann, "order", customer=1)
    seen = firm.get("order", id)["version"]
    firm.engine.change(ann, "order", id, {"note": "ann's"}, version=seen)
    assert why(lambda: firm.engine.change(bob, "order", id, {"note": "bob's"}, version=seen)) == (
        409, "Ann changed this record while you were editing",
    )  # fmt: skip
    assert refused(lambda: firm.engine.remove(bob, "order", id, version=seen)) == [("conflict", None)]
    assert firm.get("order", id)["note"] == "ann's"
    firm.engine.change(bob, "order", id, {"note": "bob's"}, version=seen + 1)
    assert firm.get("order", id)["version"] == seen + 2


def test_saving_without_changing_anything_changes_nothing(firm: Firm) -> None:
    id = firm.new(ADMIN, "order", customer=1, note="x", items=[{"what": "a", "price": 1}])
    before = firm.get("order", id)
    again = {"note": "x", "items": [{"id": before["items"][0]["id"], "what": "a", "price": "1.00"}]}
    firm.engine.change(ADMIN, "order", id, again, version=before["version"])
    assert firm.get("order", id) == before
    assert firm.history("order", id) == ["create"]


def test_what_follows_in_another_record_is_no_change_by_a_person(firm: Firm) -> None:
    version = firm.get("customer", 1)["version"]
    firm.new(ADMIN, "order", customer=1, items=[{"price": 5}])
    customer = firm.get("customer", 1)
    assert (customer["orders"], customer["spent"], customer["version"]) == (1, 5, version)
    assert firm.history("customer", 1) == ["create"]
    firm.engine.change(ADMIN, "customer", 1, {"level": 2}, version=version)


def test_history_tells_every_change_and_nothing_that_is_hidden(firm: Firm) -> None:
    ann = firm.who("ann")
    id = firm.new(ann, "order", customer=1, items=[{"what": "a", "price": 1}, {"what": "b"}])
    a, b = (line["id"] for line in firm.get("order", id)["items"])
    firm.clock.later(hours=1)
    firm.engine.change(ann, "order", id, {"customer": 2, "items": [{"id": a, "price": 3}, {"what": "c"}]})
    last, first = firm.engine.history(ADMIN, "order", id)
    assert (last.action, last.actor_name, last.at, last.version) == ("edit", "Ann", firm.clock(), 2)
    new = firm.get("order", id)["items"][1]["id"]
    assert {c.path: (c.old, c.new) for c in last.changes} == {
        ("customer",): (1, 2),
        ("items", str(a), "price"): ("1.00", "3.00"),
        ("items", f"-{b}", "what"): ("b", None),
        ("items", f"+{new}", "what"): (None, "c"),
        ("total",): ("1.00", "3.00"),
    }
    assert {c.path: c.new for c in first.changes}[("customer",)] == 1
    firm.engine.change(ann, "customer", 1, {"secret": "s1"})
    assert [(c.old, c.new) for c in firm.engine.history(ann, "customer", 1)[0].changes] == [(None, "••••")]


def test_a_comment_is_part_of_the_history(firm: Firm) -> None:
    id = firm.new(ADMIN, "order", customer=1)
    firm.engine.comment(firm.who("ann"), "order", id, "  call them ")
    event = firm.engine.history(ADMIN, "order", id)[0]
    assert (event.action, event.comment, event.actor_name) == ("comment", "call them", "Ann")
    assert refused(lambda: firm.engine.comment(ADMIN, "order", id, "  ")) == [("nothing_said", "comment")]


def test_a_warning_may_be_confirmed_an_error_not_and_a_note_stops_nobody(firm: Firm) -> None:
    raw = {"customer": 1, "items": [{"price": 2000}]}
    with pytest.raises(Refused) as raised:
        firm.engine.submit(ADMIN, "order", raw)
    (warning,) = raised.value.problems
    assert (warning.severity, warning.message("en"), warning.facts["key"]) == ("warn", "2000.00 is dear", "rule:cheap")
    id = firm.engine.submit(ADMIN, "order", raw, confirmed=["rule:cheap"]).record.id
    assert id is not None
    assert {s for s, _ in refused(lambda: firm.engine.change(ADMIN, "order", id, {"note": "x"}))} == {"rule_broken"}
    both = lambda: firm.engine.change(ADMIN, "order", id, {"note": "13"}, confirmed=["rule:cheap", "rule:unlucky"])  # noqa: E731
    assert why(both) == (409, "2000.00 is dear")
    firm.new(ADMIN, "order", customer=1, note="odd")


def test_what_is_pointed_at_can_not_be_deleted(firm: Firm) -> None:
    order = firm.new(ADMIN, "order", customer=1)
    status, words = why(lambda: firm.engine.remove(ADMIN, "customer", 1))
    assert (status, words) == (409, 'It can not be deleted: 1 of "Order" point at it, such as East')
    firm.engine.remove(ADMIN, "order", order)
    assert firm.get("customer", 1)["orders"] == 0
    firm.engine.remove(ADMIN, "customer", 1)
    assert refused(lambda: firm.engine.open(ADMIN, "customer", 1)) == [("not_found", None)]


def test_deleting_clears_or_deletes_along_and_what_read_it_follows(firm: Firm) -> None:
    third = firm.new(ADMIN, "customer", name="Third")
    order = firm.new(ADMIN, "order", customer=1, agent=third, items=[{"price": 5, "supplier": third}, {"price": 7}])
    line = firm.get("order", order)["items"][1]["id"]
    visit = firm.new(ADMIN, "visit", order=order, line=line)
    firm.engine.remove(ADMIN, "customer", third)
    now = firm.get("order", order)
    assert (now["agent"], [row["price"] for row in now["items"]], now["total"]) == (None, [7], 7)
    assert firm.get("customer", 1)["spent"] == 7
    assert firm.history("order", order) == ["create", "effect"]
    firm.engine.change(ADMIN, "order", order, {"items": []})
    assert firm.get("visit", visit)["line"] is None
    firm.engine.remove(ADMIN, "order", order)
    assert refused(lambda: firm.engine.open(ADMIN, "visit", visit)) == [("not_found", None)]
    assert firm.get("customer", 1)["spent"] == 0


def test_a_line_that_is_pointed_at_can_not_be_dropped(engine_of: Build) -> None:
    part = "fields: {line: {type: reference, to: order.items}}\naccess: {clerk: {can: [view]}}\n"
    order = "fields: {items: {type: lines, fields: {what: {type: text}}}}\naccess: {clerk: {can: [view]}}\n"
    firm = engine_of({"forms/order.yaml": order, "forms/part.yaml": part})
    id = firm.new(ADMIN, "order", items=[{"what": "a"}, {"what": "b"}])
    a, b = (line["id"] for line in firm.get("order", id)["items"])
    firm.new(ADMIN, "part", line=a)
    assert refused(lambda: firm.engine.change(ADMIN, "order", id, {"items": [{"id": b}]})) == [("still_used", None)]
    firm.engine.change(ADMIN, "order", id, {"items": [{"id": a}]})
    assert [line["id"] for line in firm.get("order", id)["items"]] == [a]


def test_a_rule_at_delete_holds_and_only_then(firm: Firm) -> None:
    firm.engine.change(ADMIN, "customer", 1, {"level": 9})
    assert why(lambda: firm.engine.remove(ADMIN, "customer", 1)) == (409, "East stays")


def test_who_may_not_edit_or_see_is_refused(firm: Firm) -> None:
    guest = firm.person("gus", "guest")
    nobody = firm.person("nob")
    assert refused(lambda: firm.engine.change(guest, "customer", 1, {"name": "x"})) == [("forbidden", None)]
    assert refused(lambda: firm.engine.remove(guest, "customer", 1)) == [("forbidden", None)]
    for call in (
        lambda: firm.engine.open(nobody, "customer", 1),
        lambda: firm.engine.change(nobody, "customer", 1, {"name": "x"}),
        lambda: firm.engine.remove(nobody, "customer", 1),
        lambda: firm.engine.comment(nobody, "customer", 1, "x"),
        lambda: firm.engine.history(nobody, "customer", 1),
        lambda: firm.engine.open(ADMIN, "customer", 999),
    ):
        assert refused(call) == [("not_found", None)]


def test_a_deleted_records_history_is_kept(firm: Firm) -> None:
    id = firm.new(ADMIN, "order", customer=1, note="gone", items=[{"what": "a"}])
    firm.engine.remove(firm.who("ann"), "order", id)
    with firm.engine.store.read() as conn:
        of_it = (tables.event.c.form == "order", tables.event.c.record == id)
        rows = conn.execute(select(tables.event).where(*of_it).order_by(tables.event.c.id)).all()
    assert [r.action for r in rows] == ["create", "delete"]
    diff = rows[1].diff
    assert diff["note"] == ["gone", None] and list(diff["items"].values()) == [{"what": "a"}]


def test_a_title_follows_what_it_reads(firm: Firm) -> None:
    id = firm.new(ADMIN, "order", customer=1, note="one")
    assert firm.get("order", id)["title"] == "East one"
    firm.engine.change(ADMIN, "customer", 1, {"name": "Far East"})
    assert firm.titles(ADMIN, "order", q="Far East") == ["Far East one"]
