"""Google's Lighthouse has nothing to say against the accessibility and the practices of a list, a form and a record.

Its score of performance depends on how busy the machine is, so of performance only what doesn't is held here: what is
sent and what shifts. `make bench` prints the score.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.chromium import chromium
from tests.clients.conftest import Ask
from tests.stories.server import Server, prepared, running

PAGES = {"list": "/f/contract?view=all", "form": "/f/contract/new", "record": "/f/contract/1"}
KB = 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("lighthouse") / "data"
    shutil.copytree(prepared(tmp_path_factory), data)
    with running(data) as found:
        yield found


def test_lighthouse_finds_nothing_that_the_machine_is_not_to_blame_for(
    server: Server, browser: Browser, script: Ask
) -> None:
    asked = {
        "chrome": chromium() or browser.browser_type.executable_path,
        "login": "gu_minghua", "server": server.url, "device": "mobile", "pages": PAGES, "still": True,
        "categories": ["performance", "accessibility", "best-practices"],
    }  # fmt: skip
    found = {one["page"]: one for one in script("lighthouse.mjs", given=json.dumps(asked))}
    assert set(found) == set(PAGES)
    for page, one in found.items():
        assert one["scores"]["accessibility"] == 100, (page, one["below"])
        assert one["scores"]["best-practices"] == 100, (page, one["below"])
        numbers = one["numbers"]
        assert numbers["total-byte-weight"] <= 110 * KB, page
        assert numbers["cumulative-layout-shift"] < 0.02, page
        assert numbers["dom-size-insight"] <= 1500, page
        assert numbers["unminified-css"] == numbers["unminified-javascript"] == 0, page
