"""What a list is asked for in an address: conditions, words, order, columns, pages. Read strictly, refused in words."""

from __future__ import annotations

from dataclasses import replace

from engine.definitions.model import SYSTEM, Catalog, Form
from engine.problems import Problem, Refused, nearest, problem
from engine.problems.access import NO_SUCH_COLUMN
from engine.problems.api import BAD_PARAMETER
from engine.runtime.ask import LIMIT, views
from engine.runtime.far import askable
from engine.runtime.values import Actor, Ask
from engine.texts import Text, text
from engine.web.api_call import Call

PARAMETERS = ("where", "q", "sort", "view", "columns", "page", "limit")
PAGES = 1_000_000
WORDS, CONDITION = 200, 2000
"""How long a search and a condition may be, in characters."""


def asked(call: Call, form: Form) -> tuple[Ask, tuple[str, ...]]:
    """The list's question and the columns that are answered.

    Without `columns` those of the view that is asked for; without a view all stored fields but lines.
    """
    given = call.query(PARAMETERS)
    if "view" in given and given["view"] not in [v.name for v in views(form, call.actor)]:
        names = ", ".join(v.name for v in views(form, call.actor)) or "–"
        raise Refused(_bad("view", text(f"这些之一：{names}", f"one of {names}")))
    page, limit = _whole(given, "page", 1, PAGES), _whole(given, "limit", 50, LIMIT)
    ask = Ask(
        given.get("view"), None, _short(given, "q", WORDS), _sort(call.catalog, form, call.actor, given), page, limit
    )
    columns = _columns(call.catalog, form, call.actor, given)
    if "where" in given:
        words = _short(given, "where", CONDITION)
        try:
            ask = replace(ask, where=call.engine.condition(form.name, words))
        except Refused as refused:
            call.unfit = True
            raise Refused(p.at(field="where") for p in refused.problems) from None
    return ask, columns


def sortable(catalog: Catalog, form: Form, actor: Actor) -> list[str]:
    """The names that this person may sort by."""
    may_use = askable(catalog, form, actor)
    own = [
        n
        for n, f in {**form.fields, **form.far}.items()
        if n in may_use and f.field.sortable and not f.columns and not f.related
    ]
    return [*own, *(n for n in SYSTEM if n != "state" or form.workflow is not None)]


def showable(catalog: Catalog, form: Form, actor: Actor) -> list[str]:
    """The columns that this person may ask for."""
    may_use = askable(catalog, form, actor)
    own = [n for n, f in {**form.fields, **form.far}.items() if n in may_use and f.related is None]
    return [*own, *(n for n in SYSTEM if n != "state" or form.workflow is not None)]


def _columns(catalog: Catalog, form: Form, actor: Actor, given: dict[str, str]) -> tuple[str, ...]:
    known = showable(catalog, form, actor)
    if "columns" in given:
        names = tuple(dict.fromkeys(given["columns"].split(",")))
        for name in names:
            _known(form, name, known, "columns")
        return names
    if "view" in given:
        return tuple(n for n in form.views[given["view"]].columns if n in known)
    return tuple(n for n in known if (f := form.column(n)) is None or (f.stored and not f.columns))


def _sort(catalog: Catalog, form: Form, actor: Actor, given: dict[str, str]) -> tuple[tuple[str, bool], ...]:
    found: list[tuple[str, bool]] = []
    if "sort" not in given:
        return ()
    known = sortable(catalog, form, actor)
    for part in given["sort"].split(","):
        name = part.removeprefix("-")
        _known(form, name, known, "sort")
        found.append((name, part.startswith("-")))
    return tuple(found)


def _known(form: Form, name: str, known: list[str], parameter: str) -> None:
    if name not in known:
        near = nearest(name, known)
        raise Refused(problem(NO_SUCH_COLUMN, field=parameter, form=form.title, name=name[:80], nearest=near))


def _whole(given: dict[str, str], name: str, default: int, most: int) -> int:
    value = given.get(name)
    if value is None:
        return default
    if not value.isascii() or not value.isdigit() or len(value) > 9 or not 1 <= int(value) <= most:
        raise Refused(_bad(name, text(f"1 到 {most} 的整数", f"a whole number from 1 to {most}")))
    return int(value)


def _short(given: dict[str, str], name: str, most: int) -> str:
    value = given.get(name, "")
    if len(value) > most:
        raise Refused(_bad(name, text(f"最多 {most} 个字符", f"at most {most} characters long")))
    return value


def _bad(name: str, expected: Text) -> Problem:
    return problem(BAD_PARAMETER, field=name, name=name, expected=expected)
