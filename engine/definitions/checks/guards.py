"""The conditions of a workflow, with values tried on them: one that never holds, a branch that never has its turn, two that
hold at once, and a state in which a record would stay for good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.definitions.checks import story
from engine.definitions.checks.arriving import Arrival, arrivals, closed_fields
from engine.definitions.checks.trying import Condition, Trial, Values, either
from engine.definitions.compiler import Compiler
from engine.definitions.drafts import Draft
from engine.definitions.model import Form, FormField, Rule, State, Transition, is_moment
from engine.definitions.parsing import At
from engine.expressions.tree import Typed
from engine.problems import safety as codes
from engine.texts import Text, text

Settings = Mapping[str, FormField]

WHATEVER = text("无论填什么，条件都不成立：{}", "whatever is filled in, the condition doesn't hold: {}")
WITH_RULES = text(
    "无论填什么，条件和规则都不能同时成立：{}",
    "whatever is filled in, its conditions and rules don't hold together: {}",
)


def check(
    compiler: Compiler, draft: Draft, form: Form, settings: Settings, elsewhere: frozenset[str]
) -> None:  # fmt: skip
    """The conditions of one form's workflow; `elsewhere`: fields that actions of others give values."""
    flow, top = form.workflow, draft.workflow_at
    if flow is None or top is None or draft.workflow is None:
        return
    for state in flow.states.values():
        at = top / "states" / state.name
        _ordered(compiler, form, settings, [(w, to, at / "choose" / n / "when") for n, (w, to, _) in _numbered(state)])
        waits = [(w, to, at / "wait" / n / "until") for n, (w, to) in enumerate(state.wait) if not is_moment(w)]
        _ordered(compiler, form, settings, waits)
        for task in state.tasks.values():
            if task.when is not None and never(form, settings, [task.when]):
                place = (at / "tasks" / task.name / "when").place()
                compiler.refuse(codes.GUARD_NEVER, place, name=task.title, story=_filled(WHATEVER, task.when.text))
        _stuck(compiler, form, Trial(form, settings, state.name), state, at, elsewhere)
    for transition in flow.transitions.values():
        _transition(compiler, form, settings, transition, top / "transitions" / transition.name, draft.at / "rules")


def _numbered(state: State) -> Iterator[tuple[int, tuple[Typed | None, str, object]]]:
    yield from enumerate(state.choose)


def never(form: Form, settings: Settings, conditions: Sequence[Typed], rules: Sequence[Rule] = ()) -> bool:
    """Whether it is certain that these conditions, and the rules, never hold together."""
    trial = Trial(form, settings)
    parts = [part for one in conditions for part in trial.parts(one)] + [_kept(trial, rule) for rule in rules]
    found = [part for part in parts if part.exact]
    tried = trial.tried(trial.named(frozenset().union(*(one.reads for one in found))))
    if tried is None or not found:
        return False
    return not any(all(one.holds(values) for one in found) for values in tried)


def _kept(trial: Trial, rule: Rule) -> Condition:
    """What a rule demands: its check, unless a value that it waits for is lacking."""
    assert rule.check is not None
    check = trial.add(rule.check)
    return either(check, *(trial.blank(one) for one in rule.waits)) if rule.waits else check


def _demands(form: Form, transition: Transition, *, always: bool) -> list[Rule]:
    """The rules that must hold for a transition; with `always` those of every change too."""
    return [
        rule
        for rule in form.rules
        if rule.check is not None and rule.each is None and rule.where is None and rule.level == "error"
        if transition.name in rule.at or (always and not rule.at)
    ]


def _transition(
    compiler: Compiler, form: Form, settings: Settings, transition: Transition, at: At, kept_at: At
) -> None:  # fmt: skip
    """A transition that nobody can take: its condition never holds, or the rules for it forbid what that demands, or each
    other. Where something changes on the way, the rules needn't hold together with the condition. `kept_at`: where the form's
    rules stand."""
    given = [transition.when] if transition.when is not None else []
    alone = bool(given) and never(form, settings, given)
    at_once = [] if transition.edit or transition.do else given
    rules = _demands(form, transition, always=bool(at_once))
    if not alone and not (rules and never(form, settings, at_once, rules)):
        return
    told = given if alone else [*at_once, *(rule.check for rule in rules if rule.check is not None)]
    what = _filled(WHATEVER if alone else WITH_RULES, " · ".join(one.text for one in told))
    place = (at / "when" if alone or at_once else kept_at / rules[0].name / "check").place()
    compiler.refuse(codes.GUARD_NEVER, place, name=transition.title, story=what)


# -- conditions in order -----------------------------------------------------------------------------------------------


def _ordered(compiler: Compiler, form: Form, settings: Settings, ways: Sequence[tuple[Typed | None, str, At]]) -> None:
    """Conditions of which the first that holds decides."""
    flow = form.workflow
    assert flow is not None
    trial = Trial(form, settings)
    made = [(trial.add(when), when, to, at) for when, to, at in ways if when is not None]
    for number, (one, when, to, at) in enumerate(made):
        if not one.exact or to not in flow.states:
            continue
        title = flow.states[to].title
        if never(form, settings, [when]):
            compiler.refuse(codes.GUARD_NEVER, at.place(), name=title, story=_filled(WHATEVER, when.text))
            continue
        before = [other for other, *_ in made[:number]]
        atoms = trial.named(one.reads.union(*(other.reads for other in before)))
        tried = list(trial.tried(atoms) or ())
        holding = [values for values in tried if one.holds(values)]
        if not before or not holding or not all(other.exact for other in before):
            continue
        if all(any(other.holds(values) for other in before) for values in holding):
            told = story.values(form, atoms, holding[0])
            compiler.refuse(codes.BRANCH_SHADOWED, at.place(), name=title, story=told)
            continue
        for other, _, first, _ in made[:number]:
            _together(compiler, form, trial, (other, first), (one, to, at))


def _together(
    compiler: Compiler, form: Form, trial: Trial, first: tuple[Condition, str], second: tuple[Condition, str, At]
) -> None:
    """Two conditions that overlap without one being part of the other: perhaps the writer didn't see it."""
    assert form.workflow is not None
    one, to = first
    other, onward, at = second
    if to == onward or to not in form.workflow.states:
        return
    atoms = trial.named(one.reads | other.reads)
    tried = list(trial.tried(atoms) or ())
    both = [v for v in tried if one.holds(v) and other.holds(v)]
    apart = (
        any(one.holds(v) and not other.holds(v) for v in tried),
        any(other.holds(v) and not one.holds(v) for v in tried),
    )
    if both and all(apart):
        titles = [form.workflow.states[name].title for name in (to, onward)]
        told = story.values(form, atoms, both[0])
        compiler.refuse(
            codes.TWO_GUARDS, at.place(), severity="info", story=told, first=titles[0], second=titles[1]
        )  # fmt: skip


# -- stuck -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Way:
    """A way out of a state: what must hold for it (`offered` before, `kept` after its fields were filled), and the fields
    that are filled with it."""

    title: Text
    offered: Condition | None
    kept: tuple[Condition, ...]
    edit: frozenset[str]


def _stuck(compiler: Compiler, form: Form, trial: Trial, state: State, at: At, elsewhere: frozenset[str]) -> None:
    """A record that nobody can change any more, and for which no way out is open."""
    ways = _ways(compiler, form, trial, state)
    if not ways or any(way.offered is None and not way.kept for way in ways):
        return
    closed = closed_fields(form, trial, state, elsewhere)
    conditions = [c for way in ways for c in (way.offered, *way.kept) if c is not None]
    atoms = trial.named(frozenset().union(*(c.reads for c in conditions)))
    fixed = [a for a in atoms if a.settled is not None and a.settled <= closed]
    loose = frozenset(a.name for a in atoms) - {a.name for a in fixed}
    if sum(not a.own for a in fixed) > 1 or any(c.reads & loose and not c.exact for c in conditions):
        return
    coming = arrivals(form, trial, state.name)
    for values in trial.tried(fixed) or ():
        if any(_open(trial, way, values) for way in ways):
            continue
        if any(_comes(trial, arrival, values) for arrival in coming):
            told = story.sentence(story.way(form, state.name), story.values(form, fixed, values), _closed_ways(ways))
            compiler.refuse(codes.STUCK_WITH, at.place(key=True), state=state.title, story=told)
            return


def _ways(compiler: Compiler, form: Form, trial: Trial, state: State) -> list[_Way]:
    """All ways out of a state; none when there is one that can't be judged, or nobody stays there."""
    flow = form.workflow
    assert flow is not None
    if state.final is not None or state.choose or state.then is not None:
        return []
    if any(task.return_to for task in state.tasks.values()):
        return []
    found = []
    for transition in flow.transitions.values():
        if state.name not in transition.sources or transition.target in (None, state.name):
            continue
        if (form.name, transition.name) in compiler.fired:
            return []
        offered = trial.add(transition.when) if transition.when is not None else None
        kept = tuple(_kept(trial, rule) for rule in _demands(form, transition, always=False))
        edit = frozenset(n.partition(".")[0] for n in transition.at(state.name).edit)
        found.append(_Way(transition.title, offered, kept, edit))
    for until, to in state.wait:
        offered = None if is_moment(until) else trial.add(until)
        found.append(_Way(flow.states[to].title, offered, (), frozenset()))
    return found


def _open(trial: Trial, way: _Way, values: Values) -> bool:
    """Whether somebody could take this way out by filling what can be filled."""
    if way.offered is not None and not possible(trial, [way.offered], values):
        return False
    fillable = {n: v for n, v in values.items() if not _of(trial, n) & way.edit}
    return possible(trial, way.kept, fillable)


def _of(trial: Trial, name: str) -> frozenset[str]:
    return next((a.settled or frozenset() for a in trial.atoms.values() if a.name == name), frozenset())


def _comes(trial: Trial, arrival: Arrival, values: Values) -> bool:
    """Whether a record may come into the state with these values."""
    return possible(trial, [c for c in arrival.conditions if c.exact], values)


def possible(trial: Trial, conditions: Sequence[Condition], values: Values) -> bool:
    """Whether these conditions can hold together while these values stay as they are; true when it can't be told."""
    if not conditions:
        return True
    wanted = frozenset().union(*(c.reads for c in conditions)) - set(values)
    tried = trial.tried(trial.named(wanted))
    if tried is None:
        return True
    return any(all(c.holds({**values, **more}) for c in conditions) for more in tried)


def _closed_ways(ways: Sequence[_Way]) -> Text:
    names = {n: "、".join(w.title.to("zh") for w in ways) if n == "zh" else ", ".join(w.title.to(n) for w in ways)
             for n in ("zh", "en")}  # fmt: skip
    return text(f"走不了：{names['zh']}", f"closed: {names['en']}")


def _filled(words: Text, given: str) -> Text:
    return Text({n: w.replace("{}", given) for n, w in words.words.items()})
