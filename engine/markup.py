"""HTML that field types and chart types make themselves, with escaping in one place.

Why: a type draws its own control, so pages needn't ask which type it is; and since every string goes through `tag`, no
type can forget to escape. States and people look the same wherever they stand.
"""

from __future__ import annotations

import re
import zlib
from typing import Any

from markupsafe import Markup, escape

from engine.assets import address

STATE_ICONS = {
    "new": "circle-dashed", "mine": "hand-stop", "run": "progress", "wait": "hourglass",
    "ok": "circle-check", "bad": "circle-x", "void": "ban",
}  # fmt: skip
"""The icon of a state's kind: a state is never told by its colour alone."""

TONES = 6
HIDDEN = re.compile(r'<span [^>]*aria-hidden="true"[^>]*>[^<]*</span>')
VOID = frozenset({"input", "img", "br", "hr", "col"})


def tag(name: str, attributes: dict[str, Any] | None = None, *children: Any) -> Markup:
    """One HTML element. An attribute that is None or False is left out, True stands without a value; children are
    escaped unless they are Markup, None is left out."""
    parts = [f"<{name}"]
    for key, value in (attributes or {}).items():
        if value is None or value is False:
            continue
        parts.append(f" {key}" if value is True else f' {key}="{escape(value)}"')
    parts.append(">")
    if name not in VOID:
        parts.extend(str(escape(child)) for child in children if child is not None)
        parts.append(f"</{name}>")
    return Markup("".join(parts))


def icon(name: str, css: str = "") -> Markup:
    """An icon of the sprite, hidden from screen readers: the words beside it say what it means."""
    return tag(
        "svg",
        {"class": f"fl-icon {css}".strip(), "aria-hidden": "true", "focusable": "false"},
        tag("use", {"href": f"{address('icons.svg')}#{name}"}),
    )


def spoken(drawn: Markup) -> str:
    """The words of it that are for everybody: without tags and without what is hidden from screen readers."""
    return Markup(HIDDEN.sub("", drawn)).striptags()


def badge(words: str, kind: str) -> Markup:
    """A state's badge: icon, word and colour by its kind."""
    known = kind if kind in STATE_ICONS else "run"
    return tag("span", {"class": f"fl-badge fl-badge--{known}"}, icon(STATE_ICONS[known]), words)


def person(name: str) -> Markup:
    """Somebody, with their picture."""
    if not name:
        return Markup("")
    css = {"class": "fl-avatar fl-avatar--small", "data-tone": tone(name), "aria-hidden": "true"}
    return tag("span", {"class": "fl-person"}, tag("span", css, initial(name)), name)


def initial(name: str) -> str:
    """What stands in somebody's picture: 林晓雯 -> 林, Lin Xiaowen -> LX. "?" for no name."""
    words = name.split()
    if not words:
        return "?"
    if not words[0][0].isascii():
        return words[0][0]
    return "".join(w[0] for w in words[:2]).upper()


def tone(name: str) -> int:
    """The colour of somebody's picture or of a tile: always the same for one name."""
    return zlib.crc32(name.encode()) % TONES
