"""Finding a record by what people outside call it: its key, its title, or its number.

Why: imports and demo data name records as people do (`HT-00001`, a customer's name, a login), never by ids.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select

from engine.definitions.model import Form
from engine.expressions.pointing import BETWEEN
from engine.problems import Refused
from engine.runtime.reading import place
from engine.runtime.work import Work
from engine.storage import tables


def form_named(work: Work, shapes: Sequence[str], words: str) -> tuple[tuple[str, ...], str]:
    """Which of several forms somebody means who writes `客户: 东方机械`, `customer: C001` or `customer/7`, and the words that
    name the record; all of the forms where none is named."""
    if len(shapes) > 1:
        for sign in (":", "：", BETWEEN):
            head, found, rest = words.partition(sign)
            for shape in shapes if found else ():
                titles = work.form(shape).title.words.values()
                if head.strip() == shape or head.strip() in titles:
                    return (shape,), f"#{rest.strip()}" if sign == BETWEEN else rest.strip()
    return tuple(shapes), words.strip()


def hits_of(
    work: Work, shapes: Sequence[str], words: str, find: Callable[[str, str], list[int]]
) -> list[tuple[str, int]]:
    """The (shape, id) of all that is called so, in the one form that the words name or in any of them."""
    forms, rest = form_named(work, shapes, words)
    return [(form, id) for form in forms for id in find(form, rest.removeprefix("#") if len(shapes) > 1 else rest)]


def find(work: Work, shape: str, name: str) -> int | None:
    """The id of the record, person or department called `name`; None when there is none, or several.

    A record is found by its form's key field, then by its title, then by `#12`. A person by login, then by name; a
    department by key, then by name in any language.
    """
    words = name.strip()
    if shape == "person":
        return _person(work, words)
    if shape == "department":
        return _department(work, words)
    if "." in shape:
        return int(words.removeprefix("#")) if words.removeprefix("#").isdigit() else None
    form = work.form(shape)
    table = work.layout.table(shape)
    for column, value in ((form.key, keyed(work, form, words)), ("_title", words)):
        if column is None or column not in table.c or value is None:
            continue
        found = list(work.conn.execute(select(table.c.id).where(table.c[column] == value).limit(2)).scalars())
        if found:
            return found[0] if len(found) == 1 else None
    if words.startswith("#") and words[1:].isascii() and words[1:].isdigit():
        return int(words[1:])
    return None


def keyed(work: Work, form: Form, words: str) -> Any:
    """What these words are as a value of the form's key; None when they can't be one, or there is no key."""
    if form.key is None:
        return None
    item = form.fields[form.key]
    try:
        return item.field.parse(words, place(work, item, form.key))
    except Refused:
        return None


def _person(work: Work, words: str) -> int | None:
    person = tables.person
    for column in (person.c.login, person.c.name):
        found = list(work.conn.execute(select(person.c.id).where(column == words).limit(2)).scalars())
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _department(work: Work, words: str) -> int | None:
    department = tables.department
    rows = work.conn.execute(select(department.c.id, department.c.key, department.c.name)).all()
    found = [r.id for r in rows if words == r.key] or [r.id for r in rows if words in (r.name or {}).values()]
    return found[0] if len(found) == 1 else None
