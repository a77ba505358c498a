"""Tasks: who gets them and why, who may do what while they are open, and what ends them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine.engine import Engine
from engine.runtime.assigning import reasons
from engine.runtime.turns import read_tasks
from engine.runtime.values import Actor
from engine.storage import tables
from tests.firm import ADMIN, Build, Firm, refused, why

PACK = """
title: Test
language: en
roles: {clerk: Clerk, boss: Boss, legal: Legal, guest: Guest}
"""
PLEA = """
key: number
record_title: "{number}"
fields:
  number: {type: serial, pattern: "P-{seq:000}"}
  amount: {type: money, required: true}
  secret: {type: text}
  note: {type: text}
  partner: {type: member}
  items: {type: lines, fields: {what: {type: text}, ok: {type: boolean}}}
rules:
  enough: {at: agree, check: amount > 1, message: Too little}
access:
  clerk: {can: [view, create]}
  own: {role: clerk, can: [edit], where: owner = user}
"""
FLOW = """
states:
  draft: {}
  asked:
    task:
      assign: [boss, =HEAD(owner), =partner]
      exclude: =created_by
      edit: [note, items.ok]
      hide: [secret]
      require: [note]
  agreed: {final: success, enter: [{notify: =owner, message: Agreed}]}
  refused: {final: failure}
transitions:
  send: {from: draft, to: asked, who: =owner}
  agree: {title: Agree, from: asked, to: agreed}
  refuse: {title: Refuse, from: asked, to: refused, opinion: required}
  cancel: {from: asked, to: refused, who: =owner}
"""


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    made = engine_of({"pack.yaml": PACK, "forms/plea.yaml": PLEA, "workflows/plea.yaml": FLOW})
    department = made.engine.store.write(
        lambda c: c.execute(insert(tables.department).values(key="d", name={"en": "D"})).inserted_primary_key[0]
    )
    made.person("ann", "clerk", department=department)
    head = made.person("dan", "guest", department=department)
    for boss in ("bob", "bea"):
        made.person(boss, "boss")
    made.person("gil", "guest")
    made.engine.store.write(lambda c: c.execute(update(tables.department).values(head=head.id)))
    return made


def asked(firm: Firm, creator: str = "ann", **raw: Any) -> int:
    id = firm.new(firm.who(creator), "plea", **{"amount": 5, "secret": "s", "items": [{"what": "a"}], **raw})
    firm.engine.act(firm.who(creator), "plea", id, "send")
    return id


def parts(engine: Engine, form: str, id: int) -> dict[str, tuple[str, str]]:
    """Login -> status and reason, of the record's tasks that are open or done."""

    def unit(work: Any) -> dict[str, tuple[str, str]]:
        found = read_tasks(work, form, [id], ("open", "done", "ended", "cancelled")).get(id, [])
        people = dict(work.conn.execute(select(tables.person.c.id, tables.person.c.login)).all())
        return {people[t.person]: (t.status, reasons(work, t).to("en")) for task in found[-1:] for t in task.turns}

    return engine.read(ADMIN, unit)


def test_it_goes_to_roles_heads_and_members_and_each_knows_why(firm: Firm) -> None:
    id = asked(firm, partner=firm.who("bob").id)
    assert parts(firm.engine, "plea", id) == {
        "bob": ("open", "Boss, partner"), "bea": ("open", "Boss"), "dan": ("open", "Head of Ann"),
    }  # fmt: skip
    assert [firm.engine.counts(firm.who(p)).get("plea", 0) for p in ("bob", "bea", "dan", "ann", "gil")] == [
        1,
        1,
        1,
        0,
        0,
    ]
    assert [f.name for f, _ in firm.engine.waiting(firm.who("dan"), 5)] == ["plea"]
    assert [len(firm.engine.notices(firm.who(p))) for p in ("bob", "dan", "ann")] == [1, 1, 0]


def test_those_it_was_given_to_keep_it_whoever_heads_the_department_now(firm: Firm) -> None:
    id = asked(firm)
    gil = firm.who("gil")
    firm.engine.store.write(lambda c: c.execute(update(tables.department).values(head=gil.id)))
    assert firm.buttons(firm.who("dan"), "plea", id) == ["agree", "refuse"]
    assert refused(lambda: firm.engine.open(gil, "plea", id)) == [("not_found", None)]


def test_who_is_excluded_never_gets_it_and_administrators_get_it_when_nobody_is_left(engine_of: Build) -> None:
    flow = FLOW.replace("[boss, =HEAD(owner), =partner]", "[=partner]")
    firm = engine_of({"pack.yaml": PACK, "forms/plea.yaml": PLEA, "workflows/plea.yaml": flow})
    firm.person("ann", "clerk")
    firm.person("ada", "admin")
    firm.person("old", "guest")
    old, ann = firm.who("old").id, firm.who("ann")
    made = [firm.new(ann, "plea", amount=5, partner=partner) for partner in (None, ann.id, old)]
    firm.engine.store.write(
        lambda c: c.execute(update(tables.person).where(tables.person.c.id == old).values(active=False))
    )
    for id in made:
        firm.engine.act(ann, "plea", id, "send")
        assert parts(firm.engine, "plea", id) == {"ada": ("open", "Nobody else could have it")}


def test_a_holder_sees_the_record_though_no_set_says_so_edits_what_the_task_says_and_not_what_it_hides(
    firm: Firm,
) -> None:
    id = asked(firm)
    dan = firm.who("dan")
    rights = firm.engine.open(dan, "plea", id).rights
    assert rights.can >= {"view", "edit"} and "secret" in rights.hidden
    assert firm.get("plea", id, dan)["secret"] is None
    line = firm.get("plea", id)["items"][0]["id"]
    firm.engine.change(dan, "plea", id, {"note": "seen", "items": [{"id": line, "ok": True}]})
    assert refused(lambda: firm.engine.change(dan, "plea", id, {"amount": 1})) == [("readonly_field", "amount")]
    assert refused(lambda: firm.engine.change(dan, "plea", id, {"items": [{"id": line, "what": "b"}]})) == [
        ("readonly_field", "items.0.what")
    ]
    assert refused(lambda: firm.engine.open(firm.who("gil"), "plea", id)) == [("not_found", None)]
    firm.engine.act(dan, "plea", id, "agree")
    assert firm.get("plea", id, dan)["state"] == "agreed"
    assert "edit" not in firm.engine.open(dan, "plea", id).rights.can


def test_what_a_task_hid_stays_hidden_when_it_is_over_and_ones_own_sets_hold_again(engine_of: Build) -> None:
    sets = PLEA + "  legal: {can: [view], hide: [amount]}\n"
    flow = FLOW.replace("assign: [boss, =HEAD(owner), =partner]", "assign: [legal, guest]")
    firm = engine_of({"pack.yaml": PACK, "forms/plea.yaml": sets, "workflows/plea.yaml": flow})
    ann, gil, lea = firm.person("ann", "clerk"), firm.person("gil", "guest"), firm.person("lea", "legal")
    id = firm.new(ann, "plea", amount=9, secret="s", note="n")
    firm.engine.act(ann, "plea", id, "send")

    def seen(who: Actor) -> tuple[Any, Any]:
        found = firm.get("plea", id, who)
        return found["amount"] is not None, found["secret"] is not None

    assert (seen(gil), seen(lea)) == ((True, False), (True, False))  # while it is open the task decides
    firm.engine.act(gil, "plea", id, "agree")
    assert seen(gil) == (True, False)  # no set is theirs: they see what their task showed
    assert seen(lea) == (False, True)  # as their set says


def test_what_the_task_requires_is_asked_of_who_agrees_and_not_of_who_refuses(firm: Firm) -> None:
    id, other = asked(firm), asked(firm)
    bob = firm.who("bob")
    assert refused(lambda: firm.engine.act(bob, "plea", id, "agree")) == [("required", "note")]
    firm.engine.act(bob, "plea", id, "agree", raw={"note": "fine"})
    assert refused(lambda: firm.engine.act(bob, "plea", other, "refuse")) == [("opinion_required", "opinion")]
    firm.engine.act(bob, "plea", other, "refuse", opinion="No")
    assert (firm.get("plea", id)["note"], firm.get("plea", other)["state"]) == ("fine", "refused")


def test_one_of_them_suffices_and_the_others_are_told_who_was_first_and_when(firm: Firm) -> None:
    id = asked(firm)
    firm.engine.act(firm.who("bob"), "plea", id, "agree", raw={"note": "x"}, opinion="Good")
    assert {p: s for p, (s, _) in parts(firm.engine, "plea", id).items()} == {
        "bob": "done",
        "bea": "passed",
        "dan": "passed",
    }
    status, sentence = why(lambda: firm.engine.act(firm.who("bea"), "plea", id, "agree", raw={"note": "y"}))
    assert (status, sentence.split(",")[0]) == (409, "Bob has done it already")
    assert firm.engine.counts(firm.who("bea")).get("plea", 0) == 0
    event = firm.engine.history(ADMIN, "plea", id)[0]
    assert (event.transition, event.task, event.opinion, event.actor_name) == ("agree", "", "Good", "Bob")


def test_others_are_told_whose_it_is(firm: Firm) -> None:
    id = asked(firm)
    assert why(lambda: firm.engine.act(firm.who("ann"), "plea", id, "agree")) == (403, '"Agree" is for Boss, Dan')
    assert firm.buttons(firm.who("ann"), "plea", id) == ["cancel"]


def test_a_transition_that_names_people_ends_the_task(firm: Firm) -> None:
    id = asked(firm)
    firm.engine.act(firm.who("ann"), "plea", id, "cancel")
    assert {s for s, _ in parts(firm.engine, "plea", id).values()} == {"passed"}
    assert firm.get("plea", id)["state"] == "refused"


def test_rules_and_guards_hold_for_holders_too(firm: Firm) -> None:
    id = asked(firm, amount=1)
    assert refused(lambda: firm.engine.act(firm.who("bob"), "plea", id, "agree", raw={"note": "x"})) == [
        ("rule_broken", None)
    ]
    assert firm.buttons(firm.who("bob"), "plea", id) == ["refuse"]


def test_a_changed_workflow_gives_running_records_their_tasks_and_takes_away_what_is_gone(engine_of: Build) -> None:
    drafting, by_task = "  draft: {task: {assign: boss}}", "  send: {from: draft, to: asked}"
    first = FLOW.replace("  draft: {}", drafting).replace("  send: {from: draft, to: asked, who: =owner}", by_task)
    first = first.replace("  asked:\n", "  was_asked:\n").replace("to: asked", "to: was_asked").replace(
        "from: asked", "from: was_asked"
    )  # fmt: skip
    firm = engine_of({"pack.yaml": PACK, "forms/plea.yaml": PLEA, "workflows/plea.yaml": first})
    for login, role in (("ann", "clerk"), ("bob", "boss"), ("bea", "boss")):
        firm.person(login, role)
    drafted, sent = (firm.new(firm.who("ann"), "plea", amount=5) for _ in range(2))
    firm.engine.act(firm.who("bob"), "plea", sent, "send")
    held = parts(firm.engine, "plea", sent)

    def changed(flow: str) -> None:
        file = firm.engine.settings.definitions / "workflows" / "plea.yaml"
        file.write_text(flow, encoding="utf-8")
        firm.engine.reload()

    second = FLOW.replace("  asked:\n", "  asked:\n    was: was_asked\n").replace(
        "asked, to: agreed", "asked, to: signing"
    )
    second = second.replace("  agreed:", "  signing: {task: {assign: clerk}}\n  agreed:")
    second += "  sign: {from: signing, to: agreed}\n"
    changed(second)
    assert (firm.get("plea", sent)["state"], parts(firm.engine, "plea", sent)) == ("asked", held)
    assert firm.engine.counts(firm.who("bob"))["plea"] == 1  # the draft's task is gone
    assert firm.buttons(firm.who("ann"), "plea", drafted) == ["send"]
    firm.engine.act(firm.who("bob"), "plea", sent, "agree", raw={"note": "x"})
    third = second.replace("signing: {task: {assign: clerk}}", "signing: {task: {assign: boss}}")
    changed(third.replace("  draft: {}", drafting).replace("  send: {from: draft, to: asked, who: =owner}", by_task))
    assert firm.buttons(firm.who("bea"), "plea", drafted) == ["send"]
    assert firm.buttons(firm.who("ann"), "plea", sent) == ["sign"]  # an open task stays with whom it was given to
