"""The first page of a demo: whom one may step into, where the walks begin, and that all of it goes with the demo."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from engine.engine import Engine
from engine.settings import Settings
from engine.web.app import create_app
from tests.conftest import HOME
from tests.firm import NOW, Clock, Firm
from tests.web.conftest import Browser

SAFE = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def visitor(demo_folder: Path, tmp_path: Path) -> Iterator[TestClient]:
    """Somebody who isn't signed in, at a server with the shipped demo."""
    shutil.copytree(demo_folder, tmp_path / "data")
    engine = Engine(Settings(definitions=HOME, data=tmp_path / "data", demo=True), clock=Clock(NOW))
    with TestClient(create_app(engine), follow_redirects=False, headers={"accept": "text/html"}) as client:
        yield client
    engine.close()


def test_whoever_comes_first_is_welcomed(visitor: TestClient) -> None:
    assert visitor.get("/").headers["location"] == "/welcome"
    assert visitor.get("/tasks").headers["location"] == "/login?next=/tasks"
    assert visitor.get("/login").status_code == 200


def test_cards_say_who_somebody_is_and_what_waits_for_them(visitor: TestClient) -> None:
    page = visitor.get("/welcome?language=zh").text
    card = re.search(r'<button class="fl-person-card" name="as" value="lin_xiaowen">.*?</button>', page, re.S)
    assert card is not None
    words = re.sub(r"<[^>]+>", " ", card[0])
    assert "林晓雯" in words
    assert "客服" in words
    waiting = re.search(r"待办：(.*?)\s\s", words)
    assert waiting is not None
    total = sum(int(n) for n in re.findall(r"\d+", waiting[1]))
    visitor.post("/welcome", data={"as": "lin_xiaowen"}, headers=SAFE)
    assert visitor.get("/parts/counts").json()["tasks"] == total


@pytest.mark.parametrize(("language", "words"), [("zh", "从谁开始试？"), ("en", "Who do you want to be?")])
def test_the_language_is_chosen_and_kept(visitor: TestClient, language: str, words: str) -> None:
    assert words in visitor.get(f"/welcome?language={language}").text
    assert words in visitor.get("/welcome").text
    assert f'<html lang="{language}"' in visitor.get("/login").text


def test_the_theme_is_chosen_before_signing_in_and_kept(visitor: TestClient) -> None:
    page = visitor.get("/welcome?theme=dark").text
    assert 'data-bs-theme="dark"' in page
    assert page.count('<input type="hidden" name="theme" value="dark">') > 1, (
        "it goes along with whoever is stepped into"
    )
    visitor.get("/login?theme=light")
    assert 'data-bs-theme="light"' in visitor.get("/login").text, "the browser keeps it"
    assert 'name="theme"' not in visitor.get("/login").text, "and nobody's own choice is overridden by it"
    visitor.post("/welcome", data={"as": "lin_xiaowen", "theme": "dark"}, headers=SAFE)
    assert 'data-bs-theme="dark"' in visitor.get("/me").text
    visitor.post("/logout", headers=SAFE)
    visitor.post("/welcome", data={"as": "lin_xiaowen", "theme": "pink"}, headers=SAFE)
    assert 'data-bs-theme="dark"' in visitor.get("/me").text


def test_each_walk_begins_where_it_says(visitor: TestClient) -> None:
    page = visitor.get("/welcome?language=en").text
    walks = re.findall(r'name="next" value="([^"]+)"><button class="fl-btn" name="as" value="([^"]+)"', page)
    assert [kind for kind in ("Staff", "Manager", "Analyst") if f"<h3>{kind}</h3>" in page] == [
        "Staff",
        "Manager",
        "Analyst",
    ]
    assert len(walks) == 3
    assert len({login for _, login in walks}) == 3
    for href, login in walks:
        entered = visitor.post("/welcome", data={"as": login, "next": href}, headers=SAFE)
        assert entered.headers["location"] == href
        assert visitor.get(href).status_code == 200


def test_a_demo_person_may_change_into_another(visitor: TestClient) -> None:
    visitor.post("/welcome", data={"as": "lin_xiaowen"}, headers=SAFE)
    assert 'href="/welcome"' in visitor.get("/").text
    assert visitor.get("/welcome").status_code == 200


def test_without_a_demo_there_is_only_the_login(browser: Browser, shop: Firm) -> None:
    nobody = browser()
    assert nobody.get("/").headers["location"] == "/login"
    assert nobody.get("/welcome").headers["location"] == "/login"
    assert 'href="/welcome"' not in browser("carl").get("/").text


def test_an_empty_sign_in_is_told_so_and_costs_no_try(visitor: TestClient) -> None:
    headers = {**SAFE, "accept-language": "zh"}
    for name, password in (("", ""), ("sun_yue", ""), (" ", "x")):
        answer = visitor.post("/login", data={"name": name, "password": password}, headers=headers)
        assert answer.status_code == 422
        assert "账号和密码都要填" in answer.text
    wrong = visitor.post("/login", data={"name": "sun_yue", "password": "x"}, headers=headers)
    assert wrong.status_code == 401
    assert "还可以试 4 次" in wrong.text


def test_what_a_page_loads_is_kept_for_ever_and_sent_small(visitor: TestClient) -> None:
    page = visitor.get("/login").text
    files = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page))
    assert len(files) == 3  # styles, scripts, icons once
    for file in files:
        answer = visitor.get(file, headers={"accept-encoding": "gzip"})
        assert "immutable" in answer.headers["cache-control"], file
        assert answer.headers["content-encoding"] == "gzip", file
