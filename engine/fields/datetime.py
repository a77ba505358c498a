"""Moments: a day with a time of day, the same moment for everybody wherever they read it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from markupsafe import Markup
from pydantic import Field as Key
from pydantic import PrivateAttr
from sqlalchemy.types import TypeEngine

from engine.columns import Instant
from engine.expressions.types import INSTANT, Type
from engine.fields.base import (
    CHOOSE,
    EMPTY,
    FILLED,
    SINCE,
    Control,
    Example,
    Field,
    Misdeclared,
    Operator,
    Place,
    Reader,
    Value,
    plain,
    refuse,
    short,
)
from engine.fields.base_day import near, read_day
from engine.fields.base_input import line
from engine.fields.base_text import whole
from engine.markup import tag
from engine.problems import Refused, problem
from engine.problems import value as wrong
from engine.problems.record import TOO_LARGE, TOO_SMALL
from engine.texts import same, text

_SHAPE = text("年-月-日 时:分", "YYYY-MM-DD HH:MM")
_DAY = r"(?!000[01]|9999)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
PATTERN = whole(rf"{_DAY}T{_TIME}(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])")
"""A moment as programs write it. Years 0002 to 9998, so that no zone leads out of the calendar."""

_EXACT = re.compile(PATTERN)
_TYPED = re.compile(
    r"(?P<day>\S+?日?)(?:[T ]\s*|(?<=日))(?P<hour>[0-9]{1,2})[:：](?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?P<part>\.[0-9]{1,6})?)?\s*(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?"
)
BEFORE = Operator("lt", text("早于", "before"), "{field} < {value}")


class Moment(Field):
    """A moment, kept in UTC. A time typed without a zone is meant where the organisation is."""

    name = "datetime"
    summary = text("日期和时间", "A day with a time")
    kind = "instant"
    todo = CHOOSE
    examples = (
        Example(
            declared={},
            accepts=(
                ("2026-01-05T17:20", datetime(2026, 1, 5, 9, 20, tzinfo=UTC)),
                ("2026-01-05 17:20:30", datetime(2026, 1, 5, 9, 20, 30, tzinfo=UTC)),
                ("2026/1/5 7:20", datetime(2026, 1, 4, 23, 20, tzinfo=UTC)),
                ("2026年1月5日 17:20", datetime(2026, 1, 5, 9, 20, tzinfo=UTC)),
                ("2026-01-05T17:20:00Z", datetime(2026, 1, 5, 17, 20, tzinfo=UTC)),
                ("2026-01-05T17:20:00.5-05:00", datetime(2026, 1, 5, 22, 20, 0, 500000, tzinfo=UTC)),
                ("2026-01-05", datetime(2026, 1, 4, 16, 0, tzinfo=UTC)),
                ("", None),
            ),
            rejects=(
                ("2026-02-30 10:00", wrong.NO_SUCH_DAY),
                ("2026-01-05 24:00", wrong.NOT_A_MOMENT),
                ("2026-01-05 10:60", wrong.NOT_A_MOMENT),
                ("0001-01-01 00:00", wrong.NOT_A_MOMENT),
                ("刚才", wrong.NOT_A_MOMENT),
                (1767600000, wrong.NOT_A_MOMENT),
            ),
            displays=(
                (datetime(2026, 11, 23, 9, 20, tzinfo=UTC), "今天 17:20"),
                (datetime(2026, 11, 22, 9, 20, tzinfo=UTC), "昨天 17:20"),
                (datetime(2026, 3, 5, 9, 20, tzinfo=UTC), "03-05 17:20"),
                (datetime(2025, 11, 22, 9, 20, tzinfo=UTC), "2025-11-22"),
                (None, ""),
            ),
            sorts=(
                datetime(999, 1, 1, tzinfo=UTC),
                datetime(2026, 1, 4, 23, 59, 59, 999999, tzinfo=UTC),
                datetime(2026, 1, 5, tzinfo=UTC),
                datetime(2026, 1, 5, 0, 0, 0, 1, tzinfo=UTC),
            ),
        ),
        Example(
            declared={"min": "2026-01-01"},
            accepts=(("2026-01-01 00:00", datetime(2025, 12, 31, 16, 0, tzinfo=UTC)),),
            rejects=(("2025-12-31 23:59", TOO_SMALL),),
        ),
    )

    min: Value = Key(None, description="Not before: a moment, or a formula after = / 最早")
    max: Value = Key(None, description="Not after: a moment, or a formula after = / 最晚")

    _bounds: tuple[Any, Any] = PrivateAttr((None, None))

    def rounded(self, value: Any) -> Any:
        """A computed moment (such as NOW()) to the second: nobody fills in less."""
        return value.replace(microsecond=0) if isinstance(value, datetime) else value

    def model_post_init(self, context: Any) -> None:
        """Check the limits that are plain values; they are read where the zone is known. Raises Misdeclared."""
        self._bounds = tuple(self._bound(key, getattr(self, key)) for key in ("min", "max"))

    def value_type(self, shape: str) -> Type:
        """An instant."""
        return INSTANT

    def column(self) -> TypeEngine[Any] | None:
        """A UTC text of fixed width."""
        return Instant()

    def parse(self, raw: Any, at: Place) -> datetime | None:
        """ISO text with a zone -> aware datetime in UTC; typed also without a zone, and a day alone (its beginning)."""
        value = self._read(raw, at)
        if value is None:
            return None
        for bound, code, beyond in zip(self._bounds, (TOO_SMALL, TOO_LARGE), (value.__lt__, value.__gt__), strict=True):
            limit = None if bound is None else self._read(bound, Place(at.path, at.title, at.zone))
            if limit is not None and beyond(limit):
                refuse(code, at, limit=_local(limit.astimezone(at.zone)))
        return value

    def to_json(self, value: Any) -> Any:
        """2026-01-05T09:20:00Z"""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"

    def schema(self) -> dict[str, Any]:  # type: ignore[override]
        """A string of `format: date-time` with its zone."""
        made: dict[str, Any] = {"type": "string", "format": "date-time", "pattern": PATTERN}
        for key, bound in zip(("x-minimum", "x-maximum"), self._bounds, strict=True):
            if bound is not None:
                made[key] = str(bound)
        return made

    def display(self, value: Any, reader: Reader) -> Markup | str:
        """Near days in words with the time, days of other years alone; the tooltip has it exactly."""
        if value is None:
            return ""
        local = value.astimezone(reader.zone)
        day = near(local.date(), reader)
        body = self.formatted(value, reader) or (local.date().isoformat() if day is None else f"{day} {local:%H:%M}")
        return tag("time", {"datetime": self.to_json(value), "title": _local(local)}, body)

    def cell(self, value: Any, reader: Reader) -> str:
        """2026-01-05 17:20 where the reader is, with seconds only if there are any."""
        return "" if value is None else _local(value.astimezone(reader.zone))

    def input(self, control: Control) -> Markup:
        """A line to type in, with our own calendar."""
        more = {"data-picker": "datetime", "inputmode": "numeric", "placeholder": _SHAPE.to(control.reader.language)}
        return line(control, self.kind, self.cell(control.value, control.reader), "fl-date", **more)

    def limits(self) -> Mapping[str, Any]:
        """`min` and `max`, where declared."""
        return {key: given for key in ("min", "max") if (given := getattr(self, key)) is not None}

    def operators(self) -> tuple[Operator, ...]:
        """A period. A day typed alone is its beginning, so the end is asked for with "before"."""
        return (SINCE, BEFORE, EMPTY, FILLED)

    def literal(self, value: Any) -> str:
        """ "2026-01-05T09:20:00Z", which beside a moment is one"""
        return plain(self.to_json(value))

    def _read(self, raw: Any, at: Place) -> datetime | None:
        if isinstance(raw, datetime) and raw.tzinfo is not None and not at.json:
            return raw.astimezone(UTC)
        if raw is None or (isinstance(raw, str) and not raw.strip() and not at.json):
            return None
        if not isinstance(raw, str):
            refuse(wrong.NOT_A_MOMENT, at, given=short(raw))
        return self._exact(raw, at) if at.json else _typed(raw.strip(), at)

    def _exact(self, given: str, at: Place) -> datetime:
        if not _EXACT.search(given):
            naive = _EXACT.search(given + "Z") is not None
            refuse(wrong.NO_ZONE if naive else wrong.NOT_A_MOMENT, at, given=short(given))
        read_day(given[:10], at)
        return datetime.fromisoformat(given).astimezone(UTC)

    def _bound(self, key: str, given: Any) -> Any:
        if given is None or (isinstance(given, str) and given.lstrip().startswith("=")):
            return None
        try:
            self._read(given, Place(key, same(key)))
        except Refused as refused:
            raise Misdeclared(problem(wrong.BAD_LIMIT, key=key, given=short(given))) from refused
        return given


def _typed(given: str, at: Place) -> datetime:
    found = _TYPED.fullmatch(given)
    if found is None:
        return _within(read_day(given, at, wrong.NOT_A_MOMENT), time(), at, given)
    day = read_day(found["day"], at, wrong.NOT_A_MOMENT, given)
    try:
        clock = time.fromisoformat(
            f"{int(found['hour']):02}:{found['minute']}:{found['second'] or '00'}{found['part'] or ''}"
        )
    except ValueError:
        refuse(wrong.NOT_A_MOMENT, at, given=short(given))
    if found["zone"]:
        clock = clock.replace(tzinfo=datetime.strptime(found["zone"], "%z").tzinfo)
    return _within(day, clock, at, given)


def _within(day: date, clock: time, at: Place, given: str) -> datetime:
    if not 2 <= day.year <= 9998:
        refuse(wrong.NOT_A_MOMENT, at, given=short(given))
    local = datetime.combine(day, clock)
    return (local if local.tzinfo else local.replace(tzinfo=at.zone)).astimezone(UTC)


def _local(moment: datetime) -> str:
    exact = moment.replace(tzinfo=None).isoformat(" ", timespec="minutes")
    if moment.second or moment.microsecond:
        exact = moment.replace(tzinfo=None).isoformat(" ")
    return exact
