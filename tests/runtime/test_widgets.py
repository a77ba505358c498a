"""Widgets: each point stands for just the records of the list that it opens, and tells no more than that list."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.charts.base import Answer
from engine.problems import Refused
from engine.runtime.periods import Period, compared, period
from engine.runtime.record import Record
from engine.runtime.values import Actor, Ask
from tests.runtime.house import NOW, House

DEAL = """
title: Deal
key: name
fields:
  name: {type: text}
  total: {type: money}
  margin: {type: decimal}
  kind: {type: choice, options: {small: Small, big: Big, odd: 'It "is"'}}
  signed_on: {type: date}
  buyer: {type: reference, to: buyer}
  hot: {type: boolean}
  note: {type: text}
  items: {type: lines, fields: {what: {type: text}, amount: {type: money}}}
access:
  sales: {can: [view], where: owner = user, hide: [margin]}
  boss: {can: [view, create, edit]}
"""
FLOW = """
states:
  offer: {title: Offer}
  talk: {title: Talk}
  won: {title: Won, final: success}
  lost: {title: Lost, final: failure}
transitions:
  go: {from: offer, to: talk, who: boss}
  win: {from: talk, to: won, who: boss}
  lose: {from: [offer, talk], to: lost, who: boss}
"""
BUYER = """
title: Buyer
key: name
fields: {name: {type: text}, region: {type: text}}
access: {sales: {can: [view], where: owner = user}, boss: {can: [view]}}
"""
BOARD = """
title: Board
roles: [sales, boss]
filters:
  period: {fields: [deal.signed_on], default: all}
  made: {fields: [deal.created_at], default: all}
widgets:
  sum: {type: number, from: deal, measure: SUM(total), compare: last_year, goal: 1000}
  states: {type: funnel, from: deal, by: state}
  way: {type: funnel, from: deal, by: state, reached: true, measure: {deals: COUNT(), money: SUM(total)}}
  months:
    type: bar
    from: deal
    by: 'PERIOD(signed_on, "month")'
    measure: SUM(total)
    split: kind
    compare: previous_period
  kinds: {type: bar, from: deal, where: not state.final, by: kind, measure: {money: SUM(total), deals: COUNT()}}
  buyers: {type: pie, from: deal, by: buyer, measure: SUM(total)}
  regions: {type: bar, from: deal, by: buyer.region, sort: -measure, measure: SUM(total), limit: 2}
  notes: {type: bar, from: deal, by: note}
  hot: {type: bar, from: deal, by: hot}
  made: {type: bar, from: deal, by: created_at}
  rate: {type: number, from: deal, measure: COUNT(where state = "won") / COUNT(where state.final), format: 0.0%}
  margin: {type: number, from: deal, measure: SUM(margin)}
  parts: {type: bar, from: deal.items, by: what, measure: SUM(amount)}
  list: {type: table, from: deal, columns: [name, total, margin, state], sort: -total, limit: 2}
"""


@pytest.fixture
def house(tmp_path: Path, database: str | None) -> Iterator[House]:
    made = House(tmp_path, {
        "forms/deal.yaml": DEAL, "workflows/deal.yaml": FLOW, "forms/buyer.yaml": BUYER, "dashboards/board.yaml": BOARD,
    }, database)  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def sales(house: House) -> Actor:
    return house.person("ann", "sales")


@pytest.fixture
def boss(house: House) -> Actor:
    return house.person("bo", "boss")


@pytest.fixture
def filled(house: House, sales: Actor) -> House:
    """Twenty-four deals with everything that a group may be, half of them ann's."""
    buyers = [house.put("buyer", name=f"B{i}", region=r, owner=o) for i, (r, o) in
              enumerate((("north", sales.id), ("so\"uth\\", 99), (None, sales.id)))]  # fmt: skip
    for i in range(24):
        house.put(
            "deal", name=f"d{i}", total=Decimal(i) + Decimal("0.25"), margin=Decimal(1),
            kind=("small", "big", "odd", None)[i % 4],
            signed_on=date(2025 + i % 2, 1 + i % 12, 1 + i) if i % 5 else None, buyer=[*buyers, None][i % 4],
            hot=(True, False, None)[i % 3], note=('x "y"', "100%_", None)[i % 3],
            state=("offer", "talk", "won", "lost")[i // 6],
            owner=sales.id if i % 2 else 99, created_at=NOW - timedelta(days=i * 20, microseconds=i),
        )  # fmt: skip
    return house


def records(house: House, actor: Actor, href: str | None) -> list[Record]:
    """The records that a point's link lists, on all its pages."""
    assert href is not None
    parts = urlsplit(href)
    form = parts.path.removeprefix("/f/")
    text = parse_qs(parts.query).get("where", [None])[0]
    where = house.engine.condition(form, text) if text else None
    names = tuple(house.engine.catalog.forms[form].fields)
    page = house.engine.page(actor, form, Ask(where=where, limit=200), tuple(n for n in names if n != "items"))
    return [r.record for r in page.rows]


def total(found: list[Record]) -> Decimal:
    return sum((r.values.get("total") or Decimal(0) for r in found), Decimal(0))


ALL = ("sum", "states", "way", "months", "kinds", "buyers", "regions", "notes", "hot", "made", "rate")


@pytest.mark.parametrize(
    "filters", [{}, {"period": "this_year"}, {"period": "2025-02-01..2026-03-31", "made": "last_30_days"}]
)
def test_a_points_records_are_those_of_its_list(
    filled: House, sales: Actor, boss: Actor, filters: dict[str, str]
) -> None:
    for name, actor in itertools.product(ALL, (sales, boss)):
        found = filled.engine.widget(actor, "board", name, filters)
        for point in found.points:
            assert point.href is not None
            listed = records(filled, actor, point.href)
            assert len(listed) == point.records, (name, actor.name, point)
            for measure, cell in point.measures.items():
                if measure == "money" or (measure == "measure" and name in ("sum", "months", "buyers", "regions")):
                    assert cell.value == total(listed), (name, actor.name, point)


def test_the_points_together_are_all_that_the_person_may_see(filled: House, sales: Actor, boss: Actor) -> None:
    for name, actor in itertools.product(("states", "kinds", "buyers", "notes", "hot", "made"), (sales, boss)):
        found = filled.engine.widget(actor, "board", name, {})
        where = filled.engine.condition("deal", "not state.final") if name == "kinds" else None
        shown = sum(p.records or 0 for p in found.points)
        assert found.total == shown == filled.engine.count(actor, "deal", where), (name, actor.name)


def labels(found: Answer) -> list[str]:
    return [" · ".join(k.label for k in p.keys) for p in found.points]


def test_a_reached_funnel_counts_all_that_ever_came_so_far(house: House, boss: Actor) -> None:
    ways = {"won": ("go", "win"), "talk": ("go",), "offer": (), "lost from talk": ("go", "lose"), "lost": ("lose",)}
    for name, buttons in ways.items():
        made = house.engine.submit(boss, "deal", {"name": name, "total": "10"}).record
        for button in buttons:
            house.engine.act(boss, "deal", made.id or 0, button)
    way = house.engine.widget(boss, "board", "way", {})
    assert [(p.keys[0].label, p.measures["deals"].value) for p in way.points] == [("Offer", 5), ("Talk", 3), ("Won", 1)]
    assert [p.measures["money"].value for p in way.points] == [Decimal(50), Decimal(30), Decimal(10)]
    names = [sorted(str(r.values["name"]) for r in records(house, boss, p.href or "")) for p in way.points]
    assert names[1:] == [["lost from talk", "talk", "won"], ["won"]]


def test_states_come_in_the_workflows_order_and_options_as_declared(filled: House, boss: Actor) -> None:
    assert labels(filled.engine.widget(boss, "board", "states", {})) == ["Offer", "Talk", "Won", "Lost"]
    assert labels(filled.engine.widget(boss, "board", "kinds", {}))[:3] == ["Small", "Big", 'It "is"']


def test_sort_and_limit_keep_the_largest(filled: House, boss: Actor) -> None:
    found = filled.engine.widget(boss, "board", "regions", {})
    amounts = [p.measures["measure"].value for p in found.points]
    assert len(amounts) == 2 and amounts == sorted(amounts, reverse=True)


def test_a_measure_of_a_hidden_field_is_refused(filled: House, sales: Actor, boss: Actor) -> None:
    with pytest.raises(Refused) as refused:
        filled.engine.widget(sales, "board", "margin", {})
    assert [p.code for p in refused.value.problems] == ["field_closed"]
    assert filled.engine.widget(boss, "board", "margin", {}).points[0].measures["measure"].value == 24


def test_a_group_through_a_reference_tells_nothing_of_records_one_may_not_see(filled: House, sales: Actor) -> None:
    assert 'so"uth\\' not in labels(filled.engine.widget(sales, "board", "regions", {}))


def test_a_dashboard_for_others_is_not_there(filled: House) -> None:
    with pytest.raises(Refused) as refused:
        filled.engine.widget(filled.person("gus", "guest"), "board", "sum", {})
    assert refused.value.problems[0].code == "no_such_widget"


def test_a_number_compares_with_the_same_days_a_year_ago(house: House, boss: Actor) -> None:
    for day, amount in ((date(2026, 3, 1), 30), (date(2025, 3, 1), 20), (date(2025, 12, 24), 5), (date(2024, 3, 1), 9)):
        house.put("deal", name="x", total=Decimal(amount), signed_on=day)
    found = house.engine.widget(boss, "board", "sum", {"period": "this_year"})
    assert found.points[0].measures["measure"].value == 30
    assert found.previous is not None and found.previous[0].measures["measure"].value == 20
    assert found.goal is not None and found.goal.value == 1000
    assert house.engine.widget(boss, "board", "sum", {}).previous is None


def test_compared_groups_stand_under_the_present_ones(house: House, boss: Actor) -> None:
    house.put("deal", name="x", total=Decimal(3), kind="big", signed_on=date(2026, 11, 5))
    house.put("deal", name="y", total=Decimal(2), kind="big", signed_on=date(2026, 10, 5))
    found = house.engine.widget(boss, "board", "months", {"period": "this_month"})
    assert found.previous is not None
    assert [k.value for k in found.previous[0].keys] == [k.value for k in found.points[0].keys]


def test_no_records_is_an_answer(house: House, boss: Actor) -> None:
    found = house.engine.widget(boss, "board", "rate", {})
    assert found.points[0].measures["measure"].value is None and found.points[0].records == 0
    assert house.engine.widget(boss, "board", "states", {}).points == ()


def test_months_in_which_nothing_happened_are_drawn_as_nothing(house: House, boss: Actor) -> None:
    house.put("deal", name="x", total=Decimal(3), kind="big", signed_on=date(2026, 2, 5))
    house.put("deal", name="y", total=Decimal(2), kind="big", signed_on=date(2026, 5, 5))
    points = house.engine.widget(boss, "board", "months", {"period": "this_year"}).points
    assert [p.keys[0].value for p in points] == [date(2026, m, 1) for m in range(1, 12)]  # until this month
    assert [p.keys[0].short for p in points][:3] == ["1月", "2月", "3月"]
    assert [p.measures["measure"].value for p in points][:5] == [0, 3, 0, 0, 2]
    assert all(p.records == 0 and p.href is not None for p in points[5:])
    last = house.engine.widget(boss, "board", "months", {"period": "last_year"}).points
    assert last == ()  # no records at all: nothing to draw


def test_a_table_leaves_out_columns_the_person_never_sees(filled: House, sales: Actor) -> None:
    found = filled.engine.widget(sales, "board", "list", {})
    assert [c for c, _ in found.columns][:2] == ["Name", "Total (¥)"] and len(found.columns) == 3
    assert [cells[0] for _, cells in found.rows] == ["d23", "d21"] and found.total == 12


def test_lines_open_the_records_that_hold_them(house: House, sales: Actor, boss: Actor) -> None:
    mine = house.put("deal", name="a", owner=sales.id, signed_on=date(2026, 6, 1))
    other = house.put("deal", name="b", owner=99, signed_on=date(2025, 6, 1))
    layout = house.engine._edition.layout
    for parent, what, amount in ((mine, "p", 1), (mine, "q", 2), (other, "p", 4)):
        row = {"parent_id": parent, "what": what, "amount": Decimal(amount), "position": 0}
        house.engine.store.write(lambda c, row=row: c.execute(layout.table("deal.items").insert().values(**row)))
    found = {
        labels_[0]: p for p in house.engine.widget(boss, "board", "parts", {}).points for labels_ in [[p.keys[0].label]]
    }
    assert found["p"].measures["measure"].value == 5
    assert {r.id for r in records(house, boss, found["p"].href)} == {mine, other}
    own = house.engine.widget(sales, "board", "parts", {}).points
    assert {p.measures["measure"].value for p in own} == {1, 2}
    year = house.engine.widget(boss, "board", "parts", {"period": "this_year"}).points  # as their deal says
    assert {p.keys[0].label: p.measures["measure"].value for p in year} == {"p": 1, "q": 2}
    assert all({r.id for r in records(house, boss, p.href)} == {mine} for p in year)


@pytest.mark.parametrize("filters", [{"period": "soon"}, {"period": "2026-13-01.."}, {"period": ".."}])
def test_a_period_that_is_none_is_refused(house: House, boss: Actor, filters: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        house.engine.widget(boss, "board", "sum", filters)
    assert refused.value.problems[0].code == "bad_period"


TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("this_month", (2026, 11, 1), (2026, 11, 30)), ("last_month", (2026, 10, 1), (2026, 10, 31)),
        ("this_quarter", (2026, 10, 1), (2026, 12, 31)), ("last_quarter", (2026, 7, 1), (2026, 9, 30)),
        ("this_year", (2026, 1, 1), (2026, 12, 31)), ("last_year", (2025, 1, 1), (2025, 12, 31)),
        ("last_30_days", (2026, 10, 25), (2026, 11, 23)), ("last_12_months", (2025, 12, 1), (2026, 11, 30)),
        ("2026-01-01..2026-03-31", (2026, 1, 1), (2026, 3, 31)),
    ],
)  # fmt: skip
def test_periods_by_name(name: str, first: tuple[int, ...], last: tuple[int, ...]) -> None:
    assert period(name, TODAY) == Period(date(*first), date(*last))


@pytest.mark.parametrize(
    ("name", "compare", "first", "last"),
    [
        ("this_month", "previous_period", (2026, 10, 1), (2026, 10, 23)),
        ("last_month", "previous_period", (2026, 9, 1), (2026, 9, 30)),
        ("this_year", "last_year", (2025, 1, 1), (2025, 11, 23)),
        ("last_month", "last_year", (2025, 10, 1), (2025, 10, 31)),
        ("last_30_days", "previous_period", (2026, 9, 25), (2026, 10, 24)),
        ("2024-02-29..2024-02-29", "last_year", (2023, 2, 28), (2023, 2, 28)),
        ("2026-01-05..2026-01-11", "previous_period", (2025, 12, 29), (2026, 1, 4)),
    ],
)  # fmt: skip
def test_what_a_period_is_compared_with(name: str, compare: str, first: tuple[int, ...], last: tuple[int, ...]) -> None:
    assert compared(period(name, TODAY), compare, TODAY) == Period(date(*first), date(*last))


def test_the_day_begins_where_the_organisation_is(house: House, boss: Actor) -> None:
    house.put("deal", name="late", total=Decimal(1), created_at=datetime(2026, 10, 31, 16, 0, tzinfo=UTC))
    house.put("deal", name="early", total=Decimal(2), created_at=datetime(2026, 10, 31, 15, 59, tzinfo=UTC))
    found = house.engine.widget(boss, "board", "sum", {"made": "this_month"})
    assert found.points[0].measures["measure"].value == 1
