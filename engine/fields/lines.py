"""Lines of a record: a table inside of a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from pydantic import Field as Key
from pydantic import ValidationInfo, field_validator
from sqlalchemy.types import TypeEngine

from engine.expressions.types import Type, list_of, record
from engine.fields.base import Control, Example, Field, Misdeclared, Place, Reader, refuse
from engine.problems import problem
from engine.problems import value as wrong
from engine.problems.record import TOO_FEW_LINES, TOO_MANY_LINES
from engine.texts import text

USUAL = 1000
"""How many lines fit when `max_rows` says nothing."""

MOST = 5000
"""How many `max_rows` may allow."""


class Lines(Field):
    """The record's own lines; their columns are fields. It has no column itself: lines are rows of their own table.

    `fields` are the columns as written, or built; `holding` replaces them by built ones. The value is a list of
    mappings, each row as it came; the runtime reads the rows, with problems at `items.0.quantity`.
    """

    name = "lines"
    summary = text("明细，表单里的表格", "Lines: a table inside of the form")
    kind = "list"
    sortable = False
    full_width = True
    examples = (
        Example(
            declared={"fields": {}, "min_rows": 1, "max_rows": 2},
            accepts=(([{}], [{}]), ([{"id": 4}], [{"id": 4}]), (None, None)),
            rejects=(
                ([], TOO_FEW_LINES),
                ([{}, {}, {}], TOO_MANY_LINES),
                ("三行", wrong.NOT_LINES),
                ([1], wrong.NOT_LINES),
                ({"0": {}}, wrong.NOT_LINES),
            ),
            displays=(([{}], "1 行"), ([], ""), (None, "")),
        ),
        Example(declared={"fields": {}}, accepts=(([], []),)),
    )

    fields: dict[str, Any] = Key(description="name: field / 列")
    min_rows: int = Key(0, ge=0, le=MOST, description="At least so many lines / 最少行数")
    max_rows: int = Key(USUAL, ge=1, le=MOST, description="At most so many lines / 最多行数")
    sort: str | tuple[str, ...] = Key((), description="Order in which they are shown / 排序")

    @field_validator("max_rows")
    @classmethod
    def _ordered(cls, given: int, info: ValidationInfo) -> int:
        if given < info.data.get("min_rows", 0):
            raise Misdeclared(problem(wrong.BAD_RANGE, low="min_rows", high="max_rows"))
        return given

    def value_type(self, shape: str) -> Type:
        """A list of records of the shape FORM.FIELD."""
        return list_of(record(shape))

    def column(self) -> TypeEngine[Any] | None:
        """None: lines are rows of their own."""
        return None

    def parse(self, raw: Any, at: Place) -> list[Mapping[str, Any]] | None:
        """A list of mappings, unread; None stays None. Only their number is checked."""
        if raw is None:
            return None
        if not isinstance(raw, list | tuple) or not all(isinstance(row, Mapping) for row in raw):
            refuse(wrong.NOT_LINES, at)
        if len(raw) < self.min_rows:
            refuse(TOO_FEW_LINES, at, limit=self.min_rows)
        if len(raw) > self.max_rows:
            refuse(TOO_MANY_LINES, at, limit=self.max_rows)
        return list(raw)

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """A list of objects; a line that is there already has its `id`. A column may be null; what is required the
        runtime knows. A column that is computed or live isn't sent."""
        columns = {name: {"anyOf": [field.schema(), {"type": "null"}]} for name, field in self.lines().items()}
        one = {
            "type": "object",
            "properties": {"id": {"type": "integer", "minimum": 1}, **columns},
            "additionalProperties": False,
        }
        return {"type": "array", "items": one, "minItems": self.min_rows, "maxItems": self.max_rows}

    def cell(self, value: Any, reader: Reader) -> str:
        """How many there are."""
        if not value:
            return ""
        plural = "" if len(value) == 1 else "s"
        return text(f"{len(value)} 行", f"{len(value)} line{plural}").to(reader.language)

    def input(self, control: Control) -> Markup:
        """Nothing: the page draws the table, asking each column for its control."""
        return Markup("")

    def lines(self) -> Mapping[str, Field]:
        """Its columns, as far as they are built."""
        return {name: column for name, column in self.fields.items() if isinstance(column, Field)}

    def row_limits(self) -> tuple[int, int | None]:
        """`min_rows` and `max_rows`."""
        return self.min_rows, self.max_rows

    def holding(self, columns: Mapping[str, Field]) -> Field:
        """The same field with its columns built."""
        return self.model_copy(update={"fields": dict(columns)})
