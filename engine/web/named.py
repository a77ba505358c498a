"""Which records the texts mean that somebody typed or pasted where a record is chosen.

Why: a spreadsheet names products and customers as people do, by title or key, never by ids; a paste of a thousand rows asks
once for all of them. And a browser that runs no scripts has no search, so beside each picker it has a line to type in.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from engine.definitions.model import Form
from engine.markup import tag
from engine.runtime import options as choosing
from engine.runtime.values import Pick
from engine.runtime.work import Work
from engine.web.raw import raw_values
from engine.web.visit import Visit

PASTED = 1000
"""How many different texts one paste may have in a column of references."""

TYPED = "~"
"""What the name of such a line ends with: `customer~`, `items.0.product~`, `ask.taker~`."""


def named(visit: Visit) -> Response:
    """Which records pasted texts mean in a column, as JSON by text: that title, that key, or the only hit. Texts that mean
    none, or several, are left out."""
    form, path = visit.form("view"), visit.path("path")
    raw = {**raw_values(visit.posted.multi_items(), form.fields, ()), "id": visit.posted.get("_id")}
    texts = [t for t in _list(visit.sent("_texts")) if isinstance(t, str) and t.strip()][:PASTED]

    def unit(work: Work) -> dict[str, Any]:
        hits = {text: choosing.meant(work, form.name, path, text, raw) for text in texts}
        return {text: {"value": _given(hit), "label": hit.title} for text, hit in hits.items() if hit is not None}

    return visit.json({"found": visit.engine.read(visit.actor, unit)})


def beside(visit: Visit, name: str, title: str, unread: str, *, bare: bool) -> Markup:
    """The line beside a picker in browsers without scripts; `unread` is what was typed and meant nothing, `bare` a cell of a table."""
    more = {
        "class": "fl-input fl-cell-input" if bare else "fl-input", "name": name + TYPED, "value": unread,
        "aria-label": visit.t("typed_name", title=title), "placeholder": visit.t("typed_name_hint"), "autocomplete": "off",
    }  # fmt: skip
    return tag("noscript", None, tag("input", more))


def typed(visit: Visit, form: Form) -> list[tuple[str, Any]]:
    """The posted names and values, with what was typed beside pickers as the ids of the records that it means. What means
    none stands as it was typed, and is refused as no record."""
    pairs: list[tuple[str, Any]] = [(n, v) for n, v in visit.posted.multi_items() if not n.endswith(TYPED)]
    names = [
        (n, v.strip()) for n, v in visit.posted.multi_items() if n.endswith(TYPED) and isinstance(v, str) and v.strip()
    ]
    if not names:
        return pairs

    def unit(work: Work) -> list[tuple[str, Any]]:
        found = pairs
        for name, words in names:
            path, rows = _place(visit, name.removesuffix(TYPED), found)
            raw = {**raw_values(found, form.fields, ()), "id": visit.posted.get("_id")}
            hit = choosing.meant(work, form.name, path, words, raw, rows)
            found = [*found, (name.removesuffix(TYPED), hit.value if hit is not None else words)]
        return found

    return visit.engine.read(visit.actor, unit)


def _place(visit: Visit, name: str, pairs: Sequence[tuple[str, Any]]) -> tuple[str, tuple[int, ...]]:
    """`items.3.product` -> `items.product` and which of the posted lines it is, the outermost first; `ask.taker` ->
    `ask:BUTTON.taker`."""
    head, _, rest = name.partition(".")
    if head == "ask":
        return f"ask:{visit.request.path_params.get('button', '')}.{rest}", ()
    parts = name.split(".")
    rows = []
    for deep in range(1, len(parts), 2):
        before, number = ".".join(parts[:deep]) + ".", parts[deep]
        if not number.isdigit():
            return name, ()
        found = (n.removeprefix(before).partition(".")[0] for n, _ in pairs if n.startswith(before))
        numbers = {int(one) for one in found if one.isdigit()} | {int(number)}
        rows.append(sorted(numbers).index(int(number)))
    return ".".join(parts[::2]), tuple(rows)


def _given(hit: Pick) -> int | str:
    return hit.value if hit.shape else hit.id


def _list(text: str) -> list[Any]:
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return found if isinstance(found, list) else []
