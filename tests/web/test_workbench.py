"""The workbench: four tabs over all forms, narrowed, with what is due; and several tasks done together."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from tests.firm import Build, Firm
from tests.web.conftest import Browser

SAFE = {"sec-fetch-site": "same-origin"}
FORM = """
title: {zh: %s, en: %s}
record_title: "{what}"
fields: {what: {type: text, title: {zh: 什么, en: What}, required: true}}
actions: {tell: {title: Tell, who: clerk, do: [{notify: guest, message: "{what}"}]}}
access: {clerk: {can: [view, create]}, boss: {can: [view]}, guest: {can: [view]}}
"""
FLOW = """
states:
  check: {title: {zh: 审批, en: Check}, task: {assign: boss}, due: %s}
  fix:   {title: {zh: 补充, en: Fix}, wait: [{until: state_since + 2d, to: good}]}
  good:  {title: {zh: 同意, en: Good}, final: success}
transitions:
  agree:  {title: {zh: 同意, en: Agree}, from: check, to: good}
  back:   {title: {zh: 退回, en: Send back}, from: check, to: fix, opinion: required}
  again:  {title: {zh: 再来, en: Again}, from: fix, to: check, who: clerk}
"""
ENDING = """
states:
  settle:
    title: {zh: 办理, en: Settle}
    tasks: {pay: {title: {zh: 付款, en: Pay}, assign: boss}, rate: {title: {zh: 评价, en: Rate}, assign: clerk, ends: 3d}}
    then: good
  good: {title: {zh: 同意, en: Good}, final: success}
"""
FILES = {
    "forms/trip.yaml": FORM % ("出差", "Trips"),
    "workflows/trip.yaml": FLOW % "2d",
    "forms/bill.yaml": FORM % ("报销", "Bills"),
    "workflows/bill.yaml": FLOW % "1h",
    "forms/job.yaml": FORM % ("工作", "Jobs"),
    "workflows/job.yaml": ENDING,
}


@pytest.fixture
def shop(engine_of: Build) -> Firm:
    """Ann asks, Bob decides, Gus is told."""
    firm = engine_of(FILES)
    for login, role in (("ann", "clerk"), ("bob", "boss"), ("gus", "guest")):
        firm.person(login, role)
    for form, what in (("trip", "Paris"), ("bill", "Lunch"), ("trip", "Rome")):
        firm.new(firm.who("ann"), form, what=what)
        firm.clock.later(minutes=1)
    return firm


def titles(client: TestClient, path: str) -> list[str]:
    return re.findall(r'class="fl-task-title"[^>]*>([^<]+)<', client.get(path).text)


def test_what_waits_stands_by_when_it_is_due(shop: Firm, browser: Browser) -> None:
    bob = browser("bob")
    assert titles(bob, "/tasks") == ["Lunch", "Paris", "Rome"]
    shop.clock.later(hours=3)
    shop.engine.jobs.run_due()
    page = bob.get("/tasks").text
    assert "2 h late" in page and "fl-due--over" in page and 'data-count="tasks">3<' in page
    assert titles(bob, "/tasks?late=1") == ["Lunch"]
    marked = {
        path: "2 h late" in bob.get(path).text
        for path in ("/f/bill?view=-", "/f/bill/1", "/f/trip?view=-", "/f/trip/1")
    }
    assert marked == {"/f/bill?view=-": True, "/f/bill/1": True, "/f/trip?view=-": False, "/f/trip/1": False}
    assert titles(bob, "/tasks?form=trip") == ["Paris", "Rome"] == titles(bob, "/tasks?form=trip&state=check")
    assert titles(bob, "/tasks?form=trip&state=fix") == [] == titles(bob, "/tasks?q=london")
    assert titles(bob, "/tasks?q=rom") == ["Rome"]
    assert titles(browser("gus"), "/tasks") == [] == titles(browser("ann"), "/tasks")


def test_who_started_did_or_was_told_finds_it_there(shop: Firm, browser: Browser) -> None:
    shop.engine.act(shop.who("bob"), "bill", 1, "agree")
    shop.engine.act(shop.who("ann"), "trip", 1, "tell")
    ann, bob, gus = browser("ann"), browser("bob"), browser("gus")
    assert titles(ann, "/tasks?tab=started") == ["Rome", "Lunch", "Paris"]
    assert titles(bob, "/tasks?tab=done") == ["Lunch"] == titles(bob, "/?tab=done")
    assert titles(bob, "/tasks?tab=told") == [] == titles(ann, "/tasks?tab=told")
    assert titles(gus, "/tasks?tab=told") == ["Paris"]
    assert 'Told to me <span class="fl-tab-count">1</span>' in gus.get("/tasks").text
    assert 'role="img" aria-label="Ann"' in gus.get("/notices").text  # whose act it was
    shop.engine.read_notices(shop.who("gus"))
    assert "Told to me <span" not in gus.get("/tasks").text and titles(gus, "/tasks?tab=told") == ["Paris"]


def test_several_are_done_form_by_form_with_one_opinion(shop: Firm, browser: Browser) -> None:
    bob = browser("bob")
    ticked = {"task": ["trip/1", "trip/2", "bill/1", "trip/99", "nothing/1", "trip/x"]}
    page = bob.post("/tasks/bulk", data=ticked, headers=SAFE).text
    assert (
        '<a href="/f/trip/1">Paris</a>' in page and '<a href="/f/bill/1">Lunch</a>' in page and "/f/trip/99" not in page
    )
    assert page.count('Agree <span class="fl-count">') == 2 and 'Agree <span class="fl-count">2</span>' in page
    ids = {"id": ["1", "2"], "next": "/tasks"}
    asked = bob.post("/f/trip/bulk/back", data=ids, headers=SAFE).text
    assert 'name="next" value="/tasks"' in asked and 'name="opinion"' in asked
    done = bob.post("/f/trip/bulk/back", data={**ids, "_go": "1", "opinion": "Who pays?"}, headers=SAFE)
    assert (done.status_code, done.headers["location"]) == (303, "/tasks")
    assert titles(bob, "/tasks") == ["Lunch"] and titles(bob, "/tasks?tab=done") == ["Rome", "Paris"]
    none = bob.post("/tasks/bulk", data={"task": "x"}, headers=SAFE)
    assert none.headers["location"] == "/tasks" and "No record is ticked" in bob.get("/tasks").text


def test_what_moves_on_by_itself_says_when(shop: Firm, browser: Browser) -> None:
    bob = browser("bob")
    assert "Moves on by itself" not in bob.get("/tasks").text
    shop.engine.act(shop.who("bob"), "trip", 1, "back", opinion="Why?")
    for page in ("/tasks?tab=waiting", "/tasks?tab=started", "/"):
        found = re.findall(r"Moves on by itself: [^<]*", browser("ann").get(page).text)
        assert found == ["Moves on by itself: 25 Nov"], page
    shop.clock.later(days=2)
    shop.engine.jobs.run_due()
    assert shop.get("trip", 1)["state"] == "good"
    assert "Moves on by itself" not in browser("ann").get("/tasks?tab=started").text


def test_whose_task_ends_by_itself_reads_when(shop: Firm, browser: Browser) -> None:
    shop.new(shop.who("ann"), "job", what="Shelves")
    ann, bob = browser("ann"), browser("bob")
    for page in ("/tasks", "/tasks?tab=started", "/"):
        assert "Your task ends by itself: 26 Nov" in ann.get(page).text, page
        assert "ends by itself" not in bob.get(page).text
    assert "Rate ends by itself" in bob.get("/f/job/1").text
