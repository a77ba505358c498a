"""Lengths of time: 1:30, 90m, 1h 30m."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

from markupsafe import Markup
from sqlalchemy.types import TypeEngine

from engine.columns import Length
from engine.expressions.types import LENGTH, Type
from engine.fields.base import Control, Example, Place, Reader, refuse
from engine.fields.base_bounds import Bounded
from engine.fields.base_input import line
from engine.problems import value as wrong
from engine.problems.record import TOO_LARGE, TOO_SMALL
from engine.texts import text

MOST = 10 * 366 * 86400
"""Ten years: whatever is longer was meant otherwise."""

_UNITS = (
    (604800, "w", ("weeks", "week", "w", "周"), None),
    (86400, "d", ("days", "day", "d", "天", "日"), text("天", "d")),
    (3600, "h", ("hours", "hour", "hrs", "hr", "h", "小时", "时"), text("小时", "h")),
    (60, "m", ("minutes", "minute", "mins", "min", "m", "分钟", "分"), text("分", "min")),
    (1, "s", ("seconds", "second", "secs", "sec", "s", "秒"), text("秒", "s")),
)
_SECONDS = {word: seconds for seconds, _, words, _ in _UNITS for word in words}
_PART = re.compile(rf"([0-9]{{1,9}}(?:\.[0-9]{{1,6}})?)\s*({'|'.join(sorted(_SECONDS, key=len, reverse=True))})\s*")
_CLOCK = re.compile("([0-9]{1,6}):([0-5][0-9])(?::([0-5][0-9]))?")
_HINT = text("应像 1:30、90m 或 1h 30m", "write it like 1:30, 90m or 1h 30m")


class Duration(Bounded):
    """How long something takes, to the second. Programs send and get whole seconds."""

    name = "duration"
    summary = text("时长，如 1 小时 30 分", "A length of time, such as 1 h 30 min")
    kind = "length"
    examples = (
        Example(
            declared={},
            accepts=(
                ("1:30", timedelta(minutes=90)), ("90m", timedelta(minutes=90)), ("1h 30m", timedelta(minutes=90)),
                ("1.5h", timedelta(minutes=90)), ("1小时30分", timedelta(minutes=90)), ("2 days", timedelta(days=2)),
                ("0:00:45", timedelta(seconds=45)), ("-15min", timedelta(minutes=-15)), ("0m", timedelta()), ("", None),
            ),
            rejects=(
                ("90", wrong.PATTERN), ("1:75", wrong.PATTERN), ("一会儿", wrong.PATTERN), ("0.5s", wrong.PATTERN),
                ("99w 999999d", wrong.PATTERN), (90, wrong.PATTERN),
            ),
            displays=(
                (timedelta(minutes=90), "1 小时 30 分"), (timedelta(days=2, seconds=5), "2 天 5 秒"), (timedelta(), "0 分"),
                (timedelta(minutes=-15), "-15 分"), (None, ""),
            ),
            sorts=(timedelta(minutes=-15), timedelta(), timedelta(seconds=45), timedelta(days=2)),
        ),
        Example(
            declared={"min": "15m", "max": "8h"},
            accepts=(("8:00", timedelta(hours=8)),),
            rejects=(("14m", TOO_SMALL), ("8h 1m", TOO_LARGE)),
        ),
    )  # fmt: skip

    def value_type(self, shape: str) -> Type:
        """A length of time."""
        return LENGTH

    def column(self) -> TypeEngine[Any] | None:
        """Whole microseconds."""
        return Length()

    def read(self, raw: Any, at: Place) -> timedelta | None:
        """Typed with units or a colon; a bare number could mean hours or minutes, so it is refused."""
        if raw is None or isinstance(raw, timedelta):
            return raw
        if at.json:
            whole = isinstance(raw, int | float) and not isinstance(raw, bool) and raw == int(raw)
            found = int(raw) if whole and abs(raw) <= MOST else None
        else:
            found = _typed(raw.strip().lower()) if isinstance(raw, str) and raw.strip() else None
            if isinstance(raw, str) and not raw.strip():
                return None
        if found is None:
            refuse(wrong.PATTERN, at, hint=_HINT)
        return timedelta(seconds=found)

    def written(self, value: timedelta) -> str:
        """1h 30m"""
        return _parts(value, [letter for _, letter, _, _ in _UNITS[1:]], "", "0m")

    def rounded(self, value: Any) -> Any:
        """To the second, down."""
        return value - value % timedelta(seconds=1) if isinstance(value, timedelta) else value

    def to_json(self, value: Any) -> Any:
        """Whole seconds: 5400"""
        return None if value is None else value // timedelta(seconds=1)

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """An integer: seconds."""
        low, high = (None if bound is None else self.to_json(bound) for bound in self._bounds)
        return {"type": "integer", "minimum": -MOST if low is None else low, "maximum": MOST if high is None else high}

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """In words: 1 小时 30 分"""
        words = [said.to(reader.language) for _, _, _, said in _UNITS if said is not None]
        return "" if value is None else _parts(value, words, " ", f"0 {words[2]}")

    def literal(self, value: Any) -> str:
        """5400s"""
        return f"{self.to_json(value)}s"

    def input(self, control: Control) -> Markup:
        """A line to type in."""
        shown = self.cell(control.value, control.reader)
        return line(control, self.kind, shown, placeholder="1h 30m", maxlength=40, spellcheck="false")


def _typed(given: str) -> int | None:
    """Seconds, or None when it is no length of at most ten years."""
    sign, body = (-1, given[1:]) if given.startswith("-") else (1, given)
    clock = _CLOCK.fullmatch(body)
    if clock is not None:
        total = Decimal(int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0))
    else:
        total, at = Decimal(0), 0
        while at < len(body) or not body:
            found = _PART.match(body, at)
            if found is None:
                return None
            total, at = total + Decimal(found[1]) * _SECONDS[found[2]], found.end()
    return sign * int(total) if total == int(total) and total <= MOST else None


def _parts(value: timedelta, words: list[str], gap: str, none: str) -> str:
    rest, found = abs(value) // timedelta(seconds=1), []
    for (seconds, *_), word in zip(_UNITS[1:], words, strict=True):
        count, rest = divmod(rest, seconds)
        if count:
            found.append(f"{count}{gap}{word}")
    return ("-" if value < timedelta() else "") + " ".join(found) if found else none
