"""A definition's text -> plain values, and the line and column of every one of them.

Why: analysts write YAML, and YAML's conveniences mislead them (`no` that becomes false, a key that silently replaces
another). Only what YAML 1.2's core says is interpreted, with one exception: digits with a leading zero stay text, since
quotes must never change what a value means. All else that could be misunderstood is refused with an explanation.
This is the only place that knows PyYAML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from engine.problems import Place, Problem, Refused
from engine.problems import yaml as codes
from engine.traps import CONTROL, full_width, syntax, tabs

LIMIT, DEPTH = 1_000_000, 40
"""The largest file in bytes, and how deep values may be nested."""

_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,37})\Z")
_DECIMAL = re.compile(r"[-+]?((0|[1-9][0-9]{0,37})(\.[0-9]{0,38})?|\.[0-9]{1,38})([eE][-+]?[0-9]{1,2})?\Z")
_EMPTY = ("", "~", "null", "Null", "NULL")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MOST_KEPT = 300
"""How many files are kept as read."""

VERBATIM = "verbatim"
"""The style of a text that is a whole file."""

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value stands: 1-based `line` and `column`, and those of its `key` (None in a list). `start` and `end` are
    offsets in the text; `style` is that of a scalar (`""` plain, `'`, `"`, `|`, `>`) or None for mappings and lists."""

    key: tuple[int, int] | None
    line: int
    column: int
    start: int
    end: int
    style: str | None


@dataclass(frozen=True)
class Source:
    """A definition as read: `value` is plain data (numbers int or Decimal); `places` maps each path to its spot."""

    file: str
    value: dict[str, Any]
    places: Mapping[Path_, Spot]
    text: str
    lines: tuple[str, ...]

    def place(self, path: Path_ = (), *, key: bool = False) -> Place:
        """Where the value at `path` stands (its key when `key`); where there is none, the nearest that holds it."""
        while path and path not in self.places:
            path = path[:-1]
        spot = self.places.get(path)
        if spot is None:
            return self.at(1, 1)
        if (key or spot.start == spot.end) and spot.key is not None:
            return self.at(*spot.key)
        return self.at(spot.line, spot.column)

    def inside(self, path: Path_, offset: int) -> Place:
        """Where the character `offset` (0-based) of the text at `path` stands, through quotes, escapes and folding."""
        spot = self.places.get(path)
        if spot is None or spot.style is None:
            return self.place(path)
        at = offset if spot.style == VERBATIM else _raw_offset(self.text, spot, offset)
        before = self.text[:at]
        line = before.count("\n") + 1
        return self.at(line, at - (before.rfind("\n") + 1) + 1)

    def written(self, path: Path_) -> str | None:
        """The scalar at `path` as it was typed (`1.50`, not 1.5); None when there is none."""
        spot = self.places.get(path)
        return self.text[spot.start : spot.end] if spot and spot.style == "" else None

    def at(self, line: int, column: int) -> Place:
        """The place of this line and column, with the source line."""
        excerpt = self.lines[line - 1] if 0 < line <= len(self.lines) else None
        return Place(self.file, line, column, None, excerpt)


def read(path: Path, file: str | None = None) -> Source:
    """Read a definition. `file` is what people call it (default: the path). Raises Refused with all it found."""
    name = file or str(path)
    try:
        if path.stat().st_size > LIMIT:
            raise Refused(Problem(codes.TOO_BIG, Place(name)))
        content = path.read_bytes()
    except OSError as error:
        raise Refused(Problem(codes.UNREADABLE, Place(name), {"reason": error.strerror or ""})) from error
    return parse(content, name)


def read_text(path: Path) -> Source:
    """Read a file that is one text, to be found at the path ("text",). Raises Refused: unreadable, too big, no UTF-8."""
    name = str(path)
    try:
        content = path.read_bytes()
        text = content.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
    except OSError as error:
        raise Refused(Problem(codes.UNREADABLE, Place(name), {"reason": error.strerror or ""})) from error
    except UnicodeDecodeError as error:
        raise Refused(Problem(codes.NOT_UTF8, Place(name, error.object[: error.start].count(b"\n") + 1, 1))) from error
    if len(content) > LIMIT:
        raise Refused(Problem(codes.TOO_BIG, Place(name)))
    spot = Spot(None, 1, 1, 0, len(text), VERBATIM)
    return Source(name, {"text": text}, {("text",): spot}, text, tuple(text.split("\n")))


def parse(content: bytes | str, file: str) -> Source:
    """The same from the text itself."""
    if isinstance(content, bytes):
        if len(content) > LIMIT:
            raise Refused(Problem(codes.TOO_BIG, Place(file)))
        try:
            content = content.decode("utf-8")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise Refused(Problem(codes.NOT_UTF8, Place(file, line, 1))) from error
    return _parsed(content.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"), file)


@lru_cache(MOST_KEPT)
def _parsed(text: str, file: str) -> Source:
    """A reload meets most files as they were: what they say is kept."""
    lines = tuple(text.split("\n"))
    source = Source(file, {}, {}, text, lines)
    found = [
        Problem(code, source.at(line, column), facts) for code, line, column, facts in (*_control(lines), *tabs(lines))
    ]
    if found:
        raise Refused(found)
    builder = _Builder(source)
    value = builder.run()
    if builder.problems:
        raise Refused(builder.problems)
    if value is None:
        raise Refused(Problem(codes.EMPTY_FILE, source.at(1, 1)))
    if not isinstance(value, dict):
        raise Refused(Problem(codes.NOT_A_MAPPING, source.at(builder.places[()].line, builder.places[()].column)))
    return Source(file, value, builder.places, text, lines)


def scalar(text: str) -> Any:
    """What a plain scalar means: `true` -> True, `3.10` -> Decimal, `` -> None, `no` -> "no", `012` -> "012"."""
    if text in _EMPTY:
        return None
    if text in ("true", "false"):
        return text == "true"
    if text[0] in "-+.0123456789":
        if _WHOLE.match(text):
            return int(text)
        if _DECIMAL.match(text):
            return Decimal(text)
    return text


def _control(lines: tuple[str, ...]) -> list[tuple[str, int, int, dict[str, Any]]]:
    found = []
    for number, line in enumerate(lines, 1):
        hit = CONTROL.search(line)
        if hit:
            facts = {"number": f"{ord(hit.group()):04X}"}
            found.append((codes.CONTROL_CHARACTER, number, hit.start() + 1, facts))
    return found


class _Frame:
    """A mapping or list under construction."""

    __slots__ = ("first", "flow", "key", "key_spot", "path", "value")

    def __init__(self, path: Path_, value: dict[str, Any] | list[Any], flow: bool) -> None:
        self.path, self.value, self.flow = path, value, flow
        self.key: str | None = None
        self.key_spot: tuple[int, int, int, int] = (0, 0, 0, 0)
        self.first: dict[str, int] = {}


class _Builder:
    """Builds values from the parser's events; iterative, so that depth is ours to limit."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.places: dict[Path_, Spot] = {}
        self.problems: list[Problem] = []
        self.stack: list[_Frame] = []
        self.root: Any = None
        self.documents = 0

    def run(self) -> Any:
        """The whole value; problems are gathered on the way."""
        try:
            for event in yaml.parse(self.source.text, Loader=_LOADER):
                if not self.take(event):
                    break
        except yaml.MarkedYAMLError as error:
            wide = full_width(self.source.lines, error.problem_mark.line if error.problem_mark else 0)
            code, line, column, facts = wide or syntax(self.source.lines, error)
            self.refuse(code, line, column, **facts)
        return self.root

    def take(self, event: Any) -> bool:
        """One event; False: no sense in going on."""
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.refuse_at(codes.SEVERAL_DOCUMENTS, event)
                return False
        elif isinstance(event, yaml.AliasEvent):
            self.refuse_at(codes.ANCHOR, event, found=f"*{event.anchor}")
            self.put(None, event, None)
        elif isinstance(event, yaml.ScalarEvent):
            self.marks(event)
            self.scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self.marks(event)
            return self.open(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.stack.pop()
        return True

    def marks(self, event: Any) -> None:
        """Refuse anchors and tags."""
        if event.anchor:
            self.refuse_at(codes.ANCHOR, event, found="&" + event.anchor)
        if event.tag:
            self.refuse_at(codes.TAG, event, found=self.source.text[event.start_mark.index :].split(None, 1)[0][:40])

    def open(self, event: Any) -> bool:
        """A mapping or list begins."""
        if len(self.stack) >= DEPTH:
            self.refuse_at(codes.TOO_DEEP, event, limit=DEPTH)
            return False
        value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        frame = self.stack[-1] if self.stack else None
        if frame is not None and isinstance(frame.value, dict) and frame.key is None:
            start = event.start_mark.index
            wrong = self.source.text[start : start + 40].split("\n")[0]
            self.refuse_at(
                codes.BRACE_UNQUOTED if wrong[:1] == "{" else codes.KEY_NOT_TEXT, event, found=wrong, key=wrong
            )
            return False
        self.stack.append(_Frame(self.put(value, event, None), value, bool(event.flow_style)))
        return True

    def scalar(self, event: Any) -> None:
        """A key or a value."""
        plain = event.style in (None, "") and event.implicit[0]
        value = scalar(event.value) if plain else event.value
        frame = self.stack[-1] if self.stack else None
        if frame is not None and isinstance(frame.value, dict) and frame.key is None:
            self.key(frame, value, event, plain)
            return
        if plain and isinstance(value, str):
            wide = full_width((value,), 0, flow=frame is not None and frame.flow)
            if wide:
                code, _, column, facts = wide
                mark = event.start_mark
                self.refuse(code, mark.line + 1, mark.column + column, **facts)
        if frame is not None and frame.flow and plain and value is None:
            self.lone_key(frame, event)
        self.put(value, event, event.style if event.style else "")

    def key(self, frame: _Frame, value: Any, event: Any, plain: bool) -> None:
        """A key of a mapping."""
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        written = event.value
        if plain and written == "<<":
            self.refuse(codes.ANCHOR, line, column, found="<<")
        elif not isinstance(value, str):
            self.refuse(codes.KEY_NOT_TEXT, line, column, key=written)
        elif plain and re.search(r"[：，｛]", written):
            hit = re.search(r"[：，｛]", written)
            assert hit is not None
            wanted = {"：": ": ", "，": ", ", "｛": "{"}[hit.group()]
            self.refuse(codes.FULL_WIDTH, line, column + hit.start(), found=hit.group(), wanted=f"“{wanted}”")
        elif plain and re.match(r"[A-Za-z_]\w*:\S", written):
            name = written.partition(":")[0]
            rest = self.source.lines[line - 1][column + len(name) :].strip()
            rest = rest.removesuffix("}") if rest.count("}") > rest.count("{") else rest
            self.refuse(codes.SPACE_MISSING, line, column + len(name), key=name, rest=rest)
        elif written in frame.first:
            self.refuse(codes.DUPLICATE_KEY, line, column, key=written, first=frame.first[written])
        frame.first.setdefault(written, line)
        frame.key = written
        frame.key_spot = (line, column, event.start_mark.index, event.end_mark.index)

    def lone_key(self, frame: _Frame, event: Any) -> None:
        """`{number}`: a mapping whose key has no value is text that lacks its quotes."""
        if not isinstance(frame.value, dict) or event.value or not frame.key:
            return
        line, column, start, end = frame.key_spot
        if ":" in self.source.text[end : event.end_mark.index + 1] or self.problems:
            return
        before = self.source.text.rfind("{", 0, start)
        text = self.source.text[before : self.source.text.find("}", end) + 1]
        if not re.fullmatch(r"[\w.]+", frame.key):
            self.refuse(codes.COMMA_IN_TEXT, line, column)
        elif "\n" in text or "," in text or ":" in text:
            self.refuse(codes.VALUE_MISSING, line, column, key=frame.key)
        else:
            self.refuse(codes.BRACE_UNQUOTED, line, column - (start - before), found=text)

    def put(self, value: Any, event: Any, style: str | None) -> Path_:
        """Enter a value where it belongs; gives its path."""
        mark = event.start_mark
        key = None
        path: Path_ = ()
        if not self.stack:
            self.root = value
        else:
            frame = self.stack[-1]
            if isinstance(frame.value, dict):
                name = frame.key if frame.key is not None else ""
                path, key = (*frame.path, name), frame.key_spot[:2]
                frame.value.setdefault(name, value)
                frame.key = None
            else:
                path = (*frame.path, len(frame.value))
                frame.value.append(value)
        spot = Spot(key, mark.line + 1, mark.column + 1, mark.index, event.end_mark.index, style)
        self.places.setdefault(path, spot)
        return path

    def refuse_at(self, code: str, event: Any, **facts: Any) -> None:
        """A problem where an event begins."""
        self.refuse(code, event.start_mark.line + 1, event.start_mark.column + 1, **facts)

    def refuse(self, code: str, line: int, column: int, **facts: Any) -> None:
        """A problem at a line and column."""
        place = self.source.at(line, column)
        self.problems = [p for p in self.problems if (p.code, p.place) != (code, place)]
        self.problems.append(Problem(code, place, facts))


def _raw_offset(text: str, spot: Spot, offset: int) -> int:
    """The offset in the file of the character `offset` of a scalar's value."""
    if spot.style in ("|", ">"):
        return _block_offset(text, spot, offset)
    at = spot.start + (1 if spot.style else 0)
    for _ in range(offset):
        if at >= spot.end:
            break
        if spot.style == '"' and text[at] == "\\":
            width = {"x": 4, "u": 6, "U": 10}.get(text[at + 1 : at + 2], 2)
            at += width
        elif spot.style == "'" and text.startswith("''", at):
            at += 2
        elif text[at] in " \n" and "\n" in text[at : _after_blank(text, at)]:
            at = _after_blank(text, at)
        else:
            at += 1
    return min(at, max(spot.end - (1 if spot.style else 0), spot.start))


def _after_blank(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \n":
        at += 1
    return at


def _block_offset(text: str, spot: Spot, offset: int) -> int:
    """The same in a block: its header's line, then lines whose common indentation isn't part of the value."""
    at = text.find("\n", spot.start) + 1
    body = text[at : spot.end].split("\n")
    indent = min((len(line) - len(line.lstrip(" ")) for line in body if line.strip()), default=0)
    for line in body:
        length = max(len(line) - indent, 0)
        if offset <= length:
            return at + min(indent, len(line)) + offset
        offset -= length + 1
        at += len(line) + 1
    return min(at, spot.end)
