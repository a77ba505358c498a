"""Rules of a form: of the record, of each line, together unique, at their moment, and silent while they wait."""

from __future__ import annotations

from typing import Any

import pytest

from engine.problems import Refused
from tests.firm import ADMIN, Build, Firm

SUPPLIER = "key: name\nfields: {name: {type: text}, limit: {type: integer}}\naccess: {clerk: {can: [view]}}\n"
PLAN = """
fields:
  name: {type: text}
  supplier: {type: reference, to: supplier}
  start: {type: date}
  end: {type: date}
  seats: {type: integer}
  items: {type: lines, fields: {what: {type: text}, seats: {type: integer}, loud: {type: boolean}}}
  rivals: {type: related, from: plan, via: none, where: supplier = this.supplier and row != this, columns: [name]}
rules:
  order: {check: end >= start, message: "ends before {start:yyyy-MM-dd}"}
  blank: {check: not ISBLANK(name) or seats > 3, message: name or seats}
  named: {at: create, check: name != "late", message: not late}
  kept: {check: not (old.seats > seats), message: "{old.seats} were promised"}
  limit: {check: seats <= supplier.limit, message: "{supplier.name} has {supplier.limit}"}
  quiet: {from: items, where: loud, check: seats < 5, message: "{what}: {seats} of {this.seats}"}
  fits: {from: items, check: seats <= this.seats, message: "{what} has no room"}
  one: {unique: [supplier, start], where: state != "void", message: "{supplier.name} is taken"}
  alone: {unique: [name], message: "{name} again"}
  leave: {at: [stop, delete], check: seats = 0, message: "{seats} sit there"}
  all_done: {at: stop, from: items, check: not loud, message: "{what} is loud"}
access: {clerk: {can: [view, create, edit, delete]}}
"""
FLOW = """
states: {open: {}, void: {}, gone: {final: failure}}
transitions:
  stop: {title: Stop, from: open, to: void, who: clerk}
  again: {title: Again, from: void, to: open, who: clerk}
  end: {title: End, from: void, to: gone, who: clerk}
"""


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    made = engine_of({"forms/supplier.yaml": SUPPLIER, "forms/plan.yaml": PLAN, "workflows/plan.yaml": FLOW})
    made.new(ADMIN, "supplier", name="S", limit=10)
    made.new(ADMIN, "supplier", name="Free")
    made.person("ann", "clerk")
    return made


def told(call: Any) -> list[tuple[str | None, str]]:
    with pytest.raises(Refused) as raised:
        call()
    return [(p.place.field, p.message("en")) for p in raised.value.problems]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ({"name": "a", "start": "2026-01-02", "end": "2026-01-01"}, [(None, "ends before 2026-01-02")]),
        ({"name": "a", "start": "2026-01-02"}, []),
        ({"seats": 3}, [(None, "name or seats")]),
        ({"seats": 4}, []),
        ({}, []),
        ({"name": "late"}, [(None, "not late")]),
        ({"name": "a", "seats": 11, "supplier": 1}, [(None, "S has 10")]),
        ({"name": "a", "seats": 11, "supplier": 2}, []),
        ({"name": "a", "seats": 11}, []),
    ],
)
def test_a_check_waits_while_what_it_names_is_empty(firm: Firm, raw: dict[str, Any], why: list[Any]) -> None:
    if why:
        assert told(lambda: firm.engine.submit(ADMIN, "plan", raw)) == why
    else:
        firm.engine.submit(ADMIN, "plan", raw)


def test_each_line_is_checked_where_it_stands(firm: Firm) -> None:
    lines = [
        {"what": "a", "seats": 9}, {"what": "b", "seats": 5, "loud": True}, {"what": "c", "loud": True},
        {"what": "d", "seats": 4, "loud": True}, {"what": "e", "seats": 30},
    ]  # fmt: skip
    raw = {"name": "n", "seats": 20, "items": lines}
    assert told(lambda: firm.engine.submit(ADMIN, "plan", raw)) == [
        ("items.1", "b: 5 of 20"), ("items.4", "e has no room"),
    ]  # fmt: skip


def test_a_rule_reads_the_record_before_the_change(firm: Firm) -> None:
    id = firm.new(ADMIN, "plan", name="n", seats=5)
    assert told(lambda: firm.engine.change(ADMIN, "plan", id, {"seats": 4})) == [(None, "5 were promised")]
    firm.engine.change(ADMIN, "plan", id, {"seats": 6})


def test_together_unique_among_those_for_which_it_holds(firm: Firm) -> None:
    ann = firm.who("ann")
    day = {"supplier": 1, "start": "2026-05-01"}
    one = firm.new(ADMIN, "plan", name="one", seats=0, **day)
    assert told(lambda: firm.new(ADMIN, "plan", name="two", **day)) == [(None, "S is taken")]
    firm.new(ADMIN, "plan", name="no day", supplier=1)
    firm.new(ADMIN, "plan", name="no day either", supplier=1)
    assert told(lambda: firm.new(ADMIN, "plan", name="one", supplier=2)) == [("name", "one again")]
    firm.engine.act(ann, "plan", one, "stop")
    two = firm.new(ADMIN, "plan", name="two", **day)
    assert told(lambda: firm.engine.act(ann, "plan", one, "again")) == [(None, "S is taken")]
    assert firm.get("plan", one)["state"] == "void"
    firm.engine.change(ADMIN, "plan", two, {"supplier": 2})
    firm.engine.act(ann, "plan", one, "again")
    assert told(lambda: firm.engine.change(ADMIN, "plan", two, {"supplier": 1})) == [(None, "S is taken")]


def test_all_that_fails_at_a_transition_is_listed(firm: Firm) -> None:
    id = firm.new(ADMIN, "plan", name="n", seats=2, items=[{"what": "a", "loud": True}, {"what": "b"}])
    assert told(lambda: firm.engine.act(firm.who("ann"), "plan", id, "stop")) == [
        (None, "2 sit there"), ("items.0", "a is loud"),
    ]  # fmt: skip
    assert told(lambda: firm.engine.remove(ADMIN, "plan", id)) == [(None, "2 sit there")]
    firm.engine.change(ADMIN, "plan", id, {"name": "late"})
