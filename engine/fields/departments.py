"""Several departments of the organisation."""

from __future__ import annotations

from typing import Any

from pydantic import Field as Key

from engine.fields.base import Example
from engine.fields.base_records import PointingAtMany
from engine.problems import value as wrong
from engine.texts import text


class Departments(PointingAtMany):
    """Any number of departments."""

    name = "departments"
    summary = text("多个部门", "Several departments")
    examples = (
        Example(
            declared={},
            accepts=(([2, 1], (1, 2)), ("2", (2,)), ("", None)),
            rejects=(("销售部", wrong.NOT_A_RECORD), (["0"], wrong.NOT_A_RECORD)),
            displays=(((1, 2), "department 1 department 2"), (None, "")),
            sorts=((1,), (2, 3)),
        ),
    )

    among: Any = Key(None, description="Which can be chosen: =formulas / 可选范围")

    def points_at(self) -> str:
        """Departments."""
        return "department"
