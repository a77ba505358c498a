"""Somebody at a desk (or with a phone): a signed-in browser page, and what people do with it, in a few words.

Why: a story should read as what a person does: open, press, fill in, see. How a control looks is left to this file, which
finds things as people and screen readers do: by their words, labels and roles, or by the field's name.
"""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Dialog, Error, Locator, Page, Request, Response, expect

WATCH = """
addEventListener("securitypolicyviolation", (e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`));
const wide = () => {
  const over = document.documentElement.scrollWidth - innerWidth;
  if (over > 0) console.error(`sideways: ${location.pathname} is ${over} px too wide`);
};
addEventListener("load", wide);
addEventListener("pagehide", wide);
document.addEventListener("htmx:afterSettle", wide);
document.addEventListener("toggle", wide, true);
"""
"""Runs in every page before anything else: breaches of the policy and sideways scroll become errors of the console."""

BUSY = """document.readyState !== "complete" || document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling") !== null"""
TURN, TURNS = 15, 1300
"""How often, in milliseconds, it is looked whether the page is at rest, and how often at most."""

REFUSED = re.compile(r"Failed to load resource: .* status of (\d+) ")
"""What Chromium says of an answer that refuses; that it came as it should is seen on the page."""


class Desk:
    """A page of one person. `errors` gathers what the console complained of; `refusals` are the HTTP statuses that are no
    complaint (what is refused is said on the page)."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.errors: list[str] = []
        self.refusals = {401, 403, 409, 422, 429}
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        self._away: set[Request] = set()
        page.on("request", self._asked)
        page.on("response", self._answered)
        self._done = False  # what was sent is done, and its answer leads on
        page.on("framenavigated", lambda _: setattr(self, "_done", False))
        page.on("dialog", self._questioned)
        page.on("requestfailed", lambda request: self._away.discard(request))
        page.add_init_script(WATCH)

    def _asked(self, request: Request) -> None:
        if request.resource_type != "eventsource":
            self._away.add(request)

    def _answered(self, response: Response) -> None:
        self._away.discard(response.request)  # a script may leave its body unread
        self._done = self._done or "hx-redirect" in response.headers

    def _questioned(self, question: Dialog) -> None:
        """The browser's own question whether to leave: never of somebody who has just sent what was typed."""
        if question.type != "beforeunload":
            question.dismiss()
            return
        if self._done:
            self.errors.append(f"asked whether to leave, though all is sent ({self.path})")
        question.accept()

    def _heard(self, message: Any) -> None:
        refused = REFUSED.match(message.text)
        if message.type == "error" and not (refused and int(refused[1]) in self.refusals):
            self.errors.append(f"{message.text} ({self.page.url})")

    # -- going places

    def open(self, path: str) -> None:
        """Go to a path of the server, and wait until its scripts are up."""
        self.page.goto(self.url + path)
        self.rest()

    @property
    def path(self) -> str:
        """Where the person is, without the server's address."""
        return self.page.url.removeprefix(self.url)

    def arrive(self, pattern: str) -> None:
        """Wait until the address fits."""
        self.page.wait_for_url(re.compile(re.escape(self.url) + pattern))
        self.rest()

    # -- seeing

    def sees(self, *words: str) -> None:
        """These words stand on the page for everybody to see."""
        for one in words:
            expect(self.page.get_by_text(one).filter(visible=True).first).to_be_visible()

    def sees_not(self, *words: str) -> None:
        """These words don't stand on the page."""
        for one in words:
            expect(self.page.get_by_text(one).filter(visible=True)).to_have_count(0)

    def state(self, words: str) -> None:
        """The record's state, as its page tells it."""
        expect(self.page.locator(".fl-record-title").get_by_text(words, exact=True)).to_be_visible()

    def fact(self, title: str, value: str | re.Pattern[str]) -> None:
        """What stands beside a title on the record's page."""
        found = self.page.locator(f"dt:text-is('{title}'):not(#activity *) + dd").first
        picture = r"^\s*\S?\s*"  # people have one, with the first sign of their name
        expect(found).to_have_text(
            re.compile(picture + re.escape(value) + r"\s*$") if isinstance(value, str) else value
        )

    def toast(self, words: str) -> None:
        """What the page says after something was done."""
        expect(self.page.get_by_role("status").get_by_text(words).first).to_be_visible()

    def event(self, *words: str) -> None:
        """One step of the record's history has all these words."""
        step = self.page.locator("#activity li")
        for one in words:
            step = step.filter(has_text=one)
        expect(step.first).to_be_visible()

    # -- reading a list

    def reading(self) -> list[int]:
        """How far the page, and what scrolls within it, is read."""
        boxes = "document.scrollingElement, ...document.querySelectorAll('.fl-table-box, [data-board], [data-cards]')"
        return list(self.page.evaluate(f"[{boxes}].flatMap((box) => [box.scrollTop, box.scrollLeft])"))

    def rows(self) -> list[str]:
        """The rows of the list, as they are read."""
        return [" ".join(row.split()) for row in self.page.locator("#list tbody tr").all_inner_texts()]

    def total(self) -> int:
        """How many records the list says it has."""
        said = re.compile(r"共 ([\d,]+) 条|of ([\d,]+)$")
        found = said.search(self.page.locator("#list").get_by_text(said).first.inner_text())
        assert found is not None
        return int((found[1] or found[2]).replace(",", ""))

    def column(self, title: str) -> list[str]:
        """The cells of the list's column of that title."""
        heads = [head.strip() for head in self.page.locator("#list thead th").all_inner_texts()]
        place = next(i for i, head in enumerate(heads, 1) if head.startswith(title))
        return [cell.strip() for cell in self.page.locator(f"#list tbody tr td:nth-child({place})").all_inner_texts()]

    # -- pressing

    def button(self, name: str) -> Locator:
        """A button or button-like link by exactly its words."""
        exact = re.compile(rf"^\s*{re.escape(name)}(\s*Ctrl .)?\s*$")
        scope = self.dialog if self.dialog.count() else self.page
        return scope.get_by_role("button", name=exact).filter(visible=True)

    @property
    def dialog(self) -> Locator:
        """The open dialog, if any."""
        return self.page.locator("dialog[open]")

    def press(self, name: str) -> None:
        """Press a button, and let the page come to rest."""
        self.button(name).first.click()
        self.rest()

    def follow(self, name: str) -> None:
        """Follow a link."""
        self.page.get_by_role("link", name=name).filter(visible=True).first.click()
        self.rest()

    def rest(self) -> None:
        """Wait until nothing is on its way any more: no request, no swap, no page half loaded."""
        quiet = 0
        for _ in range(TURNS):
            self.page.wait_for_timeout(TURN)
            try:
                busy = bool(self._away) or self.page.evaluate(BUSY)
            except Error:  # the page is just being replaced
                busy = True
            quiet = 0 if busy else quiet + 1
            if quiet == 2:
                return
        raise AssertionError(f"{self.path} does not come to rest: {[r.url for r in self._away]}")

    def turn(self, tab: str) -> None:
        """Open the tab of that title, of the form or of the record's page."""
        self.page.get_by_role("tab", name=tab, exact=True).click()

    def closed(self, name: str, reason: str) -> None:
        """A button is there, but shut; pressing it says why. Where a phone's bar has no room for it, the menu says so."""
        told = self.page.locator(".fl-acts .fl-menu-why").filter(has_text=re.compile(rf"^\s*{re.escape(name)}"))
        shut = self.button(name).first
        expect(shut.or_(told).first).to_be_attached()
        if not shut.is_visible():
            expect(told).to_contain_text(reason)
            return
        expect(shut).to_have_attribute("aria-disabled", "true")
        shut.click(force=True)  # Playwright takes aria-disabled for disabled; people can press it and are told why
        expect(shut.locator("xpath=..").get_by_role("status").filter(has_text=reason)).to_be_visible()
        shut.click(force=True)

    def open_buttons(self) -> list[str]:
        """The record's buttons that can be pressed now."""
        found = self.page.locator(".fl-acts").locator("a[href*='/act/'], form[action*='/act/'] button")
        return list(dict.fromkeys(text.strip() for text in found.all_inner_texts()))  # some stand in a phone's menu too

    # -- filling in

    @property
    def form(self) -> Locator:
        """The form that is being filled."""
        return self.dialog if self.dialog.count() else self.page.locator("#fl-form, .fl-task-form")

    def put(self, name: str, value: str) -> None:
        """Fill in a field by its name (`items.0.quantity` in lines): type, choose by its words, or pick a record."""
        form = self.form
        picker = form.locator(f".fl-picker:has(select[name='{name}'])")
        radios = form.locator(f"[role=radiogroup]:has(input[name='{name}'])")
        menu = form.locator(f"select[name='{name}']")
        if picker.count():
            self.pick(picker, value)
        elif radios.count():
            radios.locator("label").filter(has_text=re.compile(rf"^\s*{re.escape(value)}\s*$")).click()
        elif menu.count():
            menu.select_option(label=value)
        else:
            control = form.locator(f"input[name='{name}']:not([type=hidden]), textarea[name='{name}']")
            control.fill(value)
            control.press("Tab") if control.get_attribute("type") == "text" else control.blur()

    def pick(self, picker: Locator, words: str) -> None:
        """Search in a picker and take what is called so."""
        picker.get_by_role("combobox").click()
        picker.get_by_role("combobox").fill(words)
        picker.get_by_role("option").filter(has_text=words).first.click()
        expect(picker.get_by_role("listbox")).to_be_hidden()

    def tick(self, name: str) -> None:
        """Tick a box."""
        self.form.locator(f"input[type=checkbox][name='{name}']").check()

    def has(self, name: str, value: str | re.Pattern[str]) -> None:
        """What a control holds now."""
        control = self.form.locator(f":is(input, textarea, select)[name='{name}']:not([type=hidden])").first
        expect(control).to_have_value(value)

    def picked(self, name: str, words: str) -> None:
        """What a picker shows now."""
        expect(self.form.locator(f".fl-picker:has(select[name='{name}'])").get_by_role("combobox")).to_have_value(words)

    def chosen(self, name: str, words: str) -> None:
        """Which of a few options is chosen now."""
        expect(self.form.locator(f"label:has(input[name='{name}']:checked)")).to_have_text(words)

    def reckoned(self, path: str, value: str | re.Pattern[str]) -> None:
        """What the page has computed there."""
        expect(self.form.locator(f"[data-calculated='{path}']")).to_contain_text(value)

    def fault(self, name: str, words: str = "") -> None:
        """What is said to be wrong beside the field of that name (`ask.amount`), or beneath its line (`items.0.price`)."""
        head, *rest = name.split(".")
        place = f"field-{name.replace('.', '-')}-error" if not rest or head == "ask" else f"row-error-{head}-{rest[0]}"
        expect(self.form.locator(f"[id='{place}']")).to_contain_text(words or re.compile(r"\S"))

    def attach(self, name: str, *files: Any) -> None:
        """Upload files to a field, and wait until they are there."""
        area = self.form.locator(f"[data-upload][data-name='{name}']")
        area.locator("input[type=file]").set_input_files(list(files))
        expect(area.locator(f"input[type=hidden][name='{name}']:not([value=''])")).to_have_count(len(files))
