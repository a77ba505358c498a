"""Functions that only the engine can answer (who heads a department, what a kept formula gives), within statements of PostgreSQL.

Their arguments can have only so many values: all records of a shape, or what an argument gives for the rows at hand. The
reader answers for each of them, on the statement's own connection and so at the same moment, and the answers are bound as a
table of the statement.
"""

from __future__ import annotations

from datetime import date, time
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, literal
from sqlalchemy.dialects.postgresql import JSONB

from engine.expressions import python
from engine.expressions.postgres_values import fl, from_json, raw
from engine.expressions.sql_terms import Cell, Frames
from engine.expressions.tree import Call, Node, Query, Source, Step, Var
from engine.expressions.types import Env, list_of, record
from engine.expressions.walk import everything, free
from engine.expressions.wire import token_of


def answered(compiler: Any, node: Call, frames: Frames) -> ColumnElement[Any]:
    """The call as a look-up of what the reader answers for all that its arguments may be."""
    env, token = compiler.env, token_of(node.type)
    compiler.known.single = True
    answers: dict[str, Any] = {}
    for arguments in product(*(_candidates(arg, frames, env) for arg in node.args)):
        if any(argument is None for argument in arguments):
            continue
        found = python.reader_of(env).call(node.function, list(arguments))
        answers[_key(arguments, node)] = _plain(raw(found, token))
    cells = [compiler.value(arg, frames) for arg in node.args]
    key = func.concat_ws("\x1f", *(_text(cell) for cell in cells))
    return from_json(literal(answers, JSONB()).op("->")(key), token)


def _candidates(node: Node, frames: Frames, env: Env) -> list[Any]:
    """All values that an argument may have."""
    rows = free(node) & frames.rows.keys()
    if not rows:
        return [python.compile(node)(env)]
    if node.type.kind == "record":
        return _records(node.type.shape or "", env)
    shapes = {
        part.name: part.type.shape or "" for part in everything(node) if isinstance(part, Var) and part.name in rows
    }
    found: dict[str, Any] = {}
    for each in product(*(_records(shape, env) for shape in shapes.values())):
        value = python.compile(node)(env.having(**dict(zip(shapes, each, strict=True))))
        found[repr(value)] = value
    return list(found.values())


def _records(shape: str, env: Env) -> list[Any]:
    all_of = Source(list_of(record(shape)), 0, shape)
    return python.reader_of(env).select(Query(all_of.type, 0, (Step(all_of, "every"),), None, (), None), env)


def _plain(value: Any) -> Any:
    """An answer as JSON, which is read by its text."""
    if value is None or isinstance(value, bool | int | str | list):
        return value
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _key(arguments: tuple[Any, ...], node: Call) -> str:
    return "\x1f".join(_word(value, arg) for value, arg in zip(arguments, node.args, strict=True))


def _word(value: Any, node: Node) -> str:
    found = raw(value, token_of(node.type))
    return format(found.normalize(), "f") if node.type.kind == "number" else str(found)


def _text(cell: Cell) -> ColumnElement[Any]:
    """As `_word` writes it; NULL for null, whose key is shorter than any."""
    return fl.number_text(cell.column) if cell.token == "n" else cast(cell.column, Text)
