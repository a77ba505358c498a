"""A form's records as a list: views, search, filters, sorting, totals, pages, export.

Why: everything that a list shows stands in its address, so it works as a plain link, is shared by copying, and the back
button goes back. The engine answers one page; what else is asked for (counts of views, totals) is asked of it
separately.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup
from starlette.responses import Response, StreamingResponse

from engine.definitions.model import Form, FormField
from engine.expressions.tree import Typed
from engine.problems import Problem, Refused
from engine.runtime.access import forbidden, may, usable
from engine.runtime.ask import views
from engine.runtime.exporting import written
from engine.runtime.record import Record
from engine.runtime.values import Ask, Listed, Page
from engine.web.filters import Chip, chip, condition, filters_of
from engine.web.lookups import waits_among
from engine.web.render import fragment, moment, person, query, respond, state_badge
from engine.web.tabs import NO_VIEW, kinds_of, tabs_of
from engine.web.visit import Visit

LIMITS = (25, 50, 100, 200)
COUNTED = 20_000
"""A list of more records has its views counted after the page has come."""

MOMENTS = ("created_at", "updated_at", "state_since")
PEOPLE = ("owner", "created_by", "updated_by")


@dataclass(frozen=True)
class Asked:
    """What the address asks for. `view` is a name, or `-` for none; `wheres` are conditions as written, all
    must hold."""

    view: str
    q: str
    wheres: tuple[str, ...]
    sort: str
    page: int
    limit: int

    def url(self, **changed: Any) -> str:
        """The address with something else asked for; the page starts anew unless it is what changes."""
        new = replace(self, **{"page": 1, **changed})
        return query(
            view=new.view, q=new.q, where=new.wheres, sort=new.sort,
            page=new.page if new.page > 1 else None, limit=new.limit if new.limit != 50 else None,
        )  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column's head. `card` says what its cells are on the phone (`title state meta serial due amount` or "")."""

    name: str
    title: str
    numeric: bool
    card: str
    sortable: bool
    sorted: str
    href: str


def show(visit: Visit) -> Response:
    """The list, or its changing part."""
    form = visit.form("view")
    if not may(form, visit.actor, "view"):
        return respond(visit, "list_closed.html", 403, form=form, problem=forbidden(visit.catalog, form, "view"))
    asked, bad = narrowed(visit, form, asked_for(visit, form))
    if visit.arg("f") and not visit.partial and bad is None:
        return visit.go(f"/f/{form.name}{asked.url()}")
    try:
        ask = ask_of(visit, form, asked)
        page = visit.engine.page(visit.actor, form.name, ask)
    except Refused as refused:
        bad = refused.problems[0]
        ask = Ask(view=None if asked.view == NO_VIEW else asked.view, limit=asked.limit)
        page = visit.engine.page(visit.actor, form.name, ask)
    values = _values(visit, form, asked, ask, page, bad)
    if visit.partial and visit.request.headers.get("hx-target") == "list":
        response = fragment(visit, "parts/list.html", 422 if bad else 200, **values)
        response.headers["HX-Push-Url"] = f"/f/{form.name}{asked.url(page=page.page)}"
        return response
    return respond(
        visit, "list.html", 422 if bad else 200, **tabs_values(visit, form, asked, page.total <= COUNTED), **values
    )


def narrowed(visit: Visit, form: Form, asked: Asked) -> tuple[Asked, Problem | None]:
    """What is asked for with the filter that was just clicked together (`f op v`); the problem when it can't be
    read."""
    if not visit.arg("f"):
        return asked, None
    try:
        more = condition(visit, form, visit.arg("f"), visit.arg("op"), visit.args("v"))
    except Refused as refused:
        return asked, refused.problems[0]
    if more and more not in asked.wheres:
        return replace(asked, wheres=(*asked.wheres, more), page=1), None
    return asked, None


def bar_values(visit: Visit, form: Form, asked: Asked, bad: Problem | None) -> dict[str, Any]:
    """What the head of the page and the bar of filters need where the records are shown otherwise than as a table."""
    return {
        "form": form, "asked": asked, "bad": bad, "chips": [chip(visit, form, w) for w in asked.wheres],
        "filters": filters_of(visit, form), "sorts": [], "may_create": may(form, visit.actor, "create"),
        "may_export": may(form, visit.actor, "export"),
    }  # fmt: skip


def tabs_values(visit: Visit, form: Form, asked: Asked, counted: bool) -> dict[str, Any]:
    """The tabs of the views, and the ways to see the records, as templates draw them."""
    made = tabs_of(visit, form, asked.view, counted=counted)
    kinds = kinds_of(visit, form, asked.view, lambda view: asked.url(view=view, sort=""))
    return {"tabs": made, "lazy": any(t.count is None for t in made), "kinds": kinds}


def tabs(visit: Visit) -> Response:
    """The views with their counts, for a long list after the page has come."""
    form = visit.form("view")
    asked = asked_for(visit, form)
    return fragment(visit, "parts/tabs.html", form=form, asked=asked, **tabs_values(visit, form, asked, True))


def export(visit: Visit) -> Response:
    """The list as CSV, as Excel opens it."""
    form = visit.form("view")
    if not may(form, visit.actor, "export"):
        raise Refused(forbidden(visit.catalog, form, "export"))
    asked = asked_for(visit, form)
    rows = visit.engine.export(visit.actor, form.name, ask_of(visit, form, asked), None)
    name = f"{form.name}-{visit.reader.today.isoformat()}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(written(rows), media_type="text/csv; charset=utf-8", headers=headers)


def asked_for(visit: Visit, form: Form) -> Asked:
    """What the address asks for. Without a view it is the first one, unless something is searched or filtered for."""
    known = [v.name for v in views(form, visit.actor)]
    view = visit.arg("view")
    if not view and known and not visit.args("where") and not visit.arg("q") and not visit.arg("f"):
        view = known[0]
    number, limit = visit.arg("page", "1"), visit.arg("limit", "50")
    return Asked(
        view=view if view in known else NO_VIEW,
        q=visit.arg("q").strip(),
        wheres=tuple(dict.fromkeys(w.strip() for w in visit.args("where") if w.strip())),
        sort=visit.arg("sort"),
        page=int(number) if number.isdigit() and 0 < int(number) < 10**6 else 1,
        limit=int(limit) if limit.isdigit() and int(limit) in LIMITS else 50,
    )


def ask_of(visit: Visit, form: Form, asked: Asked) -> Ask:
    """The same for the engine. Refused for a condition that is wrong."""
    where: Typed | None = None
    if asked.wheres:
        text = " and ".join(f"({w})" for w in asked.wheres) if len(asked.wheres) > 1 else asked.wheres[0]
        where = visit.engine.condition(form.name, text)
    names = [s for s in asked.sort.split(",") if s]
    sort = tuple((s.lstrip("-"), s.startswith("-")) for s in names)
    return Ask(None if asked.view == NO_VIEW else asked.view, where, asked.q, sort, asked.page, asked.limit)


# -- inner -------------------------------------------------------------------------------------------------------------


def _values(visit: Visit, form: Form, asked: Asked, ask: Ask, page: Page, bad: Problem | None) -> dict[str, Any]:
    visit.knows(r.record for r in page.rows)
    visit.reader = replace(visit.reader, href_of=_no_link)
    columns = _columns(visit, form, asked, page)
    waiting = waits_among(visit, form, [r.record.id for r in page.rows if r.record.id is not None])
    rows = [
        (row.record, [_cell(visit, form, row, c, row.record.id in waiting) for c in page.columns]) for row in page.rows
    ]  # fmt: skip
    sums = visit.engine.sums(visit.actor, form.name, ask, [c.name for c in columns if c.numeric]) if page.rows else {}
    chips = [chip(visit, form, w) for w in asked.wheres]
    first = (page.page - 1) * page.limit + 1
    return {
        "form": form, "asked": asked, "page": page, "columns": columns, "rows": rows, "chips": chips,
        "totals": {n: form.fields[n].field.display(v, visit.reader) for n, v in sums.items()},
        "pages": max(1, -(-page.total // page.limit)), "first": first, "last": first + len(page.rows) - 1,
        "filters": filters_of(visit, form), "bad": bad, "sorts": _sorts(visit, form, asked, columns),
        "may_create": may(form, visit.actor, "create"), "may_export": may(form, visit.actor, "export"),
        "narrowest": _narrowest(visit, form, asked, chips) if not page.rows and asked.wheres else None,
        "limits": LIMITS,
    }  # fmt: skip


def _no_link(shape: str, id: int) -> str | None:
    """In a list a row has one link, its own; what it points at is text."""
    return None


def _columns(visit: Visit, form: Form, asked: Asked, page: Page) -> list[Column]:
    may_use = usable(form, visit.actor)
    cards = _cards(form, page.columns)
    present = dict(page.sort[:1])
    out = []
    for one in page.columns:
        name = one if isinstance(one, str) else one.name
        title = visit.t(f"sys_{name}") if isinstance(one, str) else visit.text(one.title)
        numeric = not isinstance(one, str) and one.field.numeric
        sortable = name in may_use and (isinstance(one, str) or (one.field.sortable and one.stored and not one.columns))
        down = present.get(name)
        sorted_ = "" if down is None else "descending" if down else "ascending"
        turned = name if down else f"-{name}" if down is not None or numeric else name
        out.append(Column(name, title, numeric, cards.get(name, ""), sortable, sorted_, asked.url(sort=turned)))
    return out


def _cards(form: Form, columns: Iterable[FormField | str]) -> dict[str, str]:
    """What each column is on the phone's card: one title, one serial number, one amount, a state, two facts."""
    found: dict[str, str] = {}
    free = []
    for one in columns:
        if isinstance(one, str):
            if one == "state":
                found[one] = "state"
            elif one == "owner":
                found[one] = "meta"
        elif one.numbering is not None or one.name == form.key:
            found[one.name] = "serial"
        elif one.field.numeric:
            found = {n: c for n, c in found.items() if c != "amount"} | {one.name: "amount"}
        else:
            free.append(one.name)
    if free:
        found[free[0]] = "title"
        found.update(dict.fromkeys(free[1:3], "meta"))
    elif "serial" in found.values():
        found = {n: "title" if c == "serial" else c for n, c in found.items()}
    return found


def _cell(visit: Visit, form: Form, row: Listed, column: FormField | str, mine: bool) -> Markup | str:
    record: Record = row.record
    if isinstance(column, str):
        return system_value(visit, form, record, column, mine=mine)
    if column.name in row.hidden:
        return ""
    return column.field.display(record.values.get(column.name), visit.reader)


def system_value(visit: Visit, form: Form, record: Record, name: str, *, mine: bool = False) -> Markup | str:
    """What every form has without being asked, for a person: badge, somebody, moment."""
    value = record.values.get(name) if name != "id" else record.id
    if value is None:
        return ""
    if name == "state":
        return state_badge(form, str(value), visit.language, mine=mine)
    if name in PEOPLE:
        return person(visit.reader.title_of("person", value))
    if name in MOMENTS:
        return moment(visit, value)
    return str(value)


def _sorts(visit: Visit, form: Form, asked: Asked, columns: Iterable[Column]) -> list[tuple[str, str, bool]]:
    """The sort menu: (words, link, present)."""
    out = []
    for column in columns:
        if column.sortable:
            for sign, words in (("", "sort_up"), ("-", "sort_down")):
                current = column.sorted == ("descending" if sign else "ascending")
                out.append((visit.t(words, title=column.title), asked.url(sort=f"{sign}{column.name}"), current))
    return out


def _narrowest(visit: Visit, form: Form, asked: Asked, chips: list[Chip]) -> tuple[Chip, str, int] | None:
    """The condition without which most records would be left, the address without it, and how many."""
    best: tuple[Chip, str, int] | None = None
    for one in chips:
        rest = tuple(w for w in asked.wheres if w != one.where)
        try:
            ask = replace(ask_of(visit, form, replace(asked, wheres=rest)), page=1, limit=1)
            total = visit.engine.page(visit.actor, form.name, ask).total
        except Refused:
            continue
        if best is None or total > best[2]:
            best = (one, asked.url(wheres=rest), total)
    return best
