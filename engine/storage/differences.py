"""How one form that was there and still is differs from what was applied: its steps, in the order they must be done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Table

from engine.columns import Several
from engine.definitions.model import Form, FormField
from engine.expressions.pointing import written
from engine.problems import Problem, problem
from engine.problems.storage import (
    DECIMALS_LOST,
    DIGITS_LOST,
    DUPLICATES,
    FIELD_LOST,
    LINES_LOST,
    OPTION_LOST,
    STATE_LOST,
    TARGET_LOST,
    TYPE_LOST,
)
from engine.storage import survey
from engine.storage.layout import Layout, table_name
from engine.storage.naming import Names, matched, matched_lists, renamed, shapes
from engine.storage.snapshot import Column, Kept, Snapshot, snapshot
from engine.storage.step import Change
from engine.storage.steps_tables import (
    AddColumn,
    AddIndex,
    AddTable,
    ChangeType,
    DropColumn,
    DropIndex,
    DropTable,
    RenameColumn,
    RenameLines,
)
from engine.storage.steps_targets import RenameTarget, WidenTarget
from engine.storage.steps_values import (
    ChangeScale,
    ChangeTarget,
    MoveState,
    RemoveOption,
    RemoveState,
    RenameOption,
)
from engine.texts import LANGUAGES, Text, same

NAMED = 20
"""How many of the records that would be stranded are named."""


def differences(conn: Connection, old: Snapshot, form: Form, new: Layout, names: Names) -> Iterator[Change]:
    """The steps of a form that has been applied before, whatever it was called then.

    Nothing is dropped that an index still needs, nothing indexed that is about to change. Tables of a renamed form have
    their new names when the steps are done, but their old ones while they are planned.
    """
    now = snapshot(form, new)
    known = matched_lists(form, old.lists)
    yield from _lists(conn, old, form, new, known)
    pairs = []
    for shape, name in shapes(form):
        if not name or name in known:
            fields = form.line_forms()[name].columns if name else form.fields
            before = old.lists[known.get(name, "")]
            pair = _Pair(conn, form, names, shape, name, fields, before, now.lists[name], new.table(shape))
            pairs.append(pair)
            yield from pair.steps()
    yield from _states(conn, old, form, pairs[0])
    for pair in pairs:
        yield from pair.indexes()


def _lists(conn: Connection, old: Snapshot, form: Form, new: Layout, known: Mapping[str, str]) -> Iterator[Change]:
    """Lists of lines that went, those within them first, got another name, or came."""
    for name, kept in sorted(old.lists.items(), reverse=True):
        if name and name not in known.values():
            rows = survey.rows(conn, kept.table)
            loss = problem(LINES_LOST, form=form.title, what=kept.title, count=rows, name=name) if rows else None
            table = table_name(f"{form.name}.{name}")
            yield DropTable(**_about(form, rows, loss), table=table, lines=kept.title)
    for shape, name in shapes(form)[1:]:
        title, was = form.line_forms()[name].title, known.get(name)
        if was is None:
            yield AddTable(**_about(form), table=new.table(shape), lines=title)
        elif was != name:
            rows, table = survey.rows(conn, old.lists[was].table), table_name(f"{form.name}.{was}")
            yield RenameLines(**_about(form, rows), old=table, table=table_name(shape), lines=title)


def _states(conn: Connection, old: Snapshot, form: Form, pair: _Pair) -> Iterator[Change]:
    """States that got another name or went although records are in them; a form's first workflow."""
    states = form.workflow.states if form.workflow else {}
    if old.states == tuple(states):
        return
    now = renamed(states)
    for name, rows in sorted(survey.values(conn, pair.old.table, "state").items()):
        if name in now:
            state = states[now[name]]
            yield MoveState(**_about(form, rows), table=pair.table, old=name, new=state.name, state=state.title)
        elif name not in states:
            there = survey.titled(conn, pair.old.table, "state", name, NAMED)
            loss = problem(STATE_LOST, form=form.title, state=name, count=rows, records=there)
            if form.workflow is not None:
                loss = replace(loss, place=form.workflow.place)
            yield RemoveState(**_about(form, rows, loss), state=name)
    rows = survey.rows(conn, pair.old.table) - survey.filled(conn, pair.old.table, "state")
    if form.workflow and rows:
        first = next(state for state in (states[form.workflow.initial], *states.values()) if not state.choose)
        yield MoveState(**_about(form, rows), table=pair.table, old=None, new=first.name, state=first.title)


def _about(form: Form, rows: int = 0, loss: Problem | None = None) -> dict[str, Any]:
    """What every step says."""
    found = loss if loss is None or loss.place.file else loss.at(file=form.file)
    return {"form": form.name, "title": form.title, "rows": rows, "loss": found}


@dataclass(frozen=True)
class _Pair:
    """One table before and after, the form's own (`list` "") or that of its lines. `old.table` is its name while the
    steps are planned, `table.name` when they are done."""

    conn: Connection
    form: Form
    names: Names
    shape: str
    list: str
    fields: Mapping[str, FormField]
    old: Kept
    new: Kept
    table: Table

    def steps(self) -> Iterator[Change]:
        """All but the new indexes."""
        known = self._known()
        for name, index in self.old.indexes.items():
            if name not in self._kept_indexes():
                yield DropIndex(**_about(self.form), name=name, columns=index.columns, unique=index.unique)
        for name, column in self.old.columns.items():
            if name not in known.values():
                yield self._dropped(name, column)
        for name, was in known.items():
            yield from self._changed(name, was)
        rows = survey.rows(self.conn, self.old.table) if len(known) < len(self.new.columns) else 0
        for name, column in self.new.columns.items():
            if name not in known:
                about = {**_about(self.form, rows), "shape": self.shape, "column": self.table.c[name]}
                yield AddColumn(**about, field=column.title, computed=column.computed)

    def indexes(self) -> Iterator[Change]:
        """The new indexes."""
        fresh = {str(index.name): index for index in self.table.indexes}
        for name, index in self.new.indexes.items():
            if name not in self._kept_indexes():
                loss = self._clash(index.columns) if index.unique else None
                yield AddIndex(**_about(self.form, loss=loss), index=fresh[name])

    def _known(self) -> dict[str, str]:
        """New column -> its old name."""
        return matched({name: self.fields[name] for name in self.new.columns}, self.old.columns)

    def _kept_indexes(self) -> set[str]:
        """Indexes that stay: the same before and after, on columns that are kept as they were."""
        known = self._known()
        made_anew = {name for name, was in known.items() if _anew(self.old.columns[was], self.new.columns[name])}
        both = set(self.old.indexes) & set(self.new.indexes)
        return {name for name in both if not made_anew & set(self.new.indexes[name].columns)}

    def _clash(self, columns: Sequence[str]) -> Problem | None:
        """The problem of records there are that a new unique index would refuse."""
        known, live = self._known(), []
        for name in columns:
            was = known.get(name) if name in self.new.columns else name
            if was is None or (was in self.old.columns and _anew(self.old.columns[was], self.new.columns[name])):
                return None  # the column begins empty
            live.append(was)
        types = {was: self.table.c[name].type for was, name in zip(live, columns, strict=True)}
        count, example = survey.duplicates(self.conn, self.old.table, live, types)
        if not count:
            return None
        titles = [self.new.columns[name].title if name in self.new.columns else same(name) for name in columns]
        return problem(DUPLICATES, form=self.form.title, what=_joined(titles), count=count, example=example)

    def _dropped(self, name: str, column: Column) -> Change:
        rows = 0 if column.computed else survey.filled(self.conn, self.old.table, name)
        loss = None
        if rows:
            loss = problem(FIELD_LOST, form=self.form.title, what=column.title, count=rows, name=name)
        return DropColumn(**_about(self.form, rows, loss), table=self.table.name, name=name, field=column.title)

    def _changed(self, name: str, was: str) -> Iterator[Change]:
        """A field that was there and still is: its name, how it is kept, what it points at, its options."""
        old, new, column = self.old.columns[was], self.new.columns[name], self.table.c[name]
        if name != was:
            rows = survey.filled(self.conn, self.old.table, was)
            about = {**_about(self.form, rows), "table": self.table.name, "list": self.list}
            yield RenameColumn(**about, old=was, new=name, field=new.title)
        if (old.kind, new.kind) in WIDER and self.names.shape(old.target or "") in _split(new.target):
            rows = survey.filled(self.conn, self.old.table, was)
            about = {**_about(self.form, rows), "column": column, "field": new.title}
            yield WidenTarget(**about, target=self.names.shape(old.target or ""), to=_split(new.target))
            return
        if _anew(old, new):
            rows = 0 if old.computed and new.computed else survey.filled(self.conn, self.old.table, was)
            loss = self._loss(TYPE_LOST, new, count=rows, old=old.type, new=new.type) if rows else None
            about = {**_about(self.form, rows, loss), "shape": self.shape, "column": column}
            yield ChangeType(**about, field=new.title, old=old.type, new=new.type)
            return
        if old.scale != new.scale:
            yield self._scaled(name, was)
        if old.target != new.target:
            yield from self._pointing(name, was)
        if new.options is not None and set(new.options) != set(old.options or ()):
            yield from self._options(name, was)

    def _pointing(self, name: str, was: str) -> Iterator[Change]:
        """What a field points at has another name, or is another: then records must not point at what it doesn't any more."""
        old, new = self.old.columns[was], self.new.columns[name]
        before, after = _split(old.target), _split(new.target)
        lost: list[str] = []
        for target in before:
            now = self.names.shape(target)
            head, several = written(target, ""), isinstance(self.table.c[name].type, Several)
            one = survey.holding if several else survey.starting
            kept = one(self.conn, self.old.table, was, head) if len(before) > 1 else None
            rows = survey.filled(self.conn, self.old.table, was) if kept is None else kept
            if now not in after and rows:
                lost.append(target)
            elif len(before) > 1 and now != target and rows:
                column = self.table.c[name]
                yield RenameTarget(**_about(self.form, rows), column=column, field=new.title, old=target, new=now)
        if lost:
            rows = survey.filled(self.conn, self.old.table, was)
            loss = self._loss(TARGET_LOST, new, count=rows, old=", ".join(lost), new=", ".join(after))
            yield ChangeTarget(**_about(self.form, rows, loss))

    def _scaled(self, name: str, was: str) -> Change:
        old, new = self.old.columns[was], self.new.columns[name]
        count, example = survey.misfits(self.conn, self.old.table, was, old.scale, new.scale)
        loss = None
        if count:
            code = DIGITS_LOST if new.scale > old.scale else DECIMALS_LOST
            loss = self._loss(code, new, count=count, old=old.scale, new=new.scale, example=example)
        about = _about(self.form, survey.filled(self.conn, self.old.table, was), loss)
        return ChangeScale(**about, column=self.table.c[name], field=new.title, old=old.scale, new=new.scale)

    def _options(self, name: str, was: str) -> Iterator[Change]:
        """Options that got another name, and those that went although records have them."""
        new, column = self.new.columns[name], self.table.c[name]
        now, several = renamed(self.fields[name].options), isinstance(column.type, Several)
        there = survey.values(self.conn, self.old.table, was, several=several)
        for option, rows in sorted(there.items()):
            if option in now:
                about = _about(self.form, rows)
                yield RenameOption(**about, column=column, field=new.title, old=option, new=now[option])
            elif option not in (new.options or ()):
                loss = self._loss(OPTION_LOST, new, count=rows, option=option)
                yield RemoveOption(**_about(self.form, rows, loss), option=option)

    def _loss(self, code: str, column: Column, **facts: Any) -> Problem:
        return problem(code, form=self.form.title, what=column.title, **facts)


WIDER = (("record", "pointer"), ("records", "pointers"))
"""How what points at one form is kept, and how what points at it or others."""


def _anew(old: Column, new: Column) -> bool:
    """The column can't go on: its values can't be read as the new field's, or are to be computed anew anyway."""
    return old.kind != new.kind or (old.scale != new.scale and old.computed and new.computed)


def _split(target: str | None) -> tuple[str, ...]:
    """The shapes that a column points at."""
    return tuple(target.split("|")) if target else ()


def _joined(titles: Sequence[Text]) -> Text:
    return Text({language: " + ".join(title.to(language) for title in titles) for language in LANGUAGES})
