"""In which order a record's values are computed, and which stored formulas elsewhere read a value.

Why: the runtime computes each value once, after all that it reads, and keeps formulas of other records right in the
same transaction. Both follow from what formulas read, so they are worked out once, when definitions are loaded.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.definitions.compiler import Compiler, Slot, slot_at
from engine.definitions.model import WAITING, Dependency, Filling, Form, FormField, Rows, walk
from engine.definitions.own_reads import own
from engine.expressions.pointing import field_of, many_of, member_of
from engine.expressions.template import Template
from engine.expressions.tree import Get, Hop, Node, Query, Read, Typed, Var
from engine.expressions.types import forms_of
from engine.expressions.walk import everything
from engine.problems import definition as codes

Path = tuple[str, ...]

ROW = "row"
"""The variable that holds the row that a value is taken from."""


def order(
    compiler: Compiler, form: str, fields: Mapping[str, FormField], slots: Mapping[str, Slot]
) -> tuple[Path, ...]:
    """Paths of fields and of columns, each after what it reads; a circle is reported at one of its formulas."""
    found_at = dict(sorted(walk(fields), key=lambda one: len(one[0])))
    all_paths, known = list(found_at), set(found_at)
    hard: dict[Path, list[Path]] = {}
    soft: dict[Path, list[Path]] = {}
    for path, found in found_at.items():
        needed = (*_needs(found, path, _values(found)), *_copied(form, found, path))
        hard[path] = [p for p in needed if p in known and p != path]
        soft[path] = [p for p in _needs(found, path, _shown(found)) if p in known and p != path]
        if len(path) > 1:
            hard[path].append(path[:-1])
        if path in set(_needs(found, path, _values(found))):
            _circle(compiler, slots, [path])
    done: dict[Path, None] = {}
    for path in all_paths:
        _visit(path, hard, soft, done, compiler, slots)
    return tuple(done)


def _visit(
    start: Path, hard: Mapping[Path, list[Path]], soft: Mapping[Path, list[Path]], done: dict[Path, None],
    compiler: Compiler, slots: Mapping[str, Slot],
) -> None:  # fmt: skip
    """Depth first without recursion; soft needs (what decides whether it is shown) give way to circles, hard don't."""
    open_paths: list[Path] = []
    work: list[tuple[Path, Iterator[tuple[Path, bool]]]] = []

    def enter(path: Path) -> None:
        open_paths.append(path)
        work.append((path, iter([(p, True) for p in hard[path]] + [(p, False) for p in soft[path]])))

    if start not in done:
        enter(start)
    while work:
        path, needs = work[-1]
        for needed, strict in needs:
            if needed in done:
                continue
            if needed not in open_paths:
                enter(needed)
                break
            circle = open_paths[open_paths.index(needed) :]
            if strict and _all_hard(circle, hard):
                _circle(compiler, slots, circle)
        else:
            work.pop()
            open_paths.pop()
            done.setdefault(path)


def _all_hard(circle: list[Path], hard: Mapping[Path, list[Path]]) -> bool:
    """Whether the circle consists of formulas and defaults alone."""
    return all(after in hard[before] for before, after in itertools.pairwise(circle))


def _circle(compiler: Compiler, slots: Mapping[str, Slot], circle: list[Path]) -> None:
    """Tell of paths of which each reads the next, and the last the first: at the last, from which the way is told."""
    slot = slot_at(slots, circle[-1])
    assert slot is not None
    key = "formula" if slot.field.formula is not None else "default"
    way = " → ".join(".".join(path) for path in (circle[-1], *circle))
    compiler.refuse(codes.FORMULA_CIRCLE, (slot.at / key).place(), way=way)


def _values(found: FormField) -> Iterator[Typed]:
    """The formulas that give a field its value."""
    if found.formula is not None:
        yield found.formula
    yield from formulas(found.default)


def _shown(found: FormField) -> Iterator[Typed]:
    return (t for t in (found.visible, *found.option_when.values()) if isinstance(t, Typed))


def formulas(given: Any) -> Iterator[Typed]:
    """Every formula in what a field is given."""
    if isinstance(given, Typed):
        yield given
    elif isinstance(given, Filling):
        yield given.query
        yield from given.by.values()
        for value in given.values.values():
            yield from formulas(value)
    elif isinstance(given, Rows):
        for row in given.rows:
            for value in row.values():
                yield from formulas(value)


def _needs(found: FormField, path: Path, typed: Iterable[Typed]) -> Iterator[Path]:
    """The paths of the same record that these formulas of the field at `path` read."""
    for one in typed:
        for read in one.reads:
            yield from own(read, path)


def _copied(form: str, found: FormField, path: Path) -> Iterator[Path]:
    """What lines that are filled from other lines of the same record read of those."""
    given = found.default
    if isinstance(given, Filling) and found.formula is None:
        rows = given.query.type.of
        named = tuple((rows.shape or "").split(".")) if rows is not None else ()
        if named[:1] == (form,) and any(named[1:] in own(read, path) for read in given.query.reads):
            yield from _columns(form, given, frozenset({ROW}))


def _columns(form: str, given: Filling, rows: frozenset[str]) -> Iterator[Path]:
    """The columns of lines of `form` that a filling reads of the rows in these variables and its own."""
    rows = rows | {given.frame}
    for typed in (*given.by.values(), *(v for v in given.values.values() if isinstance(v, Typed))):
        for node in everything(typed.tree):
            if isinstance(node, Query):  # such as the rows of a group
                rows = rows | {step.frame for step in node.steps if isinstance(step.source, Var)}
        for node in everything(typed.tree):
            shape = node.of.type.shape if isinstance(node, Get) and node.of.type.kind == "record" else None
            if isinstance(node, Get) and shape is not None and shape.startswith(f"{form}.") and _root(node) in rows:
                yield (*shape.split(".")[1:], node.name)
    for value in given.values.values():
        if isinstance(value, Filling):
            yield from _columns(form, value, rows)


def _root(node: Node) -> str | None:
    while isinstance(node, Get):
        node = node.of
    return node.name if isinstance(node, Var) else None


def dependents(forms: Iterable[Form]) -> dict[tuple[str, str], tuple[Dependency, ...]]:
    """(shape, member) -> stored formulas, and titles of records, that read it from another record."""
    found: dict[tuple[str, str], dict[Dependency, None]] = {}
    forms = list(forms)
    titles = {form.name: list(_titles(form.record_title)) for form in forms}
    for form in forms:
        shown = [read for read in titles[form.name] if not _leads_back(read.shape, form.name, titles)]
        for shape, name, reads in (*_stored(form), (form.name, "_title", shown)):
            for read in reads:
                for hops, at, member in _touched(shape, read):
                    found.setdefault((at, member), {}).setdefault(Dependency(shape, name, hops))
    return {key: tuple(value) for key, value in found.items()}


def _titles(template: Template) -> Iterator[Read]:
    """The titles of other records that a title shows: `{product}` is what the product is called."""
    for typed in template.formulas:
        node = many_of(typed.tree) or typed.tree
        if not isinstance(node, Get):
            continue
        shown = node.type.of or node.type
        one = (shown.shape or "",) if shown.kind == "record" else ()
        for form in one or forms_of(shown):
            for read in typed.reads:
                if "." not in form and (read.shape, read.name) == (node.of.type.shape, node.name):
                    name = read.name if one else member_of(read.name, form)
                    yield Read((*read.hops, Hop("reference", name, form)), form, "_title")


def _leads_back(start: str, to: str, titles: Mapping[str, list[Read]]) -> bool:
    """Whether titles of one form show those of the other, however far: then none of them follows for ever."""
    seen, waiting = set[str](), [start]
    while waiting:
        form = waiting.pop()
        if form not in seen:
            seen.add(form)
            waiting += [read.shape for read in titles.get(form, ())]
    return to in seen


def _stored(form: Form) -> Iterator[tuple[str, str, Iterable[Read]]]:
    for _, found in walk(form.fields):
        if found.formula is not None and found.stored:
            yield found.shape, found.name, found.formula.reads
    yield form.name, "_title", form.record_title.reads
    for state in form.workflow.states.values() if form.workflow is not None else ():
        for until, _ in state.wait:
            yield form.name, WAITING, until.reads


def _touched(shape: str, read: Read) -> Iterator[tuple[tuple[Hop, ...], str, str]]:
    """What changes the outcome of a read: the member itself, and on the way each member by which records point back."""
    if any(hop.kind in ("reference", "related") for hop in read.hops):
        yield read.hops, read.shape, read.name
    at = shape
    for number, hop in enumerate(read.hops):
        if number and hop.kind == "reference" and any(h.kind in ("reference", "related") for h in read.hops[:number]):
            yield read.hops[:number], at, field_of(hop.name)
        if hop.kind == "related":
            yield read.hops[: number + 1], hop.shape, field_of(hop.name)
        at = hop.shape
