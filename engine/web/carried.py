"""Long lists of lines: a page draws few of them as inputs; the others travel along as one compact JSON.

    items.rows = {"columns": ["id", "product", "quantity"], "rows": [null, null, [18, 7, "2.5"], …]}

Why: a thousand rows of controls are more than a browser, a phone or a form parser bears. A row's place in `rows` is its
number; null says that it stands among the inputs. The browser's script draws from it what comes into view, and fills it
in again when the form is sent; without scripts it is posted as it came, and the page turns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.definitions.model import FormField
from engine.problems import Refused, problem
from engine.problems.value import NOT_LINES

FEW = 50
"""So many lines are drawn at once, if there aren't more."""

DRAWN = 30
"""So many are drawn of a longer list."""

PART = "rows"
"""What stands behind the list's name: `items.rows`."""

FLAT = frozenset({"text", "number", "boolean", "date", "instant", "choice", "choices", "record"})
"""Kinds of values that the script can draw from JSON; a list with any other column is drawn as a whole."""


@dataclass(frozen=True)
class Carried:
    """What a list carries along. `columns` are those that may be filled; `rows` in order, None for what is drawn;
    `start` is the first number drawn, `count` how many lines there are.

    `faults` say what is wrong in rows that aren't drawn: number -> {"columns": […], "raw": […], "words": "…"}, where
    `raw` names the columns whose value stands as it was typed. `titles` are what chosen values are called: column ->
    {value: words}.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...] | None, ...]
    start: int
    count: int
    faults: Mapping[int, Mapping[str, Any]]
    titles: Mapping[str, Mapping[str, str]]

    def json(self) -> dict[str, Any]:
        """As the page posts it."""
        return {"columns": ["id", *self.columns], "rows": self.rows}

    @property
    def before(self) -> int | None:
        """Where the page before begins; None on the first."""
        return max(0, self.start - DRAWN) if self.start else None

    @property
    def after(self) -> int | None:
        """Where the next page begins; None on the last."""
        return self.start + DRAWN if self.start + DRAWN < self.count else None


def long(columns: Iterable[FormField], count: int) -> bool:
    """Whether a list of so many lines is carried."""
    return count > FEW and all(c.field.kind in FLAT for c in columns)


def rows_of(given: str, found: FormField, path: str) -> dict[int, dict[str, Any]]:
    """The carried rows by number: their `id` and raw values. Raises Refused when it isn't what a page sends: a list that
    can't be read must not be taken for an emptied one."""
    try:
        sent = json.loads(given)
        columns, rows = sent["columns"], sent["rows"]
        return {i: _row(columns, row, found) for i, row in enumerate(rows) if row is not None}
    except (ValueError, TypeError, KeyError):
        raise Refused(problem(NOT_LINES, field=path, title=found.title)) from None


def _row(columns: Sequence[str], row: Sequence[Any], found: FormField) -> dict[str, Any]:
    given = dict(zip(columns, row, strict=True))
    return {n: v for n, v in given.items() if n in found.columns or (n == "id" and v)}
