"""Excel formats: `#,##0.00`, `0.0%`, `0000`, `yyyy-MM-dd`. A format is read once and kept; the browser has the same code.

In numbers: `0 # ?` digits, `,` thousands (behind the digits: divided by 1000), `.`, `%`, up to three sections
(positive; negative; zero, or each behind its condition: `[>=10000]0!.0,"万";0`), words in quotes, behind a backslash or `!`
(between digits too), `[$¥]` a currency. Colours are left out. In dates: `y M d H m s AM/PM 上午/下午`, `MMM MMMM ddd dddd`
English names, `aaa aaaa` Chinese weekdays; `m` is minutes beside hours or seconds, else the month. `w ww` is the week of the
year as WEEKNUM counts it, which Excel has only there: date codes of makers (`yyww`) need it.
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
    r'"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|\[(?P<bracket>[^\]]*)\]|_(?P<blank>.)|\*(?P<filler>.)'
    r"|(?P<half>AM/PM|am/pm|上午/下午)|(?P<run>([A-Za-z])\8*)|(?P<other>.)",
    re.DOTALL,
)
_TEST = re.compile(r"(<=|>=|<>|<|>|=)(-?[0-9]+(?:\.[0-9]{1,8})?)")
_SIGN = re.compile(r"\$([^-\]]*)(?:-[0-9A-Za-z]+)?")
_COLORS = frozenset({"black", "blue", "cyan", "green", "magenta", "red", "white", "yellow"}) | frozenset(
    "黑蓝绿红白黄青"
)


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a number format. `digits` False: words only. `least` and `most` are numbers of digits;
    `factor`/`divisor` come from `%` and from commas behind the digits. `inserts` are words between the digits: how many
    digits stand behind them, and the word. `test` is the condition in brackets: its sign and number."""

    before: str
    after: str
    digits: bool
    least_whole: int = 0
    least_places: int = 0
    most_places: int = 0
    grouped: bool = False
    factor: int = 1
    divisor: int = 1
    inserts: tuple[tuple[int, str], ...] = ()
    test: tuple[str, Decimal] | None = None


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


def of_excel(format: str) -> bool:
    """Whether Excel knows the format too."""
    return all((match["run"] or "")[:1].lower() != "w" for match in _PIECE.finditer(format))


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
    parts = [""]
    for match in _PIECE.finditer(format):
        if match["other"] == ";":
            parts.append("")
        else:
            parts[-1] += match.group()
    sections = tuple(_section(part) for part in parts)
    if len(sections) > 3 or not sections[0].digits or not _closed(format):
        raise ValueError(format)
    return sections


def _closed(format: str) -> bool:
    """Whether every quote and bracket has its end."""
    return all(match["other"] not in ('"', "[", "]", "\\", "!") for match in _PIECE.finditer(format))


def _word_of(match: re.Match[str]) -> str | None:
    """What a piece writes as it stands; None: it is no word."""
    if match["blank"] is not None or match["filler"] is not None:
        return " " if match["blank"] is not None else ""
    if match["bracket"] is not None:
        sign = _SIGN.fullmatch(match["bracket"])
        return sign[1] if sign else None
    return match["quoted"] if match["quoted"] is not None else match["escaped"]


def _bracket(given: str) -> tuple[str, Decimal] | None:
    """The condition in brackets; None: a colour, which texts don't have."""
    test = _TEST.fullmatch(given)
    if test:
        return test[1], Decimal(test[2])
    if given.lower() in _COLORS or given.lower().removesuffix("色") in _COLORS:
        return None
    raise ValueError(given)


def _section(text: str) -> Section:
    before, core, after = "", "", ""
    percent, test = 0, None
    inserts: list[tuple[int, str]] = []
    for match in _PIECE.finditer(text):
        piece, word = match.group(), _word_of(match)
        if word is None and match["bracket"] is not None:
            test = _bracket(match["bracket"]) or test
            continue
        if word is None and piece in "0#?,.":
            if after:
                if "." in core or piece not in "0#?":
                    raise ValueError(text)
                inserts.append((len(re.sub("[^0#?]", "", core)), after))
                after = ""
            core += piece
            continue
        if word is None:
            if match["run"] or match["half"] or piece in "@":
                raise ValueError(text)
            percent += piece == "%"
            word = piece
        if core:
            after += word
        else:
            before += word
    if not core:
        return Section(before, after, False, test=test)
    shape = re.fullmatch(r"([0#?,]*[0#?])?(,*)(?:\.([0#?]*)(,*))?", core)
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
        1000 ** (len(shape[2]) + len(shape[4] or "")),
        tuple((len(bare) - ahead, word) for ahead, word in inserts),
        test,
    )


_TESTS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
}


def _chosen(value: Decimal, sections: tuple[Section, ...]) -> tuple[Section, str]:
    """The section for a value, and its sign. With conditions the first that holds, else the last; a sign stays then."""
    minus = "-" if value < 0 else ""
    if any(section.test for section in sections):
        held = (s for s in sections if s.test is None or _TESTS[s.test[0]](value, s.test[1]))
        return next(held, sections[-1]), minus
    if not value and len(sections) > 2:
        return sections[2], ""
    if value < 0 and len(sections) > 1:
        return sections[1], ""
    return sections[0], minus


def _number(value: Decimal, sections: tuple[Section, ...]) -> str:
    if not sections:
        return numbers.text(value)
    units = numbers.units(value)
    section, minus = _chosen(value, sections)
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
    for behind, word in section.inserts:
        place = max(len(whole) - behind, 0)
        whole = whole[:place] + word + whole[place:]
    return (minus if rounded else "") + section.before + whole + ("." + places if places else "") + section.after


# -- dates -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a date format. kind: `word`, `y m d w h minute s`, `p` (AM or PM), or a name (`month`, `weekday`), of
    which `names` has all; `width` digits at least; `half`: the clock has twelve hours."""

    kind: str
    width: int = 0
    word: str = ""
    half: bool = False
    names: tuple[str, ...] = ()

    def write(self, at: datetime) -> str:
        """The piece of that moment."""
        if self.kind == "word":
            return self.word
        if self.kind == "p":
            return self.names[at.hour >= 12]
        if self.names:
            return self.names[at.month - 1 if self.kind == "month" else at.weekday()]
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
    "w": lambda at: dates.week_number(at.date(), 1),
    "h": lambda at: at.hour,
    "minute": lambda at: at.minute,
    "s": lambda at: at.second,
}


@lru_cache(maxsize=2000)
def date_pieces(format: str, clock: bool) -> tuple[Piece, ...]:
    """The pieces of a date format; `clock`: hours, minutes and seconds may be in it. Raises ValueError."""
    found = [(m, m["run"] or "") for m in _PIECE.finditer(format)]
    if not _closed(format) or not any(run for _, run in found):
        raise ValueError(format)
    runs = [run.lower()[0] if run else "" for _, run in found]
    half = any(m["half"] for m, _ in found)
    return tuple(_date_piece(found, runs, i, half, clock) for i in range(len(found)))


MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
NAMES: dict[str, tuple[str, tuple[str, ...]]] = {
    "mmm": ("month", tuple(name[:3] for name in MONTHS)),
    "mmmm": ("month", tuple(MONTHS)),
    "ddd": ("weekday", tuple(name[:3] for name in WEEKDAYS)),
    "dddd": ("weekday", tuple(WEEKDAYS)),
    "aaa": ("weekday", tuple("一二三四五六日")),
    "aaaa": ("weekday", tuple(f"星期{name}" for name in "一二三四五六日")),
}
"""Letters that stand for a name: what it names, and all names."""


def _date_piece(found: list[tuple[re.Match[str], str]], runs: list[str], i: int, half: bool, clock: bool) -> Piece:
    match, run = found[i]
    if match["half"]:
        if not clock:
            raise ValueError(run)
        return Piece("p", names=("上午", "下午") if match["half"][0] == "上" else ("AM", "PM"))
    if not run:
        word = _word_of(match)
        if word is None and match["bracket"] is not None:
            raise ValueError(match.group())
        return Piece("word", word=match["other"] if word is None else word)
    if run.lower() in NAMES:
        kind, names = NAMES[run.lower()]
        return Piece(kind, names=names)
    kind = runs[i]
    if kind == "m" and run[0] == "m" and _beside_clock(runs, i):
        kind = "minute"
    if (not clock and kind in ("h", "minute", "s")) or kind not in _PARTS or len(run) > (4 if kind == "y" else 2):
        raise ValueError(run)
    width = (4 if len(run) > 2 else 2) if kind == "y" else min(len(run), 2)
    return Piece(kind, width, half=half)


def _beside_clock(runs: list[str], i: int) -> bool:
    before = next((r for r in reversed(runs[:i]) if r), "")
    following = next((r for r in runs[i + 1 :] if r), "")
    return before == "h" or following == "s"
