"""What stands below a record: its activity and the lists of records that point at it, as tabs with counts.

Why: a record may have many lists, each a question to the database; so only their numbers are asked for with the page,
and a list's records when it is first opened. Each tab is a link, so it works without scripts too.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from engine.definitions.model import Form, FormField
from engine.expressions.tree import Var
from engine.expressions.walk import everything
from engine.runtime import related
from engine.runtime.access import may
from engine.runtime.record import Record
from engine.runtime.values import Opened
from engine.runtime.work import Work
from engine.web.render import query
from engine.web.table import headed, system_value
from engine.web.visit import Visit

SHOWN = 10


@dataclass(frozen=True)
class Tab:
    """A tab. `name` is the related field's, "" for the activity."""

    name: str
    title: str
    count: int
    href: str
    current: bool


@dataclass(frozen=True)
class Related:
    """Records that point here. `new` is the address of a new one (None: may not be made), `all` that of the list (None:
    no list holds just these)."""

    name: str
    title: str
    form: str
    total: int
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, tuple[Markup | str, ...]], ...]
    new: str | None
    all: str | None


@dataclass(frozen=True)
class Below:
    """The tabs, and the list that is open (None: the activity is)."""

    tabs: tuple[Tab, ...]
    open: Related | None


def below(visit: Visit, form: Form, found: Opened, tab: str, told: int) -> Below:
    """The tabs under a record, with the one named `tab` open; `told` counts the activity."""
    here = f"/f/{form.name}/{found.record.id}"
    tabs, shown = visit.engine.read(visit.actor, lambda work: _read(work, visit, form, found, tab))
    made = [Tab("", visit.t("activity"), told, f"{here}/history", shown is None)]
    for field, count in tabs:
        current = shown is not None and field.name == tab
        made.append(Tab(field.name, visit.text(field.title), count, f"{here}/related/{field.name}", current))
    if shown is None:
        return Below(tuple(made), None)
    field, count = next((f, n) for f, n in tabs if f.name == tab)
    return Below(tuple(made), _list(visit, field, count, found.record, shown))


# -- inner -------------------------------------------------------------------------------------------------------------


def _read(
    work: Work, visit: Visit, form: Form, found: Opened, tab: str
) -> tuple[list[tuple[FormField, int]], related.Shown | None]:
    """The lists that this person may look at, with their counts, and what the one named `tab` shows."""
    record = work.row(form.name, found.record.id or 0)
    tabs: list[tuple[FormField, int]] = []
    open_: related.Shown | None = None
    for field in form.fields.values() if record is not None else ():
        if field.name in found.rights.hidden or not found.visible.get(field.name, True):
            continue
        if record is not None and related.open_to(work, field):
            tabs.append((field, related.count(work, record, field)))
            if field.name == tab:
                open_ = related.shown(work, record, field, getattr(field.field, "limit", None) or SHOWN)
    return tabs, open_


def _list(visit: Visit, field: FormField, total: int, record: Record, found: related.Shown) -> Related:
    """The first records of the list as people read them."""
    assert field.related is not None
    name, _, lines = field.related.shape.partition(".")
    target = visit.catalog.forms[name]
    visit.knows([record, *found.rows])
    heads = tuple(
        (visit.t(f"sys_{c}"), False) if isinstance(c, str) else (headed(visit, c), c.field.numeric)
        for c in found.columns
    )
    rows = []
    for row in found.rows:
        main = row.main
        cells = tuple(
            system_value(visit, target, row, c) if isinstance(c, str)
            else c.field.in_column(row.values.get(c.name), visit.reader)
            for c in found.columns
        )  # fmt: skip
        rows.append((f"/f/{name}/{main.id}", cells))
    new = None
    keys = field.field.related() or {}
    if not lines and keys.get("create") and may(target, visit.actor, "create"):
        back = f"/f/{record.shape}/{record.id}" + query(tab=field.name)
        via = target.fields.get(field.related.via or "")
        given = {via.name: via.field.pointer(record.shape, record.id or 0)} if via is not None else {}
        new = f"/f/{name}/new" + query(**given, back=back)
    where = _where(target, field, record)
    all_ = f"/f/{name}" + query(where=where) if where is not None else None
    return Related(field.name, visit.text(field.title), visit.text(target.title), total, heads, tuple(rows), new, all_)


def _where(target: Form, field: FormField, record: Record) -> str | None:
    """The list's records as a condition that the target's own list understands; None: it has none that says the same."""
    found = field.related
    assert found is not None
    asks = found.where is not None and any(
        isinstance(n, Var) and n.name == "this" for n in everything(found.where.tree)
    )
    if found.via is None or "." in found.shape or asks:
        return None
    via = target.fields[found.via].field
    given = via.literal(via.pointer(record.shape, record.id or 0))
    said = ("{field} = {value}", "{value} in {field}", "{field}.id = {value}", "ANY(id = {value} from {field})")
    asked = said[2 * (via.target() is not None) + via.several]
    where = asked.replace("{field}", found.via).replace("{value}", given)
    return f"({where}) and ({found.where.text})" if found.where is not None else where


def open_tab(visit: Visit) -> str:
    """The tab that the address names: `…/related/sales`, or `?tab=sales`."""
    return str(visit.request.path_params.get("field", "")) or visit.arg("tab")
