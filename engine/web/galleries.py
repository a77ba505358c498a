"""A view as a gallery: a page of cards with pictures, searched, filtered, sorted and paged as a list is.

Why: what people know by its looks (products, places, damages) is found faster in pictures than in a table. The analyst
names the view's columns; the first picture among them stands on top, the others become the card's words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from engine.definitions.model import Form, FormField, View
from engine.problems import Problem, Refused
from engine.runtime.boards import measure_of
from engine.runtime.values import Ask, Listed, Page
from engine.web.asked import LIMITS
from engine.web.cards import Card, card_of, plan_of
from engine.web.lists import Asked, ask_of, asked_for, bar_values, narrowed, tabs_values
from engine.web.lookups import waits_among
from engine.web.render import fragment, respond
from engine.web.visit import Visit


@dataclass(frozen=True)
class Tile:
    """A card with the address of its picture (None: it has none) and how many more there are."""

    card: Card
    picture: str | None
    more: int


def show(visit: Visit, form: Form, view: View) -> Response:
    """The page of cards asked for, or its changing part. Refused as the engine refuses."""
    asked, bad = narrowed(visit, form, asked_for(visit, form))
    if visit.arg("f") and not visit.partial and bad is None:
        return visit.go(f"/f/{form.name}{asked.url()}")
    names = (*view.columns, *(("state",) if form.workflow is not None else ()))
    try:
        page = visit.engine.page(visit.actor, form.name, ask_of(visit, form, asked), names)
    except Refused as refused:
        if not asked.wheres and not asked.sort:
            raise
        bad = refused.problems[0]
        page = visit.engine.page(visit.actor, form.name, Ask(view=asked.view, q=asked.q, limit=asked.limit), names)
    values = _values(visit, form, view, asked, page, bad)
    if visit.partial and visit.request.headers.get("hx-target") == "list":
        response = fragment(visit, "parts/gallery.html", 422 if bad else 200, **values)
        response.headers["HX-Push-Url"] = f"/f/{form.name}{asked.url(page=page.page)}"
        return response
    tabs = tabs_values(visit, form, asked)
    return respond(visit, "gallery.html", 422 if bad else 200, **tabs, **values)


# -- inner -------------------------------------------------------------------------------------------------------------


def _values(visit: Visit, form: Form, view: View, asked: Asked, page: Page, bad: Problem | None) -> dict[str, Any]:
    visit.knows(row.record for row in page.rows)
    visit.reader = replace(visit.reader, href_of=lambda shape, id: None)
    shown = [c for c in page.columns if not isinstance(c, str)]
    pictures = [f for f in shown if f.field.pictured]
    plan = plan_of(form, view, page.columns, measure_of(view, {f.name: f for f in shown}))
    mine = waits_among(visit, form, [r.record.id for r in page.rows if r.record.id is not None])
    tiles = [_tile(card_of(visit, form, view, plan, row, mine), row, pictures) for row in page.rows]
    first = (page.page - 1) * page.limit + 1
    return {
        **bar_values(visit, form, asked, bad), "view": view, "page": page, "tiles": tiles, "limits": LIMITS,
        "any_picture": any(t.picture for t in tiles), "pages": max(1, -(-page.total // page.limit)), "first": first,
        "last": first + len(tiles) - 1, "may_tick": False, "narrowest": None,
    }  # fmt: skip


def _tile(card: Card, row: Listed, pictures: list[FormField]) -> Tile:
    ids = [i for f in pictures if f.name not in row.hidden for i in row.record.values.get(f.name) or ()]
    return Tile(card, f"/files/{ids[0]}?thumb" if ids else None, max(0, len(ids) - 1))
