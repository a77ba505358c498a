"""Opening a record to be read, and a form to be filled: what a person sees before anything is decided.

Why: a page, the API and the browser's live questions ask the same things: the values as they stand, what is shown,
needed and closed, which buttons there are. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.definitions.model import Form, FormField, Transition
from engine.problems import Refused, problem
from engine.problems.record import NOT_FOUND
from engine.runtime import access, flow
from engine.runtime.act import buttons
from engine.runtime.change import seen
from engine.runtime.checks import twins
from engine.runtime.compute import compute, shown, unstored
from engine.runtime.history import events
from engine.runtime.paths import places, shut
from engine.runtime.reading import Given, Path, dotted, read_into, without_rows
from engine.runtime.record import Record
from engine.runtime.values import Draft, Event, Opened, Rights
from engine.runtime.work import Work


def open_record(work: Work, name: str, id: int) -> Opened:
    """A record with everything its page shows, as this actor may see it. Refused: there is none for them."""
    form, record = seen(work, name, id)
    rights = access.rights(work, form, record)
    can_press = buttons(work, form, record)
    visible = shown(work, form, record)
    twin = whole(work, form, record)
    conceal(twin, rights.hidden)
    history = events(work, form, id, rights.hidden)
    return Opened(form, twin, rights, can_press, history, {dotted(p): v for p, v in visible.items()})


def whole(work: Work, form: Form, record: Record) -> Record:
    """A copy with its lines read and the formulas that are computed when read."""
    twin = work.before(record)
    twin.values.update(unstored(work, form.fields, record))
    for name, found in form.line_forms().items():
        for line, original in zip(twin.lines(name), record.lines(name), strict=True):
            line.values.update(unstored(work, found.columns, original))
    return twin


def conceal(record: Record, hidden: frozenset[str]) -> None:
    """Take hidden values out, in place; `list.column` takes a column out of the lines."""
    for name in sorted(hidden):
        list_, _, column = name.rpartition(".")
        for holder in record.at_hand(list_) if list_ else (record,):
            holder.values[column] = None


def history(work: Work, name: str, id: int) -> tuple[Event, ...]:
    """A record's history as this actor may see it."""
    form, record = seen(work, name, id)
    return events(work, form, id, access.rights(work, form, record).hidden)


def draft(
    work: Work, name: str, *, raw: Mapping[str, Any] | None = None, id: int | None = None, button: str | None = None,
    touched: frozenset[str] | None = None,
) -> Draft:  # fmt: skip
    """A form as it stands while it is being filled: a new record, or a stored one with `raw` put over it.

    `touched` names the fields (`phone`, `items`, `items.0.price`) that the person decided; the others follow their
    defaults. None: all that `raw` gives. Values that can't be read count as empty; nothing is refused but the form
    itself.
    """
    form = work.form(name)
    old: Record | None = None
    if id is None:
        if not access.may(form, work.actor, "create"):
            raise Refused(access.forbidden(work.catalog, form, "create"))
        record = work.blank(form.name)
        flow.system(work, form, record)
    else:
        _, stored = seen(work, name, id)
        old, record = stored, work.before(stored)
    pressed = _button(form, button).at(record.values.get("state")) if button is not None else None
    rights = _rights(work, form, record, pressed)
    given = read_into(work, record, raw or {}, form.fields)
    closed = frozenset[str]() if button else rights.readonly | rights.hidden
    asked = _asked(pressed) if pressed is not None else frozenset[str]()
    decided = _decided(given, touched)
    computed = compute(
        work, form, record, decided, old, closed=closed, free=button is not None, asked=asked, live=touched is not None
    )
    record.values.update(unstored(work, form.fields, record))
    for list_, found in form.line_forms().items():
        for line in record.lines(list_):
            line.values.update(unstored(work, found.columns, line))
    conceal(record, rights.hidden)
    made = _drafted(work, form, record, rights, computed.visible, pressed)
    unfit = {dotted(path): found.title for path, found in computed.unfit.items()}
    hints = twins(work, form, record) if touched is not None else ()
    failed = {dotted(path) for path in given.failed}
    return replace(
        made, unfit=unfit, hints=tuple(h for h in hints if not rights.hidden & set(h.fields)),
        unread=tuple(p for p in given.problems if p.place.field in failed),
    )  # fmt: skip


def _rights(work: Work, form: Form, record: Record, button: Transition | None) -> Rights:
    rights = access.offered(form, work.actor, record, work)
    if button is None:
        return rights
    asked = _asked(button)
    return replace(rights, readonly=frozenset(n for n in form.fields if n not in asked), hidden=rights.hidden - asked)


def _button(form: Form, button: str) -> Transition:
    transition = form.button(button)
    if transition is None:
        raise Refused(problem(NOT_FOUND))
    return transition


def _asked(transition: Transition) -> frozenset[str]:
    """The fields that a button asks for; a column's list by the list's name."""
    return frozenset(n.partition(".")[0] for n in (*transition.edit, *transition.require))


def _decided(given: Given, touched: frozenset[str] | None) -> set[Path]:
    if touched is None:
        return given.paths
    return {p for p in given.paths if dotted(p) in touched}


def _drafted(
    work: Work, form: Form, record: Record, rights: Rights, visible: Mapping[Path, bool], transition: Transition | None
) -> Draft:
    required: dict[str, bool] = {}
    readonly: dict[str, bool] = {}
    limits: dict[str, tuple[Any, Any]] = {}
    options: dict[str, tuple[str, ...]] = {}
    for path, item, holder in list(places(form, record)):
        at = dotted(path)
        name = ".".join(without_rows(path))
        readonly[at] = (
            shut(path, rights.readonly)
            or item.formula is not None
            or (not transition and bool(work.value(item.readonly, holder)))
        )
        required[at] = bool(work.value(item.required, holder)) or bool(transition and name in transition.require)
        if item.minimum is not None or item.maximum is not None:
            limits[at] = _limits(work, item, holder)
        if item.option_when:
            options[at] = tuple(
                n for n in item.options if n not in item.option_when or work.value(item.option_when[n], holder)
            )
    return Draft(form, record, rights, {dotted(p): v for p, v in visible.items()}, required, readonly, limits, options)


def _limits(work: Work, item: FormField, holder: Record) -> tuple[Any, Any]:
    least = work.value(item.minimum, holder) if item.minimum is not None else None
    most = work.value(item.maximum, holder) if item.maximum is not None else None
    return least, most
