"""Aggregates and datasets: their sources become lists that formulas add up, and what is kept by deltas is worked out.

Why: an aggregate's row is the truth about all records with its key, so `SUM(moves.quantity)` means the moves of this row.
Each source therefore is a live list of the form, limited by the key; every executor reads it as it reads any list. For
keeping, sums and counts are taken out of the formulas: they change by what one record brings, the rest is computed anew.
Of a dataset only the keys are kept, so that a row is the same record as long as it is there; its formulas are computed
when they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.definitions.compile_fields import stored
from engine.definitions.compiler import Compiler, Slot
from engine.definitions.drafts import RESERVED, Draft
from engine.definitions.form import Source as SourceDefinition
from engine.definitions.model import SYSTEM, Computed, Form, FormField, Source, Term, Watch
from engine.definitions.packs import check_name
from engine.definitions.parsing import At, near
from engine.expressions.facts import facts, source_reads
from engine.expressions.pointing import field_of
from engine.expressions.tree import Aggregate, Get, Hop, Node, Query, Read, Typed, Var
from engine.expressions.tree import Source as Rows
from engine.expressions.types import BOOLEAN, NUMBER, Member, Related, list_of, record
from engine.expressions.walk import conjuncts, everything, free, rebuild, substitute
from engine.problems import computed as codes
from engine.problems import definition

KEYS = frozenset({"text", "number", "date", "instant", "record", "boolean"})
"""Kinds of values that may be part of a key."""

WRITES = ("create", "edit", "delete", "copy", "import")
"""Permissions that nobody can have on a computed form."""

CLOSED = ("default", "required", "readonly", "unique", "visible", "min", "max", "where")
"""Keys of a field that speak of filling it in."""

NONE_OF = ("actions", "public")
"""Keys of a form that speak of filling in its records."""


def keys(draft: Draft) -> tuple[str, ...]:
    """The fields of a computed form without a formula: what one row stands for."""
    return tuple(n for n, s in draft.slots.items() if s.field.formula is None and _plain(s))


def blank(draft: Draft) -> frozenset[str]:
    """Those of them that may be empty: what lacks them has a row of its own."""
    return frozenset(n for n in keys(draft) if (draft.slots[n].at / "required").value is False)


def kind(draft: Draft) -> str:
    """The key under which its sources are."""
    return "dataset" if draft.live else "aggregate"


def _plain(slot: Slot) -> bool:
    """Whether a field holds one value that rows can be told apart by."""
    return slot.field.column() is not None and slot.type.kind in KEYS and slot.field.numbering() is None


class ComputedCompiler:
    """Compiles the sources of computed forms. They are finished when somebody first reads them, like formulas."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self.sources: dict[tuple[str, str], Source] = {}
        self._own: dict[tuple[str, str], int] = {}

    # -- sources -------------------------------------------------------------------------------------------------------

    def members(self, draft: Draft) -> None:
        """Give the form's shape a list for each of its sources."""
        compiler, shape = self.compiler, self.compiler.shapes.all[draft.name]
        if draft.definition is not None and draft.definition.aggregate and draft.definition.dataset:
            place = (draft.at / "dataset").place(key=True)
            compiler.refuse(codes.COMPUTED_TWICE, place, first="aggregate", second="dataset")
            shape.broken = True
        for name, given in draft.united.items():
            at = draft.at / kind(draft) / name
            wrong = check_name(name, at.place(key=True), RESERVED)
            if wrong is not None:
                compiler.report(wrong)
            elif name in draft.slots:
                compiler.refuse(definition.NAME_HIDDEN, at.place(key=True), name=name, example=f"the_{name}")
                shape.broken = True  # what reads the list isn't to blame
            elif given.from_ in compiler.shapes.all or given.from_ in compiler.stored_shapes():
                shape.members[name] = Member(name, list_of(record(given.from_)))
                shape.pending[name] = self._later(draft, name, given)
            elif given.from_.partition(".")[0] in compiler.broken:
                compiler.shapes.asked.add(given.from_)
                compiler.failed.add(compiler.owner)
                shape.broken = True
            else:
                compiler.known(definition.UNKNOWN_FORM, given.from_, compiler.stored_shapes(), at / "from")
                shape.broken = True

    def _later(self, draft: Draft, name: str, given: SourceDefinition) -> Any:
        def finish() -> None:
            with self.compiler.owned(draft.name):
                found = self._source(draft, name, given, draft.at / kind(draft) / name)
            if found is not None:
                rows = list_of(record(given.from_))
                self.compiler.shapes.all[draft.name].members[name] = Member(name, rows, related=found)

        return finish

    def _source(self, draft: Draft, name: str, given: SourceDefinition, at: At) -> Related | None:
        """The source as a list of the form; None after reporting what is wrong with it."""
        compiler, before = self.compiler, len(self.compiler.problems)
        compiler.shapes.asked.add(given.from_)
        if not self._readable(draft, given, at / "from"):
            return None
        scope = compiler.scope(None, given.from_)
        where = compiler.condition(given.where, scope, at / "where")
        texts: dict[str, str] = {}
        by: dict[str, Typed] = {}
        for key in keys(draft):
            here, text = self._by(draft, name, given, key, at)
            if text is None:
                continue
            typed = compiler.plain_formula(text, scope, here, draft.slots[key].type)
            if typed is not None:
                texts[key], by[key] = text, typed
                self._keepable(typed, here)
        for key in given.by:
            if key not in draft.slots or draft.slots[key].field.formula is not None:
                place = (at / "by" / key).place(key=True)
                compiler.refuse(codes.SOURCE_KEY_UNKNOWN, place, key=key, nearest=near(key, keys(draft)))
        if where is not None:
            self._keepable(where, at / "where")
        if len(compiler.problems) > before or not by:
            compiler.failed.add(compiler.owner)
            return None
        joint = [f"({text}) = this.{key}" for key, text in texts.items()]
        limited = compiler.formula(
            " and ".join([*joint, *([f"({given.where})"] if given.where else [])]),
            compiler.scope(draft.name, given.from_), at, BOOLEAN,
        )  # fmt: skip
        if limited is None:
            return None
        self.sources[draft.name, name] = Source(name, given.from_, where, by)
        self._own[draft.name, name] = len(conjuncts(limited.tree))
        for key, typed in by.items():
            self._counted(draft, key, typed, where, self._by(draft, name, given, key, at)[0])
        return Related(given.from_, None, limited, name)

    def _readable(self, draft: Draft, given: SourceDefinition, at: At) -> bool:
        """Whether the form may have this source: an aggregate what is typed in, a dataset all that doesn't read it."""
        compiler = self.compiler
        if given.from_ in compiler.computed and not draft.live:
            compiler.refuse(codes.SOURCE_COMPUTED, at.place(), form=given.from_)
            return False
        behind, waiting = set[str](), [given.from_]
        while waiting:
            form = waiting.pop().partition(".")[0]
            if form not in behind:
                behind.add(form)
                waiting += compiler.computed.get(form, ())
        if draft.name in behind:
            compiler.refuse(codes.SOURCE_CIRCLE, at.place(), form=given.from_)
        return draft.name not in behind

    def _by(self, draft: Draft, name: str, given: SourceDefinition, key: str, at: At) -> tuple[At, str | None]:
        """Where and how a source says what its key is; None when it doesn't."""
        if key in given.by:
            return at / "by" / key, given.by[key]
        if key in self.compiler.slots_of(given.from_) or key in SYSTEM:
            return at / "from", key
        form = given.from_
        if not self.compiler.shapes.all[form].broken:
            self.compiler.refuse(codes.SOURCE_KEY_MISSING, (at / "from").place(), name=name, key=key, form=form)
        return at, None

    def _counted(self, draft: Draft, key: str, typed: Typed, where: Typed | None, at: At) -> None:
        """Warn of an aggregate's source whose records count nowhere when a field is left empty that may be."""
        node = typed.tree
        if draft.live or key in blank(draft) or not (isinstance(node, Get) and _own(node.of)):
            return
        slot = self.compiler.slots_of(node.of.type.shape or "").get(node.name)
        asked = where is not None and any(isinstance(n, Get) and n.name == node.name for n in everything(where.tree))
        if slot is not None and slot.field.formula is None and slot.field.required == "false" and not asked:
            facts = {"field": node.name, "form": node.of.type.shape, "key": key}
            self.compiler.refuse(codes.SOURCE_KEY_EMPTY, at.place(), severity="warn", **facts)

    def _keepable(self, typed: Typed, at: At) -> None:
        if not stored(typed):
            self.compiler.refuse(codes.SOURCE_NOT_KEPT, at.place())

    # -- the form ------------------------------------------------------------------------------------------------------

    def computed(self, draft: Draft, fields: Mapping[str, FormField]) -> Computed | None:
        """How the form is computed; None when it is typed in, or after reporting what is wrong."""
        if not draft.united:
            return None
        closed(self.compiler, draft)
        if draft.live and draft.definition is not None and draft.definition.rules:
            self.compiler.refuse(codes.NOT_IN_COMPUTED, (draft.at / "rules").place(key=True), key="rules")
        for name in draft.slots:
            self._check_field(draft.slots[name])
        if not keys(draft):
            self.compiler.refuse(codes.COMPUTED_KEYLESS, (draft.at / "fields").place(key=True))
        shape = self.compiler.shapes.all[draft.name]
        for name in draft.united:
            shape.member(name)
        sources = {n: self.sources[draft.name, n] for n in draft.united if (draft.name, n) in self.sources}
        terms: list[Term] = []
        kept = {
            name: self._kept(draft.name, found.formula, sources, terms)
            for name, found in fields.items()
            if found.formula is not None and found.stored
        }
        formulas = [f.formula for f in fields.values() if f.formula is not None and f.stored]
        watches = {name: tuple(watched(source, _inside(source, formulas))) for name, source in sources.items()}
        return Computed(kind(draft), keys(draft), blank(draft), sources, kept, tuple(terms), watches)

    def _check_field(self, slot: Slot) -> None:
        """A key field is a plain value; nothing is filled in."""
        if slot.field.related() is not None:
            return
        for key in CLOSED:
            optional = key == "required" and slot.field.formula is None and (slot.at / key).value is False
            if (slot.at / key).value is not None and not optional:
                self.compiler.refuse(codes.NOT_IN_COMPUTED, (slot.at / key).place(key=True), key=key)
        if slot.field.formula is None and not _plain(slot):
            self.compiler.refuse(codes.KEY_TYPE, slot.at.place(key=True), name=slot.name)

    # -- what is kept by deltas ----------------------------------------------------------------------------------------

    def _kept(self, form: str, typed: Typed, sources: Mapping[str, Source], terms: list[Term]) -> Typed:
        """The formula with its sums and counts as the variables `total_0`, … in place of reading all their records."""

        def change(node: Node) -> Node:
            term = self._term(form, node, sources)
            if term is None:
                return rebuild(node, change)
            terms.append(term)
            return Var(NUMBER, node.at, total_name(len(terms) - 1))

        tree = change(typed.tree)
        return Typed(typed.text, tree, typed.type, typed.reads, typed.live, typed.whole, typed.server)

    def _term(self, form: str, node: Node, sources: Mapping[str, Source]) -> Term | None:
        """What each record of a source adds to this list function; None when it can't be kept by adding up."""
        if not (isinstance(node, Aggregate) and node.function in ("SUM", "COUNT") and isinstance(node.list, Query)):
            return None
        query = node.list
        first = query.steps[0].source
        if len(query.steps) != 1 or not isinstance(first, Rows) or node.type != NUMBER:
            return None
        if first.name is None or first.name not in sources:
            return None
        frame, row = query.steps[0].frame, Var(record(first.shape), 0, "row")
        more = conjuncts(query.where)[self._own[form, first.name] :]
        parts = [*more, *([query.value] if query.value is not None else [])]
        if any(not free(part) <= {frame} for part in parts) or (node.function == "SUM" and query.value is None):
            return None
        number = iter(range(1, 10_000))

        def alone(part: Node) -> Typed:
            tree = substitute(part, {frame: row}, lambda: f"inner{next(number)}")
            return Typed("", tree, tree.type, frozenset(), False, False, True)

        value = alone(query.value) if query.value is not None else None
        return Term(first.name, node.function, value, tuple(alone(part) for part in more))


def closed(compiler: Compiler, draft: Draft) -> None:
    """Refuse what speaks of filling in or moving records, in a form that is computed."""
    at = draft.at
    for key in NONE_OF:
        if (at / key).value:
            compiler.refuse(codes.NOT_IN_COMPUTED, (at / key).place(key=True), key=key)
    if draft.workflow_at is not None:
        compiler.refuse(codes.NOT_IN_COMPUTED, draft.workflow_at.source.at(1, 1), key="workflow")
    assert draft.definition is not None
    for name, rule in draft.definition.rules.items():
        for key, given in (("unique", rule.unique), ("at", rule.at)):
            if given:
                compiler.refuse(codes.NOT_IN_COMPUTED, (at / "rules" / name / key).place(key=True), key=key)
    for name, access in draft.definition.access.items():
        for number, can in enumerate(access.can):
            if can in WRITES:
                compiler.refuse(codes.NOT_IN_COMPUTED, (at / "access" / name / "can" / number).place(), key=can)


def _own(node: Node) -> bool:
    """Whether it is the source's record itself, or what holds it."""
    return isinstance(node, Var) or (isinstance(node, Get) and node.name == "parent" and _own(node.of))


def total_name(number: int) -> str:
    """The variable that holds the total of a term."""
    return f"total_{number}"


def contributors(forms: Iterable[Form]) -> dict[tuple[str, str], tuple[Watch, ...]]:
    """(shape, member) -> the sources of computed forms whose records it may change."""
    found: dict[tuple[str, str], dict[Watch, None]] = {}
    for form in forms:
        if form.computed is not None:
            for name, source in form.computed.sources.items():
                for at, member, hops in form.computed.watches[name]:
                    found.setdefault((at, member), {}).setdefault(Watch(form.name, name, source.shape, hops))
    return {key: tuple(value) for key, value in found.items()}


def _inside(source: Source, formulas: Iterable[Typed]) -> Iterator[Read]:
    """What decides what a record of an aggregate's source brings."""
    for typed in (source.where, *source.by.values()):
        if typed is not None:
            yield from facts(typed.tree, "row").reads
    for typed in formulas:
        yield from source_reads(typed.tree, source.name)


def watched(source: Source, reads: Iterable[Read]) -> Iterator[tuple[str, str, tuple[Hop, ...]]]:
    """(shape, member, hops from the source's record) of all that may change what is read from a source's record."""
    found: dict[tuple[str, str, tuple[Hop, ...]], None] = {(source.shape, "id", ()): None}
    for read in sorted(set(reads), key=repr):
        found[read.shape, read.name, read.hops] = None
        at = source.shape
        for number, hop in enumerate(read.hops):
            if hop.kind == "reference":
                found[at, field_of(hop.name), read.hops[:number]] = None
            elif hop.kind == "related":
                found[hop.shape, field_of(hop.name), read.hops[: number + 1]] = None
            elif hop.kind == "lines":
                found[f"{at}.{hop.name}", "id", read.hops[: number + 1]] = None
            at = hop.shape
    yield from found
