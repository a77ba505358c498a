"""The records of a list as a table: heads, cells, what each is on the phone's card, what may be changed in place.

Why: the list draws a page of rows, and a row that was changed in place is drawn again alone; both must look the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from markupsafe import Markup

from engine.definitions.model import Form, FormField
from engine.markup import person
from engine.runtime import access
from engine.runtime.far import askable
from engine.runtime.record import Record
from engine.runtime.values import Listed, Page
from engine.runtime.work import Work
from engine.web.asked import Asked
from engine.web.lookups import due_among, waits_among
from engine.web.own import own_of
from engine.web.render import moment, state_badge
from engine.web.tasks import pressing
from engine.web.visit import Visit

MOMENTS = ("created_at", "updated_at", "state_since")
PEOPLE = ("owner", "created_by", "updated_by")
NOT_IN_PLACE = frozenset({"files", "list", "none"})
"""Kinds of fields that need more room than a cell to be changed."""


@dataclass(frozen=True)
class Column:
    """A column's head. `unit`: what its numbers are of. `card`: what its cells are on the phone's card (`title state meta
    serial due amount` or ""). `place`: its number among several that are sorted by (0: not sorted by, or the only one).
    `width` in pixels."""

    name: str
    title: str
    unit: str
    numeric: bool
    card: str
    sortable: bool
    sorted: str
    place: int
    href: str
    width: int | None


@dataclass(frozen=True)
class Cell:
    """One value. `edit`: it may be changed in place. `leads`: it is the link to the record."""

    column: Column
    shown: Markup | str
    edit: bool
    leads: bool


@dataclass(frozen=True)
class Row:
    """One record's row."""

    record: Record
    name: str
    cells: tuple[Cell, ...]


def shown_names(visit: Visit, form: Form, asked: Asked) -> tuple[str, ...] | None:
    """The columns that this person arranged for the view; None: as the definition has them."""
    layout = own_of(visit, form).layout(asked.view)
    return tuple(c.name for c in layout.columns) or None if layout is not None else None


def columns_of(visit: Visit, form: Form, asked: Asked, page: Page) -> list[Column]:
    """The heads of a page's columns."""
    may_use = askable(visit.catalog, form, visit.actor)
    cards = _cards(form, page.columns)
    present = dict(page.sort)
    places = {n: i + 1 for i, n in enumerate(present)} if len(present) > 1 else {}
    layout = own_of(visit, form).layout(asked.view)
    widths = {c.name: c.width for c in layout.columns} if layout is not None else {}
    out = []
    for one in page.columns:
        name = one if isinstance(one, str) else one.name
        numeric = not isinstance(one, str) and one.field.numeric
        sortable = name in may_use and (isinstance(one, str) or _sortable(form, one))
        down = present.get(name)
        sorted_ = "" if down is None else "descending" if down else "ascending"
        unit = "" if isinstance(one, str) else one.field.measured_in(visit.reader)
        turned = name if down else f"-{name}" if down is not None or numeric else name
        out.append(
            Column(
                name, title_of(visit, one), unit, numeric, cards.get(name, ""), sortable, sorted_, places.get(name, 0),
                asked.url(sort=turned), widths.get(name),
            )
        )  # fmt: skip
    return out


def _sortable(form: Form, one: FormField) -> bool:
    return one.field.sortable and (one.stored or one.name in form.far) and not one.columns


def rows_of(visit: Visit, form: Form, columns: Sequence[Column], page: Page) -> list[Row]:
    """The rows of a page, with names of what they point at looked up together."""
    visit.knows(r.record for r in page.rows)
    visit.reader = replace(visit.reader, href_of=_no_link)
    ids = [r.record.id for r in page.rows if r.record.id is not None]
    waiting = waits_among(visit, form, ids)
    dues = due_among(visit, form, ids) if any(head.name == "state" for head in columns) else {}
    open_names = changed_in_place(visit, form)
    editable = _editable(visit, form, ids) if open_names else frozenset()
    leading = _leading(page)
    rows = []
    for row in page.rows:
        mine, may_edit = row.record.id in waiting, row.record.id in editable
        cells = tuple(
            Cell(
                head,
                _shown(visit, form, row, one, mine, dues.get(row.record.id or 0)),
                may_edit and head.name in open_names - row.hidden,
                head.name == leading,
            )
            for head, one in zip(columns, page.columns, strict=True)
        )
        rows.append(Row(row.record, row.record.title or f"#{row.record.id}", cells))
    return rows


def _leading(page: Page) -> str:
    """The column whose cells lead to their records: the first that isn't drawn as a badge, a tag or a person."""
    names = [one if isinstance(one, str) else one.name for one in page.columns]
    drawn = {"state", *PEOPLE, *(one.name for one in page.columns if not isinstance(one, str) and one.options)}
    return next((n for n in names if n not in drawn), names[0])


def changed_in_place(visit: Visit, form: Form) -> frozenset[str]:
    """The fields that this person may change in a cell of some record."""
    held = [s for s in access.sets(form, visit.actor) if "edit" in s.can]
    if not held:
        return frozenset()
    closed = frozenset.intersection(*(access.spread(form, s.hide | s.readonly) for s in held))
    return frozenset(
        n for n, f in form.fields.items()
        if n not in closed and f.formula is None and f.numbering is None and f.readonly is not True and f.related is None
        and not f.columns and f.field.kind not in NOT_IN_PLACE and f.visible is not False
    )  # fmt: skip


def title_of(visit: Visit, column: FormField | str) -> str:
    """What a column is called."""
    return visit.t(f"sys_{column}") if isinstance(column, str) else visit.text(column.title)


def headed(visit: Visit, field: FormField) -> str:
    """What a column is called, with the unit of its numbers."""
    unit = field.field.measured_in(visit.reader)
    return f"{visit.text(field.title)} ({unit})" if unit else visit.text(field.title)


def system_value(visit: Visit, form: Form, record: Record, name: str, *, mine: bool = False) -> Markup | str:
    """What every form has without being asked, for a person: badge, somebody, moment."""
    value = record.values.get(name) if name != "id" else record.id
    if value is None:
        return ""
    if name == "state":
        return state_badge(form, str(value), visit.language, mine=mine)
    if name in PEOPLE:
        return person(visit.reader.title_of("person", value))
    if name in MOMENTS:
        return moment(visit, value)
    return str(value)


# -- inner -------------------------------------------------------------------------------------------------------------


def _no_link(shape: str, id: int) -> str | None:
    """In a list a row has one link, its own; what it points at is text."""
    return None


def _editable(visit: Visit, form: Form, ids: Sequence[int]) -> frozenset[int]:
    """Those of these records that this person may change, as far as access says."""

    def unit(work: Work) -> frozenset[int]:
        where = access.condition(work, form, work.actor, "edit")
        if where is None:
            return frozenset(ids)
        table = work.layout.table(form.name)
        query = table.select().with_only_columns(table.c.id).where(table.c.id.in_(ids), where)
        return frozenset(work.conn.execute(query).scalars())

    return visit.engine.read(visit.actor, unit)


def _cards(form: Form, columns: Iterable[FormField | str]) -> dict[str, str]:
    """What each column is on the phone's card: one title, one serial number, one amount (money
    rather than another number), a state, two facts."""
    found: dict[str, str] = {}
    free, numbers = [], []
    for one in columns:
        if isinstance(one, str):
            if one == "state":
                found[one] = "state"
            elif one == "owner":
                found[one] = "meta"
        elif one.numbering is not None or one.name == form.key:
            found[one.name] = "serial"
        elif one.field.numeric:
            numbers.append(one)
        else:
            free.append(one.name)
    amounts = [n.name for n in numbers if getattr(n.field, "currency", None)] or [n.name for n in numbers]
    found.update(dict.fromkeys(amounts[-1:], "amount"))
    if free:
        found[free[0]] = "title"
        found.update(dict.fromkeys(free[1:3], "meta"))
    elif "serial" in found.values():
        found = {n: "title" if c == "serial" else c for n, c in found.items()}
    return found


def _shown(
    visit: Visit, form: Form, row: Listed, column: FormField | str, mine: bool, due_at: datetime | None
) -> Markup | str:  # fmt: skip
    record: Record = row.record
    if isinstance(column, str):
        shown = system_value(visit, form, record, column, mine=mine)
        return shown + pressing(visit, due_at) if column == "state" and shown else shown
    if column.name in row.hidden:
        return ""
    value: Any = record.values.get(column.name)
    return column.field.in_column(value, visit.reader)
