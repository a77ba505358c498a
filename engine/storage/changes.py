"""What a changed definition means for the tables: found, said, and then applied or refused as a whole.

Why: data outlives definitions. The forms as they were last applied (`snapshot`) are compared with those of a new
layout; each difference becomes a step (`step`) that speaks for itself. Renames follow `was`, so that nothing is dropped
and made anew. Whatever would be lost is refused with a sentence; the rest happens in one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from engine.definitions.model import Form
from engine.problems import Refused, problem
from engine.problems.storage import FORM_LOST
from engine.storage import survey
from engine.storage.differences import differences
from engine.storage.layout import Layout, table_name
from engine.storage.naming import Names, shapes
from engine.storage.snapshot import Snapshot, applied, number, remember, snapshot
from engine.storage.step import Change
from engine.storage.steps_tables import AddTable, DropTable, RemakeTable, RenameForm

__all__ = ["Change", "adopt", "applied", "apply", "number", "plan"]


def plan(
    conn: Connection, before: Mapping[str, Snapshot], new: Layout, absent: Collection[str] = ()
) -> tuple[Change, ...]:
    """The steps from the forms as applied to those of the new layout, in the order in which they must be done.

    `before` is what `applied` gives. `absent` are forms whose definition can't be read just now: they stay as they are.
    Reads the records to say what a step touches; changes nothing.
    """
    names = Names(before, new.forms, absent)
    changes: list[Change] = []
    for name in sorted(names.gone):
        changes += _gone(conn, before[name])
    pairs = [(before.get(names.old.get(name, name)), form) for name, form in new.forms.items()]
    for old, form in pairs:
        if old is not None and old.form != form.name:
            changes.append(_renamed(conn, old, form))
    for old, form in pairs:
        if old is None:
            changes += _added(form, new)
        elif old.computed or form.computed is not None:
            changes += _remade(conn, old, form, new)
        else:
            changes += differences(conn, old, form, new, names)
    return tuple(changes)


def apply(conn: Connection, changes: Sequence[Change]) -> None:
    """Do all steps in the transaction at hand. Refused with every problem when one of them would lose something."""
    losses = [change.loss for change in changes if change.loss is not None]
    if losses:
        raise Refused(losses)
    for change in changes:
        change.apply(conn)


def adopt(conn: Connection, new: Layout, at: datetime, absent: Collection[str] = ()) -> tuple[Change, ...]:
    """Make the tables fit the layout and remember it: plan, apply and remember in the transaction at hand.

    Gives what was done, so that who asked can compute new stored formulas (`AddColumn`, `ChangeType`). Refused, with
    nothing done, when something would be lost. The tables of `absent` forms stay as they are. `at` is now.
    """
    before = applied(conn)
    changes = plan(conn, before, new, absent)
    apply(conn, changes)
    now = {name: snapshot(form, new) for name, form in new.forms.items()}
    remember(conn, now, set(before) - set(now) - set(absent), at)
    return changes


def _gone(conn: Connection, old: Snapshot) -> Iterator[Change]:
    """A form's definition was removed: lists first, for they point at its table."""
    if old.computed:
        yield RemakeTable(form=old.form, title=old.title, old=old.lists[""].table, table=None)
        return
    for name, kept in sorted(old.lists.items(), reverse=True):
        rows, lines = survey.rows(conn, kept.table), kept.title if name else None
        loss = problem(FORM_LOST, form=old.title, count=rows, name=old.form) if rows and not name else None
        yield DropTable(form=old.form, title=old.title, rows=rows, loss=loss, table=kept.table, lines=lines)


def _remade(conn: Connection, old: Snapshot, form: Form, new: Layout) -> Iterator[Change]:
    """A form that is or was computed as a whole: unless its table can stay, another takes its place.

    What was typed into a form that is computed from now on would be lost.
    """
    now = snapshot(form, new)
    rows = 0 if old.computed else survey.rows(conn, old.lists[""].table)
    loss = problem(FORM_LOST, form=old.title, count=rows, name=old.form) if rows else None
    for name, kept in sorted(old.lists.items(), reverse=True):
        if name:
            yield DropTable(form=form.name, title=form.title, table=table_name(f"{form.name}.{name}"), lines=kept.title)
    if old.computed != now.computed or _shape(old) != _shape(now):
        shape, table = table_name(form.name), new.table(form.name)
        yield RemakeTable(form=form.name, title=form.title, rows=rows, loss=loss, old=shape, table=table)
    for name, lines in form.line_forms().items():
        yield AddTable(form=form.name, title=form.title, table=new.table(f"{form.name}.{name}"), lines=lines.title)


def _shape(found: Snapshot) -> dict[str, Any]:
    """What of a table must be the same for it to stay."""
    return {
        name: ({c: (one.kind, one.scale, one.target) for c, one in kept.columns.items()}, kept.indexes)
        for name, kept in found.lists.items()
    }


def _renamed(conn: Connection, old: Snapshot, form: Form) -> Change:
    """A form has another name: all of its tables get theirs before anything else is done to them."""
    tables = tuple(
        (kept.table, table_name(f"{form.name}.{name}" if name else form.name)) for name, kept in old.lists.items()
    )
    rows = survey.rows(conn, old.lists[""].table)
    return RenameForm(form=form.name, title=form.title, rows=rows, old=old.form, tables=tables)


def _added(form: Form, new: Layout) -> Iterator[Change]:
    for shape, lines in shapes(form):
        title = form.line_forms()[lines].title if lines else None
        yield AddTable(form=form.name, title=form.title, table=new.table(shape), lines=title)
