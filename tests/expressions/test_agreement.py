"""Random well-typed formulas over nasty rows: Python, SQLite, PostgreSQL and the browser never differ.

Each change of the language compares other formulas; FORMULA_SEED=… in the environment compares others still.
"""

from __future__ import annotations

import os

from engine.expressions.check import check
from engine.expressions.tree import Typed
from engine.problems import Refused
from tests.expressions.agree import differences
from tests.expressions.world import ORDER, Database
from tests.expressions.writer import Writer
from tests.seeds import seed_of

ENOUGH = 1500
"""How many formulas are compared, each over all orders of the world."""

UNSUITABLE = {"formula_unknown_option", "formula_unknown_option_near", "formula_too_long"}
"""Why a random formula may be refused: it compares a choice with a text that it doesn't offer, or is too long."""


def test_all_executors_give_the_same_values(databases: tuple[Database, ...]) -> None:
    seed = int(os.environ.get("FORMULA_SEED") or seed_of("engine/expressions", "tests/expressions"))
    formulas = [typed for text in Writer(seed).formulas(ENOUGH) if (typed := checked(text)) is not None]
    found = differences(formulas, *databases)
    assert len(formulas) > ENOUGH * 0.9
    assert found == [], f"repeat with FORMULA_SEED={seed}"


def checked(text: str) -> Typed | None:
    """The formula; None for the few that are unsuitable."""
    try:
        return check(text, ORDER)
    except Refused as refused:
        assert {p.code for p in refused.problems} <= UNSUITABLE, text
        return None
