"""Actions as written -> effects that can be run: one verb each, with the keys that go with it.

Why: what a transition, a button or a state does is where definitions reach into other forms, so each name and type is
checked here. `let` and `as` name things for the actions after them; a name lives until the end of its list of actions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.definitions.actions import VERBS, Action
from engine.definitions.compile_call import compile_call
from engine.definitions.compile_mail import compile_mail
from engine.definitions.compiler import Compiler
from engine.definitions.drafts import RESERVED
from engine.definitions.model import HOLDER, SYSTEM, Assigned, Compensation, Effect, Filling, Wording
from engine.definitions.packs import Pack, check_name
from engine.definitions.parsing import At, beside, digest
from engine.definitions.shapes import PERSON
from engine.definitions.values import assignments, filling, frame_of, read
from engine.expressions.tree import Typed
from engine.expressions.types import Scope, Type, record
from engine.problems import computed
from engine.problems import definition as codes
from engine.problems import task as tasks

QUERY = ("from", "where", "by", "sort", "limit")
KEYS: dict[str, tuple[str, ...]] = {
    "set": (),
    "let": (),
    "create": ("set", "as", "copy", "link", "share_out", *QUERY),
    "upsert": ("key", "set", "as", *QUERY),
    "update": ("set",),
    "delete": (),
    "fire": ("for",),
    "for_each": ("as", "where", "sort", "limit", "do"),
    "choose": (),
    "reset": (),
    "notify": ("message",),
    "mail": ("subject", "body", "attach"),
    "call": ("method", "send", "take", "message", "subject"),
    "refuse": (),
    "open": (),
    "transfer": (),
}
"""Verb -> keys that may stand beside it, `when` and `compensate` aside."""

DOES_NOTHING = ("let", "refuse", "open")
"""Verbs after which there is nothing to undo."""

NEEDS = {"upsert": "key", "update": "set", "for_each": "as", "notify": "message", "mail": "subject"}
"""Verb -> a key that it can't do without."""


@dataclass
class Inside:
    """Where actions stand: the form whose record is `this` ("": there is none), its pack, the names given so far,
    whether `old` is known, whether tasks of the record can be open then, and whether taking the record back can undo what
    is done."""

    form: str
    pack: Pack
    names: dict[str, Type] = field(default_factory=dict)
    old: bool = True
    tasked: bool = True
    undone: bool = True


class EffectCompiler:
    """Compiles actions."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler

    def effects(self, actions: Sequence[Action], at: At, inside: Inside) -> tuple[Effect, ...]:
        """All actions of a list, in order; those that are wrong are reported and left out."""
        inner = replace(inside, names=dict(inside.names))
        found = []
        for number, action in enumerate(actions):
            effect = self.effect(action, at / number, inner)
            if effect is not None:
                found.append(effect)
        return tuple(found)

    def effect(self, action: Action, at: At, inside: Inside) -> Effect | None:
        """One action."""
        verb = action.verb()
        written = [k for k in at.value if k not in ("when", "compensate")] if isinstance(at.value, Mapping) else []
        if verb is None:
            verbs = [k for k in written if k in VERBS]
            if verbs:
                self.compiler.refuse(codes.VERBS_SEVERAL, at.place(), found=", ".join(verbs))
            else:
                self.compiler.refuse(codes.VERB_MISSING, at.place(), known=", ".join(VERBS))
            return None
        if action.compensate is not None and verb in DOES_NOTHING:
            written.append("compensate")
        for key in written:
            if key != verb and key not in KEYS[verb]:
                known = beside(key, KEYS[verb])
                self.compiler.refuse(codes.VERB_KEY, (at / key).place(key=True), key=key, verb=verb, known=known)
                return None
        needed = NEEDS.get(verb)
        if needed is not None and needed not in written:
            self.compiler.refuse(codes.VERB_NEEDS, (at / verb).place(key=True), verb=verb, key=needed)
            return None
        if not inside.form and (verb in ("set", "reset") or (verb == "fire" and action.for_ is None)):
            self.compiler.refuse(codes.VERB_NO_THIS, (at / verb).place(key=True), verb=verb)
            return None
        scope = self.scope(inside)
        when = self.compiler.condition(action.when, scope, at / "when")
        made: Effect | None = getattr(self, f"_{verb}")(action, at, inside, scope)
        if made is not None and action.compensate is not None:
            made = self._compensated(made, action, at / "compensate", inside)
        return made if made is None or when is None else _with_when(made, when)

    def _compensated(self, made: Effect, action: Action, at: At, inside: Inside) -> Effect:
        """The action with what undoes it when the record is taken back, which knows only the record and what was made."""
        if not inside.undone or not self.compiler.tasked.get(inside.form):
            self.compiler.refuse(tasks.COMPENSATE_NEVER, at.place(key=True))
            return made
        name = made.name if made.verb in ("create", "upsert") else None
        names = {name: record(str(made.form))} if name is not None else {}
        inner = Inside(inside.form, inside.pack, names, old=False, tasked=False, undone=False)
        do = None if isinstance(action.compensate, str) else self.effects(action.compensate or (), at, inner)
        mark = digest(name, at.value)
        found = self.compiler.compensations.setdefault(inside.form, {})
        found[mark] = Compensation(do, name, made.form if name is not None else None)
        return replace(made, mark=mark)

    def scope(self, inside: Inside) -> Scope:
        """What formulas see in an action: bare names are those of the record that it is about."""
        scope = self.compiler.scope(inside.form or None, None, inside.names)
        if inside.old:
            return scope
        return replace(scope, variables={n: t for n, t in scope.variables.items() if n != "old"})

    # -- values --------------------------------------------------------------------------------------------------------

    def _set(self, action: Action, at: At, inside: Inside, scope: Scope) -> Effect | None:
        if not self._writable(inside.form, at / "set"):
            return None
        return Effect("set", values=self._values(action, at, inside.form, scope))

    def _values(self, action: Action, at: At, form: str, scope: Scope) -> dict[str, Assigned]:
        return assignments(self.compiler, action.set or {}, self.compiler.slots_of(form), form, scope, at / "set")

    def _let(self, action: Action, at: At, inside: Inside, scope: Scope) -> Effect:
        names: dict[str, Typed] = {}
        for name, given in (action.let or {}).items():
            here = at / "let" / name
            scope = self.scope(inside)
            if isinstance(given, str) and given.startswith("="):
                typed = self.compiler.formula(given[1:].lstrip(), scope, here)
            else:
                typed = self.compiler.literal(given, here)
            if typed is not None and self.name(name, typed.type, here, inside):
                names[name] = typed
        return Effect("let", names=names)

    def name(self, name: str, type: Type, at: At, inside: Inside, *, key: bool = True) -> bool:
        """Give a name to what the actions after this may read."""
        wrong = check_name(name, at.place(key=key), RESERVED - frozenset(SYSTEM))
        if wrong is not None:
            self.compiler.report(wrong)
            return False
        if name in self.compiler.slots.get(inside.form, {}) or name in SYSTEM or name in inside.names:
            self.compiler.refuse(codes.NAME_HIDDEN, at.place(key=key), name=name, example=f"the_{name}")
            return False
        inside.names[name] = type
        return True

    # -- records -------------------------------------------------------------------------------------------------------

    def _create(self, action: Action, at: At, inside: Inside, scope: Scope) -> Effect | None:
        form = action.create or ""
        if not self._form(form, at / "create"):
            return None
        source = None
        values: Mapping[str, Assigned]
        if action.from_ is not None:
            source = filling(self.compiler, at.value, self.compiler.slots_of(form), form, scope, at)
            if source is None:
                return None
            values = source.values
        else:
            for key in ("where", "by", "sort", "limit", "link", "share_out"):
                if key in at.value:
                    self.compiler.refuse(codes.VERB_NEEDS, (at / key).place(key=True), verb=key, key="from")
            values = self._values(action, at, form, scope)
        copy = None
        if action.copy_ is not None:
            copy = self._record(action.copy_, at / "copy", scope)
        if action.as_ is not None and source is not None:
            self.compiler.refuse(
                codes.VERB_KEY, (at / "as").place(key=True), key="as", verb="from", known=beside("as", ())
            )
        elif action.as_ is not None and not self.name(action.as_, record(form), at / "as", inside, key=False):
            return None
        return Effect("create", form=form, values=values, source=source, copy=copy, name=action.as_)

    def _upsert(self, action: Action, at: At, inside: Inside, scope: Scope) -> Effect | None:
        form = action.upsert or ""
        if not self._form(form, at / "upsert"):
            return None
        slots = self.compiler.slots_of(form)
        for name in action.key or {}:
            if name in slots and (slots[name].field.column() is None or slots[name].type.kind == "list"):
                self.compiler.refuse(codes.WRONG_KEY_FIELD, (at / "key" / name).place(key=True), name=name)
        if action.from_ is None:
            for key in QUERY[1:]:
                if key in at.value:
                    self.compiler.refuse(codes.VERB_NEEDS, (at / key).place(key=True), verb=key, key="from")
            keys = assignments(self.compiler, action.key or {}, slots, form, scope, at / "key")
            values = self._values(action, at, form, scope)
            if action.as_ is not None and not self.name(action.as_, record(form), at / "as", inside, key=False):
                return None
            return Effect("upsert", form=form, keys=keys, values=values, name=action.as_)
        if action.as_ is not None:
            self.compiler.refuse(
                codes.VERB_KEY, (at / "as").place(key=True), key="as", verb="from", known=beside("as", ())
            )
        source = filling(self.compiler, at.value, slots, form, scope, at)
        if source is None:
            return None
        return Effect("upsert", form=form, keys=source.keys, values=source.values, source=source)

    def _form(self, name: str, at: At) -> bool:
        """Whether it is a form; noted as used."""
        if name in self.compiler.broken:
            self.compiler.failed.add(self.compiler.owner)
            return False
        if self.compiler.known(codes.UNKNOWN_FORM, name, self.compiler.slots, at):
            self.compiler.shapes.asked.add(name)
            return self._writable(name, at)
        return False

    def _writable(self, shape: str, at: At) -> bool:
        """Whether its records are typed in, not computed."""
        sources = self.compiler.computed.get(shape)
        if sources is not None:
            self.compiler.refuse(computed.COMPUTED_WRITTEN, at.place(), form=shape, sources=", ".join(sources))
        return sources is None

    def _record(self, written: Any, at: At, scope: Scope) -> Typed | None:
        """A record or records; a leading `=` may not be left out."""
        text = written if isinstance(written, str) else ""
        if not text.startswith("="):
            self.compiler.refuse(codes.TARGET_NOT_RECORD, at.place())
            return None
        typed = self.compiler.formula(text[1:].lstrip(), scope, at)
        if typed is None:
            return None
        if _target(typed) is None:
            self.compiler.refuse(codes.TARGET_NOT_RECORD, at.place())
            return None
        return typed

    def _update(self, action: Action, at: At, inside: Inside, scope: Scope) -> Effect | None:
        target = self._record(action.update, at / "update", scope)
        if target is None:
            return None
        shape = _target(target) or ""
        if not self._writable(shape, at / "update"):
            return None
        inner = Scope(scope.shapes, scope.this, None, {**scope.variables, "row": record(shape)})
        return Effect("update", target=target, values=self._values(action, at, shape, inner))

    def _delete(self, action: Action, at: At, inside: Inside, scope: Scope) -> Effect | None:
        target = self._record(action.delete, at / "delete", scope)
        if target is None or not self._writable(_target(target) or "", at / "delete"):
            return None
        return Effect("delete", target=target)

    def _fire(self, action: Action, at: At, inside: Inside, scope: Scope) -> Effect | None:
        form, target = inside.form, None
        if action.for_ is not None:
            target = self._record(action.for_, at / "for", scope)
            if target is None:
                return None
            form = _target(target) or ""
        if form in self.compiler.broken:
            self.compiler.failed.add(self.compiler.owner)
            return None
        name = action.fire or ""
        if not self.compiler.known(
            codes.UNKNOWN_TRANSITION, name, self.compiler.buttons.get(form, ()), at / "fire", form=form
        ):
            return None
        self.compiler.fired.add((form, name))
        return Effect("fire", transition=name, target=target)

    def _open(self, action: Action, at: At, inside: Inside, scope: Scope) -> Effect | None:
        target = self._record(action.open, at / "open", scope)
        return None if target is None else Effect("open", target=target)

    # -- loops and branches --------------------------------------------------------------------------------------------

    def _for_each(self, action: Action, at: At, inside: Inside, scope: Scope) -> Effect | None:
        source = read(self.compiler, at.value, scope, at, "for_each")
        if source is None:
            return None
        query, shape = source
        inner = replace(inside, names=dict(inside.names))
        if not self.name(action.as_ or "", record(shape), at / "as", inner, key=False):
            return None
        do = self.effects(action.do or (), at / "do", inner)
        rows = Filling(query, frame_of(query), {}, limit=action.limit)
        return Effect("for_each", source=rows, name=action.as_, do=do)

    def _choose(self, action: Action, at: At, inside: Inside, scope: Scope) -> Effect:
        branches = []
        for number, branch in enumerate(action.choose or ()):
            here = at / "choose" / number
            when = self.compiler.condition(branch.when, scope, here / "when")
            branches.append((when, self.effects(branch.do, here / "do", inside)))
        return Effect("choose", branches=tuple(branches))

    def _reset(self, action: Action, at: At, inside: Inside, scope: Scope) -> Effect | None:
        if not self._writable(inside.form, at / "reset"):
            return None
        among = self.compiler.slots_of(inside.form)
        for number, name in enumerate(action.reset or ()):
            if name not in among:
                self.compiler.missing(name, inside.form, among, at / "reset" / number)
        return Effect("reset", fields=tuple(action.reset or ()))

    # -- people --------------------------------------------------------------------------------------------------------

    def _notify(self, action: Action, at: At, inside: Inside, scope: Scope) -> Effect:
        people = self.compiler.people(action.notify, scope, at / "notify")
        return Effect("notify", people=people, message=self._message(action.message, at / "message", inside, scope))

    def _transfer(self, action: Action, at: At, inside: Inside, scope: Scope) -> Effect | None:
        here = at / "transfer"
        if not inside.tasked or inside.form not in self.compiler.tasked:
            self.compiler.refuse(tasks.TRANSFER_NOTHING, here.place(key=True))
            return None
        scope = replace(scope, variables={**scope.variables, HOLDER: record(PERSON)})
        people = self.compiler.people(action.transfer, scope, here)
        return Effect("transfer", people=people) if people else None

    def _mail(self, action: Action, at: At, inside: Inside, scope: Scope) -> Effect | None:
        return compile_mail(self.compiler, action, at, inside.pack, scope)

    def _call(self, action: Action, at: At, inside: Inside, scope: Scope) -> Effect | None:
        if action.take and not self._writable(inside.form, at / "take"):
            return None
        return compile_call(self.compiler, action, at, inside.form, scope, inside.pack)

    def _refuse(self, action: Action, at: At, inside: Inside, scope: Scope) -> Effect:
        return Effect("refuse", message=self._message(action.refuse, at / "refuse", inside, scope))

    def _message(self, written: Any, at: At, inside: Inside, scope: Scope) -> Wording | None:
        return self.compiler.wording(written, scope, at, inside.pack)


def _target(typed: Typed) -> str | None:
    """The shape of the record, or of the records, that a formula gives; None when it gives neither."""
    kind = typed.type.of if typed.type.kind == "list" else typed.type
    return kind.shape if kind is not None and kind.kind == "record" else None


def _with_when(effect: Effect, when: Typed) -> Effect:
    return Effect(**{**{n: getattr(effect, n) for n in effect.__dataclass_fields__}, "when": when})
