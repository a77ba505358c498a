"""Two people changed one record: what each of them changed, what both did, and the values after a choice. Pure.

Why: nobody's change may be lost unseen. Compared are the values as the page opened them (`base`), as this person sends
them (`mine`) and as they are now (`theirs`), all as JSON; lines are compared by their ids, column by column. A page needn't
carry its base along: it is found by taking back what the history says happened since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from engine.runtime.values import Event

Values = Mapping[str, Any]
GONE = "__gone__"
"""Stands for a line that was taken away."""


@dataclass(frozen=True)
class Clash:
    """Both changed this value differently. `path`: a field, or `list.ID.column`, or `list.ID` for a whole line; so on within a
    line's own lists."""

    path: str
    mine: Any
    theirs: Any
    base: Any


@dataclass
class Merged:
    """`raw`: what is to be sent, my share of the changes. `clashes`; and the paths that only one of us changed."""

    raw: dict[str, Any] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    only_mine: list[str] = field(default_factory=list)
    only_theirs: list[str] = field(default_factory=list)


def earlier(values: Values, events: Iterable[Event], version: int) -> dict[str, Any]:
    """The values as they were in that version. `events` are the record's history, the newest first; of what is sensitive
    it has only the mask, which differs from every value."""
    out: dict[str, Any] = deepcopy(dict(values))
    for event in events:
        if event.version <= version:
            continue
        for change in event.changes:
            name = change.path[0]
            if len(change.path) == 1:
                if name in out:
                    out[name] = change.old
                continue
            *around, last = name.split(".")
            *held, id = change.path[1].lstrip("+-").split(".")
            column, holder = change.path[2], out
            for list_, outer in zip(around, held, strict=True):
                holder = next((r for r in holder.get(list_) or [] if str(r.get("id")) == outer), {})
            rows: list[dict[str, Any]] = holder.setdefault(last, [])
            row = next((r for r in rows if str(r.get("id")) == id), None)
            if change.path[1].startswith("+"):
                holder[last] = [r for r in rows if r is not row]
            elif row is None:
                rows.append({"id": int(id), column: change.old})
            else:
                row[column] = change.old
    return out


def merge(base: Values, mine: Values, theirs: Values, keep: Mapping[str, str]) -> Merged:
    """Merge my values with theirs. `keep` decides clashes by path (`mine` or `theirs`; mine without a decision)."""
    out = Merged()
    for name, value in mine.items():
        if _lines(value) or _lines(theirs.get(name)) or _lines(base.get(name)):
            _merge_lines(out, name, _rows(base.get(name)), value or [], _rows(theirs.get(name)), keep)
            continue
        if _one(out, name, base.get(name), value, theirs.get(name), keep):
            out.raw[name] = value
    for name, value in theirs.items():
        if name not in mine and name not in ("id", "state") and value != base.get(name) and not _lines(value):
            out.only_theirs.append(name)
    return out


def _one(out: Merged, path: str, base: Any, mine: Any, theirs: Any, keep: Mapping[str, str]) -> bool:
    """Whether my value is the one to send."""
    if mine in (base, theirs):
        if theirs not in (base, mine):
            out.only_theirs.append(path)
        return False
    if theirs == base:
        out.only_mine.append(path)
        return True
    out.clashes.append(Clash(path, mine, theirs, base))
    return keep.get(path, "mine") == "mine"


def _merge_lines(
    out: Merged,
    name: str,
    base: dict[str, Values],
    mine: list[Values],
    theirs: dict[str, Values],
    keep: Mapping[str, str],
) -> None:
    """All rows are sent, theirs as they are now with my columns put in."""
    my_rows = {str(row["id"]): row for row in mine if row.get("id")}
    rows: list[dict[str, Any]] = []
    before = len(out.only_mine) + len(out.clashes)
    for id, line in theirs.items():
        path = f"{name}.{id}"
        if id in my_rows:
            rows.append(_merge_line(out, path, base.get(id, {}), my_rows[id], line, keep))
        elif id not in base:
            out.only_theirs.append(path)
            rows.append({"id": id})
        elif _same(line, base[id]):
            out.only_mine.append(path)
        else:
            out.clashes.append(Clash(path, GONE, line, base[id]))
            if keep.get(path, "mine") == "theirs":
                rows.append({"id": id})
    for row in mine:
        id = str(row.get("id") or "")
        if not id:
            out.only_mine.append(f"{name}.+")
            rows.append(dict(row))
        elif id not in theirs:
            _they_removed(out, name, id, row, base, keep, rows)
    if len(out.only_mine) + len(out.clashes) > before:
        out.raw[name] = rows


def _merge_line(
    out: Merged, path: str, base: Values, mine: Values, theirs: Values, keep: Mapping[str, str]
) -> dict[str, Any]:
    row: dict[str, Any] = {"id": mine["id"]}
    for column, value in mine.items():
        at, was, now = f"{path}.{column}", base.get(column), theirs.get(column)
        if column == "id":
            continue
        if _lines(value) or _lines(now) or _lines(was):
            inner = Merged({}, out.clashes, out.only_mine, out.only_theirs)
            _merge_lines(inner, at, _rows(was), value or [], _rows(now), keep)
            if at in inner.raw:
                row[column] = inner.raw[at]
        elif _one(out, at, was, value, now, keep):
            row[column] = value
    return row


def _they_removed(
    out: Merged,
    name: str,
    id: str,
    row: Values,
    base: dict[str, Values],
    keep: Mapping[str, str],
    rows: list[dict[str, Any]],
) -> None:
    path, known = f"{name}.{id}", base.get(id, {})
    if all(known.get(c) == v for c, v in row.items() if c != "id"):
        out.only_theirs.append(path)
        return
    out.clashes.append(Clash(path, dict(row), GONE, known))
    if keep.get(path, "mine") == "mine":
        rows.append({c: v for c, v in row.items() if c != "id"})


def _same(one: Values, other: Values) -> bool:
    return {c: v for c, v in one.items() if c != "id"} == {c: v for c, v in other.items() if c != "id"}


def _rows(value: Any) -> dict[str, Values]:
    return {str(row["id"]): row for row in value or [] if isinstance(row, Mapping) and row.get("id")}


def _lines(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(v, Mapping) for v in value)
