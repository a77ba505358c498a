"""Dashboards: the page with its filters and empty cards, and each card's content on a request of its own.

Why: one slow question must not hold the page. A browser without scripts is led on to the same page with `plain=1`, which
has all cards in it, with figures in place of drawings. What a filter may be is said by the field that it narrows: a date
asks for a period, anything else for a value of the field itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from engine.charts.base import Frame
from engine.definitions.model import Catalog, Dashboard, DashboardFilter, FormField, Widget
from engine.expressions.formats import shown as formatted
from engine.fields.base import Control
from engine.problems import Problem, Refused, problem
from engine.problems.access import BAD_PERIOD
from engine.problems.web import NO_DASHBOARD
from engine.runtime.access import may
from engine.runtime.exporting import SYSTEM_TITLES
from engine.web import figures
from engine.web.errors import failure
from engine.web.frame import sees
from engine.web.render import query, render, respond
from engine.web.visit import Visit

PERIOD_OF = re.compile(r'^PERIOD\((\w+), ?"\w+"\)$')
PERIODS = ("this_month", "this_quarter", "this_year", "last_year", "all")


@dataclass(frozen=True)
class Period:
    """A period to choose from."""

    name: str
    title: str
    href: str
    current: bool


@dataclass(frozen=True)
class FilterBar:
    """One filter. Either `periods` (with `start` and `end` of a custom one) or `control`; `value` is what is chosen."""

    name: str
    title: str
    periods: tuple[Period, ...]
    start: str
    end: str
    control: Markup | None
    value: str
    clear: str


@dataclass(frozen=True)
class Card:
    """A widget's place: 12 columns make a row. `body`: its content, None where the browser asks for it."""

    name: str
    title: str
    span: int
    css: str
    href: str
    body: Markup | None


def show(visit: Visit) -> Response:
    """The dashboard with its filters; the cards fill themselves, or are there with `plain`."""
    board = _board(visit)
    chosen, plain = _chosen(visit, board), bool(visit.arg("plain"))
    kept = {**chosen, "plain": "1"} if plain else chosen
    bars = [_bar(visit, board, f, kept) for f in board.filters.values()]
    cards = [
        Card(w.name, visit.text(w.title), _span(w), w.chart.css, f"/d/{board.name}/w/{w.name}" + query(**chosen),
             Markup(_card(visit, board, w, plain=True)) if plain else None)
        for w in board.widgets.values() if _visible(visit, w)
    ]  # fmt: skip
    return respond(
        visit, "dashboard.html", board=board, title=visit.text(board.title), bars=bars, cards=cards,
        chosen=kept, plain=None if plain else f"/d/{board.name}" + query(**{**chosen, "plain": "1"}),
        updated=figures.moment(visit.engine.clock(), visit.reader),
    )  # fmt: skip


def widget(visit: Visit) -> Response:
    """One card's content: drawn, empty, closed or failed; never an error of the whole page."""
    board, name = _board(visit), visit.path("widget")
    found = board.widgets.get(name)
    if found is None:
        raise Refused(problem(NO_DASHBOARD, name=name[:80]))
    return visit.html(_card(visit, board, found, plain=False))


def _card(visit: Visit, board: Dashboard, found: Widget, *, plain: bool) -> str:
    """The HTML of one card."""
    name, title = found.name, visit.text(found.title)
    href = f"/d/{board.name}/w/{name}" + query(**_chosen(visit, board))
    values: dict[str, Any] = {
        "title": title, "href": href, "css": found.chart.css, "name": name, "span": _span(found), "plain": plain,
    }  # fmt: skip
    try:
        answer = visit.engine.widget(visit.actor, board.name, name, _chosen(visit, board))
        frame = Frame(
            visit.language, title, visit.t, lambda value, format: _number(visit, value, format), plain,
            _called(visit, found), visit.text(visit.catalog.forms[found.form].title) if found.form in visit.catalog.forms else "",
        )  # fmt: skip
        body = found.chart.draw(answer, frame)
    except Refused as refused:
        return _told(visit, refused.problems[0], values)
    except Exception as error:
        return _told(visit, failure(visit.request.url.path, error), values)
    link = answer.points[0].href if len(answer.points) == 1 and not answer.points[0].keys else None
    return render(
        visit, "parts/widget.html", body=body, link=link, total=answer.total, listed=found.chart.records,
        of=found.form.partition(".")[0], told=_told_period(visit, board), wider=_wider(visit, board, plain), **values,
    )  # fmt: skip


def _called(visit: Visit, found: Widget) -> str:
    """What a widget's groups are called: the title of the field that they, or their periods, are by; "" for groups by
    anything else."""
    form = visit.catalog.forms.get(found.form)
    titles = {**SYSTEM_TITLES, **{f.name: f.title for f in form.fields.values()}} if form is not None else {}
    names = [PERIOD_OF.sub(r"\1", by.text) for by in found.by.values()]
    return " · ".join(visit.text(titles[n]) for n in names) if all(n in titles for n in names) else ""


def _told_period(visit: Visit, board: Dashboard) -> str:
    """Which time a picture of a chart is about, and when it was taken: 今年 · 2026-11-23."""
    said = [visit.text(board.title)]
    for name, value in _chosen(visit, board).items():
        if board.filters[name].default is not None or ".." in value:
            said.append(value.replace("..", " – ") if ".." in value else visit.t(f"period_{value}"))
    return " · ".join([*said, visit.reader.today.isoformat()])


def _wider(visit: Visit, board: Dashboard, plain: bool) -> str:
    """The dashboard over all time; "" where no time is chosen."""
    chosen = _chosen(visit, board)
    timed = [n for n, f in board.filters.items() if f.default is not None and chosen.get(n) != "all"]
    return (
        f"/d/{board.name}" + query(**{**chosen, **dict.fromkeys(timed, "all"), "plain": "1" if plain else None})
        if timed
        else ""
    )


def _told(visit: Visit, refusal: Problem, values: dict[str, Any]) -> str:
    return render(visit, "parts/widget_failed.html", problem=refusal, closed=refusal.status in (403, 404), **values)


def _span(found: Widget) -> int:
    """How many of the row's twelve columns a card takes."""
    return (found.chart.width or found.chart.quarters) * 3


def _board(visit: Visit) -> Dashboard:
    name = visit.path("name")
    found = sees(visit.catalog, visit.actor, name)
    if not isinstance(found, Dashboard):
        raise Refused(problem(NO_DASHBOARD, name=name[:80]))
    return found


def _visible(visit: Visit, found: Widget) -> bool:
    """A card of a form that this person may not see is left out: it could only ever say so."""
    form = visit.catalog.forms.get(found.form.partition(".")[0])  # of lines: the form that holds them
    return form is not None and may(form, visit.actor, "view")


def _chosen(visit: Visit, board: Dashboard) -> dict[str, str]:
    """Filter -> what is chosen, defaults included; `all` means no narrowing and is left out."""
    out: dict[str, str] = {}
    for name, one in board.filters.items():
        start, end = visit.arg(f"{name}.from"), visit.arg(f"{name}.to")
        value = f"{start}..{end}" if start and end and _dates(start, end) else visit.arg(name, one.default or "")
        if value and value != "all":
            out[name] = value
        elif one.default and value == "all":
            out[name] = "all"
    return out


def _bar(visit: Visit, board: Dashboard, one: DashboardFilter, chosen: dict[str, str]) -> FilterBar:
    value = chosen.get(one.name, "all")
    field = _field(visit.catalog, one)
    title = visit.text(one.title)
    if field is None or field.field.kind in ("date", "instant"):
        known = list(PERIODS) if one.default in (None, *PERIODS) else [one.default, *PERIODS]
        periods = tuple(
            Period(p, visit.t(f"period_{p}"), query(**{**chosen, one.name: p}), p == value) for p in known if p
        )
        start, _, end = value.partition("..")
        return FilterBar(one.name, title, periods, start if end else "", end, None, value, "")
    control = field.field.input(
        Control(
            name=one.name, id=f"filter-{one.name}", value=_value(visit, field, chosen.get(one.name, "")),
            reader=visit.reader, title=field.title, bare=True, options=field.options,
            source=f"/f/{field.shape}/options/{field.name}" if field.field.targets() else None,
        )
    )  # fmt: skip
    return FilterBar(
        one.name, title, (), "", "", control, chosen.get(one.name, ""), query(**{**chosen, one.name: None})
    )


def _field(catalog: Catalog, one: DashboardFilter) -> FormField | None:
    """The first field that the filter narrows; None for what every form has (moments)."""
    for form, name in one.fields.items():
        found = catalog.field(form, name)
        if found is not None:
            return found
    return None


def _value(visit: Visit, field: FormField, raw: str) -> object:
    if not raw:
        return None
    try:
        return field.field.parse(raw, visit.place(field, field.name))
    except Refused:
        return None


def _dates(start: str, end: str) -> bool:
    try:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
    except ValueError:
        raise Refused(problem(BAD_PERIOD, value=f"{start}..{end}"[:40])) from None
    return first <= last


def _number(visit: Visit, value: Decimal, format: str | None) -> str:
    return formatted(value, format, visit.reader.zone)
