"""Calendar days."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from markupsafe import Markup
from pydantic import Field as Key
from sqlalchemy import Date as DateColumn
from sqlalchemy.types import TypeEngine

from engine.expressions.types import DATE, Type
from engine.fields.base import (
    CHOOSE,
    DIFFERENT,
    EMPTY,
    EQUAL,
    FILLED,
    SINCE,
    UNTIL,
    Control,
    Example,
    Operator,
    Place,
    Reader,
    Value,
    refuse,
    short,
)
from engine.fields.base_bounds import Bounded
from engine.fields.base_day import DAY, near, read_day
from engine.fields.base_input import line
from engine.fields.base_text import whole
from engine.markup import tag
from engine.problems import value as wrong
from engine.problems.record import TOO_LARGE, TOO_SMALL
from engine.texts import text

_EXACT = re.compile(whole(DAY))
_SHAPE = text("年-月-日", "YYYY-MM-DD")


class Date(Bounded):
    """A day of the calendar, years 0001 to 9999, without a time and without a zone."""

    name = "date"
    summary = text("日期", "A calendar day")
    kind = "date"
    todo = CHOOSE
    examples = (
        Example(
            declared={},
            accepts=(
                ("2026-01-05", date(2026, 1, 5)),
                ("2026/1/5", date(2026, 1, 5)),
                (" 2026年1月5日 ", date(2026, 1, 5)),
                ("0001-01-01", date(1, 1, 1)),
                ("9999-12-31", date(9999, 12, 31)),
                ("2028-02-29", date(2028, 2, 29)),
                ("", None),
            ),
            rejects=(
                ("2026-02-30", wrong.NO_SUCH_DAY),
                ("0000-01-01", wrong.NO_SUCH_DAY),
                ("05.01.2026", wrong.NOT_A_DATE),
                ("2026-01-05T10:00", wrong.NOT_A_DATE),
                ("明天", wrong.NOT_A_DATE),
                (20260105, wrong.NOT_A_DATE),
            ),
            displays=(
                (date(2026, 11, 23), "今天"),
                (date(2026, 11, 22), "昨天"),
                (date(2026, 3, 5), "03-05"),
                (date(2025, 11, 22), "2025-11-22"),
                (date(1, 1, 1), "0001-01-01"),
                (None, ""),
            ),
            sorts=(date(1, 1, 1), date(999, 12, 31), date(2025, 12, 31), date(2026, 1, 1), date(9999, 12, 31)),
        ),
        Example(
            declared={"min": "2026-01-01", "max": "2026-12-31"},
            accepts=(("2026-12-31", date(2026, 12, 31)),),
            rejects=(("2025-12-31", TOO_SMALL), ("2027-01-01", TOO_LARGE)),
        ),
    )

    min: Value = Key(None, description="Not before: a day, or a formula after = / 最早")
    max: Value = Key(None, description="Not after: a day, or a formula after = / 最晚")

    def value_type(self, shape: str) -> Type:
        """A date."""
        return DATE

    def column(self) -> TypeEngine[Any] | None:
        """A date column: ISO text on SQLite."""
        return DateColumn()

    def read(self, raw: Any, at: Place) -> date | None:
        """ISO text; typed also 2026/1/5 and 2026年1月5日."""
        if raw is None or (isinstance(raw, date) and not isinstance(raw, datetime)):
            return raw
        if not isinstance(raw, str):
            refuse(wrong.NOT_A_DATE, at, given=short(raw))
        if at.json:
            if not _EXACT.search(raw):
                refuse(wrong.NOT_A_DATE, at, given=short(raw))
            return read_day(raw, at)
        return read_day(raw.strip(), at) if raw.strip() else None

    def written(self, value: date) -> str:
        """2026-01-05"""
        return value.isoformat()

    def to_json(self, value: Any) -> Any:
        """2026-01-05"""
        return None if value is None else self.written(value)

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """A string of `format: date`."""
        return self.bounded({"type": "string", "format": "date", "pattern": whole(DAY)})

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """Near days in words, with the date as tooltip."""
        if value is None:
            return ""
        exact = value.isoformat()
        return tag(
            "time", {"datetime": exact, "title": exact}, self.formatted(value, reader) or near(value, reader) or exact
        )

    def input(self, control: Control) -> Markup:
        """A line to type in, with our own calendar: the browser's would speak its own language."""
        more: dict[str, Any] = {
            "data-picker": "date",
            "inputmode": "numeric",
            "placeholder": _SHAPE.to(control.reader.language),
        }
        for key, limit in (("data-min", control.minimum), ("data-max", control.maximum)):
            more[key] = limit.isoformat() if isinstance(limit, date) else None
        return line(control, self.kind, self.cell(control.value, control.reader), "fl-date", **more)

    def operators(self) -> tuple[Operator, ...]:
        """Since and until first: that is how one asks for a period."""
        return (SINCE, UNTIL, EQUAL, DIFFERENT, EMPTY, FILLED)

    def literal(self, value: Any) -> str:
        """DATE(2026, 1, 5)"""
        return f"DATE({value.year}, {value.month}, {value.day})"
