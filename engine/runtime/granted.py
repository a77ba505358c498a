"""Which of a form's access sets give a person what with one record, set by set, and what is closed to them in it.

Why: "why can I not" must be answered by the rules themselves. `access` adds the sets up; here they stand one by one, read
by the same formulas, so that the answer can't differ from what the verbs decide.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.definitions.model import ADMIN, AccessSet, Form, FormField, Transition
from engine.problems import Refused, problem
from engine.problems.record import NOT_FOUND
from engine.runtime import access
from engine.runtime.act import buttons
from engine.runtime.change import seen
from engine.runtime.organisation import holders_of
from engine.runtime.paths import shut_in
from engine.runtime.record import Record
from engine.runtime.values import Button, Rights
from engine.runtime.work import Work

NAMED = 3
"""How many people are named of those who could do it instead."""


@dataclass(frozen=True)
class Given:
    """One set for this person: whether they have its role, and whether its records include this one."""

    one: AccessSet
    mine: bool
    holds: bool


@dataclass(frozen=True)
class Asked:
    """What is known of one field: whether it is closed by access, computed or numbered (`fixed`), or shut as the record
    stands. `by` are the open buttons that ask for it, `others` who could change it (names)."""

    found: FormField
    path: str
    closed: bool
    fixed: str
    shut: bool
    by: tuple[Transition, ...]
    others: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether the person may change it now by editing."""
        return not (self.closed or self.fixed or self.shut)


@dataclass(frozen=True)
class Granted:
    """The answer. `admin`: sets aren't asked. `rights` as all sets together give them, `buttons` as on the page."""

    form: Form
    record: Record
    admin: bool
    sets: tuple[Given, ...]
    rights: Rights
    buttons: tuple[Button, ...]
    field: Asked | None


def granted(work: Work, name: str, id: int, path: str = "") -> Granted:
    """What this actor may do with a record and why; with `path` (`phone`, `items.price`, `items.7.price`) also with that
    field. Refused: there is no such record for them, or no such field."""
    form, record = seen(work, name, id)
    rights = access.rights(work, form, record)
    sets = tuple(
        Given(one, bool(one.roles & work.actor.roles), one.where is None or bool(work.value(one.where, record)))
        for one in form.access
    )
    pressed = buttons(work, form, record)
    asked = _asked(work, form, record, rights, pressed, path) if path else None
    return Granted(form, record, work.actor.admin, sets, rights, pressed, asked)


def _asked(
    work: Work, form: Form, record: Record, rights: Rights, pressed: tuple[Button, ...], path: str
) -> Asked:  # fmt: skip
    names = tuple(part for part in path.split(".") if not part.isdigit())
    ids = [part for part in path.split(".") if part.isdigit()]
    short = ".".join(names)
    found = form.named(short)
    if found is None or found.related is not None or shut_in(names, rights.hidden):
        raise Refused(problem(NOT_FOUND))
    holder = record
    for name, id in zip(names, ids, strict=False):
        holder = next((x for x in holder.value(name) or [] if str(x.id) == id), record)
    fixed = "computed" if found.formula is not None else "numbered" if found.numbering is not None else ""
    closed = "edit" not in rights.can or shut_in(names, rights.readonly)
    shut = holder.shape == found.shape and bool(work.value(found.readonly, holder))
    asks = tuple(
        b.transition for b in pressed
        if b.closed is None and shut_in(names, {*b.transition.edit, *b.transition.require})
    )  # fmt: skip
    others = _others(work, form, record, short) if closed and not fixed else ()
    return Asked(found, short, closed, fixed, shut, asks, others)


def _others(work: Work, form: Form, record: Record, short: str) -> tuple[str, ...]:
    """Who could change the field by a set that doesn't depend on who asks, by name; administrators where nobody can."""
    roles: set[str] = set()
    for one in form.access:
        if "edit" not in one.can or shut_in(short.split("."), one.hide | one.readonly):
            continue
        if one.where is None or (not one.where.live and bool(work.value(one.where, record))):
            roles |= one.roles
    found: dict[int, None] = {}
    for role in sorted(roles) or [ADMIN]:
        for id in holders_of(work.conn, role):
            found[id] = None
    return tuple(work.title_of("person", id) for id in list(found)[:NAMED] if id != work.actor.id)
