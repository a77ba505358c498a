"""Keeping many rows in a table at once, in the way that costs each database least.

Why: an import keeps hundreds of thousands of rows, and what lies between them and the database's own work (SQLAlchemy's
statements, values that are bound one by one) costs more than that work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import repeat, zip_longest
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert
from sqlalchemy.exc import DBAPIError

from engine.columns import POSTGRESQL

Make = Callable[[Any], Any]

MANY = 100
"""From so many rows on PostgreSQL is sent a COPY, and SQLite what is the same in all of them once."""

LONG = 1000
"""Longer texts are bound: a statement has a limit."""

RECURRING = (Decimal, date, datetime)
"""Values that come again and again, and cost more to be made ready than to be found."""

NOTHING: Mapping[str, Any] = {}


def put(
    conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]], alike: Mapping[str, Any] = NOTHING,
    beside: Mapping[str, Sequence[Any]] = NOTHING,
) -> None:  # fmt: skip
    """Keep rows, all with the same names, in a table; `alike` is what all of them have, `beside` a value for each row.

    Where values go to the driver one by one anyway (SQLite), they are made ready here: SQLAlchemy's own way costs more than
    the database's work; and what is the same in all rows stands in the statement, as binding a value costs more than keeping
    it. PostgreSQL takes many as a COPY, in less than half the time.
    """
    if not rows:
        return
    copied = conn.dialect.name == POSTGRESQL
    if copied and len(rows) < MANY:
        conn.execute(insert(table), joined(rows, alike, beside))
        return
    names, spelling = (*rows[0], *alike, *beside), not copied and len(rows) >= MANY
    columns: dict[str, Iterable[Any]] = {}
    same: dict[str, str] = {}
    for name, quoted, make in _ready(table, names, conn.dialect):
        if name in alike:
            value, given = make(alike[name]), None
        else:
            given = _made(make, beside[name] if name in beside else [row[name] for row in rows])
            value = given[0]
        fixed = given is None or (
            value is None and _one(given)
        )  # what people gave is never in a statement: those are logged
        if spelling and fixed and (spelled := _spelled(value)) is not None:
            same[quoted] = spelled
        else:
            columns[quoted] = repeat(value, len(rows)) if given is None else given
    into = f"{conn.dialect.identifier_preparer.format_table(table)} ({', '.join((*columns, *same))})"
    lines = zip(*columns.values(), strict=True)
    if copied:
        _copy(conn, f"COPY {into} FROM STDIN", lines)
    elif columns:
        values = ", ".join((*("?" for _ in columns), *same.values()))
        conn.exec_driver_sql(f"INSERT INTO {into} VALUES ({values})", list(lines))
    else:
        conn.execute(insert(table), joined(rows, alike, beside))


def joined(
    rows: Sequence[Mapping[str, Any]], alike: Mapping[str, Any], beside: Mapping[str, Sequence[Any]]
) -> list[dict[str, Any]]:
    """Each row with all its values, as SQLAlchemy takes them."""
    further = [dict(zip(beside, values, strict=True)) for values in zip(*beside.values(), strict=True)]
    return [{**row, **alike, **more} for row, more in zip_longest(rows, further, fillvalue=NOTHING)]


@lru_cache(maxsize=1000)
def _ready(table: Table, names: tuple[str, ...], dialect: Dialect) -> list[tuple[str, str, Make]]:
    """These names, each with how SQL writes it, and what makes a value ready for the driver."""
    quoted = dialect.identifier_preparer
    return [
        (name, quoted.quote(name), table.c[name].type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is)
        for name in dict.fromkeys(names)
    ]


def _one(values: Sequence[Any]) -> bool:
    """Whether it is one and the same value in all rows."""
    return values[0] is values[-1] and len(set(map(id, values))) == 1


def _spelled(value: Any) -> str | None:
    """A value that is ready for SQLite's driver, as SQL has it; None: it must be bound."""
    if value is None:
        return "NULL"
    if value.__class__ is int:
        return str(value)
    short = value.__class__ is str and len(value) <= LONG and "\0" not in value
    return "'" + value.replace("'", "''") + "'" if short else None


def _copy(conn: Connection, statement: str, lines: Iterable[Sequence[Any]]) -> None:
    """Send rows as a COPY. What the driver refuses is raised as SQLAlchemy raises what it has sent itself."""
    dialect = conn.dialect
    driver: Any = dialect.loaded_dbapi
    held: Any = conn.connection
    try:
        with held.cursor() as cursor, cursor.copy(statement) as copy:
            for line in lines:
                copy.write_row(line)
    except driver.Error as error:
        gone = dialect.is_disconnect(error, held.driver_connection, None)
        raise DBAPIError.instance(
            statement, None, error, driver.Error, hide_parameters=True, connection_invalidated=gone, dialect=dialect
        ) from error


def _made(make: Make, values: Sequence[Any]) -> Sequence[Any]:
    """The values made ready; of the same one over and over, and of numbers and moments that come again, only the first."""
    if make is _as_it_is:
        return values
    last, done, found, known = values[0], make(values[0]), [], dict[Any, Any]()
    for value in values:
        if value is not last:
            last = value
            if value.__class__ not in RECURRING:
                done = make(value)
            elif value in known:
                done = known[value]
            else:
                done = known[value] = make(value)
        found.append(done)
    return found


def _as_it_is(value: Any) -> Any:
    return value
