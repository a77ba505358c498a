"""Which fields say nothing yet of a record that was never saved.

Why: how much of a contract is shipped, or who converted a lead, can only be known of a record that is there; in the form
of a new one such a box is always empty, and people stop at it and wonder what to do.
"""

from __future__ import annotations

from engine.definitions.model import Form, FormField, walk


def silent(form: Form) -> frozenset[str]:
    """Paths (`progress`, `items.shipped`) of what has no value before the record is saved: numbers that are given then, what
    counts records that point here, what is computed from these, and what only the engine ever fills."""
    members = [(".".join(path), found) for path, found in walk(form.fields)]
    out = {path for path, found in members if _given_later(found)}
    while more := {path for path, found in members if path not in out and _reads(path, found, out)}:
        out |= more
    return frozenset(out)


def _given_later(found: FormField) -> bool:
    if found.formula is not None:
        return any(read.hops and read.hops[0].kind == "related" for read in found.formula.reads)
    return found.numbering is not None or (found.readonly is True and found.default is None)


def _reads(path: str, found: FormField, out: set[str]) -> bool:
    """Whether it is computed from one of these members, of the same row, of the record's lines, or of the line's record."""
    if found.formula is None:
        return False
    head = path.rpartition(".")[0]
    for read in found.formula.reads:
        at = head.split(".") if head else []
        if any(hop.kind not in ("lines", "parent") for hop in read.hops):
            continue
        for hop in read.hops:
            at = at[:-1] if hop.kind == "parent" else [*at, hop.name]
        if ".".join((*at, read.name)) in out:
            return True
    return False
