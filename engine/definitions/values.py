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
from engine.definitions.model import OUTER, Assigned, Constant, Filling, Rows, Share
from engine.definitions.parsing import At, beside
from engine.expressions.check import check
from engine.expressions.tree import Aggregate, Get, Literal, Node, Query, Source, Typed, Var
from engine.expressions.types import NUMBER, Scope, Type, list_of, record
from engine.expressions.walk import rebuild
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
    held = slot.field.holds()
    if held is not None and value is not None:
        return Constant(value) if compiler.formula(value, compiler.scope(held[0]), at, held[1]) is not None else None
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
    further = outer(query)
    given = {**{n: kind for n, (kind, _) in further.items()}, **{name: typed.type for name, typed in by.items()}}
    types = {**scope.variables, GROUP: list_of(record(row)), **given}
    share = sharing(compiler, raw, scope, Scope(scope.shapes, scope.this, row, types), at / "share_out")
    if share is not None:
        types["share"] = NUMBER
    inner = Scope(scope.shapes, scope.this, row, types, measure=bool(by))
    values, keys = ({} if not isinstance(raw.get(k), Mapping) else raw[k] for k in ("set", "key"))
    made = bound(assignments(compiler, values, slots, form, inner, at / "set"), frozenset(further))
    found = bound(assignments(compiler, keys, slots, form, inner, at / "key"), frozenset(further))
    link = raw.get("link")
    if link is not None:
        among = compiler.slots_of(row)
        if link not in among:
            compiler.missing(str(link), row, among, at / "link")
        elif among[link].field.target() != form:
            compiler.refuse(codes.VIA_POINTS_ELSEWHERE, (at / "link").place(), name=row, field=link, form=form)
    most = raw.get("limit")
    return Filling(
        query, frame_of(query), made, by, link, most if isinstance(most, int) else None, found, share,
        {name: typed for name, (_, typed) in further.items()},
    )  # fmt: skip


def sharing(compiler: Compiler, raw: Mapping[str, Any], scope: Scope, row: Scope, at: At) -> Share | None:
    """How `share_out` beside a query hands out an amount; None when there is none, or after a problem."""
    given = raw.get("share_out")
    if not isinstance(given, Mapping):
        return None
    if raw.get("by") is not None:
        compiler.refuse(codes.VERB_KEY, at.place(key=True), key="share_out", verb="by", known=beside("share_out", ()))
        return None
    amount, here = given.get("amount"), at / "amount"
    if isinstance(amount, str) and amount.startswith("="):
        whole = compiler.formula(amount[1:].lstrip(), scope, here, NUMBER)
    elif isinstance(amount, str):
        compiler.refuse(codes.FORMULA_UNMARKED, here.place(), found=amount)
        return None
    else:
        whole = compiler.literal(amount, here)
    most = compiler.plain_formula(str(given.get("up_to")), row, at / "up_to", NUMBER)
    return None if whole is None or most is None else Share(whole, most)


def outer(query: Typed) -> dict[str, tuple[Type, Typed]]:
    """The lists of a query's path before the last, by name: the type of their rows, and what gives them in step with
    the query's rows."""
    tree = query.tree.list if isinstance(query.tree, Aggregate) else query.tree
    found: dict[str, tuple[Type, Typed]] = {}
    if not isinstance(tree, Query) or tree.value is not None:
        return found
    for step in tree.steps[:-1]:
        kind = step.source.type.of
        if kind is not None and isinstance(step.source, Get | Source):
            name = step.source.name if isinstance(step.source, Get) else step.source.shape.rpartition(".")[2]
            rows = replace(tree, value=Var(kind, 0, step.frame), type=list_of(kind))
            whole = Typed(query.text, rows, rows.type, query.reads, query.live, query.whole, query.server)
            found[str(name)] = (kind, whole)
    return found


def bound(given: Mapping[str, Assigned], names: frozenset[str]) -> dict[str, Assigned]:
    """The same with the outer rows `names` read from the row that the formula is at."""
    if not names:
        return dict(given)

    def of(value: Assigned) -> Assigned:
        if isinstance(value, Typed):
            return replace(value, tree=_bound(value.tree, names, "row"))
        if isinstance(value, Filling):
            return replace(value, values=bound(value.values, names))
        return value

    return {name: of(value) for name, value in given.items()}


def _bound(node: Node, names: frozenset[str], frame: str) -> Node:
    if isinstance(node, Var) and node.name in names:
        return Get(node.type, node.at, Var(node.type, node.at, frame), OUTER + node.name)
    if isinstance(node, Query) and isinstance(node.steps[0].source, Var) and node.steps[0].source.name == GROUP:
        frame = node.steps[0].frame
    return rebuild(node, lambda part: _bound(part, names, frame))


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
