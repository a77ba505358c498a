"""Checking functions: their arguments against the table, and the rules of those that take or give any type."""

from __future__ import annotations

from engine.expressions import names
from engine.expressions.checker import Checker, Here
from engine.expressions.dates import CLOCK_PERIODS, PERIODS
from engine.expressions.elsewhere import ELSEWHERE
from engine.expressions.fitting import ORDERED, UNKNOWN, ordered, typed_null, unify
from engine.expressions.formats import valid
from engine.expressions.functions import FUNCTIONS, LAZY, LIST_FUNCTIONS, Function
from engine.expressions.syntax import Asked, Bracketed, Part, Path, Word
from engine.expressions.syntax import Function as Written
from engine.expressions.tree import Aggregate, Call, Get, ListOf, Literal, Node, Query, Source, Step, Var
from engine.expressions.types import (
    BOOLEAN,
    DATE,
    INSTANT,
    LENGTH,
    NUMBER,
    TEXT,
    Type,
    forms_of,
    formula_of,
    list_of,
    record,
)
from engine.expressions.walk import both, free
from engine.expressions.wording import NO_ADVICE, either, words
from engine.problems import expression as wrong
from engine.problems import nearest
from engine.texts import text

CALENDARS = "calendars"
"""The shape whose members are the packs' calendars: `names` has the `week`, and the `form` and `field` of the holidays."""


def call(checker: Checker, part: Written, here: Here) -> Node:
    """The typed node of a function."""
    function = FUNCTIONS.get(part.name)
    if function is None:
        said = ELSEWHERE.get(part.name)
        if said is not None:
            return checker.refuse(wrong.FUNCTION_ELSEWHERE, part.at, word=part.name, right=said)
        near = _near(part.name)
        code = wrong.UNKNOWN_FUNCTION_NEAR if near else wrong.UNKNOWN_FUNCTION
        return checker.refuse(code, part.at, word=part.name, right=near)
    if part.name in LIST_FUNCTIONS:
        found = _list_function(checker, part, function, here)
        if found is not None:
            return found
    asked = next((a for a in part.arguments if isinstance(a, Asked)), None)
    if asked is not None:
        return checker.refuse(wrong.QUERY_NEEDS_LIST_FUNCTION, asked.at, word=checker.written(asked)[:20])
    given = len(part.arguments)
    if given < function.least or (function.most is not None and given > function.most):
        return _count(checker, part, function)
    if part.name in LAZY:
        return _lazy(checker, part, function, here)
    arguments = [checker.node(a, here) for a in part.arguments]
    if part.name in ("MIN", "MAX"):
        return _extreme(checker, part, arguments)
    arguments = [
        _argument(checker, part.name, function.params[min(i, len(function.params) - 1)], i, node, part.arguments[i])
        for i, node in enumerate(arguments)
    ]
    if part.name in ("WORKDAY", "NETWORKDAYS") and len(arguments) == 3:
        return _by_calendar(checker, part, arguments, Type(function.result))
    if part.name == "PERIOD":
        return _period(checker, part, arguments)
    if part.name in ("HOLDERS", "HANDLER", "REACHED"):
        return _of_tasks(checker, part, arguments, here)
    if part.name == "EVAL":
        return _eval(checker, part, arguments)
    result = record("person") if function.result == "person" else Type(function.result)
    if part.name == "TEXT" and len(arguments) == 2 and arguments[0].type != UNKNOWN:
        _format(checker, arguments, part)
    return Call(result, part.at, part.name, tuple(arguments))


def _near(name: str) -> str:
    return nearest(name.lower(), [n.lower() for n in FUNCTIONS]).upper()


def _count(checker: Checker, part: Written, function: Function) -> Node:
    most = function.most
    if most == function.least:
        needs = text(str(most), str(most))
    elif most is None:
        needs = text(f"至少 {function.least}", f"at least {function.least}")
    else:
        needs = text(f"{function.least} 到 {most}", f"{function.least} to {most}")
    return checker.refuse(
        wrong.ARGUMENTS, part.at, function=part.name, needs=needs, given=len(part.arguments), usage=function.usage
    )


def _argument(checker: Checker, name: str, param: str, index: int, node: Node, part: Part) -> Node:
    kind = param.rstrip("?*")
    where = text(f"{name} 的第 {index + 1} 个参数", f"Argument {index + 1} of {name}")
    if kind == "any":
        if name == "JOIN":
            return checker.needs(node, TEXT, part, where)
        return node
    if kind.startswith("one:") or kind in ("format", "calendar"):
        if not (isinstance(node, Literal) and isinstance(node.value, str)):
            if node.type == UNKNOWN:
                return node
            advice = text("把它直接写在引号里", "Write it out in quotes")
            return checker.refuse(
                wrong.WRONG_TYPE, part.at, where=where, needs=words(TEXT), word=checker.written(part),
                is_=words(node.type), advice=advice,
            )  # fmt: skip
        choices = kind[4:].split(",") if kind.startswith("one:") else []
        if choices and node.value.lower() not in choices:
            return checker.refuse(
                wrong.ARGUMENT_CHOICE, part.at, function=name, word=node.value, options=", ".join(choices)
            )
        return node
    kinds = tuple(kind.split("|"))
    if node.type.kind in (*kinds, "null", "unknown") or (node.type.kind == "record" and node.type.shape in kinds):
        return node
    if len(kinds) == 1 and kinds[0] not in ("person", "record"):
        return checker.needs(node, Type(kinds[0]), part, where)
    if node.type.kind == "list":
        return checker.refuse(wrong.LIST_AS_VALUE, part.at, word=checker.written(part))
    return checker.refuse(
        wrong.WRONG_TYPE, part.at, where=where, needs=either(kinds), word=checker.written(part),
        is_=words(node.type), advice=NO_ADVICE,
    )  # fmt: skip


def _by_calendar(checker: Checker, part: Written, arguments: list[Node], result: Type) -> Node:
    """The days of the week that a calendar works and its holidays take the place of its name."""
    word = arguments[2].value if isinstance(arguments[2], Literal) else None
    if word is None:
        return Literal(UNKNOWN, part.at, None)
    shape = checker.scope.shapes.get(CALENDARS)
    calendar = shape.member(word) if shape is not None else None
    if shape is None or calendar is None or calendar.names is None:
        known = ", ".join(shape.names()) if shape is not None else ""
        return checker.refuse(wrong.UNKNOWN_CALENDAR, part.arguments[2].at, word=word, known=known or "-")
    at = part.arguments[2].at
    holidays: Node = ListOf(list_of(DATE), at, ())
    if calendar.names["form"]:
        all_of = Source(list_of(record(calendar.names["form"])), at, calendar.names["form"])
        query = Query(all_of.type, at, (Step(all_of, checker.fresh()),), None, (), None)
        day = names.member(checker, names.last_row(query), Word(at, at, calendar.names["field"]), word)
        holidays = Aggregate(list_of(DATE), at, "LIST", names.joined(query, day))
    week = Literal(TEXT, at, calendar.names["week"])
    return Call(result, part.at, part.name, (arguments[0], arguments[1], week, holidays))


def _of_tasks(checker: Checker, part: Written, arguments: list[Node], here: Here) -> Node:
    """Who holds, or did, a task of the record that bare names are of, and where it has been; of a line's record in a line."""
    of = here.bare
    if of is not None and of.type.shape is not None and "." in of.type.shape:
        of = Get(record(of.type.shape.partition(".")[0]), part.at, of, "parent")
    shape = checker.scope.shapes.get(of.type.shape or "") if of is not None else None
    states = shape.member("state") if shape is not None else None
    if of is None or states is None:
        return checker.refuse(wrong.NOT_HERE, part.at, function=part.name)
    if part.name == "HOLDERS":
        return Call(list_of(record("person")), part.at, part.name, (of,))
    known = states.type.options or frozenset()
    for named, written in zip(arguments, part.arguments, strict=True):
        if not (isinstance(named, Literal) and named.value in known):
            listed = ", ".join(sorted(known)) or "-"
            word = checker.written(written).strip("\"'")
            return checker.refuse(wrong.ARGUMENT_CHOICE, written.at, function=part.name, word=word, options=listed)
    gives = BOOLEAN if part.name == "REACHED" else record("person")
    return Call(gives, part.at, part.name, (of, *arguments))


def _eval(checker: Checker, part: Written, arguments: list[Node]) -> Node:
    """A formula that a field holds, run on a record of what the field says it is about."""
    text_, row = arguments
    held = formula_of(text_.type)
    if UNKNOWN in (text_.type, row.type):
        return Literal(UNKNOWN, part.at, None)
    if held is None:
        return checker.refuse(
            wrong.WRONG_TYPE, part.arguments[0].at, where=text("EVAL 的第 1 个参数", "Argument 1 of EVAL"),
            needs=text("类型为 expression 的字段", "a field of type expression"), word=checker.written(part.arguments[0]),
            is_=words(text_.type), advice=NO_ADVICE,
        )  # fmt: skip
    about, gives = held
    row = checker.needs(row, record(about), part.arguments[1], text("EVAL 的第 2 个参数", "Argument 2 of EVAL"))
    told = (Literal(TEXT, part.at, about), Literal(TEXT, part.at, gives.kind))
    return Call(gives, part.at, "EVAL", (text_, row, *told))


def _period(checker: Checker, part: Written, arguments: list[Node]) -> Node:
    """A day, but where an hour or a minute begins is a moment, and only a moment has them."""
    given, unit = arguments
    word = unit.value.lower() if isinstance(unit, Literal) and isinstance(unit.value, str) else ""
    if word not in CLOCK_PERIODS:
        return Call(DATE, part.at, part.name, tuple(arguments))
    if given.type.kind == "date":
        days = ", ".join(PERIODS)
        return checker.refuse(wrong.ARGUMENT_CHOICE, part.arguments[1].at, function=part.name, word=word, options=days)
    return Call(INSTANT, part.at, part.name, tuple(arguments))


def _format(checker: Checker, arguments: list[Node], part: Written) -> None:
    value, format = arguments
    if value.type.kind == "null":
        return
    if isinstance(format, Literal) and isinstance(format.value, str) and not valid(format.value, value.type.kind):
        checker.refuse(wrong.FORMAT, part.arguments[1].at, word=format.value, is_=words(value.type))


# -- functions whose type depends on their arguments -------------------------------------------------------------------


def _lazy(checker: Checker, part: Written, function: Function, here: Here) -> Node:
    arguments: list[Node] = []
    results: list[int] = []
    many = len(part.arguments)
    for i, given in enumerate(part.arguments):
        tested = (part.name == "IF" and i == 0) or (part.name == "IFS" and i % 2 == 0)
        if tested:
            where = text(f"{part.name} 的第 {i + 1} 个参数", f"Argument {i + 1} of {part.name}")
            arguments.append(checker.condition(given, here, where))
            continue
        arguments.append(checker.node(given, here))
        compared = part.name == "SWITCH" and (i == 0 or (i % 2 == 1 and i < many - 1))
        if compared and i:
            arguments[0], arguments[i] = checker.compared(arguments[0], part.arguments[0], arguments[i], given)
        elif not compared:
            results.append(i)
    if (part.name == "IFS" and (many < 2 or many % 2)) or (part.name == "SWITCH" and many < 3):
        return _count(checker, part, function)
    kind = unify([arguments[i].type for i in results])
    if kind is None:
        first = arguments[results[0]].type
        other = next(arguments[i].type for i in results if unify([first, arguments[i].type]) is None)
        return checker.refuse(wrong.MIXED, part.at, function=part.name, left=words(first), right=words(other))
    if kind == UNKNOWN:
        return Literal(UNKNOWN, part.at, None)
    for i in results:
        arguments[i] = typed_null(arguments[i], kind)
    return Call(kind, part.at, part.name, tuple(arguments))


def _extreme(checker: Checker, part: Written, arguments: list[Node]) -> Node:
    kind = unify([a.type for a in arguments])
    if kind is None:
        other = next(a.type for a in arguments if unify([arguments[0].type, a.type]) is None)
        left, right = words(arguments[0].type), words(other)
        return checker.refuse(wrong.MIXED, part.at, function=part.name, left=left, right=right)
    if kind == UNKNOWN:
        return Literal(UNKNOWN, part.at, None)
    if not ordered(kind):
        return checker.refuse(wrong.NO_ORDER, part.at, is_=words(kind))
    return Call(kind, part.at, part.name, tuple(typed_null(a, kind) for a in arguments))


# -- list functions ----------------------------------------------------------------------------------------------------


def _list_function(checker: Checker, part: Written, function: Function, here: Here) -> Node | None:
    """A function over one list; None when it is given plain values (MIN, MAX, JOIN)."""
    name, rest = part.name, part.arguments
    extra: tuple[Node, ...] = ()
    if name == "JOIN" and rest:
        if isinstance(rest[0], Asked):
            return _count(checker, part, function)
        between = checker.node(rest[0], here)
        extra = (_argument(checker, name, "text", 0, between, rest[0]),)
        rest = rest[1:]
    if not rest and name == "COUNT" and here.group is not None:
        query = _asked(checker, part, Asked(part.at, part.end, None, None, None, ()), here)
    elif not rest and name == "COUNT":
        return checker.refuse(wrong.FROM_MISSING, part.at, function=name)
    elif len(rest) != 1:
        return None if name in ("MIN", "MAX", "JOIN") and rest else _count(checker, part, function)
    else:
        given = _list(checker, part, rest[0], here)
        if given is None:
            return None
        query = given
    return query if query.type == UNKNOWN else _over(checker, part, query, extra)


def _list(checker: Checker, part: Written, given: Part, here: Here) -> Node | None:
    if isinstance(given, Asked):
        return _asked(checker, part, given, here)
    if here.group is not None:
        return _measured(checker, part, given, here)
    node = checker.node(given, here)
    if node.type == UNKNOWN or node.type.kind == "list":
        return node
    if part.name in ("MIN", "MAX", "JOIN"):
        return None
    return checker.refuse(
        wrong.NOT_A_LIST, given.at, word=checker.written(given), is_=words(node.type)
    )  # fmt: skip


def _measured(checker: Checker, part: Written, given: Part, here: Here) -> Node | None:
    """`SUM(total)` in a measure: for each record of the group. What doesn't read those records is a plain list."""
    if isinstance(given, Bracketed):
        return checker.node(given, here)
    query = _asked(checker, part, Asked(given.at, given.end, given, None, None, ()), here)
    if not isinstance(query, Query) or query.value is None or query.steps[0].frame in _used(query):
        return query
    return checker.node(given, here)


def _used(query: Query) -> frozenset[str]:
    parts = [step.source for step in query.steps[1:]] + [n for n in (query.where, query.value) if n is not None]
    inner = frozenset().union(*(free(p) for p in parts))
    return inner | frozenset({query.steps[0].frame} if len(query.steps) == 1 and query.value is None else ())


def _asked(checker: Checker, part: Written, given: Asked, here: Here) -> Node:
    if given.source is not None:
        found = _from_group(checker, given.source, here) or names.source(checker, given.source, here)
        label = given.source.words[-1].name
    elif here.group is not None:
        found = _group(checker, given.at, here.group)
        label = here.group.rpartition(".")[2]
    else:
        return checker.refuse(wrong.FROM_MISSING, part.at, function=part.name)
    if found is None:
        return Literal(UNKNOWN, given.at, None)
    query = found
    row = query.value if query.value is not None else names.last_row(query)
    inside = Here(row, (*here.frames, (label, row)))
    where = None
    if given.where is not None:
        where = checker.condition(given.where, inside, text("where 后面", "What follows where"))
    sort = tuple((_key(checker, order.path, inside), order.descending) for order in given.sort)
    value = None if given.value is None else checker.node(given.value, inside)
    if value is not None and value.type == UNKNOWN:
        return value
    query = Query(query.type, part.at, query.steps, both(query.where, where), query.sort + sort, query.value)
    if value is None:
        return query
    if value.type.kind == "list" and not isinstance(value, Query):
        assert given.value is not None
        return checker.refuse(wrong.LIST_IN_LIST, given.value.at, word=checker.written(given.value))
    return names.joined(query, value)


def _group(checker: Checker, at: int, shape: str) -> Query:
    """The records of a measure's group."""
    rows = Var(list_of(record(shape)), at, "rows")
    return Query(rows.type, at, (Step(rows, checker.fresh()),), None, (), None)


def _from_group(checker: Checker, path: Path, here: Here) -> Query | None:
    """In a measure, `from items`: that list of each of the group's records; None when it is no such list."""
    shape = checker.scope.shapes.get(here.group or "")
    first = shape.member(path.words[0].name) if shape is not None else None
    if here.group is None or first is None or first.type.kind != "list":
        return None
    group = _group(checker, path.at, here.group)
    found = names.source(checker, path, Here(names.last_row(group)))
    if found is None:
        return None
    return names.joined(group, found)


def _key(checker: Checker, path: Path, inside: Here) -> Node:
    node = checker.node(path, inside)
    if node.type.kind != "boolean" and not ordered(node.type):
        return checker.refuse(wrong.NO_ORDER, path.at, is_=words(node.type))
    return node


def _over(checker: Checker, part: Written, over: Node, extra: tuple[Node, ...]) -> Node:
    """The list function over a list whose type is known."""
    name, of = part.name, over.type.of
    assert of is not None
    kinds = {
        "SUM": ("number", "length"), "AVG": ("number", "length"), "MIN": tuple(sorted(ORDERED)),
        "MAX": tuple(sorted(ORDERED)), "ANY": ("boolean",), "ALL": ("boolean",), "JOIN": ("text",),
    }.get(name)  # fmt: skip
    if name == "COUNT" and of.kind == "boolean":
        return checker.refuse(wrong.COUNT_BOOLEAN, part.at)
    if kinds is not None and (of.kind not in (*kinds, "null") or forms_of(of)):
        if of.kind == "record" or forms_of(of):
            return checker.refuse(wrong.VALUE_FOR_FUNCTION, part.at, function=name)
        return checker.refuse(
            wrong.WRONG_TYPE, part.arguments[-1].at, where=text(f"{name} 的每个值", f"Each value of {name}"),
            needs=either(kinds), word=checker.written(part.arguments[-1]), is_=words(of), advice=NO_ADVICE,
        )  # fmt: skip
    fixed = {"COUNT": NUMBER, "ANY": BOOLEAN, "ALL": BOOLEAN, "JOIN": TEXT, "LIST": over.type}
    if name in ("SUM", "AVG"):
        result = LENGTH if of.kind == "length" else NUMBER
    else:
        result = fixed.get(name, of)
    return Aggregate(result, part.at, name, over, extra)
