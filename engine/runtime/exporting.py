"""Records as rows of text, for a spreadsheet.

Why: an export shows just what its list shows this person, in the words they read. And a cell that a spreadsheet
would run as a formula is made harmless: anybody may have typed it, and somebody else opens it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from engine.definitions.model import Form, FormField
from engine.fields.base import Reader
from engine.runtime.access import hidden_in, sets
from engine.runtime.ask import LIMIT, columns_of, ids_of, listed, question
from engine.runtime.reader import reader as reader_of
from engine.runtime.record import Record
from engine.runtime.values import Ask
from engine.runtime.work import PEOPLE, Work
from engine.texts import Text, text

BOM = "\ufeff"
"""Tells Excel that a CSV file is UTF-8."""

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a text begins that a spreadsheet would take for a formula (a leading line break hides one)."""

NUMBER = re.compile(r"[+-]?[\d,]*\.?\d+%?")
"""What begins so and is harmless."""

MASK = "•••"
"""What stands for a sensitive value."""

EXPORT = "export"
"""The action that an export is."""

SYSTEM_TITLES = {
    "id": text("ID", "ID"),
    "state": text("状态", "State"),
    "state_since": text("状态始于", "In this state since"),
    "owner": text("负责人", "Owner"),
    "created_by": text("创建人", "Created by"),
    "created_at": text("创建时间", "Created at"),
    "updated_by": text("修改人", "Changed by"),
    "updated_at": text("修改时间", "Changed at"),
}
"""What the columns that every form has are called."""


def export(work: Work, form: Form, ask: Ask, columns: Sequence[str] | None = None) -> Iterator[list[str]]:
    """The titles, then a row for each record that fits (all pages) and that the person may export, as safe text.

    A lines field takes one cell, its lines one below the other; `export_lines` has them apart. Raises Refused as
    `ask.page`, and when the person may not export; before the first row.
    """
    ids = ids_of(work, question(work, form, ask, EXPORT))
    names = columns_of(work, form, ask, columns, EXPORT)
    return _rows(work, form, ids, names)


def export_lines(work: Work, form: Form, lines: str, ask: Ask) -> Iterator[list[str]]:
    """The lines of one list, a row each: the record's title, then the list's columns. Raises Refused as `export`."""
    ids = ids_of(work, question(work, form, ask, EXPORT))
    names = columns_of(work, form, ask, (lines,), EXPORT)
    hidden = hidden_in(form, sets(form, work.actor, EXPORT), EXPORT)
    columns = form.fields[lines].columns.values() if names else ()
    shown = [c for c in columns if f"{lines}.{c.name}" not in hidden and not c.columns and c.related is None]

    def rows() -> Iterator[list[str]]:
        language = work.actor.language
        yield [safe(form.title.to(language)), *(safe(c.title.to(language)) for c in shown)]
        for some in _pieces(work, form, ids, names):
            reader = _reader(work, some)
            for record in some:
                for line in record.values.get(lines) or []:
                    yield [safe(record.title), *(cell(c, line.values.get(c.name), reader) for c in shown)]

    return rows()


def written(rows: Iterable[Sequence[str]], *, bom: bool = True) -> Iterator[bytes]:
    """The rows as CSV in UTF-8 with CRLF, piece by piece; with a mark that tells Excel so."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    if bom:
        buffer.write(BOM)
    for row in rows:
        writer.writerow(row)
        if buffer.tell() > 65536:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    if buffer.tell():
        yield buffer.getvalue().encode()


def safe(words: str) -> str:
    """A text that no spreadsheet runs: what looks like a formula gets an apostrophe in front, numbers stay."""
    if words.startswith(DANGEROUS) and not NUMBER.fullmatch(words):
        return "'" + words
    return words


def cell(found: FormField, value: Any, reader: Reader) -> str:
    """One value as an export shows it: numbers and days in plain figures, all else as people read it."""
    if value is None:
        return ""
    if found.field.sensitive:
        return MASK
    if found.field.numeric:
        return str(found.field.to_json(value))
    return safe(found.field.cell(value, reader))


# -- inner -------------------------------------------------------------------------------------------------------------


def _rows(work: Work, form: Form, ids: Sequence[int], names: Sequence[str]) -> Iterator[list[str]]:
    shown = [form.fields.get(n, n) for n in names]
    yield [safe(_title(c).to(work.actor.language)) for c in shown]
    for some in _pieces(work, form, ids, names):
        reader = _reader(work, some)
        for record in some:
            yield [_cell(work, form, c, record, reader) for c in shown]


def _pieces(work: Work, form: Form, ids: Sequence[int], names: Sequence[str]) -> Iterator[list[Record]]:
    """The records, so many at a time, with what may be exported of each."""
    for start in range(0, len(ids), LIMIT):
        yield [row.record for row in listed(work, form, ids[start : start + LIMIT], names, EXPORT)]


def _cell(work: Work, form: Form, column: FormField | str, record: Record, reader: Reader) -> str:
    if not isinstance(column, str):
        if column.columns:
            lines = record.values.get(column.name) or []
            return safe("\n".join(_line(column, line, reader) for line in lines))
        return cell(column, record.values.get(column.name), reader)
    value = record.values.get(column)
    if value is None:
        return ""
    if column == "state" and form.workflow is not None and value in form.workflow.states:
        return safe(form.workflow.states[value].title.to(work.actor.language))
    if column in PEOPLE:
        return safe(reader.title_of("person", value))
    if column.endswith(("_at", "_since")):
        return str(value.astimezone(work.zone).strftime("%Y-%m-%d %H:%M:%S"))
    return safe(str(value))


def _line(found: FormField, line: Record, reader: Reader) -> str:
    cells = (cell(c, line.values.get(c.name), reader) for c in found.columns.values() if not c.columns)
    return " · ".join(c for c in cells if c)


def _title(column: FormField | str) -> Text:
    return SYSTEM_TITLES[column] if isinstance(column, str) else column.title


def _reader(work: Work, records: list[Record]) -> Reader:
    return reader_of(lambda actor, unit: unit(work), work.actor, work.now, work.zone, records)
