"""One language throughout a page: the product's own words and the definitions' titles, in Chinese and in English.

What people typed stays in the language in which they typed it, so texts that stand in the data are taken out first.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import yaml

from tests.stories.conftest import Person
from tests.stories.desk import Desk
from tests.stories.server import HOME, Server

CHINESE = re.compile(r"[　-〿㐀-鿿＀-￯]+")
AMOUNT = re.compile("[零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整负]+")
"""An amount in words is Chinese in every language: it stands so on contracts."""

PAGES = (
    "/",
    "/tasks",
    "/notices",
    "/new",
    "/me",
    "/search?q=zzzz",
    *(f"/f/{f}?view=-&where=id+%3C+0" for f in ("lead", "contract", "return_request", "work_order", "shipment")),
    *(f"/f/{f}/new" for f in ("lead", "contract", "opportunity", "return_request", "work_order", "customer")),
    *(f"/d/{d}" for d in ("sales_funnel", "leads", "service", "returns", "fulfilment")),
    "/f/lead/999999",
    "/nothing",
)
CHROME = """() => {
  const own = new Set(["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT"]);
  const out = [];
  const walk = (node) => {
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) { if (child.data.trim()) out.push(child.data.trim()); }
      else if (child.nodeType === Node.ELEMENT_NODE && !own.has(child.tagName)) {
        for (const name of ["placeholder", "aria-label", "title", "alt", "data-why"])
          if (child.getAttribute(name)) out.push(child.getAttribute(name));
        walk(child);
      }
    }
  };
  walk(document);
  return out;
}"""


def data() -> set[str]:
    """Every text of the demo's records, people and departments: these aren't translated."""
    demo = yaml.safe_load(re.sub(r"=[^,}\n]+", "x", (HOME / "pack.yaml").read_text(encoding="utf-8")))["demo"]
    found: set[str] = set()

    def gather(value: object) -> None:
        if isinstance(value, str):
            found.update(CHINESE.findall(value))
        elif isinstance(value, dict):
            for one in value.values():
                gather(one)
        elif isinstance(value, list):
            for one in value:
                gather(one)

    gather(demo)
    return found


def chinese(desk: Desk, known: set[str]) -> list[str]:
    """The words of the page that are Chinese and no data."""
    found = []
    for text in desk.page.evaluate(CHROME):
        rest = text
        for one in sorted(CHINESE.findall(text), key=len, reverse=True):
            cut = len(one) == 1 or f"{one}..." in text  # the first sign stands in a picture; axes cut long names
            if one in known or AMOUNT.fullmatch(one) or (cut and any(whole.startswith(one) for whole in known)):
                rest = rest.replace(one, "")
        if CHINESE.search(rest):
            found.append(text)
    return found


@pytest.fixture(scope="module")
def known() -> set[str]:
    return data() | {"中文"}  # what the menu's switch calls the other language


def test_english_throughout(person: Person, known: set[str]) -> None:
    desk = person("gu_minghua", language="en")
    desk.refusals.add(404)
    wrong = {}
    for path in PAGES:
        desk.open(path)
        if found := chinese(desk, known | {"青屿精密", "¥"}):
            wrong[path] = found
    assert wrong == {}


def test_english_on_records_and_dialogs(person: Person, known: set[str]) -> None:
    desk = person("gu_minghua", language="en")
    for form in ("lead", "opportunity", "contract", "shipment", "return_request", "work_order"):
        desk.open(f"/f/{form}?view=all")
        assert chinese(desk, known | {"青屿精密"}) == [], form
        desk.page.locator("#list tbody").get_by_role("link").first.click()
        desk.rest()
        assert chinese(desk, known | {"青屿精密"}) == [], desk.path


def test_english_errors_and_refusals(person: Person, known: set[str]) -> None:
    desk = person("wang_siyuan", language="en")
    for form in ("lead", "contract", "opportunity"):
        desk.open(f"/f/{form}/new")
        desk.press("Save")
        assert desk.page.locator("#fl-errors").count() == 1
        assert chinese(desk, known | {"青屿精密"}) == [], form


def test_the_login_page_speaks_the_language_that_is_asked_for(
    server: Server, visitor: Callable[..., Desk], known: set[str]
) -> None:
    desk = visitor(server.url, language="en")
    desk.open("/login")
    assert chinese(desk, known | {"青屿精密"}) == []
    desk.page.get_by_role("link", name="中文").click()
    desk.rest()
    assert desk.page.get_by_role("button", name="登录", exact=True).count() == 1
    assert desk.page.locator("html").get_attribute("lang") == "zh"


ENGLISH = {
    "Save",
    "Cancel",
    "Search",
    "Filter",
    "Sort",
    "State",
    "Owner",
    "Opinion",
    "Activity",
    "New",
    "Total",
}


def test_chinese_throughout(person: Person) -> None:
    desk = person("gu_minghua", language="zh")
    desk.refusals.add(404)
    wrong = {}
    for path in PAGES:
        desk.open(path)
        texts = desk.page.evaluate(CHROME)
        if found := [t for t in texts if t in ENGLISH or re.fullmatch(r"[A-Z][a-z]+( [a-z]+){1,8}[.?]?", t)]:
            wrong[path] = found
    assert wrong == {}


def test_a_preference_is_kept(person: Person) -> None:
    desk = person("luo_jing", language="zh")
    desk.open("/me")
    desk.page.locator("label").filter(has_text=re.compile("^English$")).click()
    desk.page.locator("form[action='/me']").get_by_role("button").last.click()
    desk.rest()
    desk.open("/f/contract")
    assert desk.page.get_by_role("heading", name="Contracts").count() >= 1
    assert desk.page.locator("html").get_attribute("lang") == "en"
