"""The tables of forms, as they follow from the definitions. Pure: nothing here touches a database.

Why: a form's table is never described twice. The form says what is stored, its field types name the columns, and what
the definition filters and sorts by says which indexes it gets. Reading, writing, formulas in SQL and the planning of
changes all take the tables from here.

Every stored shape has a table: a form `f_FORM`, each of its lists of lines `l_FORM__LIST`, a list within a line's
`ll_FORM__LIST__LIST`, whose rows belong to that line's. Columns are named as members
are; those of the engine are `id version _title _definition state state_since owner created_by created_at updated_by
updated_at`, in lines `id parent_id position`. All but these ids are nullable: what must be filled is the rules' affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    FromClause,
    MetaData,
    String,
    Table,
    case,
    cast,
    func,
)
from sqlalchemy.types import TypeEngine

from engine.columns import WHOLE, WORDS, Instant, Names, ids_after
from engine.definitions.model import Dashboard, Form, FormField
from engine.definitions.shapes import CLOCK, LISTED_CLOCK
from engine.expressions.pointing import field_of, form_of, written
from engine.storage import indexes, tables
from engine.texts import LANGUAGES

PERSON = ("id", "login", "name", "email", "phone", "department", "active", "language")
DEPARTMENT = ("id", "key", "name", "head", "parent")
"""The members of the two shapes that aren't forms. A department's name is that in the product's first language."""

OWN = (
    "id",
    "version",
    "_title",
    "_definition",
    "state",
    "state_since",
    "owner",
    "created_by",
    "created_at",
    "updated_by",
    "updated_at",
)
OWN_OF_LINES = ("id", "parent_id", "position")
"""The engine's own columns, of forms and of lines: no field may be called so."""

ALIASES = {"parent": "parent_id"}
"""Members of lines whose column has another name."""


@dataclass(frozen=True)
class Layout:
    """All tables of a catalog. Made by `layout`; never changes.

    `forms` are the forms it was made from; `tables` shape -> table (`contract`, `contract.items`, `person`,
    `department`); `dialect` which database they are in, `sqlite` or `postgresql`; `statements` keeps what `records` has
    built for these tables.
    """

    forms: Mapping[str, Form]
    tables: Mapping[str, Table]
    dialect: str = "sqlite"
    statements: dict[tuple[Any, ...], Any] = field(default_factory=dict, repr=False, compare=False)

    def table(self, shape: str) -> Table:
        """The table of a stored shape; KeyError when there is none. That of clocks is the times of all forms."""
        return tables.clock if shape in (CLOCK, LISTED_CLOCK) else self.tables[shape]

    def column(self, shape: str, selectable: FromClause, member: str) -> ColumnElement[Any]:
        """The stored member of a shape, read from `selectable` (its table or an alias of it).

        A line's `parent` is its record's id; `subject@customer` the id of what `subject` points at, if that is a customer.
        KeyError when the member isn't stored.
        """
        if shape == "department" and member == "name":
            named = (selectable.c.name[language].as_string() for language in LANGUAGES)
            return func.coalesce(*named, selectable.c.key, "")
        if "." in shape:
            member = ALIASES.get(member, member)
        found: ColumnElement[Any] = selectable.c[field_of(member)]
        form = form_of(member)
        return narrowed(found, form) if form else found

    def members(self, shape: str) -> tuple[tuple[str, ColumnElement[Any]], ...]:
        """What a stored record of that shape consists of: names as `records.fetch` gives them, with their columns."""
        table = self.tables[shape]
        names: tuple[str, ...] = {"person": PERSON, "department": DEPARTMENT}.get(shape) or tuple(
            map(str, table.c.keys())
        )
        return tuple((name, self.column(shape, table, name)) for name in names)


def narrowed(column: ColumnElement[Any], form: str) -> ColumnElement[Any]:
    """The id of what a column of values points at, if that is a record of this form, else null; of what points at many the
    ids of those that are."""
    head = written(form, "")
    if isinstance(column.type, Names):
        return ids_after(column, head)
    id = cast(func.substr(column, len(head) + 1), BigInteger)
    return case((func.substr(column, 1, len(head)) == head, id))


def layout(
    forms: Mapping[str, Form], dashboards: Mapping[str, Dashboard] | None = None, dialect: str = "sqlite"
) -> Layout:
    """The tables of these forms in a database of that dialect; with dashboards, what their widgets read is indexed too."""
    asked = indexes.wanted(forms, dashboards or {})
    found: dict[str, Table] = {"person": tables.person, "department": tables.department}
    for form in forms.values():
        metadata = MetaData()
        found[form.name] = _of_form(form, metadata)
        indexes.attach(found[form.name], asked[form.name], {})
        for name, lines in form.line_forms().items():
            shape = f"{form.name}.{name}"
            found[shape] = _of_lines(shape, lines, metadata)
            by_place = indexes.Wanted(("parent_id", "position"))
            indexes.attach(found[shape], [by_place, *asked[shape]], ALIASES)
    return Layout(forms, found, dialect)


def table_name(shape: str) -> str:
    """The table of a form's or of its lines' shape: `contract` -> f_contract, `contract.items` -> l_contract__items, lines
    within its lines `contract.items.parts` -> ll_contract__items__parts."""
    *holders, last = shape.split(".")
    name = "__".join((*(holder.replace("__", "_.") for holder in holders), last))
    name = f"{'l' * len(holders) or 'f'}_{name}"
    return name if len(name) <= indexes.LONGEST else indexes.shortened(name, shape)


def column_type(declared: FormField) -> TypeEngine[Any] | None:
    """The type of the column that keeps a field; None when it isn't stored in one."""
    found = declared.field.column() if declared.stored else None
    if type(found) is String:
        return WORDS
    return JSON(none_as_null=True) if isinstance(found, JSON) else found


def _of_form(form: Form, metadata: MetaData) -> Table:
    return Table(
        table_name(form.name),
        metadata,
        Column("id", WHOLE, primary_key=True),
        Column("version", WHOLE, nullable=False, server_default="1"),
        Column("_title", WORDS),
        Column("_definition", WORDS),
        Column("state", WORDS),
        Column("state_since", Instant),
        Column("owner", WHOLE),
        Column("created_by", WHOLE),
        Column("created_at", Instant),
        Column("updated_by", WHOLE),
        Column("updated_at", Instant),
        *_columns(form.fields),
        sqlite_autoincrement=True,
    )


def _of_lines(shape: str, lines: FormField, metadata: MetaData) -> Table:
    holder = table_name(lines.shape)
    return Table(
        table_name(shape),
        metadata,
        Column("id", WHOLE, primary_key=True),
        Column("parent_id", WHOLE, ForeignKey(f"{holder}.id", ondelete="CASCADE"), nullable=False),
        Column("position", WHOLE, nullable=False, server_default="0"),
        *_columns(lines.columns),
        sqlite_autoincrement=True,
    )


def _columns(declared: Mapping[str, FormField]) -> list[Column[Any]]:
    typed = ((name, column_type(found)) for name, found in declared.items())
    return [Column(name, kind) for name, kind in typed if kind is not None]
