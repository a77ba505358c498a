"""TEXT in PostgreSQL: an Excel format, read when the formula is compiled, becomes an expression."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Numeric, Text, case, cast, extract, func, literal
from sqlalchemy.dialects.postgresql import ARRAY, array

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
    if any(section.test for section in sections):
        return _tested(value, sections)
    positive = _section(value, sections[0], "")
    negative = _section(-value, sections[1], "") if len(sections) > 1 else _section(-value, sections[0], "-")
    cases = [(value < 0, negative)]
    if len(sections) > 2:
        cases.append((value == 0, _section(value, sections[2], "")))
    return case((value.is_(None), None), *cases, else_=positive)


def _tested(value: E, sections: tuple[Section, ...]) -> E:
    """Each section behind its own condition; the sign stays."""
    minus = case((value < 0, "-"), else_="")
    found = [(section, _section(func.abs(value), section, minus)) for section in sections]
    cases = [
        (value.op(section.test[0], is_comparison=True)(literal(section.test[1], Numeric())), text)
        for section, text in found
        if section.test is not None
    ]
    other = next((text for section, text in found if section.test is None), found[-1][1])
    return case((value.is_(None), None), *cases, else_=other)


def _section(value: E, section: Section, minus: Any) -> E:
    if not section.digits:
        return literal(section.before, Text())
    written: E = fl.digits_text(
        value, minus, section.before, section.after, section.least_whole, section.least_places, section.most_places,
        section.grouped, cast(section.factor, Numeric), cast(section.divisor, Numeric),
        literal([behind for behind, _ in section.inserts], ARRAY(Integer)),
        literal([word for _, word in section.inserts], ARRAY(Text)), type_=Text(),
    )  # fmt: skip
    return written


_FIELDS = {"y": "year", "m": "month", "d": "day", "h": "hour", "minute": "minute", "s": "second"}


def _piece(value: E, piece: Piece) -> E:
    if piece.kind == "word":
        return literal(piece.word, Text())
    if piece.kind == "p":
        return case((extract("hour", value) < 12, piece.names[0]), else_=piece.names[1])
    if piece.names:
        place = extract("month", value) if piece.kind == "month" else extract("isodow", value)
        return array([literal(name, Text()) for name in piece.names])[cast(place, Integer)]
    number: E
    if piece.kind == "w":
        number = fl.week_number(cast(value, Date), 1, type_=Numeric())
    else:
        number = func.trunc(cast(extract(_FIELDS[piece.kind], value), Numeric))
    if piece.kind == "y" and piece.width < 4:
        number = func.mod(number, 100)
    if piece.kind == "h" and piece.half:
        number = func.mod(number + 11, 12) + 1
    text = cast(number, Text)
    return func.lpad(text, func.greatest(func.length(text), piece.width), "0", type_=Text())
