"""Serial numbers: counters, and how a record gets the next number of one.

Why: two records never get the same number. A gapless counter moves in the transaction of the record that gets the number:
if the record isn't kept, the number isn't used up, and who wants the next one waits. Where several units of work run at
once, other counters move beside the unit (`Beside`), so that nobody waits; a unit that fails leaves a gap there.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from engine.storage.tables import serial_counter

BESIDE = "formloom_beside"
"""The execution option of a connection that holds its unit's `Beside` or `Pretended`; a database with one writer has
none."""


_PARTS = ("form", "field", "scope", "period")

_MOVE = (
    update(serial_counter)
    .where(*(serial_counter.c[name] == bindparam(f"the_{name}") for name in _PARTS))
    .values(value=serial_counter.c.value + bindparam("the_count"))
    .returning(serial_counter.c.value)
)
"""Moves one counter, and says where it is; built once, since every new record runs it."""


class Beside:
    """The numbers that one unit of work takes in transactions of their own. A unit that is done again (`again`) gets
    those numbers again that it had."""

    def __init__(self, connect: Callable[[], AbstractContextManager[Connection]]) -> None:
        """`connect` gives a connection on which every statement stands for itself."""
        self._connect = connect
        self._taken: dict[tuple[str, ...], list[int]] = {}
        self._spare: dict[tuple[str, ...], list[int]] = {}

    def again(self) -> None:
        """The unit begins anew."""
        for counter, numbers in self._taken.items():
            self._spare[counter] = numbers + self._spare.get(counter, [])
        self._taken = {}

    def next_numbers(self, counter: tuple[str, ...], start: int, count: int) -> list[int]:
        """As the function of that name."""
        spare = self._spare.get(counter, [])
        numbers, self._spare[counter] = spare[:count], spare[count:]
        if len(numbers) < count:
            lacking = count - len(numbers)
            last = self._moved(counter, start, lacking)
            numbers += range(last - lacking + 1, last + 1)
        self._taken.setdefault(counter, []).extend(numbers)
        return numbers

    def reach(self, counter: tuple[str, ...], number: int) -> None:
        """As the function of that name."""
        with self._connect() as conn:
            try:
                _reached(conn, counter, number)
            except IntegrityError:  # somebody else began the counter just now
                _reached(conn, counter, number)

    def _moved(self, counter: tuple[str, ...], start: int, count: int) -> int:
        with self._connect() as conn:
            try:
                return _moved(conn, counter, start, count)
            except IntegrityError:  # somebody else began the counter just now
                return _moved(conn, counter, start, count)


class Pretended:
    """The numbers of a unit of work that leaves nothing behind: those that it would get, and no counter moves."""

    def __init__(self, connect: Callable[[], AbstractContextManager[Connection]]) -> None:
        """`connect` as for `Beside`."""
        self._connect = connect
        self._last: dict[tuple[str, ...], int | None] = {}

    def next_numbers(self, counter: tuple[str, ...], start: int, count: int) -> list[int]:
        """As the function of that name."""
        last = self._present(counter)
        first = start if last is None else last + 1
        self._last[counter] = first + count - 1
        return list(range(first, first + count))

    def reach(self, counter: tuple[str, ...], number: int) -> None:
        """As the function of that name."""
        self._last[counter] = max(number, self._present(counter) or number)

    def _present(self, counter: tuple[str, ...]) -> int | None:
        if counter not in self._last:
            with self._connect() as conn:
                query = select(serial_counter.c.value).where(*_here(_at(counter)))
                self._last[counter] = conn.execute(query).scalar()
        return self._last[counter]


def next_number(
    conn: Connection, form: str, field: str, scope: str = "", period: str = "", start: int = 1, *, gapless: bool = False
) -> int:  # fmt: skip
    """The next number of a field's counter; as `next_numbers` for one record."""
    return next_numbers(conn, form, field, scope, period, start, gapless=gapless)[0]


def next_numbers(
    conn: Connection, form: str, field: str, scope: str = "", period: str = "", start: int = 1, count: int = 1, *,
    gapless: bool = False,
) -> list[int]:  # fmt: skip
    """The next `count` numbers of a field's counter, `start` for the first.

    There is a counter for each `scope` (the values that number apart) and `period` (`2026-05` for a monthly one); "" is
    the only one. `gapless`: no number is left out, whatever happens to the unit of work.
    """
    beside = _beside(conn, gapless)
    counter = (form, field, scope, period)
    if beside is not None:
        return beside.next_numbers(counter, start, count)
    last = _moved(conn, counter, start, count)
    return list(range(last - count + 1, last + 1))


def reach(
    conn: Connection, form: str, field: str, number: int, scope: str = "", period: str = "", *, gapless: bool = False
) -> None:  # fmt: skip
    """Let the counter be at `number` at least, because a record came with that number (an import)."""
    beside = _beside(conn, gapless)
    counter = (form, field, scope, period)
    if beside is None:
        _reached(conn, counter, number)
    else:
        beside.reach(counter, number)


def _beside(conn: Connection, gapless: bool) -> Beside | Pretended | None:
    found: Beside | Pretended | None = conn.get_execution_options().get(BESIDE)
    return None if gapless and isinstance(found, Beside) else found


def _moved(conn: Connection, counter: tuple[str, ...], start: int, count: int) -> int:
    """Moves a counter by so many, and says where it is."""
    at = _at(counter)
    found = conn.execute(_MOVE, {**{f"the_{name}": value for name, value in at.items()}, "the_count": count}).scalar()
    if found is None:
        conn.execute(insert(serial_counter).values(**at, value=start + count - 1))
        return start + count - 1
    return int(found)


def _reached(conn: Connection, counter: tuple[str, ...], number: int) -> None:
    at = _at(counter)
    lower = update(serial_counter).where(*_here(at), serial_counter.c.value < number).values(value=number)
    if conn.execute(lower).rowcount == 0:
        there = conn.execute(serial_counter.select().where(*_here(at))).first()
        if there is None:
            conn.execute(insert(serial_counter).values(**at, value=number))


def _at(counter: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(_PARTS, counter, strict=True))


def _here(at: dict[str, str]) -> list[ColumnElement[bool]]:
    return [serial_counter.c[name] == value for name, value in at.items()]
