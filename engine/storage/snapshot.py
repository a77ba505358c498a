"""What a form's tables looked like when its definition was last applied, kept in the database as JSON.

Why: a change of a definition is found against what was applied last, never against the live tables: those don't know
that a column was renamed, that a number's decimals changed, or which options there were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Connection, Date, Integer, String, Table, delete, insert, select
from sqlalchemy.types import TypeEngine

from engine.columns import Dec
from engine.definitions.model import Form, FormField
from engine.storage import tables
from engine.storage.layout import OWN, OWN_OF_LINES, Layout
from engine.texts import Text


@dataclass(frozen=True)
class Column:
    """A stored field; `type` as in YAML.

    `kind` is how it is kept (`text number boolean date record …`), `scale` a number's decimals, `target` the shape it
    points at (several with `|` between), `options` the names it may have (None: any); `computed`: a formula gives it.
    """

    title: Text
    type: str
    kind: str
    scale: int
    target: str | None
    options: tuple[str, ...] | None
    computed: bool


@dataclass(frozen=True)
class Index:
    """An index of a table."""

    columns: tuple[str, ...]
    unique: bool


@dataclass(frozen=True)
class Kept:
    """One table: its form's (list "") or that of a list of lines. `indexes` by their names in the database."""

    table: str
    title: Text
    columns: Mapping[str, Column]
    indexes: Mapping[str, Index]


@dataclass(frozen=True)
class Snapshot:
    """A form as applied. `computed`: as a whole, so that nothing in it was typed.

    `lists` maps "" to the form's own table and each list of lines to its; `states` in order, empty without a workflow.
    """

    form: str
    digest: str
    title: Text
    states: tuple[str, ...]
    lists: Mapping[str, Kept]
    computed: bool = False


def snapshot(form: Form, layout: Layout) -> Snapshot:
    """What this form's tables are in this layout."""
    lists = {"": _kept(form.title, form.fields, layout.table(form.name))}
    for name, lines in form.line_forms().items():
        lists[name] = _kept(lines.title, lines.columns, layout.table(f"{form.name}.{name}"))
    states = tuple(form.workflow.states) if form.workflow else ()
    return Snapshot(form.name, form.digest, form.title, states, lists, form.computed is not None)


def applied(conn: Connection) -> dict[str, Snapshot]:
    """What was applied last, by form."""
    return {row.form: _read(row.form, row.digest, row.snapshot) for row in conn.execute(select(tables.applied))}


def number(conn: Connection) -> int:
    """How often what is applied was changed."""
    return conn.execute(select(tables.edition.c.number)).scalar() or 0


def remember(conn: Connection, snapshots: Mapping[str, Snapshot], gone: set[str], at: datetime) -> None:
    """Keep what is applied now; forget the forms that are gone."""
    there = applied(conn)
    if gone & there.keys() or any(there.get(name) != found for name, found in snapshots.items()):
        before = number(conn)
        conn.execute(delete(tables.edition))
        conn.execute(insert(tables.edition).values(id=1, number=before + 1))
    for name in gone & there.keys():
        conn.execute(delete(tables.applied).where(tables.applied.c.form == name))
    for name, found in snapshots.items():
        if there.get(name) != found:
            conn.execute(delete(tables.applied).where(tables.applied.c.form == name))
            row = {"form": name, "digest": found.digest, "snapshot": _json(found), "at": at}
            conn.execute(insert(tables.applied).values(row))


def kind_of(found: TypeEngine[Any]) -> tuple[str, int]:
    """How a column keeps its values, and a number's decimals. Two columns of one kind can read each other's values."""
    if isinstance(found, Dec):
        return "number", found.scale
    for base, kind in ((String, "text"), (Boolean, "boolean"), (Integer, "number"), (Date, "date")):
        if isinstance(found, base):
            return kind, 0
    return type(found).__name__.lower(), 0


def _kept(title: Text, fields: Mapping[str, FormField], table: Table) -> Kept:
    own = (*OWN, *OWN_OF_LINES) if "parent_id" in table.c else OWN
    columns = {str(c.name): _column(fields[c.name], c.type) for c in table.c if c.name in fields and c.name not in own}
    indexes = {str(i.name): Index(tuple(str(c.name) for c in i.columns), bool(i.unique)) for i in table.indexes}
    return Kept(str(table.name), title, columns, dict(sorted(indexes.items())))


def _column(field: FormField, found: TypeEngine[Any]) -> Column:
    kind, scale = kind_of(found)
    target = "|".join(field.field.targets()) or None
    options = tuple(field.options) if field.options else None
    computed = field.formula is not None
    return Column(
        field.title,
        field.field.name,
        _pointing(field) or kind,
        scale,
        target,
        options,
        computed,
    )


def _pointing(field: FormField) -> str | None:
    """How what points at records is kept: by an id, several, or the form and the id; None: it points at nothing."""
    targets = field.field.targets()
    kind = "record" if len(targets) == 1 else "pointer"
    return None if not targets else f"{kind}s" if field.field.several else kind


def _json(found: Snapshot) -> dict[str, Any]:
    lists = {
        name: {
            "table": kept.table,
            "title": dict(kept.title.words),
            "columns": {
                column: {
                    "title": dict(c.title.words),
                    "type": c.type,
                    "kind": c.kind,
                    "scale": c.scale,
                    "target": c.target,
                    "options": None if c.options is None else list(c.options),
                    "computed": c.computed,
                }
                for column, c in kept.columns.items()
            },
            "indexes": {name: {"columns": list(i.columns), "unique": i.unique} for name, i in kept.indexes.items()},
        }
        for name, kept in found.lists.items()
    }
    return {
        "title": dict(found.title.words),
        "states": list(found.states),
        "lists": lists,
        "computed": found.computed,
    }


def _read(form: str, digest: str, kept: Mapping[str, Any]) -> Snapshot:
    lists = {
        name: Kept(
            one["table"],
            Text(one["title"]),
            {
                column: Column(
                    Text(c["title"]),
                    c["type"],
                    c["kind"],
                    c["scale"],
                    c["target"],
                    None if c["options"] is None else tuple(c["options"]),
                    c["computed"],
                )
                for column, c in one["columns"].items()
            },
            {index: Index(tuple(i["columns"]), i["unique"]) for index, i in one["indexes"].items()},
        )
        for name, one in kept["lists"].items()
    }
    return Snapshot(form, digest, Text(kept["title"]), tuple(kept["states"]), lists, kept.get("computed", False))
