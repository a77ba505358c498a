"""Records, history, buttons and drafts as JSON: the same names as in the definitions, values as their field types say."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from engine.definitions.model import SYSTEM, Form, FormField
from engine.problems import Problem
from engine.runtime.causes import Cause
from engine.runtime.paths import shut_in
from engine.runtime.record import Record
from engine.runtime.values import Button, Draft, Event

KEPT = SYSTEM[1:]
"""System members but the id."""


def record_json(
    form: Form, record: Record, hidden: Collection[str], names: Collection[str] | None = None
) -> dict[str, Any]:
    """A record with its system members and fields; what is hidden is left out. `names`: only these."""
    values = record.values
    made: dict[str, Any] = {"id": record.id, "_version": record.version, "_title": record.title}
    for name in KEPT:
        if names is None or name in names:
            made[name] = system_json(values.get(name))
    if form.workflow is None:
        made.pop("state", None)
    for name, found in form.fields.items():
        if (names is not None and name not in names) or name in hidden or found.related is not None:
            continue
        if found.columns:
            made[name] = [_line(found, line, hidden, name) for line in values.get(name) or ()]
        else:
            made[name] = found.field.to_json(values.get(name))
    for name, found in form.far.items():
        if name in values and names is not None and name in names:
            made[name] = found.field.to_json(values.get(name))
    return made


def _line(found: FormField, line: Record, hidden: Collection[str], list_: str) -> dict[str, Any]:
    made: dict[str, Any] = {"id": line.id}
    for name, column in found.columns.items():
        own = f"{list_}.{name}"
        if own in hidden or column.related is not None:
            continue
        if column.columns:
            made[name] = [_line(column, one, hidden, own) for one in line.value(name) or ()]
        else:
            made[name] = column.field.to_json(line.values.get(name))
    return made


def system_json(value: Any) -> Any:
    """A system member: a text, an id, or a moment."""
    return moment(value) if isinstance(value, datetime) else value


def moment(value: datetime) -> str:
    """2026-01-05T09:20:00.123456Z"""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def plain(value: Any) -> Any:
    """Any value of a formula: numbers as decimal strings, days and moments ISO."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return moment(value)
    return value.isoformat() if isinstance(value, date) else value


def event_json(event: Event) -> dict[str, Any]:
    """One thing that happened."""
    return {
        "id": event.id,
        "at": moment(event.at),
        "actor": event.actor,
        "actor_name": event.actor_name or None,
        "action": event.action,
        "transition": event.transition,
        "from_state": event.from_state,
        "to_state": event.to_state,
        "opinion": event.opinion,
        "comment": event.comment,
        "channel": event.channel,
        "version": event.version,
        "task": event.task,
        "acting_for": event.acting_for or None,
        "definition": event.definition or None,
        "signature": event.signature,
        "causes": [cause_json(c.cause, sorted(c.fields)) for c in event.causes],
        "changes": [{"path": list(map(str, c.path)), "old": c.old, "new": c.new} for c in event.changes],
    }


def cause_json(cause: Cause, fields: list[str]) -> dict[str, Any]:
    """What in the definitions did something, and the fields it gave values to."""
    return {
        "kind": cause.kind, "name": cause.name, "form": cause.form or None, "record": cause.record,
        "definition": cause.definition, "fields": fields,
    }  # fmt: skip


def button_json(button: Button, language: str) -> dict[str, Any]:
    """A transition as offered now; `closed` says why it can't be pressed."""
    transition = button.transition
    return {
        "name": transition.name,
        "title": transition.title.to(language),
        "to": transition.target,
        "opinion": transition.opinion,
        "edit": list(transition.edit),
        "require": list(transition.require),
        "ask": list(transition.ask),
        "open": button.closed is None,
        "closed": _closed(button.closed, language),
    }


def _closed(found: Problem | None, language: str) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"code": found.code, "message": found.message(language), "remedy": found.remedy(language) or None}


def draft_json(draft: Draft) -> dict[str, Any]:
    """A form as it would be: its values, and by path what is shown, needed, closed, limited and offered."""
    hidden = draft.rights.hidden
    values = record_json(draft.form, draft.record, hidden)
    for name in ("id", "_version", "_title", *KEPT):
        values.pop(name, None)
    return {
        "values": values,
        "visible": _open(draft.visible, hidden),
        "required": _open(draft.required, hidden),
        "readonly": _open(draft.readonly, hidden),
        "limits": {
            path: {"min": plain(low), "max": plain(high)} for path, (low, high) in _open(draft.limits, hidden).items()
        },
        "options": {path: list(names) for path, names in _open(draft.options, hidden).items()},
    }


def _open(by_path: Mapping[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    """What isn't hidden: `items.0.price` stands for the column `items.price`."""
    found: dict[str, Any] = {}
    for path, value in by_path.items():
        if not shut_in(path.split(".")[::2], hidden):
            found[path] = value
    return found
