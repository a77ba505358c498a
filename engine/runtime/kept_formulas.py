"""Formulas that people keep in records: read like those of definitions, whenever `EVAL` runs one.

Why: a definition changes and the formulas in records don't. So none is trusted because it was right once: each is read anew in
each unit of work, and one that doesn't fit any more is told instead of giving nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.definitions.shapes import PERSON, SETTINGS
from engine.expressions.check import check
from engine.expressions.tree import Typed
from engine.expressions.types import Scope, Shape, Type, record
from engine.problems import Refused, problem
from engine.problems.record import FORMULA_UNFIT
from engine.texts import LANGUAGES, Text

SHOWN = 80
"""How much of a formula a problem shows."""


def read(shapes: Mapping[str, Shape], value: str, about: str, gives: Type) -> Typed:
    """The formula in a text, over a record of the shape `about`. Refused with all that is wrong in it."""
    variables = {"user": record(PERSON), "settings": record(SETTINGS)}
    return check(value, Scope(shapes, this=about, variables=variables), gives)


def fitting(shapes: Mapping[str, Shape], known: dict[Any, Any], value: str, about: str, gives: str) -> Typed:
    """The formula that is run; `known` keeps those that were read. Refused when it doesn't fit the definitions any more."""
    key = (value, about, gives)
    if key not in known:
        try:
            known[key] = read(shapes, value, about, Type(gives))
        except Refused as refused:
            why = Text({language: refused.problems[0].message(language) for language in LANGUAGES})
            raise Refused(problem(FORMULA_UNFIT, formula=value[:SHOWN], why=why)) from None
    found: Typed = known[key]
    return found
