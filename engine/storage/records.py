"""Reading and writing records: plain functions on a transaction's connection.

Why: verbs decide what a record becomes; here it is only kept. Statements are built once for a layout, so that the
commonest reads and writes cost little more than their SQL. Values are as the field types keep them (a reference is the
target's id, a number a Decimal); names are those of the columns (`Layout.members`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy import (
    delete as sql_delete,
)
from sqlalchemy import (
    insert as sql_insert,
)
from sqlalchemy import (
    update as sql_update,
)
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import NoResultFound

from engine.columns import POSTGRESQL
from engine.storage.layout import Layout
from engine.storage.putting import MANY, NOTHING, joined, put

S = TypeVar("S")
T = TypeVar("T")

_LAST = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
"""The highest id that SQLite has ever given in a table."""

_NUMBERS = text("SELECT nextval(pg_get_serial_sequence(quote_ident(:name), 'id')) FROM generate_series(1, :many)")
"""So many new ids of a PostgreSQL table, in ascending order."""

CHUNK = 500
"""How many ids one statement names at most."""

HOLED = 50
"""How many combinations of values, some of them empty, one statement names at most."""


def fetch(conn: Connection, layout: Layout, shape: str, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The stored records of those ids, by id, the lowest first among 500; ids that don't exist are left out.

    Each is a mapping of everything stored of it: also `id`, `version`, `_title` and the system members; of a line `id`,
    `parent_id` and `position`. Of a person or department it is the members that formulas may read.
    """
    names, one, many = _built(layout, ("fetch", shape), lambda: _fetching(layout, shape))
    found: dict[int, dict[str, Any]] = {}
    for some in _chunks(ids):
        rows = conn.execute(one, {"id": some[0]}) if len(some) == 1 else conn.execute(many, {"ids": some})
        for row in rows:
            values = dict(zip(names, row, strict=True))
            found[values["id"]] = values
    return found


def fetch_lines(
    conn: Connection, layout: Layout, form: str, name: str, parents: Iterable[int]
) -> dict[int, list[dict[str, Any]]]:
    """The lines `name` of those records of `form`, in order, by the record's id. A record without lines isn't in it."""
    shape = f"{form}.{name}"
    names, query = _built(layout, ("lines", shape), lambda: _fetching_lines(layout, shape))
    found: dict[int, list[dict[str, Any]]] = {}
    for some in _chunks(parents):
        for row in conn.execute(query, {"ids": some}):
            values = dict(zip(names, row, strict=True))
            found.setdefault(values["parent_id"], []).append(values)
    return found


def find(
    conn: Connection, layout: Layout, shape: str, values: Mapping[str, Any], limit: int | None = None
) -> list[int]:
    """The ids of the records whose columns have just these values (None: is empty), lowest first."""
    table = layout.table(shape)
    query = select(table.c.id).where(*(table.c[name] == value for name, value in values.items()))
    return list(conn.execute(query.order_by(table.c.id).limit(limit)).scalars())


def find_many(
    conn: Connection, layout: Layout, shape: str, names: Sequence[str], keys: Iterable[tuple[Any, ...]]
) -> dict[tuple[Any, ...], int]:
    """For each of these combinations of values (None: is empty) the lowest id of the records whose columns `names` have
    them; those that no record has are left out."""
    table = layout.table(shape)
    columns = [table.c[name] for name in names]
    found: dict[tuple[Any, ...], int] = {}
    whole: list[tuple[Any, ...]] = []
    holed: list[tuple[Any, ...]] = []
    for key in keys:
        (holed if None in key else whole).append(key)
    conditions: list[ColumnElement[bool]] = [
        columns[0].in_([key[0] for key in some]) if len(columns) == 1 else tuple_(*columns).in_(some)
        for some in _chunks(whole)
    ]
    conditions += [
        or_(*(and_(*(column == value for column, value in zip(columns, key, strict=True))) for key in some))
        for some in _chunks(holed, HOLED)
    ]
    for wanted in conditions:
        for row in conn.execute(select(*columns, table.c.id).where(wanted).order_by(table.c.id)):
            found.setdefault(tuple(row[:-1]), row[-1])
    return found


def related(
    conn: Connection, wanted: ColumnElement[Any], by: ColumnElement[Any], values: Iterable[Any],
    *where: ColumnElement[bool],
) -> set[int]:  # fmt: skip
    """The values of the column `wanted`, empty ones left out, in the rows whose column `by` has one of the values (and for
    which `where` holds)."""
    made = _relating(wanted, by).where(*where) if where else _relating(wanted, by)
    found: set[int] = set()
    for some in _chunks(values):
        found.update(conn.execute(made, {"some": some}).scalars())
    return found


@lru_cache(4096)
def _relating(wanted: ColumnElement[Any], by: ColumnElement[Any]) -> Select[Any]:
    return select(wanted).where(by.in_(bindparam("some", expanding=True)), wanted.is_not(None))


def holders(conn: Connection, layout: Layout, shape: str, ids: Iterable[int]) -> dict[int, int]:
    """These lines, each with the id of what holds it; those that aren't there are left out."""
    made = _built(layout, ("holders", shape), lambda: _holding(layout.table(shape)))
    found: dict[int, int] = {}
    for some in _chunks(ids):
        found.update(tuple(row) for row in conn.execute(made, {"some": some}))
    return found


def _holding(table: Table) -> Select[Any]:
    return select(table.c.id, table.c.parent_id).where(table.c.id.in_(bindparam("some", expanding=True)))


def insert(conn: Connection, layout: Layout, shape: str, values: Mapping[str, Any]) -> int:
    """Keep a new record and give its id. Its version is 1 unless given. IntegrityError if what is unique is there."""
    made = _built(layout, ("insert", shape), lambda: sql_insert(layout.table(shape)))
    key = conn.execute(made, dict(values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def insert_first(
    conn: Connection, layout: Layout, shape: str, rows: Sequence[Mapping[str, Any]], key: Sequence[str]
) -> list[int]:
    """As `insert_many`, for rows whose unique `key` nobody has, as far as this transaction sees.

    Where several write at the same time, another transaction may be entering that key too: then this one is begun anew
    by the database's strategy and will see it, instead of failing.
    """
    if conn.dialect.name != POSTGRESQL or not rows:
        return insert_many(conn, layout, shape, rows)
    table = layout.table(shape)
    columns = [table.c[name] for name in key]
    made = _built(
        layout,
        ("insert_first", shape),
        lambda: pg_insert(table).on_conflict_do_nothing().returning(table.c.id, *columns),
    )
    found = {tuple(row[1:]): row[0] for row in conn.execute(made, [dict(row) for row in rows])}
    if len(found) < len(rows):
        raise NoResultFound
    return [found[tuple(row[name] for name in key)] for row in rows]


def insert_many(
    conn: Connection, layout: Layout, shape: str, rows: Sequence[Mapping[str, Any]], alike: Mapping[str, Any] = NOTHING,
    beside: Mapping[str, Sequence[Any]] = NOTHING,
) -> list[int]:  # fmt: skip
    """Keep new records, all with the same names, and give their ids in order. As `insert`, but faster for many; `alike` and
    `beside` as in `put`.

    Where there is one writer the ids are known beforehand: the database needn't be asked for each.
    """
    if not rows:
        return []
    table = layout.table(shape)
    if conn.dialect.name != POSTGRESQL:
        last = conn.execute(_LAST, {"name": table.name}).scalar() or 0
        ids = range(last + 1, last + 1 + len(rows))
        put(conn, table, rows, alike, {**beside, "id": ids})
        return list(ids)
    if len(rows) >= MANY:
        numbers = conn.execute(_NUMBERS, {"name": table.name, "many": len(rows)}).scalars().all()
        put(conn, table, rows, alike, {**beside, "id": numbers})
        return [int(id) for id in numbers]
    made = _built(
        layout,
        ("insert_many", shape),
        lambda: sql_insert(table).returning(table.c.id, sort_by_parameter_order=True),
    )
    return [int(id) for id in conn.execute(made, joined(rows, alike, beside)).scalars()]


def update(
    conn: Connection,
    layout: Layout,
    shape: str,
    id: int,
    values: Mapping[str, Any],
    version: int | None = None,
    *,
    bump: bool = True,
) -> bool:
    """Change a record; False when it isn't there, or its version isn't `version` (None: whatever it is).

    `bump` adds one to the version. Lines have no version of their own. Without values and bump it only looks.
    """
    versioned = "version" in layout.table(shape).c and "version" not in values
    names = tuple(sorted(values))
    key = ("update", shape, names, version is not None, bump and versioned)
    made = _built(layout, key, lambda: _updating(layout, shape, names, version is not None, bump and versioned))
    given = {f"set_{name}": values[name] for name in names}
    return conn.execute(made, {**given, "the_id": id, "the_version": version}).rowcount == 1


def update_many(conn: Connection, layout: Layout, shape: str, rows: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
    """Change several records that are there, each as `update` without a version to be compared; faster for many."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for id, values in rows:
        names = tuple(sorted(values))
        alike.setdefault(names, []).append({"the_id": id, **{f"set_{name}": values[name] for name in names}})
    versioned = "version" in layout.table(shape).c
    for names, some in alike.items():
        bump = versioned and "version" not in names
        key = ("update", shape, names, False, bump)
        conn.execute(_built(layout, key, partial(_updating, layout, shape, names, False, bump)), some)


def delete(conn: Connection, layout: Layout, shape: str, id: int, version: int | None = None) -> bool:
    """Remove a record and its lines; False when it isn't there, or its version isn't `version` (None: whatever)."""
    table = layout.table(shape)
    made = sql_delete(table).where(table.c.id == id)
    if version is not None:
        made = made.where(table.c.version == version)
    return conn.execute(made).rowcount == 1


def count(conn: Connection, layout: Layout, shape: str) -> int:
    """How many records (or lines) there are."""
    return conn.execute(select(func.count()).select_from(layout.table(shape))).scalar_one()


def _fetching(layout: Layout, shape: str) -> tuple[tuple[str, ...], Any, Any]:
    members = layout.members(shape)
    query, key = select(*(column for _, column in members)), layout.table(shape).c.id
    one, many = query.where(key == bindparam("id")), query.where(key.in_(bindparam("ids", expanding=True)))
    return tuple(name for name, _ in members), one, many.order_by(key)


def _fetching_lines(layout: Layout, shape: str) -> tuple[tuple[str, ...], Any]:
    members, table = layout.members(shape), layout.table(shape)
    query = select(*(column for _, column in members))
    query = query.where(table.c.parent_id.in_(bindparam("ids", expanding=True)))
    order = (table.c.parent_id, table.c.position, table.c.id)
    return tuple(name for name, _ in members), query.order_by(*order)


def _updating(layout: Layout, shape: str, names: tuple[str, ...], guarded: bool, bump: bool) -> Any:
    table = layout.table(shape)
    given: dict[str, Any] = {name: bindparam(f"set_{name}", type_=table.c[name].type) for name in names}
    if bump:
        given["version"] = table.c.version + 1
    made = sql_update(table).values(given or {"id": table.c.id}).where(table.c.id == bindparam("the_id"))
    return made.where(table.c.version == bindparam("the_version")) if guarded else made


def _built(layout: Layout, key: tuple[Any, ...], build: Callable[[], S]) -> S:
    """What was built under this key for this layout; built when first asked for."""
    found: S | None = layout.statements.get(key)
    if found is None:
        found = layout.statements[key] = build()
    return found


def _chunks(ids: Iterable[T], size: int = CHUNK) -> Iterable[list[T]]:
    rest = iter(ids)
    while some := list(islice(rest, size)):
        yield some
