"""How it comes to something, told briefly: the states and buttons on the way, and the values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from engine.definitions.checks.trying import OTHER, Atom, Somebody, Values
from engine.definitions.model import Form
from engine.expressions import numbers
from engine.texts import LANGUAGES, Text, same, text

BLANK = text("空", "blank")
YES, NO = text("是", "yes"), text("否", "no")
OWNER = text("负责人", "Owner")
SOMEBODY = {1: text("某人", "somebody"), 2: text("另一个人", "somebody else")}


def way(form: Form, state: str) -> Text:
    """The shortest way from a new record to a state, by titles: 新建 →「提交」→ 审批."""
    assert form.workflow is not None
    flow = form.workflow
    ways: list[tuple[str, tuple[Text, ...]]] = [(flow.initial, (flow.states[flow.initial].title,))]
    seen = {flow.initial}
    while ways:
        here, told = ways.pop(0)
        if here == state:
            return _joined(told, text(" → ", " → "))
        steps: list[tuple[str, tuple[Text, ...]]] = [(to, ()) for to in flow.states[here].onward()]
        for transition in flow.transitions.values():
            if here in transition.sources and transition.target is not None:
                steps.append((transition.target, (_quoted(transition.title),)))
        for to, by in steps:
            if to in flow.states and to not in seen:
                seen.add(to)
                ways.append((to, (*told, *by, flow.states[to].title)))
    return flow.states[state].title


def values(form: Form, atoms: Iterable[Atom], tried: Values) -> Text:
    """What is filled in: 金额 = 100，客户 = 空. Empty when nothing is."""
    told = []
    for atom in atoms:
        if atom.name in tried and atom.word:
            word = _value(form, atom, tried[atom.name])
            told.append(Text({n: f"{atom.word.to(n)} = {word.to(n)}" for n in LANGUAGES}))
    return _joined(told, text("，", ", "))


def blank(titles: Iterable[Text]) -> Text:
    """These fields are blank."""
    return _joined([Text({n: f"{t.to(n)} = {BLANK.to(n)}" for n in LANGUAGES}) for t in titles], text("，", ", "))


def lacking(form: Form, state: str, field: Text, button: Text) -> Text:
    """How it comes that a button of a state can't be pressed: its field is blank, and stays so."""
    shut = Text({"zh": f"按不了{_quoted(button).to('zh')}", "en": f"{_quoted(button).to('en')} can't be pressed"})
    return sentence(way(form, state), blank([field]), shut)


def sentence(*parts: Text) -> Text:
    """Parts joined by what separates thoughts, the empty ones left out."""
    return _joined([part for part in parts if part], text("；", "; "))


def _value(form: Form, atom: Atom, value: Any) -> Text:
    if value is None:
        return BLANK
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, Somebody):
        return SOMEBODY[value.id]
    if isinstance(value, Decimal):
        return same(numbers.text(value))
    if isinstance(value, datetime):
        return same(value.isoformat(" ", "minutes"))
    if isinstance(value, date | timedelta):
        return same(str(value))
    if value == OTHER:
        return text("别的文字", "some other text")
    field = form.fields.get(atom.own)
    if field is not None and value in field.options:
        return field.options[value].title
    if atom.own == "state" and form.workflow is not None and value in form.workflow.states:
        return form.workflow.states[value].title
    return same(f'"{value}"')


def _quoted(title: Text) -> Text:
    return Text({n: f"「{title.to(n)}」" if n == "zh" else f"[{title.to(n)}]" for n in LANGUAGES})


def _joined(parts: Iterable[Text], between: Text) -> Text:
    found = list(parts)
    return Text({n: between.to(n).join(part.to(n) for part in found) for n in LANGUAGES})
