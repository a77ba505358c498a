"""Submitting a new record: who may, what was typed, and then the path that all new records take (`flow`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.definitions.model import Form
from engine.problems import Problem, Refused, problem
from engine.problems.record import READONLY_FIELD
from engine.runtime import access, flow
from engine.runtime.reading import Given, Path, dotted, read_into
from engine.runtime.record import Record
from engine.runtime.uploads import check_files
from engine.runtime.values import Accepted
from engine.runtime.work import Work


def submit(
    work: Work, name: str, raw: Mapping[str, Any], *, confirmed: Collection[str] = (), request: str | None = None
) -> Accepted:
    """Create a record from raw values. Raises Refused: not theirs to create, or anything wrong with the values."""
    form = work.form(name)
    found = read(work, form, raw)
    flow.create(
        work, form, found.record, found.given, problems=found.problems, confirmed=confirmed, closed=found.closed,
        permit=found.permit,
    )  # fmt: skip
    flow.conclude(work, confirmed, request)
    return Accepted(found.record, work.open, tuple(work.notes))


@dataclass(frozen=True)
class Read:
    """A new record as it was read: the paths that were given, the fields closed to the actor, what was found wrong so
    far, and what says whether a set lets the actor create it once it is computed."""

    record: Record
    given: set[Path]
    closed: frozenset[str]
    problems: Sequence[Problem]
    permit: Callable[[Record], Problem | None]


def read(work: Work, form: Form, raw: Mapping[str, Any]) -> Read:
    """Read raw values into a new record. Raises Refused: it isn't the actor's to create."""
    if not access.may(form, work.actor, "create"):
        raise Refused(access.forbidden(work.catalog, form, "create"))
    record = work.blank(form.name)
    given = read_into(work, record, raw, form.fields, blank_rows=work.actor.channel != "browser")
    flow.system(work, form, record)
    offered = access.offered(form, work.actor, record, work)
    problems = [*given.problems, *check_files(work, form, record, None), *barred(form, given, offered.hidden, record)]
    closed = offered.readonly | offered.hidden
    return Read(record, given.paths - set(given.failed), closed, problems, partial(permit, work, form))


def barred(form: Form, given: Given, hidden: frozenset[str], record: Record) -> list[Problem]:
    """Problems for values that were given to fields the person can't even see."""
    found: list[Problem] = []
    for path in given.paths:
        name = str(path[0])
        if len(path) == 1 and name in hidden and path not in given.failed and record.values.get(name) not in (None, []):
            found.append(problem(READONLY_FIELD, field=dotted(path), title=form.fields[name].title))
    return found


def permit(work: Work, form: Form, record: Record) -> Problem | None:
    """Whether a set lets the actor create this very record, as it stands before it moves anywhere."""
    if access.whole(form, work.actor, "create") or "create" in access.rights(work, form, record).can:
        return None
    return access.forbidden(work.catalog, form, "create")
