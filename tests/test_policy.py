"""What the strict policy forbids isn't written anywhere, so no page has to be opened to find it.

Why: a browser only tells of what it meets. Templates, HTML made by Python and by scripts are read here as text; the
browser's own word on it is taken by every story (`tests/stories/desk.py` makes each breach an error).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = sorted((ROOT / "engine" / "web" / "templates").rglob("*.html"))
PYTHON = sorted(f for f in (ROOT / "engine").rglob("*.py"))
SCRIPTS = sorted((ROOT / "web_src" / "js").glob("*.js"))

HTML = {
    "a style attribute": r"""(?<![\w-])style\s*=\s*\\?["']""",
    "a style element": r"<style\b",
    "a script within the page": r"""<script(?![^>]*\bsrc=)(?![^>]*type="application/json")""",
    "an act in an attribute": r"""(?<![\w-])on(click|change|input|load|submit|error|key\w+|focus|blur|toggle)\s*=\s*\\?["']""",
    "hx-on": r"hx-on\b",
    "a trigger with a filter": r"""hx-trigger=\\?["'][^"']*\[""",
    "a value that is evaluated": r"""hx-(vals|headers)=\\?["']\s*js:""",
    "an address that is a script": r"javascript:",
}
"""What -> how it would be written in HTML."""

SCRIPT = {
    "style by text": r"""setAttribute\(["']style|\.cssText|\.style\s*=(?!=)""",
    "code from text": r"\beval\(|new Function\(|setTimeout\(\s*[\"'`]",
}
MADE = {
    "a style attribute": r"""["']style["']\s*:""",
    "an act in an attribute": r"""["'](on(click|change|input|load|submit|error))["']\s*:""",
    "hx-on": r"""["']hx-on""",
}
"""How Python would write them with `tag(name, {attribute: value})`."""


NO_HTML = {
    "engine/fields/text.py a script within the page": "a text that the type must escape, among its examples",
    "engine/fields/richtext.py a script within the page": "what the type takes out, among its examples",
    "engine/fields/richtext.py an address that is a script": "what the type takes out, among its examples",
    "engine/fields/url.py an address that is a script": "the type says that it refuses them",
    "engine/web/openapi_parts.py a style attribute": "how a parameter is written, in OpenAPI's words",
    "engine/web/templates/print.html a style element": "the template's own looks, let through by their hash",
    "engine/prints/html.py a style element": "the template's own looks, let through by their hash",
    "engine/prints/html.py a style attribute": "what a template may not have",
}
"""What looks like it and never becomes a part of a page."""


def breaches(files: list[Path], patterns: dict[str, str]) -> list[str]:
    """Where one of them stands: `file:line what`."""
    found = []
    for file in files:
        text = file.read_text(encoding="utf-8")
        for what, pattern in patterns.items():
            found += [
                f"{file.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1} {what}"
                for match in re.finditer(pattern, text)
                if f"{file.relative_to(ROOT)} {what}" not in NO_HTML
            ]
    return found


def test_no_template_breaks_the_policy() -> None:
    assert len(TEMPLATES) > 40
    assert breaches(TEMPLATES, HTML) == []


def test_no_html_made_by_python_breaks_the_policy() -> None:
    assert breaches(PYTHON, {**HTML, **MADE}) == []


def test_no_script_breaks_the_policy() -> None:
    assert len(SCRIPTS) > 20
    assert breaches(SCRIPTS, {**HTML, **SCRIPT}) == []


@pytest.mark.parametrize(
    ("patterns", "text"),
    [
        (HTML, '<p style="color: red">'), (HTML, "<p style='color: red'>"), (HTML, "<style>p {}</style>"),
        (HTML, "<script>go()</script>"), (HTML, '<script type="module">go()</script>'), (HTML, '<a onclick="go()">'),
        (HTML, '<a hx-on:click="go()">'), (HTML, '<a hx-on::after-request="go()">'),
        (HTML, "<input hx-trigger=\"keyup[key=='Enter']\">"), (HTML, "<a hx-vals='js:{a: 1}'>"),
        (HTML, '<a href="javascript:go()">'), (SCRIPT, 'one.setAttribute("style", "x")'),
        (SCRIPT, "one.style = 'x'"), (SCRIPT, 'eval("1")'), (MADE, 'tag("p", {"style": "x"})'),
        (MADE, 'tag("a", {"onclick": "x"})'),
    ],
)  # fmt: skip
def test_a_breach_is_found(patterns: dict[str, str], text: str) -> None:
    assert any(re.search(one, text) for one in patterns.values())


@pytest.mark.parametrize(
    "text",
    [
        '<script type="module" src="/static/app.js"></script>', '<script type="application/json" id="x">{}</script>',
        '<i data-style="x">', '<p class="fl-on" data-on="x">', '<tfoot hx-trigger="load">',
    ],
)  # fmt: skip
def test_what_is_allowed_is_let_be(text: str) -> None:
    assert not any(re.search(one, text) for one in HTML.values())


def test_stories_have_one_way_to_a_page() -> None:
    """A browser page outside the desk would break the policy unheard."""
    own = {"conftest.py", "test_policy.py"}
    makers = [f for f in (ROOT / "tests").rglob("*.py") if re.search(r"\.new_(page|context)\(", f.read_text("utf-8"))]
    assert {f.relative_to(ROOT).as_posix() for f in makers if f.name not in own} == {"tests/test_face.py"}
