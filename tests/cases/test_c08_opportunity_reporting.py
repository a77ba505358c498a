"""A dashboard whose figures are known beforehand (facts of a scenario of Tryton's)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from engine.charts.base import Answer
from engine.runtime.values import Actor
from tests.firm import Firm


class Pipeline:
    """Five opportunities on their ways, and the dashboard over them."""

    def __init__(self, firm: Firm) -> None:
        self.firm = firm
        self.boss = firm.person("boss", "sales")
        self.one, self.two = (firm.person(login, "sales") for login in ("one", "two"))
        self.new("1", None, "1000")
        self.new("1", self.one, "2000", "qualify")
        self.new("2", self.two, "500", "qualify", "convert")
        self.new("1", self.one, "700", "qualify", "convert")
        self.new("2", self.two, "200", "qualify", "lose")
        sale = firm.engine.count(self.boss, "sale")
        firm.engine.change(self.boss, "sale", sale, {"items": [{"quantity": "1", "price": "800"}]})
        for button in ("quote", "confirm"):
            firm.engine.act(self.boss, "sale", sale, button)

    def new(self, customer: str, employee: Actor | None, amount: str, *buttons: str) -> None:
        who = employee.id if employee else None
        id = self.firm.new(self.boss, "opportunity", name=amount, customer=customer, employee=who, amount=amount)
        for button in buttons:
            self.firm.engine.act(self.boss, "opportunity", id, button)

    def widget(self, name: str, period: str = "this_month") -> Answer:
        return self.firm.engine.widget(self.boss, "pipeline", name, {"period": period})

    def figure(self, name: str, period: str = "this_month") -> Decimal | None:
        [point] = self.widget(name, period).points
        value: Decimal | None = point.measures["measure"].value
        return value


@pytest.fixture
def pipeline(case: Callable[..., Firm]) -> Pipeline:
    return Pipeline(case("c08"))


def test_the_month_has_the_figures_that_are_known(pipeline: Pipeline) -> None:
    names = ("number", "amount", "converted", "rate", "converted_amount", "report_number", "won_amount", "lost")
    assert [pipeline.figure(n) for n in names] == [5, 4500, 2, Decimal("0.4"), 1300, 3, 800, 1]
    assert round(pipeline.figure("report") or 0, 4) == Decimal("0.3333")


def test_conversions_are_told_for_each_employee(pipeline: Pipeline) -> None:
    points = pipeline.widget("conversion").points
    names = ("number", "converted", "won", "won_amount", "lost")
    found = sorted([int(p.measures[n].value or 0) for n in names] for p in points)
    assert found == [[1, 1, 1, 800, 0], [2, 1, 0, 0, 1]]


def test_a_month_without_records_shows_nothing_and_divides_by_nothing(pipeline: Pipeline) -> None:
    assert [pipeline.figure(n, "last_month") for n in ("number", "amount", "converted_amount")] == [0, 0, 0]
    assert pipeline.figure("rate", "last_month") is None
    assert pipeline.widget("conversion", "last_month").points == ()
