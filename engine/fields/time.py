"""Times of day: 09:30."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from markupsafe import Markup
from sqlalchemy import Time as TimeColumn
from sqlalchemy.types import TypeEngine

from engine.expressions.types import TIME, Type
from engine.fields.base import Control, Example, Place, Reader, plain, refuse
from engine.fields.base_bounds import Bounded
from engine.fields.base_input import line, scripted
from engine.fields.base_text import whole
from engine.problems import value as wrong
from engine.problems.record import TOO_LARGE, TOO_SMALL
from engine.texts import text

_EXACT = whole("(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?")
_TYPED = re.compile(
    r"(上午|下午|晚上)?\s*([0-9]{1,2})\s*(?:[:：.点时]\s*(?:([0-9]{1,2})\s*分?|(半))?)?(?:[:：]([0-9]{2}))?\s*(am|pm)?",
    re.IGNORECASE,
)
_RUN = re.compile("([0-9]{2})([0-9]{2})")
_HINT = text("应像 09:30", "write it like 09:30")


class Clock(Bounded):
    """A time of day on the organisation's clock, to the second, without a day and without a zone."""

    name = "time"
    summary = text("一天里的时刻，如 09:30", "A time of day, such as 09:30")
    kind = "time"
    examples = (
        Example(
            declared={},
            accepts=(
                ("09:30", time(9, 30)), ("9:05", time(9, 5)), (" 23:59:59 ", time(23, 59, 59)), ("0830", time(8, 30)),
                ("9点半", time(9, 30)), ("下午3点", time(15)), ("3:15 pm", time(15, 15)), ("12:10 am", time(0, 10)),
                ("00:00", time(0)), ("", None),
            ),
            rejects=(
                ("24:00", wrong.PATTERN), ("9:60", wrong.PATTERN), ("中午", wrong.PATTERN), ("13 pm", wrong.PATTERN),
                (930, wrong.PATTERN),
            ),
            displays=((time(9, 30), "09:30"), (time(9, 30, 15), "09:30:15"), (None, "")),
            sorts=(time(0), time(9, 30), time(9, 30, 1), time(23, 59)),
        ),
        Example(
            declared={"min": "08:00", "max": "18:00", "format": "h:mm AM/PM"},
            accepts=(("18:00", time(18)),),
            rejects=(("07:59", TOO_SMALL), ("18:01", TOO_LARGE)),
            displays=((time(15, 5), "3:05 PM"),),
        ),
    )  # fmt: skip

    def value_type(self, shape: str) -> Type:
        """A time of day."""
        return TIME

    def column(self) -> TypeEngine[Any] | None:
        """A time column: text of fixed width on SQLite."""
        return TimeColumn()

    def read(self, raw: Any, at: Place) -> time | None:
        """09:30 and 09:30:15; typed also 9:30, 0930, 9点半, 下午3点, 3 pm."""
        if raw is None or isinstance(raw, time):
            return raw
        if not isinstance(raw, str):
            refuse(wrong.PATTERN, at, hint=_HINT)
        if at.json:
            return time.fromisoformat(raw) if re.search(_EXACT, raw) else refuse(wrong.PATTERN, at, hint=_HINT)
        given = raw.strip()
        if not given:
            return None
        return _typed(given) or refuse(wrong.PATTERN, at, hint=_HINT)

    def written(self, value: time) -> str:
        """09:30, with seconds only if there are any."""
        return value.isoformat("seconds" if value.second else "minutes")

    def rounded(self, value: Any) -> Any:
        """To the second."""
        return value.replace(microsecond=0) if isinstance(value, time) else value

    def to_json(self, value: Any) -> Any:
        """09:30 or 09:30:15"""
        return None if value is None else self.written(value)

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """A string of hours and minutes, perhaps seconds."""
        return self.bounded({"type": "string", "pattern": _EXACT})

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """In its format, else as it is typed."""
        return "" if value is None else self.formatted(value, reader) or self.written(value)

    def literal(self, value: Any) -> str:
        """ "09:30", which beside a time is one"""
        return plain(self.written(value))

    def input(self, control: Control) -> Markup:
        """A line to type in, with our own list of half hours: the browser's clock would speak its own language."""
        shown = self.cell(control.value, control.reader)
        more = {
            f"data-{key}": self.written(limit)
            for key, limit in (("least", control.minimum), ("most", control.maximum))
            if isinstance(limit, time)
        }
        typed = line(control, self.kind, shown, "fl-date", inputmode="text", placeholder="09:30", maxlength=20, **more)
        return scripted("time", typed, control, css="fl-clock", open=text("选时刻", "Choose a time"))


def _typed(given: str) -> time | None:
    run = _RUN.fullmatch(given)
    found = _TYPED.fullmatch(given)
    if run is not None:
        hour, minute, second, half = int(run[1]), int(run[2]), 0, ""
    elif found is not None and not given.isdigit():
        hour, minute, second = int(found[2]), 30 if found[4] else int(found[3] or 0), int(found[5] or 0)
        half = (found[6] or {"上午": "am", "下午": "pm", "晚上": "pm"}.get(found[1] or "", "")).lower()
    else:
        return None
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None
