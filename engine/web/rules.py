"""What the browser needs to fill a form by itself: each field's kind, conditions and formulas as trees, and the values.

Why: totals, show/hide and "required" must answer while a person types. The server computes everything again on
save; what the browser can't compute alone (it reads other records) it asks for at `/f/{form}/compute`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from engine.definitions.model import FormField, Transition
from engine.expressions import browser
from engine.expressions.tree import Op, Typed
from engine.expressions.types import BOOLEAN
from engine.runtime.record import Record
from engine.runtime.values import Draft
from engine.web.filling import Cell
from engine.web.line_tables import LineTable
from engine.web.visit import Visit


def rules_of(
    visit: Visit, draft: Draft, settings: Mapping[str, Any], button: Transition | None = None
) -> dict[str, Any]:
    """Everything that `#fl-form-rules` holds for this draft. `button`: what is filled is its dialog, which has no
    sections and needs what it requires."""
    hidden = draft.rights.hidden
    fields = {n: f for n, f in draft.form.fields.items() if n not in hidden and f.related is None}
    sections = {} if button is not None else {n: s.visible for s in draft.form.layout for n in s.fields}
    needed = frozenset(button.require) if button is not None else frozenset[str]()
    once = {n for n, f in fields.items() if f.field.unique} | {n for r in draft.form.rules for n in r.unique}
    actor = visit.actor
    return {
        "today": visit.reader.today.isoformat(),
        "now": visit.reader.now.isoformat().replace("+00:00", "Z"),
        "zone": str(visit.reader.zone),
        "language": visit.language,
        "user": {"id": actor.id, "name": actor.name},
        "settings": dict(settings),
        "fields": {n: _field(f, hidden, needed, frozenset(once), sections.get(n, True)) for n, f in fields.items()},
        "values": values_json(fields, draft.record, hidden),
    }


def filling_rules(rules: dict[str, Any], boxes: Iterable[Cell | LineTable]) -> dict[str, Any]:
    """The rules of a page with these boxes: of carried rows only what they don't carry themselves, what is wrong in them,
    and what their values are called."""
    for one in boxes:
        if isinstance(one, LineTable):
            _carried(rules, one, rules["values"])
    return rules


def _carried(rules: dict[str, Any], table: LineTable, holder: dict[str, Any]) -> None:
    """The same for one table, whose lines `holder` has, and for those within its rows."""
    carried, name = table.carried, table.cell.name
    for row in table.rows if carried is None else ():
        for inner in row.inner if int(row.key) < len(holder.get(name) or ()) else ():
            _carried(rules, inner, holder[name][int(row.key)])
    if carried is None:
        return
    away, path = {"id", *carried.columns}, table.cell.path
    own = ".".join(path.split(".")[::2])
    holder[name] = [
        line if row is None else {n: v for n, v in line.items() if n not in away}
        for line, row in zip(holder[name], carried.rows, strict=True)
    ]
    rules["faults"] = {**rules.get("faults", {}), path: carried.faults}
    rules["titles"] = {**rules.get("titles", {}), **{f"{own}.{c}": t for c, t in carried.titles.items() if t}}


def values_json(
    fields: Mapping[str, FormField], record: Record, hidden: Iterable[str] = (), above: str = ""
) -> dict[str, Any]:
    """A record's values as JSON, lines as lists of objects with their `id`; what is hidden is left out."""
    away = frozenset(hidden)
    out: dict[str, Any] = {"id": record.id} if record.id is not None else {}
    if record.parent is None and "state" in record.values:
        out["state"] = record.values["state"]
    for name, found in fields.items():
        if above + name in away or found.related is not None:
            continue
        if found.columns:
            lines = record.value(name) or []
            out[name] = [values_json(found.columns, line, away, f"{above}{name}.") for line in lines]
        else:
            out[name] = found.field.to_json(record.values.get(name))
    return out


def _field(
    found: FormField, hidden: frozenset[str], needed: frozenset[str], once: frozenset[str] = frozenset(),
    section: Typed | bool = True, list_: str = "",
) -> dict[str, Any]:  # fmt: skip
    """`once`: fields whose values, alone or together, may occur once only. `section`: the condition under which the
    field's section is shown; the field itself needs both. `list_`: the list whose column it is. `needed`: paths
    (`items.result`) that are required whatever the form says."""
    path = f"{list_}.{found.name}" if list_ else found.name
    trees = (
        section,
        found.visible,
        found.required,
        found.readonly,
        found.formula,
        found.default,
        found.minimum,
        found.maximum,
        *found.option_when.values(),
    )
    typed = [t for t in trees if isinstance(t, Typed)]
    made: dict[str, Any] = {
        "kind": found.field.kind,
        "decimals": found.field.scale(),
        "fixed": found.field.fixed(),
        "format": found.field.format,
        "percent": found.field.share,
        "currency": getattr(found.field, "currency", None),
        "visible": _both(section, found.visible),
        "required": True if path in needed else _tree(found.required),
        "readonly": _tree(found.readonly),
        "formula": _tree(found.formula),
        "default": _tree(found.default),
        "suggested": found.default is not None,
        "min": _tree(found.minimum),
        "max": _tree(found.maximum),
        "reads": sorted({name for t in typed for name in _reads(t)}),
        "server": any(t.server for t in typed)
        or bool(found.option_when)
        or (found.default is not None and not _simple(found.default))
        or (found.default is not None and found.field.several and bool(found.field.targets())),  # what they are called
        "unique": found.name in once,
        "forms": list(found.field.targets()) if len(found.field.targets()) > 1 else None,
    }
    if found.columns:
        columns = {n: f for n, f in found.columns.items() if f"{path}.{n}" not in hidden and f.related is None}
        made["lines"] = {"fields": {n: _field(f, hidden, needed, list_=path) for n, f in columns.items()}}
    return made


def _both(one: Typed | bool, other: Typed | bool) -> Any:
    """Two conditions as one: true or false, a tree, or None where the server must be asked."""
    if one is False or other is False:
        return False
    if isinstance(one, bool) or isinstance(other, bool):
        return _tree(other if isinstance(one, bool) else one)
    if one.server or other.server:
        return None
    return browser.to_json(Op(BOOLEAN, 0, "and", (one.tree, other.tree)))


def _tree(given: Any) -> Any:
    """A condition or formula for the browser: true or false as it is, a tree, or None where there is none."""
    if given is None or isinstance(given, bool):
        return given
    return browser.to_json(given) if isinstance(given, Typed) and not given.server else None


def _simple(default: Any) -> bool:
    return isinstance(default, Typed) or hasattr(default, "value")


def _reads(typed: Typed) -> set[str]:
    """The names that a formula reads, of its own record: a field, the reference through which it goes on, or `items.price`
    for a column of its lines (`parcels.items.price` of theirs); `parent.NAME` for what a line reads of what holds it."""
    names = set()
    for read in typed.reads:
        way = [(hop.kind, hop.name) for hop in read.hops]
        near = list(itertools.takewhile(lambda one: one[0] in ("parent", "lines"), way))
        kind, last = way[len(near)] if len(near) < len(way) else ("", read.name)
        if near or kind != "related":
            names.add(".".join((*(name for _, name in near), last)))
    return names
