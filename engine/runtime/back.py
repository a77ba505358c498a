"""From a row that was touched to the rows that read it, against the hops by which they do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, select

from engine.columns import Several, holding
from engine.expressions.pointing import field_of, form_of, read, written
from engine.expressions.tree import Hop
from engine.runtime.storing import Touch
from engine.runtime.work import Work
from engine.storage import records


def back(work: Work, shape: str, hops: Sequence[Hop], touches: Sequence[Touch]) -> set[int]:
    """The ids of the rows of `shape` that reach one of the touched rows, all of one shape, over `hops`."""
    shapes = _shapes(work, shape, hops)
    at, ids, first = touches[0].shape, {touch.id for touch in touches}, True
    for hop, owner in zip(reversed(hops), reversed(shapes[:-1]), strict=True):
        ids = _back(work, hop, owner, at, ids, touches, first=first)
        at, first = owner, False
        if not ids:
            break
    return ids


def _shapes(work: Work, shape: str, hops: Iterable[Hop]) -> list[str]:
    """The shape before each hop, and at last the one that is read."""
    shapes = [shape]
    for hop in hops:
        at = shapes[-1]
        if hop.kind == "reference":
            shapes.append(work.target(at, hop.name) or hop.shape)
        elif hop.kind == "lines":
            shapes.append(f"{at}.{hop.name}")
        elif hop.kind == "parent":
            shapes.append(at.rpartition(".")[0])
        else:
            shapes.append(hop.shape)
    return shapes


def _back(
    work: Work, hop: Hop, owner: str, at: str, ids: set[int], touches: Sequence[Touch], *, first: bool
) -> set[int]:
    table = work.layout.table(owner)
    if hop.kind == "reference":
        field, form = field_of(hop.name), form_of(hop.name)
        values: set[Any] = {written(form, id) for id in ids} if form else ids
        if isinstance(table.c[field].type, Several):
            return _holding(work, table, field, values)
        return records.related(work.conn, table.c.id, table.c[field], values)
    if hop.kind == "parent":
        return records.related(work.conn, table.c.id, table.c.parent_id, ids)
    if hop.kind == "lines":
        return parents(work, at, ids, touches)
    if first:
        return _each(*(_pointed(values, hop.name) for one in touches for values in (one.before, one.after)))
    target = work.layout.table(at)
    return _each(*records.related(work.conn, work.layout.column(at, target, hop.name), target.c.id, ids))


def _holding(work: Work, table: Table, name: str, values: set[Any]) -> set[int]:
    """The rows whose several references hold one of the values."""
    found: set[int] = set()
    for value in values:
        query = select(table.c.id).where(table.c[name].is_not(None), holding(table.c[name], value))
        found.update(work.conn.execute(query).scalars())
    return found


def _pointed(values: Mapping[str, Any], member: str) -> Any:
    """What a member of these values points at; of a record of one of several forms only if it is of the member's form."""
    found, form = values.get(field_of(member)), form_of(member)
    if not form or found is None:
        return found
    if isinstance(found, tuple):
        return tuple(id for of, id in map(read, found) if of == form)
    of, id = read(found)
    return id if of == form else None


def _each(*values: int | tuple[int, ...] | None) -> set[int]:
    """The ids that references hold, one or several each."""
    return {id for v in values if v is not None for id in (v if isinstance(v, tuple) else (v,))}


def parents(work: Work, shape: str, ids: set[int], touches: Iterable[Touch] = ()) -> set[int]:
    """The records, or lines, that hold these lines; touches know it of lines that may be gone, and of what held them."""
    known: dict[int, int] = {}
    for touch in touches:
        if touch.parent is not None and touch.main is not None:
            if shape == touch.shape:
                known[touch.id] = touch.parent
            elif shape == touch.shape.rpartition(".")[0]:
                known[touch.parent] = touch.main
    if ids <= known.keys():
        return {known[id] for id in ids}
    lines = work.layout.table(shape)
    return records.related(work.conn, lines.c.parent_id, lines.c.id, ids)


def mains(work: Work, shape: str, ids: Collection[int]) -> dict[int, int]:
    """These rows, each with the record that it is or belongs to as a line; those that are gone are left out."""
    found = {id: id for id in ids}
    while "." in shape and found:
        above = records.holders(work.conn, work.layout, shape, set(found.values()))
        found = {id: above[at] for id, at in found.items() if at in above}
        shape = shape.rpartition(".")[0]
    return found
