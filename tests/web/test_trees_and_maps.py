"""Trees and maps as pages: what is on them for whom, and that every move is an address; all of it without a browser."""

from __future__ import annotations

import re

import pytest

from tests.firm import Build, Firm
from tests.web.conftest import FILES, Browser
from tests.web.test_pages import PART, Page

UNIT = """
title: {zh: 单位, en: Units}
key: name
fields:
  name:  {type: text, title: {zh: 名称, en: Name}, required: true}
  above: {type: reference, title: {zh: 上级, en: Above}, to: unit, tree: true}
  place: {type: location, title: {zh: 位置, en: Place}}
  kind:  {type: text, title: {zh: 类别, en: Kind}}
views:
  all:   {title: {zh: 全部, en: All}, columns: [name, kind]}
  under: {title: {zh: 上下级, en: Who is under whom}, type: tree, by: above, columns: [name, kind], sort: name}
  where: {title: {zh: 分布, en: Where they are}, type: map, by: place, columns: [name, kind], sort: name}
access:
  clerk: {can: [view, create, edit], where: kind != "secret"}
  boss:  {can: [view, create, edit]}
  guest: {can: [view], hide: [above, place]}
"""
UNITS = (
    ("Works", None, "31.30, 120.60", "plant"),
    ("Hall A", "Works", "31.3001, 120.6001", "hall"),
    ("Hall B", "Works", "31.3002, 120.6002", "secret"),
    ("Bench", "Hall B", "31.3003, 120.6001", "bench"),
    ("Office", None, "53.54, 9.98", "office"),
    ("Van", None, None, "van"),
)


@pytest.fixture
def shop(engine_of: Build) -> Firm:
    """A works with two halls, one of them secret, a bench in that one, an office far away, and a van that is nowhere."""
    firm = engine_of({**FILES, "forms/unit.yaml": UNIT})
    for login, role in (("carl", "clerk"), ("bea", "boss"), ("gus", "guest"), ("ada", "admin")):
        firm.person(login, role)
    ids: dict[str | None, int | None] = {None: None}
    for name, above, place, kind in UNITS:
        raw = {"name": name, "above": ids[above], "place": place, "kind": kind}
        ids[name] = firm.engine.submit(firm.who("bea"), "unit", raw).record.id
    return firm


def twigs(text: str) -> list[tuple[int, str, str]]:
    """The rows of a tree: (how deep, what it is called, how many stand beneath it), in order."""
    found: list[tuple[int, str, str]] = []
    depth, text = 0, text[text.index('<ul class="fl-tree">') :]
    for part in re.findall(r'<ul class="fl-tree">|</ul>|<li class="fl-twig.*?</div>', text, re.S):
        if part.startswith("<li"):
            title = re.search(r'fl-twig-title"[^>]*>([^<]*)<', part)
            count = re.search(r'data-count="(\d+)"', part)
            assert title is not None
            found.append((depth, title[1], count[1] if count else ""))
        else:
            depth += 1 if part.startswith("<ul") else -1
    return found


def pins(text: str) -> list[tuple[str, int]]:
    """The markers: (what each leads to, how many records it stands for)."""
    return [
        (href.replace("&amp;", "&"), int(count or 1))
        for href, count in re.findall(
            r'<a class="fl-pin[^"]*" href="([^"]*)".*?(?:<text y="4.5">(\d+)</text>)?</a>', text
        )
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "view", ["under", "under&open=1,3", "under&q=Bench", "where", "where&at=31.3,120.6,19", "where&at=99"]
)
def test_trees_and_maps_are_sound_pages(browser: Browser, view: str, language: str) -> None:
    answer = browser("bea", language).get(f"/f/unit?view={view}")
    assert answer.status_code == 200
    page = Page(answer.text)
    assert page.wrong == []
    assert sorted(page.ids) == sorted(set(page.ids))


def test_a_branch_opens_by_its_address_and_comes_alone_for_the_script(browser: Browser) -> None:
    client = browser("bea")
    text = client.get("/f/unit?view=under").text
    assert twigs(text) == [(1, "Office", ""), (1, "Van", ""), (1, "Works", "2")]
    assert 'href="/f/unit?view=under&amp;open=1"' in text and "/f/unit/new?above=1" in text
    text = client.get("/f/unit?view=under&open=1,3").text
    assert twigs(text)[2:] == [(1, "Works", "2"), (2, "Hall A", ""), (2, "Hall B", "1"), (3, "Bench", "")]
    assert "/f/unit?view=under&amp;open=3" in text  # closing one leaves the other open
    part = client.get("/f/unit/branch?view=under&of=1", headers=PART).text
    assert twigs(part) == [(1, "Hall A", ""), (1, "Hall B", "1")]
    assert client.get("/f/unit/branch?view=all&of=1").status_code == 404


def test_what_is_searched_for_shows_with_the_way_to_it(browser: Browser) -> None:
    text = browser("bea").get("/f/unit?view=under&q=bench").text
    assert twigs(text) == [(1, "Works", "1"), (2, "Hall B", "1"), (3, "Bench", "")]
    assert text.count("fl-twig--way") == 2 and "1 found" in text
    wrong = browser("bea").get("/f/unit?view=under&where=nam = 1")
    assert wrong.status_code == 422 and len(twigs(wrong.text)) == 3


def test_beneath_what_one_may_not_see_stands_at_the_top(browser: Browser) -> None:
    client = browser("carl")
    assert twigs(client.get("/f/unit?view=under&open=1").text) == [
        (1, "Bench", ""), (1, "Office", ""), (1, "Van", ""), (1, "Works", "1"), (2, "Hall A", ""),
    ]  # fmt: skip
    assert twigs(client.get("/f/unit?view=under&q=bench").text) == [(1, "Bench", "")]
    hidden = browser("gus").get("/f/unit?view=under")
    assert hidden.status_code == 403 and "Works" not in hidden.text
    assert browser("gus").get("/f/unit?view=where").status_code == 403


def test_markers_stand_for_those_nearby_and_come_apart_closer(browser: Browser) -> None:
    client = browser("bea")
    text = client.get("/f/unit?view=where").text
    assert [n for _, n in pins(text)] == [4, 1] or [n for _, n in pins(text)] == [1, 4]
    assert "1 has no place" in text and "view=-&amp;where=ISBLANK%28place%29" in text
    closer = next(href for href, n in pins(text) if n == 4)
    apart = client.get(closer).text
    assert sorted(n for _, n in pins(apart)) == [1, 1, 1, 1] and "Office" not in apart
    assert ("/f/unit/1", 1) in pins(apart) and 'data-href="/f/unit/1"' in apart
    assert re.search(r"fl-map-scale.*?<text[^>]*>\d+ m</text>", apart, re.S)
    assert "Nothing in this part" in client.get("/f/unit?view=where&at=0,0,9").text
    assert [n for _, n in pins(browser("carl").get(closer).text)] == [1, 1, 1]
    part = client.get("/f/unit?view=where&f=name&op=contains&v=Hall", headers=PART)
    assert part.text.lstrip().startswith('<div id="list"') and "where=" in part.headers["hx-push-url"]


def test_tiles_lie_beneath_where_the_operator_names_them_and_only_theirs_may_be_fetched(
    engine_of: Build, monkeypatch: pytest.MonkeyPatch, browser: Browser, shop: Firm
) -> None:
    plain = browser("bea").get("/f/unit?view=where")
    assert "<image" not in plain.text and "img-src 'self' data:;" in plain.headers["content-security-policy"]
    object.__setattr__(shop.engine.settings, "map_tiles", "https://tiles.example.com/{z}/{x}/{y}.png")
    object.__setattr__(shop.engine.settings, "map_credit", "Example maps")
    tiled = browser("bea").get("/f/unit?view=where&at=31.3,120.6,9")
    assert "img-src 'self' data: https://tiles.example.com;" in tiled.headers["content-security-policy"]
    assert 'href="https://tiles.example.com/9/427/' in tiled.text and "Example maps" in tiled.text
