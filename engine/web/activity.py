"""A record's history as people read it: who did what when, values from old to new, opinions as quotes.

Why: it is read to find out how a record became what it is; so what one person did in one go is told once, and what the
engine did by itself stays in the background.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest

from markupsafe import Markup

from engine.definitions.model import Form
from engine.runtime.causes import Caused
from engine.runtime.record import Record
from engine.runtime.values import Change, Event
from engine.web import causes
from engine.web.diffs import Diff, diffs_of
from engine.web.mentions import names_in, shown
from engine.web.render import state_badge
from engine.web.visit import Visit

BURST = 120
"""Edits of one person within so many seconds are told as one."""

SHOWN = 20
VERSION = 8
"""How much of a definition's digest names its version to people."""

ROBOTS = frozenset({"effect", "compute", "wait", "lapse", "transfer"})
SHOWS = ("", "opinions", "changes", "comments")
"""What may be asked for; "" is all."""

WAYS = frozenset({"api", "import", "cli", "timer", "automation"})
"""The channels that are told; a page goes without saying."""

DEEDS = frozenset({"create", "edit", "comment", "delete", "effect", "import", "wait", "lapse", "transfer"})


@dataclass(frozen=True)
class Deed:
    """One thing that happened. `kind`: `step edit comment`. `tone` of a quote: `ok bad` or "". `asides`: in which of several
    tasks it was done, by which way it came, if not by a page, and what in the definitions took part. `version` of the form's
    definition; `changed`: from here on it is another one."""

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
    confirmed: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()
    version: str = ""
    signature: int | None = None
    changed: bool = False


def deeds(visit: Visit, form: Form, record: Record, events: Sequence[Event], show: str = "") -> list[Deed]:
    """The history, newest first. `show`: `opinions`, `changes` or `comments` only; "" all."""
    known = names_in(visit, events)
    joined = _joined(events)
    made = [
        _deed(visit, form, record, e, known, changed=earlier is not None and e.definition != earlier.definition)
        for e, earlier in zip_longest(joined, joined[1:])
    ]
    if show == "opinions":
        return [e for e in made if e.quote and e.kind != "comment"]
    if show == "changes":
        return [e for e in made if e.diffs]
    if show == "comments":
        return [e for e in made if e.kind == "comment"]
    return made


def _joined(events: Sequence[Event]) -> list[Event]:
    """Bursts of one person's edits as one: the first old value and the last new one of each field."""
    out: list[Event] = []
    for event in events:
        above = out[-1] if out else None
        if (
            above is not None and above.action == event.action == "edit" and above.actor == event.actor
            and (above.at - event.at).total_seconds() <= BURST and above.definition == event.definition
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
    return replace(later, changes=kept, confirmed=(*earlier.confirmed, *later.confirmed), causes=_all(earlier, later))


def _all(earlier: Event, later: Event) -> tuple[Caused, ...]:
    return tuple(dict.fromkeys((*earlier.causes, *later.causes)))


def _deed(
    visit: Visit, form: Form, record: Record, event: Event, known: Mapping[str, str], *, changed: bool
) -> Deed:  # fmt: skip
    language = visit.language
    button = form.button(event.transition) if event.transition else None
    moved = event.from_state is not None and event.to_state is not None and event.from_state != event.to_state
    final = _final(form, event.to_state) if moved else None
    diffs = diffs_of(visit, form, event.changes, record) if event.action != "create" else ()
    if event.action == "print":
        found = form.prints.get(event.transition or "")
        words = visit.t("did_print", title=visit.text(found.title) if found is not None else event.transition)
    elif button is not None:
        words = visit.text(button.title)
    elif event.transition:
        words = event.transition
    elif event.action == "edit":
        words = visit.t("did_edit", n=len(diffs))
    else:
        words = visit.t(f"did_{event.action}" if event.action in DEEDS else "did_other")
    if event.people:
        words += " → " + visit.t("list_comma").join(event.people)
    return Deed(
        kind="comment"
        if event.comment
        else "step"
        if (event.transition and event.action != "print") or event.action == "create"
        else "edit",
        who=_who(visit, event),
        robot=event.actor is None or event.action in ROBOTS,
        words=words,
        before=state_badge(form, event.from_state, language) if moved else Markup(""),
        after=state_badge(form, event.to_state, language) if moved else Markup(""),
        at=event.at,
        quote=shown(event.comment, known) if event.comment else event.opinion or "",
        tone={"success": "ok", "failure": "bad"}.get(final or "", "") if event.opinion else "",
        diffs=diffs,
        confirmed=tuple(visit.text(words) for words in event.confirmed),
        asides=tuple(filter(None, (_task(visit, form, event), *_how(visit, form, record, event)))),
        signature=event.signature,
        version=event.definition[:VERSION],
        changed=changed,
    )


def _task(visit: Visit, form: Form, event: Event) -> str:
    """The title of the task it was done in, where its state has several."""
    state = form.workflow.states.get(event.from_state or "") if form.workflow is not None else None
    task = state.tasks.get(event.task) if state is not None and event.task else None
    return visit.text(task.title) if task is not None else ""


def _how(visit: Visit, form: Form, record: Record, event: Event) -> list[str]:
    """How it came: by a program, an import, a time that was up; and what in the definitions took part."""
    told: list[str] = list(causes.told(visit, form, record, event))
    way = (
        visit.t(f"way_{event.channel}")
        if event.channel in WAYS and not (told and event.channel == "automation")
        else ""
    )
    button = form.button(event.transition) if event.transition else None
    left = ""
    if button is not None and button.verb == "withdraw":
        left = visit.t("withdraw_undone" if form.name in visit.catalog.compensations else "withdraw_left")
    return [way, *told, left]


def _who(visit: Visit, event: Event) -> str:
    """Who did it, and in whose place."""
    who = event.actor_name or visit.t("engine")
    return visit.t("did_for", who=who, other=event.acting_for) if event.acting_for else who


def _final(form: Form, state: str | None) -> str | None:
    found = form.workflow.states.get(state) if form.workflow is not None and state else None
    return found.final if found is not None else None
