"""Pressing a button: a transition of the workflow or an action of the form, by a person.

Why: what may be pressed, and why not, is asked by the page before and by the verb again; both answers come from
`closed`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from engine.definitions.model import ADMIN, EVERYONE, Form, Transition
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
    WRONG_STATE,
)
from engine.problems.task import ACTED_ALREADY, NOT_YOUR_TURN
from engine.runtime import access, deciding, effects, flow, guards, keep, verbs
from engine.runtime.answers import read_answers
from engine.runtime.change import seen, unchanged
from engine.runtime.checks import blank, check_fields, check_rule, check_unique, lacking, reads
from engine.runtime.compute import compute
from engine.runtime.holders import joined
from engine.runtime.reading import dotted, read_into
from engine.runtime.record import Record, row_path
from engine.runtime.uploads import check_answers, check_files, signature
from engine.runtime.values import Accepted, Button
from engine.runtime.work import Work
from engine.texts import Text, same

CLOSED = frozenset({NOT_YOURS, NOT_YOUR_TURN, ACTED_ALREADY})
"""Reasons for which a button is shown closed: it is another person's."""


@dataclass(frozen=True)
class Press:
    """A button that may be pressed on a record: with what its task asks for in the record's state, and the record before."""

    form: Form
    record: Record
    transition: Transition
    old: Record


def act(
    work: Work, name: str, id: int, button: str, *, raw: Mapping[str, Any] | None = None,
    ask: Mapping[str, Any] | None = None, opinion: str | None = None, version: int | None = None,
    confirmed: Collection[str] = (), request: str | None = None,
) -> Accepted:  # fmt: skip
    """Press a button: fill what it asks for, check, move, and do what it does. Raises Refused, and nothing has
    happened."""
    press = approach(work, name, id, button, version)
    answers = fill(work, press, raw or {}, ask or {}, opinion, confirmed)
    fire(work, press, answers, opinion)
    flow.conclude(work, confirmed, request)
    return Accepted(press.record, work.open, tuple(work.notes))


def approach(work: Work, name: str, id: int, button: str, version: int | None) -> Press:
    """The button on a record, as the actor may press it now. Refused: they may not, or it was changed since `version`."""
    form, record = seen(work, name, id)
    transition = known(form, button).at(record.values.get("state"))
    late = deciding.handled(work, form, record, transition)
    if late is not None:
        raise Refused(late)
    unchanged(work, form, record, version)
    reason = closed(work, form, record, transition)
    if reason is not None:
        raise Refused(reason)
    return Press(form, record, transition, work.before(record))


def known(form: Form, button: str) -> Transition:
    """The button of this name. Refused: there is none."""
    transition = form.button(button)
    if transition is None:
        names = [*form.actions, *(form.workflow.transitions if form.workflow else ())]
        raise Refused(problem(NO_BUTTON, form=form.title, name=button, nearest=nearest(button, names)))
    return transition


def fill(
    work: Work, press: Press, raw: Mapping[str, Any], ask: Mapping[str, Any], opinion: str | None,
    confirmed: Collection[str],
) -> Record:  # fmt: skip
    """Fill what the button asks for and check it; gives the answers. Refused: what is wrong with it."""
    form, record, transition, button = press.form, press.record, press.transition, press.transition.name
    work.note(record, "act", transition=button, from_state=record.values.get("state"), opinion=said(opinion))
    found = _fill(work, form, record, transition, raw, press.old)
    if transition.verb == "stash":  # what is saved for later need not be whole
        found = [p for p in found if p.code != REQUIRED]
    answers, wrong = read_answers(work, record, transition, ask)
    found += [*wrong, *check_answers(work, transition.ask, answers)]
    if transition.opinion == "required" and said(opinion) is None:
        found.append(problem(OPINION_REQUIRED, field="opinion"))
    found += flow.rules(work, form, record, (button, "change"), press.old)
    work.tell(record, flow.refuse(found, confirmed))
    flow.release_lines(work, form, record, press.old)
    keep.update(work, form, record)
    if transition.signed or transition.verb == "done":
        work.happened[form.name, record.id or 0].signature = signature(work, answers)
    return answers


def fire(work: Work, press: Press, answers: Record, opinion: str | None, **more: Any) -> None:
    """Move the record and do what the button does; `more`: further variables. Refused: its guard holds no more, or what
    came of it breaks a rule."""
    form, record, old = press.form, press.record, press.old
    if not deciding.press(work, form, record, press.transition, {"ask": answers, "old": old, **more}, said(opinion)):
        raise Refused(_guard(work, press.transition))
    flow.refuse([p for p in flow.rules(work, form, record, ("change",), old) if p.severity == "error"], ())
    if record.id is not None and work.row(form.name, record.id) is not None:
        keep.bump(work, form, record)


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
            except (ArithmeticError, Refused):
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
    return transition.when is None or guards.holds(work, transition.when, record)


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
