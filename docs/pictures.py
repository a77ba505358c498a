"""The pictures of README and docs/staff, and of every page for whoever looks after the face: `make pictures`.

Why: pictures that a script takes are never older than the product, and whoever changes a page sees all its looks. The
demo is replayed up to a fixed moment, and server and browser keep that moment, so that the same code gives the same
pictures. Each subject is taken at 1280 and 390 pixels, light and dark, in Chinese and English.

    python docs/pictures.py                      those that the docs show, into docs/pictures
    python docs/pictures.py --all FOLDER         all of them, into FOLDER (`make pictures` uses the ignored `pictures/`)
    python docs/pictures.py --all FOLDER list    only subjects whose name begins with `list`
"""

from __future__ import annotations

import argparse
import base64
import math
import re
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, product
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from engine.engine import Engine
from engine.settings import Settings
from engine.web.app import create_app
from engine.web.serving import DEMO_PASSWORD, Server
from tests.chromium import chromium

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
NOW = datetime(2026, 11, 23, 10, 42, tzinfo=ZoneInfo("Asia/Shanghai"))
"""The moment at which everything is looked at: a Monday morning."""

SIZES = {"desk": (1280, 800), "phone": (390, 844)}
QUALITY = 78
SERVICE, SALES, HEAD = "lin_xiaowen", "gu_minghua", "zhou_qiming"
OTHERS_WORDS = cycle(("外箱有撞痕，接线口断裂", "外箱有撞痕，接线口断裂，已拍照"))
OTHERS_WISHES = cycle(("客户希望月底前处理", "客户希望下周一前处理"))
LOGINS = cycle((SERVICE, "tang_min", "xu_tao", "ma_jun", "chen_li", "feng_kai", "shen_wei", "he_jia"))
"""Who tries a wrong password, each once."""
OUTLINES = {
    "sensor": "M-30 -70h60v40h-60zM-18 -30h36v70h-36zM-46 40h92v22h-92z",
    "valve": "M-80 -24l80 40l80 -40v84l-80 -40l-80 40zM-10 -70h20v70h-20z",
    "control": "M-80 -60h160v120h-160zM-62 -42h96v70h-96zM50 -42h14v14h-14zM50 -16h14v14h-14z",
    "module": "M-60 -70h120v140h-120zM-44 -52h20v16h-20zM-12 -52h20v16h-20zM20 -52h20v16h-20zM-44 36h88v14h-88z",
    "part": "M-80 0a80 40 0 0 1 160 0a80 40 0 0 1 -160 0zM-50 0a50 22 0 0 0 100 0a50 22 0 0 0 -100 0z",
}
"""What the products of each kind look like, drawn around the middle."""


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    size: str
    theme: str
    language: str

    @property
    def name(self) -> str:
        """As it stands in a file's name."""
        return f"{self.size}-{self.theme}-{self.language}"


@dataclass(frozen=True)
class Subject:
    """What is photographed: who looks at which page (None: nobody has signed in), and what they do first. `before` is
    done before the page is opened. `sizes` are those at which there is such a thing."""

    name: str
    login: str | None
    path: str
    prepare: Callable[[Page], None] | None = None
    before: Callable[[Page], None] | None = None
    sizes: tuple[str, ...] = ("desk", "phone")
    whole: bool = False


# -- what people do first ----------------------------------------------------------------------------------------------


def first(page: Page) -> None:
    """Open the first record of the list."""
    page.goto(
        page.url.split("/f/")[0]
        + (page.locator("table[data-rows] tr[data-href]").first.get_attribute("data-href") or "")
    )
    quiet(page)


def why(page: Page) -> None:
    """Ask how the first explained number came about."""
    first(page)
    page.locator("main dd a.fl-figure").last.click()
    page.locator("dialog[open]").wait_for()


def more(page: Page) -> None:
    """Open the menu behind the buttons of a task."""
    first(page)
    page.locator(".fl-acts .fl-menu > summary").click()
    page.wait_for_timeout(200)


def hand_over(page: Page) -> None:
    """Open the sheet in which a task is given to somebody else."""
    more(page)
    page.locator(".fl-acts .fl-menu-list a[href*=':transfer']").click()
    page.locator("dialog[open]").wait_for()


def send_back(page: Page) -> None:
    """Open the sheet in which a task goes back to somebody, and say why."""
    more(page)
    page.locator(".fl-acts .fl-menu-list a[href*=':return']").click()
    page.locator("dialog[open] [name=opinion]").fill("单价怎么比报价低？请附客户的邮件。")


def decide(page: Page) -> None:
    """Press the button that leads on, and begin an opinion."""
    first(page)
    page.locator(".fl-acts .fl-btn--primary").first.click()
    page.locator("dialog[open] [name=opinion]").wait_for()


def signing(page: Page) -> None:
    """Close the first piece of work, and have the customer sign."""
    first(page)
    page.locator(".fl-acts .fl-btn--primary").first.click()
    page.locator("dialog[open] .fl-sign-open").click()
    pad = page.locator("dialog[open] canvas")
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    for step in range(40):
        page.mouse.move(box["x"] + 60 + 4 * step, box["y"] + 60 + 26 * math.sin(step / 2.2) - step / 3)
    page.mouse.up()


def permits(page: Page) -> None:
    """Ask who may change what was asked about."""
    why(page)
    page.locator("dialog[open] .fl-why-foot a").click()
    page.locator("dialog[open] .fl-rights").wait_for()


def conflict(page: Page) -> None:
    """Change a record that somebody else changes and saves first."""
    page.goto(
        page.url.split("/f/")[0]
        + str(page.locator("table[data-rows] tr[data-href]").first.get_attribute("data-href"))
        + "/edit"
    )
    quiet(page)
    base, where = page.url.split("/f/")[0], page.url
    browser = page.context.browser
    assert browser is not None
    other = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    enter(other, base, HEAD)
    theirs = other.new_page()
    theirs.goto(where)
    quiet(theirs)
    theirs.fill("[name=detail]", next(OTHERS_WORDS))
    theirs.fill("[name=remark]", next(OTHERS_WISHES))
    theirs.locator("#fl-form .fl-actions button").last.click()
    quiet(theirs)
    other.close()
    page.fill("[name=detail]", "接线口断裂，两个外壳有裂纹")
    page.locator("#fl-form .fl-actions button").last.click()
    page.locator("dialog[open]").wait_for()


def drawn(easel: Page, kind: str, hue: int) -> bytes:
    """A photograph of a product of this kind, in this colour, as a PNG."""
    easel.set_content(
        '<meta name="viewport" content="width=device-width">'
        f'<body style="margin:0"><svg width="640" height="400" viewBox="-320 -200 640 400">'
        f'<rect x="-320" y="-200" width="640" height="400" fill="hsl({hue} 18% 90%)"/>'
        f'<ellipse cy="118" rx="190" ry="22" fill="hsl({hue} 14% 78%)"/>'
        f'<path d="{OUTLINES[kind]}" transform="scale(1.7)" fill="hsl({hue} 32% 38%)" fill-rule="evenodd"/></svg>'
    )
    return easel.screenshot()


def photographed(page: Page) -> None:
    """Products have photographs: one is drawn for each that has none, and sent up as whoever keeps the products does."""
    base = page.url.split("/f/")[0]
    api, own = page.context.request, {"Origin": base}
    listed = api.get(f"{base}/api/forms/product/records?view=active&columns=kind,picture").json()
    easel = page.context.new_page()
    easel.set_viewport_size({"width": 640, "height": 400})
    for record in listed["records"]:
        if record["picture"] or record["kind"] not in OUTLINES:
            continue
        picture = drawn(easel, record["kind"], 150 + 17 * record["id"] % 90)
        sent = api.post(f"{base}/files", headers=own, multipart={
            "form": "product", "field": "picture",
            "file": {"name": "photo.png", "mimeType": "image/png", "buffer": picture},
        })  # fmt: skip
        api.patch(
            f"{base}/api/forms/product/records/{record['id']}",
            headers={**own, "If-Match": f'"{record["_version"]}"'},
            data={"picture": [int(sent.json()["id"])]},
        )
    easel.close()
    page.reload()
    quiet(page)


def unfinished(page: Page) -> None:
    """Drop the draft that the picture before left."""
    if page.locator("[data-draft-drop] button").count():
        page.locator("[data-draft-drop] button").click()
        page.wait_for_timeout(500)


def mistaken(page: Page) -> None:
    """Fill in a return with a number too short and more than was shipped, and try to save it."""
    unfinished(page)
    page.locator("#field-contract").click()
    page.locator('[role="option"]:visible').first.click()
    page.wait_for_timeout(1500)
    page.locator("[name=reason][value=damaged]").check(force=True)
    page.fill("[name=phone]", "1380512334")
    page.fill("[name=detail]", "外箱右下角受潮变形，接线口断裂。司机签收单上已注明。")
    easel = page.context.new_page()
    easel.set_viewport_size({"width": 640, "height": 400})
    picture = drawn(easel, "control", 28)
    easel.close()
    page.locator("input[type=file]").first.set_input_files(
        {"name": "外箱右下角.png", "mimeType": "image/png", "buffer": picture}
    )
    page.locator("[data-row-add]").click() if not page.locator('[name="items.0.quantity"]').count() else None
    page.locator("#field-items-0-product").click()
    page.locator('[role="option"]:visible').first.click()
    page.wait_for_timeout(900)
    page.fill('[name="items.0.quantity"]', "60")
    page.locator("#fl-form .fl-actions .fl-btn--primary").click()
    page.locator("#fl-errors").wait_for()


def fill_shipment(page: Page) -> None:
    """Choose the first contract offered, so that what is still to be shipped comes by itself; then show the lines."""
    unfinished(page)
    page.locator("#field-contract").click()
    page.locator('[role="option"]:visible').first.click()
    page.wait_for_timeout(1500)
    page.mouse.move(5, 5)
    page.locator('[name="items.0.quantity"]').first.scroll_into_view_if_needed(timeout=5000)
    page.wait_for_timeout(300)


def tick(page: Page) -> None:
    """Tick three rows."""
    for place in (0, 1, 3):
        box = page.locator("table[data-rows] tbody tr[data-href] input[type=checkbox]").nth(place)
        box.evaluate("box => box.click()")  # on the phone a long press does it
    page.wait_for_timeout(600)


def columns(page: Page) -> None:
    """Open the chooser of columns."""
    page.locator("[data-columns] summary, summary:has(use[href*='columns'])").first.click()
    page.wait_for_timeout(300)


def compact(page: Page) -> None:
    """As somebody sees it who likes it dense."""
    page.evaluate("document.documentElement.dataset.density = 'compact'")


def filtering(page: Page) -> None:
    """Open the filter at a field with few values."""
    page.locator("[data-filter] > summary").first.click()
    page.locator("[data-filter-field=reason], [data-filter-field=state]").first.click()
    page.wait_for_timeout(500)


def held(part: str) -> Callable[[Page], None]:
    """Answers to requests whose address fits never come."""

    def hold(page: Page) -> None:
        page.route(re.compile(part), lambda route: None)

    return hold


def sorting(page: Page) -> None:
    """Ask for another order, which takes its time."""
    held(r"/f/return_request\?.*sort=")(page)
    page.locator("thead a[href*='sort=']").nth(1).click()
    page.wait_for_timeout(500)


def failing(page: Page) -> None:
    """Ask for another order, which the server can't give."""
    page.route(re.compile(r"/f/return_request\?.*sort="), lambda route: route.fulfill(status=500, body=""))
    page.locator("thead a[href*='sort=']").nth(1).click()
    page.locator("#fl-toasts [role=alert], .fl-toast--bad").first.wait_for()


def peek(page: Page) -> None:
    """Look into the second record without leaving the list."""
    for key in ("j", "j", "Space"):
        page.keyboard.press(key)
    page.locator(".fl-drawer-head").wait_for()


def printed(page: Page) -> None:
    """The first record on its paper, here and not in a tab of its own."""
    first(page)
    form = page.locator("form[action*='/print/'][target]").first
    with page.expect_navigation(url=re.compile("/print/")):
        form.evaluate("(form) => { form.target = ''; form.submit(); }")


def troubled(page: Page) -> None:
    """One card fails, two take their time."""

    def answer(route: Route) -> None:
        route.fulfill(status=500, body="")

    page.route(re.compile(r"/d/returns/w/trend"), answer)
    held(r"/d/returns/w/(reasons|steps)")(page)


def as_table(page: Page) -> None:
    """See a chart's figures."""
    page.locator("#w-monthly .fl-menu > summary").click()
    page.locator("#w-monthly [data-table-toggle]").click()


def drag(page: Page) -> None:
    """Take a card and hold it over a column that refuses it."""
    card = page.locator("[data-card]").first
    box, board = card.bounding_box(), page.locator("[data-lane]").nth(3).bounding_box()
    assert box is not None and board is not None
    card.hover()
    page.wait_for_timeout(400)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(box["x"] + 40 + (board["x"] + 30 - box["x"]) * step / 11, box["y"] + 20 + 8 * step)
        page.wait_for_timeout(30)
    page.wait_for_timeout(500)


def jumping(page: Page) -> None:
    """Ask for places and records by a few letters."""
    page.keyboard.press("Control+k")
    page.locator("dialog [role=combobox]").fill("禾川" if page.locator("html[lang^=zh]").count() else "contract")
    page.locator("dialog [role=option] .fl-badge, dialog [role=option] small").first.wait_for()
    page.wait_for_timeout(500)


def wrong(page: Page) -> None:
    """Try a password that is none."""
    page.fill('input[name="name"]', next(LOGINS))
    page.fill('input[name="password"]', "not it")
    page.locator("form[action='/login'] button:not([data-reveal])").click()
    quiet(page)


def menu(page: Page) -> None:
    """Open the person's menu."""
    page.locator(".fl-header .fl-menu summary:has(.fl-avatar)").click()
    page.wait_for_timeout(200)


def condition(text: str) -> str:
    """A condition as it stands in an address."""
    return quote(text)


RETURNS = "/f/return_request"
VERIFY = f"{RETURNS}?view=verify"
APPROVE = "/f/contract?view=approve"
INSPECT = f"{RETURNS}?view=all&where=" + condition('state = "inspecting"')
WORKING = "/f/work_order?view=-&where=" + condition('state = "working"')
EMPTY = f"{RETURNS}?view=all&where=" + condition('reason = "damaged" and refund >= 900000')

SUBJECTS = (
    Subject("home", SERVICE, "/"),
    Subject("tasks", SERVICE, "/tasks"),
    Subject("tasks-calendar", SERVICE, "/tasks/calendar"),
    Subject("team", HEAD, "/team"),
    Subject("late-records", HEAD, "/team/late/work_order"),
    Subject("notices", HEAD, "/notices"),
    Subject("menu", SERVICE, "/", menu),
    Subject("chooser", SERVICE, "/new"),
    Subject("jump", SALES, "/f/contract", jumping),
    Subject("search", SERVICE, "/search?q=" + quote("禾川")),
    Subject("list", SERVICE, RETURNS),
    Subject("list-leads", SALES, "/f/lead?view=all"),
    Subject("list-contracts", SALES, "/f/contract"),
    Subject("list-orders", SERVICE, "/f/work_order"),
    Subject("list-filter", SERVICE, f"{RETURNS}?view=all", filtering),
    Subject("list-columns", SERVICE, f"{RETURNS}?view=all", columns, sizes=("desk",)),
    Subject("list-bulk", SERVICE, VERIFY, tick),
    Subject("list-compact", SERVICE, f"{RETURNS}?view=all", compact, sizes=("desk",)),
    Subject("list-empty", SERVICE, EMPTY),
    Subject("list-loading", SERVICE, f"{RETURNS}?view=all", sorting, sizes=("desk",)),
    Subject("list-failed", SERVICE, f"{RETURNS}?view=all", failing, sizes=("desk",)),
    Subject("peek", SERVICE, f"{RETURNS}?view=all", peek, sizes=("desk",)),
    Subject("kanban", SALES, "/f/lead?view=board"),
    Subject("kanban-opportunities", SALES, "/f/opportunity?view=board"),
    Subject("kanban-refused", SALES, "/f/lead?view=board", drag, sizes=("desk",)),
    Subject("calendar", SERVICE, "/f/work_order?view=wanted"),
    Subject("gantt", SALES, "/f/contract?view=plan"),
    Subject("gallery", SALES, "/f/product?view=gallery", photographed),
    Subject("form", SALES, "/f/shipment/new", fill_shipment),
    Subject("form-new", SERVICE, f"{RETURNS}/new"),
    Subject("form-wrong", SERVICE, f"{RETURNS}/new", mistaken, whole=True),
    Subject("task", SALES, APPROVE, first),
    Subject("task-decide", SALES, APPROVE, decide),
    Subject("task-more", SALES, APPROVE, more),
    Subject("task-hand-over", SALES, APPROVE, hand_over),
    Subject("task-return", SALES, APPROVE, send_back),
    Subject("task-fill", "shen_wei", INSPECT, first),
    Subject("sign", "xu_tao", WORKING, signing),
    Subject("record", SERVICE, VERIFY, first),
    Subject("record-whole", SERVICE, VERIFY, first, whole=True),
    Subject("record-customer", SALES, "/f/customer?view=all", first, whole=True),
    Subject("record-why", SERVICE, VERIFY, why),
    Subject("record-perm", SERVICE, VERIFY, permits),
    Subject("print", SALES, "/f/quotation?view=all", printed),
    Subject("record-conflict", SERVICE, VERIFY, conflict),
    Subject("dashboard", SALES, "/d/sales_funnel"),
    Subject("dashboard-sales", SALES, "/d/sales_funnel", whole=True),
    Subject("dashboard-leads", SALES, "/d/leads", whole=True),
    Subject("dashboard-returns", HEAD, "/d/returns", whole=True),
    Subject("dashboard-service", HEAD, "/d/service", whole=True),
    Subject("dashboard-fulfilment", SALES, "/d/fulfilment", whole=True),
    Subject("dashboard-states", HEAD, "/d/returns", before=troubled, whole=True),
    Subject("dashboard-empty", HEAD, "/d/returns?period=last_year", whole=True),
    Subject("dashboard-table", SALES, "/d/sales_funnel", as_table),
    Subject("forbidden", "wang_siyuan", "/f/quality_check/new"),
    Subject("missing", SERVICE, "/d/nothing"),
    Subject("automations", "sun_yue", "/automations"),
    Subject("login", None, "/login"),
    Subject("login-wrong", None, "/login", wrong),
    Subject("welcome", None, "/welcome"),
    Subject("people", "sun_yue", "/people"),
    Subject("person", "sun_yue", "/people/3"),
    Subject("me", SERVICE, "/me"),
)  # fmt: skip

SHOWN = frozenset(
    {
        *(f"{name}-desk-light-{language}" for name, language in product(
            ("home", "tasks", "list", "kanban", "form", "record", "record-why", "task-fill", "dashboard"),
            ("zh", "en"))),
        *(f"{name}-phone-light-{language}"
          for name, language in product(("list", "late-records", "record", "task", "task-decide", "task-hand-over"), ("zh", "en"))),
        "dashboard-desk-dark-zh", "dashboard-desk-dark-en",
    }
)  # fmt: skip
"""The pictures that the docs show; they are kept with the code."""

LOOKS = tuple(Look(*found) for found in product(SIZES, ("light", "dark"), ("zh", "en")))


# -- taking them -------------------------------------------------------------------------------------------------------


@contextmanager
def served() -> Iterator[str]:
    """A server with the demo in a folder that is thrown away, at the fixed moment; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="formloom-pictures-") as data:
        settings = Settings(definitions=ROOT / "definitions", data=Path(data), port=port)
        engine = Engine(settings, clock=lambda: NOW)
        try:
            engine.load_demo(DEMO_PASSWORD)
            server = Server(uvicorn.Config(create_app(engine), port=port, log_level="warning"), engine)
            thread = threading.Thread(target=server.run)
            thread.start()
            while not server.started and thread.is_alive():
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
            server.should_exit = True
            thread.join(20)
        finally:
            engine.close()


def enter(context: BrowserContext, address: str, login: str) -> None:
    """Step in as one of the demo's people."""
    context.request.post(f"{address}/welcome", form={"as": login}, headers={"Origin": address}, max_redirects=0)


def quiet(page: Page) -> None:
    """Wait until nothing is on its way; the page's own stream of news doesn't count."""
    page.wait_for_load_state("load")
    page.wait_for_timeout(250)
    expect(page.locator(".htmx-request, [aria-busy=true]")).to_have_count(0, timeout=9000)


def take(browser: Browser, address: str, subject: Subject, look: Look, file: Path) -> None:
    """Take one picture, as a person who has just signed in."""
    width, height = SIZES[look.size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if look.theme == "dark" else "light",
        locale="en-GB" if look.language == "en" else "zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce",
        has_touch=look.size == "phone", is_mobile=look.size == "phone",
    )  # fmt: skip
    try:
        if subject.login is not None:
            enter(context, address, subject.login)
            context.request.post(
                f"{address}/me", form={"language": look.language, "theme": "system"}, headers={"Origin": address}
            )
        page = context.new_page()
        page.clock.set_fixed_time(NOW)
        if subject.before is not None:
            subject.before(page)
        page.goto(f"{address}{subject.path}" + (f"?language={look.language}" if subject.login is None else ""))
        if subject.before is None:
            quiet(page)
        if subject.prepare is not None:
            subject.prepare(page)
        page.wait_for_timeout(900)
        if subject.whole:
            tall = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": width, "height": max(height, min(tall, 4000))})
            page.wait_for_timeout(900)
        shot = context.new_cdp_session(page).send(
            "Page.captureScreenshot",
            {"format": file.suffix[1:], **({"quality": QUALITY} if file.suffix == ".webp" else {})},
        )
        file.write_bytes(base64.b64decode(shot["data"]))
    finally:
        context.close()


def main(arguments: list[str]) -> int:
    """Take the pictures; gives the exit code."""
    parser = argparse.ArgumentParser(description="Take the pictures of the docs, or of all pages.")
    parser.add_argument("subjects", nargs="*", help="only subjects whose name, or name and look, begins so")
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="all pictures, into this folder")
    parser.add_argument("--png", action="store_true", help="PNG in place of WebP")
    chosen = parser.parse_args(arguments)
    folder: Path = chosen.all or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for subject, look in product(SUBJECTS, LOOKS):
            name = f"{subject.name}-{look.name}"
            wanted = not chosen.subjects or any(name.startswith(one) for one in chosen.subjects)
            if look.size not in subject.sizes or not wanted or (chosen.all is None and name not in SHOWN):
                continue
            try:
                take(browser, address, subject, look, folder / f"{name}.{'png' if chosen.png else 'webp'}")
                print(name, flush=True)
            except Exception as error:
                failed += 1
                print(f"{name}: {error}", file=sys.stderr, flush=True)
        browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
