"""Which records the texts mean that somebody pasted into a column of a line table.

Why: a spreadsheet names products and customers as people do, by title or key, never by ids; a paste of a thousand rows asks
once for all of them.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from engine.runtime import keys
from engine.runtime import options as choosing
from engine.runtime.work import Work
from engine.web.raw import raw_values
from engine.web.visit import Visit

PASTED = 1000
"""How many different texts one paste may have in a column of references."""


def named(visit: Visit) -> Response:
    """Which records pasted texts mean in a column, as JSON by text: that title, that key, or the only hit. Texts that mean
    none, or several, are left out."""
    form, path = visit.form("view"), visit.path("path")
    raw = {**raw_values(visit.posted.multi_items(), form.fields, ()), "id": visit.posted.get("_id")}
    name, _, column = path.partition(".")
    found = form.fields.get(name)
    field = found.columns.get(column) if found is not None and column else found
    target = field.field.target() if field is not None else None
    texts = [t for t in _list(visit.sent("_texts")) if isinstance(t, str) and t.strip()][:PASTED]

    def unit(work: Work) -> dict[str, Any]:
        known: dict[str, Any] = {}
        for text in texts:
            picks = choosing.options(work, form.name, path, text, raw)
            hit = next((p for p in picks if p.title == text), picks[0] if len(picks) == 1 else None)
            if hit is None and target is not None and (id := keys.find(work, target, text)) is not None:
                meant = choosing.options(work, form.name, path, work.title_of(target, id), raw)
                hit = next((p for p in meant if p.id == id), None)
            if hit is not None:
                known[text] = {"value": hit.id, "label": hit.title}
        return known

    return visit.json({"found": visit.engine.read(visit.actor, unit)})


def _list(text: str) -> list[Any]:
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return found if isinstance(found, list) else []
