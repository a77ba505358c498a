"""Times of records as staff meet them: what is overdue is done once, what was left in time never."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.expressions.check import check
from engine.expressions.types import Scope, record
from engine.problems import Refused
from engine.runtime.reads import condition_of
from engine.runtime.values import Ask
from engine.runtime.work import Work
from engine.storage import tables
from tests.firm import ADMIN, Build, Firm, refused

PACK = """
title: Test
language: en
roles: {clerk: Clerk, boss: Boss}
calendars: {work: {hours: ["09:00-12:00", "13:00-18:00"], holidays: holiday.day}}
"""
HOLIDAY = "fields: {day: {type: date}}\naccess: {clerk: {can: [view, create]}}\n"
TICKET = """
title: Tickets
fields:
  name:     {type: text}
  promised: {type: datetime}
  until:    {type: date}
  waiting:  {type: boolean}
  said:     {type: text}
access: {clerk: {can: [view, create, edit, delete]}}
rules: {named: {at: expire, check: name != "stuck", message: It is stuck}}
"""
FLOW = """
clocks:
  promise:
    due: 10d
    start: name != "idle"
    pause: waiting
    met: [{set: {said: met}}]
    overdue: [{set: {said: missed}}]
states:
  open:     {due: 4h, calendar: work, overdue: [{fire: expire}]}
  answered: {due: 2d}
  promised: {due: =promised}
  dated:    {due: =until}
  expired:  {final: failure}
  closed:   {final: success}
transitions:
  answer:  {from: open, to: answered, who: clerk}
  promise: {from: open, to: promised, who: clerk}
  date:    {from: open, to: dated, who: clerk}
  close:   {from: any, to: closed, who: clerk}
  expire:  {from: [open], to: expired}
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    return engine_of(
        {"pack.yaml": PACK, "forms/holiday.yaml": HOLIDAY, "forms/ticket.yaml": TICKET, "workflows/ticket.yaml": FLOW}
    )


CLERK = replace(ADMIN, roles=ADMIN.roles | {"clerk"})


def clock(firm: Firm, id: int, member: str = "state") -> Any:
    """What a formula reads of the clock."""

    def read(work: Work) -> Any:
        scope = Scope(work.catalog.shapes, "ticket", variables={"clocks": record("clocks:ticket")})
        return work.value(check(f"clocks.promise.{member}", scope), work.row("ticket", id))

    return firm.engine.read(ADMIN, read)


def state(firm: Firm, id: int) -> str:
    return str(firm.get("ticket", id)["state"])


VIEWS = """
views:
  all:   {columns: [name]}
  late:  {columns: [name], where: 'clocks.promise.state = "missed" and state != "closed"'}
  soon:  {columns: [name], where: 'clocks.promise.state = "running" and clocks.promise.due_at < NOW() + 3d', sort: name}
  never: {columns: [name], where: ISBLANK(clocks.promise.state)}
"""


def test_lists_ask_how_clocks_stand(engine_of: Build) -> None:
    forms = {"forms/holiday.yaml": HOLIDAY, "forms/ticket.yaml": TICKET + VIEWS.lstrip(), "workflows/ticket.yaml": FLOW}
    firm = engine_of({"pack.yaml": PACK, **forms})

    def listed(view: str) -> list[str]:
        return [str(row.record.values["name"]) for row in firm.engine.page(ADMIN, "ticket", Ask(view=view)).rows]

    firm.new(ADMIN, "ticket", name="idle")
    ids = [firm.new(ADMIN, "ticket", name=name) for name in ("first", "second")]
    for id in ids:
        firm.engine.act(CLERK, "ticket", id, "answer")
    firm.clock.later(days=8)
    firm.engine.act(CLERK, "ticket", firm.new(ADMIN, "ticket", name="third"), "answer")
    assert (listed("late"), listed("soon"), listed("never")) == ([], ["first", "second"], ["idle"])
    firm.clock.later(days=3)
    firm.engine.jobs.run_due()
    assert (sorted(listed("late")), listed("soon")) == (["first", "second"], [])
    firm.engine.act(CLERK, "ticket", ids[0], "close")
    assert listed("late") == ["second"]
    clerk = firm.person("carl", "clerk")
    asked = condition_of(
        firm.engine.catalog, "ticket", 'clocks.promise.state = "missed"'
    )  # as a board links to its list
    found = firm.engine.page(clerk, "ticket", Ask(where=asked))
    assert sorted(row.record.values["name"] for row in found.rows) == ["first", "second"]
    with pytest.raises(Refused):  # how much is left is reckoned for one record at a time
        condition_of(firm.engine.catalog, "ticket", "clocks.promise.left < 1h")


def test_four_working_hours_are_over_after_lunch(firm: Firm) -> None:
    """It is noon: the time begins at one, and ends at five."""
    id = firm.new(ADMIN, "ticket", name="a")
    firm.clock.later(hours=4, minutes=59)
    assert firm.engine.jobs.run_due() == 0 and state(firm, id) == "open"
    firm.clock.later(minutes=1)
    assert firm.engine.jobs.run_due() == 1 and state(firm, id) == "expired"
    firm.clock.later(days=60)
    firm.engine.jobs.run_due()
    assert firm.history("ticket", id).count("fire:expire") == 1


def test_a_holiday_does_not_count(firm: Firm) -> None:
    firm.new(ADMIN, "holiday", day="2026-11-24")
    firm.clock.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # five in the afternoon
    id = firm.new(ADMIN, "ticket", name="a")
    firm.clock.now = datetime(2026, 11, 25, 3, 59, tzinfo=UTC)
    firm.engine.jobs.run_due()
    assert state(firm, id) == "open"
    firm.clock.now = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
    firm.engine.jobs.run_due()
    assert state(firm, id) == "expired"


def test_who_leaves_in_time_is_left_alone_and_reminded_where_nothing_else_is_said(firm: Firm) -> None:
    clerk = firm.person("li", "clerk")
    id = firm.new(clerk, "ticket", name="a")
    firm.engine.act(clerk, "ticket", id, "answer")
    firm.clock.later(days=2)
    assert firm.engine.jobs.run_due() == 1
    assert state(firm, id) == "answered"
    assert [n.message for n in firm.engine.notices(clerk)] == ["“a” 在“Answered”已超时"]
    firm.clock.later(days=2)
    firm.engine.jobs.run_due()
    assert len(firm.engine.notices(clerk)) == 1


def test_a_moment_of_the_record_counts_and_follows_when_it_is_changed(firm: Firm) -> None:
    clerk = firm.person("li", "clerk")
    id = firm.new(clerk, "ticket", name="a", promised="2026-11-24T10:00:00+08:00")
    firm.engine.act(clerk, "ticket", id, "promise")
    firm.engine.change(clerk, "ticket", id, {"promised": "2026-11-26T10:00:00+08:00"})
    firm.clock.now = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    firm.engine.jobs.run_due()
    assert firm.engine.notices(clerk) == ()
    firm.clock.now = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
    firm.engine.jobs.run_due()
    assert len(firm.engine.notices(clerk)) == 1


def test_a_date_is_over_at_its_end(firm: Firm) -> None:
    clerk = firm.person("li", "clerk")
    id = firm.new(clerk, "ticket", name="a", until=date(2026, 11, 24).isoformat())
    firm.engine.act(clerk, "ticket", id, "date")
    firm.clock.now = datetime(2026, 11, 24, 15, 59, tzinfo=UTC)
    firm.engine.jobs.run_due()
    assert firm.engine.notices(clerk) == ()
    firm.clock.later(minutes=1)
    firm.engine.jobs.run_due()
    assert len(firm.engine.notices(clerk)) == 1


def test_what_a_rule_forbids_is_not_done_by_a_clock_and_people_are_told(firm: Firm) -> None:
    clerk, boss = firm.person("li", "clerk"), firm.person("admin", "admin")
    id = firm.new(clerk, "ticket", name="stuck")
    firm.clock.later(days=1)
    assert firm.engine.jobs.run_due() == 1
    assert state(firm, id) == "open"
    for person in (clerk, boss):
        assert "It is stuck" in firm.engine.notices(person)[0].message


def test_a_deleted_record_rings_no_more(firm: Firm) -> None:
    id = firm.new(ADMIN, "ticket", name="a")
    firm.engine.remove(ADMIN, "ticket", id)
    firm.clock.later(days=30)
    assert firm.engine.jobs.run_due() == 0


def test_a_clock_runs_across_states_stands_still_and_is_met(firm: Firm) -> None:
    id = firm.new(ADMIN, "ticket", name="a")
    firm.engine.act(CLERK, "ticket", id, "answer")
    firm.clock.later(days=4)
    assert clock(firm, id, "left") == timedelta(days=6)
    firm.engine.change(ADMIN, "ticket", id, {"waiting": True})
    firm.clock.later(days=30)
    firm.engine.jobs.run_due()
    assert clock(firm, id) == "paused"
    firm.engine.change(ADMIN, "ticket", id, {"waiting": False})
    firm.clock.later(days=5)
    firm.engine.jobs.run_due()
    assert clock(firm, id, "left") == timedelta(days=1)
    firm.engine.act(CLERK, "ticket", id, "close")
    assert (clock(firm, id), firm.get("ticket", id)["said"]) == ("met", "met")
    firm.clock.later(days=5)
    firm.engine.jobs.run_due()
    assert firm.get("ticket", id)["said"] == "met"


def test_a_clock_that_is_over_stays_missed(firm: Firm) -> None:
    id = firm.new(ADMIN, "ticket", name="a")
    firm.engine.act(CLERK, "ticket", id, "answer")
    firm.clock.later(days=10)
    firm.engine.jobs.run_due()
    assert (clock(firm, id), firm.get("ticket", id)["said"]) == ("missed", "missed")
    firm.engine.act(CLERK, "ticket", id, "close")
    assert clock(firm, id) == "missed"


def test_a_clock_starts_when_its_condition_holds(firm: Firm) -> None:
    id = firm.new(ADMIN, "ticket", name="idle")
    assert clock(firm, id) is None
    firm.engine.change(ADMIN, "ticket", id, {"name": "busy"})
    assert clock(firm, id) == "running"


def test_a_stop_that_comes_too_late_is_a_miss_even_if_no_timer_rang(firm: Firm) -> None:
    id = firm.new(ADMIN, "ticket", name="a")
    firm.engine.act(CLERK, "ticket", id, "answer")
    firm.clock.later(days=11)
    firm.engine.act(CLERK, "ticket", id, "close")
    firm.engine.jobs.run_due()
    assert firm.get("ticket", id)["said"] == "missed"
    firm.engine.jobs.run_due()
    assert firm.history("ticket", id).count("act:close") == 1


def test_a_refused_transition_keeps_the_time_that_ran(firm: Firm) -> None:
    clerk = firm.person("li", "clerk")
    id = firm.new(clerk, "ticket", name="a")
    assert refused(lambda: firm.engine.act(clerk, "ticket", id, "expire"))
    firm.clock.later(days=1)
    firm.engine.jobs.run_due()
    assert state(firm, id) == "expired"


def test_a_time_that_ended_while_the_server_was_off_rings_once_when_it_is_back(firm: Firm) -> None:
    id = firm.new(ADMIN, "ticket", name="a")
    settings = firm.engine.settings
    firm.close()
    firm.clock.later(days=3)
    for rings in (1, 0):
        again = Firm(settings.definitions, settings.data, firm.clock, database=settings.database)
        assert again.engine.jobs.run_due() == rings
        assert again.get("ticket", id)["state"] == "expired"
        again.close()


def test_a_changed_definition_holds_for_the_times_of_running_records(firm: Firm) -> None:
    """A state that allows a time now, one that allows another, one that allows none; a clock that is new, one that is gone."""
    clerk = firm.person("li", "clerk")
    fresh, longer, free = (firm.new(clerk, "ticket", name=name) for name in ("fresh", "longer", "free"))
    firm.engine.act(clerk, "ticket", longer, "answer")
    file = firm.engine.settings.definitions / "workflows" / "ticket.yaml"
    written = file.read_text(encoding="utf-8")
    changed = written.replace("{due: 2d}", "{due: 5d}").replace(
        "{due: 4h, calendar: work, overdue: [{fire: expire}]}", "{}"
    )
    changed = changed.replace('  promise:\n    due: 10d\n    start: name != "idle"\n', "  pledge:\n    due: 1d\n")
    changed = changed.replace("to: expired}", "to: expired, who: boss}")
    firm.clock.later(days=1)
    file.write_text(changed, encoding="utf-8")
    assert [p.code for p in firm.engine.reload() if p.severity == "error"] == []
    with firm.engine.store.read() as conn:
        times = {(r.record, r.name): r.due_at - firm.clock() for r in conn.execute(select(tables.clock)).all()}
        bells = set(conn.execute(select(tables.job.c.key).where(tables.job.c.kind == "timer")).scalars())
    day = timedelta(days=1)
    assert times == {(longer, ""): 4 * day, **{(id, "pledge"): day for id in (fresh, longer, free)}}
    assert bells == {f"timer:ticket/{record}/{name}" for record, name in times}
    file.write_text(changed.replace("open:     {}", "open: {due: 3h, overdue: [{fire: expire}]}"), encoding="utf-8")
    firm.engine.reload()
    firm.clock.later(hours=4)
    firm.engine.jobs.run_due()
    assert [firm.get("ticket", id)["state"] for id in (fresh, longer, free)] == ["expired", "answered", "expired"]
