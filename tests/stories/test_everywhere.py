"""What holds on every page and in every state (`tour.py`): axe-core finds nothing against WCAG 2.2 A and AA in both
languages, themes and sizes, and nothing speaks another language than the page: not the product, not the definitions,
not the browser.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.clients.install import MODULES, install
from tests.stories.desk import Desk
from tests.stories.server import Server
from tests.stories.tour import STOPS, Stop, Tour, unseen
from tests.stories.words import OURS, chinese, data, english

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = ["color-contrast", "link-in-text-block"]
OVER = ["dialog[open]", ".fl-menu[open]"]
LOOK = """async ([words, colours, acted, known]) => {
  const options = { runOnly: words ? RULES : COLOURS, resultTypes: ["violations"], iframes: false, preload: false };
  if (!colours) options.rules = Object.fromEntries(COLOURS.map((one) => [one, { enabled: false }]));
  const over = acted && OVER.find((one) => document.querySelector(one));
  const include = [[over || "html"]];
  const exclude = [["tbody tr:nth-child(n + 9)"]]; // rows are all made alike, and eight hold every look
  if (known && !over) exclude.push([".fl-nav"], [".fl-bottom"]);
  const found = (await axe.run({ include, exclude }, options)).violations;
  return found.map((one) => [
    one.id, one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`)]);
}"""
NAMES = {"RULES": RULES, "COLOURS": COLOURS, "OVER": OVER}
RUN = re.sub("|".join(NAMES), lambda found: repr(NAMES[found[0]]), LOOK)
"""What axe finds. `known`: this person's menus were looked at before. `acted`: a dialog or menu that lies over the page
was opened by the stop, and only that is new: the page itself is a stop of its own."""
THEME = """(theme) => {
  document.documentElement.dataset.bsTheme = theme;
  document.dispatchEvent(new CustomEvent("fl:theme"));
}"""
NATIVE = """() => {
  const seen = (one) => one.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });
  const BUBBLES = new Set(["email", "url", "number"]);
  const speaks = (one) => one.required || one.pattern || one.min || one.max || BUBBLES.has(one.type);
  const found = [];
  const wrong = (what, one) => found.push(`${what}: ${one.outerHTML.slice(0, 160)}`);
  for (const one of document.querySelectorAll("input")) {
    if (["date", "time", "datetime-local", "month", "week", "color"].includes(one.type)) wrong("native control", one);
    if (one.type === "file" && getComputedStyle(one).opacity !== "0" && one.getBoundingClientRect().width > 1) wrong("native words", one);
    if (one.type === "file" && !one.labels.length && !one.getAttribute("aria-label")) wrong("file without a label", one);
  }
  for (const form of document.forms)
    if (!form.noValidate && [...form.elements].some((one) => one.willValidate && speaks(one)))
      wrong("native bubble", form);
  for (const one of document.querySelectorAll("a[href], button, summary, [role=button]")) {
    const said = (one.innerText ?? one.textContent).trim();
    const words = said || one.getAttribute("aria-label") || one.title || one.querySelector(".fl-sr, img[alt]");
    if (seen(one) && !words) wrong("icon without a name", one);
  }
  return found;
}"""
"""What would be said in the browser's language (its date and file controls, its bubbles), and icons that say nothing."""


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    install()
    return (MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


class Look:
    """Looks at pages, and keeps what is wrong with them: page and look -> what."""

    def __init__(self, language: str) -> None:
        self.language, self.known = language, data() | OURS
        self.found: dict[str, object] = {}
        self.menus: set[tuple[str | None, int]] = set()

    def at(self, page: Page, name: str, who: str | None, *, acted: bool = False, again: bool = False) -> None:
        """Everything in light, and once more the colours in dark; these are the same in both languages, and the dearest
        to look at. `again`: the same page in another size, whose words and dark colours are known."""
        width = (page.viewport_size or {"width": 0})["width"]
        known = (who, width) in self.menus
        if not again and not acted:
            self.menus.add((who, width))
        looks = (("light", True), ("dark", False)) if self.language == "zh" and not again else (("light", True),)
        for theme, words in looks:
            page.evaluate(THEME, theme)
            if wrong := page.evaluate(RUN, [words, self.language == "zh", acted, known]):
                self.found[f"{name}, {self.language}, {width}, {theme}"] = wrong
        page.evaluate(THEME, "light")
        if wrong := page.evaluate(NATIVE):
            self.found[f"{name}, {self.language}, {width}"] = wrong
        if not again and (wrong := english(page) if self.language == "zh" else chinese(page, self.known)):
            self.found[f"{name}, {self.language}, {width}, another language"] = wrong


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_and_state_shuts_nobody_out(
    server: Server, visitor: Callable[..., Desk], axe: str, language: str
) -> None:
    look = Look(language)

    def come(width: int) -> Callable[[str | None], Desk]:
        def at(login: str | None) -> Desk:
            desk = visitor(server.url, width, language=language)
            desk.page.add_init_script(axe)  # by the debugger's door, so the policy need not be loosened
            if login is not None:
                step_in(desk, login)
            return desk

        return at

    desks, phones = Tour(come(1280)), Tour(come(390))
    for stop, desk in desks.walk():
        look.at(desk.page, stop.name, stop.who, acted=stop.act is not None)
        if stop.still:
            desk.page.set_viewport_size({"width": 390, "height": 844})
            look.at(desk.page, stop.name, stop.who, acted=stop.act is not None, again=True)
            desk.page.set_viewport_size({"width": 1280, "height": 900})
    moving = {stop.name for stop in _with_their_begin()}
    for stop, desk in phones.walk(lambda stop: stop.name in moving):
        if not stop.still:
            look.at(desk.page, stop.name, stop.who, acted=stop.act is not None)
    trouble(server, desks, look)
    assert look.found == {}
    assert unseen(desks.seen | phones.seen) == [], "a page that no stop of the tour shows"


def step_in(desk: Desk, login: str) -> None:
    """Become one of the demo's people, without a page."""
    headers = {"Origin": desk.url}
    desk.page.context.request.post(f"{desk.url}/welcome", form={"as": login}, headers=headers, max_redirects=0)


def trouble(server: Server, tour: Tour, look: Look) -> None:
    """What is seen when the server fails: a whole page, and a card of a dashboard."""
    base = sqlite3.connect(server.data / "formloom.sqlite3")
    desk = tour.desk("sun_yue")
    try:
        base.execute("ALTER TABLE f_quality_check RENAME TO away")
        base.commit()
        for name, path in {"failed": "/f/quality_check?view=-", "a card failed": "/d/fulfilment"}.items():
            desk.open(path)
            assert desk.page.locator(".fl-empty--bad").count()
            look.at(desk.page, name, "sun_yue")
    finally:
        base.execute("ALTER TABLE away RENAME TO f_quality_check")
        base.commit()
        base.close()


def _with_their_begin() -> list[Stop]:
    """The stops that the phone shows otherwise than a narrow window, each with the stops that it goes on from."""
    kept: list[Stop] = []
    for place, stop in enumerate(STOPS):
        if stop.still:
            continue
        begin = place
        while not STOPS[begin].path:
            begin -= 1
        kept += [one for one in STOPS[begin : place + 1] if one not in kept]
    return kept


def test_a_breach_of_the_policy_is_heard(server: Server, visitor: Callable[..., Desk]) -> None:
    desk = visitor(server.url)
    desk.open("/login")
    desk.page.evaluate("document.body.setAttribute('style', 'color: red')")
    desk.page.wait_for_timeout(50)
    assert [error for error in desk.errors if error.startswith("policy: style-src-attr")]
    desk.errors.clear()  # else the visitor's end would fail, as it does for every other story
