"""Pressing buttons: who, when, what is asked, and states that lead on by themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from engine.problems import Refused
from engine.storage import tables
from tests.firm import ADMIN, Build, Firm, refused, why

CLAIM = """
key: number
record_title: "{number}"
fields:
  number: {type: serial, pattern: "CL-{seq:000}", given: send}
  amount: {type: money, required: true}
  kind: {type: choice, options: [trip, meal], default: trip}
  note: {type: text, required: true, visible: state != "draft"}
  trail: {type: text}
  items: {type: lines, fields: {what: {type: text}, ok: {type: boolean}, why: {type: text}}}
rules:
  enough: {at: approve, check: amount > 1, message: "{amount:0.00} is not worth it"}
  dear: {at: approve, check: amount < 500, level: warn, message: Dear}
access:
  clerk: {can: [view, create]}
  own: {role: clerk, can: [edit], where: owner = user}
  boss: {can: [view, edit]}
actions:
  poke:
    title: Poke
    who: [clerk, boss]
    when: amount > 0
    ask: {times: {type: integer, default: 1, min: 1, max: 3, required: true}, word: {type: text}}
    do: [{set: {trail: '=COALESCE(trail, "") & "poke " & TEXT(ask.times, "0") & COALESCE(ask.word, "")'}}]
"""
FLOW = """
initial: draft
states:
  draft: {}
  gate:
    enter: [{set: {trail: '=COALESCE(trail, "") & " gate"'}}]
    leave: [{set: {trail: '=trail & " left"'}}]
    choose:
      - {when: amount > 100, to: second, do: [{set: {trail: '=trail & " big"'}}]}
      - {to: approved}
  second:
    choose:
      - {when: kind = "trip", to: waiting}
      - {to: approved}
  waiting: {enter: [{set: {trail: '=trail & " waiting"'}}]}
  approved: {final: success}
  refused: {final: failure}
transitions:
  send: {title: Send, from: draft, to: gate, who: [=owner], do: [{set: {trail: sent}}]}
  approve: {title: Approve, from: waiting, to: approved, who: [=HEAD(owner), boss], when: user != created_by, require: [note], edit: [note]}
  refuse: {title: Refuse, from: any, to: refused, who: boss, opinion: required}
  mark: {title: Mark, from: waiting, who: boss, edit: [items.ok], require: [items.ok], do: [{set: {trail: marked}}]}
  own_boss: {title: Own, from: waiting, who: clerk, when: 'INROLE(user, "boss")'}
"""


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    made = engine_of({"forms/claim.yaml": CLAIM, "workflows/claim.yaml": FLOW})

    def unit(conn: Any) -> int:
        return conn.execute(insert(tables.department).values(key="d", name={"en": "D"})).inserted_primary_key[0]

    department = made.engine.store.write(unit)
    made.person("ann", "clerk", department=department)
    made.person("cat", "clerk")
    head = made.person("dan", "clerk", department=department)
    made.person("bob", "boss")
    made.engine.store.write(lambda c: c.execute(update(tables.department).values(head=head.id)))
    return made


def claim(firm: Firm, amount: str = "200", **raw: Any) -> int:
    id = firm.new(firm.who("ann"), "claim", amount=amount, **raw)
    firm.engine.act(firm.who("ann"), "claim", id, "send")
    return id


def test_only_those_named_may_press_and_the_rest_are_told_who(firm: Firm) -> None:
    id = firm.new(firm.who("ann"), "claim", amount=5)
    assert firm.buttons(firm.who("ann"), "claim", id) == ["send", "poke"]
    assert firm.buttons(firm.who("cat"), "claim", id) == ["poke"]
    assert why(lambda: firm.engine.act(firm.who("cat"), "claim", id, "send")) == (403, '"Send" is for Ann')
    assert refused(lambda: firm.engine.act(firm.who("cat"), "claim", id, "send")) == [("not_yours", None)]
    assert refused(lambda: firm.engine.act(firm.who("bob"), "claim", id, "approve")) == [("wrong_state", None)]
    assert refused(lambda: firm.engine.act(firm.who("bob"), "claim", id, "aprove")) == [("no_button", None)]


def test_the_order_is_leave_transition_enter_and_nobody_stays_where_it_chooses(firm: Firm) -> None:
    id = claim(firm)
    values = firm.get("claim", id)
    assert (values["state"], values["trail"]) == ("waiting", "sent gate left big waiting")
    assert firm.history("claim", id) == ["create", "act:send"]
    event = firm.engine.history(ADMIN, "claim", id)[0]
    assert (event.from_state, event.to_state) == ("draft", "waiting")
    assert firm.get("claim", claim(firm, kind="meal"))["state"] == "approved"
    assert firm.get("claim", claim(firm, "50"))["trail"] == "sent gate left"


def test_a_condition_that_can_not_be_computed_is_false_and_logged(
    engine_of: Build, caplog: pytest.LogCaptureFixture
) -> None:
    """200 to the 60th is no number that anything is kept in."""
    flow = FLOW.replace("{when: amount > 100, to: second", '{when: "POWER(amount, 60) > 1", to: second')
    flow = flow.replace("approved: {final: success}", "approved: {}\n  done: {final: success}")
    flow += '  close: {title: Close, from: approved, to: done, who: clerk, when: "POWER(amount, 60) > 1"}\n'
    noted = "form: claim\nevent: moved\nwhen: POWER(amount, 60) > 1\ndo: [{set: {trail: noted}}]\n"
    firm = engine_of({"forms/claim.yaml": CLAIM, "workflows/claim.yaml": flow, "automations/noted.yaml": noted})
    firm.person("ann", "clerk")
    id = claim(firm)
    assert (firm.get("claim", id)["state"], firm.get("claim", id)["trail"]) == ("approved", "sent gate left")
    assert "close" not in firm.buttons(firm.who("ann"), "claim", id)
    assert refused(lambda: firm.engine.act(firm.who("ann"), "claim", id, "close")) == [("guard_closed", None)]
    assert f"claim #{id}: the condition 'POWER(amount, 60) > 1' can't be computed" in caplog.messages
    small = claim(firm, "2")
    assert firm.get("claim", small)["trail"] == "noted"


def test_nor_one_whose_part_in_the_database_can_not(engine_of: Build, caplog: pytest.LogCaptureFixture) -> None:
    """What a database refuses to compute leaves the deed whole: both write, before and after it."""
    much = "SUM(POWER(amount, 60) from claim where amount > 100) > 1"
    flow = FLOW.replace("{when: amount > 100, to: second", f'{{when: "{much}", to: second')
    flow = flow.replace("approved: {final: success}", "approved: {}\n  done: {final: success}")
    flow += f'  close: {{title: Close, from: approved, to: done, who: clerk, when: "{much}"}}\n'
    firm = engine_of({"forms/claim.yaml": CLAIM, "workflows/claim.yaml": flow})
    ann = firm.person("ann", "clerk")
    id = claim(firm)
    assert (firm.get("claim", id)["state"], firm.get("claim", id)["trail"]) == ("approved", "sent gate left")
    assert "close" not in firm.buttons(ann, "claim", id)
    assert refused(lambda: firm.engine.act(ann, "claim", id, "close")) == [("guard_closed", None)]
    assert f"claim #{id}: the condition {much!r} can't be computed" in caplog.messages


def test_a_number_may_be_given_by_a_transition(firm: Firm) -> None:
    id = firm.new(firm.who("ann"), "claim", amount=5)
    other = claim(firm)
    assert (firm.get("claim", id)["number"], firm.get("claim", other)["number"]) == (None, "CL-001")
    firm.engine.act(firm.who("ann"), "claim", id, "send")
    assert (firm.get("claim", id)["number"], firm.get("claim", id)["title"]) == ("CL-002", "CL-002")


def test_a_department_head_may_press_for_their_people_and_nobody_for_themselves(firm: Firm) -> None:
    id = claim(firm)
    assert firm.buttons(firm.who("dan"), "claim", id) == ["approve", "poke"]
    firm.engine.act(firm.who("dan"), "claim", id, "approve", raw={"note": "fine"})
    own = firm.new(firm.who("dan"), "claim", amount=200)
    firm.engine.act(firm.who("dan"), "claim", own, "send")
    assert refused(lambda: firm.engine.act(firm.who("dan"), "claim", own, "approve")) == [("not_yours", None)]
    eve = firm.person("eve", "clerk", "boss")
    own = firm.new(eve, "claim", amount=200)
    firm.engine.act(eve, "claim", own, "send")
    assert firm.buttons(eve, "claim", own) == ["refuse", "mark", "own_boss", "poke"]
    assert refused(lambda: firm.engine.act(eve, "claim", own, "approve")) == [("not_for_you", None)]
    assert refused(lambda: firm.engine.act(firm.who("cat"), "claim", own, "own_boss")) == [("not_for_you", None)]


def test_what_a_transition_asks_is_required_and_nothing_else_may_be_sent(firm: Firm) -> None:
    id, bob = claim(firm), firm.who("bob")
    assert refused(lambda: firm.engine.act(bob, "claim", id, "approve")) == [("required", "note")]
    both = lambda: firm.engine.act(bob, "claim", id, "approve", raw={"note": "x", "amount": "1"})  # noqa: E731
    assert refused(both) == [("unknown_field", "amount")]
    firm.engine.act(bob, "claim", id, "approve", raw={"note": "x"})
    assert firm.get("claim", id)["note"] == "x"


def test_rules_at_a_transition_refuse_warn_and_leave_everything_as_it_was(firm: Firm) -> None:
    bob = firm.who("bob")
    id = claim(firm)
    firm.engine.change(bob, "claim", id, {"amount": "1", "note": "n"})
    before = firm.get("claim", id)
    call = lambda: firm.engine.act(bob, "claim", id, "approve", raw={"note": "x"})  # noqa: E731
    assert why(call) == (409, "1.00 is not worth it")
    assert firm.get("claim", id) == before and firm.history("claim", id) == ["create", "act:send", "edit"]
    firm.engine.change(bob, "claim", id, {"amount": "600"})
    with pytest.raises(Refused) as raised:
        call()
    assert [p.severity for p in raised.value.problems] == ["warn"]
    firm.engine.act(bob, "claim", id, "approve", raw={"note": "x"}, confirmed=["rule:dear"])
    assert firm.get("claim", id)["state"] == "approved"


def test_an_opinion_may_be_required_and_stands_in_the_history(firm: Firm) -> None:
    id, bob = claim(firm), firm.who("bob")
    assert refused(lambda: firm.engine.act(bob, "claim", id, "refuse", opinion=" ")) == [
        ("opinion_required", "opinion")
    ]
    firm.engine.act(bob, "claim", id, "refuse", opinion="no money")
    assert firm.engine.history(bob, "claim", id)[0].opinion == "no money"
    assert refused(lambda: firm.engine.act(bob, "claim", id, "refuse", opinion="again")) == [("wrong_state", None)]


def test_a_transition_without_to_stays_and_asks_for_columns(firm: Firm) -> None:
    id = claim(firm, items=[{"what": "a"}, {"what": "b"}])
    bob = firm.who("bob")
    a, b = (line["id"] for line in firm.get("claim", id)["items"])
    since = firm.get("claim", id)["state_since"]
    firm.clock.later(hours=1)
    call = lambda *rows: firm.engine.act(bob, "claim", id, "mark", raw={"items": list(rows)})  # noqa: E731
    half = ({"id": a, "ok": True}, {"id": b})
    assert refused(lambda: call(*half)) == [("required", "items.1.ok")]
    call({"id": a, "ok": True}, {"id": b, "ok": True})
    values = firm.get("claim", id)
    assert (values["state"], values["trail"], values["state_since"]) == ("waiting", "marked", since)


def test_a_transition_that_asks_for_one_column_gives_no_other_and_no_line(firm: Firm) -> None:
    id = claim(firm, items=[{"what": "a"}, {"what": "b"}])
    bob = firm.who("bob")
    a, b = (line["id"] for line in firm.get("claim", id)["items"])
    rows = [{"id": a, "ok": True, "what": "changed"}, {"id": b, "ok": True}]
    assert refused(lambda: firm.engine.act(bob, "claim", id, "mark", raw={"items": rows})) == [
        ("readonly_field", "items.0.what")
    ]
    for rows in ([{"id": a, "ok": True}], [{"id": a, "ok": True}, {"id": b, "ok": True}, {"what": "c", "ok": True}]):
        assert refused(lambda: firm.engine.act(bob, "claim", id, "mark", raw={"items": rows})) == [  # noqa: B023
            ("readonly_field", "items")
        ]
    assert [line["what"] for line in firm.get("claim", id)["items"]] == ["a", "b"]


def test_a_button_asks_takes_defaults_and_checks_its_answers(firm: Firm) -> None:
    id, ann = firm.new(firm.who("ann"), "claim", amount=5), firm.who("ann")
    firm.engine.act(ann, "claim", id, "poke")
    firm.engine.act(ann, "claim", id, "poke", ask={"times": 3, "word": "!"})
    assert firm.get("claim", id)["trail"] == "poke 1poke 3!"
    for answer, code in (({"times": 4}, "too_large"), ({"times": ""}, "required"), ({"time": 1}, "unknown_field")):
        (found,) = refused(lambda: firm.engine.act(ann, "claim", id, "poke", ask=answer))  # noqa: B023
        assert found[0] == code and str(found[1]).startswith("ask.time")
    firm.engine.change(ann, "claim", id, {"amount": "0"})
    assert refused(lambda: firm.engine.act(ann, "claim", id, "poke")) == [("guard_closed", None)]
    assert firm.history("claim", id) == ["create", "act:poke", "act:poke", "edit"]


def test_two_who_press_at_once_one_wins(firm: Firm) -> None:
    id = claim(firm)
    version = firm.get("claim", id)["version"]
    firm.engine.act(firm.who("bob"), "claim", id, "refuse", opinion="x", version=version)
    call = lambda: firm.engine.act(firm.who("dan"), "claim", id, "approve", raw={"note": "x"}, version=version)  # noqa: E731
    assert why(call) == (409, "Bob changed this record while you were editing")
    assert firm.history("claim", id) == ["create", "act:send", "act:refuse"]


def test_a_press_that_changes_nothing_is_still_a_new_version(firm: Firm) -> None:
    made = firm.new(firm.who("ann"), "claim", amount=5)
    firm.engine.act(firm.who("ann"), "claim", made, "poke", ask={"times": 1})
    assert firm.get("claim", made)["version"] == 2


def test_the_state_knows_since_when(firm: Firm) -> None:
    id = firm.new(firm.who("ann"), "claim", amount=200)
    start = firm.clock()
    firm.clock.later(hours=2)
    firm.engine.act(firm.who("ann"), "claim", id, "send")
    assert firm.get("claim", id)["state_since"] == start + timedelta(hours=2)


def test_what_is_shown_by_state_is_required_once_it_shows(firm: Firm) -> None:
    id = claim(firm)
    draft = firm.engine.draft(ADMIN, "claim", id=id, button="approve")
    assert draft.required["note"] and not draft.readonly["note"] and draft.readonly["amount"]
    bob = firm.who("bob")
    assert refused(lambda: firm.engine.change(bob, "claim", id, {"amount": "7"})) == [("required", "note")]
