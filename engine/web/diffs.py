"""Changed values in words: fields and lines by their titles, values as their fields show them.

Why: history keeps values as JSON under the fields' names, and lines by their ids. Here they become words again; a line
that came or went is told as one, a field that is gone since keeps its old name and value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.definitions.model import Form, FormField
from engine.problems import Refused
from engine.runtime.record import Record, row_path
from engine.runtime.values import Change
from engine.web.visit import Visit


@dataclass(frozen=True)
class Diff:
    """One changed value: the field's title, and the value before and after in words ("" where there was none). `kind`:
    `value added removed` (a whole line). Of several records or options only those that came and went are told."""

    title: str
    old: str
    new: str
    computed: bool
    kind: str = "value"


def diffs_of(visit: Visit, form: Form, changes: Sequence[Change], record: Record | None = None) -> tuple[Diff, ...]:
    """The changes of one event, in the order of the form, what was computed last. `record` as it is now gives lines
    their numbers."""
    numbers = _numbers(form, record)
    values = [c for c in changes if len(c.path) == 1 or c.path[1][0] not in "+-"]
    told = [_value(visit, form, c, numbers) for c in values]
    return (
        *(d for d in told if not d.computed),
        *_lines(visit, form, changes, numbers),
        *(d for d in told if d.computed),
    )


def change_title(visit: Visit, form: Form, change: Change, record: Record | None = None) -> str:
    """What was changed: 退款金额, or 退货明细 2 · 数量."""
    return _value(visit, form, change, _numbers(form, record)).title


def words_of(visit: Visit, found: FormField | None, value: Any) -> str:
    """A value of the history in words; as it is kept where its field can't read it any more."""
    if value is None or value == []:
        return ""
    if found is None:
        return str(value)
    place = visit.place(found, found.name)
    try:
        kept = found.field.parse(value, place)
        if found.field.uploads() is not None:  # a picture's page form has no words
            return found.field.cell(kept, visit.reader)
        return visit.words(found, kept)
    except Refused:
        return str(value)


# -- inner -------------------------------------------------------------------------------------------------------------


def _numbers(form: Form, record: Record | None) -> dict[tuple[str, str], str]:
    """(list, line's key) -> its number from 1, as the record is now; of a line within another both (`2.1`)."""
    if record is None:
        return {}
    out: dict[tuple[str, str], str] = {}
    for name in form.line_forms():
        for line in record.at_hand(name):
            around = line.parent if "." in name else None
            key = f"{around.id}.{line.id}" if around is not None else str(line.id)
            out[name, key] = ".".join(str(part + 1) for part in row_path(line) if isinstance(part, int))
    return out


def _value(visit: Visit, form: Form, change: Change, numbers: Mapping[tuple[str, str], str]) -> Diff:
    name = change.path[0]
    found = form.named(name)
    if len(change.path) == 1:
        if found is None and name == "owner":
            return Diff(visit.t("sys_owner"), _person(visit, change.old), _person(visit, change.new), False)
        title = visit.text(found.title) if found is not None else name
        computed = found is not None and found.formula is not None
        old, new = _moved(found, change)
        return Diff(title, words_of(visit, found, old), words_of(visit, found, new), computed)
    line, column = change.path[1].lstrip("+-"), change.path[2]
    inner = found.columns.get(column) if found is not None else None
    number = numbers.get((name, line))
    list_ = _list_title(visit, form, name)
    title = f"{list_} {number or ''}".strip() + f" · {visit.text(inner.title) if inner else column}"
    computed = inner is not None and inner.formula is not None
    old, new = _moved(inner, change)
    return Diff(title, words_of(visit, inner, old), words_of(visit, inner, new), computed)


def _list_title(visit: Visit, form: Form, name: str) -> str:
    """What a list is called, behind that around it: 包裹 · 物品."""
    parts = name.split(".")
    found = [form.named(".".join(parts[: deep + 1])) for deep in range(len(parts))]
    return " · ".join(
        visit.text(one.title) if one is not None else part for one, part in zip(found, parts, strict=True)
    )


def _moved(found: FormField | None, change: Change) -> tuple[Any, Any]:
    """The value before and after; of a set of records just what went and what came."""
    old, new = change.old, change.new
    if found is None or not found.field.several or not isinstance(old, list) or not isinstance(new, list):
        return old, new
    return [one for one in old if one not in new], [one for one in new if one not in old]


def _lines(
    visit: Visit, form: Form, changes: Sequence[Change], numbers: Mapping[tuple[str, str], str]
) -> list[Diff]:  # fmt: skip
    """Lines that came or went, each as one: what was filled in, columns in their order."""
    groups: dict[tuple[str, str], dict[str, Change]] = {}
    for change in changes:
        if len(change.path) == 3 and change.path[1][0] in "+-":
            groups.setdefault((change.path[0], change.path[1]), {})[change.path[2]] = change
    out = []
    for (name, line), columns in groups.items():
        found = form.named(name)
        fields = found.columns if found is not None else {}
        removed = line.startswith("-")
        order = [n for n in fields if n in columns] + [n for n in columns if n not in fields]
        words: list[str] = []
        for column in order:
            inner, change = fields.get(column), columns[column]
            shown = words_of(visit, inner, change.old if removed else change.new)
            if shown:
                plain = inner is not None and bool(inner.field.targets())
                words.append(shown if plain or not words else f"{visit.text(inner.title) if inner else column} {shown}")
        number = "" if removed else numbers.get((name, line[1:]), "")
        title = " · ".join(
            (f"{_list_title(visit, form, name)} {number}".strip(),
             visit.t("line_removed" if removed else "line_added"))
        )  # fmt: skip
        told = " · ".join(words)
        out.append(
            Diff(title, told if removed else "", "" if removed else told, False, "removed" if removed else "added")
        )
    return out


def _person(visit: Visit, id: Any) -> str:
    return visit.reader.title_of("person", id) if isinstance(id, int) else ""
