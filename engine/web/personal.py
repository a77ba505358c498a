"""What a person keeps for a list: which columns and how wide, views of their own, which one comes first, how dense.

Why: all of it is posted to one address as plain forms, so it works without scripts too; each leads back to the list.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.responses import Response

from engine.definitions.model import Form
from engine.problems import Refused, problem
from engine.problems.personal import NO_OWN_VIEW
from engine.runtime import people, personal
from engine.runtime.ask import columns_of
from engine.runtime.personal import Shown
from engine.runtime.work import Work
from engine.web.asked import Asked, ask_of, asked_for, view_of
from engine.web.own import own_of
from engine.web.render import query
from engine.web.table import shown_names
from engine.web.toasts import toast
from engine.web.visit import Visit

DENSITIES = ("normal", "compact")


def keep(visit: Visit) -> Response:
    """Do what the form says (`do`), and go back to the list. Refused: there is no such view, or what `do` says."""
    form = visit.form("view")
    asked = asked_for(visit, form, visit.posted)
    do = {
        "save": _save, "update": _update, "rename": _rename, "drop": _drop, "first": _first,
        "columns": _columns, "widths": _widths, "density": _density,
    }.get(visit.sent("do"))  # fmt: skip
    if do is None or visit.actor.id is None:
        raise Refused(problem(NO_OWN_VIEW))
    return do(visit, form, asked)


def _back(visit: Visit, form: Form, url: str, words: str = "") -> Response:
    """The list again; a script that only kept something stays where it is."""
    if visit.request.headers.get("x-stay"):
        return Response(status_code=204)
    response = visit.go(f"/f/{form.name}{url}")
    return toast(response, visit.t(words)) if words else response


def _save(visit: Visit, form: Form, asked: Asked) -> Response:
    shown, density = _present(visit, form, asked), visit.sent("density")

    def unit(work: Work) -> str:
        name = personal.save(
            work, form, visit.sent("title"), base=view_of(visit, form, asked), where=asked.wheres, q=asked.q,
            sort=asked.sort, columns=shown, density=density if density in DENSITIES else None,
        )  # fmt: skip
        if visit.sent("first"):
            personal.open_first(work, form, name)
        return name

    name = visit.engine.write(visit.actor, unit)
    return _back(visit, form, query(view=name), "view_saved")


def _update(visit: Visit, form: Form, asked: Asked) -> Response:
    visit.engine.write(
        visit.actor, lambda w: personal.resave(w, form, asked.view, where=asked.wheres, q=asked.q, sort=asked.sort)
    )
    return _back(visit, form, query(view=asked.view), "view_saved")


def _rename(visit: Visit, form: Form, asked: Asked) -> Response:
    visit.engine.write(visit.actor, lambda w: personal.rename(w, form, asked.view, visit.sent("title")))
    return _back(visit, form, asked.url())


def _drop(visit: Visit, form: Form, asked: Asked) -> Response:
    base = view_of(visit, form, asked)
    visit.engine.write(visit.actor, lambda w: personal.drop(w, form, asked.view))
    return _back(visit, form, query(view=base), "view_dropped")


def _first(visit: Visit, form: Form, asked: Asked) -> Response:
    chosen = asked.view if visit.sent("on") else None
    visit.engine.write(visit.actor, lambda w: personal.open_first(w, form, chosen))
    return _back(visit, form, asked.url(), "view_first_set" if chosen else "view_first_unset")


def _columns(visit: Visit, form: Form, asked: Asked) -> Response:
    """The columns as ticked, in the order posted; `up` and `down` move one of them, `reset` forgets all of it."""
    names = [] if visit.sent("reset") else visit.sent_all("c")
    for word, by in (("up", -1), ("down", 1)):
        moved = visit.sent(word)
        if moved in names:
            place = names.index(moved)
            names.insert(min(max(place + by, 0), len(names) - 1), names.pop(place))
    _arrange(visit, form, asked, _wide(visit, form, asked, names))
    return _back(visit, form, asked.url())


def _widths(visit: Visit, form: Form, asked: Asked) -> Response:
    """How wide the columns were dragged (`w.NAME` in pixels)."""
    given = {
        n.removeprefix("w."): v for n, v in visit.posted.multi_items() if n.startswith("w.") and isinstance(v, str)
    }
    widths = {n: int(v) for n, v in given.items() if v.isascii() and v.isdigit() and len(v) < 6}
    _arrange(visit, form, asked, [Shown(c.name, widths.get(c.name, c.width)) for c in _present(visit, form, asked)])
    return _back(visit, form, asked.url())


def _density(visit: Visit, form: Form, asked: Asked) -> Response:
    """How dense lists are, for this person; for a view of their own that has its own density, of that view."""
    chosen = visit.sent("density")
    person = visit.actor.id
    if chosen in DENSITIES and person is not None:
        visit.engine.store.write(lambda conn: people.update_person(conn, person, {"density": chosen}))
        if asked.own is not None and asked.own.density:
            visit.engine.write(visit.actor, lambda w: personal.set_density(w, form, asked.view, chosen))
    return _back(visit, form, asked.url())


def _arrange(visit: Visit, form: Form, asked: Asked, columns: Iterable[Shown]) -> None:
    visit.engine.write(visit.actor, lambda w: personal.arrange(w, form, asked.view, columns))


def _present(visit: Visit, form: Form, asked: Asked) -> list[Shown]:
    """The columns as the list shows them now."""
    names = shown_names(visit, form, asked)
    ask = ask_of(visit, form, asked)
    return _wide(visit, form, asked, visit.engine.read(visit.actor, lambda w: columns_of(w, form, ask, names)))


def _wide(visit: Visit, form: Form, asked: Asked, names: Iterable[str]) -> list[Shown]:
    """These columns with the widths that they have now."""
    layout = own_of(visit, form).layout(asked.view)
    widths = {c.name: c.width for c in layout.columns} if layout is not None else {}
    return [Shown(n, widths.get(n)) for n in names]
