"""Values of formulas in people's words: records by their titles, options and states by theirs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from engine.expressions.pointing import read
from engine.expressions.tree import Get, Typed, Within
from engine.expressions.types import forms_of
from engine.runtime.record import Record

if TYPE_CHECKING:
    from engine.runtime.work import Work

PATH = re.compile(r"[A-Za-z_][\w.]*")
"""A formula that is but a name, or names with dots between."""

COMMA = ", "
"""What stands between several records: a title is one for all languages."""


def worded(work: Work, value: Any, typed: Typed, language: str) -> str | None:
    """The value of a formula in words; None: it needs none but its own."""
    if isinstance(value, list):
        return COMMA.join(_called(work, one) for one in value)
    if isinstance(value, Record) or (forms_of(typed.type) and value is not None):
        return _called(work, value)
    read_of = member(typed) if isinstance(value, str) else None
    if read_of is None:
        return None
    shape, name = read_of
    if name == "state" and shape in work.catalog.forms:
        workflow = work.catalog.forms[shape].workflow
        return workflow.states[value].title.to(language) if workflow and value in workflow.states else None
    found = work.catalog.field(shape, name)
    return found.options[value].title.to(language) if found is not None and value in found.options else None


def _called(work: Work, one: Record | str) -> str:
    """The title of a record, or of what a value of one of several forms points at."""
    if isinstance(one, Record):
        return work.title_of(one.shape, one.id) if one.id is not None else ""
    return work.title_of(*read(one))


def member(typed: Typed) -> tuple[str, str] | None:
    """The shape and name of the member that a formula just reads, be it stored or computed when it is read; None: it is
    more than that."""
    node, name = typed.tree, typed.text.strip().rpartition(".")[2]
    if isinstance(node, Within) and not (node.of.type.kind == "record" and PATH.fullmatch(typed.text.strip())):
        return None
    if not isinstance(node, Get | Within) or node.of.type.shape is None:
        return None
    return node.of.type.shape, node.name if isinstance(node, Get) else name
