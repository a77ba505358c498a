"""Statements made once and used again: most of a stored formula's cost is making its statement, not running it.

Why: a contract's open quantity is asked for with each of its lines, every time with another line's id. A statement that
only points at records is kept with the ids as parameters; one that was made for certain values serves as long as they
are the same. What the environment itself is lent to is never kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy import Select

from engine.expressions import python
from engine.expressions.sql_terms import Known, Tables, pointed
from engine.expressions.sqlite_functions import Expression
from engine.expressions.tree import Node
from engine.expressions.types import Env

MOST = 4000
"""How many nodes' statements are kept."""

EACH = 6
"""How many statements one node may have, for different values it relies on."""


@dataclass(frozen=True)
class Kept:
    """A statement, what its parameters point at, the values it was made for, and what keeps its functions' expressions."""

    statement: Select[Any]
    pointers: tuple[tuple[str, Node], ...]
    relied: tuple[tuple[Node, Any], ...]
    expressions: tuple[Expression, ...]

    def parameters(self, env: Env) -> dict[str, int] | None:
        """The parameters in this environment; None when the statement doesn't fit it."""
        for node, value in self.relied:
            now = python.compile(node)(env)
            if now != value or type(now) is not type(value):
                return None
        found: dict[str, int] = {}
        for name, node in self.pointers:
            record = python.compile(node)(env)
            if record is None:
                return None
            found[name] = pointed(record)
        return found


_kept: OrderedDict[tuple[int, int], tuple[Node, Tables, list[Kept]]] = OrderedDict()
_lock = Lock()


def statement_for(
    node: Node, tables: Tables, env: Env, make: Callable[[], tuple[Select[Any], Known]]
) -> tuple[Select[Any], dict[str, int]]:
    """The statement of a node over these tables with its parameters: one that is kept, else one made now."""
    key = (id(node), id(tables))
    found = _kept.get(key)
    for kept in found[2] if found is not None else ():
        parameters = kept.parameters(env)
        if parameters is not None:
            return kept.statement, parameters
    statement, known = make()
    if not known.single:
        made = Kept(statement, tuple(known.pointers.items()), tuple(known.relied), tuple(known.expressions))
        with _lock:
            _, _, all_of_node = _kept.setdefault(key, (node, tables, []))
            all_of_node[:] = [*all_of_node[-EACH + 1 :], made]
            if len(_kept) > MOST:
                _kept.popitem(last=False)
    return statement, {}
