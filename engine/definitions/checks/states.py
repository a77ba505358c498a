"""A workflow's graph: every state can be reached, every record can get on, nobody stands in a state that isn't one."""

from __future__ import annotations

from engine.definitions.checks import story
from engine.definitions.compile_workflow import ANY
from engine.definitions.compiler import Compiler
from engine.definitions.drafts import Draft
from engine.definitions.model import Form, Transition
from engine.definitions.parsing import At
from engine.definitions.workflow import State, WorkflowDefinition
from engine.problems import definition as codes
from engine.texts import Text, text


def check(compiler: Compiler, name: str, workflow: WorkflowDefinition, at: At) -> None:
    """The graph as drawn. Says nothing where a state is named that isn't there, as that was reported already."""
    named = {t for s in workflow.states.values() for t in _onward(s)}
    named |= {t.to for t in workflow.transitions.values() if t.to is not None}
    named |= {s for t in workflow.transitions.values() for s in t.from_ if s != ANY}
    named |= {workflow.initial} if workflow.initial else set()
    if not workflow.states or not named <= set(workflow.states):
        return
    _sources(compiler, workflow, at)
    _branches(compiler, workflow, at)
    _loops(compiler, workflow, at)
    _reach(compiler, workflow, at)


def check_who(compiler: Compiler, draft: Draft, form: Form) -> None:
    """Somebody may press each transition, or an action fires it."""
    buttons = [(name, action, draft.at / "actions" / name) for name, action in form.actions.items()]
    if form.workflow is not None and draft.workflow_at is not None:
        at = draft.workflow_at / "transitions"
        buttons += [(name, transition, at / name) for name, transition in form.workflow.transitions.items()]
    for name, button, here in buttons:
        if not button.who and not button.held and (form.name, name) not in compiler.fired:
            compiler.refuse(codes.NOBODY_MAY, here.place(key=True), name=name, story=_unpressed(form, button))


def _unpressed(form: Form, button: Transition) -> Text:
    """Where nobody may press a button, and why."""
    flow = form.workflow
    source = next((n for n in flow.states if n in button.sources), None) if flow is not None else None
    where = story.way(form, source) if source is not None else text("任何一条记录", "whichever record it is")
    why = (
        text("那里没有任务，who = 空", "no task there, who = blank")
        if source is not None
        else text("who = 空", "who = blank")
    )
    return story.sentence(where, why)


def _sources(compiler: Compiler, workflow: WorkflowDefinition, at: At) -> None:
    """Transitions start somewhere, and in states where records stay."""
    for name, transition in workflow.transitions.items():
        here = at / "transitions" / name
        if not transition.from_:
            example = next(iter(workflow.states))
            compiler.refuse(codes.FROM_MISSING, here.place(key=True), name=name, example=example)
        several = isinstance((here / "from").value, list)
        for number, source in enumerate(transition.from_):
            place = (here / "from" / number if several else here / "from").place()
            if source == ANY:
                continue
            if workflow.states[source].final is not None:
                compiler.refuse(codes.FINAL_LEFT, place, name=name, state=source)
            elif workflow.states[source].choose:
                compiler.refuse(codes.CHOOSE_LEFT, place, name=name, state=source)


def _branches(compiler: Compiler, workflow: WorkflowDefinition, at: At) -> None:
    """The last branch, and only the last, has no condition."""
    for name, state in workflow.states.items():
        here = at / "states" / name
        if state.choose and state.final is not None:
            compiler.refuse(codes.CHOOSE_MIXED, (here / "final").place(key=True), name=name, key="final")
        for number, way in enumerate(state.choose):
            last = number == len(state.choose) - 1
            if last and way.when is not None:
                compiler.refuse(codes.CHOOSE_LAST_CONDITION, (here / "choose" / number / "when").place())
            elif not last and way.when is None:
                compiler.refuse(codes.CHOOSE_EARLY_ELSE, (here / "choose" / number).place())


def _loops(compiler: Compiler, workflow: WorkflowDefinition, at: At) -> None:
    """Branches don't lead round in a circle in which nobody ever stays."""
    told: set[str] = set()
    for start in (n for n, s in workflow.states.items() if s.choose):
        path, open_states = [start], [iter(workflow.states[start].choose)]
        while open_states:
            way = next(open_states[-1], None)
            if way is None:
                open_states.pop()
                path.pop()
            elif way.to == start and not told & set(path):
                told |= set(path)
                place = (at / "states" / start).place(key=True)
                compiler.refuse(codes.CHOOSE_LOOP, place, names=" → ".join([*path, start]))
            elif way.to not in path and workflow.states[way.to].choose:
                path.append(way.to)
                open_states.append(iter(workflow.states[way.to].choose))


def _reach(compiler: Compiler, workflow: WorkflowDefinition, at: At) -> None:
    """Every state can be reached, and every one that isn't final can be left."""
    ways = _ways(workflow)
    initial = workflow.initial or next(iter(workflow.states))
    reached, waiting = {initial: initial}, [initial]
    while waiting:
        here = waiting.pop(0)
        for target in sorted(ways[here] - reached.keys()):
            reached[target] = f"{reached[here]} → {target}"
            waiting.append(target)
    for name, state in workflow.states.items():
        place = (at / "states" / name).place(key=True)
        if name not in reached:
            compiler.refuse(codes.UNREACHABLE, place, name=name)
        elif state.final is None and not state.choose and not ways[name] - {name}:
            compiler.refuse(codes.DEAD_END, place, name=name, story=reached[name])


def _onward(state: State) -> list[str]:
    """Where a state leads on without a transition."""
    return [*(way.to for way in state.choose), *([state.then] if state.then else ()), *(one.to for one in state.wait)]


def _ways(workflow: WorkflowDefinition) -> dict[str, set[str]]:
    """State -> states that a step leads to."""
    found = {name: set(_onward(state)) for name, state in workflow.states.items()}
    for transition in workflow.transitions.values():
        for name, state in workflow.states.items():
            wide = ANY in transition.from_ and state.final is None and not state.choose
            if transition.to is not None and (wide or name in transition.from_):
                found[name].add(transition.to)
    return found
