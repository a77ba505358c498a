"""Tasks can be held and done: somebody has something to press, enough people can agree, and what is asked can be filled."""

from __future__ import annotations

from engine.definitions.checks import story
from engine.definitions.checks.filling import Given, unfillable
from engine.definitions.compiler import Compiler
from engine.definitions.drafts import Draft
from engine.definitions.model import Form, State, Task
from engine.definitions.parsing import At
from engine.problems import task as codes
from engine.texts import Text, same, text


def check(compiler: Compiler, draft: Draft, form: Form, given: Given) -> None:
    """The tasks and the waiting of one form's workflow, as compiled."""
    flow, top = form.workflow, draft.workflow_at
    if flow is None or top is None or draft.workflow is None:
        return
    for state in flow.states.values():
        at = top / "states" / state.name
        if state.tasks:
            _state(compiler, form, state, at)
        elif state.then is not None:
            compiler.refuse(codes.THEN_ALONE, (at / "then").place(key=True), name=state.name)
        for number, (until, _) in enumerate(state.wait):
            if until.whole or until.live:
                place = (at / "wait" / number / "until").place()
                compiler.refuse(codes.WAIT_BLIND, place, until=until.text)
        for task in state.tasks.values():
            here = at / "tasks" / task.name if task.name else at / "task"
            _task(compiler, form, state, task, here, given)
    _transitions(compiler, draft, form, top / "transitions")


def _state(compiler: Compiler, form: Form, state: State, at: At) -> None:
    """What stands beside the tasks fits them."""
    assert form.workflow is not None
    for key, there in (("choose", bool(state.choose)), ("final", state.final is not None)):
        if there:
            compiler.refuse(codes.TASK_MIXED, (at / key).place(key=True), name=state.name, key=key)
            return
    if "" in state.tasks:
        if state.then is not None:
            compiler.refuse(codes.THEN_ALONE, (at / "then").place(key=True), name=state.name)
        pressed = [t for t in form.workflow.transitions.values() if state.name in t.held and t.target is not None]
        if not pressed:
            compiler.refuse(codes.TASK_ENDLESS, (at / "task").place(key=True), name=state.name)
    elif state.then is None:
        example = next((n for n, s in form.workflow.states.items() if s.final), form.workflow.initial)
        compiler.refuse(codes.THEN_MISSING, (at / "tasks").place(key=True), name=state.name, example=example)
    elif all(task.optional for task in state.tasks.values()):
        compiler.refuse(codes.TASKS_OPTIONAL, (at / "tasks").place(key=True), name=state.name)


def _task(compiler: Compiler, form: Form, state: State, task: Task, at: At, given: Given) -> None:
    name = task.name or state.name
    if not any(task.assign):
        if not (at / "assign").value:
            compiler.refuse(codes.ASSIGN_EMPTY, (at / "assign").place(key=True), name=name)
        return
    single = [
        f for people in task.assign for f in people.formulas if f.type.kind == "record" and f.type.shape == "person"
    ]
    kept_out = {f.text for f in task.exclude.formulas}
    left = {f.text for f in single} - kept_out
    most = len(left) if len(single) == len(task.assign) else None
    wanted = task.enough.number if task.enough.rule == "at_least" else None
    if most is not None and wanted is not None and wanted > most:
        place = (at / "complete").place(key=True)
        told = _whom(form, state, sorted({f.text for f in single}), sorted(kept_out))
        compiler.refuse(codes.NEVER_ENOUGH, place, name=name, wanted=int(wanted), most=most, story=told)
    for key, names in (("edit", task.edit), ("require", task.require)):
        for number, field in enumerate(names):
            several = isinstance((at / key).value, list)
            place = (at / key / number if several else at / key).place()
            if field in task.hide or field.partition(".")[0] in task.hide:
                compiler.refuse(codes.TASK_HIDDEN, place, name=name, field=field)
            elif key == "require" and not _fillable(form, state, task, field, given):
                compiler.refuse(
                    codes.TASK_UNFILLED, place, name=name, field=field, story=_lacking(form, state, task, field)
                )


def _whom(form: Form, state: State, assigned: list[str], kept_out: list[str]) -> Text:
    """The way to the task, whom it goes to, and who of them is kept out."""
    listed, without = ", ".join(assigned), ", ".join(kept_out)
    out = text(f"，不含 {without}", f", without {without}") if without else same("")
    goes = text(f"只交给 {listed}{out.to('zh')}", f"it goes to {listed}{out.to('en')}")
    return story.sentence(story.way(form, state.name), goes)


def _lacking(form: Form, state: State, task: Task, field: str) -> Text:
    assert form.workflow is not None
    found = form.named(field)
    agree = next((form.workflow.transitions[name].title for name in task.agree), task.title)
    return story.lacking(form, state.name, found.title if found is not None else same(field), agree)


def _fillable(form: Form, state: State, task: Task, field: str, given: Given) -> bool:
    """Whether somebody can have filled what a task requires: who holds it, or anybody before."""
    assert form.workflow is not None
    asked = {*task.edit, *(n for name in task.agree for n in form.workflow.transitions[name].edit)}
    head = field.partition(".")[0]
    found = form.fields.get(head)
    if found is None or field in asked or head in asked:
        return found is None or found.readonly is not True
    edited = {n.partition(".")[0] for t in form.workflow.transitions.values() for n in t.edit}
    return head in edited or unfillable(form, found, given) is None


def _transitions(compiler: Compiler, draft: Draft, form: Form, top: At) -> None:
    """Each transition has somebody to press it in every state that it leaves, and nobody round a task's back."""
    assert form.workflow is not None and draft.workflow is not None
    flow = form.workflow
    for name, written in draft.workflow.transitions.items():
        made, at = flow.transitions[name], top / name
        if written.alone is not None and not made.held:
            compiler.refuse(codes.ALONE_WHO, (at / "alone").place(key=True), name=name)
        several = isinstance((at / "from").value, list)
        for number, source in enumerate(written.from_):
            if source not in flow.states:
                continue
            place = (at / "from" / number if several else at / "from").place()
            if made.held and not made.who and source not in made.held and (form.name, name) not in compiler.fired:
                compiler.refuse(codes.NOBODY_IN_STATE, place, name=name, state=source)
            task = flow.states[source].tasks.get("")
            if task is None or not task.exclude or not made.who or source in made.held:
                continue
            if made.target in {flow.transitions[other].target for other in task.agree}:
                place = (at / "who").place(key=True)
                compiler.refuse(codes.ROUND_ITS_BACK, place, severity="warn", name=name, state=source)
