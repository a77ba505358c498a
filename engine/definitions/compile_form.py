"""A form's rules, views, layout, access sets and title: everything about it but its fields and its workflow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.definitions.compile_computed import keys
from engine.definitions.compile_fields import FieldCompiler
from engine.definitions.compile_prints import PrintCompiler
from engine.definitions.compile_views import Known, ViewCompiler
from engine.definitions.compiler import Compiler
from engine.definitions.drafts import Draft
from engine.definitions.form import FormDefinition
from engine.definitions.model import AccessSet, FormField, Print, Rule, Section, View, Wording
from engine.definitions.parsing import At
from engine.definitions.values import frame_of, read
from engine.definitions.wording import EMPTY
from engine.expressions.template import Template
from engine.expressions.tree import Aggregate, Call, Get, Literal, Node, Op, Query, Typed, Var
from engine.expressions.types import Scope
from engine.expressions.walk import children
from engine.problems import definition as codes
from engine.texts import text

MOMENTS = ("create", "delete")
"""When a rule may apply, beside transitions."""

TAB_TITLE = text("页签上的字", "the words on the tab")

MUST_HOLD = text("“{name}”必须成立", "{name} must hold")

ASKS_ITSELF = frozenset({"ISBLANK", "COALESCE", "IF", "IFS", "SWITCH"})
"""Functions by which a check says what an empty value means."""


class FormCompiler:
    """Compiles one form's parts after its fields."""

    def __init__(self, compiler: Compiler, fields: FieldCompiler, draft: Draft, definition: FormDefinition) -> None:
        self.compiler, self.fields, self.draft, self.definition = compiler, fields, draft, definition
        self.slots, self.at, self.book = draft.slots, draft.at, draft.pack.book
        self.name = draft.name
        self.known = Known(compiler, draft)
        self.far: dict[str, FormField] = {}

    # -- what it is called ---------------------------------------------------------------------------------------------

    def key(self) -> str | None:
        """The field that names a record: as declared, else the serial, else the first text."""
        declared = self.definition.key
        if declared is None:
            return self._naming()
        if declared not in self.slots:
            self.compiler.missing(declared, self.name, self.slots, self.at / "key")
            return None
        slot = self.slots[declared]
        if slot.type.kind not in ("text", "number") or slot.field.column() is None:
            self.compiler.refuse(codes.WRONG_KEY_FIELD, (self.at / "key").place(), name=declared)
        return declared

    def _naming(self) -> str | None:
        for name, slot in self.slots.items():
            if slot.field.numbering() is not None:
                return name
        for name, slot in self.slots.items():
            if slot.type.kind == "text" and not slot.options and slot.field.column() is not None:
                return name
        return None

    def record_title(self) -> Template | None:
        """What a record is called."""
        written, at = self.definition.record_title, self.at / "record_title"
        if isinstance(written, Mapping):
            at = at / self.book.language
            written = written.get(self.book.language) or next(iter(written.values()), None)
        if written is None and self.definition.walk is not None:
            written, at = "{start} → {reached}", self.at
        elif written is None and self.draft.sources:
            written, at = " ".join(f"{{{name}}}" for name in keys(self.draft)) or "#{id}", self.at
        elif written is None:
            naming = self._naming()
            written, at = (f"{{{naming}}}" if naming else "#{id}"), self.at
        return self.compiler.template(written, self.compiler.scope(self.name), at, several=True)

    # -- rules ---------------------------------------------------------------------------------------------------------

    def rules(self) -> tuple[Rule, ...]:
        """The rules in order; those that are wrong are left out."""
        found = []
        self.compiler.named(self.definition.rules, self.at / "rules")
        for name in self.definition.rules:
            rule = self._rule(name, self.at / "rules" / name)
            if rule is not None:
                found.append(rule)
        return tuple(found)

    def _rule(self, name: str, at: At) -> Rule | None:
        compiler, rule = self.compiler, self.definition.rules[name]
        if (rule.check is None) == (rule.unique is None):
            compiler.refuse(codes.RULE_EMPTY, at.place(key=True), name=name)
            return None
        for number, moment in enumerate(rule.at):
            known = (*MOMENTS, *compiler.buttons.get(self.name, ()))
            here = at / "at" if isinstance(at.value.get("at"), str) else at / "at" / number
            compiler.known(codes.UNKNOWN_TRANSITION, moment, known, here, form=self.name)
        scope, each, frame = compiler.scope(self.name), None, "row"
        if rule.sort and rule.from_ is None:
            compiler.refuse(codes.RULE_SORT, (at / "sort").place(key=True), name=name)
        if rule.from_ is not None:
            source = read(compiler, {"from": rule.from_, "sort": rule.sort}, scope, at)
            if source is None:
                return None
            each, row = source
            frame = frame_of(each)
            scope = compiler.inner(scope, row)
        where = compiler.condition(
            rule.where, scope if each is not None else compiler.scope(None, self.name), at / "where"
        )
        check = compiler.condition(rule.check, scope, at / "check")
        for number, field in enumerate(rule.unique or ()):
            if field not in self.slots:
                compiler.missing(field, self.name, self.slots, at / "unique" / number)
        return Rule(
            name, check, tuple(rule.unique or ()), each, frame, where, frozenset(rule.at),
            tuple(self._waits(check, scope)) if check is not None else (),
            self._message(rule.message, name, scope, at), rule.level,
        )  # fmt: skip

    def _message(self, written: Any, name: str, scope: Scope, at: At) -> Wording:
        made = self.compiler.wording(written, scope, at / "message", self.draft.pack)
        if made is not None:
            return made
        title = self.book.words(name.replace("_", " "), at)
        words = {}
        for language in ("zh", "en"):
            plain = MUST_HOLD.to(language).format(name=title.to(language)).replace("{", "{{").replace("}", "}}")
            template = self.compiler.template(plain, scope, at)
            assert template is not None
            words[language] = template
        return Wording(words)

    def _waits(self, check: Typed, scope: Scope) -> Iterator[Typed]:
        """The values that a check names and that must be there for it to be applied."""
        asked: set[str] = set()
        named: dict[str, Node] = {}
        _named(check.tree, named, asked, "" if scope.bare is None else "this.")
        for path in sorted(set(named) - asked):
            if named[path].type.kind in ("boolean", "list"):
                continue
            typed = self.compiler.formula(path, scope, self.at)
            if typed is not None:
                yield typed

    # -- views and layout -------------------------------------------------------------------------------------------------------

    def views(self) -> dict[str, View]:
        """The views by name; what they show through references is in `far` then, by its path."""
        views = ViewCompiler(self.compiler, self.fields, self.draft, self.known)
        self.far = views.far
        return views.views(self.definition.views)

    def prints(self) -> dict[str, Print]:
        """The print templates by name."""
        return PrintCompiler(self.compiler, self.draft).prints(self.definition.prints)

    def layout(self) -> tuple[Section, ...]:
        """The sections; one of all fields where none is declared."""
        if not self.definition.layout:
            return (Section(EMPTY, tuple(self.slots), True, None, False, None),)
        found = []
        scope = self.compiler.scope(self.name)
        for number, section in enumerate(self.definition.layout):
            at = self.at / "layout" / number
            for place, name in enumerate(section.fields):
                self.known.field(name, at / "fields" / place, system=False)
            if section.tab and section.title is None:
                self.compiler.refuse(codes.MISSING_KEY, at.place(), key="title", says=TAB_TITLE)
            title = self.book.text(section.title, at / "title")
            note = self.compiler.wording(section.note, scope, at / "note", self.draft.pack)
            visible = self.compiler.switch(section.visible, scope, at / "visible")
            found.append(Section(title, self._with_words(section.fields), visible, note, section.tab, section.icon))
        return tuple(found)

    def _with_words(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The fields of a section, each choice followed by the field that says what its `other` is."""
        beside = {slot.beside: slot.name for slot in self.slots.values() if slot.beside is not None}
        listed = {name for section in self.definition.layout for name in section.fields}
        return tuple(
            one
            for name in names
            for one in (name, beside.get(name))
            if one is not None and (one == name or one not in listed)
        )

    # -- access --------------------------------------------------------------------------------------------------------

    def access(self) -> tuple[AccessSet, ...]:
        """The access sets; a form without any is for administrators."""
        if not self.definition.access:
            self.compiler.refuse(codes.NO_ACCESS, self.at.source.at(1, 1), severity="info", name=self.name)
        found = []
        for name, given in self.definition.access.items():
            at = self.at / "access" / name
            if given.role:
                roles = self.known.roles(given.role, at / "role")
            else:
                self.compiler.known(codes.UNKNOWN_ROLE, name, self.compiler.roles, at, key=True)
                roles = frozenset({name})
            for key in ("hide", "readonly"):
                for number, field in enumerate(getattr(given, key)):
                    several = isinstance((at / key).value, list)
                    self.known.field(field, at / key / number if several else at / key, column=True)
            where = self.compiler.condition(given.where, self.compiler.scope(None, self.name), at / "where")
            hide, readonly = frozenset(given.hide), frozenset(given.readonly)
            found.append(AccessSet(name, roles, frozenset(given.can), where, hide, readonly, at.place(key=True)))
        return tuple(found)


def _named(node: Node, named: dict[str, Node], asked: set[str], this: str) -> None:
    """The paths that a check names outside of its queries, and those it asks about itself. `this` is how a path of the
    record itself begins where bare names are a row's."""
    if isinstance(node, Query | Aggregate):
        return
    path = _path(node, this)
    if path is not None:
        named[path] = node
        return
    by_itself = isinstance(node, Call) and node.function in ASKS_ITSELF
    if isinstance(node, Op) and node.op in ("=", "!="):
        by_itself = any(isinstance(side, Literal) and side.value is None for side in node.args)
    if by_itself:
        asked |= set(_paths(node, this))
    for child in children(node):
        _named(child, named, asked, this)


def _paths(node: Node, this: str) -> Iterator[str]:
    path = _path(node, this)
    if path is not None:
        yield path
        return
    for child in children(node):
        yield from _paths(child, this)


def _path(node: Node, this: str) -> str | None:
    """`customer.level` of a path that starts at the record; None for anything else."""
    names: list[str] = []
    while isinstance(node, Get):
        names.insert(0, node.name)
        node = node.of
    if not names or not isinstance(node, Var) or node.name not in ("this", "row"):
        return None
    return (this if node.name == "this" else "") + ".".join(names)
