from __future__ import annotations

import re

import pytest

from tests.firm import Build, Firm
from tests.web.conftest import FILES, SALE, Browser, opened
from tests.web.test_forms import GOOD
from tests.web.test_pages import SAFE, Page

LAYOUT = """layout:
  - {title: {zh: 客户, en: Buyer}, fields: [number, customer]}
  - {title: {zh: 内容, en: Contents}, fields: [items, total], tab: true}
  - {title: {zh: 赠品, en: Gift}, fields: [kind, gift]}
  - {title: {zh: 心愿, en: Wishes}, fields: [wish], tab: true, visible: gift}
  - {title: {zh: 其他, en: Others}, fields: [secret], tab: true}
  - {title: {zh: 备注, en: Notes}, fields: [note]}
access:
"""
TAB = re.compile(r'<a class="fl-tab" role="tab" id="(pane-\d+)-tab"([^>]*)>(.*?)</a>')


def tabs(text: str) -> dict[str, tuple[str, bool, bool, str]]:
    """The tabs of a page by their words: pane, open, hidden, what is to be mended."""
    found = {}
    for pane, more, words in TAB.findall(text):
        title, _, bad = words.partition('<span class="fl-tab-bad"')
        said = "" if bad.startswith(" hidden") else re.sub("<[^>]+>", "", bad.partition(">")[2])
        found[title] = (pane, 'aria-selected="true"' in more, more.endswith(" hidden"), said)
    return found


@pytest.fixture
def shop(engine_of: Build) -> Firm:
    return opened(engine_of({**FILES, "forms/sale.yaml": SALE.replace("access:\n", LAYOUT)}))


def test_sections_stand_in_the_tab_that_was_begun_before_them(browser: Browser) -> None:
    text = browser("carl").get("/f/sale/new").text
    assert tabs(text) == {
        "Contents": ("pane-1", True, False, ""), "Wishes": ("pane-3", False, True, ""),
        "Others": ("pane-4", False, False, ""),
    }  # fmt: skip
    assert Page(text).wrong == []
    order = [text.index(f"<h2>{title}</h2>") for title in ("Buyer", "Contents", "Gift", "Wishes", "Notes")]
    assert order == sorted(order)
    assert "<h2>Others</h2>" not in text  # this person may not see what it has, but its tab goes on with the notes


def test_the_first_tab_with_something_to_mend_is_open_and_says_how_much(browser: Browser) -> None:
    answer = browser("carl").post("/f/sale/new", data={**GOOD, "gift": "true"}, headers=SAFE)
    assert answer.status_code == 422
    assert {title: one[1:] for title, one in tabs(answer.text).items()} == {
        "Contents": (False, False, ""), "Wishes": (True, False, "1 to fix"), "Others": (False, False, ""),
    }  # fmt: skip
    assert '<div class="fl-pane fl-pane--open" id="pane-3"' in answer.text


def test_a_record_has_the_same_tabs_without_those_that_are_empty(browser: Browser, sale: int) -> None:
    text = browser("carl").get(f"/f/sale/{sale}").text
    assert {title: one[1:3] for title, one in tabs(text).items()} == {"Contents": (True, False)}
    assert Page(text).wrong == []
