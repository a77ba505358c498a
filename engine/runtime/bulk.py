"""Ticked records: which buttons somebody could press on how many of them, what they add up to, who can take what.

Why: the bar over a list says before anything is pressed how many of the ticked records a button can take. That is one
question to the database, however many records are ticked; when a button is pressed, each record is decided anew, in a
transaction of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true

from engine.definitions.model import Form, FormField, Transition
from engine.problems import Refused
from engine.runtime.access import compiled, condition, executed, forbidden, may, usable
from engine.runtime.ask import count_of, ids_of, question
from engine.runtime.turns import holding
from engine.runtime.values import Ask
from engine.runtime.waiting import among
from engine.runtime.work import Work

MOST = 1000
"""How many records may be ticked at once."""


@dataclass(frozen=True)
class Offer:
    """A button, and how many of the ticked records can take it now (at least one). `lines`: it asks for rows, so that
    it is pressed on each record by itself."""

    transition: Transition
    count: int
    lines: bool


@dataclass(frozen=True)
class Offers:
    """What may be done with ticked records: `total` of them are there for this person; `measure` is the column that is
    added up (None: there is none) and `sum` what it gives; `delete`, `export` and `print` how many may be deleted, exported, printed."""

    total: int
    measure: FormField | None
    sum: Any
    buttons: tuple[Offer, ...]
    delete: int
    export: int
    print: int


def offers(work: Work, form: Form, ids: Sequence[int], columns: Iterable[str] = ()) -> Offers:
    """What the actor may do with these records; `columns` are the list's, the first number of them is added up.

    Raises Refused: the form may not be viewed.
    """
    asked = _seen(work, form, ids)
    buttons = [(t, where) for t in _transitions(form) if (where := pressable(work, form, t)) is not None]
    measure = _measure(work, form, columns)
    parts: list[ColumnElement[Any]] = [func.count(), _counted(work, form, "delete"), _counted(work, form, "export")]
    parts.append(_counted(work, form, "print"))
    parts.append(func.sum(work.layout.table(form.name).c[measure.name]) if measure is not None else func.count())
    parts += [_those(where) for _, where in buttons]
    query = select(*(p.label(f"n{i}") for i, p in enumerate(parts))).select_from(work.layout.table(form.name))
    total, remove, export, print, added, *counts = tuple(executed(work, query.where(*asked)).one())
    found = tuple(
        Offer(t, int(n), _lines(form, t)) for (t, _), n in zip(buttons, counts, strict=True) if n
    )  # fmt: skip
    return Offers(
        int(total),
        measure,
        (added or 0) if measure is not None else None,
        found,
        int(remove or 0),
        int(export or 0),
        int(print or 0),
    )


def able(work: Work, form: Form, ids: Sequence[int], transition: Transition) -> tuple[int, ...]:
    """Those of these records, in their order, on which the actor could press the button now."""
    where = pressable(work, form, transition)
    return _among(work, form, ids, where) if where is not None else ()


def removable(work: Work, form: Form, ids: Sequence[int]) -> tuple[int, ...]:
    """Those of these records, in their order, that the actor may delete."""
    where = condition(work, form, work.actor, "delete")
    return _among(work, form, ids, true() if where is None else where) if may(form, work.actor, "delete") else ()


def matching(work: Work, form: Form, ask: Ask) -> tuple[int, tuple[int, ...]]:
    """How many records fit what is asked, and the first of them, in order, as many as may be ticked at once."""
    ids = ids_of(work, question(work, form, ask), MOST)
    return (len(ids) if len(ids) < MOST else count_of(work, form, ask)), tuple(ids)


def titles(work: Work, form: Form, ids: Sequence[int]) -> dict[int, str]:
    """What these records are called, of those that the actor may see."""
    table = work.layout.table(form.name)
    query = select(table.c.id, table.c["_title"]).where(*_seen(work, form, ids))
    rows = [tuple(row) for row in executed(work, query)]
    return {id: title or f"#{id}" for id, title in rows}


def pressable(work: Work, form: Form, transition: Transition) -> ColumnElement[bool] | None:
    """The records on which the actor may press this button now, as a condition; None when there can be none."""
    ways = list(_ways(work, form, transition))
    if not ways:
        return None
    when = [compiled(work, form.name, transition.when)] if transition.when is not None else []
    return and_(or_(*ways), *when)


def _ways(work: Work, form: Form, transition: Transition) -> Iterator[ColumnElement[bool]]:
    """On which records the actor may press a button: where they hold a task of it, and where it names them itself."""
    state = work.layout.table(form.name).c.state
    states = transition.sources if transition.verb else transition.held
    mine = holding(work, form, transition.task if transition.verb else None) if states else None
    if mine is not None:
        yield and_(mine, state.in_(sorted(states)))
    elsewhere = transition.sources - states
    who = among(work, form, transition.who) if transition.who and (elsewhere or not states) else False
    if who is not False:
        named = true() if who is True else who
        yield and_(named, state.in_(sorted(elsewhere))) if elsewhere else named


# -- inner -------------------------------------------------------------------------------------------------------------


def _transitions(form: Form) -> list[Transition]:
    flow = form.workflow
    done = [v for v in flow.verbs.values() if v.verb == "done"] if flow is not None else []
    return [*(flow.transitions.values() if flow is not None else ()), *done, *form.actions.values()]


def _seen(work: Work, form: Form, ids: Sequence[int]) -> list[ColumnElement[bool]]:
    if not may(form, work.actor, "view"):
        raise Refused(forbidden(work.catalog, form, "view"))
    allowed = condition(work, form, work.actor, "view")
    chosen = work.layout.table(form.name).c.id.in_(list(ids[:MOST]))
    return [chosen] if allowed is None else [chosen, allowed]


def _among(work: Work, form: Form, ids: Sequence[int], where: ColumnElement[bool]) -> tuple[int, ...]:
    table = work.layout.table(form.name)
    found = set(executed(work, select(table.c.id).where(*_seen(work, form, ids), where)).scalars())
    return tuple(id for id in dict.fromkeys(ids) if id in found)


def _those(where: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((where, 1), else_=0))


def _counted(work: Work, form: Form, action: str) -> ColumnElement[Any]:
    if not may(form, work.actor, action):
        return func.sum(0)
    where = condition(work, form, work.actor, action)
    return func.count() if where is None else _those(where)


def _measure(work: Work, form: Form, columns: Iterable[str]) -> FormField | None:
    """The first stored number of these columns that can be added up and that the actor sees in every record; money
    before what has no decimals (a quantity)."""
    may_use = usable(form, work.actor)
    numbers = [
        f for n in columns
        if n in may_use and (f := form.fields.get(n)) is not None and f.stored and f.field.numeric and not f.field.share
        and not f.columns
    ]  # fmt: skip
    return next((f for f in numbers if f.field.scale()), numbers[0] if numbers else None)


def _lines(form: Form, transition: Transition) -> bool:
    names = {n.partition(".")[0] for n in (*transition.edit, *transition.require)}
    return any(form.fields[n].columns for n in names if n in form.fields)
