"""Which part of a condition decided is told alone, whatever else the condition says."""

from __future__ import annotations

from engine.runtime.because import deciding
from tests.firm import Build

FILES = {
    "pack.yaml": "title: T\nlanguage: en\nroles: {boss: Boss}\n",
    "forms/order.yaml": """
title: Order
fields:
  total: {type: integer}
  cost: {type: integer}
  note: {}
  items: {type: lines, fields: {price: {type: integer}}}
access: {boss: {can: [view, create]}}
""",
}


CASES: list[tuple[str, set[str], bool, list[tuple[str, bool]]]] = [
    ("total > 1", set(), True, [("total > 1", True)]),
    ("total > 1 or not ISBLANK(note) or ANY(price > 3 from items)", {"ANY(price > 3 from items)"}, True,
     [("ANY(price > 3 from items)", True)]),
    ("total > 1 or cost > 1", set(), False, [("total > 1", False), ("cost > 1", False)]),
    ("total > 1 and (cost > 1 or cost < 0)", {"total > 1", "cost < 0"}, True, [("total > 1", True), ("cost < 0", True)]),
    ("(total > 1 and not (cost > 1 or cost < 0))", {"total > 1", "cost > 1", "not (cost > 1 or cost < 0)"}, True,
     [("total > 1", True), ("cost > 1", False), ("cost < 0", False)]),
    ("not ANY(price > 3 from items)", set(), True, [("ANY(price > 3 from items)", False)]),
    ("total > 1 and cost > 1", {"total > 1"}, False, [("cost > 1", False)]),
    ("(total > 1 or cost > 1) or cost < 0", {"cost < 0"}, True, [("(total > 1 or cost > 1) or cost < 0", True)]),
    ("not ISBLANK(note)", {"not ISBLANK(note)"}, True, [("not ISBLANK(note)", True)]),
]  # fmt: skip
"""A condition, which of its parts hold, whether it does, what is told."""


def test_the_part_that_decided_is_told(engine_of: Build) -> None:
    engine = engine_of(FILES).engine
    for text, true, known, told in CASES:
        typed = engine.condition("order", text)
        found = deciding(typed, known, lambda part, true=true: part.text.strip() in true)
        assert [(part.text.strip(), held) for part, held in found] == told, text
        for part, _ in found:  # it stands where it stood
            assert typed.text[len(part.text) - len(part.text.lstrip()) :].startswith(part.text.strip())
