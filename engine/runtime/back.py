"""From a row that was touched to the rows that read it, against the hops by which they do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.expressions.tree import Hop
from engine.runtime.storing import Touch
from engine.runtime.work import Work
from engine.storage import records


def back(work: Work, shape: str, hops: Sequence[Hop], touch: Touch) -> set[int]:
    """The ids of the rows of `shape` that reach the touched row over `hops`."""
    shapes = _shapes(work, shape, hops)
    at, ids = touch.shape, {touch.id}
    changed: Touch | None = touch
    for hop, owner in zip(reversed(hops), reversed(shapes[:-1]), strict=True):
        ids = _back(work, hop, owner, at, ids, changed)
        at, changed = owner, None
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
            shapes.append(at.partition(".")[0])
        else:
            shapes.append(hop.shape)
    return shapes


def _back(work: Work, hop: Hop, owner: str, at: str, ids: set[int], changed: Touch | None) -> set[int]:
    table = work.layout.table(owner)
    if hop.kind == "reference":
        return records.related(work.conn, table.c.id, table.c[hop.name], ids)
    if hop.kind == "parent":
        return records.related(work.conn, table.c.id, table.c.parent_id, ids)
    if hop.kind == "lines":
        return parents(work, at, ids, changed)
    if changed is not None:
        return {v for v in (changed.before.get(hop.name), changed.after.get(hop.name)) if v is not None}
    target = work.layout.table(at)
    return records.related(work.conn, target.c[hop.name], target.c.id, ids)


def parents(work: Work, shape: str, ids: set[int], changed: Touch | None = None) -> set[int]:
    """The records that hold these lines; `changed` knows it of a line that may be gone."""
    if changed is not None and changed.parent is not None:
        return {changed.parent}
    lines = work.layout.table(shape)
    return records.related(work.conn, lines.c.parent_id, lines.c.id, ids)
