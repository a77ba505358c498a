"""What a field is given: a plain value, a formula after `=`, or for lines a query or rows, checked against the field.

Why: defaults, `set` and limits all give values to fields in the same way. A plain value that was meant as a formula is
the commonest slip, so it is looked for here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine.definitions.compiler import Compiler, Slot
from engine.definitions.model import Assigned, Constant, Filling, Rows
from engine.definitions.parsing import At
from engine.expressions.check import check
from engine.expressions.tree import Aggregate, Literal, Query, Typed
from engine.expressions.types import Scope, list_of, record
from engine.fields.base import Place as FieldPlace
from engine.problems import Refused
from engine.problems import definition as codes
from engine.texts import text

FILLING = ("from", "where", "sort", "limit", "by", "set", "link")
"""Keys of a query that makes lines."""

GROUP = "rows"
"""The variable that holds the rows of a query's group; lines without `from` are made of them."""

_LOOKS = re.compile(r"[A-Za-z_]\w*\(.*\)\Z|[a-z_]\w*(\.[a-z_]\w*)*\Z|[a-z_][\w.]* *[-+*/&] *[a-z_(].*\Z", re.DOTALL)


def assigned(compiler: Compiler, raw: Any, slot: Slot, scope: Scope, at: At) -> Assigned | None:
    """What `slot` is given; None after reporting what is wrong."""
    if isinstance(raw, str) and raw.startswith("="):
        return compiler.formula(raw[1:].lstrip(), scope, at, slot.type)
    if slot.columns:
        return _lines(compiler, raw, slot, scope, at)
    if isinstance(raw, Mapping) and set(raw) & set(FILLING):
        compiler.refuse(codes.NO_LINES_HERE, at.place())
        return None
    return constant(compiler, raw, slot, scope, at)


def constant(compiler: Compiler, raw: Any, slot: Slot, scope: Scope, at: At) -> Constant | None:
    """A plain value as the field keeps it."""
    if raw is None:
        return Constant(None)
    given = raw
    if isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        given = at.source.written(at.path) or str(raw)
    try:
        value = slot.field.parse(given, FieldPlace(slot.name, slot.title, options=slot.options or None))
    except Refused as refused:
        if isinstance(raw, str) and _reads_as_formula(raw, scope):
            compiler.refuse(codes.FORMULA_UNMARKED, at.place(), found=raw)
        else:
            for found in refused.problems:
                compiler.report(replace(found, place=replace(at.place(), field=None)))
        return None
    if isinstance(raw, str) and not slot.options and _reads_as_formula(raw, scope):
        compiler.refuse(codes.FORMULA_UNMARKED, at.place(), found=raw)
        return None
    return Constant(value)


def _reads_as_formula(raw: str, scope: Scope) -> bool:
    """Whether a plain text would be a formula here: a call, a path of names that exist, or such joined by a sign."""
    if not _LOOKS.match(raw.strip()) or raw in ("true", "false", "null"):
        return False
    try:
        check(raw.strip(), scope, None)
    except Refused:
        return False
    return True


def limit(compiler: Compiler, raw: Any, slot: Slot, scope: Scope, at: At) -> Typed | None:
    """A least or greatest value as a formula; None when none is written or it is wrong."""
    if raw is None:
        return None
    if isinstance(raw, str) and raw.startswith("="):
        return compiler.formula(raw[1:].lstrip(), scope, at, slot.type)
    found = constant(compiler, raw, slot, scope, at)
    if found is None or found.value is None:
        return None
    written = slot.field.literal(found.value)
    return Typed(written, Literal(slot.type, 0, found.value), slot.type, frozenset(), False, False, False)


def assignments(
    compiler: Compiler, raw: Mapping[str, Any], slots: Mapping[str, Slot], form: str, scope: Scope, at: At
) -> dict[str, Assigned]:
    """name: value for several fields of `form`; those that are wrong are reported and left out."""
    found: dict[str, Assigned] = {}
    for name, given in raw.items():
        here = at / name
        slot = slots.get(name)
        if slot is None and name == "owner" and "." not in form:
            value = owner(compiler, given, scope, here)
        elif slot is None:
            compiler.missing(name, form, slots, here, key=True)
            continue
        elif slot.field.formula is not None or slot.field.related() is not None:
            reason = text("它是算出来的", "it is computed")
            compiler.refuse(codes.READ_ONLY_VALUE, here.place(key=True), name=name, reason=reason)
            continue
        else:
            value = assigned(compiler, given, slot, scope, here)
        if value is not None:
            found[name] = value
    return found


def owner(compiler: Compiler, given: Any, scope: Scope, at: At) -> Assigned | None:
    """The one system field that may be set: a person, or nobody."""
    if given is None:
        return Constant(None)
    if isinstance(given, str) and given.startswith("="):
        return compiler.formula(given[1:].lstrip(), scope, at, record("person"))
    compiler.refuse(codes.FORMULA_UNMARKED, at.place(), found=str(given))
    return None


# -- lines -------------------------------------------------------------------------------------------------------------


def _lines(compiler: Compiler, raw: Any, slot: Slot, scope: Scope, at: At) -> Assigned | None:
    if raw is None:
        return Rows(())
    shape = f"{slot.shape}.{slot.name}"
    if isinstance(raw, list | tuple):
        rows = []
        for number, row in enumerate(raw):
            if not isinstance(row, Mapping):
                compiler.refuse(codes.NOT_A_LINES_VALUE, (at / number).place())
                return None
            rows.append(assignments(compiler, row, slot.columns, shape, scope, at / number))
        return Rows(tuple(rows))
    if not isinstance(raw, Mapping):
        compiler.refuse(codes.NOT_A_LINES_VALUE, at.place())
        return None
    for key in raw:
        if key not in FILLING:
            compiler.refuse(codes.UNKNOWN_KEY, (at / key).place(key=True), key=key, known=", ".join(FILLING))
            return None
    if "from" not in raw:
        if GROUP not in scope.variables:
            compiler.refuse(codes.VERB_NEEDS, at.place(), verb="set", key="from")
            return None
        raw = {**raw, "from": GROUP}
    return filling(compiler, raw, slot.columns, shape, scope, at)


def filling(
    compiler: Compiler, raw: Mapping[str, Any], slots: Mapping[str, Slot], form: str, scope: Scope, at: At
) -> Filling | None:
    """Rows of `form` made from the query whose keys stand in `raw`; None after reporting what is wrong."""
    source = read(compiler, raw, scope, at)
    if source is None:
        return None
    query, row = source
    by = groups(compiler, raw.get("by"), compiler.inner(scope, row), at / "by")
    types = {**scope.variables, GROUP: list_of(record(row)), **{name: typed.type for name, typed in by.items()}}
    inner = Scope(scope.shapes, scope.this, row, types, measure=bool(by))
    values = raw.get("set")
    if not isinstance(values, Mapping):
        values = {}
    made = assignments(compiler, values, slots, form, inner, at / "set")
    link = raw.get("link")
    if link is not None:
        among = compiler.slots_of(row)
        if link not in among:
            compiler.missing(str(link), row, among, at / "link")
        elif among[link].field.target() != form:
            compiler.refuse(codes.VIA_POINTS_ELSEWHERE, (at / "link").place(), name=row, field=link, form=form)
    most = raw.get("limit")
    return Filling(query, frame_of(query), made, by, link, most if isinstance(most, int) else None)


def read(
    compiler: Compiler, raw: Mapping[str, Any], scope: Scope, at: At, key: str = "from"
) -> tuple[Typed, str] | None:
    """The query of the keys `from where sort` in `raw`, with the shape of its rows."""
    where, sort = raw.get("where"), raw.get("sort") or ()
    if isinstance(where, bool):
        where = "true" if where else "false"
    query = compiler.query(
        str(raw[key]), None if where is None else str(where), (sort,) if isinstance(sort, str) else sort, scope, at, key
    )
    if query is None:
        return None
    of = query.type.of
    if of is None or of.kind != "record" or of.shape is None:
        compiler.refuse(codes.TARGET_NOT_RECORD, (at / key).place())
        return None
    return query, of.shape


def frame_of(query: Typed) -> str:
    """The variable by which a query's values read its row."""
    tree = query.tree
    inner = tree.list if isinstance(tree, Aggregate) else tree
    return inner.steps[-1].frame if isinstance(inner, Query) else "row"


def groups(compiler: Compiler, written: Any, scope: Scope, at: At) -> dict[str, Typed]:
    """`by`: a formula, a list of formulas, or name: formula -> name -> formula; a path's name is its last part."""
    if written is None:
        return {}
    pairs: list[tuple[str, Any, At]]
    if isinstance(written, Mapping):
        pairs = [(name, one, at / name) for name, one in written.items()]
    elif isinstance(written, list | tuple):
        pairs = [(_group_name(one, number), one, at / number) for number, one in enumerate(written)]
    else:
        pairs = [(_group_name(written, 0), written, at)]
    found: dict[str, Typed] = {}
    for name, one, here in pairs:
        if not isinstance(one, str):
            compiler.refuse(codes.BAD_GROUP, here.place())
            continue
        typed = compiler.plain_formula(one, scope, here)
        if typed is not None:
            found[name] = typed
    return found


def _group_name(written: Any, number: int) -> str:
    last = str(written).rpartition(".")[2]
    return last if re.fullmatch(r"[a-z_]\w*", last) else "group" if number == 0 else f"group_{number + 1}"
