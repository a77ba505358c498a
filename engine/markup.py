"""HTML that field types and chart types make themselves, with escaping in one place.

Why: a type draws its own control, so pages needn't ask which type it is; and since every string goes through `tag`, no
type can forget to escape.
"""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from engine.assets import address

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
