"""The way in: a formula's text, checked against a scope, becomes a typed tree or a list of problems."""

from __future__ import annotations

from engine.expressions import calls, names
from engine.expressions.checker import Checker
from engine.expressions.facts import facts
from engine.expressions.fitting import fits, typed_null
from engine.expressions.lexer import trouble
from engine.expressions.parse import parse
from engine.expressions.pointing import pointer
from engine.expressions.tree import Node, Typed
from engine.expressions.types import Scope, Type, forms_of
from engine.expressions.wording import advice, words
from engine.problems import Refused
from engine.problems import expression as wrong


def check(text: str, scope: Scope, expect: Type | None = None) -> Typed:
    """The formula, checked. `expect` is the type that is needed (None: any).

    Raises Refused with all problems that are found (the first mistake in writing alone); each place has the 1-based line
    and column within `text`, and that line as excerpt.
    """
    part = parse(text)
    checker = Checker(text, scope, names.path, calls.call)
    tree = checker.node(part, checker.start())
    if expect is not None and not checker.problems:
        tree = _expected(checker, tree, expect)
    if checker.problems:
        raise Refused(sorted(checker.problems, key=lambda p: (p.place.line or 0, p.place.column or 0)))
    known = facts(tree)
    return Typed(text, tree, tree.type, frozenset(known.reads), known.live, known.whole, known.server)


def _expected(checker: Checker, tree: Node, expect: Type) -> Node:
    tree = typed_null(tree, expect) if expect.kind != "boolean" else tree
    if tree.type.kind == "record" and tree.type.shape in forms_of(expect):
        tree = pointer(tree, expect)
    if not fits(tree.type, expect):
        given = tree.type
        checker.problems.append(
            trouble(wrong.LIST_AS_VALUE, checker.text, 0, word=checker.text)
            if given.kind == "list"
            else trouble(
                wrong.RESULT_TYPE, checker.text, 0, is_=words(given), needs=words(expect), advice=advice(given, expect)
            )
        )
    if expect.options is not None:
        part = parse(checker.text)
        checker.options(expect, part, tree, part)
    return tree
