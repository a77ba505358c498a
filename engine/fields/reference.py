"""One record of another form, or one of its lines, or a record of one of several forms."""

from __future__ import annotations

from typing import Any, Literal, Self

from markupsafe import Markup
from pydantic import Field as Key
from pydantic import ModelWrapValidatorHandler, field_validator, model_validator
from sqlalchemy import String
from sqlalchemy.types import TypeEngine

from engine.expressions.pointing import read
from engine.expressions.types import Type, one_of
from engine.fields.base import (
    AMONG,
    DIFFERENT,
    EMPTY,
    EQUAL,
    FILLED,
    Control,
    Example,
    Formula,
    Misdeclared,
    Operator,
    Place,
    Reader,
    last,
    plain,
)
from engine.fields.base_input import picker
from engine.fields.base_record import Pointing
from engine.fields.base_several import OfSeveral
from engine.markup import tag
from engine.problems import problem
from engine.problems import value as wrong
from engine.texts import text


class Reference(Pointing):
    """Points at one record; formulas read through it (`customer.level`)."""

    name = "reference"
    summary = text(
        "关联另一张表单的一条记录；to 写几张表单时，是其中一张的一条：subject.name 读各表单都有的字段，subject.customer.level 只读客户的",
        "One record of another form; where to lists forms, a record of one of them: subject.name reads what all of them have, "
        "subject.customer.level only a customer's",
    )
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
        Example(
            declared={"to": ["customer", "supplier"]},
            accepts=(
                ("customer/7", "customer/7"),
                (" supplier/12 ", "supplier/12"),
                (["", "supplier/3"], "supplier/3"),
                ("", None),
            ),
            rejects=(
                ("东方机械", wrong.NOT_A_RECORD_OF),
                ("7", wrong.NOT_A_RECORD_OF),
                (7, wrong.NOT_A_RECORD_OF),
                ("product/7", wrong.NOT_A_RECORD_OF),
                ("customer/0", wrong.NOT_A_RECORD_OF),
                ("customer/07", wrong.NOT_A_RECORD_OF),
            ),
            displays=(("customer/7", "customer 7"), (None, "")),
            sorts=("customer/7", "supplier/12"),
        ),
    )

    to: str | tuple[str, ...] = Key(description="Form, form.lines, or a list of forms / 目标表单，或几张表单")
    where: Formula | None = Key(None, description="Which records can be chosen / 可选范围")
    sort: str | tuple[str, ...] = Key((), description="Order in which they are offered / 排序")
    create: bool = Key(False, description="A new one may be made from here / 可在此新建")
    tree: bool = Key(False, description="No circles: nothing stands beneath itself / 树形，不能绕成圈")
    on_delete: Literal["refuse", "clear", "cascade"] = Key(
        "refuse", description="When what it points at is deleted / 目标被删除时"
    )

    @field_validator("to")
    @classmethod
    def _each_once(cls, given: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if not isinstance(given, str) and len(set(given)) < max(1, len(given)):
            raise Misdeclared(problem(wrong.TARGETS_TWICE))
        return given

    @model_validator(mode="wrap")
    @classmethod
    def _of_several(cls, given: Any, make: ModelWrapValidatorHandler[Self]) -> Self:
        """A list of forms makes a reference to one of them; a list of one is that one."""
        made = make(given)
        if isinstance(made.to, str) or isinstance(made, ToOneOfSeveral):
            return made
        if len(made.to) == 1:
            return made.model_copy(update={"to": made.to[0]})
        keys = {name: getattr(made, name) for name in type(made).model_fields}
        return ToOneOfSeveral.model_construct(made.model_fields_set, **keys)  # type: ignore[return-value]

    def points_at(self) -> str:
        """The form or list of lines."""
        return str(self.to)


class ToOneOfSeveral(OfSeveral, Reference):
    """A reference to a record of one of several forms: its value is the text FORM/ID."""

    def value_type(self, shape: str) -> Type:
        """A record of one of these forms."""
        return one_of(self.targets())

    def column(self) -> TypeEngine[Any] | None:
        """The text."""
        return String()

    def parse(self, raw: Any, at: Place) -> str | None:
        """A form and an id, such as customer/7. A name from a CSV file is looked up before."""
        given = last(raw, at)
        return None if given is None else self.one(given, at)

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """A text of a form and an id."""
        return self.one_schema()

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """Its title, as a link where the reader may open it."""
        if value is None:
            return ""
        href = reader.href_of(*read(value))
        title = self.cell(value, reader)
        return title if href is None else tag("a", {"class": "fl-link", "href": href}, title)

    def cell(self, value: Any, reader: Reader) -> str:
        """Its title."""
        return "" if value is None else reader.title_of(*read(value))

    def input(self, control: Control) -> Markup:
        """A picker that looks into all of the forms."""
        return picker(control, self.targets())

    def operators(self) -> tuple[Operator, ...]:
        """As any reference, by the value itself."""
        return (AMONG, EQUAL, DIFFERENT, EMPTY, FILLED)

    def literal(self, value: Any) -> str:
        """The text in quotes."""
        return plain(value)

    def pointed(self, value: Any) -> tuple[tuple[str, int], ...]:
        """The one that it points at."""
        return () if value is None else (read(value),)
