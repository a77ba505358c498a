"""Serial numbers: counters that move in the transaction of the record that gets the number.

Why: if the record isn't kept, the number isn't used up; two records never get the same one.
"""

from __future__ import annotations

from sqlalchemy import Connection, insert, update

from engine.storage.tables import serial_counter


def next_number(conn: Connection, form: str, field: str, scope: str = "", period: str = "", start: int = 1) -> int:
    """The next number of a field's counter, `start` for the first.

    There is a counter for each `scope` (the values that number apart) and `period` (`2026-05` for a monthly one); "" is
    the only one.
    """
    at = {"form": form, "field": field, "scope": scope, "period": period}
    here = (serial_counter.c[name] == value for name, value in at.items())
    moved = update(serial_counter).where(*here).values(value=serial_counter.c.value + 1)
    found = conn.execute(moved.returning(serial_counter.c.value)).scalar()
    if found is None:
        conn.execute(insert(serial_counter).values(**at, value=start))
        return start
    return int(found)


def reach(conn: Connection, form: str, field: str, number: int, scope: str = "", period: str = "") -> None:
    """Let the counter be at `number` at least, because a record came with that number (an import)."""
    at = {"form": form, "field": field, "scope": scope, "period": period}
    here = [serial_counter.c[name] == value for name, value in at.items()]
    lower = update(serial_counter).where(*here, serial_counter.c.value < number).values(value=number)
    if conn.execute(lower).rowcount == 0:
        there = conn.execute(serial_counter.select().where(*here)).first()
        if there is None:
            conn.execute(insert(serial_counter).values(**at, value=number))
