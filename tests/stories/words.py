"""Which words of a page are in another language than the page: the product's own and the definitions' are all translated.

What people typed stays in the language in which they typed it, so texts that stand in the data are taken out first.
"""

from __future__ import annotations

import re
from collections.abc import Set

import yaml
from playwright.sync_api import Page

from tests.stories.server import HOME

PACK = HOME / "pack.yaml"
SIGNS = "[　-〿㐀-鿿＀-￯]+"
CHINESE = re.compile(SIGNS)
AMOUNT = re.compile("[零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整负]+")
"""An amount in words is Chinese in every language: it stands so on contracts."""

OURS = frozenset({"中文", "青屿精密", "¥"})
"""Chinese that stands on English pages by right: what the menu's switch calls the other language, the pack's firm."""

CHROME = """(like) => {
  const wanted = new RegExp(like, "u");
  const own = new Set(["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT"]);
  const out = new Set();
  const put = (text) => { if (wanted.test(text)) out.add(text); };
  const walk = (node) => {
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) put(child.data.trim());
      else if (child.nodeType === Node.ELEMENT_NODE && !own.has(child.tagName)) {
        for (const name of ["placeholder", "aria-label", "title", "alt", "data-why"])
          put(child.getAttribute(name) ?? "");
        walk(child);
      }
    }
  };
  walk(document);
  return [...out];
}"""
"""What a page says, to eyes and ears, that looks like this pattern."""


def data() -> set[str]:
    """Every text of the demo's records, people and departments: these aren't translated."""
    demo = yaml.load(re.sub(r"=[^,}\n]+", "x", PACK.read_text(encoding="utf-8")), yaml.CSafeLoader)["demo"]
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


def chinese(page: Page, known: Set[str]) -> list[str]:
    """The words of the page that are Chinese and no data."""
    found = []
    for text in page.evaluate(CHROME, SIGNS):
        rest = text
        for one in sorted(CHINESE.findall(text), key=len, reverse=True):
            cut = len(one) == 1 or f"{one}..." in text  # the first sign stands in a picture; axes cut long names
            if one in known or AMOUNT.fullmatch(one) or (cut and any(whole.startswith(one) for whole in known)):
                rest = rest.replace(one, "")
        if CHINESE.search(rest):
            found.append(text)
    return found


ENGLISH = "^(?:Save|Cancel|Search|Filter|Sort|State|Owner|Opinion|Activity|New|Total|[A-Z][a-z]+(?: [a-z]+){1,8}[.?]?)$"


def english(page: Page) -> list[str]:
    """The words of the page that are English and seem to be the product's."""
    found: list[str] = page.evaluate(CHROME, ENGLISH)
    return found
