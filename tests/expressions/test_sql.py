"""Formulas over stored rows: indexes are used, measures give each group its value, a reader answers queries."""

from __future__ import annotations

import gc
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import ClauseElement, Executable, Select, select, text
from sqlalchemy.ext.compiler import compiles

from engine.expressions import sql
from engine.expressions.check import check
from engine.expressions.python import evaluate
from engine.expressions.sqlite_functions import keep
from engine.expressions.types import NUMBER, Scope, record
from engine.problems import Refused
from tests.expressions.world import ORDER, SHAPES, Database, Stored, World, plain

WIDGET = Scope(SHAPES, this="customer", bare="order", variables={"limit": NUMBER})
MEASURE = Scope(SHAPES, bare="order", measure=True, variables={"limit": NUMBER})

MEASURES = [
    "COUNT()", "SUM(total)", "AVG(total)", "MAX(total)", "MIN(day)", "COUNT(where state = 'won')",
    "COUNT(where flag) / COUNT(where state.final)", "SUM(total where flag)", "SUM(items.price)",
    "AVG(price * quantity from items)", "SUM(items.quantity where flag)", "COUNT(items)", "COUNT(items.price)",
    "MAX(items.price)", "ANY(flag)", "ALL(state.final)", "ANY(items.ready)", "ALL(items.ready where flag)",
    "JOIN(',', number sort -number)", "FIRST(total sort -day)", "LAST(number sort day)", "LIST(number)",
    "JOIN(',', items.name)",
    "JOIN(',', name from items sort -price)",
    "LIST(items.quantity sort -day, number)", "FIRST(items.due sort -number)", "ROUND(SUM(total) / COUNT(), 2) + limit",
    "IF(COUNT() > 10, MAX(total), 0)", "SUM(took)", "AVG(took)", "SUM(items.price) / SUM(items.quantity)", "SUM(double)",
    "SUM(customer.level)", "MAX(SUM(total), 0)", "SUM(total * rate)", "COUNT(customer)", "SUM(limit * total)",
    "MAX([1, limit])", "COUNT(where total > limit)", "MIN(total * rate)", "ANY(total > 100)",
]  # fmt: skip


@pytest.mark.parametrize("formula", MEASURES)
def test_a_measure_gives_each_group_its_value(formula: str, database: Database) -> None:
    typed = check(formula, MEASURE)
    table = database.table("order")
    with database.connect() as connection:
        env = database.world.env(None, Stored(database, connection))
        column = sql.measure(typed, database, env, table)
        groups = select(table.c.state, column).select_from(table).group_by(table.c.state)
        found = {row[0]: row[1] for row in connection.execute(groups)}
        none = connection.execute(select(column).select_from(table).where(table.c.id < 0)).scalar()
    for state, value in found.items():
        rows = [order for order in database.world.rows["order"] if order.values["state"] == state]
        assert plain(value) == plain(evaluate(typed, database.world.env(None, rows=rows)))
    if "[" not in formula:
        assert plain(none) == plain(evaluate(typed, database.world.env(None, rows=[])))


class Explain(Executable, ClauseElement):
    """How the database will execute a statement."""

    inherit_cache = False

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement


@compiles(Explain)
def _explained(element: Explain, compiler: Any, **given: Any) -> str:
    words = "EXPLAIN QUERY PLAN" if compiler.dialect.name == "sqlite" else "EXPLAIN"
    return f"{words} {compiler.process(element.statement, **given)}"


def plan(database: Database, formula: str, *indexed: str) -> str:
    """How the database finds the orders that fulfil a condition, with indexes on these columns of orders."""
    typed, table = check(formula, ORDER), database.table("order")
    with database.connect() as connection:
        for name in indexed:
            connection.execute(text(f'CREATE INDEX "by_{name}" ON "order" ("{name}")'))
        if database.dialect == "postgresql":
            # forty rows are read faster without an index; what is asked is whether it could be used
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        env = database.world.env(None, Stored(database, connection))
        statement = select(table.c.id).where(sql.condition(typed, database, env, table))
        found = " ".join(str(row) for row in connection.execute(Explain(statement)))
        for name in indexed:
            connection.execute(text(f'DROP INDEX "by_{name}"'))
        connection.rollback()
    return found


@pytest.mark.parametrize(
    ("formula", "column"),
    [
        ("total = 2.5", "total"), ("total > 100 and flag", "total"), ("total in [1, 2.5]", "total"),
        ("total <= limit * 2", "total"), ("total = null", "total"), ("note = 'a'", "note"), ("note >= 'a'", "note"),
        ("day > TODAY() - 30", "day"), ("made < NOW() - 30 * 1d", "made"), ("took > 4h", "took"),
        ("total = 1 and rate * rate * rate > 5", "total"), ("state in ['open']", "state"), ("state.final", "state"),
        ("customer = FIRST(from customer sort id)", "customer"), ("starts >= '09:00'", "starts"),
    ],
)  # fmt: skip
def test_a_condition_on_a_column_uses_its_index(formula: str, column: str, database: Database) -> None:
    found = plan(database, formula, column)
    assert f"by_{column}" in found, found


def test_a_number_of_a_record_is_found_by_its_key(database: Database) -> None:
    assert "PRIMARY KEY" in plan(database, "id = 3") or "order_pkey" in plan(database, "id = 3")


def test_lines_are_found_by_their_record(database: Database) -> None:
    assert "parent_id" in plan(database, "SUM(items.price) > 1")


def test_this_beside_the_rows_is_bound(database: Database) -> None:
    asking = database.world.rows["customer"][2]
    typed = check("customer = this and total > this.level - 1000000000000", WIDGET)
    table = database.table("order")
    with database.connect() as connection:
        env = database.world.env(asking, Stored(database, connection))
        found = set(connection.execute(select(table.c.id).where(sql.condition(typed, database, env, table))).scalars())
    orders = database.world.rows["order"]
    assert found == {o.id for o in orders if evaluate(typed, database.world.env(asking, row=o)) is True}
    assert found


def test_lines_at_hand_may_be_asked_by_a_query_over_a_form(database: Database) -> None:
    # the lines of `this` aren't stored, the orders are
    order = database.world.rows["order"][3]
    typed = check(
        "COUNT(from order where COUNT(from this.items where price > row2.total) > 0)".replace("row2", "order"), ORDER
    )
    with database.connect() as connection:
        stored = evaluate(typed, database.world.env(order, Stored(database, connection)))
    assert stored == evaluate(typed, database.world.env(order))
    assert stored > 0


def test_a_query_gives_rows_through_the_reader(database: Database) -> None:
    order = database.world.rows["order"][1]
    typed = check("LIST(from order where customer = this.customer sort -total)", ORDER)
    with database.connect() as connection:
        found = evaluate(typed, database.world.env(order, Stored(database, connection)))
    assert found == evaluate(typed, database.world.env(order))
    assert order in found


def test_a_computed_number_sorts_as_a_number(database: Database) -> None:
    table = database.table("order")
    with database.connect() as connection:
        env = database.world.env(None, Stored(database, connection))
        column = sql.scalar(check("total * rate - count", ORDER), database, env, table)
        found = list(
            connection.execute(select(column).select_from(table).order_by(sql.ordered(column, False))).scalars()
        )
        back = list(connection.execute(select(column).select_from(table).order_by(sql.ordered(column, True))).scalars())
    there = [value for value in found if value is not None]
    assert there == sorted(there)
    assert found[: len(found) - len(there)] == [None] * (len(found) - len(there))
    assert any(value < 0 for value in there) and isinstance(there[0], Decimal)
    assert back == found[::-1]


def test_a_refusal_within_sql_is_given_back(database: Database) -> None:
    typed = check("SUM(total * 100000000000000 from order)", ORDER)
    with database.connect() as connection, pytest.raises(Refused) as refused:
        evaluate(typed, database.world.env(database.world.rows["order"][0], Stored(database, connection)))
    assert refused.value.problems[0].code == "formula_overflow"


def test_without_a_reader_a_query_is_refused() -> None:
    world = World(1)
    env = world.env(world.rows["order"][0])
    typed = check("COUNT(from order)", ORDER)
    with pytest.raises(Refused) as refused:
        evaluate(typed, type(env)(env.variables, None, env.today, env.now, env.zone))
    assert refused.value.problems[0].code == "formula_needs_reader"


def test_the_same_expression_is_kept_once() -> None:
    one, other = check("total * 2", ORDER), check("total * 2", ORDER)
    assert keep(one.tree, (), "n") is keep(other.tree, (), "n")
    assert keep(one.tree, (), "n").id != keep(check("total * 3", ORDER).tree, (), "n").id


def test_nothing_that_was_typed_becomes_sql(database: Database) -> None:
    table = database.table("order")
    nasty = check("note = '''; DROP TABLE \"order\"; --' or CONTAINS(note, '\"')", ORDER)
    with database.connect() as connection:
        env = database.world.env(None, Stored(database, connection))
        statement = select(table.c.id).where(sql.condition(nasty, database, env, table))
        assert "DROP" not in str(statement.compile(connection))
        assert list(connection.execute(statement).scalars()) == []
        assert connection.execute(text('SELECT COUNT(*) FROM "order"')).scalar() == 40


def test_conditions_made_apart_keep_their_own_records_in_one_statement(database: Database) -> None:
    customers, table = database.world.rows["customer"], database.table("order")
    typed = check("customer = this", WIDGET)
    with database.connect() as connection:
        reader = Stored(database, connection)
        one, other = (
            sql.condition(typed, database, database.world.env(this, reader), table)
            for this in (customers[0], customers[1])
        )
        assert list(connection.execute(select(table.c.id).where(one, other)).scalars()) == []
        either = set(connection.execute(select(table.c.id).where(one | other)).scalars())
    orders = database.world.rows["order"]
    assert either == {o.id for o in orders if o.values["customer"] in customers[:2]}


def test_a_query_asked_again_for_another_record_answers_for_that_one(database: Database) -> None:
    typed = check(
        "SUM(total from order where customer = this.customer and total > this.rate and day <= this.day)", ORDER
    )
    with database.connect() as connection:
        reader = Stored(database, connection)
        for _ in range(2):
            for order in database.world.rows["order"]:
                assert evaluate(typed, database.world.env(order, reader)) == evaluate(typed, database.world.env(order))


@pytest.mark.parametrize(
    "formula",
    ["TEXT(made, 'd HH') = '29 00'", "INROLE(owner, 'sales')", "COUNT(from this.items where price > total) > 0"],
)
def test_a_condition_outlives_the_environment_it_was_made_in(formula: str, database: Database) -> None:
    scope = Scope(
        SHAPES, this="order" if "this" in formula else None, bare="order", variables={"owner": record("person")}
    )
    formula = formula.replace("> total", "> order.total")
    this = database.world.rows["order"][3]
    typed, table = check(formula, scope), database.table("order")
    with database.connect() as connection:
        for _ in range(2):
            owner = database.world.rows["person"][0]
            env = database.world.env(this, Stored(database, connection), owner=owner)
            condition = sql.condition(typed, database, env, table)
            del env
            gc.collect()
            found = set(connection.execute(select(table.c.id).where(condition)).scalars())
    orders = database.world.rows["order"]
    assert found == {o.id for o in orders if evaluate(typed, database.world.env(this, row=o, owner=owner)) is True}
    assert found
