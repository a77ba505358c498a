"""The page of a record with a task, and a program: who has it and why, what may be pressed, and pressing without scripts."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.firm import ADMIN, Build, Firm
from tests.web.conftest import Browser
from tests.web.programs import Desk

SAFE = {"sec-fetch-site": "same-origin"}
FILES = {
    "pack.yaml": "title: Test\nlanguage: en\nroles: {clerk: Clerk, boss: Boss}\n",
    "forms/plea.yaml": """
title: Pleas
record_title: "{name}"
fields: {name: {}, note: {type: text, title: Note}}
access: {clerk: {can: [view, create]}}
""",
    "workflows/plea.yaml": """
states:
  asked:
    title: Asked
    due: 1d
    overdue: [{transfer: admin}]
    task: {assign: [boss, =created_by], complete: all, can: [transfer, add_signer], edit: [note], require: [note]}
  agreed: {final: success}
transitions: {agree: {title: Agree, from: asked, to: agreed}}
""",
}


@pytest.fixture
def shop(engine_of: Build) -> Firm:
    firm = engine_of(FILES)
    for login, role in (("ann", "clerk"), ("bob", "boss"), ("gil", "guest"), ("ada", "admin")):
        firm.person(login, *([role] if role != "guest" else []))
    firm.new(firm.who("ann"), "plea", name="Tea")
    return firm


def test_what_somebody_wrote_lately_is_offered_again(browser: Browser, shop: Firm) -> None:
    ann, gil = browser("ann"), shop.who("gil")
    dialog = "/f/plea/{}/act/asked:transfer"
    assert 'data-control="phrases"' not in browser("bob").get(dialog.format(1)).text
    long = "Far too long to be pressed for once more than once"
    for words in ("You know  tea", "Not mine", long, "You know tea", "Hand over"):
        id = shop.new(shop.who("ann"), "plea", name="Tea")
        sent = {"ask.to": str(gil.id), "opinion": words}
        assert browser("bob").post(f"/f/plea/{id}/act/asked:transfer", data=sent, headers=SAFE).status_code == 303
    page = browser("bob").get(dialog.format(1)).text
    offered = re.findall(r'<button class="fl-chip fl-chip--add" type="button">([^<]*)</button>', page)
    assert offered == ["You know tea", "Not mine"]
    assert "Not mine" not in ann.get(dialog.format(1)).text, "what others wrote is theirs"


def test_the_page_says_who_has_the_task_why_and_what_they_may_do(browser: Browser, shop: Firm) -> None:
    page = browser("bob").get("/f/plea/1").text  # no set lets bob view the form
    assert "Who has the task" in page
    assert "All of them must agree." in page
    assert page.index("Bob") < page.index("created by") if "created by" in page else "Boss" in page
    for path in ("agree", "asked:transfer", "asked:add_signer"):
        assert f"/f/plea/1/act/{path}" in page
    assert "/f/plea/1/edit" in page
    assert "asked:reassign" not in page
    assert "/f/plea/1/act/asked:reassign" in browser("ada").get("/f/plea/1").text
    assert browser("gil").get("/f/plea/1").status_code == 404
    assert "Tea" in browser("bob").get("/tasks").text


def test_everything_is_pressed_without_scripts(browser: Browser, shop: Firm) -> None:
    bob, gil = browser("bob"), shop.who("gil")
    assert 'name="ask.to"' in bob.get("/f/plea/1/act/asked:transfer").text
    assert bob.post("/f/plea/1/act/asked:transfer", data={}, headers=SAFE).status_code == 422
    done = bob.post("/f/plea/1/act/asked:transfer", data={"ask.to": str(gil.id), "opinion": "Yours"}, headers=SAFE)
    assert done.status_code == 303
    client = browser("gil")
    page = client.get("/f/plea/1").text
    assert "Bob Hand over · " in page and "Ann created this" not in page  # the card tells who brought it to gil
    form = client.get("/f/plea/1/act/agree").text
    assert 'name="note"' in form
    assert client.post("/f/plea/1/act/agree", data={"note": ""}, headers=SAFE).status_code == 422
    assert client.post("/f/plea/1/act/agree", data={"note": "fine"}, headers=SAFE).status_code == 303
    page = client.get("/f/plea/1").text
    assert "Hand over → Gil" in page
    assert "Yours" in page
    assert shop.get("plea", 1)["state"] == "asked"  # ann is still to agree


def test_what_the_task_asks_for_is_filled_where_it_stands(browser: Browser, shop: Firm) -> None:
    bob = browser("bob")
    page = bob.get("/f/plea/1").text
    assert "For you to do: Asked" in page and "Ann created this" in page
    assert 'id="fl-task-1"' in page and 'name="note"' in page and 'id="field-task-opinion"' in page
    assert 'form="fl-task-1" formaction="/f/plea/1/act/agree"' in page
    typed = {"_card": "1", "_fields": "note", "version": "1", "opinion": "so be it"}
    back = bob.post("/f/plea/1/act/agree", data=typed, headers={**SAFE, "hx-request": "true"})
    assert back.status_code == 422
    assert back.text.count("<form") == 1 and 'id="field-note-error"' in back.text and "so be it" in back.text
    shop.engine.comment(shop.who("ann"), "plea", 1, "hurry")
    done = bob.post("/f/plea/1/act/agree", data={**typed, "note": "fine"}, headers=SAFE)
    assert done.status_code == 303
    assert "For you to do" not in bob.get("/f/plea/1").text
    assert "So be it".lower() in browser("ann").get("/f/plea/1").text


def test_whoever_comes_back_is_told_what_changed_and_then_what_is_next(browser: Browser, shop: Firm) -> None:
    ann, bob = shop.who("ann"), shop.who("bob")
    assert "since your" not in browser("bob").get("/f/plea/1").text
    shop.engine.change(bob, "plea", 1, {"note": "first"})
    shop.engine.change(ann, "plea", 1, {"note": "second"})
    page = browser("bob").get("/f/plea/1").text
    assert "One change since your &#34;Edit&#34;" in page
    told = page.partition('class="fl-since"')[2].partition("</div></div>")[0]
    assert "<del>first</del>" in told and "<ins>second</ins>" in told
    shop.new(ann, "plea", name="Milk")
    client = browser("bob")
    assert client.post("/f/plea/1/act/agree", data={"_fields": "note", "note": "ok"}, headers=SAFE).status_code == 303
    assert 'data-action="Next: Milk" data-action-href="/f/plea/2"' in client.get("/f/plea/1").text


def test_a_program_does_the_same(browser: Browser, shop: Firm) -> None:
    desk = Desk(shop)
    bob, ann, gil = desk.of("bob"), desk.of("ann"), shop.who("gil")
    offered = {t["name"]: t["open"] for t in bob.get("/forms/plea/records/1/transitions")["transitions"]}
    assert offered == {"agree": True, "asked:transfer": True, "asked:add_signer": True}
    bob.press("plea", 1, "asked:add_signer", ask={"to": gil.id, "how": "after"})
    page = browser("ada").get("/f/plea/1").text
    assert "All of them must agree. Those who were added must act too." in page and "Added by Bob (after)" in page
    assert ann.why("POST", "/forms/plea/records/1/transitions/agree", json={}) == (409, [("required", "note")])
    for program in (ann, bob, desk.of("gil")):
        program.press("plea", 1, "agree", fields={"note": "ok"})
    assert shop.get("plea", 1)["state"] == "agreed"
    assert browser("ada").get("/f/plea/1").text.count("by a program") == 4
    assert [e.task for e in shop.engine.history(ADMIN, "plea", 1)] == ["", "", "", "", None]
    paths = ann.get("/openapi.json")["paths"]
    assert "/api/forms/plea/records/{id}/transitions/asked:transfer" in paths


def test_the_flow_shows_where_a_task_may_be_sent_back_to_and_that_it_was(browser: Browser, shop: Firm) -> None:
    flow = (
        FILES["workflows/plea.yaml"]
        .replace("states:\n", "states:\n  draft: {}\n")
        .replace("task: {", "task: {return_to: draft, ")
    )
    flow = flow.replace("transitions: {", "transitions: {send: {from: draft, to: asked, who: clerk}, ")
    (shop.engine.settings.definitions / "workflows" / "plea.yaml").write_text(flow, encoding="utf-8")
    assert [p for p in shop.engine.reload() if p.severity == "error"] == []
    ann, bob = shop.who("ann"), shop.who("bob")
    id = shop.new(ann, "plea", name="Milk")
    shop.engine.act(ann, "plea", id, "send")
    client = browser("ann")

    def back() -> dict[str, Any]:
        data = client.get(f"/f/plea/{id}/flow").text.partition('<script type="application/json">{"states"')[2]
        edges = json.loads('{"states"' + data.partition("</script>")[0])["edges"]
        return next(edge for edge in edges if (edge["from"], edge["to"]) == ("asked", "draft"))

    assert back()["labels"] == [["Send back", "Boss, Created by"]] and not back()["taken"]
    shop.engine.act(bob, "plea", id, "asked:return", ask={"to": "draft", "way": "again"}, opinion="No")
    assert back()["taken"]


def test_what_was_late_says_who_had_it_and_what_handed_it_over(browser: Browser, shop: Firm) -> None:
    shop.clock.later(days=1)
    shop.engine.jobs.run_due()
    page = browser("ada").get("/f/plea/1").text
    assert "“Asked” was overdue with Bob, “Asked” was overdue with Ann" in page
    assert "the task was handed over → Ada" in page and "rule of the state Asked" in page
