"""Boards and calendars as the engine answers them: columns, who sees what in them, and where a card may go."""

from __future__ import annotations

from datetime import date

import pytest

from engine.problems import Refused
from engine.problems.access import FIELD_CLOSED
from engine.problems.board import (
    FIELD_FIXED,
    LEADS_ELSEWHERE,
    MUST_BE_SET,
    NO_SUCH_PLACE,
    NO_WAY,
    NOT_DRAGGED,
    NOT_YET_THERE,
)
from engine.problems.board import OPTION_NOT_OFFERED as NOT_OFFERED
from engine.problems.record import FORBIDDEN, NOT_FOUND, NOT_YOURS, RULE_BROKEN
from engine.runtime.boards import Board
from engine.runtime.moves import Move
from engine.runtime.values import Actor, Ask
from tests.firm import ADMIN, Build, Firm

DEAL = """\
title: Deals
fields:
  name: {type: text, required: true}
  size: {type: choice, options: {small: Small, large: {title: Large, when: amount > 100}}}
  grade: {type: choice, options: [a, b], required: true, default: a}
  amount: {type: money}
  from_day: {type: date}
  to_day: {type: date}
  at: {type: datetime}
  code: {type: choice, options: [x, y], required: amount > 100, default: '=IF(amount > 100, "y", null)'}
  fixed: {type: choice, options: [x, y], readonly: true}
rules:
  paid: {at: win, check: amount > 0, message: Say an amount first}
views:
  all: {columns: [name, amount]}
  board: {type: kanban, by: state, columns: [name, amount], sort: name}
  sizes: {type: kanban, by: size, columns: [name, amount], sort: name}
  grades: {type: kanban, by: grade, columns: [name], where: amount > 5, sort: name}
  days: {type: calendar, start: from_day, end: to_day, columns: [name]}
  moments: {type: calendar, start: at, columns: [name]}
access:
  clerk: {can: [view, create, edit]}
  boss: {can: [view]}
  mine: {role: guest, can: [view], where: owner = user, hide: [amount, size]}
"""
FLOW = """\
states:
  open: {title: Open}
  gate: {choose: [{when: amount > 100, to: checked}, {to: won}]}
  checked: {title: Checked}
  won: {title: Won}
  filed: {title: Filed, final: success}
  lost: {title: Lost, final: failure}
transitions:
  win: {title: Win, from: open, to: gate, who: clerk}
  lose: {title: Lose, from: open, to: lost, who: boss}
  pass: {title: Pass, from: checked, to: won, who: clerk}
  file: {title: File, from: won, to: filed, who: clerk, drag: false}
"""


@pytest.fixture
def firm(engine_of: Build) -> Firm:
    return engine_of({"forms/deal.yaml": DEAL, "workflows/deal.yaml": FLOW})


def board(firm: Firm, actor: Actor, view: str = "board", cards: int = 20, **ask: object) -> Board:
    form = firm.engine.catalog.forms["deal"]
    return firm.engine.board(actor, "deal", form.views[view], Ask(view=view, **ask), cards)  # type: ignore[arg-type]


def told(found: Board) -> dict[str | None, tuple[int, object, list[str]]]:
    return {c.value: (c.count, c.sum, [r.record.title for r in c.rows]) for c in found.columns}


def places(firm: Firm, actor: Actor, id: int, by: str = "state") -> dict[str | None, Move]:
    return {m.value: m for m in firm.engine.moves(actor, "deal", id, by).to}


def code(move: Move) -> str | None:
    return move.reason.code if move.reason is not None else None


def test_a_board_has_a_column_for_each_state_in_which_records_stay_with_count_and_sum(firm: Firm) -> None:
    clerk = firm.person("ann", "clerk")
    for name, amount in (("C", "5"), ("A", "10"), ("B", None)):
        firm.new(clerk, "deal", name=name, amount=amount)
    won = firm.new(clerk, "deal", name="D", amount="7.5")
    firm.engine.act(clerk, "deal", won, "win")
    found = board(firm, clerk)
    assert [c.value for c in found.columns] == ["open", "checked", "won", "filed", "lost"]
    assert told(found)["open"] == (3, 15, ["A", "B", "C"])
    assert told(found)["won"][0] == 1 and str(told(found)["won"][1]) == "7.50"
    assert told(found)["lost"] == (0, None, [])
    assert found.total == 4 and found.measure is not None and found.measure.name == "amount"


def test_a_column_gives_some_cards_and_the_others_when_they_are_asked_for(firm: Firm) -> None:
    clerk = firm.person("ann", "clerk")
    for number in range(7):
        firm.new(clerk, "deal", name=f"N{number}")
    first = board(firm, clerk, cards=3).columns[0]
    assert [r.record.title for r in first.rows] == ["N0", "N1", "N2"] and first.left == 4
    view = firm.engine.catalog.forms["deal"].views["board"]
    rest = firm.engine.board_column(clerk, "deal", view, Ask(view="board"), "open", 3, 3).columns[0]
    assert [r.record.title for r in rest.rows] == ["N3", "N4", "N5"] and (rest.count, rest.left) == (7, 1)
    with pytest.raises(Refused) as refused:
        firm.engine.board_column(clerk, "deal", view, Ask(view="board"), "gate", 0, 3)
    assert refused.value.problems[0].code == NO_SUCH_PLACE


def test_options_are_columns_and_so_is_having_chosen_none_where_that_may_be(firm: Firm) -> None:
    clerk = firm.person("ann", "clerk")
    firm.new(clerk, "deal", name="X", size="small", amount="6")
    firm.new(clerk, "deal", name="Y", amount="1")
    assert told(board(firm, clerk, "sizes")) == {
        None: (1, 1, ["Y"]),
        "small": (1, 6, ["X"]),
        "large": (0, None, []),
    }
    grades = board(firm, clerk, "grades")
    assert told(grades) == {"a": (1, None, ["X"]), "b": (0, None, [])}  # required: nobody has none
    assert grades.measure is None


def test_search_conditions_and_access_limit_counts_as_they_limit_lists(firm: Firm) -> None:
    clerk, guest = firm.person("ann", "clerk"), firm.person("gus", "guest")
    firm.new(clerk, "deal", name="Alpha", amount="10")
    firm.new(clerk, "deal", name="Beta", amount="20")
    assert told(board(firm, clerk, q="alp"))["open"] == (1, 10, ["Alpha"])
    where = firm.engine.condition("deal", "amount > 15")
    assert told(board(firm, clerk, where=where))["open"] == (1, 20, ["Beta"])
    seen = board(firm, guest)
    assert seen.total == 0 and seen.measure is None  # not theirs, and amounts are hidden from them
    with pytest.raises(Refused) as refused:
        board(firm, guest, "sizes")
    assert refused.value.problems[0].code == FIELD_CLOSED


def test_a_card_is_told_who_takes_it_and_why_others_do_not(firm: Firm) -> None:
    clerk = firm.person("ann", "clerk")
    small = firm.new(clerk, "deal", name="S", amount="50")
    found = places(firm, clerk, small)
    assert "open" not in found and "gate" not in found
    assert [t.name for t in found["won"].buttons] == ["win"] and found["won"].reason is None
    assert code(found["checked"]) == LEADS_ELSEWHERE  # by its amount it would go on to won
    assert code(found["lost"]) == NOT_YOURS
    assert code(found["filed"]) == NOT_YET_THERE and found["filed"].first is not None
    assert found["filed"].first.name == "win"
    firm.engine.act(clerk, "deal", small, "win")
    assert code(places(firm, clerk, small)["open"]) == NO_WAY
    assert code(places(firm, clerk, small)["filed"]) == NOT_DRAGGED
    large = firm.new(clerk, "deal", name="L", amount="500")
    found = places(firm, clerk, large)
    assert found["checked"].reason is None and code(found["won"]) == LEADS_ELSEWHERE


def test_a_rule_that_nothing_asked_for_can_mend_refuses_before_the_drop(firm: Firm) -> None:
    clerk = firm.person("ann", "clerk")
    id = firm.new(clerk, "deal", name="Zero", amount="0")
    move = places(firm, clerk, id)["won"]
    assert code(move) == RULE_BROKEN and move.reason is not None
    assert move.reason.message("en") == "Say an amount first"


def test_a_choice_is_changed_by_those_who_may_change_it(firm: Firm) -> None:
    clerk, guest = firm.person("ann", "clerk"), firm.person("gus", "guest")
    id = firm.new(clerk, "deal", name="X", size="small", amount="5")
    found = places(firm, clerk, id, "size")
    assert code(found["large"]) == NOT_OFFERED and code(found[None]) is None
    firm.engine.change(clerk, "deal", id, {"amount": "101"})
    assert code(places(firm, clerk, id, "size")["large"]) is None
    assert None not in places(firm, clerk, id, "grade") and code(places(firm, clerk, id, "grade")["b"]) is None
    with pytest.raises(Refused) as refused:
        places(firm, guest, id, "size")
    assert refused.value.problems[0].code == NOT_FOUND


def test_what_nobody_may_change_says_so_in_every_column(firm: Firm) -> None:
    clerk, reader = firm.person("ann", "clerk"), firm.person("rob", "boss")
    id = firm.new(clerk, "deal", name="X", size="small", amount="500")
    assert {code(m) for m in places(firm, reader, id, "size").values()} == {FORBIDDEN}
    found = places(firm, clerk, id, "code")
    assert code(found["x"]) is None and code(found[None]) == MUST_BE_SET
    assert {code(m) for m in places(firm, clerk, id, "fixed").values()} == {FIELD_FIXED}


def test_a_calendar_gives_what_touches_its_days(firm: Firm) -> None:
    clerk = firm.person("ann", "clerk")
    for name, start, end in (
        ("before", "2026-10-01", "2026-10-30"), ("into", "2026-10-20", "2026-11-02"), ("one", "2026-11-30", None),
        ("after", "2026-12-01", "2026-12-02"), ("backwards", "2026-11-10", "2026-11-05"), ("never", None, "2026-11-05"),
    ):  # fmt: skip
        firm.new(clerk, "deal", name=name, from_day=start, to_day=end)
    view = firm.engine.catalog.forms["deal"].views["days"]
    days = firm.engine.days(clerk, "deal", view, Ask(view="days"), date(2026, 11, 1), date(2026, 11, 30))
    spans = [(s.row.record.title, s.first, s.last) for s in days.spans]
    assert spans == [
        ("into", date(2026, 10, 20), date(2026, 11, 2)),
        ("backwards", date(2026, 11, 10), date(2026, 11, 10)),
        ("one", date(2026, 11, 30), date(2026, 11, 30)),
    ]
    assert days.left == 0


def test_a_moment_counts_for_its_day_in_the_organisations_zone(firm: Firm) -> None:
    clerk = firm.person("ann", "clerk")
    firm.new(clerk, "deal", name="late", at="2026-11-30 23:30")
    firm.new(clerk, "deal", name="next", at="2026-12-01 00:00")
    view = firm.engine.catalog.forms["deal"].views["moments"]
    found = firm.engine.days(clerk, "deal", view, Ask(view="moments"), date(2026, 11, 1), date(2026, 11, 30))
    assert [(s.row.record.title, s.first) for s in found.spans] == [("late", date(2026, 11, 30))]
    assert found.spans[0].at is not None
    assert firm.engine.days(ADMIN, "deal", view, Ask(view="moments"), date(2026, 12, 1), date(2026, 12, 31)).spans
