"""A file's rows become records, each through the one door.

Why: a file from a spreadsheet is what most data arrive in. Its header may use the fields' names or titles, it may
name what it points at in people's words, and its lines may follow their record row by row. Every record is submitted or
changed like one that a person typed, so no rule is passed by; what is refused comes back as a file with the reasons, to
be mended and read again. Whether all of it is one transaction, many, or only a rehearsal is decided by whoever calls
`take` batch by batch (`imports`).
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import IntegrityError

from engine.definitions.model import Form
from engine.problems import Problem, Refused
from engine.problems.access import NO_MATCH
from engine.runtime import access, change, many, submit
from engine.runtime.finding import Names
from engine.runtime.sheet import KEY, REASON, Group, columns_of, groups_of, of_records
from engine.runtime.spreadsheets import Sheet
from engine.runtime.titles import place_title
from engine.runtime.values import ANY
from engine.runtime.work import Work
from engine.texts import LANGUAGES, text

BATCH = 5000
"""How many records are handed over together."""

FEW = 8
"""How many records that can't be stored together are tried one by one rather than halved again."""

NAMED = 5
"""How many rows with the same problem a report names."""

MADE, CHANGED, SAME = 1, 2, 3
"""What became of an accepted record: it is new, was changed, or was so already."""

_COLON, _SEMICOLON = text("：", ": "), text("；", "; ")


@dataclass(frozen=True)
class Plan:
    """How a file comes in.

    `mode` is `create` (every record is new), `update` (those that are there, by their key or `id`) or `upsert` (the one
    or the other); empty cells leave a field as it is. `columns`: what each column of the file fills, `phone` or
    `items.quantity`, "" for nothing; None: told by the titles, and one that means nothing is refused. `lines`: the rows
    are further lines of that list of records that are there. `together`: all or nothing. `confirm`: warnings count as
    confirmed; otherwise they refuse.
    """

    mode: str = "create"
    columns: tuple[str, ...] | None = None
    lines: str | None = None
    together: bool = False
    confirm: bool = False


@dataclass
class Incoming:
    """One file on its way in: its records, what became of those that were accepted (`taken`; 0: they weren't yet), and what
    the others were refused for. `fates` has what becomes of a record that is accepted, where it isn't MADE."""

    form: Form
    plan: Plan
    header: list[str]
    groups: list[Group]
    taken: bytearray
    refused: dict[int, Sequence[Problem]] = field(default_factory=dict)
    fates: dict[int, int] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        """How many records were accepted."""
        return len(self.taken) - self.taken.count(0)

    def counts(self) -> dict[str, int]:
        """How many were accepted, how many of these were changed or so already, how many were refused."""
        changed, same = self.taken.count(CHANGED), self.taken.count(SAME)
        return {"accepted": self.accepted, "changed": changed, "same": same, "refused": len(self.refused)}

    def fate(self, place: int) -> int:
        """What becomes of a record if it is accepted."""
        return self.fates.get(place, MADE)

    @property
    def done(self) -> int:
        """How many records have been decided."""
        return self.accepted + len(self.refused)

    def again(self) -> Incoming:
        """The same file as it was read, with nothing accepted yet."""
        return Incoming(self.form, self.plan, self.header, self.groups, bytearray(len(self.groups)))

    def batches(self) -> Iterator[list[int]]:
        """The places of the records to take next, until all are decided: those that point at others of the file come
        again and again, as long as there are new ones. `tell` what became of each before asking for more."""
        waiting = [n for n in range(len(self.groups)) if not self.taken[n]]
        while waiting:
            before, self._later = self.accepted, []
            for start in range(0, len(waiting), BATCH):
                yield waiting[start : start + BATCH]
            waiting = [n for n, _ in self._later]
            if self.accepted == before:
                self.refused.update(self._later)
                return

    def tell(self, places: Sequence[int], answers: Sequence[Sequence[Problem]]) -> None:
        """What became of these records: no problems for one that was accepted."""
        for place, problems in zip(places, answers, strict=True):
            if not problems:
                self.taken[place] = self.fate(place)
            elif all(self._may_pass(p) for p in problems):
                self._later.append((place, problems))
            else:
                self.refused[place] = problems

    _later: list[tuple[int, Sequence[Problem]]] = field(default_factory=list)

    def _may_pass(self, found: Problem) -> bool:
        """Whether it is only that a record isn't there, which may come with this very file."""
        if found.code != NO_MATCH or self.plan.lines is not None:
            return False
        item = self.form.named(".".join(str(found.place.field).split(".")[::2]))
        return item is not None and self.form.name in item.field.targets()

    def problems(self) -> Iterator[tuple[int, Problem]]:
        """What is wrong, with the number of the record's first row in the file."""
        for place in sorted(self.refused):
            for one in self.refused[place]:
                yield self.groups[place].rows[0][0], one

    def report(self, limit: int) -> list[dict[str, Any]]:
        """What is wrong, the same in many rows told once, as JSON; `limit` different ones at most.

        `rows` names the first rows with it, `count` is how many there are.
        """
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for row, one in self.problems():
            column = re.sub(r"\.\d+", "", one.place.field or "")
            key = (column, one.message(LANGUAGES[0]))
            if key not in found and len(found) < limit:
                found[key] = told([], one.at(field=column))
            if key in found:
                found[key]["count"] += 1
                found[key]["rows"] = [*found[key]["rows"], row][:NAMED]
        return list(found.values())

    def rejected(self, language: str) -> Iterator[list[str]]:
        """The refused rows as they were, each record's reasons beside its first row; the header first."""
        yield [*self.header, REASON.to(language)]
        width = len(self.header)
        for place in sorted(self.refused):
            for number, (_, cells) in enumerate(self.groups[place].rows):
                filled = [*cells, *[""] * (width - len(cells))][:width]
                yield [*filled, _reasons(self.form, self.refused[place], language) if number == 0 else ""]


def incoming(work: Work, form: Form, sheet: Sheet, plan: Plan) -> Incoming:
    """What a file holds by this plan. Raises Refused: this person may not import, or the columns don't fit the plan."""
    if not access.may(form, work.actor, "import"):
        raise Refused(access.forbidden(work.catalog, form, "import"))
    columns = columns_of(form, sheet.header, plan.lines, plan.columns, plan.mode)
    rows = sheet.rows
    groups = list(groups_of(form, columns, rows)) if plan.lines is None else of_records(form, columns, rows)
    return Incoming(form, plan, sheet.header, groups, bytearray(len(groups)))


def take(
    works: Callable[[], Work], file: Incoming, places: Sequence[int]
) -> tuple[list[Sequence[Problem]], list[Work]]:
    """Submit or change these records of a file in the present transaction, each for itself.

    Gives for each why it was refused (nothing: it was accepted), and the units of work of those that were done. `works`
    makes a unit of work on the transaction.
    """
    groups = [file.groups[n].afresh() for n in places]
    done: list[Work] = []
    with undisturbed():
        Names(works(), file.form).resolve(groups, file.plan.mode, file.plan.lines)
        answers = _some(works, file, groups, done)
    file.fates |= {n: group.fate for n, group in zip(places, groups, strict=True) if group.fate != MADE}
    return answers, done


@contextmanager
def undisturbed() -> Iterator[None]:
    """Don't look meanwhile for what could be freed: all that reading a file, or a batch of it, makes is needed to the end."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _some(
    works: Callable[[], Work], file: Incoming, groups: Sequence[Group], done: list[Work]
) -> list[Sequence[Problem]]:
    """Take these: at once if that is the same; those apart that are known to stand in the way; halved when something among
    them does; else one by one."""
    try:
        known = _together(works, file, groups, done)
    except many.Guilty as guilty:
        innocent = iter(_some(works, file, [g for n, g in enumerate(groups) if n not in guilty.places], done))
        rest = [None if n in guilty.places else next(innocent) for n in range(len(groups))]
        return _each(works, file, groups, rest, done)
    if known is None and len(groups) > FEW:
        half = len(groups) // 2
        return [*_some(works, file, groups[:half], done), *_some(works, file, groups[half:], done)]
    return _each(works, file, groups, known or [None] * len(groups), done)


def _each(
    works: Callable[[], Work], file: Incoming, groups: Sequence[Group], known: Sequence[Sequence[Problem] | None],
    done: list[Work],
) -> list[Sequence[Problem]]:  # fmt: skip
    """Try by itself each of which nothing is known yet."""
    answers: list[Sequence[Problem]] = []
    for group, answer in zip(groups, known, strict=True):
        if group.problems or answer is not None:
            answers.append(group.problems or answer or ())
            continue
        work = works()
        try:
            with work.conn.begin_nested():
                group.fate = _verb(work, file.form, file.plan, group.raw)
        except Refused as refused:
            answers.append(refused.problems)
        else:
            answers.append(())
            done.append(work)
    return answers


def _together(
    works: Callable[[], Work], file: Incoming, groups: Sequence[Group], done: list[Work]
) -> list[Sequence[Problem] | None] | None:
    """Create at once what may be created at once; in the answers None is what must be tried by itself. None: it can't
    be done together as they are."""
    answers: list[Sequence[Problem] | None] = [None] * len(groups)
    sound = [n for n, group in enumerate(groups) if not group.problems]
    work = works()
    if file.plan.mode != "create" or file.plan.lines or len(sound) < 2 or not many.together(work.catalog, file.form):
        return answers
    try:
        with work.conn.begin_nested():
            found = many.submit_many(work, file.form, [groups[n].raw for n in sound], _confirmed(file.plan))
    except (Refused, IntegrityError):
        return None
    except many.Guilty as guilty:
        raise many.Guilty({sound[n] for n in guilty.places}) from None
    for n, answer in zip(sound, found, strict=True):
        answers[n] = answer
    done.append(work)
    return answers


def _confirmed(plan: Plan) -> Collection[str]:
    return ANY if plan.confirm else ()


def _verb(work: Work, form: Form, plan: Plan, raw: Mapping[str, Any]) -> int:
    """Submit or change one record, and give what became of it."""
    confirmed = _confirmed(plan)
    id = raw.get(KEY)
    given = {name: value for name, value in raw.items() if name != KEY}
    if plan.lines is not None:
        change.add_lines(work, form.name, raw[KEY], plan.lines, given.get(plan.lines) or (), confirmed=confirmed)
        return CHANGED
    if id is None:
        submit.submit(work, form.name, given, confirmed=confirmed)
        return MADE
    before = work.row(form.name, id)
    version = before.version if before is not None else None
    done = change.change(work, form.name, id, given, confirmed=confirmed)
    return SAME if done.record.version == version else CHANGED


# -- what is refused ---------------------------------------------------------------------------------------------------


def told(rows: list[int], found: Problem) -> dict[str, Any]:
    """A problem of these rows as JSON, worded in all languages."""
    return {
        "rows": rows, "count": len(rows), "field": found.place.field, "code": found.code,
        "message": {language: found.message(language) for language in LANGUAGES},
        "remedy": {language: found.remedy(language) for language in LANGUAGES},
    }  # fmt: skip


def _reasons(form: Form, problems: Sequence[Problem], language: str) -> str:
    """What is wrong and where, by the titles of the fields and the numbers of the record's lines."""
    told = []
    for one in problems:
        path, said = one.place.field or "", one.said(language)
        where = place_title(form, path, language)
        named = not where or ("." not in path and where in said)
        told.append(said if named else f"{where}{_COLON.to(language)}{said}")
    return _SEMICOLON.to(language).join(told)
