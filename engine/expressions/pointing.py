"""Records of one of several forms: `subject.name`, where the subject is a customer or a supplier.

Why: such a reference is kept as the text FORM/ID, so all executors have it already: it is compared, looked for in a list
and found empty as any text. What is read through it is read through each of the forms: `FIELD@FORM` is the record that it
points at if that is one of FORM, else nothing, and storage and records know such members. So `subject.name` is
`IF(subject.customer != null, subject.customer.name, subject.supplier.name)`, and no executor learns of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from engine.expressions.tree import Call, Get, Literal, Node, Op, Query, Var
from engine.expressions.types import BOOLEAN, NULL, NUMBER, TEXT, Type, forms_of, list_of, record

AT = "@"
"""What stands between the field and the form in the name of a member that is a record of that form only."""

BETWEEN = "/"
"""What stands between the form and the id in a value."""

Reads = Callable[[Node], Node]
"""What is read of a record."""

WORDS = "~"
"""How a raw value begins that is no id, but words by which somebody called the record (`~1001`)."""


def field_of(member: str) -> str:
    """The field whose value a member is taken from: `subject` of `subject@customer`, else the member itself."""
    return member.partition(AT)[0]


def member_of(field: str, form: str) -> str:
    """The member that is the record which a field points at, if it is one of that form."""
    return f"{field}{AT}{form}"


def form_of(member: str) -> str:
    """The form that a member is narrowed to: `customer` of `subject@customer`; "" for other members."""
    return member.partition(AT)[2]


def written(form: str, id: int | str) -> str:
    """The value that points at this record."""
    return f"{form}{BETWEEN}{id}"


def read(value: str) -> tuple[str, int]:
    """The form and the id of a value."""
    form, _, id = value.partition(BETWEEN)
    return form, int(id)


def narrowed(of: Node, form: str) -> Node | None:
    """The record that it points at, if it is one of `form`, else null; None where that can't be told of such a node."""
    if isinstance(of, Get):
        return replace(of, type=record(form), name=member_of(of.name, form))
    if isinstance(of, Query) and of.value is not None:
        value = narrowed(of.value, form)
        return None if value is None else replace(of, value=value, type=list_of(record(form)))
    return None


def many_of(node: Node) -> Get | None:
    """The member of `this` with references to many records, where a node just reads them all; None for any other node."""
    if isinstance(node, Query) and len(node.steps) == 1 and node.where is None and node.value is None and not node.sort:
        node = node.steps[0].source
    of = node.type.of
    if not isinstance(node, Get) or not isinstance(node.of, Var) or of is None:
        return None
    pointing = of.kind == "record" and of.shape != f"{node.of.type.shape}.{node.name}"
    return node if pointing or forms_of(of) else None


def through(of: Node, at: int, reads: Reads, joined: Callable[[Sequence[Type]], Type | None]) -> Node | None:
    """What `reads` gives of whichever record it points at; None where that differs in type, or can't be told.

    `joined` is the type of what is one of several.
    """
    records = [narrowed(of, form) for form in forms_of(of.type)]
    if None in records:
        return None
    values = [reads(one) for one in records if one is not None]
    type = joined([value.type for value in values])
    if type is None or type.kind in ("list", "unknown"):
        return None
    found = values[-1]
    for one, value in reversed(list(zip(records[:-1], values[:-1], strict=True))):
        assert one is not None
        there = Op(BOOLEAN, at, "!=", (one, Literal(NULL, at, None)))
        found = Call(type, at, "IF", (there, value, found))
    return found


def pointer(of: Node, to: Type) -> Node:
    """The value that points at a record: a text."""
    id = Get(NUMBER, of.at, of, "id")
    number = Call(TEXT, of.at, "TEXT", (id, Literal(TEXT, of.at, "0")))
    there = Op(BOOLEAN, of.at, "!=", (id, Literal(NULL, of.at, None)))
    named = Op(TEXT, of.at, "&", (Literal(TEXT, of.at, f"{of.type.shape}{BETWEEN}"), number))
    return Call(to, of.at, "IF", (there, named, Literal(to, of.at, None)))


def pointed(node: Node) -> Node | None:
    """The record that `pointer` made a value of; None for any other node."""
    if not (isinstance(node, Call) and node.function == "IF" and forms_of(node.type) and isinstance(node.args[0], Op)):
        return None
    id = node.args[0].args[0]
    return id.of if isinstance(id, Get) and id.name == "id" else None


def plainly(given: Any) -> Any:
    """What was given, without the mark of words."""
    return given.removeprefix(WORDS) if isinstance(given, str) else given
