"""Values tried on the conditions of a definition: what makes them true, and whether anything does.

Why: whether a guard can hold, and whether two can hold at once, is found by trying the values at which a condition turns:
those that it compares with, their neighbours, nothing at all. The conditions are evaluated by the same executor as at work.
What a condition reads elsewhere (another record, the time, who asks) counts as a value that may be anything.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine.definitions.model import Constant, Form, FormField
from engine.expressions.facts import facts
from engine.expressions.functions import PEOPLE
from engine.expressions.python import compile
from engine.expressions.tree import Aggregate, Call, Get, Literal, Node, Op, Pick, Query, Source, Typed, Var, Within
from engine.expressions.types import BOOLEAN, NULL, Env, Type
from engine.expressions.walk import conjuncts, free, rebuild
from engine.problems import Refused
from engine.texts import Text, same, text

MOST = 20_000
"""How many combinations of values are tried at most; conditions that need more are left alone."""

TODAY = date(2026, 1, 15)
NOW = datetime(2026, 1, 15, 8, tzinfo=UTC)
ZONE = ZoneInfo("UTC")

OTHER = "…"
"""A text that no condition names."""

EXACT = frozenset({"ISBLANK", "COALESCE", "IF", "IFS", "SWITCH"})
"""Functions that turn nowhere else than what they are given does."""

SYSTEM_WORDS = {
    "owner": text("负责人", "Owner"),
    "created_by": text("创建人", "Created by"),
    "updated_by": text("最后修改人", "Changed by"),
    "state": text("状态", "State"),
}

Values = Mapping[str, Any]
"""Variable -> the value tried."""


@dataclass(frozen=True)
class Somebody:
    """A person, a department or a record of whom only matters whether it is the same."""

    id: int
    shape: str

    def value(self, name: str) -> Any:
        """Nothing is known of it."""
        return None


@dataclass(frozen=True)
class Atom:
    """One value that conditions read. `own`: the stored member of the record that it is, "" for what is read elsewhere;
    `word`: what it is called where there is no field; `settled`: the members of the record on which alone it depends
    (None: on more)."""

    name: str
    type: Type
    own: str
    settled: frozenset[str] | None
    null: bool
    word: Text


@dataclass(frozen=True)
class Condition:
    """A condition over variables. `reads`: their names; `exact` as in Trial."""

    tree: Node
    reads: frozenset[str]
    exact: bool
    run: Callable[[Env], Any]

    def holds(self, values: Values) -> bool:
        """Whether it is true for these values; what can't be computed doesn't hold, as at work."""
        try:
            return bool(self.run(Env(values, None, TODAY, NOW, ZONE)))
        except (ArithmeticError, Refused):
            return False


def condition(tree: Node, *, exact: bool) -> Condition:
    """A condition, ready to be tried."""
    return Condition(tree, free(tree), exact, compile(tree))


class Trial:
    """The conditions of one form, taken apart. A condition that computes with what it reads isn't `exact`: the
    values tried needn't be all that matter."""

    def __init__(self, form: Form, settings: Mapping[str, FormField], state: str | None = None) -> None:
        self.form, self.settings, self.state = form, settings, state
        self.atoms: dict[Node, Atom] = {}
        self.numbers: set[Decimal] = set()
        self.texts: set[str] = set()
        self.lengths: set[timedelta] = set()
        self.exact = True
        self._word = same("")

    def add(self, typed: Typed) -> Condition:
        """One more condition."""
        self._word, self.exact = same(typed.text), True
        tree = self._taken(typed.tree, 0)
        return condition(tree, exact=self.exact)

    def parts(self, typed: Typed) -> list[Condition]:
        """One more condition, taken apart where `and` joins it."""
        found = []
        for part in conjuncts(typed.tree):
            self._word, self.exact = same(typed.text), True
            tree = self._taken(part, 0)
            found.append(condition(tree, exact=self.exact))
        return found

    def blank(self, typed: Typed) -> Condition:
        """The condition that this has no value."""
        self._word, self.exact = same(typed.text), True
        tree = self._taken(typed.tree, 0)
        return condition(Op(BOOLEAN, 0, "=", (tree, Literal(NULL, 0, None))), exact=self.exact)

    # -- taking apart --------------------------------------------------------------------------------------------------

    def _taken(self, part: Node, depth: int) -> Node:
        """The same with every read replaced by a variable of its own."""
        match part:
            case Literal():
                self._constant(part.value)
                return part
            case Get(of=Var(name="this")):
                return self._own(part, depth)
            case Get(of=Var(name="settings")) if part.name in self.settings:
                default = self.settings[part.name].default
                if isinstance(default, Constant):
                    self._constant(default.value)
                    return Literal(part.type, part.at, default.value)
                return self._atom(part)
            case Within(of=Var(name="this")) if depth < 20:
                return self._taken(part.body.tree, depth + 1)
            case Pick():
                return replace(part, of=self._taken(part.of, depth))
            case Get() | Within() | Aggregate() | Query() | Source() | Var():
                return self._atom(part)
            case Call(function="TODAY" | "NOW"):
                return self._atom(part)
            case Call() if part.function in PEOPLE:
                return self._atom(part)
        made = rebuild(part, lambda inner: self._taken(inner, depth))
        if not free(made):
            return self._folded(made)
        if isinstance(made, Op) and made.op in ("+", "-", "*", "/", "neg", "&"):
            self.exact = False
        if isinstance(made, Call) and made.function not in EXACT:
            self.exact = False
        return made

    def _folded(self, part: Node) -> Node:
        """What reads nothing, as the value that it is."""
        try:
            value = compile(part)(Env({}, None, TODAY, NOW, ZONE))
        except (ArithmeticError, Refused, KeyError):
            return part
        if part.type.kind != "list":
            self._constant(value)
            return Literal(part.type, part.at, value)
        for one in value:
            self._constant(one)
        return part

    def _own(self, part: Get, depth: int) -> Node:
        if part.name == "state" and self.state is not None:
            return Literal(part.type, part.at, self.state)
        field = self.form.fields.get(part.name)
        if field is not None and field.formula is not None and depth < 20:
            outer, self._word = self._word, field.title
            taken = self._taken(field.formula.tree, depth + 1)
            self._word = outer
            return taken
        return self._atom(part, part.name)

    def _atom(self, part: Node, own: str = "") -> Node:
        key = _bare(part)
        if key not in self.atoms:
            found = facts(part)
            here = all(not r.hops or r.hops[0].kind == "lines" for r in found.reads)
            loose = found.live or found.whole or not here or bool(free(part) - {"this"}) or not found.reads
            settled = None if loose else frozenset((r.hops[0].name if r.hops else r.name) for r in found.reads)
            field = self.form.fields.get(own)
            null = field.required is not True if field is not None else own not in ("id", "state", "created_by")
            word = field.title if field is not None else SYSTEM_WORDS.get(own, self._word)
            if isinstance(part, Aggregate) and part.function in ("SUM", "COUNT", "ANY", "ALL", "LIST"):
                null = False
            self.atoms[key] = Atom(f"~{len(self.atoms)}", part.type, own, settled, null, word)
        return Var(part.type, part.at, self.atoms[key].name)

    def _constant(self, value: Any) -> None:
        if isinstance(value, Decimal):
            self.numbers.add(value)
        elif isinstance(value, str):
            self.texts.add(value)
        elif isinstance(value, timedelta):
            self.lengths.add(value)

    # -- trying --------------------------------------------------------------------------------------------------------

    def named(self, names: Iterable[str]) -> list[Atom]:
        """The atoms of these variables, in the order in which they were found."""
        wanted = set(names)
        return [atom for atom in self.atoms.values() if atom.name in wanted]

    def tried(self, atoms: Iterable[Atom]) -> Iterator[Values] | None:
        """Every combination of values; None when they are too many, or of kinds that can't be tried."""
        among = []
        count = 1
        chosen = list(atoms)
        for atom in chosen:
            values = self._candidates(atom)
            if values is None:
                return None
            among.append(values)
            count *= len(values)
        if count > MOST:
            return None
        return (dict(zip((a.name for a in chosen), picked, strict=True)) for picked in itertools.product(*among))

    def _candidates(self, atom: Atom) -> list[Any] | None:
        found = self._of_kind(atom)
        if found is None:
            return None
        nothing = atom.null and atom.type.kind not in ("boolean", "list")
        return [*found, None] if nothing else found

    def _of_kind(self, atom: Atom) -> list[Any] | None:
        match atom.type.kind:
            case "boolean":
                return [False, True]
            case "number":
                return self._numbers(atom)
            case "text":
                if atom.type.options is not None:
                    return sorted(atom.type.options)
                return [*sorted(t for t in self.texts if t), OTHER]
            case "record":
                return [Somebody(n, atom.type.shape or "") for n in (1, 2)]
            case "date":
                return [TODAY + timedelta(days=n) for n in (-1, 0, 1)]
            case "instant":
                return [NOW + timedelta(hours=n) for n in (-1, 0, 1)]
            case "length":
                lengths = sorted(self.lengths) or [timedelta(hours=1)]
                return [
                    *(v for c in lengths for v in (c - timedelta(minutes=1), c)),
                    lengths[-1] + timedelta(minutes=1),
                ]
        return None

    def _numbers(self, atom: Atom) -> list[Any]:
        """The numbers that conditions name, what lies between them, and beyond; within the field's limits."""
        known = sorted(self.numbers) or [Decimal(0), Decimal(1)]
        between = [(a + b) / 2 for a, b in itertools.pairwise(known)]
        found = [*known, *between, known[0] - 1, known[-1] + 1]
        field = self.form.fields.get(atom.own)
        if field is not None and field.field.scale() == 0:
            found = [Decimal(int(v) + n) for v in known for n in (-1, 0, 1)]
        low, high = _limit(field.minimum if field else None), _limit(field.maximum if field else None)
        return sorted({v for v in found if (low is None or v >= low) and (high is None or v <= high)})


def negated(given: Condition) -> Condition:
    """What holds when the condition doesn't."""
    return condition(Op(BOOLEAN, given.tree.at, "not", (given.tree,)), exact=given.exact)


def either(*given: Condition) -> Condition:
    """What holds when one of them does."""
    tree = given[0].tree
    for one in given[1:]:
        tree = Op(BOOLEAN, tree.at, "or", (tree, one.tree))
    return condition(tree, exact=all(one.exact for one in given))


def _limit(limit: Typed | None) -> Decimal | None:
    value = limit.tree.value if limit is not None and isinstance(limit.tree, Literal) else None
    return value if isinstance(value, Decimal) else None


def _bare(part: Node) -> Node:
    """The same wherever it is written."""
    return replace(rebuild(part, _bare), at=0)
