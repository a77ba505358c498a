"""Serial numbers given anew: after a pattern was changed, or so that numbers without gaps have none again.

Why a verb of its own: numbers are on paper outside, so nothing here happens by itself. An administrator sees first which
number becomes which; then all of it happens in one transaction, and every record's history says why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from engine.definitions.model import Form, FormField
from engine.problems import Refused, problem
from engine.problems.storage import NO_SERIAL, RENUMBER_TAKEN
from engine.runtime import keep
from engine.runtime.compute import compute
from engine.runtime.history import journal
from engine.runtime.numbering import counter_of, period_of
from engine.runtime.record import Record
from engine.runtime.work import Work
from engine.storage import tables
from engine.texts import text

WHY = text("重新编号", "numbered anew")
"""What history says where no reason is given."""


WORDS = {
    "field": "which serial (default: the first)",
    "scope": "only the counter of these values, with commas between",
    "why": "what the records' history says",
}
"""What the command's words mean."""


@dataclass(frozen=True)
class Renumbered:
    """One record's number as it is and as it becomes."""

    id: int
    title: str
    old: str
    new: str


@dataclass(frozen=True)
class Plan:
    """What becomes what, in the order of creation; `last`: counter (scope, period) -> where it stands then."""

    field: FormField
    changes: tuple[Renumbered, ...]
    last: dict[tuple[str, str], int]


def plan(work: Work, form: Form, name: str | None, since: date | None, scope: str | None) -> Plan:
    """The numbers of the records created on that day or later (None: all), of one counter's `scope` or of all, given anew
    in the order of creation. A counter goes on after the highest number that an earlier record has.

    Refused: the form has no such serial field; a new number is that of a record that keeps its own.
    """
    field = _field(form, name)
    rule = field.numbering
    assert rule is not None
    last: dict[tuple[str, str], int] = {}
    kept: dict[str, Record] = {}
    due: list[tuple[Record, date, tuple[str, str]]] = []
    for record, day in _numbered(work, form, field):
        counter = (counter_of(record, field), period_of(day, rule.reset))
        if (since is not None and day < since) or (scope is not None and counter[0] != scope):
            number = record.values[field.name]
            kept[number] = record
            last[counter] = max(last.get(counter, 0), _figures(work, record, field, number, day))
        else:
            due.append((record, day, counter))
    changes = []
    for record, day, counter in due:
        last[counter] = last.get(counter, 0) + 1
        new = rule.pattern.render(replace(work.env(record, seq=Decimal(last[counter])), today=day))
        if new in kept:
            raise Refused(problem(RENUMBER_TAKEN, number=new, title=kept[new].title or f"#{kept[new].id}"))
        changes.append(Renumbered(record.id or 0, record.title, record.values[field.name], new))
    return Plan(field, tuple(changes), last)


def more_words(add: Callable[..., Any]) -> None:
    """The command's further words."""
    for word, told in WORDS.items():
        add(f"--{word}", help=told)


def renumber(
    work: Work,
    name: str,
    field: str | None,
    since: date | None,
    scope: str | None,
    why: str | None,
    *,
    dry: bool = False,
) -> Plan:
    """Plan and, unless `dry`, apply. `scope` has commas between its values; `why` None: the plain words."""
    form = work.form(name)
    found = plan(work, form, field, since, scope.replace(",", "\x1f") if scope is not None else None)
    if not dry:
        apply(work, form, found, why or WHY.to(work.actor.language))
    return found


def lines(found: Plan) -> list[str]:
    """A plan for people: which number becomes which, and how many of how many change."""
    changed = [c for c in found.changes if c.old != c.new]
    wide = max((len(c.old) for c in changed), default=0)
    return [*(f"{c.old:<{wide}}  →  {c.new}" for c in changed), f"{len(changed)} / {len(found.changes)}"]


def apply(work: Work, form: Form, found: Plan, why: str) -> None:
    """Give the numbers, with what follows from them, and set the counters; all or nothing."""
    table, name = work.layout.table(form.name), found.field.name
    different = [c for c in found.changes if c.old != c.new]
    for change in different:  # out of each other's way first: no two may be alike at any moment
        work.conn.execute(update(table).where(table.c.id == change.id).values({name: f"~{change.id}"}))
    for change in different:
        record = work.row(form.name, change.id)
        assert record is not None
        old = work.before(record)
        work.note(record, "edit")
        work.happened[form.name, change.id].opinion = why
        record.values[name] = change.new
        compute(work, form, record, (), old, free=True)
        record.values[name] = change.new
        keep.update(work, form, record)
    counters = tables.serial_counter
    for (scope, period), value in found.last.items():
        here = {"form": form.name, "field": name, "scope": scope, "period": period}
        work.conn.execute(delete(counters).where(*(counters.c[k] == v for k, v in here.items())))
        work.conn.execute(insert(counters).values(**here, value=value))
    journal(work)


# -- inner -------------------------------------------------------------------------------------------------------------


def _field(form: Form, name: str | None) -> FormField:
    serials = [f for f in form.fields.values() if f.numbering is not None]
    found = next((f for f in serials if name in (None, f.name)), None)
    if found is None:
        known = ", ".join(f.name for f in serials) or "–"
        raise Refused(problem(NO_SERIAL, form=form.title, name=name or "–", known=known))
    return found


def _numbered(work: Work, form: Form, field: FormField) -> Iterable[tuple[Record, date]]:
    """The records that have a number, in the order in which they got it, each with that day."""
    table = work.layout.table(form.name)
    query = select(table.c.id, table.c.created_at).where(table.c[field.name].is_not(None))
    moments: dict[int, Any] = dict(tuple(row) for row in work.conn.execute(query))
    rule = field.numbering
    if rule is not None and rule.given is not None:
        event = tables.event
        given = select(event.c.record, func.min(event.c.at)).where(
            event.c.form == form.name, event.c.transition == rule.given
        )
        for id, at in work.conn.execute(given.group_by(event.c.record)):
            if id in moments and at is not None:
                moments[id] = at
    ordered = sorted(moments, key=lambda id: (moments[id], id))
    for record in work.rows(form.name, ordered):
        moment: datetime = moments[record.id or 0]
        yield record, moment.astimezone(work.zone).date()


def _figures(work: Work, record: Record, field: FormField, number: str, day: date) -> int:
    """The count in a number that was given by the present pattern; 0 for one that wasn't."""
    rule = field.numbering
    assert rule is not None
    for figures in re.findall("[0-9]{1,18}", number):
        if rule.pattern.render(replace(work.env(record, seq=Decimal(figures)), today=day)) == number:
            return int(figures)
    return 0
