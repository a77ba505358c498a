"""Which stored formulas of a stored record needn't run: nothing that they read of it differs from what is stored.

Why: what a formula reads elsewhere has been followed up when it changed (`spread`), so a stored value is right until
something that it reads of its own record changes. Most steps change a few fields; running all formulas each time, each
sum over another form being a statement, would cost far more than the step itself.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from engine.definitions.model import Form
from engine.definitions.own_reads import Path
from engine.runtime.before import Kept
from engine.runtime.paths import at
from engine.runtime.record import Record
from engine.runtime.work import Work

Stale = Collection[tuple[str, str, int]]
"""Values to be computed anew, whatever their record says: shape, field, id of the row."""


class Settled:
    """A record beside what is stored of it, while its formulas run in their order: asked about a path when all that it
    reads has its value."""

    def __init__(self, form: Form, record: Record, kept: Kept, stale: Stale = ()) -> None:
        self._form, self._record, self._kept = form, record, kept
        self._stale = frozenset(stale)
        self._stirred = {(shape, name) for shape, name, _ in self._stale}
        self._alike: dict[Path, bool] = {}

    def rests(self, path: Path) -> bool:
        """Whether the formula at this path gives what is stored, wherever it stands (and in no line that is new)."""
        reads = self._form.own_reads[path]
        return reads is not None and all(self._same(one) for one in reads.paths)

    def stored(self, path: Path, holder: Record) -> dict[str, Any] | None:
        """The stored values of what holds the field at this path; None: it is to be computed there."""
        shape = ".".join((self._form.name, *path[:-1]))
        if (shape, path[-1]) in self._stirred and (shape, path[-1], holder.id or 0) in self._stale:
            return None
        if len(path) == 1:
            return self._kept.values if path[-1] in self._kept.values else None
        known = self._kept.lines.get(".".join(path[:-1]), {}).get(holder.id or 0)
        return known if known is not None and path[-1] in known else None

    def unread(self, path: Path) -> bool:
        """Whether it stands in lines that nobody has read yet, none of which is to be computed anew."""
        if len(path) == 1 or (".".join((self._form.name, *path[:-1])), path[-1]) in self._stirred:
            return False
        return path[0] not in self._record.values

    def _same(self, path: Path) -> bool:
        found = self._alike.get(path)
        if found is None:
            found = self._alike[path] = self._compared(path)
        return found

    def _compared(self, path: Path) -> bool:
        if path[-1] in ("id", "parent"):
            return True
        if ".".join(path) in self._form.line_forms():
            return self._same_lines(path)
        if len(path) == 1:
            return bool(self._record.values.get(path[0]) == self._kept.values.get(path[0]))
        name = ".".join(path[:-1])
        known = self._kept.lines.get(name, {})
        return self._same(path[:-1]) and all(
            line.values.get(path[-1]) == known.get(line.id or 0, {}).get(path[-1])
            for line in self._record.at_hand(name)
        )

    def _same_lines(self, path: Path) -> bool:
        """Whether a list has the lines that are stored, in their order; one that nobody has read yet has."""
        above, name = path[:-1], ".".join(path)
        if above and not self._same(above):
            return False
        known = self._kept.lines.get(name, {})
        for holder in self._record.at_hand(".".join(above)) if above else [self._record]:
            if path[-1] in holder.values:
                of = [id for id, values in known.items() if values["parent"] == holder.id]
                if [line.id for line in holder.values[path[-1]] or []] != of:
                    return False
        return True


def settled(work: Work, form: Form, record: Record, stale: Stale = ()) -> Settled | None:
    """What rests of a record; None: all its formulas are to run, since it isn't stored, or was by another definition."""
    kept = work.kept.get((form.name, record.id or 0))
    if record.id is None or kept is None or kept.definition != form.digest:
        return None
    return Settled(form, record, kept, stale)


def as_before(form: Form, path: Path, holder: Record, before: Record) -> bool:
    """Whether the default at this path reads what it read of the record, or line, before; False also where only
    computing it can tell."""
    reads = form.own_reads.get(path)
    if reads is None:
        return False
    for one in reads.paths:
        if one[:-1] == path[:-1]:
            now, then = holder, before
        elif len(one) == 1:
            now, then = holder.main, before.main
        else:
            return False
        found, known = now.values.get(one[-1]), then.values.get(one[-1])
        if isinstance(found, list) or found != known:
            return False
    return True


def needing_id(form: Form, record: Record) -> set[tuple[str, str, int]]:
    """The values of a record just entered that its own id, or its lines', has part in."""
    found: set[tuple[str, str, int]] = set()
    for path, reads in form.own_reads.items():
        if form.at(path).formula is not None and (reads is None or reads.id):
            shape = ".".join((form.name, *path[:-1]))
            found |= {(shape, path[-1], holder.id or 0) for _, _, holder in at(form, record, path)}
    return found
