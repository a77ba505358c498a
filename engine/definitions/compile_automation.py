"""An automation's file -> what sets it off and what it does."""

from __future__ import annotations

from collections.abc import Mapping

from engine.definitions.automation import AutomationDefinition
from engine.definitions.compile_effects import EffectCompiler, Inside
from engine.definitions.compile_fields import FieldCompiler
from engine.definitions.compiler import Compiler
from engine.definitions.drafts import Fields
from engine.definitions.model import Automation, FormField, Hook
from engine.definitions.packs import Pack, check_name
from engine.definitions.parsing import At, digest
from engine.definitions.schedule import WORDS, schedule
from engine.definitions.shapes import Known
from engine.expressions.types import Member, Scope, Type, record
from engine.problems import computed, nearest
from engine.problems import definition as codes
from engine.problems import hook as hooks

ONLY = {
    "event": ("changed", "when", "mode", "imports"),
    "every": ("time", "where", "sort", "catch_up"),
    "hook": ("verify", "ask", "take"),
}
"""What sets an automation off -> the keys that go with it alone."""


class AutomationCompiler:
    """Compiles automations."""

    def __init__(self, compiler: Compiler, reader: Fields, fields: FieldCompiler) -> None:
        self.compiler, self.effects, self.reader, self.fields = compiler, EffectCompiler(compiler), reader, fields

    def automation(self, name: str, pack: Pack, at: At, given: AutomationDefinition) -> Automation | None:
        """One automation; None when it can't be told what sets it off."""
        compiler = self.compiler
        title = pack.book.title(given.title, name, at / "title" if given.title else at)
        if [bool(given.event), given.every is not None, given.hook is not None].count(True) != 1:
            compiler.refuse(codes.AUTOMATION_TRIGGER, at.place(key=True))
            return None
        if not self._keys(given, at) or not self._form(given, at) or not self._happens(given, at):
            return None
        form = given.form or ""
        comes = schedule(given.every, given.time) if given.every is not None else None
        if given.every is not None and comes is None:
            facts = {"every": given.every, "time": given.time, "nearest": nearest(given.every, WORDS)}
            compiler.refuse(codes.AUTOMATION_EVERY, (at / "every").place(), **facts)
            return None
        among = compiler.slots_of(form)
        for number, field in enumerate(given.changed):
            several = isinstance((at / "changed").value, list)
            if field not in among and (field not in ("state", "owner") or form in compiler.computed):
                compiler.missing(field, form, among, at / "changed" / number if several else at / "changed")
        now = given.mode == "together" and bool(given.event)
        scope = compiler.scope(form or None)
        when = compiler.condition(given.when, scope, at / "when")
        where = None
        query = None
        if given.every is not None and form:
            where = compiler.condition(given.where, compiler.scope(None, form, {"row": record(form)}), at / "where")
            query = compiler.query(
                form, given.where, given.sort, Scope(compiler.shapes, None, None, compiler.always()), at
            )
            if query is None:
                return None
        hook, types = self._hook(name, pack, at, given)
        inside = Inside(form, pack, types, old=now)
        do = self.effects.effects(given.do, at / "do", inside)
        return Automation(
            name=name, pack=pack.name, title=title, form=form, events=frozenset(given.event), changed=given.changed,
            when=when, together=now, every=comes, query=query, where=where, catch_up=given.catch_up,
            imports=given.imports, do=do, digest=digest(at.source.value), hook=hook,
        )  # fmt: skip

    def _keys(self, given: AutomationDefinition, at: At) -> bool:
        by = "event" if given.event else "every" if given.every is not None else "hook"
        others = [k for kind, keys in ONLY.items() if kind != by for k in keys]
        wrong = [k for k in (*others, *(("form",) if by == "hook" else ())) if k in at.value]
        for key in wrong:
            self.compiler.refuse(codes.AUTOMATION_KEY, (at / key).place(key=True), key=key, other=by)
        return not wrong

    def _hook(
        self, name: str, pack: Pack, at: At, given: AutomationDefinition
    ) -> tuple[Hook | None, dict[str, Type]]:  # fmt: skip
        """How it is told by another system, and the variable by which formulas read the message."""
        if given.hook is None:
            return None, {}
        wrong = check_name(given.hook, (at / "hook").place())
        if wrong is not None:
            self.compiler.report(wrong)
        types: dict[str, Type] = {}
        fields: dict[str, FormField] = {}
        if given.ask:
            shape = f"ask:hook.{name}"
            slots = self.reader.slots(at / "ask", shape, pack, frozenset({"id", "parent"}))
            members = [Member(s.name, s.type, s.field.scale()) for s in slots.values()]
            known = self.compiler.shapes.add(Known(shape, members))
            known.broken = len(slots) < len(given.ask)
            types = {"ask": record(shape)}
            fields = self.fields.fields(slots, pack, None, types)
        for key in given.take:
            if key not in given.ask:
                self.compiler.refuse(hooks.HOOK_TAKE, (at / "take" / key).place(key=True), name=key)
        return Hook(given.hook, given.verify, fields, given.take), types

    def _form(self, given: AutomationDefinition, at: At) -> bool:
        if given.form is None:
            needs = next((k for k in ("event", "where", "sort") if k in at.value), None)
            if needs is not None:
                self.compiler.refuse(codes.AUTOMATION_FORM, (at / needs).place(key=True), key=needs)
            return needs is None
        if given.form.partition(".")[0] in self.compiler.broken:
            self.compiler.failed.add(self.compiler.owner)
            return False
        return self.compiler.known(codes.UNKNOWN_FORM, given.form, self.compiler.stored_shapes(), at / "form")

    def _happens(self, given: AutomationDefinition, at: At) -> bool:
        """Whether these events can ever happen to records of the form."""
        form, compiler = given.form or "", self.compiler
        if given.event and form in compiler.fleeting:
            sources = ", ".join(compiler.computed[form])
            compiler.refuse(computed.EVENTLESS, (at / "event").place(key=True), form=form, sources=sources)
            return False
        states = compiler.shapes.all.get(f"state:{form}")
        if "moved" in given.event and (states is None or not states.members["final"].names):
            number = given.event.index("moved")
            several = isinstance((at / "event").value, list)
            place = (at / "event" / number if several else at / "event").place()
            compiler.refuse(codes.EVENT_STATELESS, place, form=form)
            return False
        return True


def listening(automations: Mapping[str, Automation]) -> dict[str, tuple[Automation, ...]]:
    """Shape -> the automations that its records set off, by name."""
    found: dict[str, list[Automation]] = {}
    for automation in automations.values():
        if automation.events:
            found.setdefault(automation.form, []).append(automation)
    return {shape: tuple(some) for shape, some in found.items()}
