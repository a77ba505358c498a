"""The tables in which lines are filled, and within their rows those of the lines' own lines.

Why: a list is drawn in the same way whatever holds it, the record or a line; only its names begin with another path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from engine.definitions.model import Form, FormField, walk
from engine.runtime.record import Record
from engine.web.carried import DRAWN, Carried, long
from engine.web.filling import Cell, Filling, field_id, make, open_to_fill
from engine.web.raw import at

ROW = "#"
"""Stands for the row's number in the names of a template row; the browser puts it in."""


@dataclass(frozen=True)
class Row:
    """One row of a line table. `number` counts from 1; `key` stands in names; `id` is "" for a new line. `inner` are the
    tables of the line's own lists, which are shown at once if it is `opened`."""

    key: str
    number: str
    id: str
    cells: tuple[Cell, ...]
    error: str
    error_id: str
    inner: tuple[LineTable, ...] = ()
    opened: bool = False


@dataclass(frozen=True)
class Total:
    """A cell of the table's foot. `path` None: this column isn't added up."""

    path: str | None
    title: str
    shown: Markup | str


@dataclass(frozen=True)
class LineTable:
    """A field that holds lines. `rows` are those that are drawn; of a long list the others are `carried`. `blank` is the
    row that the browser copies; `fixed`: no rows may be added or taken away; `sorted`: their order follows from their
    values; `most` rows fit. `count` says how many there are, `deep` that they hold lists of their own."""

    cell: Cell
    columns: tuple[Cell, ...]
    rows: tuple[Row, ...]
    blank: Row
    totals: tuple[Total, ...]
    fixed: bool
    sorted: bool = False
    most: int | None = None
    carried: Carried | None = None
    count: str = ""
    deep: bool = False


def lines(filling: Filling, found: FormField, holder: Record | None, path: str, column: str) -> LineTable:
    """The table of a list that a record, or a line, holds. `path` stands in names (`items`, `parcels.1.items`), `column` is
    the list's own name (`parcels.items`); `holder` None: within the row that the browser copies."""
    draft, silent = filling.draft, filling.silent
    columns = [
        c for c in found.columns.values()
        if f"{column}.{c.name}" not in draft.rights.hidden and f"{column}.{c.name}" not in silent
        and c.visible is not False and c.related is None
    ]  # fmt: skip
    plain, inner = [c for c in columns if not c.columns], [c for c in columns if c.columns]
    head = _head(filling, found, path)
    held: list[Record] = (holder.value(found.name) or []) if holder is not None else []
    carry = long(columns, len(held))
    start = min(filling.starts.get(path, 0), len(held) - 1) // DRAWN * DRAWN if carry else 0
    shown = range(start, min(start + DRAWN, len(held))) if carry else range(len(held))
    table = _Table(filling, found, path, column, plain, inner)
    rows = tuple(table.row(held[i], str(i)) for i in shown)
    blank = table.row(None, ROW)
    fixed = not open_to_fill(filling, found, column, path)
    if not rows and not fixed and holder is not None and _wants_a_row(filling, found):
        rows = (table.row(None, "0"),)
    summed = summed_columns(filling.form, column)
    totals = tuple(_total(filling, path, c, held, c.name in summed) for c in plain)
    carried = _carried(table, held, shown) if carry else None
    most = found.field.row_limits()[1]
    return LineTable(
        head, blank.cells, rows, blank, totals, fixed, bool(getattr(found.field, "sort", ())), most, carried,
        found.field.cell(held, filling.visit.reader), bool(inner),
    )  # fmt: skip


@dataclass(frozen=True)
class _Table:
    """What the rows of one list have in common; `plain` are its columns, `inner` those that are lists themselves."""

    filling: Filling
    found: FormField
    path: str
    column: str
    plain: Sequence[FormField]
    inner: Sequence[FormField]

    def row(self, line: Record | None, key: str) -> Row:
        at, filling = f"{self.path}.{key}", self.filling
        cells = tuple(
            make(filling, c, line, f"{at}.{c.name}", f"{self.column}.{c.name}", bare=True) for c in self.plain
        )
        inner = tuple(lines(filling, c, line, f"{at}.{c.name}", f"{self.column}.{c.name}") for c in self.inner)
        wrong = [(c, cell.error) for c, cell in zip(self.plain, cells, strict=True)]
        said = "" if key == ROW else _said(filling, wrong, at)
        number = str(int(key) + 1) if key != ROW else ""
        id = str(line.id) if line is not None and line.id else ""
        busy = any(one.startswith(f"{at}.") for one in (*filling.errors, *filling.starts)) if inner else False
        opened = busy or not id or bool(said)
        return Row(key, number, id, cells, said, f"row-error-{at.replace('.', '-')}", inner, opened)


def _carried(table: _Table, held: Sequence[Record], shown: range) -> Carried:
    """What the rows that aren't drawn hold: values as JSON, what could not be read as it was typed."""
    filling, columns, reader = table.filling, table.plain, table.filling.visit.reader
    opened = [c for c in columns if open_to_fill(filling, c, f"{table.column}.{c.name}", f"{table.path}.#.{c.name}")]
    rows: list[tuple[Any, ...] | None] = []
    faults: dict[int, dict[str, Any]] = {}
    titles: dict[str, dict[str, str]] = {c.name: {} for c in columns if c.field.kind in ("record", "choice")}
    for number, line in enumerate(held):
        at = f"{table.path}.{number}"
        for column in columns:
            value = line.values.get(column.name)
            if value is not None and column.name in titles:
                titles[column.name].setdefault(str(value), column.field.cell(value, reader))
        if number in shown:
            rows.append(None)
            continue
        wrong = [c for c in columns if filling.errors.get(f"{at}.{c.name}")]
        typed = {c.name: t for c in wrong if (t := _typed(filling, line, c, f"{at}.{c.name}")) is not None}
        if said := _said(filling, [(c, filling.error(f"{at}.{c.name}")) for c in wrong], at):
            faults[number] = {"columns": [c.name for c in wrong], "raw": list(typed), "words": said}
        rows.append(
            (line.id, *(typed.get(c.name, c.field.to_json(line.values.get(c.name))) for c in opened))
        )  # fmt: skip
    return Carried(tuple(c.name for c in opened), tuple(rows), shown.start, len(held), faults, titles)


def _typed(filling: Filling, line: Record, found: FormField, path: str) -> Any:
    """What was typed there and could not be read; None when it could."""
    raw = at(filling.raw, path) if line.values.get(found.name) is None else None
    return raw if raw not in ("", []) else None


def _said(filling: Filling, wrong: Sequence[tuple[FormField, str]], path: str) -> str:
    """What stands beneath a row, a line for each: what is wrong in its cells, then what is wrong with all of it."""
    visit = filling.visit
    mark = visit.t("colon")
    titled = [(visit.text(c.title), one) for c, error in wrong for one in error.splitlines()]
    said = [one if title in one else f"{title}{mark}{one}" for title, one in titled]
    return "\n".join([*said, *filling.error(path).splitlines()])


def _wants_a_row(filling: Filling, found: FormField) -> bool:
    """A new record that must have lines begins with an empty one, unless they come by themselves."""
    return filling.draft.record.id is None and found.default is None and bool(getattr(found.field, "min_rows", 0))


def _head(filling: Filling, found: FormField, path: str) -> Cell:
    visit, draft = filling.visit, filling.draft
    return Cell(
        name=found.name, path=path, id=field_id(path), title=visit.text(found.title), help=visit.text(found.help),
        control=None,
        shown="", live=False, visible=draft.visible.get(path, True), required=draft.required.get(path, False),
        numeric=False, width=4, formula="", error=filling.error(path),
    )  # fmt: skip


def _total(filling: Filling, path: str, found: FormField, lines: Sequence[Record], summed: bool) -> Total:
    title = filling.visit.text(found.title)
    if not summed:
        return Total(None, title, "")
    return Total(f"{path}.{found.name}", title, found.field.display(added(found, lines), filling.visit.reader))


def added(found: FormField, lines: Sequence[Record]) -> Any:
    """The sum of a column; None when no line has a value."""
    values = [v for line in lines if (v := line.values.get(found.name)) is not None]
    return sum(values[1:], values[0]) if values else None


def summed_columns(form: Form, list_: str) -> frozenset[str]:
    """The columns of a list (`parcels.items`) that formulas of what holds it read: those are worth a total beneath the
    table."""
    own, found = tuple(list_.split(".")), set()
    for path, one in walk(form.fields):
        for read in one.formula.reads if one.formula is not None else ():
            way = (*path[:-1], *(hop.name for hop in read.hops))
            if way == own and read.hops and all(hop.kind == "lines" for hop in read.hops):
                column = form.line_forms()[list_].columns.get(read.name)
                if column is not None and column.field.numeric:
                    found.add(read.name)
    return frozenset(found)
