"""What a place in a record is called by people: 退货明细第 2 行 数量.

Why: pages, files of refused rows and reports name the same places, and nobody who fills in a form knows `items.1.quantity`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.definitions.model import Form, FormField
from engine.texts import text

OF_LINE = text("{title}第 {line} 行 {column}", "{title}, line {line}, {column}")
"""A column of a line, or a line without one."""


def place_title(form: Form, path: str, language: str) -> str:
    """items.1.quantity -> 退货明细第 2 行 数量; parcels.1.items.2.weight -> 包裹第 2 行 物品第 3 行 重量; "" for what is no
    field of the form."""
    return _titled(form.fields, path.split("."), language)


def _titled(fields: Mapping[str, FormField], parts: Sequence[str], language: str) -> str:
    found = fields.get(parts[0]) if parts else None
    if found is None:
        return ""
    title = found.title.to(language)
    if len(parts) == 1 or not parts[1].isdigit():
        return title
    inner = _titled(found.columns, parts[2:], language)
    said = OF_LINE.to(language).format(title=title, line=int(parts[1]) + 1, column=inner)
    return said.rstrip(" ,")
