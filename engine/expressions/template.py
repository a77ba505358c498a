"""Texts with formulas in braces: `"{customer.name}, {total:#,##0.00}"`; `{{` and `}}` are plain braces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.expressions.check import check
from engine.expressions.formats import format_value, valid
from engine.expressions.lexer import refuse, trouble
from engine.expressions.pointing import many_of
from engine.expressions.python import evaluate
from engine.expressions.tree import Read, Typed
from engine.expressions.types import Env, Scope
from engine.expressions.wording import words
from engine.problems import Problem, Refused
from engine.problems import expression as wrong

Show = Callable[[Any, Typed], str | None]
"""How the value of a formula without a format is shown in the reader's language; None: as usual."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A formula in the text, with the Excel format behind its colon (None: none)."""

    formula: Typed
    format: str | None


@dataclass(frozen=True, slots=True)
class Template:
    """A checked text: plain words and holes, in order."""

    text: str
    parts: tuple[str | Hole, ...]

    @property
    def formulas(self) -> tuple[Typed, ...]:
        """All formulas in it."""
        return tuple(part.formula for part in self.parts if isinstance(part, Hole))

    @property
    def reads(self) -> frozenset[Read]:
        """Everything that it reads from `this`."""
        return frozenset(read for formula in self.formulas for read in formula.reads)

    @property
    def live(self) -> bool:
        """Whether it changes by itself, with the day or the person."""
        return any(formula.live for formula in self.formulas)

    @property
    def whole(self) -> bool:
        """Whether it reads a whole form."""
        return any(formula.whole for formula in self.formulas)

    @property
    def server(self) -> bool:
        """Whether the browser can't compute it alone."""
        return any(formula.server for formula in self.formulas)

    def render(self, env: Env, show: Show | None = None) -> str:
        """The text for an environment; null is "". `show` words values that have no format (options, records, …)."""
        found = []
        for part in self.parts:
            if isinstance(part, str):
                found.append(part)
                continue
            value = evaluate(part.formula, env)
            shown = show(value, part.formula) if show is not None and part.format is None else None
            found.append(format_value(value, part.format, env) if shown is None else shown)
        return "".join(found)


def template(text: str, scope: Scope, *, several: bool = False) -> Template:
    """The text, checked. Raises Refused with all problems; places are the 1-based line and column within `text`.

    `several`: a hole may also name references to many records, which whoever renders it words (`show`).
    """
    parts: list[str | Hole] = []
    problems: list[Problem] = []
    plain: list[str] = []
    at = 0
    while at < len(text):
        if text.startswith(("{{", "}}"), at):
            plain.append(text[at])
            at += 2
        elif text[at] == "{":
            end = _closing(text, at)
            if plain:
                parts.append("".join(plain))
                plain = []
            try:
                parts.append(_hole(text, at + 1, end, scope, several))
            except Refused as refused:
                problems += refused.problems
            at = end + 1
        elif text[at] == "}":
            refuse(wrong.TEMPLATE_BRACE, text, at, word="}")
        else:
            plain.append(text[at])
            at += 1
    if plain:
        parts.append("".join(plain))
    if problems:
        raise Refused(problems)
    return Template(text, tuple(parts))


def _closing(text: str, start: int) -> int:
    """Where the formula's closing brace stands; quotes within the formula are respected."""
    quote = ""
    for at in range(start + 1, len(text)):
        char = text[at]
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "}":
            return at
        elif char == "{":
            break
    refuse(wrong.TEMPLATE_BRACE, text, start, word="{")


def _hole(text: str, start: int, end: int, scope: Scope, several: bool) -> Hole:
    colon, quote = end, ""
    for at in range(start, end):
        char = text[at]
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == ":":
            colon = at
            break
    formula = text[start:colon]
    format = text[colon + 1 : end].strip() if colon < end else None
    try:
        typed = check(formula, scope)
    except Refused as refused:
        raise Refused([_placed(problem, text, start) for problem in refused.problems]) from None
    if typed.type.kind == "list" and not (several and many_of(typed.tree)):
        refuse(wrong.LIST_AS_VALUE, text, start, word=formula.strip())
    if format is not None and not valid(format, typed.type.kind):
        refuse(wrong.FORMAT, text, colon + 1, word=format, is_=words(typed.type))
    return Hole(typed, format)


def _placed(problem: Problem, text: str, start: int) -> Problem:
    """The problem of a formula, at its place in the whole text."""
    formula = text[start:]
    lines = formula.split("\n")
    line, column = problem.place.line or 1, problem.place.column or 1
    at = start + sum(len(one) + 1 for one in lines[: line - 1]) + column - 1
    return Problem(problem.code, trouble(problem.code, text, at).place, problem.facts, problem.severity)
