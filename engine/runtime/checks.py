"""Whether a computed record is acceptable: required, limits, references, uniqueness and the form's rules.

Why: all doors and all actions end here, with the same answers. Everything wrong is gathered before anything is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from engine.definitions.model import Catalog, Form, FormField, Rule, walk
from engine.expressions.tree import Typed
from engine.fields.base import Reader
from engine.problems import Problem, Refused, problem
from engine.problems.record import (
    NO_SUCH_REFERENCE,
    NOT_OFFERED,
    NOT_UNIQUE,
    REFERENCE_EXCLUDED,
    REQUIRED,
    RULE_BROKEN,
    TAKEN,
    TOO_FEW_LINES,
    TOO_LARGE,
    TOO_MANY_LINES,
    TOO_SMALL,
    TREE_CIRCLE,
)
from engine.runtime import access
from engine.runtime.alike import line_twins
from engine.runtime.among import among
from engine.runtime.paths import old_holder, places, shut
from engine.runtime.reading import Path, dotted, place
from engine.runtime.reads import wrong_with
from engine.runtime.record import Record, lines_in, row_path
from engine.runtime.values import Twin
from engine.runtime.work import Work
from engine.storage.store import duplicate_columns
from engine.texts import LANGUAGES, Text, same

COMING = frozenset({"create", "change"})
"""What the rules of a new record are asked at."""


def blank(value: Any) -> bool:
    """Whether a value counts as not filled: none, no text, no lines, a tick that isn't set. Zero is a value."""
    return value is None or value is False or (isinstance(value, str | list | tuple) and not value)


def lacking(item: FormField, path: str) -> Problem:
    """That a value is needed there."""
    return problem(REQUIRED, field=path, title=item.title, do=item.field.todo)


def check_fields(
    work: Work, form: Form, record: Record, visible: Mapping[Path, bool], old: Record | None, *,
    closed: Collection[str] = (), asked: Collection[str] | None = None, needed: Collection[str] = (),
    free: bool = False,
) -> list[Problem]:  # fmt: skip
    """Every field's own conditions, shown fields only.

    `closed`: fields that the actor can't fill, so nothing is required of them. `asked`: only of these fields something
    is required (a transition's); None: of all. `needed`: required whatever the form says. `free`: the definition acts,
    not a person, so references aren't limited to what the actor may see.
    """
    found: list[Problem] = []
    for path, item, holder in places(form, record):
        made = item.formula is None and (free or isinstance(item.default, Typed))
        if not (item.watched or needed or made):
            continue
        if not visible.get(path, True):
            if path[0] in needed and len(path) == 1 and blank(holder.values.get(item.name)):
                found.append(lacking(item, dotted(path)))
            continue
        value = holder.values.get(item.name) if not item.columns else holder.value(item.name)
        if blank(value) and _required(work, path, item, holder, closed, asked, needed):
            found.append(lacking(item, dotted(path)))
        if item.columns:
            found.extend(_line_count(item, value or [], path, old_holder(old, path, holder)))
        elif value is not None and (item.limited or made) and _changed(item, path, holder, old):
            wrong, before = misfit(work, item, value, path) if made else [], _before(item, path, holder, old)
            found.extend(wrong or check_value(work, item, holder, path, free=free, before=before))
    return found


def misfit(work: Work, item: FormField, value: Any, path: Path) -> list[Problem]:
    """Why a value that a formula or an action gave isn't one of its type: too long, of another form, not among the options;
    what people and programs send is refused for the same when it is read."""
    try:
        item.field.parse(item.field.to_json(value), replace(place(work, item, dotted(path)), json=True))
    except Refused as refused:
        return list(refused.problems)
    return []


def check_value(
    work: Work, item: FormField, holder: Record, path: Path, *, free: bool = False, before: Any = None
) -> list[Problem]:  # fmt: skip
    """A value that is there: within its limits, among what is offered, pointing at what may be chosen. Of several, those
    that were in `before` already stay."""
    return [
        *_limits(work, item, holder, path),
        *_offered(work, item, holder, path),
        *_reference(work, item, holder, path, before if item.field.several else None, free=free),
        *(wrong_with(work, holder.values[item.name], held, dotted(path)) if (held := item.field.holds()) else ()),
    ]


def _required(
    work: Work, path: Path, item: FormField, holder: Record, closed: Collection[str],
    asked: Collection[str] | None, needed: Collection[str],
) -> bool:  # fmt: skip
    top = str(path[0])
    if top in needed and len(path) == 1:
        return True
    if asked is not None and top not in asked:
        return False
    if shut(path, closed) or item.formula is not None or bool(work.value(item.readonly, holder)):
        return False
    return bool(work.value(item.required, holder))


def _changed(item: FormField, path: Path, holder: Record, old: Record | None) -> bool:
    """Only what this change brings is held against a person; what was accepted once stays."""
    if old is None or holder.id is None:
        return True
    return bool(_before(item, path, holder, old) != holder.values.get(item.name)) or item.maximum is not None


def _before(item: FormField, path: Path, holder: Record, old: Record | None) -> Any:
    """The value in the record before, or in the line of the same id; None when there was none."""
    before = old_holder(old, path, holder) if holder.id is not None else None
    return before.values.get(item.name) if before is not None else None


def _line_count(item: FormField, lines: list[Record], path: Path, before: Record | None) -> list[Problem]:
    least, most = item.field.row_limits()
    if len(lines) < least and (before is None or len(before.value(item.name) or []) != len(lines)):
        return [problem(TOO_FEW_LINES, field=dotted(path), title=item.title, limit=least)]
    if most is not None and len(lines) > most:
        return [problem(TOO_MANY_LINES, field=dotted(path), title=item.title, limit=most)]
    return []


def _limits(work: Work, item: FormField, holder: Record, path: Path) -> list[Problem]:
    value = holder.values.get(item.name)
    for code, limit in ((TOO_SMALL, item.minimum), (TOO_LARGE, item.maximum)):
        bound = work.value(limit, holder) if limit is not None else None
        if bound is None:
            continue
        if (code == TOO_SMALL and value < bound) or (code == TOO_LARGE and value > bound):
            return [problem(code, field=dotted(path), title=item.title, limit=_worded(work, item, bound))]
    return []


def _worded(work: Work, item: FormField, value: Any) -> str:
    return item.field.cell(value, words_reader(work, work.actor.language))


def _offered(work: Work, item: FormField, holder: Record, path: Path) -> list[Problem]:
    if not item.option_when:
        return []
    value = holder.values.get(item.name)
    for name in value if isinstance(value, tuple) else (value,):
        when = item.option_when.get(name)
        if when is not None and not work.value(when, holder):
            title = item.options[name].title if name in item.options else same(str(name))
            return [problem(NOT_OFFERED, field=dotted(path), title=item.title, value=title)]
    return []


def _reference(
    work: Work, item: FormField, holder: Record, path: Path, before: Any, *, free: bool = False
) -> list[Problem]:  # fmt: skip
    """A record that is pointed at must be there, be one the actor may see, and be one of those offered. Those in
    `before` were accepted once."""
    accepted = set(item.field.pointed(before))
    for shape, id in item.field.pointed(holder.values[item.name]):
        if (shape, id) in accepted:
            continue
        found = _pointed(work, item, holder, path, shape, id, free=free)
        if found:
            return found
    return []


def _pointed(
    work: Work, item: FormField, holder: Record, path: Path, shape: str, id: int, *, free: bool
) -> list[Problem]:  # fmt: skip
    target = work.row(shape, id)
    if target is None or not (free or _reachable(work, shape, target)):
        return [problem(NO_SUCH_REFERENCE, field=dotted(path), title=item.title)]
    allowed = None if free else among(work, item, holder)
    if (allowed is not None and id not in allowed) or (
        item.where is not None and not work.value(item.where, holder, row=target)
    ):
        value = same(work.title_of(shape, id))
        return [problem(REFERENCE_EXCLUDED, field=dotted(path), title=item.title, value=value)]
    if getattr(item.field, "tree", False):
        return _circle(work, item, holder, path, target)
    return []


def _reachable(work: Work, shape: str, target: Record) -> bool:
    """Whether the actor may point at it: an active person, a department, a record that they may see."""
    if shape == "person":
        return bool(target.values.get("active"))
    return shape == "department" or may_see(work, target.main)


def _circle(work: Work, item: FormField, holder: Record, path: Path, above: Record) -> list[Problem]:
    """A record that would stand beneath itself is told with the way that leads back to it."""
    chain: list[Record] = [holder]
    following: Record | None = above
    while following is not None and following not in chain:
        chain.append(following)
        following = following.value(item.name)
    if following != holder:
        return []
    told = " → ".join(work.title_of(one.shape, one.id or 0) for one in (*chain, holder))
    return [problem(TREE_CIRCLE, field=dotted(path), title=item.title, chain=told)]


# -- rules and uniqueness ----------------------------------------------------------------------------------------------


def check_unique(work: Work, form: Form, record: Record) -> list[Problem]:
    """Fields marked unique, and serial numbers that came with an import: no other record, and no other line, has the same
    value."""
    found: list[Problem] = []
    for name, item in form.fields.items():
        if (item.field.unique or _brought(record, item)) and record.values.get(name) is not None:
            found.extend(_twin(work, form, record, (name,), None))
    for path, item, value, other in line_twins(work, form, record):
        told: Text | str = other if isinstance(other, Text) else other.title if may_see(work, other) else "–"
        shown = _worded(work, item, value)
        found.append(problem(NOT_UNIQUE, field=dotted(path), title=item.title, value=shown, other=told))
    return found


def _brought(record: Record, item: FormField) -> bool:
    rule = item.numbering
    return rule is not None and record.id is None and rule.once


def check_rules(
    work: Work, form: Form, record: Record, events: Collection[str], old: Record | None
) -> list[Problem]:  # fmt: skip
    """The form's rules that apply at one of these events (`create`, `change`, `delete` or a transition's name), as
    problems of their levels; a problem's fact `key` is what confirms a warning."""
    found: list[Problem] = []
    for rule in form.rules:
        applies = not rule.at.isdisjoint(events) if rule.at else any(event != "delete" for event in events)
        if applies:
            found.extend(check_rule(work, form, record, rule, old))
    return found


def check_rule(work: Work, form: Form, record: Record, rule: Rule, old: Record | None) -> list[Problem]:
    """What one rule finds wrong, whenever it applies."""
    if rule.unique:
        return _twin(work, form, record, rule.unique, rule)
    if rule.each is not None:
        return _check_each(work, record, rule, old)
    if _waits(work, rule, record, old) or work.value(rule.check or True, record, old=old):
        return []
    return [_broken(work, rule, record, None, old=old)]


def _check_each(work: Work, record: Record, rule: Rule, old: Record | None) -> list[Problem]:
    found: list[Problem] = []
    assert rule.each is not None
    rows = work.value(rule.each, record, old=old) or []
    own = {id(line) for line in lines_in(record)}
    for row in rows:
        variables = {"row": row, rule.frame: row, "old": old}
        if rule.where is not None and not work.value(rule.where, record, **variables):
            continue
        if any(work.value(w, record, **variables) is None for w in rule.waits):
            continue
        if not work.value(rule.check or True, record, **variables):
            place = dotted(row_path(row)) if id(row) in own else None
            found.append(_broken(work, rule, record, place, **variables))
    return found


def _waits(work: Work, rule: Rule, record: Record, old: Record | None) -> bool:
    return any(work.value(w, record, old=old) in (None, "", []) for w in rule.waits)


def _broken(work: Work, rule: Rule, record: Record, place: str | None, **variables: Any) -> Problem:
    message = Text({lang: work.render(rule.message, lang, record, **variables) for lang in LANGUAGES})
    names = " ".join(sorted(reads(work.form(record.shape), rule)))
    return problem(
        RULE_BROKEN, field=place, severity=rule.level, message=message, key=f"rule:{rule.name}", reads=names
    )  # fmt: skip


def reads(form: Form, rule: Rule) -> frozenset[str]:
    """The record's own fields by which a rule may turn out otherwise: those it reads, and what their formulas read."""
    typed = [t for t in (rule.check, rule.each, rule.where) if t is not None]
    found: set[str] = set()
    waiting = [*rule.unique, *(name for t in typed for name in _own(t))]
    while waiting:
        name = waiting.pop()
        item = form.fields.get(name)
        if name in found or item is None:
            continue
        found.add(name)
        inner = [item.formula, *(c.formula for _, c in walk(item.columns))]
        waiting += [other for t in inner if t is not None for other in _own(t)]
    return frozenset(found)


def _own(typed: Typed) -> Iterator[str]:
    """The first names of what a formula of a record, or of one of its lines, reads of the record."""
    for read in typed.reads:
        names = [hop.name for hop in read.hops if hop.kind != "parent"]
        yield names[0] if names else read.name


def twins(work: Work, form: Form, record: Record) -> tuple[Twin, ...]:
    """What would be refused as being there twice, told while a record is still being filled."""
    asked: list[tuple[tuple[str, ...], Rule | None]] = [
        ((name,), None) for name, item in form.fields.items() if item.field.unique
    ]
    asked += [(rule.unique, rule) for rule in form.rules if rule.unique and not rule.at]
    found: list[Twin] = []
    for names, rule in asked:
        other = _other(work, form, record, names, rule)
        if other is not None:
            told = _broken(work, rule, record, None) if rule else _not_unique(work, form, record, names[0], other)
            found.append(Twin(names, told, other if may_see(work, other) else None))
    return tuple(found)


def _twin(work: Work, form: Form, record: Record, names: tuple[str, ...], rule: Rule | None) -> list[Problem]:
    """The problem of another record with the same values in `names`."""
    other = _other(work, form, record, names, rule)
    if other is None:
        return []
    if rule is not None:
        return [_broken(work, rule, record, names[0] if len(names) == 1 else None)]
    return [_not_unique(work, form, record, names[0], other)]


def _not_unique(work: Work, form: Form, record: Record, name: str, other: Record) -> Problem:
    item = form.fields[name]
    shown = _worded(work, item, record.values[name])
    told = other.title if may_see(work, other) else "–"
    return problem(NOT_UNIQUE, field=name, title=item.title, value=shown, other=told)


def _other(work: Work, form: Form, record: Record, names: tuple[str, ...], rule: Rule | None) -> Record | None:
    """Another record with the same values in `names`, among those for which the rule's `where` holds; None where there
    is none, or a value is empty."""
    if rule is not None and rule.where is not None and not work.value(rule.where, record):
        return None
    if len(names) == 1 and record.values.get(names[0]) in work.absent.get((form.name, names[0]), ()):
        return None
    table = work.layout.table(form.name)
    query = select(table.c.id).order_by(table.c.id).limit(1)
    for name in names:
        value = record.values.get(name)
        if value is None:
            return None
        query = query.where(table.c[name] == value)
    if record.id is not None:
        query = query.where(table.c.id != record.id)
    if rule is not None and rule.where is not None:
        query = query.where(access.compiled(work, form.name, rule.where))
    id = access.executed(work, query).scalar()
    return work.row(form.name, id) if id is not None else None


def may_see(work: Work, record: Record) -> bool:
    """Whether the actor of this work may see a stored record of a form."""
    form = work.form(record.shape)
    return access.whole(form, work.actor) or "view" in access.rights(work, form, record).can


def words_reader(work: Work, language: str) -> Reader:
    """A reader for values within sentences: no links."""
    return Reader(language, work.zone, work.today, work.now, work.title_of, lambda shape, id: None)


def twin(catalog: Catalog, error: IntegrityError) -> Problem:
    """The problem behind the database's refusal to keep two alike: what the checks before let through."""
    found = duplicate_columns(error)
    table, columns = found if found is not None else ("", ())
    form = catalog.forms.get(table.removeprefix("f_"))
    item = form.fields.get(columns[0]) if form is not None and columns else None
    if item is None:
        return problem(TAKEN)
    return problem(NOT_UNIQUE, field=item.name, title=item.title, value="–", other="–")
