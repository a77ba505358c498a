"""What a record (or line) of a source brings to a computed form: to which of its rows, and how much of each of its terms."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from engine.definitions.model import Form, Source, Term
from engine.expressions import numbers
from engine.expressions.python import runner
from engine.expressions.types import Env
from engine.runtime.compute import kept_as, plain
from engine.runtime.record import Record
from engine.runtime.work import Work

Key = tuple[Any, ...]

ONE = Decimal(1)


class Share(NamedTuple):
    """What one row of a source brings, and to which key: an amount for each term."""

    key: Key
    amounts: tuple[Decimal, ...]


class Shares:
    """What rows of one source bring to a computed form, in one unit of work."""

    def __init__(self, work: Work, form: Form, source: Source) -> None:
        assert form.computed is not None
        self._env, self._variables = work.passing()
        self._where = runner(source.where) if source.where is not None else None
        needed = frozenset(form.computed.keys) - form.computed.blank
        self._by = [(form.fields[name], runner(by), name in needed) for name, by in source.by.items()]
        self._terms = [_term(term, source) for term in form.computed.terms]

    def of(self, record: Record) -> Share | None:
        """What a record brings; None: nothing, since it isn't among the source's or a key field is empty that may not be."""
        env = self._env
        self._variables["row"] = record
        if self._where is not None and not self._where(env):
            return None
        key = []
        for found, by, needed in self._by:
            value = kept_as(found, plain(by(env)))
            if value is None and needed:
                return None
            key.append(value)
        return Share(tuple(key), tuple([amount(env) for amount in self._terms]))


def _term(term: Term, source: Source) -> Callable[[Env], Decimal]:
    if term.source != source.name:
        return lambda env: numbers.ZERO
    tests = [runner(test) for test in term.conditions]
    value = runner(term.value) if term.value is not None else None
    counts = term.function == "COUNT"

    def amount(env: Env) -> Decimal:
        for test in tests:
            if not test(env):
                return numbers.ZERO
        if value is None:
            return ONE
        given = value(env)
        if given is None:
            return numbers.ZERO
        return ONE if counts else Decimal(given)

    return amount
