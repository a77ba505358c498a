"""What a unit of work remembers of records: how they were stored, and what happened to them.

Why: history and whatever depends on a record are told from the same before and after.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.runtime.causes import Cause
from engine.texts import Text


@dataclass
class Kept:
    """What is known of a record's stored form: `values` as stored (lines as id -> values), what happened to it in this
    work, for its history row. `definition`: the version (`Form.digest`) that its stored formulas are right by; empty: they
    may not be."""

    values: dict[str, Any]
    lines: dict[str, dict[int, dict[str, Any]]]
    title: str = ""
    definition: str = ""


@dataclass
class Image:
    """What a record was when automations last looked, or before they could; `lines` only of lists that were touched since;
    not `there`: it was none."""

    values: dict[str, Any]
    lines: dict[str, dict[int, dict[str, Any]]]
    there: bool


@dataclass
class Happened:
    """What one record went through in this work; becomes one row of history.

    `before` are its values and `lines` its lines (list -> id -> values) as they were; empty for a new record.
    `confirmed`: the warnings that the person has taken note of. `task`: the task it was done in, `acting_for` who should
    have done it, `people` whom it was handed to. `causes`: what in the definitions took part, each with the fields it gave
    values to. `signature`: the picture that they signed with, as a file.
    """

    action: str
    transition: str | None = None
    from_state: str | None = None
    opinion: str | None = None
    before: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)
    confirmed: list[Text] = field(default_factory=list)
    task: str | None = None
    acting_for: int | None = None
    people: list[int] | None = None
    causes: dict[Cause, set[str]] = field(default_factory=dict)
    signature: int | None = None
