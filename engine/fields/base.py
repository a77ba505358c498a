"""What a field type must do and what it may do: the one interface of the family.

Why: everything that varies by type is a method here, so that nobody else asks "which type is it?". One file in this
folder is one type; its YAML options are its pydantic attributes, its behaviour a handful of methods, its `examples` the
proof. The optional powers (own lines, pointing at records, uploads, numbering, being live) are attributes and methods
with empty defaults that the engine reads for every type.

Long because it is one list: all that a type must and may do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, NoReturn, Self
from zoneinfo import ZoneInfo

from markupsafe import Markup
from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic import Field as Key
from sqlalchemy import ColumnElement
from sqlalchemy.types import TypeEngine

from engine.expressions.formats import shown, valid
from engine.expressions.types import Type
from engine.problems import Problem, Refused, problem
from engine.problems.value import BAD_FORMAT
from engine.texts import Text, same, text


@dataclass(frozen=True, slots=True)
class Says:
    """Marks what a key of a definition holds, so that the catalog compiles all keys alike.

    kind: `formula` (always one), `value` (a plain value, or a formula after `=`), `text` (words; may hold `{formulas}`
    when `template`), `people` (role names or formulas), `query` (a formula in a query's scope).
    """

    kind: str
    template: bool = False


def _formula(given: Any) -> Any:
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int | Decimal):
        return str(given)
    return given


Formula = Annotated[str, BeforeValidator(_formula), Says("formula")]
"""A key that always is a formula; `true`, `false` and numbers may stand bare."""

Value = Annotated[Any, Says("value")]
"""A plain value, or a formula after `=`. What a plain value may be is the field type's `parse`."""

Words = Annotated[str | dict[str, str], Says("text")]
"""Words for people: in the pack's language, or a mapping of languages."""

Message = Annotated[str | dict[str, str], Says("text", template=True)]
"""Words for people that may hold `{formulas}`."""

Names = Annotated[tuple[str, ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)]
"""One name, or a list of names."""


CHOOSE = text("选择", "Choose")
"""What a person does with a field that offers what there is (see `Field.todo`)."""

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Misdeclared(ValueError):
    """A key of a field says what it can't. Raised by a type's own validators, so pydantic reports it as `value_error`
    with this as `ctx["error"]`; `problem` is what the catalog shows, at that key."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.code)


def words(given: str | Mapping[str, str]) -> Text:
    """Words of a definition as a text: written once, or for each language."""
    return same(given) if isinstance(given, str) else Text(dict(given))


def refuse(code: str, at: Place, **facts: Any) -> NoReturn:
    """Raise Refused with one problem at that place; its title is among the facts."""
    raise Refused(problem(code, field=at.path, **{"title": at.title, **facts}))


def short(given: Any) -> str:
    """What was given, cut so that a message stays readable."""
    written = str(given)
    return written if len(written) <= 40 else written[:39] + "…"


def last(raw: Any, at: Place) -> Any:
    """The one value given: a browser sends a name several times where a control has a hidden part, and then the last one
    counts. None: none, or a control or cell that was left blank."""
    if at.json:
        return raw
    given = raw[-1] if isinstance(raw, list | tuple) and raw else raw
    return None if isinstance(given, str) and not given.strip() else given


def _no_file(id: int) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands while it is read: the dotted `path` (`items.1.quantity`), the field's title, how it came.

    `json` True: it came from a program, so it must have exactly the form that `schema()` says; False: it was typed,
    stands in a CSV file or in a definition, and is read leniently. `zone` is the organisation's, for a typed time of
    day. `options` are those of a choice (None: as its declaration says).
    """

    path: str
    title: Text
    zone: ZoneInfo = SHANGHAI
    options: Mapping[str, Option] | None = None
    json: bool = False


@dataclass(frozen=True)
class Reader:
    """Who reads a value and how: language, time zone, the day, and the names of what values point at.

    `title_of(shape, id)` is what a record, person or department is called (`person`, `department` are shapes too);
    `href_of(shape, id)` its page or None when this reader may not open it; `options` those of the choice being
    shown (None: as its declaration says); `file_of(id)` a file's name, size in bytes and media type, or None when it
    is gone.
    """

    language: str
    zone: ZoneInfo
    today: date
    now: datetime
    title_of: Callable[[str, int], str]
    href_of: Callable[[str, int], str | None]
    options: Mapping[str, Option] | None = None
    file_of: Callable[[int], tuple[str, int, str] | None] = _no_file


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice. `color` is a name of `blue green amber red violet neutral orange …` or None; `when` a
    formula's text (compiled by the catalog), None: always offered; `was` its old names. `other`: whoever chooses it says in
    words what it is, in the text field named FIELD_other."""

    title: Text
    color: str | None = None
    when: str | None = None
    was: tuple[str, ...] = ()
    other: bool = False


@dataclass(frozen=True)
class Control:
    """What a field needs to draw its input.

    `name` is the input's name and path (`items.0.quantity`), `id` its HTML id; `value` the parsed value, or `raw` what
    the person typed when it could not be read (then it is shown instead); `options` all of a choice, `withheld` those that aren't offered
    now (the browser shows them when they are); `facts` what the
    page knows of a picked record (id -> title and up to two facts); `bare` True in a table cell (no box of its own);
    `source` the URL that searches for a reference's targets; `wide` unused space for types that want it.
    """

    name: str
    id: str
    value: Any
    reader: Reader
    title: Text
    raw: Any = None
    required: bool = False
    readonly: bool = False
    invalid: bool = False
    described_by: str | None = None
    placeholder: str = ""
    options: Mapping[str, Option] = field(default_factory=dict)
    withheld: frozenset[str] = frozenset()
    source: str | None = None
    bare: bool = False
    minimum: Any = None
    maximum: Any = None


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to filter by a field. `formula` makes the condition: `{field}` is the field's name, `{value}` the literal
    (a list literal when `many`); `value` False: nothing is asked for."""

    name: str
    title: Text
    formula: str
    value: bool = True
    many: bool = False


EQUAL = Operator("is", text("是", "is"), "{field} = {value}")
DIFFERENT = Operator("is_not", text("不是", "is not"), "{field} != {value}")
AMONG = Operator("in", text("是其中之一", "is any of"), "{field} in {value}", many=True)
CONTAINS = Operator("contains", text("包含", "contains"), "CONTAINS({field}, {value})")
AT_LEAST = Operator("ge", text("大于等于", "at least"), "{field} >= {value}")
EQUALS = Operator(EQUAL.name, text("等于", "equals"), EQUAL.formula)
EQUALS_NOT = Operator(DIFFERENT.name, text("不等于", "doesn't equal"), DIFFERENT.formula)
AT_MOST = Operator("le", text("小于等于", "at most"), "{field} <= {value}")
SINCE = Operator("ge", text("不早于", "on or after"), "{field} >= {value}")
UNTIL = Operator("le", text("不晚于", "on or before"), "{field} <= {value}")
EMPTY = Operator("empty", text("为空", "is empty"), "ISBLANK({field})", value=False)
FILLED = Operator("filled", text("不为空", "is filled"), "not ISBLANK({field})", value=False)


@dataclass(frozen=True)
class Example:
    """One row of a type's proof, run by the conformance test.

    `declared` are the keys in YAML; `accepts` maps raw input -> the value it becomes (pairs); `rejects` raw input ->
    the problem code; `displays` value -> text in zh; `sorts` values in ascending order as the database gives them.
    """

    declared: Mapping[str, Any]
    accepts: tuple[tuple[Any, Any], ...] = ()
    rejects: tuple[tuple[Any, str], ...] = ()
    displays: tuple[tuple[Any, str], ...] = ()
    sorts: tuple[Any, ...] = ()


class Field(BaseModel):
    """One field as declared. Frozen; an unknown key is refused by pydantic and worded by the catalog."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: ClassVar[str]
    """The type's name in YAML."""
    summary: ClassVar[Text]
    """One sentence for the reference page."""
    examples: ClassVar[tuple[Example, ...]] = ()
    kind: ClassVar[str] = "text"
    """What the browser's form runtime holds: text number boolean date time instant length location address choice choices
    record records list files none."""
    numeric: ClassVar[bool] = False
    """Right-aligned with tabular figures, and offered to SUM."""
    share: ClassVar[bool] = False
    """A part of a whole: typed and shown as a percentage, and never added up."""
    searchable: ClassVar[bool] = False
    """The list's search looks into it."""
    several: ClassVar[bool] = False
    """Its value is a tuple (several options, records, files); its control posts its name
    for each; None when there is none of them."""
    sortable: ClassVar[bool] = True
    whole_cell: ClassVar[bool] = True
    """What `cell` gives can be read in again as the same value; False: it is less than the value."""
    of_roles: ClassVar[bool] = False
    """Its options are the roles of the packs: those that `choices` names, or all of them."""
    pictured: ClassVar[bool] = False
    """Its values are ids of pictures, the first of which may stand for the record."""
    full_width: ClassVar[bool] = False
    """Takes a whole row of the form unless `width` says otherwise."""
    todo: ClassVar[Text] = text("填写", "Fill in")
    """What a person is asked to do where the value is needed and lacks: 请填写“备注”."""

    type: str = ""
    title: Words | None = Key(None, description="What people see above the field / 字段标题")
    help: Words | None = Key(None, description="A sentence beneath the field / 说明")
    placeholder: Words | None = Key(None, description="Shown in the empty field / 占位文字")
    was: Names = Key((), description="Old names; the data is kept / 旧名称")
    required: Formula = Key("false", description="Must be filled / 必填")
    visible: Formula = Key("true", description="Shown; what is not shown is stored empty / 可见")
    readonly: Formula = Key("false", description="Shown but not typed / 只读")
    default: Value = Key(None, description="Suggestion: a value, or a formula after = / 默认值")
    formula: Formula | None = Key(None, description="Always computed, never typed / 计算公式")
    unique: bool = Key(False, description="No two records alike / 不允许重复")
    index: bool = Key(False, description="An extra index / 建索引")
    copy_: bool = Key(True, alias="copy", description="A duplicate keeps it / 复制时保留")
    sensitive: bool = Key(False, description="Masked in history, logs and exports / 敏感")
    width: int | None = Key(None, ge=1, le=4, description="Quarters of a row / 宽度")
    format: str | None = Key(None, description="Excel format / 显示格式")

    @model_validator(mode="after")
    def _format_fits(self) -> Self:
        if self.format is not None and not valid(self.format, self.value_type("").kind):
            raise Misdeclared(problem(BAD_FORMAT, given=short(self.format)))
        return self

    # -- what every type must do -------------------------------------------------------------------------------------

    def value_type(self, shape: str) -> Type:
        """The type in expressions. `shape` is FORM.FIELD's form and name joined by a dot, for the lines of a list."""
        raise NotImplementedError(self.name)

    def column(self) -> TypeEngine[Any] | None:
        """The column that keeps it; None: it has no column (lines, related)."""
        raise NotImplementedError(self.name)

    def parse(self, raw: Any, at: Place) -> Any:
        """Typed text (browser, CSV) or JSON -> the value; None when empty.

        Raises Refused with problems at `at.path`. Blanks at the ends of text are dropped. Limits that are formulas are
        not looked at here: see `limits`.
        """
        raise NotImplementedError(self.name)

    def to_json(self, value: Any) -> Any:
        """The value as JSON: numbers as decimal strings, dates ISO, moments ISO with Z; None stays None."""
        return value

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """The JSON Schema (2020-12) of a value that is not null, as the API takes and gives it.

        (Ignored override: pydantic has a deprecated class method of that name, which nobody calls.)
        """
        raise NotImplementedError(self.name)

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """The value for a person (HTML or plain text, which the template escapes). "" when None."""
        return self.cell(value, reader)

    def listed(self, value: Any, reader: Reader) -> Markup | str:
        """The same in one line, for lists and cards, where there is no room for pictures and paragraphs."""
        return self.display(value, reader)

    def measured_in(self, reader: Reader) -> str:
        """What its numbers are of (¥, 件), which a column's head says once for all; "" for nothing."""
        return ""

    def spelled(self, value: Any, reader: Reader) -> str | None:
        """The value in words, where papers have that beside it (amounts in capital numerals); "" for an empty one, None where
        it isn't the custom."""
        return None

    def in_column(self, value: Any, reader: Reader) -> Markup | str:
        """The value beneath a head that says `measured_in`: its unit stands in an element of its own, which tables hide."""
        return self.listed(value, reader)

    def cell(self, value: Any, reader: Reader) -> str:
        """The value as plain text: exports, tooltips, titles, history. "" when None."""
        return "" if value is None else str(value)

    def input(self, control: Control) -> Markup:
        """The control that takes it in a form."""
        raise NotImplementedError(self.name)

    def formatted(self, value: Any, reader: Reader) -> str | None:
        """The value in the declared Excel format; None when there is none, or no value."""
        return None if self.format is None or value is None else shown(value, self.format, reader.zone)

    # -- what a type may do ------------------------------------------------------------------------------------------

    def scale(self) -> int:
        """How many decimals a stored number keeps; 0 for what is no number."""
        return 0

    def fixed(self) -> bool:
        """Whether all decimals of a number are shown, also where they are 0."""
        return False

    def rounded(self, value: Any) -> Any:
        """A computed value as this field keeps it (a number rounded to its decimals, half away from zero)."""
        return value

    def received(self, value: Any) -> Any:
        """What a default or an action gives, as this field keeps it; whether it is one of its values is checked as for people."""
        return self.rounded(value)

    def limits(self) -> Mapping[str, Any]:
        """Keys whose values limit this field and may be formulas: `min`, `max` (raw, as declared); empty: none."""
        return {}

    def searched(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """What a list's search looks into, where it is `searchable`: the column, as a text."""
        return column

    def operators(self) -> tuple[Operator, ...]:
        """How a list may be filtered by it; empty: not at all."""
        return ()

    def literal(self, value: Any) -> str:
        """A parsed value written as a literal of the expression language (for filter chips)."""
        return str(value)

    def choices(self) -> Mapping[str, Any] | str | None:
        """The declared options: a mapping name -> title or keys, or the name of a list in the pack; None: has none."""
        return None

    def having(self, options: Mapping[str, Option]) -> Field:
        """The same field, knowing its options: titles in all languages, or those of a list in the pack. Only a choice
        changes by it; its schema, checks and display then need no `Place.options` or `Reader.options`."""
        return self

    def target(self) -> str | None:
        """The shape of the records it points at (`customer`, `contract.items`, `person`, `department`); None: none."""
        return None

    def targets(self) -> tuple[str, ...]:
        """The shapes of the records it may point at: one, or several where it points at a record of one of several forms
        (then `target` is None, for its value tells which); empty: it points at nothing."""
        target = self.target()
        return () if target is None else (target,)

    def pointer(self, shape: str, id: int) -> Any:
        """The value that points at this record, of one field that isn't `several`."""
        return id

    def pointed(self, value: Any) -> tuple[tuple[str, int], ...]:
        """(shape, id) of everything that a value points at; empty for None, and for types that point at nothing."""
        return ()

    def holds(self) -> tuple[str, Type] | None:
        """What the formula is about that it holds (`contract`, `contract.items`), and what that gives; None: it holds none."""
        return None

    def lines(self) -> Mapping[str, Field] | None:
        """The columns of its own lines; None: it has none."""
        return None

    def row_limits(self) -> tuple[int, int | None]:
        """How many lines there must and may be; (0, None) without lines."""
        return 0, None

    def holding(self, columns: Mapping[str, Field]) -> Field:
        """It with its columns built. Only `lines` changes by it: its `lines()` and schema then have them."""
        return self

    def related(self) -> Mapping[str, Any] | None:
        """The keys `from where via columns sort limit create` of a live list; None: it isn't one."""
        return None

    def numbering(self) -> Mapping[str, Any] | None:
        """The keys `pattern reset scope gapless given` of a serial number; None: it isn't one."""
        return None

    def uploads(self) -> Mapping[str, Any] | None:
        """The keys `max_files max_size accept` of a field that holds files (its value is a tuple of file ids); None."""
        return None


def plain(value: Any) -> str:
    """A text as a literal of the expression language."""
    return '"' + str(value).replace('"', '""') + '"'
