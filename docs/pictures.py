"""The pictures of README and docs/staff, taken from a running server with the demo: `make pictures`.

Why: pictures that a script takes are never older than the product. The server runs on a free port with a data folder
that is thrown away; pages are photographed at 1280 and 390 pixels, in both languages, light and dark.
"""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
PASSWORD = "formloom-demo"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
WIDE, PHONE = (1280, 800), (390, 780)
QUALITY = 82


@dataclass(frozen=True)
class Picture:
    """One picture: its file's name, who looks at what, how; `prepare` does what a person would do first."""

    name: str
    login: str | None
    path: str
    language: str = "zh"
    size: tuple[int, int] = WIDE
    dark: bool = False
    prepare: Callable[[Page], None] | None = None


def first_return(page: Page) -> None:
    """Open the first return request of the list."""
    page.locator('main a[href^="/f/return_request/"]:not([href*="export"])').first.click()
    page.wait_for_load_state("networkidle")


def fill_shipment(page: Page) -> None:
    """Choose the first contract offered, so that what is still to be shipped comes by itself; then show the lines."""
    page.locator("#field-contract").click()
    page.locator('[role="option"]:visible').first.click()
    page.wait_for_timeout(2500)
    page.mouse.move(5, 5)
    page.locator('[name="items.0.quantity"]').first.scroll_into_view_if_needed(timeout=5000)
    page.wait_for_timeout(300)


PICTURES = (
    Picture("login", None, "/login"),
    Picture("home", "lin_xiaowen", "/"),
    Picture("list", "lin_xiaowen", "/f/return_request"),
    Picture("form", "gu_minghua", "/f/shipment/new", prepare=fill_shipment),
    Picture("record", "lin_xiaowen", "/f/return_request?view=verify", prepare=first_return),
    Picture("dashboard", "zhou_qiming", "/d/returns"),
    Picture("dashboard-dark", "zhou_qiming", "/d/returns", dark=True),
    Picture("phone-list", "lin_xiaowen", "/f/return_request", size=PHONE),
    Picture("phone-record", "lin_xiaowen", "/f/return_request?view=verify", size=PHONE, prepare=first_return),
    Picture("home-en", "lin_xiaowen", "/", "en"),
    Picture("list-en", "lin_xiaowen", "/f/return_request", "en"),
    Picture("form-en", "gu_minghua", "/f/shipment/new", "en", prepare=fill_shipment),
    Picture("record-en", "lin_xiaowen", "/f/return_request?view=verify", "en", prepare=first_return),
    Picture("dashboard-en", "zhou_qiming", "/d/returns", "en"),
    Picture("phone-list-en", "lin_xiaowen", "/f/return_request", "en", PHONE),
    Picture("phone-record-en", "lin_xiaowen", "/f/return_request?view=verify", "en", PHONE, prepare=first_return),
)


@contextmanager
def served() -> Iterator[str]:
    """A server with the demo in a folder of its own; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="formloom-pictures-") as data:
        environment = {**os.environ, "PORT": port, "HOST": "127.0.0.1", "DATA_DIR": data, "DEMO": "1"}
        server = subprocess.Popen([sys.executable, "server.py"], cwd=ROOT, env=environment)
        try:
            wait_for(f"{address}/healthz", server)
            yield address
        finally:
            server.terminate()
            server.wait(20)


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    """Until the server answers; RuntimeError when it has ended or a minute has passed."""
    for _ in range(240):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError("The server did not start; its words stand above.")


def take(browser: Browser, address: str, picture: Picture) -> None:
    """Take one picture, as a person who has just signed in."""
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if picture.dark else "light",
        locale="en-GB" if picture.language == "en" else "zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce",
    )  # fmt: skip
    page = context.new_page()
    page.goto(f"{address}/login?language={picture.language}")
    if picture.login is not None:
        page.fill('input[name="name"]', picture.login)
        page.fill('input[name="password"]', PASSWORD)
        page.locator("form[action='/login'] button:not([data-reveal])").click()
        page.wait_for_load_state("networkidle")
        if page.locator("html").get_attribute("lang") != picture.language:
            page.goto(f"{address}/me")
            page.locator(f'[name="language"][value="{picture.language}"]').check()
            page.locator('form[action="/me"] button:not([type="button"])').first.click()
        page.goto(f"{address}{picture.path}", wait_until="networkidle")
    if picture.prepare is not None:
        picture.prepare(page)
    page.wait_for_timeout(1200)
    shot = context.new_cdp_session(page).send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    (FOLDER / f"{picture.name}.webp").write_bytes(base64.b64decode(shot["data"]))
    context.close()


def main(names: list[str]) -> int:
    """Take the pictures that are named, else all; gives the exit code."""
    chosen = [p for p in PICTURES if not names or p.name in names]
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    FOLDER.mkdir(exist_ok=True)
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for picture in chosen:
            take(browser, address, picture)
            print(f"docs/pictures/{picture.name}.webp", flush=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
