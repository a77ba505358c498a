"""Computed fields that depend on each other, limits from other fields, what is shown by a result (form-js's facts)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.definitions.catalog import load
from engine.runtime.values import Ask
from tests.firm import ADMIN, Firm, refused, write


@pytest.fixture
def firm(case: Callable[..., Firm]) -> Firm:
    return case("c33")


@pytest.mark.parametrize(("static", "found"), [("10", (20, 40, 50)), ("0", (10, 20, 30)), ("", (None, None, None))])
def test_a_chain_is_computed_whatever_the_order_of_declaration(firm: Firm, static: str, found: tuple[Any, ...]) -> None:
    made = firm.get("chain", firm.new(ADMIN, "chain", static=static))
    assert (made["a"], made["b"], made["c"]) == found


def test_a_circle_is_refused_when_it_is_loaded_and_names_its_fields(tmp_path: Path) -> None:
    form = "fields:\n  a: {type: decimal, formula: b + 10}\n  b: {type: decimal, formula: a * 2}\n"
    loaded = load(write(tmp_path, {"pack.yaml": "title: T\n", "forms/circle.yaml": form}))
    [found] = [p for p in loaded.problems if p.severity == "error"]
    assert (found.code, found.facts["way"]) == ("formula_circle", "b → a → b")
    assert "circle" not in loaded.catalog.forms


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({"least": "2", "most": "4", "figure": "3"}, []),
        ({"least": "2", "most": "4", "figure": "1"}, [("too_small", "figure")]),
        ({"least": "2", "most": "4", "figure": "5"}, [("too_large", "figure")]),
        ({"least": "4", "most": "2", "figure": "3"}, [("too_small", "figure")]),
        ({"least": "4", "most": "2", "figure": "5"}, [("too_large", "figure")]),
        ({"shortest": "2", "longest": "3", "words": "abc"}, []),
        ({"shortest": "2", "longest": "3", "words": "a"}, [("rule_broken", None)]),
        ({"shortest": "2", "longest": "3", "words": "abcd"}, [("rule_broken", None)]),
        ({"shortest": "3", "longest": "2", "words": "abc"}, [("rule_broken", None)]),
    ],
)
def test_limits_are_other_fields(firm: Firm, given: dict[str, str], problems: list[tuple[str, str | None]]) -> None:
    if problems:
        assert refused(lambda: firm.engine.submit(ADMIN, "limits", given)) == problems
    else:
        assert firm.new(ADMIN, "limits", **given) == 1


def test_a_filter_hides_rows_but_keeps_them(firm: Firm) -> None:
    for number, risk in enumerate((3, 6, 9, 5, 7, 8)):
        firm.new(ADMIN, "risk", name=f"R{number}", risk=risk)
    assert firm.titles(ADMIN, "risk", view="high", limit=3) == ["R1", "R2", "R4"]
    assert firm.titles(ADMIN, "risk", view="high", limit=3, page=2) == ["R5"]
    assert firm.engine.page(ADMIN, "risk", Ask(view="high")).total == 4
    assert firm.engine.count(ADMIN, "risk") == 6


def test_what_is_left_decides_what_is_shown(firm: Firm) -> None:
    raw = {"maximum": "1000", "used": "400", "wanted": "700", "purpose": "Car"}
    draft = firm.engine.draft(ADMIN, "loan", raw=raw)
    assert (draft.record.values["rest"], draft.visible["purpose"]) == (-100, False)
    assert firm.get("loan", firm.new(ADMIN, "loan", **raw))["purpose"] is None
    assert firm.engine.draft(ADMIN, "loan", raw={**raw, "wanted": "600"}).visible["purpose"] is True
