"""What can be said outright of many new records of one form: read, computed and found sound in a few steps for each.

Why: most rows of a file are plain and nothing is wrong with them, so looking each time for what could be (rights, readonly,
hidden fields, conditions of options) costs more than the answer. Here all that is the same for every record of a form and
an actor is settled once, for its lines as for itself: how cells are read, which formulas run, what may be wrong (`sound`).
It only ever says "this record is sound"; whatever isn't plain, or might be wrong, is left to the path that all other
records take (`submit`, `flow`), which alone decides and words problems.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from engine.columns import DIGITS
from engine.definitions.model import Constant, Form, FormField
from engine.expressions.python import runner
from engine.expressions.tree import Typed
from engine.problems import Refused
from engine.runtime import access, flow
from engine.runtime.compute import kept_as, plain
from engine.runtime.paths import shut_in
from engine.runtime.reading import place
from engine.runtime.record import Record
from engine.runtime.sound import Judge
from engine.runtime.timers import has_times
from engine.runtime.work import Work

ONE = (str, int)
"""What a raw value is that surely names one value."""

Step = Callable[[dict[str, Any], Mapping[str, Any]], None]
"""Computes one value of a record, or of a line, among its values; also gets what was given for it."""


@dataclass(frozen=True)
class Level:
    """A record's own fields, or the columns of one of its lists.

    `path` as in `Form.line_forms` ("": the record), `shape` as in expressions, `least` and `most` lines fit. `readers`: what
    may be given, each with the words that were read before and their values, and what reads others; `lists` likewise.
    `empty`: the lists that are there without being given.
    """

    path: str
    shape: str
    least: int
    most: int | None
    readers: Mapping[str, tuple[dict[Any, Any], Callable[[Any], Any]]]
    lists: Mapping[str, Level]
    empty: tuple[Level, ...]


def outright(work: Work, form: Form) -> Outright | None:
    """What reads new records of this form in this work; None where hardly any record is plain."""
    if not form.steady or form.choosy or form.uploading or has_times(form):
        return None
    if form.line_forms() and work.actor.channel == "browser":  # lines left blank there are none
        return None
    if not access.may(form, work.actor, "create"):
        return None
    if any(not isinstance(form.at(path).default, Constant | Typed | None) for path in form.derived):
        return None
    return Outright(work, form)


class Outright:
    """See the module; for one form, actor and unit of work."""

    def __init__(self, work: Work, form: Form) -> None:
        self._work, self._form = work, form
        blank = work.blank(form.name)
        flow.system(work, form, blank)
        self._system = blank.values
        offered = access.offered(form, work.actor, blank, work)
        self._closed = offered.readonly | offered.hidden
        self._top = self._level((), form.fields, form.name, (0, None))
        self._env, self._variables = work.passing()
        self._steps = list(self._in_order())
        self._rows: dict[str, list[tuple[Record, Mapping[str, Any]]]] = {"": [], **{n: [] for n in form.line_forms()}}
        self._judge = Judge(work, form, self._closed)

    def record(self, raw: Mapping[str, Any]) -> Record | None:
        """The new record that these values make, computed; None when that can't be said outright."""
        for rows in self._rows.values():
            rows.clear()
        record = Record(self._form.name, None, {}, self._work)
        if not self._read(self._top, record, raw):
            return None
        record.values.update(self._system)
        variables = self._variables
        try:
            for path, steps in self._steps:
                for holder, given in self._rows[path]:
                    variables["this"] = variables["row"] = holder
                    for step in steps:
                        step(holder.values, given)
        except (Refused, ArithmeticError):
            return None
        return record

    def sound(self, record: Record) -> bool:
        """Whether a record that came out of `record` is surely acceptable, as `flow.judge` says; which of the unique values
        nobody has yet is known by now (`work.absent`)."""
        return self._judge.sound(record)

    # -- reading -------------------------------------------------------------------------------------------------------

    def _level(
        self, path: tuple[str, ...], fields: Mapping[str, FormField], shape: str, limits: tuple[int, int | None]
    ) -> Level:
        lists = {
            name: self._level((*path, name), found.columns, f"{shape}.{name}", found.field.row_limits())
            for name, found in fields.items() if found.columns
        }  # fmt: skip
        open_ = {name: found for name, found in fields.items() if self._open(found, (*path, name))}
        readers = {name: _reader(self._work, found) for name, found in open_.items() if name not in lists}
        given = {name: inner for name, inner in lists.items() if name in open_}
        return Level(".".join(path), shape, *limits, readers, given, tuple(lists.values()))

    def _open(self, found: FormField, path: tuple[str, ...]) -> bool:
        """Whether the actor may give it, whatever the record."""
        own = found.formula is None and found.related is None and found.readonly is False
        numbered = found.numbering is not None and self._work.actor.channel not in ("import", "demo")
        return own and not numbered and not shut_in(path, self._closed)

    def _read(self, level: Level, holder: Record, raw: Mapping[str, Any]) -> bool:
        """Put what was given for a record, or for a line, in its place; False when that can't be said outright."""
        values, readers = holder.values, level.readers
        for name, given in raw.items():
            reader = readers.get(name)
            if reader is None:
                inner = level.lists.get(name)
                if inner is None or not self._read_lines(inner, holder, name, given):
                    return False
                continue
            if not isinstance(given, ONE) or given is True or given is False:
                return False
            known, parse = reader
            try:
                if given in known:
                    values[name] = known[given]
                else:
                    values[name] = known[given] = parse(given)
            except Refused:
                return False
        for inner in level.empty:
            if (name := inner.shape.rpartition(".")[2]) not in values:
                if inner.least:
                    return False
                values[name] = []
        self._rows[level.path].append((holder, raw))
        return True

    def _read_lines(self, level: Level, holder: Record, name: str, given: Any) -> bool:
        if (
            given.__class__ is not list
            or len(given) < level.least
            or (level.most is not None and len(given) > level.most)
        ):
            return False
        lines = holder.values[name] = [Record(level.shape, None, {}, self._work, parent=holder) for _ in given]
        return all(
            row.__class__ is dict and self._read(level, line, row) for line, row in zip(lines, given, strict=True)
        )

    # -- computing -----------------------------------------------------------------------------------------------------

    def _in_order(self) -> Iterator[tuple[str, list[Step]]]:
        """What is computed, in its order: the record's own values that follow one another together, of lines each value for
        all of them before the next, as a line may read the others."""
        own = groupby(self._form.derived, lambda path: path[:-1] or None)
        for above, paths in own:
            if above is None:
                yield "", [self._step(self._form.at(path)) for path in paths]
            else:
                yield from ((".".join(above), [self._step(self._form.at(path))]) for path in paths)

    def _step(self, found: FormField) -> Step:
        name, env, default = found.name, self._env, found.default
        if found.formula is not None:
            run, limit = runner(found.formula), Decimal(10) ** (DIGITS - found.field.scale())

            def formula(values: dict[str, Any], raw: Mapping[str, Any]) -> None:
                value = values[name] = kept_as(found, plain(run(env)))
                if value.__class__ is Decimal and not -limit < value < limit:
                    raise OverflowError

            return formula
        if isinstance(default, Typed):
            suggested = runner(default)

            def follow(values: dict[str, Any], raw: Mapping[str, Any]) -> None:
                if name not in raw:
                    values[name] = kept_as(found, plain(suggested(env)))

            return follow
        assert isinstance(default, Constant)
        value = default.value

        def constant(values: dict[str, Any], raw: Mapping[str, Any]) -> None:
            if name not in raw:
                values[name] = value

        return constant


def _reader(work: Work, found: FormField) -> tuple[dict[Any, Any], Callable[[Any], Any]]:
    """The words that were read before, each with its value, and what reads others."""
    at, parse = place(work, found, found.name), found.field.parse
    return {}, lambda raw: parse(raw, at)
