"""Whatever legal thing people press, no record ever stands where nobody can move it on."""

from __future__ import annotations

import random
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from engine.problems import Refused
from engine.runtime.values import Actor
from engine.storage import tables
from tests.firm import ADMIN, Build, Firm
from tests.runtime.living import running_of, stuck

PACK = "title: Test\nlanguage: en\nroles: {clerk: Clerk, boss: Boss, legal: Legal, money: Money}\n"
PLEA = """
record_title: "{name}"
fields:
  name: {}
  amount: {type: money, default: 5}
  first: {type: member}
  others: {type: members}
  probes: {type: related, from: probe}
access: {everyone: {can: [view, create, edit]}}
"""
FLOW = """
withdraw: any
states:
  draft: {}
  gate: {choose: [{when: amount > 50, to: board}, {to: team}]}
  team:
    due: 1d
    overdue: [{transfer: =HEAD(holder)}]
    task:
      {assign: [=first, boss], exclude: =created_by, complete: in_order, can: [transfer, add_signer, stash], edit: [amount],
       return_to: draft}
  board:
    due: 1d
    overdue: [{transfer: '=COALESCE(HEAD(holder), holder)'}]
    task: {assign: boss, complete: {at_least: 2}, can: [transfer, add_signer], return_to: [draft, team]}
  sign:
    task:
      {assign: [=HANDLER("team"), =others, legal], complete: {share: 60%}, skip: handled_before, can: add_signer, return_to: team}
  settle:
    tasks:
      pay: {assign: money, can: [transfer, add_signer], complete: all}
      file: {assign: legal, when: amount > 20, return_to: sign, due: 2d, overdue: [{transfer: [=HEAD(holder), money]}]}
      thank: {assign: =owner, optional: true}
    then: checking
  checking: {enter: [{create: probe, set: {plea: =this}}], wait: [{until: ALL(state.final from probes), to: closed}]}
  closed: {final: success}
  refused: {final: failure}
transitions:
  send: {from: draft, to: gate, who: =owner}
  agree: {from: team, to: sign}
  consent: {from: board, to: sign}
  finish: {from: sign, to: settle}
  refuse: {from: [team, board, sign], to: refused, alone: false}
  veto: {from: [board, settle], to: refused}
  drop: {from: draft, to: refused, who: =owner}
"""
PROBE = "fields: {plea: {type: reference, to: plea}}\naccess: {everyone: {can: [view]}}\n"
PROBE_FLOW = """
states: {open: {task: {assign: =plea.others, exclude: =plea.first}}, shut: {final: success}}
transitions: {shut: {from: open, to: shut}}
"""
PEOPLE = {"ann": "clerk", "bob": "boss", "bea": "boss", "lea": "legal", "lou": "legal", "mia": "money", "ada": "admin"}
SELDOM = ("drop", "refuse", "veto")


class Life:
    """Records of two forms, and people who press whatever they may."""

    def __init__(self, firm: Firm, chance: random.Random) -> None:
        self.firm, self.chance = firm, chance
        self.people = [firm.who(login) for login in PEOPLE]

    def start(self) -> None:
        """Somebody begins a record."""
        pick = self.chance.choice
        others = [p.id for p in self.people if self.chance.random() < 0.3]
        self.firm.new(pick(self.people), "plea", name="x", amount=pick((5, 30, 80)), others=others,
                      first=pick((None, pick(self.people).id)))  # fmt: skip

    def step(self) -> None:
        """Somebody presses a button that a running record offers them; a new one begins where few are running. Now and
        then nobody does anything for a day and a half."""
        if self.chance.random() < 0.1:
            self.firm.clock.later(days=1.5)
            self.firm.engine.jobs.run_due()
        form = self.chance.choice(("plea", "plea", "plea", "probe"))
        running = self.firm.engine.read(ADMIN, lambda work: running_of(work, work.form(form)))
        if form == "plea" and len(running) < 4:
            self.start()
            return
        for person in self.chance.sample(self.people, len(self.people)) if running else ():
            if self.press(person, form, self.chance.choice(running)):
                return

    def press(self, person: Actor, form: str, id: int) -> bool:
        """One of the buttons; those that end everything seldom. False: there is none for this person."""
        try:
            buttons = [b.transition for b in self.firm.engine.open(person, form, id).buttons if b.closed is None]
        except Refused:
            return False
        offered = [t for t in buttons if (not t.verb and t.name not in SELDOM) or self.chance.random() < 0.15]
        if not offered:
            return False
        button = self.chance.choice(offered)
        ask = {name: self.answer(field) for name, field in button.ask.items()}
        raw = {"amount": self.chance.choice((5, 80))} if "amount" in button.edit and self.chance.random() < 0.3 else {}
        try:
            self.firm.engine.act(person, form, id, button.name, raw=raw, ask=ask, opinion="x")
        except Refused as refused:
            assert {p.code for p in refused.problems} <= {"holds_already", "task_excluded"}, refused.problems
        return True

    def answer(self, field: Any) -> Any:
        """Something that the button's own question may be answered with."""
        if field.options:
            return self.chance.choice(list(field.options))
        one = self.chance.choice(self.people).id
        return [one] if field.field.several else one


def shop(conn: Any) -> int:
    """A department, whose key this gives."""
    key = conn.execute(insert(tables.department).values(key="s", name={"en": "Shop"})).inserted_primary_key
    return int(key[0])


@pytest.mark.parametrize("seed", range(2))
def test_random_people_never_leave_a_record_stuck(engine_of: Build, seed: int) -> None:
    firm = engine_of({
        "pack.yaml": PACK, "forms/plea.yaml": PLEA, "workflows/plea.yaml": FLOW, "forms/probe.yaml": PROBE,
        "workflows/probe.yaml": PROBE_FLOW,
    })  # fmt: skip
    department = firm.engine.store.write(shop)
    for login, role in PEOPLE.items():
        firm.person(login, role, department=None if role == "money" else department)
    bea = firm.who("bea").id
    firm.engine.store.write(lambda conn: conn.execute(update(tables.department).values(head=bea)))
    life = Life(firm, random.Random(seed))
    for _ in range(10):
        for _ in range(10):
            life.step()
        for form in ("plea", "probe"):
            assert firm.engine.read(ADMIN, lambda work: stuck(work, work.form(form))) == []  # noqa: B023
    with firm.engine.store.read() as conn:
        late = select(func.count()).where(tables.event.c.action == "transfer", tables.event.c.actor.is_(None))
        assert conn.execute(late).scalar_one() > 0  # nobody lets it lie for ever
