"""What the rows of a file mean: its columns as fields, its rows grouped into records, before anything is looked up.

Why: files come from spreadsheets and other programs. Their titles differ by habit and their days have a midnight; what
they mean is settled here, so that importing has records to hand over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.definitions.model import Form, FormField
from engine.expressions.types import DATE
from engine.problems import Problem, Refused, nearest, problem
from engine.problems.access import COLUMN_TWICE, NO_KEY, NO_KEY_COLUMN, UNKNOWN_COLUMN
from engine.runtime.exporting import DANGEROUS, SYSTEM_TITLES
from engine.texts import Text, same, text

REASON = text("没有导入的原因", "Why it was not imported")
"""The title of the rejected file's last column."""

MIDNIGHT = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})[ T]00:00(?::00(?:\.0+)?)?", re.ASCII)
"""A day as databases write it: with a time that says nothing."""

WHOLE = re.compile(r"(\d+)\.0+", re.ASCII)
"""A number that names a record, as spreadsheets write it."""

KEY = "id"
"""The column that names a record by its number, and where a raw record says which one it is about."""

MODES = ("create", "update", "upsert")
"""What rows may do: make records, change those that are there, or the one or the other."""

Column = tuple[str, str | None]
"""(field, None) or (list, column); a list within another's lines by both names (`parcels.items`)."""


@dataclass
class Group:
    """The rows that make one record: their numbers in the file and their cells, and the raw record. `fate`: what became of it
    when it was accepted (see `importing`)."""

    rows: list[tuple[int, list[str]]]
    raw: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)

    words: dict[str, Any] | None = None
    fate: int = 1

    def afresh(self) -> Group:
        """The same as it was read, for another try: names are looked up in a copy."""
        words = self.words if self.words is not None else self.raw
        return Group(self.rows, _copied(words), [], words)


def _copied(words: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(words)
    if list in set(map(type, found.values())):
        found.update({n: [_copied(line) for line in w] for n, w in words.items() if w.__class__ is list})
    return found


def columns_of(
    form: Form, header: Sequence[str], lines: str | None = None, paths: Sequence[str] | None = None,
    mode: str = "create",
) -> list[Column | None]:  # fmt: skip
    """What each column of a file fills; None: nothing.

    Without `paths` the titles of the header say it (titles of system fields mean nothing), with them the person who
    mapped the columns. With `lines` the columns are that list's, and the form's key. Raises Refused with every title
    that means nothing, with two columns for one field, or when nothing names the records that `mode` is about.
    """
    known = _known(form) if lines is None else _known_lines(form, lines)
    found: list[Column | None] = []
    problems = []
    for words in header if paths is None else paths:
        column, meant = _meant(known, words)
        found.append(column)
        if not meant:
            near = nearest(words, [w for w in known if w])
            problems.append(problem(UNKNOWN_COLUMN, form=form.title, name=words[:80], nearest=near))
    for column in {c for c in found if c is not None and found.count(c) > 1}:
        problems.append(problem(COLUMN_TWICE, name=".".join(part for part in column if part)))
    if not problems and (lines is not None or mode != "create") and not any(c in found for c in _names(form)):
        problems.append(problem(NO_KEY if form.key is None else NO_KEY_COLUMN, form=form.title, key=_key_title(form)))
    if problems:
        raise Refused(problems)
    return found


def guessed(form: Form, header: Sequence[str], lines: str | None = None) -> list[str]:
    """What each column probably fills, as paths: `phone`, `items.quantity`, "" where the title says nothing. A title that
    is the beginning or the end of just one other (公司 of 公司名称) is taken for it."""
    known = _known(form) if lines is None else _known_lines(form, lines)
    meant = [_meant(known, words) for words in header]
    taken = {column for column, _ in meant}
    columns = [c if sure else _near(known, words, taken) for (c, sure), words in zip(meant, header, strict=True)]
    return ["" if c is None or c in columns[:n] else ".".join(p for p in c if p) for n, c in enumerate(columns)]


def sheet_titles(form: Form, lines: str | None) -> Collection[str]:
    """What the sheet of a workbook is called that holds what is imported: as exports name it, in any language."""
    return (form.line_forms()[lines] if lines is not None else form).title.words.values()


def _meant(known: Mapping[str, Column | None], words: str) -> tuple[Column | None, bool]:
    name = _folded(words)
    if not name or name in (_folded(REASON.to("zh")), _folded(REASON.to("en"))):
        return None, True
    return known.get(name), name in known


def _near(known: Mapping[str, Column | None], words: str, taken: set[Column | None]) -> Column | None:
    """The only free column one of whose titles begins or ends with these words, or the other way round; None: none or
    several. Of Latin letters it takes four, as `no` begins too much."""
    name = _folded(words)
    found = {
        column for title, column in known.items()
        if column not in taken and (short := min(name, title, key=len)) and len(short) >= (4 if short.isascii() else 2)
        and max(name, title, key=len).startswith(short) | max(name, title, key=len).endswith(short)
    }  # fmt: skip
    return found.pop() if len(found) == 1 else None


def _names(form: Form) -> list[Column]:
    """The columns by which a row can say which record it is about."""
    return [(KEY, None), *([(form.key, None)] if form.key is not None else [])]


def _key_title(form: Form) -> Text:
    return form.fields[form.key].title if form.key is not None else same("id")


def _known(form: Form) -> dict[str, Column | None]:
    """Every way a column may be called -> what it means. Names win over titles."""
    found: dict[str, Column | None] = {KEY: (KEY, None)}
    for name, item in form.fields.items():
        if item.related is not None:
            continue
        if not item.columns:
            for words in item.title.words.values():
                found.setdefault(_folded(words), (name, None))
            continue
        found |= {words: column for words, column in _known_columns(item, name, _called(item)) if words not in found}
    for name, item in form.fields.items():
        if not item.columns and item.related is None:
            found[_folded(name)] = (name, None)
    for name, title in SYSTEM_TITLES.items():  # exported, and never brought in
        for words in (name, *title.words.values()):
            found.setdefault(_folded(words), None)
    return found


def _called(found: FormField) -> list[str]:
    """What a column of a file may call a field."""
    return [found.name, *found.title.words.values()]


def _known_columns(found: FormField, list_: str, lefts: Iterable[str]) -> Iterator[tuple[str, Column]]:
    """The same for a list's columns and those of its lines' lists: `items.price`, `parcels.items.weight`."""
    for left in lefts:
        for column in found.columns.values():
            whole = [f"{left}.{right}" for right in _called(column)]
            if column.columns:
                yield from _known_columns(column, f"{list_}.{column.name}", whole)
            else:
                yield from ((_folded(words), (list_, column.name)) for words in whole)


def _known_lines(form: Form, lines: str) -> dict[str, Column | None]:
    """What a file with a list's lines may call its columns, and the record that they belong to."""
    if form.key is None:
        raise Refused(problem(NO_KEY, form=form.title))
    found: dict[str, Column | None] = {KEY: (KEY, None)}
    for words in (form.name, *form.title.words.values(), *form.fields[form.key].title.words.values(), form.key):
        found[_folded(words)] = (form.key, None)
    for column in form.fields[lines].columns.values():
        if column.columns:
            found |= dict(_known_columns(column, f"{lines}.{column.name}", _called(column)))
        else:
            found |= {_folded(words): (lines, column.name) for words in _called(column)}
    return found


def _folded(words: str) -> str:
    """A title without what differs by habit: `Order ID`, `order_id` and `OrderID` are the same."""
    return re.sub(r"[\s_-]+", "", words).casefold()


def groups_of(form: Form, columns: Sequence[Column | None], rows: Sequence[tuple[int, list[str]]]) -> Iterator[Group]:
    """The rows of one record together."""
    present: Group | None = None
    reads = _reading(form, columns)
    for row in rows:
        raw, lines = _cells(reads, row[1])
        if present is not None and _goes_on(form, present.raw, raw, lines):
            present.rows.append(row)
        else:
            if present is not None:
                yield present
            present = Group([row], raw)
        _add(form, present.raw, lines)
    if present is not None:
        yield present


def of_records(form: Form, columns: Sequence[Column | None], rows: Sequence[tuple[int, list[str]]]) -> list[Group]:
    """The rows that are lines of one record together, wherever they stand."""
    found: dict[str, Group] = {}
    reads = _reading(form, columns)
    for number, cells in rows:
        raw, lines = _cells(reads, cells)
        key = raw.get(str(form.key), "").strip()
        group = found.setdefault(key, Group([], dict(raw)))
        group.rows.append((number, cells))
        _add(form, group.raw, lines)
    return list(found.values())


def _add(form: Form, raw: dict[str, Any], lines: Mapping[str, Mapping[str, str]]) -> None:
    """Add a row's lines to those of the rows before. With a line of a list within, the row goes on with the line above where
    its own cells say the same, or nothing."""
    if not any("." in name for name in lines):
        for name, line in lines.items():
            raw.setdefault(name, []).append(line)
        return
    for name in form.line_forms():
        above, _, last = name.rpartition(".")
        within = any(other.startswith(f"{name}.") for other in lines)
        if name not in lines and not within:
            continue
        held = raw[above][-1].setdefault(last, []) if above else raw.setdefault(name, [])
        line = dict(lines.get(name, {}))
        own = {n: v for n, v in held[-1].items() if not isinstance(v, list)} if held else None
        if not (within and own is not None and line in ({}, own)):
            held.append(line)


Reads = Sequence[tuple[str, str | None, Callable[[str], str]] | None]
"""For each column of a file the field or list, the list's column, and what makes of its words what a person would type."""


def _reading(form: Form, columns: Sequence[Column | None]) -> Reads:
    found: list[tuple[str, str | None, Callable[[str], str]] | None] = []
    for column in columns:
        if column is None:
            found.append(None)
        elif column[0] == KEY:
            found.append((KEY, None, _numbered))
        else:
            item = form.at((*column[0].split("."), *(column[1:] if column[1] is not None else ())))
            found.append((*column, _as_typed(item)))
    return found


def _cells(reads: Reads, cells: Sequence[str]) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """A row's own values and its line of each list; empty cells are left out."""
    raw: dict[str, Any] = {}
    lines: dict[str, dict[str, str]] = {}
    for read, given in zip(reads, cells, strict=False):
        if read is None or not given or given.isspace():
            continue
        name, column, typed = read
        words = given[1:] if given[0] == "'" and given[1:].startswith(DANGEROUS) else given
        if column is None:
            raw[name] = typed(words)
        else:
            lines.setdefault(name, {})[column] = typed(words)
    return raw, lines


def _as_typed(found: FormField) -> Callable[[str], str]:
    """What makes of what programs write for a value of this field what a person would type: a day without its midnight, `2`
    for `2.0`."""
    if found.type == DATE:
        return lambda words: day[1] if ":" in words and (day := MIDNIGHT.fullmatch(words.strip())) else words
    if found.field.target() is not None and not found.field.several:
        return lambda words: whole[1] if "." in words and (whole := WHOLE.fullmatch(words.strip())) else words
    return str


def _numbered(words: str) -> str:
    return whole[1] if (whole := WHOLE.fullmatch(words.strip())) else words.strip()


def _goes_on(form: Form, before: Mapping[str, Any], raw: Mapping[str, str], lines: Mapping[str, Any]) -> bool:
    """Whether a row has further lines of the record above: it has lines, and the same key or nothing of its own."""
    if not lines:
        return False
    if not raw:
        return True
    return form.key is not None and form.key in raw and raw[form.key] == before.get(form.key)
