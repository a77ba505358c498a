"""The catalog's frozen values: definitions read, checked and compiled, as everything above works with them.

Why: a request takes the present catalog once and keeps it; nothing in it changes. What the analyst wrote is in
`definition` objects (pydantic); what the engine needs (typed formulas, texts in all languages, order of computing) is
here. Long because it is one list of shapes, which are read together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as made
from datetime import time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from engine.charts.base import Chart
from engine.definitions.own_reads import OwnReads, own_reads
from engine.definitions.pack import Demo
from engine.definitions.schedule import Schedule
from engine.expressions.template import Hole, Show, Template
from engine.expressions.tree import Hop, Typed
from engine.expressions.types import Env, Related, Shape, Type
from engine.fields.base import Field, Option
from engine.problems import Place, Problem
from engine.texts import Text

NOWHERE = Place()
"""The place of what nobody wrote."""

SYSTEM = ("id", "state", "state_since", "owner", "created_by", "created_at", "updated_by", "updated_at")
"""What every form has without being asked, and no field may be called."""

ADMIN, EVERYONE = "admin", "everyone"
"""The two roles that are there without a pack: administrators, and whoever is signed in."""


@dataclass(frozen=True)
class Wording:
    """A text with formulas, compiled in each language that it has. `words` is never empty."""

    words: Mapping[str, Template]

    def render(self, env: Env, language: str, show: Show | None = None) -> str:
        """The text for this environment, in `language` or else the first one it has; `show` words values."""
        found = self.words.get(language) or next(iter(self.words.values()))
        return found.render(env, show)


@dataclass(frozen=True)
class People:
    """Who: any of these roles, or those whom one of the formulas gives (a person, persons, a department's people).

    `mine`: for each formula a condition over the record, true when `user` is among them; in SQL it counts what waits.
    Both empty: nobody.
    """

    roles: frozenset[str] = frozenset()
    formulas: tuple[Typed, ...] = ()
    mine: tuple[Typed, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.roles or self.formulas)


@dataclass(frozen=True)
class Filling:
    """Rows made from a query, for a lines field's default, a value in `set`, or `create … from`.

    `query` gives the source rows (its last frame's row is `row`; bare names in `values` are that row's members).
    `by` (name -> formula) makes one row for each group; then `values` are measures over the group and the names of
    `by`, which are variables. In `values`, the variable `rows` always holds the group (without `by`: the row alone).
    `link` is the source's field that gets the new record or line. `keys` find the record to be updated (upsert).
    `share` hands an amount out to the rows in turn. `outer` gives, for each list of the path before the last, its rows
    in step with those of `query`; in `values` a row's outer rows are its members of that name with OUTER before it.
    """

    query: Typed
    frame: str
    values: Mapping[str, Assigned]
    by: Mapping[str, Typed] = made(default_factory=dict)
    link: str | None = None
    limit: int | None = None
    keys: Mapping[str, Assigned] = made(default_factory=dict)
    share: Share | None = None
    outer: Mapping[str, Typed] = made(default_factory=dict)


WAITING = "^wait"
"""The name of what the records of a form wait for, as something that reads members elsewhere."""

OUTER = "^"
"""What stands before the name of an outer row, which no member's name can have."""


@dataclass(frozen=True)
class Share:
    """An amount, handed out to the rows of a query in turn: to each as much as `most` (of the variable `row`) allows."""

    amount: Typed
    most: Typed


@dataclass(frozen=True)
class Rows:
    """Rows written out: each maps names to what they are given."""

    rows: tuple[Mapping[str, Assigned], ...]


@dataclass(frozen=True)
class Constant:
    """A plain value, already parsed by the field it is for (None: emptied)."""

    value: Any


Assigned = Constant | Typed | Filling | Rows
"""What a field may be given: a constant, a formula's value, or for a lines field rows."""


@dataclass(frozen=True)
class Numbering:
    """How a serial number is made. `pattern` has the variable `seq`; `once`: it names all that the counter depends on, so
    no two records can have the same number."""

    pattern: Template
    reset: str
    scope: tuple[str, ...]
    gapless: bool
    given: str | None
    once: bool = True


@dataclass(frozen=True)
class FormField:
    """A field of a form, or a column of its lines (then `shape` is FORM.LIST, within a line's lines FORM.LIST.LIST), or an
    input of a transition.

    `stored` False: a formula computed when read (or a related list). `minimum` and `maximum` limit a value and may read
    the record. `option_when` holds the options that are offered only under a condition. `where` limits what a reference
    may point at: bare names are the target's, `this` is the record. `columns` and `order` belong to lines. `place` is
    where it is declared.
    """

    name: str
    shape: str
    field: Field
    type: Type
    title: Text
    help: Text
    placeholder: Text
    visible: Typed | bool = True
    required: Typed | bool = False
    readonly: Typed | bool = False
    default: Assigned | None = None
    formula: Typed | None = None
    stored: bool = True
    minimum: Typed | None = None
    maximum: Typed | None = None
    options: Mapping[str, Option] = made(default_factory=dict)
    option_when: Mapping[str, Typed] = made(default_factory=dict)
    where: Typed | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    among: People | None = None
    related: Related | None = None
    related_columns: tuple[str, ...] = ()
    numbering: Numbering | None = None
    columns: Mapping[str, FormField] = made(default_factory=dict)
    place: Place = NOWHERE

    @cached_property
    def kept(self) -> bool:
        """Whether its values are kept in a column of their own."""
        return self.stored and self.field.column() is not None

    @cached_property
    def copied(self) -> bool:
        """Whether a duplicate keeps its value: neither what is computed or live, nor what may be there only once."""
        once = self.field.unique or self.numbering is not None
        return self.field.copy_ and not once and self.formula is None and self.related is None

    @cached_property
    def limited(self) -> bool:
        """Whether anything but its type limits its values: bounds, conditions of options, what it points at, what the
        formula that it holds is about."""
        bounds = self.minimum is not None or self.maximum is not None
        return bounds or bool(self.option_when) or bool(self.field.targets()) or self.field.holds() is not None

    @cached_property
    def watched(self) -> bool:
        """Whether anything of it may be wrong once it is read."""
        return self.limited or self.required is not False or bool(self.columns)


def walk(fields: Mapping[str, FormField], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], FormField]]:
    """All of these fields with their paths of names: each list is followed by its columns, however deep."""
    for name, found in fields.items():
        yield (*above, name), found
        yield from walk(found.columns, (*above, name))


@dataclass(frozen=True)
class Rule:
    """A rule of a form. Either `check` or `unique` is there.

    `each`: check every row of this list (frame `frame`), else the record itself. `waits`: values that must not be empty
    for the check to be applied. `at` empty: at every change and transition; else `create`, `delete` or transitions'
    names.
    """

    name: str
    check: Typed | None
    unique: tuple[str, ...]
    each: Typed | None
    frame: str
    where: Typed | None
    at: frozenset[str]
    waits: tuple[Typed, ...]
    message: Wording
    level: str


@dataclass(frozen=True)
class View:
    """A saved way to see a form's records. `columns` are names of fields; `sort` names with descending; roles empty:
    all.

    `type`: `table kanban calendar gantt gallery map tree`. `by` is what a kanban has a column for each value of (`state`
    or a stored choice), a map's location, a tree's reference to the record above; `end` the day a kanban's cards are due
    (None: nothing is); `start` and `end` (None: one day only) the dates of a calendar or of a gantt's bars.
    """

    name: str
    title: Text
    columns: tuple[str, ...]
    where: Typed | None
    sort: tuple[tuple[str, bool], ...]
    roles: frozenset[str]
    type: str = "table"
    by: str | None = None
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True)
class Drawn:
    """A hole of a print template that is a picture: the files that `formula` gives, or its text as a code (`code`: `qr`
    `code128` `ean13`, "" for files); `width` in millimetres."""

    formula: Typed
    code: str
    width: Decimal


@dataclass(frozen=True)
class Paper:
    """A print template in one language. `holes`: (number of the repeated row it stands in or None, its words) -> what it
    is; `lists` and `names`: number of a repeated row -> the rows it is repeated for, and the list's name (`parcels.items`)."""

    content: bytes
    holes: Mapping[tuple[int | None, str], Hole | Drawn]
    lists: Mapping[int, Typed]
    names: Mapping[int, str]


@dataclass(frozen=True)
class Print:
    """A print of a form: `ending` (`.docx .xlsx .html`) names its kind; `papers` has a template for each language, the
    definition's own first."""

    name: str
    title: Text
    ending: str
    papers: Mapping[str, Paper]


@dataclass(frozen=True)
class Section:
    """One section of a form's layout; `title` may be empty."""

    title: Text
    fields: tuple[str, ...]
    visible: Typed | bool
    note: Wording | None
    tab: bool
    icon: str | None


@dataclass(frozen=True)
class AccessSet:
    """What `roles` may do: `can`, with the records for which `where` is true (None: all; bare names are the record's,
    `user` is who asks), without seeing `hide` and without changing `readonly`. `place` is where it is declared."""

    name: str
    roles: frozenset[str]
    can: frozenset[str]
    where: Typed | None
    hide: frozenset[str]
    readonly: frozenset[str]
    place: Place = NOWHERE


@dataclass(frozen=True)
class Effect:
    """One compiled action; `verb` says which of the following are used.

    set: `values` · let: `names` · create: `form values source copy name link` (`source` None: one record) ·
    upsert: `form keys values source name` ·
    update/delete: `target values` · fire: `transition target` (None: this record) · for_each: `source name do` ·
    choose: `branches` · reset: `fields` · notify: `people message` · transfer: `people` ·
    mail: `addresses subject message` (the body) `attach` (prints) · call: `connection path method names` (what is sent)
    `take` (field: path in the answer), or of a robot `subject message` · refuse: `message` · open: `target` · compensate:
    `transition`, which takes the record back (written by nobody). `mark`: of what undoes it (`Catalog.compensations`), "":
    nothing is said of that.
    """

    verb: str
    when: Typed | None = None
    values: Mapping[str, Assigned] = made(default_factory=dict)
    names: Mapping[str, Typed] = made(default_factory=dict)
    form: str | None = None
    keys: Mapping[str, Assigned] = made(default_factory=dict)
    source: Filling | None = None
    copy: Typed | None = None
    name: str | None = None
    target: Typed | None = None
    transition: str | None = None
    do: tuple[Effect, ...] = ()
    branches: tuple[tuple[Typed | None, tuple[Effect, ...]], ...] = ()
    fields: tuple[str, ...] = ()
    people: People | None = None
    message: Wording | None = None
    addresses: tuple[Typed, ...] = ()
    attach: tuple[str, ...] = ()
    subject: Wording | None = None
    connection: str | None = None
    path: Template | None = None
    method: str = "POST"
    take: Mapping[str, str] = made(default_factory=dict)
    mark: str = ""


@dataclass(frozen=True)
class Compensation:
    """What undoes an action when the record is taken back; `do` None: nothing can. `name`: how its actions call the record
    of `form` that it made; None where it made none, or gave it no name."""

    do: tuple[Effect, ...] | None
    name: str | None = None
    form: str | None = None


@dataclass(frozen=True)
class Connection:
    """Another system: the beginning of its addresses, without a slash at the end, and the name of the secret that messages
    are signed with (None: they aren't). `robot`: a group chat's, of this kind (then `url` may be "": its service's), whose
    `key` is a secret of that name; it is spoken to in `language`."""

    url: str
    secret: str | None
    robot: str | None = None
    key: str | None = None
    language: str = ""


SELECTED = "selected"
"""How actions call the records that a button with `bulk: together` was pressed on."""

HOLDER = "holder"
"""How `transfer` calls who has the task that it hands over."""

SIGNATURE = "signature"
"""What a button asks for where its task wants a signature."""


@dataclass(frozen=True)
class Transition:
    """A transition of a workflow, or a button (`sources` empty: at any time; `target` None: the state stays).

    `counts` tells whether a record in one of `sources` waits for those who may press it. `verb` is not empty for what a
    task offers beside the transitions (`done`, `transfer`, …) in the one state of `sources`, and `task` is that task's
    name. `held`: states in which those press it who hold a task there. `within`: state -> what its task and the
    transition together have of `edit` and `require`; the transition's own have all of them. `signed`: states whose task wants
    a signature, which is then asked for as `SIGNATURE`. `together`: ticked records take it all or none, and `do` is done once
    on them, as `SELECTED`.
    """

    name: str
    title: Text
    icon: str | None
    sources: frozenset[str]
    target: str | None
    who: People
    when: Typed | None
    edit: tuple[str, ...]
    require: tuple[str, ...]
    ask: Mapping[str, FormField]
    confirm: Wording | None
    opinion: str
    drag: bool
    do: tuple[Effect, ...]
    counts: bool
    together: bool = False
    verb: str = ""
    task: str = ""
    held: frozenset[str] = frozenset()
    within: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = made(default_factory=dict)
    signed: frozenset[str] = frozenset()

    @property
    def each(self) -> tuple[Effect, ...]:
        """What is done for each record by itself."""
        return () if self.together else self.do

    def at(self, state: object) -> Transition:
        """The transition as it is pressed in this state: with the fields that the state's task asks for, and a signature only
        where it wants one."""
        found = self.within.get(str(state))
        if found is None:
            return self
        unsigned = self.signed and str(state) not in self.signed
        ask = {n: f for n, f in self.ask.items() if n != SIGNATURE} if unsigned else self.ask
        return replace(self, edit=found[0], require=found[1], within={}, ask=ask)


@dataclass(frozen=True)
class Enough:
    """When a task is done: `rule` is `any`, `all`, `in_order`, `at_least` (`number` people) or `share` (of them)."""

    rule: str
    number: Decimal | None = None


@dataclass(frozen=True)
class Task:
    """What people must do while a record is in a state. `name` is "" where it is the state's only one.

    `assign` in the order written, each by itself; `agree`: the transitions that count by `enough`, the first of them says
    yes (of one of several tasks: none, it is just done). `can`: `transfer add_signer stash`; `signature`: who
    decides signs; `skip`: ``same_as_previous`` or ``handled_before``. `when` None: always called for. `due overdue ends`, of
    one of several: time allowed (None: any), what is done when it is over (None: the holders are reminded), and when it ends
    by itself (None: never).
    """

    name: str
    title: Text
    assign: tuple[People, ...]
    exclude: People
    nobody: People
    enough: Enough
    edit: tuple[str, ...]
    hide: frozenset[str]
    require: tuple[str, ...]
    can: frozenset[str]
    return_to: tuple[str, ...]
    skip: str | None
    agree: tuple[str, ...] = ()
    signature: bool = False
    when: Typed | None = None
    optional: bool = False
    due: Due | None = None
    overdue: tuple[Effect, ...] | None = None
    ends: Due | None = None


@dataclass(frozen=True)
class Due:
    """How much time is allowed: so many days and so much besides, in working time of the calendar (None: round the clock);
    or what `moment` gives: a length, a moment, or a date, at whose end it is over."""

    days: int
    rest: timedelta
    moment: Typed | None
    calendar: str | None


@dataclass(frozen=True)
class Clock:
    """A clock of a workflow. `start` None: at once; `stop` None: when the state is final; `pause` None: never."""

    name: str
    title: Text
    due: Due
    start: Typed | None
    stop: Typed | None
    pause: Typed | None
    met: tuple[Effect, ...]
    overdue: tuple[Effect, ...]


def is_moment(until: Typed) -> bool:
    """Whether a state waits for the moment that this gives, and not for a condition to be true."""
    return until.type.kind in ("instant", "date")


@dataclass(frozen=True)
class State:
    """A state. `kind` is that of its badge: `new run wait ok bad void` (`mine` is decided for each reader). `choose`:
    ways out (condition or None, target, effects); a record never stays in such a state. `tasks` by name: one whose name is
    "", or several, after which the record goes on to `then`. `wait`: conditions and moments (`is_moment`) that take it on, and
    where to. `was`: old names. `due`: the
    time allowed here (None: any); `overdue`: what is done when it is over, None: the holders are reminded."""

    name: str
    title: Text
    kind: str
    final: str | None
    choose: tuple[tuple[Typed | None, str, tuple[Effect, ...]], ...]
    enter: tuple[Effect, ...]
    leave: tuple[Effect, ...]
    tasks: Mapping[str, Task] = made(default_factory=dict)
    then: str | None = None
    wait: tuple[tuple[Typed, str], ...] = ()
    due: Due | None = None
    overdue: tuple[Effect, ...] | None = None
    was: tuple[str, ...] = ()

    @property
    def timed(self) -> bool:
        """Whether it waits for a moment."""
        return any(is_moment(until) for until, _ in self.wait)

    @property
    def parts_timed(self) -> bool:
        """Whether one of its several tasks has a time of its own."""
        return any(task.due is not None or task.ends is not None for task in self.tasks.values())

    def onward(self) -> tuple[str, ...]:
        """Where a record goes from here without a transition."""
        return (*(to for _, to, _ in self.choose), *((self.then,) if self.then else ()), *(to for _, to in self.wait))


@dataclass(frozen=True)
class Workflow:
    """The workflow of the form of the same name; `states` and `transitions` in the order written. `verbs` are the buttons
    of tasks; `withdraw`: when the creator may take a record back, `start any never`. `place`: where its states are written."""

    name: str
    initial: str
    states: Mapping[str, State]
    transitions: Mapping[str, Transition]
    verbs: Mapping[str, Transition] = made(default_factory=dict)
    withdraw: str = "never"
    clocks: Mapping[str, Clock] = made(default_factory=dict)
    place: Place = NOWHERE

    @property
    def waits(self) -> bool:
        """Whether any state waits for something."""
        return any(state.wait for state in self.states.values())

    @property
    def tasked(self) -> frozenset[str]:
        """The states with tasks."""
        return frozenset(n for n, s in self.states.items() if s.tasks)


@dataclass(frozen=True)
class Source:
    """A source of a computed form: the records of `shape` for which `where` holds; `by` gives each key field's value.

    In `where` and `by` the record is the variable `row`.
    """

    name: str
    shape: str
    where: Typed | None
    by: Mapping[str, Typed]


@dataclass(frozen=True)
class Steps:
    """How a walk goes on: each row of its source leads from the record `start` to the record `next`, both of `shape`;
    `factors` are multiplied along the way. In all of them the row is the variable `row`."""

    shape: str
    start: Typed
    next: Typed
    factors: Mapping[str, Typed]


@dataclass(frozen=True)
class Term:
    """A sum or count (`function`) in a computed form's formulas that is kept by adding up what each record of `source`
    brings: its `value` (None: the record itself, counted) if all of `conditions` hold; the record is `row`."""

    source: str
    function: str
    value: Typed | None
    conditions: tuple[Typed, ...]


@dataclass(frozen=True)
class Computed:
    """How a form is computed as a whole. `kind`: `aggregate`, `dataset` (only its keys are kept) or `walk` (`steps`: how it goes on).

    `keys`: what one row stands for; of those that aren't among `blank` none may be empty. `kept`: stored field -> its
    formula, with the totals of `terms` as variables. `watches`: source -> (shape, member, hops from the source's
    record) of all that decides what a record brings.
    """

    kind: str
    keys: tuple[str, ...]
    blank: frozenset[str]
    sources: Mapping[str, Source]
    kept: Mapping[str, Typed]
    terms: tuple[Term, ...]
    watches: Mapping[str, tuple[tuple[str, str, tuple[Hop, ...]], ...]]
    steps: Steps | None = None


@dataclass(frozen=True)
class Watch:
    """A source of the computed form `form`, whose records (of `shape`) read a member `hops` away."""

    form: str
    source: str
    shape: str
    hops: tuple[Hop, ...]


@dataclass(frozen=True)
class Form:
    """A form, ready for work.

    `digest` identifies the version of its definition (history keeps it). `key` names the field by which people outside
    name a record (None: only its id). `order` is the order of computing: paths of one name, or of lists and column. `far`:
    what its views show of the records that it points at, by its path (`customer.level`): fields that are computed when read.
    """

    name: str
    pack: str
    file: str
    digest: str
    title: Text
    help: Text
    icon: str
    fields: Mapping[str, FormField]
    record_title: Template
    key: str | None
    order: tuple[tuple[str, ...], ...]
    rules: tuple[Rule, ...]
    views: Mapping[str, View]
    layout: tuple[Section, ...]
    access: tuple[AccessSet, ...]
    actions: Mapping[str, Transition]
    workflow: Workflow | None
    was: tuple[str, ...] = ()
    comments: bool = True
    computed: Computed | None = None
    far: Mapping[str, FormField] = made(default_factory=dict)
    prints: Mapping[str, Print] = made(default_factory=dict)

    def column(self, name: str) -> FormField | None:
        """The field of that name, or that its views show through a reference; None for system members and unknown names."""
        return self.fields.get(name) or self.far.get(name)

    @cached_property
    def derived(self) -> tuple[tuple[str, ...], ...]:
        """Those of `order` that are computed: stored formulas, and defaults."""

        def computed(path: tuple[str, ...]) -> bool:
            found = self.at(path)
            return found.stored if found.formula is not None else found.default is not None

        return tuple(filter(computed, self.order))

    @cached_property
    def own_reads(self) -> Mapping[tuple[str, ...], OwnReads | None]:
        """What its stored formulas, and defaults that are one, read of their own record, by their paths."""
        known = {path for path, _ in walk(self.fields)}
        found = {path: one.formula if one.formula is not None else one.default for path, one in walk(self.fields)}
        return {path: own_reads(one, path, known) for path, one in found.items() if isinstance(one, Typed)}

    @cached_property
    def steady(self) -> bool:
        """Whether all its fields are always shown."""
        shown = [section.visible for section in self.layout]
        return all(visible is True for visible in (*shown, *(f.visible for f in self._all)))

    @cached_property
    def choosy(self) -> bool:
        """Whether an option is offered under a condition only."""
        return any(f.option_when for f in self._all)

    @cached_property
    def uploading(self) -> bool:
        """Whether it holds files."""
        return any(f.field.uploads() is not None for f in self._all)

    @cached_property
    def numbered(self) -> tuple[FormField, ...]:
        """The fields that hold its records' serial numbers."""
        return tuple(f for f in self.fields.values() if f.numbering is not None)

    @cached_property
    def counted(self) -> bool:
        """Whether a stored formula reads a serial number of its record."""
        numbered = {f.name for f in self.numbered}
        formulas = (f.formula for f in self._all if f.formula is not None and f.stored)
        return any(numbered & {read.name, *(hop.name for hop in read.hops)} for t in formulas for read in t.reads)

    @property
    def _all(self) -> Iterator[FormField]:
        return (found for _, found in walk(self.fields))

    def at(self, path: Iterable[str]) -> FormField:
        """The field at a path of names: a field, a list's column, a column of a list within the list's lines. KeyError when
        there is none."""
        first, *rest = path
        found = self.fields[first]
        for name in rest:
            found = found.columns[name]
        return found

    def named(self, name: str) -> FormField | None:
        """The field or column of that dotted name (`items.price`); None when there is none."""
        try:
            return self.at(name.split("."))
        except KeyError:
            return None

    @cached_property
    def _lists(self) -> dict[str, FormField]:
        return {".".join(path): found for path, found in walk(self.fields) if found.columns}

    def line_forms(self) -> Mapping[str, FormField]:
        """The fields that hold lines, by name; a list within another's lines by both names (`parcels.items`), after it."""
        return self._lists

    def button(self, name: str) -> Transition | None:
        """The transition or action of that name."""
        flow = self.workflow
        if flow is not None and (name in flow.transitions or name in flow.verbs):
            return flow.transitions.get(name) or flow.verbs[name]
        return self.actions.get(name)

    @property
    def tasked(self) -> bool:
        """Whether its records may bring tasks."""
        return self.workflow is not None and bool(self.workflow.tasked)


@dataclass(frozen=True)
class Hook:
    """How another system sets an automation off: `secret` names what both share, `verify` is `signature` or `token`; `ask` are
    the fields that are read of its message, `take` where each stands in it (default: under its name)."""

    secret: str
    verify: str
    ask: Mapping[str, FormField]
    take: Mapping[str, str]


@dataclass(frozen=True)
class Automation:
    """What is done by itself. `form` is the shape of `this` ("": there is none).

    Either `events` set it off (of `created updated deleted moved`; `changed`: only if one of these fields did; `when`: a
    condition over `this` and `old`; `together`: in the same transaction), or it comes `every` so often: for the records of
    `query`, for which `where` (bare names are the record's) must hold still when it is their turn. `catch_up`: `last each
    skip`. `imports`: imported records set it off too. Or a message of
    another system does (`hook`). `digest` identifies the version of its definition.
    """

    name: str
    pack: str
    title: Text
    form: str
    events: frozenset[str]
    changed: tuple[str, ...]
    when: Typed | None
    together: bool
    every: Schedule | None
    query: Typed | None
    where: Typed | None
    catch_up: str
    imports: bool
    do: tuple[Effect, ...]
    digest: str
    hook: Hook | None = None


@dataclass(frozen=True)
class DashboardFilter:
    """A filter: form -> field that it narrows; `default` names a period."""

    name: str
    title: Text
    fields: Mapping[str, str]
    default: str | None


@dataclass(frozen=True)
class Widget:
    """A widget: its chart type's declaration `chart`, the form read and its compiled query.

    `by` and `split` give the groups (bare names are the record's); `measures` name -> formula over a group.
    """

    name: str
    title: Text
    chart: Chart
    form: str
    where: Typed | None
    by: Mapping[str, Typed]
    split: Typed | None
    measures: Mapping[str, Typed]
    measure_titles: Mapping[str, Text]
    sort: tuple[tuple[str, bool], ...]
    limit: int | None
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Dashboard:
    """A dashboard. `roles` as written (`everyone` by default)."""

    name: str
    pack: str
    title: Text
    icon: str
    roles: frozenset[str]
    filters: Mapping[str, DashboardFilter]
    widgets: Mapping[str, Widget]


@dataclass(frozen=True)
class Dependency:
    """A stored formula of `shape` (or its title, name `_title`; or what its records wait for, name WAITING) that reads a
    member elsewhere, `hops` away."""

    shape: str
    name: str
    hops: tuple[Hop, ...]


@dataclass(frozen=True)
class Menu:
    """A group of the menu: names of forms and dashboards."""

    title: Text
    show: tuple[str, ...]


@dataclass(frozen=True)
class Calendar:
    """Working time. `week` has a `1` for each day of the week that is worked, from Monday (`1111100`); `hours` are spans
    within a day, from and to, in order (none: all day); `holidays` is the form and its date field, None: no holidays."""

    week: str
    hours: tuple[tuple[time, time], ...]
    holidays: tuple[str, str] | None


@dataclass(frozen=True)
class Catalog:
    """All valid definitions, frozen. Replaced as a whole by one assignment.

    `dependents`: (shape, member) -> stored formulas elsewhere that read it; `contributors`: the same -> sources of
    computed forms. `listening`: shape -> the automations that its records set off. `compensations`: form -> mark -> what
    undoes the actions of that mark. `problems`: everything found while reading, also of the definitions that were left out
    for it.
    """

    title: Text
    forms: Mapping[str, Form]
    dashboards: Mapping[str, Dashboard]
    roles: Mapping[str, Text]
    settings: Mapping[str, FormField]
    calendars: Mapping[str, Calendar]
    menu: tuple[Menu, ...]
    shapes: Mapping[str, Shape]
    dependents: Mapping[tuple[str, str], tuple[Dependency, ...]]
    contributors: Mapping[tuple[str, str], tuple[Watch, ...]]
    problems: tuple[Problem, ...]
    demo: Demo | None
    digest: str
    connections: Mapping[str, Connection] = made(default_factory=dict)
    automations: Mapping[str, Automation] = made(default_factory=dict)
    listening: Mapping[str, tuple[Automation, ...]] = made(default_factory=dict)
    compensations: Mapping[str, Mapping[str, Compensation]] = made(default_factory=dict)

    @cached_property
    def pointing(self) -> dict[tuple[str, str], str | None]:
        """(shape, member) -> the shape that it points at (None: it is no reference), as far as somebody has asked."""
        return {}

    def field(self, shape: str, name: str) -> FormField | None:
        """The field `name` of a form's or a line's shape; None for system members and unknown names."""
        form, _, lines = shape.partition(".")
        found = self.forms.get(form)
        if found is None:
            return None
        return found.named(f"{lines}.{name}") if lines else found.column(name)
