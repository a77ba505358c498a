"""Why a field has the value that it has: the formula and what it read, the default it came from, and who changed it.

Why: a number that nobody can explain is not trusted. What is told here is read from the record as it is, and nothing of
it is more than this person may see.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from engine.definitions.model import Constant, Form, FormField
from engine.expressions.pointing import field_of
from engine.expressions.tree import Aggregate, Get, Node, Query, Typed, Var, Within
from engine.expressions.walk import free
from engine.problems import Refused, problem
from engine.problems.record import NOT_FOUND
from engine.runtime import access, reach
from engine.runtime.causes import Cause
from engine.runtime.change import seen
from engine.runtime.compute import assigned
from engine.runtime.history import events
from engine.runtime.opening import conceal, whole
from engine.runtime.paths import shut_in
from engine.runtime.record import Record, row_path
from engine.runtime.values import Change, Event
from engine.runtime.work import Work

ROWS, TIMES = 12, 5
"""How many lines of a sum, and how many changes are told."""


@dataclass(frozen=True)
class Part:
    """What one part of a formula gave. `at` is where it stands in the formula's text; `found` the field that words it
    (None: none does); `told` False: not for this reader, and then `value` is None. `source`: the other record that the value
    was read from (None: this one, or several)."""

    at: int
    node: Node
    found: FormField | None
    value: Any
    told: bool
    source: Record | None = None


@dataclass(frozen=True)
class Row:
    """A line that is added up: what it is called, how its value came about (None: it was typed) and the value."""

    title: str
    formula: Typed | None
    parts: tuple[Part, ...]
    value: Any


@dataclass(frozen=True)
class Sum:
    """A list function over the record's own lines: the column `found`, the first rows, and how many are left."""

    found: FormField
    rows: tuple[Row, ...]
    more: int


@dataclass(frozen=True)
class Turn:
    """A change of the value, with what else the person changed that time (`causes`); `by`: what in the definitions gave the
    value (None: a person, or a formula)."""

    event: Event
    change: Change
    causes: tuple[Change, ...]
    by: Cause | None = None


@dataclass(frozen=True)
class Why:
    """The answer. `holder` is the record or line that holds the value, `line` its number from 1 (None: no line).

    `source`: `formula number default typed`, `default` also where it has been typed over since (`kept` tells), or `written`:
    by what the newest of `turns` says.
    `turns` are the last changes, `times` how often it changed.
    """

    form: Form
    record: Record
    found: FormField
    holder: Record
    line: int | None
    value: Any
    source: str
    formula: Typed | None
    kept: bool
    parts: tuple[Part, ...]
    sums: tuple[Sum, ...]
    turns: tuple[Turn, ...]
    times: int


def why(work: Work, name: str, id: int, path: str) -> Why:
    """Why the field at `path` (`refund`, or `items.7.amount` for the line with that id) has its value.

    Refused: there is no such record, or no such field in it, for this person.
    """
    form, record = seen(work, name, id)
    rights = access.rights(work, form, record)
    found, holder, line = _spot(form, record, path, rights.hidden)
    source, formula, kept = _source(work, found, holder)
    hidden = rights.hidden
    parts = _parts_of(work, form, holder, hidden, formula) if formula is not None else ()
    shown = whole(work, form, record)
    conceal(shown, hidden)
    kept_in = shown
    for step, number in zip(*[iter(row_path(holder))] * 2, strict=True):
        kept_in = kept_in.value(str(step))[number]
    turns = _turns(events(work, form, id, hidden), path)
    if source == "typed" or not kept:
        source = "written" if turns and turns[0].by is not None else source
    return Why(
        form, shown, found, kept_in, line, kept_in.values.get(found.name), source, formula, kept, parts,
        _sums(work, form, holder, hidden, formula), tuple(turns[:TIMES]), len(turns),
    )  # fmt: skip


def _spot(form: Form, record: Record, path: str, hidden: frozenset[str]) -> tuple[FormField, Record, int | None]:
    parts = path.split(".")
    names, ids = parts[::2], parts[1::2]
    found = form.named(".".join(names))
    if found is None or len(names) != len(ids) + 1 or shut_in(names, hidden) or found.related is not None:
        raise Refused(problem(NOT_FOUND))
    holder, number = record, None
    for name, id in zip(names, ids, strict=False):
        lines = enumerate(holder.value(name) or [], 1)
        number, line = next(((n, x) for n, x in lines if str(x.id) == id), (None, None))
        if line is None:
            raise Refused(problem(NOT_FOUND))
        holder = line
    return found, holder, number


def _source(work: Work, found: FormField, holder: Record) -> tuple[str, Typed | None, bool]:
    """Where the value is from, the formula that says so, and whether it is still what that gives."""
    if found.formula is not None:
        return "formula", found.formula, True
    if found.numbering is not None:
        return "number", None, True
    value = holder.values.get(found.name)
    if isinstance(found.default, Typed):
        try:
            kept = assigned(work, found.default, found, holder) == value
        except (ArithmeticError, Refused):
            kept = False
        return "default", found.default, kept
    if isinstance(found.default, Constant) and value is not None and found.default.value == value:
        return "default", None, True
    return "typed", None, True


# -- what a formula read -----------------------------------------------------------------------------------------------


def _parts_of(work: Work, form: Form, holder: Record, hidden: frozenset[str], typed: Typed) -> tuple[Part, ...]:
    out: list[Part] = []
    for node in reach.parts(typed):
        told = reach.told(work, form, holder, hidden, typed, node)
        value = reach.given(work, holder, node) if told else None
        out.append(
            Part(
                node.at, node, _words(work, typed, node), value, told, _read_from(work, holder, node) if told else None
            )
        )
    return tuple(out)


def _read_from(work: Work, holder: Record, node: Node) -> Record | None:
    """The record that a value was read from: what a reference leads to, or the first or last of a query's rows."""
    source: Any = None
    if isinstance(node, Get | Within):
        source = reach.given(work, holder, node.of)
    elif isinstance(node, Aggregate) and node.function in ("FIRST", "LAST") and isinstance(node.list, Query):
        rows = node.list.steps[-1].source.type
        source = reach.given(
            work, holder, replace(node, type=rows.of or rows, list=replace(node.list, type=rows, value=None))
        )
    if not isinstance(source, Record):
        return None
    main, own = source.parent or source, holder.parent or holder
    same = (main.shape, main.id) == (own.shape, own.id)
    return main if main.shape in work.catalog.forms and main.id is not None and not same else None


def _words(work: Work, typed: Typed, node: Node) -> FormField | None:
    """The field that a value comes from, which knows how it is written; for a list function what it goes over."""
    if isinstance(node, Aggregate):
        query = node.list
        if (
            node.function in ("SUM", "MIN", "MAX", "AVERAGE", "FIRST", "LAST")
            and isinstance(query, Query)
            and query.value
        ):
            return _words(work, typed, query.value)
        return None
    if not isinstance(node, Get | Within) or node.of.type.shape is None:
        return None
    name = field_of(node.name) if isinstance(node, Get) else reach.name_at(typed.text, node.at)
    if node.of.type.shape == "settings":
        return work.catalog.settings.get(name)
    return work.catalog.field(node.of.type.shape, name)


def _sums(
    work: Work, form: Form, holder: Record, hidden: frozenset[str], typed: Typed | None
) -> tuple[Sum, ...]:  # fmt: skip
    """The lines behind each list function over the record's own lines, where it takes one column of all of them."""
    out: list[Sum] = []
    for node in reach.parts(typed) if typed is not None else ():
        query = node.list if isinstance(node, Aggregate) else None
        if not isinstance(query, Query) or len(query.steps) != 1 or query.where is not None:
            continue
        step, value = query.steps[0], query.value
        list_, column = step.source, value
        own = isinstance(list_, Get) and isinstance(list_.of, Var) and list_.of.name == "this"
        if not own or not isinstance(list_, Get) or not isinstance(column, Get) or free(column) != {step.frame}:
            continue
        path = f"{holder.shape}.{list_.name}.{column.name}".partition(".")[2]
        found = form.named(path)
        if found is None or not isinstance(column.of, Var) or shut_in(path.split("."), hidden):
            continue
        rows = [line for line in holder.value(list_.name) or [] if line.values.get(found.name) is not None]
        told = tuple(_row(work, form, found, line, hidden) for line in rows[:ROWS])
        out.append(Sum(found, told, max(0, len(rows) - ROWS)))
    return tuple(out)


def _row(work: Work, form: Form, found: FormField, line: Record, hidden: frozenset[str]) -> Row:
    value = reach.given(work, line, Get(found.type, 0, Var(found.type, 0, "this"), found.name))
    parts = _parts_of(work, form, line, hidden, found.formula) if found.formula is not None else ()
    title = next((t for t in _titles(work, form, line, hidden) if t), f"#{line.id}")
    return Row(title, found.formula, parts, value)


def _titles(work: Work, form: Form, line: Record, hidden: frozenset[str]) -> list[str]:
    """What a line may be called: the first record that it points at, else its first text."""
    _, _, list_ = line.shape.partition(".")
    columns = form.line_forms()[list_].columns
    names = [n for n in columns if f"{list_}.{n}" not in hidden]
    pointed = [(work.target(line.shape, n), line.values.get(n)) for n in names]
    out = [work.title_of(shape, id) for shape, id in pointed if shape is not None and isinstance(id, int)]
    return out + [v for n in names if isinstance(v := line.values.get(n), str) and not columns[n].options]


# -- what became of it -------------------------------------------------------------------------------------------------


def _turns(history: tuple[Event, ...], path: str) -> list[Turn]:
    """Each change of the value, the newest first."""
    parts = path.split(".")
    names, id = parts[::2], ".".join(parts[1::2])
    list_, column = ".".join(names[:-1]), names[-1]
    mine = {(column,)} if not list_ else {(list_, i, column) for i in (id, f"+{id}")}
    out = []
    for event in history:
        for change in event.changes:
            if change.path in mine:
                causes = tuple(c for c in event.changes if c.path not in mine)
                by = next((c.cause for c in reversed(event.causes) if names[0] in c.fields), None)
                out.append(Turn(event, change, causes, by))
    return out
