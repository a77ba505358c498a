"""Pages for those who lead and who look after it: who has how much to do, what happened by itself, when what is due; the
link for calendars; and the same for programs."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import update
from starlette.testclient import TestClient

from engine.storage import tables
from tests.firm import Build, Firm
from tests.web.conftest import Browser

SAFE = {"sec-fetch-site": "same-origin"}
FORM = """
title: {zh: 报销, en: Bills}
record_title: "{what}"
fields: {what: {type: text, title: {zh: 什么, en: What}, required: true}, secret: {type: boolean}}
access:
  clerk: {can: [view, create]}
  boss:  {can: [view], where: not secret}
  guest: {can: [view, create]}
"""
FLOW = """
states:
  check: {title: {zh: 审批, en: Check}, task: {assign: clerk, exclude: =created_by}, due: 3h}
  good:  {title: {zh: 同意, en: Good}, final: success}
transitions: {agree: {title: {zh: 同意, en: Agree}, from: check, to: good}}
"""
GREET = """
title: {zh: 打招呼, en: Greet}
form: bill
event: created
mode: afterwards
do: [{set: {what: '= what & "!"'}, when: what != "bad"}, {refuse: No, when: what = "bad"}]
"""
TRIP = "fields: {what: {type: text}}\naccess: {clerk: {can: [view, create]}}\n"
TRIPS = """
states:
  draft: {}
  check: {task: {assign: boss}}
  good:  {final: success}
transitions: {send: {from: draft, to: check, who: clerk}, agree: {from: check, to: good}}
"""
SENT = "from: draft, to: check, who: clerk"
LEASES = TRIPS.replace(SENT, f"{SENT}, do: [{{set: {{what: let}}, compensate: [{{set: {{what: free}}}}]}}]").replace(
    "agree:", f"wire: {{title: Wire, {SENT}, do: [{{set: {{what: paid}}, compensate: none}}]}}, agree:"
)
FILES = {
    "forms/lease.yaml": TRIP, "workflows/lease.yaml": LEASES,
    "forms/bill.yaml": FORM, "workflows/bill.yaml": FLOW, "automations/greet.yaml": GREET, "forms/trip.yaml": TRIP,
    "workflows/trip.yaml": TRIPS,
}  # fmt: skip


@pytest.fixture
def shop(engine_of: Build) -> Firm:
    """Ann and Abe are clerks in the shop, which Bob heads; Gus is a guest elsewhere; Ada is the administrator."""
    firm = engine_of(FILES)
    department = tables.department

    def unit(conn: Any) -> int:
        made = conn.execute(department.insert().values(key="shop", name={"zh": "门店", "en": "Shop"}))
        return int(made.inserted_primary_key[0])

    id = firm.engine.store.write(unit)
    for login, role in (("ann", "clerk"), ("abe", "clerk"), ("bob", "boss")):
        firm.person(login, role, department=id)
    firm.person("gus", "guest")
    firm.person("ada", "admin")
    head = firm.who("bob").id
    firm.engine.store.write(
        lambda conn: conn.execute(update(department).where(department.c.id == id).values(head=head))
    )
    return firm


def rows(client: TestClient, path: str) -> list[list[str]]:
    """The cells of a page's tables, as text."""
    body = re.sub("<svg.*?</svg>", "", client.get(path).text, flags=re.DOTALL)
    cells = [re.findall(r"<td.*?</td>", row, re.DOTALL) for row in re.findall(r"<tr[^>]*><td.*?</tr>", body, re.DOTALL)]
    return [[" ".join(re.sub("<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


def test_a_head_sees_who_has_how_much_and_no_more_than_their_lists_show(shop: Firm, browser: Browser) -> None:
    for what, secret in (("Lunch", False), ("Taxi", False), ("Gift", True)):
        shop.new(shop.who("ann"), "bill", what=what, secret=secret)
        shop.clock.later(hours=2)
    shop.new(shop.who("abe"), "bill", what="Hotel")
    bob = browser("bob")
    assert [row[:4] for row in rows(bob, "/team")] == [
        ["A Abe", "Shop", "2", "2 late"], ["A Ann", "Shop", "1", "–"], ["B Bob", "Shop", "0", "–"],
    ]  # fmt: skip
    assert "What was given to nobody and several may take" in bob.get("/team").text  # as their own list says more
    page = bob.get(f"/team/{shop.who('abe').id}").text
    assert "Lunch" in page and "Taxi" in page and "Gift" not in page
    assert bob.get(f"/team/{shop.who('gus').id}").status_code == 404
    assert 'href="/team/late/bill"' in bob.get("/team").text
    late = bob.get("/team/late/bill").text
    assert "Lunch" in late and "Taxi" in late and "Hotel" not in late and "Gift" not in late
    assert [r[2] for r in rows(browser("ada"), "/team") if r[0] == "A Abe"] == ["3"]
    ann = browser("ann")
    assert ann.get("/team/late/bill").status_code == 403
    assert ann.get("/team").status_code == 403 and "/team" not in ann.get("/tasks").text
    assert 'href="/team"' in bob.get("/tasks").text


def test_who_takes_a_record_back_is_told_what_stays(shop: Firm, browser: Browser) -> None:
    ann = browser("ann")
    id = shop.new(shop.who("ann"), "trip", what="Ulm")
    shop.engine.act(shop.who("ann"), "trip", id, "send")
    assert "What was done on the way stays" in ann.get(f"/f/trip/{id}/act/check:withdraw").text
    assert ann.post(f"/f/trip/{id}/act/check:withdraw", data={}, headers=SAFE).status_code == 303
    assert "what was done on the way stays" in ann.get(f"/f/trip/{id}").text


def test_or_that_it_is_undone_or_why_it_can_not_be(shop: Firm, browser: Browser) -> None:
    ann, who = browser("ann"), shop.who("ann")
    let, paid = shop.new(who, "lease", what="Flat"), shop.new(who, "lease", what="Hall")
    for id, button in ((let, "send"), (paid, "wire")):
        shop.engine.act(who, "lease", id, button)
    assert "undoes what its workflow says how to" in ann.get(f"/f/lease/{let}/act/check:withdraw").text
    assert ann.post(f"/f/lease/{let}/act/check:withdraw", data={}, headers=SAFE).status_code == 303
    assert "what the workflow says how to undo is undone" in ann.get(f"/f/lease/{let}").text
    assert shop.get("lease", let)["what"] == "free"
    assert "check:withdraw" not in ann.get(f"/f/lease/{paid}").text
    barred = ann.post(f"/f/lease/{paid}/act/check:withdraw", data={}, headers=SAFE)
    assert barred.status_code == 409 and "What “Wire” did can&#39;t be undone" in barred.text


def test_what_happened_by_itself_is_told_with_its_cause_and_tried_again(shop: Firm, browser: Browser) -> None:
    good, bad = (shop.new(shop.who("ann"), "bill", what=what) for what in ("Lunch", "bad"))
    for _ in range(12):
        shop.engine.jobs.run_due()
        shop.clock.later(days=1)
    ada = browser("ada")
    page = ada.get("/automations").text
    assert f'href="/f/bill/{good}">Lunch!</a>' in page and f'href="/f/bill/{bad}">bad</a>' in page
    assert "Given up" in page and "No" in page and "Greet" in page
    only = rows(ada, "/automations?state=done")
    assert any("Lunch!" in row[1] for row in only) and not any("Given up" in row[2] for row in only)
    (job,) = set(re.findall(r'action="/automations/jobs/(\d+)"', page))
    shop.engine.store.write(lambda conn: conn.execute(
        update(shop.engine._edition.layout.table("bill")).where(shop.engine._edition.layout.table("bill").c.id == bad).values(what="Tea")
    ))  # fmt: skip
    assert ada.post(f"/automations/jobs/{job}", headers=SAFE, follow_redirects=False).status_code == 303
    shop.engine.jobs.run_due()
    assert shop.get("bill", bad)["what"] == "Tea!"
    assert ada.post(f"/automations/jobs/{job}", headers=SAFE).status_code == 404
    ann = browser("ann")
    assert ann.get("/automations").status_code == 403
    assert ann.post(f"/automations/jobs/{job}", headers=SAFE).status_code == 403


def test_the_calendar_has_what_is_due_on_its_day(shop: Firm, browser: Browser) -> None:
    shop.new(shop.who("ann"), "bill", what="Lunch")
    abe = browser("abe")
    page = abe.get("/tasks/calendar").text
    assert "November 2026" in page and "15:00" in page and "Lunch" in page
    assert "Lunch" not in browser("ann").get("/tasks/calendar").text
    assert "Lunch" not in abe.get("/tasks/calendar?month=2026-12").text


def test_a_calendar_reads_the_link_until_it_is_renewed(shop: Firm, browser: Browser) -> None:
    id = shop.new(shop.who("ann"), "bill", what="Lunch, with; commas\\ and 中文 " * 4)
    abe = browser("abe")
    link = re.findall(r'value="http://\S+(/calendar/fld_\S+\.ics)"', abe.post("/me/feed", headers=SAFE).text)[0]
    outside = browser()
    answer = outside.get(link)
    assert answer.headers["content-type"].startswith("text/calendar") and "no-store" in answer.headers["cache-control"]
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert str(event["summary"]) == ("Lunch, with; commas\\ and 中文 " * 4).strip()
    assert str(event["description"]) == "Bills · Check" and str(event["url"]).endswith(f"/f/bill/{id}")
    assert event["dtstart"].dt == datetime.fromisoformat("2026-11-23T07:00:00+00:00") and len(event.walk("VALARM")) == 1
    new = re.findall(r'value="http://\S+(/calendar/fld_\S+\.ics)"', abe.post("/me/feed", headers=SAFE).text)[0]
    assert outside.get(link).status_code == 404 and outside.get(new).status_code == 200
    abe.post("/me/feed", data={"end": "1"}, headers=SAFE)
    assert outside.get(new).status_code == 404
    assert outside.get("/calendar/fld_guess.ics").status_code == 404


def test_programs_list_tasks_and_do_them(shop: Firm, browser: Browser) -> None:
    id = shop.new(shop.who("ann"), "bill", what="Lunch")
    abe = browser("abe")
    found = abe.get("/api/tasks").json()
    (task,) = found["tasks"]
    assert found["total"] == 1 and (task["form"], task["id"], task["due_at"]) == ("bill", id, "2026-11-23T07:00:00Z")
    done = next(t for t in task["transitions"] if t["name"] == "agree")
    assert abe.post(done["href"], json={}, headers=SAFE).status_code == 200
    assert abe.get("/api/tasks").json() == {"tasks": [], "total": 0}
    assert [t["id"] for t in abe.get("/api/tasks?tab=done&form=bill").json()["tasks"]] == [id]
    for wrong in ("tab=mine", "late=1", "limit=0", "form=nope", "who=me"):
        assert abe.get(f"/api/tasks?{wrong}").status_code == 400, wrong


def test_programs_of_administrators_read_runs_and_have_jobs_tried_again(shop: Firm, browser: Browser) -> None:
    shop.new(shop.who("ann"), "bill", what="bad")
    for _ in range(12):
        shop.engine.jobs.run_due()
        shop.clock.later(days=1)
    ada, ann = browser("ada"), browser("ann")
    (run,) = ada.get("/api/runs?state=dead").json()["runs"]
    (job,) = ada.get("/api/jobs").json()["jobs"]
    assert run["job"] == job["id"] and run["cause"]["event"] == "created" and "No" in job["error"]
    assert ann.get("/api/jobs").status_code == 403 and ann.get("/api/runs").status_code == 403
    assert "/api/jobs" not in ann.get("/api/openapi.json").json()["paths"]
    assert {"/api/tasks", "/api/jobs/{id}/retry"} <= set(ada.get("/api/openapi.json").json()["paths"])
    assert ada.post(f"/api/jobs/{job['id']}/retry", headers=SAFE).json() == {"id": job["id"], "state": "ready"}
    assert ada.post(f"/api/jobs/{job['id']}/retry", headers=SAFE).status_code == 404
