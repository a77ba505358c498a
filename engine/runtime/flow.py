"""Creating, settling, moving and deleting a record: the one path that persons' verbs and actions share.

Why: an action that creates a shipment or fires a contract's transition must meet the same computing, checks, numbers
and workflow as a person who does. Persons' verbs (`submit`, `change`, `act`, `remove`) decide who may and read what was
typed; from here on there is no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from engine.definitions.model import SELECTED, Effect, Form, Transition, is_moment
from engine.expressions.tree import Typed
from engine.problems import Problem, Refused, problem
from engine.problems.record import FIRE_CLOSED, LOOP
from engine.runtime import automations, compensating, effects, escalating, guards, keep, machine, moments, tasks, timers
from engine.runtime.before import Happened
from engine.runtime.causes import BUTTON, STATE, Cause, because, of_form
from engine.runtime.checks import COMING, blank, check_fields, check_rules, check_unique
from engine.runtime.compute import Computed, compute, formulas
from engine.runtime.history import journal
from engine.runtime.live import Written
from engine.runtime.numbering import catch_up, number, number_many
from engine.runtime.reading import Path
from engine.runtime.record import Record, remembered
from engine.runtime.releasing import release
from engine.runtime.uploads import own_copies
from engine.runtime.values import ANY
from engine.runtime.work import Work

T = TypeVar("T")

FIRED = "fired:"
"""The records that a button with `together` has moved, among the variables, where what it does waits for all of them."""

ARRIVALS_LIMIT = 200
"""How often one record may come into a state in one unit of work before it is taken for a circle."""


def create(
    work: Work, form: Form, record: Record, given: set[Path], *, problems: Iterable[Problem] = (),
    confirmed: Collection[str] = (), closed: Collection[str] = (), free: bool = False,
    permit: Callable[[Record], Problem | None] = lambda record: None,
) -> Record:  # fmt: skip
    """Compute, check, number and store a new record, and enter its first state.

    `problems`: what was found while reading; `confirmed`: warnings the person has ticked; `closed`: fields that aren't
    theirs; `free`: an action creates, with the rights of the definition; `permit`: says why this very record may not be
    created by the person, None: it may. Raises Refused with everything that is wrong.
    """
    system(work, form, record)
    if free:
        own_copies(work, form, record, {str(path[0]) for path in given})
    computed = compute(work, form, record, given, None, closed=closed, free=free)
    told = judge(
        work, form, record, computed, problems=problems, confirmed=confirmed, closed=closed, free=free, permit=permit
    )
    _numbered(work, form, [record])
    keep.insert(work, form, record)
    _created(work, form, record, told)
    if form.workflow is not None:
        machine.begin(form, cursor(work, form, record, {}))
        keep.update(work, form, record)
    return record


def judge(
    work: Work, form: Form, record: Record, computed: Computed, *, problems: Iterable[Problem] = (),
    confirmed: Collection[str] = (), closed: Collection[str] = (), free: bool = False,
    permit: Callable[[Record], Problem | None] = lambda record: None,
) -> list[Problem]:  # fmt: skip
    """Check a new record that was computed; its parameters are those of `create`. Gives the warnings that were confirmed
    and what is only worth a word. Raises Refused with all that is wrong."""
    found = [*problems, *computed.problems]
    known = {p.place.field for p in found}
    checked = check_fields(work, form, record, computed.visible, None, closed=closed, free=free)
    found += [p for p in checked if p.place.field not in known]
    found += check_unique(work, form, record)
    found += rules(work, form, record, COMING, None)
    told = refuse(found, confirmed)
    barred = permit(record)
    refuse([barred] if barred is not None else (), ())
    return told


def enter_many(work: Work, form: Form, judged: Sequence[tuple[Record, Iterable[Problem]]]) -> None:
    """Number and store records, each with what `judge` gave, all in one go. Only for forms whose first state does nothing
    and whose formulas don't need a record's number (`many.together`)."""
    _numbered(work, form, [record for record, _ in judged])
    keep.insert_many(work, form, [record for record, _ in judged])
    for record, told in judged:
        _created(work, form, record, told)


def _numbered(work: Work, form: Form, new: Sequence[Record]) -> None:
    for record in new if form.numbered else ():
        catch_up(work, form, record)
    for record in number_many(work, form, new, None):
        if form.counted:
            formulas(work, form, record)


def _created(work: Work, form: Form, record: Record, told: Iterable[Problem]) -> None:
    assert record.id is not None
    work.happened[form.name, record.id] = Happened("create", lines={name: {} for name in form.line_forms()})
    work.tell(record, told)


def system(work: Work, form: Form, record: Record) -> None:
    """The values that every new record has without being asked."""
    values = record.values
    values.setdefault("owner", work.actor.id)
    values["created_by"] = values["updated_by"] = work.actor.id
    values["created_at"] = values["updated_at"] = values["state_since"] = work.now
    values["state"] = form.workflow.initial if form.workflow is not None else None


def settle(work: Work, form: Form, record: Record, given: set[Path], old: Record) -> None:
    """Store what actions changed: what follows is computed, the form's lasting rules are checked."""
    work.note(record, "effect")
    names = {str(path[0]) for path in given}
    work.owe(record, names)
    own_copies(work, form, record, names)
    computed = compute(work, form, record, given, old, free=True)
    found = [*computed.problems, *check_fields(work, form, record, computed.visible, old, asked=(), free=True)]
    found += check_unique(work, form, record)
    found += rules(work, form, record, ("change",), old)
    refuse([p for p in found if p.severity == "error"], ())
    release_lines(work, form, record, old)
    keep.update(work, form, record)


def rules(work: Work, form: Form, record: Record, events: Collection[str], old: Record | None) -> list[Problem]:
    """The rules of these events, each once."""
    found: dict[Any, Problem] = {}
    for broken in check_rules(work, form, record, events, old):
        found.setdefault((broken.facts.get("key"), broken.place.field), broken)
    return list(found.values())


def refuse(found: Collection[Problem], confirmed: Collection[str]) -> list[Problem]:
    """Raise Refused if there is an error, or a warning that isn't confirmed; then with everything that was found. Else
    gives the warnings that somebody confirmed, and what is only worth a word."""
    stops = [
        p for p in found if p.severity == "error" or (p.severity == "warn" and p.facts.get("key") not in confirmed)
    ]
    if stops:
        told = [p for p in found if p.severity != "info"]
        raise Refused([p for number, p in enumerate(told) if p not in told[:number]])
    return [] if confirmed is ANY else [p for p in found if p.severity in ("warn", "info")]


def conclude(work: Work, confirmed: Collection[str] = (), request: str | None = None) -> None:
    """What every verb ends with: records that wait for a condition go on, clocks and automations have their turn, computed
    forms must keep their rules, and history is written."""
    _at_rest(work)
    while automations.react(work, DOORS):
        _at_rest(work)
    settled(work, confirmed)
    journal(work, request)


def awaited(work: Work) -> None:
    """Ask the waiting records that something was stirred about whether they go on now."""
    while work.stirred:
        name, id = next(iter(work.stirred))
        del work.stirred[name, id]
        form, record = work.form(name), work.row(name, id)
        state = form.workflow.states.get(str(record.values["state"])) if form.workflow and record is not None else None
        if record is None or state is None:
            continue
        walker = cursor(work, form, record, {})
        to = tasks.awaited(state, walker.holds) or tasks.passed(work, form, record, state)
        if to is None:
            moments.watch(work, form, record)
        else:
            work.step(f"{name}: wait")
            work.note(record, "wait", from_state=state.name)
            machine.go(form, walker, to)
            keep.bump(work, form, record)


def _at_rest(work: Work) -> None:
    awaited(work)
    timers.review(work, DOORS)
    awaited(work)


def completed(work: Work, unit: Callable[[Work], T]) -> T:
    """Do a unit of work; what it left unasked of computed forms' rules is asked now."""
    result = unit(work)
    awaited(work)
    settled(work)
    return result


def settled(work: Work, confirmed: Collection[str] = ()) -> None:
    """Refuse what would break a rule of a computed form, with that rule's sentence; tell who looks at its rows."""
    moved, work.moved = work.moved, {}
    found: list[Problem] = []
    for name, id in sorted(moved):
        record = work.row(name, id)
        work.written.append(Written(name, id, 1, "edit" if record is not None else "delete", work.actor.id))
        if record is not None:
            broken = check_rules(work, work.form(name), record, ("change",), None)
            work.broken += [(name, id)] if broken else []
            found += broken
    refuse(found, confirmed)


def move(work: Work, form: Form, record: Record, transition: Transition, variables: Mapping[str, Any]) -> bool:
    """Fire a transition of the workflow, or a button. False: its guard doesn't hold, and nothing was done."""
    if form.workflow is None or transition.name not in form.workflow.transitions:
        if transition.when is not None and not guards.holds(work, transition.when, record, **variables):
            return False
        with because(work, of_form(BUTTON, transition.name, form, record)):
            effects.run(work, DOORS, record, transition.each, variables)
        jointly(work, form, record, transition, variables)
        return True
    if number(work, form, record, transition.name):
        keep.update(work, form, record)
    fired = machine.fire(form, transition, cursor(work, form, record, variables, transition.name))
    if fired:
        jointly(work, form, record, transition, variables)
    return fired


def jointly(work: Work, form: Form, record: Record, transition: Transition, variables: Mapping[str, Any]) -> None:
    """A record was moved by a button that acts on several at once: what is done once for all of them waits for the others,
    where there are any (`FIRED` among the variables), else it is done for this one."""
    if not transition.together:
        return
    waiting: list[Record] | None = variables.get(FIRED)
    if waiting is not None:
        waiting.append(record)
    else:
        joint(work, form, transition, [record], variables)


def joint(
    work: Work, form: Form, transition: Transition, selected: Sequence[Record], variables: Mapping[str, Any]
) -> None:
    """Do once for all these records what their button says."""
    there = [record for record in selected if work.row(form.name, record.id or 0) is record]
    with because(work, Cause(BUTTON, transition.name, form.name, None, form.digest)):
        effects.run(work, DOORS, work.blank(""), transition.do, {**variables, SELECTED: there})


def cursor(
    work: Work, form: Form, record: Record, variables: Mapping[str, Any], cause: str | None = None
) -> machine.Cursor:
    """The record on the machine; `cause` is the button that moves it. An error in a guard counts as false."""
    key = (form.name, record.id or 0)
    arrived = work.arrivals[key]

    def holds(when: Typed) -> bool:
        return moments.come(work, when, record) if is_moment(when) else guards.holds(work, when, record, **variables)

    def arrive(state: str) -> None:
        nonlocal arrived
        left(work, form, record, cause)
        work.arrivals[key] += 1
        arrived = work.arrivals[key]
        if arrived > ARRIVALS_LIMIT:
            raise Refused(problem(LOOP, limit=ARRIVALS_LIMIT, what=f"{form.name}: {state}"))
        old = work.before(record)
        record.values["state"], record.values["state_since"] = state, work.now
        compute(work, form, record, (), old, free=True)
        release_lines(work, form, record, old)
        keep.update(work, form, record)
        timers.arrived(work, form, record)
        if form.workflow is not None and state == form.workflow.initial:
            compensating.forget(work, form, record)

    def run(actions: Sequence[Effect], of: str | None) -> None:
        kind, name = (BUTTON, cause) if of is None and cause is not None else (STATE, of or str(record.values["state"]))
        with because(work, of_form(kind, name, form, record)):
            effects.run(work, DOORS, record, actions, variables)

    def fits(transition: Transition) -> bool:
        return _fits(work, form, record, transition, holds)

    return machine.Cursor(
        state=str(record.values["state"]),
        holds=holds,
        run=run,
        arrive=arrive,
        here=lambda: work.arrivals[key] == arrived and work.row(form.name, key[1]) is record,
        stay=lambda state: stayed(work, form, record, state, tasks.Asks(holds, fits)),
    )


def left(work: Work, form: Form, record: Record, cause: str | None) -> None:
    """What follows when a record leaves its state: nothing that belongs to the state goes on."""
    tasks.leave(work, form, record, cause)
    timers.left(work, form, record)
    moments.left(work, form, record)


def stayed(work: Work, form: Form, record: Record, state: str, asks: tasks.Asks) -> tuple[str, Sequence[Effect]] | None:
    """What follows when a record comes to stay in a state; gives where it goes on at once, and what is done on the way."""
    assert form.workflow is not None
    onward = tasks.stay(work, form, record, form.workflow.states[state], asks)
    return (onward.state, onward.doing) if onward is not None else None


def _fits(work: Work, form: Form, record: Record, transition: Transition, holds: Callable[[Typed], bool]) -> bool:
    """Whether a transition could be fired now with nothing filled in."""
    if transition.when is not None and not holds(transition.when):
        return False
    state = record.values.get("state")
    if any(blank(record.values.get(n)) for n in transition.at(state).require if "." not in n):
        return False
    return not any(p.severity == "error" for p in rules(work, form, record, (transition.name,), None))


def fire(work: Work, form: Form, record: Record, name: str) -> None:
    """Fire a transition for an action: anybody's, but through state, guard and rules. Refused when it is closed."""
    transition = form.button(name)
    state = record.values.get("state")
    assert transition is not None
    title = form.workflow.states[str(state)].title if form.workflow is not None else form.title
    closed = problem(FIRE_CLOSED, record=record.title or form.title, title=transition.title, state=title)
    if transition.sources and state not in transition.sources:
        raise Refused(closed)
    work.note(record, "fire", transition=name, from_state=state)
    refuse([p for p in rules(work, form, record, (name, "change"), None) if p.severity == "error"], ())
    if not move(work, form, record, transition, {}):
        raise Refused(closed)


def delete(work: Work, form: Form, record: Record) -> None:
    """Delete a record: its rules `at: delete`, then what points at it, by each reference's `on_delete`."""
    assert record.id is not None
    refuse([p for p in check_rules(work, form, record, ("delete",), None) if p.severity == "error"], ())
    work.note(record, "delete")
    for name in form.line_forms():
        happened = work.happened[form.name, record.id]
        happened.lines[name] = {line.id: remembered(line) for line in record.lines(name) if line.id is not None}
        for line in record.lines(name):
            assert line.id is not None
            release(work, DOORS, f"{form.name}.{name}", line.id, (form.name, record.id))
    release(work, DOORS, form.name, record.id, (form.name, record.id))
    keep.delete(work, form, record)
    timers.gone(work, form, record)
    moments.left(work, form, record)
    tasks.gone(work, form, record)
    compensating.forget(work, form, record)


def release_lines(work: Work, form: Form, record: Record, old: Record) -> None:
    """See to what points at lines that the record had in `old` and has no more. Refused when that must not be."""
    assert record.id is not None
    for name in form.line_forms():
        staying = {line.id for line in record.lines(name)}
        for line in old.lines(name):
            if line.id is not None and line.id not in staying:
                release(work, DOORS, f"{form.name}.{name}", line.id, (form.name, record.id))


def _create(work: Work, form: Form, record: Record, given: set[Path]) -> Record:
    made = create(work, form, record, given, free=True, confirmed=ANY)
    work.owe(made, {str(path[0]) for path in given})
    return made


DOORS = effects.Doors(
    create=_create,
    settle=settle,
    fire=fire,
    delete=delete,
    transfer=escalating.hand_over,
)
"""The doors that actions go through."""
