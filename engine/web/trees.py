"""A view as a tree: nested rows that open, with what is beneath each counted; searching keeps the way from the top.

Why: which branches are open stands in the address (`open=3,17`), so every toggle is a plain link and the page works
without scripts; with them a branch comes alone when it is opened, and the keys walk along as in any tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from engine.definitions.model import Form, View
from engine.problems import Refused, problem
from engine.problems.board import NO_BOARD
from engine.runtime.access import may
from engine.runtime.ask import views
from engine.runtime.boards import measure_of
from engine.runtime.branches import Branch, Tree, beneath, tree
from engine.runtime.values import Ask
from engine.web.cards import Card, Plan, card_of, plan_of
from engine.web.lists import Asked, ask_of, asked_for, bar_values, narrowed, tabs_values
from engine.web.lookups import waits_among
from engine.web.render import fragment, query, respond
from engine.web.visit import Visit

OPENED = 200
"""How many branches an address may hold open."""


@dataclass(frozen=True)
class Twig:
    """A row of the tree. `toggle` opens or closes it without a script (None: nothing is beneath it); `open` whether it is;
    `more` lists what was too much; `new` makes a record beneath it (None: it may not be made)."""

    card: Card
    count: int
    found: bool
    toggle: str | None
    open: bool
    twigs: tuple[Twig, ...]
    left: int
    more: str
    new: str | None


def show(visit: Visit, form: Form, view: View) -> Response:
    """The tree asked for, or its changing part. Refused as the engine refuses."""
    asked, bad = narrowed(visit, form, asked_for(visit, form))
    if visit.arg("f") and not visit.partial and bad is None:
        return visit.go(f"/f/{form.name}{asked.url()}")
    opened = _opened(visit)
    try:
        ask = ask_of(visit, form, asked)
        found = visit.engine.read(visit.actor, lambda w: tree(w, w.form(form.name), view, ask, opened))
    except Refused as refused:
        if not asked.wheres and not asked.sort:
            raise
        bad = refused.problems[0]
        plain = Ask(view=asked.view, q=asked.q)
        found = visit.engine.read(visit.actor, lambda w: tree(w, w.form(form.name), view, plain, opened))
    values = bar_values(visit, form, asked, bad) | _values(visit, form, view, asked, found, opened)
    if visit.partial and visit.request.headers.get("hx-target") == "list":
        response = fragment(visit, "parts/tree.html", 422 if bad else 200, **values)
        response.headers["HX-Push-Url"] = values["here"]
        return response
    tabs = tabs_values(visit, form, asked)
    return respond(visit, "tree.html", 422 if bad else 200, **tabs, **values)


def branch(visit: Visit) -> Response:
    """What stands beneath one record, for the tree's script."""
    form, name = visit.form("view"), visit.arg("view")
    view = next((v for v in views(form, visit.actor) if v.name == name and v.type == "tree"), None)
    above = visit.arg("of")
    if view is None or not (above.isascii() and above.isdigit() and len(above) < 19):
        raise Refused(problem(NO_BOARD, form=form.title, name=name[:80]))
    asked = asked_for(visit, form)
    ask = Ask(view=view.name, sort=ask_of(visit, form, asked).sort)
    found = visit.engine.read(visit.actor, lambda w: beneath(w, w.form(form.name), view, ask, int(above)))
    values = _values(visit, form, view, asked, found, _opened(visit) | {int(above)})
    more = _more(form, view, asked, int(above)) if found.left else ""
    return fragment(visit, "parts/twigs.html", twigs=values["twigs"], left=found.left, more=more)


# -- inner -------------------------------------------------------------------------------------------------------------


def _opened(visit: Visit) -> frozenset[int]:
    given = visit.arg("open").split(",")[:OPENED]
    return frozenset(int(one) for one in given if one.isascii() and one.isdigit() and len(one) < 19)


def _values(
    visit: Visit, form: Form, view: View, asked: Asked, found: Tree, opened: frozenset[int]
) -> dict[str, Any]:  # fmt: skip
    rows = [b.row for b in _all(found.branches)]
    visit.knows(row.record for row in rows)
    visit.reader = replace(visit.reader, href_of=lambda shape, id: None)
    shown = {f.name: f for f in found.shown if not isinstance(f, str)}
    plan = plan_of(form, view, [f for f in found.shown if f is not shown.get(view.by or "")], measure_of(view, shown))
    mine = waits_among(visit, form, [row.record.id for row in rows if row.record.id is not None])
    grown = _Growing(visit, form, view, asked, plan, mine, opened, found.searched)
    address = f"/f/{form.name}{asked.url()}"
    return {
        "form": form, "asked": asked, "view": view, "tree": found, "twigs": tuple(grown.twig(b) for b in found.branches),
        "here": _address(address, opened), "closed": address if opened and not found.searched else None,
        "left": found.left, "more": _more(form, view, asked, None), "narrowest": None,
    }  # fmt: skip


class _Growing:
    """What every row of one tree is drawn with."""

    def __init__(
        self, visit: Visit, form: Form, view: View, asked: Asked, plan: Plan, mine: frozenset[int],
        opened: frozenset[int], searched: bool,
    ) -> None:  # fmt: skip
        self.visit, self.form, self.view, self.asked, self.plan = visit, form, view, asked, plan
        self.mine, self.opened, self.searched = mine, opened, searched
        self.address = f"/f/{form.name}{asked.url()}"
        field = form.fields[view.by or ""]
        self.fills = may(form, visit.actor, "create") and field.formula is None and field.readonly is not True

    def twig(self, branch: Branch) -> Twig:
        """One row, with the rows beneath it."""
        id, open = branch.id, branch.beneath is not None
        there = self.opened - {id} if open else self.opened | {id}
        toggle = _address(self.address, there) if branch.count and not self.searched else None
        new = None
        if self.fills:
            back = _address(self.address, self.opened | {id})
            new = f"/f/{self.form.name}/new" + query(**{self.view.by or "": id, "back": back})
        return Twig(
            card_of(self.visit, self.form, self.view, self.plan, branch.row, self.mine), branch.count, branch.found,
            toggle, open, tuple(self.twig(b) for b in branch.beneath or ()), branch.left,
            _more(self.form, self.view, self.asked, id), new,
        )  # fmt: skip


def _all(branches: tuple[Branch, ...]) -> Iterator[Branch]:
    for one in branches:
        yield one
        yield from _all(one.beneath or ())


def _address(address: str, opened: frozenset[int]) -> str:
    return f"{address}&open={','.join(map(str, sorted(opened)))}" if opened else address


def _more(form: Form, view: View, asked: Asked, above: int | None) -> str:
    """The list of what stands beneath a record (None: beneath none), where it is too much for a tree."""
    own = [view.where.text] if view.where is not None else []
    here = f"{view.by}.id = {above}" if above is not None else f"ISBLANK({view.by})"
    where = [*asked.wheres, *own] if asked.wheres or asked.q else [*own, here]
    return f"/f/{form.name}" + query(view="-", q=asked.q, where=where)
