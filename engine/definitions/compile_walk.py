"""Walks: forms whose rows say what can be reached from a record over further rows, at every depth.

Why: the parts of a product, what went into a package, who reports to whom are all of one kind: rows that lead from one
record to another. The form's fields follow from how it goes on; analysts may add formulas.
"""

from __future__ import annotations

from typing import Any

from engine.definitions.compile_computed import closed, watched
from engine.definitions.compile_fields import stored
from engine.definitions.compiler import Compiler, Slot
from engine.definitions.drafts import RESERVED, Draft
from engine.definitions.form import Walk
from engine.definitions.model import Computed, Source, Steps
from engine.definitions.packs import check_name
from engine.definitions.parsing import At
from engine.expressions.facts import facts
from engine.expressions.tree import Typed
from engine.expressions.types import NUMBER, record
from engine.fields import FIELDS
from engine.problems import computed as codes
from engine.problems import definition
from engine.texts import Text, text

SOURCE = "walk"
"""What the one source of a walk is called."""

TITLES = {"start": text("起点", "Start"), "reached": text("到达", "Reached"), "depth": text("层", "Depth"),
          "last": text("末端", "Last")}  # fmt: skip
"""The fields of every walk."""

DECIMALS = 8
"""How many decimals are kept of what is multiplied."""


class WalkCompiler:
    """Compiles walks."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler

    def slots(self, draft: Draft) -> None:
        """Give a walk's form its fields, as its other definitions will read them."""
        walk = draft.definition.walk if draft.definition is not None else None
        if walk is None:
            return
        at, compiler = draft.at / "walk", self.compiler
        if draft.definition is not None and draft.definition.aggregate is not None:
            place = (draft.at / "walk").place(key=True)
            compiler.refuse(codes.COMPUTED_TWICE, place, first="aggregate", second="walk")
            compiler.broken.add(draft.name)
            return
        shape = self._shape(walk, at)
        if shape is None:
            compiler.broken.add(draft.name)
            return
        made = {name: self._slot(draft, name, shape, title, at) for name, title in TITLES.items()}
        for name in walk.multiply:
            here = at / "multiply" / name
            wrong = check_name(name, here.place(key=True), RESERVED)
            if wrong is not None:
                compiler.report(wrong)
            else:
                made[name] = self._slot(draft, name, None, draft.pack.book.title(None, name, here), at / "multiply")
        for name in made.keys() & draft.slots.keys():
            compiler.refuse(
                definition.NAME_HIDDEN, draft.slots[name].at.place(key=True), name=name, example=f"the_{name}"
            )
        for name, slot in draft.slots.items():
            if slot.field.formula is None and slot.field.related() is None:
                compiler.refuse(codes.NOT_IN_COMPUTED, slot.at.place(key=True), key=name)
        typed_in = dict(draft.slots)
        draft.slots.clear()
        draft.slots.update({**made, **typed_in})

    def _slot(self, draft: Draft, name: str, shape: str | None, title: Text, at: At) -> Slot:
        known: dict[str, dict[str, Any]] = {
            "start": {"type": "reference", "to": shape},
            "reached": {"type": "reference", "to": shape},
            "depth": {"type": "integer"},
            "last": {"type": "boolean"},
        }
        keys = known.get(name, {"type": "decimal", "decimals": DECIMALS})
        family = FIELDS.get(str(keys["type"]))
        assert family is not None
        field = family.model_validate(keys)
        where = at / "next" if name == "reached" else at / name if name in at.value else at
        return Slot(name, draft.name, field, field.value_type(draft.name), title, where)

    def _shape(self, walk: Walk, at: At) -> str | None:
        """The form whose records a walk goes over; None after a problem."""
        compiler = self.compiler
        if walk.from_ not in compiler.stored_shapes():
            if walk.from_.partition(".")[0] in compiler.broken:
                compiler.failed.add(compiler.owner)
            else:
                compiler.known(definition.UNKNOWN_FORM, walk.from_, compiler.stored_shapes(), at / "from")
            return None
        if walk.from_ in compiler.computed:
            compiler.refuse(codes.SOURCE_COMPUTED, (at / "from").place(), form=walk.from_)
            return None
        ends = [
            self._target(walk.from_, given, at / key) for key, given in (("start", walk.start), ("next", walk.next))
        ]
        if None in ends:
            return None
        if ends[0] != ends[1]:
            compiler.refuse(codes.WALK_APART, (at / "next").place(), start=ends[0], next=ends[1])
            return None
        return ends[0]

    def _target(self, shape: str, path: str, at: At) -> str | None:
        """What a path of references leads to from a row of `shape`; None after a problem."""
        found: str | None = shape
        for number, word in enumerate(path.strip().split(".")):
            assert found is not None
            if word == "row" and number == 0:
                continue
            if word == "parent" and "." in found:
                found = found.rpartition(".")[0]
                continue
            slot = self.compiler.slots_of(found).get(word)
            found = slot.field.target() if slot is not None else None
            if found is None:
                self.compiler.refuse(codes.WALK_ENDS, at.place(), path=path)
                return None
        return found

    def computed(self, draft: Draft) -> Computed | None:
        """How the form is computed; None when it is no walk, or after reporting what is wrong."""
        walk = draft.definition.walk if draft.definition is not None else None
        if walk is None:
            return None
        closed(self.compiler, draft)
        compiler, at = self.compiler, draft.at / "walk"
        compiler.shapes.asked.add(walk.from_)
        scope, shape = compiler.scope(None, walk.from_), draft.slots["start"].field.target() or ""
        where = compiler.condition(walk.where, scope, at / "where")
        start = compiler.plain_formula(walk.start, scope, at / "start", record(shape))
        following = compiler.plain_formula(walk.next, scope, at / "next", record(shape))
        factors: dict[str, Typed] = {}
        for name, given in walk.multiply.items():
            typed = compiler.plain_formula(given, scope, at / "multiply" / name, NUMBER)
            if typed is not None:
                factors[name] = typed
                self._keepable(typed, at / "multiply" / name)
        if where is not None:
            self._keepable(where, at / "where")
        if start is None or following is None:
            return None
        source = Source(SOURCE, walk.from_, where, {})
        parts = [start, following, *factors.values(), *([where] if where is not None else [])]
        reads = [read for typed in parts for read in facts(typed.tree, "row").reads]
        steps = Steps(shape, start, following, factors)
        watches = {SOURCE: tuple(watched(source, reads))}
        return Computed("walk", (*TITLES, *factors), frozenset(), {SOURCE: source}, {}, (), watches, steps)

    def _keepable(self, typed: Typed, at: At) -> None:
        if not stored(typed):
            self.compiler.refuse(codes.SOURCE_NOT_KEPT, at.place())
