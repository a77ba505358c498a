"""The face's scripts in a real browser, on the gallery made from web_src/COMPONENTS.md, under the strict policy.

No engine runs here: what a page does by itself (rows, pickers, dates, live totals, drafts) is promised here; whole
journeys with the server stand in tests/stories.
"""

import functools
import http.server
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from engine import assets

WEB = Path(__file__).resolve().parents[1] / "web_src"
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'"
OPTIONS = {
    "options": [
        {"value": "7", "label": "苏州禾川电子有限公司", "facts": ["重点客户", "江苏"]},
        {"value": "8", "label": "广州粤海医疗器械", "facts": ["广东"]},
    ],
    "more": False,
}


class Gallery(http.server.SimpleHTTPRequestHandler):
    """Serves the gallery with the policy that the real pages have."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("gallery")
    shutil.copytree(assets.STATIC, folder / "static")
    node, _ = assets._node()
    subprocess.run([node, WEB / "gallery.mjs", folder / "static", folder], check=True)
    handler = functools.partial(Gallery, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def opened(gallery: str, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The gallery page of the test's marker, on a desk or a phone; fails on any error of the console."""
    name, width = request.param
    context = browser.new_context(viewport={"width": width, "height": 844}, has_touch=width < 768)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=gallery)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))

    def answer(route: Route) -> None:
        route.fulfill(body=json.dumps(OPTIONS), content_type="application/json")

    page.route("**/options/**", answer)
    page.goto(f"{gallery}/{name}.html")
    page.wait_for_load_state("networkidle")
    yield page
    context.close()
    assert said == []


def on(name: str, width: int = 1280) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("opened", [(name, width)], indirect=True, ids=[f"{name}-{width}"])


def text(page: Page, selector: str) -> str:
    return page.inner_text(selector).strip()


PAGES = ("list", "form", "record", "dashboard", "home", "login", "admin")


@pytest.mark.parametrize("opened", [(name, width) for name in PAGES for width in (1280, 390)], indirect=True)
def test_no_page_breaks_the_policy_or_scrolls_sideways(opened: Page) -> None:
    widths = opened.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]


@on("form")
def test_a_typed_quantity_changes_the_line_and_the_totals_at_once(opened: Page) -> None:
    opened.fill('[name="items.0.quantity"]', "10")
    assert text(opened, '[data-calculated="items.0.amount"]') == "21,500.00"
    assert text(opened, "[data-calculated=total]") == "¥23,690.00"
    assert text(opened, '[data-total="items.quantity"]') == "16"


@on("form")
def test_fields_show_hide_and_become_required_with_their_reason(opened: Page) -> None:
    opened.click("text=不需要")
    assert not opened.is_visible("[data-field=photos]")
    opened.click("text=质量问题")
    assert opened.is_visible("[data-field=photos]")
    assert not opened.is_visible("[data-field=photos] .fl-must")
    opened.click("text=运损")
    assert opened.is_visible("[data-field=photos] .fl-must")


@on("form")
def test_rows_are_walked_added_pasted_and_taken_back_with_keys(opened: Page) -> None:
    opened.focus('[name="items.0.quantity"]')
    opened.keyboard.press("Enter")
    assert opened.evaluate("document.activeElement.name") == "items.1.quantity"
    opened.keyboard.press("Control+Enter")
    assert opened.evaluate("document.activeElement.name") == "items.2.product"
    opened.evaluate("navigator.clipboard.writeText('线缆\\t\\t5\\t12.5\\n接头\\t\\t7\\t3\\n')")
    opened.keyboard.press("Control+v")
    opened.wait_for_selector('[name="items.3.price"]')
    opened.wait_for_selector(".fl-toast")
    assert opened.input_value('[name="items.2.price"]') == "12.5"
    assert opened.input_value('[name="items.3.product"]') == "接头"
    assert text(opened, "[data-calculated=total]") == "¥8,723.50"
    opened.keyboard.press("Control+z")
    assert opened.locator("tr[data-row]").count() == 3
    assert text(opened, "[data-calculated=total]") == "¥8,640.00"


@on("form")
def test_a_removed_row_renumbers_the_others_and_keeps_their_ids(opened: Page) -> None:
    opened.click("[data-row-remove] >> nth=0")
    assert opened.locator("tr[data-row]").count() == 1
    assert opened.input_value('[name="items.0.id"]') == "l2"
    assert text(opened, "[data-calculated=total]") == "¥2,190.00"


@on("form")
def test_a_record_is_picked_with_the_keyboard_alone(opened: Page) -> None:
    opened.focus("#field-customer")
    opened.keyboard.press("ArrowDown")
    opened.wait_for_selector(".fl-picker-option")
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("Enter")
    assert opened.input_value("#field-customer") == "广州粤海医疗器械"
    assert opened.evaluate("document.querySelector('select[name=customer]').value") == "8"


@on("form")
def test_a_date_is_chosen_in_the_calendar_or_typed_in_any_usual_way(opened: Page) -> None:
    opened.click(".fl-date-box .fl-affix-btn")
    opened.locator(".fl-calendar").wait_for()
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("Enter")
    assert opened.input_value("[name=met_on]") == "2026-11-21"
    for typed in ("2026/1/5", "20260105", "2026年1月5日"):
        opened.fill("[name=met_on]", typed)
        opened.keyboard.press("Tab")
        assert opened.input_value("[name=met_on]") == "2026-01-05"


@on("form")
def test_what_is_wrong_is_said_on_leaving_and_taken_back_on_changing(opened: Page) -> None:
    assert text(opened, "[data-error-count]") == "2 处要改"
    opened.fill("[name=rate]", "abc")
    opened.keyboard.press("Tab")
    assert "这里要填数字" in text(opened, "[data-field=rate]")
    assert text(opened, "[data-error-count]") == "3 处要改"
    opened.fill("[name=rate]", "4")
    assert text(opened, "[data-error-count]") == "2 处要改"


@on("form")
def test_nobody_leaves_typed_words_by_mistake(opened: Page) -> None:
    opened.fill("[name=contact]", "王小明")
    here = opened.url
    opened.click(".fl-brand")
    opened.wait_for_selector("dialog[open]")
    opened.click("dialog[open] >> text=继续填写")
    assert opened.url == here
    assert opened.input_value("[name=contact]") == "王小明"


@on("form", 390)
def test_on_the_phone_whole_numbers_have_steps(opened: Page) -> None:
    opened.locator('[data-row] >> nth=0 >> [aria-label="加一"]').click()
    assert opened.input_value('[name="items.0.quantity"]') == "4"
    assert text(opened, '[data-calculated="items.0.amount"]') == "8,600.00"


@on("list")
def test_a_list_is_walked_and_ticked_with_keys(opened: Page) -> None:
    opened.keyboard.press("j")
    opened.keyboard.press("j")
    opened.keyboard.press("x")
    assert opened.is_checked('input[value="41"]')
    opened.keyboard.press("/")
    assert opened.evaluate("document.activeElement.matches('[data-search]')")


@on("record")
def test_a_closed_button_says_why_and_does_nothing(opened: Page) -> None:
    opened.locator("[data-why]").click(force=True)
    assert "只有仓库的人" in text(opened, ".fl-why")


@on("dashboard")
def test_a_chart_is_drawn_and_can_be_read_as_a_table(opened: Page) -> None:
    opened.wait_for_selector("[data-chart] svg")
    opened.click(".fl-widget .fl-menu summary")
    opened.click("[data-table-toggle]")
    assert opened.is_visible("[data-chart-table]")
    assert not opened.is_visible(".fl-widget:has([data-chart-table]) [data-chart]")
