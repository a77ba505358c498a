"""A form that is being filled is kept on the server every few seconds, and offered when its person comes back.

Why: what was typed must survive a closed browser and be there at another desk. What is kept are the posted names and
values, without files; they become a form again through the same reading as a refused form does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import Response

from engine.definitions.model import Form, FormField
from engine.runtime import drafts
from engine.web.once import KEY
from engine.web.posted import touched
from engine.web.raw import raw_values
from engine.web.render import query
from engine.web.visit import Visit

LARGEST = 20_000
"""How many values a draft may have; a form of more is kept by the browser only."""


@dataclass(frozen=True)
class Begun:
    """A draft as a form can show it. `version` is the record's when it was opened (None: a new one); `key` is the
    form's own, that keeps it from being saved twice; `touched`: see `posted.touched`."""

    raw: Mapping[str, Any]
    touched: frozenset[str] | None
    version: int | None
    at: datetime
    key: str


@dataclass(frozen=True)
class Offer:
    """What a page says of a draft: `at` in words, `ms` for scripts, where it is taken up, where thrown away; `key` is that of the
    page on which it was typed."""

    at: str
    ms: int
    href: str
    url: str
    id: int | None
    key: str


def keep(visit: Visit) -> Response:
    """Keep what is typed now, or with `_drop` forget it; answers when that was, in words."""
    form, id = visit.form("create"), record_of(visit)
    if visit.sent("_drop"):
        visit.engine.write(visit.actor, lambda work: drafts.drop(work, form.name, id))
        return visit.json({}) if visit.sent("_drop") == "quietly" else visit.go(page_of(form, id))
    pairs = typed(visit.posted.multi_items(), form.fields)
    if len(pairs) > LARGEST:
        return visit.json({}, 413)
    uploads = {n for n, f in form.fields.items() if f.field.uploads() is not None}
    said = touched(visit, form.fields, blank=True)
    raw = {
        "pairs": pairs, "fields": [n for n in visit.sent("_fields").split() if n not in uploads],
        "version": visit.sent("version"), "key": visit.sent(KEY), "touched": None if said is None else sorted(said),
    }  # fmt: skip
    visit.engine.write(visit.actor, lambda work: drafts.keep(work, form.name, id, raw))
    return visit.json({"at": clock(visit, visit.engine.clock())})


def begun(visit: Visit, form: Form, id: int | None) -> Begun | None:
    """The reader's draft for this form."""
    found = visit.engine.read(visit.actor, lambda work: drafts.kept(work, form.name, id))
    if found is None:
        return None
    raw = raw_values([(str(n), v) for n, v in found.raw["pairs"]], form.fields, found.raw["fields"])
    version = str(found.raw["version"])
    said = found.raw.get("touched")
    return Begun(
        raw,
        None if said is None else frozenset(map(str, said)),
        int(version) if version.isdigit() else None,
        found.at,
        found.raw.get("key", ""),
    )


def offer(visit: Visit, form: Form, id: int | None) -> Offer | None:
    """What the page of an untouched form says of the reader's draft; None when there is none."""
    found = visit.engine.read(visit.actor, lambda work: drafts.kept(work, form.name, id))
    if found is None:
        return None
    href = page_of(form, id) + query(draft=1, back=visit.arg("back"), drawer=visit.arg("drawer"))
    ms, key = int(found.at.timestamp() * 1000), found.raw.get("key", "")
    return Offer(clock(visit, found.at), ms, href, f"/f/{form.name}/draft", id, key)


def forget(visit: Visit, form: Form, id: int | None) -> None:
    """The form was accepted: what was kept of it isn't needed any more."""
    if visit.sent("_draft") or "mine" in visit.posted:
        visit.engine.write(visit.actor, lambda work: drafts.drop(work, form.name, id))


def typed(pairs: Iterable[tuple[str, Any]], fields: Mapping[str, FormField]) -> list[list[str]]:
    """The posted names and values that are fields of the form, without files."""
    kept = []
    for name, value in pairs:
        first, *rest = name.split(".")
        found = fields.get(first)
        for part in rest:
            found = found.columns.get(part, found) if found is not None else None
        if found is not None and isinstance(value, str) and found.field.uploads() is None:
            kept.append([name, value])
    return kept


def record_of(visit: Visit) -> int | None:
    """The record whose form it is; None for a new one."""
    id = visit.sent("_id")
    return int(id) if id.isdigit() and len(id) < 16 else None


def page_of(form: Form, id: int | None) -> str:
    """Where the form is filled."""
    return f"/f/{form.name}/new" if id is None else f"/f/{form.name}/{id}/edit"


def clock(visit: Visit, at: datetime) -> str:
    """The time of day; with the day when it wasn't today."""
    local = at.astimezone(visit.engine.settings.zone)
    today = visit.engine.clock().astimezone(visit.engine.settings.zone).date()
    return local.strftime("%H:%M") if local.date() == today else local.strftime("%Y-%m-%d %H:%M")
