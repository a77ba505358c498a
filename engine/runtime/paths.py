"""Where values stand in a record: in itself, in its lines, in the lines of these.

Why: defaults, formulas, conditions and checks go over the same places, and compare each with what stood there before. A
line's fields are fields that a line holds; nothing here asks how deep.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from engine.definitions.model import Form, FormField
from engine.runtime.reading import Path, without_rows
from engine.runtime.record import Record


def places(form: Form, record: Record) -> Iterator[tuple[Path, FormField, Record]]:
    """Every field of a record with its path and the record or line that holds it, lines' columns after their list."""
    return _places(form.fields, record, ())


def _places(fields: Mapping[str, FormField], holder: Record, above: Path) -> Iterator[tuple[Path, FormField, Record]]:
    for name, found in fields.items():
        yield (*above, name), found, holder
        for number, line in enumerate(holder.value(name) or []) if found.columns else ():
            yield from _places(found.columns, line, (*above, name, number))


def at(form: Form, record: Record, path: tuple[str, ...]) -> Iterator[tuple[Path, FormField, Record]]:
    """Every place of the field at a path of names: one, or one for each line."""
    found = form.at(path)
    holders: list[tuple[Path, Record]] = [((), record)]
    for name in path[:-1]:
        holders = [
            ((*above, name, number), line)
            for above, holder in holders
            for number, line in enumerate(holder.value(name) or [])
        ]
    for above, holder in holders:
        yield (*above, path[-1]), found, holder


def old_holder(old: Record | None, path: Path, holder: Record) -> Record | None:
    """What held the value at `path` before: the old record, or the old line of the same id; None: it is new."""
    if old is None or len(path) == 1:
        return old
    if holder.id is None or holder.parent is None:
        return None
    above = old_holder(old, path[:-2], holder.parent)
    lines = (above.value(str(path[-3])) or []) if above is not None else []
    return next((line for line in lines if line.id == holder.id), None)


def shut(path: Path, closed: Collection[str]) -> bool:
    """Whether one of these names closes what stands at the path: its own dotted name, or that of a list around it."""
    return shut_in(without_rows(path), closed)


def shut_in(own: Sequence[str], closed: Collection[str]) -> bool:
    """The same for a path of names."""
    return any(".".join(own[: deep + 1]) in closed for deep in range(len(own)))
