"""Every case of the semantics, on all three executors."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.columns import Location
from engine.expressions.check import check
from engine.expressions.formats import shown
from engine.expressions.functions import FUNCTIONS
from engine.expressions.types import Scope
from tests.expressions import node
from tests.expressions.agree import by_python, by_sql, differences
from tests.expressions.world import ORDER, SHAPES, ZONE, Database, Held, World

CORPUS = yaml.safe_load(Path(__file__).with_name("corpus.yaml").read_text("utf-8"))
CASES = [pytest.param(case, id=f"{group}: {name}") for group, cases in CORPUS.items() for name, case in cases.items()]


def a_world(given: dict[str, Any]) -> World:
    """A world with one order whose fields are as given."""
    world = World(0)
    order = Held("order", 1, {})
    for name, value in given.items():
        order.values[name] = value_of("order", name, value, world)
    order.values["items"] = [
        Held(
            "order.items", i + 1, {n: value_of("order.items", n, v, world) for n, v in line.items()} | {"parent": order}
        )
        for i, line in enumerate(given.get("items", []))
    ]
    world.rows["order"], world.rows["order.items"] = [order], order.values["items"]
    return world


def value_of(shape: str, name: str, value: Any, world: World) -> Any:
    member = SHAPES[shape].member(name)
    assert member is not None
    if isinstance(value, list) and member.type.kind == "list":
        return [world.rows["customer"][each - 1] for each in value] if name == "friends" else value
    if member.type.kind == "record":
        return world.rows[member.type.shape or ""][value - 1]
    if member.type.kind == "location":
        return Location(Decimal(value[0]), Decimal(value[1]), *value[2:])
    readers = {"number": lambda v: Decimal(str(v)), "date": date.fromisoformat, "instant": datetime.fromisoformat,
               "time": time.fromisoformat}  # fmt: skip
    return readers.get(member.type.kind, lambda v: v)(value)


@pytest.mark.parametrize("case", CASES)
def test_a_formula_means_the_same_everywhere(case: dict[str, Any], cases: tuple[Database, ...]) -> None:
    typed, world = check(case["formula"], ORDER), a_world(case["given"])
    for database in cases:
        database.fill(world)
    assert shown(by_python(typed, cases[0])[0], None, ZONE) == case["gives"]
    assert differences([typed], *cases) == []


EXAMPLES = [(f, text) for function in FUNCTIONS.values() for f, text in function.examples]


@pytest.mark.parametrize(("formula", "gives"), EXAMPLES)
def test_the_examples_of_the_functions_hold(formula: str, gives: str, cases: tuple[Database, ...]) -> None:
    typed = check(formula, Scope({}))
    for database in cases:
        database.fill(a_world({}))
    assert shown(by_python(typed, cases[0])[0], None, ZONE) == gives
    assert differences([typed], *cases) == []


def test_every_function_has_an_example_or_needs_a_clock_or_people() -> None:
    bare = {name for name, function in FUNCTIONS.items() if not function.examples}
    assert bare == {
        "TODAY",
        "NOW",
        "DISTANCE",
        "HEAD",
        "INROLE",
        "CANSEE",
        "UNDER",
        "HOLDERS",
        "HANDLER",
        "REACHED",
        "EVAL",
    }


def test_a_number_that_grows_too_large_is_refused_everywhere(cases: tuple[Database, ...]) -> None:
    typed, world = check("total * 1000000000 * 1000000000", ORDER), a_world({"total": 999})
    assert node.run([typed], world) == [["overflow"]]
    for database in cases:
        database.fill(world)
        assert by_python(typed, database) == ["overflow"]
        assert by_sql(typed, database) == (None, None)
