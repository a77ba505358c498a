"""The buttons above a record: their order and tone, and which of them a phone's narrow bar has room for.

Why: the record's page, its drawer and the card of permissions show the same ones; the one that leads on must stand where a
thumb finds it, whatever the words of the others take up.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from engine.definitions.model import Form
from engine.web.lookups import Read
from engine.web.visit import Visit

BAR, EDGE, ICON, LETTER = 300, 30, 22, 8
"""Pixels: what the narrowest phone's bar (360) has beside its menu; around a button's words, of its icon, of a narrow letter."""


@dataclass(frozen=True)
class Act:
    """A button. `why` is not empty when it can't be pressed now; `asks`: it opens a dialog first. `tone`: `danger
    primary` or "". `aside`: it stands in the menu behind the buttons, as what a task offers beside its transitions. `sends`: it
    sends the form of the reader's task, which stands on the page."""

    name: str
    title: str
    icon: str | None
    why: str
    asks: bool
    tone: str
    aside: bool = False
    sends: bool = False


def acts_of(visit: Visit, read: Read, sending: frozenset[str] = frozenset()) -> list[Act]:
    """The buttons in order: closed ones, those that end badly, others, and last the one that leads to the next step.
    One that leads elsewhere, as back, isn't held out as the next thing to do. Where no transition leads on, that is the
    button which makes the next paper and opens it. `sending`: those that send the form of the reader's task."""
    made, found = [], read.opened
    language = visit.language
    states = found.form.workflow.states if found.form.workflow is not None else {}
    for button in found.buttons:
        transition = button.transition
        why = ""
        if button.closed is not None:
            why = button.closed.said(language)
        target = states.get(transition.target or "")
        bad = target is not None and target.final == "failure"
        fields = (*transition.edit, *transition.require, *transition.ask)
        asks = bool(fields) or transition.opinion != "none" or transition.confirm is not None
        aside = transition.verb not in ("", "done")
        onward = not read.legs or (target is not None and (target.name == read.legs[0].state or bool(target.choose)))
        leads_on = transition.verb == "done" or (transition.target is not None and onward)
        tone = "" if why or aside else "danger" if bad else "lead" if leads_on else ""
        sends = transition.name in sending and not why
        made.append(Act(transition.name, visit.text(transition.title), transition.icon, why, asks, tone, aside, sends))
    leads = [a for a in made if a.tone == "lead"] or [a for a in made if a.tone == "" and _opens(found.form, a)]
    first = leads[0].name if leads else None
    order = {"closed": 0, "danger": 1, "": 2, "lead": 3, "primary": 4}
    out = [
        Act(a.name, a.title, a.icon or ("check" if a.name == first else None), a.why, a.asks,
            "primary" if a.name == first else "" if a.tone == "lead" else a.tone, a.aside, a.sends)
        for a in made
    ]  # fmt: skip
    return sorted(out, key=lambda a: order["closed" if a.why else a.tone])


EDIT = ""
"""Stands for the link to the form among the names of buttons."""


def barred(acts: Sequence[Act], edit: str) -> frozenset[str]:
    """The buttons that stand in a phone's bar, by name; the others are in its menu. The one that leads on always does, then
    as many as fit: those that can be pressed, the link to the form (`edit`: its words, "" where there is none), closed ones."""
    first = sorted((a for a in reversed(acts) if not a.why), key=lambda a: a.tone != "primary")
    link = [Act(EDIT, edit, "edit", "", asks=False, tone="")] if edit else []
    room, out = BAR, set[str]()
    for act in (*first, *link, *(a for a in reversed(acts) if a.why)):
        room -= _width(act)
        if room >= 0 or not out:
            out.add(act.name)
    return frozenset(out)


def _width(act: Act) -> int:
    letters = sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in act.title)
    return EDGE + letters * LETTER + (ICON if act.icon else 0)


def _opens(form: Form, act: Act) -> bool:
    """Whether pressing it leads to another record: the paper that comes next in a flow."""
    action = form.actions.get(act.name)
    if form.workflow is None or action is None or act.why or act.aside:
        return False
    return any(effect.verb == "open" for effect in action.do)
