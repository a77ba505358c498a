"""The SQL executors' way in: conditions, values, queries and measures over stored records, on SQLite and on PostgreSQL.

Storage gives the tables (`Tables`), which say the dialect. It calls `install` for each new connection of SQLite, and
`install_postgres` once for a database of PostgreSQL. In a formula about the rows of a table, the variable `row` is the row
(`this`, if the formula has no `row` and nobody else is `this`). Statements are to be executed on the connection of the
environment's reader, since functions may ask it.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, nulls_first, nulls_last
from sqlalchemy import select as select_
from sqlalchemy.exc import DBAPIError

from engine.expressions.postgres import PostgresCompiler
from engine.expressions.postgres_functions import install as install_postgres
from engine.expressions.postgres_functions import refusal as refusal_of_postgres
from engine.expressions.refusing import may_refuse
from engine.expressions.sql_kept import statement_for
from engine.expressions.sql_terms import CLOCKS, Cell, Frames, Known, Tables
from engine.expressions.sql_values import Compiler
from engine.expressions.sqlite import SqliteCompiler
from engine.expressions.sqlite_functions import install
from engine.expressions.sqlite_functions import refusal as refusal_of_sqlite
from engine.expressions.tree import Aggregate, Node, Query, Typed, Var
from engine.expressions.types import Env
from engine.expressions.walk import free, rebuild
from engine.expressions.wire import Ref
from engine.problems import Refused

__all__ = [
    "Tables",
    "aggregate",
    "aggregate_statement",
    "condition",
    "install",
    "install_postgres",
    "measure",
    "ordered",
    "refusal",
    "scalar",
    "select",
    "select_rows",
]

COMPILERS: dict[str, type[Compiler]] = {"sqlite": SqliteCompiler, "postgresql": PostgresCompiler}
"""Dialect -> its way."""


def compiler_for(tables: Tables, env: Env, *, kept: bool = False) -> Compiler:
    """What compiles formulas for these tables; `kept`: into statements that are used again."""
    return COMPILERS[tables.dialect](tables, env, kept=kept)


def condition(typed: Typed, tables: Tables, env: Env, row_table: FromClause) -> ColumnElement[bool]:
    """A condition for WHERE over the rows of `row_table`."""
    return compiler_for(tables, env).test(typed.tree, _frames(typed.tree, env, row_table), True)


def scalar(typed: Typed, tables: Tables, env: Env, row_table: FromClause) -> ColumnElement[Any]:
    """A value for each row of `row_table`: to be selected, grouped or sorted by. A selected result comes as the value it
    is (Decimal, date, …), a record as its id, null as None."""
    compiler = compiler_for(tables, env)
    return compiler.result(compiler.value(typed.tree, _frames(typed.tree, env, row_table)))


def measure(typed: Typed, tables: Tables, env: Env, row_table: FromClause) -> ColumnElement[Any]:
    """A measure (checked with `Scope.measure`) as an aggregate over the rows of `row_table`, to be selected beside GROUP BY.
    Results as in `scalar`."""
    compiler = compiler_for(tables, env)
    cells: list[Cell] = []

    def replaced(node: Node) -> Node:
        if isinstance(node, Aggregate) and "rows" in free(node):
            cells.append(compiler.grouped(node, row_table))
            return Var(node.type, 0, f"${len(cells) - 1}")
        if not free(node) or "rows" not in free(node):
            return fixed(node)
        return rebuild(node, replaced)

    def fixed(node: Node) -> Node:
        if node.type.kind in ("list", "record"):
            return node
        cells.append(compiler.value(node, Frames({}, ())))
        return Var(node.type, 0, f"${len(cells) - 1}")

    tree = replaced(typed.tree)
    if isinstance(tree, Var) and len(cells) == 1:
        return compiler.result(cells[0])
    return compiler.result(compiler.combined(tree, cells))


def select_rows(query: Query, tables: Tables, env: Env) -> Select[Any]:
    """The statement of a query over stored records, with one column: its value, or the id of the row."""
    return compiler_for(tables, env).statement(query, Frames({}, ()))[0]


def aggregate_statement(call: Aggregate, tables: Tables, env: Env) -> Select[Any]:
    """The statement of a list function over stored records, with one column and one row."""
    compiler = compiler_for(tables, env)
    return select_(compiler.result(compiler.aggregate(call, Frames({}, ()))))


def select(connection: Connection, query: Query, tables: Tables, env: Env) -> list[Any]:
    """What a query gives, in order: values, or rows from the environment's reader."""

    def make() -> tuple[Select[Any], Known]:
        compiler = compiler_for(tables, env, kept=True)
        return compiler.statement(query, Frames({}, ()))[0], compiler.known

    statement, parameters = statement_for(query, tables, env, make)
    found = _executed(connection, query, statement, parameters).scalars().all()
    return _rows(list(found), query, env)


def aggregate(connection: Connection, call: Aggregate, tables: Tables, env: Env) -> Any:
    """The value of a list function over a query; a record comes from the environment's reader."""

    def make() -> tuple[Select[Any], Known]:
        compiler = compiler_for(tables, env, kept=True)
        return select_(compiler.result(compiler.aggregate(call, Frames({}, ())))), compiler.known

    statement, parameters = statement_for(call, tables, env, make)
    found = _executed(connection, call, statement, parameters).scalar_one()
    if call.type.kind == "list":
        return _rows([one.id if isinstance(one, Ref) else one for one in found], call, env)
    return _rows([found], call, env)[0]


def ordered(column: ColumnElement[Any], descending: bool) -> ColumnElement[Any]:
    """A term of ORDER BY: nulls are the smallest, on every database."""
    found: ColumnElement[Any] = nulls_last(column.desc()) if descending else nulls_first(column.asc())
    return found


def _rows(found: list[Any], node: Query | Aggregate, env: Env) -> list[Any]:
    """Ids of records as rows from the environment's reader; other values as they are."""
    kind = node.type if node.type.kind == "record" else node.type.of
    if kind is None or kind.kind != "record" or env.reader is None:
        return found
    shape = kind.shape or ""
    return [None if id is None else env.reader.row(shape, id) for id in found]


def _executed(connection: Connection, node: Node, statement: Select[Any], parameters: dict[str, int]) -> Any:
    """On PostgreSQL a statement that fails ends the transaction: one that may refuse is done apart, so that who can do
    without its value goes on, as on SQLite."""
    alone = connection.dialect.name == "postgresql" and may_refuse(node)
    try:
        with connection.begin_nested() if alone else nullcontext():
            return connection.execute(statement, parameters)
    except DBAPIError as error:
        refused = refusal(error)
        if refused is None:
            raise
        raise refused from error


def refusal(error: DBAPIError) -> Refused | None:
    """Why a statement of this thread failed inside a formula; None when it was something else."""
    return refusal_of_postgres(error) or refusal_of_sqlite()


def _frames(tree: Node, env: Env, table: FromClause) -> Frames:
    """The row that a formula is about, as `row`, or as `this` where nobody else is; and as what has its clocks."""
    found, needed = _row(tree, env, table), free(tree)
    if CLOCKS in needed and env.variables.get(CLOCKS) is None and "parent_id" not in table.c:
        return Frames({**found.rows, CLOCKS: table}, found.around)
    return found


def _row(tree: Node, env: Env, table: FromClause) -> Frames:
    needed = free(tree)
    if "row" not in needed and "this" in needed and env.variables.get("this") is None:
        return Frames({"this": table}, (table,))
    return Frames({"row": table}, (table,))
