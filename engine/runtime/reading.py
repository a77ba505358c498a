"""Raw values (typed in a browser, sent as JSON, read from a file) become a record's values.

Why: every door hands in the same raw mapping, and every field is read before anything is refused, so that a person sees
all of their mistakes at once. What may be given at all (rights, readonly, computed) is decided by `compute`, once the
record is known.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.definitions.model import SYSTEM, Constant, FormField
from engine.fields.base import Place
from engine.problems import Problem, Refused, nearest, problem
from engine.problems.record import NO_SUCH_LINE, UNKNOWN_FIELD
from engine.runtime.record import Record
from engine.runtime.work import Work

Path = tuple[str | int, ...]
"""(field,) or (list, row number, column), in a line's lines (list, row number, list, row number, column)."""


OF_LINES = ("id", "parent", "position")
"""What a line has beside its columns."""


@dataclass
class Given:
    """What was read: the paths that were given, the raw values of those that could not be read, and the problems."""

    paths: set[Path] = field(default_factory=set)
    failed: dict[Path, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def dotted(path: Path) -> str:
    """("items", 1, "quantity") -> "items.1.quantity"."""
    return str(path[0]) if len(path) == 1 else ".".join(map(str, path))


def without_rows(path: Path) -> tuple[str, ...]:
    """A path without its row numbers: ("items", 1, "quantity") -> ("items", "quantity")."""
    return tuple(str(part) for part in path[::2])


def place(work: Work, found: FormField, path: str) -> Place:
    """Where a value stands, for the field type that reads it."""
    if path != found.name:
        return _place(work, found, path)
    key = id(found)
    if key not in work.places:
        work.places[key] = _place(work, found, path)
    return work.places[key]


def _place(work: Work, found: FormField, path: str) -> Place:
    return Place(path, found.title, zone=work.zone, options=found.options or None, json=work.actor.channel == "api")


def read_into(
    work: Work, record: Record, raw: Mapping[str, Any], fields: Mapping[str, FormField], *, blank_rows: bool = True
) -> Given:
    """Put raw values into the record (its `fields` only) and tell what was given.

    A value that can't be read leaves the field empty and its problem in the result. A lines field that is given
    replaces all lines: rows with an `id` keep it. `blank_rows` False leaves out new rows without any value (browser
    forms).
    """
    given = Given()
    _read_fields(work, record, raw, fields, (), (*SYSTEM, "version"), given, blank_rows)
    return given


def _read_fields(
    work: Work, holder: Record, raw: Mapping[str, Any], fields: Mapping[str, FormField], above: Path,
    passing: Container[str], given: Given, blank_rows: bool,
) -> None:  # fmt: skip
    """The same for the record, or for the line at `above`; unknown names that are `passing` are passed over."""
    for name, value in raw.items():
        found, path = fields.get(name), (*above, name)
        if found is None:
            if name not in passing:
                given.problems.append(_unknown(name, fields, dotted(path)))
        elif found.columns:
            _read_lines(work, holder, found, value, path, given, blank_rows)
        elif found.related is None or above:
            holder.values[name] = _read(work, found, value, path, given)
            given.paths.add(path)


def _read(work: Work, found: FormField, raw: Any, path: Path, given: Given) -> Any:
    try:
        return found.field.parse(raw, place(work, found, dotted(path)))
    except Refused as refused:
        given.problems.extend(refused.problems)
        given.failed[path] = raw
        return None


def _read_lines(
    work: Work, holder: Record, found: FormField, raw: Any, path: Path, given: Given, blank_rows: bool
) -> None:
    given.paths.add(path)
    try:
        found.field.parse(raw, place(work, found, dotted(path)))
    except Refused as refused:
        given.problems.extend(refused.problems)
        if not isinstance(raw, list):
            return
    before = {line.id: line for line in holder.value(found.name) or [] if line.id is not None}
    lines: list[Record] = []
    for row in raw or []:
        if not isinstance(row, Mapping):
            continue
        at = (*path, len(lines))
        line = _line(work, holder, found, row, before, given, at)
        seen = len(given.problems)
        _read_fields(work, line, row, found.columns, at, OF_LINES, given, blank_rows)
        if blank_rows or line.id is not None or len(given.problems) > seen or not _untouched(line, found):
            lines.append(line)
        else:
            given.paths = {p for p in given.paths if p[: len(at)] != at}
    holder.values[found.name] = lines


def _line(
    work: Work, holder: Record, found: FormField, row: Mapping[str, Any], before: Mapping[int | None, Record],
    given: Given, at: Path,
) -> Record:  # fmt: skip
    shape = f"{holder.shape}.{found.name}"
    raw = row.get("id")
    if raw in (None, ""):
        return work.blank(shape, holder)
    id = int(raw) if str(raw).isascii() and str(raw).isdigit() else None
    old = before.get(id) if id is not None else None
    if old is None:
        where = dotted((*at, "id"))
        given.problems.append(problem(NO_SUCH_LINE, field=where, title=found.title, id=str(raw)[:40]))
        return work.blank(shape, holder)
    line = old.copy()
    line.parent = holder
    return line


def _untouched(line: Record, found: FormField) -> bool:
    """A new row nobody has typed into: empty but for what its plain defaults put there."""
    for name, column in found.columns.items():
        value = line.values.get(name)
        default = column.default
        if value not in (None, []) and not (isinstance(default, Constant) and default.value == value):
            return False
    return True


def _unknown(name: str, fields: Iterable[str], path: str) -> Problem:
    return problem(UNKNOWN_FIELD, field=path, name=str(name)[:80], nearest=nearest(str(name), fields))
