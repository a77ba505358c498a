"""Excel templates: holes in cells; a cell that is one hole becomes the number or day itself, rows repeat.

A text that looks like a formula stays a text: anybody may have typed it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from copy import copy
from io import BytesIO
from typing import Any, ClassVar

from openpyxl import load_workbook
from openpyxl.drawing.image import Image
from openpyxl.utils.exceptions import InvalidFileException

from engine.prints.base import Filling, Kind, Picture, Piece, Unreadable, Value, spans
from engine.texts import text

ROWS = 2_000_000
"""More than a sheet has rows: rows of different sheets have different numbers."""

DOTS = 96 / 25.4
"""A millimetre in dots of a screen, in which sheets measure pictures."""


class Xlsx(Kind):
    """An Excel workbook."""

    ending: ClassVar[str] = ".xlsx"
    type: ClassVar[str] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def pieces(self, content: bytes) -> Iterator[Piece]:
        """See `Kind`."""
        for order, sheet in enumerate(_opened(content).worksheets):
            for row in sheet.iter_rows():
                for cell in row:
                    where = text(f"工作表“{sheet.title}”的 {cell.coordinate}", f"{cell.coordinate} of {sheet.title}")
                    for span in spans(_words(cell)):
                        if span.words is not None:
                            yield Piece(span.words, order * ROWS + cell.row, where)

    def fill(self, content: bytes, rows: Mapping[int, int], fill: Filling) -> bytes:
        """See `Kind`."""
        book = _opened(content)
        for order, sheet in enumerate(book.worksheets):
            for number in range(sheet.max_row, 0, -1):
                key = order * ROWS + number
                times = rows.get(key, 1)
                if times != 1:
                    _spread(sheet, number, times)
                for index in range(times):
                    for cell in list(sheet[number + index]):
                        _filled(sheet, cell, key, index, fill)
        made = BytesIO()
        book.save(made)
        return made.getvalue()


def _opened(content: bytes) -> Any:
    try:
        return load_workbook(BytesIO(content))
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise Unreadable(str(error) or "xlsx") from error


def _words(cell: Any) -> str:
    """The text of a cell; "" for one that holds a formula of Excel's, or no text."""
    held = cell.value
    return held if isinstance(held, str) and cell.data_type == "s" else ""


def _filled(sheet: Any, cell: Any, row: int, index: int, fill: Filling) -> None:
    written = _words(cell)
    found = spans(written)
    if not found:
        return
    words, last = "", 0
    pictures: list[Picture] = []
    for span in found:
        words += written[last : span.start]
        last = span.end
        value = fill(span.words, row, index) if span.words is not None else Value(span.brace)
        if isinstance(value, tuple):
            pictures += value
            continue
        if len(found) == 1 and span.start == 0 and span.end == len(written.rstrip()) and value.plain is not None:
            cell.value = value.plain
            if cell.number_format == "General" and value.format is not None:
                cell.number_format = value.format
            return
        words += value.words
    words += written[last:]
    cell.value = words or None
    if words:
        cell.data_type = "s"
    for picture in pictures:
        drawn = Image(BytesIO(picture.content))
        times = float(picture.width) * DOTS / drawn.width
        drawn.width, drawn.height = int(drawn.width * times), int(drawn.height * times)
        sheet.add_image(drawn, cell.coordinate)


def _spread(sheet: Any, number: int, times: int) -> None:
    """The row as often as said, what is below it farther down (or up): cells with their looks, heights, merged cells."""
    model = [(cell.column, cell.value, cell.data_type, copy(cell._style)) for cell in sheet[number]]
    height = sheet.row_dimensions[number].height
    ranges = [copy(one) for one in sheet.merged_cells.ranges]
    for one in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(one))
    shift, last = times - 1, sheet.max_row
    heights = {n: sheet.row_dimensions[n].height for n in range(number + 1, last + 1)}
    if times == 0:
        for cell in sheet[number]:
            cell.value = None
    if number < last:
        columns = sheet.cell(1, sheet.max_column).column_letter
        sheet.move_range(f"A{number + 1}:{columns}{last}", rows=shift, translate=True)
    for n, high in heights.items():
        sheet.row_dimensions[n + shift].height = high
    for index in range(times):
        for column, value, kind, style in model:
            cell = sheet.cell(number + index, column)
            cell.value = value
            if value is not None:
                cell.data_type = kind
            cell._style = copy(style)
        sheet.row_dimensions[number + index].height = height
    for one in ranges:
        if one.min_row > number:
            one.shift(row_shift=shift)
        for index in range(times if one.min_row == one.max_row == number else 1):
            top, bottom = (
                one.min_row + index,
                one.max_row + index + (shift if one.min_row < number <= one.max_row else 0),
            )
            if bottom >= top and not (times == 0 and one.min_row == one.max_row == number):
                sheet.merge_cells(
                    start_row=top, end_row=bottom, start_column=one.min_col, end_column=one.max_col
                )  # fmt: skip
