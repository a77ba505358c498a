"""A record in memory: the row that expressions read and verbs change, stored or still being typed.

Why: formulas, rules, pages and history all speak of the same values, whether a person is typing them or they have been
kept for a year. A record reaches others (references, related lists) only through its reader, on the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from engine.definitions.model import OUTER
from engine.expressions.pointing import field_of, form_of, read


class Rows(Protocol):
    """Who finds the record that a reference points at."""

    def row(self, shape: str, id: int) -> Record | None:
        """The stored record; None when it doesn't exist."""

    def fetch(self, record: Record, name: str) -> Any:
        """A value that the record doesn't hold yet: its own lines; None for all else."""

    def target(self, shape: str, name: str) -> str | None:
        """The shape that the member `name` of `shape` points at; None if it is no reference."""


class Record:
    """One record or one line of it.

    `shape` as in expressions (`contract`, `contract.items`, `person`). `id` None: not stored yet. `values` maps names
    to Python values as the field types keep them: a reference is the target's id, a lines field a list of Record.
    System members stand among them (`state`, `owner`, `created_at`, …). `parent` is the record, or the line, that holds a
    line.
    `version` counts changes, 0 when not stored. `title` is what the record is called, as kept.
    """

    __slots__ = ("_rows", "id", "parent", "shape", "title", "values", "version")

    def __init__(
        self,
        shape: str,
        id: int | None,
        values: dict[str, Any],
        rows: Rows,
        *,
        parent: Record | None = None,
        version: int = 0,
        title: str = "",
    ) -> None:
        self.shape, self.id, self.values, self._rows = shape, id, values, rows
        self.parent, self.version, self.title = parent, version, title

    def value(self, name: str) -> Any:
        """As an expression reads it: a reference is a Record or None, several of them and lines a list of Record, choices
        a list."""
        found = self.values.get(name)
        if found is not None and (kind := found.__class__) is not tuple:
            if kind is not int:
                return found
            if name not in ("id", "parent"):
                target = self._rows.target(self.shape, name)
                return found if target is None else self._rows.row(target, found)
        if name == "id":
            return self.id
        if name == "parent":
            return self.parent
        if name not in self.values:
            if form_of(name):
                return self._narrowed(self.value(field_of(name)), form_of(name))
            self.values[name] = self._rows.fetch(self, name)
        found = self.values[name]
        if found.__class__ is not tuple:
            return found
        target = self._rows.target(self.shape, name)
        if target is None:
            return list(found)
        return [row for id in found if (row := self._rows.row(target, id)) is not None]

    @property
    def main(self) -> Record:
        """The record that a line belongs to, however deep; a record itself."""
        return self.parent.main if self.parent is not None else self

    def lines(self, list_: str) -> list[Record]:
        """All lines of a list of this record, in order; of a list within another's lines (`parcels.items`) those of each."""
        found = [self]
        for name in list_.split("."):
            found = [line for holder in found for line in holder.value(name) or []]
        return found

    def at_hand(self, list_: str) -> list[Record]:
        """The same, without reading any: lines that aren't at hand are left out."""
        found = [self]
        for name in list_.split("."):
            found = [line for holder in found for line in holder.values.get(name) or []]
        return found

    def _narrowed(self, value: str | list[str] | None, form: str) -> Any:
        """The record that a value of one of several forms points at, if it is one of this form; of many those that are."""
        if isinstance(value, list):
            return [row for one in value if (row := self._narrowed(one, form)) is not None]
        of, id = read(value) if value else ("", 0)
        return self._rows.row(form, id) if of == form else None

    def copy(self) -> Record:
        """The same record on its own: changing its values, or its lines' values, leaves this one as it is."""
        twin = Record(self.shape, self.id, {}, self._rows, parent=self.parent, version=self.version, title=self.title)
        for name, value in self.values.items():
            if isinstance(value, list):
                lines = [line.copy() for line in value]
                for line in lines:
                    line.parent = twin
                twin.values[name] = lines
            else:
                twin.values[name] = value
        return twin

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record):
            return NotImplemented
        if self.id is None or other.id is None:
            return self is other
        return self.shape == other.shape and self.id == other.id

    def __hash__(self) -> int:
        return hash((self.shape, self.id)) if self.id is not None else id(self)

    def __repr__(self) -> str:
        return f"<{self.shape} {self.id}>"


def scalars(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values without the lines."""
    return {n: v for n, v in values.items() if not isinstance(v, list)}


def remembered(line: Record) -> dict[str, Any]:
    """What is kept in mind of a line: its values, and as `parent` the id of what holds it."""
    return {**scalars(line.values), "parent": line.parent.id if line.parent is not None else None}


def lines_in(holder: Record) -> Iterator[Record]:
    """The lines of a record that are at hand, each followed by its own."""
    for value in holder.values.values():
        for line in value if isinstance(value, list) else ():
            if isinstance(line, Record):
                yield line
                yield from lines_in(line)


def row_path(line: Record) -> tuple[str | int, ...]:
    """Where a line stands in its record: (list, row number), within another line's list (list, number, list, number)."""
    holder = line.parent
    if holder is None:
        return ()
    name = line.shape.rpartition(".")[2]
    return (*row_path(holder), name, (holder.value(name) or []).index(line))


def beside(line: Record, name: str) -> dict[int, Record]:
    """The stored lines beside this one whose own lines `name` aren't read either: who asks for one's asks for all."""
    if line.parent is None:
        return {}
    beside = line.parent.values.get(line.shape.rpartition(".")[2]) or []
    return {one.id: one for one in beside if one.id is not None and name not in one.values}


class Joined:
    """A row of a path through lists, with the rows of the lists before it (`outer`, by name): what a group's measure
    reads of both. Equal to its record."""

    __slots__ = ("outer", "record")

    def __init__(self, record: Record, outer: Mapping[str, Record]) -> None:
        self.record, self.outer = record, outer

    @property
    def shape(self) -> str:
        """As in `Record`."""
        return self.record.shape

    @property
    def id(self) -> int | None:
        """As in `Record`."""
        return self.record.id

    def value(self, name: str) -> Any:
        """A member of the record, or one of the outer rows."""
        return self.outer[name[1:]] if name.startswith(OUTER) else self.record.value(name)

    def __eq__(self, other: object) -> bool:
        return self.record == (other.record if isinstance(other, Joined) else other)

    def __hash__(self) -> int:
        return hash(self.record)
