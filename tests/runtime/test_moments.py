"""States that wait for a moment: the record moves on by itself when it has come, once, and not when it has left before."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.jobs.job import LEASE
from engine.runtime import flow
from engine.runtime.ticking import onward
from engine.runtime.values import Actor
from engine.storage import tables
from tests.firm import ADMIN, Build, Firm, refused

PACK = "title: Test\nlanguage: en\nroles: {clerk: Clerk, boss: Boss}\n"
OFFER = """
title: Offers
fields:
  name:     {type: text}
  client:   {type: reference, to: client}
  asked_at: {type: datetime}
  valid:    {type: date}
  sign:     {type: boolean}
access: {clerk: {can: [view, create, edit, delete]}}
"""
CLIENT = "fields: {name: {}, patience: {type: decimal}}\naccess: {everyone: {can: [view, create, edit]}}\n"
FLOW = """
states:
  open:     {wait: [{until: created_at + 3d, to: reminded}]}
  reminded: {}
  asked:    {wait: [{until: sign, to: signed}, {until: asked_at, to: late}, {until: valid, to: expired}]}
  patient:  {wait: [{until: created_at + client.patience * 1d, to: late}]}
  signed:   {final: success}
  late:     {}
  heavy:    {wait: [{until: valid, to: sunk}]}
  sunk:     {enter: [{fire: sink}]}
  expired:  {final: failure}
transitions:
  ask:    {from: open, to: asked, who: clerk}
  load:   {from: open, to: heavy, who: clerk}
  sink:   {from: sunk, to: expired, who: clerk, when: sign}
  lift:   {from: heavy, to: open, who: clerk}
  bear:   {from: open, to: patient, who: clerk}
  reopen: {from: [reminded, late], to: open, who: clerk}
"""


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    return engine_of({
        "pack.yaml": PACK, "forms/client.yaml": CLIENT, "forms/offer.yaml": OFFER, "workflows/offer.yaml": FLOW,
    })  # fmt: skip


@pytest.fixture
def clerk(firm: Firm) -> Actor:
    return firm.person("li", "clerk")


def state(firm: Firm, id: int) -> str:
    return str(firm.get("offer", id)["state"])


def bells(firm: Firm) -> dict[str, datetime]:
    """The timers that are set: key -> when."""
    job = tables.job
    with firm.engine.store.read() as conn:
        rows = conn.execute(select(job.c.key, job.c.due_at).where(job.c.kind == "timer")).all()
    return {row.key: row.due_at for row in rows}


def asked(firm: Firm, clerk: Actor, **values: Any) -> int:
    id = firm.new(clerk, "offer", **{"name": "a", **values})
    firm.engine.act(clerk, "offer", id, "ask")
    return id


def test_three_days_after_it_was_made_it_moves_on_by_itself_and_once(firm: Firm, clerk: Actor) -> None:
    id = firm.new(clerk, "offer", name="a")
    firm.clock.later(days=2, hours=23, minutes=59)
    assert firm.engine.jobs.run_due() == 0 and state(firm, id) == "open"
    read = firm.engine.read(clerk, lambda work: onward(work, work.form("offer"), next(iter(work.rows("offer", [id])))))
    assert read == firm.clock.now + timedelta(minutes=1)
    firm.clock.later(minutes=1)
    assert firm.engine.jobs.run_due() == 1 and state(firm, id) == "reminded"
    firm.clock.later(days=30)
    assert firm.engine.jobs.run_due() == 0
    assert firm.history("offer", id) == ["create", "wait"] and bells(firm) == {}


def test_a_moment_that_is_over_takes_it_on_at_once(firm: Firm, clerk: Actor) -> None:
    id = firm.new(clerk, "offer", name="a")
    firm.clock.later(days=3)
    firm.engine.jobs.run_due()
    firm.engine.act(clerk, "offer", id, "reopen")
    assert state(firm, id) == "reminded" and bells(firm) == {}
    late = asked(firm, clerk, asked_at="2026-01-01T10:00:00+08:00")
    assert state(firm, late) == "late"


def test_who_leaves_or_is_deleted_is_left_alone(firm: Firm, clerk: Actor) -> None:
    left, deleted = asked(firm, clerk), firm.new(clerk, "offer", name="b")
    assert list(bells(firm)) == [f"timer:offer/{deleted}/:wait"]
    firm.engine.remove(clerk, "offer", deleted)
    assert bells(firm) == {}
    firm.clock.later(days=30)
    assert firm.engine.jobs.run_due() == 0 and state(firm, left) == "asked"


def test_nothing_waits_on_until_there_is_a_moment_and_follows_when_it_is_moved(firm: Firm, clerk: Actor) -> None:
    id = asked(firm, clerk)
    assert bells(firm) == {}
    firm.engine.change(clerk, "offer", id, {"asked_at": "2026-12-01T10:00:00+08:00"})
    firm.engine.change(clerk, "offer", id, {"asked_at": "2026-12-03T10:00:00+08:00"})
    assert bells(firm) == {f"timer:offer/{id}/:wait": datetime(2026, 12, 3, 2, tzinfo=UTC)}
    firm.engine.change(clerk, "offer", id, {"asked_at": None})
    assert bells(firm) == {}
    firm.engine.change(clerk, "offer", id, {"asked_at": "2026-12-03T10:00:00+08:00"})
    firm.clock.now = datetime(2026, 12, 3, 2, tzinfo=UTC)
    firm.engine.jobs.run_due()
    assert state(firm, id) == "late"


def test_of_several_the_first_to_come_decides_and_a_date_comes_with_its_first_moment(firm: Firm, clerk: Actor) -> None:
    dated = asked(firm, clerk, asked_at="2026-12-03T10:00:00+08:00", valid="2026-12-02")
    signed = asked(firm, clerk, asked_at="2026-12-03T10:00:00+08:00", valid="2026-12-02")
    firm.clock.now = datetime(2026, 12, 1, 15, 59, tzinfo=UTC)
    firm.engine.jobs.run_due()
    firm.engine.change(clerk, "offer", signed, {"sign": True})
    assert [state(firm, id) for id in (dated, signed)] == ["asked", "signed"]
    firm.clock.later(minutes=1)
    assert firm.engine.jobs.run_due() == 1
    assert [state(firm, id) for id in (dated, signed)] == ["expired", "signed"]


def test_it_follows_what_it_reads_of_another_record(firm: Firm, clerk: Actor) -> None:
    client = firm.new(clerk, "client", name="c", patience=5)
    id = firm.new(clerk, "offer", name="a", client=client)
    firm.engine.act(clerk, "offer", id, "bear")
    firm.engine.change(clerk, "client", client, {"patience": 10})
    firm.clock.later(days=9)
    assert firm.engine.jobs.run_due() == 0 and state(firm, id) == "patient"
    firm.engine.change(clerk, "client", client, {"patience": 8})
    assert state(firm, id) == "late"


def test_what_is_refused_then_is_told_to_people_and_the_record_stays(firm: Firm, clerk: Actor) -> None:
    boss, id = firm.person("admin", "admin"), firm.new(clerk, "offer", name="a", valid="2026-12-02")
    firm.engine.act(clerk, "offer", id, "load")
    firm.clock.now = datetime(2026, 12, 2, tzinfo=UTC)
    assert firm.engine.jobs.run_due() == 1 and firm.engine.jobs.run_due() == 0
    assert state(firm, id) == "heavy" and firm.history("offer", id) == ["create", "act:load"]
    for person in (clerk, boss):
        assert "“Heavy”等到了时候，但没有走成" in firm.engine.notices(person)[0].message


def test_one_that_is_killed_while_it_moves_on_moves_on_once(
    firm: Firm, clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = firm.new(clerk, "offer", name="a")
    firm.clock.later(days=3)
    with monkeypatch.context() as killed:
        killed.setattr(flow, "journal", lambda work, request: (_ for _ in ()).throw(SystemExit()))
        with contextlib.suppress(SystemExit):  # PostgreSQL's worker keeps it to itself
            firm.engine.jobs.run_due()
    assert state(firm, id) == "open" and len(bells(firm)) == 1
    settings = firm.engine.settings
    firm.close()
    firm.clock.now += LEASE
    for rings in (1, 0):
        again = Firm(settings.definitions, settings.data, firm.clock, database=settings.database)
        assert again.engine.jobs.run_due() == rings
        assert again.get("offer", id)["state"] == "reminded"
        assert again.history("offer", id) == ["create", "wait"]
        again.close()


def test_a_changed_definition_holds_for_those_that_wait(firm: Firm, clerk: Actor) -> None:
    """One that waits longer now, one whose state waits for another moment, one that waits no more, one that is over."""
    id = firm.new(clerk, "offer", name="a")
    dated = asked(firm, clerk, valid="2027-01-01")
    made = firm.clock()
    file = firm.engine.settings.definitions / "workflows" / "offer.yaml"
    written = file.read_text(encoding="utf-8")

    def changed(*pairs: tuple[str, str]) -> None:
        text = written
        for before, after in pairs:
            assert before in text
            text = text.replace(before, after)
        file.write_text(text, encoding="utf-8")
        assert [p.code for p in firm.engine.reload() if p.severity == "error"] == []

    firm.clock.later(days=1)
    changed(("created_at + 3d", "created_at + 5d"), ("until: valid", "until: valid - 1"))
    assert bells(firm) == {
        f"timer:offer/{id}/:wait": made.replace(day=made.day + 5),
        f"timer:offer/{dated}/:wait": datetime(2026, 12, 30, 16, tzinfo=UTC),
    }
    changed(
        ("{wait: [{until: created_at + 3d, to: reminded}]}", "{}"),
        ("reopen: {", "skip: {from: open, to: reminded, who: clerk}\n  reopen: {"),
    )
    assert list(bells(firm)) == [f"timer:offer/{dated}/:wait"]
    changed(("created_at + 3d", "created_at + 1h"))
    assert state(firm, id) == "reminded"


@pytest.mark.parametrize("kind", ["sqlite"])
def test_two_states_that_send_each_other_on_are_stopped(engine_of: Build) -> None:
    flow = """
states:
  open: {wait: [{until: created_at, to: shut}]}
  shut: {wait: [{until: created_at, to: open}]}
  done: {final: success}
transitions: {finish: {from: open, to: done, who: clerk}}
"""
    firm = engine_of({"pack.yaml": PACK, "forms/client.yaml": CLIENT, "workflows/client.yaml": flow})
    ((code, _),) = refused(lambda: firm.new(ADMIN, "client", name="a"))
    assert code == "loop"
