"""A state's tasks: who gets them, what they may fill, when they are done, and the buttons that come with them.

Why: what somebody may do with a task beside the transitions (hand it over, send it back, …) is pressed like any other
button, on the page, by a program and on ticked records. So each of these is made here as a transition of its own, named
after its state and task, which no name of an analyst can be: `settle.pay`, `manager:transfer`, `settle.pay:transfer`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine.definitions import workflow as written
from engine.definitions.compile_time import TimeCompiler
from engine.definitions.compiler import Compiler
from engine.definitions.drafts import Draft
from engine.definitions.model import ADMIN, SIGNATURE, Constant, Enough, FormField, People, State, Task, Transition
from engine.definitions.parsing import At
from engine.fields import FIELDS
from engine.fields.base import Option
from engine.problems import definition as codes
from engine.problems import task as tasks
from engine.texts import LANGUAGES, Text, text

NAMES: dict[str, Text] = {
    "transfer": text("转交", "Hand over"),
    "add_signer": text("加签", "Add a signer"),
    "stash": text("暂存", "Save for later"),
    "return": text("退回", "Send back"),
    "claim": text("我来办", "Take it"),
    "release": text("放回", "Put it back"),
    "nudge": text("催办", "Nudge"),
    "withdraw": text("撤回", "Take back"),
    "reassign": text("改派", "Reassign"),
    "jump": text("跳转", "Move to a state"),
    "end": text("强制结束", "End it"),
    "reactivate": text("重新开始", "Reopen"),
}
"""What the buttons are called."""

ICONS = {
    "transfer": "arrow-forward-up", "add_signer": "user-plus", "stash": "device-floppy", "return": "arrow-back-up",
    "claim": "hand-stop", "release": "arrow-back-up", "nudge": "bell", "withdraw": "arrow-left", "reassign": "users",
    "jump": "arrow-right", "end": "ban", "reactivate": "refresh",
}  # fmt: skip

TO, WAY, HOW, WHICH = "to", "way", "how", "task"
"""The inputs of these buttons."""

WAYS = {
    "again": text("改好后重新逐级审批", "It goes through all steps again"),
    "straight": text("改好后直接回到我这里", "It comes straight back to me"),
}
"""How a record that was sent back goes on."""

PLACES = {
    "before": text("在我之前", "Before me"),
    "after": text("在我之后", "After me"),
    "beside": text("和我一起", "Beside me"),
}
"""When an added signer has their turn."""

REPAIRS = frozenset({"reassign", "jump", "end", "reactivate"})
"""What only administrators do, always with a reason."""


class TaskCompiler:
    """Compiles the tasks of one form's workflow. `names` checks fields as transitions name them."""

    def __init__(
        self, compiler: Compiler, draft: Draft, names: Callable[[tuple[str, ...], At], tuple[str, ...]],
        times: TimeCompiler,
    ) -> None:  # fmt: skip
        self.compiler, self.draft, self.names, self.times = compiler, draft, names, times
        self.form, self.book = draft.name, draft.pack.book

    def tasks(self, name: str, definition: written.WorkflowDefinition, title: Text, at: At) -> dict[str, Task]:
        """The tasks of the state `name`, whose place is `at`."""
        state = definition.states[name]
        if state.task is not None:
            if state.tasks:
                self.compiler.refuse(tasks.TASK_AND_TASKS, (at / "tasks").place(key=True), name=name)
            agree = agreeing(definition, name)
            return {"": self._task("", state.task, definition, title, at / "task", agree)}
        self.compiler.named(state.tasks, at / "tasks")
        found = {}
        for part, task in state.tasks.items():
            here = at / "tasks" / part
            called = self.book.title(task.title, part, here / "title" if task.title else here)
            made = self._task(part, task, definition, called, here)
            due, overdue, ends = self.times.part(task, state.calendar, here)
            found[part] = replace(made, due=due, overdue=overdue, ends=ends)
        return found

    def _task(
        self, name: str, given: written.Task, definition: written.WorkflowDefinition, title: Text, at: At,
        agree: tuple[str, ...] = (),
    ) -> Task:  # fmt: skip
        compiler, scope = self.compiler, self.compiler.scope(self.form)
        if given.title is not None and not name:
            title = self.book.text(given.title, at / "title")
        part = given if isinstance(given, written.PartTask) else None
        for number, to in enumerate(given.return_to):
            place = at / "return_to" / number if isinstance((at / "return_to").value, list) else at / "return_to"
            if compiler.known(codes.UNKNOWN_STATE, to, definition.states, place, form=self.form):
                target = definition.states[to]
                if target.choose or target.final is not None:
                    compiler.refuse(tasks.RETURN_NOWHERE, place.place(), state=to)
        return Task(
            name=name,
            title=title,
            assign=self._assign(given.assign, at / "assign"),
            exclude=compiler.people(given.exclude, scope, at / "exclude"),
            nobody=compiler.people(given.nobody, scope, at / "nobody") or People(frozenset({ADMIN})),
            enough=_enough(given.complete),
            edit=self.names(given.edit, at / "edit"),
            hide=frozenset(self.names(given.hide, at / "hide")),
            require=self.names(given.require, at / "require"),
            can=frozenset(given.can),
            return_to=given.return_to,
            skip=given.skip,
            agree=agree,
            signature=given.signature,
            when=compiler.condition(part.when, scope, at / "when") if part is not None else None,
            optional=part.optional if part is not None else False,
        )

    def _assign(self, given: Any, at: At) -> tuple[People, ...]:
        """Those who get it, each as written by itself, so that their order is kept."""
        scope = self.compiler.scope(self.form)
        if not isinstance(given, list | tuple):
            return (self.compiler.people(given, scope, at),)
        return tuple(self.compiler.people(one, scope, at / number) for number, one in enumerate(given))


def agreeing(definition: written.WorkflowDefinition, state: str) -> tuple[str, ...]:
    """The transitions of a state's task that count by its rule: the first, and those that say so."""
    names = pressed_by_holders(definition, state)
    alone = {name: definition.transitions[name].alone for name in names}
    return tuple(n for i, n in enumerate(names) if not (alone[n] if alone[n] is not None else i > 0))


def pressed_by_holders(definition: written.WorkflowDefinition, state: str) -> list[str]:
    """The transitions that lead out of a state and name nobody; where all name somebody, those that name just the people
    who have the state's task."""
    leading = {n: t for n, t in definition.transitions.items() if t.to is not None and state in t.from_}
    task = definition.states[state].task
    return [n for n, t in leading.items() if t.who is None] or [
        n for n, t in leading.items() if task is not None and _named(t.who) == _named(task.assign)
    ]


def _named(written: Any) -> frozenset[str]:
    """People as written, in whatever order."""
    return frozenset(map(str, written if isinstance(written, list | tuple) else [written]))


def _enough(given: str | written.Enough) -> Enough:
    if isinstance(given, str):
        return Enough(given)
    if given.at_least is not None:
        return Enough("at_least", Decimal(given.at_least))
    return Enough("share", given.share)


# -- buttons -----------------------------------------------------------------------------------------------------------


def verbs(form: str, states: Mapping[str, State], withdraw: str, initial: str) -> dict[str, Transition]:
    """The buttons of all tasks of a workflow, and those by which administrators put a record right."""
    found: dict[str, Transition] = {}
    tasked = frozenset(n for n, s in states.items() if s.tasks)
    if not tasked:
        return found
    titles = {name: Option(state.title) for name, state in states.items() if not state.choose}
    for state in states.values():
        for task in state.tasks.values():
            for made in _of_task(form, state, task, titles):
                found[made.name] = made
        if state.tasks:
            found[f"{state.name}:nudge"] = _button(form, f"{state.name}:nudge", "nudge", {state.name})
            if withdraw != "never" and state.name != initial:
                name = f"{state.name}:withdraw"
                found[name] = _button(form, name, "withdraw", {state.name}, opinion="optional")
            asked = {TO: _people(form, text("交给谁", "To whom"))}
            if len(state.tasks) > 1:
                tasks = {n: Option(t.title) for n, t in state.tasks.items()}
                asked = {WHICH: _choice(form, WHICH, text("哪个任务", "Which task"), tasks), **asked}
            name = f"{state.name}:reassign"
            found[name] = _button(form, name, "reassign", {state.name}, asked, opinion="required")
    for made in _repairs(form, states, titles):
        found[made.name] = made
    return found


def _of_task(form: str, state: State, task: Task, titles: Mapping[str, Option]) -> Iterator[Transition]:
    stem = f"{state.name}.{task.name}" if task.name else state.name

    def button(
        verb: str, ask: Mapping[str, FormField] | None = None, opinion: str = "optional", **more: Any
    ) -> Transition:
        return _button(form, f"{stem}:{verb}", verb, {state.name}, ask, opinion=opinion, task=task.name, **more)

    if task.name:
        yield _button(
            form, stem, "done", {state.name}, signing(form) if task.signature else None, opinion="optional",
            title=task.title, icon="check", task=task.name,
            edit=task.edit, require=task.require, counts=True,
        )  # fmt: skip
    if "transfer" in task.can:
        yield button("transfer", {TO: _person(form, text("转给谁", "To whom"))})
    if "add_signer" in task.can:
        how = _choice(form, HOW, text("什么时候", "When"), {n: Option(t) for n, t in PLACES.items()})
        yield button("add_signer", {TO: _person(form, text("请谁", "Whom")), HOW: how})
    if "stash" in task.can:
        yield button("stash", edit=task.edit)
    if task.return_to:
        to = _choice(form, TO, text("退回到", "Back to"), {n: titles[n] for n in task.return_to if n in titles})
        way = _choice(form, WAY, text("之后", "And then"), {n: Option(t) for n, t in WAYS.items()})
        yield button("return", {TO: to, WAY: way}, opinion="required")
    if task.enough.rule == "any":
        yield button("claim", opinion="none")
        yield button("release", opinion="none")


def _repairs(form: str, states: Mapping[str, State], titles: Mapping[str, Option]) -> Iterator[Transition]:
    """What an administrator may do with a record wherever it stands."""
    running = {n: o for n, o in titles.items() if states[n].final is None}
    ends = {n: o for n, o in titles.items() if states[n].final is not None}
    for verb, sources, targets in (("jump", running, running), ("end", running, ends), ("reactivate", ends, running)):
        if sources and targets:
            ask = {TO: _choice(form, TO, text("到哪个状态", "To which state"), targets)}
            yield _button(form, f":{verb}", verb, set(sources), ask, opinion="required")


def _button(
    form: str, name: str, verb: str, sources: set[str], ask: Mapping[str, FormField] | None = None, *,
    opinion: str = "none", title: Text | None = None, icon: str | None = None, task: str = "",
    edit: tuple[str, ...] = (), require: tuple[str, ...] = (), counts: bool = False,
) -> Transition:  # fmt: skip
    admins = People(frozenset({ADMIN})) if verb in REPAIRS else People()
    return Transition(
        name=name, title=title or NAMES[verb], icon=icon or ICONS[verb], sources=frozenset(sources), target=None,
        who=admins, when=None, edit=edit, require=require, ask=ask or {}, confirm=None, opinion=opinion, drag=False,
        do=(), counts=counts, verb=verb, task=task,
    )  # fmt: skip


def signing(form: str) -> dict[str, FormField]:
    """The question for a signature."""
    return {SIGNATURE: _asked(form, SIGNATURE, text("签名", "Signature"), {"type": "signature"})}


def _person(form: str, title: Text) -> FormField:
    return _asked(form, TO, title, {"type": "member"})


def _people(form: str, title: Text) -> FormField:
    return _asked(form, TO, title, {"type": "members"})


def _choice(form: str, name: str, title: Text, options: Mapping[str, Option]) -> FormField:
    return _asked(form, name, title, {"type": "choice", "options": dict.fromkeys(options)}, options)


def _asked(
    form: str, name: str, title: Text, given: dict[str, Any], options: Mapping[str, Option] | None = None
) -> FormField:
    kind = FIELDS.get(given["type"])
    assert kind is not None
    declared = kind.model_validate(given)
    if options:
        declared = declared.having(dict(options))
    shape = f"ask:{form}"
    nothing = Text(dict.fromkeys(LANGUAGES, ""))
    known = options and (name in (HOW, WAY) or len(options) == 1)
    first = Constant(next(iter(options or ()))) if known else None
    return FormField(
        name=name, shape=shape, field=declared, type=declared.value_type(f"{shape}.{name}"), title=title, help=nothing,
        placeholder=nothing, required=True, default=first, options=options or {},
    )  # fmt: skip
