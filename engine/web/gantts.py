"""A view as bars over time: each record a row with its first and last day and a bar between them, drawn by the server.

Why: the bars stand in a table that says the same in words, so there is nothing to translate for screen readers, keys,
paper or the phone. Places on the scale are percentages in SVG attributes: pages carry no styles of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from engine.definitions.model import Form, FormField, View
from engine.problems import Problem, Refused
from engine.runtime.calendars import Days, Span
from engine.runtime.values import Ask
from engine.web.cards import Plan, card_of, near_day, plan_of
from engine.web.figures import MONTHS
from engine.web.lists import Asked, ask_of, asked_for, bar_values, narrowed, tabs_values
from engine.web.render import fragment, query, respond
from engine.web.visit import Visit

MOST = 100
"""How many bars are drawn at once."""

WEEKS, MONTHS_SHOWN = 6, 6
"""How much time is seen at once, by scale."""

LAST_YEAR = 9990
EARLIEST = date(2, 1, 1)


@dataclass(frozen=True)
class Scale:
    """The time that is seen: from `first` on, up to (without) `after`; `starts` are the first days of its parts."""

    name: str
    first: date
    after: date
    starts: tuple[date, ...]

    def at(self, day: date) -> float:
        """Where a day begins, in percent of the width; what lies outside is a little outside."""
        part = (day - self.first).days / (self.after - self.first).days * 100
        return round(min(max(part, -3.0), 103.0), 2)


@dataclass(frozen=True)
class Tick:
    """The beginning of a week or month: where, and what it says."""

    x: float
    words: str


@dataclass(frozen=True)
class Bar:
    """A record's row. `x` and `width` in percent; `done` the part of the width that is done (None: it has none)."""

    id: int
    href: str
    title: str
    badge: Markup | str
    facts: str
    start: str
    end: str
    first: date
    last: date
    kind: str
    late: bool
    x: float
    width: float
    done: float | None
    says: str


def show(visit: Visit, form: Form, view: View) -> Response:
    """The time asked for (`scale=week`, `from=2026-11-02`), the present otherwise. Refused as the engine refuses."""
    asked, bad = narrowed(visit, form, asked_for(visit, form))
    scale = _scale(visit)
    here = f"/f/{form.name}{asked.url()}&scale={scale.name}"
    if visit.arg("f") and not visit.partial and bad is None:
        return visit.go(f"{here}&from={scale.first}")
    last = scale.after - timedelta(days=1)
    try:
        found = visit.engine.days(visit.actor, form.name, view, ask_of(visit, form, asked), scale.first, last, MOST)
    except Refused as refused:
        if not asked.wheres and not asked.sort:
            raise
        bad = refused.problems[0]
        plain = Ask(view=asked.view, q=asked.q)
        found = visit.engine.days(visit.actor, form.name, view, plain, scale.first, last, MOST)
    values = _values(visit, form, view, asked, scale, found, bad)
    if visit.partial and visit.request.headers.get("hx-target") == "list":
        response = fragment(visit, "parts/gantt.html", 422 if bad else 200, **values)
        response.headers["HX-Push-Url"] = f"{here}&from={scale.first}"
        return response
    tabs = tabs_values(visit, form, asked)
    return respond(visit, "gantt.html", 422 if bad else 200, **tabs, **values)


# -- the scale ---------------------------------------------------------------------------------------------------------


def _scale(visit: Visit) -> Scale:
    given = _day(visit.arg("from"))
    if visit.arg("scale") == "week":
        start = given or visit.reader.today - timedelta(days=7)
        start -= timedelta(days=start.weekday())
        starts = tuple(start + timedelta(days=7 * n) for n in range(WEEKS + 1))
        return Scale("week", start, starts[-1], starts[:-1])
    start = (given or _month(visit.reader.today, -1)).replace(day=1)
    starts = tuple(_month(start, n) for n in range(MONTHS_SHOWN + 1))
    return Scale("month", start, starts[-1], starts[:-1])


def _day(written: str) -> date | None:
    try:
        found = date.fromisoformat(written)
    except ValueError:
        return None
    return found if found >= EARLIEST and found.year <= LAST_YEAR else None


def _month(day: date, away: int) -> date:
    """The first day of the month so many months away."""
    count = day.year * 12 + day.month - 1 + away
    return date(count // 12, count % 12 + 1, 1)


def _moved(scale: Scale, back: bool) -> date:
    """Where the time seen begins after half of it was passed."""
    if scale.name == "week":
        return scale.first + timedelta(days=(-7 if back else 7) * (WEEKS // 2))
    return _month(scale.first, (-1 if back else 1) * (MONTHS_SHOWN // 2))


def _tick(visit: Visit, scale: Scale, day: date) -> Tick:
    zh = visit.language == "zh"
    if scale.name == "week":
        words = f"{day:%m-%d}" if zh else f"{day.day} {MONTHS[day.month - 1]}"
    else:
        words = f"{day.month}月" if zh else MONTHS[day.month - 1]
    return Tick(scale.at(day), words)


# -- the bars ----------------------------------------------------------------------------------------------------------


def _values(
    visit: Visit, form: Form, view: View, asked: Asked, scale: Scale, found: Days, bad: Problem | None
) -> dict[str, Any]:
    visit.knows(span.row.record for span in found.spans)
    visit.reader = replace(visit.reader, href_of=lambda shape, id: None)
    today = visit.reader.today
    address = f"/f/{form.name}{asked.url()}"
    before, after = _moved(scale, True), _moved(scale, False)
    return {
        **bar_values(visit, form, asked, bad), "view": view, "scale": scale.name, "left": found.left,
        "bars": _bars(visit, form, view, scale, found), "ticks": [_tick(visit, scale, d) for d in scale.starts],
        "today": scale.at(today) if scale.first <= today < scale.after else None,
        "heads": [_title(visit, form, view.start), _title(visit, form, view.end)],
        "span": _seen(visit, scale),
        "before": f"{address}&scale={scale.name}&from={before}" if before > EARLIEST else None,
        "after": f"{address}&scale={scale.name}&from={after}" if after.year < LAST_YEAR else None,
        "now": f"{address}&scale={scale.name}", "scales": [(n, f"{address}&scale={n}") for n in ("week", "month")],
        "new": f"/f/{form.name}/new" + query(back=address), "narrowest": None,
    }  # fmt: skip


def _bars(visit: Visit, form: Form, view: View, scale: Scale, found: Days) -> list[Bar]:
    plan = plan_of(form, view, found.shown, None)
    shares = [f for f in found.shown if not isinstance(f, str) and f.field.share and f.name in view.columns]
    return [_bar(visit, form, view, scale, plan, shares, span) for span in found.spans]


def _bar(visit: Visit, form: Form, view: View, scale: Scale, plan: Plan, shares: list[FormField], span: Span) -> Bar:
    record, row = span.row.record, span.row
    state = form.workflow.states.get(str(record.values.get("state"))) if form.workflow is not None else None
    late = state is not None and state.final is None and span.last < visit.reader.today
    card = card_of(visit, form, view, plan, row, ())
    x = scale.at(span.first)
    width = max(scale.at(span.last + timedelta(days=1)) - x, 0.8)
    part = next((v for f in shares if (v := record.values.get(f.name)) is not None), None)
    start, end = near_day(visit, span.first), near_day(visit, span.last)
    title = record.title or card.title
    told = [card.title if card.title not in title else "", *card.facts]
    return Bar(
        record.id or 0, card.href, title, card.badge, " · ".join(t for t in told if t), start, end, span.first,
        span.last, state.kind if state is not None else "", late, x, round(width, 2),
        round(width * min(max(float(part), 0.0), 1.0), 2) if part is not None else None,
        visit.t("gantt_bar", title=title, start=start, end=end),
    )  # fmt: skip


def _seen(visit: Visit, scale: Scale) -> str:
    """The time that is seen, in words: 2026年10月 – 2027年3月; Oct 2026 – Mar 2027."""
    first, last = scale.first, scale.after - timedelta(days=1)
    if scale.name == "week":
        return f"{first} – {last}" if visit.language == "zh" else f"{_english(first, True)} – {_english(last, True)}"
    if visit.language == "zh":
        return f"{first.year}年{first.month}月 – {last.year}年{last.month}月"
    return f"{_english(first, False)} – {_english(last, False)}"


def _english(day: date, whole: bool) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}" if whole else f"{MONTHS[day.month - 1]} {day.year}"


def _title(visit: Visit, form: Form, name: str | None) -> str:
    field = form.fields.get(name or "")
    return visit.text(field.title) if field is not None else visit.t(f"sys_{name}")
