"""Pressing a button: a transition of the workflow or an action of the form, by a person.

Why: what may be pressed, and why not, is asked by the page before and by the verb again; both answers come from
`closed`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from engine.definitions.model import ADMIN, EVERYONE, Form, FormField, Transition
from engine.expressions.pointing import form_of
from engine.expressions.tree import Aggregate, Call, Get, ListOf, Node, Op, Query, Var
from engine.expressions.walk import free
from engine.problems import Problem, Refused, nearest, problem
from engine.problems.record import (
    GUARD_CLOSED,
    NO_BUTTON,
    NOT_FOR_YOU,
    NOT_YOURS,
    OPINION_REQUIRED,
    READONLY_FIELD,
    REQUIRED,
    UNKNOWN_FIELD,
    WRONG_STATE,
)
from engine.problems.task import ACTED_ALREADY, NOT_YOUR_TURN
from engine.runtime import access, deciding, effects, flow, keep, verbs
from engine.runtime.change import seen, unchanged
from engine.runtime.checks import blank, check_fields, check_rule, check_unique, check_value, lacking, reads
from engine.runtime.compute import assigned, compute
from engine.runtime.holders import joined
from engine.runtime.reading import dotted, place, read_into
from engine.runtime.record import Record, row_path
from engine.runtime.uploads import check_answers, check_files, signature
from engine.runtime.values import Accepted, Button
from engine.runtime.work import Work
from engine.texts import Text, same

CLOSED = frozenset({NOT_YOURS, NOT_YOUR_TURN, ACTED_ALREADY})
"""Reasons for which a button is shown closed: it is another person's."""


def act(
    work: Work, name: str, id: int, button: str, *, raw: Mapping[str, Any] | None = None,
    ask: Mapping[str, Any] | None = None, opinion: str | None = None, version: int | None = None,
    confirmed: Collection[str] = (), request: str | None = None,
) -> Accepted:  # fmt: skip
    """Press a button: fill what it asks for, check, move, and do what it does. Raises Refused, and nothing has
    happened."""
    form, record = seen(work, name, id)
    transition = form.button(button)
    if transition is None:
        known = [*form.actions, *(form.workflow.transitions if form.workflow else ())]
        near = nearest(button, known) or "–"
        raise Refused(problem(NO_BUTTON, form=form.title, name=button, nearest=near))
    transition = transition.at(record.values.get("state"))
    late = deciding.handled(work, form, record, transition)
    if late is not None:
        raise Refused(late)
    unchanged(work, form, record, version)
    reason = closed(work, form, record, transition)
    if reason is not None:
        raise Refused(reason)
    old = work.before(record)
    work.note(record, "act", transition=button, from_state=record.values.get("state"), opinion=said(opinion))
    found = _fill(work, form, record, transition, raw or {}, old)
    if transition.verb == "stash":  # what is saved for later need not be whole
        found = [p for p in found if p.code != REQUIRED]
    answers, wrong = _answers(work, record, transition, ask or {})
    found += [*wrong, *check_answers(work, transition.ask, answers)]
    if transition.opinion == "required" and said(opinion) is None:
        found.append(problem(OPINION_REQUIRED, field="opinion"))
    found += flow.rules(work, form, record, (button, "change"), old)
    work.tell(record, flow.refuse(found, confirmed))
    flow.release_lines(work, form, record, old)
    keep.update(work, form, record)
    if transition.signed or transition.verb == "done":
        work.happened[form.name, record.id or 0].signature = signature(work, answers)
    variables = {"ask": answers, "old": old}
    if not deciding.press(work, form, record, transition, variables, said(opinion)):
        raise Refused(_guard(work, transition))
    flow.refuse([p for p in flow.rules(work, form, record, ("change",), old) if p.severity == "error"], ())
    if record.id is not None and work.row(form.name, record.id) is not None:
        keep.bump(work, form, record)
    flow.conclude(work, confirmed, request)
    return Accepted(record, work.open, tuple(work.notes))


def said(opinion: str | None) -> str | None:
    """What was said, None when nothing was."""
    return (opinion or "").strip() or None


def closed(work: Work, form: Form, record: Record, transition: Transition) -> Problem | None:
    """Why this actor can't press the button on this record now; None: they can."""
    state = record.values.get("state")
    if transition.sources and state not in transition.sources:
        return _wrong_state(work, form, record, transition)
    if transition.verb and transition.verb != "done":
        return verbs.closed(work, form, record, transition)
    if transition.verb or state in transition.held:
        reason = deciding.closed(work, form, record, transition)
        if reason is not None:
            return reason
    elif not _theirs(work, record, transition):
        return problem(NOT_YOURS, title=transition.title, who=named(work, form, record, transition))
    if transition.when is not None and not _holds(work, record, transition):
        return _guard(work, transition)
    return None


def buttons(work: Work, form: Form, record: Record) -> tuple[Button, ...]:
    """What the record's page offers: what can be pressed now, what a rule closes, what another person may press now, and what this person's
    roles will open in a state that follows. What they may never press is left out, as is what a guard doesn't offer."""
    found: list[Button] = []
    transitions = list(form.workflow.transitions.values()) if form.workflow is not None else []
    following = _following(form, record)
    for each in [*transitions, *form.actions.values()]:
        transition = each.at(record.values.get("state"))
        if not transition.who and not transition.held:
            continue  # only actions fire it
        reason = closed(work, form, record, transition)
        if reason is None:
            found.append(Button(transition, foreseen(work, form, record, transition)))
        elif reason.code in CLOSED or (
            reason.code == WRONG_STATE and transition.sources & following and _may_ever(work, form, transition)
        ):
            found.append(Button(transition, reason))
    return (*found, *_offered(work, form, record))


def _offered(work: Work, form: Form, record: Record) -> list[Button]:
    """The buttons of the record's tasks that can be pressed now, and those of one of several tasks that somebody else has
    or that comes later."""
    found = []
    for transition in form.workflow.verbs.values() if form.workflow is not None else ():
        if record.values.get("state") not in transition.sources:
            continue
        reason = closed(work, form, record, transition)
        if reason is None:
            found.append(Button(transition, foreseen(work, form, record, transition)))
        elif transition.verb == "done" and reason.code in CLOSED and deciding.is_open(work, form, record, transition):
            found.append(Button(transition, reason))
    return found


def foreseen(work: Work, form: Form, record: Record, transition: Transition) -> Problem | None:
    """The rule of this button that would refuse it, whatever is filled in with it; None: it isn't known yet."""
    asked = {n.partition(".")[0] for n in (*transition.edit, *transition.require)}
    for rule in form.rules:
        known = not asked & reads(form, rule) and not (rule.check is not None and "old" in free(rule.check.tree))
        if known and transition.name in rule.at and rule.level == "error":
            try:
                broken = check_rule(work, form, record, rule, None)
            except ArithmeticError:
                continue
            if broken:
                return broken[0]
    return None


def _following(form: Form, record: Record) -> frozenset[str]:
    """The states that can come next, through states that lead on by themselves too."""
    if form.workflow is None:
        return frozenset()
    state = record.values.get("state")
    waiting = [t.target for t in form.workflow.transitions.values() if state in t.sources and t.target]
    waiting += form.workflow.states[str(state)].onward() if state in form.workflow.states else ()
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting.extend(form.workflow.states[name].onward())
    return frozenset(found - {str(state)})


def _may_ever(work: Work, form: Form, transition: Transition) -> bool:
    if transition.who:
        return bool(transition.who.roles & work.actor.roles)
    tasks = (
        [task for name in transition.held for task in form.workflow.states[name].tasks.values()]
        if form.workflow
        else []
    )
    return any(people.roles & work.actor.roles for task in tasks for people in task.assign)


def _theirs(work: Work, record: Record, transition: Transition) -> bool:
    if transition.who.roles & work.actor.roles:
        return True
    if work.actor.id is None or not transition.who.formulas:
        return False
    only = type(transition.who)(frozenset(), transition.who.formulas)
    return work.actor.id in effects.people(work, only, record, {})


def _holds(work: Work, record: Record, transition: Transition) -> bool:
    try:
        return bool(work.value(transition.when if transition.when is not None else True, record))
    except ArithmeticError:
        return False


def _guard(work: Work, transition: Transition) -> Problem:
    assert transition.when is not None
    code = NOT_FOR_YOU if _reads_user(transition.when.tree) else GUARD_CLOSED
    return problem(code, title=transition.title, rule=transition.when.text)


def _reads_user(node: Node) -> bool:
    if isinstance(node, Var):
        return node.name == "user"
    inner: tuple[Node, ...] = ()
    if isinstance(node, Get):
        inner = (node.of,)
    elif isinstance(node, Op | Call):
        inner = node.args
    elif isinstance(node, ListOf):
        inner = node.items
    elif isinstance(node, Aggregate):
        inner = (node.list,)
    elif isinstance(node, Query):
        inner = tuple(n for n in (node.where, node.value) if n is not None)
    return any(_reads_user(n) for n in inner)


def _wrong_state(work: Work, form: Form, record: Record, transition: Transition) -> Problem:
    assert form.workflow is not None
    states = form.workflow.states
    names = [states[s].title for s in states if s in transition.sources]
    now = states.get(str(record.values.get("state")))
    return problem(
        WRONG_STATE,
        title=transition.title,
        who=named(work, form, record, transition),
        states=joined(names),
        state=now.title if now is not None else same("–"),
    )


def named(work: Work, form: Form, record: Record, transition: Transition) -> Text:
    """Who may press a button, in words: roles by their titles, and the people that formulas give."""
    known = {ADMIN: access.ROLE_TITLES[ADMIN], EVERYONE: access.ROLE_TITLES[EVERYONE], **work.catalog.roles}
    several = [transition.who]
    if not transition.who and form.workflow is not None:
        several = [p for n in sorted(transition.held) for t in form.workflow.states[n].tasks.values() for p in t.assign]
    words = [known.get(role, same(role)) for people in several for role in sorted(people.roles)]
    for people in several:
        only = type(people)(frozenset(), people.formulas)
        words += [same(work.title_of("person", id)) for id in effects.people(work, only, record, {})]
    return joined(list(dict.fromkeys(words))) if words else Text({"zh": "别人", "en": "somebody else"})


def _fill(
    work: Work, form: Form, record: Record, transition: Transition, raw: Mapping[str, Any], old: Record
) -> list[Problem]:
    """Read the fields that the transition asks for, and check them; others are refused as unknown."""
    asked = {n.partition(".")[0] for n in (*transition.edit, *transition.require)}
    fields = {n: f for n, f in form.fields.items() if n in asked}
    given = read_into(work, record, raw, fields, blank_rows=work.actor.channel != "browser")
    given.problems += _columns_alone(form, record, transition, old)
    paths = given.paths - set(given.failed)
    computed = compute(work, form, record, paths, old, free=True, asked=asked)
    found = [*given.problems, *computed.problems, *check_files(work, form, record, old)]
    failed = {".".join(map(str, p)) for p in given.failed}
    checked = check_fields(
        work, form, record, computed.visible, old, asked=asked, needed=[n for n in transition.require if "." not in n]
    )
    found += [p for p in checked if p.place.field not in failed]
    found += _required_columns(record, form, transition)
    found += check_unique(work, form, record)
    return found


def _columns_alone(form: Form, record: Record, transition: Transition, old: Record) -> list[Problem]:
    """Where only columns of a list are asked for, its lines stay as they are, and so do their other columns."""
    names = (*transition.edit, *transition.require)
    found: list[Problem] = []
    for name, item in form.line_forms().items():
        parts = name.split(".")
        whole = any(".".join(parts[: deep + 1]) in names for deep in range(len(parts)))
        if whole or not any(n.startswith(f"{parts[0]}.") for n in names):
            continue
        before, lines = old.lines(name), record.lines(name)
        if [line.id for line in lines] != [line.id for line in before]:
            found.append(problem(READONLY_FIELD, field=parts[0], title=item.title))
            continue
        for line, was in zip(lines, before, strict=True):
            for column in item.columns.values():
                closed = column.formula is None and not column.columns and f"{name}.{column.name}" not in names
                if closed and line.values.get(column.name) != was.values.get(column.name):
                    where = dotted((*row_path(line), column.name))
                    found.append(problem(READONLY_FIELD, field=where, title=column.title))
    return found


def _required_columns(record: Record, form: Form, transition: Transition) -> list[Problem]:
    found: list[Problem] = []
    for name in transition.require:
        list_, _, column = name.rpartition(".")
        for line in record.lines(list_) if list_ else ():
            if blank(line.values.get(column)):
                found.append(lacking(form.at(name.split(".")), dotted((*row_path(line), column))))
    return found


def _answers(
    work: Work, record: Record, transition: Transition, raw: Mapping[str, Any]
) -> tuple[Record, list[Problem]]:
    """What the transition asked besides the form's fields, as the row `ask`; problems stand at `ask.NAME`.

    What isn't given takes its default.
    """
    answers = asked(work, transition)
    found: list[Problem] = []
    for name, item in transition.ask.items():
        path = f"ask.{name}"
        try:
            if name in raw or item.default is None:
                value = item.field.parse(raw.get(name), place(work, item, path))
            else:
                value = assigned(work, item.default, item, record, ask=answers)
        except Refused as refused:
            found.extend(refused.problems)
            continue
        answers.values[name] = value
        if blank(value) and work.value(item.required, record, ask=answers):
            found.append(lacking(item, path))
        elif not blank(value):
            found += check_value(work, item, answers, (path,))
    for unknown in set(raw) - set(transition.ask):
        near = nearest(unknown, transition.ask) or "–"
        found.append(problem(UNKNOWN_FIELD, field=f"ask.{unknown[:80]}", name=unknown[:80], nearest=near))
    return answers, found


def asked(work: Work, transition: Transition) -> Record:
    """The row `ask` of a transition, with nothing answered yet."""
    return Record(f"ask:{transition.name}", None, {}, _Asked(work, transition.ask))


def suggestions(work: Work, record: Record, transition: Transition) -> dict[str, Any]:
    """The defaults of what a transition asks, for the page that asks."""
    answers = asked(work, transition)
    for name, item in transition.ask.items():
        if item.default is not None:
            answers.values[name] = assigned(work, item.default, item, record, ask=answers)
    return {name: answers.values.get(name) for name in transition.ask}


class _Asked:
    """Finds what the answers point at."""

    def __init__(self, work: Work, fields: Mapping[str, FormField]) -> None:
        self.work, self.fields = work, fields

    def row(self, shape: str, id: int) -> Record | None:
        return self.work.row(shape, id)

    def fetch(self, record: Record, name: str) -> Any:
        return None

    def target(self, shape: str, name: str) -> str | None:
        return form_of(name) or (self.fields[name].field.target() if name in self.fields else None)
