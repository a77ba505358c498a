"""A form being filled, as boxes that a template arranges: sections, fields with their controls and errors, line tables.

Why: whether something is typed, computed, hidden or refused is decided here from the draft; how a control looks is its
field type's business; where it stands is the template's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from markupsafe import Markup

from engine.definitions.model import Form, FormField
from engine.fields.base import Control
from engine.markup import tag
from engine.problems import Problem
from engine.runtime.record import Record
from engine.runtime.values import Draft
from engine.web.carried import DRAWN, Carried, long
from engine.web.fresh import silent
from engine.web.named import beside
from engine.web.raw import at
from engine.web.spelled import spelled
from engine.web.visit import Visit

ROW = "#"
"""Stands for the row's number in the names of a template row; the browser puts it in."""


@dataclass(frozen=True)
class Cell:
    """One value: `control` is its input, or None and `shown` is what it is now. `error` is empty when nothing is wrong.

    `live`: it changes by itself while the form is filled (the browser writes it anew). `spelled`: the value in words, where
    that is the custom ("" for an empty one); None where it isn't.
    """

    name: str
    path: str
    id: str
    title: str
    help: str
    control: Markup | None
    shown: Markup | str
    live: bool
    visible: bool
    required: bool
    numeric: bool
    width: int
    formula: str
    error: str
    spelled: str | None = None


@dataclass(frozen=True)
class Row:
    """One row of a line table. `number` counts from 1; `key` stands in names; `id` is "" for a new line."""

    key: str
    number: str
    id: str
    cells: tuple[Cell, ...]
    error: str
    error_id: str


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
    values; `most` rows fit."""

    cell: Cell
    columns: tuple[Cell, ...]
    rows: tuple[Row, ...]
    blank: Row
    totals: tuple[Total, ...]
    fixed: bool
    sorted: bool = False
    most: int | None = None
    carried: Carried | None = None


@dataclass(frozen=True)
class Section:
    """A card of the form, by its number in the layout. `title` and `note` may be empty; `boxes` in order; `wrong` of them are
    to be mended."""

    number: int
    title: str
    icon: str | None
    note: str
    visible: bool
    boxes: tuple[Cell | LineTable, ...]
    wrong: int


@dataclass
class Filling:
    """What boxes are made of: the draft, what was typed (`raw`), and what was refused by path."""

    visit: Visit
    form: Form
    draft: Draft
    raw: Mapping[str, Any]
    errors: Mapping[str, Sequence[Problem]]
    notes: Mapping[int, str] = field(default_factory=dict)
    """The sections' notes by number."""
    starts: Mapping[str, int] = field(default_factory=dict)
    """The first line that is drawn of a long list, by its name; 0 if it isn't named."""
    only: tuple[str, ...] | None = None
    """Names of fields and `list.column`s that may be filled; None: all that the draft leaves open."""

    @cached_property
    def silent(self) -> frozenset[str]:
        """What says nothing yet, because the record was never saved."""
        return silent(self.form) if self.draft.record.id is None else frozenset()

    def error(self, path: str) -> str:
        """What is wrong there, a line for each thing; empty when nothing is."""
        language = self.visit.language
        return "\n".join(p.said(language) for p in self.errors.get(path, ()))


def sections(filling: Filling) -> list[Section]:
    """All sections that have a box, in the layout's order."""
    visit = filling.visit
    made = []
    for number, section in enumerate(filling.form.layout):
        boxes = tuple(b for name in section.fields if (b := box(filling, name)) is not None)
        if boxes:
            shown = any(_cell(b).visible for b in boxes)
            title, note = visit.text(section.title), filling.notes.get(number, "")
            wrong = sum(p.partition(".")[0] in section.fields for p in filling.errors)
            made.append(Section(number, title, section.icon, note, shown, boxes, wrong))
    return made


def box(filling: Filling, name: str) -> Cell | LineTable | None:
    """The box of a field; None when this person doesn't see it, or when it has no place in a form."""
    found = filling.form.fields.get(name)
    draft = filling.draft
    if found is None or name in draft.rights.hidden or found.related is not None or found.visible is False:
        return None
    if name in filling.silent:
        return None
    if found.columns:
        return _lines(filling, found)
    return _make(filling, found, draft.record, name, name)


def open_names(made: Sequence[Section]) -> list[str]:
    """The fields that the page lets the person fill: one of these that isn't posted was emptied."""
    names = []
    for section in made:
        for one in section.boxes:
            if isinstance(one, LineTable):
                if any(c.control is not None for c in one.blank.cells):
                    names.append(one.cell.name)
            elif one.control is not None:
                names.append(one.name)
    return names


def by_path(problems: Sequence[Problem]) -> dict[str, list[Problem]]:
    """Problems by the path of their field; those of the whole form under ""."""
    found: dict[str, list[Problem]] = {}
    for one in problems:
        found.setdefault(one.place.field or "", []).append(one)
    return found


def field_id(path: str) -> str:
    """items.1.quantity -> field-items-1-quantity."""
    return "field-" + path.replace(".", "-")


def cell(filling: Filling, found: FormField, record: Record, path: str, offer: str) -> Cell:
    """The box of a single field that isn't of the form itself (what a transition asks for). `offer`: as what the records
    that it may point at are asked for (`ask:BUTTON.NAME`)."""
    return _make(filling, found, record, path, path, offer=offer)


def _cell(one: Cell | LineTable) -> Cell:
    return one.cell if isinstance(one, LineTable) else one


def _open(filling: Filling, found: FormField, column: str, path: str) -> bool:
    """Whether the person may ever type here (a readonly formula may still close it for now)."""
    if found.formula is not None or found.readonly is True or found.numbering is not None:
        return False
    closed = filling.draft.rights.readonly
    if column in closed or column.partition(".")[0] in closed:
        return False
    return filling.only is None or column in filling.only or column.partition(".")[0] in filling.only


def _make(
    filling: Filling, found: FormField, holder: Record | None, path: str, column: str, *,
    bare: bool = False, offer: str | None = None,
) -> Cell:  # fmt: skip
    """`holder` None: the row that the browser copies; its plain defaults stand in it."""
    visit, draft = filling.visit, filling.draft
    value = holder.values.get(found.name) if holder is not None else getattr(found.default, "value", None)
    error = filling.error(path)
    required = draft.required.get(path, found.required is True)
    opened = _open(filling, found, column, path)
    control = None
    if opened:
        raw = at(filling.raw, path) if value is None else None
        least, most = draft.limits.get(path, (None, None))
        offered = draft.options.get(path)
        control = found.field.input(
            Control(
                name=path, id=field_id(path), value=value, reader=visit.reader, title=found.title,
                raw=raw if raw not in ("", []) else None, required=required,
                readonly=draft.readonly.get(path, False), invalid=bool(error),
                described_by=_described(path, found, error, bare), placeholder=visit.text(found.placeholder),
                options=found.options,
                withheld=frozenset(found.option_when) - frozenset(offered or ()),
                source=f"/f/{filling.form.name}/options/{offer or column}" if found.field.targets() else None,
                bare=bare, minimum=least, maximum=most,
            )
        )  # fmt: skip
        if found.field.targets() and not draft.readonly.get(path, False):
            control += beside(visit, path, visit.text(found.title), str(raw or ""), bare=bare)
        if found.field.target() and not bare and not found.field.several:
            control += tag("small", {"class": "fl-picked"}, _facts(visit, found, value))
    return Cell(
        name=found.name, path=path, id=field_id(path), title=visit.text(found.title), help=visit.text(found.help),
        control=control, shown=found.field.display(value, visit.reader),
        live=found.formula is not None or (found.readonly is True and found.default is not None),
        visible=draft.visible.get(path, found.visible is True or holder is None), required=required and opened,
        numeric=found.field.numeric, width=found.field.width or (4 if found.field.full_width else 2),
        formula=found.formula.text if found.formula is not None else "", error=error,
        spelled=None if bare else spelled(visit, filling.form, found, value),
    )  # fmt: skip


def _facts(visit: Visit, found: FormField, value: Any) -> str:
    """Up to two facts of the record that is chosen; "" for none."""
    said = [
        fact for shape, id in found.field.pointed(value)
        for pick in visit.engine.picks(visit.actor, shape, [id]).values() for fact in pick.facts
    ]  # fmt: skip
    return " · ".join(said)


def _described(path: str, found: FormField, error: str, bare: bool) -> str | None:
    if error:
        return f"row-error-{path.rpartition('.')[0].replace('.', '-')}" if bare else f"{field_id(path)}-error"
    return f"{field_id(path)}-help" if found.help and not bare else None


def _lines(filling: Filling, found: FormField) -> LineTable:
    draft, name = filling.draft, found.name
    columns = [
        c for c in found.columns.values()
        if f"{name}.{c.name}" not in draft.rights.hidden and f"{name}.{c.name}" not in filling.silent
        and c.visible is not False and c.related is None
    ]  # fmt: skip
    head = _make_lines_head(filling, found)
    lines: list[Record] = draft.record.value(name) or []
    carry = long(columns, len(lines))
    start = min(filling.starts.get(name, 0), len(lines) - 1) // DRAWN * DRAWN if carry else 0
    shown = range(start, min(start + DRAWN, len(lines))) if carry else range(len(lines))
    rows = tuple(_row(filling, found, columns, lines[i], str(i)) for i in shown)
    blank = _row(filling, found, columns, None, ROW)
    fixed = not _open(filling, found, name, name) or (filling.only is not None and name not in filling.only)
    if not rows and not fixed and _wants_a_row(filling, found):
        rows = (_row(filling, found, columns, None, "0"),)
    summed = summed_columns(filling.form, name)
    totals = tuple(_total(filling, name, c, lines, c.name in summed) for c in columns)
    carried = _carried(filling, found, columns, lines, shown) if carry else None
    most = found.field.row_limits()[1]
    return LineTable(
        head, blank.cells, rows, blank, totals, fixed, bool(getattr(found.field, "sort", ())), most, carried
    )


def _carried(
    filling: Filling, found: FormField, columns: Sequence[FormField], lines: Sequence[Record], shown: range
) -> Carried:
    """What the rows that aren't drawn hold: values as JSON, what could not be read as it was typed."""
    name, reader = found.name, filling.visit.reader
    opened = [c for c in columns if _open(filling, c, f"{name}.{c.name}", f"{name}.#.{c.name}")]
    rows: list[tuple[Any, ...] | None] = []
    faults: dict[int, dict[str, Any]] = {}
    titles: dict[str, dict[str, str]] = {c.name: {} for c in columns if c.field.kind in ("record", "choice")}
    for number, line in enumerate(lines):
        for column in columns:
            value = line.values.get(column.name)
            if value is not None and column.name in titles:
                titles[column.name].setdefault(str(value), column.field.cell(value, reader))
        if number in shown:
            rows.append(None)
            continue
        wrong = [c for c in columns if filling.errors.get(f"{name}.{number}.{c.name}")]
        typed = {c.name: t for c in wrong if (t := _typed(filling, line, c, f"{name}.{number}.{c.name}")) is not None}
        if said := _said(filling, [(c, filling.error(f"{name}.{number}.{c.name}")) for c in wrong], name, number):
            faults[number] = {"columns": [c.name for c in wrong], "raw": list(typed), "words": said}
        rows.append(
            (line.id, *(typed.get(c.name, c.field.to_json(line.values.get(c.name))) for c in opened))
        )  # fmt: skip
    return Carried(tuple(c.name for c in opened), tuple(rows), shown.start, len(lines), faults, titles)


def _typed(filling: Filling, line: Record, found: FormField, path: str) -> Any:
    """What was typed there and could not be read; None when it could."""
    raw = at(filling.raw, path) if line.values.get(found.name) is None else None
    return raw if raw not in ("", []) else None


def _said(filling: Filling, wrong: Sequence[tuple[FormField, str]], name: str, number: int) -> str:
    """What stands beneath a row, a line for each: what is wrong in its cells, then what is wrong with all of it."""
    visit = filling.visit
    mark = ": " if visit.language == "en" else "："
    titled = [(visit.text(c.title), one) for c, error in wrong for one in error.splitlines()]
    said = [one if title in one else f"{title}{mark}{one}" for title, one in titled]
    return "\n".join([*said, *filling.error(f"{name}.{number}").splitlines()])


def _wants_a_row(filling: Filling, found: FormField) -> bool:
    """A new record that must have lines begins with an empty one, unless they come by themselves."""
    return filling.draft.record.id is None and found.default is None and bool(getattr(found.field, "min_rows", 0))


def _make_lines_head(filling: Filling, found: FormField) -> Cell:
    visit, draft, path = filling.visit, filling.draft, found.name
    return Cell(
        name=path, path=path, id=field_id(path), title=visit.text(found.title), help=visit.text(found.help),
        control=None,
        shown="", live=False, visible=draft.visible.get(path, True), required=draft.required.get(path, False),
        numeric=False, width=4, formula="", error=filling.error(path),
    )  # fmt: skip


def _row(filling: Filling, found: FormField, columns: Sequence[FormField], line: Record | None, key: str) -> Row:
    name = found.name
    cells = tuple(
        _make(filling, c, line, f"{name}.{key}.{c.name}", f"{name}.{c.name}", bare=True) for c in columns
    )  # fmt: skip
    said = (
        ""
        if key == ROW
        else _said(filling, [(c, cell.error) for c, cell in zip(columns, cells, strict=True)], name, int(key))
    )
    number = str(int(key) + 1) if key != ROW else ""
    return Row(
        key, number, str(line.id) if line is not None and line.id else "", cells, said, f"row-error-{name}-{key}"
    )


def _total(filling: Filling, name: str, found: FormField, lines: Sequence[Record], summed: bool) -> Total:
    title = filling.visit.text(found.title)
    if not summed:
        return Total(None, title, "")
    return Total(f"{name}.{found.name}", title, found.field.display(added(found, lines), filling.visit.reader))


def added(found: FormField, lines: Sequence[Record]) -> Any:
    """The sum of a column; None when no line has a value."""
    values = [v for line in lines if (v := line.values.get(found.name)) is not None]
    return sum(values[1:], values[0]) if values else None


def summed_columns(form: Form, name: str) -> frozenset[str]:
    """The columns of a list that the record's own formulas read: those are worth a total beneath the table."""
    found = set()
    for one in form.fields.values():
        if one.formula is None:
            continue
        for read in one.formula.reads:
            if len(read.hops) == 1 and read.hops[0].kind == "lines" and read.hops[0].name == name:
                column = form.fields[name].columns.get(read.name)
                if column is not None and column.field.numeric:
                    found.add(read.name)
    return frozenset(found)
