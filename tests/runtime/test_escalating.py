"""What nobody does in time goes to somebody else: a task's, a state's and a clock's `overdue` hand tasks over."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine.runtime.causes import CLOCK, STATE
from engine.runtime.seats import seats
from engine.runtime.turns import read_tasks
from engine.storage import tables
from tests.firm import ADMIN, Build, Firm

FILES = {
    "pack.yaml": "title: Test\nlanguage: en\nroles: {clerk: Clerk, boss: Boss, guard: Guard}\n",
    "forms/plea.yaml": """
record_title: "{name}"
fields: {name: {}}
access: {everyone: {can: [view, create]}}
actions: {pass_on: {who: boss, do: [{transfer: guard}]}}
""",
    "workflows/plea.yaml": """
clocks: {answer: {title: Answer, due: 4d, overdue: [{transfer: [=HEAD(holder), guard]}]}}
states:
  ask:
    title: Ask
    task: {assign: clerk, complete: all, exclude: =created_by, nobody: guard}
    due: 1d
    overdue: [{transfer: =HEAD(holder)}]
  settle:
    tasks:
      pay: {title: Pay, assign: clerk, due: 1d, overdue: [{transfer: guard}]}
      pack: {title: Pack, assign: clerk}
    then: done
  done: {final: success}
transitions:
  agree: {from: ask, to: settle}
""",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    """Ann and Art of the shop, whose head is Bea; Cid of no department; Gus the guard; Ada administers."""
    made = engine_of(FILES)

    def shop(conn: Any) -> int:
        key = conn.execute(insert(tables.department).values(key="s", name={"en": "Shop"})).inserted_primary_key
        return int(key[0])

    department = made.engine.store.write(shop)
    for login in ("ann", "art"):
        made.person(login, "clerk", department=department)
    bea = made.person("bea", "boss", department=department)
    made.engine.store.write(lambda conn: conn.execute(update(tables.department).values(head=bea.id)))
    for login, role in (("cid", "clerk"), ("gus", "guard"), ("ada", "admin")):
        made.person(login, role)
    return made


def parts(firm: Firm, id: int, task: str = "") -> dict[str, tuple[str, list[str]]]:
    """Login -> the status of their latest part in an open task, and by what they have it."""
    with firm.engine.store.read() as conn:
        logins = {row.id: row.login for row in conn.execute(select(tables.person))}
        found = read_tasks_of(firm, id)
        return {logins[t.person]: (t.status, [why["by"] for why in t.why]) for t in found[task].turns}


def read_tasks_of(firm: Firm, id: int) -> dict[str, Any]:
    return firm.engine.read(ADMIN, lambda work: {t.name: t for t in read_tasks(work, "plea", [id])[id]})


def told(firm: Firm, login: str) -> list[str]:
    with firm.engine.store.read() as conn:
        mine = tables.notice.c.person == firm.who(login).id
        found = conn.execute(select(tables.notice.c.message).where(mine).order_by(tables.notice.c.id)).scalars()
        return [words["en"] for words in found if "overdue" in words["en"]]


def later(firm: Firm, **more: float) -> None:
    firm.clock.later(**more)
    firm.engine.jobs.run_due()


def test_each_holders_head_gets_what_is_late_and_those_without_one_obey_nobody(firm: Firm) -> None:
    id = firm.new(firm.who("gus"), "plea", name="p")
    later(firm, days=1)
    given = ("handed", ["role"])
    assert parts(firm, id) == {
        "ann": given, "art": given, "cid": given,
        "bea": ("open", ["escalated", "escalated"]),  # for Ann and for Art
        "ada": ("open", ["escalated", "nobody"]),  # Cid has no head, and the guard's own plea isn't for the guard
    }  # fmt: skip
    assert told(firm, "ann") == ["“p” is overdue in “Ask”: it is with Bea now"]
    assert told(firm, "bea") == ["“p” is overdue in “Ask”: it comes to you from Ann, Art"]
    event = firm.engine.history(ADMIN, "plea", id)[0]
    assert (event.action, event.from_state, event.people) == ("transfer", "ask", ("Bea", "Ada"))
    assert [(one.cause.kind, one.cause.name) for one in event.causes] == [(STATE, "ask")]
    (held,) = firm.engine.read(ADMIN, lambda work: seats(work, work.form("plea"), next(iter(work.rows("plea", [id])))))
    why = {seat.person: seat.why.to("en") for seat in held.seats}
    assert why[firm.who("bea").id or 0] == "“Ask” was overdue with Ann, “Ask” was overdue with Art"
    later(firm, hours=1)
    assert parts(firm, id)["bea"][0] == "open" and len(told(firm, "bea")) == 1  # it rings once
    with firm.engine.store.read() as conn:
        bells = conn.execute(
            select(tables.job.c.key).where(tables.job.c.kind == "timer", tables.job.c.state == "ready")
        )
        assert bells.scalars().all() == [f"timer:plea/{id}/answer"]
    for who in ("bea", "ada"):  # whoever has it now decides, all of them as the task says
        assert firm.get("plea", id)["state"] == "ask"
        firm.engine.act(firm.who(who), "plea", id, "agree")
    assert firm.get("plea", id)["state"] == "settle"


def test_a_tasks_own_time_hands_over_that_task_and_a_clock_all_that_are_open(firm: Firm) -> None:
    id = firm.new(firm.who("bea"), "plea", name="p")
    for who in ("ann", "art", "cid"):
        firm.engine.act(firm.who(who), "plea", id, "agree")
    later(firm, days=1)
    assert parts(firm, id, "pay")["gus"] == ("open", ["escalated"] * 3)
    assert {status for status, _ in parts(firm, id, "pack").values()} == {"open"}
    assert firm.engine.history(ADMIN, "plea", id)[0].task == "pay"
    later(firm, days=3)
    # Ann's and Art's head and the guard, who kept what they had, have both tasks now
    assert [n for n, (status, _) in sorted(parts(firm, id, "pack").items()) if status == "open"] == ["bea", "gus"]
    assert [n for n, (status, _) in sorted(parts(firm, id, "pay").items()) if status == "open"] == ["gus"]
    event = firm.engine.history(ADMIN, "plea", id)[0]
    assert [(one.cause.kind, one.cause.name) for one in event.causes] == [(CLOCK, "answer")]
    assert sorted(event.people) == ["Bea", "Gus"]


def test_a_button_hands_over_too_and_nothing_moves_where_the_same_people_have_it(firm: Firm) -> None:
    id = firm.new(firm.who("ann"), "plea", name="p")
    before = firm.get("plea", id)["version"]
    firm.engine.act(firm.who("bea"), "plea", id, "pass_on")
    assert parts(firm, id)["gus"] == ("open", ["rule", "rule"])
    event = firm.engine.history(ADMIN, "plea", id)[0]
    assert (event.transition, event.people) == ("pass_on", ("Gus",))
    assert firm.get("plea", id)["version"] == before + 1
    firm.engine.act(firm.who("bea"), "plea", id, "pass_on")
    assert parts(firm, id)["gus"] == ("open", ["rule", "rule"]) and told(firm, "gus") == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_was_late_is_not_taken_from_who_came_to_it_later(firm: Firm, when: str) -> None:
    """Four days are over, but the timers ring late, as after a night without a server: `before`, the record came to them in
    time and somebody takes a task for herself only then; `after`, it hasn't even come to them in time."""
    id = firm.new(firm.who("bea"), "plea", name="p")
    if when == "after":
        firm.clock.later(days=5)
    for who in ("ann", "art", "cid"):
        firm.engine.act(firm.who(who), "plea", id, "agree")
    if when == "before":
        firm.clock.later(days=5)
        firm.engine.act(firm.who("ann"), "plea", id, "settle.pack:claim")
    pack = parts(firm, id, "pack")
    firm.engine.jobs.run_due()
    assert parts(firm, id, "pack") == pack
    assert parts(firm, id, "pay")["ann"][0] == ("handed" if when == "before" else "open")
    later(firm, days=1)
    assert parts(firm, id, "pack") == pack  # it rings once
    assert parts(firm, id, "pay")["gus"][0] == "open"  # as its own time is over now


HURRIED = """
clocks: {answer: {title: Answer, due: 1d, stop: state = "done", overdue: [{fire: expire}]}}
states: {ask: {task: {assign: clerk}}, done: {final: success}, expired: {final: failure}}
transitions: {agree: {from: ask, to: done}, expire: {from: ask, to: expired}}
"""


def test_nobodys_own_deed_is_refused_for_what_a_late_clock_can_do_no_more(engine_of: Build) -> None:
    firm = engine_of({**FILES, "workflows/plea.yaml": HURRIED})
    ann, ada = firm.person("ann", "clerk"), firm.person("ada", "admin")
    id = firm.new(ann, "plea", name="p")
    firm.clock.later(days=2)
    firm.engine.act(ann, "plea", id, "agree")
    firm.engine.jobs.run_due()
    assert firm.get("plea", id)["state"] == "done"
    with firm.engine.store.read() as conn:
        (words,) = conn.execute(select(tables.notice.c.message).where(tables.notice.c.person == ada.id)).scalars()
    refused = "“p” is overdue, but what should be done then was refused"
    assert words["en"] == f'{refused}: "p" can not Expire: it is "Done" now'
    assert words["zh"] == "“p” 已超时，但自动动作没有做成：“p”不能Expire：它现在是“Done”"


LOCKED = """
states:
  draft: {}
  ask:
    task: {assign: clerk}
    due: 1d
    overdue: [{transfer: guard}]
    enter: [{create: lock, set: {plea: =this, held: true}}]
    leave: [{update: '=LIST(from lock where plea = this and held)', set: {held: false}}]
  done: {final: success}
transitions:
  send:  {from: draft, to: ask, who: =created_by}
  agree: {from: ask, to: done}
"""


def test_who_takes_back_what_nobody_has_decided_releases_what_the_state_held(engine_of: Build) -> None:
    lock = "fields: {plea: {type: reference, to: plea}, held: {type: boolean}}\naccess: {everyone: {can: [view]}}\n"
    firm = engine_of({**FILES, "workflows/plea.yaml": LOCKED, "forms/lock.yaml": lock})
    for login, role in (("ann", "clerk"), ("gus", "guard"), ("bea", "boss")):
        firm.person(login, role)
    bea = firm.who("bea")
    id = firm.new(bea, "plea", name="p")
    firm.engine.act(bea, "plea", id, "send")
    later(firm, days=1)
    assert parts(firm, id)["gus"][0] == "open" and firm.get("lock", 1)["held"] is True
    firm.engine.act(bea, "plea", id, "ask:withdraw")  # that it was handed over isn't an answer
    assert firm.get("plea", id)["state"] == "draft" and firm.get("lock", 1)["held"] is False
    firm.engine.act(bea, "plea", id, "send")
    assert parts(firm, id) == {"ann": ("open", ["role"])}  # a new round, for those whom the task names
    firm.engine.act(firm.who("ann"), "plea", id, "agree")
    assert firm.get("lock", 2)["held"] is False
