"""An inspection whose fields come from its control, decided by tolerance (facts of a scenario of Tryton's)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.runtime.values import Actor
from tests.firm import Firm, why


class Lab:
    def __init__(self, firm: Firm) -> None:
        self.firm = firm
        self.who: Actor = firm.person("quinn", "quality")
        points = [
            {"name": "Boolean", "kind": "boolean"},
            {"name": "Float", "kind": "number", "low": "10", "high": "20"},
        ]
        self.control = firm.new(self.who, "control", name="Both", points=points)

    def inspect(self, yes_no: str, figure: str) -> int:
        id = self.firm.new(self.who, "inspection", control=self.control)
        first, second = self.firm.get("inspection", id)["points"]
        lines = [{"id": first["id"], "yes_no": yes_no}, {"id": second["id"], "figure": figure}]
        self.firm.engine.change(self.who, "inspection", id, {"points": lines})
        return id

    def press(self, id: int, button: str) -> str:
        self.firm.engine.act(self.who, "inspection", id, button)
        return str(self.firm.get("inspection", id)["state"])


@pytest.fixture
def lab(case: Callable[..., Firm]) -> Lab:
    return Lab(case("c11"))


@pytest.mark.parametrize(
    ("yes_no", "figure", "state"),
    [
        ("yes", "15", "passed"),
        ("no", "15", "failed"),
        ("yes", "5", "failed"),
        ("yes", "25", "failed"),
        ("yes", "10", "passed"),
        ("yes", "20", "passed"),
    ],
)
def test_tolerance_decides_and_its_limits_are_included(lab: Lab, yes_no: str, figure: str, state: str) -> None:
    assert lab.press(lab.inspect(yes_no, figure), "process") == state


def test_what_is_not_filled_in_is_not_judged(lab: Lab) -> None:
    id = lab.inspect("yes", "")
    assert why(lambda: lab.press(id, "process")) == (409, "Float is not filled in yet")
    assert lab.firm.get("inspection", id)["state"] == "pending"


def test_a_failed_one_may_be_passed_and_a_passed_one_stays(lab: Lab) -> None:
    id = lab.inspect("no", "15")
    assert [lab.press(id, b) for b in ("process", "release")] == ["failed", "passed"]
    sentence = "A passed inspection can not be deleted"
    assert why(lambda: lab.firm.engine.remove(lab.who, "inspection", id)) == (409, sentence)
    assert lab.press(id, "reset") == "pending"
    lab.firm.engine.remove(lab.who, "inspection", id)
    assert lab.firm.titles(lab.who, "inspection") == []
