"""Asks all three executors for the same formulas and compares their answers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from engine.expressions import sql
from engine.expressions.python import evaluate
from engine.expressions.tree import Aggregate, Node, Typed, Within
from engine.expressions.walk import everything, reads_forms
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
        except (DBAPIError, Refused):
            return None, None


def differences(formulas: list[Typed], database: Database) -> list[str]:
    """One line for each formula on which two executors differ."""
    found = []
    orders = database.world.rows["order"]
    ready = [typed for typed in formulas if not reads_forms(typed.tree)]
    browser = {id(t): values for t, values in zip(ready, node.run(ready, database.world), strict=True)}
    for typed in formulas:
        want = by_python(typed, database)
        got, hits = by_sql(typed, database)
        if got is not None and "overflow" not in want and got != want:
            found.append(f"SQL: {typed.text}: {_first(want, got)}")
        # a list within IF is computed in SQL even where Python doesn't come to it, so it may grow too large there
        if got is None and "overflow" not in want and not has_list(typed.tree):
            found.append(f"SQL refuses: {typed.text}")
        if hits is not None and "overflow" not in want:
            fulfilled = {order.id for order, value in zip(orders, want, strict=True) if value is True}
            if hits != fulfilled:
                found.append(f"SQL condition: {typed.text}: {sorted(hits ^ fulfilled)}")
        if id(typed) in browser and browser[id(typed)] != want:
            found.append(f"browser: {typed.text}: {_first(want, browser[id(typed)])}")
    return found


def has_list(tree: Node) -> bool:
    """Whether a list function is in it, in formula members too."""
    return any(
        isinstance(part, Aggregate) or (isinstance(part, Within) and has_list(part.body.tree))
        for part in everything(tree)
    )


def _first(want: list[Any], got: list[Any]) -> str:
    i = next(i for i, (a, b) in enumerate(zip(want, got, strict=True)) if a != b)
    return f"order {i + 1}: {want[i]!r} but {got[i]!r}"
