"""What a formula reads of its own record: the paths there, and whether what else it reads is followed.

Why: values are computed each after what it reads, and a formula whose inputs are as they were needn't run again. Both
need to know where in the same record a read goes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from engine.expressions.pointing import field_of
from engine.expressions.tree import Call, Read, Typed
from engine.expressions.walk import everything

Path = tuple[str, ...]

KEPT = frozenset({"id", "parent", "state", "state_since", "owner", "created_by", "created_at"})
"""Members of every record that are known before its formulas run. When it was changed, and by whom, isn't."""

UNFOLLOWED = frozenset({"WORKDAY", "NETWORKDAYS"})
"""Functions over calendars: a changed holiday sets no formula off."""

UNTOLD = frozenset({"person", "department", "settings", "calendars"})
"""What isn't a form: when it changes, nothing is told to what reads it."""


@dataclass(frozen=True)
class OwnReads:
    """Of one formula: the `paths` of its record that it reads, and whether it reads from the record's `id` on what points
    at it."""

    paths: frozenset[Path]
    id: bool


def own(read: Read, path: Path) -> tuple[Path, ...]:
    """Where in the same record a read of the field at `path` goes: its own name, a column of its lines, or from a line its
    parent's. What lies beyond a reference isn't there any more."""
    at = path[:-1]
    steps: list[Path] = []
    for hop in read.hops:
        if hop.kind == "parent" and at:
            at = at[:-1]
            continue
        if hop.kind == "related":
            return tuple(steps)
        steps.append((*at, field_of(hop.name)))
        if hop.kind != "lines":
            return tuple(steps)
        at = steps[-1]
    steps.append((*at, read.name))
    return tuple(steps)


def own_reads(formula: Typed, path: Path, known: Collection[Path]) -> OwnReads | None:
    """The own reads of the stored formula at `path`; None: something it reads isn't followed, so it runs each time.

    `known`: the paths of the record's fields.
    """
    if any(isinstance(node, Call) and node.function in UNFOLLOWED for node in everything(formula.tree)):
        return None
    paths: set[Path] = set()
    for read in formula.reads:
        if any(hop.shape in UNTOLD for hop in read.hops):
            return None
        for one in own(read, path):
            if one not in known and one[-1] not in KEPT:
                return None
            paths.add(one)
    related = any(hop.kind == "related" for read in formula.reads for hop in read.hops)
    return OwnReads(frozenset(paths), related or any(one[-1] == "id" for one in paths))
