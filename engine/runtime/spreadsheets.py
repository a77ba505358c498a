"""Files of spreadsheets as rows of text, and rows of text as such files: CSV and XLSX.

Why: people send what their program saves. What a file is, is told from its content; numbers, days and ticks of a
workbook become the text that a person would type, so that whatever reads rows need not know where they come from.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter import Workbook

from engine.problems import Refused, problem
from engine.problems.access import BAD_FILE
from engine.texts import text

ENCODINGS = ("utf-8-sig", "gb18030")
"""How text files are read, the first that fits. UTF-16 is told by its mark."""

MARKED = (b"\xff\xfe", b"\xfe\xff")
"""How a text in UTF-16 begins."""

ZIPPED = b"PK\x03\x04"
"""How an XLSX file begins."""

OLD = b"\xd0\xcf\x11\xe0"
"""How an XLS file of before 2007 begins."""

BOM = "\ufeff"
"""Tells Excel that a CSV file is UTF-8."""

BLOCK = 1 << 16
EXACT = 15
"""How many digits a spreadsheet's numbers keep; a longer one is written as text."""

PLAIN = frozenset("0123456789.")
"""What Python writes most numbers with: no sign, no exponent."""

EARLIEST = (1900, 3)
"""The first year and month of whose days all spreadsheets think alike; earlier ones are written as text."""

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"


@dataclass(frozen=True)
class Sheet:
    """What a file says: the cells of its first row that has any, trimmed, and the further rows with their numbers in
    the file (from 1); blank rows are left out, and a row may be shorter than the header. `others`: the workbook's further
    sheets, which aren't read."""

    header: list[str]
    rows: list[tuple[int, list[str]]]
    others: tuple[str, ...] = ()


def read(path: Path, called: Collection[str] = ()) -> Sheet:
    """A CSV file (commas, semicolons or tabs; UTF-8, UTF-16 or GB 18030) or one sheet of a workbook: that which is `called` so,
    else the first.

    Raises Refused with `bad_file` when it can't be read or is empty.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4)
        book = _workbook(path) if head in (ZIPPED, OLD) else None
        name = next((n for n in book.sheet_names if n in called), book.sheet_names[0]) if book is not None else ""
        rows = list(_sheet(book, name) if book is not None else _csv(path.read_bytes()))
    except OSError as error:
        raise _unreadable(error.strerror or str(error)) from error
    if not rows:
        raise _unreadable(text("它是空的", "it is empty"))
    others = tuple(n for n in book.sheet_names if n != name) if book is not None else ()
    return Sheet([cell.strip() for cell in rows[0][1]], rows[1:], others)


def csv_bytes(rows: Iterable[Sequence[str]], *, bom: bool = True) -> Iterator[bytes]:
    """The rows as CSV in UTF-8 with CRLF, piece by piece; with a mark that tells Excel so."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    if bom:
        buffer.write(BOM)
    for row in rows:
        writer.writerow(row)
        if buffer.tell() > BLOCK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    if buffer.tell():
        yield buffer.getvalue().encode()


def xlsx_bytes(sheets: Iterable[tuple[str, Iterable[Sequence[Any]]]]) -> Iterator[bytes]:
    """Sheets (title, rows; the first row has the titles of the columns) as a workbook, piece by piece.

    Texts are only ever texts, never formulas; Decimals, dates and booleans are what they are to a spreadsheet; None is
    an empty cell. Rows go to disk as they come, so that their number doesn't matter.
    """
    with tempfile.TemporaryFile(suffix=".xlsx") as file:
        _fill(file, sheets)
        file.seek(0)
        while piece := file.read(BLOCK):
            yield piece


# -- reading -----------------------------------------------------------------------------------------------------------


def _csv(content: bytes) -> Iterator[tuple[int, list[str]]]:
    words = _decoded(content)
    try:
        dialect = csv.Sniffer().sniff(words[:4096], ",;\t") if words else csv.excel
    except csv.Error:
        dialect = csv.excel
    reader = csv.reader(io.StringIO(words, newline=""), delimiter=dialect.delimiter)
    try:
        yield from ((number, row) for number, row in enumerate(reader, 1) if any(c.strip() for c in row))
    except csv.Error as error:
        raise _unreadable(str(error)) from error


def _decoded(content: bytes) -> str:
    for encoding in ("utf-16",) if content.startswith(MARKED) else ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable(text("编码认不出来", "its encoding is not known"))


def _workbook(path: Path) -> CalamineWorkbook:
    try:
        book = CalamineWorkbook.from_path(str(path))
    except (CalamineError, ValueError) as error:
        raise _unreadable(str(error)) from error
    if not book.sheet_names:
        raise _unreadable(text("它是空的", "it is empty"))
    return book


def _sheet(book: CalamineWorkbook, name: str) -> Iterator[tuple[int, list[str]]]:
    try:
        sheet = book.get_sheet_by_name(name)
        first = sheet.start[0] if sheet.start is not None else 0
        for number, row in enumerate(sheet.iter_rows(), first + 1):
            cells = [cell if cell.__class__ is str else _typed(cell) for cell in row]
            if any(cell and not cell.isspace() for cell in cells):
                yield number, cells
    except (CalamineError, IndexError, ValueError) as error:
        raise _unreadable(str(error)) from error


def _typed(cell: Any) -> str:
    """A workbook's value as a person types it: 2.0 -> 2, 0.155 -> 0.155, a day -> 2026-01-05, True -> true."""
    if cell.__class__ is float:
        words = repr(cell)
        return words.removesuffix(".0") if PLAIN.issuperset(words) else _number(Decimal(words))
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.replace(microsecond=0).isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return str(cell)


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}" if value.is_finite() else ""


def _unreadable(reason: Any) -> Refused:
    return Refused(problem(BAD_FILE, reason=reason))


# -- writing -----------------------------------------------------------------------------------------------------------


def _fill(file: BinaryIO, sheets: Iterable[tuple[str, Iterable[Sequence[Any]]]]) -> None:
    book = Workbook(file, {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
    bold = book.add_format({"bold": True, "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for title, rows in sheets:
        sheet = book.add_worksheet(_sheet_name(title, {s.name for s in book.worksheets()}))
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if number == 0:
                    sheet.set_column(place, place, min(40, max(10, 2 * len(str(cell)) + 2)))
                    sheet.write_string(number, place, str(cell), bold)
                elif isinstance(cell, bool):
                    sheet.write_boolean(number, place, cell)
                elif isinstance(cell, Decimal) and len(cell.as_tuple().digits) <= EXACT:
                    sheet.write_number(number, place, cell)
                elif isinstance(cell, date) and (cell.year, cell.month) < EARLIEST:
                    sheet.write_string(number, place, cell.isoformat(*[" "] if isinstance(cell, datetime) else []))
                elif isinstance(cell, datetime):
                    sheet.write_datetime(number, place, cell, moment)
                elif isinstance(cell, date):
                    sheet.write_datetime(number, place, cell, day)
                elif cell is not None and cell != "":
                    sheet.write_string(number, place, str(cell)[:32767])
    book.close()


def _sheet_name(title: str, taken: set[str]) -> str:
    """A name that Excel takes: at most 31 characters, without []:*?/\\, not twice."""
    plain = "".join(" " if sign in "[]:*?/\\" else sign for sign in title).strip("' ")[:31] or "Sheet"
    name, number = plain, 2
    while name.casefold() in {t.casefold() for t in taken}:
        name, number = f"{plain[:28]} {number}", number + 1
    return name
