"""A pack's demo: its people, its records and the steps that walk them, in the order of time.

Why: a new installation should look lived in, and what it shows must be true to the rules. So demo records come through
the same path as all others, each at its own moment and by its own person; a demo that breaks a rule is refused with the
place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, CursorResult, func, insert, select, update

from engine.definitions.model import EVERYONE, SYSTEM, Catalog, FormField
from engine.definitions.pack import Demo, DemoStep
from engine.expressions.check import check
from engine.expressions.python import evaluate
from engine.expressions.types import Scope
from engine.problems import Refused, problem
from engine.problems.demo import DEMO_REFUSED, DEMO_UNKNOWN
from engine.runtime import act, flow, timers
from engine.runtime.keys import find, form_named
from engine.runtime.reading import read_into
from engine.runtime.record import Record
from engine.runtime.values import ANY, Actor
from engine.runtime.work import Work
from engine.storage import tables

READ_AFTER = timedelta(days=10)
"""Older notices of the demo count as read."""

OPENS, CLOSES = timedelta(hours=8, minutes=30), timedelta(hours=18, minutes=30)
"""A working day, from midnight."""

Works = Callable[[Actor, datetime], Work]
"""Makes a unit of work for an actor at a moment, all on one transaction."""


Places = dict[tuple[str, str], int]
"""(form, `#3`) -> the id of the third record in the demo's list of that form."""


@dataclass(frozen=True)
class Happening:
    """One thing of the demo at its moment: a record that is created, or a step. `place` is the record's number in its
    form's list, from 1, by which the demo may name a record whose key isn't known before (`contract/#3`)."""

    at: datetime
    order: int
    form: str
    place: str
    values: Mapping[str, Any] | None
    step: DemoStep | None


def empty(conn: Connection) -> bool:
    """Whether nobody is there yet."""
    return conn.execute(select(func.count()).select_from(tables.person)).scalar_one() == 0


def load_demo(conn: Connection, catalog: Catalog, works: Works, now: datetime, password: str) -> int:
    """Put the catalog's demo into an empty installation; gives how many records it made. `password` is the hash that
    all demo people have. Raises Refused, with nothing kept, when the demo breaks a rule of its own forms."""
    demo = catalog.demo
    if demo is None:
        return 0
    people = _people(conn, demo, now, password)
    clock = works(Actor(None, "Formloom", "", frozenset({EVERYONE}), channel="demo"), now)
    places: Places = {}
    for what in sorted(_happenings(clock, demo), key=lambda h: (h.at, h.order)):
        try:
            if what.values is not None:
                places[what.form, what.place] = _record(works, people, what, places)
            else:
                _step(works, people, what, places)
        except Refused as refused:
            raise Refused([_explained(p, what) for p in refused.problems]) from refused
    old = update(tables.notice).where(tables.notice.c.at < now - READ_AFTER).values(read_at=tables.notice.c.at)
    conn.execute(old)
    timers.hush(clock)
    return len(places)


def _explained(found: Any, what: Happening) -> Any:
    name = what.step.for_ if what.step is not None else what.form
    does = what.step.fire if what.step is not None else "create"
    return problem(DEMO_REFUSED, record=name, step=does, at=found.place.field or "–", why=found.message("zh"))


def _people(conn: Connection, demo: Demo, now: datetime, password: str) -> dict[str, Actor]:
    departments: dict[str, int] = {}
    for key, department in demo.departments.items():
        name = department.name if isinstance(department.name, dict) else {"zh": department.name}
        made = conn.execute(insert(tables.department).values(key=key, name=name))
        departments[key] = _key(made)
    actors: dict[str, Actor] = {}
    for login, person in demo.people.items():
        made = conn.execute(
            insert(tables.person).values(
                login=login, name=person.name, department=departments.get(person.department or ""), password=password,
                active=True, language=person.language, created_at=now, must_change_password=False, demo=True,
            )
        )  # fmt: skip
        id = _key(made)
        for role in person.roles:
            conn.execute(insert(tables.person_role).values(person=id, role=role))
        roles = frozenset(person.roles) | {EVERYONE}
        actors[login] = Actor(id, person.name, login, roles, departments.get(person.department or ""), channel="demo")
    for key, department in demo.departments.items():
        values = {
            "head": actors[department.head].id if department.head in actors else None,
            "parent": departments.get(department.parent or ""),
        }
        conn.execute(update(tables.department).where(tables.department.c.id == departments[key]).values(**values))
    return actors


def _key(made: CursorResult[Any]) -> int:
    key = made.inserted_primary_key
    assert key is not None
    return int(key[0])


def _happenings(work: Work, demo: Demo) -> list[Happening]:
    found: list[Happening] = []
    for form, rows in demo.records.items():
        for number, values in enumerate(rows, 1):
            at = _value(work, values.get("created_at"))
            found.append(Happening(_moment(work, at), len(found), form, f"#{number}", values, None))
    for step in demo.steps:
        form, _, name = step.for_.partition("/")
        found.append(Happening(_moment(work, _value(work, step.at)), len(found), form, name, None, step))
    return found


def _moment(work: Work, value: Any) -> datetime:
    """When something of the demo happened. People work by day: what a formula puts into a night is moved into the day,
    everything in its order."""
    if isinstance(value, datetime):
        return _by_day(value.astimezone(work.zone), work.now.astimezone(work.zone))
    if isinstance(value, date):
        return datetime.combine(value, datetime.min.time(), work.zone) + timedelta(hours=9)
    return work.now


def _by_day(at: datetime, now: datetime) -> datetime:
    """The same day, with all its hours moved between `OPENS` and `CLOSES` (today: and now); what is to come stays."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    whole, end = timedelta(days=1), CLOSES
    if at.date() == now.date():
        whole, end = now - midnight, min(now - midnight, CLOSES)
    if at >= now or end <= OPENS:
        return at
    return midnight + OPENS + (at - midnight) * ((end - OPENS) / whole)


def _record(works: Works, people: Mapping[str, Actor], what: Happening, places: Places) -> int:
    assert what.values is not None
    work = works(_actor(people, what.values.get("created_by") or what.values.get("owner")), what.at)
    form = work.form(what.form)
    record = work.blank(form.name)
    own = {n: v for n, v in what.values.items() if n not in SYSTEM}
    given = read_into(work, record, _raw(work, form.fields, own, places), form.fields)
    if what.values.get("owner") is not None:
        record.values["owner"] = _actor(people, what.values["owner"]).id
    flow.create(work, form, record, given.paths, problems=given.problems, confirmed=ANY, free=True)
    flow.conclude(work, ANY)
    assert record.id is not None
    return record.id


def _step(works: Works, people: Mapping[str, Actor], what: Happening, places: Places) -> None:
    step = what.step
    assert step is not None
    work = works(_actor(people, step.as_), what.at)
    form = work.form(what.form)
    id = _named(work, form.name, what.place, places)
    transition = form.button(step.fire)
    asked = transition.ask if transition is not None else {}
    raw, ask = _raw(work, form.fields, step.set, places), _raw(work, asked, step.ask, places)
    act.act(
        work, form.name, id, step.fire, raw=raw, ask=ask,
        opinion=step.opinion, confirmed=ANY,
    )  # fmt: skip


def _actor(people: Mapping[str, Actor], login: Any) -> Actor:
    if login is None:
        return Actor(None, "Formloom", "", frozenset({EVERYONE}), channel="demo")
    if login not in people:
        raise Refused(problem(DEMO_UNKNOWN, form="people", name=login))
    return people[login]


def _named(work: Work, shape: str, name: str, places: Places) -> int:
    id = places.get((shape, name)) or find(work, shape, name)
    if id is None:
        raise Refused(problem(DEMO_UNKNOWN, form=shape, name=name))
    return id


def _raw(work: Work, fields: Mapping[str, FormField], given: Mapping[str, Any], places: Places) -> dict[str, Any]:
    """Values of the demo as raw values: formulas are worked out, records named by their key become ids."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        item = fields.get(name)
        if item is not None and item.columns and isinstance(value, list | tuple):
            found[name] = [_raw(work, item.columns, row, places) for row in value]
            continue
        plain = _value(work, value)
        shape = item.field.target() if item is not None else None
        if item is not None and len(item.field.targets()) > 1:
            many = [
                _pointer(work, item, one, places) for one in (plain if isinstance(plain, list | tuple) else (plain,))
            ]
            plain = many if isinstance(plain, list | tuple) else many[0]
        if shape is not None and isinstance(plain, str):
            plain = _named(work, shape, plain, places)
        elif shape is not None and isinstance(plain, list | tuple):
            plain = [_named(work, shape, one, places) if isinstance(one, str) else one for one in plain]
        found[name] = _as_raw(plain)
    return found


def _pointer(work: Work, item: FormField, given: Any, places: Places) -> Any:
    """What points at a record of one of several forms that is named as people do."""
    if not isinstance(given, str):
        return given
    forms, words = form_named(work, item.field.targets(), given)
    return item.field.pointer(forms[0], _named(work, forms[0], words, places))


def _value(work: Work, value: Any) -> Any:
    if isinstance(value, str) and value.startswith("="):
        return evaluate(check(value[1:], Scope(work.catalog.shapes)), work.env())
    return value


def _as_raw(value: Any) -> Any:
    if isinstance(value, Record):
        return value.id
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.replace(microsecond=0).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return value
