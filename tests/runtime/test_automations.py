"""Automations as analysts mean them: what happens sets them off once, whoever did it, together or afterwards; and by the day."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.runtime import hooks
from engine.runtime.importing import Plan
from engine.runtime.values import Ask
from engine.storage import tables
from tests.conftest import PACK
from tests.firm import ADMIN, Build, Firm, refused

LEAD = """
title: Leads
key: name
fields:
  name:  {type: text}
  level: {type: integer}
  since: {type: date}
  told:  {type: text}
  items: {type: lines, fields: {what: {type: text}, count: {type: integer}, mark: {type: text}}}
rules: {sane: {check: level < 100, message: Too high}}
access: {clerk: {can: [view, create, edit, delete, import]}}
"""
FLOW = """
states: {open: {}, busy: {}, idle: {}, done: {final: success}}
transitions:
  take:    {from: [open, idle], to: busy, who: clerk}
  recycle: {from: busy, to: idle, who: clerk}
  finish:  {from: busy, to: done, who: clerk}
"""
LOG = "fields: {text: {type: text}, day: {type: date}}\naccess: {clerk: {can: [view]}}\n"


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Shop:
    """A firm with these automations."""

    def __init__(self, engine_of: Build, **automations: str) -> None:
        files = {"forms/lead.yaml": LEAD, "workflows/lead.yaml": FLOW, "forms/log.yaml": LOG}
        self.firm: Firm = engine_of({**files, **{f"automations/{n}.yaml": text for n, text in automations.items()}})
        self.clerk = self.firm.person("li", "clerk")

    def new(self, **raw: Any) -> int:
        return self.firm.new(self.clerk, "lead", **raw)

    def change(self, id: int, **raw: Any) -> None:
        self.firm.engine.change(self.clerk, "lead", id, raw)

    def press(self, id: int, button: str) -> None:
        self.firm.engine.act(self.clerk, "lead", id, button)

    def run(self) -> int:
        return self.firm.engine.jobs.run_due()

    def log(self) -> list[str]:
        return sorted(self.firm.titles(ADMIN, "log"))

    def runs(self) -> list[tuple[str, str, str]]:
        with self.firm.engine.store.read() as conn:
            rows = conn.execute(select(tables.run).order_by(tables.run.c.id)).all()
        return [(row.automation, row.cause["event"], row.state) for row in rows]


def say(form: str, event: str, text: str, *more: str) -> str:
    head = "\n".join((f"form: {form}", f"event: {event}", *more))
    return f"{head}\ndo: [{{create: log, set: {{text: '{text}'}}}}]\n"


def test_each_event_sets_off_what_listens_to_it(engine_of: Build) -> None:
    shop = Shop(
        engine_of,
        made=say("lead", "created", '= "new " & name'),
        changed=say("lead", "updated", '= TEXT(old.level, "0") & " to " & TEXT(level, "0")', "changed: level"),
        moved=say("lead", "moved", '= old.state & " to " & state'),
        gone=say("lead", "deleted", '= "gone " & name'),
    )
    id = shop.new(name="a", level=1)
    shop.change(id, level=2)
    shop.change(id, name="b")
    shop.press(id, "take")
    shop.firm.engine.remove(shop.clerk, "lead", id)
    assert shop.log() == ["1 to 2", "gone b", "new a", "open to busy"]
    assert [state for _, _, state in shop.runs()] == ["done"] * 4


def test_what_only_follows_another_record_sets_nothing_off_and_check_says_where_it_never_does(engine_of: Build) -> None:
    access = "access: {clerk: {can: [view, create, edit]}}\n"
    firm: Firm = engine_of({
        "forms/log.yaml": LOG,
        "forms/deal.yaml": "fields: {buyer: {type: reference, to: buyer}, total: {type: integer}, "
        "level: {type: integer, formula: buyer.level}, twice: {type: integer, formula: total * 2}}\n" + access,
        "forms/buyer.yaml": "fields: {level: {type: integer}, deals: {type: related, from: deal}, "
        "spent: {type: integer, formula: SUM(deals.total)}, more: {type: integer, formula: spent + 1}}\n" + access,
        "automations/rich.yaml": say("buyer", "updated", "rich", "changed: [level, spent, more]"),
        "automations/deal.yaml": say("deal", "updated", "deal", "changed: [level, twice, state]"),
    })  # fmt: skip
    assert [(p.code, p.severity, p.facts["name"]) for p in firm.engine.problems] == [
        ("changed_elsewhere", "warn", "spent"), ("changed_elsewhere", "warn", "more"),
    ]  # fmt: skip
    one, two = firm.new(ADMIN, "buyer", level=1), firm.new(ADMIN, "buyer", level=2)
    deal = firm.new(ADMIN, "deal", buyer=one, total=5)
    assert firm.get("buyer", one)["more"] == 6 and firm.titles(ADMIN, "log") == []
    firm.engine.change(ADMIN, "deal", deal, {"buyer": two})
    firm.engine.change(ADMIN, "deal", deal, {"total": 7})
    assert firm.titles(ADMIN, "log") == ["deal", "deal"]
    firm.engine.change(ADMIN, "buyer", two, {"level": 3})
    assert firm.get("deal", deal)["level"] == 3 and sorted(firm.titles(ADMIN, "log")) == ["deal", "deal", "rich"]


def test_together_an_error_undoes_what_set_it_off(engine_of: Build) -> None:
    strict = "form: lead\nevent: created\nwhen: level > 5\ndo: [{set: {level: 200}}]\n"
    shop = Shop(engine_of, strict=strict)
    assert refused(lambda: shop.new(name="a", level=6)) == [("rule_broken", None)]
    shop.new(name="b", level=5)
    assert shop.firm.titles(ADMIN, "lead") == ["b"] and shop.runs() == []


def test_afterwards_it_is_tried_again_and_the_person_isnt_troubled(engine_of: Build) -> None:
    late = "form: lead\nevent: created\nmode: afterwards\ndo: [{set: {level: =level + 95}}, {create: log, set: {text: x}}]\n"
    shop = Shop(engine_of, late=late)
    id = shop.new(name="a", level=6)
    assert shop.run() == 1
    assert shop.runs() == [("late", "created", "failed")] and shop.log() == []
    shop.change(id, level=1)
    shop.firm.clock.later(hours=1)
    shop.run()
    assert shop.firm.get("lead", id)["level"] == 96 and shop.log() == ["x"]
    assert shop.runs() == [("late", "created", "done")]


def test_what_one_does_sets_off_the_next(engine_of: Build) -> None:
    shop = Shop(
        engine_of,
        first="form: lead\nevent: created\ndo: [{set: {level: 7}}]\n",
        second=say("lead", "updated", '= "seven " & name', "when: level = 7"),
    )
    shop.new(name="a")
    assert shop.log() == ["seven a"]


def test_automations_without_an_end_are_refused_loudly_and_leave_nothing(engine_of: Build) -> None:
    shop = Shop(engine_of, more="form: lead\nevent: updated\nwhen: level > 0\ndo: [{set: {level: =level + 1}}]\n")
    id = shop.new(name="a", level=0)
    assert refused(lambda: shop.change(id, level=1)) == [("automation_loop", None)]
    assert shop.firm.get("lead", id)["level"] == 0


def test_lines_have_automations_of_their_own(engine_of: Build) -> None:
    shop = Shop(
        engine_of,
        more="form: lead.items\nevent: [created, updated]\nwhen: count > 5\ndo: [{set: {mark: many}}]\n",
    )
    id = shop.new(name="a", items=[{"what": "x", "count": 9}, {"what": "y", "count": 1}])
    lines = shop.firm.get("lead", id)["items"]
    assert [line["mark"] for line in lines] == ["many", None]
    shop.change(id, items=[{"id": line["id"], "what": line["what"], "count": 8} for line in lines])
    assert [line["mark"] for line in shop.firm.get("lead", id)["items"]] == ["many", "many"]


def test_imports_set_them_off_unless_they_say_no(engine_of: Build, tmp_path: Path) -> None:
    shop = Shop(
        engine_of,
        yes=say("lead", "created", '= "yes " & name'),
        no=say("lead", "created", '= "no " & name', "imports: false"),
    )
    file = tmp_path / "leads.csv"
    file.write_text("name\na\nb\n")
    assert shop.firm.engine.imports.bring_in(shop.clerk, "lead", file, Plan()).accepted == 2
    assert shop.log() == ["yes a", "yes b"]


RECYCLE = """
form: lead
every: day
time: "03:00"
where: state = "busy" and state_since < NOW() - 7d
do: [{fire: recycle}]
"""


def test_every_night_each_record_by_itself(engine_of: Build) -> None:
    shop = Shop(engine_of, recycle=RECYCLE)
    old, stuck, fresh = shop.new(name="old"), shop.new(name="stuck"), shop.new(name="fresh")
    shop.press(old, "take")
    shop.press(stuck, "take")
    shop.firm.clock.now = datetime(2026, 11, 29, 20, 0, tzinfo=UTC)  # four in the morning, in Shanghai
    shop.press(fresh, "take")
    shop.run()
    assert {shop.firm.get("lead", n)["state"] for n in (old, stuck)} == {"busy"}
    shop.firm.clock.later(hours=22, minutes=59)
    assert shop.run() == 0
    shop.firm.clock.later(minutes=1)
    shop.run()
    assert [shop.firm.get("lead", n)["state"] for n in (old, stuck, fresh)] == ["idle", "idle", "busy"]
    assert shop.runs() == [("recycle", "every", "done")] * 2
    assert shop.run() == 0


DAILY = "every: day\ntime: '06:00'\ncatch_up: {}\ndo: [{{create: log, set: {{text: x, day: =TODAY()}}}}]\n"


@pytest.mark.parametrize(
    ("catch_up", "days"),
    [("last", ["2026-11-27"]), ("each", ["2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"]), ("skip", [])],
)
def test_what_was_missed_while_the_server_was_off(engine_of: Build, catch_up: str, days: list[str]) -> None:
    shop = Shop(engine_of, daily=DAILY.format(catch_up))
    shop.firm.clock.now = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)  # Friday noon; the last run was due at six
    shop.run()
    rows = shop.firm.engine.page(ADMIN, "log", Ask(), ("day",)).rows
    assert sorted(str(row.record.values["day"]) for row in rows) == days
    shop.firm.clock.now = datetime(2026, 11, 27, 22, 0, tzinfo=UTC)
    shop.run()
    rows = shop.firm.engine.page(ADMIN, "log", Ask(), ("day",)).rows
    assert sorted(str(row.record.values["day"]) for row in rows) == [*days, "2026-11-28"]


def test_the_shipped_pack_recycles_idle_leads_and_reminds(demo: Firm) -> None:
    """The demo's own clock: nothing of its past rings, and what is idle goes back by night."""
    demo.engine.jobs.run_due()
    seller = demo.who("li_na")
    before = len(demo.engine.notices(seller, limit=500))
    table = demo.engine._edition.layout.table("lead")
    wanted = (table.c.state == "following", table.c.owner == seller.id)
    with demo.engine.store.read() as conn:
        ids = list(conn.execute(select(table.c.id).where(*wanted)).scalars())
    assert ids
    demo.clock.later(days=60)
    demo.engine.jobs.run_due()
    assert {demo.get("lead", id)["state"] for id in ids} == {"pool"}
    assert len(demo.engine.notices(seller, limit=500)) >= before + len(ids)


PAGE = Path(__file__).parents[2] / "docs" / "analysts" / "automations.md"
TAUGHT = {
    "forms/customer.yaml": """
fields: {name: {type: text}, level: {type: integer}, account: {type: text}}
access: {clerk: {can: [view, create, edit]}}
""",
    "forms/task.yaml": """
fields:
  customer: {type: reference, to: customer}
  what: {type: text}
  done: {type: boolean}
  due: {type: date}
  steps: {type: lines, fields: {hours: {type: integer}, split: {type: boolean}}}
record_title: "{what}"
access: {clerk: {can: [view, create, edit]}}
""",
    "forms/workload.yaml": """
aggregate: {steps: {from: task.steps, where: not parent.done, by: {customer: parent.customer}}}
fields: {customer: {type: reference, to: customer}, open_hours: {type: integer, formula: SUM(steps.hours)}}
access: {clerk: {can: [view]}}
""",
}


def test_what_the_page_for_analysts_teaches_is_so(engine_of: Build) -> None:
    found = re.findall(r"```yaml\n# (automations/\w+\.yaml)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(found) == 9
    told = re.search(r"connections:\n  accounting:.*\n", PAGE.read_text(encoding="utf-8"))
    assert told is not None
    firm: Firm = engine_of({**TAUGHT, "pack.yaml": PACK + told[0], **dict(found)})
    clerk = firm.person("li", "clerk")
    id = firm.new(clerk, "customer", name="Ada", level=1)
    assert [n.message for n in firm.engine.notices(clerk)] == ["Ada is new. Call them today."]
    firm.engine.change(clerk, "customer", id, {"level": 2})
    firm.engine.change(clerk, "customer", id, {"level": 1, "name": "Ada Ltd"})
    assert firm.titles(ADMIN, "task") == ["Thank Ada"]
    firm.engine.jobs.run_due()
    assert sorted(firm.titles(ADMIN, "task")) == ["Rename the account", "Thank Ada"]
    with firm.engine.store.read() as conn:
        called = conn.execute(select(tables.run).where(tables.run.c.automation == "call accounting")).all()
    assert [(one.state, "SECRET_BOOKS" in one.error) for one in called] == [("dead", True)]  # nobody has set it here
    asked, message = (
        firm.engine.catalog.automations["call_asked"],
        b'{"name": "Bo", "contact": {"phone": "13800001111"}}',
    )
    firm.engine.write(ADMIN, lambda work: hooks.receive(work, asked, "m1", message))
    assert any(title.startswith("Call Bo") for title in firm.titles(ADMIN, "task"))
    task = firm.new(clerk, "task", what="Move", done=True, steps=[{"hours": 9}, {"hours": 2}])
    assert [step["split"] for step in firm.get("task", task)["steps"]] == [True, None]
    for hours in (30, 12, 5):
        firm.new(clerk, "task", what="Work", customer=id, steps=[{"hours": hours}])
    assert firm.titles(ADMIN, "task").count("Too much at once for Ada Ltd") == 1
    firm.new(clerk, "task", what="Pay", due="2026-11-26")
    for _ in range(4):
        firm.clock.later(days=1)
        firm.engine.jobs.run_due()
    assert [n.message for n in firm.engine.notices(clerk)].count("明天到期：Pay") == 1
    firm.clock.later(days=31)
    firm.engine.jobs.run_due()
    assert "Move" not in firm.titles(ADMIN, "task")
