"""What verbs take and give: frozen, named values that pages, API and CLI share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.definitions.model import ADMIN, Form, FormField, Transition
from engine.expressions.pointing import written
from engine.expressions.tree import Typed
from engine.problems import Problem
from engine.runtime.causes import Caused
from engine.runtime.record import Record
from engine.texts import Text

DEMO = "demo"
"""The channel of what is only made up: nobody outside hears of it."""


class _Any(tuple[str, ...]):
    """Every warning counts as confirmed: there is nobody to ask."""

    def __contains__(self, key: object) -> bool:
        return True


ANY = _Any()


@dataclass(frozen=True)
class Actor:
    """Who acts. `id` None: the engine itself (clocks, demo). `roles` hold their roles and `everyone`.

    `channel`: `browser api import cli demo`.
    """

    id: int | None
    name: str
    login: str
    roles: frozenset[str]
    department: int | None = None
    language: str = "zh"
    channel: str = "browser"

    @property
    def admin(self) -> bool:
        """Administrators may do everything that access sets could allow."""
        return ADMIN in self.roles


@dataclass(frozen=True)
class Rights:
    """What an actor may do with one record: `can` (view, edit, …), fields `hidden` from them, fields they can't
    change."""

    can: frozenset[str]
    hidden: frozenset[str]
    readonly: frozenset[str]


@dataclass(frozen=True)
class Accepted:
    """Done. `record` as it is now; `open` is the record the person's page goes to (form, id), None: stays;
    `notes` are worth a word to the person."""

    record: Record
    open: tuple[str, int] | None = None
    notes: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Together:
    """Done with several records, as they are now; the rest as in Accepted."""

    records: tuple[Record, ...]
    open: tuple[str, int] | None = None
    notes: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Button:
    """A transition or action as offered on a record. `closed` says why it can't be pressed now (None: it can)."""

    transition: Transition
    closed: Problem | None = None


@dataclass(frozen=True)
class Change:
    """One changed value in history. `path` is (field,) or (list, line number or id, column); values as JSON."""

    path: tuple[str, ...]
    old: Any
    new: Any


@dataclass(frozen=True)
class Event:
    """One thing that happened to a record. `confirmed`: the warnings that the person took note of. `task`: the task it was
    done in ("" a state's only one, None: in none); `acting_for` the name of who should have done it (""), `people` the
    names of those it was handed to. `definition`: the digest of the form's definition then ("": not known); `causes`: what in
    the definitions took part; `signature`: the file that it was signed with."""

    id: int
    at: datetime
    actor: int | None
    actor_name: str
    action: str
    transition: str | None
    from_state: str | None
    to_state: str | None
    opinion: str | None
    channel: str
    version: int
    changes: tuple[Change, ...]
    comment: str | None = None
    confirmed: tuple[Text, ...] = ()
    task: str | None = None
    acting_for: str = ""
    people: tuple[str, ...] = ()
    definition: str = ""
    causes: tuple[Caused, ...] = ()
    signature: int | None = None


@dataclass(frozen=True)
class Notice:
    """Something a person was told. `form` and `record` are what it is about, None: nothing in particular; `by` is the name of
    the colleague whose act it comes from, "": nobody's."""

    id: int
    at: datetime
    message: str
    form: str | None
    record: int | None
    title: str
    read: bool
    by: str = ""


@dataclass(frozen=True)
class Opened:
    """A record as one person may see it: hidden values are not in it."""

    form: Form
    record: Record
    rights: Rights
    buttons: tuple[Button, ...]
    history: tuple[Event, ...]
    visible: Mapping[str, bool]


@dataclass(frozen=True)
class Twin:
    """Another record with the same values in `fields`, which may occur once only. `message` says so. `record` None: it
    isn't the asker's to see."""

    fields: tuple[str, ...]
    message: Problem
    record: Record | None


@dataclass(frozen=True)
class Draft:
    """A form being filled. `values` are the record's present values (defaults taken, formulas computed); `visible`,
    `required` and `readonly` by path (`phone`, `items.0.price`); `limits` path -> (minimum, maximum); `options` path ->
    names offered; `unfit` path -> title of choices emptied because they are no longer offered; `hints` records that are
    there already with the same values; `unread` what was given and could not be read, which counts as empty."""

    form: Form
    record: Record
    rights: Rights
    visible: Mapping[str, bool]
    required: Mapping[str, bool]
    readonly: Mapping[str, bool]
    limits: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unfit: Mapping[str, Text] = field(default_factory=dict)
    hints: tuple[Twin, ...] = ()
    unread: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Ask:
    """What a list is asked for. `where` is a checked condition (bare names are the record's); `q` free text; `sort`
    names with descending; `page` from 1; `limit` rows a page (1 to 200)."""

    view: str | None = None
    where: Typed | None = None
    q: str = ""
    sort: tuple[tuple[str, bool], ...] = ()
    page: int = 1
    limit: int = 50


@dataclass(frozen=True)
class Listed:
    """One row of a list: its record (only the columns asked for and not hidden), and what may be done with it."""

    record: Record
    hidden: frozenset[str]


@dataclass(frozen=True)
class Page:
    """A page of a list. `total` counts all rows that fit; `columns` in order."""

    form: Form
    columns: tuple[FormField | str, ...]
    rows: tuple[Listed, ...]
    total: int
    page: int
    limit: int
    sort: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Pick:
    """One record offered for a reference: its id, title and up to two facts as text; its form where it may be one of
    several (else "")."""

    id: int
    title: str
    facts: tuple[str, ...]
    shape: str = ""

    @property
    def value(self) -> str:
        """As the reference's control posts it."""
        return written(self.shape, self.id) if self.shape else str(self.id)
