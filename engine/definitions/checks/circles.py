"""Stored formulas of several records that depend on each other, so that none can be computed first.

Why: `customer.spent` adds up `order.total`, and `order.total` grants a discount by `customer.spent`: each change would set off the
other for ever. Within a record the order of computing finds it; here the ways lead over references. A way that goes back as it
came (`customer`, then the orders of that customer) leads to the record itself, so such a circle is one whatever the records
are; one along a tree (`parent.level + 1`) is none.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.definitions.compiler import Compiler, Slot, slot_at
from engine.definitions.drafts import Draft
from engine.definitions.model import Form, FormField, walk
from engine.expressions.tree import Hop, Read
from engine.problems import definition as codes

Named = tuple[str, str]
"""A shape and one of its stored formulas."""

Way = tuple[tuple[Hop, str], ...]
"""Hops from a record to another, each with the shape that it starts from."""

FARTHEST = 4
"""How many hops away from the record a circle is followed."""


def check(compiler: Compiler, drafts: Mapping[str, Draft], forms: Mapping[str, Form]) -> None:
    """Tell each circle once, at one of its formulas."""
    stored = {named: found for form in forms.values() for named, found in _stored(form).items()}
    told: set[Named] = set()
    for start in stored:
        circle = () if start in told else _circle(start, stored)
        if circle and not told & set(circle):
            told |= set(circle)
            form = start[0].partition(".")[0]
            with compiler.owned(form):
                way = " → ".join(".".join(named) for named in (*circle, start))
                compiler.refuse(codes.FORMULA_CIRCLE, (_slot(drafts[form], start).at / "formula").place(), way=way)


def _stored(form: Form) -> dict[Named, FormField]:
    return {(f.shape, f.name): f for _, f in walk(form.fields) if f.formula is not None and f.stored}


def _slot(draft: Draft, named: Named) -> Slot:
    found = slot_at(draft.slots, (*named[0].split(".")[1:], named[1]))
    assert found is not None
    return found


def _circle(start: Named, stored: Mapping[Named, FormField]) -> tuple[Named, ...]:
    """The formulas by which one comes to depend on itself over other records; () for none."""
    seen: set[tuple[Named, Way, bool]] = set()
    waiting: list[tuple[tuple[Named, ...], Way, bool]] = [((start,), (), False)]
    while waiting:
        path, way, left = waiting.pop()
        formula = stored[path[-1]].formula
        for read in formula.reads if formula is not None else ():
            named, further = (read.shape, read.name), _going(way, path[-1][0], read)
            away = left or any(hop.kind in ("reference", "related") for hop in read.hops)
            if named == start and not further and away:
                return path
            if named in stored and len(further) <= FARTHEST and (named, further, away) not in seen:
                seen.add((named, further, away))
                waiting.append(((*path, named), further, away))
    return ()


def _going(way: Way, shape: str, read: Read) -> Way:
    """The way with the hops of a read added; what goes back as it came is none."""
    found, at = list(way), shape
    for hop in read.hops:
        if found and _back(found[-1], hop):
            found.pop()
        else:
            found.append((hop, at))
        at = hop.shape
    return tuple(found)


def _back(last: tuple[Hop, str], hop: Hop) -> bool:
    before, start = last
    if hop.shape != start:
        return False
    kinds = {before.kind, hop.kind}
    return kinds == {"lines", "parent"} or (kinds == {"reference", "related"} and before.name == hop.name)
