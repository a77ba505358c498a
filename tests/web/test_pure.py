from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from starlette.datastructures import Headers

from engine.fields.base import Reader
from engine.markup import initial
from engine.web import figures
from engine.web.guard import foreign
from engine.web.merge import GONE, merge
from engine.web.raw import at
from engine.web.render import data, query
from engine.web.session import safe
from engine.web.words import WORDS, say

WEB = Path(__file__).parents[2] / "engine" / "web"
NOW = datetime(2026, 11, 23, 2, 31, tzinfo=UTC)


def reader(language: str) -> Reader:
    zone = ZoneInfo("Asia/Shanghai")
    return Reader(language, zone, date(2026, 11, 23), NOW, lambda shape, id: "", lambda shape, id: None)


@pytest.mark.parametrize(
    ("method", "headers", "refused"),
    [
        ("GET", {"sec-fetch-site": "cross-site"}, False),
        ("POST", {"sec-fetch-site": "same-origin"}, False),
        ("POST", {"sec-fetch-site": "none"}, False),
        ("POST", {"sec-fetch-site": "same-site"}, True),
        ("POST", {"sec-fetch-site": "cross-site"}, True),
        ("POST", {"origin": "http://shop.test", "host": "shop.test"}, False),
        ("POST", {"origin": "http://evil.test", "host": "shop.test"}, True),
        ("POST", {"origin": "null", "host": "shop.test"}, True),
        ("DELETE", {"sec-fetch-site": "cross-site", "origin": "http://shop.test", "host": "shop.test"}, True),
        ("POST", {"host": "shop.test"}, False),
    ],
)
def test_unsafe_requests_of_other_sites_are_known(method: str, headers: dict[str, str], refused: bool) -> None:
    assert foreign(method, Headers(headers)) is refused


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("/f/sale?q=1", "/f/sale?q=1"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test", "/"),
        ("", "/"),
    ],
)
def test_nobody_is_sent_to_another_site_after_signing_in(target: str, kept: str) -> None:
    assert safe(target) == kept


@pytest.mark.parametrize(
    ("ago", "zh", "en"),
    [
        (timedelta(0), "今天 10:31", "today 10:31"),
        (timedelta(days=1), "昨天 10:31", "yesterday 10:31"),
        (timedelta(days=2), "11-21 10:31", "21 Nov 10:31"),
        (timedelta(days=366), "2025-11-22", "22 Nov 2025"),
    ],
)
def test_moments_read_as_the_page_rules_say(ago: timedelta, zh: str, en: str) -> None:
    assert figures.moment(NOW - ago, reader("zh")) == zh
    assert figures.moment(NOW - ago, reader("en")) == en


def test_pictures_and_sizes() -> None:
    assert [initial(n) for n in ("林晓雯", "Lin Xiaowen", "cher", "")] == ["林", "LX", "C", "?"]
    assert [figures.size(n) for n in (10, 2048, 2202009)] == ["1 KB", "2 KB", "2.1 MB"]


def test_json_in_a_page_can_not_end_its_script() -> None:
    assert "</script" not in data({"a": "</script><b>"})
    assert query(where=["a = 1", "b & c"], page=None, q="") == "?where=a+%3D+1&where=b+%26+c"


def test_what_was_typed_is_found_by_its_path() -> None:
    raw = {"phone": "1", "items": [{"quantity": "x"}, {"quantity": "y"}]}
    assert [at(raw, p) for p in ("phone", "items.1.quantity", "items.7.quantity", "no")] == ["1", "y", None, None]


def used_keys() -> set[str]:
    found: set[str] = set()
    for file in [*WEB.rglob("*.html"), *WEB.glob("*.py")]:
        found |= set(re.findall(r"""\bt\(\s*['"]([a-z_]+)['"]""", file.read_text(encoding="utf-8")))
    return found


def test_every_word_that_a_page_says_is_in_the_table() -> None:
    assert {k for k in used_keys() if k not in WORDS and not k.endswith("_")} == set()


@pytest.mark.parametrize("key", sorted(WORDS))
def test_both_languages_take_the_same_facts(key: str) -> None:
    zh, en = WORDS[key]
    facts = [set(re.findall(r"{(\w+)", form)) - {"n"} for form in (zh, *en.split("|"))]
    assert all(f == facts[0] for f in facts)


def test_english_counts_in_words() -> None:
    assert say("en", "records_n", 1) == "1 record"
    assert say("en", "records_n", 1284) == "1,284 records"
    assert say("zh", "records_n", 1284) == "1,284 条"


def test_changes_of_two_people_that_do_not_touch_are_put_together() -> None:
    base = {"a": "1", "b": "1"}
    found = merge(base, {"a": "2", "b": "1"}, {"a": "1", "b": "3"}, {})
    assert (found.raw, found.clashes, found.only_mine, found.only_theirs) == ({"a": "2"}, [], ["a"], ["b"])


@pytest.mark.parametrize(("keep", "raw"), [("mine", {"a": "2"}), ("theirs", {})])
def test_a_value_that_both_changed_is_the_persons_choice(keep: str, raw: dict[str, str]) -> None:
    found = merge({"a": "1"}, {"a": "2"}, {"a": "3"}, {"a": keep})
    assert [(c.path, c.mine, c.theirs, c.base) for c in found.clashes] == [("a", "2", "3", "1")]
    assert found.raw == raw


def test_lines_are_merged_by_their_ids_and_columns() -> None:
    base = {"items": [{"id": 1, "q": "1", "p": "5"}, {"id": 2, "q": "2", "p": "5"}, {"id": 3, "q": "3", "p": "5"}]}
    mine = {"items": [{"id": 1, "q": "9", "p": "5"}, {"id": 3, "q": "4", "p": "5"}, {"q": "7", "p": "1"}]}
    theirs = {"items": [{"id": 1, "q": "1", "p": "6"}, {"id": 2, "q": "2", "p": "5"}, {"id": 4, "q": "8", "p": "8"}]}
    found = merge(base, mine, theirs, {"items.3": "mine"})
    assert found.raw["items"] == [{"id": 1, "q": "9"}, {"id": "4"}, {"q": "4", "p": "5"}, {"q": "7", "p": "1"}]
    assert [(c.path, c.theirs) for c in found.clashes] == [("items.3", GONE)]
    assert merge(base, mine, theirs, {"items.3": "theirs"}).raw["items"][2:] == [{"q": "7", "p": "1"}]
