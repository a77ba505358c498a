"""Lines that have a value which no two lines may share: one another's in the record, or those of other records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select

from engine.definitions.model import Form, FormField
from engine.runtime.access import within
from engine.runtime.back import mains
from engine.runtime.reading import Path
from engine.runtime.record import Record, row_path
from engine.runtime.work import Work
from engine.texts import Text, text

CHUNK = 500
"""How many values are asked for at once."""


def line_twins(work: Work, form: Form, record: Record) -> Iterator[tuple[Path, FormField, Any, Record | Text]]:
    """(path, column, value, who has it) for each line whose value in a `unique` column is there already: another record, or
    an earlier line of this one, in words."""
    for name, found in form.line_forms().items():
        columns = [c for c in found.columns.values() if c.field.unique and c.kept]
        lines: Sequence[Record] = record.lines(name) if columns else ()
        for column in columns:
            values = [line.values.get(column.name) for line in lines]
            elsewhere = _elsewhere(work, column, record, sorted({v for v in values if v is not None}, key=repr))
            first: dict[Any, Record] = {}
            for line, value in zip(lines, values, strict=True):
                if value is None:
                    continue
                earlier = first.setdefault(value, line)
                if earlier is not line:
                    yield (*row_path(line), column.name), column, value, _numbered(earlier)
                elif value in elsewhere and (other := work.row(form.name, elsewhere[value])) is not None:
                    yield (*row_path(line), column.name), column, value, other


def _numbered(line: Record) -> Text:
    """Which line it is: `line 3`, within a line's lines `line 2.3`."""
    number = ".".join(str(part + 1) for part in row_path(line) if isinstance(part, int))
    return text(f"第 {number} 行", f"line {number}")


def _elsewhere(work: Work, column: FormField, record: Record, values: Sequence[Any]) -> dict[Any, int]:
    """The id of a record, other than this, that has a line with that value, by value."""
    table, found = work.layout.table(column.shape), dict[Any, int]()
    for start in range(0, len(values), CHUNK):
        asked = table.c[column.name]
        query = select(asked, table.c.id).where(asked.in_(values[start : start + CHUNK]))
        if record.id is not None:
            query = query.where(~within(work, column.shape, table, [record.id]))
        for value, id in work.conn.execute(query):
            found[value] = next(iter(mains(work, column.shape, {id}).values()))
    return found
