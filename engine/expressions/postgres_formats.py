"""TEXT in PostgreSQL: an Excel format, read when the formula is compiled, becomes an expression."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Numeric, Text, case, cast, extract, func, literal

from engine.expressions.formats import Piece, Section, date_pieces, number_sections
from engine.expressions.postgres_values import fl
from engine.expressions.sql_terms import Cell
from engine.expressions.tree import Call, Literal
from engine.expressions.types import Env

E = ColumnElement[Any]

USUAL = {"d": "yyyy-MM-dd", "c": "HH:mm", "i": "yyyy-MM-dd HH:mm"}
"""How dates, times and moments are written without a format."""


def written(cell: Cell, node: Call, env: Env) -> E:
    """The value as text, null of null."""
    given = node.args[1] if len(node.args) > 1 else None
    format = given.value if isinstance(given, Literal) else None
    if given is not None and format is None:
        return cast(None, Text)
    value = cell.column
    if cell.token == "b":
        return case((value, "true"), else_="false")
    if cell.token == "n":
        sections = () if format is None else number_sections(format)
        return _number(value, sections) if sections else fl.number_text(value, type_=Text())
    if cell.token == "i":
        value = fl.local(value, str(env.zone))
    if cell.token in USUAL:
        pieces = date_pieces(format or USUAL[cell.token], cell.token != "d")
        parts = [_piece(value, piece) for piece in pieces]
        return case((value.is_not(None), func.concat(*parts, type_=Text())))
    return cast(value, Text)


def _number(value: E, sections: tuple[Section, ...]) -> E:
    positive = _section(value, sections[0], "")
    negative = _section(-value, sections[1], "") if len(sections) > 1 else _section(-value, sections[0], "-")
    cases = [(value < 0, negative)]
    if len(sections) > 2:
        cases.append((value == 0, _section(value, sections[2], "")))
    return case((value.is_(None), None), *cases, else_=positive)


def _section(value: E, section: Section, minus: str) -> Any:
    if not section.digits:
        return literal(section.before, Text())
    return fl.digits_text(
        value, minus, section.before, section.after, section.least_whole, section.least_places, section.most_places,
        section.grouped, cast(section.factor, Numeric), cast(section.divisor, Numeric), type_=Text(),
    )  # fmt: skip


_FIELDS = {"y": "year", "m": "month", "d": "day", "h": "hour", "minute": "minute", "s": "second"}


def _piece(value: E, piece: Piece) -> E:
    if piece.kind == "word":
        return literal(piece.word, Text())
    if piece.kind == "p":
        return case((extract("hour", value) < 12, "AM"), else_="PM")
    number: E = func.trunc(cast(extract(_FIELDS[piece.kind], value), Numeric))
    if piece.kind == "y" and piece.width < 4:
        number = func.mod(number, 100)
    if piece.kind == "h" and piece.half:
        number = func.mod(number + 11, 12) + 1
    text = cast(number, Text)
    return func.lpad(text, func.greatest(func.length(text), piece.width), "0", type_=Text())
