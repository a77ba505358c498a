"""Several tasks at once, each with its own time: who is late is told, what ends by itself ends, and nothing rings for what is done."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from engine.runtime.team import late_of, late_records, loads, tasks_of
from engine.runtime.ticking import ticking
from engine.runtime.values import Actor
from engine.runtime.workbench import STARTED, WAITING, Narrowed, bench
from engine.storage import tables
from tests.firm import ADMIN, NOW, Build, Firm

FILES = {
    "forms/order.yaml": """
title: Orders
fields: {name: {type: text}, ship_by: {type: date}, said: {type: text}}
access: {clerk: {can: [view, create, edit]}, packer: {can: [view]}, payer: {can: [view]}}
""",
    "workflows/order.yaml": """
states:
  settle:
    title: Settle
    tasks:
      pay:  {title: Pay, assign: payer, due: 1d, overdue: [{set: {said: late}}]}
      pack: {title: Pack, assign: packer, due: =ship_by}
      rate: {title: Rate, assign: clerk, ends: 3d}
    then: closed
  closed: {title: Closed, final: success}
""",
    "pack.yaml": "title: Test\nlanguage: en\nroles: {clerk: Clerk, packer: Packer, payer: Payer}\n",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    made = engine_of(FILES)
    for role in ("clerk", "packer", "payer"):
        made.person(role, role)
    return made


def times(firm: Firm) -> dict[str, str]:
    with firm.engine.store.read() as conn:
        return {row.name: row.state for row in conn.execute(select(tables.clock))}


def bells(firm: Firm) -> list[str]:
    with firm.engine.store.read() as conn:
        keys = conn.execute(select(tables.job.c.key).where(tables.job.c.kind == "timer", tables.job.c.state == "ready"))
        return sorted(key.rpartition("/")[2] for key in keys.scalars())


def test_each_task_has_its_own_time(firm: Firm) -> None:
    clerk, payer, packer = (firm.who(login) for login in ("clerk", "payer", "packer"))
    id = firm.new(clerk, "order", name="a", ship_by="2026-11-25")
    assert bells(firm) == [".pack", ".pay", ".rate:ends"]

    def due(login: str):  # type: ignore[no-untyped-def]
        (item,) = firm.engine.read(firm.who(login), lambda work: bench(work, WAITING, Narrowed(), 9)).items
        return item.due

    assert (due("payer"), due("clerk")) == (NOW + timedelta(days=1), None)

    def ends(login: str, tab: str = WAITING):  # type: ignore[no-untyped-def]
        (item,) = firm.engine.read(firm.who(login), lambda work: bench(work, tab, Narrowed(), 9)).items
        return item.ends

    assert (ends("clerk"), ends("clerk", STARTED)) == (NOW + timedelta(days=3),) * 2
    assert ends("payer") is None  # it is another's task that ends
    assert due("packer").isoformat() == "2026-11-25T16:00:00+00:00"  # that day's end in Shanghai

    def late(login: str) -> int:
        return firm.engine.read(firm.who(login), lambda work: bench(work, WAITING, Narrowed(late=True), 9)).total

    firm.clock.later(days=1)
    assert firm.engine.jobs.run_due() == 1  # only paying was due; the analyst says what is done then
    assert firm.get("order", id)["said"] == "late" and times(firm)[".pay"] == "missed"
    assert [late(login) for login in ("payer", "packer", "clerk")] == [1, 0, 0]
    team = {load.name: (load.open, load.late) for load in firm.engine.read(ADMIN, loads)}
    assert team == {"Payer": (1, 1), "Packer": (1, 0), "Clerk": (1, 0)}
    assert [(form.name, n) for form, n in firm.engine.read(ADMIN, late_records)] == [("order", 1)]
    (item,) = firm.engine.read(ADMIN, lambda work: late_of(work, work.form("order")))
    assert (item.row.record.id, item.due) == (id, NOW + timedelta(days=1))
    assert payer.id is not None
    (item,) = firm.engine.read(ADMIN, partial(tasks_of, person=payer.id))
    assert item.due == NOW + timedelta(days=1)

    firm.engine.act(payer, "order", id, "settle.pay")
    assert sorted(times(firm)) == [".pack", ".rate:ends"] and bells(firm) == [".pack", ".rate:ends"]
    firm.clock.later(days=1, hours=13)  # without actions those who hold that very task are reminded
    assert firm.engine.jobs.run_due() == 1
    assert [told(firm, who) for who in (packer, clerk)] == [["“a” is overdue in “Pack”"], []]


def told(firm: Firm, who: Actor) -> list[str]:
    with firm.engine.store.read() as conn:
        rows = conn.execute(select(tables.notice.c.message).where(tables.notice.c.person == who.id)).scalars()
        return [row["en"] for row in rows if "overdue" in row["en"]]


def test_a_task_ends_by_itself_and_the_record_goes_on(firm: Firm) -> None:
    clerk = firm.who("clerk")
    id = firm.new(clerk, "order", name="a")
    firm.engine.act(firm.who("payer"), "order", id, "settle.pay")
    firm.clock.later(days=3)
    firm.engine.jobs.run_due()
    assert firm.get("order", id)["state"] == "settle" and firm.history("order", id)[-1] == "lapse"
    firm.engine.act(firm.who("packer"), "order", id, "settle.pack")
    assert firm.get("order", id)["state"] == "closed"
    other = firm.new(clerk, "order", name="b")
    for login, task in (("payer", "pay"), ("packer", "pack")):
        firm.engine.act(firm.who(login), "order", other, f"settle.{task}")
    firm.clock.later(days=3)
    firm.engine.jobs.run_due()
    assert firm.get("order", other)["state"] == "closed" and times(firm) == {} and bells(firm) == []
    lapsed = firm.engine.history(ADMIN, "order", other)[0]
    assert (lapsed.action, lapsed.task, lapsed.from_state, lapsed.to_state) == ("lapse", "rate", "settle", "closed")


def test_a_moment_that_a_field_gives_is_reckoned_anew_and_times_are_told(firm: Firm) -> None:
    clerk = firm.who("clerk")
    id = firm.new(clerk, "order", name="a")
    assert bells(firm) == [".pay", ".rate:ends"]
    firm.engine.change(clerk, "order", id, {"ship_by": "2026-11-30"})
    assert bells(firm) == [".pack", ".pay", ".rate:ends"]

    def running(work):  # type: ignore[no-untyped-def]
        form = work.form("order")
        return [(one.title.to("en"), one.state) for one in ticking(work, form, work.row("order", id)) if one.title]

    assert firm.engine.read(clerk, running) == [
        ("Pay", "running"), ("Pack", "running"), ("Rate ends by itself", "running"),
    ]  # fmt: skip


def test_a_changed_definition_holds_for_running_tasks(engine_of: Build) -> None:
    flow = FILES["workflows/order.yaml"]
    firm = engine_of({**FILES, "workflows/order.yaml": flow.replace(", due: 1d, overdue: [{set: {said: late}}]", "")})
    for role in ("clerk", "packer", "payer"):
        firm.person(role, role)
    firm.new(firm.who("clerk"), "order", name="a")
    assert bells(firm) == [".rate:ends"]
    path = firm.engine.settings.definitions / "workflows/order.yaml"
    path.write_text(flow.replace(", ends: 3d", ""))
    firm.engine.reload()
    assert bells(firm) == [".pay"]
