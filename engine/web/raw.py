"""A browser form's names become the raw values that the engine takes.

`items.0.quantity=2` -> {"items": [{"quantity": "2"}]}; a line's own list says by its bare name that it is there,
however many rows it has: `parcels.0.items=` -> {"parcels": [{"items": []}]}

Why: pages, live computing and option searches all post the same names. What a name means is the form definition's
business: here it only matters which fields hold rows and which hold several values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.definitions.model import FormField
from engine.web.carried import PART, rows_of


def raw_values(
    pairs: Iterable[tuple[str, Any]], fields: Mapping[str, FormField], expected: Sequence[str]
) -> dict[str, Any]:
    """The raw values of a posted form.

    `pairs` are the posted names and values in order, of which those are taken that are `fields` or their columns.
    `expected` names the fields that the page offered: one that is absent was emptied (an unticked box posts nothing).
    Rows come in the order of their numbers, whether they stood as inputs or were carried along (`carried`); a row's
    absent columns are left out. Raises Refused when what was carried can't be read.
    """
    given = _gathered(((name, value) for name, value in pairs if isinstance(value, str)), fields, "")
    out = {name: given[name] if name in given else _value([], fields[name]) for name in expected if name in fields}
    return {**out, **given}


def _gathered(pairs: Iterable[tuple[str, str]], fields: Mapping[str, FormField], above: str) -> dict[str, Any]:
    """What these names say of a record, or of the line at `above`; fields that aren't named are left out."""
    plain: dict[str, list[str]] = {}
    rows: dict[str, dict[int, list[tuple[str, str]]]] = {}
    carried: dict[str, dict[int, dict[str, Any]]] = {}
    for name, value in pairs:
        head, _, rest = name.partition(".")
        if head not in fields:
            continue
        number, _, inner = rest.partition(".")
        if not rest:
            plain.setdefault(head, []).append(value)
        elif rest == PART and fields[head].columns:
            carried[head] = rows_of(value, fields[head], above + head)
        elif number.isdigit() and len(number) < 6 and inner:
            rows.setdefault(head, {}).setdefault(int(number), []).append((inner, value))
    out: dict[str, Any] = {}
    for name in dict.fromkeys((*plain, *rows, *carried)):
        found = fields[name]
        if found.columns:
            read = {i: _row(row, found, f"{above}{name}.{i}.") for i, row in rows.get(name, {}).items()}
            out[name] = [row for _, row in sorted({**carried.get(name, {}), **read}.items())]
        else:
            out[name] = _value(plain.get(name, []), found)
    return out


def _row(pairs: Sequence[tuple[str, str]], found: FormField, above: str) -> dict[str, Any]:
    id = next((value for name, value in reversed(pairs) if name == "id"), "")
    return {**({"id": id} if id else {}), **_gathered(pairs, found.columns, above)}


def _value(values: list[str], found: FormField) -> Any:
    if found.columns:
        return []
    if found.field.several:
        return [v for v in values if v != ""]
    return values[-1] if values else None


def at(raw: Mapping[str, Any], path: str) -> Any:
    """What was typed at a dotted path (`phone`, `items.1.quantity`); None when nothing was."""
    found: Any = raw
    for part in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, list) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    return found
