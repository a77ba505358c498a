"""Word templates: holes in paragraphs, tables, headers, footers and text boxes; rows of tables repeat.

Why so low: Word cuts what somebody typed into runs wherever it likes, so a hole is looked for in a paragraph's whole text
and replaced where its first letter stands, which keeps the letter's looks.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from copy import deepcopy
from io import BytesIO
from typing import Any, ClassVar

from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.opc.part import XmlPart
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Mm
from docx.text.run import Run

from engine.prints.base import Filling, Kind, Picture, Piece, Unreadable, spans
from engine.texts import Text, text

STORY = re.compile(r"/word/(document|header\d*|footer\d*)\.xml")
"""The parts of a Word file that people read."""

LONG = 30


class Docx(Kind):
    """A Word file."""

    ending: ClassVar[str] = ".docx"
    type: ClassVar[str] = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

    def pieces(self, content: bytes) -> Iterator[Piece]:
        """See `Kind`."""
        for part in _stories(_opened(content)):
            numbers = _numbers(part)
            for order, paragraph in enumerate(part.element.iter(qn("w:p")), 1):
                written = "".join(t.text or "" for t in _texts(paragraph))
                for span in spans(written):
                    if span.words is not None:
                        yield Piece(span.words, _row(paragraph, numbers), _place(part, order, written))

    def fill(self, content: bytes, rows: Mapping[int, int], fill: Filling) -> bytes:
        """See `Kind`."""
        file = _opened(content)
        for part in _stories(file):
            numbers = _numbers(part)
            for row, number in numbers.items():
                if number in rows:
                    _repeat(part, row, numbers, rows[number], fill)
            repeated = {row for row, number in numbers.items() if number in rows}
            for paragraph in list(part.element.iter(qn("w:p"))):
                row = next(paragraph.iterancestors(qn("w:tr")), None)
                if row is None or (row in numbers and row not in repeated):
                    _filled(part, paragraph, _row(paragraph, numbers), 0, fill)
        made = BytesIO()
        file.save(made)
        return made.getvalue()


def _opened(content: bytes) -> Any:
    try:
        return Document(BytesIO(content))
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Unreadable(str(error) or "docx") from error


def _stories(file: Any) -> list[Any]:
    found = [p for p in file.part.package.iter_parts() if isinstance(p, XmlPart) and STORY.fullmatch(str(p.partname))]
    return sorted(found, key=lambda part: str(part.partname))


def _numbers(part: Any) -> dict[Any, int]:
    """The rows of all tables of a part, numbered; those of other parts have other numbers."""
    base = sum(map(ord, str(part.partname))) * 100_000
    return {row: base + n for n, row in enumerate(part.element.iter(qn("w:tr")))}


def _row(paragraph: Any, numbers: Mapping[Any, int]) -> int | None:
    return numbers.get(next(paragraph.iterancestors(qn("w:tr")), None))


def _texts(paragraph: Any) -> list[Any]:
    """The pieces of text of a paragraph, without those of a text box that hangs on it."""
    return [t for t in paragraph.iter(qn("w:t")) if next(t.iterancestors(qn("w:p")), None) is paragraph]


def _place(part: Any, order: int, written: str) -> Text:
    short = written if len(written) <= LONG else written[: LONG - 1] + "…"
    name = str(part.partname).rpartition("/")[2].removesuffix(".xml")
    kind = {"d": text("正文", "the text"), "h": text("页眉", "a header"), "f": text("页脚", "a footer")}[name[0]]
    return text(
        f"{kind.to('zh')}第 {order} 段“{short}”", f'paragraph {order} of {kind.to("en")}, "{short}"',
    )  # fmt: skip


def _repeat(part: Any, row: Any, numbers: Mapping[Any, int], times: int, fill: Filling) -> None:
    """The row once for each repetition, in place of the template's."""
    within = [_row(p, numbers) for p in row.iter(qn("w:p"))]
    for index in range(times):
        made = deepcopy(row)
        for paragraph, number in zip(list(made.iter(qn("w:p"))), within, strict=True):
            _filled(part, paragraph, number, index, fill)
        row.addprevious(made)
    table = row.getparent()
    table.remove(row)
    if table.find(qn("w:tr")) is None:  # Word can't read a table without rows
        table.addprevious(OxmlElement("w:p"))
        table.getparent().remove(table)


def _filled(part: Any, paragraph: Any, row: int | None, index: int, fill: Filling) -> None:
    texts = _texts(paragraph)
    written = "".join(t.text or "" for t in texts)
    for span in reversed(spans(written)):
        found = fill(span.words, row, index) if span.words is not None else span.brace
        words = found if isinstance(found, str) else "" if isinstance(found, tuple) else found.words
        first = _put(texts, span.start, span.end, words)
        if isinstance(found, tuple):
            _draw(part, first[0], first[1], found)
    for one in _texts(paragraph):
        _broken(one)


def _put(texts: list[Any], start: int, end: int, words: str) -> tuple[Any, int]:
    """Replace these letters of a paragraph; gives the piece in which the words now stand, and where they end in it."""
    at, first = 0, (texts[0], 0)
    for piece in texts:
        held = piece.text or ""
        lower, upper = max(start - at, 0), min(end - at, len(held))
        if lower < upper:
            new = words if at + lower == start else ""
            piece.text = held[:lower] + new + held[upper:]
            piece.set(qn("xml:space"), "preserve")
            if at + lower == start:
                first = (piece, lower + len(new))
        at += len(held)
    return first


def _draw(part: Any, piece: Any, at: int, pictures: tuple[Picture, ...]) -> None:
    """Pictures at that place of a piece of text: what stands after them goes into a run of its own."""
    run = piece.getparent()
    after = deepcopy(run)
    for child in list(after):
        if child.tag not in (qn("w:rPr"), qn("w:t")):
            after.remove(child)
    kept = list(run.iter(qn("w:t")))
    copies = list(after.iter(qn("w:t")))
    number = kept.index(piece)
    for n, (old, new) in enumerate(zip(kept, copies, strict=True)):
        if n < number:
            after.remove(new)
        elif n == number:
            new.text = (piece.text or "")[at:]
            new.set(qn("xml:space"), "preserve")
        else:
            run.remove(old)
    piece.text = (piece.text or "")[:at]
    run.addnext(after)
    drawn = deepcopy(after)
    for child in list(drawn):
        if child.tag != qn("w:rPr"):
            drawn.remove(child)
    run.addnext(drawn)
    for picture in pictures:
        Run(drawn, _Held(part)).add_picture(BytesIO(picture.content), width=Mm(float(picture.width)))


class _Held:
    """What a run asks for the part that its pictures belong to."""

    def __init__(self, part: Any) -> None:
        self.part = part


def _broken(piece: Any) -> None:
    """Line breaks within a piece of text as Word has them."""
    lines = (piece.text or "").split("\n")
    if len(lines) == 1:
        return
    piece.text = lines[0]
    last = piece
    for line in lines[1:]:
        for tag, words in (("w:br", None), ("w:t", line)):
            made = OxmlElement(tag)
            if words is not None:
                made.text = words
                made.set(qn("xml:space"), "preserve")
            last.addnext(made)
            last = made
