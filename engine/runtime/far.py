"""Columns through references: what a list shows, sorts and filters by of the records that its records point at.

Why: a list of contracts says the level of their customers. Such a value is another record's, so it is that record's access
which decides: who may not see the field there, or not that record, doesn't see it here either, and nobody can ask a list
for what they may not see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from engine.definitions.model import Catalog, Form
from engine.runtime.access import hidden_in, may, rights, sets, usable
from engine.runtime.compute import unstored
from engine.runtime.record import Record
from engine.runtime.values import Actor, Rights
from engine.runtime.work import Work


def steps(catalog: Catalog, form: Form, path: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """The forms, of one of which the record is, and the field read of it, for each word of a path in `form.far`."""
    forms: tuple[str, ...] = (form.name,)
    for word in path.split("."):
        if len(forms) > 1 and word in forms:
            forms = (word,)
            continue
        yield forms, word
        forms = catalog.forms[forms[0]].fields[word].field.targets()


def seen(catalog: Catalog, form: Form, actor: Actor, path: str) -> bool:
    """Whether this person may see the column: each field on the way, in some record of each form."""
    for names, word in steps(catalog, form, path):
        for one in (catalog.forms[name] for name in names):
            if not may(one, actor, "view") or word in hidden_in(one, sets(one, actor, "view")):
                return False
    return True


def askable(catalog: Catalog, form: Form, actor: Actor) -> frozenset[str]:
    """What this person may filter and sort by: fields of the form, and columns whose fields they see in every record."""
    through = (p for p in form.far if _asked(catalog, form, actor, p))
    return usable(form, actor).union(through)


def _asked(catalog: Catalog, form: Form, actor: Actor, path: str) -> bool:
    return all(
        word in usable(catalog.forms[name], actor) for names, word in steps(catalog, form, path) for name in names
    )


def fetch(work: Work, form: Form, records: Iterable[Record], paths: Sequence[str]) -> None:
    """Read all records that these columns lead to, in one query for each form and step."""
    start = list(records)
    for path in paths:
        here = start
        for names, word in list(steps(work.catalog, form, path))[:-1]:
            pointed = {one for r in here if r.shape in names for one in work.pointed(r.shape, word, r.values.get(word))}
            shapes = {shape for shape, _ in pointed}
            here = [
                row for shape in sorted(shapes) for row in work.rows(shape, sorted(i for s, i in pointed if s == shape))
            ]


def value(work: Work, form: Form, record: Record, path: str, hidden: frozenset[str]) -> Any:
    """The value of such a column as its field keeps it; None where the way leads nowhere, or over what this person may not
    see. `hidden`: the fields of the record itself that they may not see."""
    at: Record | None = record
    found: Any = None
    for names, word in steps(work.catalog, form, path):
        if at is None or at.shape not in names:
            return None
        concealed = hidden if at is record else _rights(work, at).hidden
        if word in concealed or (at is not record and "view" not in _rights(work, at).can):
            return None
        field = work.catalog.forms[at.shape].fields[word]
        found = at.values.get(word) if field.stored else unstored(work, {word: field}, at).get(word)
        pointed = work.pointed(at.shape, word, found)
        at = work.row(*pointed[0]) if pointed else None
    return found


def _rights(work: Work, record: Record) -> Rights:
    """What this person may do with a record, asked once in a work."""
    known: dict[Record, Rights] = vars(work).setdefault("_far", {})
    if record not in known:
        known[record] = rights(work, work.form(record.shape), record)
    return known[record]
