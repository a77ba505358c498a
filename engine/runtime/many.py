"""Many new records of one form at once: decided one by one, stored together.

Why: a file of a hundred thousand rows would otherwise take a dozen statements for each. Every record is read, computed
and checked as one that a person typed; only what is asked of the database is shared: what is looked up, stored, noted in
history and spread. Where a record could read what an earlier one of the same file changes, together isn't the same as
one after the other; `together` says so, and whoever asks then goes one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from sqlalchemy import select

from engine.definitions.model import Catalog, Form, FormField, Rule
from engine.expressions.tree import Get, Node, Op, Query, Source, Typed, Var, Within
from engine.expressions.walk import children, conjuncts
from engine.fields.base import Place as FieldPlace
from engine.problems import Problem, Refused
from engine.runtime import aggregates, flow, submit
from engine.runtime.checks import COMING
from engine.runtime.compute import Computed, compute
from engine.runtime.outright import outright
from engine.runtime.record import Record
from engine.runtime.timers import has_times
from engine.runtime.work import Work

ONE = (int, str)
"""What names one record in a raw value."""

CHUNK = 500
"""How many values one look-up names at most."""


class Guilty(Exception):
    """What these bring to a computed form's rows breaks its rules, taken together; the others may come together."""

    def __init__(self, places: Set[int]) -> None:
        self.places = places
        super().__init__(places)


@dataclass
class _New:
    """A record on its way: where it stands in the file, as it was read and computed (None: outright)."""

    place: int
    record: Record
    read: submit.Read | None = None
    computed: Computed | None = None


def together(catalog: Catalog, form: Form) -> bool:
    """Whether storing many new records at once is the same as one after the other.

    It isn't when entering the first state does anything, when automations listen to the form or to a computed form that
    its records bring something to, or when a formula that decides about a record reads its own number, other records of
    the form, or anything that such a record's coming changes.
    """
    first = form.workflow.states[form.workflow.initial] if form.workflow is not None else None
    if first is not None and (first.choose or first.enter or first.tasks or first.wait):
        return False
    own = {form.name, *(f"{form.name}.{name}" for name in form.line_forms())}
    changed = _changed(catalog, own)
    counted = {name for name in changed if name in catalog.forms and catalog.forms[name].computed is not None}
    if has_times(form) or catalog.listening.keys() & (own | counted):
        return False
    asked = (form.fields, [r for r in form.rules if not r.at or r.at & COMING], form.layout, form.access)
    return not any(_reads(node, own, changed) for typed in _formulas(asked) for node in _nodes(typed.tree))


def submit_many(
    work: Work, form: Form, raws: Sequence[Mapping[str, Any]], confirmed: Collection[str] = ()
) -> list[Sequence[Problem] | None]:
    """Create records of a form of which `together` holds.

    Gives for each: no problems (it is there), why it was refused, or None: it must be tried by itself, after these.
    Raises Refused or IntegrityError when they can't be stored together, Guilty when it is known for which of them; then
    nothing may stay.
    """
    answers: list[Sequence[Problem] | None] = [None] * len(raws)
    _known(work, form, raws)
    plain = outright(work, form)
    new: list[_New] = []
    for place, raw in enumerate(raws):
        record = plain.record(raw) if plain is not None else None
        try:
            new.append(_New(place, record) if record is not None else _read(work, form, place, raw))
        except Refused as refused:
            answers[place] = refused.problems
    sound: list[tuple[Record, Sequence[Problem]]] = []
    for one in _first_of_twins(work, form, new):
        try:
            if one.read is not None or plain is None or not plain.sound(one.record):
                if one.read is None:
                    again = _read(work, form, one.place, raws[one.place])
                    one.record, one.read, one.computed = again.record, again.read, again.computed
                sound.append((one.record, _judged(work, form, one, confirmed)))
            else:
                sound.append((one.record, ()))
            answers[one.place] = ()
        except Refused as refused:
            answers[one.place] = refused.problems
    flow.enter_many(work, form, sound)
    try:
        flow.conclude(work, confirmed)
    except Refused:
        guilty = aggregates.bringing(work, work.broken, form)
        places = {one.place for one in new if one.record.id in guilty}
        if not places:
            raise
        raise Guilty(places) from None
    return answers


def _read(work: Work, form: Form, place: int, raw: Mapping[str, Any]) -> _New:
    found = submit.read(work, form, raw)
    computed = compute(work, form, found.record, found.given, None, closed=found.closed)
    return _New(place, found.record, found, computed)


def _judged(work: Work, form: Form, one: _New, confirmed: Collection[str]) -> Sequence[Problem]:
    assert one.read is not None and one.computed is not None
    return flow.judge(
        work, form, one.record, one.computed, problems=one.read.problems, confirmed=confirmed, closed=one.read.closed,
        permit=one.read.permit,
    )  # fmt: skip


# -- whether it is the same --------------------------------------------------------------------------------------------


def _changed(catalog: Catalog, own: Collection[str]) -> set[str]:
    """The shapes that a new record of these may change, itself included."""
    found, waiting = set(own), list(own)
    while waiting:
        shape = waiting.pop()
        readers = [d.shape for (s, _), some in catalog.dependents.items() if s == shape for d in some]
        readers += [w.form for (s, _), some in catalog.contributors.items() if s == shape for w in some]
        for reader in readers:
            for one in {reader, reader.partition(".")[0]} - found:
                found.add(one)
                waiting.append(one)
    return found


def _reads(node: Node, own: Collection[str], changed: Collection[str]) -> bool:
    if isinstance(node, Source):
        return node.shape in changed
    if not isinstance(node, Get):
        return False
    shape = node.of.type.shape
    if shape not in changed:
        return False
    if shape not in own or (node.name == "id" and not isinstance(node.of, Get)):
        return True
    return isinstance(node.of, Get) and node.of.name != "parent"


def _nodes(node: Node) -> Iterator[Node]:
    """The node and all below it that may find anything for a new record: nobody points at it yet."""
    if isinstance(node, Query) and any(_points_here(part) for part in conjuncts(node.where)):
        return
    yield node
    if isinstance(node, Within):
        yield from _nodes(node.body.tree)
    for part in children(node):
        yield from _nodes(part)


def _points_here(condition: Node) -> bool:
    if not isinstance(condition, Op) or condition.op != "=":
        return False
    sides = condition.args
    return any(isinstance(side, Var) and side.name == "this" for side in sides) and any(
        isinstance(side, Get) and isinstance(side.of, Var) and side.of.name != "this" for side in sides
    )


def _formulas(part: Any) -> Iterator[Typed]:
    """All formulas in these pieces of a definition; what is computed only when it is read decides nothing."""
    if isinstance(part, Typed):
        yield part
    elif isinstance(part, FormField) and (part.related is not None or (part.formula is not None and not part.stored)):
        return
    elif isinstance(part, FormField | Rule) or (is_dataclass(part) and not isinstance(part, type | Node)):
        for one in fields(part):
            if one.name not in ("field", "type", "message"):
                yield from _formulas(getattr(part, one.name))
    elif isinstance(part, Mapping):
        yield from (typed for one in part.values() for typed in _formulas(one))
    elif isinstance(part, tuple | list | frozenset):
        yield from (typed for one in part for typed in _formulas(one))


# -- what is asked together --------------------------------------------------------------------------------------------


def _known(work: Work, form: Form, raws: Sequence[Mapping[str, Any]]) -> None:
    """Read all records that these point at in one go."""
    wanted: dict[str, set[int]] = {}
    given: list[tuple[FormField, set[int | str]]] = [
        (found, {v for raw in raws if (v := raw.get(name)).__class__ in ONE})
        for name, found in form.fields.items() if found.field.targets()
    ]  # fmt: skip
    for name, lists in form.line_forms().items():
        lines = [line for raw in raws if isinstance(raw.get(name), list) for line in raw[name]]
        given += [
            (found, {v for line in lines if (v := line.get(column)).__class__ in ONE})
            for column, found in lists.columns.items() if found.field.targets()
        ]  # fmt: skip
    for found, values in given:
        for value in values:
            for target, id in _pointed(found, value):
                if "." not in target:
                    wanted.setdefault(target, set()).add(id)
    for shape, ids in wanted.items():
        work.rows(shape, sorted(ids))


def _pointed(item: FormField, raw: Any) -> tuple[tuple[str, int], ...]:
    try:
        return item.field.pointed(item.field.parse(raw, FieldPlace(item.name, item.title)))
    except Refused:
        return ()


def _first_of_twins(work: Work, form: Form, new: Sequence[_New]) -> list[_New]:
    """Those of which no earlier one has the same unique values; and let the work know which values nobody has yet."""
    groups: list[tuple[tuple[str, ...], Typed | None]] = [
        ((n,), None) for n, f in form.fields.items() if f.field.unique or f.numbering is not None
    ]
    groups += [(r.unique, r.where) for r in form.rules if r.unique]
    seen: list[set[tuple[Any, ...]]] = [set() for _ in groups]
    first: list[_New] = []
    for one in new:
        values = one.record.values
        mine = [
            (number, key)
            for number, (names, where) in enumerate(groups)
            if None not in (key := tuple([values.get(n) for n in names])) and _meant(work, where, one.record)
        ]
        if not any(key in seen[number] for number, key in mine):
            for number, key in mine:
                seen[number].add(key)
            first.append(one)
    for number, (names, where) in enumerate(groups):
        if len(names) == 1 and where is None:
            work.absent[form.name, names[0]] = _absent(work, form, names[0], {key[0] for key in seen[number]})
    return first


def _meant(work: Work, where: Typed | None, record: Record) -> bool:
    """Whether it is among those no two of which may be alike; if that can't be computed it may be."""
    try:
        return where is None or bool(work.value(where, record))
    except (Refused, ArithmeticError):
        return True


def _absent(work: Work, form: Form, name: str, values: set[Any]) -> set[Any]:
    column = work.layout.table(form.name).c[name]
    wanted, there = list(values), set()
    for start in range(0, len(wanted), CHUNK):
        there |= set(work.conn.execute(select(column).where(column.in_(wanted[start : start + CHUNK]))).scalars())
    return values - there
