"""Several people of the organisation."""

from __future__ import annotations

from typing import Any

from pydantic import Field as Key

from engine.fields.base import Example, Operator
from engine.fields.base_records import PointingAtMany
from engine.problems import value as wrong
from engine.texts import text

MINE = Operator("mine", text("有我", "has me"), "user in {field}", value=False)


class Members(PointingAtMany):
    """Any number of people. `among` says who can be chosen: roles, or formulas that give people."""

    name = "members"
    summary = text("多位成员", "Several people")
    examples = (
        Example(
            declared={},
            accepts=(([3, 1], (1, 3)), ("3", (3,)), (["", "2"], (2,)), ("", None)),
            rejects=(("李娜", wrong.NOT_A_RECORD), ([0], wrong.NOT_A_RECORD), (["2", 2], wrong.TWICE)),
            displays=(((1, 3), "person 1 person 3"), (None, "")),
            sorts=((1,), (2, 3)),
        ),
        Example(declared={"among": ["sales", "=HEAD(owner)"]}, accepts=(([1], (1,)),)),
    )

    among: Any = Key(None, description="Who can be chosen: roles or =formulas / 可选范围")

    def points_at(self) -> str:
        """People."""
        return "person"

    def operators(self) -> tuple[Operator, ...]:
        """Whether the reader is among them, beside what all such fields offer."""
        return (MINE, *super().operators())
