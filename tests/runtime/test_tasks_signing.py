"""What holders of a task may do beside deciding, ways back, and who acts in whose place."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from engine.runtime import delegating
from engine.storage import tables
from tests.firm import ADMIN, Build, Firm, refused, why

PACK = "title: Test\nlanguage: en\nroles: {clerk: Clerk, boss: Boss, chief: Chief, guest: Guest}\n"
PLEA = """
record_title: "{name}"
fields: {name: {}, amount: {type: money}, note: {type: text, required: true, visible: state != "draft"}, trail: {}}
access: {everyone: {can: [view, create]}, own: {role: clerk, can: [edit], where: owner = user and state = "draft"}}
"""
FLOW = """
states:
  draft: {enter: [{set: {trail: '=COALESCE(trail, "") & "d"'}}], leave: [{set: {trail: '=trail & "x"'}}]}
  team: {title: Team, task: {assign: boss, exclude: =created_by, can: [transfer, add_signer, stash], edit: [note]}}
  chief: {title: Chief, task: {assign: chief, return_to: [draft, team], skip: SKIP}}
  agreed: {final: success}
  refused: {final: failure}
transitions:
  send: {from: draft, to: team, who: =owner}
  agree: {title: Agree, from: team, to: chief}
  sign: {title: Sign, from: chief, to: agreed}
  refuse: {from: [team, chief], to: refused}
"""


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    return made(engine_of, "same_as_previous")


def made(build: Build, skip: str, **roles: list[str]) -> Firm:
    flow = FLOW.replace("SKIP", skip)
    firm = build({"pack.yaml": PACK, "forms/plea.yaml": PLEA, "workflows/plea.yaml": flow})
    for login, role in (
        ("ann", "clerk"),
        ("bob", "boss"),
        ("bea", "boss"),
        ("cyd", "chief"),
        ("gil", "guest"),
        ("ada", "admin"),
    ):
        firm.person(login, *roles.get(login, [role]))
    return firm


def sent(firm: Firm) -> int:
    id = firm.new(firm.who("ann"), "plea", name="p", amount=5)
    firm.engine.act(firm.who("ann"), "plea", id, "send")
    return id


def act(firm: Firm, who: str, id: int, button: str, **ask: Any) -> str:
    """Press a button, with an opinion where one is needed; the state that the record is in then."""
    people: dict[str, Any] = {
        n: firm.who(v).id if isinstance(v, str) and n == "to" and v in LOGINS else v for n, v in ask.items()
    }
    raw = people.pop("raw", {})
    firm.engine.act(firm.who(who), "plea", id, button, raw=raw, ask=people, opinion="because")
    return str(firm.get("plea", id)["state"])


LOGINS = ("ann", "bob", "bea", "cyd", "gil", "ada")


def holding(firm: Firm) -> list[str]:
    return [p for p in LOGINS if firm.engine.counts(firm.who(p)).get("plea", 0)]


def agree(firm: Firm, who: str, id: int) -> str:
    return act(firm, who, id, "agree", raw={"note": "n"})


def test_a_task_is_handed_over_and_history_says_to_whom(firm: Firm) -> None:
    id = sent(firm)
    assert act(firm, "bob", id, "team:transfer", to="gil") == "team"
    assert holding(firm) == ["bea", "gil"]
    assert firm.engine.history(ADMIN, "plea", id)[0].people == ("Gil",)
    assert refused(lambda: act(firm, "bea", id, "team:transfer", to="gil")) == [("holds_already", "ask.to")]
    assert refused(lambda: act(firm, "bea", id, "team:transfer", to="ann")) == [("task_excluded", "ask.to")]
    assert refused(lambda: act(firm, "bob", id, "agree")) == [("not_yours", None)]
    assert agree(firm, "gil", id) == "chief"
    assert refused(lambda: act(firm, "cyd", id, "chief:transfer", to="gil")) == [("no_button", None)]


@pytest.mark.parametrize(
    ("how", "turns"),
    [
        ("before", [("bob", "not_your_turn"), ("gil", "team"), ("bob", "chief")]),
        ("after", [("gil", "not_your_turn"), ("bob", "team"), ("gil", "chief")]),
        ("beside", [("bob", "team"), ("gil", "chief")]),
    ],
)
def test_a_signer_is_added(firm: Firm, how: str, turns: list[tuple[str, str]]) -> None:
    id = sent(firm)
    act(firm, "bob", id, "team:add_signer", to="gil", how=how)
    for who, then in turns:
        if then == "not_your_turn":
            assert refused(lambda: agree(firm, who, id)) == [(then, None)]  # noqa: B023
        else:
            if who == "gil" and then == "team":
                assert "add_signer" not in firm.verbs(firm.who("gil"), "plea", id)
                assert refused(lambda: act(firm, "gil", id, "team:add_signer", to="cyd", how="after")) == [
                    ("added_adds", None)
                ]
            assert agree(firm, who, id) == then


def test_one_of_several_takes_it_and_puts_it_back(firm: Firm) -> None:
    id = sent(firm)
    assert refused(lambda: firm.engine.act(firm.who("bob"), "plea", id, "team:release")) == [("nothing_taken", None)]
    firm.engine.act(firm.who("bob"), "plea", id, "team:claim")
    assert holding(firm) == ["bob"]
    assert refused(lambda: firm.engine.act(firm.who("bob"), "plea", id, "team:claim")) == [("claimed_already", None)]
    firm.engine.act(firm.who("bob"), "plea", id, "team:release")
    assert holding(firm) == ["bob", "bea"]


def test_what_was_begun_is_saved_for_later(firm: Firm) -> None:
    id = sent(firm)
    act(firm, "bob", id, "team:stash", raw={"note": "half"})
    assert firm.get("plea", id)["note"] == "half"
    act(firm, "bob", id, "team:stash", raw={"note": None})
    assert (firm.get("plea", id)["state"], holding(firm)) == ("team", ["bob", "bea"])
    assert refused(lambda: act(firm, "bob", id, "agree")) == [("required", "note")]


def test_sent_back_it_goes_through_all_steps_again_in_a_new_round(firm: Firm) -> None:
    id = sent(firm)
    agree(firm, "bob", id)
    assert act(firm, "cyd", id, "chief:return", to="draft", way="again") == "draft"
    assert firm.get("plea", id)["trail"] == "dxd"
    assert firm.history("plea", id)[-1] == "act:chief:return"
    assert act(firm, "ann", id, "send") == "team"
    assert holding(firm) == ["bob", "bea"]


def test_where_it_can_go_to_just_one_state_that_one_is_meant(engine_of: Build) -> None:
    flow = FLOW.replace("[draft, team], skip: SKIP", "[draft]")
    firm = engine_of({"pack.yaml": PACK, "forms/plea.yaml": PLEA, "workflows/plea.yaml": flow})
    for login, role in (("ann", "clerk"), ("bob", "boss"), ("cyd", "chief")):
        firm.person(login, role)
    id = sent(firm)
    agree(firm, "bob", id)
    assert act(firm, "cyd", id, "chief:return", way="again") == "draft"


def test_or_comes_straight_back_to_who_sent_it(firm: Firm) -> None:
    firm.person("cal", "chief")
    id = sent(firm)
    agree(firm, "bob", id)
    act(firm, "cyd", id, "chief:return", to="draft", way="straight")
    assert act(firm, "ann", id, "send") == "chief"
    assert holding(firm) == ["cyd"]
    assert firm.engine.counts(firm.who("cal")).get("plea", 0) == 0
    act(firm, "cyd", id, "chief:return", to="team", way="again")
    assert agree(firm, "bea", id) == "chief"
    assert firm.engine.counts(firm.who("cal"))["plea"] == 1


def test_who_agreed_before_it_was_sent_back_is_asked_again(engine_of: Build) -> None:
    asked = "exclude: =created_by, can: [transfer, add_signer, stash]"
    flow = FLOW.replace(asked, f"{asked}, skip: handled_before").replace("SKIP", "handled_before")
    firm = engine_of({"pack.yaml": PACK, "forms/plea.yaml": PLEA, "workflows/plea.yaml": flow})
    for login, role in (("ann", "clerk"), ("bob", "boss"), ("bea", "boss"), ("cyd", "chief")):
        firm.person(login, role)
    id = sent(firm)
    assert agree(firm, "bob", id) == "chief"
    assert act(firm, "cyd", id, "chief:return", to="team", way="again") == "team"
    assert agree(firm, "bob", id) == "chief"
    act(firm, "cyd", id, "chief:return", to="draft", way="again")
    assert act(firm, "ann", id, "send") == "team"


def test_the_creator_takes_it_back_while_nobody_has_acted(firm: Firm) -> None:
    id = sent(firm)
    assert firm.verbs(firm.who("bea"), "plea", id) == ["add_signer", "claim", "stash", "transfer"]
    assert firm.verbs(firm.who("ann"), "plea", id) == ["nudge", "withdraw"]
    assert act(firm, "ann", id, "team:withdraw") == "draft"
    assert holding(firm) == ["ann"]
    act(firm, "ann", id, "send")
    agree(firm, "bob", id)
    assert refused(lambda: act(firm, "ann", id, "chief:withdraw")) == [("withdraw_too_late", None)]
    assert why(lambda: act(firm, "bob", id, "chief:withdraw"))[0] == 403


def test_the_creator_asks_the_holders_to_hurry_once_an_hour(firm: Firm) -> None:
    id = sent(firm)
    before = len(firm.engine.notices(firm.who("bob")))
    firm.engine.act(firm.who("ann"), "plea", id, "team:nudge")
    assert len(firm.engine.notices(firm.who("bob"))) == before + 1
    assert refused(lambda: firm.engine.act(firm.who("ann"), "plea", id, "team:nudge")) == [("nudged_already", None)]
    firm.clock.later(hours=2)
    firm.engine.act(firm.who("ann"), "plea", id, "team:nudge")


def test_an_administrator_reassigns_moves_ends_and_reopens_with_a_reason(firm: Firm) -> None:
    id = sent(firm)
    gil, ada = firm.who("gil"), firm.who("ada")
    assert refused(lambda: firm.engine.act(ada, "plea", id, "team:reassign", ask={"to": [gil.id]})) == [
        ("opinion_required", "opinion")
    ]
    assert why(lambda: act(firm, "bob", id, ":jump", to="chief"))[0] == 403
    act(firm, "ada", id, "team:reassign", to=[gil.id])
    assert holding(firm) == ["gil"]
    assert act(firm, "ada", id, ":jump", to="chief") == "chief"
    assert holding(firm) == ["cyd"]
    assert act(firm, "ada", id, ":end", to="refused") == "refused"
    assert act(firm, "ada", id, ":reactivate", to="team") == "team"
    assert holding(firm) == ["bob", "bea"]


def away(firm: Firm, person: str, deputy: str | None, first: date, last: date) -> None:
    other = firm.who(deputy).id if deputy is not None else None
    firm.engine.write(firm.who(person), lambda work: delegating.go_away(work, other, first, last))


def test_while_somebody_is_away_another_acts_for_them(firm: Firm) -> None:
    today = firm.clock().date()
    id, other = sent(firm), sent(firm)
    away(firm, "bob", "gil", today, today)
    away(firm, "bea", "ann", today, today)
    assert holding(firm) == ["bob", "bea", "gil"]  # ann created them
    assert agree(firm, "gil", id) == "chief"
    event = firm.engine.history(ADMIN, "plea", id)[0]
    assert (event.actor_name, event.acting_for) == ("Gil", "Bob")
    firm.clock.later(days=1)
    assert refused(lambda: agree(firm, "gil", other)) == [("not_yours", None)]


def test_who_is_away_names_somebody_who_is_there(firm: Firm) -> None:
    today = firm.clock().date()
    later = today + timedelta(days=3)
    away(firm, "bob", "bea", today, later)
    assert refused(lambda: away(firm, "cyd", "bob", later, later)) == [("deputy_away", "deputy")]
    assert refused(lambda: away(firm, "cyd", "cyd", later, later)) == [("away_self", "deputy")]
    assert refused(lambda: away(firm, "cyd", None, later, today)) == [
        ("away_days", "ends"),
        ("deputy_missing", "deputy"),
    ]
    firm.engine.write(firm.who("bob"), delegating.come_back)
    away(firm, "cyd", "bob", later, later)
    left = firm.who("gil").id
    firm.engine.store.write(
        lambda c: c.execute(update(tables.person).where(tables.person.c.id == left).values(active=False))
    )
    id = sent(firm)
    to_gil = {"to": left}
    assert refused(lambda: firm.engine.act(firm.who("bob"), "plea", id, "team:transfer", ask=to_gil)) in (
        [("person_inactive", "ask.to")], [("no_such_reference", "ask.to")],
    )  # fmt: skip


def test_who_agreed_before_needs_not_again(engine_of: Build) -> None:
    firm = made(engine_of, "same_as_previous", bob=["boss", "chief"])
    id, other = sent(firm), sent(firm)
    assert agree(firm, "bob", id) == "agreed"
    assert agree(firm, "bea", other) == "chief"


def test_but_when_a_value_has_changed_since_they_look_again(engine_of: Build) -> None:
    form = PLEA.replace('note: {type: text, required: true, visible: state != "draft"}', "note: {}")
    task = "task: {assign: boss, exclude: =created_by, can: [transfer, add_signer, stash], edit: [note]}"
    flow = FLOW.replace("SKIP", "handled_before").replace(task, "task: {assign: boss, complete: all, edit: [amount]}")
    firm = engine_of({"pack.yaml": PACK, "forms/plea.yaml": form, "workflows/plea.yaml": flow})
    for login, roles in (("ann", ["clerk"]), ("bob", ["boss", "chief"]), ("bea", ["boss"])):
        firm.person(login, *roles)
    first, second = sent(firm), sent(firm)
    for id, amount in ((first, 5), (second, 6)):
        act(firm, "bob", id, "agree")
        act(firm, "bea", id, "agree", raw={"amount": amount})
    assert [firm.get("plea", id)["state"] for id in (first, second)] == ["agreed", "chief"]
