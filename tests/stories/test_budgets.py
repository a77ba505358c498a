"""Pages stay light: what a browser fetches for each kind of page the first time it comes, as sent over the wire.

Why: every KB is paid by whoever opens the page on a slow line, eight hours a day. Nothing here is timed: bytes, requests,
nodes and what shifts are the same on every machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from engine.assets import STATIC
from tests.stories.desk import Desk
from tests.stories.server import Server
from tests.stories.test_everywhere import step_in

KB = 1024
SHIFTS = """
globalThis.flShift = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) flShift += one.value;
}).observe({ type: "layout-shift", buffered: true });
"""
HEAVY = (
    "charts-", "flow-", "drag-", "form-", "table-", "files-", "clipboard-", "calendar-", "restoring-", "signature-", "richtext-",
)  # fmt: skip
"""Chunks that only their pages need."""


@dataclass(frozen=True)
class Budget:
    """At most so many KB (compressed, with headers) of HTML and scripts, and so many requests; styles, icons, nodes and
    shift are the same everywhere. `heavy`: which lazy chunks may come. `plainly`: KB of scripts for a browser that
    takes gzip only, as over plain http."""

    path: str
    who: str | None = "gu_minghua"
    html: int = 15
    scripts: int = 30
    requests: int = 6
    heavy: tuple[str, ...] = ()
    plainly: int = 35


PAGES = {
    "login": Budget("/login", None),
    "welcome": Budget("/welcome", None),
    "home": Budget("/"),
    "tasks": Budget("/tasks"),
    "list": Budget("/f/lead?view=all&limit=100"),
    "board": Budget("/f/lead?view=board"),
    "calendar": Budget("/f/contract?view=calendar"),
    "form": Budget("/f/lead/new", html=20, scripts=49, requests=7, heavy=("form-",), plainly=55),
    "form with lines": Budget(
        "/f/contract/new", html=20, scripts=55, requests=8, heavy=("form-", "table-"), plainly=61,
    ),
    "record": Budget("/f/contract/1"),
    "dashboard": Budget("/d/sales_funnel", html=12, scripts=230, heavy=("charts-",), plainly=250),
    "people": Budget("/people", "sun_yue"),
}  # fmt: skip


@dataclass
class Fetched:
    """What came: bytes over the wire by kind, and the addresses."""

    sizes: Counter[str]
    addresses: list[str]


def fetched(desk: Desk, path: str) -> Fetched:
    """Open a page as if for the first time, and write down what is sent for it."""
    door = desk.page.context.new_cdp_session(desk.page)
    door.send("Network.enable")
    door.send("Network.setCacheDisabled", {"cacheDisabled": True})
    kinds: dict[str, tuple[str, str]] = {}
    found = Fetched(Counter(), [])

    def came(event: dict[str, Any]) -> None:
        address = event["response"]["url"].removeprefix(desk.url)
        if address.startswith("/static/"):
            kind = {"css": "styles", "js": "scripts", "svg": "icons"}[address.rpartition(".")[2].partition("#")[0]]
        else:
            kind = "html" if event["type"] == "Document" else "parts"
        kinds[event["requestId"]] = (kind, address)

    def ended(event: dict[str, Any]) -> None:
        kind, address = kinds.get(event["requestId"], ("", ""))
        if kind and address != "/live" and "/static/live-" not in address:  # news, once the page is long there
            found.sizes[kind] += int(event["encodedDataLength"])
            found.addresses.append(address)

    door.on("Network.responseReceived", came)
    door.on("Network.loadingFinished", ended)
    desk.page.add_init_script(SHIFTS)
    desk.open(path)
    return found


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_stays_within_its_budget(server: Server, visitor: Callable[..., Desk], name: str, width: int) -> None:
    budget = PAGES[name]
    desk = visitor(server.url, width)
    if budget.who is not None:
        step_in(desk, budget.who)
    found = fetched(desk, budget.path)
    sizes = found.sizes
    own = [a for a in found.addresses if "/w/" not in a]  # a dashboard's cards come one by one
    assert sizes["html"] <= budget.html * KB
    assert sizes["styles"] <= 30 * KB
    assert sizes["scripts"] <= budget.scripts * KB, sizes
    scripts = [a.rpartition("/")[2] for a in found.addresses if a.endswith(".js")]
    assert sum((STATIC / f"{name}.gz").stat().st_size for name in scripts) <= budget.plainly * KB
    assert sizes["icons"] <= 12 * KB
    assert len(own) <= budget.requests, own
    assert desk.page.evaluate("document.querySelectorAll('*').length") <= 1500
    assert desk.page.evaluate("flShift") < 0.02
    lazy = {a for a in found.addresses for heavy in HEAVY if heavy in a and heavy not in budget.heavy}
    assert lazy == set(), "not needed here"
