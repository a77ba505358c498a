"""Where a YAML text goes wrong, in an analyst's terms: tabs, full-width punctuation, and what a parser's error means.

Why: a parser says "mapping values are not allowed in this context"; the analyst needs "quote this text, it has a colon
in it". Each function looks at the lines as typed and answers (code, line, column, facts), all 1-based.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from engine.problems import yaml as codes

Found = tuple[str, int, int, dict[str, Any]]

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that nobody sees and that no definition needs."""

_TAB = re.compile(r"^[ ]*(\t)|^[^\"'#]*?[:\-](\t)")
_WIDE_LINE = re.compile(r"^\s*(?:- )?[A-Za-z_]\w*\s*(：)|^( *　)")
_WIDE_FLOW = re.compile(r"^[A-Za-z_]\w*(：)|(?:^|[\w\"'})\]])(，)\s*[A-Za-z_]\w*\s*(?:[:：]|$|，)")
_WIDE_QUOTED = re.compile(r"^([“”]).*[“”]$")
_WIDE = {"：": ": ", "，": ", ", "　": " ", "“": '"', "”": '"', "｛": "{", "｝": "}", "［": "[", "］": "]", "【": "["}
_PAIRS = {"[": "]", "{": "}"}


def tabs(lines: Sequence[str]) -> list[Found]:
    """Tabs that indent, or stand between a key and its value."""
    found: list[Found] = []
    for number, line in enumerate(lines, 1):
        hit = _TAB.match(line)
        if hit:
            at = hit.start(1) if hit.group(1) else hit.start(2)
            found.append((codes.TAB, number, at + 1, {}))
    return found


def full_width(lines: Sequence[str], near: int, *, flow: bool | None = None) -> Found | None:
    """A full-width character that was meant as YAML.

    With `flow` None the parser stopped near this 0-based line: look at it and at the one before. Else `lines` holds one
    plain scalar: what in it can only have been meant as syntax?
    """
    if flow is None:
        for number in (near, near - 1):
            if not 0 <= number < len(lines):
                continue
            hit = _first_wide(lines[number])
            if hit is not None:
                return _wide(lines[number][hit], number + 1, hit + 1)
        return None
    hit_quoted = _WIDE_QUOTED.match(lines[0])
    if hit_quoted:
        return _wide(lines[0][0], 1, 1)
    hit_line = (_WIDE_FLOW if flow else re.compile(r"^[A-Za-z_]\w*(：)")).search(lines[0])
    if hit_line:
        at = next(hit_line.start(n) for n in range(1, (hit_line.lastindex or 1) + 1) if hit_line.group(n))
        return _wide(lines[0][at], 1, at + 1)
    return None


def _first_wide(line: str) -> int | None:
    bare = re.sub(r"\"[^\"]*\"|'[^']*'", lambda m: " " * len(m.group()), line)
    bare = re.sub(r"(^|\s)#.*", lambda m: " " * len(m.group()), bare)
    hit = _WIDE_LINE.search(bare)
    if hit:
        return hit.start(1) if hit.group(1) else hit.end(2) - 1
    hit = re.search(r"[｛｝［］]|[A-Za-z_]\w*(?=：)|[：，]\s*[A-Za-z_]\w*\s*[:：]|: *[“”]", bare)
    if hit is None:
        return None
    inner = re.search(r"[｛｝［］：，“”]", bare[hit.start() :])
    return None if inner is None else hit.start() + inner.start()


def _wide(found: str, line: int, column: int) -> Found:
    return codes.FULL_WIDTH, line, column, {"found": found, "wanted": f"“{_WIDE.get(found, found)}”"}


def syntax(lines: Sequence[str], error: Any) -> Found:
    """What a parser's error means for the person who typed the line."""
    words = str(error.problem or "")
    context = str(error.context or "")
    mark, start = error.problem_mark, error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    if "quoted scalar" in context and ("end of stream" in words or "document indicator" in words):
        return codes.QUOTE_OPEN, start.line + 1, start.column + 1, {}
    if "escape character" in words or "hexdecimal" in words:
        return codes.BAD_ESCAPE, line + 1, column + 1, {}
    if "cannot start any token" in words:
        found = _character(lines, line, column)
        return codes.BAD_START, line + 1, column + 1, {"found": found}
    if "simple key" in context or "mapping values" in words:
        return _colon(lines, line, column, start)
    if "alias" in context or "anchor" in context:
        return codes.ANCHOR, line + 1, column + 1, {"found": _character(lines, *_before(start, line, column))}
    if "tag" in context or "tag" in words:
        return codes.TAG, line + 1, column + 1, {"found": _character(lines, *_before(start, line, column))}
    if "flow" in context:
        return _bracket(lines, line, column, start)
    return _other(lines, line, column)


def _before(start: Any, line: int, column: int) -> tuple[int, int]:
    return (start.line, start.column) if start else (line, column)


def _character(lines: Sequence[str], line: int, column: int) -> str:
    return lines[line][column : column + 1] if line < len(lines) else ""


def _colon(lines: Sequence[str], line: int, column: int, start: Any) -> Found:
    """A colon where none may be, or a line that lacks one."""
    if start is not None and start.line != line:  # the parser noticed a line late that a key has no colon
        line, column = start.line, start.column
    text = lines[line] if line < len(lines) else ""
    if text.strip() and ":" not in text:
        return codes.COLON_MISSING, line + 1, _indent(text) + 1, {}
    missing = _missing_space(text)
    if missing:
        return missing[0], line + 1, missing[1], missing[2]
    above = _missing_space(lines[line - 1]) if line else None
    if above:
        return above[0], line, above[1], above[2]
    after_quote = _closing_quote(text)
    if after_quote is not None:
        return codes.AFTER_QUOTE, line + 1, after_quote + 1, {}
    brace = _brace(text)
    if brace:
        return brace[0], line + 1, brace[1], brace[2]
    first = re.match(r"\s*(?:- )*[^\s:'\"#][^:#]*:\s+(?=[^\s{\[])", text)
    if first and column >= first.end():
        return codes.COLON_IN_TEXT, line + 1, first.end() + 1, {}
    number = line - 1
    while number >= 0 and not lines[number].strip():
        number -= 1
    if number >= 0 and _indent(lines[number]) == _indent(text) and ":" not in lines[number]:
        return codes.COLON_MISSING, number + 1, _indent(lines[number]) + 1, {}
    if re.match(r"\s*(?:- )?[\w\"']+\s*:(\s|$)", text):
        return codes.BAD_INDENT, line + 1, len(text) - len(text.lstrip()) + 1, {}
    return codes.SYNTAX, line + 1, column + 1, {}


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _missing_space(text: str) -> tuple[str, int, dict[str, Any]] | None:
    hit = re.match(r"\s*(?:- )?([A-Za-z_]\w*):([^\s].*)$", text)
    if hit is None:
        return None
    return codes.SPACE_MISSING, hit.end(1) + 1, {"key": hit.group(1), "rest": hit.group(2).strip()}


def _closing_quote(text: str) -> int | None:
    """Where something follows a quoted value: `check: "a" = b`."""
    hit = re.match(r"\s*(?:- )?[^\s:#'\"]+:\s+(\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*')\s*(?=[^\s#,}\]])", text)
    return hit.end() if hit else None


def _brace(text: str) -> tuple[str, int, dict[str, Any]] | None:
    """A text that begins with a brace and goes on after it: `title: {number} of {name}`."""
    hit = re.match(r"\s*(?:- )?[^\s:#'\"]+:\s+(?=(\{[^{}:]*\}\s*[^\s#].*)$)", text)
    if hit is None:
        return None
    return codes.BRACE_UNQUOTED, hit.end() + 1, {"found": hit.group(1).strip()}


def _bracket(lines: Sequence[str], line: int, column: int, start: Any) -> Found:
    """Inside `[…]` or `{…}`."""
    text = lines[line] if line < len(lines) else ""
    hit = re.search(r"[{,]\s*([A-Za-z_]\w*):(?=[^\s,}\]])([^,}]*)", text)
    if hit and hit.start(1) <= column + 1:
        return codes.SPACE_MISSING, line + 1, hit.end(1) + 1, {"key": hit.group(1), "rest": hit.group(2).strip()}
    brace = _brace(text)
    if brace:
        return brace[0], line + 1, brace[1], brace[2]
    found = _character(lines, start.line, start.column) if start else "{"
    at = (start.line + 1, start.column + 1) if start else (line + 1, column + 1)
    if start and start.line == line and text.count("{") <= text.count("}") and text.count("[") <= text.count("]"):
        inner = re.search(r":\s+(\"[^\"]*\"|'[^']*')\s*[^\s,}\]]", text)
        if inner:
            return codes.AFTER_QUOTE, line + 1, inner.end(), {}
        return codes.BRACKET_OPEN, line + 1, column + 1, {"found": found, "wanted": _PAIRS.get(found, "}")}
    return codes.BRACKET_OPEN, *at, {"found": found, "wanted": _PAIRS.get(found, "}")}


def _other(lines: Sequence[str], line: int, column: int) -> Found:
    text = lines[line] if line < len(lines) else ""
    character = text[column : column + 1]
    for number in (line, line - 1):
        if 0 <= number < len(lines):
            after_quote = _closing_quote(lines[number])
            if after_quote is not None:
                return codes.AFTER_QUOTE, number + 1, after_quote + 1, {}
            brace = _brace(lines[number])
            if brace:
                return brace[0], number + 1, brace[1], brace[2]
    if character in ("]", "}"):
        return codes.BRACKET_CLOSE, line + 1, column + 1, {"found": character}
    if line and text.strip() and column == _indent(text):
        return codes.BAD_INDENT, line + 1, column + 1, {}
    return codes.SYNTAX, line + 1, column + 1, {}
