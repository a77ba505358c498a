"""A browser form's names become the raw values that the engine takes.

`items.0.quantity=2` -> {"items": [{"quantity": "2"}]}

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
    plain: dict[str, list[str]] = {}
    rows: dict[str, dict[int, dict[str, list[str]]]] = {}
    carried: dict[str, dict[int, dict[str, Any]]] = {}
    for name, value in pairs:
        if not isinstance(value, str):
            continue
        head, _, rest = name.partition(".")
        if head not in fields:
            continue
        if not rest:
            plain.setdefault(head, []).append(value)
            continue
        number, _, column = rest.partition(".")
        if rest == PART and fields[head].columns:
            carried[head] = rows_of(value, fields[head], head)
        elif number.isdigit() and len(number) < 6 and column:
            rows.setdefault(head, {}).setdefault(int(number), {}).setdefault(column, []).append(value)
    out: dict[str, Any] = {}
    for name in [*expected, *(n for n in dict.fromkeys((*plain, *rows, *carried)) if n not in expected)]:
        found = fields.get(name)
        if found is None:
            continue
        if found.columns:
            read = {i: _row(row, found.columns) for i, row in rows.get(name, {}).items()}
            out[name] = [row for _, row in sorted({**carried.get(name, {}), **read}.items())]
        else:
            out[name] = _value(plain.get(name, []), found)
    return out


def _row(given: Mapping[str, list[str]], columns: Mapping[str, FormField]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, values in given.items():
        if name == "id":
            if values[-1]:
                row["id"] = values[-1]
        elif name in columns:
            row[name] = _value(values, columns[name])
    return row


def _value(values: list[str], found: FormField) -> Any:
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
