"""When one's tasks are due: a month of them among the workbench, and a link for the calendar of one's phone."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, timedelta

from starlette.responses import Response

from engine.markup import STATE_ICONS
from engine.problems import Refused, problem
from engine.problems.web import NO_FEED
from engine.runtime import feed
from engine.runtime.workbench import Item
from engine.web.calendars import (
    LAST_YEAR,
    SHOWN,
    Chip,
    Day,
    month_asked,
    month_title,
    weekday_words,
    weeks_of,
    words_of_day,
)
from engine.web.render import headline, respond
from engine.web.tasks import serial_of
from engine.web.toasts import toast
from engine.web.visit import Visit


def month(visit: Visit) -> Response:
    """The month asked for, with what waits for the person on the day when it is due."""
    shown = month_asked(visit)
    weeks = weeks_of(shown)
    items = visit.engine.read(visit.actor, feed.dated)
    days = [(_day_of(visit, item), item) for item in items]
    drawn = [[_day(visit, shown, day, [i for at, i in days if at == day]) for day in week] for week in weeks]
    before, after = shown - timedelta(days=1), (shown + timedelta(days=31)).replace(day=1)
    return respond(
        visit, "tasks_calendar.html", weeks=drawn, left=0, title=month_title(visit, shown), weekdays=weekday_words(visit),
        within=sum(at.replace(day=1) == shown for at, _ in days),
        before=f"/tasks/calendar?month={before:%Y-%m}" if before.year > 1 else None,
        after=f"/tasks/calendar?month={after:%Y-%m}" if after.year <= LAST_YEAR else None,
        now="/tasks/calendar", here=shown == visit.reader.today.replace(day=1),
    )  # fmt: skip


def ics(visit: Visit) -> Response:
    """The feed of whoever has this link; no sign-in. Refused with 404 when it is nobody's."""
    engine = visit.engine
    with engine.store.read() as conn:
        person = feed.whose(conn, visit.path("secret"))
    actor = engine.actor(person) if person is not None else None
    if actor is None:
        raise Refused(problem(NO_FEED))
    items = engine.read(actor, feed.dated)
    body = feed.written(items, actor.language, _address(visit), engine.clock())
    headers = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
    return Response(body, 200, headers, "text/calendar")


def renew(visit: Visit) -> Response:
    """A new link in the place of the old one, shown once; or none any more."""
    person = visit.actor.id
    assert person is not None
    if visit.sent("end"):
        visit.engine.store.write(lambda conn: feed.end(conn, person))
        return toast(visit.go("/me#feed"), visit.t("feed_ended"))
    secret = feed.PREFIX + secrets.token_urlsafe(32)
    visit.engine.store.write(lambda conn: feed.renew(conn, person, secret))
    return respond(visit, "feed.html", link=f"{_address(visit)}/calendar/{secret}.ics")


def has_feed(visit: Visit, person: int) -> bool:
    """Whether a person has a link."""
    with visit.engine.store.read() as conn:
        return feed.has(conn, person)


# -- inner -------------------------------------------------------------------------------------------------------------


def _address(visit: Visit) -> str:
    return visit.engine.settings.address or str(visit.request.base_url).rstrip("/")


def _day_of(visit: Visit, item: Item) -> date:
    assert item.due is not None
    return item.due.astimezone(visit.reader.zone).date()


def _day(visit: Visit, shown: date, day: date, items: Sequence[Item]) -> Day:
    chips = tuple(_chip(visit, item) for item in items)
    first = chips if len(chips) <= SHOWN else chips[: SHOWN - 1]
    words = words_of_day(visit, day)
    return Day(day, words, day.month != shown.month, day == visit.reader.today, first, chips[len(first) :], None)


def _chip(visit: Visit, item: Item) -> Chip:
    record, form = item.row.record, item.form
    state = form.workflow.states.get(str(record.values.get("state"))) if form.workflow is not None else None
    assert item.due is not None
    late = item.due <= visit.reader.now
    kind = "bad" if late else state.kind if state is not None else ""
    title = record.title or f"#{record.id}"
    clock = f"{item.due.astimezone(visit.reader.zone):%H:%M}"
    serial = serial_of(visit, form, record) if form.key not in item.row.hidden else ""
    told = (
        serial if serial in title else "",
        visit.text(form.title),
        visit.text(state.title) if state is not None else "",
    )
    words = " · ".join(filter(None, told))
    return Chip(
        f"/f/{form.name}/{record.id}",
        headline(title, serial),
        title,
        clock,
        kind,
        STATE_ICONS.get(kind, ""),
        words,
        True,
        True,
    )
