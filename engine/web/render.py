"""Templates: one environment that escapes everything, knows no undefined name, and says the product's words.

Why: what every template may use (icons, badges, times, words) stands here, so that a template only arranges. A template
never asks which type a field is; types draw themselves (`Field.input`, `Field.display`).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import Response

from engine.assets import address, favicon
from engine.definitions.model import Form
from engine.markup import badge, icon, initial, person, tag, tone
from engine.web import figures
from engine.web.frame import frame_of
from engine.web.visit import Visit
from engine.web.words import say

ERROR_NUMBER = re.compile(r"\bE-[0-9A-F]{6}\b")


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(icon=icon, asset=address, favicon=favicon, tone=tone, initial=initial, query=query)
    made.filters.update(data=data, whole=whole, size=figures.size, count=figures.count_words)
    return made


def query(**parts: Any) -> str:
    """`?a=1&b=2` of what isn't None or empty; a list repeats its name; "?" when nothing is left."""
    pairs: list[tuple[str, str]] = []
    for name, value in parts.items():
        for one in value if isinstance(value, list | tuple) else [value]:
            if one not in (None, ""):
                pairs.append((name, str(one)))
    return "?" + urlencode(pairs)


def whole(words: str) -> Markup:
    """A sentence in which the number of an error (`E-1F00AB`) stays on one line."""
    return Markup(ERROR_NUMBER.sub(r'<span class="fl-nowrap">\g<0></span>', str(escape(words))))


def data(value: Any) -> Markup:
    """JSON that can stand in a `<script type="application/json">`: nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


TEMPLATES = _environment()


def state_badge(form: Form, name: str | None, language: str, *, mine: bool = False) -> Markup:
    """The badge of a record's state; empty for a form without a workflow. `mine`: it waits for the reader."""
    if form.workflow is None or not name:
        return Markup("")
    state = form.workflow.states.get(name)
    if state is None:
        return badge(name, "void")
    return badge(state.title.to(language), "mine" if mine and state.final is None else state.kind)


def headline(title: str, serial: str) -> str:
    """A record's title without the number that stands beside it: RT-202611-0042 禾川电子 -> 禾川电子."""
    rest = title.replace(serial, "", 1).strip(" ·-–—|:：,，/") if serial else title
    return rest or title


def moment(visit: Visit, at: Any, more: str | None = None) -> Markup:
    """When, in words, with the exact moment (and `more`) as tooltip."""
    if at is None:
        return Markup("")
    exact = figures.exact(at, visit.reader)
    title = " · ".join(filter(None, (exact.replace("T", " ")[:19], more)))
    return tag("time", {"datetime": exact, "title": title}, figures.moment(at, visit.reader))


def render(visit: Visit, template: str, **values: Any) -> str:
    """A template's text, with what all of them may use."""
    return TEMPLATES.get_template(template).render(
        visit=visit,
        t=visit.t,
        language=visit.language,
        badge=badge,
        person=person,
        when=lambda at, more=None: moment(visit, at, more),
        **values,
    )


def respond(visit: Visit, template: str, status: int = 200, **values: Any) -> Response:
    """A whole page within its frame."""
    return visit.html(render(visit, template, frame=frame_of(visit), **values), status)


def fragment(visit: Visit, template: str, status: int = 200, **values: Any) -> Response:
    """A part of a page, without a frame."""
    return visit.html(render(visit, template, **values), status)


def plain_page(language: str, theme: str, template: str, status: int = 200, **values: Any) -> Response:
    """A page for nobody in particular (login, errors before anyone is known)."""
    body = TEMPLATES.get_template(template).render(
        language=language, theme=theme, t=lambda key, n=None, **facts: say(language, key, n, **facts), **values
    )
    return Response(body, status, media_type="text/html")


def joined(parts: list[Markup], between: str) -> Markup:
    """Markup with text between."""
    return escape(between).join(parts)
