"""What stories share: one server for each module, and people who are signed in."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.stories.desk import Desk
from tests.stories.server import Server, prepared, running

Person = Callable[..., Desk]

PATIENCE = 20_000
"""Milliseconds after which what a person would see is given up, also on a busy machine; never what a story is about."""

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's data folder, to be copied."""
    return prepared(tmp_path_factory)


@pytest.fixture(scope="module")
def server(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of this module, with its own copy of the demo."""
    data = tmp_path_factory.mktemp("server") / "data"
    shutil.copytree(demo_data, data)
    with running(data) as found:
        yield found


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Callable[..., Desk]]:
    """Makes a page of somebody who isn't signed in, at any server. In the end no page may have complained."""
    made: list[tuple[BrowserContext, Desk]] = []

    def come(url: str, width: int = 1280, language: str = "zh", scripts: bool = True, dark: bool = False) -> Desk:
        context = browser.new_context(
            viewport={"width": width, "height": 844 if width < 768 else 900},
            has_touch=width < 768,
            locale={"zh": "zh-CN", "en": "en-GB"}[language],
            timezone_id="Asia/Shanghai",
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            java_script_enabled=scripts,
            accept_downloads=True,
        )
        context.set_default_timeout(PATIENCE)
        desk = Desk(context.new_page(), url)
        made.append((context, desk))
        return desk

    yield come
    for context, _ in made:
        context.close()
    assert [error for _, desk in made for error in desk.errors] == []


@pytest.fixture
def person(server: Server, visitor: Callable[..., Desk]) -> Person:
    """Makes a page of one of the demo's people, signed in: `person("wang_siyuan", width=390, language="en")`."""

    def come(login: str, width: int = 1280, **more: object) -> Desk:
        desk = visitor(server.url, width, **more)
        signed = desk.page.context.request.post(
            f"{server.url}/welcome", form={"as": login}, headers={"Origin": server.url}, max_redirects=0
        )
        assert signed.status == 303, (login, signed.status)
        return desk

    return come
