"""Lists of records: what is asked becomes one page of what this person may see.

Why: a form's table may hold a hundred thousand records, and a page shows fifty. So the database first finds the ids
of the page by an index (nothing is joined for it), then reads the shown columns of these few. What is hidden in some
records only (sets of access add up record by record) is told by boolean columns of the same second query.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, false, func, literal, or_, select
from sqlalchemy.sql.selectable import FromClause

from engine.columns import alike, ids_in
from engine.definitions.model import SYSTEM, Form, FormField, View
from engine.expressions import sql
from engine.expressions.pointing import member_of
from engine.expressions.tree import Typed
from engine.problems import Refused, nearest, problem
from engine.problems.access import NO_SUCH_COLUMN, NO_SUCH_VIEW
from engine.runtime import far
from engine.runtime.access import (
    TITLE,
    compiled,
    condition,
    executed,
    forbidden,
    hidden_in,
    rights,
    sets,
    spread,
    usable,
)
from engine.runtime.compute import plain
from engine.runtime.reads import guard
from engine.runtime.record import Record
from engine.runtime.sorting import order_term, sort_of, titled
from engine.runtime.turns import concealed, taken_part
from engine.runtime.values import Actor, Ask, Listed, Page
from engine.runtime.work import Work
from engine.storage import tables

LIMIT = 200
"""The most rows a page may have."""

WORDS = 8
"""How many words of a search are looked for; the rest is left out."""


LONGEST = 200
"""How many characters of a word are looked for."""


@dataclass(frozen=True)
class Question:
    """A list's question in SQL: `where` must all hold; `order` are terms with descending, the last one is the id;
    `sort` is the order as names."""

    form: Form
    table: FromClause
    where: tuple[ColumnElement[bool], ...]
    order: tuple[tuple[ColumnElement[Any], bool], ...]
    sort: tuple[tuple[str, bool], ...]


def page(work: Work, form: Form, ask: Ask, columns: Sequence[str] | None = None) -> Page:
    """One page of the records that the actor may view and that fit what is asked.

    `columns` None: those of the view asked for, else of the first one. A page behind the last gives the last one.
    Raises Refused: the form may not be viewed; unknown view or column; a filter or sort by what is hidden from the
    actor.
    """
    asked = question(work, form, ask)
    shown = columns_of(work, form, ask, columns)
    limit = min(max(ask.limit, 1), LIMIT)
    number, ids, total = _slice(work, asked, max(ask.page, 1), limit)
    found = tuple(form.column(name) or name for name in shown)
    return Page(form, found, listed(work, form, ids, shown), total, number, limit, asked.sort)


def count(work: Work, form: Form, where: Typed | None = None) -> int:
    """How many records the actor may view fulfil this condition. Raises Refused as `page`."""
    return count_of(work, form, Ask(where=where))


def count_of(work: Work, form: Form, ask: Ask) -> int:
    """How many records fit what is asked, on all pages. Raises Refused as `page`."""
    return _count(work, question(work, form, ask))


def highest(work: Work, form: Form) -> int:
    """The highest id of the form's records: about how many there are, for nothing. 0: none."""
    table = work.layout.table(form.name)
    return int(work.conn.execute(select(func.max(table.c.id))).scalar() or 0)


def sums(
    work: Work, form: Form, ask: Ask, columns: Iterable[str], among: Sequence[int] | None = None
) -> dict[str, Any]:
    """The totals of those of the columns that are stored numbers which the actor sees in every record, tasks of theirs
    included: name -> Decimal.

    Over all pages; `among`: the ids of all that fit, where they are known already. Columns that can't be summed are left
    out.
    """
    asked = question(work, form, ask)
    hidden = spread(form, frozenset[str]().union(*concealed(work, form).values()))
    may_use = usable(form, work.actor) - hidden
    names = [n for n in columns if n in may_use and n in form.fields and _summed(form.fields[n])]
    if not names:
        return {}
    query = select(*(func.sum(asked.table.c[n]).label(n) for n in names))
    query = query.where(*asked.where) if among is None else query.where(asked.table.c.id.in_(among))
    row = executed(work, query).one()
    return {n: (row[i] if row[i] is not None else 0) for i, n in enumerate(names)}


def question(work: Work, form: Form, ask: Ask, action: str = "view") -> Question:
    """What is asked, with everything that limits this person, as SQL; of the records with which they may do `action`.

    Raises Refused as `page`.
    """
    table = work.layout.table(form.name)
    if not sets(form, work.actor, action):
        raise Refused(forbidden(work.catalog, form, action))
    allowed = condition(work, form, work.actor, action)
    where: list[ColumnElement[bool]] = [] if allowed is None else [allowed]
    view = view_of(form, work.actor, ask.view)
    if ask.view is not None and view is not None and view.where is not None:
        where.append(compiled(work, form.name, view.where))
    if ask.where is not None:
        where.extend(guard(work, form, [ask.where]))
        where.append(compiled(work, form.name, ask.where))
    where.extend(searched(work, form, ask.q))
    sort = sort_of(work, form, ask, view)
    terms = [(order_term(work, form, table, name), down) for name, down in sort]
    if not sort or sort[-1][0] != "id":
        terms.append((table.c.id, sort[-1][1] if sort else True))
    return Question(form, table, tuple(where), tuple(terms), sort)


def views(form: Form, actor: Actor) -> tuple[View, ...]:
    """The form's views that are for this person, in order."""
    return tuple(v for v in form.views.values() if actor.admin or not v.roles or v.roles & actor.roles)


def view_of(form: Form, actor: Actor, name: str | None) -> View | None:
    """The view of that name; without a name the first one, whose columns and sort (not its condition) a plain list has.

    None when the person has no view at all. Raises Refused when the named one is not there or not for them.
    """
    known = views(form, actor)
    if name is None:
        return known[0] if known else None
    for view in known:
        if view.name == name:
            return view
    raise Refused(problem(NO_SUCH_VIEW, form=form.title, name=name[:80], known=", ".join(v.name for v in known) or "–"))


def ids_of(work: Work, asked: Question, limit: int = -1) -> list[int]:
    """The ids of all records that fit, in order; the first `limit` of them (-1: all)."""
    return _ids(work, asked, 0, limit)


def listed(
    work: Work, form: Form, ids: Sequence[int], shown: Sequence[str], action: str = "view"
) -> tuple[Listed, ...]:
    """These records (with which the actor may do `action`) in this order, with the shown columns that no set which
    allows it hides in them."""
    if not ids:
        return ()
    held = _held(work, form, ids, action)
    if not any(_computed(form.column(n)) for n in shown):
        read = _read(work, form, ids, shown)
        return tuple(Listed(_without(read[id], held[id]), held[id]) for id in ids if id in read)
    records = {r.id: r for r in work.rows(form.name, ids) if r.id is not None}
    far.fetch(work, form, records.values(), [n for n in shown if n in form.far])
    rows = []
    for id in ids:
        record, hidden = records.get(id), held[id]
        if record is None:
            continue
        names = [n for n in _kept(form, shown) if n not in hidden]
        values = {n: _shown(work, form, record, n, hidden) for n in names}
        title, version = record.title, record.version
        rows.append(Listed(Record(form.name, id, values, work, version=version, title=title), hidden))
    return tuple(rows)


def searched(work: Work, form: Form, q: str) -> list[ColumnElement[bool]]:
    """Every word of `q` must occur in the record's title, in a searchable field, or in the title of what a field
    points at; only fields that the actor sees in every record are looked into. Empty for no words."""
    table = work.layout.table(form.name)
    fields = looked_into(form, work.actor)
    texts = [table.c[TITLE], *(f.field.searched(table.c[f.name]) for f in fields if f.field.searchable)]
    points = [(f, t) for f in fields for t in _whole(f) if f.name in table.c]
    found: list[ColumnElement[bool]] = [false()] if "\x00" in q else []
    for word in q.split()[:WORDS]:
        like = pattern(word)
        parts: list[ColumnElement[bool]] = [alike(c, like) for c in texts]
        for field, target in points:
            id, title = titled(work, target)
            column: ColumnElement[Any] = table.c[field.name]
            if field.field.target() is None:
                column = work.layout.column(form.name, table, member_of(field.name, target))
            named = select(id).where(alike(title, like))
            parts.append(exists(named.where(id.in_(ids_in(column)))) if field.field.several else column.in_(named))
        found.append(or_(*parts))
    return found


def looked_into(form: Form, actor: Actor) -> list[FormField]:
    """The fields that a search of the actor looks into: texts, and what points at records that have a title."""
    may_use = usable(form, actor)
    return [
        f for f in form.fields.values()
        if f.stored and not f.columns and f.name in may_use and (f.field.searchable or _whole(f))
    ]  # fmt: skip


def _whole(field: FormField) -> list[str]:
    """The forms that it may point at; a line has no title of its own."""
    return [t for t in field.field.targets() if "." not in t]


def pattern(word: str) -> str:
    """A word as a LIKE pattern that finds it anywhere; its own % and _ stand for themselves (escape character: \\)."""
    word = word[:LONGEST].replace("\x00", "")
    for special in ("\\", "%", "_"):
        word = word.replace(special, "\\" + special)
    return f"%{word}%"


def titles(work: Work, form: Form, rows: Iterable[Record]) -> dict[tuple[str, int], str]:
    """What everything is called that these rows point at, read in one query for each shape: (shape, id) -> title."""
    wanted: dict[str, set[int]] = {}
    for row in rows:
        for name, value in row.values.items():
            for shape, row_id in work.pointed(form.name, name, value):
                if "." not in shape:
                    wanted.setdefault(shape, set()).add(row_id)
    found: dict[tuple[str, int], str] = {}
    for shape, ids in wanted.items():
        id, title = titled(work, shape)
        for row_id, words in work.conn.execute(select(id, title).where(id.in_(sorted(ids)))):
            found[shape, row_id] = words or f"#{row_id}"
    return found


# -- inner -------------------------------------------------------------------------------------------------------------


def _slice(work: Work, asked: Question, number: int, limit: int) -> tuple[int, list[int], int]:
    """The page's number (not behind the last), its ids in order, and the count of all. Counts only where it must."""
    ids = _ids(work, asked, (number - 1) * limit, limit)
    if 0 < len(ids) < limit or (not ids and number == 1):
        return number, ids, (number - 1) * limit + len(ids)
    total = _count(work, asked)
    if not ids:
        number = max(1, -(-total // limit))
        ids = _ids(work, asked, (number - 1) * limit, limit)
    return number, ids, total


def _ids(work: Work, asked: Question, offset: int, limit: int) -> list[int]:
    order = [sql.ordered(term, down) for term, down in asked.order]
    query = (
        select(asked.table.c.id)
        .where(*asked.where)
        .order_by(*order)
        .limit(limit if limit >= 0 else None)
        .offset(offset)
    )
    return list(executed(work, query).scalars())


def _count(work: Work, asked: Question) -> int:
    query = select(func.count()).select_from(asked.table).where(*asked.where)
    return int(executed(work, query).scalar_one())


def columns_of(
    work: Work, form: Form, ask: Ask, columns: Sequence[str] | None, action: str = "view"
) -> tuple[str, ...]:
    """The columns shown: as asked for or as the view has them, without those that the actor sees in no record."""
    if columns is None:
        view = view_of(form, work.actor, ask.view)
        columns = view.columns if view is not None else tuple(form.fields)[:6]
    for name in columns:
        if form.column(name) is None and name not in SYSTEM:
            near = nearest(name, [*form.fields, *form.far, *SYSTEM])
            raise Refused(problem(NO_SUCH_COLUMN, form=form.title, name=name[:80], nearest=near))
    hidden = hidden_in(form, sets(form, work.actor, action), action)
    hidden |= {n for n in form.far if not far.seen(work.catalog, form, work.actor, n)}
    return tuple(dict.fromkeys(n for n in columns if n not in hidden and n.partition(".")[0] not in hidden))


def _held(work: Work, form: Form, ids: Sequence[int], action: str) -> dict[int, frozenset[str]]:
    """For each record the fields hidden in it: what none of the actor's sets that give `action` and hold for it
    shows."""
    found = _by_sets(work, form, ids, action)
    part = taken_part(work, form) if action == "view" else None
    if part is not None and ids:
        for id in work.conn.execute(part.where(tables.task.c.record.in_(ids)).distinct()).scalars():
            record = work.row(form.name, id)
            if record is not None:
                found[id] = rights(work, form, record).hidden
    for id, hide in concealed(work, form, ids).items() if action != "view" else ():
        found[id] |= spread(form, hide)
    return found


def _by_sets(work: Work, form: Form, ids: Sequence[int], action: str) -> dict[int, frozenset[str]]:
    mine = sets(form, work.actor, action)
    if len({spread(form, s.hide) for s in mine}) == 1:
        return dict.fromkeys(ids, spread(form, mine[0].hide))
    table = work.layout.table(form.name)
    marks = [literal(1) if s.where is None else compiled(work, form.name, s.where) for s in mine]
    query = select(table.c.id, *(m.label(f"set{i}") for i, m in enumerate(marks))).where(table.c.id.in_(ids))
    found: dict[int, frozenset[str]] = {}
    for row in executed(work, query):
        id, *holds = tuple(row)
        found[id] = hidden_in(form, [s for s, yes in zip(mine, holds, strict=True) if yes], action)
    return found


def _read(work: Work, form: Form, ids: Sequence[int], shown: Sequence[str]) -> dict[int, Record]:
    """The records with only their shown columns."""
    table = work.layout.table(form.name)
    names = [n for n in _kept(form, shown) if n in table.c and n != "id"]
    query = select(table.c.id, table.c.version, table.c[TITLE], *(table.c[n] for n in names)).where(table.c.id.in_(ids))
    found: dict[int, Record] = {}
    for found_row in work.conn.execute(query):
        row = tuple(found_row)
        values: dict[str, Any] = dict(zip(names, row[3:], strict=True))
        if "id" in shown:
            values["id"] = row[0]
        found[row[0]] = Record(form.name, row[0], values, work, version=row[1], title=row[2] or "")
    return found


def _without(record: Record, hidden: frozenset[str]) -> Record:
    """The record, which nobody else holds, without what is hidden."""
    if not hidden.isdisjoint(record.values):
        record.values = {n: v for n, v in record.values.items() if n not in hidden}
    return record


def _kept(form: Form, shown: Sequence[str]) -> tuple[str, ...]:
    """The names a listed record holds: what is shown and, where there is a workflow, its state."""
    return tuple(dict.fromkeys((*shown, "state"))) if form.workflow else tuple(shown)


def _computed(found: FormField | None) -> bool:
    """Whether a column needs the whole record: a formula computed when read, or lines."""
    return found is not None and (bool(found.columns) or not found.stored)


def _shown(work: Work, form: Form, record: Record, name: str, hidden: frozenset[str]) -> Any:
    """One value of a listed record, as it is kept in a record's values."""
    found = form.fields.get(name)
    if name == "id":
        return record.id
    if name in form.far:
        return far.value(work, form, record, name, hidden)
    if found is None or not _computed(found):
        return record.values.get(name)
    if found.columns:
        return [_line(line, found, name, hidden) for line in record.value(name) or []]
    if found.formula is None:
        return None
    return found.field.rounded(plain(work.value(found.formula, record)))


def _line(line: Record, found: FormField, name: str, hidden: frozenset[str]) -> Record:
    """A line, and its own lines, without their hidden columns."""
    inner = {
        n: [_line(one, c, f"{name}.{n}", hidden) for one in line.value(n) or []]
        for n, c in found.columns.items()
        if c.columns
    }
    twin = line.copy()
    twin.values = {n: v for n, v in {**twin.values, **inner}.items() if f"{name}.{n}" not in hidden}
    return twin


def _summed(found: FormField) -> bool:
    return found.stored and found.field.numeric and not found.field.share and not found.columns
