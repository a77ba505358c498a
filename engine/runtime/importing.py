"""A CSV file becomes records, each through the one door.

Why: a file from a spreadsheet is what most data arrive in. Its header may use the fields' names or titles, it may
name what it points at in people's words, and its lines may follow their record row by row. Every record is submitted
like one that a person typed, so no rule is passed by; what is refused comes back as a file with the reasons, to be
mended and read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine.definitions.model import Form, FormField
from engine.problems import Problem, Refused, problem
from engine.problems.access import NO_MATCH, SEVERAL_MATCH
from engine.runtime import access
from engine.runtime.ask import titled
from engine.runtime.exporting import written
from engine.runtime.keys import keyed
from engine.runtime.sheet import REASON, Group, columns_of, groups_of, of_records, table
from engine.runtime.work import Work
from engine.storage import tables

BATCH = 200
"""How many records are handed over together."""

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


def import_csv(
    form: Form, path: Path, read: Lookup, submit_many: SubmitMany, *, lines: str | None = None, language: str = "zh",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:  # fmt: skip
    """Submit every record of a CSV file; `progress` is told (rows done, rows in all) after each batch.

    The first line names fields (`phone`, or a title in any language) and columns of lists (`items.quantity`, or
    `明细.数量`). Rows that follow with the same value in the form's key field (or with only lists' columns filled) are
    further lines of the record above. With `lines` the rows are lines of that list of records that are there already:
    one column names the record by its key, and `submit_many` gets {"id": …, list: new lines}. Rows that point at
    records of the same file wait for them. Raises Refused when the file or its header can't be read: then nothing is
    done.
    """
    read(lambda work: _may_import(work, form))
    header, rows = table(path)
    columns = columns_of(form, header, lines)
    groups = list(groups_of(form, columns, rows)) if lines is None else of_records(form, columns, rows)
    run = _Run(form, lines, read, submit_many, lambda done: progress(done, len(rows)))
    run.all(groups)
    if run.rejected:
        run.report.rejected = path.with_name(f"{path.stem}.rejected.csv")
        _write_rejected(run.report.rejected, header, run.rejected, language)
    return run.report


class _Run:
    """One file on its way in: what was accepted, and what was refused with its problems."""

    def __init__(
        self, form: Form, lines: str | None, read: Lookup, submit_many: SubmitMany, progress: Callable[[int], None]
    ) -> None:
        self.form, self.lines, self.read, self.submit_many, self.progress = form, lines, read, submit_many, progress
        self.report = Report()
        self.rejected: list[tuple[Group, Sequence[Problem]]] = []
        self.done = 0

    def all(self, groups: Sequence[Group]) -> None:
        """Every record; those that point at others of the file again and again, as long as there are new ones."""
        waiting: list[tuple[Group, Sequence[Problem]]] = [(group, ()) for group in groups]
        while waiting:
            before = self.report.accepted
            waiting = self.once([group.afresh() for group, _ in waiting])
            if self.report.accepted == before:
                for group, problems in waiting:
                    self._reject(group, problems)
                return

    def once(self, groups: Sequence[Group]) -> list[tuple[Group, Sequence[Problem]]]:
        """Hand the records over, batch by batch; gives those whose only trouble may pass."""
        later: list[tuple[Group, Sequence[Problem]]] = []
        for start in range(0, len(groups), BATCH):
            some = groups[start : start + BATCH]
            self.read(partial(_resolve, self.form, self.lines, some))
            sound = [g for g in some if not g.problems]
            answers = self.submit_many([g.raw for g in sound]) if sound else ()
            refused = {id(g): a.problems for g, a in zip(sound, answers, strict=True) if a is not None}
            for group in some:
                problems = group.problems or refused.get(id(group), ())
                if not problems:
                    self.report.accepted += 1
                    self.done += len(group.rows)
                elif all(self._may_pass(p) for p in problems):
                    later.append((group, problems))
                else:
                    self._reject(group, problems)
            self.progress(self.done)
        return later

    def _may_pass(self, found: Problem) -> bool:
        """Whether it is only that a record isn't there, which may come with this very file."""
        if found.code != NO_MATCH or self.lines is not None:
            return False
        name, _, rest = str(found.place.field).partition(".")
        item = self.form.fields[name]
        target = item.columns[rest.rpartition(".")[2]] if rest else item
        return target.field.target() == self.form.name

    def _reject(self, group: Group, problems: Sequence[Problem]) -> None:
        self.report.refused += 1
        self.done += len(group.rows)
        self.rejected.append((group, problems))
        self.report.problems += [(group.rows[0][0], p) for p in problems]
        self.progress(self.done)


def each(
    works: Callable[[], Work], raws: Sequence[Mapping[str, Any]], verb: Callable[[Work, Mapping[str, Any]], Any]
) -> tuple[list[Refused | None], list[Work]]:
    """Do the verb for every raw record on one transaction, each for itself: what each was refused for (None: nothing),
    and the works of those that were done. `works` makes a unit of work on the transaction."""
    answers: list[Refused | None] = []
    done: list[Work] = []
    for raw in raws:
        work = works()
        try:
            with work.conn.begin_nested():
                verb(work, raw)
            answers.append(None)
            done.append(work)
        except Refused as refused:
            answers.append(refused)
    return answers, done


class Names:
    """Finds what cells point at: records by key, title or id, people by login or name, departments by key or name."""

    def __init__(self, work: Work, form: Form) -> None:
        self.work, self.form = work, form
        self._known: dict[tuple[str, str], list[int]] = {}

    def resolve(self, groups: Iterable[Group]) -> None:
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

    def _value(self, group: Group, found: FormField, given: str, path: str) -> Any:
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
            found = self._keyed(query, form, words)
        if not found:
            found = list(conn.execute(query.where(table.c[access.TITLE] == words).limit(3)).scalars())
        if not found and words.isascii() and words.isdigit() and len(words) < 19:
            found = list(conn.execute(query.where(table.c.id == int(words))).scalars())
        return found

    def _keyed(self, query: Any, form: Form, words: str) -> list[int]:
        """Records whose key reads so, as the key's own type reads it."""
        value = keyed(self.work, form, words)
        if value is None:
            return []
        column = self.work.layout.table(form.name).c[str(form.key)]
        return list(self.work.conn.execute(query.where(column == value).limit(3)).scalars())

    def _by_id(self, target: str, words: str) -> list[int]:
        if not (words.isascii() and words.isdigit() and len(words) < 19):
            return []
        row = self.work.row(target, int(words))
        return [int(words)] if row is not None else []


def _may_import(work: Work, form: Form) -> None:
    if not access.may(form, work.actor, "import"):
        raise Refused(access.forbidden(work.catalog, form, "import"))


def _resolve(form: Form, lines: str | None, groups: Sequence[Group], work: Work) -> None:
    names = Names(work, form)
    names.resolve(groups)
    for group in groups if lines is not None else ():
        words = group.raw.pop(str(form.key), "").strip()
        ids = names.find(form.name, words) if words else []
        if len(ids) == 1:
            group.raw["id"] = ids[0]
        else:
            code = SEVERAL_MATCH if ids else NO_MATCH
            group.problems.append(
                problem(code, field=str(form.key), title=form.title, value=words[:80], count=len(ids))
            )


# -- what is refused ---------------------------------------------------------------------------------------------------


def _write_rejected(
    path: Path, header: Sequence[str], rejected: Iterable[tuple[Group, Sequence[Problem]]], language: str
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
