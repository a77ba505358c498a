"""One department of the organisation."""

from __future__ import annotations

from typing import Any

from pydantic import Field as Key

from engine.fields.base import Example
from engine.fields.base_record import Pointing
from engine.problems import value as wrong
from engine.texts import text


class Department(Pointing):
    """One department."""

    name = "department"
    summary = text("一个部门", "One department")
    examples = (
        Example(
            declared={},
            accepts=((2, 2), ("2", 2), ("", None)),
            rejects=(("销售部", wrong.NOT_A_RECORD), ("0", wrong.NOT_A_RECORD)),
            displays=((2, "department 2"), (None, "")),
            sorts=(1, 2, 10),
        ),
    )

    among: Any = Key(None, description="Which can be chosen: =formulas / 可选范围")

    def points_at(self) -> str:
        """A department."""
        return "department"
