"""The page of automations: all there are with when they come, what reached nobody, and each reason in its reader's language."""

from __future__ import annotations

import re

import pytest

from engine.runtime import hooks
from tests.firm import ADMIN, Build, Firm
from tests.web.conftest import Browser

FILES = {
    "pack.yaml": "title: Test\nlanguage: en\nroles: {clerk: Clerk, boss: Boss}\n",
    "forms/bill.yaml": """
title: {zh: 报销, en: Bills}
record_title: "{what}"
fields: {what: {type: text, title: {zh: 什么, en: What}}, boss: {type: member, title: {zh: 主管, en: Head}}}
rules: {good: {check: what != "bad", message: {zh: 不行, en: Not that}}}
access: {clerk: {can: [view, create, edit]}}
""",
    "automations/write.yaml": """
title: {zh: 写信, en: Write}
form: bill
event: [created, updated]
changed: what
do:
  - {mail: [=created_by, =boss], subject: Hello, body: There is one}
  - {notify: =boss, message: Hello}
""",
    "automations/nightly.yaml": """
title: {zh: 每晚, en: Nightly}
every: day
time: 7:30
do: [{create: bill, set: {what: bad}}]
""",
    "automations/taken.yaml": """
title: {zh: 收单, en: Taken}
hook: courier
ask: {number: {required: true}}
do: [{create: bill, set: {what: =ask.number}}]
""",
}


@pytest.fixture
def shop(engine_of: Build) -> Firm:
    firm = engine_of(FILES)
    firm.person("ann", "clerk")
    firm.person("ada", "admin")
    return firm


def table(page: str, id: str) -> list[list[str]]:
    """The texts of the cells of the section's table."""
    body = page.partition(f'id="{id}"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    cells = (re.findall(r"<td.*?>(.*?)</td>", row, re.S) for row in body.split("</tr>")[:-1])
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


def test_administrators_see_all_automations_with_when_they_come_and_how_they_ended(
    shop: Firm, browser: Browser
) -> None:
    shop.engine.jobs.run_due()
    shop.new(shop.who("ann"), "bill", what="Lunch")
    rows = table(browser("ada").get("/automations").text, "all")
    assert [row[:3] for row in rows] == [
        ["Write", "Bills", "Created, Changed · What changed"],
        ["Nightly", "Of no form", "Daily at 07:30"],
        ["Taken", "Of no form", "Webhook /hooks/taken"],
    ]
    assert "07:30" in rows[1][3] and rows[1][4] == "Not yet" and rows[0][3] == "–"
    assert rows[0][4].startswith("Done")
    shop.clock.later(days=1)
    shop.engine.jobs.run_due()
    assert table(browser("ada").get("/automations").text, "all")[1][4].startswith("Failed, comes again")


def test_what_reaches_nobody_or_is_not_taken_is_told_in_the_readers_language(shop: Firm, browser: Browser) -> None:
    shop.new(shop.who("ann"), "bill", what="Lunch")
    taken = shop.engine.catalog.automations["taken"]
    shop.engine.write(ADMIN, lambda work: hooks.note_failure(work, taken, "m1", "no number"))
    shop.clock.later(days=1)
    shop.engine.jobs.run_due()
    ada = browser("ada")
    told = {language: ada.get("/automations", headers={"accept-language": language}).text for language in ("en", "zh")}
    for words in ("Ann has no e-mail address", "there is nobody to tell", "Not delivered", "Not taken", "Not that"):
        assert words in told["en"], words
    assert "不行" not in told["en"] and "comes again" in told["en"]
    found = ada.get("/api/runs?state=nobody").json()["runs"]
    assert {(one["automation"], one["cause"]["event"]) for one in found} == {("write", "mail"), ("write", "notify")}
    assert [one["state"] for one in ada.get("/api/runs?automation=taken").json()["runs"]] == ["refused"]
