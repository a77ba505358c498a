"""Who may do what with which records: the sets of a form's `access:`, added up record by record.

Why: a person with two sets must never do with one set's records what only the other allows. So every question is
asked of single sets first (does it give this action, does its own `where` hold for this record, does it show this
field) and the answers are united afterwards. Lists ask in SQL, single records in Python; both read the same formulas.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Executable, Result, false, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.selectable import FromClause

from engine.definitions.form import CAN
from engine.definitions.model import ADMIN, SYSTEM, AccessSet, Catalog, Form, walk
from engine.expressions import sql
from engine.expressions.tree import Typed
from engine.expressions.types import Env
from engine.problems import Problem, problem
from engine.problems.access import FORM_CLOSED
from engine.problems.computed import COMPUTED_FORM
from engine.problems.record import FORBIDDEN
from engine.runtime.record import Record
from engine.runtime.turns import part_of, taken_part
from engine.runtime.values import Actor, Rights
from engine.runtime.work import Work
from engine.texts import Text, text

ALL = AccessSet(ADMIN, frozenset({ADMIN}), frozenset(CAN), None, frozenset(), frozenset())
"""The set that administrators have on every form."""

READING = AccessSet(ADMIN, frozenset({ADMIN}), frozenset({"view", "export", "print"}), None, frozenset(), frozenset())
"""The set that they have on a form that is computed: nobody writes its records."""

BLIND = frozenset({"create", "import"})
"""Actions that don't bring `view` with them: whoever has only these hands records in and sees none. Any other does."""

TITLE = "_title"
"""What a record is called. Whoever may see a record may read it, whatever it is made of."""

VERBS = {
    "view": text("查看", "view"),
    "create": text("新建", "create"),
    "edit": text("修改", "change"),
    "delete": text("删除", "delete"),
    "copy": text("复制", "copy"),
    "import": text("导入", "import"),
    "export": text("导出", "export"),
    "print": text("打印", "print"),
}
"""How an action is named in a sentence."""


def gives(one: AccessSet) -> frozenset[str]:
    """The actions of one set, with the `view` that they bring."""
    return one.can if one.can <= BLIND else one.can | {"view"}


def sets(form: Form, actor: Actor, action: str | None = None) -> tuple[AccessSet, ...]:
    """The form's sets that this person has, or those of them that give `action`; without looking at any record."""
    mine = (
        (READING if form.computed is not None else ALL,)
        if actor.admin
        else tuple(s for s in form.access if s.roles & actor.roles)
    )
    return mine if action is None else tuple(s for s in mine if action in gives(s))


def may(form: Form, actor: Actor, action: str) -> bool:
    """Whether the person may do this with some records of the form (which ones is another question)."""
    return bool(sets(form, actor, action))


def condition(work: Work, form: Form, actor: Actor, action: str, table: FromClause | None = None) -> (
    ColumnElement[bool] | None
):  # fmt: skip
    """The records with which the person may do this, as a condition over the form's table, or `table` in its place.

    None: all of them. False in SQL: none.
    """
    parts: list[ColumnElement[bool]] = []
    for one in sets(form, actor, action):
        if one.where is None:
            return None
        parts.append(compiled(work, form.name, one.where, table))
    part = taken_part(work, form) if action == "view" else None
    if part is not None:
        parts.append((table if table is not None else work.layout.table(form.name)).c.id.in_(part))
    return or_(*parts) if parts else false()


def compiled(
    work: Work, shape: str, typed: Typed, table: FromClause | None = None, *, this: Record | None = None
) -> ColumnElement[bool]:
    """A condition over records of `shape` in SQL, over their table or `table` in its place.

    `this`: the record that asks, where the condition reads one beside the records it is about.
    """
    over = table if table is not None else work.layout.table(shape)
    return sql.condition(typed, work.layout, lasting(work, this), over)


def scalar(work: Work, shape: str, typed: Typed, table: FromClause | None = None) -> ColumnElement[Any]:
    """A formula over records of `shape` in SQL: what sorts and compares as its values do."""
    over = table if table is not None else work.layout.table(shape)
    return sql.scalar(typed, work.layout, lasting(work), over)


def lasting(work: Work, this: Record | None = None) -> Env:
    """An environment that lives as long as the work: a statement that calls back into formulas needs it until it has
    run."""
    kept: dict[int, Env] = vars(work).setdefault("_lent", {})
    key = id(this) if this is not None else 0
    if key not in kept:
        kept[key] = work.env(this)
    return kept[key]


def executed(work: Work, query: Executable) -> Result[Any]:
    """The result of a query whose formulas may refuse (a number too large): then Refused says so."""
    try:
        return work.conn.execute(query)
    except DBAPIError as error:
        refused = sql.refusal(error)
        if refused is None:
            raise
        raise refused from error


def rights(work: Work, form: Form, record: Record) -> Rights:
    """What the actor of this work may do with one record, stored or being made, as its values are now.

    A record that is not stored yet shows what the sets that let the person create it show; a stored one what the sets
    that let them see it show. Whoever has, or had, a task of the record sees it (`turns.part_of`); an open one lets them
    edit what it asks for, and hides what it hides. Nothing is readonly only because it is computed: that is the form's word, not access.
    """
    actor = work.actor
    held = [s for s in sets(form, actor) if s.where is None or bool(work.value(s.where, record))]
    part, concealed = part_of(work, form, record, any("view" in gives(s) for s in held))
    if part is not None:
        held.append(part)
    can = frozenset(action for s in held for action in gives(s))
    seen, changed = ("create", "create") if record.id is None else ("view", "edit")
    return Rights(can, hidden_in(form, held, seen) | spread(form, concealed), _closed(form, held, changed))


def offered(form: Form, actor: Actor, record: Record, work: Work) -> Rights:
    """What the actor could do with a record that is still being typed, wherever its sets will hold once it is whole.

    Conditions are not asked: `owner = user` can't hold before there is an owner. `rights` decides when it is submitted.
    """
    if record.id is not None:
        return rights(work, form, record)
    known = work.offered.get(form.name)
    if known is None or actor is not work.actor:
        held = sets(form, actor)
        can = frozenset(action for s in held for action in gives(s))
        known = Rights(can, hidden_in(form, held, "create"), _closed(form, held, "create"))
        if actor is work.actor:
            work.offered[form.name] = known
    return known


def hidden_in(form: Form, held: Iterable[AccessSet], action: str = "view") -> frozenset[str]:
    """The fields that none of those of the sets that give `action` shows (all fields if there is no such set).

    Names of fields, and `items.price` for a column; a hidden list hides its columns.
    """
    hidden: frozenset[str] | None = None
    for one in held:
        if action in gives(one):
            found = spread(form, one.hide)
            hidden = found if hidden is None else hidden & found
    return frozenset(paths(form)) if hidden is None else hidden


def usable(form: Form, actor: Actor) -> frozenset[str]:
    """What this person may filter, sort, search and group by: what each of their view sets shows.

    Less than what they see in single records, on purpose: a value hidden in one record could be found out by asking
    which records have it. Empty when they may not view the form.
    """
    found = sets(form, actor, "view")
    if not found:
        return frozenset()
    hidden = frozenset[str]().union(*(spread(form, s.hide) for s in found))
    return frozenset((*paths(form), *SYSTEM, TITLE)) - hidden


def paths(form: Form) -> Iterator[str]:
    """All fields' names, and `list.column` for those of lines, however deep."""
    return (".".join(path) for path, _ in walk(form.fields))


def spread(form: Form, names: frozenset[str]) -> frozenset[str]:
    """The names, and the columns of those that are lists."""
    lists = ((n, found) for n in names if (found := form.named(n)) is not None and found.columns)
    return names.union(".".join((n, *path)) for n, found in lists for path, _ in walk(found.columns))


def within(work: Work, shape: str, table: FromClause, seen: Any) -> ColumnElement[bool]:
    """True for the lines of that shape in `table` whose record is `seen` (a query of ids, or ids)."""
    above = shape.rpartition(".")[0]
    if "." in above:
        holders = work.layout.table(above).alias()
        seen = select(holders.c.id).where(within(work, above, holders, seen))
    return table.c.parent_id.in_(seen)


def whole(form: Form, actor: Actor, action: str = "view") -> bool:
    """Whether the person may do this with all records of the form."""
    return any(s.where is None for s in sets(form, actor, action))


def forbidden(catalog: Catalog, form: Form, action: str) -> Problem:
    """The problem that says who may do this; nobody may write what is computed."""
    if form.computed is not None and action not in READING.can:
        return problem(COMPUTED_FORM, form=form.title, sources=sources(catalog, form))
    return problem(FORBIDDEN, action=VERBS[action], form=form.title, roles=holders(catalog, form, action))


def sources(catalog: Catalog, form: Form) -> Text:
    """What a computed form is computed from, in words."""
    names = [s.shape.partition(".")[0] for s in form.computed.sources.values()] if form.computed is not None else []
    titles = [catalog.forms[n].title for n in dict.fromkeys(names)]
    return Text({"zh": "、".join(t.to("zh") for t in titles), "en": ", ".join(t.to("en") for t in titles)})


def form_closed(catalog: Catalog, form: Form) -> Problem:
    """The problem of a question that reads a form the person may not view."""
    return problem(FORM_CLOSED, form=form.title, roles=holders(catalog, form, "view"))


def holders(catalog: Catalog, form: Form, action: str) -> Text:
    """The roles that have this action, in words; administrators where nobody else has."""
    names = sorted({r for s in form.access if action in gives(s) for r in s.roles}) or [ADMIN]
    known = {**ROLE_TITLES, **catalog.roles}
    titles = [known[n] if n in known else Text({"zh": n}) for n in names]
    return Text({"zh": "、".join(t.to("zh") for t in titles), "en": ", ".join(t.to("en") for t in titles)})


ROLE_TITLES = {ADMIN: text("管理员", "Administrators"), "everyone": text("所有人", "Everyone")}
"""What the two roles that are always there are called, unless a pack says otherwise."""


def _closed(form: Form, held: Iterable[AccessSet], action: str) -> frozenset[str]:
    """The fields that none of the sets that give `action` lets the person change (all, if there is no such set)."""
    closed: frozenset[str] | None = None
    for one in held:
        if action in one.can:
            found = spread(form, one.hide | one.readonly)
            closed = found if closed is None else closed & found
    return frozenset(paths(form)) if closed is None else closed
