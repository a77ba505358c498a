"""Which indexes a form's tables get unasked: they follow from what its definition filters, sorts and points at.

Why: an index is the biggest lever on a list over many records, and no analyst should have to think of it. Conditions
are looked through for members that are compared; a formula that reads another form by a condition gets an index there.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any

from sqlalchemy import JSON, Index, Table

from engine.columns import Several
from engine.definitions.model import Dashboard, Form, FormField
from engine.expressions.pointing import field_of
from engine.expressions.tree import Get, Node, Op, Query, Source, Typed, Var
from engine.expressions.walk import everything

LONGEST = 63
"""How long a name in a database may be (PostgreSQL's limit)."""

COMPARED = frozenset({"=", "<", "<=", ">", ">=", "in"})
"""Comparisons that an index can answer."""

ALWAYS = (("state", "created_at"), ("owner", "created_at"), ("created_at",), ("updated_at",), ("_title",))
"""What every form is listed by."""


@dataclass(frozen=True)
class Wanted:
    """One index: columns of a shape's table, in order. `unique`: no two records alike (what is empty never clashes)."""

    columns: tuple[str, ...]
    unique: bool = False


def wanted(forms: Mapping[str, Form], dashboards: Mapping[str, Dashboard]) -> dict[str, list[Wanted]]:
    """The indexes of every shape, by its name. Names without a column are among them: `attach` leaves them out."""
    found: dict[str, list[Wanted]] = defaultdict(list)
    for form in forms.values():
        found[form.name] += [Wanted(columns) for columns in ALWAYS]
        for shape, columns in ((form.name, form.fields), *_lines(form)):
            for field in columns.values():
                found[shape] += _of_field(field)
        if form.computed is not None and form.computed.kind != "walk":
            found[form.name].append(Wanted(form.computed.keys, unique=True))
        for rule in form.rules:
            if rule.unique:
                sure = rule.where is None and rule.each is None and not rule.at and rule.level == "error"
                found[form.name].append(Wanted(rule.unique, unique=sure))
        for view in form.views.values():
            found[form.name] += [Wanted((name,)) for name, _ in view.sort[:1]]
            found[form.name] += _compared(view.where, form.name)
        for access in form.access:
            found[form.name] += _compared(access.where, form.name)
    for dashboard in dashboards.values():
        for narrowed in dashboard.filters.values():
            for name, field_name in narrowed.fields.items():
                found[name].append(Wanted((field_name,)))
        for widget in dashboard.widgets.values():
            found[widget.form] += _compared(widget.where, widget.form)
    for typed in _formulas((forms, dashboards)):
        for shape, member in _queried(typed.tree):
            found[shape].append(Wanted((member,)))
    return found


def attach(table: Table, asked: Iterable[Wanted], aliases: Mapping[str, str]) -> None:
    """Give a table those of the indexes whose columns it has; one with which another begins is left out.

    `aliases` maps members to columns of another name. Lists kept as JSON have no order and get none.
    """
    given: dict[tuple[str, ...], bool] = {}
    for index in asked:
        columns = tuple(aliases.get(name, name) for name in index.columns)
        fits = all(name in table.c and not isinstance(table.c[name].type, JSON | Several) for name in columns)
        if fits and columns != ("id",):
            given[columns] = given.get(columns, False) or index.unique
    for columns, unique in given.items():
        covered = any(other[: len(columns)] == columns and other != columns for other in given)
        if unique or not covered:
            Index(name_of(table.name, columns, unique), *(table.c[name] for name in columns), unique=unique)


def name_of(table: str, columns: tuple[str, ...], unique: bool) -> str:
    """An index's name: readable, at most 63 characters (PostgreSQL's limit), another for anything that differs."""
    words = f"{'ux' if unique else 'ix'}_{table}_{'_'.join(columns)}"
    return shortened(words, (table, columns, unique))


def shortened(name: str, meant: object) -> str:
    """A name that fits, ending in a mark of what is meant by it: another for anything that differs."""
    mark = hashlib.sha256(repr(meant).encode()).hexdigest()[:8]
    return f"{name[: LONGEST - len(mark) - 1]}_{mark}"


def _lines(form: Form) -> Iterator[tuple[str, Mapping[str, FormField]]]:
    for name, field in form.line_forms().items():
        yield f"{form.name}.{name}", field.columns


def _of_field(field: FormField) -> list[Wanted]:
    """A field's own: unique (as numbers are that tell what their counter depends on), asked for, or a reference."""
    numbering = field.numbering
    if field.field.unique or numbering is not None:
        return [Wanted((field.name,), unique=field.field.unique or (numbering is not None and numbering.once))]
    if not field.field.several and (field.field.index or field.field.targets()):
        return [Wanted((field.name,))]
    return []


def _compared(condition: Typed | None, shape: str) -> list[Wanted]:
    """The shape's own members that a condition over its records compares."""
    if condition is None:
        return []
    return [
        Wanted((field_of(get.name),))
        for get in _sides(condition.tree)
        if isinstance(get.of, Var) and get.of.type.shape == shape and get.of.name != "user"
    ]


def _queried(tree: Node) -> Iterator[tuple[str, str]]:
    """(shape, member) for what queries over stored forms compare and sort by: their frames' own members."""
    for query in everything(tree):
        if not isinstance(query, Query):
            continue
        shapes = {step.frame: step.source.shape for step in query.steps if isinstance(step.source, Source)}
        reads = list(_sides(query.where)) if query.where is not None else []
        reads += [node for node, _ in query.sort[:1] if isinstance(node, Get)]
        for get in reads:
            if isinstance(get.of, Var) and get.of.name in shapes:
                yield shapes[get.of.name], field_of(get.name)


def _sides(tree: Node) -> Iterator[Get]:
    for node in everything(tree):
        if isinstance(node, Op) and node.op in COMPARED:
            yield from (side for side in node.args if isinstance(side, Get))


def _formulas(value: Any) -> Iterator[Typed]:
    """Every formula in compiled definitions, however deep."""
    ahead = [value]
    while ahead:
        value = ahead.pop()
        if isinstance(value, Typed):
            yield value
        elif isinstance(value, tuple | list):
            ahead += value
        elif isinstance(value, Mapping):
            ahead += value.values()
        else:
            ahead += [getattr(value, name) for name in _parts(value.__class__)]


@cache
def _parts(kind: type) -> tuple[str, ...]:
    """The names of a dataclass's fields; none of any other class."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
