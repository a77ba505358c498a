"""What waits for a person: how many records of each form, and the first of them.

Why: a person's day begins with what only they can move on. A record waits for somebody when they hold a task of it and it
is their turn; where a state has no task, when a button of theirs leaves it (the definition says which buttons count). It
is asked of the database and never by loading records.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, nulls_first, or_, select

from engine.definitions.model import Form, FormField, People, Transition
from engine.runtime.access import compiled, condition, may, usable
from engine.runtime.ask import listed
from engine.runtime.turns import holding
from engine.runtime.values import Listed
from engine.runtime.work import Work


def counts(work: Work) -> dict[str, int]:
    """How many records of each form wait for the actor of this work; forms where nothing can wait are left out."""
    found: dict[str, int] = {}
    for form in work.catalog.forms.values():
        where = waits(work, form)
        if where is not None:
            table = work.layout.table(form.name)
            found[form.name] = int(work.conn.execute(select(func.count()).select_from(table).where(where)).scalar_one())
    return found


def waiting(work: Work, limit: int) -> tuple[tuple[Form, Listed], ...]:
    """The records that wait for the actor, those that have waited longest first, at most `limit` of all forms
    together."""
    first: list[tuple[str, int, Form]] = []
    for form in work.catalog.forms.values():
        where = waits(work, form)
        if where is None:
            continue
        table = work.layout.table(form.name)
        query = (
            select(table.c.state_since, table.c.id)
            .where(where)
            .order_by(nulls_first(table.c.state_since.asc()), table.c.id)
        )
        first.extend((str(since or ""), id, form) for since, id in work.conn.execute(query.limit(limit)))
    first.sort(key=lambda found: found[:2])
    rows: dict[tuple[str, int], Listed] = {}
    chosen = first[:limit]
    for form in {f.name: f for _, _, f in chosen}.values():
        ids = [id for _, id, f in chosen if f.name == form.name]
        for row in listed(work, form, ids, ("state", "state_since", *told(form, shown(work, form)))):
            rows[form.name, row.record.id or 0] = row
    return tuple((form, rows[form.name, id]) for _, id, form in chosen if (form.name, id) in rows)


def facts(form: Form, seen: frozenset[str] | None = None) -> tuple[str, ...]:
    """The first two columns of the form's first view that say more than the title and the state do, of those `seen`."""
    view = next(iter(form.views.values()), None)
    names = view.columns if view is not None else tuple(form.fields)
    fields = [form.fields[n] for n in names if n in form.fields and n != form.key and (seen is None or n in seen)]
    return tuple(f.name for f in fields if not f.columns)[:2]


def told(form: Form, seen: frozenset[str]) -> tuple[str, ...]:
    """What a line about a record tells beside its title: its number, the first two facts, the first amount of money."""
    view = next(iter(form.views.values()), None)
    columns = [form.fields[n] for n in (view.columns if view is not None else ()) if n in form.fields and n in seen]
    amount = [f.name for f in columns if is_money(f)][:1]
    serial = [form.key] if form.key in seen and form.fields[form.key].numbering is not None else []
    words = [n for n in facts(form, seen) if n not in amount]
    return tuple(dict.fromkeys((*serial, *words, *amount)))


def is_money(field: FormField) -> bool:
    """Whether a field holds an amount of money: a figure that says by itself what it counts."""
    return getattr(field.field, "currency", None) is not None


def shown(work: Work, form: Form) -> frozenset[str]:
    """What may be shown of records that wait: of a task also to who can't list the form. What is hidden in a record is
    left out there."""
    return usable(form, work.actor) | (frozenset(form.fields) if form.tasked else frozenset())


def waits(work: Work, form: Form) -> ColumnElement[bool] | None:
    """The records of a form that wait for the actor, as a condition; None when none can."""
    if form.workflow is None:
        return None
    mine = holding(work, form)
    parts: list[ColumnElement[bool]] = []
    if may(form, work.actor, "view"):
        parts = [p for t in form.workflow.transitions.values() if (p := _pressed(work, form, t)) is not None]
    if not parts:
        return mine
    seen = condition(work, form, work.actor, "view")
    pressed = or_(*parts) if seen is None else and_(seen, or_(*parts))
    return pressed if mine is None else or_(mine, pressed)


def _pressed(work: Work, form: Form, transition: Transition) -> ColumnElement[bool] | None:
    """The records on which the actor may press this button now; None when there can be none or the button doesn't
    count."""
    sources = transition.sources - form.workflow.tasked if form.workflow is not None else transition.sources
    if not transition.counts or not sources:
        return None
    who = among(work, form, transition.who)
    if who is False:
        return None
    table = work.layout.table(form.name)
    parts: list[ColumnElement[bool]] = [table.c.state.in_(sorted(sources))]
    if who is not True:
        parts.append(who)
    if transition.when is not None:
        parts.append(compiled(work, form.name, transition.when))
    return and_(*parts)


def among(work: Work, form: Form, people: People) -> ColumnElement[bool] | bool:
    """Whether the actor is among these people: for every record (True), for none (False), or for which."""
    if people.roles & work.actor.roles:
        return True
    mine = [compiled(work, form.name, one) for one in people.mine]
    return or_(*mine) if mine and work.actor.id is not None else False
