"""Whose hands a record is in: people who may be nobody, who may decide what they shouldn't, and limits that nobody watches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from engine.definitions.checks import story
from engine.definitions.checks.arriving import closed_fields
from engine.definitions.checks.trying import Trial
from engine.definitions.compiler import Compiler
from engine.definitions.drafts import Draft
from engine.definitions.model import Effect, Form, FormField, People, State, Task, Transition
from engine.definitions.parsing import At
from engine.expressions.tree import Aggregate, Get, Literal, Node, Op, Query, Source, Typed, Var
from engine.expressions.walk import everything
from engine.problems import safety as codes
from engine.texts import Text, same, text

LIMITS = {"<": 0, "<=": 0, ">": 1, ">=": 1}
"""Comparison -> on which side stands what mustn't grow."""


def check(
    compiler: Compiler, draft: Draft, form: Form, settings: Mapping[str, FormField], elsewhere: frozenset[str]
) -> None:
    """The people and the limits of one form; `elsewhere`: fields that actions of others give values."""
    _counting(compiler, draft, form)
    flow, top = form.workflow, draft.workflow_at
    if flow is None or top is None:
        return
    for state in flow.states.values():
        at = top / "states" / state.name
        closed = closed_fields(form, Trial(form, settings, state.name), state, elsewhere)
        _somebody(compiler, form, state, at, closed)
        for task in state.tasks.values():
            here = at / "tasks" / task.name if task.name else at / "task"
            _policy(compiler, form, state, task, here)
            if task.exclude:
                _fired_past(compiler, draft, form, state, task)


# -- nobody ------------------------------------------------------------------------------------------------------------


def _policy(compiler: Compiler, form: Form, state: State, task: Task, at: At) -> None:
    """Who gets a task that finds nobody isn't the very people that weren't found."""
    if task.nobody.roles or not task.nobody.formulas:
        return
    named = {f.text for people in task.assign for f in people.formulas}
    if not any(p.roles for p in task.assign) and {f.text for f in task.nobody.formulas} <= named:
        name = task.title or state.title
        told = story.sentence(story.way(form, state.name), story.blank(same(f"={text}") for text in sorted(named)))
        compiler.refuse(codes.NOBODY_MISSING, (at / "nobody").place(), severity="warn", name=name, story=told)


def _somebody(compiler: Compiler, form: Form, state: State, at: At, closed: frozenset[str]) -> None:
    """A state that only those whom a field names can lead on, while the field may be blank and nobody can fill it."""
    flow = form.workflow
    assert flow is not None
    if state.final is not None or state.choose or state.tasks or state.wait:
        return
    ways = [t for t in flow.transitions.values() if state.name in t.sources and t.target not in (None, state.name)]
    if not ways or any((form.name, t.name) in compiler.fired for t in ways):
        return
    named = [_fields(t.who, form) for t in ways]
    if not all(names is not None and names <= closed for names in named):
        return
    blank = sorted(frozenset().union(*(n for n in named if n is not None)) - filled(form, state.name))
    lacking = [name for name in blank if all(names and names <= set(blank) for names in named)]
    if lacking:
        titles = [form.fields[name].title if name in form.fields else story.OWNER for name in lacking]
        told = story.sentence(
            story.way(form, state.name), story.blank(titles), text("没有别人能按", "nobody else may press anything")
        )
        compiler.refuse(
            codes.PERHAPS_NOBODY, at.place(key=True), state=state.title, story=told, field=titles[0]
        )  # fmt: skip


def _fields(who: People, form: Form) -> frozenset[str] | None:
    """The fields whose persons may press it; None when it is for others too, or can't be told."""
    found = set()
    if who.roles or not who.formulas:
        return None
    for formula in who.formulas:
        part = formula.tree
        if not (isinstance(part, Get) and isinstance(part.of, Var) and part.of.name == "this"):
            return None
        if part.name == "created_by":
            return None
        found.add(part.name)
    return frozenset(found)


def filled(form: Form, state: str) -> frozenset[str]:
    """The members that are certainly not blank in a state, whichever way a record came."""
    flow = form.workflow
    assert flow is not None
    always = {n for n, f in form.fields.items() if f.required is True and f.visible is True}
    known: dict[str, frozenset[str] | None] = dict.fromkeys(flow.states)
    known[flow.initial] = _after(flow.states[flow.initial].enter, frozenset({"owner", "created_by", *always}))
    changed = True
    while changed:
        changed = False
        for to, before in _steps(form, known, frozenset(always)):
            now = known.get(to)
            met = before if now is None else now & before
            if met != now:
                known[to], changed = met, True
    return known[state] or frozenset()


def _steps(
    form: Form, known: Mapping[str, frozenset[str] | None], always: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    """Every step from a state that is known: where to, and what is filled after it."""
    flow = form.workflow
    assert flow is not None
    for name, state in flow.states.items():
        here = known[name]
        if here is None:
            continue
        for _, to, do in state.choose:
            yield to, _entered(form, to, _after(do, here))
        for to in state.onward()[len(state.choose) :]:
            yield to, _entered(form, to, here)
        for t in flow.transitions.values():
            if name in t.sources and t.target is not None:
                edited = {n.partition(".")[0] for n in t.edit} - always
                after = (here - edited) | frozenset(t.require)
                yield t.target, _entered(form, t.target, _after(t.do, after, t))


def _entered(form: Form, to: str, filled: frozenset[str]) -> frozenset[str]:
    assert form.workflow is not None
    state = form.workflow.states.get(to)
    return _after(state.enter, filled) if state is not None else filled


def _after(effects: Iterable[Effect], before: frozenset[str], button: Transition | None = None) -> frozenset[str]:
    """What is filled after these actions: what they give a value that can't be blank is, what else they set may not be."""
    found = set(before)
    for effect in effects:
        if effect.verb == "set":
            for name, value in effect.values.items():
                sure = (isinstance(value, Typed) and _sure(value, button)) or (
                    not isinstance(value, Typed) and getattr(value, "value", True) is not None
                )
                if sure and effect.when is None:
                    found.add(name)
                elif not sure:
                    found.discard(name)
        elif effect.verb in ("reset", "choose", "for_each"):
            found -= set(effect.fields) | {n for _, do in effect.branches for e in do for n in e.values}
    return frozenset(found)


def _sure(value: Typed, button: Transition | None) -> bool:
    """Whether a formula always has a value: who presses, or what had to be answered."""
    part = value.tree
    if isinstance(part, Var):
        return part.name == "user"
    if isinstance(part, Get) and isinstance(part.of, Var):
        if part.of.name == "ask" and button is not None:
            asked = button.ask.get(part.name)
            return asked is not None and asked.required is True
        return part.of.name == "this" and part.name == "created_by"
    return False


# -- one's own request -------------------------------------------------------------------------------------------------


def _fired_past(compiler: Compiler, draft: Draft, form: Form, state: State, task: Task) -> None:
    """A button of those whom a task keeps out that fires what the task decides."""
    flow, top = form.workflow, draft.workflow_at
    assert flow is not None and top is not None
    kept_out = {f.text for f in task.exclude.formulas} | set(task.exclude.roles)
    decisive = set(task.agree)
    buttons = [(b, top / "transitions" / n) for n, b in flow.transitions.items()]
    buttons += [(b, draft.at / "actions" / n) for n, b in form.actions.items()]
    for button, at in buttons:
        if button.sources and state.name not in button.sources:
            continue
        theirs = ({f.text for f in button.who.formulas} | set(button.who.roles)) & kept_out
        fired = next((n for n in _fires(button.do) if n in decisive), None)
        if theirs and fired is not None:
            compiler.refuse(
                codes.OWN_REQUEST, (at / "who").place(), severity="warn", state=state.title,
                whom=same(", ".join(sorted(theirs))), button=button.title, fired=flow.transitions[fired].title,
                story=story.way(form, state.name),
            )  # fmt: skip


def _fires(effects: Iterable[Effect]) -> Iterator[str]:
    """The transitions of the record itself that these actions fire."""
    for effect in effects:
        own = effect.target is None or (isinstance(effect.target.tree, Var) and effect.target.tree.name == "this")
        if effect.verb == "fire" and effect.transition and own:
            yield effect.transition
        yield from _fires(effect.do)
        for _, do in effect.branches:
            yield from _fires(do)


# -- limits ------------------------------------------------------------------------------------------------------------


def _counting(compiler: Compiler, draft: Draft, form: Form) -> None:
    """Limits on a number of other records, written where only this form's own changes are held against them."""
    for rule in form.rules:
        if rule.check is not None and rule.level == "error" and rule.each is None and counts(rule.check):
            place = (draft.at / "rules" / rule.name / "check").place()
            told = _at_once(rule.check)
            compiler.refuse(codes.COUNTING_GUARD, place, severity="warn", text=rule.check.text, story=told)
    flow, top = form.workflow, draft.workflow_at
    if flow is None or top is None:
        return
    for name, transition in flow.transitions.items():
        if transition.when is not None and counts(transition.when):
            place = (top / "transitions" / name / "when").place()
            told = _at_once(transition.when)
            compiler.refuse(codes.COUNTING_GUARD, place, severity="warn", text=transition.when.text, story=told)


def counts(typed: Typed) -> bool:
    """Whether a condition sets an upper limit to a count or sum over stored records that an aggregate could keep: over
    a form as a whole, and not by who asks."""
    for part in everything(typed.tree):
        if isinstance(part, Op) and part.op in LIMITS:
            least = part.args[LIMITS[part.op]]
            if any(_counted(one) for one in everything(least)):
                return True
    return False


def _at_once(typed: Typed) -> Text:
    """Two who do it at once, with the numbers where the limit is one."""
    for part in everything(typed.tree):
        if not isinstance(part, Op) or part.op not in LIMITS:
            continue
        least, most = part.args[LIMITS[part.op]], part.args[1 - LIMITS[part.op]]
        if isinstance(least, Aggregate) and least.function == "COUNT" and _counted(least) and isinstance(most, Literal):
            seen = int(most.value or 0) - (1 if part.op in "<>" else 0)
            return text(
                f"两个人同时做，各自数到 {seen}，都通过，之后是 {seen + 2}",
                f"two people at once each count {seen}, both pass, and then it is {seen + 2}",
            )
    return text(
        "两个人同时做，谁也看不到对方刚做的，都通过",
        "two people at once don't see what the other just did, and both pass",
    )


def _counted(part: Node) -> bool:
    if not (isinstance(part, Aggregate) and part.function in ("COUNT", "SUM") and isinstance(part.list, Query)):
        return False
    stored = any(isinstance(step.source, Source) and step.source.name is None for step in part.list.steps)
    asker = any(isinstance(one, Var) and one.name == "user" for one in everything(part.list))
    return stored and not asker
