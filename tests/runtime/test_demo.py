"""The demo: true to the rules, each thing at its own moment (days count from it) and by its person, all or nothing."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.problems import Refused
from engine.runtime.demo import _by_day
from tests.firm import ADMIN, Build, Firm

SHANGHAI = ZoneInfo("Asia/Shanghai")

FORM = """
key: name
fields:
  name: {type: text, required: true, unique: true}
  day: {type: date}
  boss: {type: reference, to: thing}
  items: {type: lines, fields: {what: {type: text}, count: {type: integer}}}
  total: {type: integer, formula: SUM(items.count)}
rules: {small: {check: total < 10, message: "{name} is too much"}}
access: {clerk: {can: [view]}, boss: {can: [view]}}
"""
FLOW = """
states: {open: {}, done: {final: success}}
transitions: {finish: {from: open, to: done, who: boss, opinion: required, require: [day]}}
"""
PACK = """
title: Demo
language: en
roles: {clerk: Clerk, boss: Boss}
demo:
  departments: {shop: {name: Shop, head: bea}}
  people:
    ann: {name: Ann, roles: [clerk], department: shop}
    bea: {name: Bea, roles: [boss], department: shop, language: en}
  records:
    thing:
      - {name: first, day: =TODAY() - 3, created_by: ann, created_at: =NOW() - 10d, items: [{what: a, count: 2}, {what: b, count: COUNT}]}
      - {name: second, boss: first, owner: bea, created_at: =NOW() - 9d}
  steps:
    - {as: bea, fire: finish, for: thing/first, set: {day: =TODAY() - 1}, opinion: good, at: =NOW() - 2d}
"""


def build(engine_of: Build, count: str = "3", **more: str) -> Firm:
    pack = PACK.replace("COUNT", count)
    for old, new in more.items():
        pack = pack.replace(old, new)
    return engine_of({"pack.yaml": pack, "forms/thing.yaml": FORM, "workflows/thing.yaml": FLOW})


def by_day(now: datetime, ago: int) -> datetime:
    """The moment so many days ago, its hour moved into the working day from 8:30 to 18:30."""
    local = (now - timedelta(days=ago)).astimezone(SHANGHAI)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(hours=8.5) + (local - midnight) * (10 / 24)


def test_nobody_works_at_night_and_all_stays_in_its_order() -> None:
    for hour in (10, 23):
        now = datetime(2026, 11, 23, hour, 42, tzinfo=SHANGHAI)
        moments = [_by_day(now - timedelta(minutes=m), now) for m in range(5 * 24 * 60, -1, -7)]
        assert moments == sorted(moments) and moments[-1] <= now
        assert all(time(8, 30) <= m.time() <= time(18, 30) for m in moments)
    early = datetime(2026, 11, 23, 6, 0, tzinfo=SHANGHAI)
    assert _by_day(early - timedelta(hours=1), early) == early - timedelta(hours=1)
    assert _by_day(early + timedelta(days=1), early) == early + timedelta(days=1)


def test_everything_happens_at_its_moment_by_its_person(engine_of: Build) -> None:
    firm = build(engine_of)
    assert firm.engine.load_demo("a hash") == 2
    first, second = firm.get("thing", 1), firm.get("thing", 2)
    assert (first["state"], first["day"], first["total"]) == ("done", date(2026, 11, 20), 5)
    assert second["boss"] == 1 and second["owner"] == firm.who("bea").id and first["owner"] == firm.who("ann").id
    events = firm.engine.history(ADMIN, "thing", 1)[::-1]
    now = firm.clock()
    assert [(e.action, e.actor_name, e.at, e.channel) for e in events] == [
        ("create", "Ann", by_day(now, 10), "demo"), ("act", "Bea", by_day(now, 2), "demo"),
    ]  # fmt: skip
    assert first["created_at"] == by_day(now, 10)
    assert firm.who("ann").roles == {"clerk", "everyone"} and firm.who("bea").language == "en"


def test_it_is_loaded_into_an_empty_house_only(engine_of: Build) -> None:
    firm = build(engine_of)
    assert (firm.engine.load_demo("x"), firm.engine.load_demo("x")) == (2, 0)


@pytest.mark.parametrize(("count", "opinion"), [("20", "opinion: good, "), ("3", "")])
def test_a_demo_that_breaks_a_rule_is_refused_whole(engine_of: Build, count: str, opinion: str) -> None:
    firm = build(engine_of, count, **{"opinion: good, ": opinion})
    with pytest.raises(Refused) as raised:
        firm.engine.load_demo("x")
    assert raised.value.problems[0].code == "demo_refused"
    assert firm.engine.count(ADMIN, "thing") == 0
    with firm.engine.store.read() as conn:
        assert conn.exec_driver_sql("SELECT COUNT(*) FROM sys_person").scalar() == 0
