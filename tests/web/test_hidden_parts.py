"""What a task hides from who holds it stays hidden wherever a value is told: the page, why it is so, lists, files, programs; and a
field computed from it is a field of its own, hidden if the task says so."""

from __future__ import annotations

import json

import pytest

from tests.firm import Build, Firm
from tests.web.conftest import Browser
from tests.web.programs import Desk

FILES = {
    "pack.yaml": "title: Test\nlanguage: en\nroles: {clerk: Clerk, boss: Boss}\n",
    "forms/plea.yaml": """
title: Pleas
record_title: "{name}"
fields:
  name: {}
  cost: {type: integer, title: Cost}
  price: {type: integer, title: Price}
  doubled: {type: integer, title: Doubled, formula: cost * 2}
  margin: {type: integer, title: Margin, formula: price - cost}
access: {clerk: {can: [view, create]}, boss: {can: [view, export]}}
""",
    "workflows/plea.yaml": """
states:
  asked: {title: Asked, task: {assign: boss, hide: [cost, doubled]}}
  agreed: {final: success}
transitions: {agree: {title: Agree, from: asked, to: agreed}}
""",
}


@pytest.fixture
def shop(engine_of: Build) -> Firm:
    firm = engine_of(FILES)
    for login, role in (("ann", "clerk"), ("bob", "boss")):
        firm.person(login, role)
    firm.new(firm.who("ann"), "plea", name="Tea", cost=3217, price=9000)
    return firm


def test_who_holds_a_task_learns_nothing_of_what_it_hides(browser: Browser, shop: Firm) -> None:
    bob, desk = browser("bob"), Desk(shop).of("bob")
    paths = ("/f/plea/1", "/f/plea/1/why?field=margin", "/f/plea", "/f/plea/1/peek", "/f/plea/1/flow", "/tasks")
    told = {path: bob.get(path) for path in (*paths, "/f/plea/export.csv")}
    assert {answer.status_code for answer in told.values()} == {200}
    answers = {path: answer.text for path, answer in told.items()}
    record = "/forms/plea/records"
    for path in (f"{record}/1", record, f"{record}/1/transitions", f"{record}/1/history"):
        answers[path] = json.dumps(desk.get(path))
    answers["why"] = json.dumps(desk.get(f"{record}/1/why", field="margin"))
    for path, answer in answers.items():
        assert not {n for n in ("3217", "6434", "3,217", "6,434") if n in answer}, path
    assert desk.why("GET", f"{record}/1/why", params={"field": "doubled"})[0] in (403, 404, 422)
    assert "Tea" in answers["/f/plea/export.csv"]
    for path in ("/f/plea/1", f"{record}/1"):  # what isn't named by hide is shown, whatever it reads
        assert "5783" in answers[path].replace(",", ""), path
