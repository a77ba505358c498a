"""What a chart type must do: the one interface of the family.

Why: a new chart is a new file. A type declares its YAML keys as pydantic attributes and says how the engine's answer to
its query becomes something to look at; queries, permissions and pages are not its business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from markupsafe import Markup
from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic import Field as Key

from engine.fields.base import Formula, Says, Value, Words
from engine.texts import Text

Sort = Annotated[tuple[str, ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)]


@dataclass(frozen=True)
class Cell:
    """One value of the answer: `value` as computed (Decimal, text, date, None), `label` as a person reads it, `short` the
    same where there is little room ("": as `label`)."""

    value: Any
    label: str
    short: str = ""


@dataclass(frozen=True)
class Point:
    """One group: its key cells (`by`, then `split` if there is one), its measures by name, how many records it
    stands for (None: not known) and the list that shows them (None: may not be opened)."""

    keys: tuple[Cell, ...]
    measures: dict[str, Cell]
    records: int | None
    href: str | None


@dataclass(frozen=True)
class Answer:
    """What the engine found for a widget.

    `points` in order; `measures` are the titles by name; `previous` the same groups a period earlier (number cards: one
    point), with the keys of the present ones, None when not asked for; `columns` (title, whether numbers stand in
    it) and `rows` for a table of records: cells with the record's href. `total` counts the records of all points or
    rows; `href` leads to all of a table's records. `goal` is what to reach, None: nothing.
    """

    points: tuple[Point, ...]
    measures: dict[str, str]
    previous: tuple[Point, ...] | None = None
    columns: tuple[tuple[str, bool], ...] = ()
    rows: tuple[tuple[str | None, tuple[Markup | str, ...]], ...] = ()
    total: int = 0
    goal: Cell | None = None
    href: str | None = None


@dataclass(frozen=True)
class Frame:
    """How it is drawn: the reader's language, the widget's title, words of the product by key, a formatter of
    numbers. `plain`: the reader's browser runs no scripts, so figures stand in a table where a script would draw. `by`:
    what the groups are called (负责人), "" for no word; `of`: what the records are called (线索)."""

    language: str
    title: str
    words: Callable[[str], str]
    number: Callable[[Decimal, str | None], str]
    plain: bool = False
    by: str = ""
    of: str = ""


@dataclass(frozen=True)
class ChartExample:
    """One row of a type's proof: keys as declared, an answer, and texts that the drawing must hold."""

    declared: dict[str, Any]
    answer: Answer
    shows: tuple[str, ...]


class Chart(BaseModel):
    """One widget as declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: ClassVar[str]
    summary: ClassVar[Text]
    examples: ClassVar[tuple[ChartExample, ...]] = ()
    records: ClassVar[bool] = False
    """It shows records rather than groups."""
    quarters: ClassVar[int] = 2
    """How many quarters of the row it takes where `width` isn't declared."""
    continuous: ClassVar[bool] = False
    """Groups of a period of time follow one another without gaps: those without records are drawn too."""
    css: ClassVar[str] = "fl-widget"
    """The class of its card."""

    type: str = ""
    title: Words | None = Key(None, description="What people see / 标题")
    from_: str = Key(alias="from", description="Form whose records are read / 数据来源")
    where: Formula | None = Key(None, description="Which records / 筛选")
    by: Any = Key(None, description="One group for each value: a formula, a list, or name: formula / 分组")
    split: Formula | None = Key(None, description="One series for each value / 系列")
    measure: Any = Key(None, description="Formula, or name: formula; COUNT() / 指标")
    sort: Sort = Key((), description="A measure or a group, - for descending / 排序")
    limit: int | None = Key(None, ge=1, description="At most so many groups / 上限")
    columns: tuple[str, ...] = Key((), description="Fields of a table / 列")
    compare: Literal["previous_period", "last_year"] | None = Key(None, description="Compared with / 对比")
    goal: Value = Key(None, description="What to reach / 目标")
    width: int | None = Key(None, ge=1, le=4, description="Quarters of the row / 宽度")
    format: str | None = Key(None, description="Excel format / 格式")

    def stages(self, states: Mapping[str, bool]) -> Mapping[str, str]:
        """The groups as conditions that one record may meet several of, by the state that each is called after; {}: the
        groups are those of `by`. `states`: those that records may be in, in the workflow's order, and whether each ends it
        in failure."""
        return {}

    def draw(self, answer: Answer, frame: Frame) -> Markup:
        """The widget's body as HTML. What needs a drawing library is a box with its data as JSON in a
        `<script type="application/json">` and a table for those who can't see it."""
        raise NotImplementedError(self.name)

    def data(self, answer: Answer) -> dict[str, Any]:
        """The same as JSON for the API: numbers as decimal strings."""
        raise NotImplementedError(self.name)


__all__ = ["Answer", "Cell", "Chart", "ChartExample", "Formula", "Frame", "Point", "Says"]
