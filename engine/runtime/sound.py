"""Whether new records of one form are surely acceptable, asked in a few steps for each.

Why: what a record must fulfil (`flow.judge`) is asked of each with all that could be wrong in mind, and answered in words.
Of many new records it is settled once which questions there are at all, and each is asked with yes and no alone. A yes is
sure; a no only sends the record the way of all others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from engine.definitions.model import Form, FormField, Rule
from engine.expressions.python import Run, runner
from engine.expressions.tree import Typed
from engine.problems import Refused
from engine.runtime import access, checks, submit
from engine.runtime.alike import line_twins
from engine.runtime.paths import shut_in
from engine.runtime.record import Record
from engine.runtime.work import Work

SPARSE = (str, list, tuple, bool)
"""What a value is that may be there and count as not filled."""

Sound = Callable[[Record], bool]
"""Whether a record, or a line, passes one check; True only when that is sure."""


class Judge:
    """See the module; for one form, actor and unit of work. `closed`: the fields that aren't the actor's to fill."""

    def __init__(self, work: Work, form: Form, closed: Collection[str]) -> None:
        self._work, self._form, self._closed = work, form, closed
        self._env, self._variables = work.passing()
        lists = ((name, list(self._fields(tuple(name.split(".")), f.columns))) for name, f in form.line_forms().items())
        self._lists = [(name, asked) for name, asked in lists if asked]
        self._own = [*self._fields((), form.fields), *self._whole()]

    def sound(self, record: Record) -> bool:
        """Whether a new record that was read and computed is surely acceptable; which of the unique values nobody has yet is
        known by now (`work.absent`)."""
        try:
            return self._passes(record, self._own) and all(
                self._passes(line, asked) for name, asked in self._lists for line in record.at_hand(name)
            )
        except (Refused, ArithmeticError):
            return False

    def _passes(self, holder: Record, asked: Iterable[Sound]) -> bool:
        self._variables["this"] = self._variables["row"] = holder
        return all(check(holder) for check in asked)

    def _fields(self, above: tuple[str, ...], fields: Mapping[str, FormField]) -> Iterator[Sound]:
        """What must hold of the fields of a record, or of a line, a check each; what always holds is left out."""
        open_ = [f for n, f in fields.items() if f.formula is None and not shut_in((*above, n), self._closed)]
        required = [f.name for f in open_ if f.required is True]
        if required:
            yield _filled(required)
        yield from (self._needed(f, f.required) for f in open_ if isinstance(f.required, Typed))
        for found in fields.values():
            if found.limited and not found.columns:
                yield from self._limits(found)
            if found.formula is None and isinstance(found.default, Typed):
                yield self._fits(found)

    def _whole(self) -> Iterator[Sound]:
        """What must hold of the record as a whole."""
        work, form = self._work, self._form
        for name, found in form.fields.items():
            if found.field.unique or (found.numbering is not None and found.numbering.once):
                yield self._single(name)
        if any(c.field.unique and c.kept for found in form.line_forms().values() for c in found.columns.values()):
            yield lambda record: next(line_twins(work, form, record), None) is None
        for rule in form.rules:
            if not rule.at or rule.at & checks.COMING:
                yield self._rule(rule)
        if not access.whole(form, work.actor, "create"):
            yield lambda record: submit.permit(work, form, record) is None

    # -- fields --------------------------------------------------------------------------------------------------------

    def _needed(self, found: FormField, required: Typed) -> Sound:
        name, needed, env = found.name, runner(required), self._env
        return lambda holder: not checks.blank(holder.values.get(name)) or not needed(env)

    def _limits(self, found: FormField) -> Iterator[Sound]:
        if found.where is not None or found.among is not None or found.field.holds() is not None:
            yield self._asked(found)
            return
        if found.minimum is not None:
            yield self._bound(found.name, runner(found.minimum), lambda value, bound: bool(value >= bound))
        if found.maximum is not None:
            yield self._bound(found.name, runner(found.maximum), lambda value, bound: bool(value <= bound))
        if found.field.targets():
            asked = self._asked(found)
            yield _once(found.name, asked)

    def _bound(self, name: str, limit: Run, within: Callable[[Any, Any], bool]) -> Sound:
        env = self._env

        def bounded(holder: Record) -> bool:
            value = holder.values.get(name)
            bound = limit(env) if value is not None else None
            return bound is None or within(value, bound)

        return bounded

    def _asked(self, found: FormField) -> Sound:
        """A check as every record is asked."""
        work, name = self._work, found.name

        def asked(holder: Record) -> bool:
            return holder.values.get(name) is None or not checks.check_value(work, found, holder, (name,))

        return asked

    def _fits(self, found: FormField) -> Sound:
        """Whether what a default may have given is a value of the field's type."""
        work, name = self._work, found.name

        def fits(holder: Record) -> bool:
            value = holder.values.get(name)
            return value is None or not checks.misfit(work, found, value, (name,))

        return _once(name, fits)

    # -- the whole record ----------------------------------------------------------------------------------------------

    def _single(self, name: str) -> Sound:
        key, absent = (self._form.name, name), self._work.absent

        def single(record: Record) -> bool:
            value = record.values.get(name)
            return value is None or value in absent[key]

        return single

    def _rule(self, rule: Rule) -> Sound:
        work, form, env = self._work, self._form, self._env
        if rule.unique:
            return lambda record: not checks.check_rule(work, form, record, rule, None)
        if rule.check is None:
            return lambda record: True
        holds, waits = runner(rule.check), [runner(w) for w in rule.waits]
        if rule.each is not None:
            return self._rows(rule, rule.each, holds, waits)
        return lambda record: bool(holds(env)) or any(wait(env) in (None, "", []) for wait in waits)

    def _rows(self, rule: Rule, each: Typed, holds: Run, waits: Sequence[Run]) -> Sound:
        """Whether every row of the list fulfils the rule, or it isn't asked of it."""
        env, variables, rows, frame = self._env, self._variables, runner(each), rule.frame
        meant = runner(rule.where) if rule.where is not None else None

        def hold(record: Record) -> bool:
            before = dict(variables)
            try:
                for row in rows(env) or ():
                    variables["row"] = variables[frame] = row
                    asked = meant is None or meant(env)
                    if asked and not holds(env) and not any(wait(env) is None for wait in waits):
                        return False
                return True
            finally:
                variables.clear()
                variables.update(before)

        return hold


def _filled(names: Sequence[str]) -> Sound:
    def filled(holder: Record) -> bool:
        values = holder.values
        for name in names:
            value = values.get(name)
            if value is None or (value.__class__ in SPARSE and checks.blank(value)):
                return False
        return True

    return filled


def _once(name: str, asked: Sound) -> Sound:
    """A check whose answer only the value decides: each value is asked about once."""
    known: dict[Any, bool] = {}

    def once(holder: Record) -> bool:
        value = holder.values.get(name)
        if value not in known:
            known[value] = asked(holder)
        return known[value]

    return once
