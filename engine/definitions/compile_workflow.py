"""A workflow, and a form's buttons: states, ways between them, who may go them and what happens on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.definitions import form as written
from engine.definitions.compile_effects import EffectCompiler, Inside
from engine.definitions.compile_fields import FieldCompiler
from engine.definitions.compile_tasks import TaskCompiler, pressed_by_holders, signing, verbs
from engine.definitions.compile_time import TimeCompiler
from engine.definitions.compiler import Compiler, paths_of, slot_at
from engine.definitions.drafts import Draft, Fields
from engine.definitions.model import SELECTED, SIGNATURE, FormField, State, Transition, Workflow
from engine.definitions.parsing import At
from engine.definitions.shapes import Known
from engine.definitions.workflow import State as StateDefinition
from engine.definitions.workflow import WorkflowDefinition
from engine.expressions.types import Member, Type, list_of, record
from engine.problems import definition as codes

MOMENTS = frozenset({"create", "change", "delete"})
"""What may happen to a record without a button, so that no button is called that."""

ANY = "any"
"""In `from`: every state that is not final."""


class WorkflowCompiler:
    """Compiles the workflow and the buttons of one form."""

    def __init__(self, compiler: Compiler, fields: FieldCompiler, reader: Fields, draft: Draft) -> None:
        self.compiler, self.fields, self.reader, self.draft = compiler, fields, reader, draft
        self.name, self.book = draft.name, draft.pack.book
        self.effects = EffectCompiler(compiler)
        self.times = TimeCompiler(compiler, self.effects, draft)

    def workflow(self, definition: WorkflowDefinition, at: At) -> Workflow | None:
        """The workflow; None when it has no states."""
        if not definition.states:
            self.compiler.refuse(codes.NO_STATES, (at / "states").place())
            return None
        self.book.title(definition.title, self.name, at / "title" if definition.title else at)
        self.compiler.named(definition.states, at / "states", frozenset({ANY}))
        self.compiler.named(definition.transitions, at / "transitions", MOMENTS)
        initial = definition.first
        self._state_known(initial, definition, at / "initial")
        states = {n: self._state(n, s, definition, initial, at / "states" / n) for n, s in definition.states.items()}
        transitions = {
            n: _for_tasks(self.name, self.transition(n, t, at / "transitions" / n, definition), definition, states)
            for n, t in definition.transitions.items()
        }
        for name, made in transitions.items():
            asked = at / "transitions" / name / "ask"
            if made.signed and SIGNATURE in (asked.value or ()):
                example = f"{SIGNATURE}_again"
                self.compiler.refuse(
                    codes.RESERVED_NAME, (asked / SIGNATURE).place(key=True), name=SIGNATURE, example=example
                )
        buttons = verbs(self.name, states, definition.withdraw, initial)
        clocks = self.times.clocks(definition.clocks, at / "clocks")
        place = (at / "states").place(key=True)
        return Workflow(self.name, initial, states, transitions, buttons, definition.withdraw, clocks, place)

    def _state_known(self, name: str, definition: WorkflowDefinition, at: At) -> bool:
        return self.compiler.known(codes.UNKNOWN_STATE, name, definition.states, at, form=self.name)

    # -- states --------------------------------------------------------------------------------------------------------

    def _state(self, name: str, state: StateDefinition, definition: WorkflowDefinition, initial: str, at: At) -> State:
        inside = Inside(self.name, self.draft.pack, tasked=False)
        scope = self.compiler.scope(self.name)
        due, overdue = self.times.state(state, at)
        ways = []
        for number, way in enumerate(state.choose):
            here = at / "choose" / number
            self._state_known(way.to, definition, here / "to")
            when = self.compiler.condition(way.when, scope, here / "when")
            ways.append((when, way.to, self.effects.effects(way.do, here / "do", inside)))
        if state.then is not None:
            self._state_known(state.then, definition, at / "then")
        waits = []
        for number, one in enumerate(state.wait):
            here = at / "wait" / number
            self._state_known(one.to, definition, here / "to")
            until = self.times.until(one.until, here / "until")
            if until is not None:
                waits.append((until, one.to))
        title = self.book.title(state.title, name, at / "title" if state.title else at)
        return State(
            name,
            title,
            kind_of(state, name == initial),
            state.final,
            tuple(ways),
            self.effects.effects(state.enter, at / "enter", replace(inside, undone=name != initial)),
            self.effects.effects(state.leave, at / "leave", inside),
            TaskCompiler(self.compiler, self.draft, self._names, self.times).tasks(name, definition, title, at),
            state.then,
            tuple(waits),
            due=due,
            overdue=overdue,
            was=state.was,
        )

    # -- transitions and buttons ---------------------------------------------------------------------------------------

    def buttons(self, actions: Mapping[str, written.Transition], at: At) -> dict[str, Transition]:
        """A form's actions: transitions that move no state."""
        found = {}
        self.compiler.named(actions, at, MOMENTS)
        for name, action in actions.items():
            here = at / name
            if self.draft.workflow is not None and name in self.draft.workflow.transitions:
                self.compiler.refuse(codes.BUTTON_TWICE, here.place(key=True), name=name)
            for key, given in (("from", action.from_), ("to", action.to)):
                if given:
                    self.compiler.refuse(codes.ACTION_MOVES, (here / key).place(key=True), key=key, form=self.name)
            found[name] = self.transition(name, action, here, None)
        return found

    def transition(
        self, name: str, given: written.Transition, at: At, definition: WorkflowDefinition | None
    ) -> Transition:
        """One transition, or one button when there is no workflow's definition."""
        compiler = self.compiler
        ask, types = self._ask(name, at)
        sources = self._sources(given, definition, at)
        if definition is not None and given.to is not None:
            self._state_known(given.to, definition, at / "to")
        scope = compiler.scope(self.name)
        asked = compiler.scope(self.name, None, types)
        inside = Inside(self.name, self.draft.pack, types, tasked=given.to is None)
        together = given.bulk == "together"
        if together:
            inside = Inside("", self.draft.pack, {**types, SELECTED: list_of(record(self.name))}, old=False)
        who = compiler.people(given.who, scope, at / "who")
        final = definition.states[given.to].final if definition and given.to in definition.states else None
        wide = definition is not None and ANY in given.from_
        title = given.title
        return Transition(
            name=name,
            title=self.book.title(title, name, at / "title" if title else at),
            icon=given.icon,
            sources=sources,
            target=given.to,
            who=who,
            when=compiler.condition(given.when, scope, at / "when"),
            edit=self._names(given.edit, at / "edit"),
            require=self._names(given.require, at / "require"),
            ask=ask,
            confirm=compiler.wording(given.confirm, asked, at / "confirm", self.draft.pack),
            opinion=given.opinion or "none",
            drag=given.drag,
            do=self.effects.effects(given.do, at / "do", inside),
            counts=bool(sources) and not wide and final != "failure" and bool(who),
            together=together,
        )

    def _sources(self, given: written.Transition, definition: WorkflowDefinition | None, at: At) -> frozenset[str]:
        if definition is None:
            return frozenset()
        found: set[str] = set()
        several = isinstance((at / "from").value, list)
        for number, name in enumerate(given.from_):
            if name == ANY:
                found |= {n for n, s in definition.states.items() if s.final is None and not s.choose}
            elif self._state_known(name, definition, at / "from" / number if several else at / "from"):
                found.add(name)
        return frozenset(found)

    def _ask(self, name: str, at: At) -> tuple[dict[str, FormField], dict[str, Type]]:
        """The further inputs of a button, and the variable by which formulas read them."""
        raw = (at / "ask").value
        if not raw:
            return {}, {}
        shape = f"ask:{self.name}.{name}"
        slots = self.reader.slots(at / "ask", shape, self.draft.pack, frozenset({"id", "parent"}))
        known = self.compiler.shapes.add(
            Known(shape, [Member(s.name, s.type, s.field.scale()) for s in slots.values()])
        )
        known.broken = len(slots) < len(raw)
        types = {"ask": record(shape)}
        return self.fields.fields(slots, self.draft.pack, self.name, types), types

    def _names(self, names: tuple[str, ...], at: At) -> tuple[str, ...]:
        """Fields of the form, or `items.price` for a column."""
        slots = self.draft.slots
        several = isinstance(at.value, list)
        for number, name in enumerate(names):
            here = at / number if several else at
            slot = slot_at(slots, name.split("."))
            if slot is None:
                self.compiler.missing(name, self.name, paths_of(slots), here)
            elif at.path[-1] == "edit" and (slot.field.formula is not None or slot.field.related() is not None):
                self.compiler.refuse(codes.EDIT_COMPUTED, here.place(), field=name)
        return names


def _for_tasks(form: str, made: Transition, definition: WorkflowDefinition, states: Mapping[str, State]) -> Transition:
    """The transition with what the tasks of its states add: who presses it there, an opinion, fields."""
    given = definition.transitions[made.name]
    tasked = {n: states[n].tasks for n in made.sources if n in states and states[n].tasks}
    held = frozenset(n for n in tasked if given.who is None or made.name in pressed_by_holders(definition, n))
    if not tasked:
        return made
    within = {}
    for name, tasks in tasked.items():
        task = tasks.get("")
        if task is not None and made.name in task.agree:
            within[name] = (_both(made.edit, task.edit), _both(made.require, task.require))
        else:
            within[name] = (made.edit, made.require)
    edit = tuple(dict.fromkeys((*made.edit, *(n for e, _ in within.values() for n in e))))
    require = tuple(dict.fromkeys((*made.require, *(n for _, r in within.values() for n in r))))
    for name in made.sources - frozenset(within):
        within[name] = (made.edit, made.require)
    opinion = given.opinion or ("optional" if held else "none")
    signed = frozenset(n for n in held if any(task.signature for task in tasked[n].values() if not task.name))
    ask = {**made.ask, **(signing(form) if signed else {})}
    return replace(
        made, ask=ask, signed=signed, edit=edit, require=require, within=within, held=held, opinion=opinion,
        counts=made.counts and bool(made.sources - frozenset(tasked)),
    )  # fmt: skip


def _both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def kind_of(state: StateDefinition, initial: bool) -> str:
    """The kind of a state's badge, unless its definition says one."""
    if state.color is not None:
        return "run" if state.color == "mine" else state.color
    if state.final is not None:
        return "ok" if state.final == "success" else "bad"
    return "new" if initial else "run"
