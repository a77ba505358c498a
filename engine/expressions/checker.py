"""From the syntax tree to the typed tree: every name is found, every type fits, or all problems are told at once.

A part that is wrong becomes `unknown` and is not complained about again further out. Names and sources are looked up in
`names.py`, functions checked in `calls.py`; this module holds the checker itself and the rules of operators. `check.py`
puts them together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

from engine.expressions.fitting import (
    UNKNOWN,
    among,
    as_date,
    constant,
    differing,
    fits,
    meeting,
    ordered,
    replace_type,
    same_record,
    strange,
    typed_null,
    unify,
)
from engine.expressions.lexer import trouble
from engine.expressions.syntax import Binary, Bracketed, Constant, Function, Part, Path, Unary
from engine.expressions.tree import ListOf, Literal, Node, Op, Var
from engine.expressions.types import (
    BOOLEAN,
    DATE,
    INSTANT,
    LENGTH,
    NULL,
    NUMBER,
    TEXT,
    TIME,
    Scope,
    Type,
    list_of,
    record,
)
from engine.expressions.wording import advice, operand, words
from engine.problems import Problem, nearest
from engine.problems import expression as wrong
from engine.texts import Text, text

MEASURED = frozenset({"number", "date", "time", "instant", "length"})
"""Kinds that arithmetic knows."""
COMPARED = frozenset({"=", "!=", "<", "<=", ">", ">="})

SUMS: dict[tuple[str, str, str], Type] = {
    ("number", "+", "number"): NUMBER, ("number", "-", "number"): NUMBER,
    ("number", "*", "number"): NUMBER, ("number", "/", "number"): NUMBER,
    ("date", "+", "number"): DATE, ("number", "+", "date"): DATE, ("date", "-", "number"): DATE,
    ("date", "-", "date"): NUMBER,
    ("instant", "+", "length"): INSTANT, ("length", "+", "instant"): INSTANT, ("instant", "-", "length"): INSTANT,
    ("instant", "-", "instant"): LENGTH,
    ("length", "+", "length"): LENGTH, ("length", "-", "length"): LENGTH,
    ("length", "*", "number"): LENGTH, ("number", "*", "length"): LENGTH,
    ("length", "/", "number"): LENGTH, ("length", "/", "length"): NUMBER,
    ("date", "+", "time"): INSTANT, ("time", "+", "date"): INSTANT, ("time", "-", "time"): LENGTH,
    ("time", "+", "length"): TIME, ("length", "+", "time"): TIME, ("time", "-", "length"): TIME,
}  # fmt: skip
"""What arithmetic gives, by the kinds of its sides."""


@dataclass(frozen=True)
class Here:
    """Where a name is looked up. `bare`: the record whose members bare names are; `frames`: the rows of the queries around,
    outermost first, by their list's last name; `group`: the shape of the records that a measure's list functions read."""

    bare: Node | None
    frames: tuple[tuple[str, Node], ...] = ()
    group: str | None = None


class Calls(Protocol):
    """How a function is checked: `calls.call`."""

    def __call__(self, checker: Checker, part: Function, here: Here) -> Node:
        """The typed node of a function."""


class Names(Protocol):
    """How a path is looked up: `names.path`."""

    def __call__(self, checker: Checker, part: Path, here: Here) -> Node:
        """What the path names."""


class Checker:
    """Checks one text in one scope. `problems` gathers what is wrong."""

    def __init__(self, text: str, scope: Scope, path: Names, call: Calls) -> None:
        self.text, self.scope = text, scope
        self.path, self.call = path, call
        self.problems: list[Problem] = []
        taken = scope.bare is not None and not scope.measure
        self.frames = 1 if taken or "row" in scope.variables else 0

    # -- what the sibling modules need ---------------------------------------------------------------------------------

    def start(self) -> Here:
        """Where the formula itself stands."""
        if self.scope.bare is not None:
            if self.scope.measure:
                return Here(None, (), self.scope.bare)
            row = Var(record(self.scope.bare), 0, "row")
            return Here(row, ((self.scope.bare.rpartition(".")[2], row),))
        return Here(None if self.scope.this is None else Var(record(self.scope.this), 0, "this"))

    def fresh(self) -> str:
        """A name for one more frame."""
        self.frames += 1
        return "row" if self.frames == 1 else f"row{self.frames}"

    def written(self, part: Part) -> str:
        """What stands there in the text."""
        return self.text[part.at : part.end]

    def refuse(self, code: str, at: int, **facts: Any) -> Node:
        """Note a problem; gives the unknown value that stands for the part."""
        self.problems.append(trouble(code, self.text, at, **facts))
        return Literal(UNKNOWN, at, None)

    def needs(self, node: Node, needed: Type, part: Part, where: Text) -> Node:
        """The node as a value of that type (a text literal may become a date); notes a problem when it isn't."""
        node = as_date(node, needed)
        if fits(node.type, needed):
            return node
        if node.type.kind == "list" and needed.kind != "list":
            return self.refuse(wrong.LIST_AS_VALUE, part.at, word=self.written(part))
        return self.refuse(
            wrong.WRONG_TYPE,
            part.at,
            where=where,
            needs=words(needed),
            word=self.written(part),
            is_=words(node.type),
            advice=advice(node.type, needed),
        )

    def condition(self, part: Part, here: Here, where: Text) -> Node:
        """A part that must be a yes or no."""
        return self.needs(self.node(part, here), BOOLEAN, part, where)

    # -- parts ---------------------------------------------------------------------------------------------------------

    def node(self, part: Part, here: Here) -> Node:
        """The typed node of a part."""
        match part:
            case Constant():
                return constant(part)
            case Path():
                return self.path(self, part, here)
            case Function():
                return self.call(self, part, here)
            case Bracketed():
                return self._list(part, here)
            case Unary(op="not"):
                inner = self.condition(part.of, here, text("not 后面", "What follows not"))
                return Op(BOOLEAN, part.at, "not", (inner,))
            case Unary():
                return self._negative(part, here)
            case Binary():
                return self._binary(part, here)
        raise AssertionError(part)

    def _list(self, part: Bracketed, here: Here) -> Node:
        items = tuple(self.node(item, here) for item in part.items)
        kind = unify([item.type for item in items])
        if any(item.type == UNKNOWN for item in items):
            return Literal(UNKNOWN, part.at, None)
        if kind is None:
            left, right = differing(items)
            return self.refuse(wrong.MIXED, part.at, function="[…]", left=words(left), right=words(right))
        if kind.kind == "list":
            return self.refuse(wrong.LIST_IN_LIST, part.at, word=self.written(part))
        return ListOf(list_of(kind), part.at, tuple(typed_null(item, kind) for item in items))

    def _negative(self, part: Unary, here: Here) -> Node:
        of = self.node(part.of, here)
        if of.type.kind in ("length", "null"):
            return Op(of.type, part.at, "neg", (of,))
        of = self.needs(of, NUMBER, part.of, text("负号后面", "What follows the minus"))
        if isinstance(of, Literal) and of.type == NUMBER:
            return Literal(NUMBER, part.at, -of.value)
        return Op(NUMBER, part.at, "neg", (of,)) if of.type != UNKNOWN else of

    def _binary(self, part: Binary, here: Here) -> Node:
        if part.op in ("and", "or"):
            left = self.condition(part.left, here, text(f"{part.op} 的左边", f"The left of {part.op}"))
            right = self.condition(part.right, here, text(f"{part.op} 的右边", f"The right of {part.op}"))
            return Op(BOOLEAN, part.at, part.op, (left, right))
        if part.op in COMPARED or part.op == "in":
            return self._comparison(part, here)
        left, right = self.node(part.left, here), self.node(part.right, here)
        if part.op == "&":
            left = self.needs(left, TEXT, part.left, text("& 的左边", "The left of &"))
            right = self.needs(right, TEXT, part.right, text("& 的右边", "The right of &"))
            return Op(TEXT, part.at, "&", (left, right))
        return self._arithmetic(part, left, right)

    def _arithmetic(self, part: Binary, left: Node, right: Node) -> Node:
        if UNKNOWN in (left.type, right.type):
            return Literal(UNKNOWN, part.at, None)
        for node, side in ((left, part.left), (right, part.right)):
            if node.type.kind == "list":
                return self.refuse(wrong.LIST_AS_VALUE, side.at, word=self.written(side))
        kinds = (left.type.kind, part.op, right.type.kind)
        if "null" in (kinds[0], kinds[2]):
            known = right if kinds[0] == "null" else left
            if known.type.kind in MEASURED | {"null"}:
                return Literal(known.type, part.at, None)
        given = SUMS.get(kinds)
        if given is not None:
            return Op(given, part.at, part.op, (left, right))
        good = left.type.kind in MEASURED
        side, node, needed = (part.right, right, left.type) if good else (part.left, left, NUMBER)
        if good:
            fitting = [Type(k[2]) for k in SUMS if k[:2] == kinds[:2]]
            needed = fitting[0] if fitting else NUMBER
        where = text(f"“{part.op}”的{'右' if good else '左'}边", f"The {'right' if good else 'left'} of “{part.op}”")
        return self.refuse(
            wrong.WRONG_TYPE, side.at, where=where, needs=words(needed), word=self.written(side),
            is_=words(node.type), advice=operand(part.op, left.type if good else needed, node.type),
        )  # fmt: skip

    # -- comparisons ---------------------------------------------------------------------------------------------------

    def _comparison(self, part: Binary, here: Here) -> Node:
        before = len(self.problems)
        left, right = self.node(part.left, here), self.node(part.right, here)
        if UNKNOWN in (left.type, right.type):
            self._unquoted(part, left, right, before)
            return Op(BOOLEAN, part.at, part.op, (left, right))
        if part.op == "in":
            return self._membership(part, left, right)
        for node, side in ((left, part.left), (right, part.right)):
            if node.type.kind == "list":
                self.refuse(wrong.LIST_AS_VALUE, side.at, word=self.written(side))
                return Op(BOOLEAN, part.at, part.op, (left, right))
        left, right = self.compared(left, part.left, right, part.right)
        for node in (left, right):
            if part.op not in ("=", "!=") and not ordered(node.type):
                self.refuse(wrong.NO_ORDER, node.at, is_=words(node.type))
                break
        return Op(BOOLEAN, part.at, part.op, (left, right))

    def compared(self, left: Node, left_part: Part, right: Node, right_part: Part) -> tuple[Node, Node]:
        """Both sides of a comparison, with ISO dates in quotes read as dates; notes what can't be compared."""
        if UNKNOWN in (left.type, right.type):
            return left, right
        left, right = as_date(left, right.type), as_date(right, left.type)
        left, right = meeting(left, right.type), meeting(right, left.type)
        kinds = {left.type.kind, right.type.kind}
        if kinds == {"boolean", "null"}:
            flag = left_part if left.type.kind == "boolean" else right_part
            self.refuse(wrong.NEVER_EMPTY, left_part.at, word=self.written(flag))
        elif "null" not in kinds and (len(kinds) > 1 or not same_record(left.type, right.type) or strange(left, right)):
            constant_side, other = (right, left) if isinstance(right, Literal) else (left, right)
            self.refuse(
                wrong.NOT_COMPARABLE, right_part.at, left=words(left.type), right=words(right.type),
                advice=advice(constant_side.type, other.type),
            )  # fmt: skip
        self.options(left.type, left_part, right, right_part)
        self.options(right.type, right_part, left, left_part)
        return left, right

    def options(self, type: Type, named: Part, given: Node, part: Part) -> None:
        """Notes a text in quotes that is none of the options it is compared with."""
        if type.options is None or not isinstance(given, Literal) or not isinstance(given.value, str):
            return
        self.option(type.options, self.written(named), given.value, part)

    def option(self, options: frozenset[str], name: str, word: str, part: Part) -> None:
        """Notes a word that is none of the options of `name`."""
        if word in options or word == "":
            return
        near = nearest(word, options)
        if near:
            self.refuse(wrong.UNKNOWN_OPTION_NEAR, part.at, word=word, name=name, right=near)
        else:
            self.refuse(wrong.UNKNOWN_OPTION, part.at, word=word, name=name, options=", ".join(sorted(options)))

    def _unquoted(self, part: Binary, left: Node, right: Node, before: int) -> None:
        """`state = won`: the unknown name is an option, so say that instead."""
        for known, side in ((left, part.right), (right, part.left)):
            if known.type.options and isinstance(side, Path) and side.text in known.type.options:
                del self.problems[before:]
                self.refuse(wrong.OPTION_UNQUOTED, side.at, word=side.text)

    def _membership(self, part: Binary, left: Node, right: Node) -> Node:
        if right.type.kind == "list" and right.type.of is not None:
            left = among(left, right.type.of)
        if left.type.kind == "list":
            self.refuse(wrong.LIST_AS_VALUE, part.left.at, word=self.written(part.left))
        elif right.type.kind != "list" or right.type.of is None:
            self.refuse(
                wrong.WRONG_TYPE, part.right.at, where=text("in 的右边", "The right of in"), needs=words(Type("list")),
                word=self.written(part.right), is_=words(right.type),
                advice=text('写成 ["a", "b"]；找文字用 CONTAINS(…)', 'Write ["a", "b"]; to find a text, use CONTAINS(…)'),
            )  # fmt: skip
        elif isinstance(right, ListOf) and isinstance(part.right, Bracketed):
            items = []
            for item, item_part in zip(right.items, part.right.items, strict=True):
                if item.type.kind == "null" and left.type.kind != "boolean":
                    items.append(item)
                else:
                    left, item = self.compared(left, part.left, item, item_part)
                    items.append(item)
            of = items[0].type if items else right.type.of
            right = replace(right, items=tuple(items), type=list_of(of))
        else:
            self.compared(left, part.left, replace_type(right, right.type.of or NULL), part.right)
        return Op(BOOLEAN, part.at, "in", (left, right))
