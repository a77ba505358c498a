"""A form's records as a list: views, search, filters, sorting, totals, pages, export.

Why: everything that a list shows stands in its address, so it works as a plain link, is shared by copying, and the back
button goes back. The engine answers one page; what else is asked for (counts of views, totals) is asked of it
separately.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from engine.definitions.model import SYSTEM, Form
from engine.problems import Problem, Refused
from engine.runtime.access import forbidden, hidden_in, may, sets
from engine.runtime.ask import columns_of as names_of
from engine.runtime.ask import highest, looked_into
from engine.runtime.ask import sums as asking_sums
from engine.runtime.far import seen
from engine.runtime.values import Ask, Page
from engine.runtime.work import Work
from engine.web import asked as asking
from engine.web.asked import LIMITS, Asked, ask_of, asked_for, narrowed
from engine.web.filters import Chip, chip, filters_of
from engine.web.own import own_of
from engine.web.render import fragment, respond
from engine.web.table import Column, columns_of, rows_of, shown_names, system_value, title_of
from engine.web.tabs import kinds_of, tabs_of
from engine.web.visit import Visit

COUNTED = 20_000
"""A form of more records has its views counted, and the numbers of several pages added up, after the page has come."""

HINTED = 3
"""How many fields the search box names of those that it looks into."""

KEYS = 3
"""By how many columns a list may be sorted from the menu."""


@dataclass(frozen=True)
class Offered:
    """A column in the chooser: shown or not, and the width it is kept with."""

    name: str
    title: str
    shown: bool


def show(visit: Visit) -> Response:
    """The list, or its changing part."""
    form = visit.form("view")
    if not may(form, visit.actor, "view"):
        return respond(visit, "list_closed.html", 403, form=form, problem=forbidden(visit.catalog, form, "view"))
    asked, bad = narrowed(visit, form, asked_for(visit, form))
    if visit.arg("f") and not visit.partial and bad is None:
        return visit.go(f"/f/{form.name}{asked.url()}")
    names = shown_names(visit, form, asked)
    try:
        ask = ask_of(visit, form, asked)
        page = visit.engine.page(visit.actor, form.name, ask, names)
    except Refused as refused:
        bad = refused.problems[0]
        ask = Ask(view=asking.view_of(visit, form, asked), limit=asked.limit)
        page = visit.engine.page(visit.actor, form.name, ask, names)
    if asked.own is not None and asked.own.density:
        visit.density = asked.own.density
    values = _values(visit, form, asked, ask, page, bad)
    if visit.partial and visit.request.headers.get("hx-target") == "list":
        response = fragment(visit, "parts/list.html", 422 if bad else 200, **values)
        if not visit.request.headers.get("x-stay"):
            response.headers["HX-Push-Url"] = f"/f/{form.name}{asked.url(page=page.page)}"
        return response
    return respond(visit, "list.html", 422 if bad else 200, **tabs_values(visit, form, asked), **values)


def bar_values(visit: Visit, form: Form, asked: Asked, bad: Problem | None) -> dict[str, Any]:
    """What the head of the page and the bar of filters need where the records are shown otherwise than as a table."""
    return {
        **view_values(visit, form, asked), "form": form, "asked": asked, "bad": bad, "chips": [chip(visit, form, w) for w in asked.wheres],
        "filters": filters_of(visit, form), "sorts": [], "columns": [], "may_create": may(form, visit.actor, "create"),
        "may_export": may(form, visit.actor, "export"),
        "may_import": may(form, visit.actor, "import"),
    }  # fmt: skip


def tabs_values(visit: Visit, form: Form, asked: Asked, *, counted: bool = False) -> dict[str, Any]:
    """The tabs of the views, and the ways to see the records, as templates draw them. Views of a long form are counted
    after the page has come, unless `counted`."""
    counted = counted or not is_long(visit, form)
    made = tabs_of(visit, form, asked.view, counted=counted)
    kinds = kinds_of(visit, form, asked.view, lambda view: asked.url(view=view, sort=""))
    return {"tabs": made, "lazy": not counted, "kinds": kinds, "search_hint": _search_hint(visit, form)}


def is_long(visit: Visit, form: Form) -> bool:
    """Whether counting and adding up may take longer than a page may."""
    return visit.engine.read(visit.actor, lambda w: highest(w, form)) > COUNTED


def tabs(visit: Visit) -> Response:
    """The views with their counts, for a long list after the page has come."""
    form = visit.form("view")
    asked = asked_for(visit, form)
    return fragment(visit, "parts/tabs.html", form=form, asked=asked, **tabs_values(visit, form, asked, counted=True))


def totals(visit: Visit) -> Response:
    """The foot of a long list, after the page has come."""
    form = visit.form("view")
    asked = asked_for(visit, form)
    ask = ask_of(visit, form, asked)
    names = shown_names(visit, form, asked)

    def unit(work: Work) -> tuple[tuple[str, ...], dict[str, Any]]:
        shown = names_of(work, form, ask, names)
        return shown, asking_sums(work, form, ask, shown)

    shown, found = visit.engine.read(visit.actor, unit)
    cells = [form.fields[n].field.in_column(found[n], visit.reader) if n in found else "" for n in shown]
    lead = next((place for place, shown in enumerate(cells) if shown), 0)
    return fragment(visit, "parts/totals.html", cells=cells, lead=lead, count=visit.arg("n"))


def view_values(visit: Visit, form: Form, asked: Asked) -> dict[str, Any]:
    """What the menus about the view itself need: whether it is one's own, changed, the first."""
    own = own_of(visit, form)
    return {"own": asked.own, "edited": asked.edited, "is_first": own.first == asked.view, "saved": own.saved}


# -- inner -------------------------------------------------------------------------------------------------------------


def _search_hint(visit: Visit, form: Form) -> str:
    """What a search looks into, by the first fields: `退货单号、合同、客户…`."""
    titles = [visit.text(f.title) for f in looked_into(form, visit.actor)]
    named = visit.t("list_comma").join(titles[:HINTED]) or visit.t("search")
    return named + ("…" if len(titles) > HINTED else "")


def _values(visit: Visit, form: Form, asked: Asked, ask: Ask, page: Page, bad: Problem | None) -> dict[str, Any]:
    columns = columns_of(visit, form, asked, page)
    rows = rows_of(visit, form, columns, page)
    summed = [c.name for c in columns if c.numeric]
    ids = [r.record.id for r in page.rows if r.record.id is not None]
    among = ids if page.total == len(ids) else None
    late = page.total > COUNTED or (among is None and is_long(visit, form))
    now = bool(ids and summed) and not late
    sums = visit.engine.read(visit.actor, lambda w: asking_sums(w, form, ask, summed, among)) if now else {}
    chips = [chip(visit, form, w) for w in asked.wheres]
    lead = next((place for place, column in enumerate(columns) if column.numeric), 0)
    first = (page.page - 1) * page.limit + 1
    return {
        **view_values(visit, form, asked), "form": form, "asked": asked, "page": page, "columns": columns, "rows": rows,
        "chips": chips, "totals": {n: form.fields[n].field.in_column(v, visit.reader) for n, v in sums.items()},
        "lead": lead, "late": late and bool(summed), "fixed": all(c.width for c in columns), "offered": _offered(visit, form, page),
        "pages": max(1, -(-page.total // page.limit)), "first": first, "last": first + len(page.rows) - 1,
        "filters": filters_of(visit, form), "bad": bad, "sorts": _sorts(visit, columns), "keys": _keys(page),
        "may_create": may(form, visit.actor, "create"), "may_export": may(form, visit.actor, "export"),
        "may_import": may(form, visit.actor, "import"),
        "narrowest": _narrowest(visit, form, asked, chips) if not page.rows and asked.edited else None,
        "limits": LIMITS, "may_tick": visit.actor.id is not None,
    }  # fmt: skip


def _offered(visit: Visit, form: Form, page: Page) -> list[Offered]:
    """All columns that this person may choose among: those shown, in order, then the others."""
    hidden = hidden_in(form, sets(form, visit.actor, "view"))
    shown = [c if isinstance(c, str) else c.name for c in page.columns]
    system = [n for n in SYSTEM if n != "id" and (form.workflow is not None or not n.startswith("state"))]
    fields = [n for n, f in form.fields.items() if n not in hidden and f.related is None and f.visible is not False]
    through = [n for n in form.far if seen(visit.catalog, form, visit.actor, n)]
    names = [*shown, *(n for n in (*fields, *through, *system) if n not in shown)]
    return [Offered(n, title_of(visit, form.column(n) or n), n in shown) for n in names]


def _sorts(visit: Visit, columns: Iterable[Column]) -> list[tuple[str, str]]:
    """What a list may be sorted by: (name with `-` for descending, words)."""
    return [
        (f"{sign}{c.name}", visit.t(words, title=c.title))
        for c in columns if c.sortable
        for sign, words in (("", "sort_up"), ("-", "sort_down"))
    ]  # fmt: skip


def _keys(page: Page) -> list[str]:
    """What the list is sorted by now, filled up with empty places for more."""
    present = [f"-{n}" if down else n for n, down in page.sort]
    return [*present, *[""] * (KEYS - len(present))][: max(KEYS, len(present))]


def _narrowest(visit: Visit, form: Form, asked: Asked, chips: list[Chip]) -> tuple[Chip, str, int] | None:
    """The condition (or the search) without which most records would be left, the address without it, and how many."""
    best: tuple[Chip, str, int] | None = None
    ways = [(c, replace(asked, wheres=tuple(w for w in asked.wheres if w != c.where))) for c in chips]
    if asked.q:
        ways.append((Chip(visit.t("search"), asked.q, ""), replace(asked, q="")))
    for one, rest in ways:
        try:
            ask = replace(ask_of(visit, form, rest), page=1, limit=1)
            total = visit.engine.page(visit.actor, form.name, ask).total
        except Refused:
            continue
        if best is None or total > best[2]:
            best = (one, rest.url(), total)
    return best


__all__ = [
    "COUNTED", "Asked", "ask_of", "asked_for", "bar_values", "narrowed", "show", "system_value", "tabs",
    "tabs_values", "totals",
]  # fmt: skip
