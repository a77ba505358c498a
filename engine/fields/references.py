"""Several records of another form, or several of its lines, or several records of any of some forms."""

from __future__ import annotations

from typing import Any, Literal, Self

from markupsafe import Markup
from pydantic import Field as Key
from pydantic import ModelWrapValidatorHandler, field_validator, model_validator
from sqlalchemy.types import TypeEngine

from engine.columns import Names
from engine.expressions.pointing import read
from engine.expressions.types import Type, list_of, one_of
from engine.fields.base import (
    EMPTY,
    FILLED,
    Control,
    Example,
    Formula,
    Misdeclared,
    Operator,
    Place,
    Reader,
    plain,
    refuse,
    short,
)
from engine.fields.base_input import picker
from engine.fields.base_records import COMMAS, FITTING, PointingAtMany, pieces
from engine.fields.base_several import OfSeveral
from engine.markup import tag
from engine.problems import problem
from engine.problems import value as wrong
from engine.texts import text

HAS_ONE = Operator("has", text("含有", "has"), "{value} in {field}")


class References(PointingAtMany):
    """Points at any number of records; formulas read them as a list (`COUNT(packages)`, `SUM(packages.weight)`)."""

    name = "references"
    summary = text(
        "关联另一张表单的多条记录；to 写几张表单时，可以是其中任何几张的：COUNT(about) 是总数，about.customer 是其中的客户",
        "Several records of another form; where to lists forms, of any of them: COUNT(about) is how many, about.customer those "
        "that are customers",
    )
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
        Example(
            declared={"to": ["customer", "supplier"]},
            accepts=(
                (["supplier/3", "customer/12", "customer/7"], ("customer/7", "customer/12", "supplier/3")),
                ("customer/7, supplier/3", ("customer/7", "supplier/3")),
                (["", "supplier/3"], ("supplier/3",)),
                ([], None),
                ("", None),
            ),
            rejects=(
                ("东方机械", wrong.NOT_A_RECORD_OF),
                ([7], wrong.NOT_A_RECORD_OF),
                (["product/7"], wrong.NOT_A_RECORD_OF),
                (["customer/07"], wrong.NOT_A_RECORD_OF),
                (["customer/7", "customer/7"], wrong.TWICE),
                (3, wrong.WRONG_KIND),
            ),
            displays=((("customer/7", "supplier/3"), "customer 7 supplier 3"), (None, "")),
            sorts=(("customer/7",), ("supplier/12",)),
        ),
    )

    to: str | tuple[str, ...] = Key(description="Form, form.lines, or a list of forms / 目标表单，或几张表单")
    where: Formula | None = Key(None, description="Which records can be chosen / 可选范围")
    sort: str | tuple[str, ...] = Key((), description="Order in which they are offered / 排序")
    create: bool = Key(False, description="A new one may be made from here / 可在此新建")
    on_delete: Literal["refuse", "clear", "cascade"] = Key(
        "refuse", description="When one of them is deleted: clear takes it out / 其中之一被删除时"
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
        """A list of forms makes references to any of them; a list of one is that one."""
        made = make(given)
        if isinstance(made.to, str) or isinstance(made, ToAnyOfSeveral):
            return made
        if len(made.to) == 1:
            return made.model_copy(update={"to": made.to[0]})
        keys = {name: getattr(made, name) for name in type(made).model_fields}
        return ToAnyOfSeveral.model_construct(made.model_fields_set, **keys)  # type: ignore[return-value]

    def points_at(self) -> str:
        """The form or list of lines."""
        return str(self.to)


class ToAnyOfSeveral(OfSeveral, References):
    """References to records of several forms: the value is a tuple of texts FORM/ID, in the order of forms and ids."""

    def value_type(self, shape: str) -> Type:
        """A list of records, each of one of these forms."""
        return list_of(one_of(self.targets()))

    def column(self) -> TypeEngine[Any] | None:
        """The JSON text of a list of texts."""
        return Names()

    def parse(self, raw: Any, at: Place) -> tuple[str, ...] | None:  # type: ignore[override]
        """A list of a form and an id each, such as customer/7; typed also with commas between. Names from a CSV file are
        looked up before."""
        if raw is None:
            return None
        found: set[str] = set()
        for given in pieces(raw, at):
            words = self.one(given, at)
            if words in found:
                refuse(wrong.TWICE, at, given=short(given))
            found.add(words)
        if len(found) > FITTING:
            refuse(wrong.TOO_MANY, at, limit=FITTING)
        return self._sorted(found)

    def rounded(self, value: Any) -> Any:
        """What a formula gives, each once, in the order of forms and ids."""
        return self._sorted({one for one in value or () if one is not None})

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """A list of texts of a form and an id, without duplicates."""
        return {"type": "array", "items": self.one_schema(), "uniqueItems": True, "maxItems": FITTING}

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """A chip for each, as a link where the reader may open it."""
        chips: list[Markup | str] = []
        for one in value or ():
            href, title = reader.href_of(*read(one)), reader.title_of(*read(one))
            link = title if href is None else tag("a", {"class": "fl-link", "href": href}, title)
            chips += [" ", tag("span", {"class": "fl-tag"}, link)]
        return tag("span", {"class": "fl-tags"}, *chips[1:]) if chips else ""

    def cell(self, value: Any, reader: Reader) -> str:
        """The titles with commas between."""
        return COMMAS[reader.language].join(reader.title_of(*read(one)) for one in value or ())

    def input(self, control: Control) -> Markup:
        """A picker that looks into all of the forms and takes several."""
        return picker(control, self.targets(), several=True)

    def operators(self) -> tuple[Operator, ...]:
        """Whether it has one of these, by the value itself."""
        return (HAS_ONE, EMPTY, FILLED)

    def literal(self, value: Any) -> str:
        """The text in quotes, for a value of one."""
        return plain(value[0] if isinstance(value, tuple) else value)

    def pointed(self, value: Any) -> tuple[tuple[str, int], ...]:
        """Each of them."""
        return tuple(read(one) for one in value or ())

    def _sorted(self, found: set[str]) -> tuple[str, ...] | None:
        def place(one: str) -> tuple[int, int]:
            form, id = read(one)
            return self.to.index(form), id

        return tuple(sorted(found, key=place)) or None
