"""What a record's values become while it is filled: defaults that follow what they read, formulas, what is shown.

Why: the same computing serves a page that is being typed into, a submission, an import and an action. It changes values
and reports what a person may not decide; whether the outcome is acceptable is `checks`' work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from engine.columns import DIGITS
from engine.definitions.model import Assigned, Constant, Filling, Form, FormField, Rows
from engine.expressions.tree import Literal, Typed
from engine.problems import Problem, Refused, problem
from engine.problems.record import COMPUTED_FIELD, FORMULA_FAILED, NOT_VISIBLE, OVERFLOW, READONLY_FIELD
from engine.runtime.paths import at, old_holder, places, shut
from engine.runtime.reading import Path, dotted
from engine.runtime.record import Joined, Record
from engine.runtime.settled import Settled, Stale, as_before, settled
from engine.runtime.work import Work

GROUP = "rows"
"""The variable that holds the rows of a group."""

LINKS = "^links"
"""The variable that gathers what is to be linked back; no formula can name it."""

ROUNDS = 5
"""How often values are computed anew when hiding a field changed what others read."""


@dataclass
class Computed:
    """What computing found: which paths are shown, what was given that isn't the person's to decide, what was given and
    emptied because it isn't shown, and which choices were emptied because they are no longer offered."""

    visible: dict[Path, bool] = field(default_factory=dict)
    emptied: dict[Path, FormField] = field(default_factory=dict)
    unfit: dict[Path, FormField] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def compute(
    work: Work, form: Form, record: Record, given: Iterable[Path] = (), old: Record | None = None,
    *, closed: Iterable[str] = (), free: bool = False, asked: Collection[str] = (), live: bool = False,
) -> Computed:  # fmt: skip
    """Take defaults, run formulas and empty what isn't shown, in place.

    `given`: the paths that a person or an action decided. `old`: the record before (None: a new one). `closed`: fields
    that the actor may not change; what they gave for those, or for readonly fields, is reported and not kept. `free`:
    the definition itself gives values, also to readonly fields. `asked`: fields that a button asks for; its dialog has
    no sections that could hide them. `live`: somebody is still typing, so a choice that no longer fits is emptied even
    if they made it themselves.
    """
    typed = set(given)
    out = Computed()
    taken = {} if free else _take_back(work, form, record, typed, old, frozenset(closed))
    typed -= set(taken)
    for _ in range(ROUNDS):
        _follow(work, form, record, typed, old, out)
        out.visible = shown(work, form, record, asked)
        emptied = _empty_hidden(form, record, typed, out)
        if not _empty_unfit(work, form, record, typed, old, out, live=live) and not emptied:
            break
    out.problems.extend(_judge(form, record, taken))
    if work.actor.channel == "api":
        out.problems.extend(_not_kept(out))
    return out


def shown(work: Work, form: Form, record: Record, asked: Collection[str] = ()) -> dict[Path, bool]:
    """Which paths are visible, by their own condition and their section's; what is `asked` for by its own alone."""
    if form.steady:
        return {path: True for path, _, _ in places(form, record)}
    closed_sections = {
        name for section in form.layout if not work.value(section.visible, record) for name in section.fields
    }.difference(asked)
    visible: dict[Path, bool] = {}
    for path, found, holder in places(form, record):
        if len(path) == 1:
            visible[path] = path[0] not in closed_sections and bool(work.value(found.visible, holder))
        else:
            visible[path] = visible[path[:-2]] and bool(work.value(found.visible, holder))
    return visible


def formulas(work: Work, form: Form, record: Record, stale: Stale | None = None) -> None:
    """Run the stored formulas alone, in place: what a record reads elsewhere has changed. `stale`: run only these, and
    what reads them; None: all."""
    out = Computed()
    rest = settled(work, form, record, stale) if stale is not None else None
    for path in form.derived:
        found = form.at(path)
        if found.formula is not None and found.stored:
            _run(work, form, record, path, rest, out)
    if out.problems:
        raise Refused(out.problems)


def unstored(work: Work, fields: Mapping[str, FormField], record: Record) -> dict[str, Any]:
    """The values of formulas that are computed when they are read (they read the day, the person or a whole form)."""
    found: dict[str, Any] = {}
    for name, item in fields.items():
        if item.formula is not None and not item.stored:
            found[name] = kept_as(item, plain(work.value(item.formula, record)))
    return found


def assigned(work: Work, given: Assigned, found: FormField, this: Record | None, **variables: Any) -> Any:
    """The value that a field is given: a constant, a formula's value as the field keeps it, or lines."""
    if isinstance(given, Constant):
        return given.value
    if isinstance(given, Typed):
        return kept_as(found, plain(work.value(given, this, **variables)))
    assert this is not None or variables
    return lines_from(work, given, found, this, **variables)


def lines_from(
    work: Work, given: Filling | Rows, found: FormField, this: Record | None, **variables: Any
) -> list[Record]:
    """Lines made from a query or from rows written out. They belong to no record yet.

    The variable LINKS, when it is there, is a list that gets what each line must be written back to (line, field, rows).
    """
    made: list[Record] = []
    shape = f"{found.shape}.{found.name}"
    if isinstance(given, Rows):
        for values in given.rows:
            made.append(_line(work, shape, found, values, this, variables))
        return made
    for source, group in sources(work, given, this, **variables):
        made.append(_line(work, shape, found, given.values, this, {**variables, **source}))
        if given.link is not None and LINKS in variables:
            variables[LINKS].append((made[-1], given.link, group))
    return made


def sources(
    work: Work, filling: Filling, this: Record | None, **variables: Any
) -> list[tuple[dict[str, Any], list[Any]]]:
    """The rows that a filling reads: the variables by which its values read one of them, and the rows it stands for.

    Each row stands for itself; with `by` the first of each group stands for the group. The variables are the row, by
    its frame's name too, the group and the names of `by`. Rows of a path through lists are `Joined`.
    """
    rows = work.value(filling.query, this, **variables) or []
    if filling.outer:
        lists = {name: work.value(typed, this, **variables) for name, typed in filling.outer.items()}
        rows = [Joined(row, {name: lists[name][number] for name in lists}) for number, row in enumerate(rows)]
    if filling.limit is not None:
        rows = rows[: filling.limit]
    groups: dict[Any, list[Any]] = {}
    for place, row in enumerate(rows):
        read = {**variables, "row": row, filling.frame: row, GROUP: [row]}
        key = tuple(work.value(by, this, **read) for by in filling.by.values()) if filling.by else place
        groups.setdefault(key, []).append(row)
    return [
        ({"row": group[0], filling.frame: group[0], GROUP: group, **_named(filling, key)}, group)
        for key, group in groups.items()
    ]


def _named(filling: Filling, key: Any) -> dict[str, Any]:
    return dict(zip(filling.by, key, strict=True)) if filling.by else {}


def _line(
    work: Work, shape: str, found: FormField, values: Mapping[str, Assigned], this: Record | None,
    variables: Mapping[str, Any],
) -> Record:  # fmt: skip
    line = work.blank(shape, this)
    for name, given in values.items():
        value = line.values[name] = assigned(work, given, found.columns[name], this, **variables)
        for inner in value if isinstance(value, list) else ():
            inner.parent = line
    return line


def _take_back(
    work: Work, form: Form, record: Record, typed: set[Path], old: Record | None, closed: frozenset[str]
) -> dict[Path, Any]:
    """Put back what was given for fields that aren't the actor's to fill, and tell what it was."""
    taken: dict[Path, Any] = {}
    for path, found, holder in list(places(form, record)) if typed else ():
        open_ = found.formula is None and found.readonly is False and found.numbering is None and not closed
        if open_ or path not in typed:
            continue
        barred = found.formula is not None or shut(path, closed) or _numbered(work, found)
        if not (barred or bool(work.value(found.readonly, holder, old=old))):
            continue
        taken[path] = holder.values.get(found.name)
        before = old_holder(old, path, holder)
        if found.columns:
            kept = before.copy().value(found.name) if before is not None else []
            for line in kept:
                line.parent = holder
            holder.values[found.name] = kept
        else:
            holder.values[found.name] = before.values.get(found.name) if before is not None else None
    return taken


def _numbered(work: Work, found: FormField) -> bool:
    """Serial numbers are given by the engine; only an import brings its own."""
    return found.numbering is not None and work.actor.channel not in ("import", "demo")


def _judge(form: Form, record: Record, taken: Mapping[Path, Any]) -> list[Problem]:
    """Problems for what was taken back and differs from what came out: a program may send back what it was shown."""
    found: list[Problem] = []
    for path, item, holder in places(form, record) if taken else ():
        given = taken.get(path)
        if path not in taken or (given in (None, []) and (item.formula is not None or holder.id is None)):
            continue
        now = holder.values.get(item.name)
        if _same_lines(given, now) if item.columns else given == now:
            continue
        code = COMPUTED_FIELD if item.formula is not None else READONLY_FIELD
        found.append(problem(code, field=dotted(path), title=item.title))
    return found


def _same_lines(one: list[Record] | None, other: list[Record] | None) -> bool:
    return _as_values(one) == _as_values(other)


def _as_values(lines: list[Record] | None) -> list[Any]:
    return [(r.id, {n: _as_values(v) if isinstance(v, list) else v for n, v in r.values.items()}) for r in lines or []]


def _follow(work: Work, form: Form, record: Record, typed: set[Path], old: Record | None, out: Computed) -> None:
    rest = settled(work, form, record)
    set_: set[Path] = set()
    for path in form.derived:
        if form.at(path).formula is not None:
            _run(work, form, record, path, rest, out)
            continue
        for place, found, holder in at(form, record, path):
            if place in typed or place in set_:
                continue
            before = old_holder(old, place, holder)
            if before is not None and as_before(form, path, holder, before):
                continue
            if _default(work, found, holder, before) and found.columns:
                set_.update(_set_in(place, holder.value(found.name) or []))


def _set_in(above: Path, lines: Sequence[Record]) -> Iterator[Path]:
    """The paths of what rows by default say themselves: a column's own default doesn't replace it."""
    for number, line in enumerate(lines):
        for name, value in line.values.items():
            if value is not None:
                yield (*above, number, name)
            if isinstance(value, list):
                yield from _set_in((*above, number, name), value)


def _run(work: Work, form: Form, record: Record, path: tuple[str, ...], rest: Settled | None, out: Computed) -> None:
    """The stored formula at a path of names, wherever it stands and doesn't rest."""
    resting = rest is not None and rest.rests(path)
    if rest is not None and resting and rest.unread(path):
        return
    for place, found, holder in at(form, record, path):
        stored = rest.stored(path, holder) if rest is not None and resting else None
        holder.values[found.name] = stored[found.name] if stored else _formula(work, found, holder, place, out)


def _default(work: Work, found: FormField, holder: Record, before: Record | None) -> bool:
    """A new record takes its default; a stored one takes it anew when what the default reads has changed. Whether it was
    taken."""
    default = found.default
    assert default is not None
    if before is None:
        value = assigned(work, default, found, holder)
        if found.columns:
            for line in value:
                line.parent = holder
            if _same_lines(value, holder.value(found.name)):
                return True
        holder.values[found.name] = value
        return True
    if isinstance(default, Typed):
        now, then = assigned(work, default, found, holder), assigned(work, default, found, before)
        if now != then:
            holder.values[found.name] = now
            return True
    return False


def _formula(work: Work, found: FormField, holder: Record, path: Path, out: Computed) -> Any:
    assert found.formula is not None
    try:
        return field_value(work, found, found.formula, holder, path=path)
    except Refused as refused:
        out.problems.extend(refused.problems)
        return None


def field_value(
    work: Work, found: FormField, formula: Typed, holder: Record, variables: Mapping[str, Any] | None = None,
    path: Path | None = None,
) -> Any:  # fmt: skip
    """What a formula gives for a field, as the field keeps it. Refused when it can't be computed or kept."""
    where = dotted(path or (found.name,))
    try:
        value = kept_as(found, plain(work.value(formula, holder, **(variables or {}))))
    except ArithmeticError:
        raise Refused(problem(FORMULA_FAILED, field=where, title=found.title)) from None
    if isinstance(value, Decimal) and abs(value) >= Decimal(10) ** (DIGITS - found.field.scale()):
        raise Refused(problem(OVERFLOW, field=where, title=found.title))
    return value


def _empty_hidden(form: Form, record: Record, typed: set[Path], out: Computed) -> bool:
    """Empty what a condition hides; a field that is never shown is for actions and keeps what they put there."""
    changed = False
    for path, found, holder in [] if form.steady else list(places(form, record)):
        if out.visible.get(path, True) or found.formula is not None or _never(found.visible):
            continue
        if len(path) > 1 and not out.visible[path[:-2]]:
            continue
        value = holder.values.get(found.name)
        if value in (None, []):
            continue
        if path in typed:
            out.emptied[path] = found
            if not found.columns:
                typed.discard(path)
        holder.values[found.name] = [] if found.columns else None
        changed = True
    return changed


def _empty_unfit(
    work: Work, form: Form, record: Record, typed: set[Path], old: Record | None, out: Computed, *, live: bool
) -> bool:  # fmt: skip
    """Empty choices that are no longer offered since what decides it has changed. What somebody gives just now stays,
    to be refused; so does what wasn't offered before either."""
    changed = False
    for path in form.order if form.choosy else ():
        for place, found, holder in at(form, record, path):
            if not found.option_when or found.formula is not None or (place in typed and not live):
                continue
            value = holder.values.get(found.name)
            before = old_holder(old, place, holder)
            names = value if isinstance(value, tuple) else (value,)
            lost = [n for n in names if not _offers(work, found, n, holder)]
            if before is not None and before.values.get(found.name) == value:
                lost = [n for n in lost if _offers(work, found, n, before)]
            if not lost:
                continue
            left = tuple(n for n in names if n not in lost)
            holder.values[found.name] = (left or None) if isinstance(value, tuple) else None
            out.unfit[place] = found
            typed.discard(place)
            changed = True
    return changed


def _offers(work: Work, found: FormField, name: Any, holder: Record) -> bool:
    when = found.option_when.get(name)
    return when is None or bool(work.value(when, holder))


def _not_kept(out: Computed) -> list[Problem]:
    """Problems for what a program gave to fields that aren't shown; a page leaves such values behind by itself."""
    return [
        problem(NOT_VISIBLE, field=dotted(path), title=found.title)
        for path, found in out.emptied.items()
        if not out.visible.get(path, True)
    ]


def _never(visible: Typed | bool) -> bool:
    if isinstance(visible, bool):
        return not visible
    return isinstance(visible.tree, Literal) and visible.tree.value is False


def plain(value: Any) -> Any:
    """A record among values is kept by its id; a list of texts as a tuple."""
    kind = value.__class__
    if kind is Record or kind is Joined:
        return value.id
    if kind is list:
        return tuple(plain(v) for v in value)
    return value


def kept_as(found: FormField, value: Any) -> Any:
    """A formula's value as its field keeps it: rounded to its decimals, a moment's day for a date and the like."""
    if value is None or value == "":
        return None
    return found.field.rounded(value) if found.formula is not None else found.field.received(value)
