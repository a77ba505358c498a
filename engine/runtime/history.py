"""The history of records: one row for each record that a unit of work touched, in the same transaction.

Why: "who, when, which value from what to what" must be true even after a crash, so it is written with the change
itself. A difference is kept by meaning: fields by name, lines by their ids, values as JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, update

from engine.definitions.model import Form, FormField, Transition, walk
from engine.fields.base import Field
from engine.runtime import causes
from engine.runtime.before import Happened
from engine.runtime.live import Written
from engine.runtime.record import Record
from engine.runtime.uploads import SIGNED
from engine.runtime.values import Change, Event
from engine.runtime.work import Work
from engine.storage import tables
from engine.storage.putting import put
from engine.texts import Text

Words = dict[int, Callable[[Any], Any]]
"""What words the values of fields as JSON, by the field's identity."""

Worded = tuple[tuple[str, Callable[[Any], Any] | None], ...]
"""Fields that history tells of, each with what words its values; None: they stand as they are."""

Told = list[tuple[str, Callable[[Any], Any] | Worded | None]]
"""What history tells of a new record: the fields and lists of its form, a list (by its path) with its columns."""

PHRASES, SHORT, RECENT = 3, 24, 400
"""How many phrases are offered, how many letters each has at most, and among how many of one's last acts they are found."""

WORDED = (Decimal, date, datetime)
"""Values that come again and again."""

AS_IT_IS = ("action", "transition", "from_state", "opinion", "task", "acting_for", "people", "signature")
"""What of a record's happenings is written as it is."""

MASK = "••••"
"""What history says of a sensitive value."""


def journal(work: Work, request: str | None = None) -> None:
    """Write a row for every record that something happened to, and hand files over to the records that hold them."""
    rows: list[dict[str, Any]] = []
    went: list[Happened] = []
    words: Words = {}
    told: dict[str, Told] = {}
    for (shape, id), happened in work.happened.items():
        form = work.form(shape)
        record = work.row(shape, id)
        if record is not None and _is_new(form, happened):
            if shape not in told:
                told[shape] = _told(form)
            diff = _all_of(told[shape], record)
        else:
            diff = difference(form, record, happened, words)
        if happened.action in ("edit", "effect") and not diff:
            continue
        version = record.version if record is not None else 0
        to_state = record.values.get("state") if record is not None and _arrived(happened) else None
        rows.append({
            "form": shape, "record": id, "version": version, "to_state": to_state, "definition": form.digest, "diff": diff,
        })  # fmt: skip
        went.append(happened)
        work.written.append(Written(shape, id, version, happened.action, work.actor.id))
        if record is not None:
            if form.uploading:
                _hand_over_files(work, form, record)
            if happened.signature is not None:
                _attach(work, form, record, SIGNED, (happened.signature,))
    alike = {"at": work.now, "actor": work.actor.id, "channel": work.actor.channel, "comment": None, "request": request}
    beside: dict[str, Sequence[Any]] = {name: [getattr(one, name) for one in went] for name in AS_IT_IS}
    beside["confirmed"] = [[dict(w.words) for w in one.confirmed] or None for one in went]
    beside["causes"] = [[cause.written(some) for cause, some in one.causes.items()] or None for one in went]
    put(work.conn, tables.event, rows, alike, beside)


def _is_new(form: Form, happened: Happened) -> bool:
    """Whether there was nothing of the record before, neither values nor lines."""
    none = not happened.before and not any(happened.lines.values())
    return none and happened.action == "create" and happened.lines.keys() >= form.line_forms().keys()


def _told(form: Form) -> Told:
    found: Told = []
    for path, item in walk(form.fields):
        if item.columns:
            found.append((".".join(path), tuple((c.name, _ready(c)) for c in item.columns.values() if c.kept)))
        elif len(path) == 1 and item.kept:
            found.append((item.name, _ready(item)))
    return found


def _ready(found: FormField) -> Callable[[Any], Any] | None:
    """What words a field's values; None: they are JSON already."""
    bare = type(found.field).to_json is Field.to_json and not found.field.sensitive
    return None if bare else _wording(found)


def _all_of(told: Told, record: Record) -> dict[str, Any]:
    """The `difference` of a record that is new: all that it has."""
    values = record.values
    diff: dict[str, Any] = {}
    for name, word in told:
        if not isinstance(word, tuple):
            if (value := values.get(name)) is not None:
                diff[name] = [None, value if word is None else word(value)]
        elif lines := record.lines(name):
            inner = "." in name
            diff[name] = {
                f"+{_line_key(line.id, line.parent, inner)}": {
                    n: v if worded is None else worded(v) for n, worded in word if (v := line.values.get(n)) is not None
                }
                for line in lines
            }
    return diff


def _arrived(happened: Happened) -> bool:
    """Whether it is told which state the record came to."""
    return happened.transition is not None or happened.action in ("create", "wait", "lapse")


def difference(form: Form, record: Record | None, happened: Happened, words: Words) -> dict[str, Any]:
    """What changed: field -> [old, new]; a list -> {line id: {column: [old, new]}}, with `+id` for a new line's values
    and `-id` for those of one that is gone; for a list within another's lines (`parcels.items`) a line's id stands behind
    that of the line around it (`7.12`). `record` None: it was deleted, all old values are kept."""
    diff: dict[str, Any] = {}
    before, now = happened.before, record.values if record is not None else {}
    for path, found in walk(form.fields):
        name = ".".join(path)
        if found.columns:
            lines = _line_difference(found, name, record, happened.lines.get(name), words)
            if lines:
                diff[name] = lines
        elif len(path) == 1 and (pair := _pair(found, before.get(name), now.get(name), words)) is not None:
            diff[name] = pair
    old, new = happened.before.get("owner"), record.values.get("owner") if record is not None else None
    if happened.before and old != new and record is not None:
        diff["owner"] = [old, new]
    return diff


def _line_difference(
    found: FormField, name: str, record: Record | None, was: Mapping[int, Mapping[str, Any]] | None, words: Words
) -> dict[str, Any]:
    if was is None:
        return {}
    inner = "." in name
    now = (
        {_line_key(line.id, line.parent, inner): line.values for line in record.lines(name)}
        if record is not None
        else {}
    )
    before = {f"{values['parent']}.{id}" if inner else str(id): values for id, values in was.items()}
    diff: dict[str, Any] = {}
    for id, values in before.items():
        if id not in now:
            diff[f"-{id}"] = {n: p[0] for n, c in found.columns.items() if (p := _pair(c, values.get(n), None, words))}
    for id, values in now.items():
        if id not in before:
            diff[f"+{id}"] = {n: p[1] for n, c in found.columns.items() if (p := _pair(c, None, values.get(n), words))}
            continue
        changed = {n: p for n, c in found.columns.items() if (p := _pair(c, before[id].get(n), values.get(n), words))}
        if changed:
            diff[id] = changed
    return diff


def _line_key(id: int | None, holder: Record | None, inner: bool) -> str:
    return f"{holder.id}.{id}" if inner and holder is not None else str(id)


def _pair(found: FormField, old: Any, new: Any, words: Words) -> list[Any] | None:
    if old is new or old == new or not found.kept:
        return None
    word = words.get(id(found))
    if word is None:
        word = words[id(found)] = _wording(found)
    return [None if old is None else word(old), None if new is None else word(new)]


def _wording(found: FormField) -> Callable[[Any], Any]:
    """What words a value of this field (not None) as JSON."""
    if found.field.sensitive:
        return lambda value: MASK
    known: dict[Any, Any] = {}
    to_json = found.field.to_json

    def word(value: Any) -> Any:
        if value.__class__ not in WORDED:
            return to_json(value)
        if value not in known:
            known[value] = to_json(value)
        return known[value]

    return word


def _hand_over_files(work: Work, form: Form, record: Record) -> None:
    for path, found in walk(form.fields):
        if found.field.uploads() is None:
            continue
        for holder in record.lines(".".join(path[:-1])) if len(path) > 1 else [record]:
            if holder.values.get(found.name):
                _attach(work, form, record, ".".join(path), holder.values[found.name])


def _attach(work: Work, form: Form, record: Record, field: str, files: tuple[int, ...]) -> None:
    work.conn.execute(
        update(tables.file)
        .where(tables.file.c.id.in_(files), tables.file.c.record.is_(None))
        .values(form=form.name, record=record.id, field=field)
    )


def events(work: Work, form: Form, id: int, hidden: frozenset[str]) -> tuple[Event, ...]:
    """A record's history, the newest first, without what is hidden from the reader."""
    table = tables.event
    found = work.conn.execute(
        select(table).where(table.c.form == form.name, table.c.record == id).order_by(table.c.id.desc())
    ).mappings()
    return tuple(
        Event(
            id=row["id"], at=row["at"], actor=row["actor"],
            actor_name=work.title_of("person", row["actor"]) if row["actor"] is not None else "",
            action=row["action"], transition=row["transition"], from_state=row["from_state"],
            to_state=row["to_state"], opinion=row["opinion"], channel=row["channel"], version=row["version"],
            changes=changes(row["diff"] or {}, hidden), comment=row["comment"],
            confirmed=tuple(Text(words) for words in row["confirmed"] or ()), task=row["task"],
            acting_for=work.title_of("person", row["acting_for"]) if row["acting_for"] is not None else "",
            people=tuple(work.title_of("person", id) for id in row["people"] or ()),
            definition=row["definition"] or "", causes=_causes(row["causes"], hidden), signature=row["signature"],
        )
        for row in found
    )  # fmt: skip


def phrases(work: Work, form: Form, transition: Transition) -> tuple[str, ...]:
    """Short opinions that the actor gave lately by the same button, the latest first, each once. One that says no more than
    the button itself is none: beside it, it would be taken for it."""
    table = tables.event
    mine = (
        select(table.c.id, table.c.form, table.c.transition, table.c.opinion)
        .where(table.c.actor == work.actor.id)
        .order_by(table.c.id.desc())
        .limit(RECENT)
        .subquery()
    )
    found = work.conn.scalars(
        select(mine.c.opinion)
        .where(mine.c.form == form.name, mine.c.transition == transition.name, mine.c.opinion.is_not(None))
        .order_by(mine.c.id.desc())
    )
    short = dict.fromkeys(" ".join(one.split()) for one in found if len(one) <= SHORT)
    return tuple(one for one in short if one and one not in transition.title.words.values())[:PHRASES]


def _causes(kept: Any, hidden: frozenset[str]) -> tuple[causes.Caused, ...]:
    return tuple(replace(one, fields=one.fields - hidden) for one in causes.read(kept))


def changes(diff: Mapping[str, Any], hidden: frozenset[str]) -> tuple[Change, ...]:
    """A stored difference as changes, one for each value."""
    found: list[Change] = []
    for name, value in diff.items():
        if name in hidden:
            continue
        if isinstance(value, list):
            found.append(Change((name,), value[0], value[1]))
            continue
        for line, columns in value.items():
            for column, pair in columns.items():
                if f"{name}.{column}" in hidden:
                    continue
                old, new = pair if isinstance(pair, list) and line[0] not in "+-" else (None, pair)
                if line.startswith("-"):
                    old, new = pair, None
                found.append(Change((name, line, column), old, new))
    return tuple(found)


def remark(work: Work, form: Form, record: Record, text: str) -> None:
    """Add a comment to a record's history."""
    work.conn.execute(
        insert(tables.event).values(
            form=form.name, record=record.id, version=record.version, at=work.now, actor=work.actor.id,
            action="comment", channel=work.actor.channel, definition=form.digest, diff=None, comment=text,
        )
    )  # fmt: skip
    work.written.append(Written(form.name, record.id or 0, record.version, "comment", work.actor.id))
