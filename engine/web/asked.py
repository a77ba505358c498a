"""What the address of a list asks for: view, search, conditions, order, page; and the address of something else.

Why: lists, boards, calendars, exports and what is done with ticked records all read the same words after the question
mark, so that any of them can be reached from any other with the same records in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import FormData, QueryParams

from engine.definitions.model import Form
from engine.expressions.tree import Typed
from engine.problems import Problem, Refused
from engine.runtime.ask import views
from engine.runtime.personal import Saved
from engine.runtime.values import Ask
from engine.web.filters import apart, condition
from engine.web.own import own_of
from engine.web.render import query
from engine.web.tabs import NO_VIEW
from engine.web.visit import Visit

LIMITS = (25, 50, 100, 200)


@dataclass(frozen=True)
class Asked:
    """What the address asks for. `view` is a name, or `-` for none; `wheres` are conditions as written, all must hold;
    `sort` names with commas. `own` is the person's saved view of that name (None: it is one of the definition's)."""

    view: str
    q: str
    wheres: tuple[str, ...]
    sort: str
    page: int
    limit: int
    own: Saved | None = None

    def url(self, **changed: Any) -> str:
        """The address with something else asked for; the page starts anew unless it is what changes."""
        new = replace(self, **{"page": 1, **changed})
        if new.view != self.view:
            new = replace(new, own=None)
        page, limit = new.page if new.page > 1 else None, new.limit if new.limit != 50 else None
        if new.own is not None and not new.edited:
            return query(view=new.view, page=page, limit=limit)
        edited = "1" if new.own is not None else None
        return query(
            view=new.view, q=new.q, where=new.wheres, sort=new.sort, page=page, limit=limit, edited=edited
        )  # fmt: skip

    @property
    def edited(self) -> bool:
        """Whether what is asked for differs from what the view has."""
        if self.own is None:
            return bool(self.q or self.wheres or self.sort)
        return (self.q, tuple(self.wheres), self.sort) != (self.own.q, self.own.where, self.own.sort)


def asked_for(visit: Visit, form: Form, given: QueryParams | FormData | None = None) -> Asked:
    """What the address (or a posted form) asks for. Without a view it is the one that comes first for this person,
    unless something is searched or filtered for."""
    given = visit.request.query_params if given is None else given
    args = {k: [v for v in given.getlist(k) if isinstance(v, str)] for k in (*WORDS, "page", "limit", "f")}
    own = own_of(visit, form)
    known = [v.name for v in views(form, visit.actor)]
    view = _last(args["view"])
    if not view and not args["where"] and not _last(args["q"]) and not args["f"]:
        first = own.first
        view = first if first in known or (first and own.named(first)) else known[0] if known else ""
    number, limit = _last(args["page"]) or "1", _last(args["limit"]) or "50"
    asked = Asked(
        view=view if view in known else NO_VIEW,
        q=_last(args["q"]).strip(),
        wheres=tuple(dict.fromkeys(p for w in args["where"] if w.strip() for p in apart(w.strip()))),
        sort=",".join(dict.fromkeys(s for one in args["sort"] for s in one.split(",") if s)),
        page=int(number) if number.isascii() and number.isdigit() and 0 < int(number[:7]) < 10**6 else 1,
        limit=int(limit) if limit.isascii() and limit.isdigit() and int(limit[:7]) in LIMITS else 50,
    )
    saved = own.named(view or "")
    if saved is None:
        return asked
    asked = replace(asked, view=saved.name, own=saved)
    if any(_last(args[k]) for k in ("where", "q", "sort", "f", "edited")):
        return asked
    return replace(asked, q=saved.q, wheres=saved.where, sort=saved.sort)


WORDS = ("view", "q", "where", "sort", "edited")
"""The parameters that a list's question is made of."""


def ask_of(visit: Visit, form: Form, asked: Asked) -> Ask:
    """The same for the engine. Refused for a condition that is wrong."""
    where: Typed | None = None
    if asked.wheres:
        text = " and ".join(f"({w})" for w in asked.wheres) if len(asked.wheres) > 1 else asked.wheres[0]
        where = visit.engine.condition(form.name, text)
    sort = tuple((s.lstrip("-"), s.startswith("-")) for s in asked.sort.split(",") if s.strip("-"))
    return Ask(view_of(visit, form, asked), where, asked.q, sort, asked.page, asked.limit)


def view_of(visit: Visit, form: Form, asked: Asked) -> str | None:
    """The definition's view beneath what is asked for; None: there is none."""
    if asked.own is None:
        return None if asked.view == NO_VIEW else asked.view
    known = [v.name for v in views(form, visit.actor)]
    return asked.own.base if asked.own.base in known else None


def narrowed(visit: Visit, form: Form, asked: Asked) -> tuple[Asked, Problem | None]:
    """What is asked for with the filter that was just clicked together (`f op v`, in place of the condition `swap`);
    the problem when it can't be read."""
    if not visit.arg("f"):
        return asked, None
    try:
        more = condition(visit, form, visit.arg("f"), visit.arg("op"), visit.args("v"))
    except Refused as refused:
        return asked, refused.problems[0]
    swap = visit.arg("swap")
    left = [more if w == swap and more else w for w in asked.wheres if w != swap or more]
    if more and more not in left:
        left.append(more)
    return replace(asked, wheres=tuple(dict.fromkeys(left)), page=1), None


def _last(values: list[str]) -> str:
    return values[-1] if values else ""
