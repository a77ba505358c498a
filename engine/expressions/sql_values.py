"""Values and conditions in SQL, whatever the database: and/or/not, comparisons and `in` are native, so that indexes are used;
what doesn't depend on the rows is computed beforehand and bound. How all else is computed is a database's own way
(`sqlite.py`, `postgres.py`). No SQL is ever made of text that somebody typed.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Null, and_, case, false, or_, select, true

from engine.expressions import python
from engine.expressions.refusing import may_refuse
from engine.expressions.sql_lists import Lists
from engine.expressions.sql_terms import CLOCKS, Cell, Frames
from engine.expressions.tree import Aggregate, Get, Node, Op, Pick, Query, Source, Var, Within
from engine.expressions.walk import free, reads_forms
from engine.expressions.wire import token_of
from engine.problems import Refused

FLIPPED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Compiler(Lists):
    """Compiles the parts of a formula for one environment."""

    certain = False
    """Whether a computed condition is never NULL."""

    @abstractmethod
    def bind(self, value: Any, token: str) -> Cell:
        """A value that is known now."""

    @abstractmethod
    def column(self, node: Get, shape: str, table: Any) -> Cell:
        """A column as it is kept."""

    @abstractmethod
    def computed(self, node: Node, frames: Frames) -> Cell:
        """What is neither a column nor a list nor known beforehand."""

    @abstractmethod
    def flag(self, test: ColumnElement[bool]) -> Cell:
        """A condition as a value."""

    @abstractmethod
    def is_true(self, cell: Cell, positive: bool) -> ColumnElement[bool]:
        """A flag as a condition."""

    @abstractmethod
    def comparable(self, node: Node, frames: Frames) -> bool:
        """Whether its expression compares as its value does."""

    @abstractmethod
    def alike(self, one: Cell, other: Cell) -> bool:
        """Whether expressions so encoded can be compared with one another."""

    @abstractmethod
    def with_constant(self, op: str, cell: Cell, value: Any, positive: bool) -> ColumnElement[bool]:
        """An expression compared with a value that is known now and isn't None."""

    @abstractmethod
    def one_of(self, cell: Cell, values: list[Any], positive: bool) -> ColumnElement[bool]:
        """IN over known values; null is found by null."""

    @abstractmethod
    def sure(self, test: ColumnElement[bool], positive: bool) -> ColumnElement[bool]:
        """The condition, never NULL unless `positive`."""

    # -- values --------------------------------------------------------------------------------------------------------

    def fixed(self, node: Node, frames: Frames) -> bool:
        """Whether it doesn't depend on the rows read, so that Python can compute it beforehand."""
        if free(node) & frames.rows.keys():
            return False
        return (self.env.reader is not None or not reads_forms(node)) and not self.refused(node)

    def refused(self, node: Node) -> bool:
        """Whether computing it now refuses: then it is left to the statement, which may never come to it."""
        if not may_refuse(node):
            return False
        try:
            python.compile(node)(self.env)
        except Refused:
            self.known.single = True
            return True
        return False

    def value(self, node: Node, frames: Frames) -> Cell:
        """A node as a SQL expression."""
        if self.fixed(node, frames):
            pointer = self.known.pointer(node)
            if pointer is not None:
                return Cell(pointer, token_of(node.type))
            return self.bind(self.known.value(node), token_of(node.type))
        if node.type.kind == "boolean":
            return self.flag(self.test(node, frames, False))
        match node:
            case Var() if node.name in frames.rows:
                return Cell(frames.rows[node.name].c.id, token_of(node.type))
            case Get() if self.native(node, frames):
                return self.member(node, frames)
            case Within() if self.native(node, frames):
                return self.within(node, frames)
            case Query() if self.native(node, frames):
                return self.listed(node, frames)
            case Aggregate() if self.native(node, frames):
                return self.aggregate(node, frames)
        return self.computed(node, frames)

    def native(self, node: Node, frames: Frames) -> bool:
        """Whether a member or a list is read by SQL, and not from rows at hand."""
        match node:
            case Var():
                return node.name in frames.rows
            case Get() if node.of.type.kind == "location":
                return False
            case Get() | Within():
                return self.native(node.of, frames) or (
                    not isinstance(node.of, Var | Get) and bool(free(node.of) & frames.rows.keys())
                )
            case Query():
                first = node.steps[0].source
                return isinstance(first, Source) or self.native(first, frames)
            case Aggregate():
                return isinstance(node.list, Query) and self.native(node.list, frames)
        return False

    def member(self, node: Get, frames: Frames) -> Cell:
        """A stored member of a row, or of a record that a row refers to (then a sub-select)."""
        shape = node.of.type.shape or ""
        if isinstance(node.of, Var):
            return self.column(node, shape, frames.rows[node.of.name])
        table = self.tables.table(shape).alias()
        cell = self.column(node, shape, table)
        found = select(cell.column).select_from(table).where(self.owned(node.of, table, frames))
        return Cell(self.bound(found, frames).scalar_subquery(), cell.token)

    def owned(self, node: Node, table: FromClause, frames: Frames) -> ColumnElement[bool]:
        """Which row of the table a record is; a clock is that of its form, its record and its name."""
        if isinstance(node, Get) and isinstance(node.of, Var) and node.of.name == CLOCKS:
            form = (node.of.type.shape or "").partition(":")[2]
            record = frames.rows[CLOCKS].c.id
            return and_(table.c.form == form, table.c.record == record, table.c.name == node.name)
        return table.c.id == self.value(node, frames).column

    def within(self, node: Within, frames: Frames) -> Cell:
        """The formula of a member, with its record as the only row in view."""
        if isinstance(node.of, Var):
            return self.value(node.body.tree, frames.only("this", frames.rows[node.of.name]))
        owner = self.value(node.of, frames).column
        table = self.tables.table(node.of.type.shape or "").alias()
        cell = self.value(node.body.tree, frames.only("this", table))
        found = self.bound(select(cell.column).select_from(table).where(table.c.id == owner), frames)
        return Cell(found.scalar_subquery(), cell.token)

    def ids(self, node: Node) -> list[int]:
        """The ids of a list of stored rows that doesn't depend on the rows read."""
        self.known.single = True
        rows = python.compile(node)(self.env)
        return [row.id for row in rows if row is not None and row.id is not None]

    # -- conditions ----------------------------------------------------------------------------------------------------

    def test(self, node: Node, frames: Frames, positive: bool) -> ColumnElement[bool]:
        """A condition; where `positive`, NULL may stand for false."""
        if self.fixed(node, frames):
            return true() if self.known.value(node) else false()
        match node:
            case Op(op="and" | "or"):
                return self.joined(node, frames, positive)
            case Op(op="not"):
                return ~self.truth(self.test(node.args[0], frames, False))
            case Op(op="in"):
                return self.among(node, frames, positive)
            case Op():
                return self.compared(node, frames, positive)
            case Pick() if self.comparable(node.of, frames):
                names = [name for name, held in node.names if held is True]
                return self.one_of(self.value(node.of, frames), list(names), positive)
            case Aggregate(function="ANY" | "ALL") if self.native(node, frames):
                return self.any_or_all(node, frames)
            case Within() if isinstance(node.of, Var) and self.native(node, frames):
                return self.test(node.body.tree, frames.only("this", frames.rows[node.of.name]), positive)
            case Get() if self.native(node, frames):
                return self.is_true(self.member(node, frames), positive)
            case Within() if self.native(node, frames):
                return self.is_true(self.within(node, frames), positive)
            case Aggregate() if self.native(node, frames):
                return self.is_true(self.aggregate(node, frames), positive)
        return self.is_true(self.computed(node, frames), positive or self.certain)

    def joined(self, node: Op, frames: Frames, positive: bool) -> ColumnElement[bool]:
        """`and`, `or`. A right side that may refuse is computed only where the left one leaves it to be decided; the left
        side of `and` still stands by itself, so that its index is used."""
        left, right = node.args
        if not may_refuse(right):
            sides = [self.test(side, frames, positive) for side in (left, right)]
            return and_(*sides) if node.op == "and" else or_(*sides)
        first, second = self.test(left, frames, positive), self.test(right, frames, False)
        if node.op == "or":
            return case((first, true()), else_=second)
        guarded = case((first, second), else_=false())
        return and_(first, guarded) if positive and not may_refuse(left) else guarded

    def compared(self, node: Op, frames: Frames, positive: bool) -> ColumnElement[bool]:
        """`= != < <= > >=`: native where both sides are comparable, else computed."""
        left, right = node.args
        op = node.op
        if self.fixed(left, frames):
            left, right, op = right, left, FLIPPED[op]
        if not self.comparable(left, frames):
            return self.is_true(self.computed(node, frames), positive or self.certain)
        if "boolean" in (left.type.kind, right.type.kind):
            same = self.truth(self.test(left, frames, False)) == self.truth(self.test(right, frames, False))
            return same if op == "=" else ~same
        if self.fixed(right, frames):
            cell, pointer = self.value(left, frames), self.known.pointer(right)
            if pointer is not None:
                return self.native_compare(op, cell.column, pointer, positive, known=True)
            value = self.known.value(right)
            if value is None:
                return cell.column.is_(None) if op == "=" else cell.column.is_not(None) if op == "!=" else false()
            return self.with_constant(op, cell, value, positive)
        if not self.comparable(right, frames):
            return self.is_true(self.computed(node, frames), positive or self.certain)
        cells = self.value(left, frames), self.value(right, frames)
        if not self.alike(*cells):
            return self.is_true(self.computed(node, frames), positive or self.certain)
        return self.native_compare(op, cells[0].column, cells[1].column, positive)

    def native_compare(
        self, op: str, left: ColumnElement[Any], right: ColumnElement[Any], positive: bool, *, known: bool = False
    ) -> ColumnElement[bool]:
        """A comparison of two expressions, null-safe; `known`: the right side isn't null."""
        if op == "=":
            return left == right if known and positive else left.is_not_distinct_from(right)
        if op == "!=":
            return left.is_distinct_from(right)
        if isinstance(left, Null) or isinstance(right, Null):
            return false()
        found = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[op]
        return self.sure(found, positive)

    # -- in ------------------------------------------------------------------------------------------------------------

    def among(self, node: Op, frames: Frames, positive: bool) -> ColumnElement[bool]:
        """`x in list`: IN for known values, EXISTS for a query, else computed."""
        given, many = node.args
        if given.type.kind == "boolean" or not (self.comparable(given, frames) or self.fixed(given, frames)):
            return self.is_true(self.computed(node, frames), positive or self.certain)
        if self.fixed(many, frames):
            return self.one_of(self.value(given, frames), self.known.value(many), positive)
        query = many.list if isinstance(many, Aggregate) else many
        if isinstance(query, Query) and self.native(query, frames):
            cell = self.value(given, frames)
            found = self.each(query, self.rows(query, frames))
            if self.alike(found, cell):
                return self.holds(query, frames, cell.column, isinstance(many, Aggregate))
        return self.is_true(self.computed(node, frames), positive or self.certain)
