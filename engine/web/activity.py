"""A record's history as people read it: who did what when, values from old to new, opinions as quotes.

Why: history keeps values as JSON under the fields' names. Here they become words again, by the same field types
that show
them everywhere; a field that is gone since keeps its old name and value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from engine.definitions.model import Form, FormField
from engine.problems import Refused
from engine.runtime.values import Change, Event
from engine.web.mentions import names_in, shown
from engine.web.render import state_badge
from engine.web.visit import Visit

BURST = 120
"""Edits of one person within so many seconds are told as one."""

SHOWN = 20
ROBOTS = frozenset({"effect", "compute"})


@dataclass(frozen=True)
class Diff:
    """One changed value: the field's title, and the value before and after in words ("" where there was none)."""

    title: str
    old: str
    new: str
    computed: bool


@dataclass(frozen=True)
class Deed:
    """One thing that happened. `kind`: `step edit comment`. `tone` of a quote: `ok bad` or ""."""

    kind: str
    who: str
    robot: bool
    words: str
    before: Markup
    after: Markup
    at: datetime
    quote: Markup | str
    tone: str
    diffs: tuple[Diff, ...]


def deeds(visit: Visit, form: Form, events: Sequence[Event], show: str = "") -> list[Deed]:
    """The history, newest first. `show`: `opinions` or `changes` only; "" all."""
    known = names_in(visit, events)
    made = [_deed(visit, form, e, known) for e in _joined(events)]
    if show == "opinions":
        return [e for e in made if e.quote]
    if show == "changes":
        return [e for e in made if e.diffs]
    return made


def words_of(visit: Visit, found: FormField | None, value: Any) -> str:
    """A value of the history in words; as it is kept where its field can't read it any more."""
    if value is None or value == []:
        return ""
    if found is None:
        return str(value)
    place = visit.place(found, found.name)
    try:
        return visit.words(found, found.field.parse(value, place))
    except Refused:
        return str(value)


def _joined(events: Sequence[Event]) -> list[Event]:
    """Bursts of one person's edits as one: the first old value and the last new one of each field."""
    out: list[Event] = []
    for event in events:
        above = out[-1] if out else None
        if (
            above is not None and above.action == event.action == "edit" and above.actor == event.actor
            and (above.at - event.at).total_seconds() <= BURST
        ):  # fmt: skip
            out[-1] = _both(above, event)
        else:
            out.append(event)
    return out


def _both(later: Event, earlier: Event) -> Event:
    changes: dict[tuple[str, ...], Change] = {c.path: c for c in earlier.changes}
    for change in later.changes:
        first = changes.get(change.path)
        changes[change.path] = Change(change.path, first.old if first else change.old, change.new)
    kept = tuple(c for c in changes.values() if c.old != c.new)
    return Event(
        later.id, later.at, later.actor, later.actor_name, later.action, later.transition, later.from_state,
        later.to_state, later.opinion, later.channel, later.version, kept, later.comment,
    )  # fmt: skip


def _deed(visit: Visit, form: Form, event: Event, known: Mapping[str, str]) -> Deed:
    language = visit.language
    button = form.button(event.transition) if event.transition else None
    moved = event.from_state is not None and event.to_state is not None and event.from_state != event.to_state
    final = _final(form, event.to_state) if moved else None
    diffs = tuple(_diff(visit, form, c) for c in event.changes) if event.action != "create" else ()
    if button is not None:
        words = visit.text(button.title)
    elif event.transition:
        words = event.transition
    elif event.action == "edit":
        words = visit.t("did_edit", n=len(diffs))
    else:
        words = visit.t(f"did_{event.action}" if event.action in DEEDS else "did_other")
    return Deed(
        kind="comment" if event.comment else "step" if event.transition or event.action == "create" else "edit",
        who=event.actor_name or visit.t("engine"),
        robot=event.actor is None or event.action in ROBOTS,
        words=words,
        before=state_badge(form, event.from_state, language) if moved else Markup(""),
        after=state_badge(form, event.to_state, language) if moved else Markup(""),
        at=event.at,
        quote=shown(event.comment, known) if event.comment else event.opinion or "",
        tone={"success": "ok", "failure": "bad"}.get(final or "", "") if event.opinion else "",
        diffs=diffs,
    )


DEEDS = frozenset({"create", "edit", "comment", "delete", "effect", "import"})


def _final(form: Form, state: str | None) -> str | None:
    found = form.workflow.states.get(state) if form.workflow is not None and state else None
    return found.final if found is not None else None


def _diff(visit: Visit, form: Form, change: Change) -> Diff:
    name = change.path[0]
    found = form.fields.get(name)
    if len(change.path) == 1:
        if found is None and name == "owner":
            return Diff(visit.t("sys_owner"), _person(visit, change.old), _person(visit, change.new), False)
        title = visit.text(found.title) if found is not None else name
        computed = found is not None and found.formula is not None
        return Diff(title, words_of(visit, found, change.old), words_of(visit, found, change.new), computed)
    line, column = change.path[1], change.path[2]
    inner = found.columns.get(column) if found is not None else None
    sign = {"+": visit.t("line_added"), "-": visit.t("line_removed")}.get(line[:1], "")
    parts = [visit.text(found.title) if found is not None else name, sign, visit.text(inner.title) if inner else column]
    title = " · ".join(p for p in parts if p)
    computed = inner is not None and inner.formula is not None
    return Diff(title, words_of(visit, inner, change.old), words_of(visit, inner, change.new), computed)


def _person(visit: Visit, id: Any) -> str:
    return visit.reader.title_of("person", id) if isinstance(id, int) else ""
