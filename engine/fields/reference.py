"""One record of another form, or one of its lines."""

from __future__ import annotations

from typing import Literal

from pydantic import Field as Key

from engine.fields.base import Example, Formula
from engine.fields.base_record import Pointing
from engine.problems import value as wrong
from engine.texts import text


class Reference(Pointing):
    """Points at one record; formulas read through it (`customer.level`)."""

    name = "reference"
    summary = text("关联另一张表单的一条记录", "One record of another form")
    examples = (
        Example(
            declared={"to": "customer"},
            accepts=((7, 7), ("7", 7), (" 12 ", 12), (["", "3"], 3), ("", None)),
            rejects=(
                ("东方机械", wrong.NOT_A_RECORD),
                (0, wrong.NOT_A_RECORD),
                (-1, wrong.NOT_A_RECORD),
                ("1.5", wrong.NOT_A_RECORD),
                (True, wrong.NOT_A_RECORD),
                (2**63, wrong.NOT_A_RECORD),
            ),
            displays=((7, "customer 7"), (None, "")),
            sorts=(1, 2, 10),
        ),
        Example(declared={"to": "department_of_firm", "tree": True, "create": True}, accepts=((1, 1),)),
        Example(declared={"to": "contract.items", "on_delete": "clear", "where": "parent.active"}, accepts=((1, 1),)),
    )

    to: str = Key(description="Form, or form.lines / 目标表单")
    where: Formula | None = Key(None, description="Which records can be chosen / 可选范围")
    sort: str | tuple[str, ...] = Key((), description="Order in which they are offered / 排序")
    create: bool = Key(False, description="A new one may be made from here / 可在此新建")
    tree: bool = Key(False, description="No circles: nothing stands beneath itself / 树形，不能绕成圈")
    on_delete: Literal["refuse", "clear", "cascade"] = Key(
        "refuse", description="When what it points at is deleted / 目标被删除时"
    )

    def points_at(self) -> str:
        """The form or list of lines."""
        return self.to
