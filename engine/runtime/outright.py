"""What can be said outright of many new records of one form: read, computed and found sound in a few steps for each.

Why: most rows of a file are plain and nothing is wrong with them, so looking each time for what could be (rights, readonly,
hidden fields, conditions of options) costs more than the answer. Here all that is the same for every record of a form and
an actor is settled once: how its cells are read, which formulas run, what may be wrong. It only ever says "this record is
sound"; whatever isn't plain, or might be wrong, is left to the path that all other records take (`submit`, `flow`), which
alone decides and words problems.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.columns import DIGITS
from engine.definitions.model import Constant, Form, FormField, Rule
from engine.expressions.python import Run, runner
from engine.expressions.tree import Typed
from engine.problems import Refused
from engine.runtime import access, checks, flow, submit
from engine.runtime.compute import kept_as, plain
from engine.runtime.reading import place
from engine.runtime.record import Record
from engine.runtime.timers import has_times
from engine.runtime.work import Work

ONE = (str, int)
"""What a raw value is that surely names one value."""

SPARSE = (str, list, tuple, bool)
"""What a value is that may be there and count as not filled."""

Sound = Callable[[Record], bool]
"""Whether a record passes one check; True only when that is sure."""


def outright(work: Work, form: Form) -> Outright | None:
    """What reads new records of this form in this work; None where hardly any record is plain."""
    if not form.steady or form.choosy or form.uploading or form.line_forms() or has_times(form):
        return None
    if not access.may(form, work.actor, "create"):
        return None
    if any(not isinstance(form.fields[n].default, Constant | Typed | None) for (n,) in form.derived):
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
        self._readers = {name: _reader(work, found) for name, found in form.fields.items() if self._open(found)}
        self._env, self._variables = work.passing()
        self._steps = [self._step(form.fields[name]) for (name,) in form.derived]
        self._checks = list(self._sound())

    def record(self, raw: Mapping[str, Any]) -> Record | None:
        """The new record that these values make, computed; None when that can't be said outright."""
        values: dict[str, Any] = {}
        for name, given in raw.items():
            reader = self._readers.get(name)
            if reader is None or not isinstance(given, ONE) or given is True or given is False:
                return None
            known, parse = reader
            try:
                if given in known:
                    values[name] = known[given]
                else:
                    values[name] = known[given] = parse(given)
            except Refused:
                return None
        values.update(self._system)
        record = Record(self._form.name, None, values, self._work)
        self._variables["this"] = self._variables["row"] = record
        try:
            for step in self._steps:
                step(values, raw)
        except (Refused, ArithmeticError):
            return None
        return record

    def sound(self, record: Record) -> bool:
        """Whether a record that came out of `record` is surely acceptable, as `flow.judge` says; which of the unique values
        nobody has yet is known by now (`work.absent`)."""
        self._variables["this"] = self._variables["row"] = record
        try:
            for check in self._checks:
                if not check(record):
                    return False
        except (Refused, ArithmeticError):
            return False
        return True

    # -- reading and computing -----------------------------------------------------------------------------------------

    def _open(self, found: FormField) -> bool:
        """Whether the actor may give it, whatever the record."""
        own = found.formula is None and found.related is None and found.readonly is False
        numbered = found.numbering is not None and self._work.actor.channel not in ("import", "demo")
        return own and not numbered and found.name not in self._closed

    def _step(self, found: FormField) -> Callable[[dict[str, Any], Mapping[str, Any]], None]:
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

    # -- checking ------------------------------------------------------------------------------------------------------

    def _sound(self) -> Iterable[Sound]:
        """What must hold of a record, a check each; what always holds is left out."""
        work, form = self._work, self._form
        open_ = [f for n, f in form.fields.items() if f.formula is None and n not in self._closed]
        yield _filled([f.name for f in open_ if f.required is True])
        yield from (self._filled(f) for f in open_ if isinstance(f.required, Typed))
        for name, found in form.fields.items():
            if found.limited and not found.columns:
                yield from self._limits(found)
            if found.field.unique or (found.numbering is not None and found.numbering.once):
                yield self._single(name)
        for rule in form.rules:
            if not rule.at or rule.at & checks.COMING:
                yield self._rule(rule)
        if not access.whole(form, work.actor, "create"):
            yield lambda record: submit.permit(work, form, record) is None

    def _filled(self, found: FormField) -> Sound:
        assert isinstance(found.required, Typed)
        name, needed, env = found.name, runner(found.required), self._env
        return lambda record: not checks.blank(record.values.get(name)) or not needed(env)

    def _limits(self, found: FormField) -> Iterable[Sound]:
        if found.where is not None or found.among is not None or found.field.holds() is not None:
            yield self._asked(found)
            return
        if found.minimum is not None:
            yield self._bound(found.name, runner(found.minimum), lambda value, bound: bool(value >= bound))
        if found.maximum is not None:
            yield self._bound(found.name, runner(found.maximum), lambda value, bound: bool(value <= bound))
        if found.field.targets():
            yield self._pointing(found)

    def _bound(self, name: str, limit: Run, within: Callable[[Any, Any], bool]) -> Sound:
        env = self._env

        def bounded(record: Record) -> bool:
            value = record.values.get(name)
            bound = limit(env) if value is not None else None
            return bound is None or within(value, bound)

        return bounded

    def _asked(self, found: FormField) -> Sound:
        """A check as every record is asked."""
        work, name = self._work, found.name

        def asked(record: Record) -> bool:
            return record.values.get(name) is None or not checks.check_value(work, found, record, (name,))

        return asked

    def _pointing(self, found: FormField) -> Sound:
        """Whether something may be pointed at is the same for every new record, so each is asked about once."""
        name, asked, known = found.name, self._asked(found), dict[Any, bool]()

        def pointing(record: Record) -> bool:
            value = record.values.get(name)
            if value not in known:
                known[value] = asked(record)
            return known[value]

        return pointing

    def _single(self, name: str) -> Sound:
        key, absent = (self._form.name, name), self._work.absent

        def single(record: Record) -> bool:
            value = record.values.get(name)
            return value is None or value in absent[key]

        return single

    def _rule(self, rule: Rule) -> Sound:
        work, form, env = self._work, self._form, self._env
        if rule.unique or rule.each is not None:
            return lambda record: not checks.check_rule(work, form, record, rule, None)
        if rule.check is None:
            return lambda record: True
        holds, waits = runner(rule.check), [runner(w) for w in rule.waits]
        return lambda record: bool(holds(env)) or any(wait(env) in (None, "", []) for wait in waits)


def _filled(names: Sequence[str]) -> Sound:
    def filled(record: Record) -> bool:
        values = record.values
        for name in names:
            value = values.get(name)
            if value is None or (value.__class__ in SPARSE and checks.blank(value)):
                return False
        return True

    return filled


def _reader(work: Work, found: FormField) -> tuple[dict[Any, Any], Callable[[Any], Any]]:
    """The words that were read before, each with its value, and what reads others."""
    at, parse = place(work, found, found.name), found.field.parse
    return {}, lambda raw: parse(raw, at)
