"""The controls that several field types draw: one line of text, a drop-down, a picker of records.

Why: label, error and description stand around a control and are the page's; what ties the control to them (ids, aria
attributes) is alike for all types and stands here once. Nothing is validated by the browser itself: its words would be
in its own language.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from engine.expressions.pointing import BETWEEN, plainly
from engine.fields.base import Control
from engine.markup import tag
from engine.texts import Text, text

NONE = text("未选", "None")


def attributes(control: Control, kind: str, css: str = "", **more: Any) -> dict[str, Any]:
    """What every control carries. A cell of the line table has no label of its own, so it gets `aria-label`."""
    return {
        "id": control.id,
        "name": control.name,
        "class": " ".join(filter(None, (css, "fl-cell-input" if control.bare else ""))) or None,
        "data-kind": kind,
        "aria-label": control.title.to(control.reader.language) if control.bare else None,
        "aria-required": "true" if control.required else None,
        "aria-invalid": "true" if control.invalid else None,
        "aria-describedby": control.described_by,
        **more,
    }


def group(control: Control, kind: str, css: str, role: str) -> dict[str, Any]:
    """What a control of several parts carries on its outer element; the parts carry the name."""
    found = attributes(control, kind, css, role=role)
    del found["name"]
    if not control.bare:
        found["aria-labelledby"] = f"{control.id}-label"
    return found


def line(
    control: Control, kind: str, shown: str, css: str = "", fits: str = "", misfit: str = "", **more: Any
) -> Markup:
    """An input of one line. What the person typed is shown when it could not be read.

    `fits`: a pattern of what may be typed, blanks at the ends aside; whoever leaves it with anything else reads
    `misfit` at once. It may let pass what the type then refuses, never the other way round.
    """
    more |= {"data-fits": fits or None, "data-misfit": misfit or None}
    more.setdefault("type", "text")
    more.setdefault("autocomplete", "off")
    written = typed(control, shown)
    return tag(
        "input",
        attributes(control, kind, f"fl-input {css}".strip(), **more)
        | {
            "value": written,
            "placeholder": control.placeholder or more.get("placeholder"),
            "readonly": control.readonly,
        },
    )


def scripted(name: str, inner: Markup, control: Control, css: str = "", **said: Text) -> Markup:
    """A control that `web_src/js/controls/NAME.js` makes more of once the page has it; without scripts it is `inner`.

    The script gets the words it says (`said`) in the reader's language and leaves the value where `inner` has it.
    """
    words = {key: one.to(control.reader.language) for key, one in said.items()}
    more = {"class": f"fl-own {css}".strip(), "data-control": name, "data-words": json.dumps(words, ensure_ascii=False)}
    return tag("div", more, inner)


def typed(control: Control, shown: str) -> str:
    """The text of the control: what was typed, if that could not be read, else the value."""
    return shown if control.raw is None else str(control.raw)


def beside(control: Control, before: str, inner: Markup, after: str) -> Markup:
    """The input with a currency sign before it or a unit after it. In a table cell the header has them."""
    if control.bare or not (before or after):
        return inner
    sign = tag("span", {"class": "fl-unit", "aria-hidden": "true"}, before) if before else None
    unit = tag("span", {"class": "fl-unit", "aria-hidden": "true"}, after) if after else None
    return tag("span", {"class": "fl-with-unit"}, sign, inner, unit)


def drop_down(control: Control, kind: str, options: Iterable[tuple[str, str]], chosen: str, **more: Any) -> Markup:
    """A drop-down of (value, words); `chosen` is a value, "" for none, which can always be chosen again."""
    marked = [tag("option", {"value": "", "selected": not chosen}, control.placeholder or "")]
    for value, words in options:
        away = value in control.withheld and value != chosen
        marked.append(
            tag("option", {"value": value, "selected": value == chosen, "hidden": away, "disabled": away}, words)
        )
    return tag("select", attributes(control, kind, "fl-select", disabled=control.readonly, **more), *marked)


def picker(control: Control, shapes: str | tuple[str, ...], *, several: bool = False) -> Markup:
    """A picker of records, people or departments: a drop-down of what is chosen, which the browser turns into a search
    at `control.source`. `value` is an id or None; with `several` a tuple of ids or None; with several `shapes` the text
    FORM/ID or None."""
    given = control.value if control.raw is None else control.raw
    chosen = [str(one) for one in (given if isinstance(given, list | tuple) else (given,)) if one not in (None, "")]
    options = [(one, _titled(control, shapes, one)) for one in chosen]
    kind = "records" if several else "record"
    around = {
        "class": "fl-picker",
        "data-picker": "record",
        "data-shape": " ".join((shapes,) if isinstance(shapes, str) else shapes),
        "data-src": control.source,
    }
    if not several:
        return tag("div", around, drop_down(control, kind, options[-1:], chosen[-1] if chosen else ""))
    marked = [tag("option", {"value": value, "selected": True}, words) for value, words in options]
    more = {"multiple": True, "disabled": control.readonly, "data-placeholder": control.placeholder or None}
    hidden = None if control.readonly else tag("input", {"type": "hidden", "name": control.name, "value": ""})
    return tag("div", around, hidden, tag("select", attributes(control, kind, "fl-select", **more), *marked))


def _titled(control: Control, shapes: str | tuple[str, ...], given: str) -> str:
    """What a chosen record is called; what names none stays as it was typed."""
    shape, id = (
        (shapes, given) if isinstance(shapes, str) else given.split(BETWEEN, 1) if BETWEEN in given else ("", "")
    )
    known = _an_id(id) and (isinstance(shapes, str) or shape in shapes)
    return control.reader.title_of(shape, int(id)) if known else str(plainly(given))


def _an_id(given: str) -> bool:
    return given.isascii() and given.isdigit() and len(given) <= 18
