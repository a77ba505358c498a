"""What a record asks of its reader now: what is to be done and until when, who passed it on and what they said, what has
changed since the reader last acted on it, and the fields that their task wants filled.

Why: whoever comes to a record because it waits for them should not have to read the whole of it first. What the task asks
for stands in the card itself, and the buttons of the page send it; what a button asks besides comes in its dialog.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from engine.definitions.model import Form, Transition
from engine.problems import Problem
from engine.runtime.seats import Seats
from engine.runtime.ticking import Ticking
from engine.runtime.values import Change, Event, Opened
from engine.runtime.waiting import is_money, told
from engine.web import figures
from engine.web.boxes import box
from engine.web.diffs import Diff, diffs_of
from engine.web.filling import Cell, Filling, by_path
from engine.web.line_tables import LineTable
from engine.web.lookups import Read, filled
from engine.web.render import fragment
from engine.web.rules import filling_rules, rules_of
from engine.web.said import summary, warnings_of
from engine.web.tasks import Due, due_of
from engine.web.visit import Visit

CARD = "_card"
"""The hidden input that tells that a button was pressed with the card's form."""

MOST = 8
"""How many changes the card tells; the activity has them all."""


@dataclass(frozen=True)
class Since:
    """What changed after the reader last acted: in which words, by when, their opinion then ("")."""

    words: str
    diffs: tuple[Diff, ...]
    more: int
    opinion: str
    at: str


@dataclass(frozen=True)
class Clock:
    """A clock of the workflow in words; `due` None: it stands still, is met or was missed, as `note` says."""

    title: str
    due: Due | None
    note: str


@dataclass(frozen=True)
class Todo:
    """The card. `amount`: the money that is decided on, its title and how much, None where there is none; `passed` tells
    who brought the record here and `quote` what they said ("" for nothing); `names`: the buttons that send its form; none:
    it has none."""

    title: str
    due: Due | None
    amount: tuple[str, Markup | str] | None
    passed: str
    quote: str
    since: Since | None
    names: frozenset[str]


def todo_of(visit: Visit, form: Form, read: Read) -> Todo | None:
    """The card of a record that waits for the reader; None for one that doesn't."""
    state = str(read.opened.record.values.get("state"))
    if not read.mine or form.workflow is None or state not in form.workflow.states:
        return None
    task = next((t for t in read.tasks if t.name and any(s.mine for s in t.seats)), None)
    title = visit.text(task.title) if task is not None else visit.text(form.workflow.states[state].title)
    came = next((e for e in read.opened.history if _brought(e, visit.actor.name)), None)
    return Todo(
        title, due(visit, read.times), _amount(visit, form, read.opened), _passed(visit, form, came),
        (came.opinion or "") if came is not None else "", _since(visit, form, read.opened), inline(form, read.opened, read.tasks),
    )  # fmt: skip


def due(visit: Visit, times: Sequence[Ticking]) -> Due | None:
    """Until when the record's state is to be left, or was to be; None where that is open."""
    states = ("running", "missed")
    return next((due_of(visit, one.due_at) for one in times if one.title is None and one.state in states), None)


def clocks(visit: Visit, times: Sequence[Ticking]) -> list[Clock]:
    """The workflow's clocks of a record."""
    made = []
    for one in times:
        if one.title is None:
            continue
        running = due_of(visit, one.due_at) if one.state == "running" else None
        note = "" if running is not None else visit.t(f"clock_{one.state}", left=_length(visit, one))
        made.append(Clock(visit.text(one.title), running, note))
    return made


def inline(form: Form, opened: Opened, tasks: Sequence[Seats]) -> frozenset[str]:
    """The buttons of the reader's task that ask for nothing but what the task itself wants filled; none where the task wants
    nothing, or one of them asks more."""
    wanted = _wanted(form, opened, tasks)
    found = [
        b.transition.at(opened.record.values.get("state")) for b in opened.buttons if _of_task(b.transition, opened)
    ]
    if not wanted or not found or any(_asks_more(one, wanted) for one in found):
        return frozenset()
    return frozenset(one.name for one in found)


def card(
    visit: Visit, form: Form, id: int, names: frozenset[str], raw: Mapping[str, Any], problems: Sequence[Problem],
    starts: Mapping[str, int] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """What the card's form is drawn from; `raw` is what was typed."""
    first = form.button(sorted(names)[0])
    assert first is not None
    found = filled(visit, form, raw=raw, id=id, button=first.name)
    draft = found.draft
    first = first.at(draft.record.values.get("state"))
    visit.knows([draft.record])
    errors = [p for p in problems if p.severity == "error"]
    only = tuple(dict.fromkeys((*first.edit, *first.require)))
    filling = Filling(visit, form, draft, raw, by_path(errors), starts=starts or {}, only=only)
    fields = dict.fromkeys(n.partition(".")[0] for n in only)
    boxes: list[Cell | LineTable] = [b for n in fields if (b := box(filling, n)) is not None]
    said = summary(visit, form, [p for p in errors if p.place.field != "opinion"])
    if filling.error("opinion"):
        said.append(("#field-task-opinion", visit.t("opinion")))
    return {
        "record": draft.record, "boxes": boxes, "button": first.name,
        "expected": " ".join(b.cell.name if isinstance(b, LineTable) else b.name for b in boxes),
        "rules": filling_rules(rules_of(visit, draft, found.settings, first), boxes), "summary": said,
        "warnings": warnings_of(visit, form, problems, fields), "confirmed": frozenset(visit.sent_all("confirm")),
        "opinion": visit.sent("opinion"), "opinion_error": filling.error("opinion"), "asks_opinion": first.opinion != "none",
        "version": draft.record.version,
    }  # fmt: skip


def refused(
    visit: Visit, form: Form, id: int, raw: Mapping[str, Any], problems: Sequence[Problem], names: frozenset[str]
) -> Response:
    """The card's form again, with what is wrong beside its fields."""
    ask = card(visit, form, id, names, raw, problems)
    return fragment(visit, "parts/todo_form.html", 422, form=form, record=ask["record"], ask=ask)


# -- inner -------------------------------------------------------------------------------------------------------------


def _amount(visit: Visit, form: Form, opened: Opened) -> tuple[str, Markup | str] | None:
    """The same that lines about the record tell in lists, if that is money."""
    for name in told(form, frozenset(form.fields) - opened.rights.hidden):
        field, value = form.fields[name], opened.record.values.get(name)
        if is_money(field) and value is not None and opened.visible.get(name, True):
            return visit.text(field.title), field.field.display(value, visit.reader)
    return None


def _wanted(form: Form, opened: Opened, tasks: Sequence[Seats]) -> frozenset[str]:
    """What the reader's open task wants filled."""
    state = form.workflow.states.get(str(opened.record.values.get("state"))) if form.workflow is not None else None
    mine = next((t.name for t in tasks if any(seat.mine for seat in t.seats)), None)
    task = state.tasks.get(mine) if state is not None and mine is not None else None
    return frozenset((*task.edit, *task.require)) if task is not None else frozenset()


def _of_task(one: Transition, opened: Opened) -> bool:
    return (
        one.verb in ("", "done")
        and opened.record.values.get("state") in one.held
        and any(b.transition is one and b.closed is None for b in opened.buttons)
    )


def _asks_more(one: Transition, wanted: frozenset[str]) -> bool:
    return bool(one.ask) or one.confirm is not None or not {*one.edit, *one.require} <= wanted


def _brought(event: Event, reader: str) -> bool:
    """Whether the record came to the reader by it: created, moved here, or handed to them by somebody who had it."""
    if event.action == "create" or (event.to_state is not None and event.from_state != event.to_state):
        return True
    return reader in event.people and event.actor_name != reader


def _passed(visit: Visit, form: Form, event: Event | None) -> str:
    """Who brought the record here, by what, when."""
    if event is None:
        return ""
    button = form.button(event.transition) if event.transition else None
    done = visit.text(button.title) if button is not None else visit.t("did_create") if event.action == "create" else ""
    who = event.actor_name or visit.t("engine")
    return " · ".join(filter(None, (f"{who} {done}".strip(), figures.moment(event.at, visit.reader))))


def _since(visit: Visit, form: Form, opened: Opened) -> Since | None:
    events = opened.history
    mine = next((i for i, e in enumerate(events) if e.actor == visit.actor.id and e.action != "comment"), None)
    if not mine:
        return None
    changes: dict[tuple[str, ...], Change] = {}
    for event in reversed(events[:mine]):
        for one in event.changes:
            first = changes.get(one.path)
            changes[one.path] = Change(one.path, first.old if first is not None else one.old, one.new)
    told = diffs_of(visit, form, [c for c in changes.values() if c.old != c.new], opened.record)
    if not told:
        return None
    last = events[mine]
    button = form.button(last.transition) if last.transition else None
    did = (
        visit.text(button.title) if button is not None else visit.t("did_create" if last.action == "create" else "edit")
    )
    words = visit.t("since_you", n=len(told), did=did)
    at = figures.moment(last.at, visit.reader)
    return Since(words, told[:MOST], max(0, len(told) - MOST), last.opinion or "", at)


def _length(visit: Visit, one: Ticking) -> str:
    hours = int(one.left.total_seconds() // 3600) if one.left is not None else 0
    return visit.t("hours_n", n=hours)
