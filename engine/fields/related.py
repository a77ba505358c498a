"""Records that point here: a live list, never stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from pydantic import Field as Key
from sqlalchemy.types import TypeEngine

from engine.expressions.types import Type, list_of, record
from engine.fields.base import Control, Example, Field, Formula, Names, Place, Reader, refuse
from engine.problems import value as wrong
from engine.texts import text


class RelatedList(Field):
    """The records of `from` whose field `via` is this record and that fulfil `where`; formulas add them up."""

    name = "related"
    summary = text("指向本记录的其他记录", "Records that point here")
    kind = "none"
    sortable = False
    full_width = True
    examples = (
        Example(
            declared={"from": "quality_check", "columns": ["number", "result"], "where": "not state.final"},
            rejects=(([1], wrong.NOT_TYPED), ("x", wrong.NOT_TYPED)),
            accepts=((None, None), ("", None)),
            displays=((None, ""), ([1, 2], "2 条")),
        ),
        Example(declared={"from": "part_need", "via": "start", "sort": "-depth", "limit": 5, "create": False}),
    )

    from_: str = Key(alias="from", description="Form, or form.lines / 来源表单")
    via: str | None = Key(None, description="The field that points here, or none; the only one / 指向本记录的字段")
    where: Formula | None = Key(None, description="Which records / 筛选")
    columns: Names = Key((), description="Fields shown / 列")
    sort: Names = Key((), description="Order in which they are shown / 排序")
    create: bool = Key(True, description="A new one is offered here / 可在此新建")
    limit: int | None = Key(None, ge=1, le=1000, description="At most so many are shown / 显示条数")

    def value_type(self, shape: str) -> Type:
        """A list of records of that form."""
        return list_of(record(self.from_))

    def column(self) -> TypeEngine[Any] | None:
        """None: it isn't stored."""
        return None

    def parse(self, raw: Any, at: Place) -> None:
        """Nothing can be typed."""
        if raw is not None and raw != "":
            refuse(wrong.NOT_TYPED, at)

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """Ids that programs get."""
        return {"type": "array", "items": {"type": "integer", "minimum": 1}, "readOnly": True}

    def cell(self, value: Any, reader: Reader) -> str:
        """How many there are."""
        if not value:
            return ""
        plural = "" if len(value) == 1 else "s"
        return text(f"{len(value)} 条", f"{len(value)} record{plural}").to(reader.language)

    def input(self, control: Control) -> Markup:
        """Nothing: the page shows the list."""
        return Markup("")

    def related(self) -> Mapping[str, Any] | None:
        """Its keys, by their names in YAML."""
        keys = ("via", "where", "columns", "sort", "limit", "create")
        return {"from": self.from_, **{key: getattr(self, key) for key in keys}}
