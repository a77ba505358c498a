"""HTML templates: for the browser's print and for PDF; holes stand in the text, rows of tables repeat.

Why so strict: the page is served from the same address as everything else, so a template may hold neither scripts nor
handlers nor styles in attributes, and nothing that is fetched from elsewhere. Its `<style>` is let through by its hash.
Values are escaped here; PDF is made by WeasyPrint, where it is installed, and may fetch nothing.
"""

from __future__ import annotations

import html as entities
import importlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, ClassVar

from markupsafe import Markup, escape

from engine.prints.base import Filling, Forbidden, Kind, Picture, Piece, Unreadable, spans
from engine.texts import text

FORBIDDEN = frozenset(
    (
        *("script", "iframe", "frame", "frameset", "object", "embed", "applet", "form", "input", "button", "select"),
        *("textarea", "link", "base", "meta", "audio", "video", "svg", "math"),
    )
)
"""Elements that no template may have."""

ADDRESSES = frozenset({"src", "href", "srcset", "action", "background", "poster", "data"})
"""Attributes that fetch something, or lead somewhere."""

FRAME = frozenset({"html", "head", "body", "title", "!doctype"})
"""Elements that the page has anyway: they are left out."""

DOTS = 96 / 25.4


class Missing(Exception):
    """WeasyPrint isn't there."""


class Html(Kind):
    """A page: an HTML file with a `<style>`."""

    ending: ClassVar[str] = ".html"
    type: ClassVar[str] = "text/html; charset=utf-8"

    def pieces(self, content: bytes) -> Iterator[Piece]:
        """See `Kind`."""
        for part, row in _texts(_read(content).parts, None):
            for span in spans(part.words):
                if span.words is not None:
                    line = part.line + part.words.count("\n", 0, span.start)
                    yield Piece(entities.unescape(span.words), row, text(f"第 {line} 行", f"line {line}"), line)

    def fill(self, content: bytes, rows: Mapping[int, int], fill: Filling) -> bytes:
        """See `Kind`; what comes out is a style and a body, which `split` takes apart."""
        read = _read(content)
        return f"<style>{read.style}</style>{''.join(_written(read.parts, rows, None, 0, fill))}".encode()

    def needs(self, content: bytes) -> tuple[str, ...]:
        """See `Kind`."""
        return tuple(dict.fromkeys(_read(content).pictures))

    def holding(self, content: bytes, beside: Mapping[str, tuple[bytes, str]]) -> bytes:
        """See `Kind`."""
        written = content.decode()
        for name, (picture, type) in beside.items():
            for quote in ('"', "'"):
                written = written.replace(f"src={quote}{name}{quote}", f'src="{_inline(picture, type)}"')
        return written.encode()


def split(filled: bytes) -> tuple[str, str]:
    """A filled template as (style, body)."""
    style, _, body = filled.decode().removeprefix("<style>").partition("</style>")
    return style, body


def page(title: str, language: str, filled: Sequence[bytes]) -> str:
    """Filled copies of one template as one page of its own, each beginning a new sheet of paper."""
    style = split(filled[0])[0] if filled else ""
    breaks = "section + section { break-before: page; }"
    bodies = "".join(f"<section>{split(one)[1]}</section>" for one in filled)
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{style}\n{breaks}</style></head><body>{bodies}</body></html>"
    )


def pdf(page: str) -> bytes:
    """A page as PDF. Raises Missing where WeasyPrint (or a library that it needs) isn't installed."""
    try:
        weasyprint = importlib.import_module("weasyprint")
    except (ImportError, OSError) as error:
        raise Missing(str(error)) from error
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    made: bytes = weasyprint.HTML(string=page, url_fetcher=fetcher).write_pdf()
    return made


# -- reading -----------------------------------------------------------------------------------------------------------


@dataclass
class _Words:
    """Text between tags, as it is written (with entities)."""

    words: str
    line: int


@dataclass
class _Row:
    """A table row: its number, its first tag, what is in it."""

    number: int
    tag: str
    parts: list[Any] = field(default_factory=list)


class _Read(HTMLParser):
    """A template taken apart: texts, rows, and everything else as it is written (str)."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[Any] = []
        self.open: list[list[Any]] = [self.parts]
        self.style, self.rows, self.inside = "", 0, ""
        self.pictures: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See HTMLParser."""
        self._look(tag, attrs)
        written = self.get_starttag_text() or ""
        if tag in FRAME or tag == "meta":
            self.inside = tag if tag == "title" else self.inside
        elif tag == "style":
            self.inside = "style"
        elif tag == "tr":
            self.rows += 1
            row = _Row(self.rows, written)
            self.open[-1].append(row)
            self.open.append(row.parts)
        else:
            self.open[-1].append(written)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See HTMLParser."""
        self._look(tag, attrs)
        self.open[-1].append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        """See HTMLParser."""
        if tag in ("style", "title") and self.inside == tag:
            self.inside = ""
        elif tag == "tr" and len(self.open) > 1:
            self.open.pop()
        elif tag not in FRAME and tag not in ("tr", "style"):
            self.open[-1].append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """See HTMLParser."""
        if self.inside == "style":
            self._style(data)
        elif self.inside != "title":
            self._words(data)

    def handle_entityref(self, name: str) -> None:
        """See HTMLParser."""
        self._words(f"&{name};")

    def handle_charref(self, name: str) -> None:
        """See HTMLParser."""
        self._words(f"&#{name};")

    def _words(self, words: str) -> None:
        last = self.open[-1][-1] if self.open[-1] else None
        if isinstance(last, _Words):
            last.words += words
        else:
            self.open[-1].append(_Words(words, self.getpos()[0]))

    def _style(self, data: str) -> None:
        lowered = data.lower()
        for word in ("@import", "url(", "expression(", "</"):
            if word in lowered:
                raise Forbidden(word, self.getpos()[0] + lowered.count("\n", 0, lowered.index(word)))
        self.style += data

    def _look(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        if tag in FORBIDDEN and not (tag == "meta" and [n for n, _ in attrs] == ["charset"]):
            raise Forbidden(f"<{tag}>", line)
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "srcdoc") or "{" in (value or ""):
                raise Forbidden(f"{name}=", line)
            if name not in ADDRESSES:
                continue
            given = value or ""
            plain = bool(given) and not given.startswith(("data:", "/", ".")) and ":" not in given and "/" not in given
            if tag == "img" and name == "src" and plain:
                self.pictures.append(given)
            elif not (tag == "img" and name == "src" and given.startswith("data:image/")):
                raise Forbidden(f"{name}={given[:60]}", line)


def _read(content: bytes) -> _Read:
    read = _Read()
    try:
        read.feed(content.decode("utf-8-sig"))
        read.close()
    except UnicodeDecodeError as error:
        raise Unreadable("UTF-8") from error
    return read


def _texts(parts: list[Any], row: int | None) -> Iterator[tuple[_Words, int | None]]:
    for part in parts:
        if isinstance(part, _Words):
            yield part, row
        elif isinstance(part, _Row):
            yield from _texts(part.parts, part.number)


def _written(parts: list[Any], rows: Mapping[int, int], row: int | None, index: int, fill: Filling) -> Iterator[str]:
    for part in parts:
        if isinstance(part, _Row):
            for nth in range(rows.get(part.number, 1)):
                yield part.tag
                yield from _written(part.parts, rows, part.number, nth if part.number in rows else 0, fill)
                yield "</tr>"
        elif isinstance(part, _Words):
            yield _filled(part.words, row, index, fill)
        else:
            yield part


def _filled(words: str, row: int | None, index: int, fill: Filling) -> str:
    made, last = "", 0
    for span in spans(words):
        made += words[last : span.start]
        last = span.end
        if span.words is None:
            made += span.brace
            continue
        found = fill(entities.unescape(span.words), row, index)
        if isinstance(found, tuple):
            made += "".join(_image(one) for one in found)
        else:
            made += str(escape(found.words)).replace("\n", "<br>")
    return made + words[last:]


def _image(picture: Picture) -> Markup:
    width = round(float(picture.width) * DOTS)
    return Markup('<img src="{}" width="{}" alt="">').format(_inline(picture.content, picture.type), width)


def _inline(content: bytes, type: str) -> str:
    return f"data:{type};base64,{b64encode(content).decode()}"
