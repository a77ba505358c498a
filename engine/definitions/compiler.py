"""Turning what was written into what can be run: formulas, templates, people and queries, each at its place.

Why: every key of every definition is one of a few kinds (formula, value, text, people, query). Each kind is compiled in
one way, here, so that a problem always comes with file, line and column, and an error caused by another file's error
isn't reported twice.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.definitions.model import Compensation, Connection, People, Wording
from engine.definitions.packs import Pack, check_name
from engine.definitions.parsing import At, near
from engine.definitions.shapes import CLOCKS, DEPARTMENT, PERSON, SETTINGS, Shapes
from engine.definitions.wording import Written
from engine.expressions.check import check
from engine.expressions.template import Template, template
from engine.expressions.tree import Typed
from engine.expressions.types import BOOLEAN, Scope, Type, record
from engine.fields.base import Field, Option
from engine.problems import Place, Problem, Refused
from engine.problems import definition as codes
from engine.texts import Text

Piece = tuple[int, At]
"""Where a part of a composed formula begins in it, and where that part was written."""


@dataclass(frozen=True)
class Slot:
    """A field before its formulas are compiled: what others need to know of it. `beside`: the choice whose option `other`
    it puts in words; it stands wherever that stands."""

    name: str
    shape: str
    field: Field
    type: Type
    title: Text
    at: At
    options: Mapping[str, Option] = dataclasses.field(default_factory=dict)
    columns: Mapping[str, Slot] = dataclasses.field(default_factory=dict)
    beside: str | None = None


def lists_of(slots: Mapping[str, Slot]) -> Iterator[str]:
    """The names of the lists among these, each followed by those within its lines (`parcels`, `parcels.items`)."""
    for name, slot in slots.items():
        if slot.columns:
            yield name
            yield from (f"{name}.{inner}" for inner in lists_of(slot.columns))


def paths_of(slots: Mapping[str, Slot]) -> Iterator[str]:
    """The names of these and of all columns (`note`, `items`, `items.price`)."""
    for name, slot in slots.items():
        yield name
        yield from (f"{name}.{inner}" for inner in paths_of(slot.columns))


def slot_at(slots: Mapping[str, Slot], path: Iterable[str]) -> Slot | None:
    """The slot at a path of names; None when there is none."""
    first, *rest = path
    found = slots.get(first)
    for name in rest:
        found = found.columns.get(name) if found is not None else None
    return found


@dataclass
class Compiler:
    """See the module. `owner` is the definition being compiled; `failed` those with errors; `uses` what each reads.

    `computed`: forms computed as a whole -> what they are computed from; `live`: those of them that are datasets;
    `fleeting`: those whose rows are no records that anything happens to. `shown`: form -> what related lists show of its
    records through references: the path, its place, and the form that has the list. `tasked`: the forms with tasks, and
    whether their records can be taken back; `compensations` as in `Catalog`.
    """

    shapes: Shapes
    roles: dict[str, Text]
    slots: dict[str, dict[str, Slot]] = dataclasses.field(default_factory=dict)
    buttons: dict[str, set[str]] = dataclasses.field(default_factory=dict)
    tasked: dict[str, bool] = dataclasses.field(default_factory=dict)
    prints: dict[str, set[str]] = dataclasses.field(default_factory=dict)
    fired: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    broken: set[str] = dataclasses.field(default_factory=set)
    computed: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    live: frozenset[str] = frozenset()
    fleeting: frozenset[str] = frozenset()
    shown: dict[str, list[tuple[str, At, str]]] = dataclasses.field(default_factory=dict)
    problems: list[Problem] = dataclasses.field(default_factory=list)
    failed: set[str] = dataclasses.field(default_factory=set)
    uses: dict[str, set[str]] = dataclasses.field(default_factory=dict)
    connections: dict[str, Connection] = dataclasses.field(default_factory=dict)
    compensations: dict[str, dict[str, Compensation]] = dataclasses.field(default_factory=dict)
    owner: str = ""

    # -- owners and problems -------------------------------------------------------------------------------------------

    @contextmanager
    def owned(self, owner: str) -> Iterator[None]:
        """What is refused and looked up meanwhile is `owner`'s."""
        before, self.owner = self.owner, owner
        try:
            with self.shapes.noticing() as asked:
                yield
        finally:
            self.uses.setdefault(owner, set()).update(asked)
            self.owner = before

    def refuse(self, code: str, place: Place, *, severity: str = "error", **facts: Any) -> None:
        """A problem at a place."""
        self.report(Problem(code, place, facts, severity))

    def report(self, found: Problem) -> None:
        """Keep a problem; an error fails the owner."""
        self.problems.append(found)
        if found.severity == "error":
            self.failed.add(self.owner)

    def known(self, code: str, word: str, among: Iterable[str], at: At, *, key: bool = False, **facts: Any) -> bool:
        """Whether `word` is among the known ones; else a problem with the nearest of them."""
        words = list(among)
        if word in words:
            return True
        self.refuse(code, at.place(key=key), name=word, nearest=near(word, words), **facts)
        return False

    def missing(self, name: str, form: str, among: Iterable[str], at: At, *, key: bool = False) -> None:
        """A name that is no field of `form`; not reported when the form's own file has errors."""
        shape = self.shapes.all.get(form)
        if shape is not None and shape.broken:
            self.shapes.asked.add(form)
            self.failed.add(self.owner)
            return
        self.refuse(codes.UNKNOWN_FIELD, at.place(key=key), form=form, name=name, nearest=near(name, among))

    def slots_of(self, shape: str) -> Mapping[str, Slot]:
        """The fields of a form, or the columns of lines; empty for other shapes."""
        form, *lists = shape.split(".")
        found: Mapping[str, Slot] = self.slots.get(form, {})
        for name in lists:
            found = found[name].columns if name in found else {}
        return found

    def stored_shapes(self) -> list[str]:
        """The shapes that records may point at: forms and their lines, people and departments aside."""
        return [
            shape for form, slots in self.slots.items() for shape in (form, *(f"{form}.{n}" for n in lists_of(slots)))
        ]

    def inner(self, scope: Scope, row: str) -> Scope:
        """The scope of what stands beside a query in `scope` whose rows are of the shape `row`."""
        return Scope(self.shapes, scope.this, row, scope.variables)

    def named(self, names: Iterable[str], at: At, reserved: frozenset[str] = frozenset()) -> None:
        """Refuse those of the names below `at` that can't be names."""
        for name in names:
            wrong = check_name(name, (at / name).place(key=True), reserved)
            if wrong is not None:
                self.report(wrong)

    # -- formulas ------------------------------------------------------------------------------------------------------

    def always(self, this: str | None = None) -> dict[str, Type]:
        """The variables that are there everywhere; `old` where there is a record that may have been another before."""
        found = {"user": record(PERSON), "settings": record(SETTINGS)}
        if this is not None:
            found["old"] = record(this.partition(".")[0])
        return found

    def scope(self, this: str | None, bare: str | None = None, more: Mapping[str, Type] | None = None) -> Scope:
        """A scope with the variables that are always there and `more`."""
        return Scope(self.shapes, this, bare, {**self.always(this or bare), **self.clocks(this), **(more or {})})

    def clocks(self, this: str | None) -> dict[str, Type]:
        """The variable `clocks` where `this` is a record, or a line of one, whose workflow has some."""
        shape = CLOCKS + (this or "").partition(".")[0]
        return {"clocks": record(shape)} if shape in self.shapes.all else {}

    def formula(
        self, text: str, scope: Scope, at: At, expect: Type | None = None, *, pieces: tuple[Piece, ...] = ()
    ) -> Typed | None:
        """A checked formula; None after reporting what is wrong with it.

        `pieces`: where the parts of a formula composed of several keys were written (else all of it stands at `at`).
        """
        with self.shapes.noticing() as asked:
            try:
                return check(text, scope, expect)
            except Refused as refused:
                self._blame(refused, text, at, pieces, asked)
                return None

    def plain_formula(self, text: str, scope: Scope, at: At, expect: Type | None = None) -> Typed | None:
        """The formula of a key that always is one: a leading `=` is refused."""
        if text.startswith("="):
            self.refuse(codes.EQUALS_UNWANTED, at.place(), key=str(at.path[-1]), found=text[1:].strip())
            return None
        return self.formula(text, scope, at, expect)

    def condition(self, text: str | None, scope: Scope, at: At) -> Typed | None:
        """A formula that is true or false; None when nothing is written (or it is wrong)."""
        return None if text is None else self.plain_formula(text, scope, at, BOOLEAN)

    def switch(self, text: str, scope: Scope, at: At) -> Typed | bool:
        """The same, as a plain boolean where it is just `true` or `false`."""
        if text in ("true", "false"):
            return text == "true"
        return self.condition(text, scope, at) or False

    def _blame(self, refused: Refused, text: str, at: At, pieces: tuple[Piece, ...], asked: set[str]) -> None:
        """Report a formula's problems, unless they may be the consequence of another file's."""
        if any(name in self.shapes.all and self.shapes.all[name].broken for name in asked):
            self.failed.add(self.owner)
            return
        for found in refused.problems:
            self.report(self._placed(found, text, at, pieces))

    def _placed(self, found: Problem, text: str, at: At, pieces: tuple[Piece, ...]) -> Problem:
        """A problem within a formula's text becomes one within the file."""
        line, column = found.place.line or 1, found.place.column or 1
        offset = sum(len(part) + 1 for part in text.split("\n")[: line - 1]) + column - 1
        for start, piece in reversed(pieces):
            if offset >= start:
                return Problem(found.code, piece.inside(offset - start), found.facts, found.severity)
        written = at.value
        shift = max(written.find(text), 0) if isinstance(written, str) else 0
        return Problem(found.code, at.inside(offset + shift), found.facts, found.severity)

    def literal(self, value: Any, at: At) -> Typed | None:
        """A plain value as a formula: 5, true, "text", null."""
        if value is None or isinstance(value, bool):
            written = {None: "null", True: "true", False: "false"}[value]
        elif isinstance(value, int | Decimal):
            written = format(value, "f") if isinstance(value, Decimal) else str(value)
        else:
            written = '"' + str(value).replace('"', '""') + '"'
        return self.formula(written, Scope(self.shapes), at)

    # -- texts ---------------------------------------------------------------------------------------------------------

    def template(self, text: str, scope: Scope, at: At, *, several: bool = False) -> Template | None:
        """A text with formulas; None after reporting what is wrong in it. `several` as in `engine.expressions.template`."""
        with self.shapes.noticing() as asked:
            try:
                return template(text, scope, several=several)
            except Refused as refused:
                self._blame(refused, text, at, (), asked)
                return None

    def wording(self, written: Written, scope: Scope, at: At, pack: Pack) -> Wording | None:
        """A message in every language that it has; None when nothing is written (or all of it is wrong)."""
        found: dict[str, Template] = {}
        for language, (words, where) in pack.book.versions(written, at).items():
            made = self.template(words, scope, where)
            if made is not None:
                found[language] = made
        return Wording(found) if found else None

    # -- people --------------------------------------------------------------------------------------------------------

    def people(self, written: Any, scope: Scope, at: At) -> People:
        """Roles and formulas that give people; `written` is one of them or a list."""
        if written is None:
            return People()
        roles: set[str] = set()
        formulas: list[Typed] = []
        mine: list[Typed] = []
        several = isinstance(written, list | tuple)
        for number, one in enumerate(written if several else (written,)):
            here = at / number if several else at
            if not isinstance(one, str):
                self.refuse(codes.NOT_PEOPLE, here.place())
            elif not one.startswith("="):
                if one not in self.roles and self._gives_people(one, scope):
                    self.refuse(codes.FORMULA_UNMARKED, here.place(), found=one)
                elif self.known(codes.UNKNOWN_ROLE, one, self.roles, here):
                    roles.add(one)
            else:
                self._person(one[1:].strip(), scope, here, formulas, mine)
        return People(frozenset(roles), tuple(formulas), tuple(mine))

    def _gives_people(self, text: str, scope: Scope) -> bool:
        """Whether a text would be a formula for people."""
        try:
            kind = check(text, scope).type
        except Refused:
            return False
        inner = kind.of if kind.kind == "list" else kind
        return inner is not None and inner.kind == "record" and inner.shape in (PERSON, DEPARTMENT)

    def _person(self, text: str, scope: Scope, at: At, formulas: list[Typed], mine: list[Typed]) -> None:
        typed = self.formula(text, scope, at)
        if typed is None:
            return
        kind = typed.type
        inner = kind.of if kind.kind == "list" else kind
        if inner is None or inner.kind != "record" or inner.shape not in (PERSON, DEPARTMENT):
            self.refuse(codes.NOT_PEOPLE, at.place())
            return
        who = "user" if inner.shape == PERSON else "user.department"
        condition = f"{who} in {text}" if kind.kind == "list" else f"({text}) = {who}"
        formulas.append(typed)
        try:
            mine.append(check(condition, scope, BOOLEAN))
        except Refused:
            mine.append(check("false", scope, BOOLEAN))

    # -- queries -------------------------------------------------------------------------------------------------------

    def query(
        self, path: str, where: str | None, sort: Iterable[str], scope: Scope, at: At, key: str = "from"
    ) -> Typed | None:
        """The rows that the query keys beside each other at `at` read (`from`, or the key that names the list)."""
        head = "LIST(from "
        pieces: list[Piece] = [(len(head), at / key)]
        text = head + path
        if where is not None:
            text += " where "
            pieces.append((len(text), at / "where"))
            text += where
        if sort:
            text += " sort "
            pieces.append((len(text), at / "sort"))
            text += ", ".join(sort)
        if not re.fullmatch(r"[A-Za-z_][\w.]*", path):
            self.refuse(codes.UNKNOWN_FORM, (at / key).place(), name=path, nearest=near(path, self.slots))
            return None
        return self.formula(text + ")", scope, at / key, pieces=tuple(pieces))
