"""What a posted form says: its values as the engine takes them, and what the button of a list asks for.

Why: an emptied field, an unticked box and a row that nobody typed into are told from what was never offered by what the
page says that it offered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.definitions.model import Constant, Form, FormField
from engine.problems import Refused
from engine.web.named import typed
from engine.web.raw import at, raw_values
from engine.web.visit import Visit

EXPECTED = "_fields"
"""The hidden input that names what the page offered: an unticked box posts nothing."""

TOUCHED = "_touched"
"""What the scripts add: the paths that a person decided, which no default may change."""


def posted(visit: Visit, fields: Mapping[str, FormField], *, blank: bool = False) -> dict[str, Any]:
    """The raw values of the posted form; what the page offered and isn't there was emptied.

    New rows into which nothing was typed are left out, so that what is said of row 2 stands at row 2 of the page that
    comes back; `blank` keeps them (the page that goes on being filled counts them). What was pasted and meant no record yet
    is looked up again, unless `blank`.
    """
    raw = raw_values(typed(visit, visit.form("view"), pasted=not blank), fields, visit.sent(EXPECTED).split())
    return raw if blank else _filled(visit, fields, raw)


def _filled(visit: Visit, fields: Mapping[str, FormField], raw: Mapping[str, Any]) -> dict[str, Any]:
    """The same without rows into which nothing was typed."""
    out = dict(raw)
    for name, found in fields.items():
        if found.columns and isinstance(out.get(name), list):
            out[name] = [_filled(visit, found.columns, row) for row in out[name] if _typed_into(visit, found, row)]
    return out


def touched(visit: Visit, fields: Mapping[str, FormField], *, blank: bool = False) -> frozenset[str] | None:
    """What the person decided (`kind`, `items.0.price`), its rows numbered as `posted` numbers them; None: the page has
    no scripts and doesn't say."""
    if TOUCHED not in visit.posted:
        return None
    said = frozenset(visit.sent(TOUCHED).split())
    if blank:
        return said
    moved = {"": "", **_moved(visit, fields, posted(visit, fields, blank=True), "", "")}
    rows = [path.rpartition(".") for path in said]
    return frozenset(f"{moved[row]}{dot}{name}" for row, dot, name in rows if row in moved)


def _moved(visit: Visit, fields: Mapping[str, FormField], raw: Mapping[str, Any], old: str, new: str) -> dict[str, str]:
    """Where the rows into which something was typed stand when the others are left out: `items.3` -> `items.1`."""
    out: dict[str, str] = {}
    for name, found in fields.items():
        rows = raw.get(name) if found.columns else None
        typed = [i for i, row in enumerate(rows) if _typed_into(visit, found, row)] if isinstance(rows, list) else []
        for place, number in enumerate(typed):
            before, after = f"{old}{name}.{number}", f"{new}{name}.{place}"
            out[before] = after
            out |= _moved(visit, found.columns, raw[name][number], f"{before}.", f"{after}.")
    return out


def decided(raw: Mapping[str, Any], fields: Mapping[str, FormField], said: frozenset[str] | None) -> list[str]:
    """Which values no default may replace while the form goes on being filled, of those that have a default: the ones
    that were said to be decided; where nothing was said, all that came with a value."""
    return list(_suggested(raw, fields, "")) if said is None else sorted(said)


def _suggested(raw: Mapping[str, Any], fields: Mapping[str, FormField], above: str) -> Iterator[str]:
    for name, value in raw.items():
        found = fields.get(name)
        if found is None:
            continue
        if found.default is not None and value not in (None, "", []):
            yield above + name
        for number, row in enumerate(value or []) if found.columns else ():
            yield from _suggested(row, found.columns, f"{above}{name}.{number}.")


def _typed_into(visit: Visit, found: FormField, row: Mapping[str, Any]) -> bool:
    """Whether a row has more than what its plain defaults put there."""
    if row.get("id"):
        return True
    for name, value in row.items():
        column = found.columns.get(name)
        if column is None or value in (None, "", []):
            continue
        if column.columns:
            if any(_typed_into(visit, column, one) for one in value):
                return True
            continue
        default = column.default.value if isinstance(column.default, Constant) else None
        try:
            given = column.field.parse(value, visit.place(column, f"{found.name}.{name}"))
            if given != default and not (given is False and default is None):  # an unticked box says nothing
                return True
        except Refused:
            return True
    return False


def _without(raw: dict[str, Any], path: str, id: str) -> None:
    """Take a file out of the field at that path."""
    head, _, last = path.rpartition(".")
    holder = at(raw, head) if head else raw
    if isinstance(holder, dict) and isinstance(holder.get(last), list):
        holder[last] = [one for one in holder[last] if one != id]


def rearranged(visit: Visit, form: Form) -> tuple[dict[str, Any], dict[str, int]]:
    """What was typed, after what the pressed button of a list does; and the first line to be drawn, by list."""
    raw = posted(visit, form.fields, blank=True)
    name, _, what = visit.sent("_rows").partition(" ")
    what, _, number = what.partition(" ")
    place = int(number) if number.isdigit() and len(number) < 6 else 0
    starts: dict[str, int] = {}
    if what == "less":
        _without(raw, name, number)
    names = [part for part in name.split(".") if not part.isdigit()]
    head, _, last = name.rpartition(".")
    holder = at(raw, head) if head else raw
    if ".".join(names) in form.line_forms() and isinstance(holder, dict):
        rows = holder.setdefault(last, [])
        if what == "add":
            rows.append({})
            starts[name] = len(rows) - 1
        elif what == "drop":
            del rows[place : place + 1]
            starts[name] = place
        else:
            starts[name] = place
    return raw, starts
