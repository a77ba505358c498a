"""From a formula's text to its syntax tree: recursive descent over the grammar of the language.

formula = and {or and}   and = test {and test}   test = [not] sum [(= != < <= > >= in, not in) sum]
sum = product {(+ - &) product}   product = sign {(* /) sign}   sign = [-] atom
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import lru_cache
from typing import NoReturn

from engine.expressions.lexer import KEYWORDS, Token, refuse, tokens
from engine.expressions.syntax import Asked, Binary, Bracketed, Constant, Function, Order, Part, Path, Unary, Word
from engine.problems import expression as wrong

MOST_CHARACTERS, MOST_DEPTH, MOST_PARTS, MOST_CHAIN = 2000, 64, 500, 100
MOST_KEPT = 10_000
"""How many trees are kept."""

COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
CLOSING = {"(": ")", "[": "]"}


@lru_cache(MOST_KEPT)
def parse(text: str) -> Part:
    """The syntax tree of a formula. Raises Refused with the first mistake; its place is within the text.

    A reload meets the same formulas again, nearly all of them: their trees are kept.
    """
    if len(text) > MOST_CHARACTERS:
        refuse(wrong.TOO_LONG, text, MOST_CHARACTERS, length=len(text))
    parser = _Parser(text)
    if parser.now.kind == "end":
        refuse(wrong.EMPTY, text, 0)
    found = parser.formula()
    if parser.now.kind != "end":
        parser.unexpected()
    return found


def _balanced(op: str, parts: list[Part], signs: list[int]) -> Part:
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    left, right = _balanced(op, parts[:half], signs[: half - 1]), _balanced(op, parts[half:], signs[half:])
    return Binary(left.at, right.end, op, left, right, signs[half - 1])


class _Parser:
    """One pass over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.index = 0
        self.depth = 0
        self.parts = 0

    @property
    def now(self) -> Token:
        return self.tokens[self.index]

    def take(self) -> Token:
        token = self.tokens[self.index]
        self.index += 1
        return token

    def sign(self, *signs: str) -> bool:
        return self.now.kind == "sign" and self.now.value in signs

    def count(self, at: int) -> None:
        self.parts += 1
        if self.parts > MOST_PARTS:
            refuse(wrong.TOO_BIG, self.text, at)

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            refuse(wrong.TOO_DEEP, self.text, self.now.at)

    # -- the grammar, from the loosest to the tightest ---------------------------------------------------------------

    def formula(self) -> Part:
        self.deeper()
        found = self.chain("or", self.conjunction)
        self.depth -= 1
        return found

    def conjunction(self) -> Part:
        return self.chain("and", self.test)

    def chain(self, kind: str, side: Callable[[], Part]) -> Part:
        """`a or b or c …`, kept balanced, so that a long one isn't a deep one."""
        parts = [side()]
        signs = []
        while self.now.kind == kind:
            signs.append(self.now.at)
            self.count(self.take().at)
            parts.append(side())
        return _balanced(kind, parts, signs)

    def test(self) -> Part:
        if self.now.kind == "not":
            token = self.take()
            self.deeper()
            self.count(token.at)
            of = self.test()
            self.depth -= 1
            return Unary(token.at, of.end, "not", of)
        left = self.sum()
        op = self.comparison()
        if op is None:
            return left
        token = self.tokens[self.index - 1]
        self.count(token.at)
        right = self.sum()
        if self.sign(*COMPARISONS) or self.now.kind == "in":
            refuse(wrong.CHAINED, self.text, self.now.at, word=self.word())
        if op == "not in":
            return Unary(left.at, right.end, "not", Binary(left.at, right.end, "in", left, right, token.at))
        return Binary(left.at, right.end, op, left, right, token.at)

    def comparison(self) -> str | None:
        if self.sign(*COMPARISONS):
            return str(self.take().value)
        if self.now.kind == "in":
            self.take()
            return "in"
        if self.now.kind == "not" and self.tokens[self.index + 1].kind == "in":
            self.take()
            self.take()
            return "not in"
        return None

    def sum(self) -> Part:
        return self.row_of(("+", "-", "&"), self.product)

    def product(self) -> Part:
        return self.row_of(("*", "/"), self.signed)

    def row_of(self, signs: tuple[str, ...], side: Callable[[], Part]) -> Part:
        """Operators from left to right; a run of `&` is kept balanced."""
        left = side()
        for length in itertools.count(1):
            if not self.sign(*signs):
                return left
            if length > MOST_CHAIN:
                refuse(wrong.TOO_DEEP, self.text, self.now.at)
            token = self.take()
            self.count(token.at)
            parts, places = [left, side()], [token.at]
            while token.value == "&" and self.sign("&"):
                places.append(self.now.at)
                self.count(self.take().at)
                parts.append(side())
            left = _balanced(token.value, parts, places)
        raise AssertionError

    def signed(self) -> Part:
        if self.sign("-"):
            token = self.take()
            self.count(token.at)
            of = self.atom()
            return Unary(token.at, of.end, "neg", of)
        return self.atom()

    def atom(self) -> Part:
        token = self.now
        self.count(token.at)
        if token.kind in ("number", "text", "length"):
            self.take()
            return Constant(token.at, token.end, token.value)
        if token.kind in ("true", "false", "null"):
            self.take()
            return Constant(token.at, token.end, {"true": True, "false": False, "null": None}[token.kind])
        if token.kind in ("and", "or") and self.opens_after_name():
            word = token.value.upper()
            refuse(wrong.OPERATOR, self.text, token.at, word=f"{word}(", right=f"a {token.kind} b")
        if token.kind == "name":
            return self.call() if self.opens_after_name() else self.path()
        if self.sign("("):
            return self.bracketed_formula()
        if self.sign("["):
            return self.list()
        if token.kind == "sign" and token.value in (")", "]"):
            opened = self.tokens[self.index - 1] if self.index else None
            if opened is None or opened.value not in ("(", "[", ","):
                refuse(wrong.BRACKET, self.text, token.at, word=token.value, right="(" if token.value == ")" else "[")
        self.missing_value()

    # -- atoms ---------------------------------------------------------------------------------------------------------

    def opens_after_name(self) -> bool:
        after = self.tokens[self.index + 1]
        return after.kind == "sign" and after.value == "("

    def path(self) -> Path:
        words = [self.name()]
        while self.sign("."):
            self.take()
            words.append(self.name(after_dot=True))
        return Path(words[0].at, words[-1].end, tuple(words))

    def name(self, after_dot: bool = False) -> Word:
        token = self.now
        if token.kind == "name" or (after_dot and token.kind in KEYWORDS):
            self.take()
            return Word(token.at, token.end, token.value)
        self.missing_value()

    def bracketed_formula(self) -> Part:
        opened = self.take()
        inner = self.formula()
        self.close(opened)
        self.no_path()
        return inner

    def list(self) -> Part:
        opened = self.take()
        items: list[Part] = []
        while not self.sign("]"):
            items.append(self.formula())
            if not self.sign(","):
                break
            self.take()
        end = self.close(opened)
        return Bracketed(opened.at, end, tuple(items))

    def call(self) -> Part:
        name = self.take()
        opened = self.take()
        arguments: list[Part] = []
        while not self.sign(")"):
            arguments.append(self.argument())
            if not self.sign(",") or isinstance(arguments[-1], Asked):
                break
            self.take()
            if self.sign(")"):
                self.missing_value()
        end = self.close(opened)
        self.no_path()
        return Function(name.at, end, name.value.upper(), tuple(arguments))

    def argument(self) -> Part:
        at = self.now.at
        value = None if self.now.kind in ("from", "where", "sort") else self.formula()
        if self.now.kind not in ("from", "where", "sort"):
            assert value is not None
            return value
        self.count(at)
        source: Path | None = None
        where: Part | None = None
        sort: tuple[Order, ...] = ()
        if self.now.kind == "from":
            self.take()
            source = self.path()
        if self.now.kind == "where":
            self.take()
            where = self.formula()
        if self.now.kind == "sort":
            self.take()
            sort = self.orders()
        return Asked(at, self.tokens[self.index - 1].end, value, source, where, sort)

    def orders(self) -> tuple[Order, ...]:
        found: list[Order] = []
        while True:
            at = self.now.at
            descending = self.sign("-")
            if descending:
                self.take()
            self.count(at)
            path = self.path()
            found.append(Order(at, path.end, path, descending))
            if not self.sign(","):
                return tuple(found)
            self.take()

    # -- refusals ------------------------------------------------------------------------------------------------------

    def close(self, opened: Token) -> int:
        right = CLOSING[opened.value]
        if self.sign(right):
            return self.take().end
        if self.now.kind == "end" or self.sign(")", "]"):
            refuse(wrong.BRACKET, self.text, opened.at, word=opened.value, right=right)
        self.unexpected()

    def no_path(self) -> None:
        if self.sign("."):
            after = self.tokens[self.index + 1]
            refuse(wrong.PATH_AFTER_CALL, self.text, self.now.at, word=after.value)

    def word(self) -> str:
        return self.text[self.now.at : self.now.end]

    def missing_value(self) -> NoReturn:
        if self.now.kind == "end":
            refuse(wrong.VALUE_MISSING_END, self.text, max(len(self.text.rstrip()) - 1, 0))
        refuse(wrong.VALUE_MISSING, self.text, self.now.at, word=self.word())

    def unexpected(self) -> NoReturn:
        if self.sign(")", "]"):
            right = "(" if self.now.value == ")" else "["
            refuse(wrong.BRACKET, self.text, self.now.at, word=self.now.value, right=right)
        if self.now.kind in ("from", "where", "sort"):
            refuse(wrong.QUERY_NEEDS_LIST_FUNCTION, self.text, self.now.at, word=self.word())
        refuse(wrong.UNEXPECTED, self.text, self.now.at, word=self.word())
