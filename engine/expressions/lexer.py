"""A formula's text cut into tokens: the first place where a slip of the keyboard is named."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, NoReturn

from engine.problems import Place, Problem, Refused
from engine.problems import expression as wrong

KEYWORDS = frozenset({"and", "or", "not", "in", "true", "false", "null", "from", "where", "sort"})
"""The grammar's words, in any case; no field may have such a name."""

UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
"""Units of a length of time."""

FULL_WIDTH = {
    "（": "(", "）": ")", "【": "[", "】": "]", "［": "[", "］": "]", "，": ",", "、": ",", "；": ",", "。": ".",
    "．": ".", "：": ":", "“": '"', "”": '"', "「": '"', "」": '"', "＂": '"', "‘": "'", "’": "'", "＇": "'", "＝": "=",
    "＋": "+", "－": "-", "–": "-", "—": "-", "−": "-", "＊": "*", "×": "*", "／": "/", "÷": "/", "＜": "<", "＞": ">",
    "≤": "<=", "≥": ">=", "≠": "!=", "！": "not", "％": "%", "＆": "&", "｛": "{", "｝": "}",
}  # fmt: skip
"""Signs of a Chinese keyboard -> what is meant."""

WRONG_OPERATORS = {
    "==": "=", "<>": "!=", "=>": ">=", "=<": "<=", "&&": "and", "||": "or", "**": "POWER(a, n)", "^": "POWER(a, n)",
    "!": "not", "|": "or", "%": "10% / MOD(a, b)", "//": "INT(a / b)", ";": ",", "===": "=", "!==": "!=",
}  # fmt: skip
"""Operators of other languages -> how it is said here."""

_SIGNS = re.compile(r"===|!==|==|<>|=>|=<|&&|\|\||\*\*|//|!=|<=|>=|[=<>+\-*/&(),.\[\]!|^%;]")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+")
_BLANK = re.compile(r"[ \t\r\n\u00a0\u3000]+")


@dataclass(frozen=True, slots=True)
class Token:
    """kind: `number text length name sign end` or a keyword; `value` is the value, name (NFC) or sign."""

    kind: str
    value: Any
    at: int
    end: int


def refuse(code: str, text: str, at: int, **facts: Any) -> NoReturn:
    """Raise the problem at that offset of the text."""
    raise Refused(trouble(code, text, at, **facts))


def trouble(code: str, text: str, at: int, **facts: Any) -> Problem:
    """The problem at that offset of the text: 1-based line and column within it, with the line as excerpt."""
    before = text[:at]
    line = before.count("\n") + 1
    column = at - (before.rfind("\n") + 1) + 1
    lines = text.split("\n")
    return Problem(code, Place(line=line, column=column, excerpt=lines[line - 1]), facts)


def tokens(text: str) -> list[Token]:
    """All tokens, with `end` last. Raises Refused at the first character that can't be read."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        blank = _BLANK.match(text, at)
        if blank:
            at = blank.end()
            continue
        token = _token(text, at)
        found.append(token)
        at = token.end
    found.append(Token("end", "", len(text), len(text)))
    return found


def _token(text: str, at: int) -> Token:
    char = text[at]
    if char in "\"'":
        return _quoted(text, at)
    number = _NUMBER.match(text, at)
    if number:
        return _number(text, at, number.end())
    if char in FULL_WIDTH:
        refuse(wrong.FULL_WIDTH, text, at, word=char, right=FULL_WIDTH[char])
    if char == "_" or char.isidentifier():
        return _name(text, at)
    sign = _SIGNS.match(text, at)
    if not sign:
        refuse(wrong.CHARACTER, text, at, word=char if char.isprintable() else f"U+{ord(char):04X}")
    word = sign.group()
    if word in WRONG_OPERATORS:
        refuse(wrong.OPERATOR, text, at, word=word, right=WRONG_OPERATORS[word])
    return Token("sign", word, at, sign.end())


def _name(text: str, at: int) -> Token:
    end = at + 1
    while end < len(text) and ("a" + text[end]).isidentifier() and text[end] not in FULL_WIDTH:
        end += 1
    name = unicodedata.normalize("NFC", text[at:end])
    lower = name.lower()
    return Token(lower if lower in KEYWORDS else "name", name, at, end)


def _quoted(text: str, at: int) -> Token:
    quote = text[at]
    end, parts = at + 1, []
    while True:
        close = text.find(quote, end)
        if close < 0:
            refuse(wrong.QUOTE, text, at, word=quote)
        parts.append(text[end:close])
        if text[close + 1 : close + 2] != quote:
            break
        parts.append(quote)
        end = close + 2
    value = "".join(parts)
    for offset, char in enumerate(value):
        if char == "\0" or "\ud800" <= char <= "\udfff":
            refuse(wrong.CHARACTER, text, at + 1 + offset, word=f"U+{ord(char):04X}")
    return Token("text", value, at, close + 1)


def _number(text: str, at: int, end: int) -> Token:
    value = Decimal(text[at:end])
    tail = end
    while tail < len(text) and ("a" + text[tail]).isidentifier() and text[tail] not in FULL_WIDTH:
        tail += 1
    word = text[at : max(tail, end)]
    if tail > end:
        unit = UNITS.get(text[end:tail].lower())
        if unit is None or value >= 10**6:
            refuse(wrong.NUMBER, text, at, word=word)
        micros = value * (unit // timedelta(microseconds=1))
        if micros != int(micros):
            refuse(wrong.NUMBER, text, at, word=word)
        return Token("length", timedelta(microseconds=int(micros)), at, tail)
    if text[end : end + 1] == "%" and not _operand_follows(text, end + 1):
        value, end = value / 100, end + 1
    exponent = value.as_tuple().exponent
    if value >= 10**20 or (isinstance(exponent, int) and exponent < -8 and value != round(value, 8)):
        refuse(wrong.NUMBER, text, at, word=word)
    return Token("number", value, at, end)


def _operand_follows(text: str, at: int) -> bool:
    """Whether `%` stands between two values, as in other languages (`7 % 2`), and not behind a percentage."""
    return bool(re.match(r"[ \t]*[0-9A-Za-z_(]", text[at:])) and not re.match(
        r"[ \t]*(and|or|in|not|from|where|sort)\b", text[at:], re.IGNORECASE
    )
