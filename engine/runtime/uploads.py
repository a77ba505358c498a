"""Which files a record may hold: those that its author uploaded or may have, if its field takes them, or that it holds already.

Why: a file's number is easy to guess. Whoever could put any number into a record of their own could read any file. A file
that another record holds, and that they may have, comes as a file of its own: who may see it there and when it goes with
its record is decided there alone. And what a field takes is checked where the file arrives in a record, whichever door it
came through.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, false, insert, or_, select

from engine.definitions.model import SIGNATURE, Form, FormField
from engine.fields.base_file import size_in_words
from engine.problems import Problem, problem
from engine.problems.record import NO_SUCH_FILE
from engine.problems.value import FILE_TOO_LARGE
from engine.runtime.files import may_have, unfit
from engine.runtime.paths import places
from engine.runtime.reading import dotted
from engine.runtime.record import Record
from engine.runtime.work import Work
from engine.storage import tables

SIGNED = ":signature"
"""Where a file is held that somebody signed a decision with: by the record's history, not by a field."""


def check_answers(work: Work, fields: Mapping[str, FormField], answers: Record) -> list[Problem]:
    """Problems for file numbers that this actor may not answer a button's questions with."""
    found: list[Problem] = []
    for name, item in fields.items():
        given = list(_files(item, answers))
        kept = _own(work, given, signed=name == SIGNATURE) if given else {}
        if set(kept) != set(given):
            found.append(problem(NO_SUCH_FILE, field=f"ask.{name}", title=item.title))
        found += [p.at(field=f"ask.{name}") for id in kept for p in _fits(item.field.uploads() or {}, *kept[id])]
    return found


def signature(work: Work, answers: Record) -> int | None:
    """The file that the actor signs with: one of their own that nothing holds. What they signed another record with (many are
    decided at once) is kept once more."""
    given = answers.values.get(SIGNATURE)
    if not given:
        return None
    first = int(given[0])
    return _again(work, [first], author=False).get(first, first)


def check_files(work: Work, form: Form, record: Record, old: Record | None) -> list[Problem]:
    """Problems for file numbers that this actor may not put here."""
    found: list[Problem] = []
    if not form.uploading:
        return found
    held = {id for _, item, holder in places(form, old) for id in _files(item, holder)} if old is not None else set()
    for path, item, holder in places(form, record):
        new = [id for id in _files(item, holder) if id not in held]
        if not new:
            continue
        lent = [id for id in new if id not in _own(work, new) and may_have(work, id)]
        if lent:
            new = _taken(work, item, holder, lent, new)
        kept = _own(work, new)
        if set(kept) != set(new):
            found.append(problem(NO_SUCH_FILE, field=dotted(path), title=item.title))
        found += [p.at(field=dotted(path)) for id in kept for p in _fits(item.field.uploads() or {}, *kept[id])]
    return found


def own_copies(work: Work, form: Form, record: Record, names: Collection[str]) -> None:
    """Let what an action put into these fields be files of the record's own: not those of the record that it read them
    from, nor those that it has put into another."""
    used: set[int] = vars(work).setdefault("_put", set())
    for path, item, holder in places(form, record) if form.uploading else ():
        given = list(_files(item, holder)) if path[0] in names else []
        if not given:
            continue
        table = tables.file
        own = and_(table.c.form == form.name, table.c.record == record.id) if record.id is not None else false()
        elsewhere = select(table.c.id).where(table.c.id.in_(given), table.c.record.is_not(None), ~own)
        lent = {*work.conn.execute(elsewhere).scalars(), *(used & set(given))}
        used.update(_taken(work, item, holder, sorted(lent), given) if lent else given)


def _taken(work: Work, item: FormField, holder: Record, lent: Sequence[int], given: Sequence[int]) -> list[int]:
    """Put files of its own where a value has those of another record; gives all that it has then."""
    twins = _again(work, lent)
    ids = [twins.get(id, id) for id in given]
    holder.values[item.name] = tuple(twins.get(id, id) for id in _files(item, holder))
    return ids


def _again(work: Work, ids: Sequence[int], *, author: bool = True) -> dict[int, int]:
    """Enter those of these files that a record holds once more, as held by none; by number. `author`: as the actor's."""
    table, twins = tables.file, {}
    for row in work.conn.execute(select(table).where(table.c.id.in_(ids))).mappings().all():
        if row["record"] is None and author is False:
            continue
        again = {n: v for n, v in row.items() if n not in ("id", "form", "record", "field")}
        again |= {"created_at": work.now, **({"created_by": work.actor.id} if author else {})}
        key = work.conn.execute(insert(table).values(**again)).inserted_primary_key
        assert key is not None
        twins[row["id"]] = int(key[0])
    return twins


def _fits(limits: Mapping[str, Any], name: str, size: int, kind: str) -> list[Problem]:
    """A file that is too large for the field, or not of a kind that it takes."""
    most, accept = limits.get("max_size"), limits.get("accept") or ()
    if most is not None and size > most:
        return [problem(FILE_TOO_LARGE, name=name, limit=size_in_words(most))]
    return unfit(accept, name, kind)


def _files(item: FormField, holder: Record) -> tuple[int, ...]:
    return tuple(holder.values.get(item.name) or ()) if item.field.uploads() is not None else ()


def _own(work: Work, ids: list[int], *, signed: bool = False) -> dict[int, tuple[str, int, str]]:
    """Those of these files that the actor brought and no record holds (`signed`: or holds as their signature): name, size in
    bytes and media type by number."""
    table = tables.file
    query = select(table.c.id, table.c.name, table.c.size, table.c.type).where(
        table.c.id.in_(ids),
        table.c.created_by == work.actor.id,
        or_(table.c.record.is_(None), table.c.field == SIGNED) if signed else table.c.record.is_(None),
    )
    return {row.id: (row.name, row.size, row.type) for row in work.conn.execute(query)}
