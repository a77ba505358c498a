"""A view as a board: columns of cards, which are dragged (or moved by keys and menus) from one to another.

Why: the address is the list's, so search, filters and the back button work as they do there. A card is moved through
the same doors as everything else (a button is pressed, a field is changed); what is refused goes back with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from engine.definitions.model import Form, Transition, View
from engine.problems import Refused, problem
from engine.problems.board import NO_BOARD
from engine.runtime.access import may
from engine.runtime.ask import views
from engine.runtime.boards import Board, Column
from engine.runtime.moves import Move
from engine.runtime.values import Accepted, Ask
from engine.web import calendars, galleries, gantts, lists, maps, trees
from engine.web.cards import Card, card_of, plan_of, whole
from engine.web.errors import as_json
from engine.web.lists import Asked, ask_of, asked_for, bar_values, narrowed, tabs_values
from engine.web.lookups import waits_among
from engine.web.render import fragment, query, respond, state_badge
from engine.web.visit import Visit

CARDS = 20
"""How many cards of a column come at once."""

MOST = 400
"""How many cards of a column are drawn again at most after one was moved."""


@dataclass(frozen=True)
class Lane:
    """A column as it is drawn. `key` is the value, "" for nothing chosen; `words` its name; `new` the address of a new
    record in it (None: there is none); `list` that of all its records; `more` of its further cards."""

    key: str
    title: Markup | str
    words: str
    count: int
    sum: str
    cards: tuple[Card, ...]
    left: int
    new: str | None
    list: str
    address: str
    start: int


def show(visit: Visit) -> Response:
    """A form's records as the view that is asked for shows them."""
    form = visit.form("view")
    view = form.views.get(asked_for(visit, form).view)
    if view is None or view.type == "table" or not may(form, visit.actor, "view"):
        return lists.show(visit)
    return SHOWN.get(view.type, _board)(visit, form, view)


SHOWN = {
    "calendar": calendars.show,
    "gantt": gantts.show,
    "gallery": galleries.show,
    "map": maps.show,
    "tree": trees.show,
}
"""Types of views -> who draws them; boards are drawn here."""


def lane(visit: Visit) -> Response:
    """One column, or its cards from the one asked for on."""
    form, view = _viewed(visit)
    asked, key = asked_for(visit, form), visit.arg("lane")
    start, cards = _number(visit, "from", 0), min(_number(visit, "cards", CARDS), MOST)
    found = visit.engine.board_column(
        visit.actor, form.name, view, ask_of(visit, form, asked), key or None, start, max(cards, 1)
    )
    values = _values(visit, form, view, asked, found)
    template = "parts/lane_cards.html" if start else "parts/lane.html"
    return fragment(visit, template, lane=values["lanes"][0], **values)


def moves(visit: Visit) -> Response:
    """Where a card may go, as data for the board's script."""
    form, view = _viewed(visit)
    found = visit.engine.moves(visit.actor, form.name, visit.record_id(), view.by or "state")
    return visit.json(
        {"version": found.record.version, "now": found.now or "", "to": [_told(visit, form, view, m) for m in found.to]}
    )


def move(visit: Visit) -> Response:
    """Move a card: press the button that leads there, or change the field. Refusals come back as data."""
    form, view = _viewed(visit)
    id, by = visit.record_id(), view.by or "state"
    version = int(visit.sent("version")) if visit.sent("version").isdigit() else None
    try:
        if visit.sent("button"):
            done = visit.engine.act(visit.actor, form.name, id, visit.sent("button"), version=version)
        else:
            done = visit.engine.change(visit.actor, form.name, id, {by: visit.sent("to") or None}, version=version)
    except Refused as refused:
        if visit.sent("button") and all(p.severity == "warn" for p in refused.problems):
            return visit.json({"asks": True}, 422)
        return as_json(refused.problems, visit.language)
    return visit.json(_moved(visit, form, by, done))


# -- inner -------------------------------------------------------------------------------------------------------------


def _viewed(visit: Visit) -> tuple[Form, View]:
    form, name = visit.form("view"), visit.arg("view") or visit.sent("view")
    found = next((v for v in views(form, visit.actor) if v.name == name and v.type == "kanban"), None)
    if found is None:
        raise Refused(problem(NO_BOARD, form=form.title, name=name[:80]))
    return form, found


def _number(visit: Visit, name: str, otherwise: int) -> int:
    given = visit.arg(name)
    return int(given) if given.isascii() and given.isdigit() and len(given) < 7 else otherwise


def _board(visit: Visit, form: Form, view: View) -> Response:
    asked, bad = narrowed(visit, form, asked_for(visit, form))
    if visit.arg("f") and not visit.partial and bad is None:
        return visit.go(f"/f/{form.name}{asked.url()}")
    try:
        found = visit.engine.board(visit.actor, form.name, view, ask_of(visit, form, asked), CARDS)
    except Refused as refused:
        if not asked.wheres and not asked.sort:
            raise
        bad = refused.problems[0]
        found = visit.engine.board(visit.actor, form.name, view, Ask(view=asked.view, q=asked.q), CARDS)
    values = bar_values(visit, form, asked, bad) | _values(visit, form, view, asked, found)
    if visit.partial and visit.request.headers.get("hx-target") == "list":
        response = fragment(visit, "parts/board.html", 422 if bad else 200, **values)
        response.headers["HX-Push-Url"] = f"/f/{form.name}{asked.url()}"
        return response
    tabs = tabs_values(visit, form, asked)
    return respond(visit, "board.html", 422 if bad else 200, **tabs, **values)


def _values(visit: Visit, form: Form, view: View, asked: Asked, found: Board) -> dict[str, Any]:
    rows = [row for column in found.columns for row in column.rows]
    visit.knows(row.record for row in rows)
    visit.reader = replace(visit.reader, href_of=lambda shape, id: None)
    plan = plan_of(form, view, found.shown, found.measure)
    mine = waits_among(visit, form, [r.record.id for r in rows if r.record.id is not None])
    marked = visit.arg("marked") == "1" if visit.arg("marked") else len(mine) * 2 <= len(rows)
    if not marked:
        mine = frozenset()  # a mark that most cards of the board have tells nothing
    lanes = []
    for column in found.columns:
        cards = tuple(card_of(visit, form, view, plan, row, mine) for row in column.rows)
        lanes.append(_lane(visit, form, view, asked, found, column, cards, marked))
    return {
        "board": found, "view": view, "lanes": lanes, "form": form, "asked": asked, "hint": visit.t("board_hint"),
        "measure": found.measure, "tabs_address": f"/f/{form.name}/tabs{asked.url()}",
    }  # fmt: skip


def _lane(
    visit: Visit, form: Form, view: View, asked: Asked, found: Board, column: Column, cards: tuple[Card, ...],
    marked: bool,
) -> Lane:  # fmt: skip
    value, by = column.value, found.by
    title, words = _heading(visit, form, by, value)
    total = ""
    if found.measure is not None:
        total = whole(visit.words(found.measure, column.sum)) if column.sum is not None else ""
    condition = f'{by} = "{value}"' if value is not None else f"ISBLANK({by})"
    own = [view.where.text] if view.where is not None else []
    address = f"/f/{form.name}/lane" + query(
        view=view.name, q=asked.q, where=asked.wheres, sort=asked.sort, lane=value or "", marked=int(marked)
    )
    return Lane(
        value or "", title, words, column.count, total, cards, column.left, _new(visit, form, asked, by, value),
        f"/f/{form.name}" + query(view="-", q=asked.q, where=[*asked.wheres, *own, condition]), address,
        column.start + len(column.rows),
    )  # fmt: skip


def _heading(visit: Visit, form: Form, by: str, value: str | None) -> tuple[Markup | str, str]:
    """A column's name as it is drawn, and in words."""
    if value is None:
        return visit.t("lane_blank"), visit.t("lane_blank")
    if by == "state" and form.workflow is not None:
        state = form.workflow.states.get(value)
        return state_badge(form, value, visit.language), visit.text(state.title) if state is not None else value
    field = form.fields[by]
    return field.field.display(value, visit.reader), visit.words(field, value)


def _new(visit: Visit, form: Form, asked: Asked, by: str, value: str | None) -> str | None:
    """The address of a new record that would stand in this column."""
    if not may(form, visit.actor, "create"):
        return None
    back = f"/f/{form.name}{asked.url()}"
    if by == "state":
        first = form.workflow is not None and value == form.workflow.initial
        return f"/f/{form.name}/new" + query(back=back) if first else None
    field = form.fields[by]
    if value is None or field.formula is not None or field.readonly is True or value not in field.options:
        return None
    return f"/f/{form.name}/new" + query(**{by: value, "back": back})


def _told(visit: Visit, form: Form, view: View, found: Move) -> dict[str, Any]:
    reason = ""
    if found.reason is not None:
        reason = found.reason.said(visit.language)
    return {
        "key": found.value or "",
        "title": _heading(visit, form, view.by or "state", found.value)[1],
        "buttons": [_button(visit, t) for t in found.buttons],
        "reason": reason,
        "first": _button(visit, found.first) if found.first is not None else None,
    }


def _button(visit: Visit, transition: Transition) -> dict[str, Any]:
    fields = (*transition.edit, *transition.require, *transition.ask)
    asks = bool(fields) or transition.opinion != "none" or transition.confirm is not None
    return {"name": transition.name, "title": visit.text(transition.title), "asks": asks}


def _moved(visit: Visit, form: Form, by: str, done: Accepted) -> dict[str, Any]:
    """What is said after a card was moved: where it is now, and what there is to open."""
    now = done.record.values.get(by) or None
    words = visit.t(
        "card_moved", title=done.record.title or f"#{done.record.id}", lane=_heading(visit, form, by, now)[1]
    )
    there = f"/f/{done.open[0]}/{done.open[1]}" if done.open is not None else None
    return {"now": now or "", "text": words, "open": there, "open_text": visit.t("open") if there else ""}
