"""Records as rows of a spreadsheet.

Why: an export shows just what its list shows this person, in the words they read. In a workbook a cell is the number,
day or text that it is; in a CSV file a cell that a spreadsheet would run as a formula is made harmless: anybody may
have typed it, and somebody else opens it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
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


def export(work: Work, form: Form, ask: Ask, columns: Sequence[str] | None = None) -> Iterator[list[Any]]:
    """The titles, then a row for each record that fits (all pages) and that the person may export.

    Cells are texts, Decimals, dates, moments of the organisation's clock without zone, or None; `texts` makes them safe
    for CSV. A lines field takes one cell, its lines one below the other; `export_lines` has them apart. Raises Refused as
    `ask.page`, and when the person may not export; before the first row.
    """
    ids = ids_of(work, question(work, form, ask, EXPORT))
    names = columns_of(work, form, ask, columns, EXPORT)
    return _rows(work, form, ids, names)


def export_lines(work: Work, form: Form, lines: str, ask: Ask) -> Iterator[list[Any]]:
    """The lines of one list, a row each: the record's title, within another's lines the number of that line, then the
    list's columns. Otherwise as `export`."""
    ids = ids_of(work, question(work, form, ask, EXPORT))
    above, _, last = lines.rpartition(".")
    names = columns_of(work, form, ask, (lines.partition(".")[0],), EXPORT)
    hidden = hidden_in(form, sets(form, work.actor, EXPORT), EXPORT)
    columns = form.line_forms()[lines].columns.values() if names else ()
    shown = [c for c in columns if f"{lines}.{c.name}" not in hidden and not c.columns and c.related is None]

    def rows() -> Iterator[list[Any]]:
        language = work.actor.language
        around = [form.line_forms()[above].title.to(language)] if above else []
        yield [form.title.to(language), *around, *(c.title.to(language) for c in shown)]
        for some in _pieces(work, form, ids, names):
            reader = _reader(work, some)
            for record in some:
                holders = record.at_hand(above) if above else [record]
                for number, holder in enumerate(holders, 1):
                    place = [Decimal(number)] if above else []
                    for line in holder.values.get(last) or []:
                        cells = (value(work, c, line.values.get(c.name), reader) for c in shown)
                        yield [record.title, *place, *cells]

    return rows()


def export_sheets(
    work: Work, form: Form, ask: Ask, columns: Sequence[str] | None = None
) -> Iterator[tuple[str, Iterator[list[Any]]]]:
    """Sheets of a workbook: the records, then the lines of each list that the person sees, (title, rows) each."""
    rows = export(work, form, ask, columns)
    yield form.title.to(work.actor.language), rows
    hidden = hidden_in(form, sets(form, work.actor, EXPORT), EXPORT)
    for name, found in form.line_forms().items():
        if name not in hidden and found.visible is not False:
            yield found.title.to(work.actor.language), export_lines(work, form, name, ask)


def texts(rows: Iterable[Sequence[Any]]) -> Iterator[list[str]]:
    """The same rows for CSV: every cell a text that no spreadsheet runs."""
    for row in rows:
        yield [as_text(cell) for cell in row]


def as_text(cell: Any) -> str:
    """A cell as CSV has it: numbers in plain figures, days and moments as 2026-01-05 and 2026-01-05 09:30:00."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, datetime):
        return cell.isoformat(" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return safe(str(cell))


def safe(words: str) -> str:
    """A text that no spreadsheet runs: what looks like a formula gets an apostrophe in front, numbers stay."""
    if words.startswith(DANGEROUS) and not NUMBER.fullmatch(words):
        return "'" + words
    return words


def value(work: Work, found: FormField, kept: Any, reader: Reader) -> Any:
    """One value as an export has it: numbers and days as they are, all else in the words that people read."""
    if kept is None:
        return None
    if found.field.sensitive:
        return MASK
    if found.field.numeric and isinstance(kept, Decimal) and not (found.field.share and abs(kept) > 1):
        return kept  # more than 100% would be asked about when it is read in again, so it keeps its sign
    if isinstance(kept, datetime):
        return kept.astimezone(work.zone).replace(tzinfo=None, microsecond=0)
    if isinstance(kept, date):
        return kept
    if len(found.field.targets()) > 1:
        return "; ".join(_with_form(work, *one, reader) for one in found.field.pointed(kept))
    return found.field.cell(kept, reader)


def _with_form(work: Work, form: str, id: int, reader: Reader) -> str:
    """What a record is called, after its form: one may be of several."""
    words = reader.title_of(form, id)
    return f"{work.form(form).title.to(work.actor.language)}: {words}" if form in work.catalog.forms else words


# -- inner -------------------------------------------------------------------------------------------------------------


def _rows(work: Work, form: Form, ids: Sequence[int], names: Sequence[str]) -> Iterator[list[Any]]:
    shown = [form.column(n) or n for n in names]
    yield [_title(c).to(work.actor.language) for c in shown]
    for some in _pieces(work, form, ids, names):
        reader = _reader(work, some)
        for record in some:
            yield [_cell(work, form, c, record, reader) for c in shown]


def _pieces(work: Work, form: Form, ids: Sequence[int], names: Sequence[str]) -> Iterator[list[Record]]:
    """The records, so many at a time, with what may be exported of each; none is kept in memory longer."""
    for start in range(0, len(ids), LIMIT):
        some = [row.record for row in listed(work, form, ids[start : start + LIMIT], names, EXPORT)]
        yield some
        for record in some:
            work.forget(record)


def _cell(work: Work, form: Form, column: FormField | str, record: Record, reader: Reader) -> Any:
    if not isinstance(column, str):
        if column.columns:
            lines = record.values.get(column.name) or []
            return "\n".join(_line(work, column, line, reader) for line in lines)
        return value(work, column, record.values.get(column.name), reader)
    kept = record.values.get(column)
    if kept is None:
        return None
    if column == "state" and form.workflow is not None and kept in form.workflow.states:
        return form.workflow.states[kept].title.to(work.actor.language)
    if column in PEOPLE:
        return reader.title_of("person", kept)
    if isinstance(kept, datetime):
        return kept.astimezone(work.zone).replace(tzinfo=None, microsecond=0)
    return Decimal(kept) if isinstance(kept, int) else str(kept)


def _line(work: Work, found: FormField, line: Record, reader: Reader) -> str:
    cells = [as_text(value(work, c, line.values.get(c.name), reader)) for c in found.columns.values() if not c.columns]
    inner = [
        f"[{'; '.join(_line(work, c, one, reader) for one in line.values[c.name])}]"
        for c in found.columns.values()
        if c.columns and line.values.get(c.name)
    ]
    return " · ".join(c for c in (*cells, *inner) if c)


def _title(column: FormField | str) -> Text:
    return SYSTEM_TITLES[column] if isinstance(column, str) else column.title


def _reader(work: Work, records: list[Record]) -> Reader:
    return reader_of(lambda actor, unit: unit(work), work.actor, work.now, work.zone, records)
