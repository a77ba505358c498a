"""What actions do: in order, in the transaction of whatever set them off, with the rights of the definition.

Why: a transition, a button and a state all say the same verbs. What a verb needs of the doors (create, settle, fire,
delete) is handed in, so that what actions create and fire goes through the very rules that people meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.definitions.model import SYSTEM, Assigned, Effect, Filling, Form, FormField, People
from engine.expressions.tree import Typed
from engine.problems import Refused, problem
from engine.problems.record import REFUSED, UPSERT_SEVERAL
from engine.runtime import calls, compensating, mail, runs
from engine.runtime.causes import BUTTON, because, of_form
from engine.runtime.compute import LINKS, assigned, plain, sources
from engine.runtime.organisation import holders_of
from engine.runtime.reading import Path
from engine.runtime.record import Joined, Record, row_path
from engine.runtime.telling import tell
from engine.runtime.values import DEMO
from engine.runtime.work import Work
from engine.storage import records, tables
from engine.texts import LANGUAGES, Text, same, text


@dataclass(frozen=True)
class Doors:
    """The verbs that actions go through. `create(work, form, record, given paths)` stores a new record; `settle(work,
    form, record, given, old)` stores what actions changed; `fire(work, form, record, transition name)`; `delete`;
    `transfer(work, form, record, people, variables)` gives open tasks to others."""

    create: Callable[[Work, Form, Record, set[Path]], Record]
    settle: Callable[[Work, Form, Record, set[Path], Record], None]
    fire: Callable[[Work, Form, Record, str], None]
    delete: Callable[[Work, Form, Record], None]
    transfer: Callable[[Work, Form, Record, People, Mapping[str, Any]], None]


def run(
    work: Work, doors: Doors, this: Record, effects: Sequence[Effect], variables: Mapping[str, Any]
) -> dict[str, Any]:
    """Do the effects in order for `this`; gives the variables with what `let` and `as` named.

    Raises Refused: an effect refused, or what it did was refused by rules. The whole unit of work is undone then.
    """
    known = dict(variables)
    with work.deeper(this.shape):
        for effect in effects:
            work.step(f"{this.shape}: {effect.verb}")
            if effect.when is None or work.value(effect.when, this, **known):
                _VERBS[effect.verb](work, doors, this, effect, known)
                if effect.mark:
                    compensating.note(work, this, effect, known.get(effect.name or ""))
            elif effect.name is not None:
                known.setdefault(effect.name, None)
    return known


def people(work: Work, who: People, this: Record | None, variables: Mapping[str, Any]) -> list[int]:
    """The ids of the persons meant, each once, in a stable order."""
    found: list[int] = []
    for role in sorted(who.roles):
        found.extend(holders_of(work.conn, role))
    for formula in who.formulas:
        found.extend(persons(work, work.value(formula, this, **variables)))
    return list(dict.fromkeys(found))


def persons(work: Work, value: Any) -> list[int]:
    """The ids of those whom a formula for people gave: a person, several, or the people of a department."""
    if value is None:
        return []
    if isinstance(value, list):
        return [id for one in value for id in persons(work, one)]
    if value.shape == "department":
        query = tables.person.select().where(tables.person.c.department == value.id, tables.person.c.active)
        return [row.id for row in work.conn.execute(query.order_by(tables.person.c.id))]
    return [value.id] if value.id is not None else []


NOBODY = text("没有可以通知的人", "there is nobody to tell")

Links = list[tuple[Record, str, list[Any]]]
"""What is to be written back: a new record or line, the field that gets it, and the rows that have that field."""

# -- the verbs ---------------------------------------------------------------------------------------------------------


def _values(
    work: Work, fields: Mapping[str, FormField], given: Mapping[str, Assigned], this: Record, known: Mapping[str, Any]
) -> dict[str, Any]:
    """What each name is given, all computed before any is put in place."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name in fields:
            found[name] = assigned(work, value, fields[name], this, **known)
        elif isinstance(value, Typed):
            found[name] = plain(work.value(value, this, **known))
        else:
            found[name] = getattr(value, "value", None)
    return found


def _put(record: Record, values: Mapping[str, Any], above: Path = ()) -> set[Path]:
    given: set[Path] = set()
    for name, value in list(values.items()):
        for number, line in enumerate(value) if isinstance(value, list) else ():
            line.parent = record
            given |= _put(line, line.values, (*above, name, number))
        record.values[name] = value
        if name not in SYSTEM:
            given.add((*above, name))
    return given


def _change(work: Work, doors: Doors, record: Record, values: Mapping[str, Any]) -> None:
    """Give computed values to a record, or to a line of one, and store it."""
    main = record.main
    old = work.before(main)
    paths = _paths(main, record, _put(record, values))
    doors.settle(work, work.form(main.shape), main, paths, old)


def _paths(main: Record, record: Record, given: set[Path]) -> set[Path]:
    """Paths of a record, or of a line of `main`, within `main`."""
    return {(*row_path(record), *path) for path in given}


def _fields(work: Work, record: Record) -> Mapping[str, FormField]:
    form = work.form(record.main.shape)
    return form.line_forms()[record.shape.partition(".")[2]].columns if record.parent is not None else form.fields


def _set(work: Work, doors: Doors, this: Record, effect: Effect, known: dict[str, Any]) -> None:
    links: Links = []
    _change(work, doors, this, _values(work, _fields(work, this), effect.values, this, {**known, LINKS: links}))
    _link(work, doors, links)


def _let(work: Work, doors: Doors, this: Record, effect: Effect, known: dict[str, Any]) -> None:
    for name, formula in effect.names.items():
        known[name] = work.value(formula, this, **known)


def _create(work: Work, doors: Doors, this: Record, effect: Effect, known: dict[str, Any]) -> None:
    form = work.form(str(effect.form))
    links: Links = []
    if effect.source is None:
        made = _create_one(work, doors, form, this, effect, {**known, LINKS: links})
        if effect.name is not None:
            known[effect.name] = made
    else:
        for source, group in _shared(work, effect.source, this, known):
            made = _create_one(work, doors, form, this, effect, {**known, **source, LINKS: links})
            if effect.source.link is not None:
                links.append((made, effect.source.link, group))
    _link(work, doors, links)


def _shared(
    work: Work, filling: Filling, this: Record, known: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """The rows of a query; with `share_out` those that get something, each with its `share`, until all is handed out."""
    rows = sources(work, filling, this, **known)
    if filling.share is None:
        yield from rows
        return
    left = work.value(filling.share.amount, this, **known) or 0
    for source, group in rows:
        if left <= 0:
            return
        share = min(left, work.value(filling.share.most, this, **{**known, **source}) or 0)
        if share > 0:
            yield {**source, "share": share}, group
            left -= share


def _create_one(work: Work, doors: Doors, form: Form, this: Record, effect: Effect, known: Mapping[str, Any]) -> Record:
    record = work.blank(form.name)
    given: set[Path] = set()
    copied = work.value(effect.copy, this, **known) if effect.copy is not None else None
    if copied is not None:
        given |= _put(record, _copied(work, form, copied))
    given |= _put(record, _values(work, form.fields, effect.values, this, known))
    return doors.create(work, form, record, given)


def _upsert(work: Work, doors: Doors, this: Record, effect: Effect, known: dict[str, Any]) -> None:
    form = work.form(str(effect.form))
    rows: Iterable[tuple[dict[str, Any], list[Any]]] = [({}, [])]
    if effect.source is not None:
        rows = sources(work, effect.source, this, **known)
    for source, _ in rows:
        links: Links = []
        made = _upsert_one(work, doors, form, this, effect, {**known, **source, LINKS: links})
        if effect.name is not None:
            known[effect.name] = made
        _link(work, doors, links)


def _upsert_one(work: Work, doors: Doors, form: Form, this: Record, effect: Effect, known: Mapping[str, Any]) -> Record:
    """Update the one record with this key, or create it. Refused when several have it."""
    keys = _values(work, form.fields, effect.keys, this, known)
    values = _values(work, form.fields, effect.values, this, known)
    found = records.find(work.conn, work.layout, form.name, keys, 2)
    if len(found) > 1:
        titles = [same(work.title_of(form.name, id)) for id in found]
        raise Refused(problem(UPSERT_SEVERAL, form=form.title, first=titles[0], second=titles[1]))
    record = work.row(form.name, found[0]) if found else None
    if record is not None:
        _change(work, doors, record, values)
        return record
    record = work.blank(form.name)
    return doors.create(work, form, record, _put(record, {**keys, **values}))


def _copied(work: Work, form: Form, source: Record) -> dict[str, Any]:
    """What a copy keeps: fields that say so, never computed or unique ones nor numbers."""
    kept: dict[str, Any] = {}
    twin = work.before(source)
    for name, found in form.fields.items():
        if not found.copied:
            continue
        value = twin.value(name) if found.columns else twin.values.get(name)
        if isinstance(value, list):
            _as_new(found, value)
        if value is not None:
            kept[name] = value
    return kept


def _as_new(found: FormField, lines: Iterable[Record]) -> None:
    """Copied lines are new ones, as are theirs."""
    for line in lines:
        line.id = None
        for name, column in found.columns.items():
            if not column.copied:
                line.values.pop(name, None)
            elif column.columns:
                _as_new(column, line.value(name) or [])


def _link(work: Work, doors: Doors, links: Links) -> None:
    """Write new records and lines back into the rows that they were made from; each record is settled once."""
    rows: dict[Record, list[tuple[Record, str, int | None]]] = {}
    for made, name, group in links:
        for one in group:
            row = one.record if isinstance(one, Joined) else one
            rows.setdefault(row.main, []).append((row, name, made.id))
    for main, values in rows.items():
        old, given = work.before(main), set()
        for row, name, id in values:
            row.values[name] = id
            given |= _paths(main, row, {(name,)})
        doors.settle(work, work.form(main.shape), main, given, old)


def _targets(work: Work, effect: Effect, this: Record, known: Mapping[str, Any]) -> list[Record]:
    if effect.target is None:
        return [this]
    found = work.value(effect.target, this, **known)
    if found is None:
        return []
    return list(found) if isinstance(found, list) else [found]


def _update(work: Work, doors: Doors, this: Record, effect: Effect, known: dict[str, Any]) -> None:
    for record in _targets(work, effect, this, known):
        links: Links = []
        variables = {**known, "row": record, LINKS: links}
        _change(work, doors, record, _values(work, _fields(work, record), effect.values, this, variables))
        _link(work, doors, links)


def _delete(work: Work, doors: Doors, this: Record, effect: Effect, known: dict[str, Any]) -> None:
    for record in _targets(work, effect, this, known):
        doors.delete(work, work.form(record.shape), record)


def _fire(work: Work, doors: Doors, this: Record, effect: Effect, known: dict[str, Any]) -> None:
    for record in _targets(work, effect, this, known):
        doors.fire(work, work.form(record.shape), record, str(effect.transition))


def _for_each(work: Work, doors: Doors, this: Record, effect: Effect, known: dict[str, Any]) -> None:
    assert effect.source is not None and effect.name is not None
    for source, _ in sources(work, effect.source, this, **known):
        run(work, doors, this, effect.do, {**known, effect.name: source["row"]})


def _choose(work: Work, doors: Doors, this: Record, effect: Effect, known: dict[str, Any]) -> None:
    for when, do in effect.branches:
        if when is None or work.value(when, this, **known):
            known.update(run(work, doors, this, do, known))
            return


def _reset(work: Work, doors: Doors, this: Record, effect: Effect, known: dict[str, Any]) -> None:
    form = work.form(this.shape)
    old = work.before(this)
    for name in effect.fields:
        found = form.fields[name]
        value = assigned(work, found.default, found, this) if found.default is not None else None
        _put(this, {name: value if value is not None or not found.columns else []})
    doors.settle(work, form, this, {(n,) for n in effect.fields}, old)


def _notify(work: Work, doors: Doors, this: Record, effect: Effect, known: dict[str, Any]) -> None:
    assert effect.people is not None
    message = {}
    if effect.message is not None:
        message = {lang: work.render(effect.message, lang, this, **known) for lang in LANGUAGES}
    main, found = this.main, people(work, effect.people, this, known)
    for person in found:
        tell(work, person, message, main.shape, main.id)
    if not found and work.actor.channel != DEMO:
        runs.note_unreached(work, "notify", main.shape, main.id, NOBODY)


def _mail(work: Work, doors: Doors, this: Record, effect: Effect, known: dict[str, Any]) -> None:
    assert effect.subject is not None and effect.message is not None
    subject, body = effect.subject, effect.message
    addresses: list[str] = []
    ids: list[int] = []
    for formula in effect.addresses:
        value = work.value(formula, this, **known)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                addresses.append(one)
            else:
                ids += persons(work, one)

    def words(language: str | None) -> tuple[str, str, str]:
        spoken = language or next(iter(body.words))
        return work.render(subject, spoken, this, **known), work.render(body, spoken, this, **known), spoken

    main = this.main
    mail.write(work, addresses, ids, words, f"{main.shape}/{main.id}", effect.attach)


def _call(work: Work, doors: Doors, this: Record, effect: Effect, known: dict[str, Any]) -> None:
    calls.defer(work, effect, this, known)


def _refuse(work: Work, doors: Doors, this: Record, effect: Effect, known: dict[str, Any]) -> None:
    assert effect.message is not None
    words = Text({lang: work.render(effect.message, lang, this, **known) for lang in LANGUAGES})
    raise Refused(problem(REFUSED, message=words))


def _open(work: Work, doors: Doors, this: Record, effect: Effect, known: dict[str, Any]) -> None:
    for record in _targets(work, effect, this, known)[:1]:
        main = record.main
        if main.id is not None:
            work.open = (main.shape, main.id)


def _transfer(work: Work, doors: Doors, this: Record, effect: Effect, known: dict[str, Any]) -> None:
    assert effect.people is not None
    doors.transfer(work, work.form(this.shape), this, effect.people, known)


def _compensate(work: Work, doors: Doors, this: Record, effect: Effect, known: dict[str, Any]) -> None:
    with because(work, of_form(BUTTON, str(effect.transition), work.form(this.shape), this)):
        for undoing, made in compensating.owed(work, this):
            run(work, doors, this, undoing.do or (), {undoing.name: made} if undoing.name is not None else {})


_VERBS: Mapping[str, Callable[[Work, Doors, Record, Effect, dict[str, Any]], None]] = {
    "set": _set,
    "let": _let,
    "create": _create,
    "upsert": _upsert,
    "update": _update,
    "delete": _delete,
    "fire": _fire,
    "for_each": _for_each,
    "choose": _choose,
    "reset": _reset,
    "notify": _notify,
    "mail": _mail,
    "call": _call,
    "refuse": _refuse,
    "open": _open,
    "transfer": _transfer,
    "compensate": _compensate,
}
