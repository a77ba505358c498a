"""Addresses of web pages."""

from __future__ import annotations

import re

from markupsafe import Markup

from engine.fields.base import Control, Example, Place, Reader, refuse, short
from engine.fields.base_input import line
from engine.fields.base_text import Written, whole
from engine.markup import tag
from engine.problems import value as wrong
from engine.texts import text

_NO = r'\u0000-\u0020"<>\\^`{|}\u007f-\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff'
_ADDRESS = rf"https?://[^{_NO}/?#:@]+(?::[0-9]{{1,5}})?(?:[/?#][^{_NO}]*)?"
_FITS = re.compile(whole(_ADDRESS))
_BARE = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)?(?:[/?#].*)?")


class Url(Written):
    """An http or https address without a user name; without a scheme https is meant. Nothing else becomes a link."""

    name = "url"
    summary = text("网址", "A web address")
    shape = _ADDRESS
    examples = (
        Example(
            declared={},
            accepts=(
                (" https://example.com/a?b=1#c ", "https://example.com/a?b=1#c"),
                ("HTTP://Example.com", "http://Example.com"),
                ("www.example.com/x", "https://www.example.com/x"),
                ("https://例子.中国/路径", "https://例子.中国/路径"),
                ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/"),
                ("", None),
            ),
            rejects=(
                ("javascript:alert(1)", wrong.URL),
                ("ftp://example.com", wrong.URL),
                ("https://", wrong.URL),
                ("https://a b.com", wrong.URL),
                ('https://a.com/"onclick="x', wrong.URL),
                ("https://bank.com@evil.com", wrong.URL),
                ("例子", wrong.URL),
            ),
            displays=(("https://example.com/a", "example.com/a"), (None, "")),
            sorts=("http://b.com", "https://a.com"),
        ),
    )

    def tidy(self, given: str, at: Place) -> str:
        """The address with a scheme in small letters."""
        body = re.sub("^https?://", lambda found: found[0].lower(), given, flags=re.IGNORECASE)
        if _BARE.fullmatch(body):
            body = f"https://{body}"
        return body if _FITS.search(body) else refuse(wrong.URL, at, given=short(given))

    def display(self, value: object, reader: Reader) -> Markup | str:
        """A link to a new tab that learns nothing of this page."""
        if value is None:
            return ""
        shown = re.sub("^https?://", "", str(value)).rstrip("/")
        return tag("a", {"class": "fl-link", "href": value, "target": "_blank", "rel": "noopener noreferrer"}, shown)

    def input(self, control: Control) -> Markup:
        """One line with the keyboard of addresses."""
        more = {"inputmode": "url", "spellcheck": "false", "autocapitalize": "off", "placeholder": "https://"}
        return line(control, self.kind, control.value or "", **more)
