"""How one person sees a form's list: their own columns of a view, their own saved views, and which one comes first.

Why: what the definition says is for everybody; what somebody clicks together is theirs alone until an analyst writes it
down. Nothing here widens what they may see: a saved view is only asked for like anything else, by its owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update

from engine.definitions.model import SYSTEM, Form
from engine.problems import Refused, problem
from engine.problems.personal import NO_OWN_VIEW, NO_VIEW_TITLE, TOO_MANY_VIEWS, VIEW_TITLE_TAKEN
from engine.runtime import access
from engine.runtime.ask import count_of, question, views
from engine.runtime.reads import condition_of
from engine.runtime.values import Ask
from engine.runtime.work import Work
from engine.storage import tables

MARK = "my-"
"""How the name of a saved view begins; no view of a definition can be called so."""

PLAIN = "-"
"""The name of the list without any view."""

EACH = 40
"""How many views one person may save for a form."""

LONGEST = 60
"""How many letters a view's title may have."""

NARROWEST, WIDEST = 48, 1200
"""How many pixels a column may be wide."""

WORDS = 2000
"""How long a condition, a search or an order may be that is kept."""


@dataclass(frozen=True)
class Shown:
    """A column that is shown; `width` in pixels, None: as wide as it needs."""

    name: str
    width: int | None = None


@dataclass(frozen=True)
class Saved:
    """A row of `sys_view`. `title` None: the columns of the definition's view `name`; else a view of one's own over
    `base` (None: over everything). `columns` empty: as the view has them."""

    name: str
    title: str | None
    base: str | None = None
    columns: tuple[Shown, ...] = ()
    where: tuple[str, ...] = ()
    q: str = ""
    sort: str = ""
    density: str | None = None
    first: bool = False


@dataclass(frozen=True)
class Own:
    """All that one person has kept for a form."""

    saved: tuple[Saved, ...] = ()
    layouts: Mapping[str, Saved] = field(default_factory=dict)

    def named(self, name: str) -> Saved | None:
        """The saved view of that name."""
        return next((one for one in self.saved if one.name == name), None)

    def layout(self, name: str) -> Saved | None:
        """What they changed of a view, their own or the definition's."""
        return self.named(name) or self.layouts.get(name)

    @property
    def first(self) -> str | None:
        """The view that opens when none is asked for."""
        return next((one.name for one in (*self.saved, *self.layouts.values()) if one.first), None)


def own(work: Work, form: Form) -> Own:
    """What the actor has kept for this form."""
    if work.actor.id is None:
        return Own()
    table = tables.view
    rows = work.conn.execute(select(table).where(_mine(work, form)).order_by(table.c.id)).mappings()
    found = [_saved(form, dict(row)) for row in rows]
    return Own(tuple(s for s in found if s.title is not None), {s.name: s for s in found if s.title is None})


def save(
    work: Work, form: Form, title: str, *, base: str | None = None, where: Sequence[str] = (), q: str = "",
    sort: str = "", columns: Iterable[Shown] = (), density: str | None = None,
) -> str:  # fmt: skip
    """Keep a view under a new name and give its name in addresses. Refused: no title, a title that is taken, too many
    views, or a question that may not be asked."""
    title = _title(work, form, title)
    table = tables.view
    values = _asked(work, form, base, where, q, sort) | {"columns": _kept(form, columns), "density": density}
    have = select(func.count()).select_from(table).where(_mine(work, form), table.c.title.is_not(None))
    if int(work.conn.execute(have).scalar_one()) >= EACH:
        raise Refused(problem(TOO_MANY_VIEWS, most=EACH))
    made = work.conn.execute(
        insert(table).values(person=work.actor.id, form=form.name, name=f"{MARK}new", title=title, **values)
    )
    assert made.inserted_primary_key is not None
    name = f"{MARK}{made.inserted_primary_key[0]}"
    work.conn.execute(update(table).where(table.c.id == made.inserted_primary_key[0]).values(name=name))
    return name


def resave(work: Work, form: Form, name: str, *, where: Sequence[str] = (), q: str = "", sort: str = "") -> None:
    """Put what is asked for now into a view that is there. Refused: there is none, or as `save`."""
    kept = _one(work, form, name)
    _change(work, form, name, **_asked(work, form, kept.base, where, q, sort))


def rename(work: Work, form: Form, name: str, title: str) -> None:
    """Call a view otherwise. Refused as `save`."""
    _one(work, form, name)
    _change(work, form, name, title=_title(work, form, title, but=name))


def drop(work: Work, form: Form, name: str) -> None:
    """Delete a saved view; one that is gone is no harm."""
    work.conn.execute(delete(tables.view).where(_mine(work, form), tables.view.c.name == name))


def arrange(work: Work, form: Form, name: str, columns: Iterable[Shown]) -> None:
    """Show these columns in a view, one's own or the definition's; none: as the view has them."""
    _change(work, form, name, columns=_kept(form, columns))


def set_density(work: Work, form: Form, name: str, density: str) -> None:
    """How dense a saved view is. Refused: there is no such view."""
    _one(work, form, name)
    _change(work, form, name, density=density)


def open_first(work: Work, form: Form, name: str | None) -> None:
    """Open this view when none is asked for; None: the definition's first one again."""
    work.conn.execute(update(tables.view).where(_mine(work, form)).values(first=False))
    if name is not None:
        _change(work, form, name, first=True)


def number(work: Work, form: Form, one: Saved) -> int:
    """How many records a saved view has now. Refused when it can't be asked any more."""
    return count_of(work, form, ask_of(work, form, one))


def ask_of(work: Work, form: Form, one: Saved) -> Ask:
    """What a saved view asks for. Refused when the definition has changed so that it can't be asked any more."""
    return Ask(_base(work, form, one.base), _typed(work, form, one.where), one.q, _order(one.sort))


# -- inner -------------------------------------------------------------------------------------------------------------


def _mine(work: Work, form: Form) -> ColumnElement[bool]:
    return and_(tables.view.c.person == work.actor.id, tables.view.c.form == form.name)


def _one(work: Work, form: Form, name: str) -> Saved:
    found = own(work, form).named(name)
    if found is None:
        raise Refused(problem(NO_OWN_VIEW))
    return found


def _change(work: Work, form: Form, name: str, **values: Any) -> None:
    """Change a row; that of a definition's view is made when there is none yet."""
    table = tables.view
    if work.actor.id is None:
        raise Refused(problem(NO_OWN_VIEW))
    done = work.conn.execute(update(table).where(_mine(work, form), table.c.name == name).values(**values))
    if done.rowcount:
        return
    if name not in form.views and name != PLAIN:
        raise Refused(problem(NO_OWN_VIEW))
    work.conn.execute(insert(table).values(person=work.actor.id, form=form.name, name=name, **values))


def _title(work: Work, form: Form, title: str, but: str = "") -> str:
    title = " ".join(title.split())
    if not title or len(title) > LONGEST or work.actor.id is None:
        raise Refused(problem(NO_VIEW_TITLE, field="title"))
    if any(s.title == title and s.name != but for s in own(work, form).saved):
        raise Refused(problem(VIEW_TITLE_TAKEN, field="title", title=title))
    return title


def _asked(
    work: Work, form: Form, base: str | None, where: Sequence[str], q: str, sort: str
) -> dict[str, Any]:  # fmt: skip
    """The columns of a row for this question, which must be one that the actor may ask."""
    kept = [w[:WORDS] for w in where]
    ask = Ask(_base(work, form, base), _typed(work, form, kept), q[:WORDS], _order(sort[:WORDS]))
    if not access.may(form, work.actor, "view"):
        raise Refused(access.forbidden(work.catalog, form, "view"))
    question(work, form, ask)
    return {"base": ask.view, "where": kept, "q": ask.q, "sort": sort[:WORDS]}


def _base(work: Work, form: Form, name: str | None) -> str | None:
    """The definition's view of that name, if it is still there for the actor."""
    return name if name in [v.name for v in views(form, work.actor)] else None


def _typed(work: Work, form: Form, where: Sequence[str]) -> Any:
    if not where:
        return None
    text = " and ".join(f"({w})" for w in where) if len(where) > 1 else where[0]
    return condition_of(work.catalog, form.name, text)


def _order(sort: str) -> tuple[tuple[str, bool], ...]:
    return tuple((s.lstrip("-"), s.startswith("-")) for s in sort.split(",") if s.strip("-"))


def _kept(form: Form, columns: Iterable[Shown]) -> list[list[Any]] | None:
    """Columns as JSON: those that the form has, each once; None for none."""
    found: dict[str, int | None] = {}
    for one in columns:
        if form.column(one.name) is not None or one.name in SYSTEM:
            found.setdefault(one.name, None if one.width is None else min(max(one.width, NARROWEST), WIDEST))
    return [[n, w] for n, w in found.items()] or None


def _saved(form: Form, row: Mapping[str, Any]) -> Saved:
    """A row as it is; columns that the form doesn't have any more are left out."""
    columns = tuple(Shown(n, w) for n, w in row["columns"] or () if form.column(n) is not None or n in SYSTEM)
    return Saved(
        row["name"], row["title"], row["base"], columns, tuple(row["where"] or ()), row["q"] or "", row["sort"] or "",
        row["density"], bool(row["first"]),
    )  # fmt: skip
