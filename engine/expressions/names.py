"""Looking up names: members, frames, variables, paths through references and lists, and what stands after `from`."""

from __future__ import annotations

from dataclasses import replace

from engine.expressions.checker import Checker, Here
from engine.expressions.fitting import UNKNOWN, meeting, unify
from engine.expressions.functions import FUNCTIONS, LAZY
from engine.expressions.parts import ADDRESS, PARTS
from engine.expressions.parts import part as part_of
from engine.expressions.pointing import Reads, member_of, narrowed, through
from engine.expressions.syntax import Path, Word
from engine.expressions.tree import Get, Literal, Node, Op, Pick, Query, Source, Step, Var, Within
from engine.expressions.types import BOOLEAN, NULL, PLACE, Member, Related, Type, forms_of, list_of, record
from engine.expressions.walk import both, substitute
from engine.expressions.wording import words
from engine.problems import expression as wrong
from engine.problems import nearest

NOT_QUERIED = frozenset({"settings", "calendars"})
"""Shapes that are no records of a form."""


def path(checker: Checker, part: Path, here: Here) -> Node:
    """What a path names: `price`, `customer.level`, `items.amount` (then a list)."""
    node = _along(checker, part, _first(checker, part.words[0], here), 1)
    return node if _lists_of_several(node) is None else checker.refuse(wrong.LIST_IN_LIST, part.at, word=part.text)


def _along(checker: Checker, part: Path, node: Node, start: int) -> Node:
    """What the words of a path from `start` on name, from what those before name."""
    for i, word in enumerate(part.words[start:], start):
        if node.type == UNKNOWN:
            return node
        forms = forms_of(node.type)
        if forms and word.name not in forms:
            return _of_each(checker, node, word, lambda one, i=i: _along(checker, part, one, i))  # type: ignore[misc]
        node = member(checker, node, word, ".".join(w.name for w in part.words[:i]))
    return node


def member(checker: Checker, of: Node, word: Word, name: str) -> Node:
    """`of.word`; `name` is what stands before the dot."""
    if of.type.kind == "list":
        return _through(checker, of, word, name)
    if of.type.kind == "location":
        if word.name in PLACE:
            return Get(PLACE[word.name], word.at, of, word.name)
        return _unknown(checker, word, "location", list(PLACE))
    if forms_of(of.type):
        return _of_several(checker, of, word, name)
    if of.type == ADDRESS:
        return (
            part_of(of, word.name, word.at) if word.name in PARTS else _unknown(checker, word, "address", list(PARTS))
        )
    if of.type.shape is None:
        return checker.refuse(wrong.NO_MEMBERS, word.at, word=word.name, name=name, is_=words(of.type))
    found = _member(checker, of.type.shape, word.name)
    if found is None:
        return _no_member(checker, of.type.shape, word, name)
    return _read(checker, of, found, word.at)


def as_query(checker: Checker, node: Node) -> Query:
    """A list of records as a query over it."""
    if isinstance(node, Query):
        return node
    return Query(node.type, node.at, (Step(node, checker.fresh()),), None, (), None)


def last_row(query: Query) -> Node:
    """The row that a query reads last."""
    of = query.steps[-1].source.type.of
    assert of is not None
    return Var(of, query.at, query.steps[-1].frame)


def joined(query: Query, value: Node) -> Query:
    """The query giving `value` for each row; when that is itself a query, its rows for each row."""
    if not isinstance(value, Query):
        return replace(query, value=value, type=list_of(value.type))
    return Query(
        value.type, query.at, query.steps + value.steps, both(query.where, value.where),
        query.sort + value.sort, value.value,
    )  # fmt: skip


def source(checker: Checker, part: Path, here: Here) -> Query | None:
    """What stands after `from`: a list of the record at hand, or all records of a form; None after a problem."""
    before = len(checker.problems)
    node = path(checker, part, here)
    if node.type.kind == "list" and node.type.of is not None and node.type.of.kind == "record":
        return as_query(checker, node)
    told, checker.problems[before:] = checker.problems[before:], []
    for length in range(len(part.words), 0, -1):
        shape = ".".join(word.name for word in part.words[:length])
        if shape in checker.scope.shapes and shape not in NOT_QUERIED:
            return _all_records(checker, part, shape, length)
    if told and len(part.words) > 1:
        checker.problems += told
    elif node.type != UNKNOWN:
        checker.refuse(wrong.NOT_A_LIST, part.at, word=part.text, is_=words(node.type))
    else:
        near = nearest(part.text, [*checker.scope.shapes, *_lists(checker, here)])
        code = wrong.UNKNOWN_SOURCE_NEAR if near else wrong.UNKNOWN_SOURCE
        checker.refuse(code, part.at, word=part.text, right=near)
    return None


def _all_records(checker: Checker, part: Path, shape: str, length: int) -> Query | None:
    all_of = Source(list_of(record(shape)), part.at, shape)
    node: Node = Query(all_of.type, part.at, (Step(all_of, checker.fresh()),), None, (), None)
    for word in part.words[length:]:
        node = member(checker, node, word, part.text)
        if node.type == UNKNOWN:
            return None
    if node.type.of is None or node.type.of.kind != "record":
        checker.refuse(wrong.NOT_A_LIST, part.at, word=part.text, is_=words(node.type))
        return None
    return as_query(checker, node)


def _lists(checker: Checker, here: Here) -> list[str]:
    shape = checker.scope.shapes.get(here.bare.type.shape or "") if here.bare is not None else None
    if shape is None:
        return []
    return [n for n in shape.names() if (m := shape.member(n)) is not None and m.type.kind == "list"]


# -- the first name ----------------------------------------------------------------------------------------------------


def _first(checker: Checker, word: Word, here: Here) -> Node:
    name, scope = word.name, checker.scope
    if here.bare is not None:
        found = _member(checker, here.bare.type.shape or "", name)
        if found is not None:
            return _read(checker, here.bare, found, word.at)
    if name == "this" and "this" not in scope.variables:
        if scope.this is None:
            return checker.refuse(wrong.NO_THIS, word.at, word=name)
        return Var(record(scope.this), word.at, "this")
    if name == "row" and here.frames:
        return replace(here.frames[-1][1], at=word.at)
    # the nearest row is called row; its list's name is rather that of a row further out
    for label, row in (*reversed(here.frames[:-1]), *here.frames[-1:]):
        if label == name:
            return replace(row, at=word.at)
    given = scope.variables.get(name)
    if given is not None:
        return Var(given, word.at, name)
    if name == "row":
        return checker.refuse(wrong.ROW_OUTSIDE, word.at, word=name)
    if here.group is not None and _member(checker, here.group, name) is not None:
        return checker.refuse(wrong.MEASURE_BARE, word.at, word=name)
    return _no_name(checker, word, here)


def _no_name(checker: Checker, word: Word, here: Here) -> Node:
    scope = checker.scope
    shape = here.bare.type.shape if here.bare is not None else here.group
    if scope.this is not None and shape != scope.this and _member(checker, scope.this, word.name):
        return checker.refuse(
            wrong.UNKNOWN_NAME_NEAR, word.at, word=word.name, shape=shape or scope.this, right=f"this.{word.name}"
        )
    above = _around(checker, scope.this, word.name) if scope.this is not None else ""
    if above and shape is not None:
        right = above if shape == scope.this else f"this.{above}"
        return checker.refuse(wrong.UNKNOWN_NAME_NEAR, word.at, word=word.name, shape=shape, right=right)
    if shape is None:
        near = nearest(word.name, scope.variables)
        if not near:
            return checker.refuse(wrong.NO_THIS, word.at, word=word.name)
        return checker.refuse(wrong.UNKNOWN_NAME_NEAR, word.at, word=word.name, shape="", right=near)
    known = [*_member_names(checker, shape), *scope.variables, *(label for label, _ in here.frames)]
    return _unknown(checker, word, shape, known)


def _no_member(checker: Checker, shape: str, word: Word, name: str) -> Node:
    if shape not in checker.scope.shapes:
        return Literal(UNKNOWN, word.at, None)  # a form that isn't there is told where it is named
    above = _around(checker, shape, word.name)
    if above:
        return checker.refuse(wrong.UNKNOWN_NAME_NEAR, word.at, word=word.name, shape=shape, right=f"{name}.{above}")
    return _unknown(checker, word, shape, _member_names(checker, shape))


def _around(checker: Checker, shape: str, name: str) -> str:
    """The way from a line to a member of what holds it: `parent.supplier`; "" when nothing around it has that name."""
    above, way = shape.rpartition(".")[0], "parent."
    while above:
        if _member(checker, above, name) is not None:
            return way + name
        above, way = above.rpartition(".")[0], f"{way}parent."
    return ""


MEANT = {"yes": "true", "是": "true", "no": "false", "否": "false", "me": "user", "我": "user", "本人": "user"}
"""Words that people write for something that has another name in formulas."""

OFFERED = 15
"""How many of the names that are known are told where nothing is near."""


def _of_several(checker: Checker, of: Node, word: Word, name: str) -> Node:
    """A member of a record of one of several forms: `subject.customer`, where it is one of that form, or what all have."""
    if word.name not in forms_of(of.type):
        return _of_each(checker, of, word, lambda one: member(checker, one, word, name))
    found = narrowed(of, word.name)
    return found or checker.refuse(wrong.NO_MEMBERS, word.at, word=word.name, name=name, is_=words(of.type))


def _of_each(checker: Checker, of: Node, word: Word, reads: Reads) -> Node:
    """What is read of the record, whichever form it is one of; a problem where not all of them have it alike."""
    forms, shape = forms_of(of.type), (of.type.shape or "").replace("|", " / ")
    known = [_member_names(checker, form) for form in forms]
    having = [form for form, names in zip(forms, known, strict=True) if word.name in names]
    if len(having) == len(forms):
        found = through(of, word.at, reads, lambda types: unify(list(types)))
        if found is None and not checker.problems:
            right = f"{having[0]}.{word.name}"
            return checker.refuse(wrong.DIFFERS_BY_FORM, word.at, word=word.name, shape=shape, right=right)
        return found or Literal(UNKNOWN, word.at, None)
    if having:
        right = f"{having[0]}.{word.name}"
        return checker.refuse(wrong.NOT_IN_ALL_FORMS, word.at, word=word.name, shape=shape, right=right)
    shared = [name for name in known[0] if all(name in names for names in known[1:])]
    return _unknown(checker, word, shape, [*shared, *forms])


def _unknown(checker: Checker, word: Word, shape: str, known: list[str]) -> Node:
    called = f"{word.name}()" if word.name in FUNCTIONS or word.name in LAZY else None
    near = called or MEANT.get(word.name.lower()) or nearest(word.name, known)
    code = wrong.UNKNOWN_NAME_NEAR if near else wrong.UNKNOWN_NAME
    offered = ", ".join(known[:OFFERED]) + ("…" if len(known) > OFFERED else "")
    return checker.refuse(code, word.at, word=word.name, shape=shape, right=near, known=offered)


def _member(checker: Checker, shape: str, name: str) -> Member | None:
    found = checker.scope.shapes.get(shape)
    return None if found is None else found.member(name)


def _member_names(checker: Checker, shape: str) -> list[str]:
    found = checker.scope.shapes.get(shape)
    return [] if found is None else list(found.names())


# -- reading a member --------------------------------------------------------------------------------------------------


def _read(checker: Checker, of: Node, found: Member, at: int) -> Node:
    if found.names is not None:
        return Pick(found.type, at, of, tuple(sorted(found.names.items())))
    if found.formula is not None:
        return Within(found.type, at, of, found.formula)
    if found.related is not None:
        return _related(checker, of, found.related, at)
    node = Get(found.type, at, of, found.name)
    if found.type.kind == "list" and found.type.of is not None and found.type.of.kind == "record":
        return as_query(checker, node)
    return node


def _related(checker: Checker, of: Node, found: Related, at: int) -> Node:
    all_of = Source(list_of(record(found.shape)), at, found.shape, found.source)
    frame = checker.fresh()
    row = Var(record(found.shape), at, frame)
    where: Node | None = None
    if found.via is not None:
        via = _member(checker, found.shape, found.via)
        pointing = Get(via.type if via is not None else of.type, at, row, found.via)
        if pointing.type.of is not None and forms_of(pointing.type.of):
            name = member_of(found.via, of.type.shape or "")
            pointing = replace(pointing, type=list_of(of.type), name=name)
        if pointing.type.kind == "list":
            where = Op(BOOLEAN, at, "in", (of, as_query(checker, pointing)))
        else:
            where = Op(BOOLEAN, at, "=", (pointing, meeting(of, pointing.type)))
        if not isinstance(of, Var):
            # an empty reference has no related records, though empty = empty
            where = both(Op(BOOLEAN, at, "!=", (of, Literal(NULL, at, None))), where)
    if found.where is not None:
        where = both(where, substitute(found.where.tree, {"this": of, "row": row}, checker.fresh))
    return Query(all_of.type, at, (Step(all_of, frame),), where, (), None)


def _through(checker: Checker, of: Node, word: Word, name: str) -> Node:
    """A path through a list: `items.amount`, or of records of several forms those of one: `about.customer`."""
    held = _lists_of_several(of) or of
    forms = forms_of(held.type.of) if held.type.of is not None else ()
    if forms and not isinstance(held, Query):
        if word.name in forms and isinstance(held, Get):
            named = replace(held, type=list_of(record(word.name)), name=member_of(held.name, word.name))
            found = as_query(checker, named)
            return joined(replace(of, value=None), found) if isinstance(of, Query) else found
        shape = " / ".join(forms)
        return checker.refuse(wrong.NOT_IN_ALL_FORMS, word.at, word=word.name, shape=shape, right=f"{name}.{forms[0]}")
    if of.type.of is None or not (of.type.of.kind == "record" or forms_of(of.type.of)):
        inner = of.type.of or Type("null")
        return checker.refuse(wrong.NO_MEMBERS, word.at, word=word.name, name=name, is_=words(inner))
    query = as_query(checker, of)
    row = query.value if query.value is not None else last_row(query)
    value = member(checker, row, word, name)
    if value.type == UNKNOWN:
        return value
    if value.type.kind == "list" and not isinstance(value, Query):
        listed = replace(query, value=value, type=list_of(value.type))
        return (
            listed
            if _lists_of_several(listed)
            else checker.refuse(wrong.LIST_IN_LIST, word.at, word=f"{name}.{word.name}")
        )
    return joined(replace(query, value=None), value)


def _lists_of_several(node: Node) -> Get | None:
    """Where a node gives a list of records of several forms for each row: the member that does. A path must go on to one of
    the forms from there (`stops.at.customer`)."""
    if not isinstance(node, Query) or not isinstance(node.value, Get):
        return None
    of = node.value.type.of
    return node.value if of is not None and forms_of(of) else None
