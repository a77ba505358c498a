"""Boards and calendars as pages: what they show, what a card is told, what a drop answers; all of it without a browser."""

from __future__ import annotations

import json
import re
from datetime import date
from html import unescape

import pytest

from engine.runtime.values import Ask
from engine.web import boards
from tests.firm import Build, Firm
from tests.web.conftest import FILES, Browser
from tests.web.test_pages import PART, SAFE, Page

VIEWS = """\
  board: {title: {zh: 看板, en: Board view}, type: kanban, by: state, columns: [customer, kind, total]}
  kinds: {title: {zh: 按类型, en: By kind}, type: kanban, by: kind, columns: [customer, total]}
  made:  {title: {zh: 日历, en: Made on}, type: calendar, start: created_at, columns: [number, customer]}
  due:   {title: {zh: 交货, en: Due}, type: calendar, start: due, columns: [number, customer]}
  plan:  {title: {zh: 进度, en: Plan}, type: gantt, start: begun, end: due, columns: [number, customer, part]}
  faces: {title: {zh: 图册, en: Faces}, type: gallery, columns: [customer, face, total], where: kind = "shop"}
access:
"""
FIELDS = """\
  begun:    {type: date, title: {zh: 开始, en: Begun}}
  due:      {type: date, title: {zh: 交货日, en: Due}}
  part:     {type: percent, title: {zh: 进度, en: Part}}
  face:     {type: image, title: {zh: 照片, en: Face}, max_files: 3}
"""
PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
JSON = {"accept": "application/json", **SAFE}


@pytest.fixture
def shop(engine_of: Build) -> Firm:
    """The shop with boards and calendars."""
    form = FILES["forms/sale.yaml"].replace("access:\n", VIEWS)
    form = form.replace("  note:     {type", f"{FIELDS}  note:     {{type", 1)
    firm = engine_of({**FILES, "forms/sale.yaml": form})
    for login, role in (("carl", "clerk"), ("bea", "boss"), ("gus", "guest"), ("ada", "admin")):
        firm.person(login, role)
    firm.engine.submit(firm.who("bea"), "customer", {"name": "Ann & Sons"})
    return firm


def lanes(text: str) -> dict[str, tuple[str, int]]:
    """A board's columns: key -> (count, cards)."""
    found = re.findall(r'<section class="fl-lane" data-lane="(\w*)".*?</section>', text, re.S)
    parts = re.split(r'<section class="fl-lane"', text)[1:]
    counts = [re.search(r'fl-lane-count">([^<]*)<', part) for part in parts]
    return {k: (c[1] if c else "", p.count("data-card=")) for k, c, p in zip(found, counts, parts, strict=True)}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "view",
    [
        "board",
        "kinds",
        "made",
        "due&month=2026-02",
        "due&month=0000-99",
        "plan",
        "plan&scale=week&from=2026-11-04",
        "plan&from=0001-01-01",
        "faces",
    ],
)
def test_boards_and_calendars_are_sound_pages(browser: Browser, sale: int, view: str, language: str) -> None:
    answer = browser("carl", language).get(f"/f/sale?view={view}")
    assert answer.status_code == 200
    page = Page(answer.text)
    assert page.wrong == []
    assert sorted(page.ids) == sorted(set(page.ids))
    assert ("看板" if language == "zh" else "Board view") in answer.text


def test_a_board_shows_columns_cards_and_the_way_to_the_table(browser: Browser, sale: int) -> None:
    text = browser("carl").get("/f/sale?view=board").text
    assert lanes(text) == {"draft": ("1", 1), "sent": ("0", 0), "done": ("0", 0), "off": ("0", 0)}
    assert "Ann &amp; Sons" in text and "¥7<" in text.replace("¥7.00", "¥7")
    assert 'href="/f/sale/new?back=' in text  # a new one starts in the first state's column
    assert re.search(r'class="fl-segment" href="/f/sale\?view=all"', text)


def test_a_bar_of_days_reads_as_days(browser: Browser, sale: int) -> None:
    answer = browser("carl").get("/f/sale", params={"view": "all", "where": "due >= DATE(2020, 1, 31)"})
    assert "Due on or after <b>2020-01-31</b>" in answer.text


def test_a_column_asked_for_alone_marks_what_waits_as_the_whole_board_does(
    browser: Browser, shop: Firm, sale: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boards, "waits_among", lambda visit, form, ids: frozenset({sale}) & set(ids))
    raw = {"customer": "1", "kind": "shop", "items": [{"what": "Tea", "quantity": "1", "price": "1"}]}
    for _ in range(2):
        other = shop.engine.submit(shop.who("carl"), "sale", raw).record.id
        assert other is not None
        shop.engine.act(shop.who("carl"), "sale", other, "send")
    client = browser("carl")
    board = client.get("/f/sale?view=board").text
    found = re.search(r'data-lane="draft"[^>]* data-address="([^"]*)"', board)
    assert found is not None
    alone = client.get(unescape(found[1]), headers=PART).text
    assert (board.count("fl-ticket-mine"), alone.count("fl-ticket-mine")) == (1, 1)


def test_filters_search_and_parts_work_on_a_board_as_on_a_list(browser: Browser, sale: int) -> None:
    client = browser("carl")
    assert lanes(client.get("/f/sale?view=board&where=total > 5").text)["draft"] == ("1", 1)
    none = client.get("/f/sale?view=board&where=total > 99")
    assert "No matches in Sales" in none.text
    part = client.get("/f/sale?view=board&f=kind&op=in&v=shop", headers=PART)
    assert part.text.lstrip().startswith('<div id="list"') and "where=" in part.headers["hx-push-url"]
    wrong = client.get("/f/sale?view=board&where=totl > 5")
    assert wrong.status_code == 422 and lanes(wrong.text)["draft"] == ("1", 1)


def test_one_column_comes_alone_and_its_further_cards_without_it(browser: Browser, sale: int) -> None:
    client = browser("carl")
    part = client.get("/f/sale/lane?view=board&lane=draft&cards=5", headers=PART).text
    assert lanes(part) == {"draft": ("1", 1)}
    assert client.get("/f/sale/lane?view=board&lane=draft&from=1", headers=PART).text.strip() == ""
    assert client.get("/f/sale/lane?view=board&lane=nothing").status_code == 404
    assert client.get("/f/sale/lane?view=all&lane=draft").status_code == 404
    assert browser("gus").get("/f/sale/lane?view=board&lane=draft").status_code == 404


def test_a_card_is_told_where_it_may_go(browser: Browser, sale: int) -> None:
    told = browser("carl").get(f"/f/sale/{sale}/moves?view=board", headers=JSON).json()
    assert told["now"] == "draft" and told["version"] == 1
    to = {one["key"]: one for one in told["to"]}
    assert to["sent"] == {
        "key": "sent", "title": "Sent", "buttons": [{"name": "send", "title": "Send", "asks": False}],
        "reason": "", "first": None,
    }  # fmt: skip
    assert to["off"]["buttons"][0]["asks"] is True
    assert "first" in to["done"]["reason"] and to["done"]["first"]["name"] == "send"


def test_a_drop_presses_the_button_or_says_why_not(browser: Browser, shop: Firm, sale: int) -> None:
    client = browser("carl")
    sent = {"view": "board", "to": "sent", "button": "send", "version": "1"}
    answer = client.post(f"/f/sale/{sale}/move", data=sent, headers=JSON)
    assert answer.status_code == 200 and answer.json()["now"] == "sent"
    assert shop.get("sale", sale)["state"] == "sent"
    again = client.post(f"/f/sale/{sale}/move", data=sent, headers=JSON)
    assert again.status_code == 409 and again.json()["detail"]


def test_on_a_board_of_a_choice_a_drop_changes_the_field(browser: Browser, shop: Firm, sale: int) -> None:
    client = browser("carl")
    assert lanes(client.get("/f/sale?view=kinds").text) == {"": ("0", 0), "shop": ("1", 1), "web": ("0", 0)}
    assert client.post(f"/f/sale/{sale}/move", data={"view": "kinds", "to": "web"}, headers=JSON).json()["now"] == "web"
    assert shop.get("sale", sale)["kind"] == "web"
    emptied = client.post(f"/f/sale/{sale}/move", data={"view": "kinds", "to": ""}, headers=JSON)
    assert emptied.json()["now"] == ""
    bad = client.post(f"/f/sale/{sale}/move", data={"view": "kinds", "to": "moon"}, headers=JSON)
    assert bad.status_code == 422


def test_a_dialog_on_a_board_answers_without_leaving_it(browser: Browser, sale: int) -> None:
    client = browser("carl")
    headers = {**PART, **SAFE, "x-stay": "1"}
    sent = {"_fields": "", "version": "1", "opinion": "Too late"}
    answer = client.post(f"/f/sale/{sale}/act/cancel", data=sent, headers=headers)
    assert answer.status_code == 204 and "hx-redirect" not in answer.headers
    said = json.loads(answer.headers["hx-trigger"])
    assert said["fl:acted"] == {"form": "sale", "id": sale, "now": "off"}
    assert said["toast"]["text"].startswith("Cancel it: ")


def test_a_calendar_has_every_day_of_the_month_and_the_records_on_theirs(browser: Browser, sale: int) -> None:
    client = browser("carl")
    text = client.get("/f/sale?view=made").text
    assert "November 2026" in text and text.count('class="fl-monthday ') + text.count('class="fl-monthday"') == 42
    assert re.search(r'fl-monthday--today".*?Ann &amp; Sons', text, re.S)
    assert "fl-monthday-new" not in text  # when it was made can't be typed
    text = client.get("/f/sale?view=due&month=2027-02").text
    assert text.count("<time ") == 28 and 'href="/f/sale/new?due=2027-02-03' in text
    assert 'month=2027-01"' in text and 'month=2027-03"' in text


def bars(text: str) -> list[tuple[str, float, float]]:
    """The bars: (the record's address, where it begins, its width), both in percent."""
    rows = re.findall(
        r'<tr data-href="([^"]+)".*?<rect class="fl-span[^"]*" x="([^"]+)%".*?width="([^"]+)%"', text, re.S
    )
    return [(href, float(x), float(width)) for href, x, width in rows]


def test_bars_stand_where_their_days_are_and_say_them_in_words(browser: Browser, shop: Firm, sale: int) -> None:
    carl = shop.who("carl")
    shop.engine.change(carl, "sale", sale, {"begun": "2026-11-09", "due": "2026-11-15", "part": "50%"})
    client = browser("carl")
    text = client.get("/f/sale?view=plan&scale=week&from=2026-11-04").text  # the week of the 2nd
    assert bars(text) == [(f"/f/sale/{sale}", 16.67, 16.66)]
    assert '<time datetime="2026-11-09">' in text and '<time datetime="2026-11-15">' in text
    assert "2 Nov 2026 – 13 Dec 2026" in text and 'width="8.33%"' in text  # half of it is done
    assert "fl-gantt-day--late" in text  # it was due and isn't finished
    assert "from=2026-10-12" in text and "from=2026-11-23" in text
    months = client.get("/f/sale?view=plan&from=2026-11-20").text
    assert "Nov 2026 – Apr 2027" in months and len(bars(months)) == 1
    assert "No Sales in this time" in client.get("/f/sale?view=plan&from=2027-01-01").text


def test_bars_are_filtered_as_a_list_is(browser: Browser, shop: Firm, sale: int) -> None:
    shop.engine.change(shop.who("carl"), "sale", sale, {"begun": "2026-11-09"})
    client = browser("carl")
    part = client.get("/f/sale?view=plan&scale=week&f=kind&op=in&v=web", headers=PART)
    assert part.text.lstrip().startswith('<div id="list"') and bars(part.text) == []
    assert "scale=week" in part.headers["hx-push-url"] and "where=" in part.headers["hx-push-url"]
    wrong = client.get("/f/sale?view=plan&where=totl > 5")
    assert wrong.status_code == 422 and len(bars(wrong.text)) == 1


def test_no_more_bars_are_drawn_than_one_can_read(shop: Firm, sale: int) -> None:
    carl = shop.who("carl")
    raw = {
        "customer": "1",
        "kind": "shop",
        "begun": "2026-11-10",
        "items": [{"what": "T", "quantity": "1", "price": "1"}],
    }
    shop.engine.change(carl, "sale", sale, {"begun": "2026-11-09"})
    shop.engine.submit(carl, "sale", raw)
    view = shop.engine.catalog.forms["sale"].views["plan"]
    found = shop.engine.days(carl, "sale", view, Ask(view="plan"), date(2026, 11, 1), date(2026, 11, 30), most=1)
    assert [s.row.record.id for s in found.spans] == [sale] and found.left == 1


def test_a_gallery_shows_the_first_picture_and_what_the_record_is(browser: Browser, shop: Firm, sale: int) -> None:
    client = browser("carl")
    plain = client.get("/f/sale?view=faces").text
    assert 'class="fl-exhibit"' in plain and "fl-exhibit-picture" not in plain and "Ann &amp; Sons" in plain
    ids = [
        client.post("/files", files={"file": (f"{n}.png", PICTURE, "image/png")}, headers=JSON).json()["id"]
        for n in (1, 2)
    ]
    shop.engine.change(shop.who("carl"), "sale", sale, {"face": ids})
    text = client.get("/f/sale?view=faces").text
    assert f'<img src="/files/{ids[0]}?thumb"' in text and ">+1<" in text and "¥7<" in text
    assert "No matches in Sales" in client.get("/f/sale?view=faces&where=total > 99").text
    part = client.get("/f/sale?view=faces&f=customer&op=blank", headers=PART)
    assert part.text.lstrip().startswith('<div id="list"') and "hx-push-url" in part.headers


def test_those_who_may_not_see_the_form_see_no_board(browser: Browser, sale: int) -> None:
    assert browser("gus").get("/f/sale?view=board").status_code in (403, 404)
    assert browser("gus").get(f"/f/sale/{sale}/moves?view=board", headers=JSON).status_code == 404
