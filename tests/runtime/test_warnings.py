"""Rules that warn, that only say a word, that close a button beforehand, and values that may occur once."""

from __future__ import annotations

import pytest

from engine.runtime.values import Actor
from tests.firm import Build, Firm, refused

FILES = {
    "pack.yaml": "title: T\nlanguage: en\nroles: {clerk: Clerk, boss: Boss}\n",
    "forms/order.yaml": """
title: Order
record_title: "{number}"
fields:
  number: {required: true, unique: true}
  day: {type: date}
  amount: {type: money}
  double: {type: money, formula: amount * 2}
  note: {}
  items: {type: lines, fields: {what: {}, n: {type: integer}}}
rules:
  large: {check: double < 2000, level: warn, message: "{amount} is a lot"}
  word: {check: not ISBLANK(note), level: info, message: A note would help}
  noted: {at: approve, check: not ISBLANK(note), message: Say why}
  paid: {at: pay, check: amount > 0, message: There is nothing to pay}
  one_a_day: {unique: [day, amount], where: state != "paid", message: One of that amount a day}
  few: {from: items, check: n < 10, sort: -n, message: "{what}: {n} are too many"}
access:
  clerk: {can: [view, create, edit], where: owner = user}
  boss: {can: [view, create, edit]}
""",
    "workflows/order.yaml": """
states: {open: {}, approved: {}, paid: {final: success}}
transitions:
  approve: {from: open, to: approved, who: everyone}
  pay: {from: approved, to: paid, who: everyone, edit: [amount]}
""",
}


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    made = engine_of(FILES)
    made.person("carl", "clerk")
    made.person("bea", "boss")
    return made


@pytest.fixture
def bea(firm: Firm) -> Actor:
    return firm.who("bea")


def test_a_confirmed_warning_stands_in_the_history_in_its_words(firm: Firm, bea: Actor) -> None:
    raw = {"number": "1", "amount": "1500", "note": "x"}
    assert refused(lambda: firm.engine.submit(bea, "order", raw)) == [("rule_broken", None)]
    done = firm.engine.submit(bea, "order", raw, confirmed={"rule:large"})
    event = firm.engine.history(bea, "order", done.record.id or 0)[0]
    assert [words.to("en") for words in event.confirmed] == ["1500 is a lot"]
    firm.engine.change(bea, "order", done.record.id or 0, {"note": "y"}, confirmed={"rule:large"})
    firm.engine.act(bea, "order", done.record.id or 0, "approve", confirmed={"rule:large"})
    assert [len(e.confirmed) for e in firm.engine.history(bea, "order", done.record.id or 0)] == [1, 1, 1]


def test_a_warning_tells_what_it_reads_so_that_its_tick_can_be_taken_back(firm: Firm, bea: Actor) -> None:
    with pytest.raises(Exception) as told:
        firm.new(bea, "order", number="1", amount="1500", note="x")
    assert told.value.problems[0].facts["reads"] == "amount double"  # type: ignore[attr-defined]


def test_what_is_only_worth_a_word_blocks_nothing_and_is_said(firm: Firm, bea: Actor) -> None:
    done = firm.engine.submit(bea, "order", {"number": "1"})
    assert [n.message("en") for n in done.notes] == ["A note would help"]
    assert firm.engine.submit(bea, "order", {"number": "2", "note": "x"}).notes == ()


def test_a_button_that_its_rule_would_refuse_is_closed_beforehand_with_the_rules_sentence(
    firm: Firm, bea: Actor
) -> None:
    id = firm.new(bea, "order", number="1")
    (approve,) = (b for b in firm.engine.open(bea, "order", id).buttons if b.transition.name == "approve")
    assert approve.closed is not None and approve.closed.message("en") == "Say why"
    assert refused(lambda: firm.engine.act(bea, "order", id, "approve")) == [("rule_broken", None)]
    firm.engine.change(bea, "order", id, {"note": "x"})
    assert firm.buttons(bea, "order", id) == ["approve"]
    firm.engine.act(bea, "order", id, "approve")
    assert firm.buttons(bea, "order", id) == ["pay"]  # the amount is asked for with it, so nothing is known yet
    assert refused(lambda: firm.engine.act(bea, "order", id, "pay", raw={"amount": "0"})) == [("rule_broken", None)]
    firm.engine.act(bea, "order", id, "pay", raw={"amount": "5"})


def test_who_has_it_already_is_told_while_typing_but_only_to_who_may_see_it(firm: Firm, bea: Actor) -> None:
    id = firm.new(bea, "order", number="1", day="2026-11-23", amount="5")
    raw = {"number": "1", "day": "2026-11-23", "amount": "5"}
    hints = firm.engine.draft(bea, "order", raw=raw, touched=frozenset(raw)).hints
    assert [(h.fields, h.record.id if h.record else None) for h in hints] == [
        (("number",), id),
        (("day", "amount"), id),
    ]
    hints = firm.engine.draft(firm.who("carl"), "order", raw=raw, touched=frozenset(raw)).hints
    assert [(h.fields, h.record) for h in hints] == [(("number",), None), (("day", "amount"), None)]
    assert firm.engine.draft(bea, "order", raw=raw, id=id, touched=frozenset(raw)).hints == ()
    assert refused(lambda: firm.new(bea, "order", **{**raw, "number": "2"})) == [("rule_broken", None)]


def test_what_a_rule_finds_in_lines_is_told_in_its_order(firm: Firm, bea: Actor) -> None:
    items = [{"what": "a", "n": 10}, {"what": "b", "n": 30}, {"what": "c", "n": 2}]
    with pytest.raises(Exception) as told:
        firm.new(bea, "order", number="1", items=items)
    found = [(p.place.field, p.message("en")) for p in told.value.problems]  # type: ignore[attr-defined]
    assert found == [("items.1", "b: 30 are too many"), ("items.0", "a: 10 are too many")]
