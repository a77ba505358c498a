"""Excel formats: `#,##0.00`, `0.0%`, `0000`, `yyyy-MM-dd`. A format is read once and kept; the browser has the same code.

In numbers: `0 # ?` digits, `,` thousands (behind the digits: divided by 1000), `.`, `%`, up to three sections
(positive; negative; zero), words in quotes or behind a backslash. In dates: `y M d H m s AM/PM`; `m` is minutes beside hours
or seconds, else the month.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from engine.expressions import dates, numbers
from engine.expressions.types import Env

_PIECE = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<half>AM/PM|am/pm)|(?P<run>([A-Za-z])\5*)|(?P<other>.)', re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a number format. `digits` False: words only. `least` and `most` are numbers of digits;
    `factor`/`divisor` come from `%` and from commas behind the digits."""

    before: str
    after: str
    digits: bool
    least_whole: int = 0
    least_places: int = 0
    most_places: int = 0
    grouped: bool = False
    factor: int = 1
    divisor: int = 1


def valid(format: str, kind: str) -> bool:
    """Whether values of that kind (number, date, time, instant) can be shown so; no other kind has formats."""
    try:
        if kind == "number":
            number_sections(format)
        elif kind in ("date", "time", "instant"):
            date_pieces(format, kind != "date")
        else:
            return False
    except ValueError:
        return False
    return True


def format_value(value: Any, format: str | None, env: Env) -> str:
    """The value as text; "" for None. Without a format: a number in digits, dates as ISO, a time as `HH:mm`, a moment as
    local `yyyy-MM-dd HH:mm`. Raises ValueError for a format that `valid` refuses."""
    return shown(value, format, env.zone)


def shown(value: Any, format: str | None, zone: ZoneInfo) -> str:
    """As `format_value`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return numbers.text(value) if format is None else _number(value, number_sections(format))
    if isinstance(value, datetime):
        moment = dates.local(value, zone)
        return "".join(piece.write(moment) for piece in date_pieces(format or "yyyy-MM-dd HH:mm", True))
    if isinstance(value, time):
        moment = datetime.combine(date.min, value)
        return "".join(piece.write(moment) for piece in date_pieces(format or "HH:mm", True))
    if isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)
        return "".join(piece.write(moment) for piece in date_pieces(format or "yyyy-MM-dd", False))
    return str(value)


# -- numbers -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=2000)
def number_sections(format: str) -> tuple[Section, ...]:
    """The sections of a number format; () for `General`. Raises ValueError."""
    if format.lower() == "general":
        return ()
    parts = re.findall(r'((?:"[^"]*"|\\.|[^;"\\])*)(?:;|$)', format)[: format.count(";") + 1]
    sections = tuple(_section(part) for part in parts)
    if len(sections) > 3 or not sections[0].digits or '"' in re.sub(r'"[^"]*"|\\.', "", format):
        raise ValueError(format)
    return sections


def _section(text: str) -> Section:
    before, core, after = "", "", ""
    percent = 0
    for match in _PIECE.finditer(text):
        piece = match.group()
        word = match["quoted"] if match["quoted"] is not None else match["escaped"]
        if word is None and piece in "0#?,.":
            if after:
                raise ValueError(text)
            core += piece
            continue
        if word is None:
            if match["run"] or match["half"] or piece in "[]*@_":
                raise ValueError(text)
            percent += piece == "%"
            word = piece
        if core:
            after += word
        else:
            before += word
    if not core:
        return Section(before, after, False)
    shape = re.fullmatch(r"([0#?,]*[0#?])?(,*)(?:\.([0#?]*))?", core)
    if not shape or not core.strip(",."):
        raise ValueError(text)
    whole, places = shape[1] or "", shape[3] or ""
    bare = whole.replace(",", "")
    return Section(
        before,
        after,
        True,
        len(bare) - bare.index("0") if "0" in bare else 0,
        places.rindex("0") + 1 if "0" in places else 0,
        len(places),
        "," in whole,
        100**percent,
        1000 ** len(shape[2]),
    )


def _number(value: Decimal, sections: tuple[Section, ...]) -> str:
    if not sections:
        return numbers.text(value)
    units = numbers.units(value)
    if not units and len(sections) > 2:
        section, minus = sections[2], ""
    elif units < 0 and len(sections) > 1:
        section, minus = sections[1], ""
    else:
        section, minus = sections[0], "-" if units < 0 else ""
    if not section.digits:
        return section.before
    top, bottom = abs(units) * section.factor * 10**section.most_places, 10**numbers.DECIMALS * section.divisor
    rounded = (2 * top + bottom) // (2 * bottom)
    whole, places = str(rounded // 10**section.most_places), ""
    if section.most_places:
        places = str(rounded % 10**section.most_places).rjust(section.most_places, "0")
        while len(places) > section.least_places and places.endswith("0"):
            places = places[:-1]
    whole = whole.rjust(section.least_whole, "0") if whole != "0" else "0" * section.least_whole
    if section.grouped:
        whole = re.sub(r"(?<=[0-9])(?=(?:[0-9]{3})+$)", ",", whole)
    return (minus if rounded else "") + section.before + whole + ("." + places if places else "") + section.after


# -- dates -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a date format. kind: `word`, `y m d h minute s`, or `p` (AM or PM); `width` digits at least; `half`: the
    clock has twelve hours."""

    kind: str
    width: int = 0
    word: str = ""
    half: bool = False

    def write(self, at: datetime) -> str:
        """The piece of that moment."""
        if self.kind == "word":
            return self.word
        if self.kind == "p":
            return "AM" if at.hour < 12 else "PM"
        number = _PARTS[self.kind](at)
        if self.kind == "y" and self.width < 4:
            number %= 100
        if self.kind == "h" and self.half:
            number = (number + 11) % 12 + 1
        return str(number).rjust(self.width, "0")


_PARTS: dict[str, Callable[[datetime], int]] = {
    "y": lambda at: at.year,
    "m": lambda at: at.month,
    "d": lambda at: at.day,
    "h": lambda at: at.hour,
    "minute": lambda at: at.minute,
    "s": lambda at: at.second,
}


@lru_cache(maxsize=2000)
def date_pieces(format: str, clock: bool) -> tuple[Piece, ...]:
    """The pieces of a date format; `clock`: hours, minutes and seconds may be in it. Raises ValueError."""
    found = [(m, m["run"] or "") for m in _PIECE.finditer(format)]
    if '"' in re.sub(r'"[^"]*"|\\.', "", format) or not any(run for _, run in found):
        raise ValueError(format)
    runs = [run.lower()[0] if run else "" for _, run in found]
    half = any(m["half"] for m, _ in found)
    pieces: list[Piece] = []
    for i, (match, run) in enumerate(found):
        if match["half"]:
            kind = "p"
        elif not run:
            word = match["quoted"] if match["quoted"] is not None else match["escaped"] or match["other"] or ""
            pieces.append(Piece("word", word=word))
            continue
        else:
            kind = runs[i]
            if kind == "m" and run[0] == "m" and _beside_clock(runs, i):
                kind = "minute"
        if (not clock and kind in ("h", "minute", "s", "p")) or (kind != "p" and kind not in _PARTS):
            raise ValueError(format)
        if len(run) > (4 if kind == "y" else 2):
            raise ValueError(format)
        width = (4 if len(run) > 2 else 2) if kind == "y" else min(len(run), 2)
        pieces.append(Piece(kind, width, half=half))
    return tuple(pieces)


def _beside_clock(runs: list[str], i: int) -> bool:
    before = next((r for r in reversed(runs[:i]) if r), "")
    following = next((r for r in runs[i + 1 :] if r), "")
    return before == "h" or following == "s"
