"""What a condition, a group or a measure reads, and whether this person may ask by it.

Why: who may write `where=` could find out hidden values by asking which records have them. So every member that an
expression from outside reads, however far it reaches, must be one the person may see; and where it reaches records of a
form of which they may see only a part, the others are left out before they are asked about.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, or_, select

from engine.definitions.model import Catalog, Form
from engine.definitions.shapes import listed_clocks
from engine.expressions.check import check
from engine.expressions.pointing import field_of
from engine.expressions.tree import Call, Get, Node, Query, Source, Step, Typed, Var, Within
from engine.expressions.types import BOOLEAN, Scope, Type, record
from engine.expressions.walk import children
from engine.problems import Problem, Refused, problem
from engine.problems.access import FIELD_CLOSED, KEPT_CLOSED, ROWS_CLOSED
from engine.problems.record import NO_FORM
from engine.runtime.access import condition, form_closed, may, scalar, usable, whole, within
from engine.runtime.kept_formulas import read
from engine.runtime.values import Actor
from engine.runtime.work import Work

OWN = frozenset({"this", "row"})
"""The variables that are the record asked about itself, unless a query within has a frame of that name."""

GROUP = "rows"
"""The variable that is the records of a group, in a measure."""

GIVEN = frozenset({"user", "settings"})
"""The variables that bring records of their own, which anybody may ask by."""

ALWAYS = frozenset({"id", "parent"})
"""Members that say nothing which the reference itself doesn't say."""


def guard(work: Work, form: Form, typed: Iterable[Typed], shape: str | None = None) -> list[ColumnElement[bool]]:
    """Conditions that must stand beside these expressions of the actor's about records of `form`, or about its lines
    when `shape` is theirs.

    Empty when they only read what the person may see anyway. For each reference that they follow into a form of
    which the person may see a part, one that leaves out records whose target isn't in that part.

    Raises Refused: a field they read is hidden from the person; a form they read may not be viewed; they search all
    of a form of which the person may see only a part.
    """
    reading = Reading(work.catalog, form, work.actor)
    lines = (shape or "").partition(".")[2]
    if lines and lines not in usable(form, work.actor):
        reading.problems.append(problem(FIELD_CLOSED, title=_title(form, "", lines), name=lines))
    for one in typed:
        reading.look(one.tree, OWN)
    if reading.problems:
        raise Refused([p for i, p in enumerate(reading.problems) if p not in reading.problems[:i]])
    return [_reachable(work, shape or form.name, path) for path in reading.hops.values()]


def wrong_with(work: Work, value: str, held: tuple[str, Type], path: str) -> list[Problem]:
    """What is wrong with a formula that the actor keeps in a field: how it is written, its names and types, and what it reads
    that they may not see. `held`: what it is about and must give."""
    try:
        typed = read(work.catalog.shapes, value, *held)
    except Refused as refused:
        return [one.at(field=path) for one in refused.problems]
    reading = Reading(work.catalog, work.form(held[0].partition(".")[0]), work.actor)
    if work.actor.id is not None:  # the engine itself has nobody to hide anything from
        reading.look(typed.tree, OWN)
    return [one.at(field=path) for one in reading.problems]


def condition_of(catalog: Catalog, form: str, text: str) -> Typed:
    """A condition over the records of a form (or its lines: `contract.items`), written by somebody outside (`where=`):
    bare names are the record's.

    Only checked for what it means; whether its author may ask by it is `guard`'s question. Raises Refused, with line
    and column within the text, or when there is no such form.
    """
    if form.partition(".")[0] not in catalog.forms or form not in catalog.shapes:
        raise Refused(problem(NO_FORM, name=form[:80]))
    variables = {"user": record("person"), "settings": record("settings"), **listed_clocks(catalog.shapes, form)}
    return check(text, Scope(catalog.shapes, bare=form, variables=variables), BOOLEAN)


class Reading:
    """Walks expressions and gathers what they read: `problems` (what is not this person's to read) and `hops`
    (references into forms seen in part, by their text, so that each is guarded once)."""

    def __init__(self, catalog: Catalog, form: Form, actor: Actor) -> None:
        self.catalog, self.form, self.actor = catalog, form, actor
        self.problems: list[Problem] = []
        self.hops: dict[str, Node] = {}
        self.listed: frozenset[str] = frozenset()

    def look(self, node: Node, own: frozenset[str]) -> None:
        """Read this node and all beneath it. `own`: the variables that are the record asked about itself."""
        if isinstance(node, Source):
            self._all_of(node.shape)
        elif isinstance(node, Get):
            self._member(node.of, field_of(node.name), own)
        elif isinstance(node, Within):
            name = self._named(node)
            if name is None:
                self.look(node.body.tree, frozenset())
            else:
                self._member(node.of, name, own)
        elif isinstance(node, Query):
            own = self._frames(node, own)
        elif isinstance(node, Call) and node.function == "EVAL":
            self.problems.append(problem(KEPT_CLOSED))
        for child in children(node):
            self.look(child, own)

    def _frames(self, query: Query, own: frozenset[str]) -> frozenset[str]:
        """Which variables are the record itself within a query: those around it, and the row of a group's records."""
        for step in query.steps:
            group = isinstance(step.source, Var) and step.source.name == GROUP
            own = own | {step.frame} if group else own - {step.frame}
            self._listed(step)
        return own

    def _listed(self, step: Step) -> None:
        """Note a frame that reads what several references point at: records of a form of their own."""
        source = step.source
        lines = isinstance(source, Get) and step.source.type.of == record(f"{source.of.type.shape}.{source.name}")
        if isinstance(source, Get) and not lines:
            self.listed |= {step.frame}

    def _member(self, of: Node, name: str, own: frozenset[str]) -> None:
        """One member read from a record: it must be one that the person may ask by, of a record that they may see."""
        shape, _, lines = (of.type.shape or "").partition(".")
        form = self.catalog.forms.get(shape) if of.type.kind == "record" else None
        if form is None or name in ALWAYS:
            return
        path = f"{lines}.{name}" if lines else name
        if not may(form, self.actor, "view"):
            self.problems.append(form_closed(self.catalog, form))
        elif path not in usable(form, self.actor):
            self.problems.append(problem(FIELD_CLOSED, title=_title(form, lines, name), name=path))
        elif isinstance(of, Get) and of.name != "parent" and not whole(form, self.actor):
            self._hop(of, form, own)
        elif isinstance(of, Var) and of.name in self.listed - own and not whole(form, self.actor):
            self.problems.append(problem(ROWS_CLOSED, form=form.title))

    def _hop(self, path: Get, form: Form, own: frozenset[str]) -> None:
        """A reference into a form seen in part: guarded when it starts at the record itself, else refused."""
        start = root(path)
        if isinstance(start, Var) and start.name in own:
            self.hops.setdefault(written(path), path)
        elif not (isinstance(start, Var) and start.name in GIVEN):
            self.problems.append(problem(ROWS_CLOSED, form=form.title))

    def _all_of(self, shape: str) -> None:
        """A query over all records of a form, or all of its lines."""
        form = self.catalog.forms.get(shape.partition(".")[0])
        if form is None:
            return
        if not may(form, self.actor, "view"):
            self.problems.append(form_closed(self.catalog, form))
        elif not whole(form, self.actor):
            self.problems.append(problem(ROWS_CLOSED, form=form.title))

    def _named(self, node: Within) -> str | None:
        """The field whose formula is read here; None when it is no field's."""
        shape, _, lines = (node.of.type.shape or "").partition(".")
        form = self.catalog.forms.get(shape)
        if form is None:
            return None
        fields = form.line_forms()[lines].columns if lines else form.fields
        for name, found in fields.items():
            if found.formula is not None and (found.formula is node.body or found.formula == node.body):
                return name
        return None


def root(node: Node) -> Node:
    """Where a path begins."""
    while isinstance(node, Get):
        node = node.of
    return node


def written(node: Node) -> str:
    """The members of a path as text, without where it begins."""
    return f"{written(node.of)}.{node.name}" if isinstance(node, Get) else ""


def _title(form: Form, lines: str, name: str) -> object:
    found = form.named(f"{lines}.{name}" if lines else name)
    return found.title if found is not None else name


def _reachable(work: Work, about: str, path: Node) -> ColumnElement[bool]:
    """True for the records whose `path` is empty or leads to a record that the actor may view."""
    shape = str(path.type.shape)
    target = work.catalog.forms[shape.partition(".")[0]]
    table = work.layout.table(target.name).alias()
    seen = select(table.c.id)
    allowed = condition(work, target, work.actor, "view", table)
    if allowed is not None:
        seen = seen.where(allowed)
    if "." in shape:
        lines = work.layout.table(shape).alias()
        seen = select(lines.c.id).where(within(work, shape, lines, seen))
    typed = Typed("", path, path.type, frozenset(), False, False, True)
    id = scalar(work, about, typed)
    return or_(id.is_(None), id.in_(seen))
