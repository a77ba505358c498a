"""Raw values (typed in a browser, sent as JSON, read from a file) become a record's values.

Why: every door hands in the same raw mapping, and every field is read before anything is refused, so that a person sees
all of their mistakes at once. What may be given at all (rights, readonly, computed) is decided by `compute`, once the
record is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.definitions.model import SYSTEM, Constant, FormField
from engine.fields.base import Place
from engine.problems import Problem, Refused, nearest, problem
from engine.problems.record import NO_SUCH_LINE, UNKNOWN_FIELD
from engine.runtime.record import Record
from engine.runtime.work import Work

Path = tuple[str | int, ...]
"""(field,) or (list, row number, column)."""


@dataclass
class Given:
    """What was read: the paths that were given, the raw values of those that could not be read, and the problems."""

    paths: set[Path] = field(default_factory=set)
    failed: dict[Path, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def dotted(path: Path) -> str:
    """("items", 1, "quantity") -> "items.1.quantity"."""
    return str(path[0]) if len(path) == 1 else ".".join(map(str, path))


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
    for name, value in raw.items():
        found = fields.get(name)
        if found is None:
            if name not in SYSTEM and name != "version":
                given.problems.append(_unknown(name, fields))
            continue
        if found.columns:
            _read_lines(work, record, found, value, given, blank_rows)
        elif found.related is None:
            record.values[name] = _read(work, found, value, (name,), given)
            given.paths.add((name,))
    return given


def _read(work: Work, found: FormField, raw: Any, path: Path, given: Given) -> Any:
    try:
        return found.field.parse(raw, place(work, found, dotted(path)))
    except Refused as refused:
        given.problems.extend(refused.problems)
        given.failed[path] = raw
        return None


def _read_lines(work: Work, record: Record, found: FormField, raw: Any, given: Given, blank_rows: bool) -> None:
    given.paths.add((found.name,))
    try:
        found.field.parse(raw, place(work, found, found.name))
    except Refused as refused:
        given.problems.extend(refused.problems)
        if not isinstance(raw, list):
            return
    before = {line.id: line for line in record.value(found.name) or [] if line.id is not None}
    lines: list[Record] = []
    for row in raw or []:
        if not isinstance(row, Mapping):
            continue
        number = len(lines)
        line = _line(work, record, found, row, before, given, number)
        seen = len(given.problems)
        for name, value in row.items():
            column = found.columns.get(name)
            if column is None:
                if name not in ("id", "parent", "position"):
                    given.problems.append(_unknown(name, found.columns, f"{found.name}.{number}.{name}"))
                continue
            path = (found.name, number, name)
            line.values[name] = _read(work, column, value, path, given)
            given.paths.add(path)
        if blank_rows or line.id is not None or len(given.problems) > seen or not _untouched(line, found):
            lines.append(line)
        else:
            given.paths = {p for p in given.paths if p[:2] != (found.name, number)}
    record.values[found.name] = lines


def _line(
    work: Work, record: Record, found: FormField, row: Mapping[str, Any], before: Mapping[int | None, Record],
    given: Given, number: int,
) -> Record:  # fmt: skip
    shape = f"{record.shape}.{found.name}"
    raw = row.get("id")
    if raw in (None, ""):
        return work.blank(shape, record)
    id = int(raw) if str(raw).isascii() and str(raw).isdigit() else None
    old = before.get(id) if id is not None else None
    if old is None:
        where = f"{found.name}.{number}.id"
        given.problems.append(problem(NO_SUCH_LINE, field=where, title=found.title, id=str(raw)[:40]))
        return work.blank(shape, record)
    line = old.copy()
    line.parent = record
    return line


def _untouched(line: Record, found: FormField) -> bool:
    """A new row nobody has typed into: empty but for what its plain defaults put there."""
    for name, column in found.columns.items():
        value = line.values.get(name)
        default = column.default
        if value is not None and not (isinstance(default, Constant) and default.value == value):
            return False
    return True


def _unknown(name: str, fields: Iterable[str], path: str | None = None) -> Problem:
    return problem(UNKNOWN_FIELD, field=path or name, name=str(name)[:80], nearest=nearest(str(name), fields) or "–")
