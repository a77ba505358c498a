"""Writing a record's changed columns and lines, and telling what was touched.

Why: what reads a value must be computed anew when it changes. So whoever stores anything gets to know which members of
which rows changed, with their values before and after; who follows that up is `spread`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from engine.definitions.model import Form, FormField
from engine.runtime.record import Record
from engine.runtime.work import Work
from engine.storage import records
from engine.texts import LANGUAGES

ALWAYS = ("state", "state_since", "owner", "created_by", "created_at", "updated_by", "updated_at")
"""System members that are stored with every record."""


class Touch(NamedTuple):
    """A stored row that changed: which of its members, and their values before and after (for inverse references).

    `parent` is the id of the record, or the line, that holds the line, `main` that of its record; both None for a record.
    """

    shape: str
    id: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    names: frozenset[str]
    parent: int | None = None
    main: int | None = None

    @property
    def fresh(self) -> bool:
        """Whether the row has just come to be: nothing can know it yet."""
        return not self.before and bool(self.after) and "id" in self.names


class Writes:
    """Changes of rows that are written together, in the end."""

    def __init__(self) -> None:
        self._rows: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}

    def update(self, shape: str, id: int, values: Mapping[str, Any]) -> None:
        """Change a row when they are written."""
        self._rows.setdefault(shape, []).append((id, values))

    def write(self, work: Work) -> None:
        """Write all of them."""
        for shape, rows in self._rows.items():
            records.update_many(work.conn, work.layout, shape, rows)
        self._rows = {}


def store(work: Work, form: Form, record: Record, *, bump: bool = False, writes: Writes | None = None) -> list[Touch]:
    """Write a stored record's changed columns, lines and title (or leave it to `writes`); give what changed.

    Doesn't spread.
    """
    assert record.id is not None
    key = (form.name, record.id)
    kept = work.kept[key]
    touches: list[Touch] = []
    touches.extend(store_lines(work, form, record, writes))
    title = work.render(form.record_title, LANGUAGES[0], record).strip()
    now = {n: record.values.get(n) for n in (*ALWAYS, *columns(form.fields))}
    changed = {n: v for n, v in now.items() if kept.values.get(n) != v}
    if not changed and not touches and title == kept.title:
        return []
    if bump and (changed or touches) and key not in work.bumped:
        work.bumped.add(key)
        record.version += 1
        record.values["updated_at"] = changed["updated_at"] = work.now
        record.values["updated_by"] = changed["updated_by"] = work.actor.id
    written = {**changed, "version": record.version, "_definition": form.digest}
    if title != kept.title:
        written["_title"] = record.title = title
    _update(work, writes, form.name, record.id, written)
    names = frozenset((*changed, *(("_title",) if title != kept.title else ())))
    touches.append(Touch(form.name, record.id, dict(kept.values), {**kept.values, **changed}, names))
    kept.values.update(changed)
    kept.title, kept.definition = title, form.digest
    return touches


def _update(work: Work, writes: Writes | None, shape: str, id: int, values: Mapping[str, Any]) -> None:
    if writes is None:
        records.update(work.conn, work.layout, shape, id, values)
    else:
        writes.update(shape, id, values)


def store_lines(work: Work, form: Form, record: Record, writes: Writes | None = None) -> list[Touch]:
    """Write a stored record's lines, as far as they are at hand: those that are gone, the innermost first, then those that
    are new or changed, the outermost first; give what changed."""
    assert record.id is not None
    touches: list[Touch] = []
    lists = {name: found for name, found in form.line_forms().items() if _at_hand(work, record, name)}
    for name, found in reversed(lists.items()):
        touches += _drop_lines(work, record, name, found)
    for name, found in lists.items():
        _let_go(work, record, name, found)
        above, _, last = name.rpartition(".")
        for holder in record.at_hand(above) if above else (record,):
            if last in holder.values:
                touches += _put_lines(work, record, holder, name, found, writes)
    return touches


def _at_hand(work: Work, record: Record, name: str) -> bool:
    """Whether lines of that list are at hand, or were."""
    above, _, last = name.rpartition(".")
    holders = record.at_hand(above) if above else [record]
    return any(last in holder.values for holder in holders) or bool(
        work.kept[record.shape, record.id or 0].lines.get(name)
    )


def _drop_lines(work: Work, record: Record, name: str, found: FormField) -> list[Touch]:
    """Delete the lines `name` that were there and aren't any more."""
    assert record.id is not None
    shape = f"{record.shape}.{name}"
    known = work.kept[record.shape, record.id].lines.setdefault(name, {})
    happened = work.happened.get((record.shape, record.id))
    if happened is not None and name not in happened.lines:
        record.lines(name)  # history tells all of them
        happened.lines[name] = {id: dict(values) for id, values in known.items()}
    touches: list[Touch] = []
    names = columns(found.columns)
    staying = {line.id for line in record.at_hand(name) if line.id is not None}
    for id in [i for i in known if i not in staying]:
        records.delete(work.conn, work.layout, shape, id)
        before = known.pop(id)
        work.lose(shape, id)
        touches.append(Touch(shape, id, before, {}, frozenset((*names, "id", "parent")), before["parent"], record.id))
    return touches


def _let_go(work: Work, record: Record, name: str, found: FormField) -> None:
    """Empty the values that must be unique and that one line hands to another, so that no two have them meanwhile."""
    known = work.kept[record.shape, record.id or 0].lines.get(name, {})
    once = [n for n, column in found.columns.items() if column.field.unique]
    lines = record.at_hand(name) if once and known else []
    for column in once:
        had = {known[line.id][column]: line.id for line in lines if line.id in known}
        taken = {had[v]: v for line in lines if (v := line.values.get(column)) in had and had[v] != line.id}
        for id, value in taken.items():
            if value is not None:
                records.update(work.conn, work.layout, f"{record.shape}.{name}", id, {column: None})


def _put_lines(
    work: Work, record: Record, holder: Record, name: str, found: FormField, writes: Writes | None
) -> list[Touch]:
    """Write the new and the changed lines `name` of a record, or of one of its lines."""
    assert record.id is not None and holder.id is not None
    shape, names = f"{record.shape}.{name}", columns(found.columns)
    known = work.kept[record.shape, record.id].lines[name]
    order = [id for id, values in known.items() if values["parent"] == holder.id]
    touches: list[Touch] = []
    for position, line in enumerate(holder.values[found.name] or []):
        now = {n: line.values.get(n) for n in names}
        line.parent = holder
        if line.id is None:
            values = {**now, "parent_id": holder.id, "position": position}
            line.id = records.insert(work.conn, work.layout, shape, values)
            work.enter(line)
            touches.append(Touch(shape, line.id, {}, now, frozenset((*names, "id", "parent")), holder.id, record.id))
        else:
            work.enter(line)
            before = known[line.id]
            changed = {n: v for n, v in now.items() if before.get(n) != v}
            if position >= len(order) or order[position] != line.id:
                changed["position"] = position
            if not changed:
                continue
            _update(work, writes, shape, line.id, changed)
            touches.append(Touch(shape, line.id, before, now, frozenset(changed), holder.id, record.id))
        known[line.id] = {**now, "parent": holder.id}
    return touches


def put_in_order(work: Work, form: Form, record: Record) -> None:
    """Bring a record's lines, as far as they are read, into the order that their list's `sort` says: as in a list of
    records, what is pointed at by its title, and empty values the smallest."""
    for path, found in form.line_forms().items():
        above, _, name = path.rpartition(".")
        for holder in (record.at_hand(above) if above else [record]) if found.sort else ():
            lines = holder.values.get(name)
            if isinstance(lines, list):
                for column, down in reversed(found.sort):
                    lines = sorted(lines, key=lambda line, c=column: _rank(work, found, c, line), reverse=down)  # type: ignore[misc]
                holder.values[name] = lines


def _rank(work: Work, found: FormField, column: str, line: Record) -> tuple[bool, Any]:
    value = line.id if column == "id" else line.values.get(column)
    target = found.columns[column].field.target() if column in found.columns else None
    if target is not None and isinstance(value, int):
        value = work.title_of(target, value)
    return value is not None, value


def gone(shape: str, row: Record, fields: Mapping[str, FormField]) -> Touch:
    """The touch of a row that is about to be deleted."""
    assert row.id is not None
    before = {n: row.values.get(n) for n in (*ALWAYS, *columns(fields))}
    names = frozenset((*before, "id", "parent", "_title"))
    holder = row.parent
    return Touch(
        shape, row.id, before, {}, names, holder.id if holder is not None else None, row.main.id if holder else None
    )


def columns(fields: Mapping[str, FormField]) -> list[str]:
    """The names of the fields that have a column."""
    return [n for n, f in fields.items() if f.kept]
