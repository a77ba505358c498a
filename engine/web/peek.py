"""A glance at a record from its list: the drawer beside it, its place among the others, and the values of a filter.

Why: these are asked for by a script when somebody wants them, never with the page, so that a list stays light.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from engine.definitions.model import Form
from engine.markup import person
from engine.problems import Refused
from engine.runtime.beside import beside
from engine.runtime.tally import tally
from engine.web.asked import ask_of, asked_for
from engine.web.filters import Choice
from engine.web.lookups import opened
from engine.web.records import page_values
from engine.web.render import fragment, state_badge
from engine.web.table import PEOPLE
from engine.web.visit import Visit

FACTS = 14
"""How many values the drawer shows."""


def show(visit: Visit) -> Response:
    """The drawer's content: head, state, buttons, the first values."""
    form = visit.form("view")
    read = opened(visit, form, visit.record_id())
    values = page_values(visit, form, read)
    parts = [*values["above"], *(part for pane in values["panes"] for part in pane.cards)]
    facts = [f for part in parts for f in part.facts if f.shown]
    return fragment(visit, "parts/peek.html", **values, facts=facts[:FACTS])


def place(visit: Visit) -> Response:
    """Which one of how many the record is in the list it was opened from, and its neighbours, as data."""
    form, id = visit.form("view"), visit.record_id()
    asked = asked_for(visit, form)
    try:
        ask = ask_of(visit, form, asked)
        found = visit.engine.read(visit.actor, lambda w: beside(w, form, ask, id))
    except Refused:
        found = None
    back = f"/f/{form.name}{asked.url()}"
    if found is None:
        return visit.json({"at": 0, "of": 0, "before": None, "after": None, "list": back})

    def href(other: int | None) -> str | None:
        return f"/f/{form.name}/{other}" if other is not None else None

    words = visit.t("place_of", at=f"{found.at:,}", of=f"{found.of:,}")
    return visit.json(
        {"at": found.at, "of": found.of, "before": href(found.before), "after": href(found.after), "list": back,
         "words": words, "previous": visit.t("previous_record"), "next": visit.t("next_record")}
    )  # fmt: skip


def values(visit: Visit) -> Response:
    """The values that a field has among the records asked for, each with its count, to be ticked."""
    form, name = visit.form("view"), visit.arg("field")
    asked = asked_for(visit, form)
    ask = ask_of(visit, form, asked)
    found = visit.engine.read(visit.actor, lambda w: tally(w, form, ask, name))
    chosen = frozenset(visit.args("chosen"))
    choices = [(_choice(visit, form, name, value), n) for value, n in found.values]
    drawn = [(c, n, c.value in chosen) for c, n in choices if n or c.value in chosen or len(choices) <= 12]
    drawn.sort(key=lambda one: not one[2])
    return fragment(visit, "parts/values.html", values=drawn, more=found.more)


def _choice(visit: Visit, form: Form, name: str, value: Any) -> Choice:
    """A value as it is ticked."""
    if name == "state":
        return Choice(str(value), state_badge(form, str(value), visit.language))
    field = form.fields.get(name)
    if field is None:
        return Choice(str(value), person(visit.reader.title_of("person", value)) if name in PEOPLE else str(value))
    target = field.field.target()
    if field.field.targets():
        one = (value,) if field.field.several else value
        pointed = ((target, value),) if target is not None else field.field.pointed(one)
        return Choice(str(value), visit.t("list_comma").join(visit.reader.title_of(*one) for one in pointed))
    if field.field.kind == "choices":
        return Choice(str(value), visit.text(field.options[value].title) if value in field.options else str(value))
    if field.field.kind == "boolean":
        return Choice(field.field.literal(value), field.field.display(value, visit.reader))
    return Choice(str(value), field.field.display(value, visit.reader))
