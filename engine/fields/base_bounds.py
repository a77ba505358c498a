"""What types with a least and a greatest value have in common: numbers, days, times of day, lengths of time."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pydantic import Field as Key

from engine.fields.base import (
    AT_LEAST,
    AT_MOST,
    EMPTY,
    EQUALS,
    EQUALS_NOT,
    FILLED,
    Field,
    Misdeclared,
    Operator,
    Place,
    Reader,
    Value,
    refuse,
    short,
)
from engine.problems import Refused, problem
from engine.problems import value as wrong
from engine.problems.record import TOO_LARGE, TOO_SMALL
from engine.texts import same


class Bounded(Field):
    """A field with `min` and `max`; `read` is all that a type must say beyond its interface."""

    min: Value = Key(None, description="At least: a value, or a formula after = / 最小值")
    max: Value = Key(None, description="At most: a value, or a formula after = / 最大值")

    def model_post_init(self, context: Any) -> None:
        """Read the limits that are plain values. Raises Misdeclared."""
        low, high = self._bounds
        if low is not None and high is not None and low > high:
            raise Misdeclared(problem(wrong.BAD_RANGE, low="min", high="max"))

    @cached_property
    def _bounds(self) -> tuple[Any, Any]:
        return self._bound("min", self.min), self._bound("max", self.max)

    def read(self, raw: Any, at: Place) -> Any:
        """What was typed or sent -> the value, None when empty. Raises Refused."""
        raise NotImplementedError(self.name)

    def parse(self, raw: Any, at: Place) -> Any:
        """The value, within the limits that are plain."""
        value = self.read(raw, at)
        low, high = self._bounds
        if value is not None and low is not None and value < low:
            refuse(TOO_SMALL, at, limit=self.grouped(low))
        if value is not None and high is not None and value > high:
            refuse(TOO_LARGE, at, limit=self.grouped(high))
        return value

    def grouped(self, value: Any) -> str:
        """The value for people, in a sentence."""
        return self.written(value)

    def written(self, value: Any) -> str:
        """The value as it is typed."""
        raise NotImplementedError(self.name)

    def cell(self, value: Any, reader: Reader) -> str:
        """As it is typed."""
        return "" if value is None else self.written(value)

    def limits(self) -> Mapping[str, Any]:
        """`min` and `max`, where declared."""
        return {key: given for key in ("min", "max") if (given := getattr(self, key)) is not None}

    def bounded(self, made: dict[str, Any]) -> dict[str, Any]:
        """A schema with its limits, which JSON Schema knows for numbers only."""
        return made | {
            key: self.to_json(bound)
            for key, bound in zip(("x-minimum", "x-maximum"), self._bounds, strict=True)
            if bound is not None
        }

    def operators(self) -> tuple[Operator, ...]:
        """Order first."""
        return (AT_LEAST, AT_MOST, EQUALS, EQUALS_NOT, EMPTY, FILLED)

    def _bound(self, key: str, given: Any) -> Any:
        if given is None or (isinstance(given, str) and given.lstrip().startswith("=")):
            return None
        try:
            return self.read(given, Place(key, same(key)))
        except Refused as refused:
            raise Misdeclared(problem(wrong.BAD_LIMIT, key=key, given=short(given))) from refused
