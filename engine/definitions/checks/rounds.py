"""A circle of automations, told step by step: what each does that sets off the next, and the values with which it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from engine.definitions.checks import story
from engine.definitions.checks.trying import Trial
from engine.definitions.model import Automation, Constant, Effect, Form, FormField
from engine.definitions.setting_off import Touch, followed, sets_off
from engine.expressions.tree import Typed
from engine.texts import LANGUAGES, Text, same, text


def told(
    way: tuple[str, ...],
    automations: Mapping[str, Automation],
    forms: Mapping[str, Form],
    settings: Mapping[str, FormField],
) -> Text:
    """The way from the first automation back to itself, each with what it does, and what its conditions hold for."""
    steps = [_step(automations[one], automations[after], forms) for one, after in pairwise(way)]
    round = Text({n: " → ".join([*(step.to(n) for step in steps), way[-1]]) for n in LANGUAGES})
    held = [_held(automations[name], forms, settings) for name in way[:-1]]
    return story.sentence(round, *dict.fromkeys(held))


def _step(one: Automation, after: Automation, forms: Mapping[str, Form]) -> Text:
    touch = next(touch for touch in followed(one, forms) if sets_off((touch,), after))
    done = _done(touch, one, after, forms)
    return text(f"{one.name}（{done.to('zh')}）", f"{one.name} ({done.to('en')})")


def _done(touch: Touch, one: Automation, after: Automation, forms: Mapping[str, Form]) -> Text:
    name, event, fields = touch
    form = forms.get(name)
    title = form.title if form is not None else same(name)
    given = {n: v for effect in _all(one.do) for n, v in effect.values.items()}
    written = [n for n in given if n in fields and (not after.changed or n in after.changed)]
    named = written or sorted(n for n in fields if not after.changed or n in after.changed)
    values = [_value(form, n, given.get(n)) for n in named]
    if event == "updated" and values:
        return Text({n: f"{title.to(n)}: " + ", ".join(v.to(n) for v in values) for n in LANGUAGES})
    verbs = {"created": ("新增", "creates"), "deleted": ("删除", "deletes"), "moved": ("流转", "moves")}
    zh, en = verbs.get(event, ("修改", "changes"))
    return text(f"{zh}{title.to('zh')}", f"{en} {title.to('en')}")


def _value(form: Form | None, name: str, given: object) -> Text:
    found = form.fields.get(name) if form is not None else None
    title = found.title if found is not None else same(name)
    if isinstance(given, Typed):
        return Text({n: f"{title.to(n)} = {given.text}" for n in LANGUAGES})
    if isinstance(given, Constant):
        plain = story.BLANK if given.value is None else same(str(given.value))
        return Text({n: f"{title.to(n)} = {plain.to(n)}" for n in LANGUAGES})
    return title


def _all(do: Iterable[Effect]) -> Iterator[Effect]:
    for effect in do:
        yield effect
        yield from _all(effect.do)
        for _, branch in effect.branches:
            yield from _all(branch)


def _held(one: Automation, forms: Mapping[str, Form], settings: Mapping[str, FormField]) -> Text:
    """Values for which its condition holds; empty where it has none, or none can be tried."""
    form = forms.get(one.form)
    if one.when is None or form is None:
        return same("")
    trial = Trial(form, settings)
    when = trial.add(one.when)
    atoms = trial.named(when.reads)
    found = next((values for values in trial.tried(atoms) or () if when.holds(values)), None)
    values = story.values(form, atoms, found) if found is not None else same("")
    if not any(values.to(n) for n in LANGUAGES):
        return same("")
    return text(f"条件成立，例如{values.to('zh')}", f"its condition holds, for example with {values.to('en')}")
