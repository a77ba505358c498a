"""Asks all executors for the same formulas and compares their answers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from engine.expressions import sql
from engine.expressions.python import evaluate
from engine.expressions.tree import Typed
from engine.expressions.walk import reads_forms
from engine.problems import Refused
from tests.expressions import node
from tests.expressions.world import Database, Stored, plain


def by_python(typed: Typed, database: Database) -> list[Any]:
    """The values for all orders, the reference."""
    found = []
    for order in database.world.rows["order"]:
        try:
            found.append(plain(evaluate(typed, database.world.env(order))))
        except Refused as refused:
            assert [p.code for p in refused.problems] == ["formula_overflow"]
            found.append("overflow")
    return found


def by_sql(typed: Typed, database: Database) -> tuple[list[Any] | None, set[int] | None]:
    """The values of all orders, and the ids that fulfil a condition; None when a number grew too large."""
    table = database.table("order")
    with database.connect() as connection:
        env = database.world.env(None, Stored(database, connection))
        try:
            column = sql.scalar(typed, database, env, table)
            values = list(connection.execute(select(column).select_from(table).order_by(table.c.id)).scalars())
            if typed.type.kind == "record":
                values = [None if value is None else ("record", value) for value in values]
            if typed.type.kind != "boolean":
                return [plain(value) for value in values], None
            condition = sql.condition(typed, database, env, table)
            return [plain(v) for v in values], set(connection.execute(select(table.c.id).where(condition)).scalars())
        except Refused:
            return None, None
        except DBAPIError as error:
            if sql.refusal(error) is None:
                raise
            return None, None


def differences(formulas: list[Typed], *databases: Database) -> list[str]:
    """One line for each formula on which two executors differ. All databases hold the same world."""
    found = []
    world = databases[0].world
    ready = [typed for typed in formulas if not reads_forms(typed.tree)]
    browser = {id(t): values for t, values in zip(ready, node.run(ready, world), strict=True)}
    for typed in formulas:
        want = by_python(typed, databases[0])
        for database in databases:
            found += _in_sql(typed, want, database)
        if id(typed) in browser and browser[id(typed)] != want:
            found.append(f"browser: {typed.text}: {_first(want, browser[id(typed)])}")
    return found


def _in_sql(typed: Typed, want: list[Any], database: Database) -> list[str]:
    """What is wrong with a database's answers. Where some order refuses, no order has an answer in one statement."""
    if "overflow" in want:
        return []
    try:
        got, hits = by_sql(typed, database)
    except DBAPIError as error:
        return [f"{database.dialect} fails: {typed.text}: {error.orig}"]
    if got is None:
        return [f"{database.dialect} refuses: {typed.text}"]
    if got != want:
        return [f"{database.dialect}: {typed.text}: {_first(want, got)}"]
    orders = database.world.rows["order"]
    fulfilled = {order.id for order, value in zip(orders, want, strict=True) if value is True}
    if hits is not None and hits != fulfilled:
        return [f"{database.dialect} condition: {typed.text}: {sorted(hits ^ fulfilled, key=str)}"]
    return []


def _first(want: list[Any], got: list[Any]) -> str:
    i = next(i for i, (a, b) in enumerate(zip(want, got, strict=True)) if a != b)
    return f"order {i + 1}: {want[i]!r} but {got[i]!r}"
