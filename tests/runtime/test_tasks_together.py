"""Several people at one task, several tasks at once, and states that wait."""

from __future__ import annotations

import pytest

from engine.runtime.bulk import offers
from tests.firm import ADMIN, Build, Firm, refused, why

PACK = "title: Test\nlanguage: en\nroles: {clerk: Clerk, boss: Boss, legal: Legal}\n"
PLEA = """
record_title: "{name}"
fields: {name: {}, amount: {type: money}, first: {type: member}, others: {type: members}, paid: {type: date}}
access: {everyone: {can: [view, create, edit]}}
"""
FLOW = """
states:
  asked: {task: {assign: ASSIGN, complete: COMPLETE}}
  agreed: {final: success}
  refused: {final: failure}
transitions:
  agree: {from: asked, to: agreed}
  refuse: {from: asked, to: refused ALONE}
"""


def firm_of(build: Build, assign: str, complete: str, alone: str = "") -> Firm:
    flow = FLOW.replace("ASSIGN", assign).replace("COMPLETE", complete).replace(" ALONE", alone)
    firm = build({"pack.yaml": PACK, "forms/plea.yaml": PLEA, "workflows/plea.yaml": flow})
    firm.person("ann", "clerk")
    for boss in ("bob", "bea", "ben"):
        firm.person(boss, "boss")
    firm.person("lea", "legal")
    return firm


def plea(firm: Firm, **raw: object) -> int:
    return firm.new(firm.who("ann"), "plea", name="p", **raw)


def says(firm: Firm, id: int, person: str, button: str = "agree") -> str:
    """What somebody presses; the state that the record is in then."""
    firm.engine.act(firm.who(person), "plea", id, button)
    return str(firm.get("plea", id)["state"])


@pytest.mark.parametrize(
    ("complete", "answers", "ends"),
    [
        ("any", ["bea"], ["agreed"]),
        ("all", ["bea", "bob", "ben"], ["asked", "asked", "agreed"]),
        ("{at_least: 2}", ["ben", "bob"], ["asked", "agreed"]),
        ("{share: 50%}", ["ben", "bob"], ["asked", "agreed"]),
        ("{share: 70%}", ["ben", "bob", "bea"], ["asked", "asked", "agreed"]),
        ("{at_least: 9}", ["ben", "bob", "bea"], ["asked", "asked", "agreed"]),
        ("all", ["bob", "bea!"], ["asked", "refused"]),
    ],
)
def test_so_many_must_agree_and_one_who_refuses_ends_it(
    engine_of: Build, complete: str, answers: list[str], ends: list[str]
) -> None:
    firm = firm_of(engine_of, "boss", complete)
    id = plea(firm)
    found = [says(firm, id, a.rstrip("!"), "refuse" if a.endswith("!") else "agree") for a in answers]
    assert found == ends


@pytest.mark.parametrize(
    ("complete", "answers", "ends"),
    [
        ("all", ["bob", "bea!", "ben"], ["asked", "asked", "refused"]),
        ("{at_least: 2}", ["bob!", "bea", "ben"], ["asked", "asked", "agreed"]),
        ("{at_least: 2}", ["bob!", "bea", "ben!"], ["asked", "asked", "refused"]),
        ("{share: 100%}", ["bob!", "bea!", "ben"], ["asked", "asked", "refused"]),
    ],
)
def test_where_refusing_counts_too_all_are_heard(
    engine_of: Build, complete: str, answers: list[str], ends: list[str]
) -> None:
    firm = firm_of(engine_of, "boss", complete, ", alone: false")
    id = plea(firm)
    found = [says(firm, id, a.rstrip("!"), "refuse" if a.endswith("!") else "agree") for a in answers]
    assert found == ends


def test_each_answers_once_and_what_they_said_is_kept(engine_of: Build) -> None:
    firm = firm_of(engine_of, "boss", "all")
    id = plea(firm)
    firm.engine.act(firm.who("bob"), "plea", id, "agree", opinion="Go on")
    assert why(lambda: says(firm, id, "bob")) == (409, "You have done your part; Boss is still to act")
    event = firm.engine.history(ADMIN, "plea", id)[0]
    assert (event.transition, event.from_state, event.to_state, event.opinion) == ("agree", "asked", "asked", "Go on")
    assert [firm.engine.counts(firm.who(p)).get("plea", 0) for p in ("bob", "bea", "ben")] == [0, 1, 1]


def test_one_after_the_other_each_step_by_anybody_of_a_role(engine_of: Build) -> None:
    firm = firm_of(engine_of, "[=first, boss, =others]", "in_order")
    id = plea(firm, first=firm.who("lea").id, others=[firm.who("ann").id, firm.who("bob").id])
    assert why(lambda: says(firm, id, "bea")) == (409, "It isn't your turn yet; Lea comes first")
    assert says(firm, id, "lea") == "asked"
    assert says(firm, id, "bea") == "asked"
    assert why(lambda: says(firm, id, "ben"))[0] == 403
    assert says(firm, id, "ann") == "agreed"  # bob had it as one of the bosses


PARTS = """
states:
  settle:
    tasks:
      pay: {title: Pay, assign: boss, edit: [paid], require: [paid], complete: {at_least: 2}}
      check: {title: Check, assign: legal, when: amount > 100}
      say: {title: Say, assign: clerk, optional: true}
    then: closed
  closed: {final: success}
  dropped: {final: failure}
transitions:
  drop: {from: settle, to: dropped, opinion: required}
"""


def parts(build: Build) -> Firm:
    firm = build({"pack.yaml": PACK, "forms/plea.yaml": PLEA, "workflows/plea.yaml": PARTS})
    firm.person("ann", "clerk")
    for boss in ("bob", "bea"):
        firm.person(boss, "boss")
    firm.person("lea", "legal")
    return firm


def test_several_tasks_are_open_at_once_and_all_that_are_called_for_must_be_done(engine_of: Build) -> None:
    firm = parts(engine_of)
    big, small = plea(firm, amount=200), plea(firm, amount=5)
    assert firm.buttons(firm.who("bob"), "plea", big) == ["drop", "settle.pay"]
    assert firm.buttons(firm.who("lea"), "plea", big) == ["drop", "settle.check"]
    assert firm.buttons(firm.who("lea"), "plea", small) == []
    assert refused(lambda: says(firm, big, "bob", "settle.pay")) == [("required", "paid")]
    for id, last in ((big, "settle"), (small, "closed")):
        firm.engine.act(firm.who("bob"), "plea", id, "settle.pay", raw={"paid": "2026-11-20"})
        assert firm.get("plea", id)["state"] == "settle"
        assert says(firm, id, "bea", "settle.pay") == last
    assert refused(lambda: says(firm, big, "bea", "settle.pay")) == [("not_yours", None)]
    assert says(firm, big, "lea", "settle.check") == "closed"
    assert firm.history("plea", big) == ["create", "act:settle.pay", "act:settle.pay", "act:settle.check"]
    assert firm.engine.counts(firm.who("ann")).get("plea", 0) == 0


def test_a_transition_ends_them_all(engine_of: Build) -> None:
    firm = parts(engine_of)
    id = plea(firm, amount=200)
    firm.engine.act(firm.who("lea"), "plea", id, "drop", opinion="No")
    assert firm.get("plea", id)["state"] == "dropped"
    assert [firm.engine.counts(firm.who(p)).get("plea", 0) for p in ("bob", "lea", "ann")] == [0, 0, 0]


WAITS = """
states:
  checking:
    enter: [{create: probe, from: lots, set: {plea: =this, lot: =name}}]
    wait: [{until: ANY(state.final and not state.success from probes), to: bad}, {until: ALL(state.final from probes), to: ready}]
  ready: {wait: [{until: amount > 10, to: good}]}
  good: {final: success}
  bad: {final: failure}
"""
PROBE = """
record_title: "{lot}"
fields: {plea: {type: reference, to: plea}, lot: {}}
access: {everyone: {can: [view, create, edit, delete]}}
"""
PROBE_FLOW = """
states: {open: {task: {assign: boss}}, good: {final: success}, poor: {final: failure}}
transitions: {pass: {from: open, to: good}, fail: {from: open, to: poor}}
"""


def waiting(build: Build) -> Firm:
    form = PLEA.replace("paid:", "lots: {type: lines, fields: {name: {}}}, probes: {type: related, from: probe}, paid:")
    firm = build({
        "pack.yaml": PACK, "forms/plea.yaml": form, "workflows/plea.yaml": WAITS, "forms/probe.yaml": PROBE,
        "workflows/probe.yaml": PROBE_FLOW,
    })  # fmt: skip
    firm.person("ann", "clerk")
    firm.person("bob", "boss")
    return firm


def test_a_state_waits_for_other_records_and_then_for_the_record_itself(engine_of: Build) -> None:
    firm = waiting(engine_of)
    id = plea(firm, lots=[{"name": "a"}, {"name": "b"}])
    bob = firm.who("bob")
    assert firm.get("plea", id)["state"] == "checking"
    firm.engine.act(bob, "probe", 1, "pass")
    assert firm.get("plea", id)["state"] == "checking"
    firm.engine.act(bob, "probe", 2, "pass")
    assert firm.get("plea", id)["state"] == "ready"
    firm.engine.change(bob, "plea", id, {"amount": 11})
    assert firm.get("plea", id)["state"] == "good"
    assert firm.history("plea", id) == ["create", "wait", "edit"]


def test_one_that_fails_decides_and_what_is_deleted_keeps_nobody_waiting(engine_of: Build) -> None:
    firm = waiting(engine_of)
    bob = firm.who("bob")
    first, second, third = plea(firm, lots=[{"name": "a"}, {"name": "b"}]), plea(firm, lots=[{"name": "a"}]), plea(firm)
    firm.engine.act(bob, "probe", 1, "fail")
    firm.engine.remove(bob, "probe", 3)
    assert [firm.get("plea", id)["state"] for id in (first, second, third)] == ["bad", "ready", "ready"]


def test_formulas_ask_who_holds_it_and_who_did_it(engine_of: Build) -> None:
    form = PLEA.replace(
        "access: {everyone: {can: [view, create, edit]}}",
        """access:
  clerk: {can: [view, create, edit]}
  holding: {role: everyone, can: [view, edit], where: user in HOLDERS()}
""",
    ).replace(
        "first:",
        "judge: {type: member, formula: 'HANDLER(\"asked\")'}, held: {type: members, formula: HOLDERS()}, first:",
    )
    flow = """
states:
  draft: {}
  asked: {task: {assign: boss}}
  signing: {task: {assign: '=HANDLER("asked")'}}
  thanking: {task: {assign: '=HANDLER("draft")'}}
  done: {final: success}
transitions:
  send: {from: draft, to: asked, who: clerk}
  agree: {from: asked, to: signing}
  sign: {from: signing, to: thanking}
  thank: {from: thanking, to: done}
"""
    firm = engine_of({"pack.yaml": PACK, "forms/plea.yaml": form, "workflows/plea.yaml": flow})
    for login, role in (("ann", "clerk"), ("bob", "boss"), ("bea", "boss")):
        firm.person(login, role)
    id, other = plea(firm), plea(firm)
    for one in (id, other):
        says(firm, one, "ann", "send")
    assert firm.get("plea", id)["held"] == (firm.who("bob").id, firm.who("bea").id)
    assert len(firm.titles(firm.who("bea"), "plea")) == 2
    firm.engine.change(firm.who("bea"), "plea", id, {"name": "q"})
    assert says(firm, id, "bea") == "signing"
    assert (firm.get("plea", id)["judge"], firm.get("plea", id)["held"]) == (firm.who("bea").id, (firm.who("bea").id,))
    assert firm.titles(firm.who("bob"), "plea", "user in HOLDERS()") == ["p"]
    assert firm.titles(firm.who("ann"), "plea", 'judge.name = "Bea"') == ["q"]
    assert says(firm, id, "bea", "sign") == "thanking"
    assert says(firm, id, "ann", "thank") == "done"


def test_ticked_records_count_only_for_those_whose_turn_it_is(engine_of: Build) -> None:
    firm = parts(engine_of)
    ids = [plea(firm, amount=200), plea(firm, amount=5)]

    def counts(person: str) -> dict[str, int]:
        found = firm.engine.read(firm.who(person), lambda work: offers(work, work.form("plea"), ids))
        return {offer.transition.name: offer.count for offer in found.buttons}

    assert counts("bob") == {"drop": 2, "settle.pay": 2}
    assert counts("lea") == {"drop": 1, "settle.check": 1}


def test_who_may_name_the_holders_where_every_button_names_somebody(engine_of: Build) -> None:
    """Then they count as holders there, and in states without a task whoever they name presses them."""
    flow = FLOW.replace("ASSIGN", "boss").replace("COMPLETE", "all").replace(" ALONE", ", who: boss")
    flow = flow.replace("  agreed:", "  asked_again: {}\n  agreed:").replace("to: asked_again", "")
    flow = flow.replace("agree: {from: asked,", "agree: {from: [asked, asked_again], who: [boss],")
    flow += "  again: {from: refused, to: asked_again, who: clerk}\n"
    flow = flow.replace("refused: {final: failure}", "refused: {}")
    firm = engine_of({"pack.yaml": PACK, "forms/plea.yaml": PLEA, "workflows/plea.yaml": flow})
    for person, role in (("ann", "clerk"), ("bob", "boss"), ("bea", "boss"), ("lea", "legal")):
        firm.person(person, role)
    first, second = plea(firm), plea(firm)
    assert [says(firm, first, "bob"), says(firm, first, "bea")] == ["asked", "agreed"]
    assert refused(lambda: says(firm, second, "lea")) == [("not_yours", None)]
    assert says(firm, second, "bob", "refuse") == "refused"
    assert says(firm, second, "ann", "again") == "asked_again"
    third = plea(firm)
    found = firm.engine.read(firm.who("bea"), lambda w: offers(w, w.form("plea"), [first, second, third]))
    assert {o.transition.name: o.count for o in found.buttons} == {"agree": 2, "refuse": 1}
    assert says(firm, second, "bea") == "agreed"
