"""What a formula reads, and which of it a person may be told.

Why: a page that explains a value must not tell more than its reader may see: a formula reads everything, a person
doesn't. Each member that it reads is asked for its own form's access, on the record that it is read from.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.definitions.model import Form
from engine.expressions.pointing import field_of
from engine.expressions.python import compile as compiled
from engine.expressions.tree import Aggregate, Call, Get, Node, Query, Source, Typed, Var, Within
from engine.expressions.walk import children, everything, free
from engine.problems import Refused
from engine.runtime import access
from engine.runtime.record import Record
from engine.runtime.work import Work

GIVEN = frozenset({"this", "settings", "user"})
"""Variables that are at hand when a record's own formula is read."""

PUBLIC = frozenset({"id", "name", "title", "department", "head", "parent"})
"""What everybody may be told of people and departments."""


def name_at(text: str, at: int) -> str:
    """The name that begins at `at`: `refund` of `refund > 5`. "" where none does."""
    end = at
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return text[at:end]


def parts(typed: Typed) -> Iterator[Node]:
    """What a formula is made of, as a reader takes it in: whole paths from the record (`contract.customer.name`) and whole
    list functions, in the order of writing; not what stands within them."""
    yield from _parts(typed.tree)


def _parts(node: Node) -> Iterator[Node]:
    if isinstance(node, Aggregate):
        if free(node) <= GIVEN:
            yield node
        return
    if (
        isinstance(node, Get | Within)
        and free(node) <= GIVEN
        and not any(isinstance(n, Query) for n in everything(node))
    ):
        yield node
        return
    if isinstance(node, Query):
        return
    for child in children(node):
        yield from _parts(child)


def told(work: Work, form: Form, record: Record, hidden: frozenset[str], typed: Typed, node: Node) -> bool:
    """Whether the reader may be told what this part of a formula over `record` gives.

    `record` is of `form`, or one of its lines; `hidden` are the form's fields that the reader may not see in it.
    """
    return all(_may(work, form, record, hidden, typed, one) for one in everything(node))


def knowable(work: Work, form: Form, record: Record, hidden: frozenset[str], typed: Typed) -> bool:
    """Whether the reader may be told how a condition turns out, and it doesn't depend on who asks."""
    asks_user = any(isinstance(n, Var) and n.name == "user" for n in everything(typed.tree))
    return not asks_user and free(typed.tree) <= GIVEN and told(work, form, record, hidden, typed, typed.tree)


def given(work: Work, record: Record, node: Node) -> Any:
    """What a part of a formula gives; None where it can't be computed."""
    try:
        return compiled(node)(work.env(record))
    except (ArithmeticError, Refused):
        return None


def _may(work: Work, form: Form, record: Record, hidden: frozenset[str], typed: Typed, node: Node) -> bool:
    if isinstance(node, Source):
        return _whole(work, node.shape)
    if not isinstance(node, Get | Within):
        return not (isinstance(node, Call) and node.function == "EVAL")
    shape, name = node.of.type.shape, field_of(node.name) if isinstance(node, Get) else name_at(typed.text, node.at)
    if shape is None or shape == "settings" or shape.startswith(("ask:", "state:")):
        return True
    if shape in ("person", "department"):
        return name in PUBLIC
    owner, _, list_ = shape.partition(".")
    path = f"{list_}.{name}" if list_ and name not in ("id", "parent") else name
    if owner == form.name and _is_own(node.of):
        return not any(path == name or path.startswith(f"{name}.") for name in hidden)
    if not free(node.of) <= GIVEN:  # a row of a query: its form as a whole decides
        return path in access.usable(work.form(owner), work.actor)
    found = given(work, record, node.of)
    if not isinstance(found, Record):
        return True
    rights = access.rights(work, work.form(owner), found.main)
    return "view" in rights.can and path not in rights.hidden


def _is_own(node: Node) -> bool:
    """Whether it is the record itself, or one of its own lines or the record of the line."""
    if isinstance(node, Var):
        return True
    return isinstance(node, Get) and node.name == "parent" and _is_own(node.of)


def _whole(work: Work, shape: str) -> bool:
    form = work.catalog.forms.get(shape.partition(".")[0])
    return form is not None and access.whole(form, work.actor)
