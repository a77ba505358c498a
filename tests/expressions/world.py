"""A small world for formulas: shapes, nasty rows in memory, and the same rows in a SQLite database."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    FromClause,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    Time,
    create_engine,
    event,
)
from sqlalchemy.pool import StaticPool

from engine.columns import Dec, Instant, Length, Location, Spot
from engine.expressions import sql
from engine.expressions.check import check
from engine.expressions.parts import ADDRESS
from engine.expressions.python import compile
from engine.expressions.tree import Aggregate, Node, Query, Source, Var
from engine.expressions.types import (
    BOOLEAN,
    DATE,
    INSTANT,
    LENGTH,
    LOCATION,
    NUMBER,
    TEXT,
    TIME,
    Env,
    Member,
    Related,
    Scope,
    Shape,
    Type,
    list_of,
    one_of,
    record,
)
from engine.expressions.walk import rebuild
from engine.storage.layout import narrowed


class Known:
    """A shape from its members."""

    def __init__(self, name: str, members: dict[str, Type | Member]) -> None:
        self.name = name
        self.members = {n: m if isinstance(m, Member) else Member(n, m) for n, m in members.items()}

    def member(self, name: str) -> Member | None:
        return self.members.get(name)

    def names(self) -> Iterable[str]:
        return self.members


STATE = Type("text", shape="order.state", options=frozenset({"open", "won", "lost"}))
KIND = Type("text", options=frozenset({"goods", "service"}))
SHAPES: dict[str, Shape] = {
    "customer": Known(
        "customer",
        {
            "id": NUMBER,
            "name": TEXT,
            "level": NUMBER,
            "since": DATE,
            "vip": BOOLEAN,
            "orders": Member("orders", list_of(record("order")), related=Related("order", "customer")),
        },
    ),
    "product": Known("product", {"id": NUMBER, "name": TEXT, "price": Member("price", NUMBER, 4)}),
    "order.state": Known("order.state", {"final": Member("final", BOOLEAN, names={"open": False, "won": True, "lost": True})}),
    "order.items": Known(
        "order.items",
        {
            "id": NUMBER,
            "parent": record("order"),
            "name": TEXT,
            "kind": KIND,
            "price": Member("price", NUMBER, 2),
            "quantity": Member("quantity", NUMBER, 3),
            "ready": BOOLEAN,
            "due": DATE,
            "product": record("product"),
        },
    ),
    "order": Known(
        "order",
        {
            "id": NUMBER,
            "number": TEXT,
            "note": TEXT,
            "total": Member("total", NUMBER, 2),
            "rate": Member("rate", NUMBER, 6),
            "count": NUMBER,
            "customer": record("customer"),
            "state": STATE,
            "day": DATE,
            "due": DATE,
            "made": INSTANT,
            "took": LENGTH,
            "flag": BOOLEAN,
            "tags": list_of(TEXT),
            "starts": TIME,
            "place": LOCATION,
            "seen": LOCATION,
            "home": ADDRESS,
            "friends": list_of(record("customer")),
            "subject": one_of(("customer", "product")),
            "items": Member("items", list_of(record("order.items")), lines=True),
        },
    ),
}  # fmt: skip


def member(shape: str, given: Member) -> None:
    """Add a member to a shape that is there."""
    found = SHAPES[shape]
    assert isinstance(found, Known)
    found.members[given.name] = given


ORDER = Scope(SHAPES, this="order", variables={"user": record("person"), "limit": NUMBER})
SHAPES["holiday"] = Known("holiday", {"id": NUMBER, "day": DATE})
SHAPES["calendars"] = Known(
    "calendars",
    {
        "work": Member("work", DATE, names={"week": "1111100", "form": "holiday", "field": "day"}),
        "shop": Member("shop", DATE, names={"week": "1111111", "form": "", "field": ""}),
    },
)
SHAPES["person"] = Known("person", {"id": NUMBER, "name": TEXT})
member("order", Member("double", NUMBER, formula=check("total * 2", ORDER)))
member("order", Member("sum", NUMBER, formula=check("SUM(price * quantity from items)", ORDER)))
member("order", Member("grade", TEXT, formula=check('IF(customer.level > 2, "A", "B")', ORDER)))
CUSTOMER_ORDERS = Scope(SHAPES, this="customer", bare="order")
WON = Related("order", "customer", check("state = 'won' and total > this.level", CUSTOMER_ORDERS))
member("customer", Member("won", list_of(record("order")), related=WON))


class Held:
    """A row in memory."""

    def __init__(self, shape: str, id: int | None, values: dict[str, Any]) -> None:
        self.shape, self.id, self.values = shape, id, values

    def value(self, name: str) -> Any:
        return self.values.get(name)

    def __repr__(self) -> str:
        return f"<{self.shape} {self.id}>"


ZONE = ZoneInfo("Asia/Shanghai")
TODAY, NOW = date(2024, 5, 1), datetime(2024, 5, 1, 4, 30, tzinfo=UTC)
TEXTS = [None, "", "a", "B", "aé", "ß", "😀", "￮", "e\u0301", "a b ", " x", "12.5", "-7", "İ", "won"]
NUMBERS = [None, "0", "1", "-1", "2.5", "-2.5", "0.01", "99999999999.99", "-99999999999.99", "7", "3.33"]
DATES = [
    None,
    date(1, 1, 1),
    date(9999, 12, 31),
    date(2024, 2, 29),
    date(2023, 1, 31),
    date(2024, 5, 1),
    date(1999, 12, 31),
]
MOMENTS = [
    None,
    datetime(2024, 2, 28, 16, 0, tzinfo=UTC),
    datetime(2024, 2, 28, 15, 59, 59, 999999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2023, 12, 31, 23, 30, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
]
TIMES = [None, time(0), time(23, 59, 59, 999999), time(9, 30), time(2, 30), time(12)]
HOLIDAYS = [
    None,
    *(date(2024, 5, day) for day in (1, 2, 3, 3, 4)),
    date(2024, 2, 29),
    date(9999, 12, 31),
    date(1, 1, 1),
]
ADDRESSES = (
    None, "江苏省\u2003苏州市\u2003姑苏区\u2003人民路 1 号\u2003215000", "江苏省\u2003", "\u2003\u2003\u200310 Downing Street",
    "Bavaria\u2003Munich\u2003\u2003" + "x" * 160,
)  # fmt: skip

PLACES = [
    None,
    Location(Decimal("31.2304"), Decimal("121.4737"), "人民广场"),
    Location(Decimal("-33.8688"), Decimal("151.2093")),
    Location(Decimal(90), Decimal(-180), "极"),
    Location(Decimal(0), Decimal(0)),
]
LENGTHS = [None, timedelta(0), timedelta(hours=-4), timedelta(days=400, microseconds=1), timedelta(seconds=90)]


def _number(i: int, scale: int) -> Decimal | None:
    found = NUMBERS[i % len(NUMBERS)]
    return None if found is None else round(Decimal(found), scale)


class World:
    """All rows, linked."""

    def __init__(self, orders: int = 40) -> None:
        self.rows: dict[str, list[Held]] = {
            "customer": [],
            "product": [],
            "order": [],
            "order.items": [],
            "person": [],
            "holiday": [],
        }
        for i in range(5):
            values = {
                "name": TEXTS[i * 2],
                "level": _number(i + 1, 0),
                "since": DATES[i],
                "vip": (None, True, False)[i % 3],
            }
            self.rows["customer"].append(Held("customer", i + 1, values))
            values = {"name": TEXTS[i + 1], "price": _number(i * 3, 4)}
            self.rows["product"].append(Held("product", i + 1, values))
        self.rows["holiday"] = [Held("holiday", i + 1, {"day": day}) for i, day in enumerate(HOLIDAYS)]
        self.rows["person"].append(Held("person", 1, {"name": "李娜"}))
        for i in range(orders):
            self._order(i)

    def _order(self, i: int) -> None:
        customers = [None, *self.rows["customer"]]
        order = Held(
            "order",
            i + 1,
            {
                "number": TEXTS[i % len(TEXTS)],
                "note": TEXTS[i * 7 % len(TEXTS)],
                "total": _number(i, 2),
                "rate": _number(i * 5 + 2, 6),
                "count": None if (n := _number(i * 3 + 1, 0)) is None else n,
                "customer": customers[i % len(customers)],
                "state": (None, "open", "won", "lost")[i % 4],
                "day": DATES[i % len(DATES)],
                "due": DATES[i * 3 % len(DATES)],
                "made": MOMENTS[i % len(MOMENTS)],
                "took": LENGTHS[i % len(LENGTHS)],
                "flag": (None, True, False)[i % 3],
                "tags": ([], ["a"], ["a", "ß"])[i % 3],
                "starts": TIMES[i % len(TIMES)],
                "place": PLACES[i % len(PLACES)],
                "seen": PLACES[i * 3 % len(PLACES)],
                "home": ADDRESSES[i % len(ADDRESSES)],
                "friends": [
                    found for k in range(i % 4) if (found := customers[(i * 2 + k * 3) % len(customers)]) is not None
                ],
            },
        )
        subject = ([*customers, *self.rows["product"]])[i * 5 % 11]
        for form in ("customer", "product"):
            order.values[f"subject@{form}"] = subject if subject is not None and subject.shape == form else None
        order.values["subject"] = subject and f"{subject.shape}/{subject.id}"
        lines = []
        for k in range(i % 4):
            nth = i + k
            line = {
                "parent": order,
                "name": TEXTS[(nth + 2) % len(TEXTS)],
                "kind": (None, "goods", "service")[nth % 3],
                "price": _number(nth * 3 + 1, 2),
                "quantity": _number(nth * 2 + 1, 3),
                "ready": (True, None, False)[nth % 3],
                "due": DATES[nth * 5 % len(DATES)],
                "product": ([None, *self.rows["product"]])[nth % 6],
            }
            lines.append(Held("order.items", len(self.rows["order.items"]) + 1, line))
            self.rows["order.items"].append(lines[-1])
        order.values["items"] = lines
        self.rows["order"].append(order)

    def env(self, this: Held | None, reader: Any = None, **variables: Any) -> Env:
        """An environment about one order."""
        user = self.rows["person"][0]
        given = {"this": this, "user": user, "limit": Decimal("2.5"), **variables}
        return Env(given, reader or Memory(self), TODAY, NOW, ZONE)


class Memory:
    """A reader over the rows in memory: the reference for what SQL answers."""

    def __init__(self, world: World) -> None:
        self.world = world

    def row(self, shape: str, id: int) -> Held | None:
        return next((row for row in self.world.rows[shape] if row.id == id), None)

    def select(self, query: Query, env: Env) -> list[Any]:
        return compile(self._at_hand(query))(self._with_all(env))

    def aggregate(self, call: Aggregate, env: Env) -> Any:
        return compile(self._at_hand(call))(self._with_all(env))

    def call(self, function: str, arguments: list[Any]) -> Any:
        if function == "INROLE":
            return arguments[0].id == 1 and arguments[1] == "sales"
        return arguments[0] if function == "HEAD" else True

    def _at_hand(self, node: Node) -> Node:
        if isinstance(node, Source):
            return Var(node.type, node.at, f"all {node.shape}")
        return rebuild(node, self._at_hand)

    def _with_all(self, env: Env) -> Env:
        return env.having(**{f"all {shape}": rows for shape, rows in self.world.rows.items()})


class Database:
    """The same rows in SQLite or PostgreSQL, and the tables as storage would give them."""

    def __init__(self, world: World, address: str | None = None) -> None:
        """`address`: of a PostgreSQL database, whose tables are made anew; None: SQLite in memory."""
        self.world = world
        self.dialect = "sqlite" if address is None else "postgresql"
        metadata = MetaData()
        self.tables: dict[str, Table] = {}
        for name, shape in SHAPES.items():
            if name in ("order.state", "calendars"):
                continue
            columns = [Column("id", Integer, primary_key=True)]
            if "." in name:
                columns += [Column("parent_id", Integer, index=True), Column("position", Integer)]
            for each in shape.names():
                found = shape.member(each)
                assert found is not None
                if each not in ("id", "parent") and not (found.formula or found.related or found.lines):
                    columns.append(Column(each, kept_as(found)))
            self.tables[name] = Table(name.replace(".", "__"), metadata, *columns)
        if address is None:
            self.engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
            event.listen(self.engine, "connect", lambda connection, _: sql.install(connection))
        else:
            self.engine = create_engine(address, connect_args={"options": "-c timezone=UTC"})
            with self.engine.begin() as connection:
                sql.install_postgres(connection)
            metadata.drop_all(self.engine)
        metadata.create_all(self.engine)
        self.fill(world)

    def fill(self, world: World) -> None:
        """The rows of another world in place of these."""
        self.world = world
        with self.engine.begin() as connection:
            for name, rows in world.rows.items():
                connection.execute(self.tables[name].delete())
                for row in rows:
                    connection.execute(self.tables[name].insert().values(self.stored(name, row)))

    def stored(self, name: str, row: Held) -> dict[str, Any]:
        values: dict[str, Any] = {"id": row.id}
        if "." in name:
            parent = row.values["parent"]
            values |= {"parent_id": parent.id, "position": parent.values["items"].index(row)}
        for column in self.tables[name].c:
            if column.name in row.values:
                value = row.values[column.name]
                if isinstance(value, Held):
                    value = value.id
                if isinstance(value, list):
                    value = json.dumps([each.id if isinstance(each, Held) else each for each in value])
                values[column.name] = value
        return values

    def table(self, shape: str) -> Table:
        return self.tables[shape]

    def column(self, shape: str, selectable: FromClause, member: str) -> Any:
        found, _, form = ("parent_id" if member == "parent" else member).partition("@")
        return narrowed(selectable.c[found], form) if form else selectable.c[found]

    def connect(self) -> Connection:
        return self.engine.connect()


class Stored(Memory):
    """A reader over the database."""

    def __init__(self, database: Database, connection: Connection) -> None:
        super().__init__(database.world)
        self.database, self.connection = database, connection

    def select(self, query: Query, env: Env) -> list[Any]:
        return sql.select(self.connection, query, self.database, env)

    def aggregate(self, call: Aggregate, env: Env) -> Any:
        return sql.aggregate(self.connection, call, self.database, env)


def kept_as(found: Member) -> Any:
    """The column type of a member."""
    kinds = {
        "number": Dec(found.scale),
        "text": String().with_variant(Text(collation="C"), "postgresql"),
        "boolean": Boolean(create_constraint=False),
        "date": Date(),
        "instant": Instant(),
        "length": Length(),
        "time": Time(),
        "location": Spot(),
        "record": Integer(),
        "list": Text(),
    }
    return kinds[found.type.kind]


def plain(value: Any) -> Any:
    """A value made comparable between executors: records are their ids."""
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, bool) or value is None:
        return value
    if hasattr(value, "shape"):
        return ("record", value.id)
    if isinstance(value, Decimal):
        return Decimal(format(value.normalize(), "f")) if value else Decimal(0)
    return value
