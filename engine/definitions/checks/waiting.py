"""A record waits for another form's record in vain: that one has ended otherwise, or waits for the first.

Why: each of the two definitions looks sound by itself. So conditions are tried with the other's record standing in each of its
states; where none of those that wait can go on, and they can come to stand so, it is told how.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from engine.definitions.checks import story
from engine.definitions.checks.guards import Settings
from engine.definitions.checks.supposing import ABSENT, World, asks, can
from engine.definitions.compiler import Compiler
from engine.definitions.drafts import Draft
from engine.definitions.model import Form, State, Workflow, is_moment
from engine.problems import safety as codes
from engine.texts import Text, same, text

Together = tuple[str, ...]
"""The states in which records of several forms stand."""

MOST = 3
"""How many forms may wait for each other in a circle."""


@dataclass(frozen=True)
class Waiting:
    """A state of a form that only conditions lead on from; `reads`: the other forms whose states they read."""

    form: Form
    state: State
    reads: frozenset[str]


def check(compiler: Compiler, drafts: Mapping[str, Draft], forms: Mapping[str, Form], settings: Settings) -> None:
    """Each circle of forms that wait for each other, told once, at the first of them."""
    found = [one for form in forms.values() for one in _waiting(compiler, form, forms)]
    for one in found:
        _ended(compiler, drafts, one, forms, settings)
    told: list[set[str]] = []
    for size in range(2, MOST + 1):
        for group in combinations(found, size):
            names = {one.form.name for one in group}
            linked = all(one.reads & names for one in group)
            if len(names) < size or not linked or any(before <= names for before in told):
                continue
            world = World({one.form.name: one.state.name for one in group})
            if all(_blocked(one, world, settings) for one in group) and _meet(group, forms, settings):
                told.append(names)
                told_all = story.sentence(*(_standing(one) for one in group))
                _refuse(compiler, drafts, group[0], codes.WAIT_CIRCLE, story=told_all)


def _ended(
    compiler: Compiler, drafts: Mapping[str, Draft], one: Waiting, forms: Mapping[str, Form], settings: Settings
) -> None:
    """An end of the other's record with which none of the conditions can ever hold."""
    for name in sorted(one.reads):
        flow = forms[name].workflow
        for state in flow.states.values() if flow is not None else ():
            if state.final is None or not _blocked(one, World({name: state.name}, more=True), settings):
                continue
            title, end, way = forms[name].title, state.title, story.way(one.form, one.state.name)
            told = text(f"{title.to('zh')} = {end.to('zh')}", f"{title.to('en')} = {end.to('en')}")
            until = same(", ".join(until.text for until, _ in one.state.wait))
            _refuse(
                compiler, drafts, one, codes.STUCK_WITH, state=one.state.title, story=story.sentence(way, told, until)
            )
            return


def _waiting(compiler: Compiler, form: Form, forms: Mapping[str, Form]) -> Iterator[Waiting]:
    flow = form.workflow
    for state in flow.states.values() if flow is not None else ():
        assert flow is not None
        closed = state.final is not None or state.choose or state.tasks or not state.wait
        if closed or any(is_moment(until) for until, _ in state.wait):
            continue
        out = [t for t in flow.transitions.values() if state.name in t.sources and t.target not in (None, state.name)]
        reads = frozenset(name for until, _ in state.wait for name in asks(form, until) if name in forms)
        if not out and reads - {form.name}:
            yield Waiting(form, state, reads - {form.name})


# -- trying ------------------------------------------------------------------------------------------------------------


def _blocked(one: Waiting, world: World, settings: Settings) -> bool:
    """Whether none of its conditions can hold while the others stand so."""
    return all(not can(one.form, one.state.name, until, world, settings) for until, _ in one.state.wait)


# -- coming to stand so ------------------------------------------------------------------------------------------------


def _meet(group: tuple[Waiting, ...], forms: Mapping[str, Form], settings: Settings) -> bool:
    """Whether records can come to stand in these states together: one comes into being where the others have got without
    it, and each then goes its ways."""
    names = [one.form.name for one in group]
    starts: set[Together] = set()
    for new in names:
        others = [name for name in names if name != new]
        begin = tuple(_flow(forms, name).initial for name in others)
        for there in _reached(others, {begin}, {new: ABSENT}, forms, settings):
            world = {**dict(zip(others, there, strict=True)), new: _flow(forms, new).initial}
            starts.add(tuple(world[name] for name in names))
    return tuple(one.state.name for one in group) in _reached(names, starts, {}, forms, settings)


def _reached(
    names: list[str], starts: set[Together], world: Mapping[str, str], forms: Mapping[str, Form], settings: Settings
) -> set[Together]:
    """Where records of these forms can get to from these states, while others stand as `world` says."""
    seen, waiting = set(starts), list(starts)
    while waiting:
        here = waiting.pop()
        for number, name in enumerate(names):
            others = {**world, **{n: s for n, s in zip(names, here, strict=True) if n != name}}
            for to in _steps(forms[name], here[number], World(others), settings):
                there = (*here[:number], to, *here[number + 1 :])
                if there not in seen:
                    seen.add(there)
                    waiting.append(there)
    return seen


def _flow(forms: Mapping[str, Form], name: str) -> Workflow:
    flow = forms[name].workflow
    assert flow is not None
    return flow


def _steps(form: Form, state: str, others: World, settings: Settings) -> list[str]:
    """Where a record goes on to from a state, while the others stand so."""
    flow = form.workflow
    assert flow is not None
    here = flow.states[state]
    found = [
        t.target for t in flow.transitions.values() if state in t.sources and t.target is not None
        and (t.when is None or can(form, state, t.when, others, settings))
    ]  # fmt: skip
    found += [to for _, to, _ in here.choose] + ([here.then] if here.then is not None else [])
    return found + [to for until, to in here.wait if can(form, state, until, others, settings)]


# -- telling -----------------------------------------------------------------------------------------------------------


def _refuse(compiler: Compiler, drafts: Mapping[str, Draft], one: Waiting, code: str, **facts: Text) -> None:
    """A warning at what it waits for."""
    top = drafts[one.form.name].workflow_at
    assert top is not None
    with compiler.owned(one.form.name):
        compiler.refuse(code, (top / "states" / one.state.name / "wait").place(key=True), severity="warn", **facts)


def _standing(one: Waiting) -> Text:
    """How a record comes to wait, and for what."""
    way, until = story.way(one.form, one.state.name), ", ".join(until.text for until, _ in one.state.wait)
    title = one.form.title
    return Text({
        "zh": f"{title.to('zh')}（{way.to('zh')}）等 {until}",
        "en": f"{title.to('en')} ({way.to('en')}) waits for {until}",
    })  # fmt: skip
