"""Filters of a list, clicked together: field -> operator -> value gives a condition, and a condition reads as a chip.

Why: the address holds conditions in the language of formulas (`where=refund >= 5000`), so that a filter can be shared,
edited and sent to the API. People never have to see it: every operator that a field type offers is a pattern
that makes a
condition from a value, and that finds the value in a condition again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from markupsafe import Markup

from engine.definitions.model import Form, FormField
from engine.expressions.lexer import tokens
from engine.fields.base import AT_LEAST, AT_MOST, DIFFERENT, EQUAL, Control, Operator, plain
from engine.fields.base_record import IS_AMONG
from engine.problems import Refused
from engine.runtime.access import usable
from engine.runtime.far import askable
from engine.runtime.grouping import period_label
from engine.runtime.reads import condition_of
from engine.runtime.tally import countable
from engine.texts import Text, text
from engine.web.formulas import member_title, worded
from engine.web.render import state_badge
from engine.web.visit import Visit

STATE_IN = Operator("in", text("是其中之一", "is any of"), "state in {value}", many=True)
STATE_NOT = Operator("not_in", text("不是", "is none of"), "state not in {value}", many=True)
MINE = Operator("mine", text("是我", "is me"), "{field} = user", value=False)
NOT_MINE = Operator("not_mine", text("不是我", "is not me"), "{field} != user", value=False)
SIGNS = {AT_LEAST: "≥", AT_MOST: "≤"}
PEOPLE = ("owner", "created_by")
DAY = re.compile(r"DATE\((\d+), (\d+), (\d+)\)")
INSTANT = re.compile(r"[“\"](\d{4}-\d\d-\d\dT[\d:.]+Z)[”\"]")
OPENING, CLOSING = ("(", "["), (")", "]")
OF_PERIOD = re.compile(r"\(?PERIOD\((\w+), [\"'](\w+)[\"']\)\)? = DATE\((\d+), (\d+), (\d+)\)")
LITERAL = re.compile(r'"((?:[^"]|"")*)"|([^,\[\]"\s][^,\[\]]*)')


@dataclass(frozen=True)
class Choice:
    """A value that can be ticked: what it is called in conditions, and how it looks."""

    value: str
    shown: Markup | str


@dataclass(frozen=True)
class Filter:
    """A field to filter by. `choices` are ticked; else `control` takes a value (None: no operator asks for one).
    `counted`: its values can be asked for, each with its count."""

    name: str
    title: str
    icon: str
    operators: tuple[tuple[str, str], ...]
    choices: tuple[Choice, ...]
    control: Markup | None
    counted: bool = False


@dataclass(frozen=True)
class Chip:
    """A condition in force: the words before the value, the value in words, and the condition itself. `field`,
    `operator` and `values` as they were clicked together ("" and none: it was written)."""

    lead: str
    value: str
    where: str
    field: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()


KIND_ICONS = {
    "number": "calculator", "date": "calendar", "instant": "calendar-event", "boolean": "square-check",
    "choice": "category", "choices": "tags", "record": "link", "records": "link", "files": "paperclip",
    "time": "clock", "length": "hourglass", "location": "map-pin", "address": "map-pin",
}  # fmt: skip


def filters_of(visit: Visit, form: Form) -> list[Filter]:
    """What this person may filter by: state and people first, then the fields in order."""
    may_use = askable(visit.catalog, form, visit.actor)
    found: list[Filter] = []
    if form.workflow is not None and "state" in may_use:
        choices = tuple(
            Choice(name, state_badge(form, name, visit.language))
            for name, state in form.workflow.states.items()
            if not state.choose
        )
        found.append(
            Filter("state", visit.t("sys_state"), "progress", _named(visit, (STATE_IN, STATE_NOT)), choices, None, True)
        )
    for name in PEOPLE:
        if name in may_use:
            ways = _named(visit, (IS_AMONG, MINE, NOT_MINE))
            found.append(Filter(name, visit.t(f"sys_{name}"), "user", ways, (), None, True))
    for name, field in (*form.fields.items(), *form.far.items()):
        operators = field.field.operators()
        if name not in may_use or not operators or field.columns or not (field.stored or name in form.far):
            continue
        choices = tuple(Choice(n, visit.text(o.title)) for n, o in field.options.items())
        if field.field.kind == "boolean":
            choices = tuple(Choice(field.field.literal(v), field.field.display(v, visit.reader)) for v in (True, False))
        control = None if choices else _control(visit, form, field)
        icon = KIND_ICONS.get(field.field.kind, "file-text")
        found.append(
            Filter(
                name, visit.text(field.title), icon, _named(visit, operators), choices, control, countable(form, name)
            )
        )
    return found


def condition(visit: Visit, form: Form, name: str, operator: str, values: Sequence[str]) -> str | None:
    """The condition that was clicked together; None when a value is needed and none was given. Refused for an
    unreadable
    value; unknown names give None."""
    given = [v for v in values if v.strip()]
    if name == "state" and form.workflow is not None:
        op = STATE_NOT if operator == STATE_NOT.name else STATE_IN
        return op.formula.format(value=_list(plain(v) for v in given)) if given else None
    if name in PEOPLE and name in usable(form, visit.actor):
        if operator == IS_AMONG.name:
            ids = [v for v in given if v.isascii() and v.isdigit()]
            return _filled(IS_AMONG, name, _list(ids)) if ids else None
        return (NOT_MINE if operator == NOT_MINE.name else MINE).formula.format(field=name)
    field = form.column(name)
    if field is None or name not in askable(visit.catalog, form, visit.actor):
        return None
    known = {o.name: o for o in field.field.operators()}
    chosen = known.get(operator) or next(iter(known.values()), None)
    if chosen is None:
        return None
    if not chosen.value:
        return chosen.formula.replace("{field}", name)
    if not field.options and not chosen.many:
        given = given[-1:]
    literals = [field.field.literal(field.field.parse(v, visit.place(field, field.name))) for v in given]
    if not literals:
        return None
    if len(literals) > 1 and not chosen.many and chosen.name == EQUAL.name:
        chosen = next((o for o in known.values() if o.many), chosen)
    if chosen.many:
        return _filled(chosen, name, _list(literals))
    parts = [_filled(chosen, name, one) for one in literals]
    either = " and " if chosen.name == DIFFERENT.name else " or "
    return parts[0] if len(parts) == 1 else "(" + either.join(parts) + ")"


def chip(visit: Visit, form: Form, where: str) -> Chip:
    """How a condition reads: field, operator and value where it was clicked together, else itself."""
    if form.workflow is not None:
        for op in (STATE_NOT, STATE_IN):
            if (match := _pattern(op, "state").fullmatch(where)) is not None:
                titles = {n: s.title for n, s in form.workflow.states.items()}
                said = _values(visit, match["value"], titles)
                return Chip(
                    _lead(visit, visit.t("sys_state"), op), said, where, "state", op.name, _given(match["value"])
                )
    for name in PEOPLE:
        for op in (MINE, NOT_MINE):
            if where == op.formula.format(field=name):
                return Chip(visit.t(f"sys_{name}"), visit.text(op.title), where, name, op.name)
        if (match := _pattern(IS_AMONG, name).fullmatch(where)) is not None:
            ids = _given(match["value"])
            said = visit.t("list_comma").join(visit.reader.title_of("person", int(i)) for i in ids if i.isdigit())
            return Chip(visit.t(f"sys_{name}"), said, where, name, IS_AMONG.name, ids)
    for name, field in (*form.fields.items(), *form.far.items()):
        for op in field.field.operators():
            match = _pattern(op, name).fullmatch(where)
            if match is None:
                continue
            title = visit.text(field.title)
            if not op.value:
                return Chip(title, visit.text(op.title), where, name, op.name)
            value = match["value"]
            return Chip(_lead(visit, title, op), _worded(visit, field, value), where, name, op.name, _given(value))
    return _period(visit, form, where) or Chip("", _said(visit, form, where), where)


def _period(visit: Visit, form: Form, where: str) -> Chip | None:
    """`(PERIOD(due, "month")) = DATE(2026, 7, 1)`, as a chart's bar leads to its records -> 交货日 2026-07."""
    match = OF_PERIOD.fullmatch(where)
    try:
        first = date(*map(int, match.groups()[2:])) if match is not None else None
    except ValueError:
        return None
    if match is None or first is None:
        return None
    title = member_title(visit.catalog, form.name, match[1], visit.language)
    return Chip(title, period_label(first, match[2], visit.language), where)


def _said(visit: Visit, form: Form, where: str) -> str:
    """A written condition in words, part by part, as a chart's figure leads to its records; itself when it can't be
    read."""
    several = apart(where)
    if len(several) > 1:
        said = [chip(visit, form, one) for one in several]
        return " · ".join(f"{one.lead} {one.value}".strip() for one in said)
    try:
        typed = condition_of(visit.catalog, form.name, several[0])
    except Refused:
        return where
    words = _days(worded(visit.catalog, typed, visit.language))
    return INSTANT.sub(lambda m: _local(visit, m[1]), words)


def _local(visit: Visit, instant: str) -> str:
    """`2025-12-31T16:00:00Z` as the reader's clock shows it; midnight is the day alone."""
    at = datetime.fromisoformat(instant).astimezone(visit.reader.zone)
    return at.strftime("%Y-%m-%d" if at.time() == time() else "%Y-%m-%d %H:%M")


def apart(where: str) -> list[str]:
    """The conditions that all must hold, without the brackets around them, so that each is a chip of its own: a chart's
    figure leads to several. Of what can't be read: itself."""
    try:
        found = [t for t in tokens(where) if t.kind != "end"]
    except Refused:
        return [where]
    depth, cuts, pairs = 0, [0], True
    for number, token in enumerate(found):
        sign = str(token.value) if token.kind == "sign" else ""
        depth += (sign in OPENING) - (sign in CLOSING)
        if depth == 0 and token.kind == "or":
            return [where]
        if depth == 0 and token.kind == "and":
            cuts += [token.at, token.end]
        pairs = pairs and (depth > 0 or number == len(found) - 1)
    if len(cuts) > 1:
        bounds = [*cuts, len(where)]
        return [p for a, b in zip(bounds[::2], bounds[1::2], strict=True) for p in apart(where[a:b].strip())]
    if pairs and found and found[0].value == "(":
        return apart(where.strip()[1:-1].strip())
    return [where]


def _named(visit: Visit, operators: Sequence[Operator]) -> tuple[tuple[str, str], ...]:
    return tuple((o.name, visit.text(o.title)) for o in operators)


def _control(visit: Visit, form: Form, field: FormField) -> Markup | None:
    if not any(o.value for o in field.field.operators()):
        return None
    control = Control(
        name="v", id=f"filter-{field.name}", value=None, reader=visit.reader, title=field.title, bare=True,
        source=f"/f/{field.shape}/options/{field.name.rpartition('.')[2]}" if field.field.targets() else None, options=field.options,
    )  # fmt: skip
    return field.field.input(control)


def _list(literals: Iterable[str]) -> str:
    return "[" + ", ".join(literals) + "]"


def _filled(operator: Operator, name: str, value: str) -> str:
    return operator.formula.replace("{field}", name).replace("{value}", value)


def _pattern(operator: Operator, name: str) -> re.Pattern[str]:
    body = re.escape(operator.formula).replace(re.escape("{field}"), re.escape(name))
    return re.compile(body.replace(re.escape("{value}"), "(?P<value>.+)", 1))


def _lead(visit: Visit, title: str, operator: Operator) -> str:
    """`是` and `is any of` go without saying when a value follows; what numbers are held against is a sign, which is read
    faster than words."""
    if operator.name in ("is", "in"):
        return title
    return f"{title} {SIGNS.get(operator) or visit.text(operator.title)}"


def _given(literal: str) -> tuple[str, ...]:
    """The values of a literal, or of a list of them, as they were given."""
    return tuple(a.replace('""', '"') or b.strip() for a, b in LITERAL.findall(_days(literal)))


def _days(words: str) -> str:
    """`DATE(2026, 1, 5)` -> 2026-01-05, as people read it and controls take it."""
    return DAY.sub(lambda m: f"{int(m[1]):04}-{int(m[2]):02}-{int(m[3]):02}", words)


def _worded(visit: Visit, field: FormField, literal: str) -> str:
    """The value of a condition in words: options by their titles, records by theirs, else as the field shows it."""
    if field.options:
        return _values(visit, literal, {n: o.title for n, o in field.options.items()})
    target = field.field.target()
    numbers = re.findall(r"\d+", literal)
    if target is not None and numbers:
        named = [visit.reader.title_of(target, int(n)) for n in numbers]
        return visit.t("list_comma").join(named)
    texts = _given(literal)
    words = []
    for one in texts or [literal]:
        try:
            words.append(visit.words(field, field.field.parse(one, visit.place(field, field.name))) or one)
        except Refused:
            words.append(one)
    return visit.t("list_comma").join(words)


def _values(visit: Visit, literal: str, titles: Mapping[str, Text]) -> str:
    names = _given(literal)
    return visit.t("list_comma").join(titles[n].to(visit.language) if n in titles else n for n in names)
