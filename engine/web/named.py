"""Which records the texts mean that somebody typed or pasted where a record is chosen.

Why: a spreadsheet names products and customers as people do, by title or key, never by ids; a paste of a thousand rows asks
once for all of them. And a browser that runs no scripts has no search, so beside each picker it has a line to type in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from engine.definitions.model import Form
from engine.expressions.pointing import WORDS, plainly
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
    none, or several, are left out; then `first` says what has to be chosen before ("": nothing)."""
    form, path = visit.form("view"), visit.path("path")
    raw = {**raw_values(visit.posted.multi_items(), form.fields, ()), "id": visit.posted.get("_id")}
    texts = [t for t in _list(visit.sent("_texts")) if isinstance(t, str) and t.strip()][:PASTED]

    def unit(work: Work) -> dict[str, Any]:
        hits = {text: choosing.meant(work, form.name, path, text, raw) for text in texts}
        found = {text: {"value": _given(hit), "label": hit.title} for text, hit in hits.items() if hit is not None}
        return {"found": found, "first": first(visit, work, form, path, raw) if len(found) < len(texts) else ""}

    return visit.json(visit.engine.read(visit.actor, unit))


def first(visit: Visit, work: Work, form: Form, path: str, raw: Mapping[str, Any], rows: Sequence[int] = ()) -> str:
    """What has to be chosen before a record can be, in words; "" for nothing."""
    titles = [visit.text(title) for title in choosing.lacking(work, form.name, path, raw, rows)]
    return visit.t("choose_first", titles=visit.t("list_comma").join(titles)) if titles else ""


def beside(visit: Visit, name: str, title: str, unread: str, *, bare: bool) -> Markup:
    """The line beside a picker in browsers without scripts; `unread` is what was typed and meant nothing, `bare` a cell of a
    table. In a part, which a script puts in, it stays empty: it would be sent there, over what is chosen."""
    more = {
        "class": "fl-input fl-cell-input" if bare else "fl-input", "name": name + TYPED, "value": "" if visit.partial else unread,
        "aria-label": visit.t("typed_name", title=title), "placeholder": visit.t("typed_name_hint"), "autocomplete": "off",
    }  # fmt: skip
    return tag("noscript", None, tag("input", more))


def typed(visit: Visit, form: Form, *, pasted: bool = False) -> list[tuple[str, Any]]:
    """The posted names and values, with what was typed beside pickers as the ids of the records that it means; `pasted`: so
    also what a script left as words (`~P-7`) in a reference. What means none stays words, and is refused as no record."""
    items: list[tuple[str, Any]] = list(visit.posted.multi_items())
    pairs = [(n, v) for n, v in items if not n.endswith(TYPED)]
    names = {
        n.removesuffix(TYPED): v.strip() for n, v in items if n.endswith(TYPED) and isinstance(v, str) and v.strip()
    }
    if pasted:
        left = {n: plainly(v) for n, v in pairs if isinstance(v, str) and v.startswith(WORDS) and _pointing(form, n)}
        names |= {n: words for n, words in left.items() if n not in names}
    if not names:
        return pairs

    def unit(work: Work) -> list[tuple[str, Any]]:
        found, known = pairs, dict[tuple[str, tuple[int, ...], str], Pick | None]()
        for name, words in names.items():
            path, rows = _place(visit, name, found)
            at = form.named(path)
            key = (path, rows if at is None or choosing.own_line(at) else rows[:-1], words)
            if key not in known:
                raw = {**raw_values(found, form.fields, ()), "id": visit.posted.get("_id")}
                known[key] = choosing.meant(work, form.name, path, words, raw, rows)
            hit = known[key]
            found = [*found, (name, hit.value if hit is not None else WORDS + words)]
        return found

    return visit.engine.read(visit.actor, unit)


def _pointing(form: Form, name: str) -> bool:
    """Whether a posted name is of a reference, or of a line's."""
    found = form.named(".".join(part for part in name.split(".") if not part.isdigit()))
    return found is not None and bool(found.field.targets()) and not found.field.several


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
