"""Several records of another form, or several of its lines."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field as Key
from pydantic import field_validator

from engine.fields.base import Example, Formula, Misdeclared
from engine.fields.base_records import PointingAtMany
from engine.problems import problem
from engine.problems import value as wrong
from engine.texts import text


class References(PointingAtMany):
    """Points at any number of records; formulas read them as a list (`COUNT(packages)`, `SUM(packages.weight)`)."""

    name = "references"
    summary = text("关联另一张表单的多条记录", "Several records of another form")
    examples = (
        Example(
            declared={"to": "customer"},
            accepts=(([7, 3], (3, 7)), ("7,3", (3, 7)), (["", "12"], (12,)), ("5", (5,)), ([], None), ("", None)),
            rejects=(
                ("东方机械", wrong.NOT_A_RECORD),
                ([0], wrong.NOT_A_RECORD),
                ([True], wrong.NOT_A_RECORD),
                ([4, 4], wrong.TWICE),
                (3, wrong.WRONG_KIND),
                (list(range(1, 202)), wrong.TOO_MANY),
            ),
            displays=(((3, 7), "customer 3 customer 7"), (None, "")),
            sorts=((1,), (2, 3)),
        ),
        Example(
            declared={"to": "contract.items", "on_delete": "clear", "where": "parent.active"}, accepts=(([1], (1,)),)
        ),
    )

    to: str = Key(description="Form, or form.lines / 目标表单")
    where: Formula | None = Key(None, description="Which records can be chosen / 可选范围")
    sort: str | tuple[str, ...] = Key((), description="Order in which they are offered / 排序")
    create: bool = Key(False, description="A new one may be made from here / 可在此新建")
    on_delete: Literal["refuse", "clear", "cascade"] = Key(
        "refuse", description="When one of them is deleted: clear takes it out / 其中之一被删除时"
    )

    @field_validator("to", mode="before")
    @classmethod
    def _of_one(cls, given: Any) -> Any:
        """A list of one form is that one."""
        if not isinstance(given, list | tuple) or not all(isinstance(form, str) for form in given):
            return given
        if len(given) == 1:
            return given[0]
        raise Misdeclared(problem(wrong.TARGETS_OF_MANY, forms=", ".join(given)))

    def points_at(self) -> str:
        """The form or list of lines."""
        return self.to
