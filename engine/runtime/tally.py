"""The values that a field has among the records of a list, each with its count: what a filter offers to be ticked.

Why: people recognise what they look for when they see it, and a count tells before the click how much will be left.
Asked for when the filter is opened, never with the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, cast, func, select, true

from engine.columns import each
from engine.definitions.model import Form
from engine.problems import Refused, problem
from engine.problems.access import FIELD_CLOSED
from engine.runtime.access import executed, usable
from engine.runtime.ask import question
from engine.runtime.values import Ask
from engine.runtime.work import PEOPLE, Work
from engine.texts import same

MOST = 50
"""How many values are listed."""


@dataclass(frozen=True)
class Tally:
    """Values with their counts: as declared where they are declared, else the most frequent first. `more`: there are
    further ones."""

    values: tuple[tuple[Any, int], ...]
    more: bool


def countable(form: Form, name: str) -> bool:
    """Whether a field has few enough values to be listed: states, choices, yes and no, people, what it points at."""
    if name == "state":
        return form.workflow is not None
    field = form.fields.get(name)
    if field is None:
        return name in PEOPLE
    if field.columns or not field.stored:
        return False
    targets = field.field.targets()
    return bool(field.options) or field.field.kind == "boolean" or any("." not in target for target in targets)


def tally(work: Work, form: Form, ask: Ask, name: str) -> Tally:
    """The values of this field among the records that fit what is asked and that the actor may see.

    Raises Refused as `ask.page`; a field that isn't theirs to see, or whose values can't be listed.
    """
    if name not in usable(form, work.actor) or not countable(form, name):
        field = form.fields.get(name)
        raise Refused(problem(FIELD_CLOSED, title=field.title if field is not None else same(name[:80])))
    asked = question(work, form, ask)
    column: ColumnElement[Any] = asked.table.c[name]
    found = form.fields.get(name)
    source: Any = asked.table
    if found is not None and found.field.several:
        inner = each(column)
        value = cast(inner.c.value, BigInteger if found.field.target() is not None else String)
        source, column = asked.table.join(inner, true()), value
    count = func.count()
    query = (
        select(column, count).select_from(source).where(*asked.where, column.is_not(None))
        .group_by(column).order_by(count.desc(), column).limit(MOST + 1)
    )  # fmt: skip
    rows = [tuple(row) for row in executed(work, query)]
    values = [(value, int(n)) for value, n in rows if value != ""]
    return Tally(_ordered(form, name, values[:MOST]), len(values) > MOST)


def _ordered(form: Form, name: str, values: list[tuple[Any, int]]) -> tuple[tuple[Any, int], ...]:
    """Declared values in their order, those without records too; others as they came."""
    field = form.fields.get(name)
    declared: list[Any] = []
    if name == "state" and form.workflow is not None:
        declared = [n for n, state in form.workflow.states.items() if not state.choose]
    elif field is not None and field.options:
        declared = list(field.options)
    elif field is not None and field.field.kind == "boolean":
        declared = [True, False]
    counts = dict(values)
    rest = [(v, n) for v, n in values if v not in declared]
    return tuple([(v, counts.get(v, 0)) for v in declared] + rest)
