"""A view as a map: markers where the records are, true to scale, with a list of those in sight beside it.

Why: a company without internet wants to see its places too, so the map is our own drawing: a grid of degrees, a scale,
markers, those close together as one. Every move is an address (`at=31.2,120.6,9`: middle and zoom), so it works without
scripts and the back button goes back. Where the operator names a server of tiles, they lie beneath.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from engine.definitions.model import Form, View
from engine.problems import Problem, Refused
from engine.runtime.boards import measure_of
from engine.runtime.places import Places, Spot, places
from engine.runtime.values import Ask
from engine.web.cards import Card, card_of, plan_of
from engine.web.lists import Asked, ask_of, asked_for, bar_values, narrowed, tabs_values
from engine.web.lookups import waits_among
from engine.web.mercator import FARTHEST, NEAREST, Window, around, flat, grid, marks, scale, tiles
from engine.web.render import fragment, query, respond
from engine.web.visit import Visit

WIDTH, HEIGHT = 960, 800
"""The picture, in units of its own; it is shown as large as there is room."""

BESIDE = 100
"""How many of the records in sight are listed beside it."""

AT = re.compile(r"(-?[0-9]{1,2}(?:\.[0-9]{1,7})?),(-?[0-9]{1,3}(?:\.[0-9]{1,7})?),([0-9]{1,2})")


@dataclass(frozen=True)
class Pin:
    """A marker: one record (`count` 1), or several. `href`: the record, or the map where its records are apart (None:
    they are at one place, and listed beside)."""

    x: str
    y: str
    count: int
    href: str | None
    title: str
    kind: str


def show(visit: Visit, form: Form, view: View) -> Response:
    """The map asked for, or its changing part. Refused as the engine refuses."""
    asked, bad = narrowed(visit, form, asked_for(visit, form))
    if visit.arg("f") and not visit.partial and bad is None:
        return visit.go(f"/f/{form.name}{asked.url()}")
    sight = _Sight(visit.arg("at"))
    try:
        ask = ask_of(visit, form, asked)
        found = visit.engine.read(visit.actor, lambda w: places(w, w.form(form.name), view, ask, sight.choose))
    except Refused as refused:
        if not asked.wheres and not asked.sort:
            raise
        bad = refused.problems[0]
        plain = Ask(view=asked.view, q=asked.q)
        found = visit.engine.read(visit.actor, lambda w: places(w, w.form(form.name), view, plain, sight.choose))
    values = _values(visit, form, view, asked, found, sight, bad)
    if visit.partial and visit.request.headers.get("hx-target") == "list":
        response = fragment(visit, "parts/map.html", 422 if bad else 200, **values)
        response.headers["HX-Push-Url"] = values["here"]
        return response
    tabs = tabs_values(visit, form, asked)
    return respond(visit, "map.html", 422 if bad else 200, **tabs, **values)


# -- inner -------------------------------------------------------------------------------------------------------------


class _Sight:
    """What is in sight: the window asked for, else that around all places; known once the places are."""

    def __init__(self, at: str) -> None:
        self.at, self.window, self.inside = _asked_window(at), Window(30, 110, 3, WIDTH, HEIGHT), 0

    def choose(self, spots: Sequence[Spot]) -> list[int]:
        """The records in sight, the first so many."""
        if self.at is not None:
            self.window = self.at
        elif spots:
            self.window = around([(s.latitude, s.longitude) for s in spots], WIDTH, HEIGHT)
        found = [s.id for s in spots if self.window.holds(*self.window.at(s.latitude, s.longitude))]
        self.inside = len(found)
        return found[:BESIDE]


def _asked_window(at: str) -> Window | None:
    found = AT.fullmatch(at)
    if found is None or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
        return None
    return Window(float(found[1]), float(found[2]), max(FARTHEST, min(int(found[3]), NEAREST)), WIDTH, HEIGHT)


def _values(
    visit: Visit, form: Form, view: View, asked: Asked, found: Places, sight: _Sight, bad: Problem | None
) -> dict[str, Any]:
    visit.knows(row.record for row in found.rows)
    visit.reader = replace(visit.reader, href_of=lambda shape, id: None)
    shown = {f.name: f for f in found.shown if not isinstance(f, str)}
    plan = plan_of(form, view, [f for f in found.shown if f is not shown.get(view.by or "")], measure_of(view, shown))
    mine = waits_among(visit, form, [r.record.id for r in found.rows if r.record.id is not None])
    cards = {r.record.id: card_of(visit, form, view, plan, r, mine) for r in found.rows}
    address, window = f"/f/{form.name}{asked.url()}", sight.window
    width, metres = scale(window)
    meridians, parallels = grid(window)
    return {
        **bar_values(visit, form, asked, bad), "view": view, "width": WIDTH, "height": HEIGHT,
        "pins": _pins(visit, form, found, window, address, cards), "cards": list(cards.values()), "found": found,
        "inside": sight.inside, "meridians": meridians, "parallels": parallels, "tiles": _tiles(visit, window),
        "credit": visit.engine.settings.map_credit, "scale": round(width, 1),
        "scale_words": f"{metres // 1000} km" if metres >= 1000 else f"{metres} m",
        "closer": _address(address, replace(window, zoom=window.zoom + 1)) if window.zoom < NEAREST else None,
        "farther": _address(address, replace(window, zoom=window.zoom - 1)) if window.zoom > FARTHEST else None,
        "whole": address, "here": _address(address, window) if sight.at is not None else address,
        "window": window, "edges": _edges(window),
        "without": f"/f/{form.name}" + query(view="-", where=[*asked.wheres, f"ISBLANK({view.by})"]),
    }  # fmt: skip


def _pins(
    visit: Visit, form: Form, found: Places, window: Window, address: str, cards: dict[int | None, Card]
) -> list[Pin]:
    spots = found.spots
    return [
        _pin(visit, form, [spots[n] for n in mark.numbers], mark.x, mark.y, window, address, cards)
        for mark in marks(window, ((s.latitude, s.longitude) for s in spots))
    ]


def _pin(
    visit: Visit, form: Form, spots: list[Spot], x: float, y: float, window: Window, address: str,
    cards: dict[int | None, Card],
) -> Pin:  # fmt: skip
    if len(spots) == 1:
        card = cards.get(spots[0].id)
        title = card.title if card is not None else f"#{spots[0].id}"
        return Pin(f"{x:.1f}", f"{y:.1f}", 1, f"/f/{form.name}/{spots[0].id}", title, "")
    closer = around([(s.latitude, s.longitude) for s in spots], WIDTH, HEIGHT)
    apart = closer.zoom > window.zoom
    words = visit.t("map_group" if apart else "map_same", n=len(spots))
    size = "large" if len(spots) >= 100 else "middle" if len(spots) >= 10 else "few"
    return Pin(f"{x:.1f}", f"{y:.1f}", len(spots), _address(address, closer) if apart else None, words, size)


def _address(address: str, window: Window) -> str:
    return f"{address}&at={window.latitude:.6f},{window.longitude:.6f},{window.zoom}"


def _edges(window: Window) -> dict[str, float]:
    """What the script needs to tell the middle of a map that was moved: units of the world at its zoom."""
    x, y = flat(window.latitude, window.longitude, window.zoom)
    return {"x": round(x, 2), "y": round(y, 2), "zoom": window.zoom, "nearest": NEAREST, "farthest": FARTHEST}


def _tiles(visit: Visit, window: Window) -> list[tuple[str, float, float]]:
    """Addresses of the tiles beneath, with where they stand; none where no server of tiles is named."""
    pattern = visit.engine.settings.map_tiles
    if not pattern:
        return []
    return [
        (
            pattern.replace("{z}", str(window.zoom)).replace("{x}", str(x)).replace("{y}", str(y)),
            round(a, 1),
            round(b, 1),
        )
        for x, y, a, b in tiles(window)
    ]
