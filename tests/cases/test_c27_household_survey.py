"""A survey of households: repeats, conditions within a row, limits (facts of an XLSForm)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.runtime.values import Actor
from tests.firm import Firm, refused


@pytest.fixture
def firm(case: Callable[..., Firm]) -> Firm:
    return case("c27")


@pytest.fixture
def asks(firm: Firm) -> Actor:
    return firm.person("sam", "surveyor")


def member(**given: Any) -> dict[str, Any]:
    return {"name": "M", "sex": "male", "older": "yes", **given}


@pytest.mark.parametrize(
    ("sex", "years", "shown"),
    [("male", 30, False), ("female", 15, True), ("female", 49, True), ("female", 14, False), ("female", 50, False)],
)
def test_what_is_asked_of_a_row_depends_on_that_row(firm: Firm, asks: Actor, sex: str, years: int, shown: bool) -> None:
    raw = {"name": "H", "members": [member(sex="female", years=20), member(sex=sex, years=years)]}
    visible = firm.engine.draft(asks, "household", raw=raw).visible
    assert [visible[f"members.1.{n}"] for n in ("literate", "pregnant")] == [shown, shown]
    assert visible["members.0.literate"] and not visible["members.0.months"]


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({"older": "no", "months": 73}, [("too_large", "members.1.months")]),
        ({"older": "no", "months": 72}, []),
        ({"years": 4}, [("too_small", "members.1.years")]),
        ({"years": 5}, []),
    ],
)
def test_ages_have_limits(firm: Firm, asks: Actor, given: dict[str, Any], problems: list[tuple[str, str]]) -> None:
    raw = {"name": "H", "members": [member(), member(**given)]}
    if problems:
        assert refused(lambda: firm.engine.submit(asks, "household", raw)) == problems
    else:
        assert firm.new(asks, "household", **raw) == 1


def test_what_no_longer_applies_is_not_stored(firm: Firm, asks: Actor) -> None:
    typed = member(sex="female", years=30, literate=True, pregnant=True)
    draft = firm.engine.draft(asks, "household", raw={"name": "H", "members": [{**typed, "older": "no"}]})
    assert not any(draft.visible[f"members.0.{n}"] for n in ("years", "literate", "pregnant"))
    id = firm.new(asks, "household", name="H", members=[{**typed, "older": "no", "months": 40}])
    [kept] = firm.get("household", id)["members"]
    assert (kept["years"], kept["literate"], kept["pregnant"], kept["months"]) == (None, None, None, 40)
    id = firm.new(asks, "household", name="H", members=[typed])
    [line] = firm.get("household", id)["members"]
    firm.engine.change(asks, "household", id, {"members": [{"id": line["id"], "older": "no"}]})
    [kept] = firm.get("household", id)["members"]
    assert (kept["years"], kept["literate"], kept["pregnant"]) == (None, None, None)


@pytest.mark.parametrize("count", [0, 1, 50])
def test_any_number_of_members_in_their_order(firm: Firm, asks: Actor, count: int) -> None:
    names = [f"M{number}" for number in range(count)]
    id = firm.new(asks, "household", name="H", members=[member(name=n) for n in names])
    assert [line["name"] for line in firm.get("household", id)["members"]] == names
