"""What stands below a record: its activity and the lists of records that point at it, as tabs with counts.

Why: a record may have many lists, each a question to the database; so only their numbers are asked for with the page,
and a list's records when it is first opened. Each tab is a link, so it works without scripts too.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from engine.definitions.model import Form, FormField
from engine.problems import Refused
from engine.runtime.access import may
from engine.runtime.record import Record
from engine.runtime.values import Ask, Opened
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
    """Records that point here. `new` is the address of a new one (None: may not be made), `all` that of the list."""

    name: str
    title: str
    form: str
    total: int
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, tuple[Markup | str, ...]], ...]
    new: str | None
    all: str


@dataclass(frozen=True)
class Below:
    """The tabs, and the list that is open (None: the activity is)."""

    tabs: tuple[Tab, ...]
    open: Related | None


def below(visit: Visit, form: Form, found: Opened, tab: str, told: int) -> Below:
    """The tabs under a record, with the one named `tab` open; `told` counts the activity."""
    here = f"/f/{form.name}/{found.record.id}"
    tabs, open_ = [Tab("", visit.t("activity"), told, f"{here}/history", False)], None
    for field in form.fields.values():
        target = _target(visit, found, field)
        where = _where(target, field, found.record) if target is not None else None
        if target is None or where is None:
            continue
        try:
            typed = visit.engine.condition(target.name, where)
            count = visit.engine.count(visit.actor, target.name, typed)
            if field.name == tab:
                open_ = _list(visit, field, target, found.record, where)
        except Refused:  # it reads more than this person may see
            continue
        href = f"{here}/related/{field.name}"
        tabs.append(Tab(field.name, visit.text(field.title), count, href, field.name == tab))
    if open_ is None:
        first = tabs[0]
        tabs[0] = Tab(first.name, first.title, first.count, first.href, True)
    return Below(tuple(tabs), open_)


# -- inner -------------------------------------------------------------------------------------------------------------


def _target(visit: Visit, found: Opened, field: FormField) -> Form | None:
    if field.related is None or field.name in found.rights.hidden or not found.visible.get(field.name, True):
        return None
    target = visit.catalog.forms.get(field.related.shape)
    return target if target is not None and may(target, visit.actor, "view") else None


def _where(target: Form, field: FormField, record: Record) -> str | None:
    """The list's records as a condition that the target's own list understands; None where no field points here."""
    related = field.related
    if related is None or related.via is None:
        return None
    several = target.fields[related.via].field.several
    where = f"ANY(id = {record.id} from {related.via})" if several else f"{related.via}.id = {record.id}"
    return f"({where}) and ({related.where.text})" if related.where is not None else where


def _list(visit: Visit, field: FormField, target: Form, record: Record, where: str) -> Related:
    """The first records of the list, in its order. Refused when it reads more than this person may see."""
    columns = tuple(n for n in field.related_columns if n in target.fields or n == "state") or None
    limit = getattr(field.field, "limit", None)
    ask = Ask(where=visit.engine.condition(target.name, where), sort=field.sort, limit=min(limit or SHOWN, 200))
    page = visit.engine.page(visit.actor, target.name, ask, columns)
    visit.knows([record, *(r.record for r in page.rows)])
    heads = tuple(
        (visit.t(f"sys_{c}"), False) if isinstance(c, str) else (headed(visit, c), c.field.numeric)
        for c in page.columns
    )
    rows = tuple(
        (
            f"/f/{target.name}/{row.record.id}",
            tuple(
                system_value(visit, target, row.record, c) if isinstance(c, str)
                else c.field.in_column(row.record.values.get(c.name), visit.reader)
                for c in page.columns
            ),
        )
        for row in page.rows
    )  # fmt: skip
    new = None
    if may(target, visit.actor, "create") and field.related is not None:
        back = f"/f/{record.shape}/{record.id}" + query(tab=field.name)
        new = f"/f/{target.name}/new" + query(**{field.related.via or "": record.id, "back": back})
    all_ = f"/f/{target.name}" + query(where=where)
    return Related(field.name, visit.text(field.title), visit.text(target.title), page.total, heads, rows, new, all_)


def open_tab(visit: Visit) -> str:
    """The tab that the address names: `…/related/sales`, or `?tab=sales`."""
    return str(visit.request.path_params.get("field", "")) or visit.arg("tab")
