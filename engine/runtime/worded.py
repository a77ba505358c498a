"""Values of formulas in people's words: records by their titles, options and states by theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.expressions.pointing import read
from engine.expressions.tree import Get, Typed
from engine.expressions.types import forms_of
from engine.runtime.record import Record

if TYPE_CHECKING:
    from engine.runtime.work import Work


def worded(work: Work, value: Any, typed: Typed, language: str) -> str | None:
    """The value of a formula in words; None: it needs none but its own."""
    if isinstance(value, Record):
        return work.title_of(value.shape, value.id) if value.id is not None else ""
    if forms_of(typed.type) and value is not None:
        return work.title_of(*read(value))
    node = typed.tree
    if not (isinstance(node, Get) and isinstance(value, str) and node.of.type.shape is not None):
        return None
    shape = node.of.type.shape
    if node.name == "state" and shape in work.catalog.forms:
        workflow = work.catalog.forms[shape].workflow
        return workflow.states[value].title.to(language) if workflow and value in workflow.states else None
    found = work.catalog.field(shape, node.name)
    return found.options[value].title.to(language) if found is not None and value in found.options else None
