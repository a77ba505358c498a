"""A CSV file becomes records, each through the one door.

Why: a file from a spreadsheet is what most data arrive in. Its header may use the fields' names or titles, it may
name what it points at in people's words, and its lines may follow their record row by row. Every record is submitted
like one that a person typed, so no rule is passed by; what is refused comes back as a file with the reasons, to be
mended and read again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine.definitions.model import Form, FormField
from engine.problems import Problem, Refused, nearest, problem
from engine.problems.access import BAD_FILE, NO_MATCH, SEVERAL_MATCH, UNKNOWN_COLUMN
from engine.runtime import access
from engine.runtime.ask import titled
from engine.runtime.exporting import DANGEROUS, written
from engine.runtime.work import Work
from engine.storage import tables
from engine.texts import text

BATCH = 200
"""How many records are handed over together."""

ENCODINGS = ("utf-8-sig", "gb18030")
"""How files are read, the first that fits."""

REASON = text("没有导入的原因", "Why it was not imported")
"""The title of the rejected file's last column."""

Column = tuple[str, str | None]
"""(field, None) or (list, column)."""


SubmitMany = Callable[[Sequence[Mapping[str, Any]]], Sequence[Refused | None]]
"""Submits raw records in order, each for itself; for each None when it was accepted, else why it was refused."""

Lookup = Callable[[Callable[[Work], Any]], Any]
"""Runs a unit of work that only reads."""


@dataclass
class Report:
    """What became of a file. `rejected` is where the refused rows were written, None: all were accepted."""

    accepted: int = 0
    refused: int = 0
    rejected: Path | None = None
    problems: list[tuple[int, Problem]] = field(default_factory=list)


@dataclass
class _Group:
    """The rows that make one record: their numbers in the file and their cells, and the raw record."""

    rows: list[tuple[int, list[str]]]
    raw: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)


def import_csv(
    form: Form, path: Path, read: Lookup, submit_many: SubmitMany, *, language: str = "zh",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:  # fmt: skip
    """Submit every record of a CSV file; `progress` is told (rows done, rows in all) after each batch.

    The first line names fields (`phone`, or a title in any language) and columns of lists (`items.quantity`, or
    `明细.数量`). Rows that follow with the same value in the form's key field (or with only lists' columns filled) are
    further lines of the record above. Raises Refused when the file or its header can't be read: then nothing is done.
    """
    read(lambda work: _may_import(work, form))
    header, rows = _table(path)
    columns = columns_of(form, header)
    report = Report()
    groups = list(_groups(form, columns, rows))
    rejected: list[tuple[_Group, Sequence[Problem]]] = []
    done, total = 0, len(rows)
    for start in range(0, len(groups), BATCH):
        some = groups[start : start + BATCH]
        read(partial(_resolve, form, some))
        sound = [g for g in some if not g.problems]
        answers = submit_many([g.raw for g in sound]) if sound else ()
        refused = {id(g): a.problems for g, a in zip(sound, answers, strict=True) if a is not None}
        for group in some:
            problems = group.problems or refused.get(id(group), ())
            done += len(group.rows)
            if problems:
                report.refused += 1
                rejected.append((group, problems))
                report.problems += [(group.rows[0][0], p) for p in problems]
            else:
                report.accepted += 1
        progress(done, total)
    if rejected:
        report.rejected = path.with_name(f"{path.stem}.rejected.csv")
        _write_rejected(report.rejected, header, rejected, language)
    return report


def columns_of(form: Form, header: Sequence[str]) -> list[Column | None]:
    """What each title of a header means; None for an empty one and for what the engine keeps itself (`id`, titles of
    system fields are left out). Raises Refused with every title that means nothing."""
    known = _known(form)
    found: list[Column | None] = []
    problems = []
    for words in header:
        name = _folded(words)
        if not name or name == _folded(REASON.to("zh")) or name == _folded(REASON.to("en")):
            found.append(None)
        elif name in known:
            found.append(known[name])
        else:
            near = nearest(words, [w for w in known if w]) or "–"
            problems.append(problem(UNKNOWN_COLUMN, form=form.title, name=words[:80], nearest=near))
    if problems:
        raise Refused(problems)
    return found


class Names:
    """Finds what cells point at: records by key, title or id, people by login or name, departments by key or name."""

    def __init__(self, work: Work, form: Form) -> None:
        self.work, self.form = work, form
        self._known: dict[tuple[str, str], list[int]] = {}

    def resolve(self, groups: Iterable[_Group]) -> None:
        """Put ids in place of names in the raw records; what can't be found becomes a problem of its group."""
        for group in groups:
            for name, value in list(group.raw.items()):
                found = self.form.fields[name]
                if found.columns:
                    for number, line in enumerate(value):
                        for column, given in list(line.items()):
                            path = f"{name}.{number}.{column}"
                            line[column] = self._value(group, found.columns[column], given, path)
                else:
                    group.raw[name] = self._value(group, found, value, name)

    def _value(self, group: _Group, found: FormField, given: str, path: str) -> Any:
        target = found.field.target()
        if target is None or not given.strip():
            return given
        ids = self.find(target, given.strip())
        if len(ids) == 1:
            return ids[0]
        words, title = given.strip()[:80], found.title
        if ids:
            wrong = problem(SEVERAL_MATCH, field=path, title=title, value=words, count=len(ids))
        else:
            wrong = problem(NO_MATCH, field=path, title=title, value=words)
        group.problems.append(wrong)
        return None

    def find(self, target: str, words: str) -> list[int]:
        """The ids of what is called so, that this person may see; by key first, then by title, then by id."""
        key = (target, words)
        if key not in self._known:
            self._known[key] = self._found(target, words)
        return self._known[key]

    def _found(self, target: str, words: str) -> list[int]:
        conn = self.work.conn
        if target == "person":
            person = tables.person
            exact = conn.execute(select(person.c.id).where(person.c.login == words.lower())).scalars().all()
            named = select(person.c.id).where(person.c.name == words, person.c.active)
            return list(exact) or list(conn.execute(named).scalars()) or self._by_id(target, words)
        if target == "department":
            id, name = titled(self.work, target)
            table = tables.department
            exact = conn.execute(select(table.c.id).where(table.c.key == words)).scalars().all()
            return (
                list(exact)
                or list(conn.execute(select(id).where(name == words)).scalars())
                or self._by_id(target, words)
            )
        if target not in self.work.catalog.forms:
            return self._by_id(target, words)
        form = self.work.form(target)
        if not access.may(form, self.work.actor, "view"):
            return []
        table = self.work.layout.table(target)
        seen = access.condition(self.work, form, self.work.actor, "view")
        query = select(table.c.id) if seen is None else select(table.c.id).where(seen)
        found: list[int] = []
        if form.key is not None and form.key in table.c and form.key in access.usable(form, self.work.actor):
            found = self._keyed(query, table.c[form.key], words)
        if not found:
            found = list(conn.execute(query.where(table.c[access.TITLE] == words).limit(3)).scalars())
        if not found and words.isascii() and words.isdigit() and len(words) < 19:
            found = list(conn.execute(query.where(table.c.id == int(words))).scalars())
        return found

    def _keyed(self, query: Any, column: Any, words: str) -> list[int]:
        """Records whose key reads so; a key that is a number is compared as one."""
        value: Any = words
        if column.type.python_type is not str:
            try:
                value = column.type.python_type(words)
            except (ValueError, ArithmeticError, TypeError, NotImplementedError):
                return []
        return list(self.work.conn.execute(query.where(column == value).limit(3)).scalars())

    def _by_id(self, target: str, words: str) -> list[int]:
        if not (words.isascii() and words.isdigit() and len(words) < 19):
            return []
        row = self.work.row(target, int(words))
        return [int(words)] if row is not None else []


def _may_import(work: Work, form: Form) -> None:
    if not access.may(form, work.actor, "import"):
        raise Refused(access.forbidden(work.catalog, form, "import"))


def _resolve(form: Form, groups: Sequence[_Group], work: Work) -> None:
    Names(work, form).resolve(groups)


# -- inner -------------------------------------------------------------------------------------------------------------


def _table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and the other rows with their numbers in the file (from 2); blank rows are left out."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Refused(problem(BAD_FILE, reason=error.strerror or str(error))) from error
    words = _decoded(content)
    try:
        dialect = csv.Sniffer().sniff(words[:4096], ",;\t") if words else csv.excel
    except csv.Error:
        dialect = csv.excel
    reader = csv.reader(io.StringIO(words, newline=""), delimiter=dialect.delimiter)
    try:
        rows = [(number, row) for number, row in enumerate(reader, 1) if any(c.strip() for c in row)]
    except csv.Error as error:
        raise Refused(problem(BAD_FILE, reason=str(error))) from error
    if not rows:
        raise Refused(problem(BAD_FILE, reason=text("它是空的", "it is empty")))
    return [c.strip() for c in rows[0][1]], rows[1:]


def _decoded(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused(problem(BAD_FILE, reason=text("编码认不出来", "its encoding is not known")))


def _known(form: Form) -> dict[str, Column | None]:
    """Every way a column may be called -> what it means. Names win over titles."""
    found: dict[str, Column | None] = {}
    for name, item in form.fields.items():
        if item.related is not None:
            continue
        if not item.columns:
            for words in item.title.words.values():
                found.setdefault(_folded(words), (name, None))
            continue
        for column in item.columns.values():
            for left in (name, *item.title.words.values()):
                for right in (column.name, *column.title.words.values()):
                    found.setdefault(_folded(f"{left}.{right}"), (name, column.name))
    for name, item in form.fields.items():
        if not item.columns and item.related is None:
            found[_folded(name)] = (name, None)
    return found


def _folded(words: str) -> str:
    return words.strip().casefold()


def _groups(form: Form, columns: Sequence[Column | None], rows: Sequence[tuple[int, list[str]]]) -> Iterator[_Group]:
    """The rows of one record together."""
    present: _Group | None = None
    for number, cells in rows:
        raw, lines = _cells(columns, cells)
        if present is not None and _goes_on(form, present.raw, raw, lines):
            present.rows.append((number, cells))
        else:
            if present is not None:
                yield present
            present = _Group([(number, cells)], dict(raw))
        for name, line in lines.items():
            present.raw.setdefault(name, []).append(line)
    if present is not None:
        yield present


def _cells(columns: Sequence[Column | None], cells: Sequence[str]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """A row's own values and its line of each list; empty cells are left out."""
    raw: dict[str, str] = {}
    lines: dict[str, dict[str, str]] = {}
    for column, given in zip(columns, cells, strict=False):
        if column is None or not given.strip():
            continue
        words = given[1:] if given.startswith("'") and given[1:].startswith(DANGEROUS) else given
        if column[1] is None:
            raw[column[0]] = words
        else:
            lines.setdefault(column[0], {})[column[1]] = words
    return raw, lines


def _goes_on(form: Form, before: Mapping[str, Any], raw: Mapping[str, str], lines: Mapping[str, Any]) -> bool:
    """Whether a row has further lines of the record above: it has lines, and the same key or nothing of its own."""
    if not lines:
        return False
    if not raw:
        return True
    return form.key is not None and form.key in raw and raw[form.key] == before.get(form.key)


def _write_rejected(
    path: Path, header: Sequence[str], rejected: Iterable[tuple[_Group, Sequence[Problem]]], language: str
) -> None:
    """The refused rows as they were, each record's reasons beside its first row."""

    def rows() -> Iterator[list[str]]:
        yield [*header, REASON.to(language)]
        for group, problems in rejected:
            for place, (_, cells) in enumerate(group.rows):
                filled = [*cells, *[""] * (len(header) - len(cells))][: len(header)]
                yield [*filled, _reasons(problems, language) if place == 0 else ""]

    with path.open("wb") as out:
        for piece in written(rows()):
            out.write(piece)


def _reasons(problems: Sequence[Problem], language: str) -> str:
    told = []
    for one in problems:
        where = f"{one.place.field}: " if one.place.field else ""
        told.append(f"{where}{one.message(language)} {one.remedy(language)}".strip())
    return "; ".join(told)
