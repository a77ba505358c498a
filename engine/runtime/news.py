"""What of all that happened a person may hear, and what waits for them now: asked anew each time, of the database.

Why: whoever listens must learn no more than their lists would show. So the records that were touched are looked for
among those that the person may view, with the very condition that lists use; of a record that is gone only those hear
who may view all of its form, or who were looking at it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import select

from engine.definitions.model import Form
from engine.runtime import access, waiting
from engine.runtime.live import Written
from engine.runtime.notices import unread_count
from engine.runtime.work import Work

GONE = "gone"
"""The kind of a change after which the record can't be seen any more."""


@dataclass(frozen=True)
class Heard:
    """A record that changed. `kind` is the word of its history (`edit comment delete …`) or `gone`; `who` did it ("":
    the engine), `mine`: the reader did."""

    form: str
    record: int
    version: int
    kind: str
    who: str
    mine: bool


@dataclass(frozen=True)
class News:
    """What a person hears: records that changed, how many of each form wait for them, how many notices are unread."""

    heard: tuple[Heard, ...]
    counts: dict[str, int]
    unread: int


def news(work: Work, written: Iterable[Written], watched: Collection[tuple[str, int]] = ()) -> News:
    """What the actor of this work hears of `written`. `watched`: records that they were shown and look at."""
    by_form: dict[str, list[Written]] = {}
    for one in written:
        by_form.setdefault(one.form, []).append(one)
    heard: list[Heard] = []
    for name, touched in by_form.items():
        form = work.catalog.forms.get(name)
        if form is not None and access.may(form, work.actor, "view"):
            heard += _of_form(work, form, touched, watched)
    return News(tuple(heard), waiting.counts(work), unread_count(work))


def visible(work: Work, form: Form, ids: Collection[int]) -> frozenset[int]:
    """Those of these records that the actor may view now."""
    table = work.layout.table(form.name)
    query = select(table.c.id).where(table.c.id.in_(list(ids)))
    allowed = access.condition(work, form, work.actor, "view")
    if allowed is not None:
        query = query.where(allowed)
    return frozenset(access.executed(work, query).scalars())


def watchable(work: Work, name: str, id: int) -> bool:
    """Whether the actor may look at this record."""
    form = work.catalog.forms.get(name)
    return form is not None and access.may(form, work.actor, "view") and id in visible(work, form, [id])


def _of_form(
    work: Work, form: Form, touched: list[Written], watched: Collection[tuple[str, int]]
) -> Iterable[Heard]:  # fmt: skip
    seen = visible(work, form, {one.record for one in touched})
    whole = access.whole(form, work.actor)
    for one in touched:
        if one.record in seen:
            yield _heard(work, one, one.action)
        elif (whole and one.action == "delete") or (form.name, one.record) in watched:
            yield _heard(work, one, GONE)


def _heard(work: Work, one: Written, kind: str) -> Heard:
    mine = one.actor is not None and one.actor == work.actor.id
    who = work.title_of("person", one.actor) if one.actor is not None else ""
    return Heard(one.form, one.record, one.version, kind, who, mine)
