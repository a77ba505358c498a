"""A record in memory: the row that expressions read and verbs change, stored or still being typed.

Why: formulas, rules, pages and history all speak of the same values, whether a person is typing them or they have been
kept for a year. A record reaches others (references, related lists) only through its reader, on the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    System members stand among them (`state`, `owner`, `created_at`, …). `parent` is the record that holds a line.
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
        if name == "id":
            return self.id
        if name == "parent":
            return self.parent
        if name not in self.values:
            if form_of(name):
                return self._narrowed(self.value(field_of(name)), form_of(name))
            self.values[name] = self._rows.fetch(self, name)
        found = self.values[name]
        kind = found.__class__
        if kind is not int and kind is not tuple:
            return found
        target = self._rows.target(self.shape, name)
        if kind is tuple:
            if target is None:
                return list(found)
            return [row for id in found if (row := self._rows.row(target, id)) is not None]
        return found if target is None else self._rows.row(target, found)

    def _narrowed(self, value: str | None, form: str) -> Record | None:
        """The record that a value of one of several forms points at, if it is one of this form."""
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
